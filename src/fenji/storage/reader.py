"""Reading tickets: scanning the open ones, walking the archive, finding one by the tail of its number.

A file that cannot be read never stops the others: it is listed, every time, and its bytes are left alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from fenji import files
from fenji.errors import Damaged, Fault, NotFound, Problem, Refused, Sentence
from fenji.files import FileStamp, NotRegularFile
from fenji.model import workflow
from fenji.model.board import BadFile
from fenji.model.merge import merge
from fenji.model.ticket import CLOSED_STATES, ID_PATTERN, Ticket
from fenji.storage import layout, yaml_codec
from fenji.storage.hand_edits import find_locked, find_unexplained

# A file changed less than this before it was read may change again without its mark telling.
RACY_WINDOW_NS = 100_000_000


@dataclass(frozen=True)
class StoredTicket:
    """A ticket as it lies in a file: its path below the desk, the SHA-256 of its bytes, and the file's mark."""

    ticket: Ticket
    path: str
    digest: str
    stamp: FileStamp

    @cached_property
    def edited_leaves(self) -> tuple[str, ...]:
        """The short leaves whose value in the header no event explains."""
        return find_unexplained(self.ticket)

    @property
    def hand_edited(self) -> bool:
        """Whether the header holds what no event explains yet."""
        return bool(self.edited_leaves)

    @property
    def locked_leaves(self) -> tuple[str, ...]:
        """Those of these leaves that the ticket is too far for: they will be put back."""
        return find_locked(self.ticket, {"set": dict.fromkeys(self.edited_leaves)}) if self.edited_leaves else ()


@dataclass(frozen=True)
class Scan:
    """What lies in a part of the desk: its tickets in the order of their paths, and the bad files."""

    tickets: tuple[StoredTicket, ...]
    bad_files: tuple[BadFile, ...]


class TicketReader:
    """The tickets of one desk, for reading. What was read is kept as long as its file does not change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root_prefix = str(root)  # joined as text where a thousand paths are: a Path costs more than its stat
        self._cache: dict[str, tuple[FileStamp, StoredTicket | BadFile]] = {}

    def fingerprint(self) -> object:
        """Something that differs (`!=`) once a file of the desk has changed, by whomever."""
        stamps: list[object] = [
            self._stamp("policy.yaml"),
            self._stamp("handbook.yaml"),
            self._stamp(layout.ARCHIVE_FOLDER),
        ]
        stamps += (self._stamp(path) for path in layout.iter_archive_folders(self.root))
        stamps += ((path, self._stamp(path)) for path in self._open_paths())
        return tuple(stamps)

    def scan_open(self) -> Scan:
        """The live tickets; unchanged files are not read again."""
        paths = list(self._open_paths())
        scan = _build_scan(result for path in paths for result in self._read_cached(path))
        for gone_path in set(self._cache) - set(paths):
            self._cache.pop(gone_path, None)
        return scan

    def scan_archive(self) -> Scan:
        """Everything in the archive, read anew."""
        return _build_scan(self.iter_archive())

    def iter_archive(self) -> Iterator[StoredTicket | BadFile]:
        """The files of the archive one by one, site by site and year by year."""
        for path in self.iter_archive_paths():
            result = self._read_file(path)
            if result:
                yield result

    def iter_archive_paths(self) -> Iterator[str]:
        """The paths of the archive's tickets, by their names alone."""
        for folder in layout.iter_archive_folders(self.root):
            yield from (f"{folder}/{name}" for name in layout.list_names(self.root / folder) if name.endswith(".yaml"))

    def load(self, path: str) -> StoredTicket:
        """The ticket at `path`. Raises NotFound, or Damaged with every problem."""
        result = self._read_file(path)
        if result is None:
            raise NotFound("There is no ticket {path}.", path=path)
        if isinstance(result, BadFile):
            hint = "Mend the file at the places named; its bytes were left alone."
            raise Damaged("{path} cannot be read as a ticket.", path=path, problems=result.problems, hint=hint)
        return result

    def read_path(self, path: str) -> StoredTicket | BadFile | None:
        """What lies at `path`: a ticket, a bad file, or nothing."""
        return self._read_file(path)

    def open_stamps(self) -> dict[str, FileStamp | None]:
        """What tells an open file from a changed one; None for one that lies in the archive too, as while it moves."""
        return {path: None if self._is_moving(path) else self._stamp(path) for path in self._open_paths()}

    def _is_moving(self, path: str) -> bool:
        ticket_id = path.rpartition("/")[2].rpartition(".")[0]
        return bool(ID_PATTERN.fullmatch(ticket_id)) and os.path.lexists(
            f"{self._root_prefix}/{layout.unchecked_archived_path(ticket_id)}"
        )

    def read_open(self, path: str) -> StoredTicket | BadFile | None:
        """The live ticket at an open path, as `scan_open` gives it; None where it lies in the archive already."""
        return next(iter(self._read_cached(path)), None)

    def find_path(self, query: str) -> str:
        """The path of the ticket whose number ends in `words` (`42`, `0042`, `2026-42`), open ones before archived.

        Only names of files are looked at. Raises NotFound, or Refused where several tickets answer.
        """
        tail = query.strip().upper().removesuffix(".YAML")
        exact = [layout.open_path(tail), layout.archived_path(tail)] if ID_PATTERN.fullmatch(tail) else []
        # Looked at twice: it may have moved from the archive back to the open ones in between.
        for path in (*exact, *exact):
            if os.path.lexists(self.root / path):
                return path
        last_part = layout.last_part(tail)
        id_groups = [layout.list_ticket_ids(self.root / layout.OPEN_FOLDER, last_part)]
        for ticket_ids, matches in (
            (ticket_ids, matches)
            for matches in layout.TAIL_MATCHERS
            for ticket_ids in self._iter_id_groups(id_groups, last_part)
        ):
            matching = [ticket_id for ticket_id in ticket_ids if tail and matches(ticket_id, tail)]
            if len(matching) > 1:
                raise _ambiguous_error(query, matching)
            if matching:
                return (
                    layout.open_path(matching[0]) if ticket_ids is id_groups[0] else layout.archived_path(matching[0])
                )
        hint = "`fenji list` shows the open ones, `fenji search` looks into the archive."
        raise NotFound("There is no ticket {number}.", hint=hint, number=query)

    def _iter_id_groups(self, groups: list[list[str]], last_part: str) -> Iterator[list[str]]:
        """Open numbers, then archived ones: those are listed only when the open ones do not answer."""
        yield groups[0]
        if len(groups) == 1:
            folders = layout.iter_archive_folders(self.root)
            groups.append(
                [ticket_id for folder in folders for ticket_id in layout.list_ticket_ids(self.root / folder, last_part)]
            )
        yield groups[1]

    def _open_paths(self) -> Iterator[str]:
        for name in layout.list_names(self.root / layout.OPEN_FOLDER):
            if name.endswith((".yaml", ".yml")):
                yield f"{layout.OPEN_FOLDER}/{name}"

    def _stamp(self, path: str) -> FileStamp | None:
        try:
            return files.stamp_of(os.lstat(f"{self._root_prefix}/{path}"))
        except OSError:
            return None

    def _read_cached(self, path: str) -> list[StoredTicket | BadFile]:
        """What lies at an open path, from memory where the file did not change; nothing where it is gone."""
        stamp, cached = self._stamp(path), self._cache.get(path)
        result: StoredTicket | BadFile | None
        if cached and cached[0] == stamp:
            result = cached[1]
        else:
            result = self._read_file(path)
            self._cache_result(path, stamp, result)
        if isinstance(result, StoredTicket):
            result = self._merge_archived_copy(result)
        return [result] if result else []

    def _cache_result(self, path: str, stamp: FileStamp | None, result: StoredTicket | BadFile | None) -> None:
        if stamp is None or result is None:
            return
        if isinstance(result, StoredTicket):
            stamp = result.stamp
        if time.time_ns() - max(stamp.mtime_ns, stamp.ctime_ns) > RACY_WINDOW_NS:
            self._cache[path] = (stamp, result)

    def _merge_archived_copy(self, stored: StoredTicket) -> StoredTicket | BadFile | None:
        """A ticket that was caught while it moves lies in both places: what both files know, if it is still open."""
        archived_path = layout.unchecked_archived_path(stored.ticket.id)
        if not os.path.lexists(f"{self._root_prefix}/{archived_path}"):
            return stored
        archived = self._read_file(archived_path)
        if not isinstance(archived, StoredTicket):
            return stored
        if archived.ticket.uid != stored.ticket.uid:
            return self._bad_file(
                stored.path, Sentence("another ticket has this number: {path}", {"path": archived_path}), "uid"
            )
        merged = merge(stored.ticket, archived.ticket)
        return None if merged.state in CLOSED_STATES else replace(stored, ticket=merged)

    def _read_file(self, path: str) -> StoredTicket | BadFile | None:
        try:
            data, stamp = files.read(self.root / path)
        except FileNotFoundError:
            return None
        except NotRegularFile:
            return self._bad_file(path, Sentence("is a link, a folder or a device; a ticket is a plain file"))
        except OSError as error:
            return self._bad_file(path, Sentence("cannot be read: {reason}", {"reason": error.strerror or str(error)}))
        return self._parse(path, data, stamp)

    def _parse(self, path: str, data: bytes, stamp: FileStamp) -> StoredTicket | BadFile:
        try:
            ticket = yaml_codec.read_ticket(data, path)
        except Damaged as damaged:
            return BadFile(path, damaged.problems)
        name = path.rpartition("/")[2]
        if name != f"{ticket.id}.yaml":
            message = Sentence("the file is named {name}, the ticket {id}", {"name": name, "id": ticket.id})
            return BadFile(path, yaml_codec.locate_faults(data, path, [Fault(("id",), message)]))
        return StoredTicket(with_replayed_state(ticket), path, sha256(data).hexdigest(), stamp)

    def _bad_file(self, path: str, message: Sentence, key: str = "") -> BadFile:
        return BadFile(path, (Problem(path, 0, 0, key, message),))


def with_replayed_state(ticket: Ticket) -> Ticket:
    """The ticket with the state that its log gives; a header that says otherwise is not believed (format 3)."""
    state = workflow.current_state(ticket).state
    return ticket if state in ("", ticket.state) else ticket.with_fields({"state": state})


def _build_scan(results: Iterable[StoredTicket | BadFile]) -> Scan:
    tickets: list[StoredTicket] = []
    bad: list[BadFile] = []
    for result in results:
        if isinstance(result, BadFile):
            bad.append(result)
        else:
            tickets.append(result)
    return Scan(tuple(tickets), tuple(bad))


def _ambiguous_error(query: str, ticket_ids: list[str]) -> Refused:
    shown = ", ".join(sorted(ticket_ids)[:8]) + (" …" if len(ticket_ids) > 8 else "")
    return Refused("{number} may be any of {ids}.", hint="Give more of the number.", number=query, ids=shown)
