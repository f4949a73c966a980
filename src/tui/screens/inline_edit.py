"""Editing a long text in place on its ticket's page: keys, draft and saving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Offset

from tui import commands
from tui.commands import StepInput
from tui.screens.list_base import ListScreen
from tui.text_edit import TextEdit
from tui.widgets.page_view import PageView

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.ticket import FieldPath
    from tui.context import Context
    from tui.ticket_page import PageLine

SAVE_KEYS = ("ctrl+d", "ctrl+s")


class InlineEditScreen(ListScreen):
    """A screen that shows the page of a ticket, on which a long text can be edited."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.view = PageView(theme=context.theme, id="main")
        self.row: Row | None = None
        self.text_edit: TextEdit | None = None

    def build_page(self) -> list[PageLine]:
        """Return the current lines of the page, including the text being edited."""
        raise NotImplementedError

    def key_hints(self) -> str:
        """Return the key hints while a text is edited and letters are text."""
        return self.context.say("Ctrl+D save   Esc back, kept as a draft   Ctrl+Z undo") if self.text_edit else ""

    def cursor_offset(self) -> Offset | None:
        """Return the position of the cursor in the text being edited."""
        if self.text_edit is None or self.footer.prompt:
            return super().cursor_offset()
        line, cell = self.text_edit.cursor_position
        return self.view.region.offset + Offset(cell, self._edit_first_line + line - self.view.scroll.top)

    @property
    def _edit_first_line(self) -> int:
        """The line of the page where the text being edited begins."""
        field_path = self.text_edit.field_path if self.text_edit else None
        return next((n for n, line in enumerate(self.view.page_lines) if line.field_path == field_path), 0)

    @property
    def edits_text(self) -> bool:
        return self.text_edit is not None

    @property
    def edits_kept_draft(self) -> bool:
        return self.text_edit is not None and self.text_edit.from_draft

    def handle_text_key(self, key: str, character: str | None) -> bool:
        """Handle a key in the text being edited."""
        edit = self.text_edit
        if edit is None:
            return False
        if key in SAVE_KEYS:
            self._save(edit)
        elif key in ("escape", "ctrl+c"):
            self._keep_as_draft(edit)
        elif edit.text_input.handle_key(key, character):
            self._follow_cursor(edit)
        return True

    def paste(self, text: str) -> bool:
        """Insert pasted text into the text being edited."""
        if self.text_edit:
            self.text_edit.text_input.insert(text)
            self._follow_cursor(self.text_edit)
        return self.text_edit is not None

    def _follow_cursor(self, edit: TextEdit) -> None:
        """Store the draft, and keep the cursor in view."""
        self.context.state.drafts[self._draft_key(edit.field_path)] = edit.text_input.text
        self.view.page_lines = self.build_page()
        self.view.scroll.resize(len(self.view.page_lines), self.view.size.height)
        self.view.scroll.move_to(self._edit_first_line + edit.cursor_position[0])

    def _draft_key(self, field_path: FieldPath) -> str:
        return f"{field_path}/{self.row.uid if self.row else ''}"

    def begin_edit(self, field_path: FieldPath) -> None:
        """Start editing a long text in place."""
        if self.row is None:
            return
        edit = TextEdit(field_path, self.row.ticket, self.context.state.drafts.get(self._draft_key(field_path)))
        if edit.from_draft:
            self.footer.show_notice(self.context.say("Your draft is taken up again."))
        self.text_edit = edit
        self._follow_cursor(edit)

    def _save(self, edit: TextEdit) -> None:
        if self.row and edit.changed:
            command = commands.record_step(
                [self.row], StepInput("edit", {edit.field_path: edit.text}, base_ticket=edit.base_ticket)
            )
            self.fenji_app.submit(command.with_drafts([self._draft_key(edit.field_path)]))
        else:
            self.context.state.drafts.pop(self._draft_key(edit.field_path), None)
        self._end_edit(edit)

    def _keep_as_draft(self, edit: TextEdit) -> None:
        if edit.changed:
            self.footer.show_notice(
                self.context.say("Kept as a draft. {key} takes it up again.", key=self.context.keymap.key_label("edit"))
            )
        else:
            self.context.state.drafts.pop(self._draft_key(edit.field_path), None)
        self.context.state.save()
        self._end_edit(edit)

    def _end_edit(self, edit: TextEdit) -> None:
        """Stop editing, and select the first line of the text."""
        first_line = self._edit_first_line
        self.text_edit = None
        self.view.page_lines = self.build_page()
        while (
            first_line < len(self.view.page_lines) - 1
            and self.view.page_lines[first_line].field_path != edit.field_path
        ):
            first_line += 1
        self.view.scroll.move_to(first_line)
