"""The decided clocks that a report counts, with everything that does not depend on its rows computed once. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, compress, repeat
from operator import eq, gt, ne, not_
from typing import TYPE_CHECKING, NamedTuple

from fenji.model.appraisal.codes import Codes, GroupKey, Places, Ranks, choose, encode, join, tally
from fenji.model.appraisal.facts import MET
from fenji.model.appraisal.intervals import Quantile, find_rank, quantile_at

if TYPE_CHECKING:
    from fenji.model.appraisal.columns import Table
    from fenji.model.appraisal.facts import Facts, VerdictFact

SHARES = (0.5, 0.9)  # median and p90
USED, ELAPSED = "used_s", "elapsed_s"
Lengths = Mapping[GroupKey, Sequence[Quantile]]  # median and p90, by row


class Sort(NamedTuple):
    """The fields by which decided clocks are counted in addition to their row, as word numbers."""

    clock: int
    answer: int
    level: int
    kind: int
    site: int
    calendar: int
    stopped: int  # 1 where somebody stopped it


class _TicketPlaces(NamedTuple):
    """The places of each ticket's verdicts: the first, the second if there are two, all later ones of more."""

    firsts: Places
    seconds: Places
    before_seconds: Places  # for each of `seconds`, the first of its ticket
    others: Places
    before_others: Places


class CountedVerdicts:
    """The verdicts that became final in [start, end), of one clock or all.

    Rows are given as a code for each verdict.
    """

    def __init__(self, facts: Facts, start: int, end: int, clock: str = "") -> None:
        self.words = facts.words
        self.table: Table[VerdictFact] = facts.verdicts.between("at", start, end)
        if clock:
            self.table = self.table.choose("clock", {facts.words.find(clock)})
        self._start = start
        places = _places_by_sort(self.table)
        self._sorts = list(places)
        self._ends = list(accumulate(map(len, places.values())))  # of each sort, whose verdicts are contiguous
        self._by_sort = Places(list(chain.from_iterable(places.values())))
        self._ordered: dict[tuple[int, str], tuple[Places, Sequence[int]]] = {}

    def __len__(self) -> int:
        return len(self.table)

    def _spans(self) -> Iterator[tuple[Sort, slice]]:
        """Yield each sort with the slice of its verdicts in the order by sort."""
        return zip(self._sorts, map(slice, [0, *self._ends], self._ends), strict=False)

    def _places_where(self, is_wanted: Callable[[Sort], bool]) -> list[int]:
        """Return the places of the verdicts of the wanted sorts."""
        return list(chain.from_iterable(self._by_sort.places[span] for sort, span in self._spans() if is_wanted(sort)))

    # --- counts ---------------------------------------------------------------------------------------------------

    def count(self, rows: Codes) -> dict[tuple[GroupKey, Sort], int]:
        """Return how many verdicts each row has of each sort."""
        codes = self._by_sort.pick(rows.numbers)
        return {
            (rows.keys[code], sort): count for sort, span in self._spans() for code, count in tally(codes[span]).items()
        }

    def count_tickets(self, rows: Codes) -> dict[GroupKey, int]:
        """Return how many tickets have a verdict in each row; most verdicts of a ticket are in the same row."""
        tickets, numbers = self._tickets, rows.numbers
        counts = Counter(tally(tickets.firsts.pick(numbers)))
        codes, before = tickets.seconds.pick(numbers), tickets.before_seconds.pick(numbers)
        if codes != before:
            counts.update(tally(choose(codes, map(ne, codes, before))))
        codes, before = tickets.others.pick(numbers), tickets.before_others.pick(numbers)
        if codes != before:
            several = zip(tickets.before_others.places, codes, strict=True)
            counts.update(code for _, code in set(compress(several, map(ne, codes, before))))
        return rows.by_key(counts)

    @cached_property
    def _tickets(self) -> _TicketPlaces:
        first_places: dict[int, int] = {}
        everywhere = sorted(self._by_sort.places)  # reuses the existing int objects
        firsts = list(map(first_places.setdefault, self.table.columns.peek("uid"), everywhere))
        is_later = bytes(map(ne, firsts, everywhere))
        later, before = list(compress(everywhere, is_later)), list(compress(firsts, is_later))
        numbers = Counter(before)
        is_second = bytes(map(eq, map(numbers.__getitem__, before), repeat(1)))
        is_other = is_second.translate(b"\1" + bytes(255))
        parts = (compress(places, mask) for mask in (is_second, is_other) for places in (later, before))
        return _TicketPlaces(Places(list(first_places.values())), *map(Places, map(list, parts)))

    def count_stopped(self, rows: Codes) -> dict[GroupKey, int]:
        """Return how many verdicts of each row have a clock that somebody stopped."""
        return rows.by_key(tally(choose(rows.numbers, self.table.columns.peek("done_by"))))

    @cached_property
    def _solved_earlier(self) -> Places:
        solution, met = self.words.find("solution"), self.words.find(MET)
        places = self._places_where(lambda sort: (sort.clock, sort.answer) == (solution, met))
        stopped = map(self.table.columns.peek("stopped").__getitem__, places)
        return Places(list(compress(places, map(gt, repeat(self._start), stopped))))

    def count_solved_earlier(self, rows: Codes) -> dict[GroupKey, int]:
        """Return how many met solutions of each row were solved before the period in which they were confirmed."""
        return rows.by_key(tally(self._solved_earlier.pick(rows.numbers)))

    # --- lengths --------------------------------------------------------------------------------------------------

    def length_column(self, clock: int, *, on_calendar: bool) -> str:
        """Return the name of the length column of a clock; always the same one if both columns are equal."""
        return USED if on_calendar and clock not in self._running_always else ELAPSED

    @cached_property
    def _running_always(self) -> frozenset[int]:
        """The clocks whose lengths are the same on the calendar and by the wall clock."""
        used, elapsed = (self.table.columns[name] for name in (USED, ELAPSED))
        if used == elapsed:
            return frozenset(sort.clock for sort in self._sorts)
        differing = compress(self.table.columns.peek("clock"), map(ne, used, elapsed))
        return frozenset(sort.clock for sort in self._sorts) - frozenset(differing)

    def find_lengths(self, clock: int, column: str, rows: Codes) -> Lengths:
        """Return median and p90 of a column over the verdicts of a clock, by row."""
        places, lengths = self._in_order(clock, column)
        ranks = Ranks(places.pick(rows.numbers))
        running: dict[int, list[int]] = defaultdict(list)
        for place in self._running.get(clock, ()):
            insort(running[rows.numbers[place]], self.table.columns[column][place])

        def find(code: int, share: float) -> Quantile:
            return quantile_at(
                find_rank(share, ranks.counts[code]),
                lambda rank: lengths[ranks.find(code, rank)],
                lambda length: ranks.count_before(code, bisect_right(lengths, length)),
                running.get(code, ()),
            )

        return rows.by_key({code: [find(code, share) for share in SHARES] for code in ranks.counts})

    def _in_order(self, clock: int, column: str) -> tuple[Places, Sequence[int]]:
        """Return the places of a clock's verdicts in the order of their lengths, and the lengths."""
        if (clock, column) not in self._ordered:
            lengths = self.table.columns[column]
            places = sorted(self._places_where(lambda sort: sort.clock == clock), key=lengths.__getitem__)
            self._ordered[clock, column] = Places(places), array("q", map(lengths.__getitem__, places))
        return self._ordered[clock, column]

    @cached_property
    def _running(self) -> Mapping[int, Sequence[int]]:
        """The places of missed clocks that still run, by clock."""
        clocks, found = self.table.columns.peek("clock"), defaultdict(list)
        for place in compress(range(len(clocks)), map(not_, self.table.columns.peek("over"))):
            found[clocks[place]].append(place)
        return found


def _places_by_sort(table: Table[VerdictFact]) -> dict[Sort, list[int]]:
    """Return the places of the verdicts of each sort, the sorts of one clock next to each other."""
    stopped = Codes(bytes(map(bool, table.columns.peek("done_by"))), [(0,), (1,)])
    parts = [stopped if name == "stopped" else encode(table.columns.peek(name)) for name in Sort._fields]
    sorts = join(parts, len(table))
    places: list[list[int]] = [[] for _ in sorts.keys]
    for place, code in enumerate(sorts.numbers):
        places[code].append(place)
    return {Sort._make(key): places[code] for key, code in sorted(zip(sorts.keys, range(len(places)), strict=True))}
