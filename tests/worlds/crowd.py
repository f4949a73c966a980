"""A crowd of made-up tickets: varied, legal, and the same for the same seed and instant.

First it is settled what each ticket is; then each story is told from the ticket's own number, independent of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from fenji.model.ticket import ZEROING_KEYS, Ticket, Value
from worlds import phrases
from worlds.stories import Step, build_ticket

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from worlds.phrases import Device, Fault, Phrase

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
YEARS = timedelta(days=5 * 365)
RECENT = timedelta(days=21)  # tickets older than this are closed
_WRITERS = {
    "KSA": {"li.wei": "zh-Hant", "wang.fang": "zh-Hans", "a.salem": "en", "zhao.min": "zh-Hant"},
    "HQ": {"chen.jie": "zh-Hant", "wu.xia": "zh-Hans", "sun.yu": "zh-Hant"},
    "DZA": {"ma.chao": "zh-Hans", "k.haddad": "en", "liu.yang": "zh-Hans"},
}
_CUSTOMERS = ("Capt. Fahad", "Sgt. Majid", "Eng. Yousef", "Lt. Benali", "Adj. Rahmani", "Mr. Abdullah", "何工", "鄭工")
_PLACES = ("Position 1", "Position 2", "Position 3", "Site South", "Site North", "第四陣地", "總裝車間")
_WAITS = ("customer", "access", "parts")
_AXES = (("major", "rare"), ("major", "common"), ("minor", "rare"), ("minor", "common"))
_OWN_WEIGHTS = (8, 17, 20, 55)
_ENDED = frozenset({"confirm", "archive", "withdraw", "excuse"})
Kind = Literal["quality", "request", "project"]


class Case(Struct, frozen=True):
    """What is settled about a ticket before its story is told; `like` is the index of the case that it repeats."""

    site: str
    reported: datetime
    kind: Kind
    axes: tuple[str, str]
    ended: bool
    late: bool
    like: int | None = None


class Crowd(Struct, frozen=True):
    """`archived` closed tickets reported in the `period` before `now`, and `opened` live ones.

    Of the closed ones `distinct` have a story of their own; the others repeat one on another day, with another part.
    """

    archived: int
    opened: int
    now: datetime
    seed: str
    period: timedelta = YEARS
    distinct: int = 2_000

    def cases(self, policy: Policy) -> list[Case]:
        """Return the cases of the tickets, in the order in which they were drawn."""
        random = Random(self.seed)
        live = [_draw_case(random, policy, self, ended=False) for _ in range(self.opened)]
        own = [_draw_case(random, policy, self, ended=True) for _ in range(min(self.archived, self.distinct))]
        again = [self._repeat_case(random, own, index % len(own)) for index in range(self.archived - len(own))]
        return own + again + live

    def _repeat_case(self, random: Random, cases: Sequence[Case], like: int) -> Case:
        first = cases[like]
        span = (self.period - RECENT).days
        gone = (first.reported - (self.now - self.period)).days
        return replace(first, reported=first.reported + timedelta(days=random.randrange(span) - gone), like=like)

    def ticket(self, number: str, case: Case, policy: Policy) -> Ticket:
        """Return the ticket of one case with a story of its own; it depends on no other."""
        return _StoryWriter(case, policy, self.now, Random(f"{self.seed} {number}")).ticket(number)


def assign_numbers(cases: Sequence[Case]) -> list[str]:
    """Return the number of each case, counted per site and year in the order of the reports."""
    counters: dict[tuple[str, int], Iterator[int]] = {}
    numbers_by_index = [""] * len(cases)
    for index, case in sorted(enumerate(cases), key=lambda pair: pair[1].reported):
        counter = counters.setdefault((case.site, case.reported.year), count(1))
        numbers_by_index[index] = f"{case.site}-{case.reported.year}-{next(counter):04}"
    return numbers_by_index


def _draw_case(random: Random, policy: Policy, crowd: Crowd, *, ended: bool) -> Case:
    site = random.choices(tuple(_WRITERS), (50, 20, 30))[0]
    kinds: tuple[Kind, ...] = ("quality", "request", "project")
    kind = random.choices(kinds, (68, 26, 6))[0]
    axes = random.choices(_AXES, _OWN_WEIGHTS)[0]
    late = random.random() < (0.12 if ended else 0.2)
    if ended:
        age = RECENT + random.random() * (crowd.period - RECENT)
    else:
        response, solution = _promises(policy, axes)
        fresh = random.random() < 0.15
        age = (response if fresh else solution) * (random.uniform(1.0, 1.4) if late else random.uniform(0.02, 0.98))
    zone = policy.calendar_of(site).zone
    return Case(site, _local_minute(crowd.now - age, zone), kind, axes, ended, late)


def _local_minute(instant: datetime, zone: tzinfo) -> datetime:
    """Return the minute of an instant, with the fixed offset that the zone has then."""
    local = instant.astimezone(zone).replace(second=0, microsecond=0)
    return datetime.fromisoformat(local.isoformat())


def _promises(policy: Policy, axes: tuple[str, str]) -> tuple[timedelta, timedelta]:
    level = policy.priority(*axes) or policy.levels[-1]
    targets = [policy.target(level, clock) for clock in ("response", "solution")]
    response, solution = (target.duration if target else timedelta(days=30) for target in targets)
    return response, solution


class _StoryWriter:
    """Tells the story of one case; every draw comes from its own source of chance."""

    def __init__(self, case: Case, policy: Policy, now: datetime, random: Random) -> None:
        self.case, self.policy, self.now, self.random = case, policy, now, random
        self.writer, self.language = random.choice(tuple(_WRITERS[case.site].items()))
        self.response, self.solution = _promises(policy, case.axes)
        self.lead = policy.sites[case.site].lead
        self.device: Device = random.choice(phrases.DEVICES)
        self.fault: Fault = random.choice(self.device.faults)
        wanted = phrases.PROJECTS if case.kind == "project" else phrases.WISHES
        self.wish: Phrase = random.choice(wanted)
        self.remedy: Phrase = self.fault.remedy if case.kind == "quality" else random.choice(phrases.GRANTED)
        self.part = f"{self.device.part}-{random.randint(1000, 9999)}"

    def ticket(self, number: str) -> Ticket:
        steps = sorted(self._steps(), key=lambda step: step.at)
        if not self.case.ended:
            steps = [step for step in steps if step.at <= self.now and step.do not in _ENDED]
        return build_ticket(number, steps, self.policy)

    def translate(self, phrase: Phrase) -> str:
        return phrase.text_in(self.language)

    # --- the steps ----------------------------------------------------------------------------------------------

    def _steps(self) -> Iterator[Step]:
        yield Step(self.case.reported, self.writer, "report", self._first_values())
        slow = self.case.late and self.random.random() < 0.4
        answered = (
            self._draw_instant(self.response, 1.02, 1.9) if slow else self._draw_instant(self.response, 0.03, 0.9)
        )
        yield Step(answered, self.writer, "respond", details={"note": self.translate(phrases.ANSWER)})
        if self.case.ended and self.random.random() < 0.04:
            yield Step(answered + 3 * HOUR, self.writer, "withdraw", details={"reason": "duplicate"})
            return
        units = sorted({self.device.unit, self.policy.unit_of(self.writer, answered)})
        if self.case.ended or self.random.random() < 0.85:
            yield Step(answered + 5 * MINUTE, self.writer, "assign", {"owner": self.writer, "units": units})
        if self.case.axes == ("minor", "common") and self.random.random() < 0.06:
            raised = {"occurrence": "rare", "priority": self.policy.priority("minor", "rare")}
            yield Step(answered + 20 * MINUTE, self.writer, "classify", raised)
        if self.case.kind == "project":
            yield Step(answered + HOUR, self.writer, "edit", self._plan())
        yield from self._working_steps(answered + HOUR)

    def _working_steps(self, begun: datetime) -> Iterator[Step]:
        solved = self._solved_at(begun)
        length = solved - begun
        if self.random.random() < 0.3:
            yield Step(_cut_to_minute(begun + length * 0.2), self.writer, "note", details={"note": self._figure()})
        waited = self.random.random() < (0.2 if self.case.ended else 0.4)
        if waited:
            reason = self.random.choice(_WAITS)
            yield Step(_cut_to_minute(begun + length * 0.25), self.writer, "wait", details={"reason": reason})
            yield Step(_cut_to_minute(begun + length * (0.5 if self.case.ended else 0.9)), self.writer, "resume")
        yield Step(solved, self.writer, "solve", self._result())
        if self.random.random() < 0.03:
            yield Step(solved + 2 * HOUR, self.writer, "reopen", details={"reason": self.translate(phrases.AGAIN)})
            solved += 9 * HOUR
            yield Step(solved, self.writer, "solve", details={"note": self.translate(self.remedy)})
        yield from self._closing_steps(solved, waited=waited)

    def _closing_steps(self, solved: datetime, *, waited: bool) -> Iterator[Step]:
        rating = {"feedback.rating": self.random.randint(2, 5)} if self.random.random() < 0.6 else {}
        yield Step(solved + 20 * HOUR, self.lead, "confirm", rating)
        missed = self.case.late and not waited and self.case.kind != "project"
        if missed and self.random.random() < 0.2:
            details = {"clock": "solution", "reason": "force majeure", "note": self.translate(phrases.STORM)}
            yield Step(solved + 30 * HOUR, "huang.lei", "excuse", details=details)
        yield Step(solved + 44 * HOUR, self.lead, "archive")

    def _solved_at(self, begun: datetime) -> datetime:
        if not self.case.ended and (self.case.late or self.random.random() < 0.75):
            return self._draw_instant(self.solution, 1.5, 2.1)  # not yet
        if self.case.late:
            return self._draw_instant(self.solution, 1.02, 1.6)
        return max(self._draw_instant(self.solution, 0.15, 0.95), begun + HOUR)

    def _draw_instant(self, promised: timedelta, low: float, high: float) -> datetime:
        return _cut_to_minute(self.case.reported + promised * self.random.uniform(low, high))

    # --- what is written ----------------------------------------------------------------------------------------

    def _first_values(self) -> dict[str, Value]:
        impact, occurrence = self.case.axes
        return {
            "kind": self.case.kind,
            "title": self._title(),
            "priority": self.policy.priority(impact, occurrence),
            "impact": impact,
            "occurrence": occurrence,
            "requester.name": self.random.choice(_CUSTOMERS),
            "requester.unit": self.random.choice(_PLACES),
            **self._product(),
            "description": self._description(),
        }

    def _product(self) -> dict[str, Value]:
        if self.case.kind != "quality":
            return {"product.system": self.device.system}
        return {
            "product.system": self.device.system,
            "product.subsystem": self.translate(self.device.name),
            "product.part": self.part,
            "product.serial": f"{self.device.part[0]}{self.random.randint(100, 999)}",
            "tags": [self.device.name.en],
        }

    def _title(self) -> str:
        if self.case.kind == "quality":
            return self._join_title(
                f"{self.translate(self.device.name)} {self.part}", self.translate(self.fault.symptom)
            )
        return self._join_title(self.random.choice(_PLACES), self.translate(self.wish))

    def _join_title(self, what: str, detail: str) -> str:
        return f"{what}: {detail}" if self.language == "en" else f"{what}：{detail}"

    def _description(self) -> str:
        if self.case.kind == "quality":
            phrases_used = [self.random.choice(phrases.WHEN), self.fault.symptom, self.random.choice(phrases.EFFECT)]
        else:
            phrases_used = [self.wish, self.random.choice(phrases.NEEDS)]
        comma, full_stop = (", ", ".") if self.language == "en" else ("，", "。")
        first = comma.join(self.translate(phrase) for phrase in phrases_used) + full_stop
        return f"{first}\n{self._figure()}"

    def _figure(self) -> str:
        """Return a measured or counted figure, so that no two texts are the same."""
        if self.case.kind != "quality":
            return f"{self.translate(phrases.QUANTITY)} {self.random.randint(2, 240)}"
        value, unit = self.random.randint(3, 480), self.random.choice(("A", "°C", "kPa", "h", "MHz", "mm", "V"))
        return f"{self.part} {self.translate(phrases.MEASURED)} {value} {unit}"

    def _result(self) -> dict[str, Value]:
        values: dict[str, Value] = {
            "solution": f"{self.translate(self.remedy)}\n{self._figure()}",
            "lessons": self.translate(self.random.choice(phrases.LESSONS)),
        }
        if self.case.kind == "quality":
            values["cause"] = self.translate(self.fault.cause)
            values["decision"] = self.translate(phrases.DECIDED)
            if self.case.axes[0] == "major":  # the shipped policy asks for it before P1 and P2 are archived
                values |= {f"zeroing.{point}": True for point in ZEROING_KEYS}
        if self.random.random() < 0.7:
            values["resources"] = [self._resource()]
        return values

    def _resource(self) -> dict[str, Value]:
        hours, cost = self.random.randint(1, 40), self.random.randint(0, 240) * 5
        what = self.translate(self.remedy)
        money: dict[str, Value] = {}
        if cost:
            money = {"cost": Decimal(cost), "currency": "USD", "billable": self.random.random() < 0.5}
        return {"key": "r1", "kind": "people", "what": what, "hours": Decimal(hours), **money}

    def _plan(self) -> dict[str, Value]:
        day = partial(_format_day, self.case.reported)
        items: list[dict[str, Value]] = []
        start = 2
        for index, phrase in enumerate(phrases.PLAN, 1):
            length = self.random.randint(2, 9)
            after = {"after": [f"m{index - 1}"]} if index > 1 else {}
            over = self.case.ended or (day(start + length) < self.now.date().isoformat() and self.random.random() < 0.8)
            done = {"done": day(start + length)} if over else {}
            span = {"start": day(start), "due": day(start + length)}
            items.append(
                {"key": f"m{index}", "what": self.translate(phrase), "owner": self.writer, **span, **done, **after}
            )
            start += length
        return {"plan": items}


def _cut_to_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _format_day(from_: datetime, days: int) -> str:
    return (from_ + timedelta(days=days)).date().isoformat()
