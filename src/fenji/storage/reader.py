"""Read tickets: scan the open ones, walk the archive, and find one by the tail of its number.

An unreadable file never stops the others: every scan lists it, and its bytes are left alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from fenji import files
from fenji.errors import Damaged, Fault, NotFound, Problem, Refused, Sentence, name_some, os_reason
from fenji.files import FileStamp, NotRegularFile
from fenji.model import workflow
from fenji.model.board import BadFile
from fenji.model.merge import merge
from fenji.model.ticket import ID_PATTERN, Ticket
from fenji.storage import layout, yaml_codec
from fenji.storage.hand_edits import find_locked, find_unexplained

# A file changed less than this before it was read may change again without its stamp showing it.
RACY_WINDOW_NS = 100_000_000


class StoredTicket(Struct, frozen=True, dict=True):
    """A ticket as stored in a file: its path below the desk, the SHA-256 of its bytes, and the file's stamp."""

    ticket: Ticket
    path: str
    digest: str
    stamp: FileStamp

    @cached_property
    def edited_paths(self) -> tuple[str, ...]:
        """The short fields whose value in the header no event explains."""
        return find_unexplained(self.ticket)

    @property
    def hand_edited(self) -> bool:
        """Whether the header has a change that no event explains yet."""
        return bool(self.edited_paths)

    @property
    def locked_paths(self) -> tuple[str, ...]:
        """The `edited_paths` that the ticket's state has settled, so that they will be put back."""
        return find_locked(self.ticket, {"set": dict.fromkeys(self.edited_paths)}) if self.edited_paths else ()


class Scan(Struct, frozen=True):
    """The tickets of one part of the desk in the order of their paths, and its bad files."""

    tickets: tuple[StoredTicket, ...]
    bad_files: tuple[BadFile, ...]


Fingerprint: TypeAlias = tuple[tuple[str, FileStamp | None], ...]  # by path
CachedFile: TypeAlias = tuple[FileStamp, StoredTicket | BadFile]


class TicketReader:
    """Reads the tickets of one desk, and caches each open one until its file changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root_prefix = str(root)  # paths are joined as text in scans: making a Path costs more than its stat
        self._cache: dict[str, CachedFile] = {}

    @property
    def cache(self) -> Mapping[str, CachedFile]:
        """The open files by path, each with its stamp and result; a file is not read again until it changes."""
        return self._cache

    def take_over(self, cache: Mapping[str, CachedFile]) -> None:
        """Take over the cache of another reader of this desk."""
        self._cache = dict(cache)

    def fingerprint(self) -> Fingerprint:
        """Return a value that differs (`!=`) once a file of the desk has changed."""
        folders = (layout.ARCHIVE_FOLDER, *layout.iter_archive_folders(self.root))
        paths = ("policy.yaml", "handbook.yaml", *folders, *self._open_paths())
        return tuple((path, self._stamp(path)) for path in paths)

    def scan_open(self) -> Scan:
        """Read the open tickets; unchanged files are not read again."""
        paths = list(self._open_paths())
        scan = _build_scan(result for path in paths for result in self._read_cached(path))
        for gone_path in set(self._cache) - set(paths):
            self._cache.pop(gone_path, None)
        return scan

    def scan_archive(self) -> Scan:
        """Read all files of the archive; nothing is cached."""
        return _build_scan(self.iter_archive())

    def iter_archive(self) -> Iterator[StoredTicket | BadFile]:
        """Read the files of the archive one by one, site by site and year by year."""
        for path in self.iter_archive_paths():
            result = self.read_path(path)
            if result:
                yield result

    def iter_archive_paths(self) -> Iterator[str]:
        """Yield the paths of the archived tickets without opening them."""
        for folder in layout.iter_archive_folders(self.root):
            names = layout.list_ticket_files(self.root, folder)
            yield from (f"{folder}/{name}" for name in names if name.endswith(".yaml"))

    def load(self, path: str) -> StoredTicket:
        """Read the ticket at `path`. Raises NotFound, or Damaged with every problem."""
        result = self.read_path(path)
        if result is None:
            raise NotFound("There is no ticket {path}.", path=path)
        if isinstance(result, BadFile):
            has_places = any(problem.line for problem in result.problems)
            hint = "Fix the file at the places named; its bytes were left alone." if has_places else ""
            raise Damaged("{path} cannot be read as a ticket.", path=path, problems=result.problems, hint=hint)
        return result

    def load_as(self, path: str, data: bytes, ticket: Ticket) -> StoredTicket:
        """Read the ticket at `path` as `load` does, but return `ticket` without parsing if the file has `data`."""
        try:
            found, stamp = files.read_below(self.root, path)
        except OSError:
            return self.load(path)
        if found != data:
            return self.load(path)
        return StoredTicket(workflow.with_replayed_state(ticket), path, sha256(data).hexdigest(), stamp)

    def read_again(self, base: StoredTicket) -> StoredTicket | BadFile | None:
        """Read a file again; return `base` itself if its bytes are still the same."""
        try:
            data, stamp = files.read_below(self.root, base.path)
        except OSError:
            return self.read_path(base.path)
        return base if sha256(data).hexdigest() == base.digest else self._parse(base.path, data, stamp)

    def open_stamps(self) -> dict[str, FileStamp | None]:
        """Return the stamps of the open files by path; None for one that is also in the archive, as during a move."""
        return {path: None if self._is_moving(path) else self._stamp(path) for path in self._open_paths()}

    def _is_moving(self, path: str) -> bool:
        ticket_id = path.rpartition("/")[2].rpartition(".")[0]
        return bool(ID_PATTERN.fullmatch(ticket_id)) and os.path.lexists(
            f"{self._root_prefix}/{layout.unchecked_archived_path(ticket_id)}"
        )

    def read_open(self, path: str) -> StoredTicket | BadFile | None:
        """Read the open ticket at a path as `scan_open` does; None if it is in the archive already."""
        return next(iter(self._read_cached(path)), None)

    def find_path(self, query: str, *, site: str = "", acting: bool = False) -> str:
        """Find the path of the ticket whose number ends in `query` (`42`, `0042`, `2026-42`), open tickets first.

        This is the only rule for numbers as people type them: the whole number, else the running number (leading zeros
        do not count), else any ending of a number; open tickets come before archived ones, those of `site` first. With
        `acting` an ending must have at least two digits, as one digit matches too many tickets to change one by it.
        Looks only at file names. Raises NotFound, or Refused if several tickets match.
        """
        tail = query.strip().upper().removesuffix(".YAML")
        exact = [layout.open_path(tail), layout.archived_path(tail)] if ID_PATTERN.fullmatch(tail) else []
        # Two tries: the ticket may have moved from the archive back to the open ones in between.
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
            matching = [ticket_id for ticket_id in matching if site and ticket_id.startswith(f"{site}-")] or matching
            if matching and acting and matches is layout.matches_suffix and _count_digits(tail) < _MIN_ACTING_DIGITS:
                raise _vague_error(query, matching)
            if len(matching) > 1:
                raise _ambiguous_error(query, matching)
            if matching:
                return (
                    layout.open_path(matching[0]) if ticket_ids is id_groups[0] else layout.archived_path(matching[0])
                )
        hint = "`fenji list` shows the open ones, `fenji search` searches the archive."
        raise NotFound("There is no ticket {number}.", hint=hint, number=query)

    def _iter_id_groups(self, groups: list[list[str]], last_part: str) -> Iterator[list[str]]:
        """Yield the open numbers, then the archived ones, which are listed only if no open one matches."""
        yield groups[0]
        if len(groups) == 1:
            folders = layout.iter_archive_folders(self.root)
            groups.append(
                [ticket_id for folder in folders for ticket_id in layout.list_ticket_ids(self.root / folder, last_part)]
            )
        yield groups[1]

    def _open_paths(self) -> Iterator[str]:
        for name in layout.list_ticket_files(self.root, layout.OPEN_FOLDER):
            yield f"{layout.OPEN_FOLDER}/{name}"

    def _stamp(self, path: str) -> FileStamp | None:
        try:
            return files.stamp_of(os.lstat(f"{self._root_prefix}/{path}"))
        except OSError:
            return None

    def _read_cached(self, path: str) -> list[StoredTicket | BadFile]:
        """Read an open path, from the cache if its file did not change; empty if it is gone."""
        stamp, cached = self._stamp(path), self._cache.get(path)
        result: StoredTicket | BadFile | None
        if cached and cached[0] == stamp:
            result = cached[1]
        else:
            result = self.read_path(path)
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
        """Merge a ticket caught while moving with its copy in the archive; None if it is no longer open."""
        archived_path = layout.unchecked_archived_path(stored.ticket.id)
        if not os.path.lexists(f"{self._root_prefix}/{archived_path}"):
            return stored
        archived = self.read_path(archived_path)
        if not isinstance(archived, StoredTicket):
            return stored
        if archived.ticket.uid != stored.ticket.uid:
            return self._bad_file(
                stored.path, Sentence("another ticket has this number: {path}", {"path": archived_path}), "uid"
            )
        merged = merge(stored.ticket, archived.ticket)
        return None if layout.ticket_path(merged) == archived_path else replace(stored, ticket=merged)

    def read_path(self, path: str) -> StoredTicket | BadFile | None:
        """Read the file at `path`: a ticket, a bad file, or None if there is none."""
        try:
            data, stamp = files.read_below(self.root, path)
        except FileNotFoundError:
            return None
        except NotRegularFile:
            message = "is a link, a folder or a device; remove it, and the next sync restores the file that git has"
            return self._bad_file(path, Sentence(message))
        except OSError as error:
            return self._bad_file(path, Sentence("cannot be read: {reason}", {"reason": os_reason(error)}))
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
        return StoredTicket(workflow.with_replayed_state(ticket), path, sha256(data).hexdigest(), stamp)

    def _bad_file(self, path: str, message: Sentence, key: str = "") -> BadFile:
        return BadFile(path, (Problem(path, 0, 0, key, message),))


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
    hint = "Give more of the number."
    return Refused("{number} may be any of {ids}.", hint=hint, number=query, ids=name_some(sorted(ticket_ids), 8))


_MIN_ACTING_DIGITS = 2  # digits in an ending that names a ticket to change


def _vague_error(query: str, ticket_ids: list[str]) -> Refused:
    hint = "Give the whole number, or at least its last two digits."
    return Refused("{number} only ends {ids}.", hint=hint, number=query, ids=name_some(sorted(ticket_ids), 8))


def _count_digits(tail: str) -> int:
    return sum(character.isdecimal() for character in tail)
