"""Sync with a hub: record, fetch, merge, push, and start over if somebody else pushed first."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import FenjiError, Problem, Refused, Unavailable
from fenji.git import objects, partial, refs, remotes
from fenji.git.remotes import PushRequest
from fenji.sync import apply, conflicts, driver_setup, keep, recovery, results, state
from fenji.sync import record as recording
from fenji.sync.apply import BranchMove
from fenji.sync.checkout import CheckoutOptions, CheckoutResult
from fenji.sync.merge_commit import MergeCommit, merge_commits
from fenji.sync.policy_choice import choose_hub_policy
from fenji.sync.results import SyncProgress, SyncResult, TicketOutcome
from fenji.sync.trees import POLICY, BlobCache, Tree, is_attachment, is_ticket
from fenji.sync.turn import ExchangeLock

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.objects import FileDiff
    from fenji.git.remotes import Remote
    from fenji.storage import Store
    from fenji.sync.policy_choice import PolicyChooser
    from fenji.sync.record import Recorder

MAX_TRIES = 24  # pushes
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 2.0
COMPLETE_REF = "refs/worktree/fenji/whole"  # the last commit of a sync: no ticket or event of it may be lost later


def no_progress(_step: str, _part: str, _done: int, _of: int) -> None:
    """Ignore progress."""


@dataclass
class SyncSession:
    """A sync under way: the store, who records, the progress callback, and the results so far."""

    store: Store
    recorder: Recorder
    progress: SyncProgress = no_progress
    outcomes: dict[str, TicketOutcome] = field(default_factory=dict)
    left_alone: dict[str, Problem] = field(default_factory=dict)
    policy_kept: str = ""
    concluded: str = ""
    unfinished: str = ""
    sent: int = 0
    moved: bool = False
    policy_changed: bool = False
    policy_sent: bool = False

    @cached_property
    def blobs(self) -> BlobCache:
        """The cache of blobs and tickets read from git in this session."""
        return BlobCache(self.repo)

    @property
    def repo(self) -> Repo:
        return self.store.repo

    @property
    def checkout_options(self) -> CheckoutOptions:
        """The options for writing files: who records, when, and the progress callback."""
        return CheckoutOptions(
            self.recorder.by, self.recorder.at, lambda done, of: self.progress("write", "", done, of)
        )

    def git_progress(self, step: str) -> remotes.TransferProgress | None:
        """Return a callback for git's progress in a step; None if nobody listens, which saves traffic."""
        return None if self.progress is no_progress else lambda part, at, of: self.progress(step, part, at, of)

    def record_pending(self) -> None:
        """Finish what was interrupted, merge what git left in conflict, and commit everything that is not committed."""
        self.progress("record", "", 0, 0)
        self.mend()
        if self.unfinished:
            raise conflicts.unfinished_error(self.unfinished)
        self.commit()

    def mend(self) -> None:
        """Finish what was interrupted, and merge what git left in conflict."""
        self.add_checkout(apply.finish_pending(self.store, self.checkout_options))
        result = conflicts.mend(self.store, self.checkout_options)
        self.add_checkout(result.checkout)
        self.add_outcomes(result.outcomes)
        self.concluded, self.unfinished = result.concluded or self.concluded, result.unfinished
        self.policy_kept = result.policy_kept or self.policy_kept

    def commit(self) -> None:
        """Commit everything that is not committed."""
        head, since = self.repo.head(), self._last_exchange()
        also = recording.find_unexplained(self.blobs, since, head) if since and head else ()
        for problem in recording.record(self.store, self.recorder, since=since or "HEAD", also=also):
            self.left_alone.setdefault(problem.path, problem)

    def _last_exchange(self) -> str | None:
        """Return the commit at which the last sync ended; in a fresh clone, the commit that was cloned."""
        head, remote = self.repo.head(), remotes.find_remote(self.repo, refs.current_branch(self.repo))
        for name in (COMPLETE_REF, *((remote.tracking,) if remote else ())):
            commit = refs.resolve(self.repo, name)
            if commit and head and refs.contains(self.repo, head, commit):
                return commit
        return None

    def add_checkout(self, checkout: CheckoutResult | None) -> None:
        """Record the conflicts met while writing files."""
        if checkout:
            self.left_alone |= {problem.path: problem for problem in checkout.left_alone}
            self.policy_kept = checkout.policy_kept or self.policy_kept

    def add_outcomes(self, arrived: Iterable[TicketOutcome]) -> None:
        """Record what came in, combining several outcomes of one ticket."""
        arrived = list(arrived)
        for outcome in arrived:
            key = outcome.uid or outcome.path
            self.outcomes[key] = results.combine(self.outcomes[key], outcome) if key in self.outcomes else outcome
        state.record_arrivals(self.repo, arrived)

    def merge_with(self, theirs: str, *, choose_policy: PolicyChooser, base: str | None = None) -> MergeCommit:
        """Merge HEAD with another commit, and move branch and files to the result."""
        while True:
            head = self.head()
            self.progress("merge", "", 0, 0)
            merge = merge_commits(self.blobs, head, theirs, choose_policy=choose_policy, base=base)
            if merge.commit == head:
                return merge
            if merge.lost_policy:
                self.policy_kept = keep.keep_policy(self.store.root, merge.lost_policy)
            if self.move_to(head, merge.commit):
                self.policy_changed = self.policy_changed or merge.policy_changed
                self.add_outcomes(merge.tree.outcomes)
                return merge

    def restore_lost(self) -> None:
        """Restore what was lost with git since the last sync: deleted files, dropped events.

        Every version of a ticket that was committed since then is compared with the current one.
        """
        head = self.head()
        since = refs.resolve(self.repo, COMPLETE_REF)
        since = since if since and refs.contains(self.repo, head, since) else None
        commit, restored = recovery.restore_lost(self.blobs, since, head)
        if commit != head and self.move_to(head, commit):
            self.add_outcomes(restored)

    def move_to(self, before: str, after: str) -> bool:
        """Move branch and files from one commit to another; return False if the branch has moved meanwhile."""
        checkout = apply.move_branch(self.store, BranchMove(before, after), self.checkout_options)
        if checkout is None:
            return False
        self.moved = True
        self.add_checkout(checkout)
        if checkout.merged_edits:
            self.commit()
        return True

    def head(self) -> str:
        """Return HEAD's commit. Raises Refused before the first one."""
        head = self.repo.head()
        if head is None:
            hint = "Begin with a clone of the hub: fenji init DIR --site SITE --from URL"
            raise Refused("Nothing is recorded here yet.", hint=hint)
        return head

    def finish(self, tries: int) -> SyncResult:
        """Remember where this sync ended, and return its result."""
        head = self.head()
        if self.moved or refs.resolve(self.repo, COMPLETE_REF) != head:
            refs.set_ref(self.repo, COMPLETE_REF, head)
        return SyncResult(
            tuple(self.outcomes.values()),
            self.sent,
            tries,
            self.policy_kept,
            self.policy_changed,
            tuple(self.left_alone.values()),
            self.concluded,
            self.unfinished,
            self.policy_sent,
        )


def sync(store: Store, recorder: Recorder, progress: SyncProgress = no_progress) -> SyncResult:
    """Sync with the hub. After a failure, what was committed stays committed; trying again is always safe.

    Raises Refused (no hub, a push that the hub rejects, files outside the desk in the way) or Unavailable (no link).
    """
    repo = store.repo
    with ExchangeLock(repo):
        try:
            files.remove_orphaned_temporary_files(repo.git_dir)
            driver_setup.install_driver(repo)
            result = _exchange(SyncSession(store, recorder, progress))
        except FenjiError as error:
            state.record_failure(repo, error)
            raise
        state.record_success(repo, recorder.at)
        return result


def mend(store: Store, recorder: Recorder) -> None:
    """Finish what was interrupted and merge what git left in conflict, as opening a desk does."""
    with ExchangeLock(store.repo):
        SyncSession(store, recorder).mend()


def _exchange(session: SyncSession) -> SyncResult:
    session.record_pending()
    remote = remotes.require_remote(session.repo)
    for attempt in range(MAX_TRIES):
        theirs = _fetch(session, remote)
        _merge_with_hub(session, remote, theirs)
        head = session.head()
        if head == theirs:
            if session.moved:
                objects.run_maintenance(session.repo)
            return session.finish(attempt)
        if _push(session, remote, head, theirs):
            return session.finish(attempt + 1)
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)))
    raise Unavailable(
        "Others pushed to {remote} before this clone could, {tries} times in a row.",
        hint="What came from them is joined already; sync again in a moment.",
        remote=remote.display_name,
        tries=MAX_TRIES,
    )


def _fetch(session: SyncSession, remote: Remote) -> str | None:
    """Fetch and return the hub's commit; while it is being fetched, restore what was lost here."""
    session.progress("fetch", "", 0, 0)
    with ThreadPoolExecutor(1) as executor:
        fetching = executor.submit(remotes.fetch, session.repo, remote, progress=session.git_progress("fetch"))
        session.restore_lost()
        return fetching.result()


def _push(session: SyncSession, remote: Remote, head: str, theirs: str | None) -> bool:
    """Push HEAD and run git's maintenance meanwhile; return False if somebody else pushed first."""
    session.progress("push", "", 0, 0)
    differences = objects.diff_commits(session.repo, theirs, head)
    session.sent = _count_tickets(session.repo, differences)
    session.policy_sent = theirs is not None and f"{session.repo.prefix}{POLICY}" in {
        difference.path for difference in differences
    }
    count = refs.count_ahead_behind(session.repo, head, theirs)[0] if theirs else 1 << 30
    request = PushRequest(
        head, count, self_contained=theirs is not None and _replaces_absent(session.repo, theirs, differences)
    )
    with ThreadPoolExecutor(1) as executor:
        executor.submit(objects.run_maintenance, session.repo)
        return remotes.push(session.repo, remote, request, progress=session.git_progress("push"))


def _replaces_absent(repo: Repo, theirs: str, differences: Iterable[FileDiff]) -> bool:
    """Return whether a changed file replaces one that a partial clone left at its hub: git would fetch that one."""
    attachments = (difference for difference in differences if is_attachment(difference.path.removeprefix(repo.prefix)))
    replaced = [difference.before.blob for difference in attachments if difference.before and difference.after]
    return bool(replaced) and partial.is_partial(repo) and not partial.missing_blobs(repo, theirs).isdisjoint(replaced)


def _merge_with_hub(session: SyncSession, remote: Remote, theirs: str | None) -> None:
    """Merge with the hub's commit; do nothing if it has none yet."""
    base = refs.merge_base(session.repo, session.head(), theirs) if theirs else None
    if theirs is not None:
        check_desk(session.repo, theirs, remote.display_name)
        session.merge_with(theirs, choose_policy=choose_hub_policy, base=base)


def count_changed_tickets(repo: Repo, before: str | None, after: str) -> int:
    """Count the tickets of `after` that are new or changed compared with `before`."""
    return _count_tickets(repo, objects.diff_commits(repo, before, after))


def _count_tickets(repo: Repo, differences: Iterable[FileDiff]) -> int:
    return sum(is_ticket(difference.path.removeprefix(repo.prefix)) for difference in differences if difference.after)


def check_desk(repo: Repo, commit: str, shown: str) -> None:
    """Raise Refused if a commit holds no desk, as that of an unrelated repository."""
    tree = Tree(repo, commit)
    if not tree.entry(POLICY) and not tree.list_folder("tickets/open"):
        hint = "See where it points with: git remote -v"
        raise Refused("{remote} holds no desk.", hint=hint, remote=shown)
