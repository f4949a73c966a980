"""No input ends the interface: screens that were never painted, and anything typed into any question."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual import events

from fenji.desk.check import check_desk
from fenji.errors import FenjiError
from interface.driven import NAMED, copy_world, open_app
from tui import keys, screens
from tui.screens.ticket import TicketScreen
from tui.writing.dialogs import DIALOGS

if TYPE_CHECKING:
    from fenji.model.ticket import FieldPath

SCREENS = ("board", *screens.SCREENS)
# Keys that give the terminal or the interface away are tried elsewhere.
_LEAVING = {"quit", "leave", "suspend", "editor", "amend"}
WORDS = (
    *("~nosuch/x", "~", "~root/", "/root/.ssh/x", "/proc/self/mem", "/dev/null", "a" * 5_000, "../" * 300, "//", "."),
    *(
        "\ud800",
        "p:",
        "p:9..1",
        "left:<",
        '"',
        "owner:",
        "is:x",
        "-",
        "2026-13-45",
        "1e999",
        "NaN",
        "轉台\u202e",
        "[/b]",
    ),
)


@pytest.mark.parametrize("screen_id", SCREENS)
async def test_a_screen_that_was_never_painted_takes_every_key(tmp_path: Path, screen_id: str) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        screen = run.app.get_base_screen(screen_id)
        if isinstance(screen, TicketScreen):
            screen.show(run.app.board_model.row_at(0).id)
        screen.apply_size()
        screen.refresh_data()
        screen.redraw()
        for action in keys.ACTIONS:
            if screen_id in action.screens and action.id not in _LEAVING:
                with suppress(FenjiError):  # a refusal, which whoever pressed the key is told
                    screen.perform(action)
                screen.footer.prompt = None
        screen.handle_paste("pasted\ntext")
        for name, character in NAMED.values():
            if name not in ("ctrl+c", "ctrl+q", "ctrl+z"):
                screen.handle_key_press(name, character)
        screen.cursor_offset()
        await run.pilot.pause()
        assert run.app.is_running


@pytest.mark.parametrize("field_path", ["description", "cause", "solution"])
async def test_a_long_text_can_be_edited_from_the_board(tmp_path: Path, field_path: FieldPath) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("e", field_path, "Enter", "more of it", "Ctrl+D")
        await run.wait_for("saved.")
        row = run.app.board_model.current_row
        assert row is not None
        assert "more of it" in run.desk.row(row.id).ticket.word(field_path)


@pytest.mark.sample(8)
@pytest.mark.parametrize("action_id", [*DIALOGS, "edit", "filter"])
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.nightly)])
async def test_anything_typed_into_a_question_leaves_the_interface_standing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action_id: str, seed: int
) -> None:
    monkeypatch.chdir(tmp_path)
    choice = random.Random(f"{action_id} {seed}")
    async with open_app(copy_world("shipped", tmp_path / "desk"), person="zhao.min") as run:
        for _ in range(4):
            run.app.go_to_board()
            await run.press("Esc", "Esc", "j")
            await run.press(keys.Keymap().get_action(action_id).keys[0])
            for _ in range(choice.randrange(1, 5)):
                run.app.post_message(events.Paste(choice.choice(WORDS)))
                for _ in range(choice.randrange(4)):
                    await run.press(choice.choice(["Tab", "Enter", "Left", "Backspace", "Ctrl+U", "Ctrl+W", "Up"]))
        assert run.app.is_running
        assert not check_desk(run.desk).damaged


@pytest.mark.parametrize("key", ["B", "R"])
async def test_any_path_may_be_typed_where_a_file_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        for word in WORDS:
            run.app.go_to_board()
            await run.press("Esc", "Esc", "i", key, "Ctrl+U")
            assert run.app.active_screen.footer.prompt, word
            await run.paste(word)
            await run.press("Tab", "Enter", "Enter")
            assert run.app.is_running, word
