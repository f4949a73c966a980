"""The clocks of a ticket, a line each: sign, name, meter, verdict, and the story in a sentence. Pure.

No sentence is cut inside a word: the last parts, which matter least, are left out first, and an ellipsis says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.model.board import CLOCK_SIGNS, format_left
from fenji.model.ticket import PLAN_PREFIX
from tui.drawing import cells
from tui.drawing.meter import split_meter
from tui.drawing.spans import cut_line

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.model.board import Row
    from fenji.model.sla import ClockReading
    from fenji.model.sla.item_clock import ItemClock
    from tui.context import Context
    from tui.drawing.theme import StyledLine

CLOCK_NAMES = ("response", "solution")
CLOCK_LABELS = {"response": "answer", "solution": "solve"}  # what each promises, in a word
WIDE_METER_WIDTH = 100  # minimum width for the longer meter
METER_CELLS, WIDE_METER_CELLS = 12, 24
NARROW_WIDTH, NARROW_METER_CELLS = 64, 4
_MIN_VERDICT = 9  # cells
_PREVIEW_NAME, _PREVIEW_VERDICT, _PREVIEW_METER = 8, 11, 20
CLOCK_ROLES = {
    "breached": "late",
    "missed": "late",
    "at_risk": "risk",
    "held": "dim",
    "met": "good",
    "running": "accent",
}


class ClockLine(Struct, frozen=True):
    """One clock as it is drawn: `used` is the share of the promise that is used up, None where nothing is promised."""

    name: str
    state: str
    used: float | None
    verdict: str
    parts: tuple[str, ...]

    @property
    def role(self) -> str:
        return CLOCK_ROLES.get(self.state, "dim")

    @property
    def strong_role(self) -> str:
        """The role of its sign and verdict."""
        return f"{self.role} strong" if self.role in ("late", "risk") else self.role

    @property
    def gist(self) -> str:
        """The part of the story that says when: when it is due or was done, or how much is left."""
        return (self.parts[1:2] or self.parts[:1] or ("",))[0]


class ClockLayout(Struct, frozen=True):
    """The widths in cells of the pieces of a line; in a preview names are dim and verdicts right-aligned."""

    name: int
    meter: int
    verdict: int
    is_preview: bool = False


def render_clocks(context: Context, row: Row, width: int) -> list[StyledLine]:
    """Return the lines of both clocks, and of the plan's item that runs out next."""
    lines = [_read_clock(context, name, row.reading.clock(name), row.reading.at) for name in CLOCK_NAMES]
    item = next_item(row)
    if item:
        lines.append(_read_item(context, row, item))
    meter = (
        WIDE_METER_CELLS if width >= WIDE_METER_WIDTH else METER_CELLS if width >= NARROW_WIDTH else NARROW_METER_CELLS
    )
    verdict = max(_MIN_VERDICT, *(cells.width(line.verdict) for line in lines))
    layout = ClockLayout(max(cells.width(line.name) for line in lines), meter, verdict)
    return [_render_line(context, line, layout, width) for line in lines]


def render_preview_clocks(context: Context, row: Row, width: int) -> list[StyledLine]:
    """Return the clocks that a preview shows: response, then solution or the item of the plan that runs out next."""
    lines = _preview_clocks(context, row)
    layout = ClockLayout(_PREVIEW_NAME, _PREVIEW_METER, _PREVIEW_VERDICT, is_preview=True)
    if width < WIDE_METER_WIDTH:  # every cell goes to the sentence
        verdict = max((cells.width(line.verdict) for line in lines), default=0)
        layout = replace(layout, meter=METER_CELLS, verdict=verdict)
    return [_render_line(context, line, layout, width) for line in lines]


def render_clocks_in_one_line(context: Context, row: Row, width: int) -> StyledLine:
    """Return `✓ answer met    ~ solve 11:29 left due 11-30 02:46`; the last clock also says when."""
    lines = _preview_clocks(context, row)
    spans: StyledLine = []
    for line in lines:
        sign, role = clock_sign(context, line.state), "" if line.state == "running" else line.strong_role
        spans.append((f"{'   ' if spans else ''} {sign} {line.name} {line.verdict}", role))
    return cut_line([*spans, (f" {lines[-1].gist}", "")] if lines else [], width - 1, context.theme)


def _preview_clocks(context: Context, row: Row) -> list[ClockLine]:
    at, item = row.reading.at, next_item(row) if row.next_clock.startswith(PLAN_PREFIX) else None
    names = CLOCK_NAMES[:1] if item else CLOCK_NAMES
    readings = [(name, row.reading.clock(name)) for name in names]
    lines = [_read_clock(context, name, reading, at) for name, reading in readings if reading.state != "none"]
    return [*lines, _read_item(context, row, item)] if item else lines


def next_item(row: Row) -> ItemClock | None:
    """Return the item of the plan that runs out next; None if none is open."""
    running = [item for item in row.reading.items.values() if item.due_at and item.met is None and item.state != "none"]
    late = [item for item in row.reading.items.values() if item.state == "breached"]
    return min(late or running, key=lambda item: (item.due_at or row.reading.at, item.key), default=None)


def used_share(state: str, used_s: int, left_s: int | None, target_s: int | None) -> float | None:
    """Return how much of a promise is used up, from 0 to 1; None where nothing is promised."""
    if state in ("breached", "missed"):
        return 1.0
    whole = used_s + left_s if left_s is not None and left_s >= 0 and state not in ("met",) else target_s
    return min(used_s / whole, 1.0) if whole else None


def clock_sign(context: Context, state: str) -> str:
    """Return the sign of a clock: late, at risk, held, met; a blank while it runs."""
    if state == "met":
        return context.theme.signs.met
    return {**CLOCK_SIGNS, "missed": CLOCK_SIGNS["breached"]}.get(state, " ")


def _render_line(context: Context, line: ClockLine, layout: ClockLayout, width: int) -> StyledLine:
    filled, track = split_meter(line.used, layout.meter, context.theme.signs) if line.used is not None else ("", "")
    fit = cells.fit_right if layout.is_preview else cells.fit
    spans: StyledLine = [
        (f" {clock_sign(context, line.state)} ", line.strong_role),
        (f"{cells.fit(line.name, layout.name)} ", "dim" if layout.is_preview else ""),
        (filled, line.role),
        (track or " " * (layout.meter - cells.width(filled)), "faint"),
        (f" {fit(line.verdict, layout.verdict)} ", line.strong_role),
    ]
    available = width - sum(cells.width(text) for text, _ in spans) - 1
    return [*spans, (join_parts(context, line.parts, available), "dim")]


def join_parts(context: Context, parts: Sequence[str], width: int) -> str:
    """Return as many parts as fit whole, joined by dots, with an ellipsis at the end if some are left out."""
    signs = context.theme.signs
    shown = [cells.sanitize_line(part) for part in parts if part]
    text = f" {signs.dot} ".join(shown)
    while shown and cells.width(text) > width:
        shown.pop()
        text = f" {signs.dot} ".join([*shown, signs.ellipsis])
    return text if shown else ""


def format_span(seconds: int, day_s: int) -> str:
    """Return a length of time as a promise is written: `2d`, `4:00`; zero hours after days are left out."""
    return format_left(seconds, day_s).removesuffix(" 0h")


def _read_clock(context: Context, name: str, reading: ClockReading, now: datetime) -> ClockLine:
    left = format_left(reading.left_s, reading.day_s)
    late = format_left(reading.late_s, reading.day_s) if reading.late_s else ""
    return ClockLine(
        context.say(CLOCK_LABELS[name]),
        reading.state,
        used_share(reading.state, reading.used_s, reading.left_s, reading.target_s),
        _describe_verdict(context, reading.state, left, late),
        tuple(_tell_clock(context, reading, now)),
    )


def _describe_verdict(context: Context, state: str, left: str, late: str) -> str:
    """Return `met`, `late 4:46`, `1:52 left`, `held`."""
    if state in ("breached", "missed"):
        return context.say("late {late}", late=late) if late else context.formatter.word(state)
    if state in ("running", "at_risk") and left:
        return context.say("{left} left", left=left)
    return context.formatter.word(state.replace("_", " ")) if state != "none" else context.say("no promise")


def _tell_clock(context: Context, reading: ClockReading, now: datetime) -> Iterator[str]:
    """Yield the story of a clock: what was promised and used, when, whom it is charged to, and how long it waited."""
    say, formatter = context.say, context.formatter
    target = format_span(reading.target_s, reading.day_s) if reading.target_s else ""
    used = format_span(reading.used_s, reading.day_s)
    if target:
        late = reading.state in ("breached", "missed")
        yield say("limit {target}", target=target) if late else say("{used} of {target}", used=used, target=target)
    charged = reading.charged_to
    if reading.done:
        moment = formatter.format_moment(reading.done, now)
        met_by = (charged.owner or charged.queue or "") if charged and reading.met else ""
        yield f"{moment} {met_by}".strip() if reading.met else say("done {time}", time=moment)
    if reading.due and not reading.met:
        yield say("due {time}", time=formatter.format_moment(reading.due, now))
    if reading.state == "held" and reading.left_s is not None:
        yield say("{left} left", left=format_left(reading.left_s, reading.day_s))
    if charged and not reading.met:
        yield say("charged to {owner}", owner=charged.owner or charged.queue)
    if reading.met is False and not reading.counts:
        yield say("excused" if reading.excuse else "excused by a correction")
    if reading.held_s:
        yield say("{held} waiting not counted", held=format_span(reading.held_s, reading.day_s))
    yield from (formatter.word(sign.label) for sign in reading.signs)


def _read_item(context: Context, row: Row, item: ItemClock) -> ClockLine:
    left, late = format_left(item.left_s, item.day_s), format_left(item.late_s, item.day_s) if item.late_s else ""
    planned = next((entry for entry in row.ticket.plan if entry.key == item.key), None)
    due = context.say("due {time}", time=item.due.isoformat()) if item.due else ""
    return ClockLine(
        item.key,
        item.state,
        used_share(item.state, item.used_s, item.left_s, item.target_s),
        _describe_verdict(context, item.state, left, late),
        tuple(part for part in (planned.what if planned else "", due, planned.owner if planned else "") if part),
    )
