"""Tickets and boards as text for people: the list, the page of one ticket, the lines of its clocks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.beside import SIGN_IT
from fenji.board import TWO_TEXTS, UNSIGNED, left_text
from fenji.cli import streams
from fenji.cli.cells import Column, one_line, padded, table, width, wrapped
from fenji.cli.session import Line
from fenji.errors import Sentence
from fenji.ticket import BY_KEY, CLOSED, FIELDS, Event, Field, Ticket, Value, plain, visible

if TYPE_CHECKING:
    from fenji.board import Board, Row
    from fenji.cli.session import Session
    from fenji.clock import ClockReading

_STYLES = {"!": "late", "~": "risk", "=": "held"}
_HEADED = frozenset({"id", "title", "kind", "state", "priority", "impact", "occurrence", "site", "uid", "sla"})
_SHOWN = {"sha256": 12}  # characters of what nobody reads to its end
_OF_REPORT = frozenset({"kind", "priority", "impact", "occurrence", "owner", "units"})  # the rest stands above the log
_LEAST = 24  # cells for text beside what it belongs to; with less it goes below


# --- the list -----------------------------------------------------------------------------------------------------


def board_lines(board: Board, session: Session) -> Iterator[str | Line]:
    """The rows as a table that fits the screen, and how many there are."""
    if not board.rows:
        yield from told("", session.say("No ticket is shown. Report one with: fenji new --title TITLE"))
        return
    columns = [
        Column(""),
        Column("P"),
        Column(session.say("Left"), right=True),
        Column(session.say("Clock"), spare=3),
        Column(session.say("Number")),
        Column(session.say("Kind"), spare=4),
        Column(session.say("Title"), elastic=True),
        Column(session.say("State"), spare=1),
        Column(session.say("Owner"), spare=2),
    ]
    lines = table(columns, (_cells(row, session) for row in board.rows), streams.screen_cells())
    yield Line(next(lines), "head")
    for row, line in zip(board.rows, lines, strict=True):
        yield Line(line, _STYLES.get(row.sign, ""))
    counts = {"count": board.count(), "late": board.count("!"), "risk": board.count("~"), "held": board.count("=")}
    yield from told("", session.say("{count} tickets, {late} breached, {risk} at risk, {held} held", **counts))


def _cells(row: Row, session: Session) -> Sequence[str]:
    ticket, name = row.ticket, row.next_clock
    clock = session.say(name) if name else ""
    left = row.left_text
    marked = [f"{sign}{session.say(word)}" for sign, word in row.marks]
    title = " ".join([*marked, ticket.title])
    words = (session.say(ticket.kind), title, session.say(ticket.state), ticket.owner or "-")
    return row.sign.strip(), ticket.priority, left, clock, row.id, *words


# --- clocks -------------------------------------------------------------------------------------------------------


def shown_instant(when: datetime | None, session: Session) -> str:
    """`2026-03-15 08:00 +03:00`, in the zone of the desk's site; `-` for none."""
    if when is None:
        return "-"
    local = when.astimezone(session.zone)
    return f"{local:%Y-%m-%d %H:%M} {local.isoformat()[-6:]}"


def clock_lines(row: Row, session: Session) -> Iterator[str]:
    """One line for each clock: its state in words, time left or used, due."""
    names = {name: session.say(name) for name in ("response", "solution")}
    states = {name: session.say(row.reading.clock(name).state) for name in names}
    for name, label in names.items():
        left = padded(label, max(map(width, names.values())))
        state = padded(states[name], max(map(width, states.values())))
        story = session.say(_clock_sentence(row.reading.clock(name), session))
        yield from told(f"{left}  {state}  ", story)


def _clock_sentence(clock: ClockReading, session: Session) -> Sentence:
    values = {
        "left": _length(clock.left_s, clock.day_s),
        "target": _length(clock.target_s, clock.day_s),
        "used": _length(clock.used_s, clock.day_s),
        "late": _length(clock.late_s, clock.day_s),
        "due": shown_instant(clock.due, session),
        "done": shown_instant(clock.done, session),
    }
    return Sentence(_TEMPLATES[clock.state], values)


_TEMPLATES = {
    "running": "{left} left of {target}, due {due}",
    "at_risk": "{left} left of {target}, due {due}",
    "held": "{left} left of {target} once it goes on",
    "breached": "late by {late}, was due {due}",
    "met": "done {done}, {used} of {target} used, due {due}",
    "missed": "late by {late}, done {done}, was due {due}",
    "none": "nothing is promised",
}


def _length(seconds: int | None, day_s: int) -> str:
    if seconds is None:
        return "-"
    return left_text(seconds, day_s) if abs(seconds) >= 60 else f"{seconds}s"


# --- one ticket ---------------------------------------------------------------------------------------------------


def ticket_lines(row: Row, session: Session) -> Iterator[str | Line]:
    """The whole ticket: head, clocks, fields, texts, items, log."""
    ticket = row.ticket
    yield from (Line(line, "head") for line in told(f"{ticket.id}  ", ticket.title))
    yield from told("", _headline(ticket, session))
    if row.changed:
        hint = "Its header was changed by hand; the next act writes the event that explains it."
        yield from told("", session.say(hint))
    yield from _unsigned(row, session)
    yield ""
    yield from clock_lines(row, session)
    yield from _sla_line(ticket, session)
    yield from _short_fields(ticket, session)
    for one in FIELDS:
        if one.key in ticket.data and one.held in ("text", "items") and one.key != "links":
            yield from _section(one, ticket, session)
    yield from _zeroing(ticket, session)
    yield from _superseded(row, session)
    yield from _log(ticket, session)


def _headline(ticket: Ticket, session: Session) -> str:
    grades = ", ".join(one for one in (ticket.word("impact"), ticket.word("occurrence")) if one)
    priority = f"{ticket.priority} ({grades})" if grades else ticket.priority
    parts = (session.say(ticket.kind), priority, session.say(ticket.state), ticket.site)
    return "  ".join(one_line(part) for part in parts if part)


def _sla_line(ticket: Ticket, session: Session) -> Iterator[str]:
    sla = ticket.get("sla")
    confirmed = sla.get("confirmed") if isinstance(sla, Mapping) else None
    if isinstance(confirmed, Mapping):
        when = confirmed.get("at")
        at = shown_instant(when, session) if isinstance(when, datetime) else str(when)
        reason = f": {one_line(str(confirmed['reason']))}" if confirmed.get("reason") else ""
        by = _person(str(confirmed.get("by") or "-"), session)
        yield from told("", session.say("Confirmed by {by}, {at}", by=by, at=at) + reason)


def _person(key: str, session: Session) -> str:
    name = session.desk.policy.name_of(key)
    return f"{key} ({name})" if name and name != key else key


def _short_fields(ticket: Ticket, session: Session) -> Iterator[str]:
    held = [
        (session.say(one.label), _short_text(one, ticket.data[one.key], session))
        for one in FIELDS
        if _is_short(one, ticket)
    ]
    held += [(key, json.dumps(plain(value), ensure_ascii=False)) for key, value in ticket.extra.items()]
    if held:
        yield ""
    label_cells = max((width(label) for label, _ in held), default=0)
    for label, text in held:
        yield from told(f"{padded(label, label_cells)}  ", text)


def _is_short(one: Field, ticket: Ticket) -> bool:
    if one.key in _HEADED or one.key == "zeroing" or one.key not in ticket.data:
        return False
    return one.held not in ("text", "items") or one.key == "links"


def _short_text(one: Field, value: Value, session: Session) -> str:
    if one.key == "owner":
        return _person(str(value), session)
    if one.key == "links" and isinstance(value, list):
        return ", ".join(f"{item['to']} ({session.say(str(item.get('as') or '-'))})" for item in value)
    if isinstance(value, Mapping):
        labels = {part.key: session.say(part.label) for part in one.parts}
        return ", ".join(f"{labels.get(key, key)}: {_word(held)}" for key, held in value.items())
    return _word(value)


def _word(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(map(_word, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(str(plain(value) if isinstance(value, datetime) else value))


def _section(one: Field, ticket: Ticket, session: Session) -> Iterator[str | Line]:
    yield ""
    yield Line(session.say(one.label), "head")
    if one.held == "text":
        yield from told("  ", str(ticket.data[one.key]))
        return
    items = ticket.items(one.key)
    parts = [part for part in one.parts if any(part.key in item for item in items)]
    columns = [_column(index, part, session) for index, part in enumerate(parts)]
    rows = ([_word(item.get(part.key, ""))[: _SHOWN.get(part.key)] for part in parts] for item in items)
    cells = streams.screen_cells()
    yield from (f"  {line}" for line in table(columns, rows, cells and cells - 2))


def _column(index: int, part: Field, session: Session) -> Column:
    elastic = part.key in ("what", "name")
    return Column(session.say(part.label or "Key"), elastic=elastic, spare=0 if elastic else index)


def _zeroing(ticket: Ticket, session: Session) -> Iterator[str | Line]:
    held = ticket.get("zeroing")
    if isinstance(held, Mapping):
        yield ""
        yield Line(session.say(BY_KEY["zeroing"].label), "head")
        for part in BY_KEY["zeroing"].parts:
            yield f"  [{'x' if held.get(part.key) else ' '}] {session.say(part.label)}"


def _unsigned(row: Row, session: Session) -> Iterator[str | Line]:
    """The steps whose commits lack a signature, and what to do about it."""
    sign, word = UNSIGNED
    for one in row.unsigned:
        begin = f"{sign}{session.say(word)}  {session.say(one.do)}: "
        yield from (Line(line, "late") for line in told(begin, session.say(one.message)))
    if row.unsigned:
        yield from told("", session.say(SIGN_IT))


def _superseded(row: Row, session: Session) -> Iterator[str | Line]:
    """The values that lost to what stands in their field, and what may be done with them."""
    if not row.superseded:
        return
    yield ""
    yield Line(session.say("Also written, and lost to what stands there"), "head")
    sign, word = TWO_TEXTS
    for one in row.superseded:
        by, at = _person(one.by, session), shown_instant(one.at, session)
        yield from told("  ", f"{sign}{session.say(word)}  {one.field}:{one.number}  {by}  {at}")
        yield from told("      ", _lost(one.value))
    takeable = next((one for one in row.superseded if one.takeable), None)
    if takeable and row.ticket.state not in CLOSED:
        name = f"{takeable.field}:{takeable.number}"
        hint = "Take one back: fenji edit {id} --take-back {name}. Let it go: fenji edit {id} --keep {field}."
        yield from told("  ", session.say(hint, id=row.id, name=name, field=takeable.field))


def _log(ticket: Ticket, session: Session) -> Iterator[str | Line]:
    yield ""
    yield Line(session.say("Log, in the time of {zone}", zone=session.zone), "head")
    by_cells = max((width(one_line(event.by)) for event in ticket.log), default=0)
    do_cells = max((width(session.say(event.do)) for event in ticket.log), default=0)
    for event in ticket.log:
        by, do = padded(one_line(event.by), by_cells), padded(session.say(event.do), do_cells)
        at = f"{event.at.astimezone(session.zone):%Y-%m-%d %H:%M}"
        yield from told(f"  {at}  {by}  {do}  ", _told(event, session))


def _told(event: Event, session: Session) -> str:
    """What an event carries, on as few lines as it takes."""
    parts = [f"{key}: {_word(value)}" for key, value in event.mapping().items() if key in ("clock", "reason", "from")]
    stated = {leaf: value for leaf, value in event.set.items() if event.do != "report" or leaf in _OF_REPORT}
    parts += [f"{leaf}={_word(value)}" for leaf, value in stated.items()]
    if event.rewrote and event.do != "report":
        parts.append(session.say("rewrote {fields}", fields=", ".join(event.rewrote)))
    if event.logged:
        parts.append(session.say("logged {at}", at=shown_instant(event.logged, session)))
    if event.do == "superseded":
        parts.append(f"{_word(event.more.get('field', ''))}: {_lost(event.more.get('value'))}")
    return "; ".join([*parts, event.note] if event.note else parts)


def _lost(value: Value) -> str:
    """A value that was superseded: a text as it is, an item as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def told(begin: str, text: str) -> Iterator[str]:
    """Lines that fit the screen: the text behind `begin`, or below it where little room is left beside it."""
    cells, text = streams.screen_cells(), visible(text).expandtabs(4)
    if cells and cells - width(begin) < _LEAST and text:
        yield begin.rstrip()
        begin = "    "
    lines = wrapped(text, cells - width(begin)) if cells else text.split("\n")
    for index, line in enumerate(lines):
        yield (begin + line if not index else " " * width(begin) + line).rstrip()
