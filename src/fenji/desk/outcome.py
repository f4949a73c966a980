"""Do a step on several tickets and find those that it did not change, such as tickets that were answered before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Refused, Sentence

if TYPE_CHECKING:
    from fenji.desk.acts import Act
    from fenji.desk.desk import Desk
    from fenji.model.board import Row

_UNCHANGED = {
    "respond": "{ids}: already answered, nothing added.",
    "wait": "{ids}: already waiting, nothing added.",
    "resume": "{ids}: not waiting, nothing added.",
}


class StepOutcome(Struct, frozen=True):
    """The tickets after a step, and those that the step did not change."""

    do: str
    rows: tuple[Row, ...]
    unchanged: tuple[Row, ...]

    @property
    def changed(self) -> tuple[Row, ...]:
        unchanged_uids = {row.uid for row in self.unchanged}
        return tuple(row for row in self.rows if row.uid not in unchanged_uids)

    @property
    def remark(self) -> Sentence | None:
        """The sentence that names the unchanged tickets; None if there are none or the step needs no such remark."""
        if not self.unchanged or self.do not in _UNCHANGED:
            return None
        return Sentence(_UNCHANGED[self.do], {"ids": tuple(row.id for row in self.unchanged)})


def record_step(desk: Desk, numbers: Sequence[str], act: Act, *, uids: Sequence[str] = ()) -> StepOutcome:
    """Do one step on several tickets, in one commit, and return which tickets it changed.

    Raises Refused if the note of an answer would be lost because the answer changes nothing.
    """
    logs = {row.uid: row.ticket.log for row in (desk.row(str(number)) for number in numbers)} if not uids else {}
    logs |= {uid: desk.row(number, uid=uid).ticket.log for number, uid in zip(numbers, uids, strict=False)}
    rows = tuple(desk.act_all(numbers, act, uids=uids))
    unchanged = tuple(row for row in rows if row.ticket.log == logs.get(row.uid))
    outcome = StepOutcome(act.do, rows, unchanged)
    if act.do == "respond" and act.note and not outcome.changed:
        hint, ids = "Add anything said since as a note.", tuple(row.id for row in rows)
        raise Refused("{ids}: already answered, nothing added.", hint=hint, ids=ids)
    return outcome
