"""Values that two people wrote at once, shown at their field on a ticket's page. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.board import CONFLICT_ALERT
from fenji.model.conflicts import current_value
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, TEXT_KEYS, parse_field_path
from tui.drawing import cells
from tui.ticket import diff
from tui.ticket.page_lines import BLANK_LINE, PageLine, SectionHead, TicketPage

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine


def render_conflict(page: TicketPage, key: str) -> list[PageLine]:
    """Return the current value and one that lost to it: side by side if there is room, else stacked."""
    conflict, winner = page.conflicts[key], diff.format_value(current_value(page.ticket, key))
    loser, width = diff.format_value(conflict.value), page.width - 1
    field_path = parse_field_path(key) if key in FIELD_BY_PATH else None
    item = key if field_path is None and key.partition(".")[0] in FIELD_BY_KEY else ""
    if width >= diff.SIDE_BY_SIDE_WIDTH and page.edited_path != key:
        diff_lines = [
            diff.render_labels(conflict.winner_label, conflict.loser_label, width),
            *diff.render_side_by_side(winner, loser, width),
        ]
        lines = [PageLine(line, field_path, item, conflict_field=key) for line in diff_lines]
    else:
        winner_lines, loser_lines = diff.render_stacked(winner, loser, width)
        empty: StyledLine = [(f"   {page.context.theme.signs.dash}", "dim")]
        shown = winner_lines or [empty]
        lines = [PageLine(line, field_path, item, conflict_field="" if field_path else key) for line in shown]
        label = cells.truncate(conflict.loser_label, width - 3, page.context.theme.signs.ellipsis)
        loser_lines.insert(0, [(f"{CONFLICT_ALERT[0]} {label}", "risk")])
        lines += [PageLine(line, conflict_field=key) for line in loser_lines]
    for text, role in ((conflict.why, "risk"), (conflict.hint, "dim")):
        rows = cells.wrap(text, max(width - 4, 8)) if text else ()
        lines += [PageLine([(f"  {row}", role)], conflict_field=key) for row in rows]
    return lines


def render_other_conflicts(page: TicketPage) -> list[PageLine]:
    """Return superseded values outside the long texts: short fields, items, parts, keys unknown to this version."""
    lines: list[PageLine] = []
    for key in page.conflicts:
        if key not in TEXT_KEYS:
            name = page.label(key)
            name = f"{name} {key.partition('.')[2]}" if key not in FIELD_BY_PATH and "." in key else name
            typed = page.conflicts[key].typed
            title = page.say("Typed and put back: {field}" if typed else "Two wrote it: {field}", field=name)
            lines += [BLANK_LINE, SectionHead(title, key=f"conflict {key}").render(page), *render_conflict(page, key)]
    return lines
