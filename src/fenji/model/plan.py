"""The timetable of a project: expected ends, slack, critical path and baselines. Pure.

Days are dates at the ticket's site; lengths count its open dates (figures 5). Contradictions in the plan are listed as
problems, and the rest is planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from fenji.model.plan_log import list_item_changes
from fenji.model.ticket import PlanItem, Ticket, parse_day
from fenji.model.worktime.open_dates import add_open_dates, count_open_days

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import Reading
    from fenji.model.sla.item_clock import ItemClock
    from fenji.model.values import JsonValue
    from fenji.model.worktime.calendar import Calendar, DatedCalendar

BASELINE = "baseline"  # the reason of a note that sets a new baseline
_DAY = timedelta(days=1)
_BUSY = 3  # overlapping items of one person


class PlanBaseline(Struct, frozen=True):
    """The dues promised at an instant, by item key; `by` and `note` are those of the event that set a new baseline."""

    at: datetime
    dues: Mapping[str, date]
    by: str = ""
    note: str = ""

    def mapping(self) -> dict[str, JsonValue]:
        """Return the baseline for JSON."""
        dues = {key: due.isoformat() for key, due in self.dues.items()}
        return {"at": self.at.isoformat(), "by": self.by, "note": self.note, "dues": dues}


class PlannedItem(Struct, frozen=True):
    """An item on the time axis.

    `begins` and `ends` are expected, or actual for a done item. `slack` is the number of open dates that it may take
    longer without moving the end of the project; None once it is done. `first_due` is its due in the first baseline,
    `latest_due` its due in the latest, if there are several. `is_added`: it was added after the first.
    """

    ticket_id: str
    key: str
    what: str
    owner: str
    start: date | None
    due: date | None
    done: date | None
    begins: date
    ends: date
    slack: int | None
    first_due: date | None
    latest_due: date | None
    is_added: bool
    clock: ItemClock | None

    @property
    def is_critical(self) -> bool:
        """Whether any delay of the item moves the end of the project."""
        return self.slack == 0

    @property
    def late_days(self) -> int:
        """The number of days by which it is or was late."""
        return self.clock.late_days if self.clock else 0

    def mapping(self) -> dict[str, JsonValue]:
        """Return the item for JSON."""
        days = {name: getattr(self, name) for name in ("start", "due", "done", "begins", "ends")}
        days |= {"baseline_due": self.first_due, "new_baseline_due": self.latest_due}
        return {
            "ticket": self.ticket_id,
            "key": self.key,
            "what": self.what,
            "owner": self.owner,
            **{name: day.isoformat() if day else None for name, day in days.items()},
            "slack": self.slack,
            "critical": self.is_critical,
            "added": self.is_added,
            "state": self.clock.state if self.clock else None,
            "late_days": self.late_days,
            "late_open_dates": self.clock.late_dates if self.clock else 0,
        }


class ProjectPlan(Struct, frozen=True):
    """The plan of one project at an instant; its items are sorted by expected beginning."""

    ticket_id: str
    title: str
    today: date
    items: tuple[PlannedItem, ...]
    baselines: tuple[PlanBaseline, ...]
    problems: tuple[Sentence, ...]

    @property
    def ends(self) -> date:
        """The last expected end."""
        return max((item.ends for item in self.items), default=self.today)

    def mapping(self) -> dict[str, JsonValue]:
        """Return the plan for JSON."""
        return {
            "id": self.ticket_id,
            "title": self.title,
            "today": self.today.isoformat(),
            "ends": self.ends.isoformat(),
            "items": [item.mapping() for item in self.items],
            "baselines": [baseline.mapping() for baseline in self.baselines],
            "problems": [str(problem) for problem in self.problems],
        }


def due_with_waits(typed: date | None, clock: ItemClock | None) -> date | None:
    """Return the due of an item with the open dates that waits have added; a later one typed after a miss wins."""
    return max(typed, clock.due) if typed and clock and clock.due else typed


def list_baselines(ticket: Ticket, until: datetime) -> tuple[PlanBaseline, ...]:
    """Return the first baseline, which has each item's first due, and those that notes set later."""
    changes = list_item_changes(ticket, until)
    dated = {
        key: [(change.event.at, change.day("due")) for change in found if "due" in change.values]
        for key, found in changes.items()
    }
    firsts = {key: next(((at, due) for at, due in dues if due), None) for key, dues in dated.items()}
    begun = [at for first in firsts.values() if first for at in (first[0],)]
    if not begun:
        return ()
    baselines = [PlanBaseline(min(begun), {key: first[1] for key, first in firsts.items() if first and first[1]})]
    for event in ticket.log:
        if event.do == "note" and event.reason == BASELINE and event.at <= until:
            at = event.at
            then = {
                key: next((due for since, due in reversed(dues) if since <= at), None) for key, dues in dated.items()
            }
            baselines.append(PlanBaseline(at, {key: due for key, due in then.items() if due}, event.by, event.note))
    return tuple(baselines)


def plan_project(ticket: Ticket, policy: Policy, read: Reading) -> ProjectPlan:
    """Plan a project as it is at the instant of a reading."""
    network = _Network(ticket, policy, read)
    baselines = list_baselines(ticket, read.at)
    first = baselines[0] if baselines else None
    latest = baselines[-1] if len(baselines) > 1 else None
    added = _find_added(ticket, read.at, first)
    items = [
        PlannedItem(
            ticket.id,
            item.key,
            item.what,
            item.owner or ticket.owner,
            parse_day(item.start),
            network.due(item),
            parse_day(item.done),
            *network.expected(item.key),
            network.slack(item.key),
            first.dues.get(item.key) if first else None,
            latest.dues.get(item.key) if latest else None,
            item.key in added,
            read.items.get(item.key),
        )
        for item in ticket.plan
    ]
    items.sort(key=lambda item: (item.begins, item.ends, item.key))
    return ProjectPlan(ticket.id, ticket.title, network.today, tuple(items), baselines, tuple(network.problems))


def _find_added(ticket: Ticket, until: datetime, first: PlanBaseline | None) -> set[str]:
    """Return the items that were first named after the plan began."""
    if first is None:
        return set()
    changes = list_item_changes(ticket, until)
    return {key for key, found in changes.items() if found[0].event.at > first.at}


@dataclass
class _Network:
    """The items with their predecessors; expected dates and slack are computed once each."""

    ticket: Ticket
    policy: Policy
    read: Reading
    problems: list[Sentence] = field(default_factory=list)
    _expected: dict[str, tuple[date, date]] = field(default_factory=dict)
    _slack: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.items: dict[str, PlanItem] = {item.key: item for item in self.ticket.plan}
        self.calendar: Calendar | DatedCalendar = self.policy.calendar_of(self.ticket.site)
        zone = self.policy.calendar_at(self.ticket.site, self.read.at).zone
        self.today = self.read.at.astimezone(zone).date()
        reported = self.ticket.reported_at
        self.reported = reported.astimezone(zone).date() if reported else self.today
        self.before = {key: list(self._find_known(item)) for key, item in self.items.items()}
        self._cut_cycles()
        self.after: dict[str, list[str]] = {key: [] for key in self.items}
        for key, names in self.before.items():
            for name in names:
                self.after[name].append(key)
        for key in self._in_order():
            self._expected[key] = self._expect(self.items[key])
        self.last = max((ends for _, ends in self._expected.values()), default=self.today)

    def due(self, item: PlanItem) -> date | None:
        return due_with_waits(parse_day(item.due), self.read.items.get(item.key))

    def expected(self, key: str) -> tuple[date, date]:
        """Return the expected beginning and end of an item."""
        return self._expected[key]

    def _find_known(self, item: PlanItem) -> Iterator[str]:
        start, due = parse_day(item.start), parse_day(item.due)
        if start and due and due < start:
            self.problems.append(Sentence("{key}: its due is before its start", {"key": item.key}))
        for name in dict.fromkeys(item.after):
            if name not in self.items:
                values = {"key": item.key, "after": name}
                self.problems.append(Sentence("{key} follows {after}, which is not in the plan", values))
            elif name != item.key:
                yield name

    def _cut_cycles(self) -> None:
        """Remove each dependency that closes a circle, and report it as a problem."""
        done: set[str] = set()
        for key in self.items:
            self._cut_from(key, [], done)

    def _cut_from(self, key: str, way: Sequence[str], done: set[str]) -> None:
        for name in list(self.before[key]):
            if name == key or name in way:
                circle = " → ".join([*way[way.index(name) :], key, name]) if name in way else f"{key} → {key}"
                self.problems.append(Sentence("{circle} goes in a circle", {"circle": circle}))
                self.before[key].remove(name)
            elif name not in done:
                self._cut_from(name, [*way, key], done)
        done.add(key)

    def _in_order(self) -> list[str]:
        """Return the keys in topological order, each after its predecessors."""
        order: dict[str, None] = {}

        def visit(key: str) -> None:
            for name in self.before[key]:
                if name not in order:
                    visit(name)
            order[key] = None

        for key in self.items:
            if key not in order:
                visit(key)
        return list(order)

    def _expect(self, item: PlanItem) -> tuple[date, date]:
        start, due, done = parse_day(item.start), self.due(item), parse_day(item.done)
        if done:
            return min(start or done, done), done
        follows = [add_open_dates(self.calendar, self._expected[name][1], 1) for name in self.before[item.key]]
        begins = max([*follows, *([start] if start else [] if follows else [self.reported])])
        begins = add_open_dates(self.calendar, begins - _DAY, 1)
        planned = start or begins
        length = max(count_open_days(self.calendar, planned - _DAY, due), 1) if due else 1
        return begins, max(add_open_dates(self.calendar, begins - _DAY, length), self.today)

    def slack(self, key: str) -> int | None:
        """Return by how many open dates an item may end later without moving the last expected end; None once done."""
        if parse_day(self.items[key].done):
            return None
        if key not in self._slack:
            self._slack[key] = self._find_slack(key)
        return self._slack[key]

    def _find_slack(self, key: str) -> int:
        ends = self._expected[key][1]
        room = [count_open_days(self.calendar, ends, self.last)]
        for name in self.after[key]:
            own = self.slack(name)
            if own is not None:
                gap = count_open_days(self.calendar, ends, self._expected[name][0]) - 1
                room.append(max(gap, 0) + own)
        return min(room)


class BusyStretch(Struct, frozen=True):
    """A stretch of days on each of which one person has three or more items; `count` is the largest number."""

    person: str
    first: date
    last: date
    count: int


def find_busy(items: Sequence[PlannedItem]) -> list[BusyStretch]:
    """Return for each person the stretches of days in which three or more of their unfinished items overlap."""
    people = dict.fromkeys(item.owner for item in items if item.owner)
    return [
        stretch
        for person in people
        for stretch in _find_stretches(person, [item for item in items if item.owner == person and not item.done])
    ]


def _find_stretches(person: str, items: Sequence[PlannedItem]) -> Iterator[BusyStretch]:
    edges = sorted({day for item in items for day in (item.begins, item.ends + _DAY)})
    counts = [(day, sum(item.begins <= day <= item.ends for item in items)) for day in edges]
    first, most = None, 0
    for day, count in counts:
        if count >= _BUSY:
            first, most = first or day, max(most, count)
        elif first:
            yield BusyStretch(person, first, day - _DAY, most)
            first, most = None, 0
