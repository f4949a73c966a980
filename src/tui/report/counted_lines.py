"""The tickets behind a figure, one per line: the verdict that is counted, and who answers for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal import figure_text
from fenji.model.appraisal.facts import MISSED
from fenji.model.appraisal.tables import ValueType
from fenji.model.board import format_left
from tui.drawing import cells
from tui.drawing.head_line import render_head_line
from tui.report import report_lines
from tui.ticket.ticket_head import priority_role, split_number

if TYPE_CHECKING:
    from fenji.model.appraisal.behind import CountedTicket
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan
    from tui.report.report_lines import FigureSpot

_NUMBER_CELLS = 13
_PERSON_CELLS = 12  # cells of the person who answers for a verdict
_ANSWER_SIGNS = {"missed": ("!", "late"), "excused": ("=", "dim"), "met": (" ", "")}


def render_counted(ticket: CountedTicket, context: Context, width: int) -> StyledLine:
    """Return a ticket behind a figure: sign, number, priority, lateness or time taken, clock, person, title."""
    sign, role = _ANSWER_SIGNS.get(ticket.answer, (" ", ""))
    site, number = split_number(cells.sanitize_line(ticket.id))
    site, pad = (site, " " * max(_NUMBER_CELLS - cells.width(site + number), 0)) if width >= 64 else ("", "")
    length = "" if ticket.seconds is None else format_left(ticket.seconds)
    length = f"+{length}" if length and ticket.answer == MISSED else length  # over the promise, not the time taken
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


def render_behind(
    spot: FigureSpot, tickets: Sequence[CountedTicket] | None, context: Context, width: int, *, height: int
) -> list[StyledLine]:
    """Return a line that says what a figure is, and as many of the tickets behind it (None: not read yet) as fit."""
    query = spot.cell.query if spot.cell else ""
    count = str(len(tickets)) if tickets is not None and query else ""
    left: list[StyledSpan] = [(f" {report_lines.describe_spot(spot, context)} ", "strong")]
    lines: list[StyledLine] = [render_head_line(left, [(f"{count} ", "dim")], width, context.theme)]
    if not query:
        return [*lines, *_render_words(spot, context, width)]
    found = tickets or []
    room = height - 1 if len(found) <= height - 1 else height - 2
    lines += [[(" ", ""), *render_counted(ticket, context, width - 2)] for ticket in found[:room]]
    if len(found) > room:
        more = context.say("{count} more", count=len(found) - room)
        lines.append([(f" {context.theme.signs.more} {more}", "dim")])
    return lines


def _render_words(spot: FigureSpot, context: Context, width: int) -> list[StyledLine]:
    """Return the longest text of a row in full if tables cut it, else why the figure has no list of tickets."""
    words = [str(cell.value) for cell in spot.row.cells.values() if isinstance(cell.value, str)]
    longest = max(words, key=len, default="")
    text = longest if cells.width(longest) > report_lines.MIN_WORDS else context.say(explain_no_list(spot))
    return [[(f"  {row}", "dim")] for line in cells.sanitize_lines(text) for row in cells.wrap(line, max(width - 4, 8))]


def explain_no_list(spot: FigureSpot | None) -> Sentence:
    """Return what to say of a figure without a query: which ticket Enter opens, or why there is no list of tickets."""
    if spot and (number := report_lines.ticket_of(spot)):
        return Sentence("Enter opens {id}.", {"id": number})
    if spot and spot.cell and spot.column:
        is_rate = spot.column.type is ValueType.RATE
        if spot.cell.value == 0 or (is_rate and spot.cell.value is None):
            return Sentence("No ticket is counted here.")
    return Sentence("This figure has no list of tickets.")
