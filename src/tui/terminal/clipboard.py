"""What is copied to the terminal's clipboard by OSC 52, and how much. Pure."""

from __future__ import annotations

from fenji.model.ticket import sanitize
from tui.drawing import cells

MAX_CLIPBOARD_BYTES = 48_000  # many terminals drop longer sequences entirely (base64 adds a third)


def clean(text: str) -> str:
    """Return a text as it is shown: what a terminal would obey, and what nobody sees, is copied as marks."""
    return sanitize(text.replace("\r\n", "\n"))


def truncate_for_clipboard(text: str) -> str:
    """Cut the text to the length that terminals accept, between graphemes."""
    if len(text.encode()) <= MAX_CLIPBOARD_BYTES:
        return text
    pieces, byte_count = [], 0
    for piece, _ in cells.graphemes(text):
        byte_count += len(piece.encode())
        if byte_count > MAX_CLIPBOARD_BYTES:
            break
        pieces.append(piece)
    return "".join(pieces)
