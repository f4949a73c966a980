"""The context that every screen is given: desk, formatter, theme, settings with the keys, and saved state.

Settings that change while the interface runs change here, so nothing else may keep its own formatter or keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tui.drawing.signs import choose_signs
from tui.settings import choose_language, load_settings

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.errors import Sentence
    from tui.drawing.theme import Theme
    from tui.formatting import Formatter
    from tui.keys import Keymap
    from tui.settings import UserSettings
    from tui.state import SavedState

_FOLLOWED = ("language", "theme", "signs")  # not the preview, which a key on the board also sets
_GROUND = "ground"  # name of the saved value: light or dark background


class Context(Struct, eq=False):
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
        """Draw for the background that the terminal had in the last run, until it reports the present one."""
        ground = self.state.last_values.get(_GROUND)
        if ground and self.theme.wants_ground:
            self.theme.learn(replace(self.theme.terminal, is_light=ground == "light"))

    def remember_ground(self, *, is_light: bool) -> None:
        """Remember for the next start whether the terminal's background is light."""
        self.state.last_values[_GROUND] = "light" if is_light else "dark"

    def reload_settings(self) -> None:
        """Load the settings files again and apply them, since they may have changed."""
        self.settings = load_settings()
        for key in _FOLLOWED:
            self._follow(key, str(getattr(self.settings, key)))

    def apply_setting(self, key: str, value: str) -> None:
        """Apply one setting that was changed in the file."""
        self.settings = load_settings()
        self._follow(key, value)

    def _follow(self, key: str, value: str) -> None:
        if key == "theme" and not self.plain:
            self.theme.choose(value)
        elif key == "signs":
            self.theme.signs = choose_signs(value, plain=self.plain)
        elif key == "language":
            self.formatter = replace(self.formatter, language=choose_language(self.desk, value))
        elif key == "preview":
            self.state.last_values["preview"] = value

    def say(self, text: str | Sentence, /, **values: object) -> str:
        return self.formatter.say(text, **values)

    def name_unit(self, key: str) -> str:
        """Return the name of a unit if the interface uses the desk's language, that of the names; else its key."""
        policy = self.desk.policy
        reads = self.formatter.language.partition("-")[0] == policy.language.partition("-")[0]
        return policy.units[key].name if reads and key in policy.units else key
