"""The bar, the view, the order of the board and what is repainted: laws that hold whatever comes from outside."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st

from fenji import board as boards
from fenji.board import Board, Row
from fenji.clock import ClockReading, Reading
from fenji.tui import look
from fenji.tui.columns import heads, layout, row_line
from fenji.tui.scroll import Scroll
from fenji.tui.triage import Triage
from fenji.tui.voice import Voice
from fenji.tui.widgets.lines import changed_part, strip
from samples import START, reported, uid_of

CLOCK = ClockReading("P4", "running", due=START, left_s=60)


def row(number: int, title: str = "備件生鏽") -> Row:
    ticket = reported(f"KSA-2026-{number:04}", uid_of(number), title=title)
    return Row(ticket, Reading(ticket.id, START, CLOCK, CLOCK), "")


def board(*numbers: int) -> Board:
    return Board(tuple(row(number) for number in numbers), (), START)


NUMBERS = st.lists(st.integers(1, 40), unique=True, max_size=30)


@given(NUMBERS, NUMBERS, st.integers(0, 40), st.integers(1, 12))
def test_reading_anew_moves_neither_bar_nor_rows(first: list[int], second: list[int], bar: int, height: int) -> None:
    triage = Triage(board(*first), boards.parse)
    triage.scroll.fit(len(triage.order), height)
    triage.scroll.to(bar)
    before = list(triage.order), triage.scroll.bar, triage.scroll.top
    triage.read(board(*second))
    assert (list(triage.order), triage.scroll.bar, triage.scroll.top) == before
    assert triage.waiting == len(set(second) - set(first))
    held = triage.selected
    triage.pull()
    assert [one.ticket.id for one in triage.rows] == [one.ticket.id for one in board(*second).rows]
    if held and held.uid in triage.order:
        assert triage.selected is not None
        assert triage.selected.uid == held.uid


@given(NUMBERS, st.lists(st.integers(-30, 30), max_size=20), st.integers(1, 12))
def test_the_bar_is_always_in_view(numbers: list[int], moves: list[int], height: int) -> None:
    scroll = Scroll()
    scroll.fit(len(numbers), height)
    for by in moves:
        scroll.move(by)
        assert not numbers or scroll.bar in scroll.seen
        assert len(scroll.seen) == min(len(numbers), height)


def test_a_held_key_jumps_by_half_a_page() -> None:
    scroll = Scroll()
    scroll.fit(100, 10)
    tops = set()
    for _ in range(50):
        scroll.move(1)
        tops.add(scroll.top)
    assert len(tops) <= 11


def test_a_marked_ticket_that_left_the_board_is_no_longer_chosen_after_a_pull() -> None:
    triage = Triage(board(1, 2, 3), boards.parse)
    triage.mark_all()
    triage.read(board(1, 2))
    triage.pull()
    assert [one.id for one in triage.chosen] == ["KSA-2026-0001", "KSA-2026-0002"]


# --- what is repainted --------------------------------------------------------------------------------------------

LINES = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*"ab 轉台é…", "e\u0301"]), max_size=8).map("".join),
        st.sampled_from(["", "title", "bar"]),
    ),
    max_size=6,
)


def seen(*drawn: str) -> list[str]:
    """What a terminal shows of lines that are drawn one over the other."""
    screen = pyte.Screen(20, 1)
    stream = pyte.Stream(screen)
    for one in drawn:
        stream.feed("\r" + one)
    return [screen.buffer[0][x].data for x in range(20)]


@given(LINES, LINES)
def test_repainting_the_changed_part_makes_the_old_line_the_new_one(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    shown = look.look()
    old, new = strip(before, 20, shown), strip(after, 20, shown)
    part = changed_part(old, new, 0)
    if part is None:
        assert seen(old.text) == seen(new.text)
        return
    assert seen(old.text, new.crop(0, part.right).text) == seen(new.text)


def test_a_line_that_did_not_change_is_not_repainted() -> None:
    shown = look.look()
    one = strip([("備件生鏽", "late")], 20, shown)
    assert changed_part(one, strip([("備件", "late"), ("生鏽", "late")], 20, shown), 0) is None


# --- columns ------------------------------------------------------------------------------------------------------


@given(st.integers(40, 240), st.sampled_from(["en", "zh-Hans", "zh-Hant"]), st.text(max_size=30))
def test_columns_fill_the_width_exactly_and_stand_below_their_heads(width: int, language: str, title: str) -> None:
    shape = layout(width, Voice(language))
    shown = look.look()
    line = strip(row_line(row(1, title or "x"), shape, shown), width, shown)
    assert line.cell_length == width
    assert strip(heads(shape, shown), width, shown).cell_length == width
    assert sum(size + 1 for _, size in shape.columns) + 3 == width + 1
    assert "title" in [one.key for one, _ in shape.columns]


def test_narrow_terminals_keep_what_matters_most() -> None:
    def keys(width: int) -> list[str]:
        return [one.key for one, _ in layout(width, Voice()).columns]

    assert keys(40) == ["priority", "left", "number", "title"]
    assert keys(80) == ["priority", "left", "clock", "number", "title", "state", "owner"]
    assert {"kind", "system", "units"} <= set(keys(200))
