"""What every screen is given: the desk, how to speak and look, the keys, and what is remembered."""

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
    """One value to hand around instead of six."""

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
