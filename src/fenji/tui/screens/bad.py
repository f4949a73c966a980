"""What somebody must put right: files of the desk that cannot be read, and tickets with steps that should be signed.

Where, why, and a key that opens them. The bytes of files are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenji.beside import SIGN_IT
from fenji.board import UNSIGNED, Bad
from fenji.desk.opening import POLICY
from fenji.tui import cells
from fenji.tui.screens.listing import SheetListing

if TYPE_CHECKING:
    from fenji.tui.look import Line


class BadPlace(SheetListing):
    """The list of damaged files, and behind them of tickets and rules with unsigned steps."""

    PLACE = "bad"

    @property
    def _bad(self) -> tuple[Bad, ...]:
        """The tickets that cannot be read, and before them policy and synonyms where the file is refused."""
        desk = self.kit.desk
        rules = ((POLICY, desk.policy_bad), ("handbook.yaml", desk.synonyms().problems))
        return (*(Bad(path, problems) for path, problems in rules if problems), *self.fenji.triage.board.bad)

    @property
    def _unsigned(self) -> tuple[Bad, ...]:
        """Tickets, and the policy, with what should be signed and is not; archived ones too."""
        held = self.kit.desk.unsigned.values()
        return tuple(Bad(found[0].subject, tuple(one.problem for one in found)) for found in held)

    @property
    def _entries(self) -> tuple[Bad, ...]:
        return (*self._bad, *self._unsigned)

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        say, unsigned = self.kit.say, len(self._unsigned)
        said = [say("{count} files cannot be read. The others are not held up by them.", count=len(self._bad))]
        if unsigned:
            said = said if self._bad else []
            said.append(say("{count} with steps that should be signed and are not.", count=unsigned))
        rows = [row for one in said for row in cells.wrap(one, max(width - 2, 8))]
        return [[(f" {row}", "title")] for row in rows]

    def _list(self, width: int, height: int) -> list[Line]:
        drawn = [(number, line) for number in range(len(self._entries)) for line in self._entry(number, width)]
        lines, entries = [line for _, line in drawn], [number for number, _ in drawn]
        if not lines:
            return [[(f"  {self.kit.say('All files can be read. Esc goes back.')}", "")]]
        self._scroll.fit(len(self._entries), height)
        top = min(entries.index(self._scroll.bar), max(len(lines) - height, 0))
        return lines[top : top + height]

    def _entry(self, number: int, width: int) -> Iterator[Line]:
        """A file and everything that is wrong with it."""
        one = self._entries[number]
        mark = ">" if number == self._scroll.bar else " "
        sign, word = UNSIGNED
        marked = f"  {sign}{self.kit.say(word)}" if number >= len(self._bad) else ""
        yield [(mark, "title"), (f" {cells.line(one.path)}", "title"), (marked, "notice")]
        for problem in one.problems:
            place = self.kit.say("line {line}", line=problem.line) if problem.line else ""
            key = self.kit.voice.word(problem.key) if marked else cells.line(problem.key)
            parts = place, key, self.kit.say(problem.message)
            words = "  ".join(part for part in parts if part)
            for row in cells.wrap(words, max(width - 6, 8)):
                yield [(f"     {row}", "")]
        if marked and number == len(self._entries) - 1:
            yield []
            yield from ([(f"  {row}", "faint")] for row in cells.wrap(self.kit.say(SIGN_IT), max(width - 4, 8)))

    @property
    def _under_bar(self) -> Bad | None:
        return self._entries[self._scroll.bar] if self._entries else None

    def do_open(self) -> None:
        """Open the ticket with the unsigned step, else the file in the person's editor."""
        one = self._under_bar
        if one in self._unsigned and one and one.path != POLICY:
            self.fenji.open_ticket(one.path)
        else:
            self.do_editor()

    def do_editor(self) -> None:
        """Open the file itself in the person's editor; the board reads it again when it changed."""
        one = self._under_bar
        if one and one in self._unsigned and one.path != POLICY:
            self.fenji.edit_file(one.path)
        elif one:
            self.fenji.run_editor(self.kit.desk.root / one.path)
            self.fenji.read_board()

    def do_copy(self) -> None:
        """Copy the path of the file, or the number of the ticket."""
        if self._under_bar:
            self.fenji.copy(self._under_bar.path)
