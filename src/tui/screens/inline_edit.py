"""Editing a long text in place on its ticket's page: keys, draft and saving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.geometry import Offset

from tui import commands
from tui.commands import StepInput
from tui.writing.text_edit import TextEdit

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.ticket import FieldPath
    from tui.commands import Command
    from tui.context import Context
    from tui.ticket.page_lines import PageLine
    from tui.widgets.footer import Footer
    from tui.widgets.page_view import PageView

SAVE_KEYS = ("ctrl+d", "ctrl+s")


class PageHost(Protocol):
    """The screen that shows the page of a ticket on which a long text is edited."""

    context: Context
    footer: Footer
    view: PageView
    row: Row | None

    def build_page(self) -> list[PageLine]: ...

    def submit(self, command: Command) -> None: ...


class InlineEditor:
    """The part of a screen that edits a long text in place; `text_edit` is None while no text is being edited."""

    def __init__(self, host: PageHost) -> None:
        self.host, self.context = host, host.context
        self.text_edit: TextEdit | None = None

    @property
    def key_hints(self) -> str:
        """The key hints while a text is edited, else `""`."""
        say = self.context.say
        return say("Ctrl+D save   Esc back, kept as a draft   Ctrl+Z undo") if self.text_edit else ""

    @property
    def cursor_offset(self) -> Offset | None:
        """The position of the cursor on the screen; None while no text is being edited."""
        if self.text_edit is None:
            return None
        (line, cell), view = self.text_edit.cursor_position, self.host.view
        return view.region.offset + Offset(cell, self._edit_first_line + line - view.scroll.top)

    @property
    def _edit_first_line(self) -> int:
        """The line of the page where the text being edited begins."""
        field_path = self.text_edit.field_path if self.text_edit else None
        return next((n for n, line in enumerate(self.host.view.page_lines) if line.field_path == field_path), 0)

    @property
    def edits_kept_draft(self) -> bool:
        return self.text_edit is not None and self.text_edit.from_draft

    def handle_key(self, key: str, character: str | None) -> bool:
        """Handle a key in the text being edited; return False if there is none."""
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
        """Insert pasted text into the text being edited; return False if there is none."""
        if self.text_edit:
            self.text_edit.text_input.insert(text)
            self._follow_cursor(self.text_edit)
        return self.text_edit is not None

    def _follow_cursor(self, edit: TextEdit) -> None:
        """Store the draft, and keep the cursor in view."""
        self.context.state.drafts[self._draft_key(edit.field_path)] = edit.text_input.text
        self.host.view.page_lines = self.host.build_page()
        self.host.view.scroll.resize(len(self.host.view.page_lines), self.host.view.size.height)
        self.host.view.scroll.move_to(self._edit_first_line + edit.cursor_position[0])

    def _draft_key(self, field_path: FieldPath) -> str:
        return f"{field_path}/{self.host.row.uid if self.host.row else ''}"

    def begin_edit(self, field_path: FieldPath) -> None:
        """Start editing a long text in place."""
        if self.host.row is None:
            return
        edit = TextEdit(field_path, self.host.row.ticket, self.context.state.drafts.get(self._draft_key(field_path)))
        if edit.from_draft:
            self.host.footer.show_notice(self.context.say("Your draft is restored."))
        self.text_edit = edit
        self._follow_cursor(edit)

    def _save(self, edit: TextEdit) -> None:
        if self.host.row and edit.changed:
            command = commands.record_step(
                [self.host.row], StepInput("edit", {edit.field_path: edit.text}, base_ticket=edit.base_ticket)
            )
            self.host.submit(command.with_drafts([self._draft_key(edit.field_path)]))
        else:
            self.context.state.drafts.pop(self._draft_key(edit.field_path), None)
        self._end_edit(edit)

    def _keep_as_draft(self, edit: TextEdit) -> None:
        if edit.changed:
            self.host.footer.show_notice(
                self.context.say("Kept as a draft. {key} continues it.", key=self.context.keymap.key_label("edit"))
            )
        else:
            self.context.state.drafts.pop(self._draft_key(edit.field_path), None)
        self.context.state.save()
        self._end_edit(edit)

    def _end_edit(self, edit: TextEdit) -> None:
        """Stop editing, and select the first line of the text; if there was none, the place where it was written."""
        place = self._edit_first_line
        self.text_edit = None
        self.host.view.page_lines = lines = self.host.build_page()
        shown = (n for n in range(place, len(lines)) if lines[n].field_path == edit.field_path)
        self.host.view.scroll.move_to(next(shown, min(place, len(lines) - 1)))
