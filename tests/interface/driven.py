"""The interface without a terminal: keys in, the text on the screen out."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import events

import worlds
from fenji.desk import Desk
from fenji.errors import Refused
from fenji.search import manifest
from tui.settings import UserSettings, load_settings
from tui.startup import create_app
from wrapping import shows

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import FenjiApp

NOW = datetime.fromisoformat("2026-03-10T10:00:00+03:00")
PATIENCE_S = 60.0  # seconds that something may take to come on a busy machine
NAMED: Mapping[str, tuple[str, str | None]] = {
    "Enter": ("enter", "\r"),
    "Esc": ("escape", None),
    "Tab": ("tab", "\t"),
    "ShiftTab": ("shift+tab", None),
    "Space": ("space", " "),
    "Backspace": ("backspace", None),
    **{name: (name.lower(), None) for name in ("Up", "Down", "Left", "Right", "Home", "End", "PageDown", "PageUp")},
    **{f"Ctrl+{letter}": (f"ctrl+{letter.lower()}", None) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
}
_WORLDS = TemporaryDirectory(prefix="fenji-worlds-")


@cache
def _make_world(name: str) -> Path:
    folder = worlds.make(name, Path(_WORLDS.name) / name, now=NOW)
    with Desk.open(folder, person="li.wei") as desk:
        desk.update_index()
    return folder


def copy_world(name: str, folder: Path) -> Path:
    """Copy a world that is made once a run; the index counts as built in the copy, else each would rebuild it."""
    shutil.copytree(_make_world(name), folder, symlinks=True)
    ledger = folder / ".git/fenji-index.json"
    built = manifest.load(ledger)
    assert built
    manifest.save(ledger, replace(built, files=manifest.stamp_files(folder / "index" / built.book)))
    return folder


def fail() -> None:
    """A question to a reader that it cannot answer."""
    raise Refused("The other thing failed.")


class AppDriver:
    """The running interface and its keys. Each key comes `clock_step_s` after the one before, unless it is a burst."""

    def __init__(self, app: FenjiApp, pilot: Pilot[int], desk: Desk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk
        self._at_s = 1000.0
        self.clock_step_s = 1.0  # seconds between two keys

    async def press(self, *keys: str) -> None:
        """Press keys; a word that names no key is typed letter by letter."""
        for word in keys:
            for key in [word] if word in NAMED else word:
                self._at_s += self.clock_step_s
                self._post(key)
                await self._settle()

    async def _settle(self) -> None:
        """Wait until the keys are handled (the last waits for what may follow it), and a new screen is drawn."""
        await self._drain()
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while not self.app.key_dispatcher.is_idle or not self.app.screen._compositor.size:
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"the keys were never handled\n{self.text}")
            await asyncio.sleep(0.001)
            await self._drain()

    async def _drain(self) -> None:
        """Wait until posted messages are handled and drawn. A pilot's own pause would sleep 20 ms or more as well."""
        for _ in range(2):  # the messages posted, and those that they have posted
            await self.pilot._wait_for_screen()
        self.app.screen._on_timer_update()

    async def burst(self, *keys: str) -> None:
        """Press keys all at once, as pasted text comes from a terminal that does not mark it."""
        self._at_s += self.clock_step_s
        for word in keys:
            for key in [word] if word in NAMED else word:
                self._post(key)
        await self._settle()

    def _post(self, key: str) -> None:
        name, character = NAMED.get(key, (key, key))
        event = events.Key(name, character)
        event.time = self._at_s
        self.app.post_message(event)

    async def paste(self, text: str) -> None:
        """Paste a text, which the terminal marks as pasted."""
        self.app.post_message(events.Paste(text))
        await self._drain()

    @property
    def text(self) -> str:
        """The text on the screen."""
        strips = self.app.screen._compositor.render_strips()  # what a terminal would be sent
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def footer(self) -> str:
        """The message, joined if it takes several lines, and the last line of the screen."""
        footer = self.app.active_screen.footer
        over = len(footer.overflow_rows(self.app.active_screen.size.width))
        lines = self.text.split("\n")[-footer.rows - over :]
        if footer.rows == 1 and not footer.prompt:
            return " ".join([lines[0], *(line.strip() for line in lines[1:])])
        *message, last = lines
        return "\n".join([" ".join([*message[:1], *(line.strip() for line in message[1:])]), last])

    def line(self, part: str) -> str:
        """Return the first line of the screen that contains `part`."""
        return next((line for line in self.text.split("\n") if part in line), "")

    async def wait_for(self, *wanted: str, gone: str = "") -> str:
        """Wait until all of `wanted` are on the screen, and `gone` is not, wherever lines are broken."""
        return await self.wait_until(lambda: shows(self.text, *wanted, gone=gone), wanted)

    async def wait_until(self, holds: Callable[[], bool], what: object = "") -> str:
        """Wait until a condition holds; `what` names it if it never does."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while not holds():
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"never came: {what!r}\n{self.text}")
            await asyncio.sleep(0.01)
            await self._drain()
        return self.text


@asynccontextmanager
async def open_app(
    folder: Path,
    *,
    person: str = "li.wei",
    size: tuple[int, int] = (80, 24),
    now: Callable[[], datetime] = lambda: NOW,
    own: UserSettings | None = None,
    plain: bool = False,
) -> AsyncIterator[AppDriver]:
    """Open the interface on a desk; yield its driver."""
    with Desk.open(folder, person=person, now=now, later=True) as desk:
        app = create_app(desk, plain=plain, settings=replace(own or load_settings(), signs="fine"))
        try:
            async with app.run_test(size=size) as pilot:
                yield AppDriver(app, pilot, desk)
        finally:
            app.close()
