"""Why a clock says what it says: stretch by stretch, ending in due and verdict (clock rules 24).

Made from the same course and stopwatches as a reading, split also where the state or the holder changes; so story and
reading cannot disagree. Sentences are templates of the catalogue; words of the data stand in their values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji.clock.course import HELD, OFF, RUNNING, STOPPED, Course, Phase, course
from fenji.clock.readings import Charge, ClockReading, Run, charge, seconds
from fenji.errors import Sentence
from fenji.policy import CLOCKS

if TYPE_CHECKING:
    from fenji.clock.stopwatch import Watch
    from fenji.policy import Policy
    from fenji.ticket import Ticket


@dataclass(frozen=True, slots=True)
class LevelDue:
    """What a level's promise has left at the start of a stretch, and its due while the clock runs."""

    level: str
    target_s: int
    calendar: str
    left_s: int
    due: datetime | None

    def mapping(self) -> dict[str, object]:
        """As JSON holds it."""
        due = self.due.isoformat() if self.due else None
        return {
            "level": self.level,
            "target_s": self.target_s,
            "calendar": self.calendar,
            "left_s": self.left_s,
            "due": due,
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of a clock; `mode` is running, held, stopped or off.

    `seconds` are those of working time on `calendar`, whatever the mode; `total_s` is what has run on it by the end.
    `levels` are the promises in force, none where the level promises nothing.
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
    holder: Charge

    def mapping(self) -> dict[str, object]:
        """As JSON holds it."""
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
            "levels": [one.mapping() for one in self.levels],
            "holder": self.holder.mapping(),
        }


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the clock's running time a holder had, on the calendar of the level that counts."""

    holder: Charge
    seconds: int

    def mapping(self) -> dict[str, object]:
        """As JSON holds it."""
        return {**self.holder.mapping(), "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class Telling:
    """The story of one clock: its stretches, each holder's share (clock rules 23), and the reading they end in."""

    clock: str
    stretches: tuple[Stretch, ...]
    shares: tuple[Share, ...]
    reading: ClockReading

    def mapping(self) -> dict[str, object]:
        """The reading as JSON holds it, with the stretches and shares beside it."""
        return {
            **self.reading.mapping(),
            "stretches": [one.mapping() for one in self.stretches],
            "shares": [one.mapping() for one in self.shares],
        }

    def sentences(self, at: datetime) -> list[Sentence]:
        """One sentence a stretch, then due and verdict."""
        stretches = self.stretches[:-1] if self.stretches[-1].mode == STOPPED else self.stretches
        return [*(_stretch_told(one) for one in stretches), *_ending(self.reading, at)]


@dataclass(frozen=True, slots=True)
class Story:
    """The story of both clocks of a ticket up to an instant; None where it had not been reported."""

    id: str
    at: datetime
    response: Telling | None
    solution: Telling | None

    def mapping(self) -> dict[str, object]:
        """As JSON holds it: what a reading has, with stretches and shares in each clock."""
        tellings = {one.clock: one.mapping() for one in self._tellings()}
        return {"id": self.id, "at": self.at.isoformat(), **{clock: tellings.get(clock) for clock in CLOCKS}}

    def sentences(self) -> list[Sentence]:
        """The whole story, clock by clock."""
        if self.response is None:
            return [Sentence("{id} had not been reported by {at}.", {"id": self.id, "at": _when(self.at)})]
        return [sentence for one in self._tellings() for sentence in (_heading(one), *one.sentences(self.at))]

    def _tellings(self) -> Iterator[Telling]:
        yield from (one for one in (self.response, self.solution) if one)


def explain(ticket: Ticket, policy: Policy, at: datetime) -> Story:
    """How both clocks came to what they show at `at` (clock rules 24). Raises Refused as `reading` does."""
    at = at.replace(microsecond=0)
    way = course(ticket, policy, at, detailed=True)
    if way is None:
        return Story(ticket.id, at, None, None)
    response, solution = (_told(way, policy, clock) for clock in CLOCKS)
    return Story(ticket.id, at, response, solution)


def _told(way: Course, policy: Policy, clock: str) -> Telling:
    run = Run(way, policy, clock)
    phases = [(phase, _levels(watches, phase)) for phase, watches in run.watches.walk()]
    stretches = tuple(
        _stretch(run, index, levels) for index, (phase, levels) in enumerate(phases) if _lasts(phase, phases[-1][0])
    )
    return Telling(clock, stretches, tuple(_shares(run)), run.judged())


def _lasts(phase: Phase, last: Phase) -> bool:
    return phase.start < phase.end or phase is last


def _levels(watches: Iterable[Watch], phase: Phase) -> tuple[LevelDue, ...]:
    return tuple(
        LevelDue(
            one.level,
            seconds(one.target.duration),
            one.target.calendar_name,
            seconds(one.left),
            one.due(phase.start) if phase.mode == RUNNING else None,
        )
        for one in watches
    )


def _stretch(run: Run, index: int, levels: tuple[LevelDue, ...]) -> Stretch:
    phase = run.watches.phases[index]
    calendar, name = run.calendar(phase)
    before = (number for number, one in enumerate(run.watches.phases[: index + 1]) if one.mode == RUNNING)
    total = sum((run.watches.spent(number, calendar) for number in before), timedelta(0))
    return Stretch(
        phase.start,
        phase.end,
        phase.mode,
        phase.state,
        phase.reason,
        phase.level,
        name,
        seconds(run.watches.spent(index, calendar)),
        seconds(total),
        levels,
        charge(phase.holder),
    )


def _shares(run: Run) -> Iterator[Share]:
    calendar, _ = run.calendar(run.phase)
    shares: dict[Charge, timedelta] = {}
    for index, phase in enumerate(run.watches.phases):
        if phase.mode == RUNNING:
            holder = charge(phase.holder)
            shares[holder] = shares.get(holder, timedelta(0)) + run.watches.spent(index, calendar)
    yield from (Share(holder, seconds(length)) for holder, length in shares.items())


# --- in words ---------------------------------------------------------------------------------------------------


def _when(instant: datetime | None) -> str:
    return instant.isoformat(sep=" ", timespec="auto" if instant.second else "minutes") if instant else "-"


def length_text(length_s: int) -> str:
    """`26:05`, `0:00:30`: hours and minutes of working time, and seconds where there are any."""
    minutes, rest = divmod(length_s, 60)
    text = f"{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text


def _heading(telling: Telling) -> Sentence:
    target, first = telling.reading.target_s, telling.stretches[0]
    values = {"clock": telling.clock, "level": telling.reading.level, "at": _when(first.start)}
    if target is None:
        return Sentence("{clock}: {level} promises nothing; reported {at}.", values)
    values["target"] = length_text(target)
    return Sentence("{clock}: {level} promises {target}; reported {at}.", values)


def _stretch_told(one: Stretch) -> Sentence:
    values: dict[str, object] = {
        "start": _when(one.start),
        "end": _when(one.end),
        "state": one.state,
        "level": one.level,
        "calendar": one.calendar,
        "spent": length_text(one.seconds),
        "total": length_text(one.total_s),
    }
    if one.mode == HELD:
        values |= {"reason": one.reason, "left": _by_level(one)}
        return Sentence(
            "{start} to {end}: {state} for {reason}, {level}, {calendar}: {spent} held; left {left}.", values
        )
    if one.mode in (STOPPED, OFF):
        return Sentence("{start} to {end}: {state}: nothing counts.", values)
    if not one.levels:
        return Sentence("{start} to {end}: {state}, {level}, {calendar}: {spent}, {total} in all; no due.", values)
    values["dues"] = _by_level(one)
    return Sentence("{start} to {end}: {state}, {level}, {calendar}: {spent}, {total} in all; due {dues}.", values)


def _by_level(one: Stretch) -> str:
    return ", ".join(f"{due.level} {_when(due.due) if due.due else length_text(due.left_s)}" for due in one.levels)


def _ending(reading: ClockReading, at: datetime) -> list[Sentence]:
    charged = reading.charged_to
    values: dict[str, object] = {
        "due": _when(reading.due),
        "done": _when(reading.done),
        "at": _when(at),
        "left": length_text(reading.left_s or 0),
        "late": length_text(reading.late_s),
        "elapsed": length_text(reading.late_elapsed_s),
        "who": charged.text() if charged else "-",
    }
    ending = [Sentence(_ENDINGS[reading.state], values)]
    if reading.met is False and not reading.counts:
        ending.append(Sentence("The miss is excused and does not count."))
    return ending


_ENDINGS = {
    "running": "Due {due}: {left} left at {at}.",
    "at_risk": "Due {due}: at risk with {left} left at {at}.",
    "held": "Held at {at} with {left} left: no due until it resumes.",
    "breached": "Due {due}, open at {at}: missed by {late} of working time ({elapsed} elapsed); charged to {who}.",
    "missed": "Due {due}, done {done}: missed by {late} of working time ({elapsed} elapsed); charged to {who}.",
    "met": "Due {due}, done {done}: met with {left} left; credited to {who}.",
    "none": "No promise at {at}: no due and no verdict.",
}
