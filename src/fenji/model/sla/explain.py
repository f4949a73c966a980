"""Explain what a clock shows: interval by interval, ending in due and verdict (clock rules 24).

An explanation uses the timeline and timers of a reading, split further where state or holder changes, so explanation
and reading cannot disagree. Sentences are templates of the catalogue; their values hold the words from the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.model.policy import ALWAYS, CLOCKS, Policy
from fenji.model.sla.evidence import Evidence
from fenji.model.sla.instants import format_instant, rewrite_instants, write_after
from fenji.model.sla.item_story import ItemExplanation
from fenji.model.sla.plan_clocks import read_items
from fenji.model.sla.reasons import explain_answerer, explain_correction, format_length
from fenji.model.sla.run import ClockRun, day_seconds, to_seconds
from fenji.model.sla.status import ClockReading, read_run
from fenji.model.sla.timeline import HELD, OFF, RUNNING, STOPPED, Holder, Phase, Timeline, build_timeline

if TYPE_CHECKING:
    from fenji.model.sla.timers import Timer
    from fenji.model.ticket import Ticket
    from fenji.model.values import JsonValue


class LevelDue(Struct, frozen=True):
    """The time left of a level's promise at the start of an interval, and its due while the clock runs."""

    level: str
    target_s: int
    calendar: str
    left_s: int
    due: datetime | None

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        due = self.due.isoformat() if self.due else None
        return {
            "level": self.level,
            "target_s": self.target_s,
            "calendar": self.calendar,
            "left_s": self.left_s,
            "due": due,
        }


class ClockInterval(Struct, frozen=True):
    """One interval of a clock; `mode` is running, held, stopped or off.

    `seconds` is the working time on `calendar`, whatever the mode; `total_s` is the time that ran up to the end of the
    interval, each interval counted on its own calendar.
    `levels` are the promises in force, empty where the level promises nothing; `day_s` are the seconds of a day on
    `calendar`, for showing lengths.
    """

    start: datetime
    end: datetime
    mode: str
    state: str
    reason: str
    level: str
    calendar: str
    seconds: int
    total_s: int
    levels: tuple[LevelDue, ...]
    holder: Holder
    day_s: int = 86_400

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "mode": self.mode,
            "state": self.state,
            "reason": self.reason,
            "level": self.level,
            "calendar": self.calendar,
            "seconds": self.seconds,
            "total_s": self.total_s,
            "levels": [level_due.mapping() for level_due in self.levels],
            "holder": self.holder.mapping(),
        }


class HolderShare(Struct, frozen=True):
    """How much of the clock's running time a holder had, on the calendar of the level that counts."""

    holder: Holder
    seconds: int

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        return {**self.holder.mapping(), "seconds": self.seconds}


class ClockExplanation(Struct, frozen=True):
    """The explanation of one clock: its intervals, each holder's share (clock rules 23), and the final reading.

    `reasons` say who answers for the verdict and why, and explain its signs.
    """

    clock: str
    intervals: tuple[ClockInterval, ...]
    shares: tuple[HolderShare, ...]
    reading: ClockReading
    reasons: tuple[Sentence, ...]

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the reading, with the intervals and shares."""
        return {
            **self.reading.mapping(),
            "stretches": [interval.mapping() for interval in self.intervals],
            "shares": [share.mapping() for share in self.shares],
        }

    def sentences(self, at: datetime) -> list[Sentence]:
        """Return one sentence per interval, then due and verdict, who answers for it, and the signs."""
        intervals = self.intervals[:-1] if self.intervals[-1].mode == STOPPED else self.intervals
        ending = _ending_sentence(self.reading, at)
        other = self.reading.correction
        correction = [explain_correction(self.reading, other)] if other else []
        return [*(_interval_sentence(interval) for interval in intervals), ending, *correction, *self.reasons]


class Explanation(Struct, frozen=True):
    """The explanation of both clocks of a ticket, and of its plan's items, up to an instant.

    The clocks are None if the ticket was not reported yet.
    """

    id: str
    at: datetime
    response: ClockExplanation | None
    solution: ClockExplanation | None
    items: tuple[ItemExplanation, ...] = ()

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form of the readings, with intervals and shares in each clock."""
        explanations = {explanation.clock: explanation.mapping() for explanation in self._explanations()}
        items = {told.item.key: told.mapping() for told in self.items}
        clocks = {clock: explanations.get(clock) for clock in CLOCKS}
        return {"id": self.id, "at": self.at.isoformat(), **clocks, **({"items": items} if items else {})}

    def sentences(self) -> list[Sentence]:
        """Return all sentences, clock by clock; each heading gives the year and offset of the instants below it."""
        if self.response is None:
            return [Sentence("{id} had not been reported by {at}.", {"id": self.id, "at": format_instant(self.at)})]
        write = partial(write_after, self.response.intervals[0].start)
        told: list[Sentence] = []
        for explanation in self._explanations():
            below = explanation.sentences(self.at)
            told += [_heading(explanation), *(rewrite_instants(sentence, write) for sentence in below)]
        items = (sentence for explanation in self.items for sentence in explanation.sentences(self.at))
        return [*told, *(rewrite_instants(sentence, write) for sentence in items)]

    def _explanations(self) -> Iterator[ClockExplanation]:
        yield from (explanation for explanation in (self.response, self.solution) if explanation)


def explain_clocks(ticket: Ticket, policy: Policy, at: datetime) -> Explanation:
    """Explain what the clocks of a ticket and of its plan's items show at `at` (clock rules 24).

    Raises Refused as `reading` does.
    """
    at = at.replace(microsecond=0)
    timeline = build_timeline(ticket, policy, at, detailed=True)
    if timeline is None:
        return Explanation(ticket.id, at, None, None)
    evidence = Evidence(ticket, policy, at)
    response, solution = (_explain_clock(timeline, policy, clock, evidence) for clock in CLOCKS)
    items = tuple(map(ItemExplanation, read_items(ticket, policy, timeline).values()))
    return Explanation(ticket.id, at, response, solution, items)


def _explain_clock(timeline: Timeline, policy: Policy, clock: str, evidence: Evidence) -> ClockExplanation:
    whole = ClockRun(timeline, policy, clock)
    pieces = [piece for phase in timeline.phases[clock] for piece in _split_where_hours_change(phase, whole)]
    run = ClockRun(replace(timeline, phases={**timeline.phases, clock: pieces}), policy, clock)
    phases = [(phase, _level_dues(timers, phase)) for phase, timers in run.timers.walk()]
    totals = accumulate(_running_seconds(run, index) for index in range(len(phases)))
    intervals = tuple(
        _build_interval(run, index, levels, total)
        for index, ((phase, levels), total) in enumerate(zip(phases, totals, strict=True))
        if phase.start < phase.end or phase is phases[-1][0]
    )
    reasons = tuple(explain_answerer(run, evidence.signs(clock)))
    return ClockExplanation(clock, intervals, tuple(_holder_shares(run)), read_run(run, evidence), reasons)


def _split_where_hours_change(phase: Phase, run: ClockRun) -> Iterator[Phase]:
    counts = phase.mode in (RUNNING, HELD)
    changes = run.calendar(phase)[0].changes_between(phase.start, phase.end) if counts else ()
    edges = [phase.start, *(change.astimezone(phase.start.tzinfo) for change in changes), phase.end]
    return (replace(phase, start=start, end=end) for start, end in pairwise(edges))


def _running_seconds(run: ClockRun, index: int) -> int:
    phase = run.timers.phases[index]
    return to_seconds(run.timers.open_time(index, run.calendar(phase)[0])) if phase.mode == RUNNING else 0


def _level_dues(timers: Iterable[Timer], phase: Phase) -> tuple[LevelDue, ...]:
    return tuple(
        LevelDue(
            timer.level,
            to_seconds(timer.target.duration),
            timer.target.calendar_name,
            to_seconds(timer.left),
            timer.due(phase.start) if phase.mode == RUNNING else None,
        )
        for timer in timers
    )


def _build_interval(run: ClockRun, index: int, levels: tuple[LevelDue, ...], total_s: int) -> ClockInterval:
    phase = run.timers.phases[index]
    calendar, name = run.calendar(phase)
    return ClockInterval(
        phase.start,
        phase.end,
        phase.mode,
        phase.state,
        phase.reason,
        phase.level,
        name,
        to_seconds(run.timers.open_time(index, calendar)),
        total_s,
        levels,
        phase.holder,
        day_seconds(calendar),
    )


def _holder_shares(run: ClockRun) -> Iterator[HolderShare]:
    calendar, _ = run.calendar(run.phase)
    shares: dict[Holder, timedelta] = {}
    for index, phase in enumerate(run.timers.phases):
        if phase.mode == RUNNING:
            shares[phase.holder] = shares.get(phase.holder, timedelta(0)) + run.timers.open_time(index, calendar)
    yield from (HolderShare(holder, to_seconds(length)) for holder, length in shares.items())


# --- in words ---------------------------------------------------------------------------------------------------


def _heading(explanation: ClockExplanation) -> Sentence:
    target, first = explanation.reading.target_s, explanation.intervals[0]
    values = {"clock": explanation.clock, "level": explanation.reading.level, "at": format_instant(first.start)}
    if target is None:
        return Sentence("{clock}: {level} promises nothing; reported {at}.", values)
    values["target"] = format_length(target)
    return Sentence("{clock}: {level} promises {target}; reported {at}.", values)


def _interval_sentence(interval: ClockInterval) -> Sentence:
    values: dict[str, object] = {
        "start": format_instant(interval.start),
        "end": format_instant(interval.end, interval.start),
        "state": Sentence(interval.state),
        "level": interval.level,
        "calendar": Sentence(ALWAYS) if interval.calendar == ALWAYS else interval.calendar,
        "spent": format_length(interval.seconds),
        "total": format_length(interval.total_s),
    }
    if interval.mode == HELD:
        values |= {"reason": interval.reason, "left": _by_level(interval)}
        return Sentence(
            "{start} to {end}: {state} for {reason}, {level}, {calendar}: {spent} held; {left} left.", values
        )
    if interval.mode in (STOPPED, OFF):
        return Sentence("{start} to {end}: {state}: nothing counts.", values)
    if not interval.levels:
        return Sentence("{start} to {end}: {state}, {level}, {calendar}: {spent}, {total} in all; no due.", values)
    values["dues"] = _by_level(interval)
    return Sentence("{start} to {end}: {state}, {level}, {calendar}: {spent}, {total} in all; due {dues}.", values)


def _by_level(interval: ClockInterval) -> tuple[Sentence, ...]:
    """Return each level with its due, or with the time left while the clock does not run."""
    times = (format_instant(due.due) if due.due else format_length(due.left_s) for due in interval.levels)
    return tuple(
        Sentence("{level} {time}", {"level": due.level, "time": time})
        for due, time in zip(interval.levels, times, strict=True)
    )


def _ending_sentence(reading: ClockReading, at: datetime) -> Sentence:
    values: dict[str, object] = {
        "due": format_instant(reading.due),
        "done": format_instant(reading.done, reading.due),
        "at": format_instant(at),
        "left": format_length(reading.left_s or 0),
        "late": format_length(reading.late_s),
        "elapsed": format_length(reading.late_elapsed_s),
    }
    return Sentence(_ENDINGS[reading.state], values)


_ENDINGS = {
    "running": "Due {due}: {left} left at {at}.",
    "at_risk": "Due {due}: at risk with {left} left at {at}.",
    "held": "Held at {at} with {left} left: no due until it resumes.",
    "breached": "Due {due}, open at {at}: missed by {late} of working time ({elapsed} elapsed).",
    "missed": "Due {due}, done {done}: missed by {late} of working time ({elapsed} elapsed).",
    "met": "Due {due}, done {done}: met with {left} left.",
    "none": "No promise at {at}: no due and no verdict.",
}
