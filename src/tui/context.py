"""What every screen is given: the desk, formatter, theme, settings with the keys, and saved state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.errors import Sentence
    from tui.formatting import Formatter
    from tui.keys import Keymap
    from tui.settings import UserSettings
    from tui.state import SavedState
    from tui.theme import Theme


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

    def say(self, text: str | Sentence, /, **values: object) -> str:
        return self.formatter.say(text, **values)
