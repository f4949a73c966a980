"""What the interface does outside of its screens: the clipboard of the person's terminal, and their editor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App, SuspendNotSupported

from fenji.errors import FenjiError
from fenji.tui import clipboard, deeds, editor

if TYPE_CHECKING:
    from fenji.tui.deeds import Deed
    from fenji.tui.kit import Kit
    from fenji.tui.screens.place import Place


class Outside(App[int]):
    """An app that hands text and the terminal to others. A subclass has the place in view, and does deeds."""

    kit: Kit

    @property
    def place(self) -> Place:
        """The place in view."""
        raise NotImplementedError

    def refuse(self, error: FenjiError) -> None:
        """Say what was not done."""
        raise NotImplementedError

    def submit(self, deed: Deed) -> None:
        """Do it after everything asked for before."""
        raise NotImplementedError

    def copy(self, text: str) -> None:
        """Copy to the clipboard of the person's own terminal (OSC 52), as far as terminals take it."""
        kept = clipboard.capped(text)
        self.copy_to_clipboard(kept)
        count = len(kept)
        if len(kept) < len(text):
            self.place.foot.say(
                self.kit.say("Too long for the clipboard: the first {count} characters are copied.", count=count)
            )
        else:
            self.place.foot.say(self.kit.say("{count} characters copied.", count=count))

    def edit_file(self, number: str) -> None:
        """Open a copy of a ticket in the person's editor, and take it back as an edit."""
        path = self.kit.desk.edit_copy(number)
        if self.run_editor(path):
            self.submit(deeds.take_edited(number, path))

    def run_editor(self, path: Path) -> bool:
        """Give the terminal to the person's editor until it ends; False where that does not work."""
        failure: FenjiError | None = None
        try:
            with self.suspend():
                try:
                    editor.edit(path)
                except FenjiError as error:  # one that left `suspend` would leave the terminal suspended
                    failure = error
        except SuspendNotSupported:
            self.place.refuse(self.kit.say("This terminal cannot be handed to an editor."))
            return False
        if failure:
            self.refuse(failure)
        return failure is None
