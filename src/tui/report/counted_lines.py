"""A ticket behind a figure as a line: the verdict that is counted, and who answers for it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.appraisal import figure_text
from fenji.model.board import format_left
from tui.drawing import cells
from tui.ticket.ticket_head import priority_role, split_number

if TYPE_CHECKING:
    from fenji.model.appraisal.behind import CountedTicket
    from tui.context import Context
    from tui.drawing.theme import StyledLine

_NUMBER_CELLS = 13
_PERSON_CELLS = 12  # of the one who answers for a verdict
_ANSWER_SIGNS = {"missed": ("!", "late"), "excused": ("=", "dim"), "met": (" ", "")}


def render_counted(ticket: CountedTicket, context: Context, width: int) -> StyledLine:
    """Return a ticket behind a figure: sign, number, priority, what was late or took, who, title."""
    sign, role = _ANSWER_SIGNS.get(ticket.answer, (" ", ""))
    site, number = split_number(cells.sanitize_line(ticket.id))
    site, pad = (site, " " * max(_NUMBER_CELLS - cells.width(site + number), 0)) if width >= 64 else ("", "")
    length = "" if ticket.seconds is None else format_left(ticket.seconds)
    person = cells.sanitize_line(figure_text.format_person(ticket.person or "-", context.say))
    who = cells.fit(person, _PERSON_CELLS if width >= 64 else 0, context.theme.signs.ellipsis)
    clock = context.formatter.word(ticket.clock) if ticket.clock and width >= 100 else ""
    spans: StyledLine = [
        (f"{sign} ", role),
        (site, "dim"),
        (f"{number}{pad} ", ""),
        (f"{ticket.level:<3}", priority_role(ticket.level, context.desk.policy, filled=False)),
        (f"{length:>8} ", role),
        (f"{clock} " if clock else "", "dim"),
        (f"{who} " if who else "", "dim"),
    ]
    used = sum(cells.width(text) for text, _ in spans)
    title = cells.truncate(cells.sanitize_line(ticket.title), max(width - used, 0), context.theme.signs.ellipsis)
    return [span for span in (*spans, (title, "")) if span[0]]
