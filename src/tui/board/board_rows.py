"""The lines of the board's list: a ticket with its clock, or the heading of a group. Pure.

The first 18 cells (sign, priority, time left, meter) tell what to do next, so they are coloured and keep their colours
on the selected row. Most of what follows them is plain or dim.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.ticket import CLOSED_STATES, PLAN_PREFIX
from tui.board.board_groups import DUE_GROUPS
from tui.board.columns import GUTTER_WIDTH, METER_CELLS, clock_label, fit_left, is_of_site, number_parts
from tui.drawing import cells, meter
from tui.ticket.clock_lines import used_share
from tui.ticket.ticket_head import priority_role

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.sla import ClockReading
    from tui.board.board_model import GroupLine
    from tui.board.columns import BoardColumn, ColumnLayout
    from tui.drawing.theme import StyledLine, StyledSpan, Theme
    from tui.formatting import Formatter

_GROUP_ROLES: Mapping[str, str] = {"late": "late", "today": "risk"}
_URGENT_KEYS = ("priority", "left", "meter")  # the columns that keep their colours on the selected row


class ShownClock(Struct, frozen=True):
    """The clock that a row shows: its name, sign, time left as text, and the share of the promise used.

    `role` is the role of the sign and the text; `is_met` is set once the clock has stopped in time.
    """

    name: str = ""
    sign: str = " "
    left_text: str = ""
    used: float = 0.0
    role: str = ""
    is_met: bool = False


def read_clock(row: Row, formatter: Formatter, theme: Theme) -> ShownClock:
    """Return the clock of a row: the one that runs out next, else the solution or response clock with a verdict."""
    promise = row.promise
    if promise:
        role = {"!": "late strong", "~": "risk", "=": "dim"}.get(row.sign, "")
        return ShownClock(row.next_clock, row.sign, row.left_text, share_used(promise), role)
    if row.ticket.state in CLOSED_STATES:
        return ShownClock()
    name, reading = next(
        ((name, clock) for name in ("solution", "response") if (clock := row.reading.clock(name)).met is not None),
        ("", None),
    )
    if reading is None:
        return ShownClock()
    if reading.met:
        return ShownClock(name, theme.signs.met, formatter.say("met"), share_used(reading), "good", is_met=True)
    return ShownClock(name, " ", formatter.say("missed"), 1.0, "late strong")


def share_used(reading: ClockReading) -> float:
    """Return the share of its promise that a clock has used, from 0 to 1; it is 1 only once the clock is late."""
    share = used_share(reading.state, reading.used_s, reading.left_s, reading.target_s) or 0.0
    return share if reading.state in ("breached", "missed") else min(share, 0.99)


class RowMarks(Struct, frozen=True):
    """What a row shows besides its ticket: its status in the list, and the person, site and year of the desk."""

    is_selected: bool = False
    is_marked: bool = False
    is_unseen: bool = False  # received, and nobody here has looked at it
    is_provisional: bool = False  # the hub has no ticket of this number yet
    is_closed: bool = False  # still listed, but no longer open
    person: str = ""
    site: str = ""
    year: int = 0


def render_row(row: Row, layout: ColumnLayout, theme: Theme, marks: RowMarks) -> StyledLine:
    """Return the line of one ticket."""
    clock = read_clock(row, layout.formatter, theme)
    renderer = RowRenderer(row, clock, layout, theme, marks)
    strip, rest = renderer.urgent_spans(), renderer.other_spans()
    if marks.is_closed:
        strip, rest = [(text, "dim") for text, _ in strip], [(text, "dim") for text, _ in rest]
    if not marks.is_selected:
        return [*strip, *rest]
    rest = [("".join(text for text, _ in rest), "bar"), ("\n", "bar")]
    return [*(strip if theme.palette.flat_grounds else [(text, f"bar {role}".strip()) for text, role in strip]), *rest]


class RowRenderer(Struct, frozen=True):
    """Makes the spans of one ticket's line."""

    row: Row
    clock: ShownClock
    layout: ColumnLayout
    theme: Theme
    marks: RowMarks

    def urgent_spans(self) -> StyledLine:
        """Return the cells that keep their colours: the bar or mark, sign, priority, time left and meter."""
        signs, marks = self.theme.signs, self.marks
        first = (signs.mark, "info") if marks.is_marked else (signs.bar, "accent") if marks.is_selected else (" ", "")
        spans = [first, (self.clock.sign, self.clock.role)]
        for column, width in self.layout.columns:
            if column.key == "priority":
                spans.append((f" {cells.fit(self.row.ticket.priority_text, width, '')}", self._priority_role()))
            elif column.key == "left":
                left = fit_left(self.clock.left_text, self.row.ticket.priority_text)
                spans.append((f"{cells.fit_right(left, width, '')} ", self.clock.role))
            elif column.key == "meter":
                spans.append((f"{self._meter_text()} ", self.clock.role or meter.meter_role(self.clock.sign)))
        return spans

    def _priority_role(self) -> str:
        ticket = self.row.ticket
        if ticket.state in ("solved", "confirmed"):
            return "dim"
        return priority_role(ticket.priority_text, self.row.policy)

    def _meter_text(self) -> str:
        if not self.clock.name:
            return " " * METER_CELLS
        return "".join(meter.split_meter(self.clock.used, METER_CELLS, self.theme.signs))

    def other_spans(self) -> StyledLine:
        """Return the columns after the urgent ones, each with the blank that follows it."""
        spans: StyledLine = []
        for column, width in self.layout.columns:
            if column.key not in _URGENT_KEYS:
                spans += self._column_spans(column, width)
        return spans

    def _column_spans(self, column: BoardColumn, width: int) -> StyledLine:
        if column.key == "clock":
            return [(f"{cells.fit(clock_label(self.clock.name, width, self.layout.formatter), width, '')} ", "dim")]
        if column.key == "number":
            return self._number_spans(width)
        if column.key == "title":
            return self._title_spans(width)
        text = cells.sanitize_line(column.text_of(self.row, self.layout.formatter))
        text = text or (self.theme.signs.dash if column.key == "owner" else "")
        return [(f"{cells.fit(text, width, self.theme.signs.ellipsis)} ", self._word_role(column.key))]

    def _word_role(self, key: str) -> str:
        if key == "state" and self.row.ticket.state == "new":
            return "info"
        return "" if key == "owner" and self.row.ticket.owner == self.marks.person else "dim"

    def _number_spans(self, width: int) -> StyledLine:
        prefix, end = number_parts(self.row.id, width, site=self.marks.site, year=self.marks.year)
        is_own = is_of_site(self.row.id, self.marks.site)
        blank = " " * max(width - cells.width(prefix + end), 0)
        after = self.theme.signs.mark if self.marks.is_provisional else " "
        if width >= 13 or is_own:
            return [(blank + prefix, "dim"), (end + after, "")] if prefix else [(blank + end + after, "")]
        return [(blank + prefix, "info"), (end + after, "")] if prefix else [(blank + end + after, "info")]

    def _title_spans(self, width: int) -> StyledLine:
        alerts = format_alerts(self.row, self.layout.formatter, width)
        ticket, room = self.row.ticket, width - cells.width(alerts)
        is_strong = self.clock.sign == "!" or self.marks.is_unseen or ticket.state == "new"
        text = cells.fit(self._title_text(room), room, self.theme.signs.ellipsis)
        spans: list[StyledSpan] = [(f"{text} ", "strong" if is_strong else "")]
        return [(alerts, "risk"), *spans] if alerts else spans

    def _title_text(self, room: int) -> str:
        """Return the title, and after it the plan's item that runs out next, which may take half of the cells."""
        ticket, signs = self.row.ticket, self.theme.signs
        title, key = cells.sanitize_line(ticket.title), self.clock.name.removeprefix(PLAN_PREFIX)
        what = next((item.what for item in ticket.plan if self.clock.name != key == item.key), "")
        if not what:
            return title
        text = f" {signs.dot} {cells.sanitize_line(what)}"
        return cells.truncate(title, max(room - cells.width(text), room // 2), signs.ellipsis) + text


def format_alerts(row: Row, formatter: Formatter, max_width: int) -> str:
    """Return the alerts with their signs (`#unsigned `), or only the signs if they take over half of `max_width`."""
    text = "".join(f"{sign}{formatter.say(word)} " for sign, word in row.alerts)
    return text if cells.width(text) <= max_width // 2 else "".join(f"{sign} " for sign, _ in row.alerts)


def render_group(
    group: GroupLine, grouping: str, layout: ColumnLayout, theme: Theme, *, is_selected: bool = False
) -> StyledLine:
    """Return the heading of a group with its count, underlined to the edge of the list."""
    label = group_label(group, grouping, layout.formatter)
    role = _GROUP_ROLES.get(group.key, "dim") if grouping == "due" else "dim"
    sign = f"{theme.signs.more} " if group.is_closed else ""
    first = theme.signs.bar if is_selected else " "
    text = cells.truncate(f"{sign}{label}", layout.width - GUTTER_WIDTH, theme.signs.ellipsis)
    ground = "bar " if is_selected and not theme.palette.flat_grounds else ""
    head: StyledLine = [(f"{first}{text}", f"{ground}{role} strong underline")]
    used = 1 + cells.width(text)
    filler = "bar" if is_selected and not ground else f"{ground}rule"
    return [*head, (" " * (layout.width - used), filler)]


@lru_cache(maxsize=64)
def group_label(group: GroupLine, grouping: str, formatter: Formatter) -> str:
    """Return `late 3`, or the name of a person or a system with the count."""
    if grouping == "due":
        return formatter.say(DUE_GROUPS[group.key], count=group.count)
    nameless = "no owner {count}" if grouping == "owner" else "no system {count}"
    return (
        f"{cells.sanitize_line(group.key)} {group.count}" if group.key else formatter.say(nameless, count=group.count)
    )
