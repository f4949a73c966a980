"""What counts in a page: its terms and how often they stand there, the values that filters ask for. Pure; no index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fenji.search.columns import Classification, classify
from fenji.search.pages import FIELD_WEIGHTS, HandbookPage
from fenji.text import count_terms, fold, fold_code, tokenize

TENTHS = 10  # frequencies are kept in tenths until the mean length is known
_NAME_FIELDS = ("system", "subsystem", "requester", "customer")
_ULID_TO_BASE32 = str.maketrans("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "0123456789abcdefghijklmnopqrstuv")


class IndexDocument(NamedTuple):
    """A page as the index takes it: its fields in their order, its weighted length and frequencies, in tenths.

    `values` are pairs of a field and what it holds; `seconds` tell when the ticket was made, `judged` what it was.
    """

    record: tuple[object, ...]
    length: int
    tenths: dict[str, int]
    values: list[tuple[str, str]]
    created_seconds: int
    classification: Classification


def count_page(page: HandbookPage) -> IndexDocument:
    """Count what stands in a page."""
    length, tenths = _weigh_terms(page)
    return IndexDocument(
        _stored_fields(page), length, tenths, list(_filter_values(page)), _created_seconds(page.uid), classify(page)
    )


def _weigh_terms(page: HandbookPage) -> tuple[int, dict[str, int]]:
    """The weighted length of a page, and how often each term stands in it; both in tenths."""
    length = 0
    tenths: dict[str, int] = defaultdict(int)
    for field, text in page.passages():
        if field == "number":  # whole in the field `code`; here only what is short for it
            last = page.id.rpartition("-")[2]
            tenths |= dict.fromkeys({last, last.lstrip("0")} - {""}, TENTHS)
            continue
        weight = int(TENTHS * FIELD_WEIGHTS.get(field, 1))
        words, counts = count_terms(text)
        length += weight * words
        for term, count in counts.items():
            tenths[term] += weight * count
    return length, dict(tenths)


def _filter_values(page: HandbookPage) -> Iterator[tuple[str, str]]:
    """The values that filters ask for, by field. Names of several words are found by each as well."""
    for name in ("kind", "state", "priority", "impact", "occurrence", "site", "year", "owner", *_NAME_FIELDS):
        if value := fold(getattr(page, name)):
            yield name, value
    yield from (
        (name, term.text) for name in _NAME_FIELDS if getattr(page, name) for term in tokenize(getattr(page, name))
    )
    yield from (("unit", fold(unit)) for unit in page.units)
    yield from (("tag", fold(tag)) for tag in page.tags)
    yield from ((name, fold_code(getattr(page, name))) for name in ("part", "serial") if getattr(page, name))
    yield from (("code", fold_code(number)) for number in (page.id, page.formerly, page.serial) if number)


def _stored_fields(page: HandbookPage) -> tuple[object, ...]:
    return tuple(dict(value) if isinstance(value, Mapping) else value for value in vars(page).values())


def _created_seconds(uid: str) -> int:
    """When the ticket was made, from its ULID, in seconds since 1970; 0 where that cannot be told."""
    try:
        return min(int(uid[:10].translate(_ULID_TO_BASE32), 32) // 1000, 0xFFFFFFFF)
    except ValueError:
        return 0
