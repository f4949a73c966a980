"""Writing a long text where it stands in its ticket: its keys, its draft, and what is saved of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Offset

from fenji.tui import deeds
from fenji.tui.deeds import Step
from fenji.tui.screens.listing import Listing
from fenji.tui.text_edit import TextEdit
from fenji.tui.widgets.page_view import PageView

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.tui.kit import Kit
    from fenji.tui.page import PageLine

SAVES = ("ctrl+d", "ctrl+s")


class InPlace(Listing):
    """A place that shows the page of one ticket, in which a text may be written."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.view = PageView(look=kit.look, id="main")
        self.row: Row | None = None
        self.written: TextEdit | None = None

    def lines(self) -> list[PageLine]:
        """The page as it stands now, with the text that is being written in its place."""
        raise NotImplementedError

    def keys_line(self) -> str:
        """While a text is written, letters are text."""
        return self.kit.say("Ctrl+D save   Esc back, kept as a draft   Ctrl+Z undo") if self.written else ""

    def cursor(self) -> Offset | None:
        """The terminal's cursor goes along with the text that is written."""
        if self.written is None or self.foot.prompt:
            return super().cursor()
        line, cell = self.written.place
        return self.view.region.offset + Offset(cell, self._first_line + line - self.view.scroll.top)

    @property
    def _first_line(self) -> int:
        """The line of the page in which the written text begins."""
        leaf = self.written.leaf if self.written else ""
        return next((n for n, one in enumerate(self.view.page) if one.leaf == leaf), 0)

    def write(self, key: str, character: str | None) -> bool:
        """Keys of a text that is being written."""
        edit = self.written
        if edit is None:
            return False
        if key in SAVES:
            self._save(edit)
        elif key in ("escape", "ctrl+c"):
            self._put_aside(edit)
        elif edit.writing.take(key, character):
            self._follow(edit)
        return True

    def paste(self, text: str) -> bool:
        """Pasted text goes into the text that is being written."""
        if self.written:
            self.written.writing.insert(text)
            self._follow(self.written)
        return self.written is not None

    def _follow(self, edit: TextEdit) -> None:
        """Keep the draft, and the cursor in view."""
        self.kit.memory.drafts[self._draft(edit.leaf)] = edit.writing.text
        self.view.page = self.lines()
        self.view.scroll.fit(len(self.view.page), self.view.size.height)
        self.view.scroll.to(self._first_line + edit.place[0])

    def _draft(self, leaf: str) -> str:
        return f"{leaf}/{self.row.uid if self.row else ''}"

    def begin(self, leaf: str) -> None:
        """Write a long text in its place."""
        if self.row is None:
            return
        edit = TextEdit(leaf, self.row.ticket, self.kit.memory.drafts.get(self._draft(leaf)))
        if edit.resumed:
            self.foot.say(self.kit.say("Your draft is taken up again."))
        self.written = edit
        self._follow(edit)

    def _save(self, edit: TextEdit) -> None:
        if self.row and edit.changed:
            step = deeds.step([self.row], Step("edit", {edit.leaf: edit.text}, seen=edit.seen))
            self.fenji.submit(step.with_drafts([self._draft(edit.leaf)]))
        else:
            self.kit.memory.drafts.pop(self._draft(edit.leaf), None)
        self._end(edit)

    def _put_aside(self, edit: TextEdit) -> None:
        if edit.changed:
            self.foot.say(self.kit.say("Kept as a draft. {key} takes it up again.", key=self.kit.keymap.key("edit")))
        else:
            self.kit.memory.drafts.pop(self._draft(edit.leaf), None)
        self.kit.memory.keep()
        self._end(edit)

    def _end(self, edit: TextEdit) -> None:
        """Stop writing; the bar goes to where the text begins."""
        top = self._first_line
        self.written = None
        self.view.page = self.lines()
        while top < len(self.view.page) - 1 and self.view.page[top].leaf != edit.leaf:
            top += 1
        self.view.scroll.to(top)
