"""Which steps of a clone's history should be signed and are not: looked for as the history grows, and remembered.

One small file in the git folder, which no pull writes: how far the history was looked at, what was found, and for which
keys and demands. Whatever is wrong with it, the history is looked at anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from fenji.beside import Unsigned
from fenji.errors import Sentence
from fenji.hub.brought import CHUNK
from fenji.hub.contents import Contents
from fenji.hub.signatures import Judged, first_demand, judged, signed
from fenji.repo.history import History, is_name
from fenji.store import files

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.repo import Repo
    from fenji.repo.history import Written

NAME = "fenji-unsigned.json"


@dataclass(frozen=True)
class Seen:
    """How far the history was looked at (`heads`: these commits and all before them), by which `rules`, and the finds.

    `doubts` are the steps that the policy of their time does not find signed. `left` counts the commits that are still
    to be looked at.
    """

    rules: str
    heads: tuple[str, ...]
    doubts: tuple[Judged, ...] = ()
    left: int = 0

    @property
    def unsigned(self) -> tuple[Unsigned, ...]:
        """What should be signed and is not, and was not done again since, signed."""
        good = _by_ticket(one.step for one in self.doubts if one.now)
        wrong = (one.step for one in self.doubts if not one.now)
        return tuple(step for step in wrong if not any(one.repeats(step) for one in good.get(step.uid, ())))


def looked(repo: Repo, policy: Policy, head: str, seen: Seen | None) -> Iterator[Seen]:
    """Look at what the history has beyond `seen`, some hundred commits at a time; what is known after each."""
    contents = Contents(History(repo.git_dir))
    seen = _held_against(policy, _within(head, seen, contents.history), contents, head)
    commits = [] if seen.heads == (head,) else contents.history.since(head, *seen.heads)
    held: dict[str, str] = {}
    yield replace(seen, left=len(commits))
    for start in range(0, len(commits), CHUNK):
        chunk = commits[start : start + CHUNK]
        found = _doubts(seen.doubts, list(judged(chunk, contents, policy, held)))
        contents.forget()
        seen = Seen(seen.rules, _ends(seen.heads, chunk), found, len(commits) - start - len(chunk))
        yield seen


def _doubts(known: Sequence[Judged], found: Sequence[Judged]) -> tuple[Judged, ...]:
    """What is in doubt after a few more commits; a step that was taken once more, and signed, is so no longer."""
    fresh = {(one.step.commit, one.step.uid, one.step.n): one for one in (*known, *found) if not one.then}
    again = _by_ticket(one.step for one in found if one.then)
    return tuple(one for one in fresh.values() if not any(new.repeats(one.step) for new in again.get(one.step.uid, ())))


def _by_ticket(steps: Iterable[Unsigned]) -> dict[str, list[Unsigned]]:
    found: dict[str, list[Unsigned]] = {}
    for one in steps:
        found.setdefault(one.uid, []).append(one)
    return found


def _within(head: str, seen: Seen | None, history: History) -> Seen | None:
    """What is known of the history of `head`: where commits were taken back, what stood before them."""
    if seen is None or seen.heads == (head,) or all(history.holds(head, one) for one in seen.heads):
        return seen
    base = history.base([head, *seen.heads])
    if base is None:
        return None
    kept = tuple(one for one in seen.doubts if history.holds(base, one.step.commit))
    return replace(seen, heads=(base,), doubts=kept)


def _held_against(policy: Policy, seen: Seen | None, contents: Contents, head: str) -> Seen:
    """The finds by the keys in force; only what the rules of its time did not clear depends on them."""
    rules = digest(policy)
    if seen is None:
        return Seen(rules, (first_demand(contents) or head,))
    if seen.rules == rules:
        return seen
    found = tuple(replace(one, now=signed(contents.history, one.step, policy)) for one in seen.doubts)
    return replace(seen, rules=rules, doubts=found)


def _ends(heads: Sequence[str], chunk: Sequence[Written]) -> tuple[str, ...]:
    parents = {sha for one in chunk for sha in one.parents}
    return tuple(sha for sha in dict.fromkeys((*heads, *(one.sha for one in chunk))) if sha not in parents)


def digest(policy: Policy) -> str:
    """What the finds depend on: who has which key, and what is to be signed."""
    keys = {person: one.key for person, one in policy.people.items() if one.key}
    return sha256(json.dumps([keys, sorted(policy.require_signed)], sort_keys=True).encode()).hexdigest()


# --- remembered ---------------------------------------------------------------------------------------------------


def remembered(repo: Repo) -> Seen | None:
    """What was found so far; None where nothing was looked at."""
    try:
        held = json.loads((repo.git_dir / NAME).read_bytes())
        heads = tuple(str(one) for one in held["heads"])
        found = tuple(Judged(_step(one["step"]), then=False, now=bool(one["now"])) for one in held["doubts"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
    return Seen(str(held.get("rules")), heads, found) if heads and all(map(is_name, heads)) else None


def remember(repo: Repo, seen: Seen) -> None:
    """Keep what was found."""
    found = [{"step": {**vars(one.step), "reason": _told(one.step.reason)}, "now": one.now} for one in seen.doubts]
    held = {"rules": seen.rules, "heads": seen.heads, "doubts": found}
    files.write(repo.git_dir, NAME, json.dumps(held, ensure_ascii=False).encode())


def _told(reason: Sentence) -> object:
    return [reason.template, {key: str(value) for key, value in reason.values.items()}]


def _step(held: Mapping[str, object]) -> Unsigned:
    template, values = held["reason"] if isinstance(held["reason"], list) else ("", {})
    uid, subject, do, by, clock, commit = (str(held[key]) for key in ("uid", "subject", "do", "by", "clock", "commit"))
    return Unsigned(uid, subject, do, by, int(str(held["n"])), clock, commit, Sentence(str(template), dict(values)))
