"""What this clone remembers about its exchanges: how the last one went, and what came in that nobody has looked at yet.

One small file in the git folder; whatever is wrong with it, it is begun anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Sentence
from fenji.repo import refs, remotes
from fenji.repo.command import ask
from fenji.store import files
from fenji.sync import outcomes
from fenji.sync.joining import NAME as MERGER

if TYPE_CHECKING:
    from fenji.repo import Repo
    from fenji.sync.outcomes import Outcome

NAME = "fenji-sync.json"
_SEEN_WITHIN = 500  # commits looked through for one of another person's


@dataclass(frozen=True)
class Ledger:
    """When the last exchange went well, why the last one failed (None: it did not), and what came in: id → how."""

    last_ok: datetime | None = None
    failure: Sentence | None = None
    arrivals: Mapping[str, str] = field(default_factory=dict)


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
        return Ledger(last_ok, failure, {str(key): str(how) for key, how in held["arrivals"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return Ledger()


def _write(repo: Repo, ledger: Ledger) -> None:
    failure = ledger.failure
    told = [failure.template, {key: str(value) for key, value in failure.values.items()}] if failure else None
    last_ok = ledger.last_ok.isoformat() if ledger.last_ok else None
    held = {"last_ok": last_ok, "failure": told, "arrivals": dict(ledger.arrivals)}
    files.write(repo.git_dir, NAME, json.dumps(held, ensure_ascii=False).encode())


def went_well(repo: Repo, at: datetime) -> None:
    """Note an exchange with the hub that went well."""
    _write(repo, replace(read(repo), last_ok=at, failure=None))


def failed(repo: Repo, error: FenjiError) -> None:
    """Note why an exchange failed."""
    _write(repo, replace(read(repo), failure=error.sentence))


def came(repo: Repo, found: Iterable[Outcome]) -> None:
    """Note what came in."""
    held = dict(read(repo).arrivals)
    for one in found:
        if one.how != outcomes.UNREADABLE:
            held.pop(one.was, None)
            held[one.id] = outcomes.NEW if held.get(one.id) == outcomes.NEW else one.how
    if held != read(repo).arrivals:
        _write(repo, replace(read(repo), arrivals=held))


def looked_at(repo: Repo, ids: Iterable[str] | None = None) -> None:
    """Forget arrivals that the person has looked at: these tickets, or all of them."""
    ledger = read(repo)
    seen = set(ledger.arrivals if ids is None else ids)
    left = {key: how for key, how in ledger.arrivals.items() if key not in seen}
    if left != ledger.arrivals:
        _write(repo, replace(ledger, arrivals=left))


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
