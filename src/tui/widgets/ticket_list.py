"""The list of tickets on the board: a line each, with selection and marks."""

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
    """Draws the rows of a `BoardModel` that are in view, and only these, however many tickets there are."""

    def __init__(self, board_model: BoardModel, *, theme: Theme, formatter: Formatter) -> None:
        super().__init__(theme=theme, id="list")
        self.board_model = board_model
        self.formatter = formatter
        self.new_ids: Container[str] = ()  # numbers of received tickets that nobody has looked at
        self.unsent_ids: Container[str] = ()  # numbers of tickets waiting to be sent to the hub
        self.empty_lines: list[StyledLine] = []  # shown when there are no tickets

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
