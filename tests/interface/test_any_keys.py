"""Whatever is pressed, in whatever order and size: the interface stands, and says nothing it should not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from desks import is_clean
from fenji.desk.check import check_desk
from interface.driven import NAMED, AppDriver, copy_world, open_app
from interface.test_every_key import WAYS

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


# What is pasted, or comes from a terminal that was asked nothing.
ODD_TEXTS = (
    *("\x1b[A", "\x1b[200~", "\x1b]11;rgb:0000/0000/0000\x07", "\x1b[<0;10;10M", "\x00\x01", "a\nb\r\nc"),
    *("[bold]x[/]", "{0}{name}", "../../etc", "p:1..2 owner:me", "2026-13-40", "\ud800", "\u202e", '"' * 50),
    *("轉" * 300, "e\u0301" * 80, "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20),
)
WIDTHS, HEIGHTS = (1, 2, 10, 30, 40, 63, 80, 100, 132, 200), (1, 2, 3, 5, 8, 12, 24, 50)


async def _do_something_odd(run: AppDriver, choice: random.Random) -> None:
    """A key, several in one packet, a paste, or another size."""
    what, keys = choice.random(), [*KEYS, *"EFIQ#%@|{}[]=!~&^<>()é👍\u200d"]
    leaving = {"q", "Q", "Esc"}  # they would lead back to the board before much has happened
    if what < 0.85:
        if (key := choice.choice(keys)) not in leaving or (key == "Esc" and choice.random() < 0.2):
            await run.press(key)
    elif what < 0.93:
        await run.burst(*(key for key in choice.choices(keys, k=choice.randint(2, 30)) if key not in leaving))
    elif what < 0.97:
        await run.paste(choice.choice(ODD_TEXTS))
    else:
        await run.pilot.resize_terminal(choice.choice(WIDTHS), choice.choice(HEIGHTS))


@pytest.mark.sample(2)
@pytest.mark.parametrize("screen_id", sorted(WAYS))
async def test_bursts_pastes_and_sizes_end_no_screen_and_lose_no_act(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen_id: str, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    choice = random.Random(screen_id)
    folder = copy_world("shipped", tmp_path / "desk")
    async with open_app(folder, person="sun.yu") as run:
        for _ in range(1_500 if request.config.getoption("--nightly") else 60):
            if run.app.active_screen.SCREEN_ID == "board" and choice.random() < 0.3:
                run.app.go_to_board()
                await run.press("Esc", "Esc", "1", "Home", *WAYS[screen_id])
            await _do_something_odd(run, choice)
            assert run.app.is_running
        assert not check_desk(run.desk).damaged
    assert is_clean(folder)
