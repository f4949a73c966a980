"""Whatever is pressed, in whatever order and size: the interface stands, and says nothing it should not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fenji.desk.check import check_desk
from interface.driven import NAMED, AppDriver, copy_world, open_app

# Keys that leave or give the terminal away are tried elsewhere.
_LEFT_OUT = {"Ctrl+C", "Ctrl+Q", "Ctrl+Z"}
KEYS = [
    *(key for key in NAMED if key not in _LEFT_OUT),
    *"abcdefghijklmnoprstuvwxyzABCDGHJKLMNOPRSTUVWXYZ0123456789?/:.+-*,生鏽",
]


async def _press_at_random(run: AppDriver, seed: int, count: int) -> None:
    choice = random.Random(seed)
    for _ in range(count):
        key = choice.choice(KEYS)
        if key == "q" and run.app.active_screen.SCREEN_ID == "board":
            continue
        await run.press(key)
        if choice.random() < 0.02:
            await run.pilot.resize_terminal(choice.choice([30, 40, 80, 132, 200]), choice.choice([8, 12, 24, 50]))


@pytest.mark.parametrize("seed", range(2))
async def test_any_keys_in_any_order(tmp_path: Path, seed: int) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk"), person="zhao.min") as run:
        await _press_at_random(run, seed, 200)
        assert run.app.is_running
        assert not check_desk(run.desk).damaged
