"""The rows of the board with their clocks read, and their order. Pure: tickets, policy and an instant in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Problem, Refused, Sentence
from fenji.model import sla as clocks
from fenji.model import workflow
from fenji.model.annotations import (
    NO_ANNOTATIONS,
    Annotations,
    HeldAct,
    Mark,
    RefusedStep,
    UnsignedStep,
    without_repetitions,
)
from fenji.model.conflicts import SupersededValue, list_superseded
from fenji.model.correspondence import customer_wrote
from fenji.model.ticket import CLOSED_STATES, Ticket

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import TicketFact, TicketFacts, VerdictFact
    from fenji.model.policy import Policy
    from fenji.model.sla import ClockReading, Reading

CLOCK_SIGNS = {"breached": "!", "at_risk": "~", "held": "="}
# Alerts besides the clocks: a sign and the word for it.
UNSIGNED_ALERT, HELD_ALERT = ("#", "unsigned"), ("^", "held back")
CONFLICT_ALERT = ("&", Sentence("two texts").template)
REFUSED_ALERT = ("#", "refused")  # an event that bypassed every hub
MAIL_ALERT = ("@", Sentence("customer wrote").template)  # by mail, to a finished ticket
TYPED_ALERT = ("&", Sentence("put back").template)  # a value typed into the file by hand
_RUNNING_STATES = frozenset({"running", "at_risk", "breached"})


@dataclass(frozen=True)
class Row:
    """One ticket as a list shows it; `left_s` counts seconds of working time, negative once late."""

    ticket: Ticket
    reading: Reading
    path: str
    hand_edited: bool = False  # the header has values that no event explains yet
    annotations: Annotations = NO_ANNOTATIONS
    policy: Policy | None = field(default=None, compare=False, repr=False)  # by which its clocks were read

    @property
    def id(self) -> str:
        return self.ticket.id

    @property
    def uid(self) -> str:
        return self.ticket.uid

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The steps that no hub would have accepted as they are, as far as the history was scanned; each once."""
        return without_repetitions(self.annotations.marks.get(self.uid, ()))

    @property
    def unsigned(self) -> tuple[UnsignedStep, ...]:
        """The steps whose commits lack a demanded signature."""
        return tuple(mark for mark in self.marks if isinstance(mark, UnsignedStep))

    @property
    def refused(self) -> tuple[RefusedStep, ...]:
        """The steps on a remote without a judge that a hub would have refused."""
        return tuple(mark for mark in self.marks if isinstance(mark, RefusedStep))

    @property
    def held(self) -> tuple[HeldAct, ...]:
        """The acts on this ticket that the hub refuses and that wait here."""
        return self.annotations.held.get(self.uid, ())

    @cached_property
    def superseded(self) -> tuple[SupersededValue, ...]:
        """The values that lost a merge, unless somebody settled them or the user of this desk dismissed them."""
        return tuple(
            value
            for value in list_superseded(self.ticket)
            if not (value.settled or value.digest in self.annotations.dismissed)
        )

    @property
    def own_superseded(self) -> tuple[SupersededValue, ...]:
        """The superseded values that the user of this desk wrote."""
        return tuple(value for value in self.superseded if value.by == self.annotations.person)

    @cached_property
    def customer_wrote(self) -> bool:
        """Whether a customer wrote by mail after the ticket was finished, and nobody has acted since."""
        return customer_wrote(self.ticket)

    @property
    def alerts(self) -> tuple[tuple[str, str], ...]:
        """The alerts besides the clocks, as (sign, word)."""
        candidates = (
            (UNSIGNED_ALERT, self.unsigned),
            (REFUSED_ALERT, self.refused),
            (CONFLICT_ALERT, any(not value.typed for value in self.own_superseded)),
            (TYPED_ALERT, any(value.typed for value in self.own_superseded)),
            (HELD_ALERT, self.held),
            (MAIL_ALERT, self.customer_wrote),
        )
        return tuple(alert for alert, present in candidates if present)

    @cached_property
    def _facts(self) -> TicketFacts | None:
        from fenji.model.appraisal.read_facts import read_facts

        return read_facts(self.ticket, self.policy, self.reading.at) if self.policy else None

    @property
    def verdicts(self) -> Sequence[VerdictFact]:
        """The verdicts on its clocks, as figures count them."""
        return self._facts.verdicts if self._facts else ()

    @property
    def ticket_fact(self) -> TicketFact:
        """The ticket as figures read it, with the instants of its steps."""
        from fenji.model.appraisal.read_facts import read_ticket_fact

        return read_ticket_fact(self.ticket)

    @cached_property
    def next_clock(self) -> str:
        """The clock whose promise runs out next: `response`, `solution`, `plan.KEY`; `""` if none runs or is held."""
        due_clocks = [
            (reading.due, name)
            for name, reading in self._clock_readings()
            if reading.state in _RUNNING_STATES and reading.due
        ]
        if due_clocks:
            return min(due_clocks)[1]
        return next((name for name, reading in self._clock_readings() if reading.state == "held"), "")

    @cached_property
    def promise(self) -> ClockReading | None:
        """The reading of `next_clock`."""
        return dict(self._clock_readings()).get(self.next_clock)

    @property
    def sign(self) -> str:
        """`!` breached, `~` at risk, `=` held, a space otherwise."""
        return CLOCK_SIGNS.get(self.promise.state, " ") if self.promise else " "

    @property
    def left_s(self) -> int | None:
        """Seconds left on the next promise, negative when late, None without one."""
        if self.promise is None:
            return None
        return -(self.promise.late_s or 0) if self.promise.state == "breached" else self.promise.left_s

    @property
    def left_text(self) -> str:
        """The time left in readable form, in days of the promise's calendar."""
        return format_left(self.left_s, self.promise.day_s) if self.promise else ""

    def _clock_readings(self) -> Iterator[tuple[str, ClockReading]]:
        yield "response", self.reading.response
        yield "solution", self.reading.solution
        for item in self.reading.items.values():
            due = None if item.state == "held" else item.due_at
            shown = clocks.ClockReading(
                self.ticket.priority,
                item.state,
                target_s=item.target_s,
                due=due,
                used_s=item.used_s,
                left_s=item.left_s,
                late_s=item.late_s,
                day_s=item.day_s,
            )
            yield item.name, shown

    def urgency_key(self, levels: Sequence[str]) -> tuple[int, float, float, str]:
        """The sort key of lists: late by priority and lateness, running by due, held by time left, then the rest."""
        promise = self.promise
        level = levels.index(self.ticket.priority) if self.ticket.priority in levels else len(levels)
        if promise and promise.state == "breached":
            return 0, level, float(self.left_s or 0), self.id
        if promise and promise.due and promise.state in _RUNNING_STATES:
            return 1, promise.due.timestamp(), level, self.id
        if promise:
            return 2, float(promise.left_s or 0), level, self.id
        if self.customer_wrote:
            return 2, 0.0, level, self.id
        return (4 if self.ticket.state in CLOSED_STATES else 3), 0.0, level, self.id


def alert_of(mark: Mark) -> tuple[str, Sentence]:
    """Return the sign and the word for a marked step."""
    sign, word = UNSIGNED_ALERT if isinstance(mark, UnsignedStep) else REFUSED_ALERT
    return sign, Sentence(word)


def counted_ticket(ticket: Ticket, marks: Iterable[Mark]) -> Ticket | None:
    """Return a ticket as the figures count it, without events that a hub would have refused; None if no report is left.

    So such an event can neither give a verdict nor take one away.
    """
    refused = {mark.digest for mark in marks if isinstance(mark, RefusedStep) and mark.digest}
    if not refused:
        return ticket
    counted = replace(ticket, log=tuple(event for event in ticket.log if event.digest not in refused))
    state = workflow.current_state(counted).state
    if not state:
        return None
    frozen = {} if any(event.do == "confirm" for event in counted.log) else {"sla": None}
    return counted.with_fields({"state": state, **frozen})


class BadFile(Struct, frozen=True):
    """A file that cannot be read as a ticket, and why."""

    path: str
    problems: tuple[Problem, ...]


class Board(Struct, frozen=True):
    """The rows in order, the bad files, and the instant all clocks were read at."""

    rows: tuple[Row, ...]
    bad_files: tuple[BadFile, ...]
    at: datetime

    def count(self, sign: str = "") -> int:
        """Count the rows with this sign, or all rows if `sign` is empty."""
        return sum(not sign or row.sign == sign for row in self.rows)


def build_rows(
    tickets: Iterable[tuple[Ticket, str, bool]], policy: Policy, at: datetime, annotations: Annotations = NO_ANNOTATIONS
) -> tuple[Row, ...]:
    """Make rows of (ticket, path, edited by hand) with the clocks read at `at`, sorted by urgency."""
    built = [
        Row(ticket, _read_clocks(ticket, policy, at), path, hand_edited, annotations, policy)
        for ticket, path, hand_edited in tickets
    ]
    return tuple(sorted(built, key=lambda row: row.urgency_key(policy.levels)))


def _read_clocks(ticket: Ticket, policy: Policy, at: datetime) -> Reading:
    """Read the clocks; none has a promise if a calendar never opens (clock rules 7), which `check` reports."""
    try:
        return clocks.reading(ticket, policy, at)
    except Refused:
        no_clock = clocks.ClockReading(ticket.priority, "none")
        return clocks.Reading(ticket.id, at, no_clock, no_clock)


def format_left(seconds: int | None, day_s: int = 86_400) -> str:
    """Format seconds as `9d 4h` (days of `day_s` seconds), or as `1:52`, `-0:14`; truncated, `""` for None."""
    if seconds is None:
        return ""
    sign, minutes = ("-" if seconds < 0 else ""), abs(seconds) // 60
    days, rest = divmod(minutes, day_s // 60)
    if days:
        return f"{sign}{days}d {rest // 60}h" if days < 100 else f"{sign}{days}d"
    return f"{sign}{minutes // 60}:{minutes % 60:02}"


# The built-in views, in the order of their keys 1 to 6.
VIEWS: tuple[tuple[str, str], ...] = (
    ("All", ""),
    ("Mine", "owner:me"),
    ("At risk", "is:late,risk"),
    ("New", "state:new"),
    ("Waiting", "state:waiting"),
    ("Projects", "kind:project"),
)
