"""Taking back what was done at this desk, and doing it again: which act makes up for which. Pure.

The log only ever grows: what is undone stays in it, and an event that makes up for it follows. Fields that somebody
changed since are left as they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.desk.acts import Act
from fenji.errors import Refused, Sentence
from fenji.model import workflow
from fenji.model.merge import equal_values

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket, Value

MAX_REMEMBERED = 100  # acts that are remembered
FIELD_STEPS = frozenset({"classify", "assign", "edit", "link", "attach"})
INVERSE_STEPS: Mapping[str, str] = {
    "wait": "resume",
    "resume": "wait",
    "solve": "reopen",
    "reopen": "solve",
    "report": "withdraw",
}


@dataclass(frozen=True)
class PerformedAct:
    """An act as it was carried out: each ticket before and after it."""

    act: Act
    pairs: tuple[tuple[Ticket, Ticket], ...]

    @property
    def ids(self) -> str:
        """The numbers of its tickets, or the first and how many more."""
        ids = [after.id for _, after in self.pairs]
        return ", ".join(ids) if len(ids) <= 3 else f"{ids[0]} +{len(ids) - 1}"


def is_permanent(performed: PerformedAct) -> bool:
    """Whether an act is a record that no other act makes up for."""
    return performed.act.do not in FIELD_STEPS and performed.act.do not in INVERSE_STEPS


class UndoHistory:
    """What was done at this desk since it was opened, latest last, and what of it was taken back."""

    def __init__(self) -> None:
        self.done: deque[PerformedAct] = deque(maxlen=MAX_REMEMBERED)
        self.undone: deque[PerformedAct] = deque(maxlen=MAX_REMEMBERED)

    def remember(self, performed: PerformedAct) -> None:
        """Something new was done: what was taken back before can no longer be done again."""
        self.done.append(performed)
        self.undone.clear()

    @property
    def next_undo(self) -> PerformedAct | None:
        """What `undo` takes back, None where there is nothing or where that stays."""
        return self.done[-1] if self.done and not is_permanent(self.done[-1]) else None

    def last_done(self) -> PerformedAct:
        """What `undo` takes back. Raises Refused where there is nothing, or where it stays.

        What stays is refused once: the next undo takes back what was done before it, which the hint names.
        """
        if not self.done:
            raise Refused("There is nothing to undo.", hint="Undo takes back what was done since this desk was opened.")
        last = self.done[-1]
        if not is_permanent(last):
            return last
        while self.done and is_permanent(self.done[-1]):
            self.done.pop()
        earlier = self.next_undo
        raise Refused(
            "{do} on {ids} stays in the log and cannot be undone.",
            hint="The next undo takes back: {earlier} on {before}." if earlier else "",
            do=last.act.do,
            ids=last.ids,
            earlier=earlier.act.do if earlier else "",
            before=earlier.ids if earlier else "",
        )

    def last_undone(self) -> PerformedAct:
        """What `redo` does again. Raises Refused where there is nothing, or where it cannot be."""
        if not self.undone:
            raise Refused("There is nothing to do again.")
        last = self.undone[-1]
        if last.act.do == "report":
            raise Refused("A withdrawn ticket is not reported again.", hint="Report it as a new one.")
        return last


@dataclass(frozen=True)
class UndoPlan:
    """What is to be done to one ticket now; no act where nothing is left to do, and the fields others changed since."""

    act: Act | None
    kept: tuple[str, ...] = ()


def plan_undo(performed: PerformedAct, before: Ticket, after: Ticket, current: Ticket) -> UndoPlan:
    """How `done` (before → after) is taken back in the ticket as it is now. Raises Refused where others went on."""
    note = f"undo {performed.act.do}"
    act = Act("edit", performed.act.by, performed.act.now, note=note)
    if performed.act.do in FIELD_STEPS:
        return _restore_fields(act, _touched_fields(before, after), current, wanted=before, expected=after)
    _check_unchanged(performed, after, current)
    act = replace(act, do=INVERSE_STEPS[performed.act.do])
    if act.do == "wait":
        return UndoPlan(replace(act, reason=workflow.current_state(before).reason))
    if act.do == "solve":  # in the instant of the reopening, so that the first solution stands
        return UndoPlan(replace(act, at=_last_time(after, "reopen")))
    return UndoPlan(act if act.do == "resume" else replace(act, reason=note))


def plan_redo(performed: PerformedAct, before: Ticket, after: Ticket, current: Ticket) -> UndoPlan:
    """How `done`, which was taken back, is done again. Raises Refused where others went on."""
    act = replace(performed.act, at=None, seen=None, fields={})
    if performed.act.do in FIELD_STEPS:
        return _restore_fields(act, _touched_fields(before, after), current, wanted=after, expected=before)
    if performed.act.do == "solve" and current.log and current.log[-1].do == "reopen":
        act = replace(act, at=_last_time(current, "reopen"))
    return UndoPlan(act)


def _touched_fields(before: Ticket, after: Ticket) -> tuple[str, ...]:
    """The fields that the act changed."""
    known = {event.digest for event in before.log}
    leaves = (leaf for event in after.log if event.digest not in known for leaf in (*event.set, *event.rewrote))
    return tuple(leaf for leaf in dict.fromkeys(leaves) if not equal_values(before.get(leaf), after.get(leaf)))


def _restore_fields(act: Act, leaves: Iterable[str], current: Ticket, *, wanted: Ticket, expected: Ticket) -> UndoPlan:
    fields: dict[str, Value] = {}
    kept: list[str] = []
    for leaf in leaves:
        if equal_values(current.get(leaf), expected.get(leaf)):
            fields[leaf] = wanted.get(leaf)
        elif not equal_values(current.get(leaf), wanted.get(leaf)):
            kept.append(leaf)
    if kept and not fields:
        hint = "Change it by hand, if it still is to be changed."
        raise Refused(
            "{fields} of {id}: changed since, so nothing is taken back.",
            hint=hint,
            fields=", ".join(kept),
            id=current.id,
        )
    if not fields:
        return UndoPlan(None)
    if {"impact", "occurrence"} & fields.keys():
        fields.setdefault("priority", current.get("priority"))  # what the matrix says of it is not asked anew
    return UndoPlan(replace(act, fields=fields), tuple(kept))


def _check_unchanged(performed: PerformedAct, after: Ticket, current: Ticket) -> None:
    known = {event.digest for event in after.log}
    others = any(event.digest not in known and event.by != performed.act.by for event in current.log)
    if current.state != after.state or (performed.act.do == "report" and others):
        raise Refused(
            "{id} went on since: it is {state}. {do} is not undone.",
            hint="Do by hand what is still to be done.",
            id=current.id,
            state=current.state,
            do=performed.act.do,
        )


def _last_time(ticket: Ticket, do: str) -> datetime | None:
    return next((event.at for event in reversed(ticket.log) if event.do == do), None)


def describe_undo(performed: PerformedAct, tickets: Iterable[Ticket], kept: Iterable[str], *, undo: bool) -> Sentence:
    """The sentence that says what was undone or done again, and what is not as it was."""
    values: dict[str, object] = {"do": performed.act.do, "ids": performed.ids}
    fields = ", ".join(dict.fromkeys(kept))
    if fields:
        values["fields"] = fields
        if undo:
            return Sentence("Undone: {do} on {ids}, but not {fields}: changed since", values)
        return Sentence("Done again: {do} on {ids}, but not {fields}: changed since", values)
    if not undo:
        return Sentence("Done again: {do} on {ids}", values)
    states = {before.id: before.state for before, _ in performed.pairs}
    new_states = {ticket.state for ticket in tickets if states.get(ticket.id) != ticket.state}
    if new_states:
        values["state"] = ", ".join(sorted(new_states))
        return Sentence("Undone: {do} on {ids}, now {state}", values)
    return Sentence("Undone: {do} on {ids}", values)
