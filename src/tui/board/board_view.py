"""The list of tickets on the board, drawn line by line, and the joining of two columns of lines. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tui.board.board_model import GroupLine
from tui.board.board_rows import RowMarks, render_group, render_row
from tui.board.columns import ColumnLayout, layout_columns, render_header
from tui.drawing.spans import pad_line

if TYPE_CHECKING:
    from tui.board.board_layout import BoardLayout
    from tui.board.board_model import BoardModel
    from tui.context import Context
    from tui.drawing.theme import StyledLine


class BoardList(Struct, frozen=True):
    """The list of tickets and what it is drawn from: the model, the numbers new here, and those not sent yet."""

    board_model: BoardModel
    context: Context
    new_ids: Collection[str] = ()
    unsent: Mapping[str, bool] = field(default_factory=dict)  # number → whether it is provisional
    chosen_columns: frozenset[str] | None = None
    empty_lines: Sequence[StyledLine] = ()  # shown when there are no tickets

    @property
    def line_count(self) -> int:
        """The number of lines of the whole list."""
        return len(self.board_model.lines) or len(self.empty_lines) + 2

    def render(self, layout: BoardLayout) -> list[StyledLine]:
        """Return the column headers and the visible lines of the list: exactly one line more than the list's height."""
        model = self.board_model
        columns = layout_columns(layout.list_width, self.context.formatter, self.chosen_columns)
        model.scroll.resize(model.scroll.count, layout.list_height)
        if model.lines:
            lines = [self._render_line(n, columns) for n in self._visible_lines()]
        else:
            lines = [[], *self.empty_lines]
        lines = lines[: layout.list_height]
        header = render_header(columns, self.context.theme, model.arrangement)
        return [header, *lines, *[[]] * (layout.list_height - len(lines))]

    def locate_rows(self) -> dict[int, str]:
        """Return the uids of the tickets that `render` has drawn, each by its line among those returned."""
        visible = (self.board_model.lines[n] for n in self._visible_lines()) if self.board_model.lines else ()
        return {n: line for n, line in enumerate(visible, 1) if isinstance(line, str)}

    def _visible_lines(self) -> Sequence[int]:
        """Return the numbers of the lines in view; the heading of an open group is never the last of them."""
        visible = self.board_model.scroll.visible_range
        last = self.board_model.lines[visible[-1]]
        return visible[:-1] if isinstance(last, GroupLine) and not last.is_closed and len(visible) > 1 else visible

    def _render_line(self, number: int, columns: ColumnLayout) -> StyledLine:
        model, theme = self.board_model, self.context.theme
        line = model.lines[number]
        is_selected = bool(model.scroll.count) and number == model.scroll.selected_line
        if isinstance(line, GroupLine):
            return render_group(line, model.arrangement.grouping, columns, theme, is_selected=is_selected)
        row = model.find_row(line)
        return render_row(row, columns, theme, self._marks_of(line, is_selected=is_selected)) if row else []

    def _marks_of(self, uid: str, *, is_selected: bool) -> RowMarks:
        model, desk = self.board_model, self.context.desk
        row = model.find_row(uid)
        number = row.id if row else ""
        return RowMarks(
            is_selected=is_selected,
            is_marked=uid in model.marked_uids,
            is_unseen=number in self.new_ids,
            is_provisional=self.unsent.get(number, False),
            is_closed=uid in model.closed_uids,
            person=desk.person,
            site=desk.site,
            year=model.board.at.astimezone(self.context.formatter.zone).year,
        )


def join_columns(left: Sequence[StyledLine], right: Sequence[StyledLine], width: int, edge: str) -> list[StyledLine]:
    """Return the lines side by side: the left ones `width` cells wide, then the column's edge, then the right ones."""
    return [
        [*pad_line(left[n] if n < len(left) else [], width), (edge, "dim"), *(right[n] if n < len(right) else [])]
        for n in range(max(len(left), len(right)))
    ]
