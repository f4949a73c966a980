"""Screens in Chinese hold no English but what people wrote, and punctuate as Chinese does."""

from __future__ import annotations

from pathlib import Path

import pytest

import worlds
from desks import open_desk
from fenji.errors import Sentence
from fenji.model.policy.describe import describe_policy
from fenji.model.policy.sections import list_policy_sections
from fenji.model.ticket import STATES
from fenji.model.undo_notes import ACT_NAMES, explain_note, undo_note
from fenji.model.workflow.steps import STEPS
from interface.driven import NOW, copy_world, open_app
from tui.formatting import Formatter

CHINESE = ("zh-Hans", "zh-Hant")


@pytest.fixture
def desk_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FENJI_LANGUAGE", "zh-Hant")
    return copy_world("shipped", tmp_path / "desk")


def test_the_note_of_an_undo_is_said_in_each_language() -> None:
    assert set(ACT_NAMES) == set(STEPS) - {"superseded"}
    for do in ACT_NAMES:
        assert explain_note(undo_note(do)) is not None
        for language in CHINESE:
            assert not any(
                letter.isascii() and letter.isalpha() for letter in Formatter(language).say_note(undo_note(do))
            )
    for own in ("undo", "undo that", "undo attach now", ""):
        assert explain_note(own) is None
        assert Formatter("zh-Hant").say_note(own) == own


async def test_what_was_undone_stands_in_the_timeline_in_the_readers_language(
    desk_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    async with open_app(desk_folder) as run:
        await run.press("t")
        await run.paste(str(tmp_path / "photo.jpg"))
        await run.press("Enter")
        await run.wait_for("已附上檔案")
        await run.wait_until(
            lambda: bool(run.app.board_model.current_row and run.app.board_model.current_row.ticket.files)
        )
        await run.press("u")
        await run.wait_for("已撤銷")
        await run.press("Enter")
        await run.wait_for("撤銷：附件", gone="undo")
        await run.press("Enter")
        await run.wait_for("photo.jpg", gone="undo")


def test_how_a_clock_ran_names_the_states_in_each_language(desk_folder: Path) -> None:
    with open_desk(desk_folder) as desk:
        told = [sentence for row in desk.board().rows for sentence in desk.explain_clocks(row.id).sentences()]
    states = [sentence.values["state"] for sentence in told if "state" in sentence.values]
    assert states
    assert all(isinstance(state, Sentence) and state.template in STATES for state in states)


@pytest.mark.parametrize("language", CHINESE)
def test_the_tables_of_the_rules_are_punctuated_as_chinese_is(desk_folder: Path, language: str) -> None:
    with open_desk(desk_folder) as desk:
        description = describe_policy(desk.policy, NOW)
    for section in list_policy_sections(description, Formatter(language).say):
        cells = [cell for row in section.rows for cell in row]
        assert not [cell for cell in cells if ", " in cell or "; " in cell or ": " in cell], section.title


async def test_the_signs_of_a_verdict_stand_in_chinese_brackets(desk_folder: Path) -> None:
    async with open_app(desk_folder, person="sun.yu", now=lambda: worlds.SHIPPED_NOW) as run:
        signed = next(
            row
            for row in run.app.board_model.board.rows
            if row.ticket.state == "solved" and (row.reading.response.signs or row.reading.solution.signs)
        )
        run.app.board_model.select(signed.uid)
        await run.press("C")
        await run.wait_for("。（", "）有異議", gone="。 (")
