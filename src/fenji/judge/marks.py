"""Judge the branch of a remote that does not judge, as it grows, and remember the events a hub would have refused.

One small file in the git folder, which no pull writes, names the branch, how far it was judged, and the findings. If it
cannot be read, the branch is judged again from the founding on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict, replace

from fenji import files
from fenji.git.history import History, is_object_id
from fenji.judge import imported
from fenji.judge.commits import CHUNK_SIZE, JudgingContext, collect_changes
from fenji.judge.contents import BlobContents, find_founding
from fenji.judge.lookup import find_tickets
from fenji.judge.paths import POLICY
from fenji.judge.policy_line import Arrival
from fenji.judge.push import PushCheck, deduplicate, find_refused_events
from fenji.judge.refusals import Refusal, dump_sentence, load_sentence
from fenji.model.annotations import RefusedStep

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.ticket import Event

FILE_NAME = "fenji-judged.json"
_WORDS = ("uid", "subject", "do", "by", "commit", "digest")


class BranchScan(Struct, frozen=True):
    """How far a remote's branch (`ref`) was judged, the last policy used (a blob id), and the refused steps.

    `remaining` counts the commits still to judge.
    """

    ref: str
    judged: str = ""
    policy: str = ""
    refused: tuple[RefusedStep, ...] = ()
    remaining: int = 0


def scan_branch(repo: Repo, scan: BranchScan, tip: str, now: datetime) -> Iterator[BranchScan]:
    """Judge the branch's commits after `scan`, some hundred at a time; yield the state at the start and after each."""
    history = repo.past
    contents = BlobContents(history)
    scan = _limit_to_history(scan, tip, contents)
    policy = history.blob_ids(tip, [POLICY]).get(POLICY, "")
    is_new = scan.judged != tip or scan.policy != policy
    kept = [step for step in scan.refused if not is_new or _is_still_refused(step, tip, policy, contents, now)]
    scan = replace(scan, policy=policy, refused=tuple(kept))
    yield scan
    for end, remaining in _choose_ends(scan.judged, tip, history):
        refusals = deduplicate(PushCheck(history, scan.judged, end, Arrival(now, after_the_fact=True)).find_refusals())
        steps = (*scan.refused, *_to_steps(refusals, contents))
        refused = tuple({(step.commit, step.uid, step.digest): step for step in steps}.values())
        scan = replace(scan, judged=end, refused=refused, remaining=remaining)
        contents.clear()
        yield scan


def _limit_to_history(scan: BranchScan, tip: str, contents: BlobContents) -> BranchScan:
    """Return the part of a scan that is in the history of `tip`, in case the branch was rewritten."""
    history = contents.history
    known = scan.judged if scan.judged and history.resolve(scan.judged) else ""
    base = known if known and history.contains(tip, known) else history.merge_base([tip, known]) if known else None
    if base is None:
        return BranchScan(scan.ref, find_founding(contents, tip) or tip)
    if base == known:
        return scan
    return replace(
        scan, judged=base, refused=tuple(step for step in scan.refused if history.contains(base, step.commit))
    )


def _choose_ends(judged: str, tip: str, history: History) -> list[tuple[str, int]]:
    """Return commits on the way to `tip` at which a scan may pause, each with the number of commits left after it."""
    total = len(history.list_commits(tip, judged))
    line = history.list_commits(tip, judged, first_parent=True)
    rests = [sha for sha in line[CHUNK_SIZE - 1 : -1 : CHUNK_SIZE] if history.contains(sha, judged)]
    behind = [(sha, len(history.list_commits(tip, sha))) for sha in rests]
    return [*behind, (tip, 0)] if total else []


def _to_steps(refusals: Sequence[Refusal], contents: BlobContents) -> Iterator[RefusedStep]:
    """Yield the steps refused in single commits, event by event; faults of the final files are left to `check`."""
    for refusal in refusals:
        if refusal.commit and refusal.uid:
            events = _find_events(refusal, contents)
            for digest in refusal.events or ("",):
                event = events.get(digest)
                do, by, n = (event.do, event.by, event.n) if event else ("", "", 0)
                yield RefusedStep(refusal.uid, refusal.subject, do, by, n, refusal.commit, refusal.message, digest)


def _find_events(refusal: Refusal, contents: BlobContents) -> dict[str, Event]:
    copies = find_tickets(contents, refusal.commit, {refusal.uid: [refusal.subject]}).get(refusal.uid, ())
    return {event.digest: event for ticket in copies for event in ticket.log}


def _is_still_refused(step: RefusedStep, tip: str, policy_blob: str, contents: BlobContents, now: datetime) -> bool:
    """Whether a step would be refused under the newest policy, too; events that were removed may be back."""
    commit = contents.history.read_commits([step.commit]).get(step.commit)
    if commit is None:
        return False
    policy = contents.policy(policy_blob) if policy_blob else ()
    policies = () if isinstance(policy, tuple) else (policy,)
    for changes in collect_changes([commit], contents):
        for revision in (revision for revision in changes.revisions if revision.uid == step.uid):
            if not step.digest:
                copies = find_tickets(contents, tip, {step.uid: [step.subject]}).get(step.uid, ())
                if imported.find_origin_fault(revision, JudgingContext(policies, commit.author, now)):
                    return any(
                        revision.after and ticket.get("origin") == revision.after.get("origin") for ticket in copies
                    )
                return not revision.lost_digests <= {event.digest for ticket in copies for event in ticket.log}
            if isinstance(policy, tuple):
                return True
            return step.digest in find_refused_events(contents.history, changes, revision, policy, now)
    return True


# --- the file -----------------------------------------------------------------------------------------------------


def load(repo: Repo) -> BranchScan | None:
    """Load the last scan; return None if no branch is to be judged here, or the file cannot be read."""
    try:
        data = json.loads((repo.git_dir / FILE_NAME).read_bytes())
        steps = tuple(
            RefusedStep(
                **{key: str(item[key]) for key in _WORDS}, n=int(item["n"]), reason=load_sentence(item["reason"])
            )
            for item in data["refused"]
        )
        scan = BranchScan(str(data["ref"]), str(data["judged"]), str(data["policy"]), steps)
    except files.DAMAGE:
        return None
    is_usable = scan.ref.startswith("refs/remotes/") and (not scan.judged or is_object_id(scan.judged))
    return scan if is_usable else None


def save(repo: Repo, scan: BranchScan) -> None:
    """Save a scan. Raises Unavailable if the git folder cannot be written."""
    refused = [{**asdict(step), "reason": dump_sentence(step.reason)} for step in scan.refused]
    data = {"ref": scan.ref, "judged": scan.judged, "policy": scan.policy, "refused": refused}
    files.keep(repo.git_dir, FILE_NAME, json.dumps(data).encode())


def watch_branch(repo: Repo, ref: str | None) -> None:
    """Judge this branch of a remote from now on (None: the remote judges its pushes itself, so nothing is tracked)."""
    known = load(repo)
    if ref is None:
        files.remove(repo.git_dir, FILE_NAME)
    elif known is None or known.ref != ref:
        save(repo, BranchScan(ref))
