"""Reminders: who is reminded when a promise runs out, by the rules of remind.yaml. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Fault, Sentence
from fenji.model.policy.document import DocumentNode, Faults, abbreviate
from fenji.model.policy.durations import DAY, Duration, parse_duration
from fenji.model.sla import CLOCKS

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.policy import Policy
    from fenji.model.values import Value

RECIPIENTS = ("owner", "lead", "manager")
BREACH = "breach"
_SHARE = re.compile(r"([1-9][0-9]?)%")
_LENGTH = re.compile(r"(?P<length>\S+) (?P<side>left|late)")
_RUNNING = frozenset({"running", "at_risk", "breached"})


class Step(Struct, frozen=True):
    """A point around the end of a promise, in elapsed time: `25%` of it left, `4h left`, `breach`, `24h late`."""

    text: str
    share: int = 0  # percent of the time from report to due that is left
    after: timedelta = timedelta()  # from the due time; negative before it

    @property
    def sentence(self) -> Sentence:
        """The step in words."""
        length, _, side = self.text.partition(" ")
        templates = {"left": "{length} left", "late": "{length} late"}
        if self.share:
            return Sentence("{share} of the time left", {"share": f"{self.share}%"})
        return Sentence(templates[side], {"length": length}) if side in templates else Sentence("run out")

    def begins(self, reported: datetime, due: datetime) -> datetime:
        """Return the instant from which the recipient is reminded."""
        return due - (due - reported) * self.share / 100 if self.share else due + self.after


BREACH_STEP = Step(BREACH)


class ReminderRules(Struct, frozen=True):
    """The steps of each recipient: a ticket's owner, its site's lead, and every manager."""

    steps: Mapping[str, tuple[Step, ...]]


DEFAULT_RULES = ReminderRules(
    MappingProxyType(
        {
            "owner": (Step("25%", share=25),),
            "lead": (BREACH_STEP,),
            "manager": (Step("24h late", after=timedelta(hours=24)),),
        }
    )
)


def parse_reminder_rules(document: Value) -> tuple[ReminderRules | None, Faults]:
    """Parse the rules in a loaded document, or return None and everything that is wrong with it."""
    faults: Faults = []
    if not isinstance(document, Mapping) or not document:
        return None, [Fault((), Sentence("reminders are a mapping, such as `{example}`", {"example": "lead: breach"}))]
    top = DocumentNode(document, faults).keys(("format", *RECIPIENTS))
    if top["format"].value not in (None, "1"):
        top["format"].add_fault("is {value}; this version reads format 1", value=abbreviate(top["format"].value))
    steps = {key: _parse_steps(top[key]) for key in RECIPIENTS if top[key].value is not None}
    return (None if faults else ReminderRules(steps)), faults


def _parse_steps(node: DocumentNode) -> tuple[Step, ...]:
    steps: list[Step] = []
    for place in node.items() if isinstance(node.value, list) else [node]:
        step = _parse_step(place.value)
        if isinstance(step, Sentence):
            place.add_fault(step)
        elif step in steps:
            place.add_fault("{value} stands twice", value=step.text)
        else:
            steps.append(step)
    return tuple(steps)


def _parse_step(value: Value) -> Step | Sentence:
    text = value.strip() if isinstance(value, str) else ""
    if text == BREACH:
        return BREACH_STEP
    if share := _SHARE.fullmatch(text):
        return Step(text, share=int(share[1]))
    match = _LENGTH.fullmatch(text)
    if not match:
        values = {"value": abbreviate(value)}
        return Sentence("must be a step such as 25%, 4h left, breach or 24h late, not {value}", values)
    duration = parse_duration(match["length"])
    if not isinstance(duration, Duration):
        return duration
    length = duration.to_timedelta(DAY)
    return Step(text, after=-length if match["side"] == "left" else length)


class Reminder(Struct, frozen=True):
    """One thing that one person is reminded of: a promise of a ticket, and the step that it has reached.

    `clock` is response, solution or `plan.KEY`, `state` the state of the clock, `what` the text of the plan item.
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
        """A key that stays the same as long as ticket, clock, due, person and step do."""
        parts = (self.row.uid, self.clock, self.due.isoformat(), self.person, self.step.text)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


class _Promise(Struct, frozen=True):
    """A running promise; `begun` is when it began, and `owner` who has to keep it."""

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
    """Return the reminders due at an instant, in the order in which promises run out.

    `within` is a step for the owner in addition to the rules. A held or stopped clock reminds nobody. A person is
    reminded only of the latest step that a promise has reached, not of earlier ones again.
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
    """Return the people to remind of a promise by now, each with the last step reached."""
    reached: dict[str, Step] = {}
    for recipient, own_steps in steps.items():
        last = promise.last_begun(own_steps, now)
        for person in _people(recipient, promise, policy, now) if last else ():
            if last and (person not in reached or promise.begins(reached[person]) < promise.begins(last)):
                reached[person] = last
    return reached


def _people(recipient: str, promise: _Promise, policy: Policy, now: datetime) -> list[str]:
    """Return the people of a recipient; the site's lead stands in for an owner who is missing or has left."""
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
