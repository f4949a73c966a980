"""What is like a new ticket, and what such tickets were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fenji.search.predict import Guess
from fenji.search.similar import LONG_TEXT_WORDS, SPEAK_FROM, is_sure
from handbooks import PAGES, RUST, build_index, make_page

if TYPE_CHECKING:
    from fenji.search import HandbookPage, SearchIndex

RADAR = [
    make_page(
        200 + number,
        title,
        "雷達轉台在低溫下轉動困難，電機電流升高，並有異響。",
        kind="quality",
        impact="major",
        occurrence="common",
        priority="P2" if number < 8 else "P1",
        owner=("wang.fang", "li.wei", "zhao.min")[number % 3],
        units=("HQ-TECH", "FACTORY-7") if number < 7 else ("HQ-TECH",),
    )
    for number, title in enumerate(["雷達天線轉台卡滯", "轉台卡滯，低溫", "天線轉台轉動卡滯", "轉台低溫卡滯"] * 3)
][:10]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    with build_index(tmp_path_factory.mktemp("index"), *PAGES, *RADAR) as index:
        yield index


def test_the_same_words_in_the_other_script_are_the_same(book: SearchIndex) -> None:
    (like, *_) = book.suggest("备件生锈").likes
    assert (like.id, like.percent, like.title) == ("KSA-2026-0042", 100, "備件生鏽")


def test_a_ticket_told_again_in_other_words_is_like_it_but_not_the_same(book: SearchIndex) -> None:
    (like, *_) = book.suggest("備件表面有鏽蝕\n開箱發現備件生鏽").likes
    assert like.id == "KSA-2026-0042"
    assert 30 <= like.percent < 90


def test_likes_come_likest_first_and_only_so_many(book: SearchIndex) -> None:
    likes = book.suggest("雷达天线转台卡滞", limit=3).likes
    assert len(likes) == 3
    assert [like.percent for like in likes] == sorted((like.percent for like in likes), reverse=True)
    assert likes[0].title == "雷達天線轉台卡滯"


def all_guesses(book: SearchIndex, text: str) -> dict[str, Guess]:
    """What is weighed, also where it is not sure enough to be spoken."""
    suggestion = book.suggest(text)
    return {**suggestion.unsure, **suggestion.guesses}


def test_what_such_tickets_were_is_told_with_its_evidence(book: SearchIndex) -> None:
    guesses = all_guesses(book, "雷达天线转台卡滞")
    assert (guesses["priority"].value, guesses["priority"].count, guesses["priority"].of) == ("P2", 8, 10)
    assert guesses["kind"].value == "quality"
    assert guesses["impact"].value == "major"
    assert guesses["occurrence"].value == "common"
    assert guesses["units"].values == ("HQ-TECH", "FACTORY-7")
    assert guesses["units"].count == 7
    assert "owner" not in guesses  # everybody had some: nothing is said


def test_one_page_alone_is_evidence_only_when_it_is_nearly_the_same(book: SearchIndex) -> None:
    assert all_guesses(book, "備件生鏽")["owner"].value == "li.wei"
    assert "owner" not in all_guesses(book, "備件表面有鏽蝕，需要更換包裝")


@pytest.mark.parametrize("text", ["", "的", "完全無關的事情：食堂菜單", "zzz qqq", "。", "新系統"])
def test_where_nothing_is_like_it_nothing_is_said(book: SearchIndex, text: str) -> None:
    suggestion = book.suggest(text)
    assert suggestion.likes == ()
    assert suggestion.guesses == {}


def test_a_ticket_is_not_like_itself(book: SearchIndex) -> None:
    assert RUST.path not in [like.path for like in book.suggest("備件生鏽", exclude=RUST.path).likes]


def test_withdrawn_tickets_are_shown_but_are_no_evidence(tmp_path: Path) -> None:
    pages = [make_page(number, "风扇停转", kind="request", state="withdrawn", priority="P1") for number in range(3)]
    with build_index(tmp_path, *pages) as book:
        suggestion = book.suggest("风扇停转")
        assert len(suggestion.likes) == 3
        assert suggestion.guesses == {}


# --- likeness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["备件生锈", "備品生鏽", "备品生锈", "「備件」生鏽！"])
def test_script_synonyms_and_marks_make_no_difference(book: SearchIndex, typed: str) -> None:
    (like, *_) = book.suggest(typed).likes
    assert (like.id, like.percent) == ("KSA-2026-0042", 100)


@pytest.mark.parametrize("typed", ["XJ-4411 生锈", "xj4411 生鏽", "XJ 4411 生銹"])
def test_a_part_number_is_the_same_however_it_is_written(book: SearchIndex, typed: str) -> None:
    """Also where it stands among the ticket's fields alone."""
    assert any(like.id == "KSA-2026-0042" for like in book.suggest(typed).likes)


def test_a_few_common_words_make_no_tickets_alike(tmp_path: Path) -> None:
    faults = ("轉台卡滯", "電源過熱", "備件生鏽", "風扇停轉", "軟件報錯", "電纜破損", "水泵漏水", "螢幕閃爍")
    pages = [make_page(number, fault, f"客戶要求處理{fault}的問題") for number, fault in enumerate(faults)]
    with build_index(tmp_path, *pages) as book:
        assert book.suggest("客戶要求處理").likes == ()
        assert [like.id for like in book.suggest("風扇停轉").likes] == ["KSA-2026-0003"]


def test_an_open_one_that_is_probably_the_same_is_shown_in_any_case(tmp_path: Path) -> None:
    old = [make_page(number, "風扇停轉過熱", state="archived") for number in range(8)]
    now = make_page(9, "風扇停轉過熱告警", state="working")
    with build_index(tmp_path, *old, now, *PAGES) as book:
        likes = book.suggest("風扇停轉過熱", limit=3).likes
        assert [like.is_open for like in likes] == [False, False, True]
        assert likes[-1].percent < likes[0].percent


# --- guesses ------------------------------------------------------------------------------------------------------

OTHERS = ("電源模塊", "轉台齒輪", "液壓支腿", "顯控軟件", "通信電纜", "天線饋線", "冷卻水泵", "方艙空調")


def judged_page(number: int, title: str, **more: Any) -> HandbookPage:
    """An archived page, a quality problem of P3 unless it is said otherwise."""
    return make_page(number, title, **{"state": "archived", "kind": "quality", "priority": "P3", **more})


def test_one_that_is_nearly_the_same_outweighs_many_that_share_some_words(tmp_path: Path) -> None:
    many = [judged_page(number, f"{other}在低溫下報警", priority="P4") for number, other in enumerate(OTHERS)]
    same = judged_page(99, "方位驅動器在低溫下報警並停機", priority="P1")
    with build_index(tmp_path, *many, same) as book:
        guess = book.suggest("方位驅動器在低溫下報警，停機").guesses["priority"]
        assert (guess.value, guess.count, guess.of) == ("P1", 1, 1)


def test_a_word_tells_what_its_tickets_were_where_those_like_it_do_not(tmp_path: Path) -> None:
    pairs = "碼頭機場車庫油庫宿舍醫院學校銀行工廠倉庫隧道港口車站公園東門西門南門北門食堂橋樑"
    places = [pairs[at : at + 2] for at in range(0, len(pairs), 2)]
    faults = [judged_page(n, f"{places[n % 20]}{OTHERS[n % 8]}損壞") for n in range(60)]
    wishes = [judged_page(60 + n, f"申請{OTHERS[n % 8]}", kind="request") for n in range(40)]
    with build_index(tmp_path, *faults, *wishes) as book:
        guess = all_guesses(book, "申請碼頭照明")["kind"]
        assert (guess.value, guess.word) == ("request", "申請")
        assert guess.count == guess.of == 40
        assert guess.percent > 50


def test_impact_and_occurrence_go_with_the_guessed_priority(tmp_path: Path) -> None:
    grades = [("P1", "major", "rare")] * 4 + [("P3", "minor", "rare")] * 3 + [("P4", "minor", "common")] * 3
    pages = [
        judged_page(n, "轉台卡滯報警", priority=priority, impact=impact, occurrence=occurrence)
        for n, (priority, impact, occurrence) in enumerate(grades)
    ]
    with build_index(tmp_path, *pages) as book:
        guesses = all_guesses(book, "轉台卡滯報警")
        assert [guesses[name].value for name in ("priority", "impact", "occurrence")] == ["P1", "major", "rare"]
        assert (guesses["impact"].count, guesses["impact"].of) == (4, 10)


def test_what_is_not_known_any_more_is_not_suggested(book: SearchIndex) -> None:
    known = {"priority": ("P1",), "impact": ("grave",), "owner": ("somebody",), "units": ("FACTORY-7",)}
    guesses = book.suggest("雷达天线转台卡滞", known=known).guesses
    assert guesses["kind"].value == "quality"
    assert guesses["priority"].value == "P1"
    assert guesses["units"].values == ("FACTORY-7",)
    assert not {"impact", "occurrence", "owner"} & set(guesses)


def test_a_ticket_is_no_evidence_for_itself(tmp_path: Path) -> None:
    own = judged_page(1, "風扇停轉過熱", kind="request")
    with build_index(
        tmp_path, own, *(judged_page(n, f"{other}過熱") for n, other in enumerate(OTHERS, start=10))
    ) as book:
        assert book.suggest("風扇停轉過熱").guesses["kind"].value == "request"
        others = book.suggest("風扇停轉過熱", exclude=own.path).guesses
        assert "kind" not in others or others["kind"].value == "quality"


def test_what_was_judged_anew_counts_as_it_is_now(tmp_path: Path) -> None:
    pages = [judged_page(n, f"{OTHERS[n % 8]}過熱停機") for n in range(12)]
    rest = [judged_page(100 + n, f"申請{part}備件", kind="request", priority="P4") for n, part in enumerate(OTHERS * 3)]
    with build_index(tmp_path, *pages, *rest) as book:
        assert book.suggest("過熱停機").guesses["priority"].value == "P3"
        book.update([judged_page(n, page.title, priority="P1", digest=f"new {n}") for n, page in enumerate(pages)])
        guess = book.suggest("過熱停機").guesses["priority"]
        assert (guess.value, guess.count, guess.of) == ("P1", 10, 10)


def test_words_of_thousands_of_tickets_are_counted_in_some_of_them(tmp_path: Path) -> None:
    pages = [
        judged_page(n, f"申請備件{n}" if n % 3 else f"備件損壞{n}", kind="request" if n % 3 else "quality")
        for n in range(4200)
    ]
    with build_index(tmp_path, *pages) as book:
        with book.open_segments() as (field_path, *_):
            entry = field_path.find_entry("备件")
            assert entry is not None
            taken = field_path.sample(entry)
            assert entry.page_count == 4200
            assert 500 < len(taken) < 2100
            assert max(taken) - min(taken) > 3000
            assert set(taken) <= set(field_path.postings(entry)[0])
        assert book.suggest("備件損壞").guesses["kind"].value == "quality"
        assert book.suggest("申請備件").guesses["kind"].value == "request"


# --- what is spoken -----------------------------------------------------------------------------------------------


def test_what_is_right_too_seldom_is_weighed_and_not_spoken(tmp_path: Path) -> None:
    split = [judged_page(n, "轉台卡滯報警", priority="P1" if n % 2 else "P3") for n in range(10)]
    with build_index(tmp_path, *split) as book:
        suggestion = book.suggest("轉台卡滯報警")
        assert "priority" not in suggestion.guesses
        assert suggestion.unsure["priority"].percent <= 60
        assert suggestion.guesses["kind"].value == "quality"  # all ten are


@pytest.mark.parametrize("field_name", sorted(SPEAK_FROM))
def test_a_title_alone_must_be_surer_than_a_whole_text(field_name: str) -> None:
    line = SPEAK_FROM[field_name]
    assert line.text < line.title
    assert is_sure(field_name, guess_of(line.text), LONG_TEXT_WORDS)
    assert not is_sure(field_name, guess_of(line.text), LONG_TEXT_WORDS - 1)
    assert not is_sure(field_name, guess_of(line.text - 1), LONG_TEXT_WORDS)
    assert is_sure(field_name, guess_of(line.title), 1)


def guess_of(percent: int, count: int = 5) -> Guess:
    return Guess(("x",), count, count, percent)


def test_an_owner_is_not_named_by_one_ticket_of_the_same_title(book: SearchIndex) -> None:
    assert all_guesses(book, "備件生鏽")["owner"].percent == 100
    assert "owner" not in book.suggest("備件生鏽").guesses
    assert is_sure("owner", guess_of(100, 1), LONG_TEXT_WORDS)


def test_every_guess_has_a_line_from_which_on_it_is_spoken(book: SearchIndex) -> None:
    suggestion = book.suggest("雷达天线转台卡滞")
    assert {*suggestion.guesses, *suggestion.unsure} <= set(SPEAK_FROM)
    assert not {*suggestion.guesses} & {*suggestion.unsure}
