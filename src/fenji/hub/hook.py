"""Decide whether a push is accepted, for git's pre-receive hook.

The cost depends on what is pushed: its commits, what they changed, and the paths that differ from the hub's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import Damaged, InvalidUsage, Sentence
from fenji.git.fast_import import TreeEntry
from fenji.git.history import History, is_object_id
from fenji.git.repo import ATTRIBUTES, IGNORED
from fenji.hub.policy_line import POLICY_ACTION, PolicyLine
from fenji.judge import authors, signatures, verdicts
from fenji.judge import events as event_rules
from fenji.judge import paths as desk_paths
from fenji.judge import tree as judge_tree
from fenji.judge.commits import CommitChanges, TicketRevision, collect_changes
from fenji.judge.contents import BlobContents
from fenji.judge.events import JudgingContext
from fenji.judge.identities import UidIndex
from fenji.judge.refusals import Refusal, refusal_from_problem
from fenji.judge.tree import PushedTree
from fenji.model.merge import merge
from fenji.model.workflow.checks import MAX_CLOCK_SKEW
from fenji.storage import layout, synonyms_file

if TYPE_CHECKING:
    from fenji.git.history import CommitObject
    from fenji.git.objects import FileDiff
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket


@dataclass(frozen=True)
class RefUpdate:
    """One line that git gives to the hook: a ref, and its old and new commit (None: no such ref)."""

    ref: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class PushVerdict:
    """The hub's answer to a push: the reasons to refuse it (none: accepted), and the language to give them in."""

    refusals: tuple[Refusal, ...]
    language: str


def parse_updates(text: str) -> list[RefUpdate]:
    """Parse the lines `OLD NEW REF` of a pre-receive hook. Raises InvalidUsage for any other line."""
    parsed = []
    for line in text.splitlines():
        parts = line.split(" ", 2)
        if len(parts) != 3 or not all(map(is_object_id, parts[:2])):
            raise InvalidUsage("{line} is no line of a push.", hint="git gives to this command: OLD NEW REF", line=line)
        old, new = (None if not sha.strip("0") else sha for sha in parts[:2])
        parsed.append(RefUpdate(parts[2], old, new))
    return parsed


def check_push(git_dir: Path, updates: Sequence[RefUpdate], now: datetime) -> PushVerdict:
    """Check whether a push may be accepted as a whole at the hub's time `now`; changes no ref."""
    history = History(git_dir)
    branch = history.head_branch()
    refusals: list[Refusal] = []
    language = ""
    for update in updates:
        fault = _check_ref(update, branch, history)
        if fault:
            refusals.append(fault)
            continue
        push_check = _PushCheck(history, update.old, str(update.new), now)
        push_refusals = _deduplicate(push_check.find_refusals())
        if push_check.is_first_push and not push_refusals:
            push_check.uid_index.save_first_push(push_check.new)
        refusals += push_refusals
        language = push_check.language
    return PushVerdict(tuple(refusals), language or _hub_language(history, branch))


def _deduplicate(refusals: Iterable[Refusal]) -> list[Refusal]:
    return list({(refusal.subject, str(refusal.message)): refusal for refusal in refusals}.values())


def _check_ref(update: RefUpdate, branch: str, history: History) -> Refusal | None:
    if update.ref != branch:
        return Refusal(
            update.ref, Sentence("a hub holds one branch, {branch}; nothing else is taken", {"branch": branch})
        )
    if update.new is None:
        return Refusal(update.ref, Sentence("the branch of a hub cannot be deleted"))
    if update.new not in history.read_commits([update.new]):
        return Refusal(update.ref, Sentence("what is pushed is no commit"))
    if update.old and not history.contains(update.new, update.old):
        return Refusal(update.ref, Sentence("the history was rewritten; sync, or take up what the hub has first"))
    return None


def _hub_language(history: History, branch: str) -> str:
    commit = history.resolve(branch)
    policy = PolicyLine(BlobContents(history), commit).hub.policy
    return policy.language if policy else ""


@dataclass(frozen=True)
class _PendingRefusal:
    """A fault in one commit, and a test of whether it still applies to the ticket as the push leaves it."""

    refusal: Refusal
    revision: TicketRevision
    still_applies: Callable[[Ticket | None], bool] = field(repr=False)


class _PushCheck:
    """One push to the hub's branch."""

    def __init__(self, history: History, old: str | None, new: str, now: datetime) -> None:
        self.history, self.old, self.new, self.now = history, old, new, now
        self.contents = BlobContents(history)
        self.policy_line = PolicyLine(self.contents, old)
        self.is_first_push = old is None
        self.uid_index = UidIndex(history, old)

    @property
    def language(self) -> str:
        policy = self.policy_line.hub.policy or self.policy_line.policy_at_end(self.new).policy
        return policy.language if policy else ""

    def find_refusals(self) -> Iterator[Refusal]:
        """Yield everything that is wrong with the push."""
        trees = {
            sha: commit.tree for sha, commit in self.history.read_commits(filter(None, (self.old, self.new))).items()
        }
        found_differences = self.history.diff_trees([(trees.get(self.old or ""), trees[self.new])])[0]
        differences = {difference.path: difference for difference in found_differences}
        if self.is_first_push:
            yield from self._check_first_push(differences)
        else:
            commits = self.history.commits_since(self.new, self.old)
            yield from self._check_commits(list(collect_changes(commits, self.contents)), differences)
        policy = self.policy_line.policy_at_end(self.new).policy
        pushed_tree = PushedTree(
            self.new, differences, self.contents, self.uid_index, policy, is_first_push=self.is_first_push
        )
        yield from judge_tree.check_tree(pushed_tree)
        yield from self._check_synonyms(differences)

    # --- the first push -------------------------------------------------------------------------------------------

    def _check_first_push(self, differences: dict[str, FileDiff]) -> Iterator[Refusal]:
        """Check a first push, which founds the hub: history from before is accepted as it is."""
        entry = differences[desk_paths.POLICY].after if desk_paths.POLICY in differences else None
        self.policy_line.begin_with(self.new, entry.blob if entry else "")
        yield from self.policy_line.check_final_policy(self.new)
        yield from self._check_paths(differences.values())

    # --- every other push ------------------------------------------------------------------------------------------

    def _check_commits(
        self, changes_by_commit: Sequence[CommitChanges], differences: dict[str, FileDiff]
    ) -> Iterator[Refusal]:
        for changes in changes_by_commit:
            self.policy_line.advance(changes)
        yield from self.policy_line.check_final_policy(self.new)
        pending: list[_PendingRefusal] = []
        newest = self.policy_line.policy_at_end(self.new).policy
        for changes in changes_by_commit:
            yield from self._check_dates(changes.commit)
            yield from self._check_paths(changes.differences.values())
            policy_then = self.policy_line.policy_before(changes.commit).policy
            policies = list({id(policy): policy for policy in (policy_then, newest) if policy}.values())
            yield from self._check_protected(changes, policies, differences)
            keys = self.policy_line.signing_policy(changes.commit)
            yield from signatures.check_signatures(self.history, changes, keys) if keys and keys.require_signed else ()
            context = JudgingContext(policies, changes.commit.author, self.now)
            pending += [
                refusal for revision in changes.revisions for refusal in self._collect_charges(revision, context)
            ]
        yield from self._unresolved(pending)

    def _check_dates(self, commit: CommitObject) -> Iterator[Refusal]:
        """Refuse a commit dated in the future: merges on top of it would be dated in the future as well."""
        at = max(commit.author.at, commit.committer.at)
        if at > self.now + MAX_CLOCK_SKEW:
            yield Refusal(commit.sha[:10], Sentence("this commit is of {at}, in the future", {"at": at.isoformat()}))

    def _check_paths(self, differences: Iterable[FileDiff]) -> Iterator[Refusal]:
        entries = [
            (difference.path, difference.after)
            for difference in differences
            if difference.after and difference.after != difference.before
        ]
        sizes = self.contents.sizes(entry.blob for _, entry in entries)
        for path, entry in entries:
            fault = desk_paths.find_path_fault(path, entry, sizes.get(entry.blob))
            if fault:
                yield Refusal(path, fault)

    def _check_protected(
        self, changes: CommitChanges, policies: Sequence[Policy], differences: dict[str, FileDiff]
    ) -> Iterator[Refusal]:
        """Refuse edits of git's files by people who may not change the policy, except adding a desk's own lines."""
        for path in desk_paths.PROTECTED_FILES:
            difference = changes.differences.get(path)
            if difference is None or path not in differences or self._is_harmless(difference):
                continue
            author = changes.commit.author
            if not any(policy.may_do(authors.identify_author(author, policy), POLICY_ACTION) for policy in policies):
                template = "{by} may not change it; who may change the rules may"
                yield Refusal(path, Sentence(template, {"by": author.email or author.name}))

    def _is_harmless(self, difference: FileDiff) -> bool:
        data = self.history.blobs(entry.blob for entry in (difference.before, difference.after) if entry)
        lines_before, lines_after = (
            set(data.get(entry.blob, b"").splitlines()) if entry else set()
            for entry in (difference.before, difference.after)
        )
        return lines_before <= lines_after and lines_after - lines_before <= {
            line.encode() for line in (*ATTRIBUTES, *IGNORED)
        }

    def _collect_charges(self, revision: TicketRevision, context: JudgingContext) -> Iterator[_PendingRefusal]:
        """Yield what is wrong with one ticket in one commit."""
        lost_digests = revision.lost_digests
        if lost_digests:
            number = (revision.after or revision.before[0]).id
            template = "events of its log were removed or changed: {events}"
            removal = Refusal(number, Sentence(template, {"events": _describe_events(revision, lost_digests)}))
            yield _PendingRefusal(
                removal,
                revision,
                lambda final_ticket: (
                    final_ticket is None or not lost_digests <= {logged.digest for logged in final_ticket.log}
                ),
            )
        for refusal, event in event_rules.check_events(revision, context):
            yield _PendingRefusal(refusal, revision, self._applies_while(revision, event))
        sla = revision.after.get("sla") if revision.after else None
        for refusal in verdicts.check_verdict(revision, context.policies):
            yield _PendingRefusal(
                refusal, revision, lambda final_ticket: final_ticket is None or final_ticket.get("sla") == sla
            )

    def _applies_while(self, revision: TicketRevision, event: Event) -> Callable[[Ticket | None], bool]:
        """Return the test for a refused event: always true, except that an edit of locked fields can be undone.

        Such an edit does not count and is shown as such; it is forgiven once the fields have the hub's values again.
        """
        barred = event_rules.find_barred_fields(revision, event)
        hub_ticket = self._load_ticket(self.old, revision) if barred and self.old else None
        return lambda final_ticket: (
            not barred
            or hub_ticket is None
            or final_ticket is None
            or any(final_ticket.get(name) != hub_ticket.get(name) for name in barred)
        )

    def _unresolved(self, pending: Sequence[_PendingRefusal]) -> Iterator[Refusal]:
        """Yield the refusals that still apply at the end of the push: what a later commit mended is forgiven."""
        for charge in pending:
            final_ticket = self._load_ticket(self.new, charge.revision)
            if charge.still_applies(final_ticket):
                yield (
                    charge.refusal
                    if final_ticket or charge.revision.after
                    else judge_tree.refuse_deletion(charge.revision.before[0].id)
                )

    def _load_ticket(self, commit: str, revision: TicketRevision) -> Ticket | None:
        """Return a ticket as a commit has it, under any number that it had in the revision, or None."""
        numbers = {ticket.id for ticket in (*revision.before, revision.after) if ticket}
        candidates = [path for number in sorted(numbers) for path in layout.ticket_paths(number)]
        blobs = self.history.blob_ids(commit, candidates)
        tickets = [self.contents.ticket(TreeEntry(blob), path) for path, blob in blobs.items()]
        versions = [ticket for ticket in tickets if ticket and ticket.uid == revision.uid]
        return reduce(merge, versions) if versions else None

    def _check_synonyms(self, differences: dict[str, FileDiff]) -> Iterator[Refusal]:
        difference = differences.get(desk_paths.SYNONYMS)
        if difference and difference.after:
            try:
                synonyms_file.parse(self.history.blobs([difference.after.blob]).get(difference.after.blob, b""))
            except Damaged as damaged:
                yield from map(refusal_from_problem, damaged.problems)


def _describe_events(revision: TicketRevision, lost_digests: frozenset[str]) -> str:
    lost_events = sorted(
        (event for digest, event in revision.known_events.items() if digest in lost_digests),
        key=lambda event: event.sort_key,
    )
    shown = ", ".join(f"{event.n} {event.do} {event.at.isoformat()} {event.by}" for event in lost_events[:3])
    return shown + (" …" if len(lost_events) > 3 else "")
