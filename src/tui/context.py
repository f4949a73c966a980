"""What every screen is given: the desk, formatter, theme, settings with the keys, and saved state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.errors import Sentence
    from tui.drawing.theme import Theme
    from tui.formatting import Formatter
    from tui.keys import Keymap
    from tui.settings import UserSettings
    from tui.state import SavedState

_GROUND = "ground"  # the name under which it is remembered if the terminal's is light


@dataclass(frozen=True)
class Context:
    """The desk and everything a screen needs to show it, as one value to pass around."""

    desk: Desk
    formatter: Formatter
    theme: Theme
    settings: UserSettings
    state: SavedState
    plain: bool = False
    over_ssh: bool = False

    @property
    def keymap(self) -> Keymap:
        return self.settings.keymap

    def recall_ground(self) -> None:
        """Draw for the ground that the terminal had in the last run, until it says what it has now."""
        ground = self.state.last_values.get(_GROUND)
        if ground and self.theme.wants_ground:
            self.theme.learn(replace(self.theme.terminal, is_light=ground == "light"))

    def remember_ground(self, *, is_light: bool) -> None:
        """Remember for the next start if the terminal's ground is light."""
        self.state.last_values[_GROUND] = "light" if is_light else "dark"

    def apply_setting(self, key: str, value: str) -> None:
        """Follow a setting that was changed in the file."""
        if key == "theme" and not self.plain:
            self.theme.choose(value)
        elif key == "preview":
            self.state.last_values["preview"] = value

    def say(self, text: str | Sentence, /, **values: object) -> str:
        return self.formatter.say(text, **values)
