"""Bars, sparklines and rates drawn in cells."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenji.model.periods import Period, parse_period
from fenji.text.bars import ASCII, NEUTRAL, BarSigns, draw_bar, draw_rate, draw_spark

SHARES = st.floats(0, 1)
TODAY = date(2026, 11, 29)


@given(rate=SHARES, ends=st.tuples(SHARES, SHARES), expected=SHARES | st.none(), cells=st.integers(2, 60))
@pytest.mark.parametrize("signs", [ASCII, NEUTRAL])
def test_a_rate_takes_its_cells_and_always_shows(
    signs: BarSigns, rate: float, ends: tuple[float, float], expected: float | None, cells: int
) -> None:
    line = draw_rate(rate, signs, cells=cells, interval=(min(ends), max(ends)), expected=expected)
    assert len(line) == cells
    assert line.count(signs.rate) == 1


def test_a_rate_stands_between_the_ends_of_its_interval() -> None:
    assert draw_rate(0.9, ASCII, cells=21, interval=(0.8, 0.95), expected=1.0) == "................##o#|"
    assert draw_rate(1.0, ASCII, cells=5) == "....o"


@given(share=SHARES, cells=st.integers(1, 40))
@pytest.mark.parametrize("signs", [ASCII, NEUTRAL])
def test_only_nothing_is_drawn_as_nothing(signs: BarSigns, share: float, cells: int) -> None:
    bar = draw_bar(share, signs, cells=cells)
    assert len(bar) <= cells
    assert bool(bar) == (share > 0)


def test_a_spark_goes_from_the_least_to_the_greatest() -> None:
    assert draw_spark([0, 4, None, 8], ASCII) == "15 9"
    assert draw_spark([3, 3], NEUTRAL) == "⣤"
    assert draw_spark([None], ASCII) == ""


def test_ascii_is_ascii_and_no_sign_is_wide() -> None:
    for name in ("track", "interval", "rate", "expected", "eighths", "levels"):
        assert getattr(ASCII, name).isascii()
        assert not {unicodedata.east_asian_width(sign) for sign in getattr(NEUTRAL, name)} & {"W", "F", "A"}


# --- periods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("2026-11", "2026-10", "2026-12"),
        ("2026-Q4", "2026-Q3", "2027-Q1"),
        ("2026", "2025", "2027"),
        ("2026-02..2026-05", "2025-10..2026-01", "2026-06..2026-09"),
        ("2026-11-03..2026-11-09", "2026-10-27..2026-11-02", "2026-11-10..2026-11-16"),
    ],
)
def test_the_period_before_and_after_are_as_long(text: str, before: str, after: str) -> None:
    period = parse_period(text, today=TODAY, zone=UTC)
    assert (period.shifted(-1).query, period.query, period.shifted(1).query) == (before, text, after)


@given(
    first=st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    days=st.integers(0, 1000),
    steps=st.integers(-3000, 3000),
)
def test_a_period_moved_still_says_itself(first: date, days: int, steps: int) -> None:
    last = min(date.fromordinal(first.toordinal() + days), date(2199, 12, 31))
    moved = Period(first, last, UTC, "").shifted(steps)
    again = parse_period(moved.query, today=TODAY, zone=UTC)
    assert (again.first, again.last) == (moved.first, moved.last)


def test_a_period_widens_to_the_month_quarter_and_year_of_its_end() -> None:
    period = parse_period("2026-07-20..2026-08-03", today=TODAY, zone=UTC)
    assert [period.around(unit).query for unit in "MQY"] == ["2026-08", "2026-Q3", "2026"]
