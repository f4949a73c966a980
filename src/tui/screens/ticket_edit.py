"""Editing on a ticket's page: fields and items in place, and copying into or out of the ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.ticket import CLOSED_STATES, FIELD_BY_PATH, TEXT_KEYS, parse_field_path
from fenji.model.workflow.steps import EDITABLE_WHEN_CLOSED
from tui import commands
from tui.refusals import field_label
from tui.writing import editing

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.model.board import Row
    from tui.screens.base import BaseScreen
    from tui.screens.inline_edit import InlineEditor
    from tui.screens.ticket_lookups import TicketLookups
    from tui.ticket.page_lines import PageLine


class TicketEditor:
    """The part of the ticket screen that changes the line that the bar is on."""

    def __init__(
        self,
        screen: BaseScreen,
        current_line: Callable[[], PageLine],
        inline_editor: InlineEditor,
        lookups: TicketLookups,
    ) -> None:
        self._screen, self._current_line, self.context = screen, current_line, screen.context
        self._inline_editor, self._lookups = inline_editor, lookups

    @property
    def _row(self) -> Row | None:
        return self._screen.selected_row

    def do_edit(self) -> None:
        """Edit the field or item of the selected line; on another line, ask for a field."""
        line = self._current_line()
        if self._row is None:
            return
        target = self._screen.dialog_target((self._row,))
        key, _, name = line.item.partition(".")
        if self._refuse_if_closed((line.field_path or key).partition(".")[0]):
            return
        if line.conflict_field in TEXT_KEYS:
            self._inline_editor.begin_edit(parse_field_path(line.conflict_field))
        elif line.field_path and FIELD_BY_PATH[line.field_path].type == "text":
            self._inline_editor.begin_edit(line.field_path)
        elif line.field_path:
            self._screen.start_dialog(editing.field_dialog(target, line.field_path))
        elif key == "files" and name:
            self._screen.footer.show_notice(str(self.context.desk.root / "tickets" / "files" / self._row.id / name))
        elif key == "links" and name:
            text = self.context.say("Enter opens it. {drop} removes it.", drop=self.context.keymap.key_label("drop"))
            self._screen.footer.show_notice(text)
        elif key in editing.ITEM_LISTS and name:
            item_value = self._row.ticket.look_up(line.item)
            self._screen.start_dialog(
                editing.item_dialog(target, key, item_value if isinstance(item_value, dict) else None)
            )
        else:
            self._screen.start_dialog(editing.any_field_dialog(target, edit_inline=self._inline_editor.begin_edit))

    def _refuse_if_closed(self, key: str) -> bool:
        """Show an error and return True if the field must not be edited because the ticket is closed."""
        if self._row is None or not key or self._row.ticket.state not in CLOSED_STATES or key in EDITABLE_WHEN_CLOSED:
            return False
        fields = self.context.formatter.join(
            field_label(field, self.context.formatter) for field in sorted(EDITABLE_WHEN_CLOSED)
        )
        text = self.context.say(
            "{id} is {state}: this stays as it is. Still editable: {fields}.",
            id=self._row.id,
            state=self.context.formatter.state(self._row.ticket.state),
            fields=fields,
        )
        self._screen.show_error(text)
        return True

    def do_add(self) -> None:
        """Add an item to the selected list; if none is selected, ask for the list."""
        key = self._current_line().item.partition(".")[0]
        if self._row:
            list_key = key if key in (*editing.ITEM_LISTS, "links") else ""
            self._screen.start_dialog(editing.add_dialog(self._screen.dialog_target((self._row,)), list_key))

    def do_drop(self) -> None:
        """Remove the selected item."""
        line = self._current_line()
        if self._row and "." in line.item and not line.item.startswith(("files.", "seen.")):
            self._screen.fenji_app.submit(editing.remove_item(self._screen.dialog_target((self._row,)), line.item))
        else:
            self._screen.show_error(self.context.say("No list item is selected."))

    def do_editor(self) -> None:
        """Open the ticket's file in the user's editor."""
        if self._row:
            self._screen.fenji_app.tools.edit_ticket_file(self._row.id)

    def do_copy(self) -> None:
        """Copy the text, field or note of the selected line; if it has none, copy number and title."""
        if self._row:
            line, ticket = self._current_line(), self._row.ticket
            event = next((event for event in ticket.log if event.digest == line.event), None)
            text = ticket.word(line.field_path) if line.field_path else event.note if event else ""
            self._screen.fenji_app.tools.copy_text(text or f"{ticket.id} {ticket.title}")

    def do_copy_seen(self) -> None:
        """Copy a solution into this ticket: from the selected ticket seen before, else from the most similar one."""
        row, item = self._row, self._current_line().item
        chosen = [like for like in self._lookups.likes if item == f"seen.{like.id}"] or list(self._lookups.likes)
        like = next((like for like in chosen if like.page.texts.get("solution")), None)
        if row is None:
            return
        if like is None and not self._lookups.knows_likes:
            self._screen.footer.show_notice(self.context.say("Searching."))
        elif like is None:
            self._screen.show_error(self.context.say("No similar ticket with a solution was seen before."))
        elif not self._refuse_if_closed("solution"):
            self._screen.fenji_app.submit(commands.copy_solution(like.id, row))
