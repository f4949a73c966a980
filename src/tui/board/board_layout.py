"""The layout of the board: the list, and the preview below it or, on a wide screen, beside it. Pure."""

from __future__ import annotations

from msgspec import Struct

TOP_LINES = 3  # the pills, the views, the column headers
BESIDE_WIDTH = 200  # minimum width in cells for the preview beside the list
MIN_PREVIEW_WIDTH, MIN_PREVIEW_HEIGHT = 64, 16  # cells and lines that a screen needs for a preview
_SIDE_WIDTH, _SIDE_SHARE = 73, 0.36
_TALL, _FULL_LINES, _SHORT_LINES, _LEAST_LINES = 25, 11, 5, 4
_SHORT_WIDTH = 80


class BoardLayout(Struct, frozen=True):
    """Widths and heights in cells of the list and the preview, and the preview's first row; 0: no preview."""

    list_width: int
    list_height: int
    preview_top: int = 0
    preview_width: int = 0
    preview_height: int = 0

    @property
    def is_beside(self) -> bool:
        """Whether the preview is beside the list, separated by an edge."""
        return self.preview_width > 0 and self.preview_top < TOP_LINES


def layout_board(width: int, height: int, line_count: int, *, with_preview: bool) -> BoardLayout:
    """Lay out a board of `height` lines (all but the footer) whose list has `line_count` lines.

    The preview moves only when the list changes, and always keeps its minimum number of lines.
    """
    list_height = max(height - TOP_LINES, 1)
    if not with_preview:
        return BoardLayout(width, list_height)
    if width >= BESIDE_WIDTH:
        side = max(_SIDE_WIDTH, int(width * _SIDE_SHARE))
        return BoardLayout(width - side - 1, list_height, TOP_LINES - 1, side, height - TOP_LINES + 1)
    top = min(TOP_LINES + max(line_count, 1), height - _least_preview(width, height + 1))
    return BoardLayout(width, top - TOP_LINES, top, width, height - top)


def has_room_for_preview(width: int, height: int) -> bool:
    """Whether a screen of that size has room for a preview."""
    return width >= MIN_PREVIEW_WIDTH and height >= MIN_PREVIEW_HEIGHT


def _least_preview(width: int, screen_height: int) -> int:
    """Return the minimum number of lines of the preview below a long list, its head included."""
    if width < _SHORT_WIDTH:
        return _LEAST_LINES
    return max(_SHORT_LINES, min(_FULL_LINES, screen_height - _TALL))
