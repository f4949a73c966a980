"""Every key of every screen: one after the other, all in one packet, and in what a new or a damaged desk shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from interface.driven import AppDriver, copy_world, open_app
from tui import keys
from tui.keys import ALL_SCREENS

# Keys that give the terminal or the interface away are tried elsewhere.
_LEAVING = {"quit", "leave", "suspend", "editor", "amend"}
# The keys that lead from the board to each screen.
WAYS: dict[str, tuple[str, ...]] = {
    "board": (),
    "ticket": ("Enter",),
    "find": ("f", "r"),
    "synonyms": ("f", "Ctrl+T"),
    "bad": ("b",),
    "exchange": ("i",),
    "report": ("#",),
    "behind": ("#", "Enter"),
    "history": ("D",),
    "settings": ("Ctrl+O",),
    "import": ("I", "Esc"),
    "plan": ("%",),
    "people": ("@",),
    "rules": ("@", "P"),
    "keys": ("?",),
    "new": ("n",),
}


def test_each_screen_of_the_key_table_is_reached() -> None:
    assert set(WAYS) >= {*ALL_SCREENS, *(name for action in keys.ACTIONS for name in action.screens)}


def _keys_of(screen_id: str) -> list[str]:
    """The keys of a screen in the order of the table, each under all its names."""
    actions = [action for action in keys.Keymap().actions_on(screen_id) if action.id not in _LEAVING]
    return [key for action in actions for key in action.keys]


def _post(run: AppDriver, key: str) -> None:
    event = events.Key(key, key if len(key) == 1 else " " if key == "space" else None)
    event.time = run._at_s
    run.app.post_message(event)


def _shown(run: AppDriver) -> str:
    return run.app.active_screen.SCREEN_ID


async def _reach(run: AppDriver, screen_id: str) -> bool:
    """Go to a screen from the top of the board; return whether it can be reached on this desk."""
    run.app.go_to_board()
    await run.press("Esc", "Esc", "1", "Home", *WAYS[screen_id])
    return _shown(run) == screen_id


async def _press_each(run: AppDriver, screen_id: str) -> None:
    """Press each key of a screen on that screen; what it asks for is answered with little, and left."""
    for key in _keys_of(screen_id):
        if _shown(run) != screen_id and not await _reach(run, screen_id):
            return  # there is nothing to open
        run._at_s += 1
        _post(run, key)
        await run._settle()
        assert run.app.is_running, (screen_id, key)
        if run.app.active_screen.is_writing:
            answers = ["x"] if _shown(run) == "keys" else ["Enter", "x"]  # there Enter runs what was found, as quit
            await run.press(*answers, "Esc")
        assert run.app.is_running, (screen_id, key)


async def _press_at_once(run: AppDriver, screen_id: str) -> None:
    """Press all keys of a screen in one packet, but for `q` behind Esc: that has led to the board, where `q` quits."""
    if not await _reach(run, screen_id):
        return
    run._at_s += 1
    listed = _keys_of(screen_id)
    for place, key in enumerate(listed):
        if not (key == "q" and "escape" in listed[:place]):
            _post(run, key)
    await run._settle()
    await run.press("Esc", "Esc", "Esc")
    assert run.app.is_running, screen_id


def _damage_policy(folder: Path) -> None:
    (folder / "policy.yaml").write_text("sla: [\n", encoding="utf-8")


def _halve_policy(folder: Path) -> None:
    text = (folder / "policy.yaml").read_text(encoding="utf-8")
    (folder / "policy.yaml").write_text(text[: len(text) // 2], encoding="utf-8")


_DESKS = {"empty": ("empty", None), "damaged": ("shipped", _damage_policy), "halved": ("shipped", _halve_policy)}


@pytest.mark.sample(6)
@pytest.mark.parametrize("screen_id", WAYS)
@pytest.mark.parametrize("desk", _DESKS)
async def test_every_key_on_a_desk_with_nothing_and_one_with_damaged_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: str, screen_id: str
) -> None:
    monkeypatch.chdir(tmp_path)
    world, damage = _DESKS[desk]
    folder = copy_world(world, tmp_path / "desk")
    if damage:
        damage(folder)
    async with open_app(folder) as run:
        await _press_each(run, screen_id)
        await _press_at_once(run, screen_id)


@pytest.mark.sample(3)
@pytest.mark.parametrize("screen_id", WAYS)
async def test_every_key_at_forty_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen_id: str) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app(copy_world("shipped", tmp_path / "desk"), size=(40, 10), person="zhao.min") as run:
        await _press_each(run, screen_id)
        await _press_at_once(run, screen_id)
