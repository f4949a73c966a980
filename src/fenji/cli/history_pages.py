"""The history of a ticket and of the desk as text for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.cli.cells import one_line
from fenji.cli.clock_lines import format_instant, format_person, wrap_with_prefix
from fenji.cli.session import OutputLine, Session
from fenji.model.ticket import Value, to_json_value

if TYPE_CHECKING:
    from fenji.desk.history import DeskEntry, FieldChange, HistoryEntry
    from fenji.model.values import JsonValue


def render_ticket_history(number: str, entries: Sequence[HistoryEntry], session: Session) -> Iterator[str | OutputLine]:
    """Yield each change of a ticket, newest first: who did what when, and every field before and after."""
    yield OutputLine(session.say("History of {id}", id=number), "head")
    for entry in entries:
        acts = session.join(dict.fromkeys(session.say(event.do) for event in entry.events))
        came = f"{session.say('came in')}: " if entry.is_arrival else ""
        head = f"{format_instant(entry.at, session)}  {format_person(entry.who, session)}  {came}{acts}"
        yield from wrap_with_prefix("", f"{head}  {entry.commit[:10]}{_tell_recorder(entry.recorder, session)}")
        for event in entry.events:
            if event.note:
                yield from wrap_with_prefix("    ", session.say_note(event.note))
        for change in entry.changes:
            for sign, value in (("-", change.before), ("+", change.after)):
                if value not in (None, "", []):
                    yield from wrap_with_prefix(f"    {sign} {change.path}: ", _format_value(value))


def render_desk_history(entries: Sequence[DeskEntry], session: Session) -> Iterator[str | OutputLine]:
    """Yield each change of the desk, newest first: who did what when, on which tickets or files."""
    yield OutputLine(session.say("History of the desk"), "head")
    for entry in entries:
        acts = session.say("came in") if entry.is_arrival else session.join(map(session.say, entry.acts))
        who = session.say("sync") if entry.is_arrival else format_person(entry.who, session)
        names = session.join(map(one_line, entry.names))
        told = f"{who}  {acts}  {names}{_tell_recorder(entry.recorder, session)}"
        yield from wrap_with_prefix(f"{format_instant(entry.at, session)}  ", told)


def _tell_recorder(recorder: str, session: Session) -> str:
    """Return two spaces and a clause naming who recorded an act; `""` if that is the person who acted."""
    return f"  {session.say('recorded by {person}', person=format_person(recorder, session))}" if recorder else ""


def _format_value(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(to_json_value(value), ensure_ascii=False)


def ticket_history_document(entries: Sequence[HistoryEntry]) -> list[dict[str, JsonValue]]:
    """Return the changes of a ticket as JSON objects."""
    return [
        {
            "at": entry.at.isoformat(),
            "by": entry.who,
            "recorded_by": entry.recorder or entry.who,
            "commit": entry.commit,
            "came_in": entry.is_arrival,
            "events": [to_json_value(event.mapping()) for event in entry.events],
            "changes": [_change_document(change) for change in entry.changes],
        }
        for entry in entries
    ]


def _change_document(change: FieldChange) -> dict[str, JsonValue]:
    return {"field": change.path, "before": to_json_value(change.before), "after": to_json_value(change.after)}


def desk_history_document(entries: Sequence[DeskEntry]) -> list[dict[str, JsonValue]]:
    """Return the changes of the desk as JSON objects."""
    return [
        {
            "at": entry.at.isoformat(),
            "by": entry.who,
            "recorded_by": entry.recorder or entry.who,
            "commit": entry.commit,
            "came_in": entry.is_arrival,
            "names": list(entry.names),
            "do": list(entry.acts),
        }
        for entry in entries
    ]
