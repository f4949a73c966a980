"""Collect the changes of each commit in a history: tickets before and after, and the other files.

A merge is compared with all its parents. A path counts if the result differs from every parent, or from a parent that
had itself changed it since the common base; any other path was taken unchanged from one side. So judging a site that
returns after weeks costs as much as its own changes, not as the changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.judge.lookup import find_tickets
from fenji.judge.paths import POLICY, ticket_number_at
from fenji.model.merge import merge

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.git.commit_object import CommitObject, CommitPerson
    from fenji.git.fast_import import TreeEntry
    from fenji.git.file_diff import FileDiff
    from fenji.judge.contents import BlobContents
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket

CHUNK_SIZE = 256  # commits whose files are read together


class TicketRevision(Struct, frozen=True):
    """One ticket in one commit: its path, the parents' versions (none for a new ticket), and the commit's version.

    `after` is None if the commit no longer has the ticket.
    """

    uid: str
    path: str
    before: tuple[Ticket, ...]
    after: Ticket | None

    @property
    def known_events(self) -> dict[str, Event]:
        """The events that the parents had, by digest."""
        return {event.digest: event for ticket in self.before for event in ticket.log}

    @property
    def new_events(self) -> tuple[Event, ...]:
        """The events that this commit added."""
        known_events = self.known_events
        return tuple(event for event in self.after.log if event.digest not in known_events) if self.after else ()

    @property
    def lost_digests(self) -> frozenset[str]:
        """The digests of events that a parent had and this commit lacks."""
        return frozenset(self.known_events) - {event.digest for event in (self.after.log if self.after else ())}


class JudgingContext(Struct, frozen=True):
    """The data to judge a commit by: the policies, one of which must allow an event, its author, and the hub's time.

    The policies are the one that was in force for the author and the one in force now: nobody is refused for a rule
    that had not reached them, nor for one that has been relaxed since. `hub_policy`, if given, decides which roles had
    ended when the commit `arrived`, even if the author could not know.
    """

    policies: Sequence[Policy]
    author: CommitPerson
    now: datetime
    hub_policy: Policy | None = None
    arrived: datetime | None = None  # None: now
    subject: str = ""  # the subject of the commit


class CommitChanges(Struct, frozen=True):
    """One commit: its changed tickets, and the paths that differ from every parent, compared with the first."""

    commit: CommitObject
    revisions: tuple[TicketRevision, ...]
    differences: Mapping[str, FileDiff]
    policy_blob: str | None  # blob id of policy.yaml, "" if there is none; None if all parents have the same


class _CommitDiff(Struct):
    """A commit with its differences from each parent by path, and each parent's changes since their common base."""

    commit: CommitObject
    parent_diffs: list[dict[str, FileDiff]] = field(default_factory=list)
    base_diffs: list[dict[str, FileDiff]] = field(default_factory=list)

    def paths(self) -> list[str]:
        common = reduce(lambda first, second: first & second, (set(diff) for diff in self.parent_diffs))
        if len(self.parent_diffs) == 1:
            return sorted(common)
        contested = [
            set(diff) & set(base_diff) for diff, base_diff in zip(self.parent_diffs, self.base_diffs, strict=True)
        ]
        return sorted(common.union(*contested))

    def entry_after(self, path: str) -> TreeEntry | None:
        return next(diff[path].after for diff in self.parent_diffs if path in diff)

    def policy_blob(self) -> str | None:
        if not any(POLICY in diff for diff in self.parent_diffs):
            return None
        entry = self.entry_after(POLICY)
        return entry.blob if entry else ""

    def entry_before(self, path: str, parent: int) -> TreeEntry | None:
        """Return a parent's entry at a path that differs from some parent."""
        return self.parent_diffs[parent][path].before if path in self.parent_diffs[parent] else self.entry_after(path)


def collect_changes(
    commits: Sequence[CommitObject],
    contents: BlobContents,
    terms_for: Callable[[CommitObject], Sequence[bytes]] | None = None,
) -> Iterator[CommitChanges]:
    """Yield the changes of each of the commits, in the given order, which must have parents before children.

    With `terms_for`, only tickets that may contain one of the terms it returns for their commit are read; the others
    are left out of `revisions`. It is called for a commit after its parents have been yielded.
    """
    for start in range(0, len(commits), CHUNK_SIZE):
        diffs = _diff_commits(commits[start : start + CHUNK_SIZE], contents)
        if terms_for:
            contents.fetch(entry.blob for _, entry in _ticket_entries(diffs) if entry)
        else:
            contents.parse_tickets(_ticket_entries(diffs))
        for diff in diffs:
            paths = diff.paths()
            numbered = [path for path in paths if ticket_number_at(path)]
            if terms_for:
                terms = terms_for(diff.commit)
                numbered = [path for path in numbered if terms and _mentions_any(diff, path, terms, contents)]
            revisions = _collect_revisions(diff, numbered, contents)
            differences = {path: difference for path in paths if (difference := _difference_from_all(path, diff))}
            yield CommitChanges(diff.commit, tuple(revisions), differences, diff.policy_blob())


def _mentions_any(diff: _CommitDiff, path: str, terms: Sequence[bytes], contents: BlobContents) -> bool:
    """Return whether a ticket may contain one of the terms, before the commit or after it."""
    entries = [diff.entry_after(path), *(diff.entry_before(path, parent) for parent in range(len(diff.parent_diffs)))]
    return any(entry and contents.mentions(entry.blob, terms) for entry in entries)


def _difference_from_all(path: str, diff: _CommitDiff) -> FileDiff | None:
    """Return the difference from the first parent if the path differs from every parent, else None."""
    return diff.parent_diffs[0][path] if all(path in parent_diff for parent_diff in diff.parent_diffs) else None


def _diff_commits(commits: Sequence[CommitObject], contents: BlobContents) -> list[_CommitDiff]:
    history = contents.history
    bases = {commit.sha: history.merge_base(commit.parents) for commit in commits if len(commit.parents) > 1}
    needed = {*(sha for commit in commits for sha in commit.parents), *filter(None, bases.values())}
    trees = {sha: written.tree for sha, written in history.read_commits(sorted(needed)).items()}
    pairs: list[tuple[str | None, str]] = []
    for commit in commits:
        pairs += [(trees[sha], commit.tree) for sha in commit.parents] or [(None, commit.tree)]
        if len(commit.parents) > 1:
            base = bases[commit.sha]
            pairs += [(trees[base] if base else None, trees[sha]) for sha in commit.parents]
    diffs = ({difference.path: difference for difference in differences} for differences in history.diff_trees(pairs))
    commit_diffs = []
    for commit in commits:
        count = len(commit.parents)
        parent_diffs = [next(diffs) for _ in range(max(count, 1))]
        commit_diffs.append(_CommitDiff(commit, parent_diffs, [next(diffs) for _ in range(count)] if count > 1 else []))
    return commit_diffs


def _ticket_entries(diffs: Sequence[_CommitDiff]) -> Iterator[tuple[str, TreeEntry | None]]:
    for diff in diffs:
        for path in filter(ticket_number_at, diff.paths()):
            yield path, diff.entry_after(path)
            yield from ((path, diff.entry_before(path, parent)) for parent in range(len(diff.parent_diffs)))


def _collect_revisions(diff: _CommitDiff, paths: Sequence[str], contents: BlobContents) -> Iterator[TicketRevision]:
    before: dict[str, list[Ticket]] = {}
    path_by_uid: dict[str, str] = {}
    unreadable: set[str] = set()
    after: dict[str, Ticket] = {}
    found_in = [set[str]() for _ in diff.parent_diffs]  # by parent: the uids that it has at one of the paths
    for path in paths:
        parent_tickets = [
            contents.last_readable(diff.entry_before(path, parent), path) for parent in range(len(diff.parent_diffs))
        ]
        for found, ticket in zip(found_in, parent_tickets, strict=True):
            if ticket:
                found.add(ticket.uid)
                before.setdefault(ticket.uid, []).append(ticket)
                path_by_uid.setdefault(ticket.uid, path)
        entry = diff.entry_after(path)
        ticket_after = contents.ticket(entry, path)
        if ticket_after:
            after[ticket_after.uid] = (
                merge(after[ticket_after.uid], ticket_after) if ticket_after.uid in after else ticket_after
            )
            path_by_uid[ticket_after.uid] = path
        elif entry:
            _set_fallback(entry, [ticket for ticket in parent_tickets if ticket], unreadable, contents)
    uids = sorted({*before, *after} - (unreadable - after.keys()))
    numbers = {uid: {ticket.id for ticket in (*before.get(uid, ()), after.get(uid)) if ticket} for uid in uids}
    for parent, found in zip(diff.commit.parents, found_in, strict=False):
        if len(found_in) > 1:  # a parent may have a ticket elsewhere, moved or renumbered by the other side
            missing = {uid: numbers[uid] for uid in uids if uid not in found}
            for uid, copies in find_tickets(contents, parent, missing).items():
                before.setdefault(uid, []).extend(copies)
    moved = find_tickets(contents, diff.commit.sha, {uid: numbers[uid] for uid in uids if uid not in after})
    for uid in uids:
        copies = [after[uid]] if uid in after else moved.get(uid, [])
        current = reduce(merge, copies) if copies else None
        yield TicketRevision(uid, path_by_uid[uid], tuple(before.get(uid, ())), current)


def _set_fallback(
    entry: TreeEntry, parent_tickets: Sequence[Ticket], unreadable: set[str], contents: BlobContents
) -> None:
    """Set the last readable version of a file that a commit made unreadable, to compare later commits with it."""
    unreadable |= {ticket.uid for ticket in parent_tickets}
    if parent_tickets and all(ticket.uid == parent_tickets[0].uid for ticket in parent_tickets):
        contents.set_fallback(entry, reduce(merge, parent_tickets))
