"""The old and new values of changes, as lines below the act that made them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.drawing import cells
from tui.ticket.page_lines import wrap_on_page

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine
    from tui.ticket.page_lines import Page

_LONG_VALUE = 30  # cells; longer values are shown one below the other
_MAX_LABEL = 16  # cells


def render_changes(page: Page, changes: Sequence[tuple[str, str, str]], *, indent: int, least: int) -> list[StyledLine]:
    """Return changes (label, old value, new value) as lines, the labels in a column of at least `least` cells."""
    widest = max((cells.width(label) for label, _, _ in changes), default=0)
    label_width = max(least, min(widest, _MAX_LABEL))
    return [line for change in changes for line in _render_change(page, change, " " * indent, label_width)]


def _render_change(page: Page, change: tuple[str, str, str], margin: str, label_width: int) -> list[StyledLine]:
    """Return the lines of one change, a single one if both values are short."""
    label, old, new = change
    head = f"{margin}{cells.fit(label, label_width, page.context.theme.signs.ellipsis)} "
    room = max(page.text_width - cells.width(head) - 2, 8)
    is_short = all(cells.width(text) <= _LONG_VALUE and "\n" not in text for text in (old, new))
    if is_short and cells.width(old) + cells.width(new) + 6 <= room:
        values: StyledLine = [(f"- {old}", "late")] if old else []
        values += [("  ", "")] if old and new else []
        values += [(f"+ {new}", "good")] if new else []
        return [[(head, "dim"), *values]]
    lines: list[StyledLine] = []
    for text, sign, role in ((old, "-", "late"), (new, "+", "good")):
        for paragraph in cells.sanitize_lines(text) if text else ():
            for n, row in enumerate(cells.wrap(paragraph, room)):
                first = head if not lines else " " * cells.width(head)
                lines.append([(first, "dim"), (f"{sign if not n else ' '} {row}", role)])
    return lines


def tell_recorder(page: Page, recorder: str, *, indent: int) -> list[StyledLine]:
    """Return the lines that name the recorder of an act; none if `recorder` is empty, since its author recorded it."""
    if not recorder:
        return []
    told = page.say("recorded by {person}", person=cells.sanitize_line(recorder))
    return wrap_on_page(page, told, "dim", indent=indent)
