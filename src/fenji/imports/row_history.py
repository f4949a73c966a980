"""Read the history of a row by a mapping: dated steps, further rows, a tracker's history, notes in cells. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Refused
from fenji.imports.changes import (
    STATE_AFTER,
    TRACKED,
    Change,
    RowHistory,
    dated_steps,
    note_form,
    read_jira,
    read_notes,
    read_redmine,
)

if TYPE_CHECKING:
    from fenji.imports.cells import SourceRow
    from fenji.imports.row_values import RowValues

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_READERS = {"jira": read_jira, "redmine": read_redmine}
# The states that may follow a state without a time of their own.
_AFTER = {"solved": ("confirmed", "archived"), "confirmed": ("archived",)}


@dataclass
class HistoryReader:
    """Reads the history of rows. Its methods raise Refused with the reason why a row is refused."""

    values: RowValues
    note_forms: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        self.mapped = self.values.mapped
        self.note_forms = [note_form(self.mapped, group) for group in self.mapped.mapping.events.notes]

    def in_time(self, rows: Sequence[SourceRow]) -> list[SourceRow]:
        """Return the rows of one ticket in order of time; rows of one time by `order`, if all of them have a number."""
        columns = self.mapped.mapping.events.rows
        if columns is None or len(rows) == 1:
            return list(rows)
        by_time: dict[float, list[SourceRow]] = {}
        for row in rows:
            moment = self.values.moment(row, columns.at)
            by_time.setdefault(moment.at.timestamp() if moment else 0.0, []).append(row)
        return [row for time in sorted(by_time) for row in self._in_order(by_time[time], columns.order)]

    def _in_order(self, rows: Sequence[SourceRow], column: str) -> list[SourceRow]:
        orders = {row.number: self.mapped.text(row, column) if column else "" for row in rows}
        if not all(map(_NUMBER.fullmatch, orders.values())):
            return sorted(rows, key=lambda row: row.number)
        return sorted(rows, key=lambda row: (Decimal(orders[row.number]), row.number))

    def history(self, rows: Sequence[SourceRow]) -> RowHistory:
        mapping = self.mapped.mapping
        if mapping.events.history == "rows":
            history = self._history_of_rows(rows)
        elif mapping.events.history in _READERS:
            history = self._translated(_READERS[mapping.events.history](rows[-1].record, self.mapped.zone))
        else:
            history = RowHistory()
        notes, unread = read_notes(self.mapped, rows[-1], self.note_forms)
        changes = [*self._dated(rows[-1]), *history.changes, *notes]
        changes.sort(key=lambda change: change.sort_key)
        final = self.values.state(rows[-1])
        changes += self._last_state(rows[-1], changes, final)
        return replace(history, changes=tuple(changes), unread=unread)

    def _dated(self, row: SourceRow) -> Iterator[Change]:
        reported = self.values.reported([row])
        try:
            steps = list(dated_steps(self.mapped, row))
        except ValueError as error:
            raise Refused("not a date: {text}", text=error) from error
        for place, (step, column, moment) in enumerate(steps):
            if step not in STATE_AFTER:
                continue
            if moment.at < reported.at and moment.at.date() != reported.at.date():
                at, report = (f"{instant:%Y-%m-%d %H:%M}" for instant in (moment.at, reported.at))
                message = "{column}: {at} is before the report of {reported}"
                raise Refused(message, column=column, at=at, reported=report)
            yield Change(moment, state=STATE_AFTER[step], place=-len(steps) + place)

    def _last_state(self, row: SourceRow, changes: Sequence[Change], final: str) -> Iterator[Change]:
        """Yield the change to the state that the row has now, if the dated changes do not lead there."""
        reached = next((change.state for change in reversed(changes) if change.state), "new")
        if not final or final.split(" ", maxsplit=1)[0] == reached.split(" ")[0] or final == "new":
            return
        moments = [moment for step, _, moment in dated_steps(self.mapped, row) if step == "updated"]
        moments += (
            [change.moment for change in reversed(changes) if change.state][:1]
            if final in _AFTER.get(reached, ())
            else []
        )
        if moments:
            latest = max((change.moment for change in changes), key=lambda moment: moment.at, default=moments[0])
            yield Change(max(moments[0], latest, key=lambda moment: moment.at), state=final)
        elif final.split(" ", maxsplit=1)[0] in ("responded", "working", "waiting"):
            moment = max(
                (change.moment for change in changes), key=lambda found: found.at, default=self.values.reported([row])
            )
            yield Change(replace(moment, day_only=True), state=final)
        else:
            raise Refused("is {state}, but no column says since when", state=final)

    def _history_of_rows(self, rows: Sequence[SourceRow]) -> RowHistory:
        columns = self.mapped.mapping.events.rows
        assert columns is not None
        changes: list[Change] = []
        first: dict[str, str] = {}
        before: dict[str, str] = {}
        for row in rows:
            moment = self.values.moment(row, columns.at)
            if moment is None:
                raise Refused("row {row} has nothing in {column}", row=row.number, column=columns.at)
            now = {path: self.values.filled(path, row) for path in TRACKED if path in self.mapped.mapping.fields}
            state = self.values.state(row)
            if not before:
                first = now
            changed = {path: text for path, text in now.items() if before and text != before[path]}
            if changed or state != before.get("state"):
                changes.append(
                    Change(moment, state if state != before.get("state") else "", changed, place=len(changes))
                )
            before = {**now, "state": state}
        return RowHistory(tuple(changes), first)

    def _translated(self, history: RowHistory) -> RowHistory:
        """Return the history of a tracker in the words of the desk; a state without a meaning becomes a note."""
        changes = []
        for change in history.changes:
            fields = {path: self.values.translate(path, [text]) if text else "" for path, text in change.fields.items()}
            state = (self.values.meaning("state", change.state) or "") if change.state else ""
            note = change.note if state or not change.state else f"state: {change.state}"
            changes.append(replace(change, state=state, note=note, fields=fields))
        first = {path: self.values.meaning(path, text) for path, text in history.first.items() if text}
        return replace(history, changes=tuple(changes), first={path: text for path, text in first.items() if text})
