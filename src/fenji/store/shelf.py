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

from fenji import flow, yamlio
from fenji.board import Bad
from fenji.errors import Damaged, Fault, NotFound, Problem, Refused, Sentence
from fenji.merge import merge
from fenji.store import files, layout
from fenji.store.files import Mark, NotPlain
from fenji.store.hand_edits import barred, differing
from fenji.ticket import CLOSED, ID_PATTERN, Ticket

# A file changed less than this before it was read may change again without its mark telling.
UNSURE_NS = 100_000_000


@dataclass(frozen=True)
class Stored:
    """A ticket as it lies in a file: its path below the desk, the SHA-256 of its bytes, and the file's mark."""

    ticket: Ticket
    path: str
    digest: str
    mark: Mark

    @cached_property
    def hand_edit(self) -> tuple[str, ...]:
        """The short leaves whose value in the header no event explains."""
        return differing(self.ticket)

    @property
    def changed(self) -> bool:
        """Whether the header holds what no event explains yet."""
        return bool(self.hand_edit)

    @property
    def barred(self) -> tuple[str, ...]:
        """Those of these leaves that the ticket is too far for: they will be put back."""
        return barred(self.ticket, {"set": dict.fromkeys(self.hand_edit)}) if self.hand_edit else ()


@dataclass(frozen=True)
class Scan:
    """What lies in a part of the desk: its tickets in the order of their paths, and the bad files."""

    tickets: tuple[Stored, ...]
    bad: tuple[Bad, ...]


class Shelf:
    """The tickets of one desk, for reading. What was read is kept as long as its file does not change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._place = str(root)  # joined as text where a thousand paths are: a Path costs more than its stat
        self._read: dict[str, tuple[Mark, Stored | Bad]] = {}

    def stamp(self) -> object:
        """Something that differs (`!=`) once a file of the desk has changed, by whomever."""
        marks: list[object] = [self._mark("policy.yaml"), self._mark("handbook.yaml"), self._mark(layout.ARCHIVE)]
        marks += (self._mark(path) for path in layout.archive_folders(self.root))
        marks += ((path, self._mark(path)) for path in self._open_paths())
        return tuple(marks)

    def scan_open(self) -> Scan:
        """The live tickets; unchanged files are not read again."""
        paths = list(self._open_paths())
        scan = _sorted(one for path in paths for one in self._seen(path))
        for gone in set(self._read) - set(paths):
            self._read.pop(gone, None)
        return scan

    def scan_archive(self) -> Scan:
        """Everything in the archive, read anew."""
        return _sorted(self.archive())

    def archive(self) -> Iterator[Stored | Bad]:
        """The files of the archive one by one, site by site and year by year."""
        for path in self.archive_paths():
            found = self._load(path)
            if found:
                yield found

    def archive_paths(self) -> Iterator[str]:
        """The paths of the archive's tickets, by their names alone."""
        for folder in layout.archive_folders(self.root):
            yield from (f"{folder}/{name}" for name in layout.names(self.root / folder) if name.endswith(".yaml"))

    def load(self, path: str) -> Stored:
        """The ticket at `path`. Raises NotFound, or Damaged with every problem."""
        found = self._load(path)
        if found is None:
            raise NotFound("There is no ticket {path}.", path=path)
        if isinstance(found, Bad):
            hint = "Mend the file at the places named; its bytes were left alone."
            raise Damaged("{path} cannot be read as a ticket.", path=path, problems=found.problems, hint=hint)
        return found

    def look(self, path: str) -> Stored | Bad | None:
        """What lies at `path`: a ticket, a bad file, or nothing."""
        return self._load(path)

    def open_marks(self) -> dict[str, Mark | None]:
        """What tells an open file from a changed one; None for one that lies in the archive too, as while it moves."""
        return {path: None if self._moves(path) else self._mark(path) for path in self._open_paths()}

    def _moves(self, path: str) -> bool:
        number = path.rpartition("/")[2].rpartition(".")[0]
        return bool(ID_PATTERN.fullmatch(number)) and os.path.lexists(f"{self._place}/{layout.twin(number)}")

    def look_open(self, path: str) -> Stored | Bad | None:
        """The live ticket at an open path, as `scan_open` gives it; None where it lies in the archive already."""
        return next(iter(self._seen(path)), None)

    def find(self, words: str) -> str:
        """The path of the ticket whose number ends in `words` (`42`, `0042`, `2026-42`), open ones before archived.

        Only names of files are looked at. Raises NotFound, or Refused where several tickets answer.
        """
        wanted = words.strip().upper().removesuffix(".YAML")
        exact = [layout.open_path(wanted), layout.archived_path(wanted)] if ID_PATTERN.fullmatch(wanted) else []
        # Looked at twice: it may have moved from the archive back to the open ones in between.
        for path in (*exact, *exact):
            if os.path.lexists(self.root / path):
                return path
        core = layout.core(wanted)
        groups = [layout.numbers(self.root / layout.OPEN, core)]
        for among, way in ((among, way) for way in layout.WAYS for among in self._groups(groups, core)):
            found = [one for one in among if wanted and way(one, wanted)]
            if len(found) > 1:
                raise _ambiguous(words, found)
            if found:
                return layout.open_path(found[0]) if among is groups[0] else layout.archived_path(found[0])
        hint = "`fenji list` shows the open ones, `fenji search` looks into the archive."
        raise NotFound("There is no ticket {number}.", hint=hint, number=words)

    def _groups(self, groups: list[list[str]], core: str) -> Iterator[list[str]]:
        """Open numbers, then archived ones: those are listed only when the open ones do not answer."""
        yield groups[0]
        if len(groups) == 1:
            folders = layout.archive_folders(self.root)
            groups.append([number for folder in folders for number in layout.numbers(self.root / folder, core)])
        yield groups[1]

    def _open_paths(self) -> Iterator[str]:
        for name in layout.names(self.root / layout.OPEN):
            if name.endswith((".yaml", ".yml")):
                yield f"{layout.OPEN}/{name}"

    def _mark(self, path: str) -> Mark | None:
        try:
            return files.mark(os.lstat(f"{self._place}/{path}"))
        except OSError:
            return None

    def _seen(self, path: str) -> list[Stored | Bad]:
        """What lies at an open path, from memory where the file did not change; nothing where it is gone."""
        mark, known = self._mark(path), self._read.get(path)
        found: Stored | Bad | None
        if known and known[0] == mark:
            found = known[1]
        else:
            found = self._load(path)
            self._keep(path, mark, found)
        if isinstance(found, Stored):
            found = self._with_its_twin(found)
        return [found] if found else []

    def _keep(self, path: str, mark: Mark | None, found: Stored | Bad | None) -> None:
        if mark is None or found is None:
            return
        if isinstance(found, Stored):
            mark = found.mark
        if time.time_ns() - max(mark.mtime_ns, mark.ctime_ns) > UNSURE_NS:
            self._read[path] = (mark, found)

    def _with_its_twin(self, stored: Stored) -> Stored | Bad | None:
        """A ticket that was caught while it moves lies in both places: what both files know, if it is still open."""
        twin = layout.twin(stored.ticket.id)
        if not os.path.lexists(f"{self._place}/{twin}"):
            return stored
        other = self._load(twin)
        if not isinstance(other, Stored):
            return stored
        if other.ticket.uid != stored.ticket.uid:
            return self._bad(stored.path, Sentence("another ticket has this number: {path}", {"path": twin}), "uid")
        merged = merge(stored.ticket, other.ticket)
        return None if merged.state in CLOSED else replace(stored, ticket=merged)

    def _load(self, path: str) -> Stored | Bad | None:
        try:
            data, mark = files.read(self.root / path)
        except FileNotFoundError:
            return None
        except NotPlain:
            return self._bad(path, Sentence("is a link, a folder or a device; a ticket is a plain file"))
        except OSError as error:
            return self._bad(path, Sentence("cannot be read: {reason}", {"reason": error.strerror or str(error)}))
        return self._parsed(path, data, mark)

    def _parsed(self, path: str, data: bytes, mark: Mark) -> Stored | Bad:
        try:
            ticket = yamlio.read_ticket(data, path)
        except Damaged as damaged:
            return Bad(path, damaged.problems)
        name = path.rpartition("/")[2]
        if name != f"{ticket.id}.yaml":
            message = Sentence("the file is named {name}, the ticket {id}", {"name": name, "id": ticket.id})
            return Bad(path, yamlio.problems(data, path, [Fault(("id",), message)]))
        return Stored(in_its_state(ticket), path, sha256(data).hexdigest(), mark)

    def _bad(self, path: str, message: Sentence, key: str = "") -> Bad:
        return Bad(path, (Problem(path, 0, 0, key, message),))


def in_its_state(ticket: Ticket) -> Ticket:
    """The ticket with the state that its log gives; a header that says otherwise is not believed (format 3)."""
    state = flow.standing(ticket).state
    return ticket if state in ("", ticket.state) else ticket.put({"state": state})


def _sorted(found: Iterable[Stored | Bad]) -> Scan:
    tickets: list[Stored] = []
    bad: list[Bad] = []
    for one in found:
        if isinstance(one, Bad):
            bad.append(one)
        else:
            tickets.append(one)
    return Scan(tuple(tickets), tuple(bad))


def _ambiguous(words: str, found: list[str]) -> Refused:
    shown = ", ".join(sorted(found)[:8]) + (" …" if len(found) > 8 else "")
    return Refused("{number} may be any of {ids}.", hint="Give more of the number.", number=words, ids=shown)
