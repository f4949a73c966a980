"""Find the policy in force at each commit of a push, and check the push's changes of the policy.

A change of policy.yaml takes effect only if its author may make it and it leaves the past alone. A refused change does
no harm as long as the push does not end with it: the site goes back to the hub's version and goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Fault, Sentence
from fenji.judge import authors, signatures
from fenji.judge.charged_units import TicketSource
from fenji.judge.paths import POLICY
from fenji.judge.policy_draft import POLICY_ACTION, ChangeJudge, describe_permission
from fenji.judge.refusals import Refusal, refusal_from_problem
from fenji.storage import layout, yaml_codec

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.git.commit_object import CommitObject
    from fenji.judge.commits import CommitChanges
    from fenji.judge.contents import BlobContents
    from fenji.model.policy import Policy

_TICKET_FOLDERS = (layout.OPEN_FOLDER, layout.ARCHIVE_FOLDER)


class PolicyAtCommit(Struct, frozen=True):
    """The policy in force at a commit, its blob id (`""`: none), and the blob ids of its lineage, including itself.

    `new_in_push`: it took effect within this push.
    """

    blob: str
    policy: Policy | None
    lineage: frozenset[str]
    new_in_push: bool = False


class Arrival(Struct, frozen=True):
    """The time at which commits arrive: `now`, or their own dates if they are judged `after_the_fact`."""

    now: datetime
    after_the_fact: bool = False

    def of(self, commit: CommitObject) -> datetime:
        """Return the time at which a commit arrived, for which roles and changes of the rules are judged."""
        return min(commit.committer.at, self.now) if self.after_the_fact else self.now


class PolicyLine:
    """The policies along the commits of one push.

    `old` is the branch's commit before the push (None: first push).
    """

    def __init__(self, contents: BlobContents, old: str | None, arrival: Arrival) -> None:
        self._contents, self._old, self.arrival = contents, old, arrival
        self._policies: dict[str, PolicyAtCommit] = {}
        self._blobs: dict[str, str] = {}  # blob id of policy.yaml in each commit, valid or not
        self._refusals_by_blob: dict[str, tuple[Refusal, ...]] = {}
        self._missing: dict[str, list[str]] = {}  # changes of the hub's rules that a commit does not build on
        self.hub = PolicyAtCommit("", None, frozenset())
        if old:
            self.hub = self._hub_policy_at(old)

    def policy_before(self, commit: CommitObject) -> PolicyAtCommit:
        """Return the policy that was in force for the author of a commit: its parents' policy."""
        return self._preferred([self._at(sha) for sha in commit.parents] or [self.hub])

    def policies_for(self, commit: CommitObject) -> list[Policy]:
        """Return the policies that may have been in force for the author of a commit, the one it builds on first.

        The others are those that the hub has accepted since, as the author may have fetched them. A policy that was
        replaced longer than `grace` ago no longer counts (format 5): nobody gains by starting from an old commit.
        """
        then = self.policy_before(commit)
        missing = [] if then.new_in_push or self.arrival.after_the_fact else self._taken_without(commit)
        known = [then.policy]
        for sha, replaced in missing:
            if self._is_outdated(replaced):
                known.pop()
            policy = self._contents.policy(self._contents.history.blob_ids(sha, [POLICY]).get(POLICY, ""))
            known.append(None if isinstance(policy, tuple) else policy)
        return [policy for policy in known if policy]

    def _taken_without(self, commit: CommitObject) -> list[tuple[str, datetime]]:
        """Return the rule changes on the hub's branch that a commit does not build on, in order.

        Each is given by its commit and that commit's date, at which it replaced the rules before it.
        """
        missing = self._not_built_on(commit)
        commits = self._contents.history.read_commits(missing)
        return [(sha, commits[sha].committer.at) for sha in missing]

    def _not_built_on(self, commit: CommitObject) -> list[str]:
        """Return the commits that changed the rules on the hub's branch and that no parent contains, in order."""
        missing = [self._missing_from(parent) for parent in commit.parents]
        return [sha for sha in missing[0] if all(sha in other for other in missing)] if missing else []

    def _missing_from(self, sha: str) -> list[str]:
        """Return the hub's rule changes that a commit's history lacks; `advance` sets them for commits of the push."""
        if sha not in self._missing:
            history = self._contents.history
            self._missing[sha] = history.commits_touching(POLICY, self._old, sha) if self._old else []
        return self._missing[sha]

    def newest_at(self, commit: CommitObject) -> Policy | None:
        """Return the policy in force when a commit arrives: the hub's, unless this push has brought a newer one.

        The newer one may be brought by the commit itself.
        """
        at_commit = self._at(commit.sha)
        return at_commit.policy if at_commit.new_in_push else self.hub.policy

    def _is_outdated(self, replaced: datetime) -> bool:
        hub = self.hub.policy
        return hub is not None and hub.format > 1 and self.arrival.now > replaced + hub.grace

    def signing_policy(self, commit: CommitObject) -> Policy | None:
        """Return the policy whose keys must sign a commit: the hub's, unless this push has brought a newer one."""
        in_force = self.policy_before(commit)
        return in_force.policy if in_force.new_in_push else self.hub.policy

    def advance(self, changes: CommitChanges) -> None:
        """Determine the policy at a commit; must be called for its parents first."""
        sha, parents = changes.commit.sha, [self._at(parent) for parent in changes.commit.parents] or [self.hub]
        self._missing[sha] = self._not_built_on(changes.commit)
        inherited = {self._blobs[parent] for parent in changes.commit.parents}
        self._blobs[sha] = blob = next(iter(inherited), "") if changes.policy_blob is None else changes.policy_blob
        followed = [parent for parent in parents if parent.blob == blob]
        if followed or blob in inherited or blob == self.hub.blob:
            self._policies[sha] = self._preferred(followed or ([self.hub] if blob == self.hub.blob else parents))
            return
        refusals = tuple(self._check_change(changes.commit, blob, parents))
        policy = self._contents.policy(blob) if blob else ()
        if refusals or isinstance(policy, tuple):
            self._refusals_by_blob[blob] = refusals
            self._policies[sha] = self._preferred(parents)
        else:
            lineage = frozenset({blob}).union(*(parent.lineage for parent in parents))
            self._policies[sha] = PolicyAtCommit(blob, policy, lineage, new_in_push=True)

    def begin_with(self, sha: str, blob: str) -> None:
        """Start with the policy of a first push, before which there was none."""
        policy = self._contents.policy(blob) if blob else ()
        self._blobs[sha] = blob or "?"
        self._policies[sha] = self.hub
        if not blob:
            self._refusals_by_blob["?"] = (Refusal(POLICY, Sentence("is missing; a hub is never without its rules")),)
        elif isinstance(policy, tuple):
            self._refusals_by_blob[blob] = tuple(map(refusal_from_problem, policy))
        else:
            self._policies[sha] = PolicyAtCommit(blob, policy, frozenset({blob}), new_in_push=True)

    def policy_at_end(self, head: str) -> PolicyAtCommit:
        """Return the policy in force at the end of the push."""
        return self._at(head)

    def check_final_policy(self, head: str) -> Iterator[Refusal]:
        """Yield refusals of the policy with which the push ends."""
        in_force, blob = self._at(head), self._blobs[head]
        if blob != in_force.blob:
            yield from (replace(refusal, path=POLICY) for refusal in self._refusals_by_blob.get(blob, ()))
        elif self.hub.blob and self.hub.blob not in in_force.lineage:
            message = Sentence("the hub has a newer version; take that one and make the change again")
            yield Refusal(POLICY, message, path=POLICY)

    def _at(self, sha: str) -> PolicyAtCommit:
        if sha not in self._policies:
            self._policies[sha] = self._hub_policy_at(sha)
        return self._policies[sha]

    def _hub_policy_at(self, sha: str) -> PolicyAtCommit:
        """Return the policy of a commit that the hub already has and has judged."""
        blob = self._contents.history.blob_ids(sha, [POLICY]).get(POLICY, "")
        self._blobs[sha] = blob
        policy = self._contents.policy(blob) if blob else ()
        return self.hub if isinstance(policy, tuple) else PolicyAtCommit(blob, policy, frozenset({blob}))

    def _preferred(self, candidates: Sequence[PolicyAtCommit]) -> PolicyAtCommit:
        """Return the candidate that follows the hub's policy, preferring one new in this push."""
        return max(candidates, key=lambda candidate: (self.hub.blob in candidate.lineage, candidate.new_in_push))

    def _check_change(self, commit: CommitObject, blob: str, parents: Sequence[PolicyAtCommit]) -> Iterator[Refusal]:
        if not blob:
            yield Refusal(POLICY, Sentence("is missing; a hub is never without its rules"))
            return
        policy = self._contents.policy(blob)
        if isinstance(policy, tuple):
            yield from map(refusal_from_problem, policy)
            return
        formers = {parent.blob: parent.policy for parent in parents}
        asked = [*formers.values()] if self.arrival.after_the_fact else [*formers.values(), self.hub.policy]
        yield from self._check_permission(commit, asked)
        for former in formers.values():
            if former:
                yield from self._locate(blob, self._judge_of(commit, former).find_faults(former, policy))
        keys = self.signing_policy(commit)
        if keys and POLICY_ACTION in keys.require_signed:
            writer = authors.identify_author(commit.author, keys)
            yield from signatures.check_signed_by(self._contents.history, commit, keys, by=writer, subject=POLICY)

    def _judge_of(self, commit: CommitObject, former: Policy) -> ChangeJudge:
        """Return the judge of a commit's change of the rules."""
        standing = TicketSource(self._contents.history, self._commits_before(commit))
        return ChangeJudge(
            authors.identify_author(commit.author, former),
            self.arrival.of(commit),
            self._has_tickets(commit),
            None if self.arrival.after_the_fact else standing,
        )

    def _check_permission(self, commit: CommitObject, formers: Sequence[Policy | None]) -> Iterator[Refusal]:
        """Refuse an author who may not change the policy under one of `formers`: those of the parents and the hub."""
        arrived = self.arrival.of(commit)
        for former in filter(None, formers):
            if not former.may_do(authors.identify_author(commit.author, former), POLICY_ACTION, arrived):
                yield Refusal(POLICY, describe_permission(former, commit.author.email or commit.author.name, arrived))
                return

    def _commits_before(self, commit: CommitObject) -> tuple[str, ...]:
        """Return the hub's commit and a commit's parents, which have every ticket from before the commit."""
        return tuple(dict.fromkeys(filter(None, (self._old, *commit.parents))))

    def _has_tickets(self, commit: CommitObject) -> bool:
        """Return whether the hub or a parent of a commit has any ticket."""
        names = (
            name
            for sha in self._commits_before(commit)
            for name in self._contents.history.list_names(sha, _TICKET_FOLDERS)
        )
        return any(not name.endswith("/.gitkeep") for name in names)

    def _locate(self, blob: str, faults: list[Fault]) -> Iterator[Refusal]:
        if faults:
            data = self._contents.history.blobs([blob]).get(blob, b"")
            yield from map(refusal_from_problem, yaml_codec.locate_faults(data, POLICY, faults))
