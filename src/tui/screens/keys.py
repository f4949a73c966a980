"""All keys and commands of a screen: typing filters, Enter runs one, and blocked ones show the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.geometry import Offset

from tui import cells
from tui.keys import Action, format_key
from tui.prompt import split_at_cursor
from tui.screens.list_base import CanvasListScreen
from tui.scroll import Scroll
from tui.text_input import TextInput

if TYPE_CHECKING:
    from tui.context import Context
    from tui.screens.base import BaseScreen
    from tui.theme import StyledLine

KEY_CELLS = 16
LABEL_CELLS = 12


class KeysScreen(CanvasListScreen):
    """The list of keys, which is also the command palette."""

    SCREEN_ID = "keys"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._described_screen: BaseScreen | None = None
        self._filter_input = TextInput()
        self._blocked: Mapping[str, str] = {}

    def describe(self, screen: BaseScreen) -> None:
        """List the keys of a screen, with the reasons why some are blocked for the ticket selected there."""
        self._described_screen = screen
        self._filter_input = TextInput()
        self._scroll = Scroll()
        self._blocked = self._blocked_reasons(screen)
        self.footer.hint = [(f" {self.context.say('Type to find, Enter does it, Esc goes back.')}", "dim")]

    def _blocked_reasons(self, screen: BaseScreen) -> dict[str, str]:
        rows = screen.selected_rows()
        steps = {action.step for action in self.context.keymap.actions_on(screen.SCREEN_ID) if action.step}
        # The line is cut at its end: the key that helps stands in front of the reason.
        return {step: reason for step in steps if (reason := screen.blocked_reason(rows, step, help_first=True))}

    # --- display --------------------------------------------------------------------------------------------------

    @property
    def _matching_actions(self) -> list[Action]:
        """The actions that match the typed text, those whose label begins with it first."""
        if self._described_screen is None:
            return []
        typed = self._filter_input.text.strip().casefold()
        matching = [
            action
            for action in self.context.keymap.actions_on(self._described_screen.SCREEN_ID)
            if typed in self._searchable_text(action).casefold()
        ]
        return sorted(matching, key=lambda action: not self.context.say(action.label).casefold().startswith(typed))

    def _searchable_text(self, action: Action) -> str:
        keys = " ".join(format_key(key) for key in action.keys)
        return f"{keys} {action.id} {self.context.say(action.label)} {self.context.say(action.help)}"

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        before, under, after, _ = split_at_cursor(self._filter_input, width - 6)
        return [
            [(f" {self.context.say('Keys and commands')}", "strong")],
            [(" / ", "key"), (before, ""), (under, "cursor"), (after, "")],
            [],
        ]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        actions = self._matching_actions
        self._scroll.resize(len(actions), height)
        if not actions:
            return [[(f"  {self.context.say('No command is called so. Backspace takes letters back.')}", "")]]
        return [
            self._format_action(actions[n], width, bar=n == self._scroll.selected_index)
            for n in self._scroll.visible_range
        ]

    def _format_action(self, action: Action, width: int, *, bar: bool) -> StyledLine:
        reason = self._blocked.get(action.step, "") if action.step else ""
        ellipsis = self.context.theme.signs.ellipsis
        keys = cells.fit(" ".join(format_key(key) for key in action.keys), KEY_CELLS, ellipsis)
        name = cells.fit(self.context.say(action.label), LABEL_CELLS, ellipsis)
        detail = cells.truncate(
            reason or self.context.say(action.help), max(width - KEY_CELLS - LABEL_CELLS - 4, 0), ellipsis
        )
        line: StyledLine = [(f"  {keys} ", "key"), (f"{name} ", ""), (detail, "dim" if reason else "")]
        return [("".join(text for text, _ in line), "bar"), ("\n", "bar")] if bar else line

    def cursor_offset(self) -> Offset:
        """Return the position of the cursor in the typed text."""
        return self.header.region.offset + Offset(3 + split_at_cursor(self._filter_input, self.size.width - 6)[3], 1)

    # --- keys -----------------------------------------------------------------------------------------------------

    @property
    def edits_text(self) -> bool:
        return True

    def handle_text_key(self, key: str, character: str | None) -> bool:
        """Type into the filter; return False for keys that move the selection."""
        if key in ("home", "end") or not self._filter_input.handle_key(key, character):
            return False
        self._scroll.move_to(0)
        return True

    def paste(self, text: str) -> bool:
        """Insert pasted text into the filter."""
        self._filter_input.insert(text)
        return True

    def do_open(self) -> None:
        """Go back, and run the selected action there."""
        actions, screen = self._matching_actions, self._described_screen
        if not actions or screen is None:
            return
        action = actions[self._scroll.selected_index]
        reason = self._blocked.get(action.step, "") if action.step else ""
        if reason:
            self.show_error(reason)
            return
        self.fenji_app.go_back(then=lambda: screen.perform(action))
