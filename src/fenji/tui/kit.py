"""What every screen is given: the desk, how to speak and look, the keys, and what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.errors import Sentence
    from fenji.tui.keys import Keymap
    from fenji.tui.look import Look
    from fenji.tui.memory import Memory
    from fenji.tui.settings import Settings
    from fenji.tui.voice import Voice


@dataclass(frozen=True)
class Kit:
    """One value to hand around instead of six."""

    desk: Desk
    voice: Voice
    look: Look
    settings: Settings
    memory: Memory
    plain: bool = False
    over_ssh: bool = False

    @property
    def keymap(self) -> Keymap:
        return self.settings.keymap

    def say(self, text: str | Sentence, /, **values: object) -> str:
        return self.voice.say(text, **values)
