"""Read the history of a row: changes in the order of time, from date columns, notes, or a tracker's own history."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.imports.dates import AUTO, Moment, decide_form, read_moment

if TYPE_CHECKING:
    from fenji.imports.cells import SourceRow
    from fenji.imports.columns import MappedTable
    from fenji.imports.mapping import NoteColumns
    from fenji.model.values import JsonValue

# The state that a step of a mapping leads to.
STATE_AFTER = {
    "respond": "responded",
    "assign": "working",
    "wait": "waiting",
    "solve": "solved",
    "confirm": "confirmed",
    "archive": "archived",
    "withdraw": "withdrawn",
}
TRACKED = ("priority", "kind", "owner", "impact", "occurrence")  # fields whose every change is an event


class Change(Struct, frozen=True):
    """What happened at one instant: a new state in the words of the source, new values of fields, a note.

    `place` orders the changes of one instant.
    """

    moment: Moment
    state: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    place: int = 0

    @property
    def sort_key(self) -> tuple[float, int]:
        return self.moment.at.timestamp(), self.place


class RowHistory(Struct, frozen=True):
    """The changes of one ticket in the order of time, first values of tracked fields, and texts that cannot be read.

    `unread` has these texts by column; they are kept as they are.
    """

    changes: tuple[Change, ...] = ()
    first: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


# --- columns that date a step -------------------------------------------------------------------------------------


def dated_steps(mapped: MappedTable, row: SourceRow) -> Iterator[tuple[str, str, Moment]]:
    """Yield each step that a row dates: its name, the column, and when. Raises ValueError for a bad date."""
    for step, columns in mapped.mapping.events.columns.items():
        found = ((column, mapped.moment(row, column)) for column in columns)
        dated = next(((column, moment) for column, moment in found if moment), None)
        if dated:
            yield (step, *dated)


# --- notes in cells -----------------------------------------------------------------------------------------------

_JIRA_NOTE = re.compile(r"([^;\n]{6,40});([^;\n]*);(.*)", re.DOTALL)
# `05/06/2024 16:27:48 - Name (Work notes)`, at the beginning of a line
_SERVICENOW_NOTE = re.compile(
    r"^(\S{8,10} \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?) - ([^\n]*?)(?: \(([^()\n]*)\))?[ \t]*$", re.MULTILINE
)


class CellNote(Struct, frozen=True):
    """A note in a cell: its time as written there, its writer, and its text."""

    when: str
    who: str
    text: str


def split_notes(text: str, form: str) -> list[CellNote]:
    """Return the notes in a cell; none if it does not have this form."""
    if form == "jira":
        match = _JIRA_NOTE.fullmatch(text)
        return [CellNote(match[1].strip(), match[2].strip(), match[3].strip())] if match else []
    if form != "servicenow":
        return []
    heads = list(_SERVICENOW_NOTE.finditer(text))
    if not heads or text[: heads[0].start()].strip():
        return []
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [CellNote(head[1], head[2], text[head.end() : end].strip()) for head, end in zip(heads, ends, strict=True)]


def note_form(mapped: MappedTable, group: NoteColumns) -> str:
    """Return the form of the dates in the notes of some columns, decided by all of them; `""` if it is not sure."""
    rows = mapped.table.rows
    texts = (str(cell) for row in rows for name in group.columns for cell in mapped.cells(row, name))
    found = decide_form((note.when for text in texts for note in split_notes(text, group.form)), AUTO)
    return "" if found.fault else found.form


def read_notes(mapped: MappedTable, row: SourceRow, forms: Sequence[str]) -> tuple[list[Change], dict[str, str]]:
    """Return the notes of a row, and by column the texts that do not have the form of notes, which stay texts."""
    changes: list[Change] = []
    unread: dict[str, str] = {}
    for group, form in zip(mapped.mapping.events.notes, forms, strict=True):
        for name in group.columns:
            for number, cell in enumerate(mapped.cells(row, name), 1):
                notes = split_notes(str(cell), group.form) if form else []
                moments = [read_moment(note.when, form, mapped.zone) for note in notes]
                pairs = [(moment, note) for moment, note in zip(moments, notes, strict=True) if moment]
                if notes and all(moments):
                    changes += [_note(moment, note, len(changes)) for moment, note in pairs]
                else:
                    column = mapped.column(name)
                    unread[column if number == 1 else f"{column} ({number})"] = str(cell).strip()
    return changes, unread


def _note(moment: Moment, note: CellNote, place: int) -> Change:
    return Change(moment, note=f"{note.who}: {note.text}" if note.who else note.text, place=place)


# --- trackers -----------------------------------------------------------------------------------------------------

_JIRA_FIELDS = {"priority": "priority", "assignee": "owner", "issuetype": "kind"}
_REDMINE_FIELDS = {"priority_id": "priority", "assigned_to_id": "owner", "tracker_id": "kind"}


def read_jira(record: Mapping[str, JsonValue], zone: tzinfo) -> RowHistory:
    """Return the history of a Jira issue: its changelog and its comments."""
    changes: list[Change] = []
    first: dict[str, str] = {}
    for entry in _maps(_at(record, "changelog", "histories")):
        moment = read_moment(_text(entry.get("created")), "ymd", zone)
        if moment is None:
            continue
        for item in _maps(entry.get("items")):
            name, before, after = (
                str(item.get("field") or ""),
                _text(item.get("fromString")),
                _text(item.get("toString")),
            )
            if name == "status":
                changes.append(Change(moment, state=after, place=len(changes)))
                first.setdefault("state", before)
            elif name in _JIRA_FIELDS:
                changes.append(Change(moment, fields={_JIRA_FIELDS[name]: after}, place=len(changes)))
                first.setdefault(_JIRA_FIELDS[name], before)
            else:
                who = _name(entry.get("author"))
                changes.append(Change(moment, note=f"{who}: {name}: {before} → {after}", place=len(changes)))
    for comment in _maps(_at(record, "fields", "comment", "comments")):
        moment = read_moment(_text(comment.get("created")), "ymd", zone)
        if moment:
            text = f"{_name(comment.get('author'))}: {_text(comment.get('body'))}"
            changes.append(Change(moment, note=text, place=len(changes)))
    return _sorted(changes, first)


def read_redmine(record: Mapping[str, JsonValue], zone: tzinfo) -> RowHistory:
    """Return the history of a Redmine issue: its journals, whose values are ids of states, people and so on."""
    changes: list[Change] = []
    first: dict[str, str] = {}
    for entry in _maps(record.get("journals")):
        moment = read_moment(_text(entry.get("created_on")), "ymd", zone)
        who = _name(entry.get("user"))
        if moment is None:
            continue
        for item in _maps(entry.get("details")):
            name, before, after = str(item.get("name")), _text(item.get("old_value")), _text(item.get("new_value"))
            if name == "status_id":
                changes.append(Change(moment, state=after, place=len(changes)))
                first.setdefault("state", before)
            elif name in _REDMINE_FIELDS:
                changes.append(Change(moment, fields={_REDMINE_FIELDS[name]: after}, place=len(changes)))
                first.setdefault(_REDMINE_FIELDS[name], before)
            else:
                changes.append(Change(moment, note=f"{who}: {name}: {before} → {after}", place=len(changes)))
        text = _text(entry.get("notes"))
        if text:
            changes.append(Change(moment, note=f"{who}: {text}", place=len(changes)))
    return _sorted(changes, first)


def _sorted(changes: Sequence[Change], first: Mapping[str, str]) -> RowHistory:
    return RowHistory(tuple(sorted(changes, key=lambda change: change.sort_key)), first)


def _maps(value: JsonValue) -> list[Mapping[str, JsonValue]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _at(record: JsonValue, *path: str) -> JsonValue:
    for key in path:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record


def _text(value: JsonValue) -> str:
    return "" if value is None else value.strip() if isinstance(value, str) else str(value)


def _name(value: JsonValue) -> str:
    if isinstance(value, Mapping):
        return _text(value.get("displayName") or value.get("name") or value.get("login"))
    return _text(value)
