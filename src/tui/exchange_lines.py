"""The lines of the sync screen: outgoing and received changes, and both texts of an edit conflict. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.conflicts import current_value
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.head_line import render_head_line
from tui.drawing.meter import section_line
from tui.refusals import field_label
from tui.ticket.diff import format_value
from tui.ticket.event_text import act_label
from tui.ticket.ticket_head import split_number

if TYPE_CHECKING:
    from fenji.desk.exchange import TicketOutcome, UnpushedItem
    from fenji.errors import Problem
    from fenji.model.annotations import HeldAct
    from fenji.model.board import Row
    from fenji.model.conflicts import SupersededValue
    from tui.context import Context
    from tui.drawing.theme import StyledLine

NUMBER_CELLS = 14
_TITLE_SHARE = 0.62  # of the cells left by number and sign; the outcome gets the rest
_MAX_TEXT_ROWS = 3  # for each of the two texts


class ExchangeItem(Struct, frozen=True):
    """A ticket (`number`), held act or file (`path`) in the list, with its lines, and whether it is new to the user."""

    lines: tuple[StyledLine, ...]
    number: str = ""
    path: str = ""
    is_new: bool = False
    act: HeldAct | None = None
    superseded: tuple[str, ...] = ()  # fields with a text that lost a merge


class ExchangeRow(Struct, frozen=True):
    """The parts of one line: sign and its role, number or path, title, and in `what` the outcome."""

    sign: str
    sign_role: str
    number: str
    title: str
    what: str
    what_role: str = ""
    strength: str = ""  # of number and title: bold if unread, dim if read


def render_section(context: Context, width: int, title: str, right: str = "") -> StyledLine:
    """Return the line that heads a part of the list."""
    return section_line(f" {title}", width, context.theme, right=f"{right} " if right else "")


def render_row(context: Context, row: ExchangeRow, width: int) -> StyledLine:
    """Return ` ▾ KSA-2026-0187  title   outcome`, unread titles bold; the first cell of the line is left out."""
    ellipsis = context.theme.signs.ellipsis
    number = cells.sanitize_line(row.number)
    room = max(width - 5, 20)  # without the bar, the sign with its blanks, and the last cell
    shown = cells.fit(number, NUMBER_CELLS, ellipsis) if row.title else cells.truncate(number, room, ellipsis)
    left = max(room - cells.width(shown) - 1, 0)
    what = cells.sanitize_line(row.what)
    title = cells.sanitize_line(row.title)
    title_room = int(left * _TITLE_SHARE)
    if title_room + 2 + cells.width(what) > left:  # a short title leaves cells to the outcome
        title_room = max(min(title_room, cells.width(title)), left - 2 - cells.width(what))
    title = cells.fit(title, title_room, ellipsis) if title else ""
    number_role = "dim" if row.strength == "dim" else "" if row.title else row.strength
    spans: StyledLine = [(f" {row.sign} ", row.sign_role), (f"{shown} ", number_role)]
    spans += [(f"{title}  ", row.strength)] if title else []
    rest = left - (cells.width(title) + 2 if title else 0)
    return [*spans, (cells.truncate(what, max(rest, 0), ellipsis), row.what_role)]


def wrap_lines(text: str, width: int, role: str) -> list[StyledLine]:
    """Return a text wrapped to `width` cells, in lines of one role."""
    return [[(f" {row}", role)] for row in cells.wrap(text, max(width - 3, 8))]


def render_problem(context: Context, problem: Problem, width: int, role: str) -> ExchangeItem:
    """Return the item of a file that was left alone, with its problem."""
    location = context.say("line {line}", line=problem.line) if problem.line else ""
    parts = (cells.sanitize_line(problem.path), location, context.say(problem.message))
    return ExchangeItem(tuple(wrap_lines("  ".join(filter(None, parts)), width, role)), path=problem.path)


def render_arrival(
    context: Context, outcome: TicketOutcome, title: str, width: int, *, is_read: bool = False
) -> ExchangeItem:
    """Return the item of a received ticket; `is_read`: the user has looked at it since."""
    signs, formatter = context.theme.signs, context.formatter
    what = f" {signs.dot} ".join(filter(None, (context.say(outcome.description), formatter.join(outcome.people))))
    if outcome.superseded:
        fields = formatter.join(dict.fromkeys(field_label(path, formatter) for path in outcome.superseded))
        what = context.say("two wrote {fields}", fields=fields)
    if is_read:
        row = ExchangeRow(signs.met, "good", outcome.id, title, what, "dim", strength="dim")
        return ExchangeItem((render_row(context, row, width),), outcome.id, outcome.path)
    is_marked = bool(outcome.superseded or outcome.left_out)
    sign, role = (signs.late, "risk strong") if is_marked else (signs.down, "info")
    row = ExchangeRow(sign, role, outcome.id, title, what, "risk" if is_marked else "", strength="strong")
    lines = [render_row(context, row, width)]
    if outcome.left_out:
        lines.append([(f"    git show {outcome.left_out[:12]}", "risk")])
    return ExchangeItem(tuple(lines), outcome.id, outcome.path, is_new=True, superseded=tuple(outcome.superseded))


def render_waiting(context: Context, pending: UnpushedItem, title: str, width: int) -> ExchangeItem:
    """Return the item of a ticket or file waiting to be sent, with the acts recorded in it."""
    formatter = context.formatter
    steps = formatter.join(dict.fromkeys(act_label(step, formatter) for step in pending.actions))
    shown = f"{pending.id}*" if pending.is_provisional else pending.id
    row = ExchangeRow(context.theme.signs.up, "info", shown, title, steps, "accent")
    return ExchangeItem((render_row(context, row, width),), pending.id if pending.title else "", pending.path)


def render_item(context: Context, item: ExchangeItem, *, selected: bool) -> list[StyledLine]:
    """Return the lines of an item, the first with the bar if it is selected."""
    first, *rest = item.lines
    plain = [[(" ", ""), *line] for line in rest]
    return [render_bar(first, context.theme, words=slice(1, None)) if selected else [(" ", ""), *first], *plain]


# --- both texts -------------------------------------------------------------------------------------------------------


def render_both_texts(context: Context, row: Row, fields: Sequence[str], width: int) -> list[StyledLine]:
    """Return the first superseded value of `fields` and the current one, each with writer and time; `[]` if none."""
    value = next((value for value in row.superseded if value.field in fields), None)
    if value is None:
        return []
    site, tail = split_number(row.id)
    title = f"{field_label(value.field, context.formatter)} {context.theme.signs.dot} "
    title += context.say("written on both sides; both texts are in the ticket")
    head = render_head_line([(f" {site}", "dim"), (tail, "strong"), (f"  {title}", "")], [], width, context.theme)
    return [
        head,
        *_render_text(context, *_loser(context, row, value), "-", width),
        *_render_winner(context, row, value, width),
    ]


def _loser(context: Context, row: Row, value: SupersededValue) -> tuple[str, str]:
    moment = context.formatter.format_moment(value.at, row.reading.at)
    whose = context.say("yours") if value.by == context.desk.person else context.say("lost")
    return f"{whose}  {moment} {cells.sanitize_line(value.by)}", format_value(value.value)


def _render_winner(context: Context, row: Row, value: SupersededValue, width: int) -> list[StyledLine]:
    writer = next((event for event in reversed(row.ticket.log) if event.touches(value.field)), None)
    moment = context.formatter.format_moment(writer.at, row.reading.at) if writer else ""
    label = f"{context.say('stands')}  {moment} {cells.sanitize_line(writer.by) if writer else ''}"
    text = format_value(current_value(row.ticket, value.field))
    return _render_text(context, label, text, "+", width)


def _render_text(context: Context, label: str, text: str, sign: str, width: int) -> list[StyledLine]:
    room = max(width - 5, 8)
    rows = [row for paragraph in cells.sanitize_lines(text) for row in cells.wrap(paragraph, room)]
    if len(rows) > _MAX_TEXT_ROWS:
        last = f"{rows[_MAX_TEXT_ROWS - 1]} {context.theme.signs.ellipsis}"
        rows = [*rows[: _MAX_TEXT_ROWS - 1], cells.truncate(last, room + 1, context.theme.signs.ellipsis)]
    role = "late" if sign == "-" else "good"
    return [[(f" {label}", "dim")], *([(f" {sign if not n else ' '} {row}", role)] for n, row in enumerate(rows))]
