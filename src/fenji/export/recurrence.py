"""What recurs in an edition: counts by product, part and year, median times, lessons, the most linked. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from fenji.analysis import code, fold
from fenji.export.edition import Edition, spelling
from fenji.ticket import KINDS

if TYPE_CHECKING:
    from fenji.export.entries import Entry, Time

MOST = 12  # rows of a list on the first page
YEARS = 10  # years that are told apart; what is older counts with the first of them
_YEAR = timedelta(days=365)
_SENTENCE = re.compile(r".*?(?:$|[。！？]|[.!?](?=\s))", re.MULTILINE)
_LETTERS = re.compile(r"\w+")


@dataclass(frozen=True)
class Pace:
    """One promise over many problems: the median of working seconds to its end, and the verdicts."""

    median_s: int | None
    met: int
    missed: int
    excused: int


@dataclass(frozen=True)
class Count:
    """So many problems of one group, and how long they took; `latest` is the newest of them."""

    names: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def number(self) -> int:
        return len(self.entries)

    @property
    def latest(self) -> Entry:
        return self.entries[0]

    @property
    def response(self) -> Pace:
        return pace(one.response for one in self.entries)

    @property
    def solution(self) -> Pace:
        return pace(one.solution for one in self.entries)


def pace(times: Iterable[Time]) -> Pace:
    """The median of what was done, and how often the promise was met, missed, and missed with an excuse."""
    held = list(times)
    used = [one.used_s for one in held if one.used_s is not None]
    verdicts = Counter(one.verdict for one in held)
    return Pace(int(median(used)) if used else None, verdicts["met"], verdicts["missed"], verdicts["excused"])


def parts(edition: Edition) -> list[Count]:
    """Parts named in two problems or more, the most frequent first, then the most recent."""
    return _several(edition.entries, lambda one: one.part, code)


def causes(entries: Iterable[Entry]) -> list[Count]:
    """Causes that begin with the same sentence in two problems of a subsystem or more, in the same order.

    Script, letter case, blanks and punctuation make no difference.
    """
    return _several(entries, cause, lambda text: "".join(_LETTERS.findall(fold(text))))


def cause(entry: Entry) -> str:
    """The first sentence of the cause."""
    found = _SENTENCE.match(entry.texts.get("cause", "").strip())
    return found[0].rstrip(" .。") if found else ""


def _several(entries: Iterable[Entry], word: Callable[[Entry], str], key: Callable[[str], str]) -> list[Count]:
    groups: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for one in entries:
        same = key(word(one))
        if same:
            groups[fold(one.system), fold(one.subsystem), same].append(one)
    several = [group for group in groups.values() if len(group) > 1]
    several.sort(key=lambda group: (len(group), group[0].date, group[0].id), reverse=True)
    named = (lambda one: one.system, lambda one: one.subsystem, word)
    return [Count(tuple(spelling(map(name, group)) for name in named), tuple(group)) for group in several]


def years(edition: Edition, entries: Sequence[Entry] | None = None) -> Mapping[str, int]:
    """How many of `entries`, else of all, were reported in each year of the book, without a gap; `…2017` with older."""
    if edition.span is None:
        return {}
    begin, last = edition.span
    first = max(begin, last - YEARS + 1)
    found = dict.fromkeys(range(first, last + 1), 0)
    for one in edition.entries if entries is None else entries:
        if one.year.isdecimal():
            found[max(first, int(one.year))] += 1
    return {f"…{year:04}" if year == first > begin else f"{year:04}": count for year, count in found.items()}


def recent(edition: Edition) -> tuple[int, int] | None:
    """How many were reported in the 365 days up to the end of the book, and in those before; None for a shorter one."""
    end = edition.as_of
    days = [end - one.reported for one in edition.entries if end and one.reported]
    if not days or max(days) < 2 * _YEAR:
        return None
    return sum(one < _YEAR for one in days), sum(_YEAR <= one < 2 * _YEAR for one in days)


def kinds(edition: Edition) -> list[Count]:
    """The problems of each kind."""
    known = [*KINDS, *sorted({one.kind for one in edition.entries} - set(KINDS))]
    return _grouped(edition, known, lambda one: one.kind)


def priorities(edition: Edition) -> list[Count]:
    """The problems of each priority."""
    return _grouped(edition, sorted({one.priority for one in edition.entries}), lambda one: one.priority)


def sites(edition: Edition) -> list[Count]:
    """The problems of each site."""
    return _grouped(edition, sorted({one.site for one in edition.entries}), lambda one: one.site)


def _grouped(edition: Edition, names: Sequence[str], name: Callable[[Entry], str]) -> list[Count]:
    groups = {one: tuple(held for held in edition.entries if name(held) == one) for one in names if one}
    return [Count((one,), group) for one, group in groups.items() if group]


def lessons(edition: Edition) -> list[tuple[Entry, int]]:
    """Entries with lessons, and how often their like occurred; of those that are alike the newest alone.

    First stand those of a part that recurs, then the most frequent, then the newest.
    """
    found: dict[str, tuple[Entry, int]] = {}
    for one in edition.entries:
        alike = edition.alike(one)
        if "lessons" in one.texts:
            found.setdefault(alike[0].id if alike else one.id, (one, max(1, len(alike))))
    return sorted(found.values(), key=lambda held: (held[1] < 2 or not held[0].part, -held[1]))[:MOST]


def linked(edition: Edition) -> list[tuple[Entry, int]]:
    """The entries with the most links to others of the edition, either way; two at least."""
    counted = [
        (one, len({link.entry.id for link in edition.links(one) if link.entry and link.entry.id != one.id}))
        for one in edition.entries
    ]
    tied = [(one, count) for one, count in counted if count > 1]
    return sorted(tied, key=lambda held: -held[1])[:MOST]


def newest(edition: Edition) -> list[Entry]:
    """What was archived last."""
    dated = [one for one in edition.entries if one.archived]
    dated.sort(key=lambda one: (one.archived.timestamp() if one.archived else 0.0, one.id), reverse=True)
    return dated[:MOST]
