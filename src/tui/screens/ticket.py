"""The ticket screen: clocks, missing fields, the timeline, texts and fields, each edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec import Struct
from textual.containers import Container

from fenji.errors import FenjiError
from fenji.model.conflicts import short_digest
from fenji.model.ticket import FIELD_BY_PATH
from tui import keys
from tui.drawing.scroll import Scroll
from tui.refusals import field_label
from tui.screens.conflicts import ConflictViewer
from tui.screens.inline_edit import InlineEditor
from tui.screens.list_base import ListScreen
from tui.screens.ticket_edit import TicketEditor
from tui.screens.ticket_lookups import TicketLookups
from tui.ticket import clock_lines, ticket_head, ticket_needs, ticket_page
from tui.ticket.event_text import act_label
from tui.ticket.page_lines import BLANK_LINE, FIELDS, PageLine, TicketPage
from tui.widgets.canvas import Canvas
from tui.widgets.page_view import PageView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.model.board import Row
    from fenji.model.sla import Explanation
    from fenji.model.ticket import Event
    from tui.action import Action
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered
    from tui.ticket.ticket_needs import TicketNeeds

SIDE_BY_SIDE_WIDTH = 100  # minimum width for the fields beside the texts
EDGE_WIDTH = 120  # minimum width for the line between the two columns
_SIDE_SHARE = 0.37  # share of the width for the fields
_FOOTER_HEIGHT = 2
_WIDE_HINTS = 12  # keys in the footer of a wide terminal


class _TicketFacts(Struct, frozen=True):
    """Facts that are computed once for each version of the ticket."""

    row: Row
    needs: TicketNeeds
    explanation: Explanation


class TicketScreen(ListScreen):
    """A ticket to read and to edit in place."""

    SCREEN_ID = "ticket"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.row: Row | None = None
        self.view = PageView(theme=context.theme, id="main")
        self.inline_editor: InlineEditor = InlineEditor(self)
        self.conflicts = ConflictViewer(self, lambda: self.current_line)
        self.lookups = TicketLookups(self)
        self.editor = TicketEditor(self, lambda: self.current_line, self.inline_editor, self.lookups)
        self.parts = (self.conflicts, self.editor)
        self.body = Container(id="body")
        self.header = Canvas(self._draw_head, theme=context.theme, id="head")
        self.side_view = PageView(theme=context.theme, id="side")
        self.side_view.active = False
        self._changed_fields: frozenset[str] = frozenset()
        self._facts_cache: _TicketFacts | None = None
        self._unfolded: set[str] = set()

    def compose_body(self) -> ComposeResult:
        yield self.header
        with self.body:
            yield self.view
            yield self.side_view

    def apply_size(self) -> None:
        """Show the fields beside the texts in a wide terminal."""
        self.body.set_class(self.is_wide, "beside")
        self.side_view.styles.width = self._side_width
        self.side_view.edge = self.context.theme.signs.edge if self.size.width >= EDGE_WIDTH else " "
        if not self.is_wide:
            self._activate(side=False)

    @property
    def is_wide(self) -> bool:
        """Whether the fields are shown beside the texts."""
        return self.size.width >= SIDE_BY_SIDE_WIDTH

    @property
    def _side_width(self) -> int:
        return round(self.size.width * _SIDE_SHARE) if self.is_wide else 0

    # --- the ticket shown -----------------------------------------------------------------------------------------

    def show(self, token: str) -> None:
        """Show a ticket from its top. Raises FenjiError if it cannot be read."""
        self.row = self.context.desk.row(token)
        self.lookups.reset()
        if self.is_current:
            self.lookups.request()
        self._changed_fields = frozenset()
        self._unfolded &= {FIELDS}
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
            self.show(token)

    def enter(self, *, returning: bool) -> None:
        """Look up the facts that are not in the ticket's file; on return also what another screen changed in it."""
        if returning:
            self.refresh_data()
        self.lookups.request()

    def selected_rows(self) -> tuple[Row, ...]:
        return (self.row,) if self.row else ()

    def footer_actions(self, count: int = keys.MAX_HINTS) -> list[Action]:
        """Return the actions of the footer, more of them in a wide terminal."""
        return super().footer_actions(_WIDE_HINTS if self.size.width >= ticket_head.WIDE_WIDTH else count)

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in the result of a lookup."""
        self.lookups.handle_answer(message)

    def handle_done(self, rows: tuple[Row, ...]) -> None:
        """Show the ticket as the command left it."""
        updated = next((row for row in rows if self.row and row.uid == self.row.uid), None)
        if updated:
            self._update_row(updated)
        else:
            self.refresh_data()

    def refresh_data(self) -> None:
        """Read the ticket again, and mark and report changes by other people."""
        if self.row is None:
            return
        try:
            updated = self.context.desk.row(self.row.id, uid=self.row.uid)
        except FenjiError as error:
            self.show_error(self.context.formatter.format_error(error))
            return
        self._update_row(updated)
        self.lookups.request_receipt()

    def _update_row(self, updated: Row) -> None:
        new_events = updated.ticket.events_since(self.row.ticket if self.row else None)
        self.row = updated
        person = self.context.desk.person
        self._notify_changed([event for event in new_events if event.by != person and event.do != "superseded"])
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
        labels = [field_label(path, formatter) for path in field_paths] or [act_label(last.do, formatter)]
        fields = self.context.formatter.join(dict.fromkeys(labels))
        text = self.context.say("{person} changed meanwhile: {fields}.", person=last.by, fields=fields)
        edit = self.inline_editor.text_edit
        if edit and edit.field_path in field_paths:
            kept = self.context.say("Yours is not touched; saving it keeps both.")
            text = formatter.join_sentences((text, kept))
        self.footer.show_notice(text)

    def _notify_superseded(self, events: list[Event]) -> None:
        """Report that a text lost a merge to one written at the same time, and the key that shows both."""
        if events:
            field = field_label(str(events[-1].body.get("field") or ""), self.context.formatter)
            key = self.context.keymap.key_label("both")
            self.show_error(self.context.say("Two texts in {field}: {key} shows both.", field=field, key=key))

    # --- display --------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        if self.row is not None and self.is_mounted:
            self.header.styles.height = len(self._draw_head(self.size.width, 0))
            self.view.hides_bar = self.inline_editor.text_edit is not None
            self.view.page_lines = self.build_page()
            needs = self._facts.needs
            self.side_view.page_lines = (
                ticket_page.render_side(self._make_page(side=True), needs) if self.is_wide else []
            )
            self.conflicts.scroll_to_target(self.view, self.side_view)
            for view in (self.view, self.side_view):
                view.rest(self._body_height)
            self.footer.hint_lines = [self._describe_position()]
        super().redraw()

    @property
    def _facts(self) -> _TicketFacts:
        row = cast("Row", self.row)
        if self._facts_cache is None or self._facts_cache.row is not row:
            needs = ticket_needs.read_needs(self.context, row)
            self._facts_cache = _TicketFacts(row, needs, self.context.desk.explain_clocks(row.id))
        return self._facts_cache

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - as many lines as there are
        """Return the title line, the clocks, and on a narrow screen what the ticket still needs."""
        if self.row is None:
            return []
        controller = self.fenji_app.sync_controller
        head = ticket_head.render_head(
            self.context,
            self.row,
            width,
            is_provisional=controller.unsent.get(self.row.id, False),
            unsent=controller.changes_to_send,
        )
        lines = [head, *clock_lines.render_clocks(self.context, self.row, width)]
        if self.is_wide:
            return [*lines, []]
        return [*lines, *ticket_needs.render_needs_lines(self.context, self._facts.needs, self.row, width)]

    @property
    def _body_height(self) -> int:
        return max(self.size.height - len(self._draw_head(self.size.width, 0)) - _FOOTER_HEIGHT, 1)

    def _make_page(self, *, side: bool = False) -> TicketPage:
        edit, row = self.inline_editor.text_edit, cast("Row", self.row)
        return TicketPage(
            self.context,
            max(self._side_width - len(self.side_view.edge), 8) if side else self.size.width - self._side_width,
            row,
            changed_paths=self._changed_fields,
            conflicts=self.conflicts.displays(),
            edited_path=edit.field_path if edit else None,
            unfolded=frozenset(self._unfolded),
            commits=self.lookups.commits,
            likes=self.lookups.likes,
            max_events=max(self._body_height // 2 - 2, 3),
            is_wide=self.is_wide,
            delivery=self.fenji_app.sync_controller.describe_delivery(row.id, self.lookups.receipt),
        )

    def build_page(self) -> list[PageLine]:
        """Return the main column, including the text being edited."""
        if self.row is None:
            return []
        return ticket_page.render_main(self._make_page(), self._facts.explanation, self.inline_editor.text_edit)

    def _describe_position(self) -> StyledLine:
        """Return `▾ 62 %` at the right end of the message line while there are more lines below."""
        scroll, height = self.active_view.scroll, self._body_height
        count = len(self.active_view.page_lines)
        if scroll.top + height >= count:
            return []
        text = f"{self.context.theme.signs.below} {100 * (scroll.top + height) // count} %"
        return [(" " * max(self.size.width - len(text) - 1, 0), ""), (text, "dim")]

    # --- keys -----------------------------------------------------------------------------------------------------

    def _activate(self, *, side: bool) -> None:
        self.view.active, self.side_view.active = not side, side

    @property
    def active_view(self) -> PageView:
        """The column that the keys act on."""
        return self.side_view if self.side_view.active else self.view

    @property
    def active_scroll(self) -> Scroll:
        return self.active_view.scroll

    @property
    def current_line(self) -> PageLine:
        """The line that the bar is on; a blank one on an empty page."""
        return self.active_view.current_line or BLANK_LINE

    def do_down(self) -> None:
        self.active_view.move_by(1)

    def do_up(self) -> None:
        self.active_view.move_by(-1)

    def do_section_next(self) -> None:
        """Go to the next section; after the last one of the main column, go to the side column."""
        if not self.active_view.move_section(1) and self.is_wide and not self.side_view.active:
            self._activate(side=True)
            self.side_view.scroll.move_to(0)

    def do_section_back(self) -> None:
        """Go to the previous section; from the first one of the side column, return to the main column."""
        if not self.active_view.move_section(-1) and self.side_view.active:
            self._activate(side=False)

    def do_side(self) -> None:
        """Make the other column the active one."""
        self._activate(side=self.is_wide and not self.side_view.active)

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
            ticket_id = board_model.row_at(position).id
            self.show(ticket_id)
            self.fenji_app.sync_controller.mark_seen([ticket_id])

    def do_fields(self) -> None:
        """Show every field on a line of its own, or fold them."""
        self._unfolded ^= {FIELDS}

    def do_open(self) -> None:
        """Unfold what is folded, open the linked ticket, or edit the selected line."""
        line = self.current_line
        if line.event:
            self._toggle_event(line.event)
        elif line.unfolds:
            self._unfolded ^= {line.unfolds}
        elif line.linked_id:
            self.fenji_app.open_ticket(line.linked_id)
        elif line.field_path or line.item:
            self.editor.do_edit()

    def _toggle_event(self, digest: str) -> None:
        self._unfolded ^= {digest}
        is_event = self.row is not None and any(event.digest == digest for event in self.row.ticket.log)
        if is_event and digest in self._unfolded and digest not in self.lookups.commits:
            self.lookups.request_changes()
