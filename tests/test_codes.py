"""Codes of rows, beside the same counted row by row: a few codes as bytes, many as numbers of words."""

from __future__ import annotations

from array import array
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fenji.model.appraisal.codes import (
    Codes,
    Places,
    Ranks,
    both,
    choose,
    encode,
    join,
    mark,
    spread,
    tally,
    unmark,
)

# Columns of few words with low numbers, of few with high ones, and of more words than a byte tells apart.
columns = st.one_of(
    st.lists(st.integers(0, 5), max_size=30),
    st.lists(st.sampled_from([3, 300_000, 70_000]), max_size=30),
    st.integers(0, 40).map(lambda more: [*range(1000, 1300), *range(1000, 1000 + more)]),
)


def keys_of(codes: Codes) -> list[tuple[int, ...]]:
    return [codes.keys[code] for code in codes.numbers]


@given(columns)
def test_codes_stand_for_the_numbers_of_a_column(column: list[int]) -> None:
    codes = encode(array("I", column))
    assert keys_of(codes) == [(number,) for number in column]
    assert keys_of(codes.renamed([(number // 2,) for (number,) in codes.keys])) == [(n // 2,) for n in column]
    assert codes.by_key(tally(codes.numbers)) == Counter((number,) for number in column)


@given(columns, st.sets(st.integers(0, 1100)))
def test_marks_tell_which_rows_are_among_some(column: list[int], wanted: set[int]) -> None:
    marks = mark(array("I", column), wanted)
    assert list(marks) == [number in wanted for number in column]
    assert both(marks, unmark(marks)) == bytes(len(column))
    codes = encode(array("I", column))
    assert [codes.keys[code] for code in choose(codes.numbers, marks)] == [(n,) for n in column if n in wanted]


@given(columns, st.data())
def test_rows_that_go_by_two_things_have_the_keys_of_both(column: list[int], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.integers(0, 9), min_size=len(column), max_size=len(column)))
    codes = join([encode(array("I", values)) for values in (column, other)], len(column))
    assert keys_of(codes) == list(zip(column, other, strict=True))
    assert len(set(codes.keys)) == len(codes.keys)


def test_rows_that_go_by_nothing_are_alike() -> None:
    assert keys_of(join([], 3)) == [(), (), ()]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=300))
def test_rows_of_one_key_behind_the_other(counts: list[int]) -> None:
    codes = spread(counts, [(number,) for number in range(len(counts))])
    assert keys_of(codes) == [(number,) for number, count in enumerate(counts) for _ in range(count)]


@given(columns, st.data())
def test_places_pick_in_their_order(column: list[int], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(column) - 1), max_size=5)) if column else []
    codes = encode(array("I", column))
    picked = Codes(Places(places).pick(codes.numbers), codes.keys)
    assert keys_of(picked) == [(column[place],) for place in places]
    assert type(picked.numbers) is type(codes.numbers)


@given(columns)
def test_ranks_find_each_place_of_each_code(column: list[int]) -> None:
    codes = encode(array("I", column))
    ranks = Ranks(codes.numbers)
    for code, count in ranks.counts.items():
        places = [place for place, number in enumerate(codes.numbers) if number == code]
        assert [ranks.find(code, rank) for rank in range(count)] == places
        for place in (0, len(column) // 2, len(column)):
            assert ranks.count_before(code, place) == sum(found < place for found in places)
