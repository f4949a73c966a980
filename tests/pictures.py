"""Draws docs/pictures: `python -m pictures DIR`, tests on the path. Each picture is a screen of the shipped desk."""

from __future__ import annotations

import asyncio
import html
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import worlds
from fenji.desk import Desk
from tui.drawing.cells import width
from tui.settings import UserSettings
from tui.startup import create_app

if TYPE_CHECKING:
    from textual.strip import Strip

# Name of the picture → the keys that lead to it.
PICTURES: dict[str, tuple[str, ...]] = {
    "board": ("j",),
    "ticket": ("j", "enter"),
    "find": ("f", *"生锈"),
    "new": ("n", "ctrl+n", *"電源模塊"),  # without the draft of the picture before
    "keys": ("question_mark",),
    "report": ("#", "p", *"2025-11..2026-10", "enter", "j", "j"),
    "plan": ("%",),
    "people": ("@",),
    "history": ("j", "D"),
}
_SIZES = {"": (120, 36), "-80": (80, 24)}  # by the suffix of the name
_CELL, _LINE = 12.2, 24.4  # width and height of a cell in Rich's pictures
_TEXT = re.compile(r'<text class="([^"]*)" x="([^"]*)" y="([^"]*)" textLength="[^"]*" ([^>]*)>([^<]*)</text>')


async def draw(folder: Path, language: str) -> None:
    """Draw every picture into `folder`, as NAME.LANGUAGE.svg, and 80 columns wide as NAME-80.LANGUAGE.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as desk_folder_root:
        path = worlds.make("whole", Path(desk_folder_root) / "desk")
        worlds.repositories.git(path, "config", "fenji.language", language)
        for name, keys in PICTURES.items():
            for suffix, size in _SIZES.items():
                await _draw_one(path, folder / f"{name}{suffix}.{language}.svg", keys, size)


async def _draw_one(desk_path: Path, picture: Path, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    with Desk.open(desk_path, later=True) as desk:
        desk.update_index()
        app = create_app(desk, settings=UserSettings(theme="dark", signs="fine"))
        async with app.run_test(size=size) as pilot:
            for key in keys:
                await pilot.press(key)
                await pilot.pause(0.1)
            await pilot.pause(1.0)
            rules = "".join(_draw_rules(app.screen._compositor.render_strips()))
            svg = app.export_screenshot(title="fenji").replace('-matrix">', f'-matrix">{rules}', 1)
            picture.write_text(fit_to_cells(svg), encoding="utf-8")
        app.close()


def _draw_rules(strips: Sequence[Strip]) -> Iterator[str]:
    """Yield a line under each run of underlined blanks, which Rich leaves out."""
    for row, strip in enumerate(strips):
        cell = 0
        for segment in strip:
            style, size = segment.style, width(segment.text)
            if style and style.underline and not segment.text.strip():
                colour = style.color.get_truecolor().hex if style.color else "#c5c8c6"
                place = f'x="{cell * _CELL:g}" y="{row * _LINE + 22:g}" width="{size * _CELL:g}" height="1.2"'
                yield f'<rect {place} fill="{colour}"/>'
            cell += size


def fit_to_cells(svg: str) -> str:
    """Return the picture with each run of wide or of narrow characters in its cells: Rich gives each only one cell."""
    return _TEXT.sub(lambda match: "".join(_split_text(*match.groups())), svg)


def _split_text(name: str, x: str, y: str, clip: str, content: str) -> list[str]:
    elements, left = [], float(x)
    for _, characters in groupby(html.unescape(content), key=lambda character: width(character) == 2):
        run = "".join(characters)
        length = width(run) * _CELL
        text = html.escape(run).replace("\xa0", "&#160;")
        place = f'x="{left:g}" y="{y}" textLength="{length:g}"'
        elements.append(f'<text class="{name}" {place} {clip}>{text}</text>')
        left += length
    return elements


if __name__ == "__main__":
    for language in ("en", "zh-Hant"):
        asyncio.run(draw(Path(sys.argv[1]), language))
