"""What counts in a page: its terms and how often they stand there, the values that filters ask for. Pure; no index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fenji.analysis import code, fold, tally, terms
from fenji.handbook.judgements import Judgement, judgement
from fenji.handbook.pages import WEIGHTS, Page

FINE = 10  # frequencies are kept in tenths until the mean length is known
_NAMES = ("system", "subsystem", "requester", "customer")
_ULID = str.maketrans("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "0123456789abcdefghijklmnopqrstuv")


class Counted(NamedTuple):
    """A page as the index takes it: its fields in their order, its weighted length and frequencies, in tenths.

    `values` are pairs of a field and what it holds; `seconds` tell when the ticket was made, `judged` what it was.
    """

    record: tuple[object, ...]
    length: int
    tenths: dict[str, int]
    values: list[tuple[str, str]]
    seconds: int
    judged: Judgement


def counted(page: Page) -> Counted:
    """Count what stands in a page."""
    length, tenths = _counted(page)
    return Counted(_record(page), length, tenths, list(_values(page)), _seconds(page.uid), judgement(page))


def _counted(page: Page) -> tuple[int, dict[str, int]]:
    """The weighted length of a page, and how often each term stands in it; both in tenths."""
    length = 0
    tenths: dict[str, int] = defaultdict(int)
    for place, text in page.passages():
        if place == "number":  # whole in the field `code`; here only what is short for it
            last = page.id.rpartition("-")[2]
            tenths |= dict.fromkeys({last, last.lstrip("0")} - {""}, FINE)
            continue
        weight = int(FINE * WEIGHTS.get(place, 1))
        words, counts = tally(text)
        length += weight * words
        for term, count in counts.items():
            tenths[term] += weight * count
    return length, dict(tenths)


def _values(page: Page) -> Iterator[tuple[str, str]]:
    """The values that filters ask for, by field. Names of several words are found by each as well."""
    for name in ("kind", "state", "priority", "impact", "occurrence", "site", "year", "owner", *_NAMES):
        if value := fold(getattr(page, name)):
            yield name, value
    yield from ((name, term.text) for name in _NAMES if getattr(page, name) for term in terms(getattr(page, name)))
    yield from (("unit", fold(unit)) for unit in page.units)
    yield from (("tag", fold(tag)) for tag in page.tags)
    yield from ((name, code(getattr(page, name))) for name in ("part", "serial") if getattr(page, name))
    yield from (("code", code(one)) for one in (page.id, page.formerly, page.serial) if one)


def _record(page: Page) -> tuple[object, ...]:
    return tuple(dict(held) if isinstance(held, Mapping) else held for held in vars(page).values())


def _seconds(uid: str) -> int:
    """When the ticket was made, from its ULID, in seconds since 1970; 0 where that cannot be told."""
    try:
        return min(int(uid[:10].translate(_ULID), 32) // 1000, 0xFFFFFFFF)
    except ValueError:
        return 0
