"""The index that is searched in the page itself, without a server: built here, read by `search.js`.

Both sides cut texts alike: Han runs into pairs of neighbours and the last character alone, Latin runs and part numbers
into the whole without separators and its pieces. What is typed is folded by a table that ships with the index and holds
only the characters which can lead to something in it. Pure.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from fenji.analysis import HAN, fold, stem
from fenji.export.glance import gist, headline
from fenji.export.leaves import File, Leaves
from fenji.synonyms import starter

if TYPE_CHECKING:
    from fenji.export.edition import Edition
    from fenji.export.entries import Entry
    from fenji.export.voice import Voice

# How much a word counts by where it stands; the page multiplies by these.
TITLE, REMEDY, STORY = 2, 1, 0
INLINE = 600_000  # characters of an index that stands in the first page; a larger one lies beside it in parts
PART = 60_000  # characters of one such part, about
BLOCK = 200  # entries whose titles lie in one part
FOLDER = "search"
_LONGEST = 60  # characters of a run: more is no word
_EXCERPT = 130  # columns of the text beneath a hit

_HAN_RUN = re.compile(f"[{HAN}]+")
_LATIN_RUN = re.compile(rf"[^\W_{HAN}]+(?:[-_./·]+[^\W_{HAN}]+)*")
_JOINTS = re.compile(r"[-_./·]+")
_BORDERS = re.compile(r"[^\W\d_]+|\d+")
# A Chinese word → the one of its group that both sides are also found by.
_SAME = {
    fold(word): fold(group[0])
    for group in ([word for word in one if _HAN_RUN.fullmatch(word)] for one in starter())
    for word in group[1:]
}
_SIZES = tuple(sorted({len(word) for word in _SAME}))
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Lookup:
    """A finished index: what stands in the page as JSON, and the files beside it."""

    inline: str
    files: tuple[File, ...]


# --- words ------------------------------------------------------------------------------------------------------------


def words(text: str) -> set[str]:
    """The words by which a text is found."""
    folded = fold(text)
    found: set[str] = set()
    for run in _HAN_RUN.findall(folded):
        found.update(_pairs(run))
        for word in _synonyms_in(run):
            found.update(_pairs(word))
    for run in _LATIN_RUN.findall(folded):
        found.update(_latin(run[:_LONGEST]))
    return found


def _pairs(run: str) -> Iterator[str]:
    yield from (run[at : at + 2] for at in range(len(run) - 1))
    yield run[-1]


def _synonyms_in(run: str) -> Iterator[str]:
    cut = (run[at : at + size] for size in _SIZES for at in range(len(run) - size + 1))
    yield from (_SAME[word] for word in cut if word in _SAME)


@cache
def _latin(run: str) -> frozenset[str]:
    parts = [one for one in _JOINTS.split(run) if one]
    whole = "".join(parts)
    found = {whole, *parts}
    if not whole.isdecimal() and any(one.isdecimal() for one in whole):
        found.update(piece for one in parts for piece in _BORDERS.findall(one))
    found.update(stem(one) for one in parts if one.isascii() and one.isalpha())
    return frozenset(found)


def _of_entry(entry: Entry) -> dict[str, int]:
    """Every word of an entry, with the best place where it stands."""
    held: dict[str, int] = {}
    places: Sequence[tuple[int, Iterable[str]]] = (
        (STORY, (entry.texts.get("description", ""), entry.texts.get("decision", ""), *entry.units)),
        (REMEDY, (entry.texts.get(key, "") for key in ("cause", "solution", "lessons"))),
        (TITLE, (entry.title, entry.id, entry.formerly, entry.system, entry.subsystem, entry.part, *entry.tags)),
    )
    for weight, texts in places:
        for one in texts:
            held.update(dict.fromkeys(words(one), weight))
    held[entry.id.rpartition("-")[2].lstrip("0") or "0"] = TITLE
    narrowing = {"site": entry.site, "year": entry.year, "kind": entry.kind, "p": entry.priority}
    held.update({f"{key}:{fold(value)}": STORY for key, value in narrowing.items() if value})
    return held


# --- the index --------------------------------------------------------------------------------------------------------


def lookup(edition: Edition, pages: Leaves, voice: Voice, *, inline: int = INLINE) -> Lookup:
    """The index of an edition; in one piece up to `inline` characters, else in parts that are loaded when needed."""
    postings = _postings(edition.entries)
    names = sorted({one.name for one in pages.pages})
    documents = [_document(one, names.index(pages.place[one.id]), voice) for one in edition.entries]
    head: dict[str, object] = {
        "n": len(documents),
        "pages": names,
        "fold": _table(postings),
        "same": dict(sorted(_SAME.items())),
        "say": _sayings(voice),
    }
    whole = _json({**head, "docs": documents, "terms": postings})
    if len(whole) <= inline:
        return Lookup(whole, ())
    count = max(2, sum(len(term) + len(held) + 6 for term, held in postings.items()) // PART)
    return Lookup(_json({**head, "shards": count, "block": BLOCK}), tuple(_parts(postings, documents, count)))


def _postings(entries: Sequence[Entry]) -> dict[str, str]:
    """Term → the entries that hold it: differences of their places times 3 plus the weight, to base 36, by commas."""
    found: dict[str, list[str]] = defaultdict(list)
    last: dict[str, int] = {}
    for place, one in enumerate(entries):
        for term, weight in _of_entry(one).items():
            found[term].append(_base36((place - last.get(term, 0)) * 3 + weight))
            last[term] = place
    return {term: ",".join(found[term]) for term in sorted(found)}


def _base36(value: int) -> str:
    text = _DIGITS[value % 36]
    while value := value // 36:
        text = _DIGITS[value % 36] + text
    return text


def _document(entry: Entry, page: int, voice: Voice) -> list[object]:
    """What a hit shows: number, title, page, place and day, and how its best text begins."""
    about = (entry.date, entry.site, entry.subsystem or entry.system or voice.say(entry.kind), entry.part)
    text = next((entry.texts[key] for key in ("solution", "lessons", "description") if key in entry.texts), "")
    return [entry.id, headline(entry), page, " · ".join(one for one in about if one), gist(text, _EXCERPT)]


def _table(postings: Mapping[str, str]) -> str:
    """Pairs of a character and the one it folds to, for all that fold to one that stands in the index."""
    there = {letter for term in postings for letter in term}
    return "".join(letter + folded for letter, folded in _folding() if folded in there)


@cache
def _folding() -> tuple[tuple[str, str], ...]:
    """The Han characters that fold to another one."""
    letters = (chr(one) for span in (range(0x3400, 0xA000), range(0xF900, 0xFB00)) for one in span)
    return tuple((one, fold(one)) for one in letters if fold(one) != one)


def _sayings(voice: Voice) -> dict[str, str]:
    return {
        "found": voice.say("{count} found"),
        "none": voice.say("Nothing is found. Fewer or other words may find more."),
        "more": voice.say("Show more"),
        "lost": voice.say("The folder “search” is missing beside this page: keep the files together."),
    }


def _parts(postings: Mapping[str, str], documents: Sequence[object], count: int) -> Iterator[File]:
    shards: dict[int, dict[str, str]] = {number: {} for number in range(count)}
    for term, held in postings.items():
        shards[shard(term, count)][term] = held
    for number, terms in shards.items():
        yield _part(f"t{number}", terms)
    for at in range(0, len(documents), BLOCK):
        yield _part(f"d{at // BLOCK}", documents[at : at + BLOCK])


def shard(term: str, count: int) -> int:
    """In which of `count` parts a term lies: by its first letter, or its first two where it is no Han character."""
    begin = term[:1] if _HAN_RUN.match(term) else term[:2]
    value = 0
    for letter in begin:
        value = (value * 31 + ord(letter)) % 65521
    return value % count


def _part(name: str, held: object) -> File:
    return File(f"{FOLDER}/{name}.js", f'fenji("{name}",{_json(held)});\n'.encode())


def _json(held: object) -> str:
    """JSON that can stand in a script of a page: nothing in it can end the script or begin another."""
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
