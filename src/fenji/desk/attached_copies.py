"""Copies of attached files, which are removed if the ticket cannot be written or the act is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import files
from fenji.desk.value_checks import validate_fields
from fenji.errors import Refused
from fenji.git import branches, refs
from fenji.git.objects import read_blobs, write_blob
from fenji.storage import layout
from fenji.storage.attachments import MAX_FILE_BYTES, check_sources

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket, Value
    from fenji.storage import Store


class AttachedCopies:
    """Files to attach to one ticket, renamed to `name` if given, each with its own extension.

    Raises NotFound for a missing file, Refused for a file that is not regular or is too large.
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
        """Remove the copies that are not among the ticket's files."""
        named = {item.name for item in ticket.files}
        for path in self._made:
            if path.name not in named:
                path.unlink(missing_ok=True)


class UndoneCopies:
    """Copies of files whose `attach` was undone: removed from the desk, but kept in git so that it can be redone.

    `find_current` returns the current version of a ticket.
    """

    def __init__(self, store: Store, find_current: Callable[[Ticket], Ticket]) -> None:
        self._store, self._find_current = store, find_current
        self._blobs: dict[str, str] = {}  # by path below the desk

    def check(self, pairs: Iterable[tuple[Ticket, Ticket]]) -> None:
        """Raise Refused if the hub already has one of the copies: attachments are never removed there."""
        numbers = {path: after.id for before, after in pairs for path in _new_copies(before, after)}
        remote = branches.find_remote(self._store.repo) if numbers else None
        sent = refs.resolve(self._store.repo, remote.tracking) if remote else None
        found = self._store.repo.read_many(numbers, sent) if sent else {}
        for path in (path for path, data in found.items() if data is not None):
            raise Refused(
                "{path} was sent, so it can no longer be removed.",
                hint="Say in a note what is wrong with it: fenji note {id} TEXT",
                path=path,
                id=numbers[path],
            )

    def take_away(self, pairs: Iterable[tuple[Ticket, Ticket]]) -> None:
        """Remove the copies that their tickets no longer name. Git keeps their bytes for some weeks."""
        copies = [(path, self._find_current(after)) for before, after in pairs for path in _new_copies(before, after)]
        for path, current in copies:
            if path.rpartition("/")[2] in {item.name for item in current.files}:
                continue
            try:
                data, _ = files.read_below(self._store.root, path, MAX_FILE_BYTES + 1)
            except OSError:  # gone, or something else by now
                continue
            self._blobs[path] = write_blob(self._store.repo, data)
            files.remove(self._store.root, path)

    @contextmanager
    def put_back(self, pairs: Sequence[tuple[Ticket, Ticket]]) -> Iterator[None]:
        """Restore the copies for a block that lists them again; at its end, remove those that no ticket lists."""
        for path in (path for pair in pairs for path in _new_copies(*pair)):
            if path in self._blobs and not (self._store.root / path).exists():
                data = read_blobs(self._store.repo, [self._blobs[path]])
                files.write(self._store.root, path, data[self._blobs[path]])
        try:
            yield
        finally:
            self.take_away(pairs)


def _new_copies(before: Ticket, after: Ticket) -> list[str]:
    """Return the paths of the attachments that an act added."""
    known = {item.name for item in before.files}
    return [f"{layout.attachments_folder(after.id)}/{item.name}" for item in after.files if item.name not in known]
