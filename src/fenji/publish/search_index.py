"""The index that the HTML pages search without a server: built here, read by `search.js`. Pure.

Both tokenize alike. A Han run becomes its pairs of neighbouring characters and its last character. A Latin run or part
number becomes the whole without separators, and its pieces, each spelled out in plain letters. A query is folded with a
table that comes with the index and has only the characters that can match a term in it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.publish.pages import HandbookFile, Pagination
from fenji.publish.summaries import headline, shorten
from fenji.publish.word_groups import NO_GROUPS, WordGroups
from fenji.text import HAN, LETTER_LIKE, MARKS, SILENT, SPELLED, fold, spell_out, stem

if TYPE_CHECKING:
    from fenji.model.values import JsonValue
    from fenji.publish.edition import Edition
    from fenji.publish.entries import HandbookEntry
    from fenji.publish.localization import Locale

# The weight classes of terms, by the field they are in; `search.js` has the factor of each.
TITLE_WEIGHT, REMEDY_WEIGHT, STORY_WEIGHT = 2, 1, 0
MAX_INLINE = 600_000  # characters of an index inside the first page; a larger one is split into files beside it
PART_SIZE = 60_000  # characters of one such file, approximately
BLOCK_SIZE = 200  # entries listed in one such file
FOLDER = "search"
_MAX_RUN = 60  # characters of a run that are indexed: no word is longer
_EXCERPT_WIDTH = 130  # columns of the text below a hit

_HAN_RUN = re.compile(f"[{HAN}]+")
_LATIN = rf"(?:[^\W_{HAN}]|[{LETTER_LIKE}])(?:[^\W_{HAN}]|[{LETTER_LIKE}{MARKS}])*"
_LATIN_RUN = re.compile(rf"{_LATIN}(?:[-_./·]+{_LATIN})*")
_SEPARATORS = re.compile(r"[-_./·]+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_BASE36_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class EmbeddedIndex(Struct, frozen=True):
    """A finished index: the JSON inside the page, and the files beside it."""

    inline: str
    files: tuple[HandbookFile, ...]


# --- words ------------------------------------------------------------------------------------------------------------


def index_terms(text: str, groups: WordGroups = NO_GROUPS) -> set[str]:
    """Return the terms by which a text is found: its own, and those of synonyms of its words."""
    folded = fold(text)
    terms = _own_terms(folded)
    for word in set(groups.others_in(folded)):
        terms |= _own_terms(word)
    return terms


def _own_terms(folded: str) -> set[str]:
    terms: set[str] = set()
    for run in _HAN_RUN.findall(folded):
        terms.update(_han_pairs(run))
    for run in _LATIN_RUN.findall(folded):
        terms.update(_latin_terms(spell_out(run[:_MAX_RUN])))
    return terms


def _han_pairs(run: str) -> Iterator[str]:
    yield from (run[at : at + 2] for at in range(len(run) - 1))
    yield run[-1]


@cache
def _latin_terms(run: str) -> frozenset[str]:
    parts = [part for part in _SEPARATORS.split(run) if part]
    joined = "".join(parts)
    terms = {joined, *parts}
    if not joined.isdecimal() and any(char.isdecimal() for char in joined):
        terms.update(piece for part in parts for piece in _LETTERS_OR_DIGITS.findall(part))
    terms.update(stem(part) for part in parts if part.isascii() and part.isalpha())
    return frozenset(terms)


_REMEDY_KEYS = ("cause", "solution", "lessons")


def _entry_terms(entry: HandbookEntry, groups: WordGroups) -> dict[str, int]:
    """Return the terms of an entry, each with the highest weight of the fields it is in."""
    weights: dict[str, int] = {}
    product = (entry.system, entry.subsystem, entry.part, *entry.tags, *entry.facts.values())
    story = (text for key, text in entry.texts.items() if key not in _REMEDY_KEYS)
    weighted_texts: Sequence[tuple[int, Iterable[str]]] = (
        (STORY_WEIGHT, (*story, *entry.units)),
        (REMEDY_WEIGHT, (entry.texts.get(key, "") for key in _REMEDY_KEYS)),
        (TITLE_WEIGHT, (entry.title, entry.id, entry.formerly, *product)),
    )
    for weight, texts in weighted_texts:
        for text in texts:
            weights.update(dict.fromkeys(index_terms(text, groups), weight))
    weights[entry.id.rpartition("-")[2].lstrip("0") or "0"] = TITLE_WEIGHT
    filters = {"site": entry.site, "year": entry.year, "kind": entry.kind, "p": entry.priority}
    weights.update({f"{key}:{fold(value)}": STORY_WEIGHT for key, value in filters.items() if value})
    return weights


# --- the index --------------------------------------------------------------------------------------------------------


def build_search_index(
    edition: Edition, pages: Pagination, locale: Locale, *, max_inline: int = MAX_INLINE
) -> EmbeddedIndex:
    """Build the index of an edition: inline up to `max_inline` characters, else in files that are loaded on demand."""
    postings = _build_postings(edition)
    names = sorted({page.name for page in pages.pages})
    documents = [_entry_document(entry, names.index(pages.page_names[entry.id]), locale) for entry in edition.entries]
    head: dict[str, JsonValue] = {
        "n": len(documents),
        "pages": names,
        "fold": _fold_table(postings),
        "letters": {"like": LETTER_LIKE, "marks": MARKS, "silent": SILENT, "spelled": SPELLED},
        "say": _page_texts(locale),
    }
    data = _script_json({**head, "docs": documents, "terms": postings})
    if len(data) <= max_inline:
        return EmbeddedIndex(data, ())
    count = max(2, sum(len(term) + len(posting) + 6 for term, posting in postings.items()) // PART_SIZE)
    return EmbeddedIndex(
        _script_json({**head, "shards": count, "block": BLOCK_SIZE}), tuple(_build_parts(postings, documents, count))
    )


def _build_postings(edition: Edition) -> dict[str, str]:
    """Return the entries of each term, as comma-separated base-36 numbers: index difference times 3 plus weight."""
    postings: dict[str, list[str]] = defaultdict(list)
    last: dict[str, int] = {}
    for index, entry in enumerate(edition.entries):
        for term, weight in _entry_terms(entry, edition.word_groups).items():
            postings[term].append(_base36((index - last.get(term, 0)) * 3 + weight))
            last[term] = index
    return {term: ",".join(postings[term]) for term in sorted(postings)}


def _base36(value: int) -> str:
    text = _BASE36_DIGITS[value % 36]
    while value := value // 36:
        text = _BASE36_DIGITS[value % 36] + text
    return text


def _entry_document(entry: HandbookEntry, page: int, locale: Locale) -> list[object]:
    """Return the parts of a hit: number, title, page, details, and the beginning of its solution or another text."""
    details = (entry.date, entry.site, entry.subsystem or entry.system or locale.say(entry.kind), entry.part)
    text = next((entry.texts[key] for key in ("solution", "lessons", "description") if key in entry.texts), "")
    return [
        entry.id,
        headline(entry),
        page,
        " · ".join(detail for detail in details if detail),
        shorten(text, _EXCERPT_WIDTH),
    ]


def _fold_table(postings: Mapping[str, str]) -> str:
    """Return pairs of a character and the one it folds to, for those that fold to a character in the index."""
    letters = {letter for term in postings for letter in term}
    return "".join(letter + folded for letter, folded in _folding_letters() if folded in letters)


@cache
def _folding_letters() -> tuple[tuple[str, str], ...]:
    """Return the Han and Arabic characters that fold to another one, with that one."""
    spans = range(0x0600, 0x0700), range(0x3400, 0xA000), range(0xF900, 0xFB00)
    letters = (chr(codepoint) for span in spans for codepoint in span)
    return tuple((letter, fold(letter)) for letter in letters if fold(letter) != letter)


def _page_texts(locale: Locale) -> dict[str, str]:
    return {
        "found": locale.say("{count} found"),
        "none": locale.say("Nothing found. Try fewer or different words."),
        "more": locale.say("Show more"),
        "lost": locale.say("The folder “search” is missing next to this page: keep the files together."),
    }


def _build_parts(postings: Mapping[str, str], documents: Sequence[object], count: int) -> Iterator[HandbookFile]:
    shards: dict[int, dict[str, str]] = {number: {} for number in range(count)}
    for term, posting in postings.items():
        shards[shard_of(term, count)][term] = posting
    for number, terms in shards.items():
        yield _part_file(f"t{number}", terms)
    for at in range(0, len(documents), BLOCK_SIZE):
        yield _part_file(f"d{at // BLOCK_SIZE}", documents[at : at + BLOCK_SIZE])


def shard_of(term: str, count: int) -> int:
    """Return which of `count` files has a term: a hash of its first Han character, or of its first two letters."""
    begin = term[:1] if _HAN_RUN.match(term) else term[:2]
    value = 0
    for letter in begin:
        value = (value * 31 + ord(letter)) % 65521
    return value % count


def _part_file(name: str, data: object) -> HandbookFile:
    return HandbookFile(f"{FOLDER}/{name}.js", f'fenji("{name}",{_script_json(data)});\n'.encode())


def _script_json(data: object) -> str:
    """Return JSON that is safe inside a script element: nothing in it can end the script or begin another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
