"""What may go to the clipboard of the person's terminal by OSC 52. Pure."""

from __future__ import annotations

from fenji.tui import cells

CAP_BYTES = 48_000  # many terminals drop longer sequences whole (base64 makes a third more of it)


def capped(text: str) -> str:
    """The text as far as terminals take it, between graphemes."""
    if len(text.encode()) <= CAP_BYTES:
        return text
    kept, size = [], 0
    for piece, _ in cells.graphemes(text):
        size += len(piece.encode())
        if size > CAP_BYTES:
            break
        kept.append(piece)
    return "".join(kept)
