"""The lines at the top of the board: site and counts, sync state, the views, and the filter. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.model.board import HELD_ALERT
from tui import cells
from tui.keys import VIEW_KEYS
from tui.settings import group_by_file

if TYPE_CHECKING:
    from tui.board_model import BoardModel
    from tui.context import Context
    from tui.sync_controller import SyncController
    from tui.theme import StyledLine, StyledSpan, Theme


def align_ends(left: Sequence[StyledSpan], right: Sequence[StyledSpan], width: int, theme: Theme) -> StyledLine:
    """Return a line with `left` and `right` at its ends; the left is cut if they do not fit."""
    available = width - sum(cells.width(text) for text, _ in right)
    line: StyledLine = []
    for text, role in left:
        truncated = cells.truncate(text, max(available, 0), theme.signs.ellipsis)
        line.append((truncated, role))
        available -= cells.width(truncated)
    return [*line, (" " * max(available, 0), ""), *right]


def render_title_line(
    board_model: BoardModel, context: Context, sync_controller: SyncController, width: int
) -> StyledLine:
    """Return `fenji · KSA   12 open  1 breached   li.wei  ▴ 2 ▾ 0  14:02`; person, then `fenji` are dropped first."""
    desk, signs = context.desk, context.theme.signs
    person_spans: list[StyledSpan] = [(f" {desk.person} ", "")]
    right = [
        *render_traffic(context, sync_controller),
        (f" {context.formatter.format_time(board_model.board.at)} ", "strong"),
    ]
    full_counts, short_counts = (
        _render_counts(board_model, context, sync_controller, narrow=narrow) for narrow in (False, True)
    )
    long_name: StyledSpan = (f" fenji {signs.dot} {desk.site} ", "strong")
    short_name: StyledSpan = (f" {desk.site} ", "strong")
    # The widest first; the last is taken even if it does not fit.
    variants: Sequence[tuple[tuple[StyledSpan, list[StyledSpan]], list[StyledSpan]]] = (
        ((long_name, full_counts), person_spans),
        ((long_name, full_counts), []),
        ((short_name, full_counts), []),
        ((short_name, short_counts), []),
    )
    for (name, counts), person_part in variants:
        left_spans, right_spans = [name, *counts], [*person_part, *right]
        if sum(cells.width(text) for text, _ in (*left_spans, *right_spans)) <= width:
            break
    return align_ends(left_spans, right_spans, width, context.theme)


def render_traffic(context: Context, sync_controller: SyncController) -> list[StyledSpan]:
    """Return `▴ 2 ▾ 0`, the commits to be sent and to be merged, or the progress of a running sync."""
    if sync_controller.progress_text:
        return [(f" {sync_controller.progress_text} ", "strong")]
    if not sync_controller.hub_state or not sync_controller.remote:
        return []
    status, signs = sync_controller.hub_state.status, context.theme.signs
    return [(f" {signs.up} {status.ahead} {signs.down} {status.behind} ", "")]


def _render_counts(
    board_model: BoardModel, context: Context, sync_controller: SyncController, *, narrow: bool
) -> list[StyledSpan]:
    board = board_model.board
    counts = [(context.say("{count} open", count=len(board.rows)), "")]
    for sign, template, role in (
        ("!", "{count} breached", "late"),
        ("~", "{count} at risk", "risk"),
        ("=", "{count} held", "dim"),
    ):
        count = board_model.counts_by_sign.get(sign, 0)
        if count:
            counts.append((f"{sign}{count}" if narrow else context.say(template, count=count), role))
    if board_model.pending_count:
        counts.append(
            (
                context.say(
                    "{count} new: {key}", count=board_model.pending_count, key=context.keymap.key_label("refresh")
                ),
                "strong",
            )
        )
    if context.desk.policy_notice and not context.desk.policy_problems:
        counts.append((context.say("draft of the rules: {key}", key=context.keymap.key_label("bad")), "strong"))
    counts += _render_sync_alerts(context, sync_controller, narrow=narrow)
    problem_count = (
        len(board.bad_files)
        + bool(context.desk.policy_problems)
        + bool(context.desk.synonyms.problems)
        + len(context.desk.marks)
        + len(group_by_file((*context.settings.problems, *sync_controller.schedule_problems)))
    )
    if problem_count:
        counts.append(
            (context.say("{count} bad: {key}", count=problem_count, key=context.keymap.key_label("bad")), "late strong")
        )
    if board_model.marked_uids:
        counts.append((context.say("{count} marked", count=len(board_model.marked_uids)), "info"))
    return [span for text, role in counts for span in ((" " if narrow else "  ", ""), (text, role))]


def _render_sync_alerts(context: Context, sync_controller: SyncController, *, narrow: bool) -> list[StyledSpan]:
    """Return what arrived since the user last looked, what is held back, and whether the last sync failed."""
    if not sync_controller.hub_state:
        return []
    key = context.keymap.key_label("exchange")
    alerts: list[StyledSpan] = []
    if sync_controller.hub_state.arrivals:
        alerts.append(
            (context.say("{count} came in: {key}", count=len(sync_controller.hub_state.arrivals), key=key), "strong")
        )
    if held_count := sync_controller.hub_state.held_count:
        text = f"{held_count}:{key}" if narrow else context.say("{count} held back: {key}", count=held_count, key=key)
        alerts.append((f"{HELD_ALERT[0]}{text}", "late strong"))
    if sync_controller.last_failed:
        alerts.append((context.say("not synced: {key}", key=key), "late strong"))
    return alerts


def render_tabs(views: Sequence[tuple[str, str]], context: Context, board_model: BoardModel, width: int) -> StyledLine:
    """Return the views with the current one highlighted, and the words and the yield of the filter that is on.

    The current view always has its name, the others as far as there is room, else their keys alone.
    """
    right = _render_filter(context, board_model, width)
    available = width - sum(cells.width(text) for text, _ in right)
    current = next((n for n, (_, query) in enumerate(views) if query == board_model.query), -1)
    names = [f"{VIEW_KEYS[n : n + 1]} {context.say(label)}".strip() for n, (label, _) in enumerate(views)]
    tabs = choose_tabs(names, current, available, context.theme.signs.ellipsis)
    left: list[StyledSpan] = [(f" {text} ", "tab" if n == current else "") for n, text in tabs]
    return align_ends(left, right, width, context.theme)


def _render_filter(context: Context, board_model: BoardModel, width: int) -> list[StyledSpan]:
    """Return `/ state:new  4 of 60 ` while a filter is on; of these the count is never cut."""
    if not board_model.query:
        return []
    count = context.say("{shown} of {count}", shown=len(board_model.shown_uids), count=len(board_model.board.rows))
    words = f"/ {cells.sanitize_line(board_model.query)}"
    words = cells.truncate(words, max(width // 3, 12), context.theme.signs.ellipsis)
    return [(f" {words}  ", "strong"), (f"{count} ", "strong")]


def choose_tabs(names: Sequence[str], current: int, width: int, ellipsis: str) -> list[tuple[int, str]]:
    """Return the tabs that fit, as (number, text): the current one by its name, then names from the left."""
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
