"""The files of a whole crowd: stories told and written out, or repeated as text, which is thirty times quicker."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from fenji.model.policy import Policy, parse_policy
from fenji.storage import yaml_codec
from worlds import stories
from worlds.crowd import Case, Crowd, assign_numbers

_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_DAY = re.compile(r"(start|due|done): (\d{4}-\d\d-\d\d)$", re.MULTILINE)


@lru_cache(maxsize=2)
def load_policy(text: bytes) -> Policy:
    """Return the policy in the bytes of its file. Raises ValueError if it cannot be used."""
    policy, faults = parse_policy(yaml_codec.load(text, "policy.yaml"))
    if policy is None:
        raise ValueError(f"the policy cannot be used: {faults[0].path} {faults[0].message}")
    return policy


def crowd_files(crowd: Crowd, policy_text: bytes) -> dict[str, bytes]:
    """Return the bytes of every ticket of the crowd under that policy, by path."""
    policy = load_policy(policy_text)
    cases = crowd.cases(policy)
    numbered_cases = list(zip(assign_numbers(cases), cases, strict=True))
    written: dict[int, tuple[str, str, str]] = {}
    for index, (number, case) in enumerate(numbered_cases):
        if case.like is None:
            ticket = crowd.ticket(number, case, policy)
            written[index] = stories.ticket_path(ticket), yaml_codec.dump(ticket).decode(), ticket.word("product.part")
    texts = {path: text.encode() for path, text, _ in written.values()}
    for number, case in numbered_cases:
        if case.like is not None:
            _, text, part = written[case.like]
            first = numbered_cases[case.like]
            texts[_archive_path(number)] = _repeat(text, part, first, (number, case)).encode()
    return texts


def _archive_path(number: str) -> str:
    site, year = number.split("-")[:2]
    return f"tickets/archive/{site}/{year}/{number}.yaml"


def _repeat(text: str, part: str, first: tuple[str, Case], again: tuple[str, Case]) -> str:
    """Return a ticket's canonical text with another number, uid and part, and all its instants and days moved alike."""
    delta = again[1].reported - first[1].reported
    number, identity = again[0], stories.make_uid(again[0], again[1].reported)
    moved = _INSTANT.sub(lambda match: (datetime.fromisoformat(match[0]) + delta).isoformat(), text)
    moved = _DAY.sub(lambda match: f"{match[1]}: {_shift_day(match[2], delta)}", moved)
    if part:
        moved = moved.replace(part, f"{part[:-4]}{1000 + _hash_number(number) % 9000}")
    _, separator, rest = moved.partition("\nkind: ")
    return f"id: {number}\nuid: {identity}{separator}{rest}"


def _shift_day(text: str, delta: timedelta) -> str:
    return (datetime.fromisoformat(text) + delta).date().isoformat()


def _hash_number(number: str) -> int:
    return sum(ord(letter) * 31**position for position, letter in enumerate(number))
