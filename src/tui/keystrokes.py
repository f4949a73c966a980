"""Keys gathered into bursts: keys that arrive all at once were pasted, or bunched together by a slow link. Pure.

Nobody types two keys within a millisecond or two. This reveals pasted text even if the terminal does not mark it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from msgspec import Struct

KEY_GAP_S = 0.002  # seconds between two keys of a burst; pasted text arrives in one piece
TEXT_GAP_S = 0.3  # seconds between two pieces of a long pasted text, which often pauses on a slow link
MIN_TEXT_KEYS = 3  # characters from which a burst counts as text
_LINE_BREAKS = {"enter": "\r", "ctrl+j": "\n", "tab": "\t"}
# Keys other than characters that keep their meaning in a burst, since a slow link bunches them with letters.
_EDITING_KEYS = frozenset({"backspace", "delete", "left", "right", "home", "end"})


class Keystroke(Struct, frozen=True):
    """A key that was pressed at `time_s` (seconds of a steady clock), and the character it types, if any."""

    key: str
    character: str | None
    time_s: float

    @property
    def text(self) -> str:
        """The text that the key types; `""` if it types none."""
        if self.key in _LINE_BREAKS:
            return _LINE_BREAKS[self.key]
        return self.character if self.is_printable and self.character else ""

    @property
    def is_printable(self) -> bool:
        """Whether the key types a visible character or a space."""
        return bool(self.character and self.character.isprintable())


def split_alt(key: str, character: str | None, time_s: float) -> list[Keystroke]:
    """Return the strokes of a key; Alt and a key count as Esc and that key, since both look alike to a terminal."""
    if not key.startswith("alt+"):
        return [Keystroke(key, character, time_s)]
    return [Keystroke("escape", None, time_s), Keystroke(key.removeprefix("alt+"), character, time_s)]


class KeyBurst(Struct, frozen=True):
    """Keys that came all at once, nearly always a single one; `continues_text` if they came right after a text."""

    strokes: tuple[Keystroke, ...]
    continues_text: bool = False

    @property
    def is_single(self) -> bool:
        return len(self.strokes) == 1 and not self.continues_text

    @property
    def has_line_break(self) -> bool:
        return any(stroke.key in ("enter", "ctrl+j") for stroke in self.strokes)

    def is_text(self, *, writing: bool) -> bool:
        """Return whether this is text rather than keys; `writing`: it would go into a text being edited."""
        count = sum(stroke.text not in ("", *_LINE_BREAKS.values()) for stroke in self.strokes)
        if self.continues_text:
            return bool(count) or self.has_line_break
        return count >= MIN_TEXT_KEYS or (writing and count > 0 and self.has_line_break)

    def pieces(self) -> Iterable[str | Keystroke]:
        """Yield pieces of text and, between them, editing keys; other keys mean nothing in a text and are skipped."""
        for is_text, strokes in groupby(self.strokes, key=lambda stroke: bool(stroke.text)):
            if is_text:
                yield "".join(stroke.text for stroke in strokes)
            else:
                yield from (stroke for stroke in strokes if stroke.key in _EDITING_KEYS)


class BurstCollector:
    """Gathers strokes until a pause ends their burst. Esc always forms its own burst."""

    def __init__(self) -> None:
        self._held: list[Keystroke] = []
        self._last_s = -1.0
        self._text_until_s = -1.0

    @property
    def is_holding(self) -> bool:
        return bool(self._held)

    @property
    def must_wait(self) -> bool:
        """Whether the strokes held could be the start of a text."""
        return any(stroke.text for stroke in self._held)

    def add(self, stroke: Keystroke) -> list[KeyBurst]:
        """Hold a stroke, and return the bursts that it completes."""
        ended = []
        if stroke.time_s - self._last_s > KEY_GAP_S or stroke.key == "escape":
            ended += self.flush()
        self._last_s = stroke.time_s
        self._held.append(stroke)
        if stroke.key == "escape":
            ended += self.flush()
        return ended

    def flush(self) -> list[KeyBurst]:
        """Return the held strokes as a burst; an empty list if there are none."""
        strokes, self._held = tuple(self._held), []
        if not any(stroke.text for stroke in strokes):  # such as Ctrl+D, which ends a text: keys after it act
            self._text_until_s = -1.0 if strokes else self._text_until_s
        return [KeyBurst(strokes, continues_text=strokes[0].time_s <= self._text_until_s)] if strokes else []

    def expect_more_text(self, burst: KeyBurst) -> None:
        """Treat strokes that come soon after a burst of text as more of that text."""
        self._text_until_s = burst.strokes[-1].time_s + TEXT_GAP_S

    def expect_no_more_text(self) -> None:
        """Judge the next burst on its own, however soon it comes."""
        self._text_until_s = -1.0
