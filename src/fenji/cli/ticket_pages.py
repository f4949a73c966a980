"""Tickets and boards as text for people: the list, and the page of one ticket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.cli import streams
from fenji.cli.cells import TableColumn, format_table, one_line
from fenji.cli.clock_lines import format_instant, format_person, render_clocks, render_confirmation, wrap_with_prefix
from fenji.cli.session import OutputLine, Session
from fenji.i18n import count_tickets
from fenji.model.annotations import HELD_HINT, list_hints
from fenji.model.board import CONFLICT_ALERT, HELD_ALERT, TYPED_ALERT, Board, Row, alert_of
from fenji.model.ticket import (
    CLOSED_STATES,
    FIELD_BY_KEY,
    FIELDS,
    Event,
    Field,
    Ticket,
    Value,
    find_field,
    parse_items_key,
    to_json_value,
)
from fenji.text.cells import pad, width

if TYPE_CHECKING:
    from fenji.model.conflicts import SupersededValue

_SIGN_STYLES = {"!": "late", "~": "risk", "=": "held"}
_HEADER_FIELDS = frozenset(
    {"id", "title", "kind", "state", "priority", "impact", "occurrence", "site", "uid", "origin", "sla"}
)
_MAX_CHARS = {"sha256": 12}  # characters shown of a value too long to read
# Fields that the log shows for the event `report`; the others are shown above the log.
_LOGGED_REPORT_FIELDS = frozenset({"kind", "priority", "impact", "occurrence", "owner", "units"})


# --- the list -----------------------------------------------------------------------------------------------------


def render_board(board: Board, session: Session, *, filtered: bool = False) -> Iterator[str | OutputLine]:
    """Yield the rows as a table that fits the screen, and their number; `filtered` if a query narrows them."""
    if not board.rows and filtered:
        yield from wrap_with_prefix("", session.say("No tickets match these words. Without them: fenji list"))
        return
    if not board.rows:
        yield from wrap_with_prefix("", session.say("No tickets to show. Report one with: fenji new --title TITLE"))
        return
    columns = [
        TableColumn(""),
        TableColumn("P"),
        TableColumn(session.say("Left"), align_right=True),
        TableColumn(session.say("Clock"), drop_priority=3),
        TableColumn(session.say("Number")),
        TableColumn(session.say("Kind"), drop_priority=4),
        TableColumn(session.say("Title"), elastic=True),
        TableColumn(session.say("State"), drop_priority=1),
        TableColumn(session.say("Owner"), drop_priority=2),
    ]
    lines = format_table(columns, (_board_cells(row, session) for row in board.rows), streams.terminal_width())
    yield OutputLine(next(lines), "head")
    for row, line in zip(board.rows, lines, strict=True):
        yield OutputLine(line, _SIGN_STYLES.get(row.sign, ""))
    counts = {"late": board.count("!"), "risk": board.count("~"), "held": board.count("=")}
    tickets = count_tickets(board.count())
    template = "{tickets}, {late} breached, {risk} at risk, {held} held"
    yield from wrap_with_prefix("", session.say(template, tickets=tickets, **counts))


def _board_cells(row: Row, session: Session) -> Sequence[str]:
    ticket, name = row.ticket, row.next_clock
    clock = one_line(name.partition(".")[2]) if "." in name else session.say(name) if name else ""
    time_left = row.left_text
    marks = [f"{sign}{session.say(word)}" for sign, word in row.alerts]
    title = " ".join([*marks, ticket.title])
    texts = (session.say(ticket.kind), title, session.say(ticket.state), ticket.owner or "-")
    return row.sign.strip(), ticket.priority_text, time_left, clock, row.id, *texts


# --- one ticket ---------------------------------------------------------------------------------------------------


def render_ticket(row: Row, session: Session) -> Iterator[str | OutputLine]:
    """Yield the page of a ticket: title, clocks, fields, texts, items, log."""
    ticket = row.ticket
    yield from (OutputLine(line, "head") for line in wrap_with_prefix(f"{ticket.id}  ", ticket.title))
    yield from wrap_with_prefix("", _summary_line(ticket, session))
    if row.hand_edited:
        hint = "Its header was changed by hand; the next act writes the event that explains it."
        yield from wrap_with_prefix("", session.say(hint))
    yield from _render_marks(row, session)
    yield from _render_held(row, session)
    yield ""
    yield from render_clocks(row, session)
    yield from render_confirmation(ticket, session)
    yield from _render_short_fields(ticket, session)
    for field in FIELDS:
        if field.key in ticket.data and field.type in ("text", "items") and field.key != "links":
            yield from _render_section(field, ticket, session)
    yield from _render_zeroing(ticket, session)
    yield from _render_conflicts(row, session)
    yield from _render_log(ticket, session)


def _summary_line(ticket: Ticket, session: Session) -> str:
    grades = session.join(session.say(grade) for grade in (ticket.word("impact"), ticket.word("occurrence")) if grade)
    priority = f"{ticket.priority_text} ({grades})" if grades else ticket.priority_text
    parts = (session.say(ticket.kind), priority, session.say(ticket.state), ticket.site)
    return "  ".join(one_line(part) for part in parts if part)


def _render_short_fields(ticket: Ticket, session: Session) -> Iterator[str]:
    rows = [
        (session.say(field.label), _format_short_field(field, ticket.data[field.key], session))
        for field in FIELDS
        if _is_short(field, ticket)
    ]
    rows += [(key, json.dumps(to_json_value(value), ensure_ascii=False)) for key, value in ticket.extra.items()]
    if rows:
        yield ""
    label_width = max((width(label) for label, _ in rows), default=0)
    for label, text in rows:
        yield from wrap_with_prefix(f"{pad(label, label_width)}  ", text)


def _is_short(field: Field, ticket: Ticket) -> bool:
    if field.key in _HEADER_FIELDS or field.key == "zeroing" or field.key not in ticket.data:
        return False
    return field.type not in ("text", "items") or field.key == "links"


def _format_short_field(field: Field, value: Value, session: Session) -> str:
    if field.key == "owner":
        return format_person(str(value), session)
    if field.key == "links" and isinstance(value, list):
        return session.join(f"{item['to']} ({session.say(str(item.get('as') or '-'))})" for item in value)
    if isinstance(value, Mapping):
        entries = (_format_entry(field.part_by_key.get(key), key, entry, session) for key, entry in value.items())
        return session.join(entries)
    return _format_value(field, value, session)


def _format_entry(part: Field | None, key: str, value: Value, session: Session) -> str:
    """Format an entry of a mapping: `System: radar`; its key is the label if no part of a field defines it."""
    return session.label(session.say(part.label) if part else key, _format_value(part, value, session))


def _format_value(field: Field | None, value: Value, session: Session) -> str:
    """Format a value, with its terms translated; `field` is None if no field defines it."""
    if isinstance(value, Mapping):
        parts = field.part_by_key if field else {}
        return session.join(_format_entry(parts.get(key), key, entry, session) for key, entry in value.items())
    if isinstance(value, list):
        return session.join(_format_value(field, item, session) for item in value)
    if isinstance(value, bool):
        return session.say("yes") if value else session.say("no")
    if field and field.has_terms and isinstance(value, str) and value:
        return one_line(session.say(value))
    return one_line(str(to_json_value(value) if isinstance(value, datetime) else value))


def _render_section(field: Field, ticket: Ticket, session: Session) -> Iterator[str | OutputLine]:
    yield ""
    yield OutputLine(session.say(field.label), "head")
    if field.type == "text":
        yield from wrap_with_prefix("  ", str(ticket.data[field.key]))
        return
    items = ticket.items(parse_items_key(field.key))
    parts = [part for part in field.parts if any(part.key in item for item in items)]
    columns = [_make_column(index, part, session) for index, part in enumerate(parts)]
    rows = (
        [_format_value(part, item.get(part.key, ""), session)[: _MAX_CHARS.get(part.key)] for part in parts]
        for item in items
    )
    screen_width = streams.terminal_width()
    yield from (f"  {line}" for line in format_table(columns, rows, screen_width and screen_width - 2))


def _make_column(index: int, part: Field, session: Session) -> TableColumn:
    elastic = part.key in ("what", "name")
    return TableColumn(session.say(part.label or "Key"), elastic=elastic, drop_priority=0 if elastic else index)


def _render_zeroing(ticket: Ticket, session: Session) -> Iterator[str | OutputLine]:
    checklist = ticket.get("zeroing")
    if isinstance(checklist, Mapping):
        yield ""
        yield OutputLine(session.say(FIELD_BY_KEY["zeroing"].label), "head")
        for part in FIELD_BY_KEY["zeroing"].parts:
            yield f"  [{'x' if checklist.get(part.key) else ' '}] {session.say(part.label)}"


def _render_marks(row: Row, session: Session) -> Iterator[str | OutputLine]:
    """Yield the steps that a hub would not have accepted, with the reason, and what to do about them."""
    for mark in row.marks:
        sign, word = alert_of(mark)
        what = f"{session.say(mark.do)}: " if mark.do else ""
        prefix = f"{sign}{session.say(word)}  {what}"
        yield from (OutputLine(line, "late") for line in wrap_with_prefix(prefix, session.say(mark.message)))
    for hint in list_hints(row.marks):
        yield from wrap_with_prefix("", session.say(hint))


def _render_held(row: Row, session: Session) -> Iterator[str | OutputLine]:
    """Yield the acts that are held back, with the reason, and what to do about them."""
    sign, word = HELD_ALERT
    for act in row.held:
        prefix = f"{sign}{session.say(word)}  {session.say(act.do)} {act.by}: "
        yield from (OutputLine(line, "late") for line in wrap_with_prefix(prefix, session.say(act.reason)))
    if row.held:
        yield from wrap_with_prefix("", session.say(HELD_HINT, id=row.id))


def _render_conflicts(row: Row, session: Session) -> Iterator[str | OutputLine]:
    """Yield the superseded values with their field, and what may be done with them."""
    if not row.superseded:
        return
    sections = (
        (False, "Also written, but replaced", CONFLICT_ALERT),
        (True, "Typed in the file, and put back", TYPED_ALERT),
    )
    for typed, heading, alert in sections:
        values = [value for value in row.superseded if value.typed is typed]
        if values:
            yield from ("", OutputLine(session.say(heading), "head"))
            yield from _render_lost_values(values, alert, session)
    takeable = next((conflict for conflict in row.superseded if conflict.editable), None)
    if takeable and row.ticket.state not in CLOSED_STATES:
        name = f"{takeable.field}:{takeable.number}"
        hint = "Take one back: fenji edit {id} --take-back {name}. Drop it: fenji edit {id} --keep {field}."
        if takeable.typed:
            hint = "Take it up: fenji edit {id} --take-back {name} --note WHY. Drop it: fenji edit {id} --keep {field}."
        yield from wrap_with_prefix("  ", session.say(hint, id=row.id, name=name, field=takeable.field))


def _render_lost_values(
    values: Iterable[SupersededValue], alert: tuple[str, str], session: Session
) -> Iterator[str | OutputLine]:
    sign, word = alert
    for conflict in values:
        by, at = format_person(conflict.by, session), format_instant(conflict.at, session)
        yield from wrap_with_prefix("  ", f"{sign}{session.say(word)}  {conflict.field}:{conflict.number}  {by}  {at}")
        yield from wrap_with_prefix("      ", _format_lost_value(conflict.value))
        if conflict.why:
            yield from wrap_with_prefix(
                "      ", session.say("It was put back: {reason}", reason=one_line(conflict.why))
            )


def _render_log(ticket: Ticket, session: Session) -> Iterator[str | OutputLine]:
    yield ""
    yield OutputLine(session.say("Log, in {zone} time", zone=session.zone), "head")
    by_width = max((width(one_line(event.by)) for event in ticket.log), default=0)
    do_width = max((width(session.say(event.do)) for event in ticket.log), default=0)
    for event in ticket.log:
        by, do = pad(one_line(event.by), by_width), pad(session.say(event.do), do_width)
        at = f"{event.at.astimezone(session.zone):%Y-%m-%d %H:%M}"
        yield from wrap_with_prefix(f"  {at}  {by}  {do}  ", _describe_event(event, session))


def _describe_event(event: Event, session: Session) -> str:
    """Return the content of an event on as few lines as possible."""
    parts = []
    if event.body.get("clock"):
        parts.append(session.say(str(event.body["clock"])))
    if event.reason:
        parts.append(session.say(event.reason) if event.do in ("wait", "excuse") else session.say_note(event.reason))
    parts += [
        session.label(_name_field(path, session), _format_value(find_field(path) or _field_of(path), value, session))
        for path, value in event.set.items()
        if event.do != "report" or path in _LOGGED_REPORT_FIELDS
    ]
    if event.rewrote and event.do != "report":
        names = session.join(_name_changed(event.rewrote, session))
        parts.append(names if event.do == "link" else session.say("changed {fields}", fields=names))
    if event.logged:
        parts.append(session.say("logged {at}", at=format_instant(event.logged, session)))
    if event.do == "superseded":
        name = _name_field(str(event.body.get("field") or ""), session)
        parts.append(session.label(name, _format_lost_value(event.body.get("value"))))
    text = session.join_clauses([*parts, session.say_note(event.note)] if event.note else parts)
    return f"{session.say('(requester)')} {text}".rstrip() if event.from_requester else text


def _name_field(path: str, session: Session) -> str:
    """Return a field's label, followed for a part by the part's label, and for an item by the item's key."""
    field, part, name = _field_of(path), find_field(path), path.partition(".")[2]
    if field is None:
        return path
    if field.key == "links":
        number, _, relation = name.partition("/")
        name = f"{number} {session.say(relation)}" if relation else number
    labels = [session.say(field.label), session.say(part.label) if part and part is not field else name]
    return " ".join(filter(None, labels))


def _name_changed(paths: Iterable[str], session: Session) -> Iterator[str]:
    """Yield the names of changed fields: a link as relation and number, items after the name of their list."""
    lists: dict[str, list[str]] = {}
    for path in paths:
        field, _, name = path.partition(".")
        if field == "links" and name:
            number, _, relation = name.partition("/")
            lists[f"{session.say(relation or 'related')} {number}"] = []
        elif name and find_field(path) is None:
            lists.setdefault(_name_field(field, session), []).append(name)
        else:
            lists[_name_field(path, session)] = []
    for label, names in lists.items():
        yield " ".join([label, *names])


def _field_of(path: str) -> Field | None:
    return FIELD_BY_KEY.get(path.partition(".")[0])


def _format_lost_value(value: Value) -> str:
    """Format a superseded value: a text as it is, an item as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
