"""The settings: what each is, what it can be, and the file that they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import FenjiError
from tui import settings_file
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.screens.list_base import CanvasListScreen
from tui.settings import load_settings
from tui.settings_file import SETTINGS, Setting

if TYPE_CHECKING:
    from tui.context import Context
    from tui.drawing.theme import StyledLine

_KEY_WIDTH, _VALUE_WIDTH = 14, 10


class SettingsScreen(CanvasListScreen):
    """A line for each setting; a key changes it to its next value and writes the file."""

    SCREEN_ID = "settings"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._settings = load_settings()

    def enter(self, *, returning: bool) -> None:  # noqa: ARG002 - read again in either case
        """Read the file again, since it may have changed."""
        self._settings = load_settings()

    # --- display --------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        say, cut = self.context.say, self.context.theme.signs.ellipsis
        path = cells.sanitize_line(str(settings_file.config_path()))
        problems = [say(problem.message) for problem in self._settings.problems]
        status = cells.truncate(f" {' '.join(problems)}", width - 1, cut)
        return [
            [(cells.fit(f" {say('Settings')}", width, cut), "head strong")],
            [(cells.truncate(f" {say('They stand in {path}', path=path)}", width - 1, cut), "dim")],
            [(status, "late strong")] if problems else [],
        ]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        self._scroll.resize(len(SETTINGS), height)
        return [
            self._format_setting(SETTINGS[n], width, bar=n == self._scroll.selected_index)
            for n in self._scroll.visible_range
        ]

    def _format_setting(self, setting: Setting, width: int, *, bar: bool) -> StyledLine:
        signs = self.context.theme.signs
        value = cells.fit(self._value_of(setting), _VALUE_WIDTH, signs.ellipsis)
        rest = max(width - _KEY_WIDTH - _VALUE_WIDTH - 2, 0)
        words = self.context.say(setting.help) + (
            "" if setting.is_live else f" ({self.context.say('at the next start')})"
        )
        label = cells.fit(self.context.say(setting.label), _KEY_WIDTH, "")
        line: StyledLine = [(f" {label}", ""), (value, "strong"), (cells.fit(words, rest, signs.ellipsis), "dim")]
        return render_bar(line, self.context.theme) if bar else [(" ", ""), *line]

    def _value_of(self, setting: Setting) -> str:
        return str(getattr(self._settings, setting.key))

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_setting_next(self) -> None:
        self._step(1)

    def do_setting_previous(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        """Change the selected setting to a value beside it, in the file and here."""
        setting = SETTINGS[self._scroll.selected_index]
        value = setting.choices[(setting.choices.index(self._value_of(setting)) + step) % len(setting.choices)]
        try:
            settings_file.write_setting(setting.key, value)
        except FenjiError as error:
            self.fenji_app.show_error(error)
            return
        self._settings = load_settings()
        self.context.apply_setting(setting.key, value)
        self.fenji_app.follow_setting(setting.key, value)

    def do_copy(self) -> None:
        """Copy the path of the file to the terminal's clipboard."""
        self.fenji_app.tools.copy_text(str(settings_file.config_path()))

    def do_leave_settings(self) -> None:
        self.fenji_app.go_back()
