"""Telling typed keys from pasted ones where the terminal does not say so. Pure: keys and their instants in.

Keys that come within a millisecond or two of each other were not typed by a hand: they were pasted, or held up by the
link. They may move about and fill in text, but nothing is confirmed by them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

GAP_S = 0.002  # no hand types faster; a pasted text comes in one piece
TEXT_GAP_S = 0.006  # a long text comes in several pieces
TEXT_KEYS = 3  # from so many characters at once it counts as text


@dataclass
class Bursts:
    """Numbers the bursts of keys, and counts the characters in the present one."""

    number: int = 0
    characters: int = 0
    _last_s: float = -1.0
    _texts: deque[int] = field(default_factory=lambda: deque(maxlen=16))  # numbers of bursts that were text

    def take(self, at_s: float, *, character: bool) -> None:
        """A key that came at `at_s` (seconds of any steady clock); `character` where it would type something."""
        if at_s - self._last_s > (TEXT_GAP_S if self.characters >= TEXT_KEYS else GAP_S):
            self.number += 1
            self.characters = 0
        self._last_s = at_s
        self.characters += character
        if self.characters == TEXT_KEYS:
            self._texts.append(self.number)

    def is_text(self, number: int) -> bool:
        """Whether the burst of that number was text rather than keys."""
        return number in self._texts
