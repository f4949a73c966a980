"""The versions of a desk that are joined: their files, looked up folder by folder, and their tickets, read once.

Paths are below the desk. What stands outside the desk is the business of `strangers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from fenji import synonyms, yamlio
from fenji.errors import Damaged, Problem
from fenji.repo import objects
from fenji.repo.stream import Held
from fenji.store import layout
from fenji.store.shelf import in_its_state
from fenji.sync.reading import Reader
from fenji.ticket import Ticket

if TYPE_CHECKING:
    from fenji.repo import Repo

_SHELVES = (f"{layout.OPEN}/", f"{layout.ARCHIVE}/")
_HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?id: [^\n]*\nuid: ([0-9A-HJKMNP-TV-Z]{26})\n")
_LOG = b"\nlog:\n"
POLICY, SYNONYMS = "policy.yaml", synonyms.FILE
PLAIN = ("100644", "100755", "100664")


def is_ticket(path: str) -> bool:
    """Whether a file at this path is to be read as a ticket."""
    name = path.rpartition("/")[2]
    return path.startswith(_SHELVES) and name.endswith(".yaml") and not name.startswith(".")


def is_enclosed(path: str) -> bool:
    """Whether a file at this path lies beside a ticket, as an attachment."""
    return path.startswith(f"{layout.FILES}/") and path.count("/") > 2


class Contents:
    """Bytes and tickets of one repository by git's names; each is read once."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self._bytes: dict[str, bytes] = {}
        self._tickets: dict[str, Ticket | tuple[Problem, ...]] = {}
        self._reader = Reader()
        self.made: dict[str, bytes] = {}  # what git does not have yet

    def fetch(self, held: Iterable[Held | None]) -> None:
        """Read these at one go."""
        wanted = {one.blob for one in held if one and one.mode in PLAIN} - self._bytes.keys()
        self._bytes |= objects.blobs(self.repo, sorted(wanted))

    def add(self, ticket: Ticket) -> Held:
        """What git will hold for a ticket that is to be written."""
        made = self.hold(yamlio.dump(ticket, read=self._reader.read_ticket))
        self._tickets[made.blob] = ticket
        return made

    def hold(self, data: bytes) -> Held:
        """What git will hold for these bytes."""
        made = Held(str(self.repo.blob_id(data)))
        self._bytes[made.blob] = data
        self.made |= {made.blob: data}
        return made

    def data(self, held: Held) -> bytes | None:
        """The bytes; None for what is no plain file, or not here."""
        if held.mode not in PLAIN:
            return None
        if held.blob not in self._bytes:
            self.fetch([held])
        return self._bytes.get(held.blob)

    def ticket(self, held: Held | None, path: str) -> Ticket | None:
        """The ticket in these bytes, in the state that its log gives; None where they are none."""
        found = self._read(held, path) if held else ()
        return None if isinstance(found, tuple) else found

    def known(self, held: Held | None, path: str) -> Ticket | None:
        """The ticket in these bytes where they have been fetched; None else."""
        return self.ticket(held, path) if held and held.blob in self._bytes else None

    def problems(self, held: Held, path: str) -> tuple[Problem, ...]:
        """Why these bytes are no ticket."""
        found = self._read(held, path)
        return found if isinstance(found, tuple) else ()

    def _read(self, held: Held, path: str) -> Ticket | tuple[Problem, ...]:
        data = self.data(held)
        if data is None:
            return ()
        if held.blob not in self._tickets:
            try:
                self._tickets[held.blob] = in_its_state(self._reader.read_ticket(data, path))
            except Damaged as damaged:
                self._tickets[held.blob] = damaged.problems
        return self._tickets[held.blob]

    def uid(self, held: Held | None, path: str) -> str:
        """The ticket's identity, looked up at the head of the file where it is written as fenji writes it."""
        data = self.data(held) if held else None
        found = _HEAD.match(data) if data else None
        if found:
            return found[1].decode()
        ticket = self.ticket(held, path)
        return ticket.uid if ticket else ""

    def goes_on(self, before: Held, after: Held) -> bool:
        """Whether the log of one version plainly begins with the whole log of the other; False tells nothing."""
        old, new = self.data(before), self.data(after)
        if old is None or new is None:
            return False
        start, begin = old.find(_LOG), new.find(_LOG)
        if start < 0 or begin < 0 or not new.startswith(old[start:], begin):
            return False
        # A line that is indented would belong to the last event of the old log.
        return new[begin + len(old) - start :][:1] != b" "


@dataclass
class Side:
    """One version of the desk. `known` are the files that are known without looking."""

    repo: Repo
    commit: str | None
    known: dict[str, Held | None] = field(default_factory=dict)
    _folders: dict[str, Mapping[str, Held]] = field(default_factory=dict)

    def entry(self, path: str) -> Held | None:
        """The file at a path; None where there is none."""
        if path in self.known:
            return self.known[path]
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self.look_into([folder])
        return self._folders[folder].get(name)

    def folder(self, path: str) -> dict[str, Held]:
        """The files that stand in a folder, by name."""
        self.look_into([path])
        found = dict(self._folders[path])
        for known, held in self.known.items():
            folder, _, name = known.rpartition("/")
            if folder == path:
                found.pop(name, None)
                found |= {name: held} if held else {}
        return found

    def seen(self) -> Iterator[tuple[str, Held]]:
        """The files that were looked at so far, by path."""
        yield from ((path, held) for path, held in self.known.items() if held)
        for folder, files in self._folders.items():
            here = ((f"{folder}/{name}", held) for name, held in files.items())
            yield from ((path, held) for path, held in here if path not in self.known)

    def look_into(self, folders: Iterable[str]) -> None:
        """Read these folders at one go."""
        missing = {f"{self.repo.prefix}{one}": one for one in folders if one not in self._folders}
        if missing:
            found = objects.folders(self.repo, self.commit, missing)
            self._folders |= {short: found[path] for path, short in missing.items()}


@dataclass(frozen=True)
class Copy:
    """A version of a ticket: where it lies, and what git holds there; read when it is first asked for."""

    path: str
    held: Held
    contents: Contents = field(repr=False, compare=False)

    @property
    def ticket(self) -> Ticket:
        return self.contents.ticket(self.held, self.path) or Ticket({})


Versions = tuple[Held | None, Held | None, Held | None]


@dataclass
class Three:
    """Two versions of a desk and one that both come from, with the paths at which any of them differ.

    `strangers` are the files that are none of the desk's, by their path from the top: as the base, we and they have it.
    """

    base: Side
    ours: Side
    theirs: Side
    paths: tuple[str, ...]
    contents: Contents
    strangers: Mapping[str, Versions] = field(default_factory=dict)

    @cached_property
    def tickets(self) -> tuple[str, ...]:
        return tuple(path for path in self.paths if is_ticket(path))

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.ours, self.theirs


def belongs(path: str) -> bool:
    """Whether a path below the desk is the desk's own: its policy, its synonyms and everything below `tickets/`."""
    return path in (POLICY, SYNONYMS) or path.startswith("tickets/")


def three(contents: Contents, base: str | None, ours: str, theirs: str) -> Three:
    """The desks of two commits and of one that both come from (None: they have nothing in common)."""
    repo = contents.repo
    first: dict[str, Held | None] = {}
    changed: list[dict[str, Held | None]] = []
    for commit in (ours, theirs):
        found = objects.differences(repo, base, commit) if commit != base else []
        first |= {one.path: one.before for one in found}
        changed.append({one.path: one.after for one in found})
    sides = Side(repo, base), Side(repo, ours), Side(repo, theirs)
    strangers: dict[str, Versions] = {}
    for path, before in sorted(first.items()):
        versions = (before, changed[0].get(path, before), changed[1].get(path, before))
        short = path.removeprefix(repo.prefix)
        if path.startswith(repo.prefix) and belongs(short):
            for side, held in zip(sides, versions, strict=True):
                side.known[short] = held
        else:
            strangers[path] = versions
    return Three(*sides, tuple(sides[0].known), contents, strangers)
