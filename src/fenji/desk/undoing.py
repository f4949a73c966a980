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

from fenji import flow
from fenji.desk.acts import Act
from fenji.errors import Refused, Sentence
from fenji.merge import same

if TYPE_CHECKING:
    from fenji.ticket import Ticket, Value

LONGEST = 100  # acts that are remembered
CHANGING = frozenset({"classify", "assign", "edit", "link", "attach"})
MAKEUPS: Mapping[str, str] = {
    "wait": "resume",
    "resume": "wait",
    "solve": "reopen",
    "reopen": "solve",
    "report": "withdraw",
}


@dataclass(frozen=True)
class Done:
    """An act as it was carried out: each ticket before and after it."""

    act: Act
    pairs: tuple[tuple[Ticket, Ticket], ...]

    @property
    def ids(self) -> str:
        """The numbers of its tickets, or the first and how many more."""
        ids = [after.id for _, after in self.pairs]
        return ", ".join(ids) if len(ids) <= 3 else f"{ids[0]} +{len(ids) - 1}"


def stays(done: Done) -> bool:
    """Whether an act is a record that no other act makes up for."""
    return done.act.do not in CHANGING and done.act.do not in MAKEUPS


class History:
    """What was done at this desk since it was opened, latest last, and what of it was taken back."""

    def __init__(self) -> None:
        self.done: deque[Done] = deque(maxlen=LONGEST)
        self.undone: deque[Done] = deque(maxlen=LONGEST)

    def remember(self, done: Done) -> None:
        """Something new was done: what was taken back before can no longer be done again."""
        self.done.append(done)
        self.undone.clear()

    @property
    def next(self) -> Done | None:
        """What `undo` takes back, None where there is nothing or where that stays."""
        return self.done[-1] if self.done and not stays(self.done[-1]) else None

    def last(self) -> Done:
        """What `undo` takes back. Raises Refused where there is nothing, or where it stays.

        What stays is refused once: the next undo takes back what was done before it, which the hint names.
        """
        if not self.done:
            raise Refused("There is nothing to undo.", hint="Undo takes back what was done since this desk was opened.")
        last = self.done[-1]
        if not stays(last):
            return last
        while self.done and stays(self.done[-1]):
            self.done.pop()
        earlier = self.next
        raise Refused(
            "{do} on {ids} stays in the log and cannot be undone.",
            hint="The next undo takes back: {earlier} on {before}." if earlier else "",
            do=last.act.do,
            ids=last.ids,
            earlier=earlier.act.do if earlier else "",
            before=earlier.ids if earlier else "",
        )

    def last_undone(self) -> Done:
        """What `redo` does again. Raises Refused where there is nothing, or where it cannot be."""
        if not self.undone:
            raise Refused("There is nothing to do again.")
        last = self.undone[-1]
        if last.act.do == "report":
            raise Refused("A withdrawn ticket is not reported again.", hint="Report it as a new one.")
        return last


@dataclass(frozen=True)
class Way:
    """What is to be done to one ticket now; no act where nothing is left to do, and the fields others changed since."""

    act: Act | None
    kept: tuple[str, ...] = ()


def back(done: Done, before: Ticket, after: Ticket, current: Ticket) -> Way:
    """How `done` (before → after) is taken back in the ticket as it is now. Raises Refused where others went on."""
    note = f"undo {done.act.do}"
    act = Act("edit", done.act.by, done.act.now, note=note)
    if done.act.do in CHANGING:
        return _restored(act, _touched(before, after), current, wanted=before, held=after)
    _check_still(done, after, current)
    act = replace(act, do=MAKEUPS[done.act.do])
    if act.do == "wait":
        return Way(replace(act, reason=flow.standing(before).reason))
    if act.do == "solve":  # in the instant of the reopening, so that the first solution stands
        return Way(replace(act, at=_instant(after, "reopen")))
    return Way(act if act.do == "resume" else replace(act, reason=note))


def again(done: Done, before: Ticket, after: Ticket, current: Ticket) -> Way:
    """How `done`, which was taken back, is done again. Raises Refused where others went on."""
    act = replace(done.act, at=None, seen=None, fields={})
    if done.act.do in CHANGING:
        return _restored(act, _touched(before, after), current, wanted=after, held=before)
    if done.act.do == "solve" and current.log and current.log[-1].do == "reopen":
        act = replace(act, at=_instant(current, "reopen"))
    return Way(act)


def _touched(before: Ticket, after: Ticket) -> tuple[str, ...]:
    """The fields that the act changed."""
    known = {one.digest for one in before.log}
    named = (leaf for one in after.log if one.digest not in known for leaf in (*one.set, *one.rewrote))
    return tuple(leaf for leaf in dict.fromkeys(named) if not same(before.get(leaf), after.get(leaf)))


def _restored(act: Act, leaves: Iterable[str], current: Ticket, *, wanted: Ticket, held: Ticket) -> Way:
    fields: dict[str, Value] = {}
    kept: list[str] = []
    for leaf in leaves:
        if same(current.get(leaf), held.get(leaf)):
            fields[leaf] = wanted.get(leaf)
        elif not same(current.get(leaf), wanted.get(leaf)):
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
        return Way(None)
    if {"impact", "occurrence"} & fields.keys():
        fields.setdefault("priority", current.get("priority"))  # what the matrix says of it is not asked anew
    return Way(replace(act, fields=fields), tuple(kept))


def _check_still(done: Done, after: Ticket, current: Ticket) -> None:
    known = {one.digest for one in after.log}
    others = any(one.digest not in known and one.by != done.act.by for one in current.log)
    if current.state != after.state or (done.act.do == "report" and others):
        raise Refused(
            "{id} went on since: it is {state}. {do} is not undone.",
            hint="Do by hand what is still to be done.",
            id=current.id,
            state=current.state,
            do=done.act.do,
        )


def _instant(ticket: Ticket, do: str) -> datetime | None:
    return next((one.at for one in reversed(ticket.log) if one.do == do), None)


def told(done: Done, tickets: Iterable[Ticket], kept: Iterable[str], *, undo: bool) -> Sentence:
    """The sentence that says what was undone or done again, and what is not as it was."""
    values: dict[str, object] = {"do": done.act.do, "ids": done.ids}
    fields = ", ".join(dict.fromkeys(kept))
    if fields:
        values["fields"] = fields
        if undo:
            return Sentence("Undone: {do} on {ids}, but not {fields}: changed since", values)
        return Sentence("Done again: {do} on {ids}, but not {fields}: changed since", values)
    if not undo:
        return Sentence("Done again: {do} on {ids}", values)
    states = {before.id: before.state for before, _ in done.pairs}
    moved = {one.state for one in tickets if states.get(one.id) != one.state}
    if moved:
        values["state"] = ", ".join(sorted(moved))
        return Sentence("Undone: {do} on {ids}, now {state}", values)
    return Sentence("Undone: {do} on {ids}", values)
