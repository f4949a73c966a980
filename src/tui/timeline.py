"""The history of a ticket, newest event first, and how its clocks ran. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.model import workflow
from fenji.model.board import format_left
from fenji.model.conflicts import TYPED_KEY
from tui import cells
from tui.diff import format_value
from tui.formatting import EVENT_LABELS
from tui.refusals import field_label
from tui.ticket_page import BLANK_LINE, PageLine, TicketPage, render_heading

if TYPE_CHECKING:
    from fenji.model.sla import ClockExplanation, ClockReading, Explanation, Reading
    from fenji.model.ticket import Event, Value
    from tui.context import Context
    from tui.theme import StyledLine

# Labels of past events, by event.
TIME_WIDTH = 11
TRANSLATED_FIELDS = ("kind", "impact", "occurrence")
_ROLE_BY_CLOCK_STATE = {"breached": "late", "missed": "late", "at_risk": "risk", "held": "dim", "met": "good"}


def render_clock(context: Context, name: str, reading: ClockReading, now: datetime) -> StyledLine:
    """Return a clock as one line: state, due time, time left or overdue, and who is charged."""
    say, formatter = context.say, context.formatter
    sign = {"breached": "!", "at_risk": "~", "held": "="}.get(reading.state, " ")
    parts = [formatter.word(reading.state.replace("_", " "))]
    if reading.due:
        parts.append(say("due {time}", time=formatter.format_moment(reading.due, now)))
    if reading.done:
        parts.append(say("done {time}", time=formatter.format_moment(reading.done, now)))
    if reading.late_s:
        parts.append(say("{late} late", late=format_left(reading.late_s, reading.day_s)))
    elif reading.left_s is not None and not reading.done:
        parts.append(say("{left} left", left=format_left(reading.left_s, reading.day_s)))
    charged = reading.charged_to
    if charged:
        owner = " ".join(part for part in (charged.key, charged.unit) if part)
        parts.append(say("credited to {owner}" if reading.met else "charged to {owner}", owner=owner))
    if reading.met is False and not reading.counts:
        parts.append(say("excused" if reading.excuse else "excused by a correction"))
    parts += [formatter.word(sign.label) for sign in reading.signs]
    name = cells.fit(
        formatter.word(name), max(cells.width(formatter.word(clock_name)) for clock_name in ("response", "solution"))
    )
    details = f" {context.theme.signs.dot} ".join(part for part in parts if part)
    return [
        (f"{sign} ", _ROLE_BY_CLOCK_STATE.get(reading.state, "")),
        (f"{name} ", "dim"),
        (details, _ROLE_BY_CLOCK_STATE.get(reading.state, "")),
    ]


def render_clocks(context: Context, reading: Reading) -> list[StyledLine]:
    """Return both clocks, one line each."""
    return [render_clock(context, name, reading.clock(name), reading.at) for name in ("response", "solution")]


def render_explanation(page: TicketPage, explanation: Explanation) -> list[PageLine]:
    """Return how the clocks ran, interval by interval (clock rules 24)."""
    lines = []
    for clock in (explanation.response, explanation.solution):
        if clock is not None:
            lines += [
                BLANK_LINE,
                *(replace(line, clock=clock.clock) for line in _render_story(page, clock, explanation)),
            ]
    return lines


def _render_story(page: TicketPage, clock: ClockExplanation, explanation: Explanation) -> Iterator[PageLine]:
    formatter = page.context.formatter
    yield render_heading(page, page.say("How the {clock} clock ran", clock=formatter.word(clock.clock)))
    for interval in clock.intervals:
        start, end = (formatter.format_moment(at, explanation.at) for at in (interval.start, interval.end))
        reason = formatter.word(interval.reason or interval.state)
        spent = format_left(interval.seconds) if interval.mode == "running" else ""
        text = f"   {start} - {end}  {formatter.word(interval.mode)}  {interval.level}  {spent}  {reason}".rstrip()
        yield PageLine([(cells.truncate(text, page.width - 1, page.context.theme.signs.ellipsis), "")])
    for sentence in clock.reasons:
        for row in cells.wrap(formatter.say(sentence), max(page.width - 5, 8)):
            yield PageLine([(f"   {row}", "dim")])


def render_timeline(page: TicketPage, now: datetime) -> list[PageLine]:
    """Return the events, newest first; those that do not count are labelled so."""
    uncounted = {skipped.digest for skipped in workflow.current_state(page.ticket).uncounted}
    lines = [BLANK_LINE, render_heading(page, page.say("What happened, newest first"))]
    for event in reversed(page.ticket.log):
        lines += _render_event(page, event, now, counted=event.digest not in uncounted)
    return lines


def _render_event(page: TicketPage, event: Event, now: datetime, *, counted: bool) -> list[PageLine]:
    formatter, say = page.context.formatter, page.say
    time_text = formatter.format_moment(event.at, now)
    parts = [
        time_text + " " * (TIME_WIDTH - len(time_text)),
        cells.sanitize_line(event.by),
        formatter.word(EVENT_LABELS.get(event.do, event.do)),
    ]
    if event.from_requester:
        parts.append(say("(requester)"))
    if event.reason:
        parts.append(
            formatter.word(event.reason) if event.do in ("wait", "excuse") else cells.sanitize_line(event.reason)
        )
    if event.logged:
        parts.append(say("(logged {time})", time=formatter.format_moment(event.logged, now)))
    if not counted:
        parts.append(say("(not counted)"))
    text = "  ".join(parts)
    lines = [PageLine([(f"   {row}", "" if counted else "dim")]) for row in cells.wrap(text, max(page.width - 5, 8))]
    for detail in (_describe_changes(page, event), event.note, _describe_superseded(page, event)):
        for paragraph in cells.sanitize_lines(detail) if detail else ():
            lines += [PageLine([(f"     {row}", "dim")]) for row in cells.wrap(paragraph, max(page.width - 7, 8))]
    return lines


def _describe_changes(page: TicketPage, event: Event) -> str:
    if event.do == "report":
        return ""  # the initial values are the ticket itself
    parts = [
        f"{field_label(path, page.context.formatter)} {_format_changed_value(page, path, value)}"
        for path, value in event.set.items()
    ]
    parts += [field_label(path, page.context.formatter) for path in event.rewrote]
    return ", ".join(parts)


def _format_changed_value(page: TicketPage, path: str, value: Value) -> str:
    if value is None:
        return page.context.theme.signs.dash
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(str(item) for item in value)
    if isinstance(value, bool):
        return page.say("yes") if value else page.say("no")
    return page.context.formatter.word(str(value)) if path in TRANSLATED_FIELDS else str(value)


def _describe_superseded(page: TicketPage, event: Event) -> str:
    """Describe a long text that lost a merge, or what was typed by hand and put back, which stays readable here."""
    formatter, typed = page.context.formatter, event.body.get(TYPED_KEY)
    if event.do == "superseded":
        field = field_label(str(event.body.get("field") or ""), formatter)
        text = page.say("{field} was superseded; it said:", field=field)
        return f"{text}\n{format_value(event.body.get('value'))}"
    if event.do != "note" or not isinstance(typed, Mapping):
        return ""
    text = "{field} was typed in the file and put back; it said: {value}"
    return "\n".join(
        page.say(text, field=field_label(str(field), formatter), value=format_value(value))
        for field, value in typed.items()
    )
