"""The palette: commands by their names in any language, with a first answer behind, and what stands in their way."""

from __future__ import annotations

from pathlib import Path

import pytest

from interface.driven import copy_world, open_app
from tui.keys import Keymap
from tui.palette import find_commands

ACTIONS = Keymap().actions_on("board")


@pytest.mark.parametrize(
    ("typed", "action_id", "argument"),
    [
        ("note", "note", ""),
        ("備註", "note", ""),
        ("备注", "note", ""),
        ("note parts are on the way", "note", "parts are on the way"),
        ("備註 備件已到", "note", "備件已到"),
        ("owner wang.fang", "owner", "wang.fang"),
        ("filter p:1 state:new", "filter", "p:1 state:new"),
        ("sort number", "sort", "number"),
        ("keep view Urgent", "keep_view", "Urgent"),
        ("Shift nothing", "", ""),
        ("quit now", "", ""),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_commands_are_found_in_every_language_with_what_is_typed_behind_them(
    typed: str, action_id: str, argument: str, language: str
) -> None:
    matches = find_commands(ACTIONS, typed, language)
    first = (matches[0].action.id, matches[0].argument) if matches else ("", "")
    assert first == (action_id, argument)


async def test_what_is_typed_behind_a_command_is_its_first_answer(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        row = run.app.board_model.current_row
        assert row is not None
        await run.press(":", "note parts are on the way")
        assert "parts are on the way" in run.line("note ")
        await run.press("Enter")
        await run.wait_for(f"Note on {row.id}: parts are on the way")
        await run.press("Enter")
        await run.wait_for("noted.")
        assert run.desk.row(row.id).ticket.log[-1].note == "parts are on the way"
        await run.press(":", "sort number", "Enter", "Enter")
        assert run.app.board_model.arrangement.sort_key == "number"
        await run.press(":", "filter state:new", "Enter", "Enter")
        assert run.app.board_model.query == "state:new"
