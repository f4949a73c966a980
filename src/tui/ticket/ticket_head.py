"""The filled line at the top of a ticket: number, priority, title, owner, unsent changes, and the time. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.drawing import cells

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.policy import Policy
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan

WIDE_WIDTH = 100  # minimum width for kind and state
_MIN_TITLE = 16  # cells
_MADE_KEY = re.compile(r"([a-z]\d+)[a-z]{6}")  # key of a plan's item: six random letters after the number


def short_key(key: str) -> str:
    """Return the key of an item without the random letters that fenji adds to the keys it makes."""
    made = _MADE_KEY.fullmatch(key)
    return made[1] if made else cells.sanitize_line(key)


def priority_role(text: str, policy: Policy | None, *, filled: bool = True) -> str:
    """Return the role of a priority as shown (`P1`, `P4?`): the policy's first two levels are strong, its last is dim.

    With `filled` the first level has a ground of its own.
    """
    levels = list(policy.levels) if policy else []
    if text.endswith("?"):
        return "risk strong"
    if text not in levels:
        return ""
    place = levels.index(text)
    if place < 2:
        return "p1" if filled and not place else "late strong"
    return "dim" if place == len(levels) - 1 else ""


def split_number(number: str) -> tuple[str, str]:
    """Return the prefix that a number shares with others, and the end that tells it apart: `KSA-2026-`, `0187`."""
    head, dash, tail = number.rpartition("-")
    return f"{head}{dash}", tail


def render_head(context: Context, row: Row, width: int, *, is_provisional: bool = False, unsent: int = 0) -> StyledLine:
    """Return the first line; a provisional number has a mark, `unsent` is the number of the desk's unsent changes."""
    ticket, signs = row.ticket, context.theme.signs
    site, tail = split_number(ticket.id)
    left: StyledLine = [
        (f" {site}", "head dim"),
        (tail, "head strong"),
        (signs.mark if is_provisional else "", "head info"),
        (" ", "head"),
    ]
    if ticket.priority_text:
        text, role = ticket.priority_text, priority_role(ticket.priority_text, row.policy)
        left.append((f" {text} " if role == "p1" else text, f"head {role}".rstrip()))
        left.append((" ", "head"))
    used = sum(cells.width(text) for text, _ in left)
    title = cells.sanitize_line(ticket.title)
    right = _fit_right_end(_right_parts(context, row, width, unsent), width - used - _MIN_TITLE - 1)
    room = max(width - used - sum(cells.width(text) for text, _ in right) - 1, 0)
    shown = cells.fit(title, room, signs.ellipsis)
    return [*left, (shown, "head strong"), (" ", "head"), *right, ("\n", "head")]


def _right_parts(context: Context, row: Row, width: int, unsent: int) -> list[tuple[StyledSpan, int]]:
    """Return the parts at the right end, each with its rank: the highest is left out first."""
    ticket, formatter = row.ticket, context.formatter
    parts: list[tuple[StyledSpan, int]] = []
    owner = cells.sanitize_line(ticket.owner) or context.say("no owner")
    owner_role = "head dim" if ticket.owner else "head risk"
    if width >= WIDE_WIDTH:
        dot = f" {context.theme.signs.dot} "
        parts.append(
            (
                (
                    dot.join(part for part in (formatter.word(ticket.kind), formatter.state(ticket.state)) if part)
                    + dot,
                    "head dim",
                ),
                2,
            )
        )
        parts.append(((f"{owner}   ", owner_role), 1))
    else:
        parts.append(((f"{formatter.state(ticket.state)} ", "head dim"), 3))
        parts.append(((f"{owner} ", owner_role), 1))
    parts += [((f"{context.theme.signs.up} {unsent} ", "head info"), 2)] if unsent else []
    parts.append(((f"{formatter.format_time(row.reading.at)} ", "head dim"), 0))
    return parts


def _fit_right_end(parts: Sequence[tuple[StyledSpan, int]], room: int) -> list[StyledSpan]:
    shown = list(parts)
    while shown and sum(cells.width(text) for (text, _), _ in shown) > room:
        shown.remove(max(shown, key=lambda part: part[1]))
    return [span for span, _ in shown]
