"""What recurs in an edition: counts by product, by part and by year, median times, the most linked. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from fenji.analysis import code, fold
from fenji.export.edition import Edition, spelling

if TYPE_CHECKING:
    from fenji.export.entries import Entry, Time

MOST = 12  # rows of a list on the first page


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


def products(edition: Edition) -> list[Count]:
    """Each subsystem of each system, in the order of the book."""
    return [
        Count((chapter.name, section.name), section.entries)
        for chapter in edition.chapters
        if not chapter.kind
        for section in chapter.sections
    ]


def parts(edition: Edition) -> list[Count]:
    """Parts named in two problems or more, the most frequent first, then the most recent."""
    groups: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for one in edition.entries:
        if one.part:
            groups[fold(one.system), fold(one.subsystem), code(one.part)].append(one)
    several = [group for group in groups.values() if len(group) > 1]
    several.sort(key=lambda group: (len(group), group[0].date, group[0].id), reverse=True)
    return [Count(_names(group), tuple(group)) for group in several]


def _names(group: Sequence[Entry]) -> tuple[str, ...]:
    return (
        spelling(one.system for one in group),
        spelling(one.subsystem for one in group),
        spelling(one.part for one in group),
    )


def years(edition: Edition) -> Mapping[str, int]:
    """How many problems were reported in each year, from the first to the last without a gap."""
    counted = Counter(one.year for one in edition.entries if one.year.isdecimal())
    if not counted:
        return {}
    first, last = int(min(counted)), int(max(counted))
    return {f"{year:04}": counted[f"{year:04}"] for year in range(first, last + 1)}


def priorities(edition: Edition) -> list[Count]:
    """All problems, then those of each priority."""
    levels = sorted({one.priority for one in edition.entries if one.priority})
    groups = [Count((level,), tuple(one for one in edition.entries if one.priority == level)) for level in levels]
    return [Count(("",), edition.entries), *groups] if edition.entries else []


def linked(edition: Edition) -> list[tuple[Entry, int]]:
    """The entries with the most links to others of the edition, either way."""
    counted = [
        (one, len({link.entry.id for link in edition.links(one) if link.entry and link.entry.id != one.id}))
        for one in edition.entries
    ]
    tied = [(one, count) for one, count in counted if count]
    return sorted(tied, key=lambda held: -held[1])[:MOST]


def newest(edition: Edition) -> list[Entry]:
    """What was archived last."""
    dated = [one for one in edition.entries if one.archived]
    dated.sort(key=lambda one: (one.archived.timestamp() if one.archived else 0.0, one.id), reverse=True)
    return dated[:MOST]
