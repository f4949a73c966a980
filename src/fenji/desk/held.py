"""Acts held back because the hub refuses them: list them, and take them up under one's own name (format 3)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import NotFound, Refused, Sentence
from fenji.i18n import say
from fenji.model.annotations import HeldAct
from fenji.model.ticket import FIELD_BY_PATH, Event, Ticket, Value, stated_fields
from fenji.storage import layout, yaml_codec
from fenji.sync import held as holding

if TYPE_CHECKING:
    from fenji.desk.desk import Desk
    from fenji.model.board import Row

__all__ = ["HeldAct", "TakenUp", "list_held", "read_held_event", "take_up"]


class TakenUp(Struct, frozen=True):
    """The result of taking up acts: the ticket now, the acts done again, and those still held, with the reasons."""

    row: Row | None
    acts: tuple[HeldAct, ...]
    refused: tuple[tuple[HeldAct, Refused], ...]


def list_held(desk: Desk, number: str = "") -> list[HeldAct]:
    """Return all held acts, or those of one ticket; `number` may be the end of the ticket's number."""
    acts = holding.list_held(desk.repo)
    if not number:
        return acts
    wanted = number.strip().upper()
    exact = [act for act in acts if act.id == wanted]
    return exact or [act for act in acts if layout.matches_tail(act.id, wanted)]


def read_held_event(desk: Desk, act: HeldAct) -> tuple[Ticket, Event] | None:
    """Return the ticket as in the held commit, and the held event; None if git no longer has them."""
    data = desk.repo.read(act.path, act.commit)
    if data is None:
        return None
    ticket = yaml_codec.read_ticket(data, act.path)
    event = next((event for event in ticket.log if event.digest == act.digest), None)
    return (ticket, event) if event else None


def take_up(desk: Desk, number: str, *, digests: Collection[str] = ()) -> TakenUp:
    """Do the held acts of a ticket again, now and by the person at the desk, with a note that names their author.

    `digests` selects some of them; if the whole ticket is held, its report is always redone first. An act that this
    person may not do either, or that is not possible now, stays held. Raises NotFound if no such act is held.
    """
    acts = list_held(desk, number)
    row = _find_row(desk, acts[0]) if acts else None
    if digests:
        acts = [act for act in acts if act.digest in digests or (row is None and act.do == "report")]
    if not acts:
        raise NotFound("Nothing of {id} is held here.", hint="See: fenji held", id=number)
    taken: list[HeldAct] = []
    refused: list[tuple[HeldAct, Refused]] = []
    for act in sorted(acts, key=lambda act: row is None and act.do != "report"):
        found = read_held_event(desk, act)
        try:
            if found:
                row = _do_anew(desk, row, act, *found)
        except Refused as refusal:
            refused.append((act, refusal))
            continue
        desk.flush()
        holding.settle(desk.repo, act)
        taken.append(act)
    return TakenUp(row, tuple(taken), tuple(refused))


def _find_row(desk: Desk, act: HeldAct) -> Row | None:
    """Return the row of a held act's ticket; None if the whole ticket is held."""
    try:
        return desk.row(act.id, uid=act.uid)
    except NotFound:
        return None


def _do_anew(desk: Desk, row: Row | None, act: HeldAct, ticket: Ticket, event: Event) -> Row:
    fields = _fields_of(ticket, event)
    note = _note(desk, act, event)
    if row is None:
        return desk.new(_reported_fields(ticket), note=note)
    target = row.ticket.id
    if event.do == "superseded":  # keeps a value for a change that the log lacks: only the text is of use
        return desk.act(target, "note", note=f"{_kept_text(event)}\n{note}")
    if event.do == "report":  # a report whose text was changed afterwards
        return desk.act(target, "edit", fields=fields, note=note)
    if event.do == "attach":
        return _attach_anew(desk, target, act, [name for name in fields if name.startswith("files.")], note)
    sender = "requester" if event.from_requester else ""
    clock = str(event.body.get("clock") or "")
    return desk.act(target, event.do, fields=fields, note=note, reason=event.reason, clock=clock, sender=sender)


def _kept_text(event: Event) -> str:
    value = event.body.get("value")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"{event.body.get('field')}: {text.rstrip()}"


def _fields_of(ticket: Ticket, event: Event) -> dict[str, Value]:
    return {**stated_fields(event), **{name: ticket.look_up(name) for name in event.rewrote}}


def _reported_fields(ticket: Ticket) -> Mapping[str, Value]:
    """Return the values that a person gives when reporting, taken from a ticket that is held as a whole."""
    values = {name: ticket.get(name) for name in FIELD_BY_PATH}
    derived = ("id", "uid", "formerly", "state", "site", "priority")
    return {name: value for name, value in values.items() if value not in (None, "", []) and name not in derived}


def _note(desk: Desk, act: HeldAct, event: Event) -> str:
    """Return the note of an act that is done again: its own text, who did it first, and when."""
    by = desk.policy.display_name(act.by)
    origin = say(
        Sentence("Taken up from {by}: {do} at {at}.", {"by": by, "do": act.do, "at": act.at.isoformat()}),
        desk.policy.language,
    )
    return f"{event.note.rstrip()}\n{origin}" if event.note.strip() else origin


def _attach_anew(desk: Desk, target: str, act: HeldAct, names: Sequence[str], note: str) -> Row:
    with TemporaryDirectory() as folder:
        paths = []
        for field in names:
            name = field.partition(".")[2]
            data = desk.repo.read(f"{layout.attachments_folder(act.id)}/{name}", act.commit)
            if data is not None:
                paths.append(Path(folder) / name)
                files.write(Path(folder), name, data)
        return desk.attach(target, paths, note=note) if paths else desk.act(target, "note", note=note)
