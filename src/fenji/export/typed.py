"""Text in Markdown that shows as it was typed. Pure; knows nothing of tickets."""

from __future__ import annotations

import re

# What begins or ends something anywhere in a line.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~&$@#]|(?<=[a-z])[:.](?=/|\S)|!(?=\[)", re.IGNORECASE)
# What begins a block at the start of a line: headings, lists, rules, underlines of headings, quotes.
_BEGIN = re.compile(r"^([ \t]*)(?:([+=:-])|(\d{1,9})([.)]))")


def inline(text: str) -> str:
    """A text in one line, as it can stand in a heading, a list or a cell of a table."""
    return _line(" ".join(text.split()))


def block(text: str) -> str:
    """A text of several lines as paragraphs: its lines stay lines, its blank lines part paragraphs."""
    lines = [_line(_indented(line.expandtabs(4).rstrip())) for line in text.split("\n")]
    written = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        written.append(f"{line}\\" if line and following else line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(written)).strip("\n")


def _line(text: str) -> str:
    escaped = _ANYWHERE.sub(lambda found: f"\\{found[0]}", text)
    return _BEGIN.sub(_begun, escaped)


def _begun(found: re.Match[str]) -> str:
    blanks, mark, number, end = found.groups()
    return f"{blanks}\\{mark}" if mark else f"{blanks}{number}\\{end}"


def _indented(line: str) -> str:
    """Blanks at the start of a line would make code of it; unbreakable ones do not."""
    bare = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(bare)) + bare
