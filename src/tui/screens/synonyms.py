"""The synonyms: the groups in handbook.yaml, one per line; one-line prompts add, change and remove them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, Sentence
from fenji.model.synonyms import make_group
from fenji.text import fold
from tui.commands import Command, CommandResult
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.head_line import render_head_line
from tui.drawing.meter import pill
from tui.screens.list_base import CanvasListScreen
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fenji.desk import Desk
    from fenji.model.board import Row
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.writing.dialogs import Dialog

_SEPARATORS = re.compile("[,，、;；]")
_HINT = "Words separated by commas, such as: rust, corrosion. Either script will do."
WordGroup = tuple[str, ...]


class SynonymsScreen(CanvasListScreen):
    """The list of synonym groups."""

    SCREEN_ID = "synonyms"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._groups: tuple[WordGroup, ...] = ()
        self._filter_text = ""  # only groups that contain this are shown

    def enter(self, *, returning: bool) -> None:  # noqa: ARG002 - read again in either case
        """Read the groups again, since the file may have changed."""
        self._reload()

    def refresh_data(self) -> None:
        """Read the groups again after the desk was read again."""
        self._reload()

    def handle_done(self, rows: tuple[Row, ...]) -> None:  # noqa: ARG002 - groups are not tickets
        """Read the groups again after one was changed."""
        self._reload()

    def _reload(self) -> None:
        self._groups = self.context.desk.synonyms.in_force().groups

    # --- display --------------------------------------------------------------------------------------------------

    @property
    def _shown_groups(self) -> list[WordGroup]:
        needle = fold(self._filter_text)
        return [group for group in self._groups if needle in fold(" ".join(group))]

    @property
    def _selected_group(self) -> WordGroup:
        shown = self._shown_groups
        return shown[min(self._scroll.selected_index, len(shown) - 1)] if shown else ()

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        say, theme, cut = self.context.say, self.context.theme, self.context.theme.signs.ellipsis
        left: StyledLine = [(f" {say('Synonyms')}", "strong")]
        if self._filter_text:
            left += [("   ", ""), pill(f"/ {cells.sanitize_line(self._filter_text)} {theme.signs.off}", "lit")]
        count = say("{count} group", plural="{count} groups", count=len(self._shown_groups))
        head = render_head_line(left, [(f" {count} ", "dim")], width, theme)
        problems = self.context.desk.synonyms.problems
        status: StyledLine = [(f" {say('Searching for one word of a group finds the others.')}", "dim")]
        if problems:
            location = say("line {line}", line=problems[0].line) if problems[0].line else ""
            reason = say("{label}: {text}", label=f"handbook.yaml {location}".strip(), text=say(problems[0].message))
            status = [(cells.truncate(f" {reason}", width - 2, cut), "late strong")]
        return [head, status, []]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        shown = self._shown_groups
        self._scroll.resize(len(shown), height)
        if not shown:
            add = self.context.keymap.key_label("group_add")
            return [[(f"  {self.context.say('There is no such group. {key} adds one.', key=add)}", "")]]
        return [
            self._format_group(shown[n], width, bar=n == self._scroll.selected_index)
            for n in self._scroll.visible_range
        ]

    def _format_group(self, group: WordGroup, width: int, *, bar: bool) -> StyledLine:
        words = cells.truncate(
            cells.sanitize_line(self.context.formatter.join(group)),
            max(width - 3, 8),
            self.context.theme.signs.ellipsis,
        )
        line: StyledLine = [(f" {words}", "")]
        return render_bar(line, self.context.theme) if bar else [(" ", ""), *line]

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Change the selected group."""
        self.do_group_change()

    def do_group_add(self) -> None:
        """Ask for the words of a new group."""
        self.start_dialog(self._edit_dialog(()))

    def do_group_change(self) -> None:
        """Ask for the new words of the selected group."""
        if self._selected_group:
            self.start_dialog(self._edit_dialog(self._selected_group))

    def do_group_remove(self) -> None:
        """Remove the selected group, after a question that names it."""
        if self._selected_group:
            self.start_dialog(self._remove_dialog(self._selected_group))

    def do_narrow(self) -> None:
        """Ask for a text, and show only the groups that contain it."""
        self.start_dialog(self._filter_dialog())

    def do_copy(self) -> None:
        """Copy the words of the selected group."""
        if self._selected_group:
            self.fenji_app.tools.copy_text(", ".join(self._selected_group))

    def do_editor(self) -> None:
        """Open handbook.yaml in the user's editor, if there is one yet."""
        path = self.context.desk.root / "handbook.yaml"
        if not path.exists():
            self.show_error(self.context.say("There is no handbook.yaml yet; the first change creates it."))
            return
        self.fenji_app.tools.run_editor(path)
        self._reload()
        self.fenji_app.reload_board()

    # --- dialogs --------------------------------------------------------------------------------------------------

    def _edit_dialog(self, group: WordGroup) -> Dialog:
        label = self.context.say("Change to:") if group else self.context.say("New group:")
        typed = yield Question(
            label,
            initial=", ".join(group),
            hint=self.context.say(_HINT),
            draft_key="" if group else "synonyms",
            validate=self._check_words,
        )
        return _change_command(group, _split_words(typed))

    def _check_words(self, typed: str) -> str:
        try:
            make_group(_split_words(typed))
        except FenjiError as error:
            return self.context.say(error.sentence)
        return ""

    def _remove_dialog(self, group: WordGroup) -> Dialog:
        words = cells.sanitize_line(self.context.formatter.join(group))
        yield Question(self.context.say("Remove this group? Y removes, Esc goes back."), hint=words, confirm_key="Y")
        return _change_command(group, ())

    def _filter_dialog(self) -> Dialog:
        self._filter_text = yield Question(
            self.context.say("Show groups with:"),
            initial=self._filter_text,
            hint=self.context.say("Empty shows all of them."),
        )
        self._scroll.move_to(0)
        return None


def _split_words(typed: str) -> list[str]:
    return [word for part in _SEPARATORS.split(typed) if (word := part.strip())]


def _change_command(before: Sequence[str], after: Sequence[str]) -> Command:
    """Return a command that replaces a group with another; either may be empty, to add or remove one."""

    def run(desk: Desk) -> CommandResult:
        if not after:
            words = desk.synonyms.remove(before)
            return CommandResult(Sentence("Removed: {words}", {"words": tuple(words)}))
        words = desk.synonyms.change(before, after) if before else desk.synonyms.add(after)
        return CommandResult(Sentence("Saved: {words}", {"words": tuple(words)}))

    return Command(run)
