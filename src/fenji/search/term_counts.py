"""Collect what is indexed of a page: its terms with their frequencies, and the values for filters. Pure; no index."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fenji.model.ticket import FIELD_BY_PATH, PATH_BY_FILTER_KEY
from fenji.search.columns import Classification, classify
from fenji.search.pages import FIELD_WEIGHTS, HandbookPage
from fenji.text import count_terms, fold, fold_code, tokenize

if TYPE_CHECKING:
    from fenji.model.values import JsonValue

TENTHS = 10  # frequencies are whole tenths until the mean length is known
_ULID_TO_BASE32 = str.maketrans("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "0123456789abcdefghijklmnopqrstuv")
_TYPED_NUMBER = re.compile(r"(?:(?:([a-z][a-z0-9]{0,15})-)?([0-9]{4})-)?0*([1-9][0-9]{0,11})(-[0-9a-z]{2})?")
# Prefix of keys in the field `code`, whose other values have no small letters.
_KEY = "number:"


class IndexDocument(NamedTuple):
    """A page ready to be indexed: its fields in their order, its weighted length and term frequencies in tenths.

    `values` are (field, value) pairs for filters; `created_seconds` is when the ticket was created, since 1970.
    """

    record: tuple[JsonValue, ...]
    length: int
    tenths: dict[str, int]
    values: list[tuple[str, str]]
    created_seconds: int
    classification: Classification


def count_page(page: HandbookPage) -> IndexDocument:
    """Count the terms of a page and collect what else is indexed of it."""
    length, tenths = _weigh_terms(page)
    return IndexDocument(
        _stored_fields(page), length, tenths, list(_filter_values(page)), _created_seconds(page.uid), classify(page)
    )


def _weigh_terms(page: HandbookPage) -> tuple[int, dict[str, int]]:
    """Return the weighted length of a page and the weighted frequency of each term, both in tenths."""
    length = 0
    tenths: dict[str, int] = defaultdict(int)
    for field, text in page.passages():
        if field == "number":  # the whole number is in the field `code`; here only its short form
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
    """Yield the (field, value) pairs that filters use; a name of several words is also found by each of them."""
    for key, values in page.values.items():
        match = FIELD_BY_PATH[PATH_BY_FILTER_KEY[key]].match
        for value in values:
            if key != "id":
                yield key, fold_code(value) if match == "code" else fold(value)
            if match == "name":
                yield from ((key, term.text) for term in tokenize(value))
    if page.year:
        yield "year", fold(page.year)
    yield from (("code", fold_code(number)) for number in (page.id, page.formerly, page.serial) if number)
    yield from (("code", key) for key in number_keys(fold(page.id)))


def _stored_fields(page: HandbookPage) -> tuple[JsonValue, ...]:
    values = [page.values.get(key, ()) for key in PATH_BY_FILTER_KEY]
    return page.path, page.digest, page.uid, page.formerly, page.title, values, dict(page.texts)


def read_record(record: Sequence[Any]) -> HandbookPage:
    """Return the page from its stored fields."""
    path, digest, uid, formerly, title, values, texts = record
    named = {key: tuple(value) for key, value in zip(PATH_BY_FILTER_KEY, values, strict=True) if value}
    return HandbookPage(path, digest, uid, formerly, title, named, texts)


def _created_seconds(uid: str) -> int:
    """Return when the ticket was created, in seconds since 1970, from its ULID; 0 if it is not a ULID."""
    try:
        return min(int(uid[:10].translate(_ULID_TO_BASE32), 32) // 1000, 0xFFFFFFFF)
    except ValueError:
        return 0


def number_key(typed: str) -> str:
    """Return the key of a folded text that is the number of a ticket and nothing else; `""` for any other text."""
    match = _TYPED_NUMBER.fullmatch(typed)
    if not match or (match[4] and not match[1]):
        return ""
    return _KEY + "-".join(part for part in match.groups() if part)


def number_keys(ticket_id: str) -> list[str]:
    """Return the keys of a folded ticket number, one for each way to type it: for `ksa-2026-0042`, also that of `42`.

    A number with a suffix, because two sites took it, is also found without the suffix.
    """
    parts = ticket_id.split("-")[:3]
    keys = [number_key(ticket_id), *(number_key("-".join(parts[at:])) for at in range(len(parts)))]
    return [key for key in dict.fromkeys(keys) if key]
