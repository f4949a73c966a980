"""The clock rules played through minute by minute, as a check of `fenji.model.sla` and `fenji.model.workflow`.

Shares no code with them. Events, calendars and targets must lie on whole minutes: at every minute its events are
applied, then every stopwatch whose clock runs loses that minute if its calendar is open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from fenji.model.ticket import Event
    from minutes import MinuteCalendar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = ("", "quality", "request", "project")
OPEN_STEPS = ("classify", "respond", "assign", "wait", "resume", "solve", "withdraw")
AFTERWARDS = {("solved", "confirm"): "confirmed", ("confirmed", "archive"): "archived", ("solved", "reopen"): "working"}
Promise = Callable[[str, str, str], tuple[int, str] | None]  # clock, level, kind → minutes and calendar
Holder = tuple[str, tuple[str, ...]]
QUEUE = "queue:KSA"
Level = tuple[int, str]  # minutes, calendar


def minute_of(instant: datetime) -> int:
    return int((instant - EPOCH).total_seconds()) // 60


class Timer(Struct):
    """One stopwatch: `zero` is the minute at which nothing was left, `over` whether its clock ran on after that.

    `lowered_by` is who took the ticket to a milder level before that.
    """

    calendar: str
    left: int
    zero: int | None = None
    over: bool = False
    lowered_by: str = ""


class Clock(Struct):
    """One of the two clocks while the minutes go by."""

    mode: str = "off"  # off, running, held, stopped, dropped
    timers: dict[Level, Timer] = field(default_factory=dict)
    applied: list[Level] = field(default_factory=list)  # levels that the ticket once had
    ran: list[int] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    miss: tuple[int, str] | None = None  # due and calendar
    miss_known_from: int = 0  # the minute from which the miss is known
    lowered_by: str = ""  # who had lowered the level whose due was missed, if it came back after that
    done: int | None = None
    done_by: str = ""
    credit: Holder = ("", ())
    final: tuple[str, str] = ("", "")  # level and kind at the stop
    last_due: int | None = None


class Charge(Struct):
    """Who answers: a person or the queue, and a unit; `involved` has the other units' shares of working time."""

    who: str
    unit: str
    involved: dict[str, float]
    done_by: str
    received_from: str


class Verdict(Struct):
    """The result of one clock: durations in seconds, instants in minutes since 1970."""

    state: str
    due: int | None = None
    left: int | None = None
    used: int | None = None
    held: int | None = None
    late: int = 0
    done: int | None = None
    charged: Charge | None = None
    counts: bool = False


@dataclass
class SlowClock:
    """Plays a log through once; `levels` are in order, the most urgent first."""

    log: Sequence[Event]
    levels: Sequence[str]
    promise: Promise
    calendars: Mapping[str, MinuteCalendar]
    holding: Sequence[str]  # reasons that hold the solution clock
    at_risk: float
    unit_by_person: Mapping[str, str]
    lead: str  # of the site

    def __post_init__(self) -> None:
        self.state, self.base, self.reason = "", "", ""
        self.level, self.kind = self.levels[-1], ""
        self.holder: Holder = "", ()
        self.clocks = {"response": Clock(), "solution": Clock()}
        self.holders: dict[int, Holder] = {}
        self.excuses: list[tuple[int, str, str]] = []
        self.reopened: tuple[int, Clock] | None = None  # when, and the clock as it stood before

    # --- the log ------------------------------------------------------------------------------------------------

    def apply(self, event: Event, minute: int) -> None:
        do, state = event.do, self.state
        if state == "":
            if do == "report":
                self.state = self.base = "new"
                self.set_fields(event)
        elif do in ("note", "edit", "excuse"):
            self.apply_note(event, minute)
        elif state in ("new", "responded", "working", "waiting"):
            if do in OPEN_STEPS:
                self.set_fields(event)
                self.apply_open(event, minute)
        elif (state, do) in AFTERWARDS or (state == "confirmed" and do == "reopen" and event.body.get("reason")):
            self.set_fields(event)
            self.state = self.base = AFTERWARDS.get((state, do), "working")
            if do == "reopen":
                self.reopened = minute, deepcopy(self.clocks["solution"])
                self.clocks["solution"].done = None

    def apply_note(self, event: Event, minute: int) -> None:
        closed = self.state in ("archived", "withdrawn")
        if event.do == "excuse":
            if self.state:
                self.excuses.append((minute, str(event.body["clock"]), event.by))
        elif not event.body.get("set") or not (closed or self.state == "confirmed"):
            self.set_fields(event)
            if event.do == "note" and event.body.get("from") == "requester" and self.state == "waiting":
                self.state = self.base

    def set_fields(self, event: Event) -> None:
        values = event.body.get("set")
        assert isinstance(values, Mapping | None)
        values = values or {}
        self.level = str(values.get("priority", self.level))
        self.kind = str(values.get("kind", self.kind))
        units = values.get("units", self.holder[1]) or ()
        assert isinstance(units, list | tuple)
        self.holder = str(values.get("owner", self.holder[0]) or ""), tuple(units)

    def apply_open(self, event: Event, minute: int) -> None:
        do = event.do
        moved = {("respond", "new"): "responded", ("assign", "responded"): "working"}.get((do, self.base), self.base)
        if self.state == self.base:
            self.state = moved
        self.base = moved
        if do == "wait" and self.state != "waiting":
            self.state, self.reason = "waiting", str(event.body.get("reason") or "")
        if do == "resume":
            self.state = self.base
        if do in ("respond", "solve") and self.clocks["response"].done is None:
            self.clocks["response"].done, self.clocks["response"].credit = minute, self.holder
            self.clocks["response"].done_by = event.by
        if do == "withdraw":
            self.state = "withdrawn"
        if do == "solve":
            self.state, clock = "solved", self.clocks["solution"]
            clock.done, clock.credit, clock.done_by = minute, self.holder, event.by
            if self.reopened and self.reopened[0] == minute:  # never open in between
                self.clocks["solution"] = deepcopy(self.reopened[1])

    # --- the stopwatches ----------------------------------------------------------------------------------------

    def update_clock(self, name: str, minute: int, by: str) -> None:
        """Apply an event to one clock: its mode, its stopwatches, the verdict of a stop."""
        clock, mode = self.clocks[name], self.mode(name)
        if name == "response" and clock.mode == "stopped":
            return
        self.start_timers(name, clock, by)
        if clock.mode == mode == "stopped":
            return
        goes_on = (clock.mode == "held" and mode != "held") or (clock.mode == "stopped" and mode == "running")
        for timer in clock.timers.values():
            if goes_on and timer.left == 0 and not timer.over:
                timer.zero = minute
        clock.mode = mode
        if mode in ("running", "stopped"):
            self.find_miss(name, minute)
        if mode == "stopped":
            clock.final = self.level, self.kind
            clock.last_due = min((self.forecast(timer, minute) for timer in self.in_force(name)), default=None)

    def mode(self, name: str) -> str:
        solved = self.state in ("solved", "confirmed", "archived")
        if solved if name == "solution" else self.clocks[name].done is not None:
            return "stopped"
        if self.state == "withdrawn":
            return "dropped"
        on_hold = name == "solution" and self.state == "waiting" and self.reason in self.holding
        return "held" if on_hold else "running"

    def current(self, name: str) -> Level | None:
        return self.promise(name, self.level, self.kind)

    def reached(self, name: str, level: Level) -> bool:
        """Whether the ticket is now at this level or a more urgent one."""
        current = self.current(name)
        if current is None or current == level:
            return current == level
        here = self.levels.index(self.level)
        of_kind = [place for place, key in enumerate(self.levels) if self.promise(name, key, self.kind) == level]
        if of_kind:
            return here < max(of_kind)
        elsewhere = max(
            place for place, key in enumerate(self.levels) for kind in KINDS if self.promise(name, key, kind) == level
        )
        return (current[0], here, current[1] != "always") < (level[0], elsewhere, level[1] != "always")

    def start_timers(self, name: str, clock: Clock, by: str) -> None:
        for level in (self.promise(name, key, kind) for key in self.levels for kind in KINDS):
            if level and self.reached(name, level):
                clock.timers.setdefault(level, Timer(level[1], level[0]))
        current = self.current(name)
        if current and current not in clock.applied:
            clock.applied.append(current)
            clock.timers[current].lowered_by = by
        for level in clock.applied:
            timer = clock.timers[level]
            if not timer.over and self.reached(name, level):
                timer.lowered_by = ""
            elif not timer.over:
                timer.lowered_by = timer.lowered_by or by

    def in_force(self, name: str) -> list[Timer]:
        clock = self.clocks[name]
        return [clock.timers[level] for level in clock.applied if self.reached(name, level)]

    def find_miss(self, name: str, minute: int) -> None:
        clock = self.clocks[name]
        over = [timer for timer in self.in_force(name) if timer.over]
        if over and clock.miss is None:
            first = min(over, key=lambda timer: timer.zero or 0)
            clock.miss = first.zero or 0, first.calendar
            clock.miss_known_from, clock.lowered_by = minute, first.lowered_by

    def run_minute(self, name: str, minute: int) -> None:
        clock = self.clocks[name]
        if clock.mode == "held":
            clock.waited.append(minute)
        if clock.mode != "running":
            return
        clock.ran.append(minute)
        for timer in clock.timers.values():
            if timer.left == 0:
                timer.over = True
            elif self.calendars[timer.calendar].open_minute(minute):
                timer.left -= 1
                timer.zero = minute + 1 if timer.left == 0 else None
        self.find_miss(name, minute)

    def forecast(self, timer: Timer, minute: int) -> int:
        """Return the minute at which a stopwatch runs out if it runs from now on."""
        if timer.zero is not None:
            return timer.zero
        left = timer.left
        while left:
            left -= self.calendars[timer.calendar].open_minute(minute)
            minute += 1
        return minute

    # --- the answer ---------------------------------------------------------------------------------------------

    def read(self, until: datetime) -> dict[str, Verdict] | None:
        """Return the verdicts of both clocks at a whole minute; None before the report."""
        last = minute_of(until)
        coming = sorted(self.log, key=lambda event: (event.at, event.n, event.digest), reverse=True)
        if not coming:
            return None
        for minute in range(minute_of(coming[-1].at), last + 1):
            while coming and minute_of(coming[-1].at) == minute:
                event = coming.pop()
                self.apply(event, minute)
                for name in self.clocks if self.state else ():
                    self.update_clock(name, minute, event.by)
            if self.state:
                self.holders[minute] = self.holder
                for name in self.clocks if minute < last else ():
                    self.run_minute(name, minute)
        return {name: self.verdict(name, last) for name in self.clocks} if self.state else None

    def verdict(self, name: str, last: int) -> Verdict:
        clock = self.clocks[name]
        stopped = clock.mode == "stopped"
        promise = self.promise(name, *(clock.final if stopped else (self.level, self.kind)))
        verdict = Verdict("none", done=clock.done if stopped else None)
        if promise:
            verdict.used, verdict.held = (
                self.working_seconds(clock.ran, promise[1]),
                self.working_seconds(clock.waited, promise[1]),
            )
        if clock.miss:
            self.fill_missed(name, verdict)
        elif promise and clock.mode != "dropped":
            verdict.counts = True
            if stopped:
                verdict.state, verdict.due = "met", clock.last_due
                verdict.charged = self.charge(clock, clock.credit, clock.done or 0, promise[1])
            else:
                self.fill_undecided(name, verdict, last, 60 * promise[0] * self.at_risk)
        return verdict

    def working_seconds(self, minutes: Sequence[int], calendar: str) -> int:
        return 60 * sum(self.calendars[calendar].open_minute(minute) for minute in minutes)

    def fill_missed(self, name: str, verdict: Verdict) -> None:
        clock = self.clocks[name]
        assert clock.miss
        due, calendar = clock.miss
        verdict.state = "breached" if clock.mode in ("running", "held") else "missed"
        verdict.due, verdict.left = due, 0
        verdict.late = self.working_seconds([minute for minute in clock.ran if minute >= due], calendar)
        verdict.charged = self.charge(clock, self.holders[due - 1], due, calendar)
        barred = self.lead if verdict.charged.who == QUEUE else verdict.charged.who
        excuses = ((at, by) for at, which, by in self.excuses if which == name)
        verdict.counts = not any(at > due and at >= clock.miss_known_from and by != barred for at, by in excuses)

    def charge(self, clock: Clock, holder: Holder, end: int, calendar: str) -> Charge:
        """Return whom a clock that was decided at the end of a minute is charged to."""
        who = clock.lowered_by or holder[0] or QUEUE
        unit = self.unit_by_person.get(who) or [*holder[1], self.unit_by_person.get(self.lead, "")][0]
        ran = [minute for minute in clock.ran if minute < end]
        worked = [minute for minute in ran if self.calendars[calendar].open_minute(minute)] or ran
        held = [self.holders[minute][0] or QUEUE for minute in worked]
        others = [key for key in dict.fromkeys(held) if key != who]
        late = held.count(who) < len(held) / 4 and not clock.lowered_by
        return Charge(
            who,
            unit,
            {
                other: round(sum(other in self.holders[minute][1] for minute in worked) / len(worked), 4)
                for other in dict.fromkeys(key for minute in ran for key in self.holders[minute][1])
                if other != unit
            },
            clock.done_by if clock.mode == "stopped" else "",
            max(others, key=held.count) if late else "",
        )

    def fill_undecided(self, name: str, verdict: Verdict, last: int, risk: float) -> None:
        clock = self.clocks[name]
        first = min(self.in_force(name), key=lambda timer: self.forecast(timer, last))
        verdict.left = 60 * first.left
        if clock.mode == "held":
            verdict.state = "held"
            return
        verdict.due = self.forecast(first, last)
        verdict.state = "at_risk" if verdict.left <= risk else "running"
