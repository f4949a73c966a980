"""The list of tickets on the board: one line each, a bar, marks; a view that jumps rather than creeps."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from tui.columns import ColumnLayout, layout_columns, render_row
from tui.widgets.lines import LineWidget

if TYPE_CHECKING:
    from tui.board_model import BoardModel
    from tui.formatting import Formatter
    from tui.theme import StyledLine, Theme


class TicketList(LineWidget):
    """The rows of a `Triage` that are in view. Only these are drawn, whatever the number of tickets."""

    def __init__(self, board_model: BoardModel, *, theme: Theme, formatter: Formatter) -> None:
        super().__init__(theme=theme, id="list")
        self.board_model = board_model
        self.formatter = formatter
        self.new_ids: Container[str] = ()  # numbers of tickets that came in and that nobody has looked at
        self.unsent_ids: Container[str] = ()  # numbers of tickets that wait to go out to the hub
        self.empty_lines: list[StyledLine] = []  # what stands here where no ticket does

    def draw(self, width: int, height: int) -> list[StyledLine]:
        model = self.board_model
        model.scroll.resize(len(model.shown_uids), height)
        if not model.shown_uids:
            return [[], *self.empty_lines]
        column_layout = layout_columns(width, self.formatter)
        return [self._format_row(n, model.shown_uids[n], column_layout) for n in model.scroll.visible_range]

    def _format_row(self, index: int, uid: str, column_layout: ColumnLayout) -> StyledLine:
        model = self.board_model
        row = model.row_at(index)
        mark = "+" if uid in model.marked_uids else "*" if row.id in self.new_ids else " "
        arrow = self.theme.signs.up if row.id in self.unsent_ids else " "
        spans = render_row(row, column_layout, self.theme, markers=(mark, arrow), closed=uid in model.closed_uids)
        if index == model.scroll.selected_index:
            return [("".join(text for text, _ in spans), "bar"), ("\n", "bar")]
        return spans
