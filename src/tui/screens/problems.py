"""Problems to put right: files of the desk that cannot be read, settings, and tickets with steps to be signed.

Shows where and why, with a key that opens each. The files themselves are never changed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenji.desk.open import POLICY_FILE
from fenji.model.annotations import SIGN_HINT
from fenji.model.board import UNSIGNED_ALERT, BadFile
from tui import cells
from tui.screens.list_base import CanvasListScreen
from tui.settings import group_by_file

if TYPE_CHECKING:
    from tui.theme import StyledLine


class ProblemsScreen(CanvasListScreen):
    """The list of damaged files, followed by the user's settings, and tickets and policy with unsigned steps."""

    SCREEN_ID = "bad"

    @property
    def _bad_files(self) -> tuple[BadFile, ...]:
        """The policy and synonyms if their file is invalid, then the tickets that cannot be read."""
        desk = self.context.desk
        rule_files = ((POLICY_FILE, desk.policy_problems), ("handbook.yaml", desk.synonyms().problems))
        return (
            *(BadFile(path, problems) for path, problems in rule_files if problems),
            *self.fenji_app.board_model.board.bad_files,
        )

    @property
    def _settings_files(self) -> tuple[BadFile, ...]:
        """The files of the user's settings with something that could not be used."""
        return group_by_file((*self.context.settings.problems, *self.fenji_app.sync_controller.schedule_problems))

    @property
    def _unsigned_tickets(self) -> tuple[BadFile, ...]:
        """Tickets, archived ones too, and the policy, with the steps that should be signed and are not."""
        groups = self.context.desk.unsigned.values()
        return tuple(BadFile(steps[0].subject, tuple(step.problem for step in steps)) for steps in groups)

    @property
    def _entries(self) -> tuple[BadFile, ...]:
        return (*self._bad_files, *self._settings_files, *self._unsigned_tickets)

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        say, unsigned = self.context.say, len(self._unsigned_tickets)
        messages = []
        if self._bad_files:
            messages.append(
                say(
                    "{count} file cannot be read. The others are not affected.",
                    plural="{count} files cannot be read. The others are not affected.",
                    count=len(self._bad_files),
                )
            )
        if settings := len(self._settings_files):
            messages.append(
                say(
                    "{count} file of your settings has something that cannot be used.",
                    plural="{count} files of your settings have something that cannot be used.",
                    count=settings,
                )
            )
        if unsigned:
            messages.append(
                say(
                    "{count} with a step that should be signed and is not.",
                    plural="{count} with steps that should be signed and are not.",
                    count=unsigned,
                )
            )
        rows = [row for message in messages for row in cells.wrap(message, max(width - 2, 8))]
        return [[(f" {row}", "title")] for row in rows or [""]]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        numbered_lines = [
            (number, line) for number in range(len(self._entries)) for line in self._format_entry(number, width)
        ]
        lines, entries = [line for _, line in numbered_lines], [number for number, _ in numbered_lines]
        if not lines:
            return [[(f"  {self.context.say('All files can be read. Esc goes back.')}", "")]]
        self._scroll.resize(len(self._entries), height)
        top = min(entries.index(self._scroll.selected_index), max(len(lines) - height, 0))
        return lines[top : top + height]

    def _format_entry(self, number: int, width: int) -> Iterator[StyledLine]:
        """Yield the lines for a file and all its problems."""
        entry = self._entries[number]
        marker = ">" if number == self._scroll.selected_index else " "
        sign, word = UNSIGNED_ALERT
        unsigned_mark = f"  {sign}{self.context.say(word)}" if entry in self._unsigned_tickets else ""
        yield [(marker, "title"), (f" {cells.sanitize_line(entry.path)}", "title"), (unsigned_mark, "notice")]
        for problem in entry.problems:
            location = self.context.say("line {line}", line=problem.line) if problem.line else ""
            key = self.context.formatter.word(problem.key) if unsigned_mark else cells.sanitize_line(problem.key)
            parts = location, key, self.context.say(problem.message)
            text = "  ".join(part for part in parts if part)
            for row in cells.wrap(text, max(width - 6, 8)):
                yield [(f"     {row}", "")]
        if unsigned_mark and number == len(self._entries) - 1:
            yield []
            yield from ([(f"  {row}", "faint")] for row in cells.wrap(self.context.say(SIGN_HINT), max(width - 4, 8)))

    @property
    def _selected_entry(self) -> BadFile | None:
        return self._entries[self._scroll.selected_index] if self._entries else None

    def do_open(self) -> None:
        """Open the ticket with the unsigned step, else the file in the user's editor."""
        entry = self._selected_entry
        if entry in self._unsigned_tickets and entry and entry.path != POLICY_FILE:
            self.fenji_app.open_ticket(entry.path)
        else:
            self.do_editor()

    def do_editor(self) -> None:
        """Open the file itself in the user's editor; the board is read again if it changed."""
        entry = self._selected_entry
        if entry and entry in self._unsigned_tickets and entry.path != POLICY_FILE:
            self.fenji_app.edit_ticket_file(entry.path)
        elif entry:
            is_edited = self.fenji_app.run_editor(self.context.desk.root / entry.path)
            if is_edited and entry in self._settings_files:
                self.footer.show_notice(self.context.say("Your settings are read when the interface starts."))
            self.fenji_app.reload_board()

    def do_copy(self) -> None:
        """Copy the path of the file, or the number of the ticket."""
        if self._selected_entry:
            self.fenji_app.copy_text(self._selected_entry.path)
