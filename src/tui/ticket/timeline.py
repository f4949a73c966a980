"""The timeline of a ticket, newest event first, with details below unfolded lines, and how its clocks ran. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.model import workflow
from fenji.model.board import format_left
from tui.drawing import cells
from tui.ticket.change_lines import render_changes, tell_recorder
from tui.ticket.clock_lines import CLOCK_NAMES
from tui.ticket.diff import format_value
from tui.ticket.event_text import (
    act_kind,
    act_label,
    act_role,
    describe_event,
    format_change,
    former_value,
    kept_texts,
    name_changed,
)
from tui.ticket.page_lines import BLANK_LINE, TIMELINE, PageLine, SectionHead, TicketPage, wrap_on_page

if TYPE_CHECKING:
    from fenji.model.sla import ClockExplanation, Explanation
    from fenji.model.ticket import Event
    from tui.drawing.theme import StyledLine

_TIME_CELLS = 11
_MAX_WHO, _MAX_WIDE_WHO, _MAX_ACT = 9, 12, 9  # cells
_POLICY = "policy"  # shown in place of a person where a promise ran out


class _Entry(Struct, frozen=True):
    """A line of the timeline: an event, or a promise that ran out."""

    at: datetime
    who: str
    act: str
    text: str
    role: str
    event: Event | None = None
    is_counted: bool = True

    @property
    def is_breach(self) -> bool:
        return self.event is None


def render_timeline(page: TicketPage, now: datetime) -> list[PageLine]:
    """Return the events, newest first; all if the timeline is unfolded, else about `page.max_events`."""
    entries = _list_entries(page)
    unfolded = TIMELINE in page.unfolded or len(entries) <= page.max_events + 1
    shown = entries if unfolded else entries[: page.max_events]
    who_width, act_width = _column_widths(page, entries)
    right = "  ".join(part for part in (page.delivery, _key_hint(page, "open")) if part)
    lines = [SectionHead(page.say("timeline"), key=TIMELINE, count=len(entries), right=right).render(page)]
    for entry in shown:
        lines.append(_render_entry(page, entry, now, (who_width, act_width)))
        if entry.event and entry.event.digest in page.unfolded:
            lines += _unfold_event(page, entry.event, now, who_width)
    if not unfolded:
        more = page.say("{count} more", count=len(entries) - len(shown))
        lines.append(PageLine([(f"{page.context.theme.signs.more} {more}", "dim")], unfolds=TIMELINE))
    return lines


def _key_hint(page: TicketPage, action_id: str) -> str:
    return page.hint(page.say("{key} diff", key=page.context.keymap.key_label(action_id)))


def _list_entries(page: TicketPage) -> list[_Entry]:
    """Return the events and the promises that ran out, newest first."""
    uncounted = {skipped.digest for skipped in workflow.current_state(page.ticket).uncounted}
    formatter = page.context.formatter
    entries = []
    for event in page.ticket.log:
        kind = act_kind(event)
        text = describe_event(event, formatter)
        counted = event.digest not in uncounted
        suffix = "" if counted else f"  {page.say('(not counted)')}"
        label, role = act_label(kind, formatter), act_role(kind, event)
        by = "" if event.do == "superseded" else event.by  # the merge did it, not the person whose text lost
        entries.append(_Entry(event.at, by, label, f"{text}{suffix}".strip(), role, event, counted))
    return sorted([*reversed(entries), *_list_breaches(page)], key=lambda entry: entry.at, reverse=True)


def _list_breaches(page: TicketPage) -> Iterator[_Entry]:
    """Yield an entry for each promise that ran out, at the instant it did."""
    for name in CLOCK_NAMES:
        reading = page.row.reading.clock(name)
        if reading.state not in ("breached", "missed") or reading.due is None:
            continue
        charged = reading.charged_to
        word = page.context.formatter.word(name)
        text = page.say("{clock}: the promise ran out", clock=word)
        if charged:
            to_whom = page.say("charged to {owner}", owner=charged.owner or charged.queue)
            text = page.say("{what}; {message}", what=text, message=to_whom)
        yield _Entry(reading.due, _POLICY, act_label("breach", page.context.formatter), text, act_role("breach"))


def _column_widths(page: TicketPage, entries: Sequence[_Entry]) -> tuple[int, int]:
    most = _MAX_WIDE_WHO if page.is_wide else _MAX_WHO
    who = max((cells.width(cells.sanitize_line(entry.who)) for entry in entries), default=0)
    act = max((cells.width(entry.act) for entry in entries), default=0)
    return min(who, most), min(act, _MAX_ACT)


def _render_entry(page: TicketPage, entry: _Entry, now: datetime, widths: tuple[int, int]) -> PageLine:
    ellipsis = page.context.theme.signs.ellipsis
    time_text = page.context.formatter.format_stamp(entry.at, now)
    who, act = (
        cells.fit(text, width, ellipsis)
        for text, width in ((cells.sanitize_line(entry.who), widths[0]), (entry.act, widths[1]))
    )
    used = _TIME_CELLS + 1 + widths[0] + 1 + widths[1] + 1
    marked = {getattr(mark, "digest", "") for mark in page.marks} - {""}
    is_marked = entry.event is not None and entry.event.digest in marked
    role = "late strong" if entry.is_breach else "" if entry.is_counted else "dim"
    spans: StyledLine = [
        (f"{cells.fit(time_text, _TIME_CELLS, ellipsis)} ", "late" if entry.is_breach or is_marked else "dim"),
        (f"{who} ", "" if entry.is_counted else "dim"),
        (f"{act} ", entry.role if entry.is_counted else "dim"),
        (page.cut(entry.text, page.text_width - used), role),
    ]
    mark = "#" if is_marked else " "
    return PageLine(spans, event=entry.event.digest if entry.event else "", mark=mark, strip=1)


# --- an event unfolded ------------------------------------------------------------------------------------------------


def _unfold_event(page: TicketPage, event: Event, now: datetime, who_width: int) -> list[PageLine]:
    """Return an event in full: its note, and the old and new value of each change."""
    indent = _TIME_CELLS + 1 if page.width >= 60 else 2
    lines: list[StyledLine] = []
    if event.logged:
        logged = page.say("(logged {time})", time=page.context.formatter.format_moment(event.logged, now))
        lines += wrap_on_page(page, logged, "dim", indent=indent)
    if event.mail:
        sender = f"{event.mail.get('from') or ''} {event.mail.get('as') or ''}"
        lines += wrap_on_page(page, cells.sanitize_line(sender), "info", indent=indent)
    if event.note:
        lines += wrap_on_page(page, page.context.formatter.say_note(event.note), indent=indent)
    changes = [(name_changed(path, page.context.formatter), old, new) for path, old, new in _list_changes(page, event)]
    changes += [(page.label(field), format_value(value), "") for field, value in kept_texts(event)]
    lines += render_changes(page, changes, indent=indent, least=who_width)
    for mark in page.marks:
        if getattr(mark, "digest", "") == event.digest:
            lines += wrap_on_page(page, page.context.formatter.say(mark.message), "risk", indent=indent)
    commit = page.commits.get(event.digest)
    lines += tell_recorder(page, commit.recorder if commit else "", indent=indent)
    lines = lines or wrap_on_page(page, page.say("It changed nothing else."), "dim", indent=indent)
    return [PageLine(line, event=event.digest) for line in lines]


def _list_changes(page: TicketPage, event: Event) -> Iterator[tuple[str, str, str]]:
    """Yield (field, former value, new value) for each change of an event; for long texts as far as git was read."""
    formatter = page.context.formatter
    for path, value in event.set.items():
        former = former_value(page.ticket.log, event, path)
        old = format_change(path, former, formatter) if former not in (None, "", []) else ""
        yield path, old, "" if value is None else format_change(path, value, formatter)
    commit = page.commits.get(event.digest)
    told = {change.path: change for change in commit.changes} if commit else {}
    for path in event.rewrote:
        change = told.get(path)
        if change is not None:
            before, after = (
                "" if value in (None, "", []) else format_change(path, value, formatter)
                for value in (change.before, change.after)
            )
            yield path, before, after
        elif commit is None:
            yield path, "", page.say("is being looked up in git")
        else:
            yield path, "", page.context.theme.signs.ellipsis


# --- how the clocks ran -----------------------------------------------------------------------------------------------


def render_explanation(page: TicketPage, explanation: Explanation) -> list[PageLine]:
    """Return how the clocks ran, interval by interval (clock rules 24)."""
    lines = []
    for clock in (explanation.response, explanation.solution):
        if clock is not None:
            story = _render_story(page, clock, explanation)
            lines += [BLANK_LINE, *(replace(line, clock=clock.clock) for line in story)]
    return lines


def _render_story(page: TicketPage, clock: ClockExplanation, explanation: Explanation) -> Iterator[PageLine]:
    formatter = page.context.formatter
    title = page.say("how the {clock} clock ran", clock=formatter.word(clock.clock))
    yield SectionHead(title, key=f"clock {clock.clock}", right=str(formatter.zone)).render(page)
    for interval in clock.intervals:
        span = formatter.format_span(interval.start, interval.end, explanation.at)
        if interval.end >= explanation.at:
            start = formatter.format_dated(interval.start, explanation.at)
            span = page.say("{start} until now", start=start)
        reason = formatter.word(interval.reason) or formatter.state(interval.state)
        spent = format_left(interval.seconds, interval.day_s) if interval.mode == "running" else ""
        text = f"{span}  {formatter.word(interval.mode)}  {interval.level}  {spent}  {reason}".rstrip()
        yield PageLine([(page.cut(text, page.text_width), "")])
    for sentence in clock.reasons:
        yield from (PageLine(line) for line in wrap_on_page(page, formatter.say_story(sentence, explanation.at), "dim"))
