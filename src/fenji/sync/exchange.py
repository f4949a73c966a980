"""Sync with a hub: record while fetching, merge, write files while pushing; repeat if somebody else pushed first."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Refused, Unavailable
from fenji.git import branches, damage, objects, refs, remotes
from fenji.git.remotes import JUDGING_REF, RejectedPush
from fenji.git.run import GitError
from fenji.judge import marks
from fenji.judge.refusals import from_wire, join_refusals
from fenji.storage.ahead import SecondCore
from fenji.sync import driver_setup, state
from fenji.sync.policy_choice import choose_hub_policy
from fenji.sync.push import HubPush
from fenji.sync.session import SyncSession, check_desk, no_progress
from fenji.sync.turn import ExchangeLock, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fenji.git.branches import Remote
    from fenji.git.remotes import TransferProgress
    from fenji.storage import Store
    from fenji.sync.recorder import Recorder
    from fenji.sync.results import SyncProgress, SyncResult

MAX_TRIES = 24  # pushes in one sync
MAX_REPAIRS = 4  # repairs of refused commits in one sync
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 2.0


def sync(store: Store, recorder: Recorder, progress: SyncProgress = no_progress, *, repair: bool = False) -> SyncResult:
    """Sync with the hub. After a failure, committed changes stay committed; trying again is always safe.

    Acts that the hub refuses are held back, and the rest is sent. With `repair`, acts that the local judge refuses are
    held back before anything is sent. Raises Refused (no hub, a push that is still rejected, files outside the desk in
    the way) or Unavailable (no link).
    """
    repo = store.repo
    with ExchangeLock(repo):
        try:
            tidy(repo)
            driver_setup.install_driver(repo)
            try:
                result = _exchange(SyncSession(store, recorder, progress), repair=repair)
            except GitError as error:
                if not damage.is_named(error.stderr):
                    raise
                # Whoever was told of the damage may have moved HEAD back to a commit that is intact.
                result = _exchange(SyncSession(store, recorder, progress), repair=repair)
        except FenjiError as error:
            state.record_failure(repo, error)
            raise
        state.record_success(repo, recorder.at)
        return result


def mend(store: Store, recorder: Recorder) -> None:
    """Finish an interrupted move and merge the tickets that git left in conflict, as opening a desk does."""
    with ExchangeLock(store.repo):
        SyncSession(store, recorder).mend()


def _exchange(session: SyncSession, *, repair: bool) -> SyncResult:
    with SecondCore() as session.blobs.second_core:
        return _exchange_until_done(session, repair=repair)


def _exchange_until_done(session: SyncSession, *, repair: bool) -> SyncResult:
    session.finish_interrupted()
    remote = session.remote = branches.find_remote(session.repo)
    if remote is None:
        session.record_edits()
        remote = session.remote = branches.require_remote(session.repo)
    seen: set[str | None] = set()
    for attempt in range(MAX_TRIES):
        known = refs.resolve(session.repo, remote.tracking)
        theirs = _fetch(session, remote, before=() if attempt else (session.record_edits,))
        if theirs is None and (renamed := remotes.find_renamed(session.repo, remote)):
            remote, theirs = renamed, _fetch(session, renamed)
        seen.add(theirs)
        push = HubPush(session, remote, theirs)
        _merge_with_hub(session, push, known, at_once=not repair)
        session.release_held()
        _hold_back(session, remote, theirs, repair=repair)
        marks.watch_branch(session.repo, None if refs.resolve(session.repo, JUDGING_REF) else remote.tracking)
        head = session.head()
        if head == theirs:
            if session.moved:
                objects.run_maintenance(session.repo)
            branches.set_upstream(session.repo, remote)
            return session.finish(attempt)
        try:
            if push.finish(head):
                branches.set_upstream(session.repo, remote)
                return session.finish(attempt + 1)
        except RejectedPush as rejection:
            if session.repairs == MAX_REPAIRS or not session.repair(theirs, rejection.lines):
                raise _reword(rejection, remote) from rejection
            session.repairs += 1
            continue
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)))
    raise _describe_obstacle(remote, is_overtaken=len(seen) > 1)


def _describe_obstacle(remote: Remote, *, is_overtaken: bool) -> Unavailable:
    """Return the error for a sync whose pushes all failed: others were faster, or the hub's branch is locked."""
    if not is_overtaken:
        return Unavailable(
            "{remote} cannot move its branch: git has locked it there.",
            hint="Everything is recorded here and waits. If this still happens in a minute, ask its administrator to "
            "end the git process there and to remove the files ending in .lock from the hub's folder.",
            remote=remote.display_name,
        )
    return Unavailable(
        "Others pushed to {remote} before this clone could, {tries} times in a row.",
        hint="What came from them is already merged; sync again in a moment.",
        remote=remote.display_name,
        tries=MAX_TRIES,
    )


def _hold_back(session: SyncSession, remote: Remote, theirs: str | None, *, repair: bool) -> None:
    """Hold back acts that the judge would refuse if `repair`, and a refused policy unless the hub is known to judge."""
    if theirs and remote.judges is not True:
        session.hold_refused_policy(theirs)
    if repair:
        session.repair(theirs)


def _reword(rejection: RejectedPush, remote: Remote) -> RejectedPush:
    """Return the hub's refusal reworded in sentences that this desk can translate, one line each."""
    refusals = [refusal for line in rejection.lines if (refusal := from_wire(line))]
    if not refusals:
        return rejection
    reason = join_refusals(refusals)
    reworded = RejectedPush("{remote} does not accept it:\n{reason}", remote=remote.display_name, reason=reason)
    reworded.hint, reworded.lines = rejection.hint, rejection.lines
    return reworded


def _fetch(session: SyncSession, remote: Remote, *, before: Iterable[Callable[[], None]] = ()) -> str | None:
    """Fetch the hub's commit and return it; meanwhile run the `before` callbacks and restore lost versions.

    The fetch changes neither the branch nor the files, so if it fails, everything has still been recorded.
    """
    gate = _ProgressGate(session.git_progress("fetch"))
    with ThreadPoolExecutor(1) as executor, gate:
        fetching = executor.submit(remotes.fetch, session.repo, remote, progress=gate.progress)
        for act in before:
            act()
        session.progress("fetch", "", 0, 0)
        gate.open()
        session.restore_lost()
        session.store.used_numbers.read_history()
        return fetching.result()


class _ProgressGate:
    """A gate that holds back a fetch's progress until opened, and aborts the fetch if the work done meanwhile fails."""

    def __init__(self, report: TransferProgress | None) -> None:
        self._report = report
        self._is_open = self._has_failed = False

    @property
    def progress(self) -> TransferProgress | None:
        """The callback for the fetch; None if nobody listens."""
        return self._pass_on if self._report else None

    def open(self) -> None:
        """Let progress through from now on."""
        self._is_open = True

    def _pass_on(self, part: str, done: int, of: int) -> None:
        if self._has_failed:
            raise _FetchAbandonedError
        if self._is_open and self._report:
            self._report(part, done, of)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, *_: object) -> None:
        self._has_failed = kind is not None


class _FetchAbandonedError(Exception):
    """Raised in the fetch's thread to end the fetch."""


def _check_new(session: SyncSession, push: HubPush, known: str | None) -> None:
    """Refuse an unrelated desk if this one was synced before, and forget its commit: its rules do not apply here.

    A desk that has never been synced may join the hub's.
    """
    remote = push.remote
    if state.load_state(session.repo).last_ok:
        if known and push.theirs:
            refs.move_named_branch(session.repo, remote.tracking, push.theirs, known)
        raise Refused(
            "{remote} holds another desk, which has nothing in common with this one.",
            hint="See where it points with: git remote -v",
            remote=remote.display_name,
        )


def _merge_with_hub(session: SyncSession, push: HubPush, known: str | None, *, at_once: bool) -> None:
    """Merge with the hub's commit, if it has one. With `at_once`, push while files are written.

    `known` is the hub's commit at the fetch before.
    """
    theirs = push.theirs
    if theirs is not None:
        base = refs.merge_base(session.repo, session.head(), theirs)
        check_desk(session.repo, theirs, push.remote.display_name)
        if base is None:
            _check_new(session, push, known)
        begin = push.begin if at_once else None
        session.merge_with(theirs, choose_policy=choose_hub_policy, base=base, while_writing=begin)
