"""The clocks of a ticket in the preview: a line each with a meter, or both in one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.board import format_left
from tui.board.board_rows import share_used
from tui.drawing import cells
from tui.drawing.meter import split_meter
from tui.drawing.spans import cut_line
from tui.ticket.clock_lines import CLOCK_LABELS, CLOCK_ROLES, clock_sign

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.sla import ClockReading
    from tui.context import Context
    from tui.drawing.theme import StyledLine

_LABEL_WIDTH, _VALUE_WIDTH, _METERS = 8, 11, ((100, 20), (0, 12))


def render_clocks_in_one_line(row: Row, context: Context, width: int) -> StyledLine:
    """Return `✓ answer met    ~ solve 11:29 left due 11-30 02:46`: the clock that runs out next with its story."""
    spans: StyledLine = []
    readings = [(name, clock) for name, clock in list_clocks(row) if clock.state != "none"]
    for name, reading in readings:
        sign, role = _clock_look(reading, context)
        label = _clock_label(context, name)
        value = _clock_value(context, reading)
        gap = "   " if spans else ""
        spans.append((f"{gap} {sign} {label} {value}", f"{role} strong" if role == "late" else role))
        if name == row.next_clock or (name == "solution" and not row.next_clock):
            spans.append((f" {_clock_story(row, context, reading)}", ""))
    return cut_line(spans, width - 1, context.theme)


def list_clocks(row: Row) -> list[tuple[str, ClockReading]]:
    """Return the response and solution clocks, and that of the plan if it runs out next."""
    pairs = [("response", row.reading.response), ("solution", row.reading.solution)]
    if row.next_clock.startswith("plan.") and row.promise:
        pairs[1:] = [(row.next_clock, row.promise)]
    return pairs


def _clock_label(context: Context, name: str) -> str:
    if name.startswith("plan."):
        return name.removeprefix("plan.")
    return context.formatter.word(CLOCK_LABELS[name])


def _clock_look(reading: ClockReading, context: Context) -> tuple[str, str]:
    """Return the sign of a clock and the role of its words: plain while it runs."""
    role = CLOCK_ROLES.get(reading.state, "dim")
    return clock_sign(context, reading.state), "" if reading.state == "running" else role


def _clock_value(context: Context, reading: ClockReading) -> str:
    say = context.say
    if reading.state in ("met", "missed"):
        return context.formatter.word(reading.state)
    if reading.state == "breached":
        return format_left(-reading.late_s, reading.day_s)
    if reading.left_s is None:
        return context.theme.signs.dash
    text = say("{left} left", left=format_left(reading.left_s, reading.day_s))
    return text if cells.width(text) < _VALUE_WIDTH else format_left(reading.left_s, reading.day_s)


def _clock_story(row: Row, context: Context, reading: ClockReading) -> str:
    """Return when it is due or was done, how much of the promise was used, and what of waiting is not counted."""
    say, now = context.say, row.reading.at
    parts = []
    if reading.done and reading.target_s:
        used, target = (format_left(seconds, reading.day_s) for seconds in (reading.used_s, reading.target_s))
        parts.append(say("{used} of {target}", used=used, target=target))
    if reading.done:
        parts.append(f"{context.formatter.format_moment(reading.done, now)} {_done_by(row, reading)}".rstrip())
    elif reading.due:
        parts.append(say("due {time}", time=context.formatter.format_moment(reading.due, now)))
    if reading.held_s:
        parts.append(say("{time} of waiting not counted", time=format_left(reading.held_s, reading.day_s)))
    return f" {context.theme.signs.dot} ".join(parts)


def _done_by(row: Row, reading: ClockReading) -> str:
    return next((event.by for event in row.ticket.log if event.at == reading.done), "")


def render_clock_line(row: Row, context: Context, name: str, reading: ClockReading, width: int) -> StyledLine:
    """Return one clock: sign, name, meter of the promise used, what is left, and its story."""
    theme = context.theme
    sign, role = _clock_look(reading, context)
    meter_width = next(length for least, length in _METERS if width >= least)
    filled, track = split_meter(share_used(reading), meter_width, theme.signs)
    value = cells.fit_right(_clock_value(context, reading), _VALUE_WIDTH, "")
    strong = f"{role} strong".strip()
    spans: StyledLine = [
        (f" {sign} ", strong if role == "late" else role),
        (cells.fit(_clock_label(context, name), _LABEL_WIDTH, theme.signs.ellipsis), "dim"),
        (filled, role or "accent"),
        (track, "faint"),
        (value, role if role in ("good", "dim") else strong),
        (f"  {_clock_story(row, context, reading)}", "dim"),
    ]
    return cut_line(spans, width - 1, theme)
