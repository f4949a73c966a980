"""Leaving while commands run: at once when they are done, and not at all if one of them fails."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from interface.driven import PATIENCE_S, copy_world, fail, open_app
from tui.commands import Command, CommandResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.desk import Desk


def wait_and(is_let_go: threading.Event, then: Callable[[], None]) -> Command:
    def run(_: Desk) -> CommandResult:
        assert is_let_go.wait(PATIENCE_S)
        then()
        return CommandResult(Sentence("It is done."), ())

    return Command(run)


async def test_a_lookup_that_fails_meanwhile_does_not_keep_it_open(tmp_path: Path) -> None:
    is_let_go = threading.Event()
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        run.app.submit(wait_and(is_let_go, lambda: None))
        await run.press("q")
        run.app.ask_reader("other", "other", fail)
        await run.wait_for("The other thing failed.")
        assert run.app.return_value is None
        is_let_go.set()
        await run.wait_until(lambda: run.app.return_value == 0, "it is left")


async def test_a_command_that_fails_keeps_it_open(tmp_path: Path) -> None:
    is_let_go = threading.Event()
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        for then in (fail, lambda: None):
            run.app.submit(wait_and(is_let_go, then))
        await run.press("q")
        is_let_go.set()
        await run.wait_for("It is done.")
        assert run.app.return_value is None
        await run.press("q")
        await run.wait_until(lambda: run.app.return_value == 0, "it is left")
