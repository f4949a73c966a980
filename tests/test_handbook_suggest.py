"""What is like a new ticket, and what such tickets were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handbooks import PAGES, RUST, a_page, built

if TYPE_CHECKING:
    from fenji.handbook import Handbook

RADAR = [
    a_page(
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
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handbook]:
    with built(tmp_path_factory.mktemp("index"), *PAGES, *RADAR) as one:
        yield one


def test_the_same_words_in_the_other_script_are_the_same(book: Handbook) -> None:
    (like, *_) = book.suggest("备件生锈").likes
    assert (like.id, like.percent, like.title) == ("KSA-2026-0042", 100, "備件生鏽")


def test_a_ticket_told_again_in_other_words_is_like_it_but_not_the_same(book: Handbook) -> None:
    (like, *_) = book.suggest("備件表面有鏽蝕\n開箱發現備件生鏽").likes
    assert like.id == "KSA-2026-0042"
    assert 30 <= like.percent < 90


def test_likes_come_likest_first_and_only_so_many(book: Handbook) -> None:
    likes = book.suggest("雷达天线转台卡滞", limit=3).likes
    assert len(likes) == 3
    assert [like.percent for like in likes] == sorted((like.percent for like in likes), reverse=True)
    assert likes[0].title == "雷達天線轉台卡滯"


def test_what_such_tickets_were_is_told_with_its_evidence(book: Handbook) -> None:
    guesses = book.suggest("雷达天线转台卡滞").guesses
    assert (guesses["priority"].value, guesses["priority"].count, guesses["priority"].of) == ("P2", 8, 10)
    assert guesses["kind"].value == "quality"
    assert guesses["impact"].value == "major"
    assert guesses["occurrence"].value == "common"
    assert guesses["units"].values == ("HQ-TECH", "FACTORY-7")
    assert guesses["units"].count == 7
    assert "owner" not in guesses  # everybody had some: nothing is said


def test_one_page_alone_is_evidence_only_when_it_is_nearly_the_same(book: Handbook) -> None:
    assert book.suggest("備件生鏽").guesses["owner"].value == "li.wei"
    assert "owner" not in book.suggest("備件表面有鏽蝕，需要更換包裝").guesses


@pytest.mark.parametrize("text", ["", "的", "完全無關的事情：食堂菜單", "zzz qqq", "。", "新系統"])
def test_where_nothing_is_like_it_nothing_is_said(book: Handbook, text: str) -> None:
    said = book.suggest(text)
    assert said.likes == ()
    assert said.guesses == {}


def test_a_ticket_is_not_like_itself(book: Handbook) -> None:
    assert RUST.path not in [like.path for like in book.suggest("備件生鏽", exclude=RUST.path).likes]


def test_withdrawn_tickets_are_shown_but_are_no_evidence(tmp_path: Path) -> None:
    pages = [a_page(number, "风扇停转", kind="request", state="withdrawn", priority="P1") for number in range(3)]
    with built(tmp_path, *pages) as book:
        said = book.suggest("风扇停转")
        assert len(said.likes) == 3
        assert said.guesses == {}
