"""What this clone remembers about its exchanges: how the last one went, and what came in that nobody has looked at yet.

One small file in the git folder; whatever is wrong with it, it is begun anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fenji.errors import FenjiError, Sentence
from fenji.repo import refs, remotes
from fenji.repo.command import ask
from fenji.store import files
from fenji.store.lock import Lock
from fenji.sync import outcomes
from fenji.sync.joining import NAME as MERGER
from fenji.sync.outcomes import Outcome

if TYPE_CHECKING:
    from fenji.repo import Repo

NAME = "fenji-sync.json"
_LOCK = "fenji-sync-ledger.lock"
_SEEN_WITHIN = 500  # commits looked through for one of another person's


@dataclass(frozen=True)
class Ledger:
    """When the last exchange went well, why the last one failed (None: it did not), and what came in, by number."""

    last_ok: datetime | None = None
    failure: Sentence | None = None
    arrivals: Mapping[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """How this clone stands to its hub, for the board's header.

    `ahead` and `behind` count commits, as of the last talk with the hub; `remote` is `""` where there is no hub. With
    no talk yet everything is ahead.
    """

    ahead: int
    behind: int
    last_ok: datetime | None
    failure: Sentence | None
    remote: str
    arrivals: int


def read(repo: Repo) -> Ledger:
    """What is remembered."""
    try:
        held = json.loads((repo.git_dir / NAME).read_bytes())
        last_ok = datetime.fromisoformat(held["last_ok"]) if held["last_ok"] else None
        failure = Sentence(str(held["failure"][0]), dict(held["failure"][1])) if held["failure"] else None
        return Ledger(last_ok, failure, {str(key): _outcome(one) for key, one in held["arrivals"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return Ledger()


def _outcome(held: Mapping[str, Any]) -> Outcome:
    lists = {key: tuple(map(str, held[key])) for key in ("superseded", "people")}
    return Outcome(**{**held, **lists})


def _change(repo: Repo, change: Callable[[Ledger], Ledger]) -> None:
    """Remember something else, where it differs; threads and processes take turns."""
    with Lock(repo.git_dir / _LOCK):
        before = read(repo)
        after = change(before)
        if after == before:
            return
        failure = after.failure
        told = [failure.template, {key: str(value) for key, value in failure.values.items()}] if failure else None
        last_ok = after.last_ok.isoformat() if after.last_ok else None
        arrivals = {key: asdict(one) for key, one in after.arrivals.items()}
        held = {"last_ok": last_ok, "failure": told, "arrivals": arrivals}
        files.write(repo.git_dir, NAME, json.dumps(held, ensure_ascii=False).encode())


def went_well(repo: Repo, at: datetime) -> None:
    """Note an exchange with the hub that went well."""
    _change(repo, lambda ledger: replace(ledger, last_ok=at, failure=None))


def failed(repo: Repo, error: FenjiError) -> None:
    """Note why an exchange failed."""
    _change(repo, lambda ledger: replace(ledger, failure=error.sentence))


def came(repo: Repo, found: Iterable[Outcome]) -> None:
    """Note what came in; what came of a ticket that nobody has looked at since adds up."""
    news = [one for one in found if one.how != outcomes.UNREADABLE]

    def added(ledger: Ledger) -> Ledger:
        held = dict(ledger.arrivals)
        for one in news:
            before = held.pop(one.was, None) or held.get(one.id)
            held[one.id] = outcomes.together(before, one) if before else one
        return replace(ledger, arrivals=held)

    if news:
        _change(repo, added)


def looked_at(repo: Repo, ids: Iterable[str] | None = None) -> None:
    """Forget arrivals that the person has looked at: these tickets, or all of them."""
    seen = None if ids is None else set(ids)

    def left(ledger: Ledger) -> Ledger:
        kept = {key: one for key, one in ledger.arrivals.items() if seen is not None and key not in seen}
        return replace(ledger, arrivals=kept)

    if read(repo).arrivals:
        _change(repo, left)


def standing(repo: Repo) -> Standing:
    """How this clone stands to its hub; three quick questions to git, none to the network."""
    ledger = read(repo)
    there = remotes.find_remote(repo, refs.branch(repo))
    head = repo.head()
    tracking = refs.resolve(repo, there.tracking) if there else None
    ahead, behind = refs.apart(repo, head, tracking) if head and tracking else (0, 0)
    if head and there and not tracking:
        ahead = int(ask(repo.top, "rev-list", "--count", "--no-merges", head, "--").stdout or 0)
    shown = there.shown if there else ""
    return Standing(ahead, behind, ledger.last_ok, ledger.failure, shown, len(ledger.arrivals))


RECORDED, SENT, SEEN = "recorded", "sent", "seen"


def receipt(repo: Repo, *paths: str) -> str:
    """How far the last change of a ticket (the places it may lie at) has come: recorded, sent, seen; `""` unknown.

    `recorded`: committed here alone. `sent`: the hub had it at the last talk. `seen`: somebody else has written since,
    with it at hand; a reader who writes nothing leaves no trace, so it may have been seen earlier.
    """
    head, there = repo.head(), remotes.find_remote(repo, refs.branch(repo))
    if not head:
        return ""
    where = (f"{repo.prefix}{path}" for path in paths)
    last = ask(
        repo.top, "--literal-pathspecs", "log", "--no-show-signature", "-1", "--format=%H%x00%an", head, "--", *where
    )
    commit, _, author = last.stdout.decode("utf-8", "replace").strip().partition("\0")
    tracking = refs.resolve(repo, there.tracking) if there else None
    if not commit or not tracking or not refs.holds(repo, tracking, commit):
        return RECORDED if commit else ""
    shown = ("--no-show-signature", "--format=%an", "--ancestry-path", "--no-merges", f"--max-count={_SEEN_WITHIN}")
    answer = ask(repo.top, "log", *shown, f"{commit}..{tracking}", "--")
    others = set(answer.stdout.decode("utf-8", "replace").splitlines()) - {author, MERGER}
    return SEEN if others else SENT
