"""What each person has in hand: tickets by how pressing they are, open plan items, what would be left behind. Pure."""

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
NOBODY = ""  # the load of tickets that nobody has


class HeldItem(Struct, frozen=True):
    """An item of a plan that is not done, with the project it is of."""

    row: Row
    key: str


class PersonLoad(Struct, frozen=True):
    """What one person has in hand, NOBODY what nobody has; `counts` by grade add up to the tickets."""

    person: str
    rows: tuple[Row, ...] = ()  # the promise that runs out next first
    items: tuple[HeldItem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return len(self.rows)

    def count(self, grade: str) -> int:
        return self.counts.get(grade, 0)


class Belongings(Struct, frozen=True):
    """What somebody who leaves still has: tickets, plan items of others' tickets, sites led, routes that name him."""

    person: str
    rows: tuple[Row, ...]
    items: tuple[HeldItem, ...]
    sites: tuple[str, ...]
    routes: tuple[int, ...]  # by their place in the policy, from 1

    @property
    def tickets(self) -> tuple[Row, ...]:
        """The tickets to hand over, also those of which he has an item alone; each once."""
        by_uid = {row.uid: row for row in (*self.rows, *(item.row for item in self.items))}
        return tuple(by_uid.values())


def grade_row(row: Row, at: datetime) -> str:
    """Return how pressing a ticket is: late, due within a day, waiting for somebody, or open."""
    promise = row.promise
    if row.sign == "!":
        return LATE
    if promise and promise.due and promise.state != "held" and promise.due - at <= SOON_WITHIN:
        return SOON
    return WAITING if row.ticket.state == "waiting" else OPEN


def measure_loads(rows: Iterable[Row], policy: Policy, at: datetime) -> list[PersonLoad]:
    """Return the load of all who have not left, and of others who have something; the most first, NOBODY last.

    `rows` are the open tickets. A ticket counts for its owner alone; an item of its plan is listed for its own.
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
    """Return what the person of a load would leave behind; a confirmed ticket keeps its owner, so it is none of it."""
    sites = [code for code, site in policy.sites.items() if site.lead == load.person]
    routes = [place for place, route in enumerate(policy.routes, 1) if route.owner == load.person]
    rows = tuple(row for row in load.rows if not is_settled(row.ticket.state, "owner"))
    return Belongings(load.person, rows, load.items, tuple(sites), tuple(routes))
