"""Tools outside the screens: the clipboard of the user's terminal, and the user's editor."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from textual.app import SuspendNotSupported

from fenji.desk.editor import run_editor
from fenji.errors import FenjiError
from fenji.model.ticket import sanitize
from tui import commands
from tui.drawing import cells

if TYPE_CHECKING:
    from tui.commands import Command
    from tui.context import Context

_SHOWN_CELLS = 30  # cells of the copied text in a notice
MAX_CLIPBOARD_BYTES = 48_000  # many terminals drop longer sequences entirely (base64 adds a third)


class ToolUser(Protocol):
    """The app, as far as the tools need it: it hands over the terminal, shows results and runs commands."""

    context: Context

    def show_notice(self, text: str, *, is_error: bool = False) -> None: ...

    def copy_to_clipboard(self, text: str) -> None: ...

    def suspend(self) -> AbstractContextManager[None]: ...

    def show_error(self, error: FenjiError) -> None: ...

    def submit(self, command: Command) -> None: ...


class ExternalTools:
    """The part of the app that uses the clipboard and the editor."""

    def __init__(self, app: ToolUser) -> None:
        self.app, self.context = app, app.context

    def copy_text(self, text: str) -> None:
        """Copy to the clipboard of the user's terminal (OSC 52), cleaned, up to the length that terminals accept."""
        text = clean(text)
        copied = truncate_for_clipboard(text)
        self.app.copy_to_clipboard(copied)
        count = len(copied)
        if len(copied) < len(text):
            self.app.show_notice(
                self.context.say("Too long for the clipboard: the first {count} characters are copied.", count=count)
            )
        else:
            self.app.show_notice(
                self.context.say(
                    "{count} character copied to the clipboard: {text}",
                    plural="{count} characters copied to the clipboard: {text}",
                    count=count,
                    text=cells.truncate(" ".join(copied.split()), _SHOWN_CELLS, self.context.theme.signs.ellipsis),
                )
            )

    def edit_ticket_file(self, ticket_id: str) -> None:
        """Open a copy of a ticket in the user's editor, and save it as an edit."""
        path = self.context.desk.write_edit_copy(ticket_id)
        if self.run_editor(path):
            self.app.submit(commands.save_edited_file(ticket_id, path))

    def run_editor(self, path: Path) -> bool:
        """Hand the terminal to the user's editor until it exits; return False if that fails."""
        failure: FenjiError | None = None
        try:
            with self.app.suspend():
                try:
                    run_editor(path, self.context.desk.root)
                except FenjiError as error:  # an error leaving `suspend` would leave the terminal suspended
                    failure = error
        except SuspendNotSupported:
            self.app.show_notice(self.context.say("This terminal cannot be handed to an editor."), is_error=True)
            return False
        if failure:
            self.app.show_error(failure)
        return failure is None


# --- the clipboard ----------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """Return a text as it is shown: control and invisible characters are copied as marks."""
    return sanitize(text.replace("\r\n", "\n"))


def truncate_for_clipboard(text: str) -> str:
    """Cut the text to the length that terminals accept, between graphemes."""
    if len(text.encode()) <= MAX_CLIPBOARD_BYTES:
        return text
    pieces, byte_count = [], 0
    for piece, _ in cells.graphemes(text):
        byte_count += len(piece.encode())
        if byte_count > MAX_CLIPBOARD_BYTES:
            break
        pieces.append(piece)
    return "".join(pieces)
