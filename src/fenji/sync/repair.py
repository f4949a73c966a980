"""Take acts that the hub would refuse out of commits, hold them back, and let the rest be sent (format 3).

Both ends use the same judge: the parts that `judge.push` refuses are taken out. If it still refuses some after several
rounds, all the commits are held as a whole, so that a sync never gets stuck.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence, Sized
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.git import refs
from fenji.judge.contents import BlobContents
from fenji.judge.lookup import find_tickets
from fenji.judge.paths import POLICY, ticket_number_at
from fenji.judge.policy_line import Arrival
from fenji.judge.push import PushCheck, deduplicate
from fenji.judge.refusals import from_wire
from fenji.sync import held
from fenji.sync.merge_commit import merge_commits
from fenji.sync.policy_choice import choose_hub_policy
from fenji.sync.remake import HoldPlan, RemadeHistory, reapply, remake
from fenji.sync.trees import Tree

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.commit_object import CommitObject
    from fenji.judge.refusals import Refusal
    from fenji.model.annotations import EventKey, HeldAct
    from fenji.model.ticket import Ticket
    from fenji.sync.trees import BlobCache

_ROUNDS = 6  # rounds of judging and taking out before everything is held
_NUMBER = re.compile(r"\b[A-Z][A-Z0-9]*-\d{4}-\d{4,7}(?:-[0-9A-Z]{2,26})?\b")


class JudgedRange(Struct, frozen=True):
    """The commits to judge at `now` by the rules of `base`: those of `head` that `base` and `settled` lack."""

    base: str | None
    head: str
    now: datetime
    settled: tuple[str, ...] = ()

    def commits(self, repo: Repo) -> list[CommitObject]:
        """Return the commits, parents before children."""
        return repo.past.commits_since(self.head, self.base, *self.settled)

    def find_refusals(self, repo: Repo, head: str) -> list[Refusal]:
        """Return the judge's refusals of the commits, or of remade ones that end with `head`."""
        check = PushCheck(repo.past, self.base, head, Arrival(self.now), settled=self.settled)
        return deduplicate(check.find_refusals())


def take_out(blobs: BlobCache, judged: JudgedRange, plan: HoldPlan | None = None) -> RemadeHistory:
    """Return the history without the parts that the judge refuses and those that `plan` takes out from the start."""
    repo = blobs.repo
    commits = judged.commits(repo)
    plan = plan or HoldPlan()
    for _ in range(_ROUNDS):
        remade = remake(blobs, commits, judged.head, plan)
        refusals = judged.find_refusals(repo, remade.head)
        if not refusals:
            return remade
        if not _extend(plan, refusals, remade):
            break
    everything = {commit.sha: Sentence("cannot be sent with what it was based on") for commit in commits}
    remade = remake(blobs, commits, judged.head, replace(plan, commits={**everything, **plan.commits}))
    return replace(remade, head=judged.base) if judged.base else remade


def _extend(plan: HoldPlan, refusals: Iterable[Refusal], remade: RemadeHistory) -> bool:
    """Add the parts that the refusals name to the plan; return False if that changes nothing."""
    originals = {after: before for before, after in remade.replaced.items()}
    before = _size(plan)
    for refusal in refusals:
        events = [(refusal.uid, digest) for digest in refusal.events if (refusal.uid, digest) not in plan.events]
        if events:
            plan.events |= dict.fromkeys(events, refusal.message)
        elif refusal.uid and (refusal.events or refusal.uid in plan.mended):
            plan.tickets.setdefault(refusal.uid, refusal.message)
        elif refusal.uid:
            plan.mended.add(refusal.uid)
        elif refusal.path:
            plan.paths.setdefault(refusal.path, refusal.message)
        elif refusal.commit:
            plan.commits.setdefault(originals.get(refusal.commit, refusal.commit), refusal.message)
    return _size(plan) > before


def _size(plan: HoldPlan) -> int:
    parts: tuple[Sized, ...] = (plan.events, plan.tickets, plan.commits, plan.paths, plan.mended)
    return sum(map(len, parts))


def plan_from_words(repo: Repo, judged: JudgedRange, refused: Sequence[str]) -> HoldPlan | None:
    """Return a plan from the lines of a hub that refused acts which the local judge accepts; None if they name nothing.

    It holds whole tickets and other files. A hub that runs fenji also sends its refusals in a form for programs; of
    other hubs, the ticket numbers in the text are used.
    """
    plan = HoldPlan()
    uids = _unsent_uids(repo, judged)
    own_uids = set().union(*uids.values())
    refusals = [refusal for line in refused if (refusal := from_wire(line))]
    for refusal in refusals:
        named = (
            {refusal.uid} if refusal.uid else set().union(*(uids.get(n, ()) for n in _NUMBER.findall(refusal.subject)))
        )
        for uid in named & own_uids:
            plan.tickets.setdefault(uid, refusal.message)
        if refusal.path and not named:
            plan.paths.setdefault(refusal.path, refusal.message)
    for line in () if refusals else refused:
        reason = Sentence("the hub refuses it: {reason}", {"reason": line})
        for number in _NUMBER.findall(line):
            for uid in uids.get(number, ()):
                plan.tickets.setdefault(uid, reason)
        if line.startswith(POLICY):
            plan.paths.setdefault(POLICY, reason)
    return plan if _size(plan) else None


def _unsent_uids(repo: Repo, judged: JudgedRange) -> dict[str, set[str]]:
    history = repo.past
    contents = BlobContents(history)
    trees = {sha: commit.tree for sha, commit in history.read_commits(filter(None, (judged.base, judged.head))).items()}
    uids: dict[str, set[str]] = {}
    for difference in history.diff_trees([(trees.get(judged.base or ""), trees[judged.head])])[0]:
        ticket = contents.ticket(difference.after, difference.path) if ticket_number_at(difference.path) else None
        if ticket:
            uids.setdefault(ticket.id, set()).add(ticket.uid)
    return uids


# --- held acts that may be sent ---------------------------------------------------------------------------------------


def find_arrived(repo: Repo, head: str) -> list[HeldAct]:
    """Return the held acts whose events `head` now has."""
    arrived: list[HeldAct] = []
    contents = BlobContents(repo.past)
    for act in held.list_held(repo):
        ticket = _load_ticket(contents, head, act)
        if ticket and any(event.digest == act.digest for event in ticket.log):
            arrived.append(act)
    return arrived


def _load_ticket(contents: BlobContents, commit: str, act: HeldAct) -> Ticket | None:
    return next(iter(find_tickets(contents, commit, {act.uid: [act.id]}).get(act.uid, ())), None)


def find_passing(blobs: BlobCache, head: str, now: datetime, besides: Container[EventKey] = ()) -> str:
    """Return a commit on `head` with every held act that the judge now accepts; `head` if there is none.

    The acts `besides` are not tried: they were held in this sync, so a hub with a different clock may refuse them.
    """
    repo = blobs.repo
    policy = _policy_blob(repo, head)
    acts = [act for act in held.list_held(repo) if act.key not in besides and (not act.policy or act.policy != policy)]
    commits = repo.past.read_commits(dict.fromkeys(act.commit for act in acts))
    for sha in sorted(commits, key=lambda name: (commits[name].committer.at, name)):
        head = _bring_back(blobs, commits[sha], head, now, [act for act in acts if act.commit == sha])
    return head


def _bring_back(blobs: BlobCache, commit: CommitObject, head: str, now: datetime, acts: Sequence[HeldAct]) -> str:
    """Return a commit on `head` with those acts of one commit that the judge accepts; `head` if it accepts none."""
    repo = blobs.repo
    if commit.signed and all(refs.contains(repo, head, parent) for parent in commit.parents):
        # Merge the original commit, so that its signature counts.
        joined = merge_commits(blobs, commit.sha, head, choose_policy=choose_hub_policy).commit
        if not JudgedRange(head, joined, now).find_refusals(repo, joined):
            return joined
    wanted = {act.key for act in acts}
    others = {act.key: act.reason for act in held.list_held(repo) if act.key not in wanted}
    plan = HoldPlan(events=others, tickets_only=True)
    candidate = reapply(blobs, commit, head, plan)
    return take_out(blobs, JudgedRange(head, candidate, now), plan).head if candidate != head else head


def _policy_blob(repo: Repo, commit: str) -> str:
    entry = Tree(repo, commit).entry(POLICY)
    return entry.blob if entry else ""


def mark_refused_by_hub(acts: Iterable[HeldAct], repo: Repo, hub: str | None) -> list[HeldAct]:
    """Return the acts marked with the id of the hub's policy: they are not tried again until that policy changes."""
    policy = _policy_blob(repo, hub) if hub else ""
    return [replace(act, policy=policy) for act in acts]
