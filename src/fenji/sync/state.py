"""The memory of this clone about its syncs: how the last one went, and the arrivals that nobody has looked at yet.

It is one small file in the git folder; if it cannot be read, an empty one replaces it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from fenji import files
from fenji.git import branches, refs
from fenji.git.remotes import PUSH_REFUSED
from fenji.git.run import run_git
from fenji.judge.refusals import dump_sentence, load_sentence
from fenji.storage.lock import FileLock
from fenji.sync import results
from fenji.sync.merge_commit import MERGER_NAME as MERGER
from fenji.sync.results import TicketOutcome

if TYPE_CHECKING:
    from fenji.errors import FenjiError, Problem, Sentence
    from fenji.git import Repo

FILE_NAME = "fenji-sync.json"
_LOCK_NAME = "fenji-sync-ledger.lock"
_MAX_COMMITS_SEARCHED = 500  # commits in which to look for one by another person


class SyncState(Struct, frozen=True):
    """When a sync last succeeded, why the last one failed (None: it did not), and the arrivals by ticket number."""

    last_ok: datetime | None = None
    failure: Sentence | None = None
    arrivals: Mapping[str, TicketOutcome] = field(default_factory=dict)
    named: tuple[str, ...] = ()  # problems that the last sync has named


class SyncStatus(Struct, frozen=True):
    """How this clone compares with its hub, for the board's header.

    `ahead` and `behind` count commits compared with the hub at the last contact; before the first contact, every commit
    is ahead. `remote` is `""` if there is no hub.
    """

    ahead: int
    behind: int
    last_ok: datetime | None
    failure: Sentence | None
    remote: str
    arrivals: int

    @property
    def is_refused(self) -> bool:
        """Whether the hub refused what the last sync sent."""
        return self.failure is not None and self.failure.template == PUSH_REFUSED


def load_state(repo: Repo) -> SyncState:
    """Return the remembered state, or an empty one if it is missing or cannot be read."""
    try:
        data = json.loads((repo.git_dir / FILE_NAME).read_bytes())
        last_ok = datetime.fromisoformat(data["last_ok"]) if data["last_ok"] else None
        failure = load_sentence(data["failure"]) if isinstance(data["failure"], dict) else None
        arrivals = {str(key): _parse_outcome(arrival) for key, arrival in data["arrivals"].items()}
        return SyncState(last_ok, failure, arrivals, tuple(map(str, data.get("named", ()))))
    except files.DAMAGE:
        return SyncState()


def _parse_outcome(data: Mapping[str, Any]) -> TicketOutcome:
    tuples = {key: tuple(map(str, data[key])) for key in ("superseded", "people")}
    return TicketOutcome(**{**data, **tuples})


def _update_state(repo: Repo, update: Callable[[SyncState], SyncState]) -> None:
    """Update the state under a lock between threads and processes; write it only if it changed."""
    with FileLock(repo.git_dir / _LOCK_NAME):
        before = load_state(repo)
        after = update(before)
        if after == before:
            return
        failure = after.failure
        reason = dump_sentence(failure) if failure else None
        last_ok = after.last_ok.isoformat() if after.last_ok else None
        arrivals = {key: asdict(arrival) for key, arrival in after.arrivals.items()}
        data = {"last_ok": last_ok, "failure": reason, "arrivals": arrivals, "named": after.named}
        files.keep(repo.git_dir, FILE_NAME, json.dumps(data).encode())


def record_success(repo: Repo, at: datetime) -> None:
    """Record a successful sync with the hub."""
    _update_state(repo, lambda current: replace(current, last_ok=at, failure=None))


def record_failure(repo: Repo, error: FenjiError) -> None:
    """Record why a sync failed."""
    _update_state(repo, lambda current: replace(current, failure=error.sentence))


def record_arrivals(repo: Repo, arrived: Iterable[TicketOutcome]) -> None:
    """Record arrivals, combining each with an earlier arrival of the same ticket that nobody has looked at."""
    readable = [outcome for outcome in arrived if outcome.how != results.UNREADABLE]

    def add(current: SyncState) -> SyncState:
        arrivals = dict(current.arrivals)
        for outcome in readable:
            before = arrivals.pop(outcome.was, None) or arrivals.get(outcome.id)
            arrivals[outcome.id] = results.combine(before, outcome) if before else outcome
        return replace(current, arrivals=arrivals)

    if readable:
        _update_state(repo, add)


def record_named(repo: Repo, problems: Iterable[Problem]) -> frozenset[str]:
    """Record the problems that a sync names; return the paths that the sync before named for the same reason."""
    reasons = {str(problem): problem.path for problem in problems}
    named, before = tuple(sorted(reasons)), load_state(repo).named
    if named != before:
        _update_state(repo, lambda current: replace(current, named=named))
    return frozenset(reasons[reason] for reason in reasons.keys() & set(before))


def mark_seen(repo: Repo, ids: Iterable[str] | None = None) -> None:
    """Forget the arrivals of these tickets, by number, since the person has looked at them; all arrivals if None."""
    seen = None if ids is None else set(ids)

    def remove(current: SyncState) -> SyncState:
        kept = {key: outcome for key, outcome in current.arrivals.items() if seen is not None and key not in seen}
        return replace(current, arrivals=kept)

    if load_state(repo).arrivals:
        _update_state(repo, remove)


def read_status(repo: Repo) -> SyncStatus:
    """Return how this clone compares with its hub, with a few quick git commands and no network access."""
    current = load_state(repo)
    remote = branches.find_remote(repo)
    head = repo.head()
    tracking = refs.resolve(repo, remote.tracking) if remote else None
    ahead, behind = refs.count_ahead_behind(repo, head, tracking) if head and tracking else (0, 0)
    if head and remote and not tracking:
        ahead = int(run_git(repo.top, "rev-list", "--count", "--no-merges", head, "--").stdout or 0)
    remote_name = remote.display_name if remote else ""
    return SyncStatus(ahead, behind, current.last_ok, current.failure, remote_name, len(current.arrivals))


RECORDED, SENT, SEEN = "recorded", "sent", "seen"


def delivery_status(repo: Repo, *paths: str) -> str:
    """Return how far the last change of a ticket, given its possible paths, has travelled; `""` if unknown.

    `recorded`: committed only here. `sent`: the hub had it at the last contact. `seen`: somebody else has committed on
    top of it; a reader who writes nothing leaves no trace, so it may have been seen earlier.
    """
    head, remote = repo.head(), branches.find_remote(repo)
    if not head:
        return ""
    pathspecs = (f"{repo.prefix}{path}" for path in paths)
    last = run_git(
        repo.top,
        "--literal-pathspecs",
        "log",
        "-1",
        "--format=%H%x00%an",
        head,
        "--",
        *pathspecs,
    )
    commit, _, author = last.stdout.decode("utf-8", "replace").strip().partition("\0")
    tracking = refs.resolve(repo, remote.tracking) if remote else None
    if not commit or not tracking or not refs.contains(repo, tracking, commit):
        return RECORDED if commit else ""
    options = (
        "--format=%an",
        "--ancestry-path",
        "--no-merges",
        f"--max-count={_MAX_COMMITS_SEARCHED}",
    )
    answer = run_git(repo.top, "log", *options, f"{commit}..{tracking}", "--")
    others = set(answer.stdout.decode("utf-8", "replace").splitlines()) - {author, MERGER}
    return SEEN if others else SENT
