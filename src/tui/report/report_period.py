"""The period that a report asks for next: month, quarter and year in turn, around one date. Uses no widget."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from fenji.model.periods import Period

_UNITS = "MQY"


class PeriodUnits:
    """Cycles from month to quarter to year and back to the month that it began with."""

    def __init__(self) -> None:
        self._given = ""  # the period returned last
        self._day: date | None = None  # the day around which all periods of a turn lie

    def next_after(self, period: Period, today: date) -> Period:
        """Return the period of the unit that follows that of `period`; a month if `period` is no such unit.

        It lies around the day at which the turn began: the last day of that period, or today if it still ran.
        """
        if self._day is None or period.query != self._given:
            self._day = today if period.holds(today) else period.last
        places = [n for n, unit in enumerate(_UNITS) if period.around(unit).query == period.query]
        unit = _UNITS[(places[-1] + 1) % len(_UNITS)] if places else _UNITS[0]
        following = replace(period, first=self._day, last=self._day).around(unit)
        self._given = following.query
        return following
