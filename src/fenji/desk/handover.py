"""Hand over the tickets and open plan items of one person to another, in one act and one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.model.ticket import PLAN_PREFIX
from fenji.model.workflow import is_legal, is_settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fenji.desk.desk import Desk
    from fenji.model.board import Row
    from fenji.model.ticket import Ticket, Value


def hand_over(
    desk: Desk, person: str, receiver: str, targets: Sequence[tuple[str, str]], *, note: str = ""
) -> list[Row]:
    """Make `receiver` the owner of what `person` owns in these tickets (number, uid): the ticket and open plan items.

    Among several tickets, one whose owner is settled by a confirmation keeps its owner; a single one is refused with
    the reason. All are checked before the first is written. Raises Refused if nothing is left to hand over or both
    people are the same, UnknownName for an unknown receiver.
    """
    if person == receiver:
        raise Refused("{person} already has it.", person=person)
    rows = [desk.row(number, uid=uid) for number, uid in targets]
    changes = [(row, fields) for row in rows if (fields := _find_fields(row.ticket, person, receiver))]
    if len(rows) > 1:
        free = [(row, {key: fields[key] for key in fields if not _is_settled(row, key)}) for row, fields in changes]
        changes = [(row, fields) for row, fields in free if fields]
    if not changes:
        raise Refused("{person} has nothing left to hand over.", person=person)
    # The same step for all: an edit if assigning is illegal somewhere, or would start the work.
    is_assigned = all(is_legal(row.ticket.state, "assign") and _keeps_state(row.ticket, person) for row, _ in changes)
    do = "assign" if is_assigned else "edit"
    return desk.act_each([(row.id, row.uid, desk.make_act(do, fields=fields, note=note)) for row, fields in changes])


def _is_settled(row: Row, key: str) -> bool:
    return is_settled(row.ticket.state, key.partition(".")[0])


def _keeps_state(ticket: Ticket, person: str) -> bool:
    return ticket.owner == person or ticket.state != "responded"


def _find_fields(ticket: Ticket, person: str, receiver: str) -> dict[str, Value]:
    fields: dict[str, Value] = {"owner": receiver} if ticket.owner == person else {}
    for item in ticket.plan:
        if item.owner == person and not item.done:
            fields[f"{PLAN_PREFIX}{item.key}"] = {**item.data, "owner": receiver}
    return fields
