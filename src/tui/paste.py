"""Detection of pasted keys where the terminal does not mark them. Pure: takes keys and their times.

Keys that arrive within a millisecond or two of each other were not typed by hand: they were pasted, or delayed by the
link. They may navigate and fill in text, but they confirm nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

KEY_GAP_S = 0.002  # nobody types faster; pasted text arrives in one piece
TEXT_GAP_S = 0.006  # a long pasted text arrives in several pieces
MIN_TEXT_KEYS = 3  # a burst with this many characters counts as text


@dataclass
class PasteDetector:
    """Numbers the bursts of keys, and counts the characters in the current one."""

    burst_number: int = 0
    character_count: int = 0
    _last_key_s: float = -1.0
    _text_bursts: deque[int] = field(default_factory=lambda: deque(maxlen=16))  # numbers of bursts that were text

    def record_key(self, time_s: float, *, is_character: bool) -> None:
        """Record a key at `time_s` (seconds of any steady clock); `is_character` if it types something."""
        if time_s - self._last_key_s > (TEXT_GAP_S if self.character_count >= MIN_TEXT_KEYS else KEY_GAP_S):
            self.burst_number += 1
            self.character_count = 0
        self._last_key_s = time_s
        self.character_count += is_character
        if self.character_count == MIN_TEXT_KEYS:
            self._text_bursts.append(self.burst_number)

    def is_pasted_text(self, burst_number: int) -> bool:
        """Return whether the burst with that number was text rather than keys."""
        return burst_number in self._text_bursts
