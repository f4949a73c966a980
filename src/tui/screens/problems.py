"""Problems to put right: files of the desk that cannot be read, settings, and tickets with unsigned steps.

Each is shown with its place and reason, and a key opens it. The files themselves are never changed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenji.desk.open import POLICY_FILE
from fenji.errors import Problem
from fenji.model.annotations import RefusedStep, UnsignedStep, list_hints, without_repetitions
from fenji.model.board import BadFile, alert_of
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.head_line import render_head_line
from tui.screens.list_base import CanvasListScreen
from tui.settings import group_by_file

if TYPE_CHECKING:
    from fenji.model.annotations import Mark
    from tui.drawing.theme import StyledLine


def _to_entry(marks: tuple[Mark, ...]) -> BadFile:
    return BadFile(marks[0].subject, tuple(mark.problem for mark in marks))


class ProblemsScreen(CanvasListScreen):
    """The list of damaged files, then the user's settings files, then tickets and policy with marked steps."""

    SCREEN_ID = "bad"

    @property
    def _bad_files(self) -> tuple[BadFile, ...]:
        """The files of the policy and the synonyms if they are invalid, then the tickets that cannot be read."""
        desk = self.context.desk
        rule_files = ((POLICY_FILE, desk.policy_problems), ("handbook.yaml", desk.synonyms.in_force().problems))
        return (
            *(BadFile(path, problems) for path, problems in rule_files if problems),
            *self.fenji_app.board_model.board.bad_files,
        )

    @property
    def _draft(self) -> tuple[BadFile, ...]:
        """The policy if policy.yaml can be read but is not the version in force."""
        notice = None if self.context.desk.policy_problems else self.context.desk.policy_notice
        return (BadFile(POLICY_FILE, (Problem(POLICY_FILE, 0, 0, "", notice),)),) if notice else ()

    @property
    def _settings_files(self) -> tuple[BadFile, ...]:
        """The user's settings files with entries that could not be used."""
        return group_by_file((*self.context.settings.problems, *self.fenji_app.sync_controller.schedule_problems))

    @property
    def _marked_tickets(self) -> tuple[BadFile, ...]:
        """Tickets, including archived ones, and the policy, with steps that no hub would have accepted as they are."""
        return tuple(map(_to_entry, self._groups))

    @property
    def _groups(self) -> list[tuple[Mark, ...]]:
        """The marked steps, one tuple per ticket."""
        return [shown for marks in self.context.desk.marks.values() if (shown := without_repetitions(marks))]

    @property
    def _entries(self) -> tuple[BadFile, ...]:
        return (*self._bad_files, *self._draft, *self._settings_files, *self._marked_tickets)

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - as many as it takes
        """Return the title line, and a summary that counts the problems of each kind."""
        left: StyledLine = [(f" {self.context.say('To fix')}", "strong")]
        right: StyledLine = [(f" {len(self._entries)} ", "dim")] if self._entries else []
        rows = [row for message in self._messages() for row in cells.wrap(message, max(width - 2, 8))]
        return [render_head_line(left, right, width, self.context.theme), *([(f" {row}", "")] for row in rows), []]

    def redraw(self) -> None:
        self.header.styles.height = min(len(self._draw_head(self.size.width, 0)), max(self.size.height - 6, 1))
        super().redraw()

    def _messages(self) -> list[str]:
        say = self.context.say
        unsigned = sum(any(isinstance(mark, UnsignedStep) for mark in marks) for marks in self._groups)
        messages = [say("The rules in force are not those of policy.yaml.")] if self._draft else []
        if self._draft and not self.context.desk.policy_in_force.is_own:
            messages.append(say("{key} sends the draft to the hub.", key=self.context.keymap.key_label("sync")))
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
                    "{count} of your settings files has something that cannot be used.",
                    plural="{count} of your settings files have something that cannot be used.",
                    count=settings,
                )
            )
        if refused := sum(any(isinstance(mark, RefusedStep) for mark in marks) for marks in self._groups):
            messages.append(
                say(
                    "{count} with a failing step that no hub has judged.",
                    plural="{count} with failing steps that no hub has judged.",
                    count=refused,
                )
            )
        if unsigned:
            messages.append(
                say(
                    "{count} with a step that should be signed but is not.",
                    plural="{count} with steps that should be signed but are not.",
                    count=unsigned,
                )
            )
        return messages

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
        marks = self._marks_of(entry)
        signs = dict.fromkeys(f"  {sign}{self.context.say(word)}" for sign, word in map(alert_of, marks))
        line: StyledLine = [(f" {cells.sanitize_line(entry.path)}", "strong"), ("".join(signs), "late strong")]
        yield render_bar(line, self.context.theme) if number == self._scroll.selected_index else [(" ", ""), *line]
        for problem in entry.problems:
            location = self.context.say("line {line}", line=problem.line) if problem.line else ""
            key = self.context.formatter.word(problem.key) if marks else cells.sanitize_line(problem.key)
            parts = location, key, self.context.say(problem.message)
            text = "  ".join(part for part in parts if part)
            for row in cells.wrap(text, max(width - 6, 8)):
                yield [(f"     {row}", "")]
        if marks and number == len(self._entries) - 1:
            for hint in list_hints(mark for group in self._groups for mark in group):
                yield []
                yield from ([(f"  {row}", "dim")] for row in cells.wrap(self.context.say(hint), max(width - 4, 8)))

    def _marks_of(self, entry: BadFile) -> tuple[Mark, ...]:
        """Return the marked steps of an entry; `()` for a file that cannot be read."""
        return next((marks for marks in self._groups if _to_entry(marks) == entry), ())

    @property
    def _selected_entry(self) -> BadFile | None:
        return self._entries[self._scroll.selected_index] if self._entries else None

    def do_open(self) -> None:
        """Open the ticket with the marked step, or the file in the user's editor."""
        entry = self._selected_entry
        if entry in self._marked_tickets and entry and entry.path != POLICY_FILE:
            self.fenji_app.open_ticket(entry.path)
        else:
            self.do_editor()

    def do_editor(self) -> None:
        """Open the file itself in the user's editor; the board is read again if it changed."""
        entry = self._selected_entry
        if entry and entry in self._marked_tickets and entry.path != POLICY_FILE:
            self.fenji_app.tools.edit_ticket_file(entry.path)
        elif entry:
            is_edited = self.fenji_app.tools.run_editor(self.context.desk.root / entry.path)
            if is_edited and entry in self._settings_files:
                self.context.reload_settings()
            self.fenji_app.reload_board()

    def do_copy(self) -> None:
        """Copy the path of the file, or the number of the ticket."""
        if self._selected_entry:
            self.fenji_app.tools.copy_text(self._selected_entry.path)
