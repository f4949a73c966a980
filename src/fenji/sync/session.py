"""The steps of an exchange: record, merge, restore lost versions, hold back what the hub would refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from fenji import files
from fenji.errors import Problem, Refused
from fenji.git import branches, clock_check, objects, refs, remotes
from fenji.judge.policy_in_force import load_policy_in_force
from fenji.sync import apply, conflicts, desk_branch, keep, policy_record, recovery, results, state
from fenji.sync import held as holding
from fenji.sync import record as recording
from fenji.sync import repair as repairing
from fenji.sync.apply import BranchMove
from fenji.sync.checkout import CheckoutOptions, CheckoutResult, ignore_files
from fenji.sync.explain import CommittedEdits, explain_for
from fenji.sync.merge_commit import MergeCommit, merge_commits
from fenji.sync.policy_choice import PolicyChooser, choose_hub_policy
from fenji.sync.remake import HoldPlan, remake
from fenji.sync.repair import JudgedRange
from fenji.sync.results import SyncProgress, SyncResult, TicketOutcome
from fenji.sync.trees import POLICY, BlobCache, Tree

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.branches import Remote
    from fenji.model.annotations import EventKey, HeldAct
    from fenji.storage import Store
    from fenji.sync.recorder import Recorder
    from fenji.sync.remake import RemadeHistory

COMPLETE_REF = "refs/worktree/fenji/whole"  # where the last sync ended: none of its tickets and events may be lost


def no_progress(_step: str, _part: str, _done: int, _of: int) -> None:
    """Ignore progress."""


class SyncSession(Struct, dict=True):
    """A running sync: the store, the recorder, the progress callback, and the results so far."""

    store: Store
    recorder: Recorder
    progress: SyncProgress = no_progress
    outcomes: dict[str, TicketOutcome] = field(default_factory=dict)
    left_alone: dict[str, Problem] = field(default_factory=dict)
    drafts_kept: dict[str, str] = field(default_factory=dict)
    concluded: str = ""
    unfinished: str = ""
    sent: int = 0
    moved: bool = False
    policy_changed: bool = False
    policy_sent: bool = False
    held: dict[EventKey, HeldAct] = field(default_factory=dict)
    released: set[EventKey] = field(default_factory=set)
    repairs: int = 0
    carried_to: str = ""
    draft_passes_from_now: bool = False
    remote: Remote | None = None  # the hub; None in an exchange through a file

    @cached_property
    def blobs(self) -> BlobCache:
        """The cache of the blobs and tickets read from git in this session."""
        return BlobCache(self.repo)

    @property
    def repo(self) -> Repo:
        return self.store.repo

    @property
    def checkout_options(self) -> CheckoutOptions:
        """The options for writing files: the recorder, the time, and the progress callback."""
        return CheckoutOptions(
            self.recorder.by,
            self.recorder.at,
            self.recorder.policy,
            lambda done, of: self.progress("write", "", done, of),
            self.recorder.author,
            contents=self.blobs.contents,
        )

    def git_progress(self, step: str) -> remotes.TransferProgress | None:
        """Return a callback for git's progress in a step; None if nobody listens, which saves network traffic."""
        return None if self.progress is no_progress else lambda part, at, of: self.progress(step, part, at, of)

    def record_pending(self) -> None:
        """Finish an interrupted move, merge the tickets that git left in conflict, and commit all changes."""
        self.finish_interrupted()
        self.record_edits()

    def finish_interrupted(self) -> None:
        """Do what `mend` does, and end a plain rebase. Raises Refused if a person must finish a git operation."""
        self.progress("record", "", 0, 0)
        self.mend()
        if conflicts.end_rebase(self.store, self.unfinished):  # its autostash has been applied again
            self.mend()
            self.concluded = "rebase"
        if self.unfinished:
            raise conflicts.unfinished_error(self.unfinished)

    def record_edits(self) -> None:
        """Commit all uncommitted changes, and carry them to the desk's branch."""
        self.commit()

        def merge(tip: str, base: str | None) -> None:
            explained = explain_for(self.recorder, self.blobs, CommittedEdits(tip, base))
            self.merge_with(explained, choose_policy=choose_hub_policy, base=base)

        carried = desk_branch.carry(self.repo, self.desk_branch(), merge, self._fetched())
        self.carried_to = carried.branch or self.carried_to
        self.left_alone |= {problem.path: problem for problem in carried.left_behind}

    def mend(self) -> None:
        """Finish an interrupted move, and merge the tickets that git left in conflict."""
        self.add_checkout(apply.finish_pending(self.store, self.checkout_options))
        result = conflicts.mend(self.store, self.checkout_options)
        self.add_checkout(result.checkout)
        self.add_outcomes(result.outcomes)
        self.concluded, self.unfinished = result.concluded or self.concluded, result.unfinished
        self.drafts_kept |= result.drafts_kept

    def commit(self) -> None:
        """Commit all uncommitted changes, and explain changes that were committed with git without an event."""
        head = self.repo.head()
        since = self._last_exchanges(head) if head else []
        also = dict.fromkeys(
            path for commit in since for path in recording.find_unexplained(self.blobs, commit, head or "")
        )
        recorded = recording.record(self.store, self.recorder, since=since, also=also)
        self.draft_passes_from_now = recorded.draft_passes_from_now
        for problem in recorded.left_alone:
            self.left_alone.setdefault(problem.path, problem)

    def _last_exchanges(self, head: str) -> list[str]:
        """Return the last commits shared with others: the merge base with the fetched hub, and the last sync's end."""
        tracking = self._fetched()
        fetched = refs.merge_base(self.repo, head, tracking) if tracking else None
        complete = refs.resolve(self.repo, COMPLETE_REF)
        joined = complete if complete and refs.contains(self.repo, head, complete) else None
        return list(dict.fromkeys(commit for commit in (fetched, joined) if commit))

    def _fetched(self) -> str | None:
        """Return the hub's commit at the last fetch."""
        remote = self.remote or branches.find_remote(self.repo)
        return refs.resolve(self.repo, remote.tracking) if remote else None

    def desk_branch(self) -> str | None:
        """Return the full name of the desk's branch in this clone, e.g. `refs/heads/main`, or None."""
        return self.remote.local if self.remote else branches.find_desk_branch(self.repo)

    def add_checkout(self, checkout: CheckoutResult | None) -> None:
        """Record the files that were left alone, and the drafts that were kept, while files were written."""
        if checkout:
            self.left_alone |= {problem.path: problem for problem in checkout.left_alone}
            self.drafts_kept |= checkout.drafts_kept

    def add_outcomes(self, arrived: Iterable[TicketOutcome]) -> None:
        """Record the outcomes of tickets, combining several outcomes of one ticket."""
        arrived = list(arrived)
        for outcome in arrived:
            key = outcome.uid or outcome.path
            self.outcomes[key] = results.combine(self.outcomes[key], outcome) if key in self.outcomes else outcome
        state.record_arrivals(self.repo, arrived)

    def merge_with(
        self,
        theirs: str,
        *,
        choose_policy: PolicyChooser,
        base: str | None = None,
        while_writing: Callable[[str], None] | None = None,
    ) -> MergeCommit:
        """Merge HEAD with another commit, and move branch and files to the result.

        `while_writing` is called with the commit once the branch has moved to it, while the files are being written.
        """
        while True:
            head = self.head()
            self.progress("merge", "", 0, 0)
            merge = merge_commits(self.blobs, head, theirs, choose_policy=choose_policy, base=base)
            if merge.commit == head:
                return merge
            for path, data in merge.lost_drafts.items():
                self.drafts_kept[path] = keep.keep_draft(self.store.root, path, data)
            if self.move_to(head, merge.commit, while_writing=while_writing):
                self.policy_changed = self.policy_changed or merge.policy_changed
                if merge.policy_changed:
                    policy_record.follow_merge(self.store)
                self.add_outcomes(merge.tree.outcomes)
                return merge

    def restore_lost(self) -> None:
        """Restore files that were deleted and events that were dropped with git since the last sync.

        Every version of a ticket that was committed since then is compared with the current one.
        """
        head = self.head()
        since = refs.resolve(self.repo, COMPLETE_REF)
        since = since if since and refs.contains(self.repo, head, since) else None
        commit, restored = recovery.restore_lost(self.blobs, since, head, self.recorder)
        if commit != head and self.move_to(head, commit):
            self.add_outcomes(restored)

    def repair(self, hub: str | None, refused: Sequence[str] = ()) -> bool:
        """Hold back whatever the judge refuses in the commits that the hub lacks; return whether anything was held.

        `refused` are the lines of a hub that refused a push; if the local judge finds nothing, what they name is held.
        """
        head = self.head()
        if self.repo.prefix or head == hub:
            return False  # a hub that judges has nothing but the desk in its repository
        # A hub that refuses a push has just sent its time.
        judged = JudgedRange(hub, head, clock_check.find_hub_now(self.repo) if refused else self.judging_time())
        remade = repairing.take_out(self.blobs, judged)
        acts = remade.held
        if remade.head == head:
            plan = repairing.plan_from_words(self.repo, judged, refused)
            if plan is None:
                return False
            remade = repairing.take_out(self.blobs, judged, plan)
            acts = tuple(repairing.mark_refused_by_hub(remade.held, self.repo, hub))
        if remade.head == head:
            return False
        self._take_remade(head, replace(remade, held=acts))
        return True

    def hold_refused_policy(self, theirs: str) -> None:
        """Hold back a policy that was committed by hand and that a judging hub would refuse."""
        texts = self.repo.read_versions(POLICY, (theirs, head := self.head()))
        draft = texts[head]
        if self.repo.prefix or draft is None or draft == texts[theirs]:
            return
        in_force = load_policy_in_force(self.store.root, self.repo)
        if draft == in_force.data:
            return
        problems = policy_record.make_judge(self.store, self.recorder, in_force).find_problems(draft)
        if problems:
            commits = JudgedRange(theirs, head, self.judging_time()).commits(self.repo)
            self._take_remade(head, remake(self.blobs, commits, head, HoldPlan(paths={POLICY: problems[0].message})))

    def _take_remade(self, head: str, remade: RemadeHistory) -> None:
        """Move to a remade history, after keeping whatever was taken out of it."""
        holding.keep_history(self.repo, head)
        self.hold(remade)
        differing = {difference.path for difference in objects.diff_commits(self.repo, head, remade.head)}
        left_out = [path for path in sorted(differing) if _is_below(path, remade.left_out)]
        texts = self.repo.read_versions(POLICY, (head, remade.head)) if POLICY in left_out else {}
        if (policy := texts.get(head)) not in (None, texts.get(remade.head)):
            self.drafts_kept[POLICY] = keep.keep_draft(self.store.root, POLICY, policy)
        untouched = tuple(path for path in left_out if path != POLICY)
        # If somebody acted meanwhile, the branch does not move: the next push is refused and repaired with that act.
        self.move_to(head, remade.head, untouched)

    def judging_time(self) -> datetime:
        """Return the hub's present time, as far as known: a hub judges later acts to be in the future."""
        return clock_check.find_hub_now(self.repo, max(self.recorder.at, clock_check.utc_now()))

    def hold(self, remade: RemadeHistory) -> None:
        """Keep the acts that were taken out of a history, and report them and the files left out."""
        holding.hold(self.repo, remade.held)
        self.held |= {act.key: act for act in remade.held}
        self.left_alone |= {
            path: Problem(files.printable(path), 0, 0, "", reason) for path, reason in remade.left_out.items()
        }

    def release_held(self) -> None:
        """Release held acts that the judge now accepts, and forget those that arrived in another way."""
        acts = holding.list_held(self.repo)
        if not acts or self.repo.prefix:
            return
        head = self.head()
        holding.release(self.repo, repairing.find_arrived(self.repo, head))
        passing = repairing.find_passing(self.blobs, head, self.judging_time(), besides=self.held)
        if passing != head and self.move_to(head, passing):
            holding.release(self.repo, repairing.find_arrived(self.repo, passing))
        still_held = {act.key for act in holding.list_held(self.repo)}
        self.released |= {act.key for act in acts} - still_held

    def move_to(
        self,
        before: str,
        after: str,
        untouched: tuple[str, ...] = (),
        *,
        while_writing: Callable[[str], None] | None = None,
    ) -> bool:
        """Move the branch and the files from one commit to another; return False if the branch has moved meanwhile."""
        move = BranchMove(before, after, untouched=untouched)
        if while_writing:
            options = replace(self.checkout_options, on_progress=ignore_files)
            checkout = apply.move_branch_while(self.store, move, options, partial(while_writing, after))
        else:
            checkout = apply.move_branch(self.store, move, self.checkout_options)
        if checkout is None:
            return False
        self.moved = True
        self.add_checkout(checkout)
        if checkout.merged_edits:
            self.commit()
        return True

    def head(self) -> str:
        """Return HEAD's commit. Raises Refused if there is no commit yet."""
        head = self.repo.head()
        if head is None:
            hint = "Start with a clone of the hub: fenji init DIR --site SITE --from URL"
            raise Refused("Nothing is recorded here yet.", hint=hint)
        return head

    def finish(self, tries: int) -> SyncResult:
        """Remember where this sync ended, and return its result."""
        head = self.head()
        desk_branch.follow(self.repo, self.desk_branch())
        if self.moved or refs.resolve(self.repo, COMPLETE_REF) != head:
            refs.set_ref(self.repo, COMPLETE_REF, head)
        return SyncResult(
            tuple(self.outcomes.values()),
            self.sent,
            tries,
            self.drafts_kept,
            self.policy_changed,
            tuple(self.left_alone.values()),
            self.concluded,
            self.unfinished,
            self.policy_sent,
            tuple(self.held.values()),
            len(self.released - self.held.keys()),  # a hub whose clock is slow may have refused some of them again
            state.record_named(self.repo, self.left_alone.values()),
            self.carried_to,
            clock_check.find_clock_problem(self.repo),
            draft_passes_from_now=self.draft_passes_from_now,
        )


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def check_desk(repo: Repo, commit: str, shown: str) -> None:
    """Raise Refused if a commit contains no desk, e.g. if it belongs to an unrelated repository."""
    if not (tree := Tree(repo, commit)).entry(POLICY) and not tree.list_folder("tickets/open"):
        hint = "See where it points with: git remote -v"
        raise Refused("{remote} holds no desk.", hint=hint, remote=shown)
