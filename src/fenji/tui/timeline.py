"""What happened to a ticket, newest first, and how its clocks ran. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fenji import flow
from fenji.board import left_text
from fenji.tui import cells
from fenji.tui.page import BLANK, Page, PageLine, heading
from fenji.tui.refusals import label
from fenji.tui.versus import as_text

if TYPE_CHECKING:
    from fenji.clock import ClockReading, Reading, Story
    from fenji.ticket import Event, Value
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line

# What an event is called once it has happened.
HAPPENED = {
    "report": "reported",
    "classify": "classified",
    "respond": "answered",
    "assign": "given to an owner",
    "note": "noted",
    "wait": "waiting",
    "resume": "resumed",
    "edit": "edited",
    "solve": "solved",
    "confirm": "confirmed",
    "excuse": "excused",
    "archive": "archived",
    "reopen": "reopened",
    "withdraw": "withdrawn",
    "attach": "attached",
    "link": "linked",
    "superseded": "superseded",
}
TIME_CELLS = 11
METHOD_WORDS = ("kind", "impact", "occurrence")
_ROLES = {"breached": "late", "missed": "late", "at_risk": "risk", "held": "held", "met": "good"}


def clock_line(kit: Kit, name: str, one: ClockReading, at: datetime) -> Line:
    """One clock in a line: state, due, what is left or how late, who is charged."""
    say, voice = kit.say, kit.voice
    sign = {"breached": "!", "at_risk": "~", "held": "="}.get(one.state, " ")
    parts = [voice.word(one.state.replace("_", " "))]
    if one.due:
        parts.append(say("due {time}", time=voice.moment(one.due, at)))
    if one.done:
        parts.append(say("done {time}", time=voice.moment(one.done, at)))
    if one.late_s:
        parts.append(say("{late} late", late=left_text(one.late_s, one.day_s)))
    elif one.left_s is not None and not one.done:
        parts.append(say("{left} left", left=left_text(one.left_s, one.day_s)))
    if one.charged_to and one.charged_to.owner:
        parts.append(say("charged to {owner}", owner=one.charged_to.owner))
    if one.met is False and not one.counts:
        parts.append(say("excused"))
    name = cells.fit(voice.word(name), max(cells.width(voice.word(other)) for other in ("response", "solution")))
    told = f" {kit.look.signs.dot} ".join(part for part in parts if part)
    return [(f"{sign} ", _ROLES.get(one.state, "")), (f"{name} ", "label"), (told, _ROLES.get(one.state, ""))]


def clocks(kit: Kit, reading: Reading) -> list[Line]:
    """Both clocks, a line each."""
    return [clock_line(kit, name, reading.clock(name), reading.at) for name in ("response", "solution")]


def story(page: Page, told: Story) -> list[PageLine]:
    """How the clocks ran, stretch by stretch (clock rules 24)."""
    found = []
    for one in (told.response, told.solution):
        if one is None:
            continue
        words = page.say("How the {clock} clock ran", clock=page.kit.voice.word(one.clock))
        found += [BLANK, heading(page, words)]
        for stretch in one.stretches:
            span = f"{page.kit.voice.moment(stretch.start, told.at)} - {page.kit.voice.moment(stretch.end, told.at)}"
            why = page.kit.voice.word(stretch.reason) if stretch.reason else page.kit.voice.word(stretch.state)
            mode = page.kit.voice.word(stretch.mode)
            spent = left_text(stretch.seconds) if stretch.mode == "running" else ""
            words = f"   {span}  {mode}  {stretch.level}  {spent}  {why}".rstrip()
            found.append(PageLine([(cells.cut(words, page.width - 1, page.kit.look.signs.cut), "")]))
    return found


def timeline(page: Page, now: datetime) -> list[PageLine]:
    """The events, newest first; those that do not count are said to."""
    uncounted = {one.digest for one in flow.standing(page.ticket).uncounted}
    found = [BLANK, heading(page, page.say("What happened, newest first"))]
    for event in reversed(page.ticket.log):
        found += _event(page, event, now, counted=event.digest not in uncounted)
    return found


def _event(page: Page, event: Event, now: datetime, *, counted: bool) -> list[PageLine]:
    voice, say = page.kit.voice, page.say
    at = voice.moment(event.at, now)
    head = [at + " " * (TIME_CELLS - len(at)), cells.line(event.by), voice.word(HAPPENED.get(event.do, event.do))]
    if event.from_requester:
        head.append(say("(requester)"))
    if event.reason:
        head.append(voice.word(event.reason) if event.do in ("wait", "excuse") else cells.line(event.reason))
    if event.logged:
        head.append(say("(logged {time})", time=voice.moment(event.logged, now)))
    if not counted:
        head.append(say("(not counted)"))
    words = "  ".join(head)
    found = [PageLine([(f"   {row}", "" if counted else "faint")]) for row in cells.wrap(words, max(page.width - 5, 8))]
    for told in (_changes(page, event), event.note, _superseded(page, event)):
        for one in cells.lines(told) if told else ():
            found += [PageLine([(f"     {row}", "faint")]) for row in cells.wrap(one, max(page.width - 7, 8))]
    return found


def _changes(page: Page, event: Event) -> str:
    if event.do == "report":
        return ""  # the first values are the ticket itself
    parts = [f"{label(leaf, page.kit.voice)} {_value(page, leaf, value)}" for leaf, value in event.set.items()]
    parts += [label(leaf, page.kit.voice) for leaf in event.rewrote]
    return ", ".join(parts)


def _value(page: Page, leaf: str, value: Value) -> str:
    if value is None:
        return page.kit.look.signs.dash
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(str(one) for one in value)
    if isinstance(value, bool):
        return page.say("yes") if value else page.say("no")
    return page.kit.voice.word(str(value)) if leaf in METHOD_WORDS else str(value)


def _superseded(page: Page, event: Event) -> str:
    """A long text that lost a merge: it stays readable here."""
    if event.do != "superseded":
        return ""
    field = label(str(event.more.get("field") or ""), page.kit.voice)
    return page.say("{field} was superseded; it said:", field=field) + f"\n{as_text(event.more.get('value'))}"
