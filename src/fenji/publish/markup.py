"""HTML in which all text is escaped unless it is Markup already, and text escaped for Markdown. Knows no tickets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
# Characters that are Markdown anywhere in a line.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~&$@#]|(?<=[a-z])[:.](?=/|\S)|!(?=\[)", re.IGNORECASE)
# Markdown at the start of a line: lists, rules, underlines of headings.
_BEGIN = re.compile(r"^([ \t]*)(?:([+=:-])|(\d{1,9})([.)]))")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


AttributeValue = str | int | bool | None
HtmlContent = str | Markup | None | Iterable["str | Markup | None"]


def tag(name: str, /, *content: HtmlContent, **attributes: AttributeValue) -> Markup:
    """Return an element. Plain text in it is escaped, and None is left out.

    `class_` becomes class, `data_n` becomes data-n; an attribute that is None or False is left out, one that is True
    has no value.
    """
    start = f"<{name}{''.join(_render_attribute(*item) for item in attributes.items())}>"
    return Markup(start) if name in _VOID else Markup(f"{start}{join(*content)}</{name}>")


def join(*content: HtmlContent) -> Markup:
    """Concatenate contents into markup."""
    return Markup("".join(_render_content(item) for item in content))


def _render_content(content: HtmlContent) -> str:
    if content is None:
        return ""
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return escape(content, quote=False)
    return "".join(_render_content(item) for item in content)


def _render_attribute(name: str, value: AttributeValue) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


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
