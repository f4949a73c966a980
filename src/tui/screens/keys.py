"""All keys and commands of a screen, in sections: typing filters, Enter runs one, refused ones show the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.geometry import Offset

from tui import key_sections
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.head_line import align_ends, render_head_line
from tui.drawing.scroll import Scroll
from tui.drawing.spans import line_width, wrap_text
from tui.keys import format_key, normalize_key
from tui.palette import PaletteMatch, find_commands
from tui.screens.list_base import CanvasListScreen
from tui.settings import load_settings
from tui.settings_file import SETTINGS, write_key, write_setting
from tui.writing.prompt import split_at_cursor
from tui.writing.text_input import TextInput

if TYPE_CHECKING:
    from tui.action import Action
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.key_sections import KeyRow
    from tui.keys import Keymap
    from tui.screens.base import BaseScreen

_ALL_KEYS_CELLS = 16  # of all keys of an action
LABEL_CELLS = 12
_THEME_KEY, _REMAP_KEY = "T", "K"  # only while nothing is typed
_FILTER_CELLS = 24
_THEME_NAMES = next(setting.values for setting in SETTINGS if setting.key == "theme")
_SENTENCE_END = re.compile(r"[.]( |$)|。")


class KeysScreen(CanvasListScreen):
    """The list of keys, which is also the command palette."""

    SCREEN_ID = "keys"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._described_screen: BaseScreen | None = None
        self._filter_input = TextInput()
        self._blocked: Mapping[str, str] = {}
        self._remapped: Action | None = None  # the action that gets the next key pressed
        self._lines_below = 0  # lines of the sections below the screen

    def describe(self, screen: BaseScreen) -> None:
        """List the keys of a screen, with the reason for each that is refused for the ticket selected there."""
        self._described_screen = screen
        self._filter_input = TextInput()
        self._scroll = Scroll()
        self._remapped = None
        self._blocked = self._blocked_reasons(screen)

    def _blocked_reasons(self, screen: BaseScreen) -> dict[str, str]:
        rows = screen.selected_rows()
        steps = {action.step for action in self.context.keymap.actions_on(screen.SCREEN_ID) if action.step}
        # Lines are cut at their end, so the key that helps comes before the reason.
        return {step: reason for step in steps if (reason := screen.blocked_reason(rows, step, help_first=True))}

    # --- content ----------------------------------------------------------------------------------------------------

    @property
    def _actions(self) -> list[Action]:
        screen = self._described_screen
        return self.context.keymap.actions_on(screen.SCREEN_ID) if screen else []

    @property
    def _typed(self) -> str:
        return self._filter_input.text.strip().casefold()

    @property
    def _matches(self) -> list[PaletteMatch]:
        """The commands that fit the typed text."""
        return find_commands(self._actions, self._filter_input.text, self.context.formatter.language)

    @property
    def _columns(self) -> tuple[list[KeyRow], list[KeyRow]]:
        return key_sections.arrange_columns(self._actions, self.size.width)

    @property
    def _selectable_rows(self) -> list[KeyRow]:
        return [row for column in self._columns for row in column if row.actions]

    @property
    def _selected_match(self) -> PaletteMatch | None:
        if self._typed:
            matches = self._matches
            return matches[min(self._scroll.selected_index, len(matches) - 1)] if matches else None
        rows = self._selectable_rows
        return PaletteMatch(rows[min(self._scroll.selected_index, len(rows) - 1)].actions[0]) if rows else None

    @property
    def _selected_action(self) -> Action | None:
        match = self._selected_match
        return match.action if match else None

    # --- display ----------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always one line
        before, under, after, _ = split_at_cursor(self._filter_input, _FILTER_CELLS)
        count = self.context.say(
            "{count} key", plural="{count} keys", count=len(self._matches if self._typed else self._actions)
        )
        rows = self._described_screen.selected_rows() if self._described_screen else ()
        dot = f" {self.context.theme.signs.dot} "
        selected = f"{dot}{self.context.say('selected {id}', id=rows[0].id)}" if rows else ""
        left: StyledLine = [
            (f" {self.context.say('Keys')}   ", "strong"),
            (f"{self.context.theme.signs.more} {self.context.say('filter:')} ", "dim"),
            (before, ""),
            (under, "cursor"),
            (after, ""),
        ]
        return [render_head_line(left, [(f" {count}{selected} ", "dim")], width, self.context.theme)]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        if not self._typed:
            return self._draw_sections(width, height)
        matches = self._matches
        self._scroll.resize(len(matches), height)
        if not matches:
            return [[(f"  {self.context.say('No such command. Backspace deletes letters.')}", "")]]
        return [
            self._format_match(matches[n], width, bar=n == self._scroll.selected_index)
            for n in self._scroll.visible_range
        ]

    def _draw_sections(self, width: int, height: int) -> list[StyledLine]:
        columns, rows = self._columns, self._selectable_rows
        self._scroll.resize(len(rows), len(rows))
        if not rows:
            return []
        selected = rows[self._scroll.selected_index]
        lines = list(
            key_sections.render_columns(self.context, columns, width, selected=selected, blocked=self._short_reasons)
        )
        at = next(column.index(selected) for column in columns if selected in column)
        top = max(min(at - height // 2, len(lines) - height), 0)
        self._lines_below = max(len(lines) - top - height, 0)
        return lines[top : top + height]

    @property
    def _short_reasons(self) -> Mapping[str, str]:
        """The first sentence of each reason; the line above the footer shows the whole one.

        The ticket's number is left out to save cells, since the head names it.
        """
        rows = self._described_screen.selected_rows() if self._described_screen else ()
        number = re.compile(rf"^{re.escape(rows[0].id)}[ :：]*" if rows else "^$")
        return {step: number.sub("", _SENTENCE_END.split(reason)[0]) for step, reason in self._blocked.items()}

    def _format_match(self, match: PaletteMatch, width: int, *, bar: bool) -> StyledLine:
        action = match.action
        reason = self._blocked.get(action.step, "") if action.step else ""
        ellipsis = self.context.theme.signs.ellipsis
        keys = cells.fit(" ".join(format_key(key) for key in action.keys), _ALL_KEYS_CELLS, ellipsis)
        name = cells.fit(self.context.say(action.label), LABEL_CELLS, ellipsis)
        detail = cells.truncate(
            reason or cells.sanitize_line(match.argument) or self.context.say(action.help),
            max(width - _ALL_KEYS_CELLS - LABEL_CELLS - 4, 0),
            ellipsis,
        )
        line: StyledLine = [(f" {keys} ", "dim" if reason else "key"), (f"{name} ", "dim" if reason else "")]
        line.append((detail, "risk" if reason else "accent" if match.argument else ""))
        return render_bar(line, self.context.theme) if bar else [(" ", ""), *line]

    def redraw(self) -> None:
        action = self._selected_action
        reason = self._blocked.get(action.step, "") if action and action.step else ""
        text = reason or (self.context.say(action.help) if action else "")
        signs, width = self.context.theme.signs, self.size.width
        lines = wrap_text(text, "risk" if reason else "dim", width, self.context.theme)
        self.footer.hint_lines = lines
        super().redraw()
        below = f" {signs.below} {self._lines_below} " if self._lines_below and not self._typed else ""
        if line_width(lines[-1]) + cells.width(below) <= width:
            self.footer.hint_lines = [*lines[:-1], align_ends(lines[-1], [(below, "dim")], width, self.context.theme)]
        self.footer.redraw()

    def key_hints(self) -> str:
        """Return the keys of this page; they are not in the key table, since letters are text here."""
        if self._remapped:
            label = self.context.say(self._remapped.label)
            return self.context.say("Press the new key for {label}. Esc leaves it as it is.", label=label)
        if self._typed:
            return self.context.say("Enter does it  Backspace deletes letters  Esc back")
        return self.context.say(
            "Enter does it  a-z find  K other key  T colours: {theme}  Esc back",
            theme=self.context.say(_THEME_NAMES[self.context.theme.choice]),
        )

    def cursor_offset(self) -> Offset:
        """Return the position of the cursor in the typed text."""
        start = cells.width(f" {self.context.say('Keys')}   ") + 2 + cells.width(f"{self.context.say('filter:')} ")
        return self.header.region.offset + Offset(start + split_at_cursor(self._filter_input, _FILTER_CELLS)[3], 0)

    # --- keys -------------------------------------------------------------------------------------------------------

    @property
    def edits_text(self) -> bool:
        return True

    def handle_text_key(self, key: str, character: str | None) -> bool:
        """Type into the filter; return False for keys that move the selection."""
        if self._remapped:
            self._take_key(self._remapped, key, character)
            return True
        if not self._typed and character == _REMAP_KEY:
            self._remapped = self._selected_action
            return True
        if not self._typed and character == _THEME_KEY:
            self._turn_theme()
            return True
        if not self._typed and key in ("left", "right", "tab", "shift+tab"):
            self._change_column()
            return True
        if key in ("home", "end") or not self._filter_input.handle_key(key, character):
            return False
        self._scroll.move_to(0)
        return True

    def _take_key(self, action: Action, key: str, character: str | None) -> None:
        """Write the pressed key into keys.yaml for an action; Esc keeps the present key."""
        self._remapped = None
        if key == "escape":
            return
        name, say = normalize_key(key, character), self.context.say
        if stranded := _find_stranded(self.context.keymap, action, name):
            label = say(stranded.label)
            self.show_error(
                say(
                    "{key} is the only key for {label}. Give {label} another one first.",
                    key=format_key(name),
                    label=label,
                )
            )
            return
        path = write_key(action.id, name)
        self.context.settings = load_settings()
        values = {"key": format_key(name), "label": say(action.label), "path": str(path)}
        self.footer.show_notice(say("{key} is now {label}; saved in {path}", **values))

    def _turn_theme(self) -> None:
        """Switch to the next theme, and save it in the settings."""
        theme, names = self.context.theme, _THEME_NAMES
        choice = list(names)[(list(names).index(theme.choice) + 1) % len(names)]
        path = write_setting("theme", choice)
        self.context.apply_setting("theme", choice)
        name = self.context.say(names[choice])
        self.footer.show_notice(self.context.say("Colours: {name}; saved in {path}", name=name, path=str(path)))

    def _change_column(self) -> None:
        """Move the bar to the row at the same height in the other column."""
        left, right = self._columns
        rows = self._selectable_rows
        if not rows or not right:
            return
        selected = rows[min(self._scroll.selected_index, len(rows) - 1)]
        here, there = (left, right) if selected in left else (right, left)
        at = min(here.index(selected), len(there) - 1)
        target = there[at] if there[at].actions else there[min(at + 1, len(there) - 1)]
        self._scroll.move_to(rows.index(target))

    def paste(self, text: str) -> bool:
        """Insert pasted text into the filter."""
        self._filter_input.insert(text)
        return True

    def do_open(self) -> None:
        """Go back, and run the selected action there; text typed after its name is the first answer."""
        match, screen = self._selected_match, self._described_screen
        if match is None or screen is None:
            return
        action, argument = match.action, match.argument
        reason = self._blocked.get(action.step, "") if action.step else ""
        if reason:
            self.show_error(reason)
            return

        def perform() -> None:
            screen.perform(action)
            if argument and screen.footer.prompt:
                screen.footer.prompt.type_answer(argument)

        self.fenji_app.go_back(then=perform)


def _find_stranded(keymap: Keymap, action: Action, key: str) -> Action | None:
    """Return the action that would be left without a key if `action` took this one, else None."""
    others = (other for other in keymap.actions if other.id != action.id and set(other.screens) & set(action.screens))
    return next((other for other in others if other.keys == (key,)), None)
