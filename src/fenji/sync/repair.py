"""Take out of commits what the hub would refuse, hold it back, and let the rest go (format 3).

One judge serves both ends: what is taken out is what `judge.push` refuses. Whatever it still refuses after some rounds
is held whole, so that nothing ever holds up the rest.
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

_ROUNDS = 6  # of judging and taking out, before everything is held
_NUMBER = re.compile(r"\b[A-Z][A-Z0-9]*-\d{4}-\d{4,7}(?:-[0-9A-Z]{2,26})?\b")


class JudgedRange(Struct, frozen=True):
    """The commits to judge: those that `head` has and `base` and `settled` lack, by the rules of `base`, at `now`."""

    base: str | None
    head: str
    now: datetime
    settled: tuple[str, ...] = ()

    def commits(self, repo: Repo) -> list[CommitObject]:
        """Return the commits, parents before children."""
        return repo.past.commits_since(self.head, self.base, *self.settled)

    def find_refusals(self, repo: Repo, head: str) -> list[Refusal]:
        """Judge the commits as they end with `head`."""
        check = PushCheck(repo.past, self.base, head, Arrival(self.now), settled=self.settled)
        return deduplicate(check.find_refusals())


def take_out(blobs: BlobCache, judged: JudgedRange, plan: HoldPlan | None = None) -> RemadeHistory:
    """Return the history without what the judge refuses, and without what `plan` takes out anyway."""
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
    everything = {commit.sha: Sentence("cannot go out with what it was made on") for commit in commits}
    remade = remake(blobs, commits, judged.head, replace(plan, commits={**everything, **plan.commits}))
    return replace(remade, head=judged.base) if judged.base else remade


def _extend(plan: HoldPlan, refusals: Iterable[Refusal], remade: RemadeHistory) -> bool:
    """Add to the plan what the refusals name; return False where that changes nothing."""
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
    """Return what to hold by the words of a hub that refuses what the judge here accepts; None if they name nothing.

    Whole tickets are held, and other files. A hub with fenji says for programs what it refuses, and why; others name
    the tickets.
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


# --- what was held and may go out -------------------------------------------------------------------------------------


def find_arrived(repo: Repo, head: str) -> list[HeldAct]:
    """Return the held acts that `head` has by now."""
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
    """Return a commit on `head` with every held act that the judge accepts by now; `head` if there is none.

    Those `besides` have just been refused by a hub whose clock is another.
    """
    repo = blobs.repo
    policy = _policy_blob(repo, head)
    acts = [act for act in held.list_held(repo) if act.key not in besides and (not act.policy or act.policy != policy)]
    commits = repo.past.read_commits(dict.fromkeys(act.commit for act in acts))
    for sha in sorted(commits, key=lambda name: (commits[name].committer.at, name)):
        head = _bring_back(blobs, commits[sha], head, now, [act for act in acts if act.commit == sha])
    return head


def _bring_back(blobs: BlobCache, commit: CommitObject, head: str, now: datetime, acts: Sequence[HeldAct]) -> str:
    """Return a commit on `head` with acts that one commit brought, as many of them as pass; else `head`."""
    repo = blobs.repo
    if commit.signed and all(refs.contains(repo, head, parent) for parent in commit.parents):
        # As it was made, so that its signature counts.
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
    """Return the acts marked with the hub's policy, until a change of which they are not tried again."""
    policy = _policy_blob(repo, hub) if hub else ""
    return [replace(act, policy=policy) for act in acts]
