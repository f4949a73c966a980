"""The signs beside the verdicts of a ticket, each with whoever caused it (clock rules 11, 12, 16 and 28).

A sign accuses nobody and changes no verdict; it is read off the log like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.model import workflow
from fenji.model.policy import CLOCKS, Policy
from fenji.model.sla.charges import Answerer, answerer_before, find_answerer
from fenji.model.sla.names import (
    DUPLICATE,
    EXCUSED,
    LATE_ENTRY,
    LATE_ENTRY_OWN,
    LET_OFF,
    OWNER_TAKEN_OFF,
    PART,
    REGRADED,
    REOPENED,
    REOPENED_SOON,
    REPORTED_BY_OURSELVES,
    SIGN_LABELS,
    WAIT_NEAR_DUE,
    WITHDRAWN,
    WITHDRAWN_NEAR_DUE,
    WITHOUT_A_WORD,
)
from fenji.model.sla.run import ClockRun
from fenji.model.sla.timeline import HELD, OFF, RUNNING, Phase, Timeline, build_timeline
from fenji.model.sla.timers import earliest_due
from fenji.model.worktime.open_dates import OpenDates

if TYPE_CHECKING:
    from fenji.model.ticket import Event, Ticket, Value
    from fenji.model.worktime.calendar import Calendar, DatedCalendar

OWN_REPORT = timedelta(hours=1)  # the reporter's own answer within this time is marked
_NEAR_PARTS = 10  # near the due: less than 1/10 of the target is left
SOON_DATES = 3  # open dates of the site's calendar after the solution
_GRADE_PATHS = ("priority", "impact", "occurrence")
_LINK_SIGNS = {"duplicate": DUPLICATE, "part_of": PART}


class Sign(Struct, frozen=True):
    """One sign: its name, who caused it and when, and the clock it belongs to (empty: the ticket as a whole).

    `due` and `answerer` are those of the promise then: the due that a late entry saved, the last due and holder of a
    clock that was let off, the miss before which the owner was taken off.
    """

    name: str
    by: str
    at: datetime
    clock: str = ""
    due: datetime | None = None
    answerer: Answerer | None = None

    @property
    def label(self) -> str:
        """The name in words, for display."""
        return SIGN_LABELS[self.name]


def clock_signs(ticket: Ticket, run: ClockRun) -> tuple[Sign, ...]:
    """Return the signs beside one clock of a ticket; its run must have finished."""
    return (*_late_entries(ticket, run), *_signs_of_answer(run), *_let_off(run))


def log_signs(ticket: Ticket, policy: Policy, at: datetime) -> tuple[Sign, ...]:
    """Return every sign of a ticket up to an instant, those of its clocks first. Raises Refused as `reading` does."""
    timeline = build_timeline(ticket, policy, at, detailed=True)
    return run_signs(
        ticket, {clock: ClockRun(timeline, policy, clock).finish() for clock in CLOCKS} if timeline else {}
    )


def run_signs(ticket: Ticket, runs: Mapping[str, ClockRun]) -> tuple[Sign, ...]:
    """Return every sign of a ticket whose clocks have run to the end of a detailed timeline; none without runs."""
    if not runs:
        return ()
    timeline, policy = runs["solution"].timeline, runs["solution"].policy
    events = [event for event, position in workflow.replay(_up_to(ticket, timeline.until)) if position]
    return (
        *(sign for run in runs.values() for sign in clock_signs(ticket, run)),
        *_waits_near_due(runs["solution"]),
        *(sign for run in runs.values() for sign in _owners_taken_off(run)),
        *_reopenings(timeline, events, policy),
        *_regradings(events, timeline),
        *_withdrawals(runs.values()),
        *_links(ticket, events),
        *(Sign(EXCUSED, event.by, event.at, str(event.body.get("clock") or "")) for event in timeline.excuses),
    )


def _up_to(ticket: Ticket, at: datetime) -> Iterator[Event]:
    return (event for event in ticket.log if event.at <= at)


# --- beside one clock ---------------------------------------------------------------------------------------------


def _late_entries(ticket: Ticket, run: ClockRun) -> Iterator[Sign]:
    """Yield signs for events that met a promise which had already run out when they were written (clock rules 11)."""
    for event in ticket.log:
        written = event.logged
        if written and event.at < written and event.at <= run.timeline.until:
            yield from _saved_promise(ticket, run, event, written)


def _saved_promise(ticket: Ticket, run: ClockRun, event: Event, written: datetime) -> Iterator[Sign]:
    known = [other for other in ticket.log if _was_known(other, event, written)]
    before = _run_of(ticket, known, run, written)
    if before is None or before.miss is None or not event.at <= before.miss.due < written:
        return
    after = _run_of(ticket, [*known, event], run, written)
    if after is None or after.miss is not None:
        return
    saved = find_answerer(before)
    due, site = before.miss.due, run.timeline.site
    yield Sign(LATE_ENTRY, event.by, event.at, run.clock, due, saved)
    if saved and event.by == (saved.owner or run.policy.lead_of(site, due)):
        yield Sign(LATE_ENTRY_OWN, event.by, event.at, run.clock, due, saved)


def _was_known(other: Event, event: Event, written: datetime) -> bool:
    return other != event and (other.logged or other.at, other.n) < (written, event.n)


def _run_of(ticket: Ticket, log: Iterable[Event], run: ClockRun, at: datetime) -> ClockRun | None:
    timeline = build_timeline(replace(ticket, log=tuple(log)), run.policy, at)
    return ClockRun(timeline, run.policy, run.clock).finish() if timeline else None


def _signs_of_answer(run: ClockRun) -> Iterator[Sign]:
    """Yield the signs of the answer that stopped the response clock (clock rules 12)."""
    stop, report = run.stop, run.timeline.report
    if run.clock != "response" or stop is None:
        return
    answer = stop.event
    if answer.do == "respond" and not answer.note.strip():
        yield Sign(WITHOUT_A_WORD, answer.by, answer.at, run.clock)
    gaps = (answer.at - report.at, (answer.logged or answer.at) - (report.logged or report.at))
    if answer.by == report.by and min(gaps) < OWN_REPORT:
        yield Sign(REPORTED_BY_OURSELVES, answer.by, answer.at, run.clock)


def _let_off(run: ClockRun) -> Iterator[Sign]:
    """Yield a sign for the change that left the clock without a promise, unless changed back (clock rules 16)."""
    phases = run.timeline.phases[run.clock]
    if run.miss or run.target is not None or run.phase.mode == OFF:
        return
    if not any(run.promise(phase.level, phase.kind) for phase in phases):
        return
    moments = list(_moments(run))
    unpromised = len(moments)
    while unpromised and moments[unpromised - 1].target is None:
        unpromised -= 1
    if 0 < unpromised < len(moments) and moments[unpromised - 1].phase.mode in (RUNNING, HELD):
        event, due = moments[unpromised].phase.event, moments[unpromised - 1].due
        yield Sign(LET_OFF, event.by, event.at, run.clock, due, answerer_before(run, event.at))


class _Moment(Struct, frozen=True):
    """The start of a phase: the target of its level, what is left of the promise that runs out first, and its due.

    While the clock is held, `due` is the last one before the wait.
    """

    phase: Phase
    target: timedelta | None
    left: timedelta | None
    due: datetime | None

    @property
    def is_near_due(self) -> bool:
        return self.target is not None and self.left is not None and self.left * _NEAR_PARTS < self.target


def _moments(run: ClockRun) -> Iterator[_Moment]:
    """Yield the start of each phase of a clock, up to the phase that decides it."""
    due: datetime | None = None
    for phase, in_force in ClockRun(run.timeline, run.policy, run.clock).timers.walk():
        target, first = run.promise(phase.level, phase.kind), earliest_due(in_force, phase.start)
        due = first.at if first and phase.mode != HELD else due
        yield _Moment(phase, target.duration if target else None, first.timer.left if first else None, due)
        if phase is run.phase:
            return


# --- of the ticket as a whole -------------------------------------------------------------------------------------


def _waits_near_due(run: ClockRun) -> Iterator[Sign]:
    if not _has_phase(run, HELD):
        return
    for before, moment in pairwise(_moments(run)):
        begins = before.phase.mode == RUNNING and moment.phase.mode == HELD
        begins = begins and moment.phase.event.at == moment.phase.start  # begun by an event, not by a policy version
        if begins and moment.is_near_due and not _was_missed(run, moment):
            event = moment.phase.event
            yield Sign(WAIT_NEAR_DUE, event.by, event.at, run.clock, before.due)


def _has_phase(run: ClockRun, mode: str) -> bool:
    return any(phase.mode == mode for phase in run.timeline.phases[run.clock])


def _was_missed(run: ClockRun, moment: _Moment) -> bool:
    return run.miss is not None and run.miss.since <= moment.phase.start


def _owners_taken_off(run: ClockRun) -> Iterator[Sign]:
    """Yield a sign for whoever took the owner off before a miss, so that the queue and no person is charged."""
    answerer, miss = find_answerer(run), run.miss
    if miss is None or answerer is None or answerer.owner:
        return
    changes = [
        phase.event
        for before, phase in pairwise(run.timers.phases)
        if before.holder.owner and not phase.holder.owner and phase.start < miss.due
    ]
    if changes:
        yield Sign(OWNER_TAKEN_OFF, changes[-1].by, changes[-1].at, run.clock, miss.due, answerer)


def _reopenings(timeline: Timeline, events: Iterable[Event], policy: Policy) -> Iterator[Sign]:
    """Yield the signs of each reopening, except one that is solved again at the same instant, as by undo."""
    events = list(events)
    solved: datetime | None = None
    for event in events:
        if event.do == "solve":
            solved = event.at
        if event.do != "reopen" or any(other.do == "solve" and other.at == event.at for other in events):
            continue
        yield Sign(REOPENED, event.by, event.at, "solution")
        if solved and _is_soon(policy.calendar_of(timeline.site), solved, event.at):
            yield Sign(REOPENED_SOON, event.by, event.at, "solution")


def _is_soon(calendar: Calendar | DatedCalendar, solved: datetime, reopened: datetime) -> bool:
    return OpenDates(calendar).count(solved, reopened, limit=SOON_DATES + 1) <= SOON_DATES


def _regradings(events: Iterable[Event], timeline: Timeline) -> Iterator[Sign]:
    """Yield a sign for each changed grade of a ticket that had already been judged."""
    grades: dict[str, Value] = {}
    judged = False
    for event in events:
        stated = {path: value for path, value in event.set.items() if path in _GRADE_PATHS}
        if judged and any(grades.get(path) != value for path, value in stated.items()):
            yield Sign(REGRADED, event.by, event.at)
        grades |= stated
        by_hand = "priority" in stated and bool(event.reason) and event is not timeline.report
        judged = judged or by_hand or bool(grades.get("impact") and grades.get("occurrence"))


def _withdrawals(runs: Iterable[ClockRun]) -> Iterator[Sign]:
    withdrawn: Event | None = None
    for run in runs:
        moments = _moments(run) if _has_phase(run, OFF) else ()
        moment = next((moment for moment in moments if moment.phase.mode == OFF), None)
        if moment is None:
            continue
        if withdrawn is None:
            withdrawn = moment.phase.event
            yield Sign(WITHDRAWN, withdrawn.by, withdrawn.at)
        if moment.is_near_due and not _was_missed(run, moment):
            yield Sign(WITHDRAWN_NEAR_DUE, withdrawn.by, withdrawn.at, run.clock, moment.due)


def _links(ticket: Ticket, events: Iterable[Event]) -> Iterator[Sign]:
    """Yield a sign for each link to another ticket as its duplicate or part, except links that were removed again."""
    linked: dict[str, Event] = {}
    for event in events:
        for path in (*event.rewrote, *event.set):
            if path.startswith("links.") and ticket.look_up(path):
                linked.setdefault(path, event)
    for path, event in linked.items():
        name = _LINK_SIGNS.get(path.rpartition("/")[2])
        if name:
            yield Sign(name, event.by, event.at)
