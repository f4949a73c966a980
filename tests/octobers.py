"""A desk with an October behind it: tickets met, missed and confirmed, for tests of what a later event changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desks import ENGINEER, LEAD, MANAGER, OTHER, RUST, TEXTS, Clock, make_desk, open_desk
from fenji.desk.figures import FigureDesk
from fenji.desk.report import Report, ReportRequest

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.appraisal.figures import FigureRow

MET, LATE, REOPENED = "KSA-2026-0001", "KSA-2026-0002", "KSA-2026-0003"


def at(text: str) -> datetime:
    """Return an instant of 2026 in UTC, given as `10-05 08:00`."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


class October:
    """A desk, its clock, and acts of named people at named instants."""

    def __init__(self, root: Path, *, clock: Clock | None = None) -> None:
        self.root, self.clock = root, clock or Clock(at("10-01 06:00"))

    def open(self, person: str) -> Desk:
        """Open the desk for a person."""
        return open_desk(self.root, person, clock=self.clock)

    def new(self, when: str, person: str = OTHER, **fields: Any) -> str:
        """Report a ticket; return its number."""
        self.clock.now = max(self.clock.now, at(when))
        with self.open(person) as desk:
            return desk.new({**RUST, "owner": ENGINEER, **fields}).id

    def act(self, number: str, do: str, when: str | datetime, person: str = ENGINEER, **details: Any) -> None:
        """Do one step at an instant, given as for `at` or as it is; if the clock is past it, the step is backdated."""
        instant = at(when) if isinstance(when, str) else when
        told = {"at": instant} if instant < self.clock.now else {}
        self.clock.now = max(self.clock.now, instant)
        with self.open(person) as desk:
            desk.act(number, do, **{"note": "ok", **told, **details})

    def report(self, period: str = "2026-10", person: str = LEAD, **asked: Any) -> Report:
        with self.open(person) as desk:
            return FigureDesk(desk).report(ReportRequest(period=period, **asked))

    def tell(self) -> None:
        """Tell the month: one ticket met, one answered late, one confirmed."""
        self.new("10-05 08:00")
        self.new("10-05 08:01")
        self.new("10-05 08:02")
        for number in (MET, REOPENED):
            self.act(number, "respond", "10-05 09:00")
        self.act(LATE, "respond", "10-07 09:00")
        for number in (MET, LATE, REOPENED):
            self.act(number, "solve", "10-08 09:00", fields=TEXTS)
            self.act(number, "confirm", "10-09 09:00", LEAD)


def make_october(folder: Path, *, until: str = "11-02 08:00") -> October:
    """Make a desk and tell its month; then set the clock to `until`."""
    month = October(make_desk(folder))
    month.tell()
    month.clock.now = at(until)
    return month


def total(report: Report) -> FigureRow:
    """Return the total of a report."""
    assert report.figures.appraisal
    return report.figures.appraisal.total


def counts(report: Report) -> dict[str, int]:
    """Return the counts of verdicts of a report's total that are not 0."""
    row = total(report).mapping()
    names = (f"{clock}_{answer}" for clock in ("responded", "solved") for answer in ("met", "missed", "excused"))
    return {name: int(str(row[name])) for name in names if row[name]}


__all__ = [
    "ENGINEER",
    "LATE",
    "LEAD",
    "MANAGER",
    "MET",
    "OTHER",
    "REOPENED",
    "October",
    "at",
    "counts",
    "make_october",
    "total",
]
