"""The ticket screen: clocks, all fields, each edited in place, and the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container

from fenji.errors import FenjiError
from fenji.model.conflicts import short_digest
from fenji.model.ticket import CLOSED_STATES, FIELD_BY_PATH, TEXT_KEYS, parse_field_path
from fenji.model.workflow.steps import EDITABLE_WHEN_CLOSED
from tui import board_header, cells, editing, timeline
from tui import ticket_page as page
from tui.formatting import EVENT_LABELS
from tui.refusals import field_label
from tui.screens.conflicts import ConflictViewer
from tui.screens.inline_edit import InlineEditor
from tui.screens.list_base import ListScreen
from tui.scroll import Scroll
from tui.ticket_page import PageLine, TicketPage
from tui.widgets.canvas import Canvas
from tui.widgets.page_view import PageView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.model.board import Row
    from fenji.model.ticket import Event
    from tui.context import Context
    from tui.messages import ReaderAnswered
    from tui.theme import StyledLine

WIDE_HEADER_WIDTH = 100  # minimum width for naming the user in the header
_RECEIPT_TOPIC = "receipt"
SIDE_BY_SIDE_WIDTH = 120  # minimum width for the history beside the fields


class TicketScreen(ListScreen):
    """A ticket to read and to edit in place."""

    SCREEN_ID = "ticket"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.row: Row | None = None
        self.view = PageView(theme=context.theme, id="main")
        self.inline_editor: InlineEditor = InlineEditor(self)
        self.conflicts = ConflictViewer(self)
        self.parts = (self.conflicts,)
        self.body = Container(id="body")
        self.header = Canvas(self._draw_head, theme=context.theme, id="head")
        self.side_view = PageView(theme=context.theme, id="side")
        self.side_view.active = False
        self._changed_fields: frozenset[str] = frozenset()
        self._receipt = ""  # delivery state of the ticket, as git sees it
        self._story_cache: tuple[Row | None, int, list[PageLine]] = None, 0, []

    def compose_body(self) -> ComposeResult:
        yield self.header
        with self.body:
            yield self.view
            yield self.side_view

    def apply_size(self) -> None:
        """Show the history beside the fields in a wide terminal."""
        self.body.set_class(self.size.width >= SIDE_BY_SIDE_WIDTH, "beside")
        if not self._side_by_side:
            self._activate(side=False)

    # --- the ticket shown -----------------------------------------------------------------------------------------

    def show_ticket(self, number: str) -> None:
        """Show a ticket from its top. Raises FenjiError if it cannot be read."""
        self.row = self.context.desk.row(number)
        self._receipt = ""
        self._request_receipt()
        self._changed_fields = frozenset()
        self.conflicts.reset()
        self.inline_editor.text_edit = None
        self.view.scroll, self.side_view.scroll = Scroll(), Scroll()
        self._activate(side=False)

    @property
    def token(self) -> str:
        return self.row.id if self.row else ""

    def restore(self, token: str) -> None:
        """Show the ticket with that number again."""
        if token and token != self.token:
            self.show_ticket(token)

    def selected_rows(self) -> tuple[Row, ...]:
        return (self.row,) if self.row else ()

    def _request_receipt(self) -> None:
        """Ask git who has seen the ticket; this reads the history, and so runs in a reader thread."""
        if self.row and self.fenji_app.sync_controller.remote:
            from fenji.desk import exchange

            number = self.row.id
            self.fenji_app.ask_reader(
                "receipt", (_RECEIPT_TOPIC, number), lambda: exchange.delivery_state(self.context.desk, number)
            )

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in the delivery state of the ticket."""
        if isinstance(message.topic, tuple) and message.topic == (_RECEIPT_TOPIC, self.token):
            self._receipt = str(message.answer)

    def handle_done(self, rows: tuple[Row, ...]) -> None:
        """Show the ticket as the command left it."""
        updated = next((row for row in rows if self.row and row.uid == self.row.uid), None)
        if updated:
            self._update_row(updated)
        else:
            self.refresh_data()

    def refresh_data(self) -> None:
        """Read the ticket again, and mark and report what others changed."""
        if self.row is None:
            return
        try:
            updated = self.context.desk.row(self.row.id, uid=self.row.uid)
        except FenjiError as error:
            self.show_error(self.context.formatter.format_error(error))
            return
        self._update_row(updated)
        self._request_receipt()

    def _update_row(self, updated: Row) -> None:
        known = {event.digest for event in self.row.ticket.log} if self.row else set()
        new_events = [event for event in updated.ticket.log if event.digest not in known]
        self.row = updated
        self._notify_changed(
            [event for event in new_events if event.by != self.context.desk.person and event.do != "superseded"]
        )
        open_names = {conflict.digest for conflict in updated.superseded}
        self._notify_superseded(
            [event for event in new_events if event.do == "superseded" and short_digest(event) in open_names]
        )

    def _notify_changed(self, events: list[Event]) -> None:
        """Mark the fields that others changed, and say who changed them."""
        if not events:
            return
        field_paths = [path for event in events for path in (*event.set, *event.rewrote)]
        self._changed_fields |= {path if path in FIELD_BY_PATH else path.partition(".")[0] for path in field_paths}
        last, formatter = events[-1], self.context.formatter
        labels = [field_label(path, formatter) for path in field_paths] or [formatter.word(EVENT_LABELS[last.do])]
        fields = ", ".join(dict.fromkeys(labels))
        self.footer.show_notice(
            self.context.say("{person} changed meanwhile: {fields}.", person=last.by, fields=fields)
        )

    def _notify_superseded(self, events: list[Event]) -> None:
        """Report that a text lost a merge to one written at the same time, and that both can be read."""
        if events:
            field = field_label(str(events[-1].body.get("field") or ""), self.context.formatter)
            key = self.context.keymap.key_label("both")
            self.show_error(self.context.say("Two wrote {field}: {key} shows both.", field=field, key=key))

    # --- display --------------------------------------------------------------------------------------------------

    @property
    def _side_by_side(self) -> bool:
        return self.body.has_class("beside")

    def redraw(self) -> None:
        if self.row is not None and self.is_mounted:
            self.view.page_lines = self.build_page()
            self.side_view.page_lines = self._story_lines(self.side_view.size.width)[1:] if self._side_by_side else []
            self.conflicts.scroll_to_target(self.view, self.side_view)
        super().redraw()

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        if self.row is None:
            return []
        ticket, formatter = self.row.ticket, self.context.formatter
        kind, state = formatter.word(ticket.kind), formatter.word(ticket.state)
        parts = [kind, ticket.priority_text, state, cells.sanitize_line(ticket.title)]
        left = [(f" {ticket.id}", "strong"), *((f"  {word}", "") for word in parts if word)]
        person = [self.context.desk.person] if width >= WIDE_HEADER_WIDTH else []
        right_parts = [
            self.fenji_app.sync_controller.describe_delivery(ticket.id, self._receipt),
            *person,
            formatter.format_time(self.row.reading.at),
        ]
        right = [(f" {'  '.join(part for part in right_parts if part)} ", "")]
        return [
            board_header.align_ends(left, right, width, self.context.theme),
            *timeline.render_clocks(self.context, self.row.reading),
        ]

    def build_page(self) -> list[PageLine]:
        """Return the fields, including the text being edited, and below them the history unless it is beside."""
        if self.row is None:
            return []
        width, edit = self.view.size.width or 80, self.inline_editor.text_edit
        lines: list[PageLine] = []
        edited_path, conflicts = edit.field_path if edit else None, self.conflicts.displays()
        ticket_page = TicketPage(
            self.row.ticket,
            self.context,
            width,
            self._changed_fields,
            conflicts,
            edited_path,
            self.row.marks,
            self.row.held,
        )
        for line in page.render_page(ticket_page):
            if edit is None or line.field_path != edit.field_path:
                lines.append(line)
            elif lines[-1].field_path != edit.field_path:
                lines += edit.render(field_label(edit.field_path, self.context.formatter), width)
        return lines if self._side_by_side else [*lines, *self._story_lines(width)]

    def _story_lines(self, width: int) -> list[PageLine]:
        """Return the history and how the clocks ran; cached until the ticket is read again."""
        if self.row is None:
            return []
        if self._story_cache[0] is not self.row or self._story_cache[1] != width:
            ticket_page = TicketPage(self.row.ticket, self.context, width)
            story = self.context.desk.explain_clocks(self.row.id)
            lines = [*timeline.render_timeline(ticket_page, story.at), *timeline.render_explanation(ticket_page, story)]
            self._story_cache = self.row, width, lines
        return self._story_cache[2]

    # --- keys -----------------------------------------------------------------------------------------------------

    def _activate(self, *, side: bool) -> None:
        self.view.active, self.side_view.active = not side, side

    @property
    def active_scroll(self) -> Scroll:
        return self.side_view.scroll if self.side_view.active else self.view.scroll

    def do_down(self) -> None:
        """Move one line down, skipping blank lines."""
        self._skip_blanks(1)

    def do_up(self) -> None:
        """Move one line up, skipping blank lines."""
        self._skip_blanks(-1)

    def _skip_blanks(self, delta: int) -> None:
        scroll, lines = self.active_scroll, (self.side_view if self.side_view.active else self.view).page_lines
        scroll.move_by(delta)
        while 0 < scroll.selected_index < len(lines) - 1 and not lines[scroll.selected_index].spans:
            scroll.move_by(delta)

    def do_side(self) -> None:
        """Move the keys to the other column."""
        self._activate(side=self._side_by_side and not self.side_view.active)

    def do_next(self) -> None:
        self._open_neighbour(1)

    def do_previous(self) -> None:
        self._open_neighbour(-1)

    def _open_neighbour(self, delta: int) -> None:
        """Show the next or previous ticket of the board."""
        board_model = self.fenji_app.board_model
        uid = self.row.uid if self.row else ""
        if uid not in board_model.shown_uids:
            return
        position = board_model.shown_uids.index(uid) + delta
        if 0 <= position < len(board_model.shown_uids):
            board_model.select(board_model.shown_uids[position])
            self.show_ticket(board_model.row_at(position).id)

    def do_open(self) -> None:
        """Open the linked ticket, or edit the selected line."""
        line = self.view.current_line
        if line and line.linked_id and not self.side_view.active:
            self.fenji_app.open_ticket(line.linked_id)
        elif line and (line.field_path or line.item) and not self.side_view.active:
            self.do_edit()

    def do_edit(self) -> None:
        """Edit the field or item of the selected line, else ask for a field."""
        line = self.view.current_line or page.BLANK_LINE
        if self.row is None:
            return
        target = self.dialog_target((self.row,))
        key, _, name = line.item.partition(".")
        if self._refuse_if_closed((line.field_path or key).partition(".")[0]):
            return
        if line.conflict_field in TEXT_KEYS:
            self.inline_editor.begin_edit(parse_field_path(line.conflict_field))
        elif line.field_path and FIELD_BY_PATH[line.field_path].type == "text":
            self.inline_editor.begin_edit(line.field_path)
        elif line.field_path:
            self.start_dialog(editing.field_dialog(target, line.field_path))
        elif key == "files" and name:
            self.footer.show_notice(str(self.context.desk.root / "tickets" / "files" / self.row.id / name))
        elif key == "links" and name:
            text = self.context.say("Enter opens it. {drop} takes it away.", drop=self.context.keymap.key_label("drop"))
            self.footer.show_notice(text)
        elif key in editing.ITEM_LISTS and name:
            item_value = self.row.ticket.look_up(line.item)
            self.start_dialog(editing.item_dialog(target, key, item_value if isinstance(item_value, dict) else None))
        else:
            self.start_dialog(editing.any_field_dialog(target, edit_inline=self.inline_editor.begin_edit))

    def _refuse_if_closed(self, key: str) -> bool:
        """Refuse to edit a field that is fixed because the ticket is closed; return whether it is."""
        if self.row is None or not key or self.row.ticket.state not in CLOSED_STATES or key in EDITABLE_WHEN_CLOSED:
            return False
        fields = ", ".join(field_label(field, self.context.formatter) for field in sorted(EDITABLE_WHEN_CLOSED))
        text = self.context.say(
            "{id} is {state}: this stays as it is. Still open: {fields}.",
            id=self.row.id,
            state=self.context.formatter.word(self.row.ticket.state),
            fields=fields,
        )
        self.show_error(text)
        return True

    def do_add(self) -> None:
        """Add an item to the selected list, else ask to which."""
        key = self.view.current_line.item.partition(".")[0] if self.view.current_line else ""
        if self.row:
            list_key = key if key in (*editing.ITEM_LISTS, "links") else ""
            self.start_dialog(editing.add_dialog(self.dialog_target((self.row,)), list_key))

    def do_drop(self) -> None:
        """Remove the selected item."""
        line = self.view.current_line
        if self.row and line and "." in line.item and not line.item.startswith("files."):
            self.fenji_app.submit(editing.remove_item(self.dialog_target((self.row,)), line.item))
        else:
            self.show_error(self.context.say("The bar is on no item of a list."))

    def do_editor(self) -> None:
        """Open the ticket's file in the user's editor."""
        if self.row:
            self.fenji_app.tools.edit_ticket_file(self.row.id)

    def do_copy(self) -> None:
        """Copy the text or field of the selected line, else number and title."""
        if self.row:
            line, ticket = self.view.current_line, self.row.ticket
            text = ticket.word(line.field_path) if line and line.field_path else ""
            self.fenji_app.tools.copy_text(text or f"{ticket.id} {ticket.title}")
