"""Push the result of a sync to the hub, if possible while its files are still being written."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Refused
from fenji.git import branches, clock_check, objects, partial, remotes
from fenji.git.remotes import PushRequest
from fenji.sync import held as holding
from fenji.sync.trees import POLICY, count_tickets, is_attachment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from fenji.git import Repo
    from fenji.git.branches import Remote
    from fenji.git.file_diff import FileDiff
    from fenji.sync.session import SyncSession


class HubPush:
    """The push of one round of a sync, on top of the hub's commit `theirs` (None: the hub has no commit)."""

    def __init__(self, session: SyncSession, remote: Remote, theirs: str | None) -> None:
        self.session, self.remote, self.theirs = session, remote, theirs
        self._begun: tuple[str, Future[bool]] | None = None

    def begin(self, commit: str) -> None:
        """Push a merge commit if no part of it can be held back first; `finish` returns or raises the outcome."""
        if commit == self.theirs or not self._passes_as_it_is(commit):
            return
        outcome: Future[bool] = Future()
        self._begun = commit, outcome
        try:
            outcome.set_result(self._push(commit))
        except FenjiError as error:
            outcome.set_exception(error)

    def finish(self, head: str) -> bool:
        """Push HEAD unless that is done; return False if somebody else pushed first. Raises the errors of a push."""
        if self._begun is None:
            with ThreadPoolExecutor(1) as executor:
                executor.submit(objects.run_maintenance, self.session.repo)
                return self._push(head)
        commit, outcome = self._begun
        if not outcome.result() or commit == head:
            return outcome.result()
        self.theirs, self._begun = commit, None  # somebody acted, or edited by hand, while the files were written
        return self.finish(head)

    def _passes_as_it_is(self, commit: str) -> bool:
        """Return whether a sync would push this merge commit unchanged: nothing is held and the policy is the hub's."""
        repo = self.session.repo
        if self.theirs is None or holding.list_held(repo):
            return False
        policies = repo.read_versions(POLICY, (self.theirs, commit))
        return policies[self.theirs] == policies[commit]

    def _push(self, head: str) -> bool:
        """Push a commit; return False if somebody else pushed first."""
        session, repo, theirs = self.session, self.session.repo, self.theirs
        session.progress("push", "", 0, 0)
        differences = objects.diff_commits(repo, theirs, head)
        request = PushRequest(
            head,
            objects.count_new(repo, head, theirs) if theirs else 0,
            self_contained=theirs is not None and _replaces_absent(repo, theirs, differences),
        )
        begun = clock_check.utc_now()

        def remember(hub_time: datetime) -> None:
            clock_check.remember_hub_time(repo, hub_time, begun)
            told.append(hub_time)

        told: list[datetime] = []
        try:
            pushed = remotes.push(
                repo, self.remote, request, progress=session.git_progress("push"), on_hub_time=remember
            )
            if pushed or told:  # only a hub that judges sends its time
                branches.remember_judging(repo, self.remote, judges=bool(told))
            if pushed:
                session.sent = count_tickets(repo, differences)
                changed = {difference.path for difference in differences}
                session.policy_sent = theirs is not None and f"{repo.prefix}{POLICY}" in changed
            return pushed
        except Refused as refused:
            refused.hint = clock_check.find_clock_problem(repo) or refused.hint
            raise


def _replaces_absent(repo: Repo, theirs: str, differences: Iterable[FileDiff]) -> bool:
    """Return whether a changed file replaces one that a partial clone lacks, so that git would fetch the old one."""
    attachments = (difference for difference in differences if is_attachment(repo.desk_path(difference.path)))
    replaced = [difference.before.blob for difference in attachments if difference.before and difference.after]
    return bool(replaced) and partial.is_partial(repo) and not partial.missing_blobs(repo, theirs).isdisjoint(replaced)
