"""Parts of the top lines of several screens: the sync state, tabs, a horizontal rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui.drawing import cells
from tui.keys import VIEW_KEYS

if TYPE_CHECKING:
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan
    from tui.sync_controller import SyncController


def render_traffic(context: Context, sync_controller: SyncController) -> list[StyledSpan]:
    """Return `▴ 2 ▾ 0` (commits to send and commits to merge), or the progress of a running sync."""
    if sync_controller.progress_text:
        return [(f" {sync_controller.progress_text} ", "strong")]
    if not sync_controller.hub_state or not sync_controller.remote:
        return []
    status, signs = sync_controller.hub_state.status, context.theme.signs
    return [(f" {signs.up} {status.ahead} {signs.down} {status.behind} ", "")]


def choose_tabs(names: Sequence[str], current: int, width: int, ellipsis: str) -> list[tuple[int, str]]:
    """Return the tabs that fit as (number, text): the current one with its name, others too if there is room."""
    tabs = {n: name.partition(" ")[0] for n, name in enumerate(names[: len(VIEW_KEYS)])}
    if current >= 0:
        tabs[current] = names[current]
    has_more = len(tabs) < len(names)
    while len(tabs) > 1 and _tabs_width(tabs) + 2 * has_more > width:
        has_more = True
        del tabs[max(tabs, key=lambda n: (n != current, abs(n - current)))]
    for n in tuple(sorted(tabs)):
        if _tabs_width({**tabs, n: names[n]}) + 2 * has_more <= width:
            tabs[n] = names[n]
    shown = [(n, cells.truncate(text, max(width - 2, 1), ellipsis)) for n, text in sorted(tabs.items())]
    return [*shown, (len(names), ellipsis)] if has_more and len(tabs) > 1 else shown


def _tabs_width(tabs: Mapping[int, str]) -> int:
    return sum(cells.width(text) + 2 for text in tabs.values())


def render_rule(width: int) -> StyledLine:
    """Return a horizontal rule."""
    return [(" " * width, "rule")]
