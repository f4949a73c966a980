"""The workload of each person: tickets by urgency, open plan items, and what they would leave behind. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.workflow import is_settled

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.policy import Policy

LATE, SOON, OPEN, WAITING = "late", "soon", "open", "waiting"
GRADES = (LATE, SOON, OPEN, WAITING)  # every open ticket is in one of them
SOON_WITHIN = timedelta(hours=24)
NOBODY = ""  # the person of the load that nobody owns


class HeldItem(Struct, frozen=True):
    """An unfinished plan item, with the row of its project."""

    row: Row
    key: str


class PersonLoad(Struct, frozen=True):
    """The load of one person, or of NOBODY; `counts` by grade add up to the number of tickets."""

    person: str
    rows: tuple[Row, ...] = ()  # in the order of the rows given
    items: tuple[HeldItem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return len(self.rows)

    def count(self, grade: str) -> int:
        return self.counts.get(grade, 0)


class Belongings(Struct, frozen=True):
    """What a person who leaves still has: tickets, plan items, sites they lead, routes that name them."""

    person: str
    rows: tuple[Row, ...]
    items: tuple[HeldItem, ...]
    sites: tuple[str, ...]
    routes: tuple[int, ...]  # by their place in the policy, from 1

    @property
    def tickets(self) -> tuple[Row, ...]:
        """The tickets to hand over, including those where the person only has a plan item; each once."""
        by_uid = {row.uid: row for row in (*self.rows, *(item.row for item in self.items))}
        return tuple(by_uid.values())


def grade_row(row: Row, at: datetime) -> str:
    """Return the grade of a ticket: late, due within a day, waiting for somebody, or open."""
    promise = row.promise
    if row.sign == "!":
        return LATE
    if promise and promise.due and promise.state != "held" and promise.due - at <= SOON_WITHIN:
        return SOON
    return WAITING if row.ticket.state == "waiting" else OPEN


def measure_loads(rows: Iterable[Row], policy: Policy, at: datetime) -> list[PersonLoad]:
    """Return the load of all who have not left, and of others who have work; the heaviest first, NOBODY last.

    `rows` are the open tickets. A ticket counts only for its owner; an item of its plan is listed for the item's owner.
    """
    owned: dict[str, list[Row]] = defaultdict(list)
    items: dict[str, list[HeldItem]] = defaultdict(list)
    for row in rows:
        owned[row.ticket.owner].append(row)
        for item in row.ticket.plan:
            if item.owner and not item.done:
                items[item.owner].append(HeldItem(row, item.key))
    people = dict.fromkeys((*policy.present_people(at), *owned, *items))
    loads = [_make_load(person, owned[person], items[person], at) for person in people]
    return sorted(loads, key=lambda load: (load.person == NOBODY, -load.total, -len(load.items), load.person))


def _make_load(person: str, rows: Sequence[Row], items: Sequence[HeldItem], at: datetime) -> PersonLoad:
    return PersonLoad(person, tuple(rows), tuple(items), Counter(grade_row(row, at) for row in rows))


def find_belongings(load: PersonLoad, policy: Policy) -> Belongings:
    """Return what the person of a load would leave behind, without confirmed tickets, which keep their owner."""
    sites = [code for code, site in policy.sites.items() if site.lead == load.person]
    routes = [place for place, route in enumerate(policy.routes, 1) if route.owner == load.person]
    rows = tuple(row for row in load.rows if not is_settled(row.ticket.state, "owner"))
    return Belongings(load.person, rows, load.items, tuple(sites), tuple(routes))
