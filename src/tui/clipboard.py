"""What may go to the clipboard of the person's terminal by OSC 52. Pure."""

from __future__ import annotations

from tui import cells

MAX_CLIPBOARD_BYTES = 48_000  # many terminals drop longer sequences whole (base64 makes a third more of it)


def truncate_for_clipboard(text: str) -> str:
    """The text as far as terminals take it, between graphemes."""
    if len(text.encode()) <= MAX_CLIPBOARD_BYTES:
        return text
    pieces, byte_count = [], 0
    for piece, _ in cells.graphemes(text):
        byte_count += len(piece.encode())
        if byte_count > MAX_CLIPBOARD_BYTES:
            break
        pieces.append(piece)
    return "".join(pieces)
