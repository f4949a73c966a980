"""Telling typed keys from pasted ones where the terminal does not say so. Pure: keys and their instants in.

Keys that come within a millisecond or two of each other were not typed by a hand: they were pasted, or held up by the
link. They may move about and fill in text, but nothing is confirmed by them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

KEY_GAP_S = 0.002  # no hand types faster; a pasted text comes in one piece
TEXT_GAP_S = 0.006  # a long text comes in several pieces
MIN_TEXT_KEYS = 3  # from so many characters at once it counts as text


@dataclass
class PasteDetector:
    """Numbers the bursts of keys, and counts the characters in the present one."""

    burst_number: int = 0
    character_count: int = 0
    _last_key_s: float = -1.0
    _text_bursts: deque[int] = field(default_factory=lambda: deque(maxlen=16))  # numbers of bursts that were text

    def record_key(self, time_s: float, *, is_character: bool) -> None:
        """A key that came at `at_s` (seconds of any steady clock); `character` where it would type something."""
        if time_s - self._last_key_s > (TEXT_GAP_S if self.character_count >= MIN_TEXT_KEYS else KEY_GAP_S):
            self.burst_number += 1
            self.character_count = 0
        self._last_key_s = time_s
        self.character_count += is_character
        if self.character_count == MIN_TEXT_KEYS:
            self._text_bursts.append(self.burst_number)

    def is_pasted_text(self, burst_number: int) -> bool:
        """Whether the burst of that number was text rather than keys."""
        return burst_number in self._text_bursts
