"""Whatever is pressed, in whatever order and size: the interface stands, and says nothing it should not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tui.driven import NAMED, Driven, desk_folder, opened

# Keys that leave or give the terminal away are tried elsewhere.
_LEFT_OUT = {"Ctrl+C", "Ctrl+Q", "Ctrl+Z"}
KEYS = [
    *(one for one in NAMED if one not in _LEFT_OUT),
    *"abcdefghijklmnoprstuvwxyzABCDGHJKLMNOPRSTUVWXYZ0123456789?/:.+-*,生鏽",
]


async def _pressed(run: Driven, seed: int, count: int) -> None:
    choice = random.Random(seed)
    for _ in range(count):
        key = choice.choice(KEYS)
        if key == "q" and run.app.place.PLACE == "board":
            continue
        await run.press(key)
        if choice.random() < 0.02:
            await run.pilot.resize_terminal(choice.choice([30, 40, 80, 132, 200]), choice.choice([8, 12, 24, 50]))


@pytest.mark.parametrize("seed", range(2))
async def test_any_keys_in_any_order(tmp_path: Path, seed: int) -> None:
    async with opened(desk_folder("shipped", tmp_path / "desk"), person="zhao.min") as run:
        await _pressed(run, seed, 200)
        assert run.app.is_running
        assert not run.desk.check().damaged
