"""`fenji suggest`: what it prints for people, and the document that it prints for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

import worlds
from commandline import fenji

STUCK = "雷達天線轉台卡滯"
TOLD = f"{STUCK}\n凌晨低溫起動時方位轉台卡滯，方位電流升高，方位驅動過流保護動作。轉台齒輪箱有異響。"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("shipped", tmp_path_factory.mktemp("desk") / "desk")


def test_likes_their_solution_and_what_is_probable(desk: Path) -> None:
    lines = fenji("--desk", desk, "suggest", STUCK).out.splitlines()
    assert lines[0].startswith("73 %  KSA-2026-0187  working   雷達天線轉台卡滯")
    assert lines[1].startswith("70 %  KSA-2025-0007  archived  ")
    assert "KSA-2025-0007: Solution" in lines
    assert "Kind        quality  (2 of 2 similar)" in lines
    told = fenji("--desk", desk, "suggest", "-", stdin=TOLD).out.splitlines()
    assert "Priority    P2  (2 of 2 similar)" in told
    assert "Units       HQ-TECH, FACTORY-7  (2 of 2 similar)" in told


def test_by_a_title_alone_no_name_and_no_priority_is_proposed_that_is_right_too_seldom(desk: Path) -> None:
    said = fenji("--desk", desk, "suggest", STUCK).out
    assert not [word for word in ("Priority", "Owner", "Units") if word in said]


def test_the_document(desk: Path) -> None:
    document = fenji("--desk", desk, "--json", "suggest", "-", stdin=TOLD).json
    assert set(document) == {"likes", "guesses", "took_ms"}
    assert [set(like) for like in document["likes"]] == [{"id", "title", "percent", "path", "state", "solution"}] * 2
    assert sorted(bool(like["solution"]) for like in document["likes"]) == [False, True]
    assert set(document["guesses"]) == {"kind", "impact", "occurrence", "priority", "owner", "units"}
    priority = document["guesses"]["priority"]
    assert priority | {"percent": 0} == {"values": ["P2"], "count": 2, "of": 2, "percent": 0, "word": None}
    assert 50 < priority["percent"] <= 100


def test_the_evidence_is_told_in_the_persons_language(desk: Path) -> None:
    told = fenji("--desk", desk, "suggest", "-", stdin=TOLD, FENJI_LANGUAGE="zh-Hant").out
    assert "影響      重大" in told
    assert "優先級    P2  (類似的 2 張中 2 張)" in told


@pytest.mark.parametrize("text", ["食堂菜單", "How tall is that tower?", "的", "?"])
def test_of_what_is_unknown_nothing_is_said(desk: Path, text: str) -> None:
    assert fenji("--desk", desk, "suggest", text).out == "No similar tickets found.\n"
    document = fenji("--desk", desk, "--json", "suggest", text).json
    assert (document["likes"], document["guesses"]) == ([], {})


def test_a_long_text_comes_by_stdin(desk: Path) -> None:
    document = fenji("--desk", desk, "--json", "suggest", "-", stdin=f"{STUCK}\n低溫起動時過流。\n").json
    assert document["likes"][0]["id"] in ("KSA-2025-0007", "KSA-2026-0187")
