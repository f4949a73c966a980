"""The clock of one item of a project's plan at an instant, and what a confirmation stores of it. Pure values."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.ticket import PLAN_PREFIX

if TYPE_CHECKING:
    from fenji.model.sla.charges import Answerer, ChargedTo
    from fenji.model.sla.signs import Sign
    from fenji.model.ticket import Event, Value
    from fenji.model.values import JsonValue


PLANNED, MOVED, WAITED, DONE, OPENED = "planned", "moved", "waited", "done", "opened"  # kinds of ItemStep


class ItemStep(Struct, frozen=True):
    """One change of an item: what happened, when, and by which person (`""`: by a wait).

    `due` is the due date from then on, `former` the one before, `open_dates` the number of the site's open dates
    between them; `done` is the date on which the item was done.
    """

    what: str
    at: datetime
    by: str = ""
    due: date | None = None
    former: date | None = None
    open_dates: int = 0
    done: date | None = None

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        due, former, done = (day.isoformat() if day else None for day in (self.due, self.former, self.done))
        dates = {"due": due, "from": former, "open_dates": self.open_dates, "done": done}
        return {"what": self.what, "at": self.at.isoformat(), "by": self.by or None, **dates}


class DueMove(Struct, frozen=True):
    """A due date moved before it had passed: by whom, when, from which date to which, and by how much."""

    by: str
    at: datetime
    former: date
    due: date
    open_dates: int  # of the site, negative for an earlier due

    @property
    def days(self) -> int:
        return (self.due - self.former).days

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form."""
        dates = {"from": self.former.isoformat(), "to": self.due.isoformat()}
        return {"by": self.by, "at": self.at.isoformat(), **dates, "days": self.days, "open_dates": self.open_dates}


class ItemClock(Struct, frozen=True):
    """One item of a plan as a clock, at an instant; lengths in seconds of the site's working time.

    `state` is running, at_risk, held, breached, met, missed or none, as for the other clocks. `due` is the date by
    which the item is judged, including the dates that waits added, `due_at` the end of that date; `steps` show how it
    came about. `late_dates` counts the site's open dates after the due, `late_days` all days.
    """

    key: str
    state: str
    due: date | None = None
    due_at: datetime | None = None
    done: date | None = None
    met: bool | None = None
    counts: bool = False
    target_s: int | None = None
    used_s: int = 0
    left_s: int | None = None
    late_s: int = 0
    late_elapsed_s: int = 0
    late_dates: int = 0
    late_days: int = 0
    next_change: datetime | None = None
    day_s: int = 86_400
    moves: tuple[DueMove, ...] = ()
    steps: tuple[ItemStep, ...] = ()
    charged_to: ChargedTo | None = None
    answerer: Answerer | None = None
    excuse: Event | None = None
    signs: tuple[Sign, ...] = ()
    stopped: datetime | None = None  # instant of the event that reported it as done
    ended: datetime | None = None  # end of the date on which it was done, or the withdrawal; None while it runs

    @property
    def name(self) -> str:
        """The name of the clock: `plan.KEY`."""
        return f"{PLAN_PREFIX}{self.key}"

    @property
    def over(self) -> bool:
        """Whether nothing runs any more."""
        return self.ended is not None

    @property
    def decided_on(self) -> date | None:
        """The date on which the verdict counts: when a met item was done, the due of a missed one; None while open."""
        return None if self.met is None else self.done if self.met else self.due

    def mapping(self) -> dict[str, JsonValue]:
        """Return the JSON form (format 6), with dates in addition to the seconds."""
        excuse = self.excuse
        return {
            "target_s": self.target_s,
            "due": self.due_at.isoformat() if self.due_at and self.state != "held" else None,
            "done": self.done.isoformat() if self.done else None,
            "used_s": self.used_s,
            "left_s": self.left_s,
            "late_s": self.late_s,
            "late_elapsed_s": self.late_elapsed_s,
            "state": self.state,
            "met": self.met,
            "counts": self.counts,
            "excuse": {"reason": excuse.reason, "note": excuse.note, "by": excuse.by, "at": excuse.at.isoformat()}
            if excuse
            else None,
            "correction": None,
            "signs": [sign.name for sign in self.signs],
            "charged_to": self.charged_to.mapping() if self.charged_to else None,
            "due_date": self.due.isoformat() if self.due else None,
            "late_open_dates": self.late_dates,
            "late_days": self.late_days,
            "moved": [move.mapping() for move in self.moves],
        }


def freeze_item(item: ItemClock) -> dict[str, Value]:
    """Return what a confirmation stores of one item; empty for an item that promises nothing."""
    if item.state == "none":
        return {}
    frozen: dict[str, Value] = {"due": item.due.isoformat() if item.due else None}
    frozen |= {"done": item.done.isoformat() if item.done else None, "met": item.met}
    frozen |= {"excused": True if item.excuse else None}
    frozen |= {"charged_to": item.charged_to.frozen() if item.charged_to else None}
    return {key: value for key, value in frozen.items() if value is not None}
