"""What a filter lets through: the limits of its values, and the words that mean something besides themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fenji.errors import InvalidUsage
from fenji.model.appraisal.narrow import select
from fenji.model.board import Row
from fenji.model.filters import complete_filter, parse_filter, quote
from fenji.model.sla import ClockReading, Reading
from fenji.text import fold
from figure_facts import facts_of, make_verdict
from handbooks import build_index, make_page
from samples import START, reported_ticket

if TYPE_CHECKING:
    from fenji.model.ticket import Value
    from fenji.search import SearchIndex

HOUR_S = 3600


def make_row(fields: Mapping[str, Value] | None = None, *, left_s: int = 8 * HOUR_S) -> Row:
    ticket = reported_ticket().with_fields(fields or {})
    state = "running" if left_s >= 0 else "breached"
    clock = ClockReading("P4", state, due=START, left_s=max(left_s, 0), late_s=max(-left_s, 0))
    return Row(ticket, Reading(ticket.id, START, clock, clock), "")


def passes(text: str, row: Row, *, me: str = "") -> bool:
    return parse_filter(text, me=me, fold=fold).matches(row)


# --- time left ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("left:<4h", [True, False, False]),
        ("left:<=4h", [True, True, False]),
        ("left:>4h", [False, False, True]),
        ("left:>=4h", [False, True, True]),
        ("left:<3h60m", [True, False, False]),
        ("-left:<=4h", [False, False, True]),
    ],
)
def test_exactly_so_much_left_is_neither_less_nor_more_and_counts_where_equal_is_said(
    text: str, wanted: list[bool]
) -> None:
    assert [passes(text, make_row(left_s=4 * HOUR_S + seconds)) for seconds in (-1, 0, 1)] == wanted


def test_what_is_late_has_less_than_nothing_left() -> None:
    rows = [make_row(left_s=left_s) for left_s in (-2 * HOUR_S, -HOUR_S, 0)]
    assert [passes("left:<-1h", row) for row in rows] == [True, False, False]
    assert [passes("left:<=-1h", row) for row in rows] == [True, True, False]
    assert [passes("left:<0h", row) for row in rows] == [True, True, False]


def test_what_has_no_promise_has_no_time_left() -> None:
    ticket = reported_ticket()
    row = Row(ticket, Reading(ticket.id, START, ClockReading("P4", "none"), ClockReading("P4", "none")), "")
    assert [passes(f"left:{sign}4h", row) for sign in ("<", "<=", ">", ">=")] == [False] * 4


# --- is: --------------------------------------------------------------------------------------------------------


def test_of_several_words_behind_is_any_will_do() -> None:
    late = make_row({"owner": "li.wei"}, left_s=-HOUR_S)
    wanted = {"is:late": True, "is:unowned": False, "is:unowned,open": True, "is:unowned,closed": False}
    assert {text: passes(text, late) for text in wanted} == wanted


def test_a_verdict_that_is_not_to_be_leaves_out_the_tickets_that_have_it() -> None:
    facts = facts_of(make_verdict(1, "met"), make_verdict(2, "missed"), tickets=4)
    for text, wanted in (("solution.is:met", {"u1"}), ("-solution.is:met", {"u0", "u2", "u3"})):
        row_filter = parse_filter(text, fold=fold)
        assert {fact.uid for fact, _ in select(facts, row_filter)} == wanted, text


# --- phrases ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "phrase", "words"),
    [
        ("轉台 卡滯", True, True),
        ("转台 卡滞", True, True),
        ("卡滯 轉台", False, True),
        ("轉台 很 卡", False, True),
        ("轉台  卡滯", False, True),
        ("轉台", False, False),
    ],
)
def test_a_phrase_stands_as_it_is_quoted_and_words_stand_anywhere(title: str, *, phrase: bool, words: bool) -> None:
    row = make_row({"title": title})
    assert passes('"轉台 卡"', row) == passes('"轉台 卡', row) == phrase
    assert passes('-"轉台 卡"', row) != phrase
    assert passes("轉台 卡", row) == words


def test_a_quoted_value_may_hold_blanks() -> None:
    rows = [make_row({"product.system": system}) for system in ("gear box", "gear", "box gear")]
    assert [passes('system:"gear box"', row) for row in rows] == [True, False, False]


@pytest.mark.parametrize("system", ['12" dish', '"', '""', 'say "hi"', '=X("y")', "tab\there"])
def test_a_quote_within_quotes_stands_twice(system: str) -> None:
    word = f"system:{quote(system)}"
    assert passes(word, make_row({"product.system": system}))
    assert not passes(word, make_row({"product.system": "dish"}))
    assert passes(f"{word} kind:quality", make_row({"product.system": system, "kind": "quality"}))


# --- me -----------------------------------------------------------------------------------------------------------


def test_me_is_the_person_where_a_person_is_asked_for() -> None:
    mine, others = make_row({"owner": "li.wei"}), make_row({"owner": "wang.fang"})
    assert [passes("owner:me", row, me="li.wei") for row in (mine, others)] == [True, False]
    assert [passes("owner:zhao.min,me", row, me="li.wei") for row in (mine, others)] == [True, False]
    assert [passes("-owner:me", row, me="li.wei") for row in (mine, others)] == [False, True]


def test_me_is_a_word_like_any_other_elsewhere() -> None:
    word: dict[str, Value] = {"tags": ["me"], "units": ["me"], "product.system": "me"}
    person: dict[str, Value] = {"tags": ["li.wei"], "units": ["li.wei"], "product.system": "li.wei"}
    for key in ("tag", "unit", "system"):
        assert [passes(f"{key}:me", make_row(fields), me="li.wei") for fields in (word, person)] == [True, False], key


def test_me_is_a_word_like_any_other_elsewhere_in_a_search_too(tmp_path: Path) -> None:
    pages = [make_page(1, "First", tags=("me",), owner="li.wei"), make_page(2, "Second", tags=("li.wei",), owner="me")]
    with build_index(tmp_path, *pages) as book:
        assert [hit.title for hit in book.search("tag:me", me="li.wei").hits] == ["First"]
        assert [hit.title for hit in book.search("owner:me", me="li.wei").hits] == ["First"]


# --- the order of equal hits --------------------------------------------------------------------------------------

QUERIES = ("rust", "rust found", "«rust found» here rust", "site:KSA", '"rust found"')


def found_numbers(book: SearchIndex, text: str, *, limit: int = 100) -> list[int]:
    return [int(hit.id.rpartition("-")[2]) for hit in book.search(text, limit=limit).hits]


@pytest.mark.parametrize("query", QUERIES)
def test_of_equal_hits_the_later_page_comes_first(tmp_path: Path, query: str) -> None:
    with build_index(tmp_path, *(make_page(number, "Rust found") for number in range(1, 13))) as book:
        assert found_numbers(book, query) == list(range(12, 0, -1))
        assert found_numbers(book, query, limit=5) == list(range(12, 7, -1))


@pytest.mark.parametrize("query", QUERIES)
def test_equal_hits_keep_their_order_over_the_parts_of_an_index(tmp_path: Path, query: str) -> None:
    with build_index(tmp_path, make_page(1, "Rust found"), make_page(2, "Rust found")) as book:
        for number in range(3, 9):  # each a segment of its own, under a name that is drawn
            assert book.update([make_page(number, "Rust found")])
        assert found_numbers(book, query) == list(range(8, 0, -1))
        assert book.compact()
        assert found_numbers(book, query) == list(range(8, 0, -1))


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("id:KSA-2026-0042", True),
        ("id:ksa-2026-0042,HQ-2026-0001", True),
        ("id:KSA-2026-00420", False),
        ("id:SA-2026-0042", False),
        ("id:0042", True),
        ("id:-2026-", True),
    ],
)
def test_a_whole_number_is_that_ticket_alone(query: str, *, fits: bool) -> None:
    assert parse_filter(query).matches(make_row({"id": "KSA-2026-0042"})) is fits


def test_a_completion_keeps_what_stands_in_front_of_the_last_value() -> None:
    values = {"owner": ["me", "li.wei", "wang.fang"]}
    assert complete_filter("p:1 -owner:me,w", values) == ["p:1 -owner:me,wang.fang"]
    assert complete_filter("-own", values) == ["-owner:"]
    assert complete_filter('system:"gear box" own', values) == ['system:"gear box" owner:']
    assert complete_filter("p:1 ", values) == []


@pytest.mark.parametrize("typed", ["unit:", "unit:field", 'unit:"field s', 'p:1 unit:HQ,"field s'])
def test_a_completed_value_with_blanks_or_commas_is_asked_for_as_it_stands(typed: str) -> None:
    for unit in ("field service", "field s, north", 'field s "x"'):
        [completed] = complete_filter(typed, {"unit": [unit]})
        assert completed.startswith(typed[: typed.rindex(":")])
        assert passes(completed, make_row({"units": [unit], "priority": "P1"}))
        assert not passes(completed, make_row({"units": ["field"], "priority": "P1"}))


# --- several values -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        *((f"p:{value}", True) for value in ("2", "1,2", "P1,p2", "4,1..2")),
        *((f"p:{value}", False) for value in ("1", "1,3", "3..4,1")),
        *((f"year:{value}", True) for value in ("2026", "2025,2026", "2024..2026", "2020,2025..2030")),
        *((f"year:{value}", False) for value in ("2025", "2024,2025", "2027..2030")),
        *((text, True) for text in ("left:<1h,>2h", "is:late,open", 'system:radar,"gear box, left"', "-year:2025")),
        *((text, False) for text in ("left:<1h,>9h", "is:late,held", 'system:"radar,gear box"', "-year:2025,2026")),
    ],
)
def test_every_key_takes_several_values(text: str, *, fits: bool) -> None:
    row = make_row({"id": "KSA-2026-0042", "priority": "P2", "product.system": "gear box, left"}, left_s=3 * HOUR_S)
    assert passes(text, row) is fits


@pytest.mark.parametrize("text", ["year:26", "year:x", "year:2025..", "p:1,x", "left:<4h,x", "is:late,x"])
def test_a_value_of_another_kind_is_refused_also_among_others(text: str) -> None:
    with pytest.raises(InvalidUsage):
        parse_filter(text)


def test_a_value_with_commas_is_asked_for_in_quotes_and_a_comma_outside_separates() -> None:
    rows = [make_row({"requester.unit": unit}) for unit in ("Radar, north", "Radar", "north")]
    assert [passes('customer:"Radar, north"', row) for row in rows] == [True, False, False]
    assert [passes("customer:Radar,north", row) for row in rows] == [True, True, True]
    unit_filter = parse_filter('unit:"A, B",C', fold=fold)
    assert unit_filter.values == (("unit", ("a, b", "c")),)
    assert [unit_filter.matches(make_row({"units": [unit]})) for unit in ("A, B", "C", "A")] == [True, True, False]


@pytest.mark.parametrize("typed", ["xj4411", "XJ-4411", "xj 4411", "XJ_4411", "4411"])
def test_dashes_blanks_and_case_do_not_count_in_a_part_or_serial_number(typed: str) -> None:
    for key, path in (("part", "product.part"), ("serial", "product.serial")):
        numbers = ("XJ-4411", "xj 4411", "XJ-4412")
        found = [passes(f"{key}:{quote(typed)}", make_row({path: number})) for number in numbers]
        assert found == [True, True, False], key


def test_a_value_with_commas_is_found_in_quotes_by_a_search_too(tmp_path: Path) -> None:
    pages = [make_page(1, "First", customer="Radar, north"), make_page(2, "Second", customer="north")]
    with build_index(tmp_path, *pages) as book:
        assert [hit.title for hit in book.search('customer:"Radar, north"').hits] == ["First"]
        assert {hit.title for hit in book.search("customer:Radar,north").hits} == {"First", "Second"}
