"""Typed text → a question: words, "phrases", -exclusions and filters as values. Pure; knows no index.

Nothing typed is ever an error: what is no filter is text, an open quotation mark ends with the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fenji.analysis import HAN, Term, code, fold, terms
from fenji.ticket import CLOSED, STATES

# What may be typed before the colon, and the field it asks for.
FILTERS: Mapping[str, str] = {
    "kind": "kind",
    "part": "part",
    "site": "site",
    "year": "year",
    "priority": "priority",
    "p": "priority",
    "unit": "unit",
    "state": "state",
    "is": "state",
    "impact": "impact",
    "occurrence": "occurrence",
    "system": "system",
    "subsystem": "subsystem",
    "serial": "serial",
    "id": "code",
    "owner": "owner",
    "requester": "requester",
    "customer": "customer",
    "tag": "tag",
}
# An optional minus, then a filter with its value, a phrase, or a word. A minus before a digit is a sign: -10°C.
_PIECES = re.compile(
    r"(?P<minus>(?<!\S)-(?=[^\s\d-]))?"
    r'(?:(?P<key>[A-Za-z]+)[:：](?P<value>"[^"]*"?|[^\s"]+)|"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))'
)
_QUOTED = "“([^“”]+)”|„([^„“]+)“|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』"
_APART = re.compile(rf"(?<!\S)(-?)(?:{_QUOTED})(?!\S)")  # marks of a script, set off by blanks: typed for straight ones
_WITHIN = re.compile(_QUOTED)  # … and inside a sentence
_LETTER = re.compile(f"[{HAN}]")
_RANGE = re.compile(r"([a-z]*)(\d{1,4})\.\.[a-z]*(\d{1,4})")
_SHORT = {"open": tuple(state for state in STATES if state not in CLOSED), "closed": tuple(CLOSED)}
_WIDEST = 100  # values that a range stands for


@dataclass(frozen=True)
class Filter:
    """A field that must hold one of `values`, or with `banned` none of them."""

    field: str
    values: tuple[str, ...]
    banned: bool = False


@dataclass(frozen=True)
class Phrase:
    """What must stand in the text, or with `banned` must not: its terms, and the folded text where it is `exact`."""

    text: str
    terms: tuple[Term, ...]
    banned: bool = False
    exact: bool = True


@dataclass(frozen=True)
class Question:
    """What was asked. Words rank; phrases and filters decide; `preferred`, quoted within a sentence, come first.

    `text` is what the words stand in, folded; `unfinished` a last word that may go on; `letter` a Han character that is
    all the words there are, and stands for every word that holds it.
    """

    text: str = ""
    words: tuple[Term, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    filters: tuple[Filter, ...] = ()
    preferred: tuple[str, ...] = ()
    unfinished: str = ""
    letter: str = ""


def question(text: str, *, typing: bool = False, filters: Mapping[str, str] | None = None, me: str = "") -> Question:
    """The question that `text` asks. While `typing`, its last word may go on; so may a last word that ends in `*`.

    `filters` are more filters by the names that may be typed, each with its value as it would be typed; `me` is the
    person that `owner:me` stands for.
    """
    straight = _APART.sub(lambda found: f'{found[1]}"{found[0][1 + len(found[1]) : -1]}"', text)
    parts = [part for piece in _PIECES.finditer(straight) for part in _parts(piece)]
    parts += [Filter(FILTERS[key], _values(FILTERS[key], value)) for key, value in (filters or {}).items() if value]
    parts = [_mine(part, me) if isinstance(part, Filter) else part for part in parts]
    plain = [part for part in parts if isinstance(part, str)]
    goes_on = plain and (plain[-1].endswith("*") or (typing and parts[-1] is plain[-1] and not text[-1:].isspace()))
    typed = fold(" ".join(word.rstrip("*") for word in plain))
    return Question(
        typed,
        tuple(terms(typed)),
        tuple(part for part in parts if isinstance(part, Phrase)),
        tuple(part for part in parts if isinstance(part, Filter)),
        tuple(dict.fromkeys(quoted for found in _WITHIN.finditer(typed) if (quoted := found[0][1:-1].strip()))),
        _last(plain[-1].rstrip("*")) if goes_on else "",
        typed if _LETTER.fullmatch(typed) else "",
    )


def _parts(piece: re.Match[str]) -> Iterator[Filter | Phrase | str]:
    banned = bool(piece["minus"])
    key = (piece["key"] or "").lower()
    field = FILTERS.get(key, "") if key != "is" or piece["value"].lower() in _SHORT else ""
    if field and (values := _values(field, piece["value"])):
        yield Filter(field, values, banned)
        return
    exact = piece["phrase"] is not None
    plain = piece["phrase"] if exact else piece[0][banned:]
    if not exact and not banned:
        yield plain
    elif found := tuple(terms(plain)):
        yield Phrase(fold(" ".join(plain.split())), found, banned, exact)


def _mine(part: Filter, me: str) -> Filter:
    """A filter in which `owner:me` means the person who asks."""
    if part.field != "owner" or not me:
        return part
    return replace(part, values=tuple(fold(me) if value == "me" else value for value in part.values))


def _values(field: str, typed: str) -> tuple[str, ...]:
    """The values that a filter accepts: several after commas, numbers from `..` to."""
    found: list[str] = []
    for value in fold(typed.strip('"')).replace("，", ",").split(","):
        if spread := _RANGE.fullmatch(value.strip()):
            first, last = int(spread[2]), int(spread[3])
            found += [f"{spread[1]}{number}" for number in range(first, last + 1)[:_WIDEST]]
        elif value.strip():
            found.append(value.strip())
    if field in ("part", "serial", "code"):
        found = [code(value) for value in found]
    if field == "priority":
        found = [f"p{value}" if value.isdecimal() else value for value in found]
    if field == "state":
        found = [state for value in found for state in _SHORT.get(value, (value,))]
    return tuple(found)


def _last(word: str) -> str:
    """What a last word that goes on begins with: a part number in its own form, else the letters at its end."""
    found = terms(word)
    codes = [term.text for term in found if term.kind == "code" and term.end == len(word)]
    ending = re.search(r"[^\W_]+$", fold(word))
    if codes:
        return codes[-1]
    return ending[0] if ending and len(ending[0]) > 1 and ending[0].isascii() else ""
