"""Track the steps in a clone's history that should be signed but are not, as the history grows.

One small file in the git folder, which no pull writes, remembers how far the history was scanned, the findings, and the
keys and requirements that applied. If it cannot be read, the history is scanned again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from fenji import files
from fenji.git.history import History, is_object_id
from fenji.judge.commits import CHUNK_SIZE
from fenji.judge.contents import BlobContents
from fenji.judge.refusals import dump_sentence, load_sentence
from fenji.judge.signatures import SignatureCheck, find_first_demand, is_signed_by, verify_commits
from fenji.model.annotations import UnsignedStep

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.commit_object import CommitObject
    from fenji.model.policy import Policy

FILE_NAME = "fenji-unsigned.json"


class SignatureScan(Struct, frozen=True):
    """How far the history was scanned (`heads`: these commits and all before them), for which policy, and the result.

    `doubtful` are the steps not signed according to the policy of their time; `remaining` counts the commits to scan.
    """

    policy_digest: str
    heads: tuple[str, ...]
    doubtful: tuple[SignatureCheck, ...] = ()
    remaining: int = 0

    @property
    def unsigned(self) -> tuple[UnsignedStep, ...]:
        """The steps that should be signed but are not, and have not been repeated with a signature since."""
        signed = _group_by_ticket(check.event for check in self.doubtful if check.signed_now)
        unsigned = (check.event for check in self.doubtful if not check.signed_now)
        return tuple(
            event for event in unsigned if not any(repeat.repeats(event) for repeat in signed.get(event.uid, ()))
        )


def scan_history(repo: Repo, policy: Policy, head: str, scan: SignatureScan | None) -> Iterator[SignatureScan]:
    """Scan the commits after `scan` in chunks of CHUNK_SIZE; yield the state at the start and after each chunk."""
    contents = BlobContents(repo.past)
    scan = _apply_policy(policy, _limit_to_history(head, scan, contents.history), contents, head)
    commits = [] if scan.heads == (head,) else contents.history.commits_since(head, *scan.heads)
    policy_blobs: dict[str, str] = {}
    yield replace(scan, remaining=len(commits))
    for start in range(0, len(commits), CHUNK_SIZE):
        chunk = commits[start : start + CHUNK_SIZE]
        doubtful = _update_doubtful(scan.doubtful, list(verify_commits(chunk, contents, policy, policy_blobs)))
        contents.clear()
        scan = SignatureScan(
            scan.policy_digest, _find_heads(scan.heads, chunk), doubtful, len(commits) - start - len(chunk)
        )
        yield scan


def _update_doubtful(known: Sequence[SignatureCheck], checks: Sequence[SignatureCheck]) -> tuple[SignatureCheck, ...]:
    """Return the doubtful steps, old and new, without those that were repeated with a signature."""
    doubtful = {
        (check.event.commit, check.event.uid, check.event.n): check
        for check in (*known, *checks)
        if not check.signed_then
    }
    signed = _group_by_ticket(check.event for check in checks if check.signed_then)
    return tuple(
        check
        for check in doubtful.values()
        if not any(event.repeats(check.event) for event in signed.get(check.event.uid, ()))
    )


def _group_by_ticket(events: Iterable[UnsignedStep]) -> dict[str, list[UnsignedStep]]:
    by_uid: dict[str, list[UnsignedStep]] = {}
    for event in events:
        by_uid.setdefault(event.uid, []).append(event)
    return by_uid


def _limit_to_history(head: str, scan: SignatureScan | None, history: History) -> SignatureScan | None:
    """Return the part of a scan that is in the history of `head`, in case commits were dropped."""
    if scan is None or scan.heads == (head,) or all(history.contains(head, commit) for commit in scan.heads):
        return scan
    base = history.merge_base([head, *scan.heads])
    if base is None:
        return None
    doubtful = tuple(check for check in scan.doubtful if history.contains(base, check.event.commit))
    return replace(scan, heads=(base,), doubtful=doubtful)


def _apply_policy(policy: Policy, scan: SignatureScan | None, contents: BlobContents, head: str) -> SignatureScan:
    """Return the scan for the policy in force; only steps that are doubtful under their own policy are rechecked."""
    digest = compute_digest(policy)
    if scan is None:
        return SignatureScan(digest, (find_first_demand(contents) or head,))
    if scan.policy_digest == digest:
        return scan
    doubtful = tuple(
        replace(check, signed_now=is_signed_by(contents.history, check.event, policy)) for check in scan.doubtful
    )
    return replace(scan, policy_digest=digest, doubtful=doubtful)


def _find_heads(heads: Sequence[str], chunk: Sequence[CommitObject]) -> tuple[str, ...]:
    parents = {sha for commit in chunk for sha in commit.parents}
    return tuple(sha for sha in dict.fromkeys((*heads, *(commit.sha for commit in chunk))) if sha not in parents)


def compute_digest(policy: Policy) -> str:
    """Return a digest of the rules that a scan depends on: people's keys, and the actions that must be signed."""
    keys = {person: member.key for person, member in policy.people.items() if member.key}
    return sha256(json.dumps([keys, sorted(policy.require_signed)], sort_keys=True).encode()).hexdigest()


# --- the file -----------------------------------------------------------------------------------------------------


def load(repo: Repo) -> SignatureScan | None:
    """Load the last scan; return None if there is none or it cannot be read."""
    try:
        data = json.loads((repo.git_dir / FILE_NAME).read_bytes())
        heads = tuple(str(head) for head in data["heads"])
        doubtful = tuple(
            SignatureCheck(_parse_event(item["step"]), signed_then=False, signed_now=bool(item["now"]))
            for item in data["doubts"]
        )
    except files.DAMAGE:
        return None
    return SignatureScan(str(data.get("rules")), heads, doubtful) if heads and all(map(is_object_id, heads)) else None


def save(repo: Repo, scan: SignatureScan) -> None:
    """Save a scan."""
    doubtful = [
        {"step": {**asdict(check.event), "reason": dump_sentence(check.event.reason)}, "now": check.signed_now}
        for check in scan.doubtful
    ]
    data = {"rules": scan.policy_digest, "heads": scan.heads, "doubts": doubtful}
    files.keep(repo.git_dir, FILE_NAME, json.dumps(data).encode())


def _parse_event(data: Mapping[str, Any]) -> UnsignedStep:
    uid, subject, do, by, clock, commit = (str(data[key]) for key in ("uid", "subject", "do", "by", "clock", "commit"))
    return UnsignedStep(uid, subject, do, by, int(str(data["n"])), clock, commit, load_sentence(data["reason"]))
