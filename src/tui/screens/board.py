"""The board: the open tickets, with the one due next on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from fenji.errors import FenjiError
from fenji.model.board import VIEWS
from tui import polling
from tui.board.board_layout import has_room_for_preview, layout_board
from tui.board.board_pills import BACKLOG_WIDTH, BoardHead
from tui.board.board_tabs import render_tabs
from tui.board.board_view import BoardList, join_columns
from tui.board.columns import ROOMY_WIDTH
from tui.board.preview import Preview, render_preview
from tui.board.side_ticket import render_side_ticket
from tui.delay import Delay
from tui.drawing import cells
from tui.screens.board_arranging import BoardArranger, chosen_columns
from tui.screens.board_filter import BoardFilter
from tui.screens.conflicts import NO_CONFLICT
from tui.screens.list_base import ListScreen
from tui.widgets.canvas import Canvas
from tui.writing import editing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from fenji.desk.search_results import SimilarTicket, Suggestion
    from fenji.model.board import Row
    from fenji.model.ticket import FieldPath
    from tui.board.board_layout import BoardLayout
    from tui.board.board_model import BoardModel
    from tui.context import Context
    from tui.drawing.scroll import Scroll
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered
    from tui.screens.ticket import TicketScreen

BACKLOG_DELAY_S = 2.0  # seconds after the first paint
PREVIEW_DELAY_S = 0.2  # seconds after the last key; the selection itself never waits
BACKLOG_TOPIC = "backlog"
MAX_SIMILAR = 3  # tickets listed as seen before
MIN_SIMILAR_PERCENT = 50  # less similar tickets would be noise in a single line


class BoardScreen(ListScreen):
    """The list of open tickets with views, filter, marks and preview."""

    SCREEN_ID = "board"

    def __init__(self, context: Context, board_model: BoardModel) -> None:
        super().__init__(context)
        self.footer.set_rows(1)
        self.board_model = board_model
        self.view = Canvas(self._draw, theme=context.theme, id="board")
        self.drawn_uids: dict[int, str] = {}  # the ticket of each line of the view that has one
        self.own_views = dict(context.settings.views)  # by name, each with its filter
        self.parts = (
            BoardArranger(self, context, board_model, self.own_views),
            BoardFilter(self, context, board_model, self.apply_filter),
        )
        self._previewed_row = board_model.current_row
        self._similar_by_uid: dict[str, tuple[SimilarTicket, ...]] = {}
        self._preview_delay = Delay(self, PREVIEW_DELAY_S, self._update_preview)
        self._backlog: Sequence[int] | None = None  # counts over the last weeks; None: not requested yet
        self._backlog_delay = Delay(self, BACKLOG_DELAY_S, self._ask_backlog)
        self._side_lines: tuple[object, list[StyledLine]] | None = None  # what the lines were drawn from, and the lines
        self._slow_link = False
        self._filter_error = ""  # why no ticket can match the filter

    def compose_body(self) -> ComposeResult:
        yield self.view

    # --- display --------------------------------------------------------------------------------------------------

    def selected_rows(self) -> tuple[Row, ...]:
        return self.board_model.selected_rows

    @property
    def _preview_enabled(self) -> bool:
        is_off = self._slow_link or self.context.state.last_values.get("preview") == "off"
        return not is_off and has_room_for_preview(*self.size)

    @property
    def ticket_state(self) -> str:
        """The state of the ticket in the preview; like the preview, the footer follows the bar only when it rests."""
        rows = self.selected_rows() if self.board_model.marked_uids else [self._previewed_row]
        row = rows[0] and self.board_model.find_row(rows[0].uid)
        return row.ticket.state if row else ""

    def update_footer(self) -> None:
        """Show what the selected ticket needs next or, while tickets are marked, what can be done with all of them."""
        super().update_footer()
        count, keymap = len(self.board_model.marked_uids), self.context.keymap
        self.footer.right_from = "" if count else "new"
        self.footer.marked_text = self.context.say("{count} marked", count=count) if count else ""
        if count:
            self.footer.actions = keymap.marked_actions(self.ticket_state)
        elif self.size.width >= ROOMY_WIDTH:
            self.footer.actions = self.footer_actions(count=12)

    def list_views(self) -> list[tuple[str, str]]:
        """Return the six built-in views, the user's own, then those shared by the policy."""
        views = self.context.desk.views()
        return [*views[: len(VIEWS)], *self.own_views.items(), *views[len(VIEWS) :]]

    def _draw(self, width: int, height: int) -> list[StyledLine]:
        controller = self.fenji_app.sync_controller
        board_list = BoardList(
            self.board_model,
            self.context,
            new_ids=controller.new_ids,
            unsent=controller.unsent,
            chosen_columns=chosen_columns(self.context.state),
            empty_lines=() if self.board_model.lines else self._empty_board_lines(),
        )
        layout = layout_board(width, height, board_list.line_count, with_preview=self._preview_enabled)
        head = [
            BoardHead(self.board_model, self.context, controller, self._backlog or ()).render(width),
            render_tabs(self.list_views(), self.context, self.board_model, width),
        ]
        list_lines, preview_lines = board_list.render(layout), self._draw_preview(layout)
        self.drawn_uids = {len(head) + n: uid for n, uid in board_list.locate_rows().items()}
        if layout.is_beside:
            edge = self.context.theme.signs.edge
            return [*head, *join_columns(list_lines, preview_lines, layout.list_width, edge)]
        return [*head, *list_lines, *preview_lines]

    def _draw_preview(self, layout: BoardLayout) -> list[StyledLine]:
        row = self._previewed_row and self.board_model.find_row(self._previewed_row.uid)
        if row is None or not layout.preview_height:
            return []
        preview = Preview(
            row,
            self.context,
            self.board_model.position_of(row.uid),
            self._similar_by_uid.get(row.uid, ()),
            self._receipt_text(row),
        )
        if not layout.is_beside:
            return render_preview(preview, layout.preview_width, layout.preview_height)
        if self._side_lines is None or self._side_lines[0] != (preview, layout, self.board_model.board.at):
            size = layout.preview_width, layout.preview_height
            lines = render_side_ticket(preview, self.board_model.board.rows, *size)
            self._side_lines = (preview, layout, self.board_model.board.at), lines
        return self._side_lines[1]

    def _receipt_text(self, row: Row) -> str:
        """Return a text on whether the ticket was sent; `""` if the hub has it, or if there is no hub."""
        controller = self.fenji_app.sync_controller
        return controller.describe_delivery(row.id) if row.id in controller.unsent else ""

    def redraw(self) -> None:
        hub_state = self.fenji_app.sync_controller.hub_state
        separator = f" {self.context.theme.signs.dot} "
        self.footer.remark = separator.join(map(self.context.say, hub_state.remarks)) if hub_state else ""
        super().redraw()
        if self._backlog is None and self.size.width >= BACKLOG_WIDTH:
            self._backlog = ()
            self._backlog_delay.restart()
        selected = self.board_model.current_row
        if (selected and selected.uid) != (self._previewed_row and self._previewed_row.uid):
            self._preview_delay.restart()

    def _ask_backlog(self) -> None:
        """Count the backlog of the last weeks in the background, for the head of a wide board."""
        self.fenji_app.ask_reader("backlog", BACKLOG_TOPIC, lambda: polling.count_backlog(self.context.desk))

    def _empty_board_lines(self) -> list[StyledLine]:
        """Return the lines of an empty board, which suggest what to do next."""
        key, say = self.context.keymap.key_label, self.context.say
        if self._filter_error:
            text = self._filter_error
        elif self.board_model.query:
            text = say(
                ("Nothing matches {filter}. {escape} shows all again."), filter=self.board_model.query, escape="Esc"
            )
        else:
            text = say(
                "No open tickets. {new} reports one, {find} searches the handbook.", new=key("new"), find=key("find")
            )
        return [[(f"  {line}", "")] for line in cells.wrap(text, max(self.size.width - 4, 10))]

    def _update_preview(self) -> None:
        self._previewed_row = self.board_model.current_row
        self.redraw()
        row = self._previewed_row
        if self._preview_enabled and row and row.uid not in self._similar_by_uid:
            self.fenji_app.ask_reader(
                "preview", ("like", row.uid), lambda: self.context.desk.suggest(row.ticket.title, exclude=row.path)
            )

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in tickets similar to the previewed one, the backlog counts, or why no ticket can match the filter."""
        if message.topic == ("filter", self.board_model.query) and isinstance(message.answer, FenjiError):
            self._filter_error = self.context.formatter.format_error(message.answer)
        if message.topic == BACKLOG_TOPIC:
            self._backlog = cast("Sequence[int]", message.answer)
        if isinstance(message.topic, tuple) and message.topic[0] == "like":
            suggestion, uid = cast("Suggestion", message.answer), str(message.topic[1])
            row = self.board_model.find_row(uid)
            similar = [
                ticket
                for ticket in suggestion.likes
                if row and ticket.id != row.id and ticket.percent >= MIN_SIMILAR_PERCENT
            ]
            self._similar_by_uid[uid] = tuple(similar[:MAX_SIMILAR])

    def refresh_data(self) -> None:
        self._previewed_row = self._previewed_row or self.board_model.current_row

    def return_to_start(self) -> None:
        """Show what the next start shows first: all tickets in order, the first selected, the hub's state unknown."""
        self.board_model.marked_uids.clear()
        self.board_model.refresh()
        self.board_model.scroll.move_to(0)
        self._previewed_row = self.board_model.current_row
        self._similar_by_uid.clear()
        self.fenji_app.sync_controller.hub_state = None
        self.footer.prompt = None
        self.footer.show_notice("")
        self.redraw()

    def mark_slow_link(self) -> None:
        """Draw in 16 colours and without preview because of a slow link, and show a notice on what helps."""
        self._slow_link = True
        theme = self.context.theme
        theme.learn(replace(theme.terminal, is_thin=True))
        self.footer.show_notice(
            self.context.say('Slow link: preview is off. "Compression yes" in your ssh config saves 95%.')
        )
        self.redraw()

    @property
    def active_scroll(self) -> Scroll:
        return self.board_model.scroll

    # --- the list -------------------------------------------------------------------------------------------------

    def do_view(self, number: int) -> None:
        """Switch to a view by its number."""
        views = self.list_views()
        if number <= len(views):
            self.apply_filter(views[number - 1][1])

    def do_next_view(self) -> None:
        self._step_view(1)

    def do_last_view(self) -> None:
        self._step_view(-1)

    def _step_view(self, step: int) -> None:
        """Switch to another view; if the filter is not a view, switch to the first or last one."""
        queries = [query for _, query in self.list_views()]
        query = self.board_model.query
        current = queries.index(query) if query in queries else -1 if step > 0 else 0
        self.apply_filter(queries[(current + step) % len(queries)])

    def apply_filter(self, query: str) -> str:
        """Show the matching tickets; return the error in the filter, `""` for none."""
        query = query.strip()
        try:
            self.board_model.apply_filter(query)
        except FenjiError as error:
            return self.context.formatter.format_error(error)
        self._filter_error = ""
        if query and not self.board_model.shown_uids:
            self.fenji_app.ask_reader(
                "filter", ("filter", query), lambda: polling.check_filter(self.context.desk, query)
            )
        return ""

    def do_unmark(self) -> None:
        """Clear the marks, or the filter if nothing is marked."""
        if self.board_model.marked_uids:
            self.board_model.marked_uids.clear()
        elif self.board_model.query:
            self.apply_filter("")

    def do_mark(self) -> None:
        self.board_model.toggle_mark()

    def do_mark_all(self) -> None:
        self.board_model.toggle_all_marks()

    def do_refresh(self) -> None:
        """Add new tickets to the list, and sort it."""
        self.board_model.refresh()

    def do_preview(self) -> None:
        """Show or hide the preview; the choice is kept across restarts."""
        was_shown = self._preview_enabled
        self._slow_link = False
        self.context.state.last_values["preview"] = "off" if was_shown else "on"
        self._previewed_row = self.board_model.current_row

    # --- other screens --------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Open the selected ticket, or the closed group that the bar is on."""
        row = self.board_model.current_row
        if row:
            self.fenji_app.open_ticket(row.id)
        else:
            self.board_model.toggle_group()

    def do_both(self) -> None:
        """Open the selected ticket at a field that two people wrote."""
        row = self.board_model.current_row
        if row and row.superseded:
            cast("TicketScreen", self.fenji_app.open_ticket(row.id)).conflicts.do_both()
        elif row:
            self.show_error(self.context.say(NO_CONFLICT))

    def do_bad(self) -> None:
        """List the files that cannot be read."""
        self.fenji_app.go_to("bad")

    def do_edit(self) -> None:
        """Edit a field in all selected tickets."""
        rows = self.selected_rows()
        if rows:
            self.start_dialog(
                editing.any_field_dialog(
                    self.dialog_target(rows), edit_inline=lambda field_path: self._edit_text_of(rows[0].id, field_path)
                )
            )

    def _edit_text_of(self, number: str, field_path: FieldPath) -> None:
        """Open the ticket's page, and edit a long text in place there."""
        cast("TicketScreen", self.fenji_app.open_ticket(number)).inline_editor.begin_edit(field_path)

    def do_editor(self) -> None:
        """Open the ticket's file in the user's editor."""
        rows = self.selected_rows()
        if rows:
            self.fenji_app.tools.edit_ticket_file(rows[0].id)

    def do_copy(self) -> None:
        """Copy number and title to the terminal's clipboard."""
        rows = self.selected_rows()
        self.fenji_app.tools.copy_text("\n".join(f"{row.id} {row.ticket.title}" for row in rows))
