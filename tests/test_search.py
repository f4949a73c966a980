"""What people type, and what the handbook finds for it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fenji.model import ticket as tickets
from fenji.search import SearchIndex, build_page
from fenji.storage import yaml_codec
from fenji.text import fold
from handbooks import PAGES, RUST, build_index, make_page


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    with build_index(tmp_path_factory.mktemp("desk") / "index") as index:
        yield index


def search_titles(book: SearchIndex, text: str, **more: Any) -> list[str]:
    return [hit.title for hit in book.search(text, **more).hits]


@pytest.mark.parametrize(
    "typed", ["生锈", "生鏽", "生銹", "rust", "Rusted", "備件 生鏽", "锈", "鏽", "ＲＵＳＴ", "真空包装"]
)
def test_the_rust_page_comes_first_however_it_is_typed(book: SearchIndex, typed: str) -> None:
    assert search_titles(book, typed)[0] == "備件生鏽"


@pytest.mark.parametrize("typed", ["XJ-4411", "xj4411", "XJ 4411", "KSA-2026-0042", "ksa20260042"])
def test_a_number_puts_its_own_ticket_first_and_those_that_mention_it_after(book: SearchIndex, typed: str) -> None:
    assert search_titles(book, typed)[0] == "備件生鏽"


@pytest.mark.parametrize(
    "typed", ["42", "0042", "00042", "2026-0042", "2026-42", "KSA-2026-0042", "ksa-2026-42", "４２"]
)
def test_a_number_is_looked_up_among_many_tickets_that_speak_of_it(tmp_path: Path, typed: str) -> None:
    noise = "42 42 42, KSA-2026-0042 2026-0042 0042 00042 2026-42 ksa-2026-42"
    pages = [make_page(number, noise, noise, formerly="KSA-2026-0042") for number in range(100, 200)]
    long_page = make_page(42, "Pump", "leaks " * 1000)
    with build_index(
        tmp_path, long_page, *pages, make_page(421), make_page(43, id="HQ-2025-0042-7X", site="HQ")
    ) as index:
        for typing in (False, True):
            hits = [hit.id for hit in index.search(typed, typing=typing).hits]
            assert "KSA-2026-0042" in hits[: 2 if typed.lstrip("0") in ("42", "４２") else 1]
        assert index.search(f"{typed} site:KSA").hits[0].id == "KSA-2026-0042"


def test_the_part_of_a_number_finds_it(book: SearchIndex) -> None:
    assert set(search_titles(book, "4411")) == {"備件生鏽", "水泵更换"}
    assert search_titles(book, "P-101A") == ["转台卡滞"]
    assert set(search_titles(book, "3.5kW")) == {"转台卡滞"}


def test_words_of_either_side_find_the_other(book: SearchIndex) -> None:
    assert search_titles(book, "软件升级")[0] == "軟體升級"
    assert search_titles(book, "网络") == ["軟體升級"]


def test_a_single_character_finds_the_words_it_stands_in(book: SearchIndex) -> None:
    assert search_titles(book, "泵")[0] == "水泵更换"
    assert set(search_titles(book, "软")) == {"軟體升級"}
    assert search_titles(book, "上") == []


def test_english_is_found_by_its_stem(book: SearchIndex) -> None:
    assert search_titles(book, "leaking pumps") == ["Pump leaks oil"]
    assert search_titles(book, "battery") == ["Battery does not charge"]


def test_a_misspelt_word_is_read_as_the_one_that_stands_there(book: SearchIndex) -> None:
    hits = book.search("hydralic")
    assert [hit.title for hit in hits.hits] == ["Pump leaks oil"]
    assert hits.meant == {"hydralic": "hydraulic"}
    assert search_titles(book, "rsut") == []  # too short to guess


def test_a_phrase_must_stand_as_typed_whatever_the_script(book: SearchIndex) -> None:
    assert search_titles(book, '"备件表面生锈"') == ["備件生鏽"]
    assert search_titles(book, "「備件表面生銹」") == ["備件生鏽"]
    assert search_titles(book, '"生锈备件"') == []
    assert search_titles(book, '"gear box"') == ["備件生鏽"]
    assert search_titles(book, '"spare part"') == []


def test_marks_inside_a_sentence_only_prefer_what_they_quote(tmp_path: Path) -> None:
    pages = [make_page(1, "表面备件生锈 表面备件生锈"), make_page(2, "备件表面生锈，天气潮湿，温度低，没有包装")]
    with build_index(tmp_path, *pages) as book:
        assert [hit.id for hit in book.search("表面備件生銹").hits] == ["KSA-2026-0001", "KSA-2026-0002"]
        assert book.search("表面備件生銹，「備件表面生銹」何故").hits[0].id == "KSA-2026-0002"
        assert [hit.id for hit in book.search("“備件表面生銹”").hits] == ["KSA-2026-0002"]
        assert [hit.id for hit in book.search("-“備件表面生銹” 表面").hits] == ["KSA-2026-0001"]


def test_what_is_excluded_is_not_found(book: SearchIndex) -> None:
    assert set(search_titles(book, "备件")) == {"備件生鏽", "水泵更换"}
    assert search_titles(book, "备件 -生锈") == ["水泵更换"]
    assert search_titles(book, '备件 -"更换水泵"') == ["備件生鏽"]
    assert "備件生鏽" not in search_titles(book, "-生锈")
    assert len(search_titles(book, "-生锈")) == len(PAGES) - 1


def test_a_minus_before_a_digit_is_a_sign(tmp_path: Path) -> None:
    with build_index(tmp_path, make_page(1, "在-10°C以下卡滞"), make_page(2, "卡滞")) as book:
        assert search_titles(book, "-10°C 卡滞")[0] == "在-10°C以下卡滞"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("kind:request", {"Training for operators", "軟體升級"}),
        ("kind:request,project", {"Training for operators", "軟體升級", "水泵更换"}),
        ("state:working", {"電源模塊過熱告警", "水泵更换"}),
        ("state:open -kind:quality", {"Training for operators", "水泵更换"}),
        ("p:1..2", {"转台卡滞", "電源模塊過熱告警"}),
        ("priority:P4", {"備件生鏽"}),
        ("part:xj", {"備件生鏽"}),
        ("part:p-101a", {"转台卡滞"}),
        ("site:hq", {"Battery does not charge"}),
        ("year:2024..2025", {"Battery does not charge"}),
        ("unit:factory", {"備件生鏽"}),
        ("system:天线", {"備件生鏽"}),
        ("owner:wang", {"電源模塊過熱告警"}),
        ("tag:upgrade", {"軟體升級"}),
        ("雷达 kind：quality", {"備件生鏽", "转台卡滞"}),
        ('kind:quality "gear box"', {"備件生鏽"}),
        ("kind:nothing", set()),
    ],
)
def test_filters(book: SearchIndex, typed: str, wanted: set[str]) -> None:
    hits = book.search(typed)
    assert {hit.title for hit in hits.hits} == wanted
    assert hits.total == len(wanted)


def test_filters_may_be_given_beside_the_text(book: SearchIndex) -> None:
    assert search_titles(book, "雷达", filters={"kind": "request"}) == search_titles(book, "雷达 kind:request")


def test_without_words_the_youngest_come_first(book: SearchIndex) -> None:
    assert [hit.id for hit in book.search("site:KSA", limit=3).hits] == [
        "KSA-2026-0042",
        "KSA-2026-0012",
        "KSA-2026-0011",
    ]


def test_the_last_word_may_go_on_while_it_is_typed(book: SearchIndex) -> None:
    assert search_titles(book, "hydr") == []
    assert search_titles(book, "hydr", typing=True) == ["Pump leaks oil"]
    assert search_titles(book, "hydr*") == ["Pump leaks oil"]
    assert search_titles(book, "hydr ", typing=True) == []
    assert search_titles(book, "XJ-44", typing=True)[0] == "備件生鏽"


def test_pages_can_be_turned_to_the_last_hit(book: SearchIndex) -> None:
    results = book.search("雷达 备件 pump", limit=100)
    assert results.total == len(results.hits)
    turned = [hit.id for at in range(results.total) for hit in book.search("雷达 备件 pump", limit=1, offset=at).hits]
    assert sorted(turned) == sorted(hit.id for hit in results.hits)
    assert book.search("雷达", offset=50).hits == ()
    assert book.search("雷达", limit=0).hits == ()


def test_nothing_asked_finds_nothing(book: SearchIndex) -> None:
    assert [book.search(typed).total for typed in ("", "  ", "the", '""', "-", ":", "kind:", '"', "。")] == [0] * 9


def test_a_hit_shows_the_passage_with_the_words_in_the_text_as_written(book: SearchIndex) -> None:
    (hit,) = book.search("真空包装").hits
    assert hit.place == "solution"
    assert [hit.excerpt[start:end] for start, end in hit.spans] == ["真空包裝"]
    hit = book.search("生锈").hits[0]
    assert [hit.title[start:end] for start, end in hit.title_spans] == ["生鏽"]
    assert hit.path == RUST.path
    assert hit.page == RUST


def test_a_long_text_is_cut_to_the_passage(tmp_path: Path) -> None:
    text = "天氣晴朗，一切正常。\n" * 200 + "\n第三天軸承有異響，潤滑脂變黑。\n" + "之後無事發生。\n" * 200
    with build_index(tmp_path, make_page(1, "軸承", text)) as book:
        hit = book.search("轴承 异响").hits[0]
        assert "軸承有異響" in hit.excerpt
        assert len(hit.excerpt) < 160
        assert "\n" not in hit.excerpt
        assert [hit.excerpt[start:end] for start, end in hit.spans][:2] == ["軸承", "異響"]


def test_a_match_that_the_end_of_the_passage_cuts_is_not_marked(tmp_path: Path) -> None:
    with build_index(tmp_path, make_page(1, "Spares", "corroded " * 60)) as book:
        hit = book.search("corroded").hits[0]
        assert hit.spans
        assert {hit.excerpt[start:end] for start, end in hit.spans} == {"corroded"}


def test_markup_and_control_characters_come_through_as_they_are(tmp_path: Path) -> None:
    with build_index(tmp_path, make_page(1, "[/red] pump \x1b[31m", "[b]pump[/b] \u202e")) as book:
        assert book.search("pump").hits[0].title == "[/red] pump \x1b[31m"


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet=st.sampled_from('備件生锈xj-41: "“”「」*[]()/\\.,，kindpart泵的\n'), max_size=30))
def test_whatever_is_typed_is_answered(book: SearchIndex, text: str) -> None:
    for typing in (False, True):
        hits = book.search(text, typing=typing)
        assert len(hits.hits) == min(hits.total, 10)
        for hit in hits.hits:
            assert all(0 <= start < end <= len(hit.excerpt) for start, end in hit.spans)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.text(alphabet=st.sampled_from("備件生鏽雷達天線轉台卡滯電源 abXJ-1"), min_size=1, max_size=12),
        min_size=1,
        max_size=6,
    )
)
def test_every_title_finds_its_page_in_either_script(titles: list[str]) -> None:
    pages = [make_page(number, title) for number, title in enumerate(titles)]
    with tempfile.TemporaryDirectory() as folder, build_index(Path(folder), *pages) as book:
        for title in titles:
            typed = title.replace("-", " ")
            hits = [book.search(text, limit=50) for text in (typed, fold(typed))]
            assert hits[0].hits == hits[1].hits
            assert all(not result.total or title in [hit.title for hit in result.hits] for result in hits)


def test_the_page_of_a_ticket_holds_what_is_searched() -> None:
    text = """\
id: KSA-2026-0042
uid: 01KK3Q0W8Z5V9M3T7K2B4C6D8E
kind: quality
title: 備件生鏽
state: archived
priority: P4
site: KSA
product: {system: 雷達, part: XJ-4411}
owner: li.wei
units: [HQ-TECH, FACTORY-7]
tags: [corrosion]
description: |
  生鏽
solution: |
  更換
feedback: {rating: 5, comment: 很好}
log:
- {n: 1, at: 2026-03-01T08:00:00+03:00, by: li.wei, do: report}
- {n: 2, at: 2026-03-01T09:10:00+03:00, by: li.wei, do: respond, note: 已電話答覆}
"""
    ticket = yaml_codec.read_ticket(text.encode(), "t.yaml")
    indexed = build_page(ticket, "tickets/archive/KSA/2026/KSA-2026-0042.yaml")
    assert (indexed.id, indexed.part, indexed.year, indexed.units) == (
        "KSA-2026-0042",
        "XJ-4411",
        "2026",
        ("HQ-TECH", "FACTORY-7"),
    )
    assert indexed.texts == {"description": "生鏽", "solution": "更換", "notes": "已電話答覆\n很好"}
    assert indexed.digest
    assert (
        indexed.digest
        == build_page(ticket, indexed.path).digest
        != build_page(ticket.with_fields({"title": "x"}), indexed.path).digest
    )
    assert build_page(ticket, "p", digest="abc").digest == "abc"
    assert tickets.Ticket({}).title == "" == build_page(tickets.Ticket({}), "p").title
