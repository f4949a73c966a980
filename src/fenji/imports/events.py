"""Turn the history of a row into the events of a log, so that the clocks replay it. Pure.

Every event is `by: import`, and depends only on row and mapping: two sites that import one file make the same events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.model.correspondence import IMPORTER
from fenji.model.ticket import Event, Value

if TYPE_CHECKING:
    from fenji.imports.changes import Change

_CLOSED = ("archived", "withdrawn")
_GRADES = ("priority", "kind", "impact", "occurrence")
_RANK = ("new", "responded", "working", "waiting", "solved", "confirmed", "archived")


class LogBuilder(Struct):
    """Builds a log event by event; `state` is the state that the log leads to so far."""

    source: str
    events: list[Event] = field(default_factory=list)
    state: str = ""
    waits_for: str = ""

    def report(
        self, at: datetime, values: Mapping[str, Value], texts: Sequence[str], body: Mapping[str, Value]
    ) -> None:
        """Add the report with the first values of the ticket."""
        more = {**body, **({"set": dict(values)} if values else {}), **({"rewrote": list(texts)} if texts else {})}
        self._add(at, "report", more)
        self.state = "new"

    def apply(self, change: Change, *, reported: datetime) -> None:
        """Add the events of one change; a change dated before the report gets its time, and `stated` its own date."""
        at = max(change.moment.at, reported)
        body: dict[str, Value] = {"precision": "day"} if change.moment.day_only else {}
        if change.moment.at < reported:
            body["stated"] = change.moment.at.isoformat()
        reopens = self.state in ("solved", "confirmed")  # then the other changes were made in the reopened ticket
        if reopens:
            self._move(at, change.state, body)
        self._change_fields(at, change.fields, body)
        if not reopens:
            self._move(at, change.state, body)
        if change.note:
            self._add(at, "note", {**body, "note": change.note})

    def _move(self, at: datetime, state: str, body: Mapping[str, Value]) -> None:
        word, _, reason = state.partition(" ")
        for do, more in self._steps_to(word, reason):
            self._add(at, do, {**body, **more})

    def _change_fields(self, at: datetime, fields: Mapping[str, str], body: Mapping[str, Value]) -> None:
        grades: dict[str, Value] = {name: fields[name] for name in _GRADES if name in fields}
        if grades:
            self._add(at, "classify", {**body, "reason": self.source, "set": grades})
        if "owner" in fields and self.state not in _CLOSED:
            self._assign(at, fields["owner"], body)

    def _assign(self, at: datetime, owner: str, body: Mapping[str, Value]) -> None:
        do = "assign" if self.state in ("new", "responded", "working", "waiting") else "edit"
        self._add(at, do, {**body, "set": {"owner": owner or None}})
        if do == "assign" and self.state == "responded":
            self.state = "working"

    def _steps_to(self, wanted: str, reason: str) -> Iterator[tuple[str, dict[str, Value]]]:
        """Yield the steps from the present state to another; none if no step leads there."""
        if wanted in _CLOSED and self.state in _CLOSED:
            return
        if self.state in ("solved", "confirmed") and wanted in ("new", "responded", "working", "waiting", "withdrawn"):
            yield "reopen", {"reason": self.source}
            self.state = "working"
        if self.state == "waiting" and wanted in ("responded", "working"):
            yield "resume", {}
            self.state = "working"
        if self.state == "waiting" and wanted == "waiting" and reason != self.waits_for:
            yield "resume", {}
            self.state = "working"
        if wanted == "withdrawn":
            if self.state != "withdrawn":
                yield "withdraw", {"reason": self.source}
        elif wanted in _RANK and self.state in _RANK:
            yield from self._forward(wanted, reason)
        if wanted in (*_RANK, "withdrawn") and (wanted == "withdrawn" or _RANK.index(wanted) > _rank(self.state)):
            self.state = wanted

    def _forward(self, wanted: str, reason: str) -> Iterator[tuple[str, dict[str, Value]]]:
        now, target = _RANK.index(self.state), _RANK.index(wanted)
        if target <= now:
            return
        if self.state == "new" and wanted in ("responded", "working", "waiting"):
            yield "respond", {}
        if self.state in ("new", "responded") and wanted == "working":
            yield "assign", {}
        if wanted == "waiting":
            self.waits_for = reason or "customer"
            yield "wait", {"reason": self.waits_for}
        for state, do in (("solved", "solve"), ("confirmed", "confirm"), ("archived", "archive")):
            if now < _RANK.index(state) <= target:
                yield do, {}

    def _add(self, at: datetime, do: str, body: Mapping[str, Value]) -> None:
        if self.events:
            at = max(at, self.events[-1].at.astimezone(at.tzinfo))
        self.events.append(Event(len(self.events) + 1, at, IMPORTER, do, dict(body)))


def _rank(state: str) -> int:
    return _RANK.index(state) if state in _RANK else len(_RANK)


def settle_ends(changes: Sequence[Change]) -> list[Change]:
    """Return the changes so that only the last ends the ticket: a ticket that was closed and went on was confirmed."""
    states = [change.state for change in changes if change.state]
    last = states[-1] if states else ""
    ending = len(states)  # the index from which on all states are the last one
    while ending and states[ending - 1] == last:
        ending -= 1
    settled: list[Change] = []
    place = 0
    for change in changes:
        settled.append(change if place >= ending else _unended(change))
        place += bool(change.state)
    return settled


def _unended(change: Change) -> Change:
    """Return a change without the end of the ticket, which went on."""
    if change.state == "archived":
        return replace(change, state="confirmed")
    if change.state == "withdrawn":
        return replace(change, state="", note=change.note or "withdrawn")
    return change
