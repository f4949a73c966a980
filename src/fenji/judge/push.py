"""Judge a push: every commit, and the files that it leaves on the branch.

The hub judges pushes with this, and a desk the commits that it is about to send or that bypassed the hub, so that both
come to the same verdict. The cost depends on the commits, their changes, and the differing paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial, reduce
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Damaged, Problem, Sentence, name_some
from fenji.judge import events as event_rules
from fenji.judge import imported, protected, signatures
from fenji.judge import paths as desk_paths
from fenji.judge import tree as judge_tree
from fenji.judge.attachments import PushedTree
from fenji.judge.commits import CHUNK_SIZE, CommitChanges, JudgingContext, TicketRevision, collect_changes
from fenji.judge.contents import BlobContents
from fenji.judge.identities import UidIndex
from fenji.judge.lookup import find_tickets
from fenji.judge.policy_line import Arrival, PolicyLine
from fenji.judge.refusals import Refusal, refusal_from_problem
from fenji.model.merge import merge, original_number
from fenji.model.workflow.checks import MAX_CLOCK_SKEW
from fenji.storage import issued_figures, owned_files, synonyms_file

if TYPE_CHECKING:
    from fenji.git.commit_object import CommitObject
    from fenji.git.file_diff import FileDiff
    from fenji.git.history import History
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket


@dataclass(frozen=True)
class _PendingRefusal:
    """A fault in one commit, and a test whether it still applies to the ticket as the push leaves it."""

    refusal: Refusal
    revision: TicketRevision
    still_applies: Callable[[Ticket | None], bool] = field(repr=False)


class PushCheck:
    """The check of the commits to add to a branch: `new` and all before it that `old`, the branch's commit, lacks.

    `settled` are further commits whose history is not judged again, as the hub has it already.
    """

    def __init__(
        self, history: History, old: str | None, new: str, arrival: Arrival, *, settled: Sequence[str] = ()
    ) -> None:
        self.history, self.old, self.new, self.now, self.settled = history, old, new, arrival.now, settled
        self.contents = BlobContents(history)
        self.policy_line = PolicyLine(self.contents, old, arrival)
        self.is_first_push = old is None
        self.uid_index = UidIndex(history, old)
        self._refused_attachments: set[str] = set()  # paths for which no further refusals are made

    @property
    def language(self) -> str:
        policy = self.policy_line.hub.policy or self.policy_line.policy_at_end(self.new).policy
        return policy.language if policy else ""

    def find_refusals(self, progress: Callable[[int, int], None] | None = None) -> Iterator[Refusal]:
        """Yield everything that is wrong with the push; if git would not have written some objects, only that.

        `progress` is called with the number of commits judged so far, and the total.
        """
        odd_objects = self.history.find_odd_objects(self.new, self.old, *(self.settled if self.old else ()))
        if odd_objects:
            yield from (Refusal(odd.sha[:10], odd.reason, odd.sha) for odd in odd_objects)
            return
        trees = {
            sha: commit.tree for sha, commit in self.history.read_commits(filter(None, (self.old, self.new))).items()
        }
        found_differences = self.history.diff_trees([(trees.get(self.old or ""), trees[self.new])])[0]
        differences = {difference.path: difference for difference in found_differences}
        if self.is_first_push:
            yield from self._check_first_push(differences)
        else:
            commits = self.history.commits_since(self.new, self.old, *self.settled)
            yield from self._check_commits(commits, differences, progress)
        policy = self.policy_line.policy_at_end(self.new).policy
        judged = {path: diff for path, diff in differences.items() if path not in self._refused_attachments}
        pushed_tree = PushedTree(
            self.new, judged, self.contents, self.uid_index, policy, self.now, is_first_push=self.is_first_push
        )
        yield from judge_tree.check_tree(pushed_tree)
        yield from self._check_twins(differences)
        yield from self._check_synonyms(differences)
        yield from self._check_owned_files(differences)
        yield from self._check_issued_figures(differences)

    # --- the first push -------------------------------------------------------------------------------------------

    def _check_first_push(self, differences: dict[str, FileDiff]) -> Iterator[Refusal]:
        """Check a first push, which founds the hub: its history is accepted as it is."""
        entry = differences[desk_paths.POLICY].after if desk_paths.POLICY in differences else None
        self.policy_line.begin_with(self.new, entry.blob if entry else "")
        yield from self.policy_line.check_final_policy(self.new)
        yield from self._check_paths(differences.values())

    # --- every other push ------------------------------------------------------------------------------------------

    def _check_commits(
        self,
        commits: Sequence[CommitObject],
        differences: dict[str, FileDiff],
        progress: Callable[[int, int], None] | None,
    ) -> Iterator[Refusal]:
        """Check commit by commit; tickets refused under their own policy are judged again when the newest is known."""
        suspects: list[tuple[TicketRevision, CommitObject, Sequence[Policy]]] = []
        of_protected_files: list[CommitChanges] = []
        for done, changes in enumerate(collect_changes(commits, self.contents), 1):
            self.policy_line.advance(changes)
            yield from self._check_dates(changes.commit)
            yield from self._check_paths(changes.differences.values(), changes.commit.sha)
            keys = self.policy_line.signing_policy(changes.commit)
            yield from signatures.check_signatures(self.history, changes, keys) if keys and keys.require_signed else ()
            known = self.policy_line.policies_for(changes.commit)
            context = self._context(known, changes.commit)
            suspects += [
                (revision, changes.commit, known)
                for revision in (self._against_hub(revision, changes.commit) for revision in changes.revisions)
                if not known or any(self._collect_charges(revision, context, changes.commit.sha))
            ]
            if any(desk_paths.is_guarded(path) for path in changes.differences):
                of_protected_files.append(replace(changes, revisions=()))
            if not done % CHUNK_SIZE:
                self.contents.clear()
            if progress:
                progress(done, len(commits))
        yield from self.policy_line.check_final_policy(self.new)
        yield from protected.check_files(of_protected_files, differences, self.policy_line, self.contents)
        yield from protected.check_issued(of_protected_files, differences, self.policy_line)
        yield from protected.check_mappings(of_protected_files, differences, self.policy_line)
        yield from self._unresolved([charge for suspect in suspects for charge in self._judge_again(*suspect)])

    def _against_hub(self, revision: TicketRevision, commit: CommitObject) -> TicketRevision:
        """Return the revision, compared with the hub's version if the ticket is missing in the parents but not there.

        So nobody can make a ticket new by removing it in one commit and adding it again in another.
        """
        number = "" if revision.before or self.old is None else self.uid_index.find_number(revision.uid)
        if not number or self.old is None or not self.history.contains(commit.sha, self.old):
            return revision
        copies = find_tickets(self.contents, self.old, {revision.uid: [number]}).get(revision.uid, ())
        return replace(revision, before=tuple(copies))

    def _judge_again(
        self, revision: TicketRevision, commit: CommitObject, known: Sequence[Policy]
    ) -> Iterator[_PendingRefusal]:
        newest = self.policy_line.policy_at_end(self.new).policy
        yield from self._collect_charges(revision, self._context([*known, newest], commit), commit.sha)

    def _context(self, policies: Sequence[Policy | None], commit: CommitObject) -> JudgingContext:
        known = list({id(policy): policy for policy in policies if policy}.values())
        arrived = self.policy_line.arrival.of(commit)
        return JudgingContext(known, commit.author, self.now, self.policy_line.hub.policy, arrived, commit.message)

    def _check_dates(self, commit: CommitObject) -> Iterator[Refusal]:
        """Refuse a commit dated in the future: merges on top of it would be dated in the future, too."""
        at = max(commit.author.at, commit.committer.at)
        if at > self.now + MAX_CLOCK_SKEW:
            message = Sentence("this commit is dated {at}, in the future", {"at": at.isoformat()})
            yield Refusal(commit.sha[:10], message, commit.sha)

    def _check_paths(self, differences: Iterable[FileDiff], commit: str = "") -> Iterator[Refusal]:
        entries = [
            (difference.path, difference.after)
            for difference in differences
            if difference.after and difference.after != difference.before
        ]
        sizes = self.contents.sizes(entry.blob for _, entry in entries)
        for path, entry in entries:
            fault = desk_paths.find_path_fault(path, entry, sizes.get(entry.blob))
            if fault:
                self._refused_attachments |= {path} if desk_paths.attachment_at(path) else set()
                yield Refusal(path, fault, commit, path=path)

    def _check_twins(self, differences: dict[str, FileDiff]) -> Iterator[Refusal]:
        """Refuse a new name that is equal to another file's on some disks, where one of the two would be lost."""
        added = [path for path, difference in differences.items() if not difference.before]
        folders = {path: desk_paths.find_siblings_folder(path) for path in added}
        wanted = {folder for folder in folders.values() if folder is not None}
        paths = [*differences] if self.is_first_push else self.history.list_names(self.new, sorted(wanted))
        names: dict[tuple[str, str], set[str]] = {}
        for folder, _, name in (path.rpartition("/") for path in paths):
            names.setdefault((folder, desk_paths.fold_name(name)), set()).add(name)
        for path in added:
            folder, _, name = path.rpartition("/")
            twins = names.get((folder, desk_paths.fold_name(name)), set()) - {name}
            if folders[path] is not None and twins:
                template = (
                    "differs from {other} only in case: some disks can hold only one of them; give it another name"
                )
                yield Refusal(path, Sentence(template, {"other": min(twins)}), path=path)

    def _collect_charges(
        self, revision: TicketRevision, context: JudgingContext, commit: str
    ) -> Iterator[_PendingRefusal]:
        """Yield the faults of one ticket in one commit."""
        uid = revision.uid
        lost_digests = revision.lost_digests
        if lost_digests:
            number = (revision.after or revision.before[0]).id
            template = "events of its log were removed or changed: {events}"
            values = {"events": _describe_events(revision, lost_digests)}
            removal = Refusal(number, Sentence(template, values), commit, uid)
            yield _PendingRefusal(
                removal,
                revision,
                lambda final_ticket: (
                    final_ticket is None or not lost_digests <= {logged.digest for logged in final_ticket.log}
                ),
            )
        if unstated := event_rules.find_unstated_fields(revision, context):
            message = Sentence(
                "its report does not give {fields}, as a new ticket's report must", {"fields": tuple(unstated)}
            )
            number = revision.after.id if revision.after else ""
            yield _PendingRefusal(Refusal(number, message, commit, uid), revision, lambda _: True)
        for refusal, event in event_rules.check_events(revision, context):
            located = replace(refusal, commit=commit, uid=uid, events=(event.digest,))
            yield _PendingRefusal(located, revision, self._applies_while(revision, event))
        yield from self._collect_source_charges(revision, context, commit)
        sla = revision.after.get("sla") if revision.after else None
        deciding = tuple(event.digest for event in revision.new_events if event.do in event_rules.DECIDING_ACTIONS)
        for refusal in event_rules.check_verdict(revision, context.policies):
            located = replace(refusal, commit=commit, uid=uid, events=deciding)
            yield _PendingRefusal(
                located, revision, lambda final_ticket: final_ticket is None or final_ticket.get("sla") == sla
            )

    def _collect_source_charges(
        self, revision: TicketRevision, context: JudgingContext, commit: str
    ) -> Iterator[_PendingRefusal]:
        """Yield refusals of the origin and the number that a commit gives a ticket.

        A fault is forgiven if the push leaves the value as the hub has it, or as another commit made it.
        """
        after = revision.after
        read: tuple[tuple[Sentence | None, Callable[[Ticket], object]], ...] = (
            (imported.find_origin_fault(revision, context), lambda ticket: ticket.get("origin")),
            (imported.find_number_fault(revision), lambda ticket: original_number(ticket.id)),
        )
        for reason, value_of in read if after else ():
            if after and reason:
                hub_ticket = self._load_ticket(self.old, revision) if self.old else None
                kept = value_of(hub_ticket) if hub_ticket else None
                applies = partial(_still_has, value_of, value_of(after), kept)
                yield _PendingRefusal(Refusal(after.id, reason, commit, revision.uid), revision, applies)

    def _applies_while(self, revision: TicketRevision, event: Event) -> Callable[[Ticket | None], bool]:
        """Return the test for a refused event: always true, unless it is an edit of locked fields, which can be undone.

        Such an edit does not count and is shown as such; it is forgiven when the fields have the hub's values again.
        """
        barred = event_rules.find_barred_fields(revision, event)
        hub_ticket = self._load_ticket(self.old, revision) if barred and self.old else None
        return lambda final_ticket: (
            not barred
            or hub_ticket is None
            or final_ticket is None
            or any(final_ticket.look_up(name) != hub_ticket.look_up(name) for name in barred)
        )

    def _unresolved(self, pending: Sequence[_PendingRefusal]) -> Iterator[Refusal]:
        """Yield the refusals that still apply at the end of the push: faults mended by a later commit are forgiven."""
        for charge in pending:
            final_ticket = self._load_ticket(self.new, charge.revision)
            if charge.still_applies(final_ticket):
                deleted = not (final_ticket or charge.revision.after)
                yield judge_tree.refuse_deletion(charge.revision.before[0]) if deleted else charge.refusal

    def _load_ticket(self, commit: str, revision: TicketRevision) -> Ticket | None:
        """Return a commit's version of a ticket, under any number that it had in the revision, or None."""
        numbers = {ticket.id for ticket in (*revision.before, revision.after) if ticket}
        copies = find_tickets(self.contents, commit, {revision.uid: numbers}).get(revision.uid, ())
        return reduce(merge, copies) if copies else None

    def _check_synonyms(self, differences: dict[str, FileDiff]) -> Iterator[Refusal]:
        difference = differences.get(desk_paths.SYNONYMS)
        if difference and difference.after:
            try:
                synonyms_file.parse(self.history.blobs([difference.after.blob]).get(difference.after.blob, b""))
            except Damaged as damaged:
                for problem in damaged.problems:
                    yield replace(refusal_from_problem(problem), path=desk_paths.SYNONYMS)

    def _check_owned_files(self, differences: dict[str, FileDiff]) -> Iterator[Refusal]:
        for path in owned_files.READERS:
            difference = differences.get(path)
            if difference and difference.after:
                data = self.history.blobs([difference.after.blob]).get(difference.after.blob, b"")
                for problem in owned_files.find_problems(path, data):
                    yield replace(refusal_from_problem(problem), path=path)

    def _check_issued_figures(self, differences: dict[str, FileDiff]) -> Iterator[Refusal]:
        """Refuse unreadable issued figures, since issued files stay for good."""
        added = {path: difference.after.blob for path, difference in differences.items() if difference.after}
        added = {path: blob for path, blob in added.items() if path.startswith(f"{issued_figures.FOLDER}/")}
        contents = self.history.blobs(added.values()) if added else {}
        for path, blob in added.items():
            found = issued_figures.parse(contents.get(blob, b""), path)
            if isinstance(found, Problem):
                yield replace(refusal_from_problem(found), path=path)


def find_refused_events(
    history: History, changes: CommitChanges, revision: TicketRevision, policy: Policy, now: datetime
) -> set[str]:
    """Return the digests of the events that a commit added to a ticket and that would be refused under this policy."""
    context = JudgingContext((policy,), changes.commit.author, now, subject=changes.commit.message)
    refused = {event.digest for _, event in event_rules.check_events(revision, context)}
    if any(event_rules.check_verdict(revision, context.policies)):
        refused |= {event.digest for event in revision.new_events if event.do in event_rules.DECIDING_ACTIONS}
    unsigned = signatures.check_signatures(history, changes, policy) if policy.require_signed else ()
    return refused.union(*(refusal.events for refusal in unsigned if refusal.uid == revision.uid))


def _still_has(
    value_of: Callable[[Ticket], object], refused: object, hub_value: object, final_ticket: Ticket | None
) -> bool:
    return final_ticket is None or hub_value != value_of(final_ticket) == refused


def deduplicate(refusals: Iterable[Refusal]) -> list[Refusal]:
    """Return the refusals, only one for each pair of subject and reason."""
    return list({(refusal.subject, str(refusal.message)): refusal for refusal in refusals}.values())


def _describe_events(revision: TicketRevision, lost_digests: frozenset[str]) -> tuple[str, ...]:
    lost_events = sorted(
        (event for digest, event in revision.known_events.items() if digest in lost_digests),
        key=lambda event: event.sort_key,
    )
    return name_some((f"{event.n} {event.do} {event.at.isoformat()} {event.by}" for event in lost_events), 3)
