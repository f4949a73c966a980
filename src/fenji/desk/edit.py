"""Edit a ticket in the person's own editor: write a copy, and read the changes made in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from fenji import files
from fenji.desk.acts import diff_fields
from fenji.errors import NotFound, Refused, os_reason
from fenji.model.ticket import FIELD_BY_PATH, FIELDS, Ticket, Value
from fenji.storage import yaml_codec


class EditedCopy(Struct, frozen=True):
    """The version that the copy was made from, and the fields that were changed in it."""

    base: Ticket
    fields: dict[str, Value]


def write_copy(ticket: Ticket, folder: Path) -> Path:
    """Write a copy of the ticket for an editor, and its base version, into `folder`; keep an unfinished copy.

    Raises Unavailable if the folder cannot be written.
    """
    path = folder / f"{ticket.id}.yaml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and _base_path(path).exists():
            return path
        if path.exists():  # without its base the changes in it cannot be found
            path.replace(path.with_suffix(".kept"))
        # The base first: a copy never exists without it.
        files.write(folder, _base_path(path).name, yaml_codec.dump(ticket), private=True)
        files.write(folder, path.name, yaml_codec.dump(ticket), private=True)
    except OSError as error:
        raise files.write_failure(error, path) from error
    return path


def read_changes(path: Path) -> EditedCopy:
    """Read the changes made in the copy. Raises Damaged with the position, Refused for a field not edited by hand."""
    mine, base = (yaml_codec.read_ticket(_read_bytes(source), str(source)) for source in (path, _base_path(path)))
    if mine.log != base.log:
        raise Refused("The log cannot be edited: it is the record of what happened.", hint="Undo the change in log.")
    forbidden = tuple(_forbidden_changes(mine, base))
    if forbidden:
        raise Refused("{fields} cannot be edited.", hint="Undo that change in the copy.", fields=forbidden)
    return EditedCopy(base, diff_fields(base, {field_path: mine.get(field_path) for field_path in FIELD_BY_PATH}))


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = os_reason(error)
        raise NotFound("{path} cannot be read: {reason}.", path=str(path), reason=reason) from error


def _forbidden_changes(mine: Ticket, base: Ticket) -> Iterator[str]:
    """Yield the changed fields that no act may set: derived fields, and keys that this version does not know."""
    for field in FIELDS:
        if field.read_only and mine.look_up(field.key) != base.look_up(field.key):
            yield field.key
        if field.type == "group":
            yield from (
                field_path
                for field_path in _unknown_paths(field.key, mine, base)
                if mine.look_up(field_path) != base.look_up(field_path)
            )
    yield from (key for key in {**mine.extra, **base.extra} if mine.extra.get(key) != base.extra.get(key))


def _unknown_paths(key: str, *versions: Ticket) -> Iterator[str]:
    parts = dict.fromkeys(part for version in versions for part in _get_group(version, key))
    return (f"{key}.{part}" for part in parts if f"{key}.{part}" not in FIELD_BY_PATH)


def _get_group(ticket: Ticket, key: str) -> dict[str, Value]:
    value = ticket.look_up(key)
    return value if isinstance(value, dict) else {}


def remove_copy(path: Path) -> None:
    """Remove a copy that has been applied or abandoned."""
    path.unlink(missing_ok=True)
    _base_path(path).unlink(missing_ok=True)


def _base_path(path: Path) -> Path:
    return path.with_suffix(".base")
