"""The keys of a screen grouped into the sections of the keys page: see, do, after, count and so on. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.meter import section_line
from tui.keys import VIEW_KEYS, format_key

if TYPE_CHECKING:
    from tui.action import Action
    from tui.context import Context
    from tui.drawing.theme import StyledLine

SECTION_LABELS = {
    "do": "do",
    "after": "after",
    "count": "count",
    "exchange": "exchange",
    "see": "see",
    "everywhere": "everywhere",
    "signs": "signs",
}
_SECTION_BY_ACTION: Mapping[str, str] = {
    **dict.fromkeys(("open", "filter", "find", "preview", "refresh", "mark", "mark_all", "fields", "both"), "see"),
    **dict.fromkeys(("sort", "grouping", "columns", "keep_view", "fold", "unfold"), "see"),
    **dict.fromkeys(("history", "synonyms", "narrow", "restrict", "seen", "all_seen"), "see"),
    **dict.fromkeys(("confirm", "archive", "reopen", "withdraw", "excuse", "form", "figure_forms"), "after"),
    **dict.fromkeys(("report", "plan", "people", "export", "issue"), "count"),
    **dict.fromkeys(("compare", "recount", "period", "group"), "count"),
    **dict.fromkeys(("sync", "exchange", "bad", "bundle", "receive", "take_up", "take_marked", "import"), "exchange"),
    **dict.fromkeys(("import_again", "import_stop"), "exchange"),
    **dict.fromkeys(("repair", "since_now", "stop"), "exchange"),
    **dict.fromkeys(("back", "leave_report", "unmark", "quit", "leave", "suspend", "help", "palette"), "everywhere"),
    **dict.fromkeys(("repaint", "settings"), "everywhere"),
}
# Actions that share a line: one and its opposite.
_PAIRS: Mapping[str, str] = {
    "down": "up",
    "half_down": "half_up",
    "page_down": "page_up",
    "top": "bottom",
    "next_view": "last_view",
    "next_group": "last_group",
    "fold": "unfold",
    "next": "previous",
    "section_next": "section_back",
    "next_kind": "last_kind",
    "period_before": "period_after",
    "figure_left": "figure_right",
    "mark": "mark_all",
    "wait": "resume",
    "note": "heard",
    "edit": "editor",
    "add": "drop",
    "undo": "redo",
    "both": "take",
}
KEY_CELLS, GAP = 9, 2
TWO_COLUMNS_WIDTH = 80


# The legend of the signs in lists and heads: attribute names of `Signs`, and their meaning.
_SIGN_ROWS = (
    (("late", "risk", "met"), Sentence("late, at risk, met")),
    (("held",), Sentence("waiting, clock is stopped")),
    ((), Sentence("waiting, no sign: clock runs")),
    ((), Sentence("Left is in working time")),
    (("up",), Sentence("changes going out to the hub")),
    (("down",), Sentence("hub changes coming in")),
)


class KeyRow(Struct, frozen=True):
    """A line of the page: one action or two that belong together, the `head` of a section, or a legend of signs.

    In a legend, `signs` are attribute names of `Signs`, and `meaning` is what they mean.
    """

    actions: tuple[Action, ...] = ()
    head: str = ""
    signs: tuple[str, ...] = ()
    meaning: Sentence | None = None


def section_of(action: Action) -> str:
    """Return the section of an action; actions not in the table belong to `see` if they only move, else to `do`."""
    if action.id.startswith("view_"):
        return "see"
    return _SECTION_BY_ACTION.get(action.id, "see" if action.is_navigation else "do")


def arrange_rows(actions: Sequence[Action]) -> dict[str, list[KeyRow]]:
    """Return the rows of each section that is not empty, in the order of the table; all views share one row."""
    by_id = {action.id: action for action in actions}
    second = {later for first, later in _PAIRS.items() if first in by_id and later in by_id}
    sections: dict[str, list[KeyRow]] = {name: [] for name in SECTION_LABELS}
    for action in actions:
        if action.id in second or (action.id.startswith("view_") and action.id != "view_1"):
            continue
        partner = by_id.get(_PAIRS.get(action.id, ""))
        sections[section_of(action)].append(KeyRow((action, partner) if partner else (action,)))
    return {name: rows for name, rows in sections.items() if rows}


def arrange_columns(actions: Sequence[Action], width: int) -> tuple[list[KeyRow], list[KeyRow]]:
    """Return the rows in two columns of similar height, with whole sections; on a narrow screen the second is empty."""
    sections = [[KeyRow(head=name), *rows] for name, rows in arrange_rows(actions).items()]
    sections.append([KeyRow(head="signs"), *(KeyRow(signs=names, meaning=words) for names, words in _SIGN_ROWS)])
    if width < TWO_COLUMNS_WIDTH:
        return [row for section in sections for row in section], []
    splits = range(1, max(len(sections), 1) + 1)
    best = min(splits, key=lambda n: max(_height(sections[:n]), _height(sections[n:])))
    left, right = sections[:best], sections[best:]
    return [row for section in left for row in section], [row for section in right for row in section]


def _height(sections: Sequence[Sequence[KeyRow]]) -> int:
    return sum(map(len, sections))


def format_keys(row: KeyRow) -> str:
    """Return the keys of a row: `j k`, `1 - 9`."""
    if row.actions[0].id == "view_1":
        return f"{VIEW_KEYS[0]} - {VIEW_KEYS[-2]}"
    keys = " ".join(format_key(action.keys[0]) for action in row.actions)
    return keys.replace("Ctrl+", "^")


def render_row(context: Context, row: KeyRow, width: int, *, blocked: Mapping[str, str], has_bar: bool) -> StyledLine:
    """Return a row in exactly `width` cells; a refused action is dim, followed by the reason from `blocked`."""
    if row.head:
        return section_line(f" {context.say(SECTION_LABELS[row.head])}", width, context.theme)
    if row.meaning:
        return _render_signs(context, row.signs, row.meaning, width)
    reasons = [blocked[action.step] for action in row.actions if action.step in blocked and action.step]
    is_blocked = len(reasons) == len(row.actions)
    label = context.formatter.join(context.say(action.label) for action in row.actions)
    if row.actions[0].id == "view_1":
        label = context.say("view")
    ellipsis = context.theme.signs.ellipsis
    label = cells.truncate(label, width - KEY_CELLS - 3, ellipsis)
    room = max(width - KEY_CELLS - cells.width(label) - 4, 0)
    reason = cells.truncate(reasons[0], room, ellipsis) if is_blocked else ""
    used = KEY_CELLS + 1 + cells.width(label) + 1 + cells.width(reason)
    spans: StyledLine = [
        (f"{cells.fit(format_keys(row), KEY_CELLS, ellipsis)} ", "dim" if is_blocked else "key"),
        (f"{label} ", "dim" if is_blocked else ""),
        (reason, "risk"),
        (" " * max(width - 1 - used, 0), ""),
    ]
    if has_bar:
        return [span for span in render_bar(spans, context.theme) if span[0] != "\n"]
    return [(" ", ""), *spans]


def _render_signs(context: Context, names: Sequence[str], meaning: Sentence, width: int) -> StyledLine:
    """Return a line with signs and their meaning."""
    signs = " ".join(getattr(context.theme.signs, name) for name in names)
    text = cells.fit(context.say(meaning), max(width - KEY_CELLS - 2, 0), context.theme.signs.ellipsis)
    return [(" ", ""), (f"{cells.fit(signs, KEY_CELLS)} ", ""), (text, "dim")]


def render_columns(
    context: Context,
    columns: tuple[list[KeyRow], list[KeyRow]],
    width: int,
    *,
    selected: KeyRow,
    blocked: Mapping[str, str],
) -> Iterator[StyledLine]:
    """Yield the lines of both columns side by side."""
    left, right = columns
    column_width = (width - GAP) // 2 if right else width
    for n in range(max(len(left), len(right))):
        line: StyledLine = []
        if n < len(left):
            line += render_row(context, left[n], column_width, blocked=blocked, has_bar=left[n] == selected)
        else:
            line.append((" " * column_width, ""))
        if n < len(right):
            line.append((" " * GAP, ""))
            line += render_row(
                context, right[n], width - column_width - GAP, blocked=blocked, has_bar=right[n] == selected
            )
        yield line
