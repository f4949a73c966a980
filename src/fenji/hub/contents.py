"""Tickets and policies by git's names of their bytes, each read once. Knows no commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji import policy as policies
from fenji import yamlio
from fenji.errors import Damaged, Problem, Sentence
from fenji.hub.places import POLICY

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.repo.history import History
    from fenji.repo.stream import Held
    from fenji.ticket import Ticket

Problems = tuple[Problem, ...]


class Contents:
    """What the blobs of one repository hold."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._data: dict[str, bytes] = {}  # of files that are not read as tickets yet
        self._tickets: dict[str, Ticket | Problems] = {}
        self._stand_ins: dict[str, Ticket] = {}
        self._policies: dict[str, Policy | Problems] = {}
        self._sizes: dict[str, int] = {}

    def size(self, blob: str) -> int | None:
        """The bytes of a blob; None for what is none."""
        return self.sizes([blob]).get(blob)

    def sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """The bytes of each blob, all asked for at once."""
        wanted = set(blobs)
        missing = sorted(wanted - self._sizes.keys())
        if missing:
            self._sizes |= self.history.sizes(missing)
        return {one: self._sizes[one] for one in wanted if one in self._sizes}

    def fetch(self, blobs: Iterable[str]) -> None:
        """Have the bytes of tickets at hand, all asked for at once."""
        wanted = {one for one in blobs if one not in self._tickets and one not in self._data}
        if wanted:
            sizes = self.sizes(wanted)
            small = [blob for blob in wanted if sizes.get(blob, yamlio.LARGEST + 1) <= yamlio.LARGEST]
            self._data |= self.history.blobs(small)

    def mentions(self, blob: str, words: Iterable[bytes]) -> bool:
        """Whether a fetched ticket may hold one of these words; a backslash may spell any."""
        data = self._data.get(blob)
        return data is None or b"\\" in data or any(word in data for word in words)

    def read(self, held: Iterable[tuple[str, Held | None]]) -> None:
        """Read the tickets at these paths, all at once."""
        wanted = {one.blob: path for path, one in held if one and one.blob not in self._tickets}
        self.fetch(wanted)
        for blob, path in wanted.items():
            data = self._data.pop(blob, None)
            self._tickets[blob] = (_no_ticket(path),) if data is None else _ticket(data, path)

    def ticket(self, held: Held | None, path: str) -> Ticket | None:
        """The ticket in a file; None where it cannot be read as one."""
        if held is None:
            return None
        self.read([(path, held)])
        found = self._tickets[held.blob]
        return None if isinstance(found, tuple) else found

    def problems(self, held: Held, path: str) -> Problems:
        """Why a file cannot be read as a ticket."""
        self.read([(path, held)])
        found = self._tickets[held.blob]
        return found if isinstance(found, tuple) else ()

    def last(self, held: Held | None, path: str) -> Ticket | None:
        """The ticket in a file, or, where it cannot be read, the last one that lay there and could be."""
        if held is None:
            return None
        return self.ticket(held, path) or self._stand_ins.get(held.blob)

    def stand_in(self, held: Held, ticket: Ticket) -> None:
        """Have an unreadable file stand for the last version that could be read."""
        self._stand_ins.setdefault(held.blob, ticket)

    def forget(self) -> None:
        """Let go of the tickets read so far."""
        self._tickets.clear()
        self._data.clear()

    def policy(self, blob: str) -> Policy | Problems:
        """The policy in a blob, or what is wrong with it."""
        if blob not in self._policies:
            small = (self.size(blob) or 0) <= yamlio.LARGEST
            data = self.history.blobs([blob]).get(blob) if small else None
            too_large = Problem(POLICY, 0, 0, "", Sentence("cannot be read as a policy"))
            self._policies[blob] = (too_large,) if data is None else _policy(data)
        return self._policies[blob]


def _ticket(data: bytes, path: str) -> Ticket | Problems:
    try:
        return yamlio.read_ticket(data, path)
    except Damaged as damaged:
        return damaged.problems


def _no_ticket(path: str) -> Problem:
    return Problem(path, 0, 0, "", Sentence("cannot be read as a ticket"))


def _policy(data: bytes) -> Policy | Problems:
    try:
        found, faults = policies.read(yamlio.load(data, POLICY))
    except Damaged as damaged:
        return damaged.problems
    return found if found and not faults else yamlio.problems(data, POLICY, faults)
