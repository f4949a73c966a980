"""Draws docs/pictures: `python -m pictures DIR`, tests on the path. Each picture is a screen of the shipped desk."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import worlds
from fenji.desk import Desk
from tui.settings import UserSettings
from tui.startup import create_app

# Name of the picture → the keys that lead to it.
PICTURES: dict[str, tuple[str, ...]] = {
    "board": ("j",),
    "ticket": ("j", "j", "j", "enter"),
    "find": ("f", *"生锈"),
    "new": ("n", *"電源模塊"),
    "keys": ("question_mark",),
}
_SIZE = (100, 30)


async def draw(folder: Path, language: str) -> None:
    """Draw every picture into `folder`, as NAME.LANGUAGE.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as desk_folder_root:
        path = worlds.make("shipped", Path(desk_folder_root) / "desk")
        worlds.repositories.git(path, "config", "fenji.language", language)
        for name, keys in PICTURES.items():
            await _draw_one(path, folder / f"{name}.{language}.svg", keys)


async def _draw_one(desk_path: Path, picture: Path, keys: tuple[str, ...]) -> None:
    with Desk.open(desk_path, later=True) as desk:
        desk.update_index()
        app = create_app(desk, narrow_signs=True, settings=UserSettings(theme="dark"))
        async with app.run_test(size=_SIZE) as pilot:
            for key in keys:
                await pilot.press(key)
                await pilot.pause(0.1)
            await pilot.pause(1.0)
            picture.write_text(app.export_screenshot(title="fenji"), encoding="utf-8")
        app.close()


if __name__ == "__main__":
    for language in ("en", "zh-Hant"):
        asyncio.run(draw(Path(sys.argv[1]), language))
