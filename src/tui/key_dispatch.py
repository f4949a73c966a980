"""Dispatch of keys to the active screen, one after the other; keys that arrive all at once are treated as text.

Each key is handled completely before the next, so keys typed ahead over a slow link reach the screen they were meant
for. Text triggers no action, confirms nothing, and is not written into a draft that the keys before it just opened.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.delay import Delay
from tui.keystrokes import BurstCollector, KeyBurst, Keystroke, split_alt

if TYPE_CHECKING:
    from textual import events
    from textual.message_pump import MessagePump

    from tui.context import Context
    from tui.screens.base import BaseScreen

HOLD_S = 0.02  # seconds that a key waits to see whether it begins a text
DRAFT_GUARD_S = 0.5  # seconds after a draft was opened in which text is not meant for it


class KeyDispatcher:
    """Passes keys from the terminal on to the active screen.

    `run` calls a function and reports errors of the desk; `settle` then switches to another screen if one was
    requested, and redraws.
    """

    def __init__(
        self,
        pump: MessagePump,
        context: Context,
        active_screen: Callable[[], BaseScreen],
        *,
        run: Callable[[Callable[[], None]], None],
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self._context, self._active_screen = context, active_screen
        self._run, self._settle = run, settle
        self._bursts = BurstCollector()
        self._flush_delay = Delay(pump, HOLD_S, self._flush)
        self._draft_opened_s = -1.0
        self._held: list[KeyBurst] = []  # until an answer is there that the first of them acts on
        self._holder: BaseScreen | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no key is waiting to be handled."""
        return not self._bursts.is_holding

    async def take(self, keys: Iterable[events.Key]) -> None:
        """Handle keys in order; the last ones wait for a moment if they could begin a text."""
        for key in keys:
            for stroke in split_alt(key.key, key.character, key.time):
                for burst in self._bursts.add(stroke):
                    await self._handle(burst)
        if self._bursts.must_wait:
            self._flush_delay.restart()
        else:
            self._flush_delay.cancel()
            await self._flush()

    async def _flush(self) -> None:
        for burst in self._bursts.flush():
            await self._handle(burst)

    async def _handle(self, burst: KeyBurst) -> None:
        if burst.strokes[0].key == "escape":  # also if it came with the text before it, which is handled already
            self._bursts.expect_no_more_text()
            self._held.clear()
        if self._held:
            self._held.append(burst)
        else:
            await self._act(burst)

    async def resume(self) -> None:
        """Settle, and handle the keys held, in order; they are commands: those that would now be typed mean nothing."""
        await self._settle()
        while self._held and not self._must_hold(self._held[0].strokes[0]):
            burst, screen = self._held.pop(0), self._active_screen()
            if not (screen is self._holder and screen.edits_text and burst.strokes[0].is_printable):
                await self._act(burst)

    def _must_hold(self, stroke: Keystroke) -> bool:
        return self._active_screen().awaits_answer(stroke.key, stroke.character)

    async def _act(self, burst: KeyBurst) -> None:
        screen = self._active_screen()
        if screen.is_too_small or not burst.is_text(writing=screen.is_writing) or screen.only_moves(burst):
            for n, stroke in enumerate(burst.strokes):
                if self._must_hold(stroke):
                    self._held.insert(0, replace(burst, strokes=burst.strokes[n:]))
                    self._holder = self._active_screen()
                    return
                await self._press(stroke.key, stroke.character, stroke.time_s, is_single=burst.is_single)
            return
        self._bursts.expect_more_text(burst)
        if not screen.is_writing or self._is_meant_for_another(screen, burst):
            screen.footer.show_notice(self._context.say("These keys arrived all at once: treated as pasted text."))
            await self._settle()
        else:
            await self._write(screen, burst)

    def _is_meant_for_another(self, screen: BaseScreen, burst: KeyBurst) -> bool:
        if not screen.has_kept_draft or burst.strokes[0].time_s - self._draft_opened_s > DRAFT_GUARD_S:
            return False
        self._draft_opened_s = burst.strokes[-1].time_s  # the next piece of this text is not meant for the draft either
        return True

    async def _write(self, screen: BaseScreen, burst: KeyBurst) -> None:
        for piece in burst.pieces():
            if isinstance(piece, str):
                screen.handle_paste(piece)
            else:
                await self._press(piece.key, piece.character, piece.time_s, is_single=False)
        if screen.footer.prompt and burst.has_line_break:
            screen.say_nothing_done()
        await self._settle()

    async def _press(self, key: str, character: str | None, time_s: float, *, is_single: bool) -> None:
        had_draft = self._active_screen().has_kept_draft
        self._run(lambda: self._active_screen().handle_key_press(key, character, is_single=is_single))
        await self._settle()
        if not had_draft and self._active_screen().has_kept_draft:
            self._draft_opened_s = time_s
