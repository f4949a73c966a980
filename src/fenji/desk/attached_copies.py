"""Copies of files that are being attached: removed where the ticket that should name them could not be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.desk.value_checks import validate_fields
from fenji.storage import layout
from fenji.storage.attachments import check_sources

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket, Value
    from fenji.storage import Store


class AttachedCopies:
    """Files to attach to one ticket, called `name` if it is given, each with its own ending.

    Raises NotFound for a missing file, Refused for one that is not regular or is too large.
    """

    def __init__(self, store: Store, paths: Iterable[Path], name: str) -> None:
        self._store, self._name = store, name
        self._sources = [Path(path) for path in paths]
        self._made: list[Path] = []
        check_sources(self._sources)

    def make(self, number: str) -> Mapping[str, Value]:
        """Copy the files to the attachments of a ticket; return the fields that name them."""
        folder = self._store.root / layout.attachments_folder(number)
        before = set(layout.list_names(folder))
        fields: dict[str, Value] = {}
        for source in self._sources:
            item = self._store.attach(number, source, f"{self._name}{source.suffix.lower()}" if self._name else "")
            self._made += [folder / str(item["name"])] if item["name"] not in before else []
            fields[f"files.{item['name']}"] = item
        return validate_fields(fields, fixed=("files",))

    def remove_unnamed(self, ticket: Ticket) -> None:
        """Remove the copies that the ticket does not name: they are none of its files."""
        named = {item.name for item in ticket.files}
        for path in self._made:
            if path.name not in named:
                path.unlink(missing_ok=True)
