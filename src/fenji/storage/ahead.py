"""Parse, explain and merge many tickets before they are needed, on two cores if there are two.

Each part of the work is a pure function of bytes, so it does not matter which process does it. The results are kept in
a `TicketMemory` for whoever needs a ticket; a result that is missing there is computed when it is needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from enum import Enum
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.errors import Damaged, Problem, Refused
from fenji.model import attachment_names
from fenji.model.merge import merge
from fenji.model.ticket import Ticket
from fenji.model.workflow import with_replayed_state
from fenji.storage import hand_edits, helper_process, yaml_codec
from fenji.storage.blob_parser import TicketParser
from fenji.storage.helper_process import HelperProcess, usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_TICKETS = 200  # the number from which a second process pays off
_MIN_BATCH, _MAX_BATCH = 4, 40  # tickets
_HELPER_PROGRAM = "from fenji.storage.ahead import serve; serve()"
ParsedTicket = Ticket | tuple[Problem, ...]  # the problems, if it cannot be read
BlobPair = tuple[str, str]  # the ids of two versions


class VersionTask(Enum):
    """What to do with versions of a ticket: only parse them, or also explain or merge two of them."""

    PARSE = "parse"
    EXPLAIN = "explain"  # find out whether events explain how the second differs from the first
    MERGE = "merge"


class TicketVersions(Struct, frozen=True):
    """Versions of one ticket to parse, as pairs of blob id and bytes, and what to do with them."""

    path: str
    contents: tuple[tuple[str, bytes], ...]
    task: VersionTask = VersionTask.PARSE

    @property
    def pair(self) -> BlobPair:
        """The ids of the two versions."""
        return self.contents[0][0], self.contents[1][0]


class TicketMemory(Struct):
    """Tickets by the id of their blob, and merged ones with their bytes by the ids of both versions.

    `explained` has pairs of versions, the earlier one first, whose differences are all explained by events.
    """

    tickets: dict[str, ParsedTicket] = field(default_factory=dict)
    merged: dict[BlobPair, tuple[Ticket, bytes]] = field(default_factory=dict)
    explained: set[BlobPair] = field(default_factory=set)
    parser: TicketParser = field(default_factory=TicketParser)

    def parse(self, blob: str, data: bytes, path: str) -> ParsedTicket:
        """Return the ticket in a blob, in the state that its log gives, or its problems; parse each blob only once."""
        if blob not in self.tickets:
            try:
                self.tickets[blob] = with_replayed_state(self.parser.parse_ticket(data, path))
            except Damaged as damaged:
                self.tickets[blob] = damaged.problems
        return self.tickets[blob]

    def dump(self, ticket: Ticket) -> bytes:
        """Return the bytes of a ticket. Raises Refused for one that is too large."""
        return yaml_codec.dump(ticket, parse=self.parser.parse_ticket)

    def prepare(self, batch: Iterable[TicketVersions]) -> None:
        """Parse, explain and merge these versions, except for merges that need a common ancestor."""
        for versions in batch:
            parsed = [self.parse(blob, data, versions.path) for blob, data in versions.contents]
            if versions.task is VersionTask.MERGE:
                self._merge(versions.pair, parsed)
            elif versions.task is VersionTask.EXPLAIN:
                self._explain(versions, parsed)

    def _explain(self, versions: TicketVersions, parsed: Sequence[ParsedTicket]) -> None:
        before, after = parsed
        if isinstance(before, tuple) or isinstance(after, tuple) or before.uid != after.uid:
            return
        if hand_edits.is_explained(after, versions.contents[1][1], before):
            self.explained.add(versions.pair)

    def _merge(self, pair: BlobPair, parsed: Sequence[ParsedTicket]) -> None:
        ours, theirs = parsed
        if isinstance(ours, tuple) or isinstance(theirs, tuple) or ours.uid != theirs.uid:
            return
        try:
            ticket = merge_versions(ours, theirs, _refuse_ancestor)
            self.merged[pair] = ticket, self.dump(ticket)
        except (_AncestorNeededError, Refused):  # rare: done when it is needed
            return

    def answer(self, batch: Sequence[TicketVersions]) -> TicketMemory:
        """Prepare these versions, and return the new results; of two that events explain, only the later ticket."""
        tickets, merged, explained = set(self.tickets), set(self.merged), set(self.explained)
        self.prepare(batch)
        known = tickets | {before for before, _ in self.explained - explained}
        return TicketMemory(
            {blob: self.tickets[blob] for blob in self.tickets.keys() - known},
            {pair: self.merged[pair] for pair in self.merged.keys() - merged},
            self.explained - explained,
        )

    def add(self, other: TicketMemory) -> None:
        """Add the contents of another memory."""
        self.tickets |= other.tickets
        self.merged |= other.merged
        self.explained |= other.explained


class _AncestorNeededError(Exception):
    """Raised where two versions cannot be merged without their common ancestor."""


def _refuse_ancestor() -> Ticket | None:
    raise _AncestorNeededError


def merge_versions(ours: Ticket, theirs: Ticket, base: Callable[[], Ticket | None]) -> Ticket:
    """Merge two versions of one ticket; attachments with one name and different contents get different names."""
    return merge(*attachment_names.resolve_collisions(ours, theirs, base))


class SecondCore:
    """Prepares tickets in this process and in a second one, which starts with the first work that is large enough."""

    def __init__(self) -> None:
        self._cleanup = ExitStack()
        self._helper: HelperProcess | None = None
        self._seen: set[str] = set()  # paths of tickets that the other process has parsed

    def __enter__(self) -> SecondCore:
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()
        self._helper = None

    def expect(self, count: int) -> None:
        """Start the other process if `count` tickets are worth it, so that it is ready once they have been read."""
        if self._helper is None and count >= MIN_TICKETS and usable_cores() > 1:
            self._helper = self._cleanup.enter_context(HelperProcess(_HELPER_PROGRAM))

    def prepare(self, memory: TicketMemory, work: Iterable[TicketVersions]) -> None:
        """Prepare versions in `memory` if there are many; what is left or fails is done when it is needed."""
        listed = list(work)
        self.expect(len(listed))
        if self._helper is None or len(listed) < MIN_TICKETS:
            return
        # The other process takes from the left, where the tickets that it has seen before are; this one from the right.
        listed.sort(key=lambda versions: versions.path not in self._seen)
        batches = _split(listed)
        pending = deque(enumerate(batches))
        while pending or self._helper.is_busy:
            while pending and self._helper.has_room:
                self._helper.assign(*pending.popleft())
            if pending:
                memory.prepare(pending.pop()[1])
            for number, answer in self._helper.collect(wait=not pending).items():
                memory.add(answer)
                self._seen.update(versions.path for versions in batches[number])
            pending.extendleft(reversed(self._helper.take_back()))


def _split(listed: Sequence[TicketVersions]) -> list[Sequence[TicketVersions]]:
    """Return batches that get smaller towards the middle, so that both processes are done at about the same time."""
    middle = len(listed) // 2
    sizes: list[int] = []
    while (left := middle - sum(sizes)) > 0:
        sizes.append(min(left, max(_MIN_BATCH, min(_MAX_BATCH, left // 4))))
    ends = list(accumulate([*sizes, len(listed) - 2 * middle, *reversed(sizes)]))
    return [listed[start:end] for start, end in pairwise([0, *ends]) if start < end]


def serve() -> None:
    """Run the other process: prepare the versions that arrive."""
    helper_process.serve(TicketMemory().answer)
