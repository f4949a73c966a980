"""The figures of a desk counted without fenji: YAML read as text, verdicts by plain arithmetic, counts by SQL.

Shares nothing with fenji. Right for desks whose promises all run round the clock, whose tickets keep their kind while a
clock runs, and whose policy has one version; the tests make sure of that for the desks that they use.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

UNITS_OF_TIME = {"m": 60, "h": 3600, "d": 86400}
Document = Mapping[str, Any]


def load(path: Path) -> Any:
    """Load a file with every scalar as text."""
    return yaml.load(path.read_text("utf-8"), yaml.BaseLoader)


def seconds(text: str) -> int:
    """Whole seconds since 1970 of an instant."""
    return int(datetime.fromisoformat(text).timestamp())


@dataclass
class Rules:
    """The rules of a policy that count here: promises in seconds, people's units, leads, and reasons that hold."""

    policy: Document
    levels: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.levels = list(self.policy["priorities"])

    def promise(self, clock: str, level: str, kind: str) -> int | None:
        text = self.policy.get("kinds", {}).get(kind, {}).get(clock) or self.policy["priorities"][level][clock]
        return None if text == "none" else int(text[:-1]) * UNITS_OF_TIME[text[-1]]

    def unit_of(self, person: str, at: int) -> str:
        unit = self.policy["people"].get(person, {}).get("unit") or ""
        if isinstance(unit, str):
            return unit
        day = datetime.fromtimestamp(at, UTC).date()
        begun = [name for since, name in sorted(unit.items()) if date.fromisoformat(since) <= day]
        return str(begun[-1] if begun else sorted(unit.items())[0][1])

    def lead(self, site: str) -> str:
        return str(self.policy["sites"][site].get("lead") or "")

    def holds(self, reason: str) -> bool:
        return "solution" in (self.policy["waiting"].get(reason) or [])


@dataclass
class Stopwatch:
    """One clock of a ticket: the seconds that each level has left, and the result."""

    name: str
    rules: Rules
    mode: str = "running"
    left: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)  # level → when nothing was left
    held_levels: set[str] = field(default_factory=set)
    miss: int | None = None
    decided: int = 0
    stop: Holding | None = None
    promised: bool = False  # at its stop

    def run(self, start: int, end: int, level: str, kind: str) -> None:
        """Let time go by at one level."""
        place = self.rules.levels.index(level)
        for name in self.rules.levels[place:]:
            target = self.rules.promise(self.name, name, kind)
            if target is not None:
                self.left.setdefault(name, target)
        self.held_levels.add(level)
        if self.mode != "running":
            return
        for name, left in self.left.items():
            if name not in self.gone and start + left < end:
                self.gone[name] = start + left
            self.left[name] = max(left - (end - start), 0)
        none = self.rules.promise(self.name, level, kind) is None
        in_force = [name for name in self.rules.levels[place:] if name in self.held_levels and name in self.gone]
        if in_force and not none and self.miss is None:
            self.miss = min(self.gone[name] for name in in_force)
            self.decided = max(self.miss, start) if self.miss < start else self.miss


Holding = tuple[int, str, list[str], str]  # since when, owner, units, level
_STATES = {
    "solve": "solved",
    "confirm": "confirmed",
    "archive": "archived",
    "withdraw": "withdrawn",
    "reopen": "working",
}


@dataclass
class Story:
    """One ticket, told event by event."""

    ticket: Document
    rules: Rules
    clocks: dict[str, Stopwatch] = field(init=False)
    history: list[Holding] = field(default_factory=list)
    excuses: list[tuple[int, str, str]] = field(default_factory=list)
    state: str = ""
    kind: str = ""
    reason: str = ""
    confirmed: int = 0
    reopened: tuple[int, Holding | None] = (0, None)
    course: list[tuple[Holding, int, str]] = field(default_factory=list)  # from, until, running waiting solved or ""

    def __post_init__(self) -> None:
        self.clocks = {name: Stopwatch(name, self.rules) for name in ("response", "solution")}

    def tell(self, now: int) -> Iterator[tuple[Any, ...]]:
        """Yield (uid, clock, answer, at, person, unit, level, kind, site) of each decided clock."""
        log = sorted(self.ticket["log"], key=lambda event: (seconds(event["at"]), int(event["n"])))
        log = [event for event in log if seconds(event["at"]) <= now]
        for event, until in zip(log, [*(seconds(event["at"]) for event in log[1:]), now], strict=True):
            at = seconds(event["at"])
            self.hold(event, at)
            self.stop(event, at)
            self.wait(event)
            self.state = _STATES.get(event["do"], self.state)
            self.course.append((self.history[-1], until, self.course_state()))
            for clock in self.clocks.values():
                self.run(clock, at, until)
        yield from filter(None, map(self.result, self.clocks.values()))

    def course_state(self) -> str:
        if self.state in ("", "working", "solved"):
            return "solved" if self.state == "solved" else "waiting" if self.reason else "running"
        return ""

    def hold(self, event: Document, at: int) -> None:
        stated = event.get("set") or {}
        _, owner, units, level = self.history[-1] if self.history else (0, "", [], self.rules.levels[-1])
        self.kind = stated.get("kind", self.kind)
        units = stated.get("units", units) or []
        self.history.append((at, stated.get("owner", owner) or "", units, stated.get("priority", level)))
        if event["do"] == "excuse":
            self.excuses.append((at, event["clock"], event["by"]))

    def stop(self, event: Document, at: int) -> None:
        response, solution, do = self.clocks["response"], self.clocks["solution"], event["do"]
        if do in ("respond", "solve"):
            response.stop = response.stop or self.history[-1]
        if do == "solve" and self.state not in ("solved", "confirmed", "archived"):
            again = self.reopened[1] if self.reopened[0] == at else None
            solution.stop = again or self.history[-1]
        if do == "reopen":
            self.reopened, solution.stop, self.confirmed = (at, solution.stop), None, 0
        if do == "confirm":
            self.confirmed = self.confirmed or at

    def wait(self, event: Document) -> None:
        do = event["do"]
        if do == "wait":
            self.reason = event["reason"]
        elif do in ("resume", *_STATES) or (do == "note" and event.get("from") == "requester"):
            self.reason = ""

    def run(self, clock: Stopwatch, start: int, end: int) -> None:
        held = clock.name == "solution" and bool(self.reason) and self.rules.holds(self.reason)
        clock.mode = "held" if held else "running"
        level = self.history[-1][3]
        if clock.stop:
            clock.mode = "stopped"
            clock.promised = clock.promised or self.rules.promise(clock.name, level, self.kind) is not None
        if self.state == "withdrawn":
            clock.mode = "off"
        clock.run(start, end, level, self.kind)

    def result(self, clock: Stopwatch) -> tuple[Any, ...] | None:
        site = self.ticket["site"]
        if clock.miss is not None:
            holder = next((entry for entry in reversed(self.history) if entry[0] < clock.miss), self.history[0])
            level = next(entry[3] for entry in reversed(self.history) if entry[0] <= clock.miss)
            answer, at, instant = self.answer_of_miss(clock, holder[1]), clock.decided, clock.miss - 1
        elif clock.stop and clock.promised and (clock.name == "response" or self.confirmed):
            holder, level, answer, instant = clock.stop, clock.stop[3], "met", clock.stop[0]
            at = instant if clock.name == "response" else self.confirmed
        else:
            return None
        _, who, units, _ = holder
        unit = self.rules.unit_of(who, instant) or (units[0] if units else "")
        unit = unit or self.rules.unit_of(self.rules.lead(site), instant)
        uid = self.ticket["uid"]
        return uid, clock.name, answer, at, who or f"queue:{site}", unit, level, self.kind, site

    def answer_of_miss(self, clock: Stopwatch, who: str) -> str:
        barred, miss = who or self.rules.lead(self.ticket["site"]), clock.miss or 0
        found = any(at > miss and name == clock.name and by != barred for at, name, by in self.excuses)
        return "excused" if found else "missed"


def lines(ticket: Document) -> Iterator[tuple[Any, ...]]:
    """Yield (on, who, unit, minutes, cents, currency, billable) of each line of resources."""
    for line in ticket.get("resources") or []:
        minutes, cents = (round(float(line.get(key) or 0) * scale) for key, scale in (("hours", 60), ("cost", 100)))
        yield (
            line.get("on") or "",
            line.get("who") or "",
            line.get("unit") or "",
            minutes,
            cents,
            line.get("currency") or "",
            line.get("billable") or "",
        )


def fill_database(root: Path, now: datetime) -> sqlite3.Connection:
    """Return a database in memory with the verdicts and lines of a desk's tickets."""
    rules = Rules(load(root / "policy.yaml"))
    database = sqlite3.connect(":memory:")
    names = "uid, clock, answer, at, person, unit, priority, kind, site"
    database.execute(f"CREATE TABLE verdicts ({names})")
    database.execute("CREATE TABLE lines (day, person, unit, minutes, cents, currency, billable)")
    for path in sorted((root / "tickets").rglob("*.yaml")):
        ticket = load(path)
        found = list(Story(ticket, rules).tell(int(now.timestamp())))
        database.executemany("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", found)
        database.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)", lines(ticket))
    return database


def month_span(month: str) -> tuple[int, int]:
    """Return the first second of a month in UTC, and the first second after it."""
    first = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    after = (first + timedelta(days=32)).replace(day=1)
    return int(first.timestamp()), int(after.timestamp())
