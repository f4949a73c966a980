"""Typed text → a query: words, "phrases", -exclusions and filters as values. Pure; knows no index.

Nothing typed is ever an error: what is not a filter is text, and the line end closes an open quotation mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from fenji.model.ticket import CLOSED_STATES, FIELD_BY_PATH, PATH_BY_FILTER_KEY, STATES
from fenji.text import HAN, Term, fold, fold_code, tokenize

# What may be typed before the colon → the field it filters by.
FILTER_FIELDS: Mapping[str, str] = {
    **{key: key for key in PATH_BY_FILTER_KEY},
    "p": "priority",
    "is": "state",
    "year": "year",
    "id": "code",
}
_CODE_FIELDS = {"code", *(key for key, path in PATH_BY_FILTER_KEY.items() if FIELD_BY_PATH[path].match == "code")}
# An optional minus, then a filter with its value, a phrase, or a word. A minus before a digit is a sign: -10°C.
_PIECES = re.compile(
    r"(?P<minus>(?<!\S)-(?=[^\s\d-]))?"
    r'(?:(?P<key>[A-Za-z]+)[:：](?P<value>"[^"]*"?|[^\s"]+)|"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))'
)
_QUOTED = "“([^“”]+)”|„([^„“]+)“|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』"
# Typographic quotes set off by spaces are meant as straight ones; inside a sentence they only express a preference.
_SET_APART_QUOTES = re.compile(rf"(?<!\S)(-?)(?:{_QUOTED})(?!\S)")
_INNER_QUOTES = re.compile(_QUOTED)
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_RANGE = re.compile(r"([a-z]*)(\d{1,4})\.\.[a-z]*(\d{1,4})")
_STATE_GROUPS = {"open": tuple(state for state in STATES if state not in CLOSED_STATES), "closed": tuple(CLOSED_STATES)}
_MAX_RANGE = 100  # values in a range


class QueryFilter(Struct, frozen=True):
    """A field that must have one of `values`, or none of them if `excluded`."""

    field: str
    values: tuple[str, ...]
    excluded: bool = False


class Phrase(Struct, frozen=True):
    """A phrase that pages must contain, or must not if `excluded`: its terms and, if `exact`, its folded text."""

    text: str
    terms: tuple[Term, ...]
    excluded: bool = False
    exact: bool = True


class Query(Struct, frozen=True):
    """A parsed query. Words rank pages, phrases and filters select them; pages with a `preferred` text come first.

    `text` is the folded text of the words; `preferred` are texts quoted within a sentence; `unfinished` is a last word
    that may go on; `character` is a Han character that is the only word, and matches every word that contains it.
    """

    text: str = ""
    words: tuple[Term, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    filters: tuple[QueryFilter, ...] = ()
    preferred: tuple[str, ...] = ()
    unfinished: str = ""
    character: str = ""


def parse_query(text: str, *, typing: bool = False, filters: Mapping[str, str] | None = None, me: str = "") -> Query:
    """Parse `text` into a query. A last word that ends in `*` may go on; with `typing`, any last word may.

    `filters` are additional filters, by the names and values that may be typed; `me` is the person that `owner:me`
    stands for.
    """
    normalized = _SET_APART_QUOTES.sub(lambda match: f'{match[1]}"{match[0][1 + len(match[1]) : -1]}"', text)
    parts = [part for piece in _PIECES.finditer(normalized) for part in _parse_piece(piece)]
    parts += [
        QueryFilter(FILTER_FIELDS[key], _parse_values(FILTER_FIELDS[key], value))
        for key, value in (filters or {}).items()
        if value
    ]
    parts = [_resolve_me(part, me) if isinstance(part, QueryFilter) else part for part in parts]
    plain = [part for part in parts if isinstance(part, str)]
    is_unfinished = plain and (
        plain[-1].endswith("*") or (typing and parts[-1] is plain[-1] and not text[-1:].isspace())
    )
    typed = fold(" ".join(word.rstrip("*") for word in plain))
    return Query(
        typed,
        tuple(tokenize(typed)),
        tuple(part for part in parts if isinstance(part, Phrase)),
        tuple(part for part in parts if isinstance(part, QueryFilter)),
        tuple(dict.fromkeys(quoted for match in _INNER_QUOTES.finditer(typed) if (quoted := match[0][1:-1].strip()))),
        _unfinished_part(plain[-1].rstrip("*")) if is_unfinished else "",
        typed if _HAN_CHARACTER.fullmatch(typed) else "",
    )


def _parse_piece(piece: re.Match[str]) -> Iterator[QueryFilter | Phrase | str]:
    excluded = bool(piece["minus"])
    key = (piece["key"] or "").lower()
    field = FILTER_FIELDS.get(key, "") if key != "is" or piece["value"].lower() in _STATE_GROUPS else ""
    if field and (values := _parse_values(field, piece["value"])):
        yield QueryFilter(field, values, excluded)
        return
    exact = piece["phrase"] is not None
    plain = piece["phrase"] if exact else piece[0][excluded:]
    if not exact and not excluded:
        yield plain
    elif phrase_terms := tuple(tokenize(plain)):
        yield Phrase(fold(" ".join(plain.split())), phrase_terms, excluded, exact)


def _resolve_me(query_filter: QueryFilter, me: str) -> QueryFilter:
    """Replace `me` in a filter by owner."""
    if query_filter.field != "owner" or not me:
        return query_filter
    return replace(query_filter, values=tuple(fold(me) if value == "me" else value for value in query_filter.values))


def _parse_values(field: str, typed: str) -> tuple[str, ...]:
    """Parse the values of a filter: several are separated by commas, `..` makes a range of numbers; quotes hold one."""
    values: list[str] = []
    folded = fold(typed.strip('"')).replace("，", ",")
    for value in [folded] if typed.startswith('"') else folded.split(","):
        if number_range := _RANGE.fullmatch(value.strip()):
            first, last = int(number_range[2]), int(number_range[3])
            values += [f"{number_range[1]}{number}" for number in range(first, last + 1)[:_MAX_RANGE]]
        elif value.strip():
            values.append(value.strip())
    if field in _CODE_FIELDS:
        values = [fold_code(value) for value in values]
    if field == "priority":
        values = [f"p{value}" if value.isdecimal() else value for value in values]
    if field == "state":
        values = [state for value in values for state in _STATE_GROUPS.get(value, (value,))]
    return tuple(values)


def _unfinished_part(word: str) -> str:
    """Return the prefix of an unfinished last word: a part number in folded form, else the letters at its end."""
    word_terms = tokenize(word)
    codes = [term.text for term in word_terms if term.kind == "code" and term.end == len(word)]
    ending = re.search(r"[^\W_]+$", fold(word))
    if codes:
        return codes[-1]
    return ending[0] if ending and len(ending[0]) > 1 and ending[0].isascii() else ""
