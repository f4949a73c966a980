"""The facts that reports count, read from tickets once: decided clocks, stretches of work, cost lines, signs. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple, TypeVar, cast
from weakref import WeakKeyDictionary

from fenji.model.appraisal.codes import Places
from fenji.model.appraisal.columns import Columns, Table, Words, column_types

MET, MISSED, EXCUSED = "met", "missed", "excused"
GOES_ON = 1 << 40  # length or end of a stretch that has not ended
SEPARATOR = "\x1f"  # between names in one word


class TicketFact(NamedTuple):
    """A ticket as it is now; instants are seconds since 1970, 0 for a step that did not happen."""

    uid: str
    id: str
    title: str
    state: str
    priority: str
    kind: str
    site: str
    owner: str
    units: str  # names separated by SEPARATOR, as are `tags`
    tags: str
    impact: str
    occurrence: str
    system: str
    subsystem: str
    part: str
    serial: str
    customer: str
    requester: str
    reported: int
    responded: int
    solved: int
    confirmed: int
    archived: int
    opportunity: str
    last: int  # instant of the latest event in its log
    formerly: str = ""  # its number before a merge
    measured: int = 0  # when a measure against its cause was first said to work, or its lesson was written


class VerdictFact(NamedTuple):
    """A decided clock, with the fields it is grouped by as they were then (clock rules 23, 26).

    `at` is when the verdict became final. `used_s` is the time on `calendar`, `elapsed_s` the elapsed time without
    waits; `over` is False for a miss that still runs.
    """

    uid: str
    clock: str
    item: str  # key of a plan item, else empty
    answer: str
    at: int
    stopped: int
    person: str
    unit: str
    level: str
    kind: str
    site: str
    impact: str
    occurrence: str
    system: str
    subsystem: str
    part: str
    customer: str
    requester: str
    calendar: str
    used_s: int
    elapsed_s: int
    over: bool
    late_from: int  # the due of a miss; of another verdict `at`
    late_until: int  # when the clock of a miss ended, 0 while it runs; of another verdict `stopped`
    done_by: str = ""  # who stopped the clock


class StretchFact(NamedTuple):
    """A stretch of time in which a ticket was running, waiting or solved, and who held it; `length` may be GOES_ON.

    `in_time`: the ticket was solved before its promise ran out. `closed`: when the last stretch of the ticket ended.
    """

    uid: str
    start: int
    length: int
    state: str
    person: str
    unit: str
    in_time: bool = False
    closed: int = GOES_ON


class LineFact(NamedTuple):
    """A resource line: who spent what and when. Numbers are exact, as text; `on` is a date as YYYYMMDD, 0 for none."""

    uid: str
    key: str
    on: int
    person: str
    unit: str
    kind: str
    role: str
    hours: str
    cost: str
    currency: str
    billable: str  # yes, no, or empty: not said
    recorded: int = 0  # when a line without a date was written down


class SignFact(NamedTuple):
    """A sign beside the rates: which one, when, and by whom it was caused (clock rules 28)."""

    uid: str
    sign: str
    at: int
    person: str
    unit: str


class LinkFact(NamedTuple):
    """A link of a ticket to another ticket, by its number."""

    uid: str
    to: str
    relation: str


class InvolvedFact(NamedTuple):
    """The share of a decided clock's working time during which a unit was involved without answering for it."""

    uid: str
    clock: str
    at: int  # when the clock was decided
    unit: str
    share_ppm: int  # millionths


class OutsideFact(NamedTuple):
    """An act of a person while the calendar of the ticket's site was closed; `at` is the start of its quarter hour."""

    uid: str
    at: int
    person: str
    unit: str


class BroughtFact(NamedTuple):
    """A verdict from before a ticket was brought in: the other system's, or computed by the policy."""

    uid: str
    name: str  # of the other system's verdict, or of the clock
    answer: str  # in the other system's words, or met or missed
    at: int
    person: str
    unit: str


class TicketFacts(NamedTuple):
    """All facts of one ticket."""

    ticket: TicketFact
    verdicts: Sequence[VerdictFact] = ()
    stretches: Sequence[StretchFact] = ()
    lines: Sequence[LineFact] = ()
    signs: Sequence[SignFact] = ()
    links: Sequence[LinkFact] = ()
    involved: Sequence[InvolvedFact] = ()
    outside: Sequence[OutsideFact] = ()
    brought: Sequence[BroughtFact] = ()


# The column by which a table is sorted.
ORDERS = {"verdicts": "at", "stretches": "closed", "lines": "on", "signs": "at"}
DerivedT = TypeVar("DerivedT")
_MAX_DERIVED = 16  # derived values that are cached
_BATCH = 1000  # tickets whose rows are added column by column
OWN_WORDS = ("title", "id", "uid")  # columns whose words belong to one ticket each


class Facts:
    """The facts of all tickets, each table in its order."""

    ROW_TYPES: Mapping[str, type[tuple[object, ...]]] = {
        "tickets": TicketFact,
        "verdicts": VerdictFact,
        "stretches": StretchFact,
        "lines": LineFact,
        "signs": SignFact,
        "links": LinkFact,
        "involved": InvolvedFact,
        "outside": OutsideFact,
        "brought": BroughtFact,
    }

    def __init__(self, words: Words | None = None) -> None:
        self.words = words or Words()
        self.tickets = Table(TicketFact, self.words)
        self.verdicts = Table(VerdictFact, self.words)
        self.stretches = Table(StretchFact, self.words)
        self.lines = Table(LineFact, self.words)
        self.signs = Table(SignFact, self.words)
        self.links = Table(LinkFact, self.words)
        self.involved = Table(InvolvedFact, self.words)
        self.outside = Table(OutsideFact, self.words)
        self.brought = Table(BroughtFact, self.words)
        self._places: tuple[Table[TicketFact], array[int]] | None = None
        self._places_of: WeakKeyDictionary[Table[Any], Places] = WeakKeyDictionary()
        self._derived: dict[Hashable, Any] = {}

    @property
    def ticket_places(self) -> array[int]:
        """The place of each ticket in its table, indexed by the number of its uid; other indices mean nothing."""
        if self._places is None or self._places[0] is not self.tickets:
            self._places = self.tickets, _invert(self.tickets.columns["uid"])
        return self._places[1]

    def places_of(self, table: Table[Any]) -> Places:
        """Return for each row of a table the place of its ticket."""
        if table not in self._places_of:
            self._places_of[table] = Places(array("I", map(self.ticket_places.__getitem__, table.columns.peek("uid"))))
        return self._places_of[table]

    def derive(self, name: Hashable, make: Callable[[], DerivedT]) -> DerivedT:
        """Return the value that `make` computes from these facts, cached by name; only the latest few are kept."""
        if name not in self._derived:
            while len(self._derived) >= _MAX_DERIVED:
                del self._derived[next(iter(self._derived))]
            self._derived[name] = make()
        return cast("DerivedT", self._derived[name])

    def number_at(self, place: int) -> str:
        """Return the number of the ticket at a place of its table."""
        return next(self.numbers_at([place]))

    def numbers_at(self, places: Sequence[int]) -> Iterator[str]:
        """Yield the numbers of the tickets at some places."""
        return map(self.words.in_column("id").__getitem__, self.tickets.columns.pick("id", places))

    def add(self, tickets: Iterable[TicketFacts]) -> None:
        """Add the facts of tickets, keeping the order of each table; columns not loaded yet stay unloaded."""
        self._derived.clear()
        self._places_of.clear()
        added = Facts(self.words)
        rest = iter(tickets)
        while batch := list(islice(rest, _BATCH)):
            added.tickets.extend(facts.ticket for facts in batch)
            for name in self.ROW_TYPES:
                if name != "tickets":
                    getattr(added, name).extend(row for facts in batch for row in getattr(facts, name))
        for name in self.ROW_TYPES:
            setattr(self, name, getattr(self, name).joined(getattr(added, name), ORDERS.get(name, "")))

    def find_uids(self, uids: Set[str]) -> Set[str]:
        """Return the given uids whose tickets are among these facts."""
        near = self.words.own_places("uid", uids) or any(self.words.find(uid) >= 0 for uid in uids)
        return frozenset(uids).intersection(self.tickets.column("uid") if near else ())

    def without(self, uids: Iterable[str]) -> Facts:
        """Return the facts of all tickets except these."""
        known = self.words.numbers
        return self.without_numbers({known[uid] for uid in uids if uid in known})

    def without_numbers(self, uids: Set[int]) -> Facts:
        """Return the facts of all tickets except these, by the numbers of their uids."""
        return self._derive(lambda table: table.without("uid", uids))

    def choose(self, uids: Set[int]) -> Facts:
        """Return the facts of these tickets, by the numbers of their uids."""
        return self._derive(lambda table: table.choose("uid", uids))

    def _derive(self, change: Callable[[Table[Any]], Table[Any]]) -> Facts:
        derived = Facts(self.words)
        for name in self.ROW_TYPES:
            setattr(derived, name, change(getattr(self, name)))
        return derived

    def compacted(self) -> Facts:
        """Return these facts with only the words in use, those that belong to one ticket each last.

        Tickets are sorted by their latest event, rows by the order of their table and then of their tickets.
        """
        sorted_facts = Facts(self.words)
        sorted_facts.tickets = self.tickets.sorted_by(self.tickets.columns["last"])
        places = sorted_facts.ticket_places
        for name in self.ROW_TYPES:
            if name != "tickets":
                table: Table[Any] = getattr(self, name)
                keys = [places[uid] for uid in table.columns["uid"]]
                ordered = zip(table.columns[ORDERS[name]], keys, strict=True) if name in ORDERS else keys
                setattr(sorted_facts, name, table.sorted_by(ordered))
        return sorted_facts._renumbered()

    def _renumbered(self) -> Facts:
        columns = [dict.fromkeys(getattr(self, name).columns[column]) for name, column in self._shared_columns()]
        used = dict.fromkeys(chain((0,), *sorted(columns, key=len)))  # few words first: their numbers fit into a byte
        old = self.words.words
        lists = {name: partial(_words_at, old, self.tickets.columns[name]) for name in OWN_WORDS}
        words = Words(_words_at(old, used), lists, len(self.tickets))
        shared = {number: place for place, number in enumerate(used)}
        uids = {uid: place for place, uid in enumerate(self.tickets.columns["uid"], words.own_number("uid"))}
        facts = Facts(words)
        for name, row_type in self.ROW_TYPES.items():
            table: Table[Any] = getattr(self, name)
            setattr(facts, name, Table(row_type, words, _renumber(table, shared, uids), length=len(table)))
        for name in OWN_WORDS:
            start = words.own_number(name)
            facts.tickets.columns[name] = array("I", range(start, start + len(self.tickets)))
        return facts

    def _shared_columns(self) -> Iterator[tuple[str, str]]:
        """Yield the table and column names of each word column that tickets share."""
        for name, row_type in self.ROW_TYPES.items():
            for column, code in column_types(row_type).items():
                if code == "I" and column != "uid" and not (name == "tickets" and column in OWN_WORDS):
                    yield name, column


def _words_at(words: Sequence[str], numbers: Iterable[int]) -> list[str]:
    return list(map(words.__getitem__, numbers))


def _invert(numbers: array[int]) -> array[int]:
    """Return the place of each number, indexed by the number."""
    places = array("I", bytes(4 * (max(numbers, default=-1) + 1)))
    for place, number in enumerate(numbers):
        places[number] = place
    return places


def _renumber(table: Table[Any], shared: Mapping[int, int], uids: Mapping[int, int]) -> Columns:
    """Return the columns of a table with other numbers for their words."""

    def load(name: str) -> array[int]:
        column = table.columns[name]
        if table.types[name] != "I":
            return column
        return array("I", map((uids if name == "uid" else shared).__getitem__, column))

    return Columns(load)
