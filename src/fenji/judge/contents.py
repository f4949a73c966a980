"""Read tickets and policies by blob id, each only once, and find the commit with which a desk was founded.

The history up to the founding is accepted as it is; later commits are judged (format 3). A hub has a ref to the commit
of its first push, which a sync fetches; so a desk also knows whether its remote judges. Without that ref, the founding
is the first commit with a readable policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import Damaged, Problem, Sentence
from fenji.git.remotes import FOUNDING_REF, JUDGING_REF
from fenji.judge.paths import POLICY
from fenji.model import policy as policies
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.git.fast_import import TreeEntry
    from fenji.git.history import History
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket

Problems = tuple[Problem, ...]


class BlobContents:
    """The tickets and policies in the blobs of one repository."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._data: dict[str, bytes] = {}  # bytes of files that are not parsed yet
        self._tickets: dict[str, Ticket | Problems] = {}
        self._fallbacks: dict[str, Ticket] = {}
        self._policies: dict[str, Policy | Problems] = {}
        self._sizes: dict[str, int] = {}

    def size(self, blob: str) -> int | None:
        """Return the size of a blob in bytes; None if it is no blob."""
        return self.sizes([blob]).get(blob)

    def sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """Return the size of each blob in bytes, with one command."""
        wanted = set(blobs)
        missing = sorted(wanted - self._sizes.keys())
        if missing:
            self._sizes |= self.history.blob_sizes(missing)
        return {blob: self._sizes[blob] for blob in wanted if blob in self._sizes}

    def fetch(self, blobs: Iterable[str]) -> None:
        """Read the bytes of tickets with one command, without parsing them."""
        wanted = {blob for blob in blobs if blob not in self._tickets and blob not in self._data}
        if wanted:
            sizes = self.sizes(wanted)
            small = [blob for blob in wanted if sizes.get(blob, files.MAX_BYTES + 1) <= files.MAX_BYTES]
            self._data |= self.history.blobs(small)

    def mentions(self, blob: str, terms: Iterable[bytes]) -> bool:
        """Return whether a fetched ticket may contain one of these terms; with a backslash escape it may spell any."""
        data = self._data.get(blob)
        return data is None or b"\\" in data or any(term in data for term in terms)

    def parse_tickets(self, entries: Iterable[tuple[str, TreeEntry | None]]) -> None:
        """Read and parse the tickets at these paths, all at once."""
        wanted = {entry.blob: path for path, entry in entries if entry and entry.blob not in self._tickets}
        self.fetch(wanted)
        for blob, path in wanted.items():
            data = self._data.pop(blob, None)
            self._tickets[blob] = (_unreadable_problem(path),) if data is None else _parse_ticket(data, path)

    def ticket(self, entry: TreeEntry | None, path: str) -> Ticket | None:
        """Return the ticket in a file; None if it cannot be read as one."""
        if entry is None:
            return None
        self.parse_tickets([(path, entry)])
        parsed = self._tickets[entry.blob]
        return None if isinstance(parsed, tuple) else parsed

    def problems(self, entry: TreeEntry, path: str) -> Problems:
        """Return why a file cannot be read as a ticket."""
        self.parse_tickets([(path, entry)])
        parsed = self._tickets[entry.blob]
        return parsed if isinstance(parsed, tuple) else ()

    def last_readable(self, entry: TreeEntry | None, path: str) -> Ticket | None:
        """Return the ticket in a file or, if it cannot be read, the last readable one at its path."""
        if entry is None:
            return None
        return self.ticket(entry, path) or self._fallbacks.get(entry.blob)

    def set_fallback(self, entry: TreeEntry, ticket: Ticket) -> None:
        """Set the last readable version to use for an unreadable file."""
        self._fallbacks.setdefault(entry.blob, ticket)

    def clear(self) -> None:
        """Drop the tickets that were read so far from memory."""
        self._tickets.clear()
        self._data.clear()

    def policy(self, blob: str) -> Policy | Problems:
        """Return the policy in a blob, or its problems."""
        if blob not in self._policies:
            small = (self.size(blob) or 0) <= files.MAX_BYTES
            data = self.history.blobs([blob]).get(blob) if small else None
            too_large = Problem(POLICY, 0, 0, "", Sentence("cannot be read as a policy"))
            self._policies[blob] = (too_large,) if data is None else _parse_policy(data)
        return self._policies[blob]


def _parse_ticket(data: bytes, path: str) -> Ticket | Problems:
    try:
        return yaml_codec.read_ticket(data, path)
    except Damaged as damaged:
        return damaged.problems


def _unreadable_problem(path: str) -> Problem:
    return Problem(path, 0, 0, "", Sentence("cannot be read as a ticket"))


def _parse_policy(data: bytes) -> Policy | Problems:
    try:
        policy, faults = policies.parse_policy(yaml_codec.load(data, POLICY))
    except Damaged as damaged:
        return damaged.problems
    return policy if policy and not faults else yaml_codec.locate_faults(data, POLICY, faults)


def find_founding(contents: BlobContents, head: str) -> str | None:
    """Return the commit with which the history of `head` was founded, or None if it has no readable policy."""
    history = contents.history
    for ref in (JUDGING_REF, FOUNDING_REF):
        named = history.resolve(ref)
        if named and history.contains(head, named):
            return named
    for sha in history.commits_touching(POLICY, head):
        blob = history.blob_ids(sha, [POLICY]).get(POLICY, "")
        if blob and not isinstance(contents.policy(blob), tuple):
            return sha
    return None


def record_founding(history: History, branch: str) -> None:
    """Set the ref to the commit of a hub's first push, unless it is set. Never fails: the next push tries again."""
    if history.resolve(FOUNDING_REF):
        return
    founded = history.first_commit_of_ref(branch) or history.resolve(branch)
    if founded:
        history.name_commit(FOUNDING_REF, founded)
