"""What happened on the clocks of a ticket: the phases each went through, who held the ticket, what stopped it.

Reads only the log; counts no time. All instants carry the UTC offset of the report, so that they compare as instants
and a due is shown in the same offset as the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import takewhile
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Refused
from fenji.model import workflow
from fenji.model.policy import CLOCKS, Policy
from fenji.model.policy.parts import Grade
from fenji.model.queue_names import QUEUE_PREFIX, read_person
from fenji.model.ticket import Event, FieldPath, Ticket, Value, counts_as_year

if TYPE_CHECKING:
    from fenji.model.values import JsonValue
    from fenji.model.workflow.steps import Position

RUNNING, HELD, STOPPED, OFF = "running", "held", "stopped", "off"  # off: withdrawn before it stopped
_SOLVED_STATES = frozenset({"solved", "confirmed", "archived"})
_CONFIRMED_STATES = frozenset({"confirmed", "archived"})
_RECORDED_ACTIONS = frozenset({"respond", "solve", "reopen", "confirm", "excuse"})  # noted even without a new state
_GRADED_BY: tuple[FieldPath, ...] = ("impact", "occurrence")
_TRACKED_FIELDS: tuple[FieldPath, ...] = ("priority", "kind", "owner", "units", *_GRADED_BY)


class Holder(Struct, frozen=True):
    """Who holds the ticket: its owner (`""`: nobody, so the site's duty queue) and its units."""

    owner: str = ""
    units: tuple[str, ...] = ()
    site: str = ""

    @property
    def key(self) -> str:
        """The owner's key, or `queue:SITE`."""
        return self.owner or f"{QUEUE_PREFIX}{self.site}"

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        return {"owner": self.owner or None, "queue": None if self.owner else self.site, "units": list(self.units)}


class Phase(Struct, frozen=True):
    """An interval [start, end) of one clock without a change; the last one ends at the instant of reading.

    It is empty between two events at one instant, which are still ordered by `n` (clock rules 10b).
    `state`, `reason` (of a wait) and `holder` are those at its start; only a detailed timeline splits at their changes.
    `event` began the phase.
    """

    start: datetime
    end: datetime
    mode: str
    level: str
    kind: str
    state: str
    reason: str
    holder: Holder
    event: Event


class ClockStop(Struct, frozen=True):
    """What stopped a clock: when, who held the ticket then, and by which event."""

    at: datetime
    holder: Holder
    event: Event


class Timeline(Struct, frozen=True):
    """What happened to a ticket up to the instant at which it is read."""

    site: str
    reported: datetime
    until: datetime
    levels: tuple[str, ...]  # of the policy version at the report, and others it has had; most urgent first
    phases: Mapping[str, Sequence[Phase]]
    stops: Mapping[str, ClockStop]
    holders: Sequence[tuple[datetime, Holder]]
    excuses: Sequence[Event]
    confirmed: datetime | None
    report: Event
    brought_in: datetime | None = None  # when it was imported
    judged_there: bool = False  # whether clocks decided before the import are computed too

    def holder_before(self, instant: datetime) -> Holder:
        """Return who held the ticket just before an instant (clock rules 23)."""
        return next((holder for since, holder in reversed(self.holders) if since < instant), self.holders[0][1])

    def withdrawn_at(self, clock: str) -> datetime | None:
        """Return when a clock ended because the ticket was withdrawn; None if nothing or something else ended it."""
        off = list(takewhile(lambda phase: phase.mode == OFF, reversed(self.phases[clock])))
        return off[-1].start if off else None


def build_timeline(ticket: Ticket, policy: Policy, at: datetime, *, detailed: bool = False) -> Timeline | None:
    """Build the timeline of a ticket from its events up to `at`; None before its report.

    With `detailed`, phases also end where the state, the reason of a wait or the holder changes.

    Raises Refused for a time without offset or outside the years that are counted.
    """
    if at.utcoffset() is None:
        raise Refused(
            "The time {time} has no UTC offset.",
            hint="Write it as 2026-03-01T08:00:00+03:00.",
            time=at.isoformat(),
        )
    if not counts_as_year(at.year):
        raise Refused("The time {time} is outside the supported years.", time=at.isoformat())
    until = at.astimezone(UTC).replace(microsecond=0)
    steps = [
        (event, position)
        for event, position in workflow.replay(event for event in ticket.log if event.at <= until)
        if position
    ]
    if not steps:
        return None
    reported = steps[0][0].at
    if not isinstance(reported.tzinfo, timezone):  # Python compares two times of one zone by the wall clock
        reported = reported.astimezone(timezone(reported.utcoffset() or timedelta(0)))
    builder = _TimelineBuilder(ticket, policy, steps[0][0], reported, detailed=detailed)
    for event, position in steps:
        builder.apply_event(event, position)
    return builder.build(until.astimezone(reported.tzinfo))


_PhaseKey = tuple[str, str, str]  # mode, level, kind
_PhaseDetail = tuple[str, str, Holder]  # state, reason of a wait, holder
_PhaseStart = tuple[datetime, _PhaseKey, _PhaseDetail, "Event"]


@dataclass
class _TimelineBuilder:
    """Builds a timeline from the counted events, one by one."""

    ticket: Ticket
    policy: Policy
    report: Event
    reported: datetime
    detailed: bool = field(kw_only=True)

    def __post_init__(self) -> None:
        self.site = self.ticket.site
        first_rules = self.policy.version(self.reported)
        self.named_levels: set[str] = set(first_rules.levels)
        self.regraded, self.graded = first_rules.regraded, ("", "")
        set_fields: set[str] = set().union(*(event.set for event in self.ticket.log if "set" in event.body))
        header: dict[str, Value] = {key: None if key in set_fields else self.ticket.get(key) for key in _TRACKED_FIELDS}
        # Until a priority is set, the mildest promise runs, so that delaying the judgement gains nothing.
        self.level = first_rules.levels[-1]
        self.kind, self.reason, self.state = "", "", ""
        self.waited_until = self.reported  # how far the current wait has been processed
        self.waiting_event: Event | None = None  # latest event of the current wait
        self.holder = Holder(site=self.site)
        self.phase_starts: dict[str, list[_PhaseStart]] = {clock: [] for clock in CLOCKS}
        self.stops: dict[str, ClockStop] = {}
        # The last reopening: its instant, the stop it withdrew, and the number of phases before it.
        self.reopened: tuple[datetime, ClockStop, int] | None = None
        self.holders: list[tuple[datetime, Holder]] = []
        self.excuses: list[Event] = []
        self.confirmed: datetime | None = None
        self._apply_changes(header, self.reported)

    def apply_event(self, event: Event, position: Position) -> None:
        self._wait_until(event.at)
        if "set" in event.body:
            self._apply_changes(event.set, event.at)
        elif position[0] == self.state and event.do not in _RECORDED_ACTIONS:
            return
        at = event.at.astimezone(self.reported.tzinfo)
        if not self.holders or self.holders[-1][1] != self.holder:
            self.holders.append((at, self.holder))
        unanswered = "response" not in self.stops
        self._update_clocks(event, position[0], at)
        detail = self.state, self.reason, self.holder
        if unanswered:
            self._record_phase("response", at, (self._response_mode(), self.level, self.kind), detail, event)
        self._record_phase("solution", at, (self._solution_mode(at), self.level, self.kind), detail, event)
        self.waiting_event = event if self.state == "waiting" else None

    def _wait_until(self, end: datetime) -> None:
        """Split a wait where the policy begins or ceases to hold the clock for its reason (clock rules 10)."""
        if self.waiting_event is None:
            return
        for change in self.policy.hold_changes(self.reason, self.waited_until, end):
            at = change.astimezone(self.reported.tzinfo)
            key, detail = (self._solution_mode(at), self.level, self.kind), (self.state, self.reason, self.holder)
            self._record_phase("solution", at, key, detail, self.waiting_event)
        self.waited_until = end

    def _apply_changes(self, changes: Mapping[str, object], at: datetime) -> None:
        level, kind = changes.get("priority"), changes.get("kind")
        if self.regraded:
            level = self._regrade(changes, level)
        if level in self.named_levels or (level and self.policy.knows_level(str(level), at)):
            self.level = str(level)
            self.named_levels.add(self.level)
        if kind:
            self.kind = str(kind)
        if "owner" in changes or "units" in changes:
            units = changes.get("units", self.holder.units)
            unit_keys = tuple(map(str, units)) if isinstance(units, Iterable) and not isinstance(units, str) else ()
            self.holder = Holder(read_person(changes.get("owner", self.holder.owner)), unit_keys, self.site)

    def _regrade(self, changes: Mapping[str, object], level: object) -> object:
        """Return the level of the corrected matrix if the given level came from the matrix, else the given level."""
        impact, occurrence = (changes.get(name, former) for name, former in zip(_GRADED_BY, self.graded, strict=True))
        self.graded = str(impact or ""), str(occurrence or "")
        return self.regraded.get(Grade(*self.graded, str(level)), level)

    def _update_clocks(self, event: Event, state: str, at: datetime) -> None:
        if event.do in ("respond", "solve"):
            self.stops.setdefault("response", ClockStop(at, self.holder, event))
        if event.do == "solve":
            self.stops["solution"] = self._stop_before_reopening(at) or ClockStop(at, self.holder, event)
        elif event.do == "reopen":
            self.reopened = at, self.stops.pop("solution"), len(self.phase_starts["solution"])
        elif event.do == "excuse":
            self.excuses.append(event)
        if event.do == "confirm":  # a second one settles later arrivals and moves no verdict to another period
            self.confirmed = self.confirmed or at
        elif state not in _CONFIRMED_STATES:
            self.confirmed = None
        if state != self.state:
            self.state, self.reason, self.waited_until = state, event.reason if state == "waiting" else "", at

    def _stop_before_reopening(self, at: datetime) -> ClockStop | None:
        """Return the stop withdrawn by a reopening at this same instant, as by undo, and drop the phases since it."""
        if self.reopened is None or self.reopened[0] != at:
            return None
        _, stop, phases = self.reopened
        del self.phase_starts["solution"][phases:]
        return stop

    def _response_mode(self) -> str:
        if "response" in self.stops:
            return STOPPED
        return OFF if self.state == "withdrawn" else RUNNING

    def _solution_mode(self, at: datetime) -> str:
        if self.state in _SOLVED_STATES:
            return STOPPED
        if self.state == "waiting":
            return HELD if self.policy.holds(self.reason, at) else RUNNING
        return OFF if self.state == "withdrawn" else RUNNING

    def _record_phase(self, clock: str, at: datetime, key: _PhaseKey, detail: _PhaseDetail, event: Event) -> None:
        starts = self.phase_starts[clock]
        if not starts or starts[-1][1] != key or (self.detailed and starts[-1][2] != detail):
            starts.append((at, key, detail, event))

    def build(self, until: datetime) -> Timeline:
        self._wait_until(until)
        return Timeline(
            self.site,
            self.reported,
            until,
            tuple(level for level in self.policy.ranked_levels(self.reported) if level in self.named_levels),
            {clock: _build_phases(starts, until) for clock, starts in self.phase_starts.items()},
            self.stops,
            self.holders,
            self.excuses,
            self.confirmed,
            self.report,
            *_read_origin(self.ticket),
        )


def _read_origin(ticket: Ticket) -> tuple[datetime | None, bool]:
    """Return when a ticket was imported (None: it was not), and whether its past is judged by the policy."""
    origin = ticket.get("origin")
    at = origin.get("at") if isinstance(origin, Mapping) else None
    return (
        (at, origin.get("judge") == "policy")
        if isinstance(origin, Mapping) and isinstance(at, datetime)
        else (None, False)
    )


def _build_phases(starts: Sequence[_PhaseStart], until: datetime) -> list[Phase]:
    ends = [start[0] for start in starts[1:]] + [until]
    return [Phase(at, end, *key, *detail, event) for (at, key, detail, event), end in zip(starts, ends, strict=True)]
