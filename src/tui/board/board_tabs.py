"""The line of views with their counts, and the current filter at its right end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.drawing import cells
from tui.drawing.head_line import align_ends
from tui.drawing.meter import pill
from tui.keys import VIEW_KEYS

if TYPE_CHECKING:
    from tui.board.board_model import BoardModel
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan

DIGITS_WIDTH = 64  # minimum width in cells for names; below it the other views show only their keys


def render_tabs(views: Sequence[tuple[str, str]], context: Context, board_model: BoardModel, width: int) -> StyledLine:
    """Return the views with their counts, the current one lit, and the filter with its number of matches.

    The current view always has its name. If the filter is not that of a view, the other views shrink to their keys.
    """
    queries = [query for _, query in views]
    is_view = board_model.query in queries
    current = queries.index(board_model.query) if is_view else 0
    right = _render_filter(context, board_model, width, is_view=is_view)
    tabs = [ViewTab(n, context.say(label), board_model.count_matches(query)) for n, (label, query) in enumerate(views)]
    room = width - sum(cells.width(text) for text, _ in right)
    digits_only = width < DIGITS_WIDTH or not is_view
    left = (_fit_digits if digits_only else _fit_names)(tabs, current, room, context)
    return align_ends(left, right, width, context.theme)


def _render_filter(context: Context, board_model: BoardModel, width: int, *, is_view: bool) -> list[StyledSpan]:
    """Return the filter as a pill, followed by `4 of 32`, which is never cut; the filter of a view is only dim text."""
    theme, key = context.theme, context.keymap.key_label("filter")
    if not board_model.query:
        return [(f"  {key} {context.say('filter')} ", "dim")] if width >= DIGITS_WIDTH else []
    count = context.say("{shown} of {count}", shown=len(board_model.rows), count=len(board_model.board.rows))
    words = cells.sanitize_line(f"{key} {board_model.query}")
    words = cells.truncate(words, max(width // 3, 12), theme.signs.ellipsis)
    if is_view:
        return [(f"  {words}  {count} ", "dim")]
    return [(" ", ""), pill(f"{words} {theme.signs.off}", "lit"), (f" {count} ", "strong")]


class ViewTab:
    """One view: its key, label and count."""

    def __init__(self, number: int, label: str, count: int | None) -> None:
        self.key = VIEW_KEYS[number : number + 1]
        self.label = cells.sanitize_line(label)
        self.count = "" if count is None else f" {count}"

    @property
    def text(self) -> str:
        return f"{self.key} {self.label}{self.count}".strip()

    def spans(self, *, is_current: bool) -> list[StyledSpan]:
        """Return the tab with its name and count."""
        if is_current:
            return [pill(self.text, "tab")]
        key = f" {self.key}" if self.key else ""
        return [(key, "key"), (f" {self.label}", ""), (f"{self.count} ", "dim")]


def _fit_names(tabs: Sequence[ViewTab], current: int, room: int, context: Context) -> list[StyledSpan]:
    """Return the tabs that fit, the current one always among them; signs at the ends say that there are more."""
    signs = context.theme.signs

    def width_of(first: int, last: int) -> int:
        more = 2 * (last < len(tabs)) + 2 * (first > 0)
        return sum(cells.width(tab.text) + 2 for tab in tabs[first:last]) + more

    first, last = 0, current + 1
    while first < current and width_of(first, last) > room:
        first += 1
    while last < len(tabs) and width_of(first, last + 1) <= room:
        last += 1
    line: list[StyledSpan] = [(f"{signs.previous} ", "dim")] if first else []
    for n in range(first, last):
        line += tabs[n].spans(is_current=n == current)
    return [*line, (f" {signs.next}", "dim")] if last < len(tabs) else line


def _fit_digits(tabs: Sequence[ViewTab], current: int, room: int, context: Context) -> list[StyledSpan]:
    """Return the current tab with its name, and the keys of the others as far as there is room."""
    signs = context.theme.signs
    name = cells.truncate(tabs[current].text, max(room - 4, 1), signs.ellipsis)
    shown = {n for n, tab in enumerate(tabs) if tab.key and n != current}
    has_more = len(shown) + 1 < len(tabs)
    while shown and cells.width(name) + 2 + 2 * len(shown) + 2 * has_more > room:
        has_more = True
        shown.remove(max(shown, key=lambda n: abs(n - current)))
    line: list[StyledSpan] = []
    for n, tab in enumerate(tabs):
        if n == current:
            line.append(pill(name, "tab"))
        elif n in shown:
            line.append((f" {tab.key}", "key"))
    return [*line, (f" {signs.next}", "dim")] if has_more else line
