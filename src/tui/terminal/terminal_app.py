"""The part of the application that writes to the terminal."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual import events
from textual._compositor import CompositorUpdate
from textual.app import App

from tui.terminal.notifier import POP_TITLE, PUSH_TITLE, Notifier, set_title
from tui.terminal.painted_rows import PaintedRows

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.screen import Screen

    from fenji.model.board import Row
    from tui.context import Context
    from tui.terminal.first_paint import FirstPaint


class TerminalApp(App[int]):
    """An application that sends only what differs from what the terminal shows."""

    def __init__(self, driver_class: type[Driver] | None) -> None:
        super().__init__(driver_class=driver_class, ansi_color=True)
        self.painted_rows = PaintedRows()
        self.notifier: Notifier | None = None  # None before the first board
        self.failure: Exception | None = None  # a bug that has ended the application
        self.terminal_title = ""  # the title that we gave the terminal's window, if any
        self.first_paint: FirstPaint | None = None  # what the terminal shows when the application starts

    def collect_garbage(self) -> None:
        """Collect garbage from now on, except among the objects that every start makes."""
        gc.freeze()
        gc.enable()

    def tell_turns(self, context: Context, rows: Sequence[Row]) -> None:
        """Report tickets that turned late or at risk since the last board, and show the counts in the title."""
        self.notifier = self.notifier or Notifier(context)
        if self._driver and not self.is_headless:
            self._driver.write(self.notifier.describe_turns(rows, is_thin=context.theme.terminal.is_thin))
            self._set_title(self.notifier.make_title(rows))
            self._driver.flush()

    def _set_title(self, title: str) -> None:
        if self._driver and title != self.terminal_title:
            self._driver.write(f"{'' if self.terminal_title else PUSH_TITLE}{set_title(title) if title else POP_TITLE}")
            self.terminal_title = title

    def follow_setting(self, key: str, value: str) -> None:
        """Apply a changed setting of notices or title; a title comes with the next board."""
        if self.notifier and key == "notices":
            self.notifier.notices = value
        elif self.notifier and key == "title":
            self.notifier.has_title = value == "on"
            if not self.notifier.has_title:
                self._set_title("")

    def _handle_exception(self, error: Exception) -> None:
        self.failure = self.failure or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own traceback prints the values of variables, which are the customers' tickets.
        self._close_messages_no_wait()

    def take_first_paint(self) -> FirstPaint | None:
        """Return the first paint if it still fits the terminal, and forget all that was painted later."""
        painted, self.first_paint = self.first_paint, None
        self.painted_rows.forget()
        if painted and painted.size == tuple(shutil.get_terminal_size()):
            self.painted_rows.take_over(painted.rows)
        return painted

    async def on_event(self, event: events.Event) -> None:
        """Paint everything again if the size changes."""
        if isinstance(event, events.Resize) and event.size != self.size:
            self.painted_rows.forget()
        await super().on_event(event)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            renderable = self.painted_rows.track(renderable, screen.size)
        super()._display(screen, renderable)

    def do_repaint(self) -> None:
        """Paint everything again, after something else has written to the terminal."""
        self.painted_rows.forget()
        self.screen.refresh()
