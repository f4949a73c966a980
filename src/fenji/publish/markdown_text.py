"""Escapes text for Markdown, so that it shows as typed. Pure; knows nothing of tickets."""

from __future__ import annotations

import re

# What is markup anywhere in a line.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~&$@#]|(?<=[a-z])[:.](?=/|\S)|!(?=\[)", re.IGNORECASE)
# What is markup at the start of a line: lists, rules, underlines of headings.
_BEGIN = re.compile(r"^([ \t]*)(?:([+=:-])|(\d{1,9})([.)]))")


def escape_line(text: str) -> str:
    """Escape a text as one line, for a heading, a list item or a table cell."""
    return _escape(" ".join(text.split()))


def escape_block(text: str) -> str:
    """Escape a text of several lines: its lines stay lines, and its blank lines separate paragraphs."""
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
    """Indent with no-break spaces: ordinary spaces at the start of a line would make it code."""
    bare = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(bare)) + bare
