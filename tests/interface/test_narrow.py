"""A screen of forty columns: what gives way, and what stays whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interface.driven import copy_world, open_app
from tui.drawing import cells
from tui.drawing.spans import wrap_text
from tui.drawing.theme import Theme
from tui.screens.rules import RulesScreen


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_at_forty_columns_nothing_that_is_said_of_a_time_or_a_person_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(40, 24), person="li.wei") as run:
        await run.press("n")
        promise = run.text.split("\n")[1]
        assert len(re.findall(r"\d\d-\d\d \d\d:\d\d", promise)) == 2
        await run.press("Esc", "Ctrl+O")
        for told in ("li.wei", "git config fenji.user KEY", "git config fenji.site CODE", "Asia/Riyadh"):
            assert told in run.text
        await run.press("Esc", "Enter")
        assert not re.search("(met|達成) +⋯", run.text)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
async def test_at_forty_columns_hints_and_questions_are_told_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(40, 24), person="liu.yang") as run:

        def said() -> str:
            footer = run.app.active_screen.footer
            return "".join(text for line in footer._all_lines(40)[:-1] for text, _ in line)

        ways = [("f",), ("Esc", "Esc", "Ctrl+O"), *[("j",)] * 5, ("Esc", "?"), ("Down",), ("Down",), ("Esc", "n")]
        for keys in (*ways, *[("Tab",)] * 6, ("Esc", "#", "p")):
            await run.press(*keys)
            assert said().strip() or keys == ("Tab",), keys  # a field may need no word
            assert "⋯" not in said(), keys
        await run.press("Ctrl+U", "2026-02", "Enter")
        await run.wait_for("‹ 2026-02 ›")
        await run.press("I")
        assert "issued/figures/2026-02-*.json" in said().replace(" ", "")
        question = "Y issues, Esc goes back." if language == "en" else "Y 发布，Esc 返回。"
        await run.wait_for(question)


async def test_at_forty_columns_the_rules_are_whole_and_the_way_back_is_named(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(40, 24), person="liu.yang") as run:
        await run.press("@", "P")
        screen = run.app.active_screen
        assert isinstance(screen, RulesScreen)
        lines = ["".join(text for text, _ in line) for line in screen._lines(40)]
        assert all(cells.width(line) < 40 for line in lines)
        assert "⋯" not in "".join(lines)
        assert "Esc back" in run.footer
        rules = run.desk.root / "policy.yaml"
        rules.write_bytes(rules.read_bytes() + b"# a remark\n")
        await run.wait_for("Rules  KSA  ~ a change waits")
        await run.press("h")
        await run.wait_for("Holidays and hours  ~ ", "Eid al-Fitr Holiday (observed)")
        assert "? keys" in run.footer


@given(st.lists(st.text("abcdefgh部件", min_size=1, max_size=9), min_size=1, max_size=40), st.integers(20, 120))
def test_a_text_in_a_few_rows_is_whole_or_ends_between_words(words: list[str], width: int) -> None:
    rows = ["".join(text for text, _ in row) for row in wrap_text(" ".join(words), "", width, Theme())]
    assert all(cells.width(row) < width for row in rows)
    *whole, last = rows
    told = "".join([*whole, last.removesuffix("⋯")]).replace(" ", "")
    assert "".join(words).startswith(told)
    if not last.endswith("⋯"):
        assert told == "".join(words)
    else:
        left_out = "".join(words)[len(told) :]
        begins = {"".join(words[n:]) for n in range(len(words))}
        assert left_out in begins or not (told[-1] + left_out[0]).isascii()
