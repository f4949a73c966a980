"""Remake commits without the parts that are held back.

A commit stays as it is, signature included, if nothing is taken out of it and none of its parents was remade. Any other
commit is remade on its remade parents, with the same author, author date and message, and its remaining events byte for
byte (format 3). Remade commits are not signed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.git import objects, refs
from fenji.git.fast_import import PROGRAM, TreeEntry
from fenji.git.objects import CommitAuthor, TreeEdit
from fenji.judge.commits import collect_changes
from fenji.judge.contents import BlobContents
from fenji.judge.lookup import possible_paths
from fenji.judge.paths import attachment_at, ticket_number_at
from fenji.model.annotations import EventKey, HeldAct
from fenji.model.merge import flatten, merge
from fenji.model.workflow import with_replayed_state
from fenji.storage import hand_edits, layout, yaml_codec
from fenji.sync.merge_commit import merge_commits
from fenji.sync.policy_choice import choose_hub_policy

if TYPE_CHECKING:
    from fenji.git.commit_object import CommitObject
    from fenji.judge.commits import CommitChanges, TicketRevision
    from fenji.model.ticket import Event, Ticket, Value
    from fenji.sync.trees import BlobCache

_UNEXPLAINED = Sentence("belongs to a ticket that has an earlier act held")


class HoldPlan(Struct):
    """The parts to take out of commits, each with the reason.

    `events` are single events, by ticket uid and digest; `tickets`, by uid, lose every event that the commits add;
    `commits`, by id, lose every event; `paths` are those of other files. `mended` are the uids of tickets whose fields
    are reset to the log and the version before. `tickets_only` takes out all files but tickets and their attachments.
    """

    events: dict[EventKey, Sentence] = field(default_factory=dict)
    tickets: dict[str, Sentence] = field(default_factory=dict)
    commits: dict[str, Sentence] = field(default_factory=dict)
    paths: dict[str, Sentence] = field(default_factory=dict)
    mended: set[str] = field(default_factory=set)
    tickets_only: bool = False

    def reason_for(self, event: Event, uid: str, commit: str) -> Sentence | None:
        """Return why an event is taken out, or None."""
        return self.events.get((uid, event.digest)) or self.tickets.get(uid) or self.commits.get(commit)

    def leaves_out(self, path: str) -> bool:
        """Return whether a file that is no ticket is taken out, by its own path or by a folder above it."""
        if self.tickets_only and not attachment_at(path):
            return True
        return any(path == left_out or path.startswith(f"{left_out}/") for left_out in self.paths)


class RemadeHistory(Struct, frozen=True):
    """A remade history: the new `head`, the acts that were taken out, and the new commit ids by the old ones.

    `left_out` are the paths of files and folders that were taken out, each with the reason.
    """

    head: str
    held: tuple[HeldAct, ...]
    left_out: Mapping[str, Sentence]
    replaced: Mapping[str, str]


def remake(blobs: BlobCache, commits: Iterable[CommitObject], head: str, plan: HoldPlan) -> RemadeHistory:
    """Remake the commits, parents first, from which `plan` takes something out, and all commits that build on them."""
    remaker = _Remaker(blobs, plan)
    for changes in collect_changes(list(commits), remaker.contents):
        remaker.add(changes)
    new_head = remaker.standing.get(head, head)
    return RemadeHistory(new_head, tuple(remaker.held.values()), dict(plan.paths), remaker.standing)


def reapply(blobs: BlobCache, commit: CommitObject, onto: str, plan: HoldPlan) -> str:
    """Return a commit on `onto` with the changes of one commit that `plan` leaves in; `onto` itself if none is left."""
    remaker = _Remaker(blobs, plan)
    changes = next(iter(collect_changes([commit], remaker.contents)))
    return remaker.apply(changes, onto)


class _Remaker:
    def __init__(self, blobs: BlobCache, plan: HoldPlan) -> None:
        self.blobs, self.plan = blobs, plan
        self.repo = blobs.repo
        self.history = self.repo.past
        self.contents = BlobContents(self.history)
        self.standing: dict[str, str] = {}
        self.held: dict[EventKey, HeldAct] = {}

    def add(self, changes: CommitChanges) -> None:
        """Remake one commit if necessary; its parents must have been added before."""
        commit = changes.commit
        parents = tuple(self.standing.get(parent, parent) for parent in commit.parents)
        for revision in changes.revisions:
            self._collect_held(revision, commit.sha)
        if parents == commit.parents and not self._is_affected(changes):
            self.standing[commit.sha] = commit.sha
        else:
            self.standing[commit.sha] = self.apply(changes, self._join(parents))

    def _collect_held(self, revision: TicketRevision, commit: str) -> None:
        if revision.after is None:
            return
        reasons = [(event, self.plan.reason_for(event, revision.uid, commit)) for event in revision.new_events]
        if not any(revision.before) and any(reason for event, reason in reasons if event.do == "report"):
            reasons = [(event, reason or _UNEXPLAINED) for event, reason in reasons]  # all came with the held report
        held = {digest for uid, digest in self.held if uid == revision.uid}
        held |= {event.digest for event, reason in reasons if reason}
        origins = {digest[:16] for digest in held}
        for event, reason in reasons:
            key = (revision.uid, event.digest)
            if reason and key not in self.held and not _goes_along(event, origins):
                self.held[key] = _describe(revision.after, revision.path, commit, event, reason)
                self.plan.events.setdefault(key, reason)

    def _is_affected(self, changes: CommitChanges) -> bool:
        marked = any(entry != _plain(entry) for entry in (diff.after for diff in changes.differences.values()))
        return (
            marked
            or any(self.plan.leaves_out(path) or self._breaks_mended(path, changes) for path in changes.differences)
            or any(
                revision.uid in self.plan.mended or (revision.after is not None and bool(self._held_in(revision.after)))
                for revision in changes.revisions
            )
        )

    def _breaks_mended(self, path: str, changes: CommitChanges) -> bool:
        """Return whether a commit leaves an unreadable file at the path of a ticket that is to be mended."""
        difference = changes.differences[path]
        if not self.plan.mended or not ticket_number_at(path) or self.contents.ticket(difference.after, path):
            return False
        before = self.contents.last_readable(difference.before, path)
        return before is not None and before.uid in self.plan.mended

    def _join(self, parents: tuple[str, ...]) -> str | None:
        """Return the commit to build on, a merge of the remade parents; the policy of one that the hub has wins."""
        distinct = list(dict.fromkeys(parents))
        tips = [sha for sha in distinct if not any(sha != other and self._contains(other, sha) for other in distinct)]
        unsent = set(self.standing.values())
        ordered = sorted(tips, key=lambda sha: sha not in unsent)  # the policy of the last one wins
        return reduce(self._merge, ordered) if ordered else None

    def _contains(self, later: str, earlier: str) -> bool:
        return refs.contains(self.repo, later, earlier)

    def _merge(self, ours: str, theirs: str) -> str:
        return merge_commits(self.blobs, ours, theirs, choose_policy=choose_hub_policy).commit

    def apply(self, changes: CommitChanges, onto: str | None) -> str:
        """Return a commit on `onto` with the changes that the plan leaves in; `onto` itself if none is left."""
        commit = changes.commit
        written: dict[str, bytes | TreeEntry | None] = {}
        affected: dict[str, Ticket | None] = {}
        for revision in changes.revisions:
            written |= self._apply_revision(revision, onto, affected)
        for path, difference in changes.differences.items():
            if not ticket_number_at(path) and self._keeps_file(path, affected):
                written[path] = _plain(difference.after)
        written = self._without_unchanged(written, onto)
        if onto and not written:
            return onto
        author = CommitAuthor(commit.author.name, commit.author.email, commit.author.at)
        parents, base = ([onto], onto) if onto else ([], self._empty_base(commit, written))
        return objects.write_commit(self.repo, parents, TreeEdit(base, written), message=commit.message, author=author)

    def _empty_base(self, commit: CommitObject, written: dict[str, bytes | TreeEntry | None]) -> str:
        """Return the commit whose files a first commit starts from: its own; remove paths left out from them."""
        for path in self.plan.paths:
            written[path] = None
        return commit.sha

    def _apply_revision(
        self, revision: TicketRevision, onto: str | None, affected: dict[str, Ticket | None]
    ) -> dict[str, bytes | TreeEntry | None]:
        """Return the files to write for one ticket; if it loses events, note in `affected` what is left of it."""
        after = revision.after
        if after is None:
            return {}
        current_path, current = self._find_ticket(revision, onto)
        kept = self._without_held(after, current)
        if kept is not after:
            affected[after.id] = kept
        if kept is None:
            return {}
        merged = with_replayed_state(merge(current, kept) if current else kept)
        path = layout.ticket_path(merged)
        moved = {current_path: None} if current_path and current_path != path else {}
        return {**moved, path: yaml_codec.dump(merged)}

    def _find_ticket(self, revision: TicketRevision, onto: str | None) -> tuple[str, Ticket | None]:
        """Find a revision's ticket in the commit `onto`, under any number that it had; return its path and itself."""
        if onto is None:
            return "", None
        numbers = {ticket.id for ticket in (*revision.before, revision.after) if ticket}
        for path, blob in self.history.blob_ids(onto, possible_paths(revision.uid, sorted(numbers))).items():
            ticket = self.contents.ticket(TreeEntry(blob), path)
            if ticket and ticket.uid == revision.uid:
                return path, ticket
        return "", None

    def _without_held(self, after: Ticket, current: Ticket | None) -> Ticket | None:
        """Return the ticket without its held events; None if its report is one of them."""
        held = self._held_in(after)
        mends = after.uid in self.plan.mended
        if not held and not mends:
            return after
        first = next((event for event in after.log if event.do == "report"), None)
        if current is None and (first is None or first.digest in held):
            self.plan.tickets.setdefault(after.uid, _UNEXPLAINED)
            return None
        kept = _take_out(after, held, current) if held else after
        return _follow_log(kept, current) if mends else kept

    def _held_in(self, ticket: Ticket) -> set[str]:
        """Return the digests of the held events in a ticket's log."""
        return {event.digest for event in ticket.log if (ticket.uid, event.digest) in self.plan.events}

    def _keeps_file(self, path: str, affected: Mapping[str, Ticket | None]) -> bool:
        if self.plan.leaves_out(path):
            return False
        attachment = attachment_at(path)
        if not attachment or attachment[0] not in affected:
            return True
        ticket = affected[attachment[0]]
        return ticket is not None and ticket.look_up(f"files.{attachment[1]}") is not None

    def _without_unchanged(
        self, written: Mapping[str, bytes | TreeEntry | None], onto: str | None
    ) -> dict[str, bytes | TreeEntry | None]:
        present = self.history.blob_ids(onto, written) if onto else {}
        return {path: value for path, value in written.items() if self._blob_of(value) != present.get(path)}

    def _blob_of(self, value: bytes | TreeEntry | None) -> str | None:
        return value.blob if isinstance(value, TreeEntry) else self.repo.blob_id(value)


def _plain(entry: TreeEntry | None) -> TreeEntry | None:
    """Return the entry of a file without the executable mark, which no hub accepts."""
    return TreeEntry(entry.blob) if entry and entry.mode == PROGRAM else entry


def _describe(ticket: Ticket, path: str, commit: str, event: Event, reason: Sentence) -> HeldAct:
    return HeldAct(
        digest=event.digest,
        uid=ticket.uid,
        id=ticket.id,
        title=ticket.title,
        path=path,
        commit=commit,
        n=event.n,
        at=event.at,
        by=event.by,
        do=event.do,
        reason=reason,
    )


def _goes_along(event: Event, origins: Collection[str]) -> bool:
    """Return whether an event keeps a value that one of these events superseded, given the digests' first 16 digits."""
    return event.do == "superseded" and str(event.body.get("of")) in origins


def _take_out(after: Ticket, held: set[str], current: Ticket | None) -> Ticket:
    """Return a ticket without the `held` events, with the values that its fields would have without them."""
    events = [event for event in after.log if event.digest in held]
    origins = {event.digest[:16] for event in events}
    log = tuple(event for event in after.log if event.digest not in held and not _goes_along(event, origins))
    fields = {**dict(flatten(after)), **(dict(flatten(current)) if current else {})}
    lost = [name for name in fields if _latest_touch(after, name) in held]
    values: dict[str, Value] = {name: current.look_up(name) if current else None for name in lost}
    for event in log:
        values |= {name: value for name, value in event.set.items() if name in values}
    if any(event.do in ("confirm", "excuse", "reopen") for event in events):
        values["sla"] = current.get("sla") if current else None
    return replace(after.with_fields(values), log=log)


def _latest_touch(ticket: Ticket, name: str) -> str:
    touching = (event for event in ticket.log if event.do != "superseded" and event.touches(name))
    latest = max(touching, key=lambda event: event.sort_key, default=None)
    return latest.digest if latest else ""


def _follow_log(ticket: Ticket, current: Ticket | None) -> Ticket:
    """Return the ticket with the values of the version before in all fields whose changes no event explains."""
    body = hand_edits.explain_hand_edit(ticket, current)
    names = [str(name) for part in body.values() if isinstance(part, Iterable) for name in part]
    reverted = hand_edits.revert_paths(ticket, names, current) if names else ticket
    identity = {key: current.get(key) for key in ("id", "formerly", "sla")} if current else {}
    return reverted.with_fields(identity)
