"""Positions among bounds: the same as to bisect for each instant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from hypothesis import given
from hypothesis import strategies as st

from fenji.model.appraisal.positions import find_positions

INSTANTS = st.integers(-(1 << 18), 1 << 18) | st.just(1 << 40)


@given(st.lists(INSTANTS), st.lists(INSTANTS).map(sorted))
def test_positions_are_what_bisecting_finds(instants: list[int], bounds: list[int]) -> None:
    for bisect in (bisect_left, bisect_right):
        near = [*instants, *(bound + shift for bound in bounds for shift in (-1, 0, 1))]
        assert list(find_positions(near, bounds, bisect)) == [bisect(bounds, instant) for instant in near]
