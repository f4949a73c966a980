"""The history screen of one ticket or of the whole desk; Enter unfolds the text that a change removed and added."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, cast

from fenji.errors import FenjiError
from tui.drawing import cells
from tui.drawing.head_line import render_head_line
from tui.drawing.scroll import Scroll
from tui.screens.list_base import ListScreen
from tui.ticket import history_lines
from tui.ticket.page_lines import BLANK_LINE, Page, PageLine
from tui.widgets.canvas import Canvas
from tui.widgets.page_view import PageView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.desk.history import DeskEntry, HistoryEntry
    from fenji.model.board import Row
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered

_TICKET_TOPIC, _DESK_TOPIC, _DETAILS_TOPIC = "ticket history", "desk history", "history details"


class HistoryScreen(ListScreen):
    """The list of changes, with who made them and when, and of arrivals by sync."""

    SCREEN_ID = "history"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.header = Canvas(self._draw_head, theme=context.theme, id="head")
        self.view = PageView(theme=context.theme, id="main")
        self._number = ""  # number of the ticket; "" for the desk
        self._title = ""
        self._ticket_entries: tuple[HistoryEntry, ...] | None = None
        self._desk_entries: tuple[DeskEntry, ...] | None = None
        self._details: dict[str, Mapping[str, HistoryEntry]] = {}
        self._unfolded: set[str] = set()
        self._has_more = False

    def compose_body(self) -> ComposeResult:
        yield self.header
        yield self.view

    def show(self, token: str) -> None:
        """Show the history of a ticket from the newest change on; `""` shows the history of the desk."""
        if token != self._number or self._entries is None:
            self._ticket_entries = self._desk_entries = None
            self._details, self._unfolded, self.view.scroll = {}, set(), Scroll()
        self._number = token
        self._title = self.context.desk.row(token).ticket.title if token else ""
        self.refresh_data()

    @property
    def token(self) -> str:
        return self._number

    def refresh_data(self) -> None:
        """Read the history again."""
        from fenji.desk import history

        number, desk = self._number, self.context.desk
        if number:
            self.fenji_app.ask_reader(
                "history", (_TICKET_TOPIC, number), lambda: history.read_ticket_history(desk, number)
            )
        else:
            limit = history.PAGE * max(ceil(self._commit_count / history.PAGE), 1)
            self.fenji_app.ask_reader("history", (_DESK_TOPIC, 0), lambda: history.list_desk_history(desk, limit=limit))

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in the entries, or the details of one of them."""
        kind, subject = message.topic if isinstance(message.topic, tuple) else ("", "")
        if kind == _TICKET_TOPIC and subject == self._number:
            self._ticket_entries = cast("tuple[HistoryEntry, ...]", message.answer)
        elif kind == _DESK_TOPIC and not self._number:
            self._desk_entries = self._join(cast("tuple[DeskEntry, ...]", message.answer), offset=int(str(subject)))
        elif kind == _DETAILS_TOPIC:
            self._details[str(subject)] = cast("Mapping[str, HistoryEntry]", message.answer)

    @property
    def _commit_count(self) -> int:
        return sum(not entry.is_arrival for entry in self._desk_entries or ())

    def _join(self, entries: tuple[DeskEntry, ...], *, offset: int) -> tuple[DeskEntry, ...]:
        from fenji.desk import history

        known = self._desk_entries or () if offset else ()
        commits = sum(not entry.is_arrival for entry in entries)
        self._has_more = commits > 0 and commits % history.PAGE == 0
        return tuple(dict.fromkeys((*known, *entries)))

    # --- display ----------------------------------------------------------------------------------------------------

    @property
    def _entries(self) -> tuple[HistoryEntry, ...] | tuple[DeskEntry, ...] | None:
        return self._ticket_entries if self._number else self._desk_entries

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always one line
        say, formatter, now = self.context.say, self.context.formatter, self.context.desk.now()
        name = say("History of {id}", id=self._number) if self._number else say("History of the desk")
        count = len(self._entries or ())
        counted = say("{count} change", plural="{count} changes", count=count)
        more = "+" if self._has_more and not self._number else ""
        right: StyledLine = [(f" {counted}{more}   {formatter.format_time(now)} ", "dim")]
        left: StyledLine = [(f" {name}", "strong"), (f"   {cells.sanitize_line(self._title)}", "")]
        return [render_head_line(left, right, width, self.context.theme)]

    def redraw(self) -> None:
        if self.is_mounted:
            self.view.page_lines = self._build_page()
            self.view.rest(max(self.size.height - 3, 1))
        super().redraw()

    def _build_page(self) -> list[PageLine]:
        page, now = Page(self.context, self.size.width or 80), self.context.desk.now()
        if self._entries is None:
            return [PageLine([(self.context.say("Reading the history."), "dim")])]
        if not self._entries:
            return [PageLine([(self.context.say("Nothing is committed yet."), "dim")])]
        if self._number:
            return history_lines.render_ticket_history(page, self._ticket_entries or (), self._unfolded, now)
        titles = {row.id: row.ticket.title for row in self.fenji_app.board_model.rows}
        shown = {key: self._details[key] for key in self._unfolded if key in self._details}
        return history_lines.render_desk_history(page, self._desk_entries or (), shown, titles, now)

    # --- keys -------------------------------------------------------------------------------------------------------

    @property
    def active_scroll(self) -> Scroll:
        return self.view.scroll

    @property
    def _current_line(self) -> PageLine:
        return self.view.current_line or BLANK_LINE

    def selected_rows(self) -> tuple[Row, ...]:
        return ()

    def do_down(self) -> None:
        """Move one line down; at the end, fetch older changes."""
        self.view.move_by(1)
        self._fetch_older()

    def do_up(self) -> None:
        self.view.move_by(-1)

    def do_page_down(self) -> None:
        super().do_page_down()
        self._fetch_older()

    def do_bottom(self) -> None:
        super().do_bottom()
        self._fetch_older()

    def _fetch_older(self) -> None:
        from fenji.desk import history

        at_end = self.view.scroll.selected_index >= len(self.view.page_lines) - 1
        if self._number or not at_end or not self._has_more:
            return
        desk, offset, limit = self.context.desk, self._commit_count, history.PAGE
        self._has_more = False  # until the requested entries have come
        self.fenji_app.ask_reader(
            "history", (_DESK_TOPIC, offset), lambda: history.list_desk_history(desk, offset=offset, limit=limit)
        )

    def do_open(self) -> None:
        """Unfold the text that a change removed and added, or open the ticket named on the line."""
        line = self._current_line
        if line.linked_id:
            try:
                self.fenji_app.open_ticket(line.linked_id)
            except FenjiError as error:
                self.show_error(self.context.formatter.format_error(error))
        elif line.event:
            self._unfolded ^= {line.event}
            self._request_details(line.event)

    def _request_details(self, key: str) -> None:
        from fenji.desk import history

        entries = self._desk_entries or ()
        entry = next((entry for entry in entries if history_lines.desk_entry_key(entry) == key), None)
        if entry is not None and not self._number and key in self._unfolded and key not in self._details:
            desk = self.context.desk
            self.fenji_app.ask_reader("history", (_DETAILS_TOPIC, key), lambda: history.read_details(desk, entry))

    def do_copy(self) -> None:
        """Copy the selected line."""
        self.fenji_app.tools.copy_text("".join(text for text, _ in self._current_line.spans).strip())
