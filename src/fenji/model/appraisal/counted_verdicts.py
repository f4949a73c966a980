"""The decided clocks that a report counts, with what is the same whatever its rows go by: made once for all. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from functools import cached_property
from itertools import accumulate, chain, compress
from operator import ne
from typing import TYPE_CHECKING, NamedTuple

from fenji.model.appraisal.facts import MET
from fenji.model.appraisal.intervals import Quantile, quantiles

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, VerdictFact

SHARES = (0.5, 0.9)  # median and p90
USED, ELAPSED = "used_s", "elapsed_s"
Lengths = Mapping[Hashable, Sequence["Quantile | None"]]  # median and p90, by row


class Sort(NamedTuple):
    """What decided clocks are counted by beside their row, as numbers of words; `stopped`: somebody stopped it."""

    clock: int
    answer: int
    level: int
    kind: int
    site: int
    calendar: int
    stopped: bool


class _TicketPlaces(NamedTuple):
    """Where the verdicts of each ticket stand: the first, the second where there are two, all where there are more."""

    firsts: Sequence[int]
    seconds: Sequence[int]
    before_seconds: Sequence[int]  # the first ones of those with two
    others: Sequence[Sequence[int]]


class CountedVerdicts:
    """The verdicts that became final in [start, end), of one clock or all.

    A row is given by an id for each verdict: anything that tells it from other rows.
    """

    def __init__(self, facts: Facts, start: int, end: int, clock: str = "") -> None:
        self.words = facts.words
        table: Table[VerdictFact] = facts.verdicts.between("at", start, end)
        if clock:
            number = facts.words.find(clock)
            table = table.select(bytes(own == number for own in table.columns["clock"]))
        self._start = start
        places = _places_by_sort(table)
        self._ends = list(accumulate(map(len, places.values())))  # of the verdicts of each sort, which stand together
        self._sorts = list(places)
        self.table = table.take(array("I", chain.from_iterable(places.values())))
        self._ordered: dict[tuple[int, str], tuple[Sequence[int], Sequence[int]]] = {}

    def __len__(self) -> int:
        return len(self.table)

    # --- counts ---------------------------------------------------------------------------------------------------

    def count(self, ids: Sequence[Hashable]) -> dict[tuple[Hashable, Sort], int]:
        """Return how many verdicts each row has of each sort."""
        spans = zip(self._sorts, [0, *self._ends], self._ends, strict=False)
        return {(row, sort): count for sort, start, end in spans for row, count in Counter(ids[start:end]).items()}

    def count_tickets(self, ids: Sequence[Hashable]) -> Counter[Hashable]:
        """Return how many tickets each row has a verdict of: of most, a second one is of the same row."""
        tickets = self._tickets
        counts = Counter(map(ids.__getitem__, tickets.firsts))
        seconds = list(map(ids.__getitem__, tickets.seconds))
        counts.update(compress(seconds, map(ne, seconds, map(ids.__getitem__, tickets.before_seconds))))
        counts.update(row for places in tickets.others for row in {ids[place] for place in places} - {ids[places[0]]})
        return counts

    @cached_property
    def _tickets(self) -> _TicketPlaces:
        firsts: dict[int, int] = {}
        later, before = array("I"), array("I")
        for place, uid in enumerate(self.table.columns["uid"]):
            first = firsts.setdefault(uid, place)
            if first != place:
                later.append(place)
                before.append(first)
        repeated = {first for first, count in Counter(before).items() if count > 1}
        others: dict[int, list[int]] = {first: [first] for first in repeated}
        for place, first in zip(later, before, strict=True):
            if first in others:
                others[first].append(place)
        is_pair = bytes(first not in repeated for first in before)
        seconds, before_seconds = (array("I", compress(places, is_pair)) for places in (later, before))
        return _TicketPlaces(array("I", firsts.values()), seconds, before_seconds, list(others.values()))

    def count_stopped(self, ids: Iterable[Hashable]) -> Counter[Hashable]:
        """Return how many verdicts of each row somebody stopped the clock of."""
        return Counter(compress(ids, map(bool, self.table.columns["done_by"])))

    @cached_property
    def _solved_earlier(self) -> Sequence[int]:
        columns, start = self.table.columns, self._start
        solution, met = self.words.find("solution"), self.words.find(MET)
        rows = zip(columns["clock"], columns["answer"], columns["stopped"], strict=True)
        return [
            place
            for place, (clock, answer, stopped) in enumerate(rows)
            if stopped < start and clock == solution and answer == met
        ]

    def count_solved_earlier(self, ids: Sequence[Hashable]) -> Counter[Hashable]:
        """Return how many met solutions of each row were solved before the period in which they were confirmed."""
        return Counter(map(ids.__getitem__, self._solved_earlier))

    # --- lengths --------------------------------------------------------------------------------------------------

    def length_column(self, clock: int, *, on_calendar: bool) -> str:
        """Return the column of the lengths of a clock: one, where both are the same."""
        return USED if on_calendar and clock not in self._running_always else ELAPSED

    @cached_property
    def _running_always(self) -> Set[int]:
        """The clocks whose lengths are the same on the calendar and by the wall clock."""
        used, elapsed = (self.table.columns[name] for name in (USED, ELAPSED))
        spans = {sort.clock: self._span_of(sort.clock) for sort in self._sorts}
        return {clock for clock, span in spans.items() if used[span] == elapsed[span]}

    def find_lengths(self, clock: int, column: str, ids: Sequence[Hashable]) -> Lengths:
        """Return median and p90 of a column over the verdicts of a clock, by row."""
        places, lengths = self._in_order(clock, column)
        known: dict[Hashable, list[int]] = defaultdict(list)
        for row, length in zip(map(ids.__getitem__, places), lengths, strict=True):
            known[row].append(length)
        running: dict[Hashable, list[int]] = defaultdict(list)
        for place in self._running:
            if self.table.columns["clock"][place] == clock:
                running[ids[place]].append(self.table.columns[column][place])
        return {row: quantiles(found, _without(found, running.get(row, ())), SHARES) for row, found in known.items()}

    def _in_order(self, clock: int, column: str) -> tuple[Sequence[int], Sequence[int]]:
        """Return the places of a clock's verdicts in the order of their lengths, and the lengths."""
        if (clock, column) not in self._ordered:
            lengths, span = self.table.columns[column], self._span_of(clock)
            places = array("I", sorted(range(span.start, span.stop), key=lengths.__getitem__))
            self._ordered[clock, column] = places, array("q", map(lengths.__getitem__, places))
        return self._ordered[clock, column]

    def _span_of(self, clock: int) -> slice:
        """Return where the verdicts of a clock stand."""
        numbers = [number for number, sort in enumerate(self._sorts) if sort.clock == clock]
        return slice([0, *self._ends][numbers[0]], self._ends[numbers[-1]]) if numbers else slice(0, 0)

    @cached_property
    def _running(self) -> Sequence[int]:
        """The places of missed clocks that still run."""
        return [place for place, is_over in enumerate(self.table.columns["over"]) if not is_over]


def _places_by_sort(table: Table[VerdictFact]) -> dict[Sort, list[int]]:
    """Return the places of the verdicts of each sort, those of one clock behind each other."""
    stopped = map(bool, table.columns["done_by"])
    columns = (table.columns[name] for name in Sort._fields if name != "stopped")
    places: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, sort in enumerate(zip(*columns, stopped, strict=True)):
        places[sort].append(place)
    return {Sort._make(sort): places[sort] for sort in sorted(places)}


def _without(ordered: list[int], taken: Sequence[int]) -> list[int]:
    """Return ordered numbers without some of them."""
    if not taken:
        return ordered
    left = list(ordered)
    for number in taken:
        del left[bisect_left(left, number)]
    return left
