"""The lines at the top of the board: where we are and how things stand, the views, and the filter. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenji.tui import cells

if TYPE_CHECKING:
    from fenji.tui.exchanging import Exchanging
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


def board_head(triage: Triage, kit: Kit, exchanging: Exchanging, width: int) -> Line:
    """`fenji · KSA   12 open  1 breached   li.wei  ↑2 ↓0  14:02`; the person, then the name give way."""
    desk, signs = kit.desk, kit.look.signs
    person: list[Span] = [(f" {desk.person} ", "")]
    right = [*traffic(kit, exchanging), (f" {kit.voice.time(triage.board.at)} ", "title")]
    full, short = (_counts(triage, kit, exchanging, narrow=narrow) for narrow in (False, True))
    long: Span = (f" fenji {signs.dot} {desk.site} ", "title")
    brief: Span = (f" {desk.site} ", "title")
    # What stands there, the widest first; the last has to do.
    ways: Sequence[tuple[tuple[Span, list[Span]], list[Span]]] = (
        ((long, full), person),
        ((long, full), []),
        ((brief, full), []),
        ((brief, short), []),
    )
    for (name, counts), whom in ways:
        left, ends = [name, *counts], [*whom, *right]
        if sum(cells.width(text) for text, _ in (*left, *ends)) <= width:
            break
    return spread(left, ends, width, kit.look)


def traffic(kit: Kit, exchanging: Exchanging) -> list[Span]:
    """`↑2 ↓0`: commits that wait to go out, and to be joined; while an exchange is under way how far it is."""
    if exchanging.progress:
        return [(f" {exchanging.progress} ", "notice")]
    if not exchanging.seen or not exchanging.remote:
        return []
    standing, signs = exchanging.seen.standing, kit.look.signs
    return [(f" {signs.up}{standing.ahead} {signs.down}{standing.behind} ", "")]


def _counts(triage: Triage, kit: Kit, exchanging: Exchanging, *, narrow: bool) -> list[Span]:
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
    found += _exchanged(kit, exchanging)
    bad = len(board.bad) + bool(kit.desk.policy_bad) + bool(kit.desk.synonyms_bad) + len(kit.desk.unsigned)
    if bad:
        found.append((kit.say("{count} bad: {key}", count=bad, key=kit.keymap.key("bad")), "error"))
    if triage.marks:
        found.append((kit.say("{count} marked", count=len(triage.marks)), "mark"))
    return [span for text, role in found for span in ((" " if narrow else "  ", ""), (text, role))]


def _exchanged(kit: Kit, exchanging: Exchanging) -> list[Span]:
    """What came in since the person last looked, and that the last exchange failed."""
    if not exchanging.seen:
        return []
    key = kit.keymap.key("exchange")
    found: list[Span] = []
    if exchanging.seen.came:
        found.append((kit.say("{count} came in: {key}", count=len(exchanging.seen.came), key=key), "notice"))
    if exchanging.failed:
        found.append((kit.say("not synced: {key}", key=key), "error"))
    return found


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
