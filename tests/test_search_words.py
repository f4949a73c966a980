"""Pinyin, misheard and misspelt words, part numbers, and the same hits for every question in its other script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenji.search.excerpts import compile_pattern, select_excerpt
from fenji.text import fold, pinyin
from fenji.text.fold import simplified_characters
from handbooks import PAGES, build_index, make_page

if TYPE_CHECKING:
    from fenji.search import SearchIndex

MORE = (
    make_page(21, "Beijing office cannot log in", "The account of the Beijing office is locked."),
    make_page(22, "變頻器重啟後報警", "绿色指示灯不亮，婦女代表记录了声音。", subsystem="驅動", serial="SN-77"),
    make_page(23, "電源开关失灵", "银行西侧的方案未定", requester="Omar Said", customer="Royal Navy"),
    make_page(24, "Fan motor hums", "the fan of the motor", impact="major", occurrence="rare", state="archived"),
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    with build_index(tmp_path_factory.mktemp("desk") / "index", *PAGES, *MORE) as index:
        yield index


def search_titles(book: SearchIndex, text: str, **more: Any) -> list[str]:
    return [hit.title for hit in book.search(text, **more).hits]


# --- pinyin -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first", "read"),
    [
        ("beijian", "備件生鏽", "備件"),
        ("bei jian", "備件生鏽", "備件"),
        ("BeiJian", "備件生鏽", "備件"),
        ("bjsx", "備件生鏽", "備件生鏽"),
        ("beijianshengxiu", "備件生鏽", "備件生鏽"),
        ("bei jian sheng xiu", "備件生鏽", "備件生鏽"),
        ("zhuantai", "转台卡滞", "转台"),
        ("ztkz", "转台卡滞", "转台卡滞"),
        ("dianyuanmokuai", "電源模塊過熱告警", "電源模塊"),
        ("bianpinqi", "變頻器重啟後報警", "變頻器"),
        ("zhongqi", "變頻器重啟後報警", "重啟"),
        ("chongqi", "變頻器重啟後報警", "重啟"),
        ("lvse", "變頻器重啟後報警", "绿色"),
        ("luse", "變頻器重啟後報警", "绿色"),
        ("funv", "變頻器重啟後報警", "婦女"),
        ("yinhang", "電源开关失灵", "银行"),
        ("fang'an", "電源开关失灵", "方案"),
        ("fangan", "電源开关失灵", "方案"),
    ],
)
def test_pinyin_finds_the_page_and_says_how_it_was_read(book: SearchIndex, typed: str, first: str, read: str) -> None:
    hits = book.search(typed)
    assert hits.hits[0].title == first
    assert list((hits.meant or {}).values()) == [read]


@pytest.mark.parametrize("typed", ["zhuan", "zhuanta", "zhuant", "zhuantai", "beij", "beiji", "beijia"])
def test_unfinished_pinyin_finds_while_it_is_typed(book: SearchIndex, typed: str) -> None:
    wanted = {"z": "转台卡滞", "b": "備件生鏽"}[typed[0]]
    if typed != "zhuan":  # one syllable alone is everything and nothing
        assert wanted in search_titles(book, typed, typing=True)


def test_initials_find(book: SearchIndex) -> None:
    assert "備件生鏽" in search_titles(book, "bj")
    assert "電源模塊過熱告警" in search_titles(book, "dymk")


def test_first_letters_find_only_words_that_stand_side_by_side(tmp_path: Path) -> None:
    apart = make_page(1, "转台更换", "备件缺货，卡滞；转台已经生锈")
    with build_index(tmp_path, apart, make_page(2, "转台卡滞"), make_page(3, "检查结果", "备件生锈。")) as index:
        assert [hit.id for hit in index.search("ztkz").hits] == ["KSA-2026-0002"]
        assert [hit.id for hit in index.search("bjsx").hits] == ["KSA-2026-0003"]
        assert not index.search("sxzt").total  # 已经 stands before 生锈, and nothing after it


@pytest.mark.parametrize("typed", ["zzzzzz", "xyz", "qqq", "www", "zzz"])
def test_letters_that_mean_nothing_find_nothing(book: SearchIndex, typed: str) -> None:
    assert not book.search(typed).total
    assert not book.search(typed, typing=True).total


@pytest.mark.parametrize(
    ("typed", "only"),
    [
        ("beijing", ["Beijing office cannot log in"]),
        ("pump", ["Pump leaks oil"]),
        ("fan", ["Fan motor hums"]),
        ("xj", ["備件生鏽", "水泵更换"]),
        ("XJ-4411", ["備件生鏽", "水泵更换"]),
        ("training", ["Training for operators"]),
    ],
)
def test_an_english_word_or_number_is_not_drowned(book: SearchIndex, typed: str, only: list[str]) -> None:
    assert search_titles(book, typed, synonyms=()) == only
    assert not book.search(typed, synonyms=()).meant


def test_a_rare_latin_word_that_is_pinyin_comes_first_and_the_chinese_after(tmp_path: Path) -> None:
    pages = [make_page(1, "Beijian is what they call it"), *(make_page(n, "备件", "备件 备件") for n in range(2, 9))]
    with build_index(tmp_path, *pages) as index:
        hits = index.search("beijian")
        assert hits.hits[0].id == "KSA-2026-0001"
        assert hits.total == 8


def test_pinyin_of_a_word_that_stands_here_by_another_name_finds_that_one(book: SearchIndex) -> None:
    hits = book.search("ruanjian")
    assert hits.hits[0].title == "軟體升級"
    assert hits.meant == {"ruanjian": "軟體"}
    assert [hits.hits[0].title[start:end] for start, end in hits.hits[0].title_spans] == ["軟體"]


def test_the_words_that_pinyin_stands_for_stand_out(book: SearchIndex) -> None:
    hit = book.search("shengxiu").hits[0]
    assert [hit.title[start:end] for start, end in hit.title_spans] == ["生鏽"]


@given(st.text(alphabet=st.sampled_from("beijianshgzuvtaoqx' "), max_size=24))
def test_any_letters_are_spelt_in_a_few_ways_that_cover_them(typed: str) -> None:
    spellings = pinyin.parse_spellings(typed)
    assert len(spellings) <= 4
    assert all(len(spelling) > 1 and all(pinyin.characters_for(unit) for unit in spelling) for spelling in spellings)


@pytest.mark.parametrize("word", ["备件", "重启", "银行", "绿色", "转台", "电源模块"])
def test_a_word_is_found_by_each_of_its_readings(word: str) -> None:
    spelt = ["".join(syllables) for syllables in _cartesian_product([pinyin.readings(letter) for letter in word])]
    assert spelt
    assert all(
        any(pinyin.matches_spelling(word, spelling) for spelling in pinyin.parse_spellings(typed)) for typed in spelt
    )


def _cartesian_product(sets: list[tuple[str, ...]]) -> list[list[str]]:
    combinations: list[list[str]] = [[]]
    for options in sets:
        combinations = [[*before, syllable] for before in combinations for syllable in options]
    return combinations


# --- misheard, misspelt -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first", "meant"),
    [
        ("备建", "備件生鏽", {"备建": "備件"}),
        ("備建生銹", "備件生鏽", {"备建": "備件"}),
        ("件备", "備件生鏽", {"件备": "備件"}),
        ("备件生绣", "備件生鏽", {"生绣": "生鏽"}),
        ("电园模块", "電源模塊過熱告警", {"电园": "電源"}),
        ("hydralic", "Pump leaks oil", {"hydralic": "hydraulic"}),
        ("hydralic pump", "Pump leaks oil", {"hydralic": "hydraulic"}),
        ("trianing", "Training for operators", {"trianing": "Training"}),
    ],
)
def test_a_word_that_stands_nowhere_is_read_as_one_near_to_it(
    book: SearchIndex, typed: str, first: str, meant: dict[str, str]
) -> None:
    hits = book.search(typed)
    assert hits.hits[0].title == first
    assert set((hits.meant or {}).values()) == set(meant.values())


def test_what_stands_there_is_not_guessed_at(book: SearchIndex) -> None:
    for typed in ("备件生锈", "轉台卡滯", "pump", "电源模块过热告警", "Battery", "绿色指示灯"):
        assert not book.search(typed).meant


# --- filters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("impact:major", {"Fan motor hums"}),
        ("occurrence:rare", {"Fan motor hums"}),
        ("subsystem:驱动", {"變頻器重啟後報警"}),
        ("serial:sn77", {"變頻器重啟後報警"}),
        ("requester:omar", {"電源开关失灵"}),
        ("customer:navy", {"電源开关失灵"}),
        ("id:KSA-2026-0042", {"備件生鏽"}),
        ("id:ksa20260024", {"Fan motor hums"}),
        ("is:closed 备件", {"備件生鏽"}),
        ("is:open 备件", {"水泵更换"}),
    ],
)
def test_the_filters_of_the_board_narrow_here_too(book: SearchIndex, typed: str, wanted: set[str]) -> None:
    assert set(search_titles(book, typed)) == wanted


def test_mine_are_those_of_the_person_who_asks(book: SearchIndex) -> None:
    assert search_titles(book, "owner:me", me="li.wei") == ["備件生鏽"]
    assert search_titles(book, "owner:me", me="wang.fang") == ["電源模塊過熱告警"]


# --- either script ----------------------------------------------------------------------------------------------------

_TRADITIONAL: dict[int, str] = {}
for _traditional, _simplified in simplified_characters().items():
    _TRADITIONAL.setdefault(ord(_simplified), _traditional)
QUESTIONS = (
    *(
        "備件生鏽",
        "雷達天線轉台卡滯",
        "電源模塊",
        '"備件表面生鏽"',
        "備件 -生鏽",
        "水泵更換 kind:project",
        "軟體升級",
        "軟件升級",
    ),
    *(
        "system:雷達天線",
        "鏽",
        "備",
        "泵",
        "XJ-4411 備件",
        "更換備品 spare",
        "「真空包裝」",
        "為什麼備件會生鏽？",
        "變頻器 OR 報警",
    ),
    *(
        "備建",
        "電園模塊",
        "客戶開箱時發現備件表面生鏽",
        "雷達 pump",
        "3.5 kW 轉台",
        "網路連線",
        "銀行西側",
        "綠色指示燈",
    ),
)


def to_other_script(text: str) -> str:
    return text.translate(_TRADITIONAL)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_in_its_other_script_gives_the_same_hits(book: SearchIndex, question: str) -> None:
    asked = {question, fold(question), to_other_script(question), to_other_script(fold(question))}
    results = [book.search(query, limit=50) for query in sorted(asked)]
    assert all(result.hits == results[0].hits and result.total == results[0].total for result in results)
    assert all(set((result.meant or {}).values()) == set((results[0].meant or {}).values()) for result in results)


def test_every_stretch_of_every_page_is_found_alike_in_either_script(book: SearchIndex) -> None:
    for page in (*PAGES, *MORE):
        for _, text in page.passages():
            for start in range(0, len(text), 7):
                piece = text[start : start + 9]
                hits = [
                    book.search(query, limit=50).hits for query in (piece, fold(piece), to_other_script(fold(piece)))
                ]
                assert hits[0] == hits[1] == hits[2]


@pytest.mark.parametrize("lead", range(20, 40))
def test_an_excerpt_begins_and_ends_between_words(lead: int) -> None:
    words = ["automatic", "totals", "of", "generator", "hours"] * 12
    text = f"{'x' * lead} {' '.join(words)}"
    excerpt = select_excerpt([("description", text)], compile_pattern(["hours"]), {})
    assert set(excerpt.text.split()) <= {*words, "x" * lead}
    assert all(excerpt.text[first:last] == "hours" for first, last in excerpt.spans)
