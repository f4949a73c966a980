"""Find what there is to remind of: for each promise that runs, whom the rules tell by now, and of which step."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.sla import CLOCKS

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.policy import Policy
    from fenji.model.reminders.rules import ReminderRules, Step

_RUNNING = frozenset({"running", "at_risk", "breached"})


class Reminder(Struct, frozen=True):
    """One thing that one person is reminded of: a promise of a ticket, and the step that it has reached.

    `clock` is response, solution or `plan.KEY`, `state` that of the clock, `what` what the item is.
    """

    row: Row
    clock: str
    due: datetime
    person: str
    step: Step
    state: str
    what: str = ""

    @property
    def key(self) -> str:
        """What is the same as long as nothing has changed: ticket, clock, due, person and step."""
        parts = (self.row.uid, self.clock, self.due.isoformat(), self.person, self.step.text)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


class _Promise(Struct, frozen=True):
    """A promise that runs; `begun` is when it began, and `owner` who keeps it."""

    row: Row
    clock: str
    due: datetime
    state: str
    begun: datetime
    owner: str
    what: str = ""

    def begins(self, step: Step) -> datetime:
        return step.begins(self.begun, self.due)

    def last_begun(self, steps: Iterable[Step], now: datetime) -> Step | None:
        return max((step for step in steps if self.begins(step) <= now), key=self.begins, default=None)


def find_reminders(
    rows: Iterable[Row], rules: ReminderRules, policy: Policy, now: datetime, *, within: Step | None = None
) -> list[Reminder]:
    """Return what there is to remind of at an instant, in the order in which promises run out.

    `within` is a step for the owner besides the rules. A clock that is held, or stopped, reminds nobody. Somebody who
    is told of a later step of a promise is not told of its earlier ones again.
    """
    steps = {**rules.steps, "owner": (*rules.steps.get("owner", ()), *([within] if within else ()))}
    promises = (promise for row in rows for promise in _running_promises(row))
    found = [
        Reminder(promise.row, promise.clock, promise.due, person, step, promise.state, promise.what)
        for promise in promises
        for person, step in _steps_reached(promise, steps, policy, now).items()
    ]
    return sorted(found, key=lambda reminder: (reminder.due, reminder.row.id, reminder.clock, reminder.person))


def _running_promises(row: Row) -> Iterator[_Promise]:
    ticket = row.ticket
    for clock in CLOCKS:
        reading = row.reading.clock(clock)
        if reading.state in _RUNNING and reading.due and not reading.done:
            begun = ticket.reported_at or reading.due
            yield _Promise(row, clock, reading.due, reading.state, begun, ticket.owner)
    planned = {item.key: item for item in ticket.plan}
    for key, item in row.reading.items.items():
        if item.state in _RUNNING and item.due_at and not item.done and key in planned:
            owner, what = planned[key].owner or ticket.owner, planned[key].what
            begun = min(ticket.reported_at or item.due_at, item.due_at)
            yield _Promise(row, item.name, item.due_at, item.state, begun, owner, what)


def _steps_reached(
    promise: _Promise, steps: Mapping[str, tuple[Step, ...]], policy: Policy, now: datetime
) -> dict[str, Step]:
    """Return whom a promise concerns by now, each with the last step reached."""
    reached: dict[str, Step] = {}
    for recipient, own_steps in steps.items():
        last = promise.last_begun(own_steps, now)
        for person in _people(recipient, promise, policy, now) if last else ():
            if last and (person not in reached or promise.begins(reached[person]) < promise.begins(last)):
                reached[person] = last
    return reached


def _people(recipient: str, promise: _Promise, policy: Policy, now: datetime) -> list[str]:
    """Return who is told: for a promise without an owner, or whose owner has left, the lead of its site."""
    lead = policy.lead_of(promise.row.ticket.site, now)
    if recipient == "owner":
        owner = promise.owner
        person = policy.people.get(owner)
        names = [owner if owner and not (person and person.has_ended(now)) else lead]
    elif recipient == "lead":
        names = [lead]
    else:
        names = sorted(key for key, person in policy.people.items() if "manager" in person.roles_at(now))
    return [name for name in names if name]
