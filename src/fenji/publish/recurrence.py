"""What recurs in an edition: counts by product, part and year, median times, lessons, the most linked. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.ticket import KINDS
from fenji.publish.edition import Edition, most_used_spelling
from fenji.text import fold, fold_code

if TYPE_CHECKING:
    from fenji.publish.entries import HandbookEntry, PromiseResult

MAX_ROWS = 12  # rows of a list on the first page
MAX_YEARS = 10  # years counted separately; anything older counts with the first of them
_YEAR = timedelta(days=365)
_SENTENCE = re.compile(r".*?(?:$|[。！？]|[.!?](?=\s))", re.MULTILINE)
_LETTERS = re.compile(r"\w+")


class PromiseStats(Struct, frozen=True):
    """One promise over many problems: the median working time to its end in seconds, and the verdict counts."""

    median_s: int | None
    met: int
    missed: int
    excused: int


class ProblemGroup(Struct, frozen=True):
    """Problems with something in common, newest first, and the statistics of their promises."""

    names: tuple[str, ...]
    entries: tuple[HandbookEntry, ...]

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def latest(self) -> HandbookEntry:
        return self.entries[0]

    @property
    def response(self) -> PromiseStats:
        return summarize_promises(entry.response for entry in self.entries)

    @property
    def solution(self) -> PromiseStats:
        return summarize_promises(entry.solution for entry in self.entries)


def summarize_promises(results: Iterable[PromiseResult]) -> PromiseStats:
    """Return the median time of completed promises, and how often they were met, missed and excused."""
    result_list = list(results)
    used = [result.used_s for result in result_list if result.used_s is not None]
    verdicts = Counter(result.verdict for result in result_list)
    return PromiseStats(int(median(used)) if used else None, verdicts["met"], verdicts["missed"], verdicts["excused"])


def recurring_parts(edition: Edition) -> list[ProblemGroup]:
    """Return parts named in two problems or more, the most frequent first, then the most recent."""
    return _group_repeated(edition.entries, lambda entry: entry.part, fold_code, edition.word_groups.name_key)


def recurring_causes(entries: Iterable[HandbookEntry], name_key: Callable[[str], str] = fold) -> list[ProblemGroup]:
    """Return causes that begin with the same sentence in two or more problems of a subsystem, sorted like parts.

    Script, letter case, spaces and punctuation make no difference.
    """
    return _group_repeated(entries, main_cause, lambda text: "".join(_LETTERS.findall(fold(text))), name_key)


def causes_of(edition: Edition) -> list[ProblemGroup]:
    """Return the causes that recur in an edition."""
    return recurring_causes(edition.entries, edition.word_groups.name_key)


def main_cause(entry: HandbookEntry) -> str:
    """Return the first sentence of the cause."""
    match = _SENTENCE.match(entry.texts.get("cause", "").strip())
    return match[0].rstrip(" .。") if match else ""


def _group_repeated(
    entries: Iterable[HandbookEntry],
    text_of: Callable[[HandbookEntry], str],
    key_of: Callable[[str], str],
    name_key: Callable[[str], str],
) -> list[ProblemGroup]:
    groups: dict[tuple[str, str, str], list[HandbookEntry]] = defaultdict(list)
    for entry in entries:
        if group_key := key_of(text_of(entry)):
            groups[name_key(entry.system), name_key(entry.subsystem), group_key].append(entry)
    repeated = [group for group in groups.values() if len(group) > 1]
    repeated.sort(key=lambda group: (len(group), group[0].date, group[0].id), reverse=True)
    getters = (lambda entry: entry.system, lambda entry: entry.subsystem, text_of)
    names = [tuple(most_used_spelling(map(get_name, group)) for get_name in getters) for group in repeated]
    return [ProblemGroup(name, tuple(group)) for name, group in zip(names, repeated, strict=True)]


def count_by_year(edition: Edition, entries: Sequence[HandbookEntry] | None = None) -> Mapping[str, int]:
    """Count `entries`, else all, by year of report, without gaps; a first year `…2017` includes all years before."""
    if edition.year_range is None:
        return {}
    begin, last = edition.year_range
    first = max(begin, last - MAX_YEARS + 1)
    counts = dict.fromkeys(range(first, last + 1), 0)
    for entry in edition.entries if entries is None else entries:
        if entry.year.isdecimal():
            counts[max(first, int(entry.year))] += 1
    return {f"…{year:04}" if year == first > begin else f"{year:04}": count for year, count in counts.items()}


def count_recent(edition: Edition) -> tuple[int, int] | None:
    """Count the reports of the last 365 days of the edition and of the 365 before; None if it covers less."""
    end = edition.as_of
    ages = [end - entry.reported for entry in edition.entries if end and entry.reported]
    if not ages or max(ages) < 2 * _YEAR:
        return None
    return sum(age < _YEAR for age in ages), sum(_YEAR <= age < 2 * _YEAR for age in ages)


def group_by_kind(edition: Edition) -> list[ProblemGroup]:
    """Group the problems by kind."""
    known = [*KINDS, *sorted({entry.kind for entry in edition.entries} - set(KINDS))]
    return _group_by(edition, known, lambda entry: entry.kind)


def group_by_priority(edition: Edition) -> list[ProblemGroup]:
    """Group the problems by priority."""
    return _group_by(edition, sorted({entry.priority for entry in edition.entries}), lambda entry: entry.priority)


def group_by_site(edition: Edition) -> list[ProblemGroup]:
    """Group the problems by site."""
    return _group_by(edition, sorted({entry.site for entry in edition.entries}), lambda entry: entry.site)


def _group_by(edition: Edition, names: Sequence[str], name_of: Callable[[HandbookEntry], str]) -> list[ProblemGroup]:
    groups = {name: tuple(entry for entry in edition.entries if name_of(entry) == name) for name in names if name}
    return [ProblemGroup((name,), group) for name, group in groups.items() if group]


def find_lessons(edition: Edition) -> list[tuple[HandbookEntry, int]]:
    """Return entries with lessons, each with its number of similar entries; of similar entries only the newest.

    Entries of a recurring part come first, then the most frequent, then the newest.
    """
    lessons: dict[str, tuple[HandbookEntry, int]] = {}
    for entry in edition.entries:
        similar = edition.similar_to(entry)
        if "lessons" in entry.texts:
            lessons.setdefault(similar[0].id if similar else entry.id, (entry, max(1, len(similar))))
    return sorted(lessons.values(), key=lambda lesson: (lesson[1] < 2 or not lesson[0].part, -lesson[1]))[:MAX_ROWS]


def most_linked(edition: Edition) -> list[tuple[HandbookEntry, int]]:
    """Return the entries with the most links, in either direction, to others of the edition; at least two."""
    counted = [
        (entry, len({link.entry.id for link in edition.links(entry) if link.entry and link.entry.id != entry.id}))
        for entry in edition.entries
    ]
    tied = [(entry, count) for entry, count in counted if count > 1]
    return sorted(tied, key=lambda pair: -pair[1])[:MAX_ROWS]


def newest_entries(edition: Edition) -> list[HandbookEntry]:
    """Return the entries that were archived last."""
    dated = [entry for entry in edition.entries if entry.archived]
    dated.sort(key=lambda entry: (entry.archived.timestamp() if entry.archived else 0.0, entry.id), reverse=True)
    return dated[:MAX_ROWS]
