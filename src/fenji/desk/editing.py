"""A ticket in the person's own editor: a copy to work on, and taking back what was changed in it."""

from __future__ import annotations

from pathlib import Path

from fenji import yamlio
from fenji.desk.acts import changed_fields
from fenji.errors import Refused
from fenji.ticket import FIELDS, LEAVES, Ticket, Value


def copy(ticket: Ticket, folder: Path) -> Path:
    """Write the ticket into `folder` for an editor, beside the version it started from; an unfinished copy is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{ticket.id}.yaml"
    if not path.exists():
        path.write_bytes(yamlio.dump(ticket))
        _base(path).write_bytes(yamlio.dump(ticket))
    return path


def changes(path: Path) -> dict[str, Value]:
    """The fields changed in the copy. Raises Damaged with the place, Refused for what is not edited by hand."""
    mine = yamlio.read_ticket(path.read_bytes(), str(path))
    base = yamlio.read_ticket(_base(path).read_bytes(), str(_base(path)))
    if mine.log != base.log:
        raise Refused("The log cannot be edited: it is the record of what happened.", hint="Undo the change in log.")
    fixed = [one.key for one in FIELDS if one.fixed and mine.get(one.key) != base.get(one.key)]
    if fixed:
        raise Refused("{fields} cannot be edited.", hint="Undo that change in the copy.", fields=", ".join(fixed))
    wanted = {leaf: mine.get(leaf) for leaf in LEAVES}
    return changed_fields(base, wanted)


def forget(path: Path) -> None:
    """Remove a copy that has been taken or given up."""
    path.unlink(missing_ok=True)
    _base(path).unlink(missing_ok=True)


def _base(path: Path) -> Path:
    return path.with_suffix(".base")
