"""The list of tickets on the board: one line each, a bar, marks; a view that jumps rather than creeps."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from fenji.tui.columns import Layout, layout, row_line
from fenji.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from fenji.tui.look import Line, Look
    from fenji.tui.triage import Triage
    from fenji.tui.voice import Voice


class TicketList(Lines):
    """The rows of a `Triage` that are in view. Only these are drawn, whatever the number of tickets."""

    def __init__(self, triage: Triage, *, look: Look, voice: Voice) -> None:
        super().__init__(look=look, id="list")
        self.triage = triage
        self.voice = voice
        self.fresh: Container[str] = ()  # numbers of tickets that came in and that nobody has looked at
        self.empty: list[Line] = []  # what stands here where no ticket does

    def draw(self, width: int, height: int) -> list[Line]:
        triage = self.triage
        triage.scroll.fit(len(triage.order), height)
        if not triage.order:
            return [[], *self.empty]
        shape = layout(width, self.voice)
        return [self._line(n, triage.order[n], shape) for n in triage.scroll.seen]

    def _line(self, line: int, uid: str, shape: Layout) -> Line:
        triage = self.triage
        row = triage.row(line)
        mark = "+" if uid in triage.marks else "*" if row.id in self.fresh else " "
        spans = row_line(row, shape, self.look, mark=mark, gone=uid in triage.gone)
        if line == triage.scroll.bar:
            return [("".join(text for text, _ in spans), "bar"), ("\n", "bar")]
        return spans
