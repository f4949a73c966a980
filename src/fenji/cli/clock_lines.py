"""The clocks of a ticket as lines for people: their state, who is charged, and the confirmed result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from fenji.cli import streams
from fenji.cli.cells import one_line
from fenji.errors import Sentence
from fenji.model.board import Row, format_left
from fenji.model.sla import ClockReading, name_answerer, name_differences
from fenji.model.ticket import Ticket, sanitize
from fenji.text.cells import pad, width, wrap_lines

if TYPE_CHECKING:
    from fenji.cli.session import Session
    from fenji.model.sla.item_clock import ItemClock

_MIN_TEXT_WIDTH = 24  # cells; with less space beside its prefix, a text goes below it


def format_instant(moment: datetime | None, session: Session, *, said: datetime | None = None) -> str:
    """Format an instant as `2026-03-15 08:00 +03:00` in the site's zone; `-` for None.

    The offset is left out if the instant `said` earlier in the line has the same one.
    """
    if moment is None:
        return "-"
    local = moment.astimezone(session.zone)
    is_known = said is not None and said.astimezone(session.zone).utcoffset() == local.utcoffset()
    return f"{local:%Y-%m-%d %H:%M}{'' if is_known else f' {local.isoformat()[-6:]}'}"


def render_clocks(row: Row, session: Session) -> Iterator[str]:
    """Yield one line for each clock: its state, the time left or used, and when it is due."""
    names = {name: session.say(name) for name in ("response", "solution")}
    states = {name: session.say(row.reading.clock(name).state) for name in names}
    for name, label in names.items():
        name_cell = pad(label, max(map(width, names.values())))
        state_cell = pad(states[name], max(map(width, states.values())))
        description = join_phrases(_describe_clock(row.reading.clock(name), session), session)
        yield from wrap_with_prefix(f"{name_cell}  {state_cell}  ", description)
    keys = {key: one_line(key) for key in row.reading.items}
    for key, item in row.reading.items.items():
        prefix = f"  {pad(keys[key], max(map(width, keys.values())))}  {session.say(item.state)}  "
        yield from wrap_with_prefix(prefix, join_phrases(_describe_item(item, session), session))


def _describe_charge(clock: ClockReading | ItemClock, session: Session) -> Iterator[str]:
    """Yield to whom a verdict is credited or charged."""
    if charged := clock.charged_to:
        owner = _format_answerer(charged.key, charged.unit, session)
        yield session.say("credited to {owner}" if clock.met else "charged to {owner}", owner=owner)


def _describe_item(item: ItemClock, session: Session) -> Iterator[str]:
    """Yield phrases about an item of the plan: its state, who is charged, each move of its due date, its signs."""
    dates = {"due": str(item.due or "-"), "done": str(item.done or "-")}
    counts = {"days": item.late_days, "dates": item.late_dates}
    values = {"left": _format_duration(item.left_s, item.day_s), **dates, **counts}
    yield session.say(Sentence(_ITEM_TEMPLATES[item.state], values))
    yield from _describe_charge(item, session)
    if item.excuse:
        yield session.say("excused")
    for move in item.moves:
        moved = {"by": move.by, "former": str(move.former), "due": str(move.due)}
        yield session.say("moved by {by} from {former} to {due}", **moved)
    yield from (session.say(sign.label) for sign in item.signs)


_ITEM_TEMPLATES = {
    "running": "{left} left, due {due}",
    "at_risk": "{left} left, due {due}",
    "held": "due {due}, plus the time waited",
    "breached": "late by {days} days ({dates} working), was due {due}",
    "met": "done {done}, due {due}",
    "missed": "late by {days} days ({dates} working), done {done}, was due {due}",
    "none": "nothing is promised",
}


def _describe_clock(clock: ClockReading, session: Session) -> Iterator[str]:
    """Yield phrases about a clock: its state, who is charged, whether a miss is excused, its signs."""
    lengths = {"left": clock.left_s, "target": clock.target_s, "used": clock.used_s, "late": clock.late_s}
    values = {name: _format_duration(length, clock.day_s) for name, length in lengths.items()}
    values |= {"done": format_instant(clock.done, session), "due": format_instant(clock.due, session, said=clock.done)}
    yield session.say(Sentence(_CLOCK_TEMPLATES[clock.state], values))
    yield from _describe_charge(clock, session)
    if clock.met is False and not clock.counts:
        yield session.say("excused" if clock.excuse else "excused by a correction")
    yield from (session.say(sign.label) for sign in clock.signs)


def _format_answerer(key: str, unit: str | None, session: Session) -> str:
    name = name_answerer(key)
    return " ".join(filter(None, (name if isinstance(name, str) else session.say(name), unit)))


_CLOCK_TEMPLATES = {
    "running": "{left} left of {target}, due {due}",
    "at_risk": "{left} left of {target}, due {due}",
    "held": "{left} left of {target} once it resumes",
    "breached": "late by {late}, was due {due}",
    "met": "done {done}, {used} of {target} used, due {due}",
    "missed": "late by {late}, done {done}, was due {due}",
    "none": "nothing is promised",
}


def _format_duration(seconds: int | None, day_s: int) -> str:
    if seconds is None:
        return "-"
    return format_left(seconds, day_s) if abs(seconds) >= 60 else f"{seconds}s"


def render_confirmation(ticket: Ticket, session: Session) -> Iterator[str]:
    """Yield who confirmed the result and when, and where the log now differs from what was confirmed."""
    confirmed = ticket.sla.get("confirmed")
    if isinstance(confirmed, Mapping):
        confirmed_at = confirmed.get("at")
        at = format_instant(confirmed_at, session) if isinstance(confirmed_at, datetime) else str(confirmed_at)
        reason = f": {one_line(str(confirmed['reason']))}" if confirmed.get("reason") else ""
        by = format_person(str(confirmed.get("by") or "-"), session)
        yield from wrap_with_prefix("", session.say("Confirmed by {by}, {at}", by=by, at=at) + reason)
    yield from render_differences(ticket, session)


def render_differences(ticket: Ticket, session: Session) -> Iterator[str]:
    """Yield where the log of a confirmed ticket differs from what was confirmed."""
    for difference in name_differences(ticket, session.desk.policy):
        yield from wrap_with_prefix("", session.say(difference))


def join_phrases(phrases: Iterable[str], session: Session) -> str:
    """Join phrases into one line, with the comma of the session's language."""
    return reduce(lambda first, second: session.say("{first}, {second}", first=first, second=second), phrases)


def format_person(key: str, session: Session) -> str:
    """Return a person as `li.wei (Li Wei)`, or only the key if the policy knows no other name."""
    name = session.desk.policy.display_name(key)
    return f"{key} ({name})" if name and name != key else key


def wrap_with_prefix(prefix: str, text: str) -> Iterator[str]:
    """Yield lines that fit the screen: the text after `prefix`, or below it where too little space is left."""
    screen_width, text = streams.terminal_width(), sanitize(text).expandtabs(4)
    if screen_width and screen_width - width(prefix) < _MIN_TEXT_WIDTH and text:
        yield prefix.rstrip()
        prefix = "    "
    lines = wrap_lines(text, screen_width - width(prefix)) if screen_width else text.split("\n")
    for index, line in enumerate(lines):
        yield (prefix + line if not index else " " * width(prefix) + line).rstrip()
