"""The files of a whole crowd: stories told and written out, or repeated as text, which is thirty times quicker."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from fenji import yamlio
from fenji.policy import Policy, read
from worlds import stories
from worlds.crowd import Case, Crowd, numbers

_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_DAY = re.compile(r"(start|due|done): (\d{4}-\d\d-\d\d)$", re.MULTILINE)


@lru_cache(maxsize=2)
def policy_in(text: bytes) -> Policy:
    """The policy in the bytes of its file. Raises ValueError where it cannot be used."""
    policy, faults = read(yamlio.load(text, "policy.yaml"))
    if policy is None:
        raise ValueError(f"the policy cannot be used: {faults[0].path} {faults[0].message}")
    return policy


def files(crowd: Crowd, policy_text: bytes) -> dict[str, bytes]:
    """Path → bytes of every ticket of the crowd under that policy."""
    policy = policy_in(policy_text)
    cases = crowd.cases(policy)
    named = list(zip(numbers(cases), cases, strict=True))
    told: dict[int, tuple[str, str, str]] = {}
    for place, (number, case) in enumerate(named):
        if case.like is None:
            ticket = crowd.ticket(number, case, policy)
            told[place] = stories.path(ticket), yamlio.dump(ticket).decode(), ticket.word("product.part")
    found = {path: text.encode() for path, text, _ in told.values()}
    for number, case in named:
        if case.like is not None:
            _, text, part = told[case.like]
            first = named[case.like]
            found[_path(number)] = _again(text, part, first, (number, case)).encode()
    return found


def _path(number: str) -> str:
    site, year = number.split("-")[:2]
    return f"tickets/archive/{site}/{year}/{number}.yaml"


def _again(text: str, part: str, first: tuple[str, Case], again: tuple[str, Case]) -> str:
    """The canonical text of a ticket with another number, uid and part, every instant and day of it moved alike."""
    delta = again[1].reported - first[1].reported
    number, identity = again[0], stories.uid(again[0], again[1].reported)
    moved = _INSTANT.sub(lambda found: (datetime.fromisoformat(found[0]) + delta).isoformat(), text)
    moved = _DAY.sub(lambda found: f"{found[1]}: {_day(found[2], delta)}", moved)
    if part:
        moved = moved.replace(part, f"{part[:-4]}{1000 + _figure_of(number) % 9000}")
    _, mark, rest = moved.partition("\nkind: ")
    return f"id: {number}\nuid: {identity}{mark}{rest}"


def _day(text: str, delta: timedelta) -> str:
    return (datetime.fromisoformat(text) + delta).date().isoformat()


def _figure_of(number: str) -> int:
    return sum(ord(letter) * 31**place for place, letter in enumerate(number))
