"""Builds HTML in which every text is escaped unless it is Markup already. Knows nothing of tickets."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


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
