"""The settings screen: who the user is, each setting with its values, and the path of the settings file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import FenjiError
from tui import settings_file
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.head_line import align_ends, render_head_line
from tui.drawing.meter import section_line
from tui.drawing.spans import line_width, wrap_text
from tui.screens.list_base import CanvasListScreen
from tui.settings import LANGUAGE_VARIABLE
from tui.settings_file import LANGUAGE_NAMES, SETTINGS, Setting

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine

_LABEL_CELLS = 14


class SettingsScreen(CanvasListScreen):
    """A line for each setting; a key changes it to its next value, here and in the file."""

    SCREEN_ID = "settings"

    # --- display --------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always one line
        path = cells.sanitize_line(_shorten_home(str(settings_file.config_path())))
        title = f" {self.context.say('Settings')}"
        path = _cut_front(path, width - cells.width(title) - 5, self.context.theme.signs.ellipsis)
        left = [(title, "strong")]
        return [render_head_line(left, [(f"   {path} ", "dim")], width, self.context.theme)]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        """Return the settings and, if there is room, who the person is above them and problems below."""
        self._scroll.resize(len(SETTINGS), height)
        settings = [
            self._format_setting(SETTINGS[n], bar=n == self._scroll.selected_index) for n in self._scroll.visible_range
        ]
        problems = list(self._draw_problems(width))
        above = [*self._draw_identity(width), self._section(self.context.say("settings"), width)]
        return [*above, *settings, [], *problems] if len(above) + len(settings) <= height else settings

    def _section(self, name: str, width: int) -> StyledLine:
        return section_line(f" {name}", width, self.context.theme)

    def _draw_identity(self, width: int) -> Iterator[StyledLine]:
        """Yield person, site, time zone and desk, each with the command that changes it at the right."""
        desk, say, theme = self.context.desk, self.context.say, self.context.theme
        person = desk.policy.people.get(desk.person)
        name = f"{desk.person} {person.name}" if person and person.name != desk.person else desk.person
        zone = str(desk.user.zone), "policy.yaml"
        if not desk.user.has_own_zone:
            offset = self.context.formatter.format_offset(desk.now())
            zone = say("{zone}, from this machine", zone=offset), "TZ" if desk.site else "git config fenji.site CODE"
        lines = (
            ("you are", name, "git config fenji.user KEY"),
            ("your site", desk.site or say("none yet"), "git config fenji.site CODE"),
            ("time zone", *zone),
            (
                "your desk",
                _cut_front(_shorten_home(str(desk.root)), width - _LABEL_CELLS - 3, theme.signs.ellipsis),
                "",
            ),
        )
        yield self._section(say("you"), width)
        for label, value, how in lines:
            left: StyledLine = [
                (f"  {cells.fit(say(label), _LABEL_CELLS, theme.signs.ellipsis)}", "dim"),
                (cells.sanitize_line(value), ""),
            ]
            if line_width(left) + cells.width(how) + 3 <= width:
                yield align_ends(left, [(f"  {how} ", "dim")], width, theme)
            else:
                yield left
                yield from [align_ends([], [(f"{how} ", "dim")], width, theme)] if how else ()
        yield []

    def _draw_problems(self, width: int) -> Iterator[StyledLine]:
        """Yield the problems with the settings files."""
        for problem in self.context.settings.problems:
            yield from (
                [(f"  {row}", "late strong")] for row in cells.wrap(self.context.say(problem.message), width - 3)
            )

    def _format_setting(self, setting: Setting, *, bar: bool) -> StyledLine:
        """Return the line of a setting with its value; on the selected one, arrows around the value."""
        signs = self.context.theme.signs
        label = cells.fit(self.context.say(setting.label), _LABEL_CELLS, signs.ellipsis)
        chosen = self._value_of(setting)
        value = LANGUAGE_NAMES.get(chosen) or self.context.say(setting.values[chosen])
        turned: StyledLine = [(f"{signs.previous} ", "accent"), (value, "strong"), (f" {signs.next} ", "accent")]
        line: StyledLine = [(f" {label}", ""), *(turned if bar else [(f"  {value}", "strong")])]
        return render_bar(line, self.context.theme) if bar else [(" ", ""), *line]

    def _value_of(self, setting: Setting) -> str:
        return str(getattr(self.context.settings, setting.key))

    def redraw(self) -> None:
        text = self.context.say(SETTINGS[self._scroll.selected_index].help)
        self.footer.hint_lines = wrap_text(text, "dim", self.size.width, self.context.theme)
        super().redraw()

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_setting_next(self) -> None:
        self._step(1)

    def do_setting_previous(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        """Change the selected setting to its next or previous value, in the file and in this run."""
        setting = SETTINGS[self._scroll.selected_index]
        value = setting.choices[(setting.choices.index(self._value_of(setting)) + step) % len(setting.choices)]
        try:
            settings_file.write_setting(setting.key, value)
        except FenjiError as error:
            self.fenji_app.show_error(error)
            return
        self.context.apply_setting(setting.key, value)
        self.fenji_app.follow_setting(setting.key, value)
        if setting.key == "language" and (language := os.environ.get(LANGUAGE_VARIABLE)):
            text = self.context.say(
                "Saved; this run uses {language}, set by {name}.", language=language, name=LANGUAGE_VARIABLE
            )
            self.footer.show_notice(text)

    def do_copy(self) -> None:
        """Copy the path of the file to the terminal's clipboard."""
        self.fenji_app.tools.copy_text(str(settings_file.config_path()))

    def do_leave_settings(self) -> None:
        self.fenji_app.go_back()


def _cut_front(path: str, width: int, ellipsis: str) -> str:
    """Return a path in at most `width` cells, cut at its front so that the file name stays."""
    if cells.width(path) <= width:
        return path
    while path and cells.width(path) > width - 2:
        path = path[1:]
    return f"{ellipsis} {path}"


def _shorten_home(path: str) -> str:
    home = str(Path.home())
    return f"~{path.removeprefix(home)}" if home != "/" and path.startswith(f"{home}{os.sep}") else path
