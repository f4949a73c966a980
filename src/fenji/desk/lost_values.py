"""Restore or dismiss values that lost a merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from msgspec.structs import replace

from fenji.desk import people
from fenji.desk.dismissed import remember_dismissed
from fenji.errors import InvalidUsage, NotFound, Refused
from fenji.model.conflicts import SupersededValue, list_superseded

if TYPE_CHECKING:
    from fenji.desk.act_details import ActDetails
    from fenji.desk.desk import Desk
    from fenji.model.board import Row
    from fenji.model.ticket import Ticket


def restore_value(desk: Desk, number: str, field: str, *, name: str = "", **details: Unpack[ActDetails]) -> Row:
    """Restore a lost value of a field by an edit; the log keeps the present value.

    If several values were lost, `field` may end in a number (`cause:2`), or `name` is the `SupersededValue.digest`.
    Raises NotFound if there is none, InvalidUsage if it is not clear which, Refused for a field that no edit can set.
    """
    loser = _choose_loser(desk.row(number), field, name)
    if not loser.editable:
        hint = "The value stays in the log."
        raise Refused("{field} is not set by hand, so nothing is taken back.", hint=hint, field=loser.field)
    act = replace(desk.make_act("edit", fields={loser.field: loser.value}, **details), keep_old_values=True)
    with people.insist():  # names that were accepted before are not checked again
        return desk.act_all([number], act)[0]


def dismiss(desk: Desk, number: str, field: str) -> Row:
    """Accept the value of a field: lost values are no longer shown to this person in this clone. Raises NotFound."""
    row = desk.row(number)
    loser_names = [loser.digest for loser in row.superseded if loser.field == field]
    if not loser_names:
        raise _not_found(row.ticket, field)
    remember_dismissed(desk.repo, desk.person, loser_names)
    return desk.row(number)


def _choose_loser(row: Row, field: str, name: str) -> SupersededValue:
    path, _, number = field.partition(":")
    losers = [loser for loser in list_superseded(row.ticket) if loser.field == path]
    matching = [loser for loser in losers if str(loser.number) == number or (not number and name in ("", loser.digest))]
    still_open = [loser for loser in matching if loser.digest in {open_loser.digest for open_loser in row.superseded}]
    candidates = still_open or matching
    if not candidates:
        raise _not_found(row.ticket, field)
    if len(candidates) > 1:
        known = tuple(f"{path}:{loser.number}" for loser in candidates)
        raise InvalidUsage("{field} has several lost values.", hint="Say which: {known}.", field=path, known=known)
    return candidates[0]


def _not_found(ticket: Ticket, field: str) -> NotFound:
    known = tuple(dict.fromkeys(loser.field for loser in list_superseded(ticket)))
    hint = "Its log has replaced values for: {known}." if known else ""
    return NotFound("{id} has no other value of {field}.", hint=hint, field=field, id=ticket.id, known=known)
