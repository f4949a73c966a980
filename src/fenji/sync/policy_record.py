"""Put a draft of the policy in force at the desk where it was typed, or commit it for the hub (clock rules 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.git import refs
from fenji.judge.policy_draft import DraftJudge
from fenji.judge.policy_in_force import OWN_POLICY, POLICY_FILE, load_policy_in_force

if TYPE_CHECKING:
    from fenji.errors import Problem
    from fenji.judge.policy_in_force import PolicyInForce
    from fenji.storage import Store
    from fenji.sync.recorder import Recorder


class DraftOutcome(Struct, frozen=True):
    """The problems of a refused draft (empty: no draft, or it passed), and whether it would pass if dated now."""

    problems: tuple[Problem, ...] = ()
    passes_from_now: bool = False


def bring_in(store: Store, recorder: Recorder) -> DraftOutcome:
    """Commit the draft in policy.yaml if a hub would take it now; a desk without a hub that judges puts it in force."""
    in_force = load_policy_in_force(store.root, store.repo)
    if in_force.is_own and not in_force.is_founded and not in_force.problems:
        _put_in_force(store)  # the policy that applied before there was a draft
    if not in_force.draft:
        return DraftOutcome()
    judge = make_judge(store, recorder, in_force)
    problems = judge.find_problems(in_force.draft)
    if problems:
        return DraftOutcome(problems, judge.date_from_now(in_force.draft) is not None)
    with store.lock:
        author = recorder.author(recorder.by)
        changes = {POLICY_FILE: in_force.draft}
        store.repo.commit(
            changes, message=f"desk: {POLICY_FILE}", author=author, at=recorder.at, committer=recorder.author("")
        )
    if in_force.is_own:
        _put_in_force(store)
    return DraftOutcome()


def make_judge(store: Store, recorder: Recorder, in_force: PolicyInForce) -> DraftJudge:
    """Return the judge of drafts that the recording person brings in now."""
    return DraftJudge.at_desk(store.root, store.repo, in_force, recorder.by, recorder.at)


def date_draft(store: Store, recorder: Recorder) -> None:
    """Set the `since` of a draft and the `on` of its corrections to now if it is only refused because they are past."""
    in_force = load_policy_in_force(store.root, store.repo)
    dated = make_judge(store, recorder, in_force).date_from_now(in_force.draft) if in_force.draft else None
    if dated is not None:
        with store.lock:
            files.write(store.root, POLICY_FILE, dated)


def follow_merge(store: Store) -> None:
    """Put in force the policy that a merge with another clone chose, unless a hub decides which one is in force."""
    if not load_policy_in_force(store.root, store.repo).is_at_hub:
        _put_in_force(store)


def _put_in_force(store: Store) -> None:
    """Remember that the policy of the last commit is in force here."""
    head = store.repo.head()
    if head:
        refs.set_ref(store.repo, OWN_POLICY, head)
