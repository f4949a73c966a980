"""Files of the desk that cannot be read: where, why, and a key that opens them. Their bytes are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenji.board import Bad
from fenji.tui import cells
from fenji.tui.screens.listing import Listing
from fenji.tui.scroll import Scroll
from fenji.tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.tui.kit import Kit
    from fenji.tui.look import Line


class BadPlace(Listing):
    """The list of damaged files."""

    PLACE = "bad"

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.head = Sheet(self._head, look=kit.look, id="head")
        self.list = Sheet(self._list, look=kit.look, id="list")
        self._scroll = Scroll()

    def parts(self) -> ComposeResult:
        yield self.head
        yield self.list

    @property
    def moving(self) -> Scroll:
        return self._scroll

    @property
    def _bad(self) -> tuple[Bad, ...]:
        """The tickets that cannot be read, and before them policy and synonyms where the file is refused."""
        desk = self.kit.desk
        rules = (("policy.yaml", desk.policy_bad), ("handbook.yaml", desk.synonyms().problems))
        return (*(Bad(path, problems) for path, problems in rules if problems), *self.fenji.triage.board.bad)

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        said = self.kit.say("{count} files cannot be read. The others are not held up by them.", count=len(self._bad))
        return [[(f" {cells.cut(said, width - 2, self.kit.look.signs.cut)}", "title")]]

    def _list(self, width: int, height: int) -> list[Line]:
        lines = [line for number in range(len(self._bad)) for line in self._entry(number, width)]
        if not lines:
            return [[(f"  {self.kit.say('All files can be read. Esc goes back.')}", "")]]
        entries = [number for number in range(len(self._bad)) for _ in self._entry(number, width)]
        self._scroll.fit(len(self._bad), height)
        top = min(entries.index(self._scroll.bar), max(len(lines) - height, 0))
        return lines[top : top + height]

    def _entry(self, number: int, width: int) -> Iterator[Line]:
        """A file and everything that is wrong with it."""
        one = self._bad[number]
        mark = ">" if number == self._scroll.bar else " "
        yield [(mark, "title"), (f" {cells.line(one.path)}", "title")]
        for problem in one.problems:
            place = self.kit.say("line {line}", line=problem.line) if problem.line else ""
            words = "  ".join(part for part in (place, cells.line(problem.key), self.kit.say(problem.message)) if part)
            for row in cells.wrap(words, max(width - 6, 8)):
                yield [(f"     {row}", "")]

    def do_open(self) -> None:
        """Open the file in the person's editor."""
        self.do_editor()

    def do_editor(self) -> None:
        """Open the file itself in the person's editor; the board reads it again when it changed."""
        if self._bad:
            path = self.kit.desk.root / self._bad[self._scroll.bar].path
            self.fenji.run_editor(path)
            self.fenji.read_board()

    def do_copy(self) -> None:
        """Copy the path of the file."""
        if self._bad:
            self.fenji.copy(self._bad[self._scroll.bar].path)
