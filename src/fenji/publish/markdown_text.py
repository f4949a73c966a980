"""Text in Markdown that shows as it was typed. Pure; knows nothing of tickets."""

from __future__ import annotations

import re

# What begins or ends something anywhere in a line.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~&$@#]|(?<=[a-z])[:.](?=/|\S)|!(?=\[)", re.IGNORECASE)
# What begins a block at the start of a line: headings, lists, rules, underlines of headings, quotes.
_BEGIN = re.compile(r"^([ \t]*)(?:([+=:-])|(\d{1,9})([.)]))")


def escape_line(text: str) -> str:
    """A text in one line, as it can stand in a heading, a list or a cell of a table."""
    return _escape(" ".join(text.split()))


def escape_block(text: str) -> str:
    """A text of several lines as paragraphs: its lines stay lines, its blank lines part paragraphs."""
    lines = [_escape(_keep_indent(line.expandtabs(4).rstrip())) for line in text.split("\n")]
    escaped_lines = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        escaped_lines.append(f"{line}\\" if line and following else line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(escaped_lines)).strip("\n")


def _escape(text: str) -> str:
    escaped = _ANYWHERE.sub(lambda match: f"\\{match[0]}", text)
    return _BEGIN.sub(_escape_start, escaped)


def _escape_start(match: re.Match[str]) -> str:
    blanks, marker, number, end = match.groups()
    return f"{blanks}\\{marker}" if marker else f"{blanks}{number}\\{end}"


def _keep_indent(line: str) -> str:
    """Blanks at the start of a line would make code of it; unbreakable ones do not."""
    bare = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(bare)) + bare
