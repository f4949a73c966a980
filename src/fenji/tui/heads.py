"""The lines at the top of the board: where we are and how things stand, the views, and the filter. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenji.tui import cells

if TYPE_CHECKING:
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line, Look, Span
    from fenji.tui.triage import Triage


def spread(left: Sequence[Span], right: Sequence[Span], width: int, look: Look) -> Line:
    """`left` and `right` at the two ends of a line; the left gives way."""
    room = width - sum(cells.width(text) for text, _ in right)
    line: Line = []
    for text, role in left:
        shown = cells.cut(text, max(room, 0), look.signs.cut)
        line.append((shown, role))
        room -= cells.width(shown)
    return [*line, (" " * max(room, 0), ""), *right]


def board_head(triage: Triage, kit: Kit, width: int) -> Line:
    """`fenji · KSA   12 open  1 breached  2 at risk   li.wei  14:02`; in a narrow terminal the counts alone."""
    desk, board = kit.desk, triage.board
    name = f" fenji {kit.look.signs.dot} {desk.site} " if width >= 60 else f" {desk.site} "
    clock = f" {kit.voice.time(board.at)} "
    right: list[Span] = [(f" {desk.person} ", ""), (clock, "title")] if width >= 60 else [(clock, "title")]
    return spread([(name, "title"), *_counts(triage, kit, narrow=width < 60)], right, width, kit.look)


def _counts(triage: Triage, kit: Kit, *, narrow: bool) -> list[Span]:
    board = triage.board
    found = [(kit.say("{count} open", count=len(board.rows)), "")]
    for sign, template, role in (
        ("!", "{count} breached", "late"),
        ("~", "{count} at risk", "risk"),
        ("=", "{count} held", "held"),
    ):
        count = triage.counts.get(sign, 0)
        if count:
            found.append((f"{sign}{count}" if narrow else kit.say(template, count=count), role))
    if triage.waiting:
        found.append((kit.say("{count} new: {key}", count=triage.waiting, key=kit.keymap.key("refresh")), "notice"))
    bad = len(board.bad) + bool(kit.desk.policy_bad) + bool(kit.desk.synonyms_bad)
    if bad:
        found.append((kit.say("{count} bad: {key}", count=bad, key=kit.keymap.key("bad")), "error"))
    if triage.marks:
        found.append((kit.say("{count} marked", count=len(triage.marks)), "mark"))
    return [span for text, role in found for span in ((" " if narrow else "  ", ""), (text, role))]


def tabs(views: Sequence[tuple[str, str]], kit: Kit, triage: Triage, width: int) -> Line:
    """The views by their number, the present one standing out, and the filter where it is no view's."""
    present = next((n for n, (_, words) in enumerate(views) if words == triage.words), -1)
    filtered = f"/ {cells.line(triage.words)} " if present < 0 else ""
    line: Line = []
    room = width - min(cells.width(filtered), max(width // 3, 12) if filtered else 0)
    for n, (label, _) in enumerate(views[:9]):
        text = f" {n + 1} {kit.say(label)} "
        if cells.width(text) > room:
            break
        line.append((text, "tab" if n == present else ""))
        room -= cells.width(text)
    return spread(line, [(cells.cut(filtered, max(width // 3, 12), kit.look.signs.cut), "title")], width, kit.look)


def rule(kit: Kit, width: int) -> Line:
    """A line across; blank without frames."""
    return [(kit.look.signs.rule * width, "rule")]
