"""The limit on text copied to the terminal's clipboard by OSC 52. Pure."""

from __future__ import annotations

from tui import cells

MAX_CLIPBOARD_BYTES = 48_000  # many terminals drop longer sequences entirely (base64 adds a third)


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
