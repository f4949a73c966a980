"""Undo and redo acts done at this desk: decide which act compensates which. Pure functions.

The log is append-only: an undone event stays in it, followed by a compensating event. Fields that somebody changed
since are left as they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.desk.acts import Act
from fenji.errors import NotFound, Refused, Sentence
from fenji.model import workflow
from fenji.model.merge import equal_values
from fenji.model.undo_notes import ACT_NAMES, undo_note

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket, Value

MAX_REMEMBERED = 100  # acts
FIELD_STEPS = frozenset({"classify", "assign", "edit", "link", "attach"})
INVERSE_STEPS: Mapping[str, str] = {
    "wait": "resume",
    "resume": "wait",
    "solve": "reopen",
    "reopen": "solve",
    "report": "withdraw",
}


class PerformedAct(Struct, frozen=True):
    """An act that was carried out, with each ticket before and after it."""

    act: Act
    pairs: tuple[tuple[Ticket, Ticket], ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The numbers of its tickets; if more than three, the first and the count of the others."""
        ids = [after.id for _, after in self.pairs]
        return tuple(ids) if len(ids) <= 3 else (f"{ids[0]} +{len(ids) - 1}",)


def is_permanent(performed: PerformedAct) -> bool:
    """Whether an act stays in the log and no other act can undo it."""
    return performed.act.do not in FIELD_STEPS and performed.act.do not in INVERSE_STEPS


class UndoHistory:
    """The acts done at this desk since it was opened, and those of them that were undone, both latest last."""

    def __init__(self) -> None:
        self.done: deque[PerformedAct] = deque(maxlen=MAX_REMEMBERED)
        self.undone: deque[PerformedAct] = deque(maxlen=MAX_REMEMBERED)

    def remember(self, performed: PerformedAct) -> None:
        """Add a new act. Acts undone before can no longer be redone."""
        self.done.append(performed)
        self.undone.clear()

    @property
    def next_undo(self) -> PerformedAct | None:
        """The act that `undo` would undo; None if there is none or if it is permanent."""
        return self.done[-1] if self.done and not is_permanent(self.done[-1]) else None

    def last_done(self) -> PerformedAct:
        """Return the act that `undo` would undo. Raises Refused if there is none, or if it is permanent.

        A permanent act is refused only once: the next undo reverts the act before it, which the hint names.
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
            "{ids}: the {do} stays in the log and cannot be undone.",
            hint="The next undo takes back: {earlier} on {before}." if earlier else "",
            do=_name(last),
            ids=last.ids,
            earlier=_name(earlier) if earlier else "",
            before=earlier.ids if earlier else "",
        )

    def last_undone(self) -> PerformedAct:
        """Return the act that `redo` would repeat. Raises Refused if there is none, or if it cannot be repeated."""
        if not self.undone:
            raise Refused("There is nothing to redo.")
        last = self.undone[-1]
        if last.act.do == "report":
            withdrawn = {after.uid for _, after in last.pairs}  # refused only once: then come acts on other tickets
            others = [act for act in self.undone if withdrawn.isdisjoint(after.uid for _, after in act.pairs)]
            self.undone = deque(others, maxlen=MAX_REMEMBERED)
            raise Refused("A withdrawn ticket cannot be reported again.", hint="Report it as a new one.")
        return last


@contextmanager
def pop_when_settled(acts: deque[PerformedAct]) -> Iterator[None]:
    """Remove the last act once it is undone or redone, or was refused: the next try takes the act before it.

    It stays after any other failure, such as a full disk, so that it can be tried again.
    """
    try:
        yield
    except (NotFound, Refused):
        acts.pop()
        raise
    acts.pop()


def _name(performed: PerformedAct) -> Sentence:
    return Sentence(ACT_NAMES[performed.act.do])


class UndoPlan(Struct, frozen=True):
    """The act to do on one ticket (None: nothing is left to do), and the fields kept because others changed them."""

    act: Act | None
    kept: tuple[str, ...] = ()


def plan_undo(performed: PerformedAct, before: Ticket, after: Ticket, current: Ticket) -> UndoPlan:
    """Plan how to undo an act (before → after) on the current ticket. Raises Refused if others have continued on it."""
    note = undo_note(performed.act.do)
    act = Act("edit", performed.act.by, performed.act.now, note=note)
    if performed.act.do in FIELD_STEPS:
        return _restore_fields(act, _touched_fields(before, after), current, wanted=before, expected=after)
    _check_unchanged(performed, after, current)
    act = replace(act, do=INVERSE_STEPS[performed.act.do])
    if act.do == "wait":
        return UndoPlan(replace(act, reason=workflow.current_state(before).reason))
    if act.do == "solve":  # at the instant of the reopening, so that the first solution counts again
        return UndoPlan(replace(act, at=_last_reopened(after)))
    return UndoPlan(act if act.do == "resume" else replace(act, reason=note))


def plan_redo(performed: PerformedAct, before: Ticket, after: Ticket, current: Ticket) -> UndoPlan:
    """Plan how to redo an act that was undone. Raises Refused if others changed its fields since."""
    act = replace(performed.act, at=None, seen=None, fields={})
    if performed.act.do in FIELD_STEPS:
        return _restore_fields(act, _touched_fields(before, after), current, wanted=after, expected=before)
    if performed.act.do == "solve" and current.log and current.log[-1].do == "reopen":
        act = replace(act, at=_last_reopened(current))
    return UndoPlan(act)


def _touched_fields(before: Ticket, after: Ticket) -> tuple[str, ...]:
    """Return the fields that the act changed."""
    paths = (path for event in after.events_since(before) for path in (*event.set, *event.rewrote))
    return tuple(path for path in dict.fromkeys(paths) if not equal_values(before.look_up(path), after.look_up(path)))


def _restore_fields(act: Act, paths: Iterable[str], current: Ticket, *, wanted: Ticket, expected: Ticket) -> UndoPlan:
    fields: dict[str, Value] = {}
    kept: list[str] = []
    for path in paths:
        if equal_values(current.look_up(path), expected.look_up(path)):
            fields[path] = wanted.look_up(path)
        elif not equal_values(current.look_up(path), wanted.look_up(path)):
            kept.append(path)
    if kept and not fields:
        hint, names = "Change it by hand if it still needs changing.", tuple(kept)
        message = "{fields} of {id}: changed since, so nothing is undone."
        raise Refused(message, hint=hint, fields=names, id=current.id)
    if not fields:
        return UndoPlan(None)
    if {"impact", "occurrence"} & fields.keys():
        fields.setdefault("priority", current.get("priority"))  # so that the matrix does not set it again
    return UndoPlan(replace(act, fields=fields), tuple(kept))


def _check_unchanged(performed: PerformedAct, after: Ticket, current: Ticket) -> None:
    others = any(event.by != performed.act.by for event in current.events_since(after))
    if current.state != after.state or (performed.act.do == "report" and others):
        raise Refused(
            "{id} has moved on: it is {state}. The {do} is not undone.",
            hint="Do by hand what still needs doing.",
            id=current.id,
            state=Sentence(current.state),
            do=_name(performed),
        )


def _last_reopened(ticket: Ticket) -> datetime | None:
    return next((event.at for event in reversed(ticket.log) if event.do == "reopen"), None)


def describe_undo(performed: PerformedAct, tickets: Iterable[Ticket], kept: Iterable[str], *, undo: bool) -> Sentence:
    """Return the sentence that says what was undone or redone, and any fields or states that differ."""
    values: dict[str, object] = {"do": _name(performed), "ids": performed.ids}
    fields = tuple(dict.fromkeys(kept))
    if fields:
        values["fields"] = fields
        if undo:
            return Sentence("Undone: {do} on {ids}, but not {fields}: changed since", values)
        return Sentence("Redone: {do} on {ids}, but not {fields}: changed since", values)
    if not undo:
        return Sentence("Redone: {do} on {ids}", values)
    states = {before.id: before.state for before, _ in performed.pairs}
    new_states = {ticket.state for ticket in tickets if states.get(ticket.id) != ticket.state}
    if new_states:
        values["state"] = tuple(Sentence(state) for state in sorted(new_states))
        return Sentence("Undone: {do} on {ids}, now {state}", values)
    return Sentence("Undone: {do} on {ids}", values)
