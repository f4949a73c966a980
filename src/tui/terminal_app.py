"""The side of the application that faces the terminal: what is sent to it."""

from __future__ import annotations

import gc
import shutil
from typing import TYPE_CHECKING, Any

from textual import events
from textual._compositor import CompositorUpdate
from textual.app import App

from tui.painted_rows import PaintedRows

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.screen import Screen

    from tui.first_paint import FirstPaint


class TerminalApp(App[int]):
    """An application that sends only what differs from what stands on the terminal."""

    def __init__(self, driver_class: type[Driver]) -> None:
        super().__init__(driver_class=driver_class, ansi_color=True)
        self.painted_rows = PaintedRows()
        self.first_paint: FirstPaint | None = None  # what stands on the terminal when the application starts

    def collect_garbage(self) -> None:
        """Collect garbage from now on, but not among what every start makes."""
        gc.freeze()
        gc.enable()

    def take_first_paint(self) -> FirstPaint | None:
        """Return what was painted first if it still fits the terminal, and forget all that was painted later."""
        painted, self.first_paint = self.first_paint, None
        self.painted_rows.forget()
        if painted and painted.size == tuple(shutil.get_terminal_size()):
            self.painted_rows.take_over(painted.rows)
        return painted

    async def on_event(self, event: events.Event) -> None:
        """Paint everything anew at another size."""
        if isinstance(event, events.Resize) and event.size != self.size:
            self.painted_rows.forget()
        await super().on_event(event)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            renderable = self.painted_rows.track(renderable, screen.size)
        super()._display(screen, renderable)

    def do_repaint(self) -> None:
        """Paint everything anew, after something else has written on the terminal."""
        self.painted_rows.forget()
        self.screen.refresh()
