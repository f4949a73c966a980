"""The bar, the view, the order of the board and what is repainted: laws that hold whatever comes from outside."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from fenji.model.board import Board, Row
from fenji.model.filters import parse_filter
from fenji.model.sla import ClockReading, Reading
from samples import START, reported_ticket, uid_of
from tui.board.board_model import BoardModel
from tui.board.board_rows import RowMarks, render_row
from tui.board.columns import GUTTER_WIDTH, layout_columns, render_header
from tui.drawing import theme
from tui.drawing.scroll import Scroll
from tui.formatting import Formatter
from tui.widgets.footer import fit_hints
from tui.widgets.lines import changed_region, render_strip
from tui.writing.prompt import Choice, render_choices

CLOCK = ClockReading("P4", "running", due=START, left_s=60)


def make_row(number: int, title: str = "備件生鏽") -> Row:
    ticket = reported_ticket(f"KSA-2026-{number:04}", uid_of(number), title=title)
    return Row(ticket, Reading(ticket.id, START, CLOCK, CLOCK), "")


def make_board(*numbers: int) -> Board:
    return Board(tuple(make_row(number) for number in numbers), (), START)


NUMBERS = st.lists(st.integers(1, 40), unique=True, max_size=30)


@given(NUMBERS, NUMBERS, st.integers(0, 40), st.integers(1, 12))
def test_reading_anew_moves_neither_bar_nor_rows(first: list[int], second: list[int], bar: int, height: int) -> None:
    triage = BoardModel(make_board(*first), parse_filter)
    triage.scroll.resize(len(triage.shown_uids), height)
    triage.scroll.move_to(bar)
    before = list(triage.shown_uids), triage.scroll.selected_index, triage.scroll.top
    triage.replace_board(make_board(*second))
    assert (list(triage.shown_uids), triage.scroll.selected_index, triage.scroll.top) == before
    assert triage.pending_count == len(set(second) - set(first))
    selected = triage.current_row
    triage.refresh()
    assert [row.ticket.id for row in triage.rows] == [row.ticket.id for row in make_board(*second).rows]
    if selected and selected.uid in triage.shown_uids:
        assert triage.current_row is not None
        assert triage.current_row.uid == selected.uid


@given(NUMBERS, st.lists(st.integers(-30, 30), max_size=20), st.integers(1, 12))
def test_the_bar_is_always_in_view(numbers: list[int], moves: list[int], height: int) -> None:
    scroll = Scroll()
    scroll.resize(len(numbers), height)
    for by in moves:
        scroll.move_by(by)
        assert not numbers or scroll.selected_index in scroll.visible_range
        assert len(scroll.visible_range) == min(len(numbers), height)


def test_a_held_key_jumps_by_half_a_page() -> None:
    scroll = Scroll()
    scroll.resize(100, 10)
    tops = set()
    for _ in range(50):
        scroll.move_by(1)
        tops.add(scroll.top)
    assert len(tops) <= 11


def test_a_marked_ticket_that_left_the_board_is_no_longer_chosen_after_a_pull() -> None:
    triage = BoardModel(make_board(1, 2, 3), parse_filter)
    triage.toggle_all_marks()
    triage.replace_board(make_board(1, 2))
    triage.refresh()
    assert [row.id for row in triage.selected_rows] == ["KSA-2026-0001", "KSA-2026-0002"]


# --- what is repainted --------------------------------------------------------------------------------------------

LINES = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*"ab 轉台é…", "e\u0301"]), max_size=8).map("".join),
        st.sampled_from(["", "strong", "bar"]),
    ),
    max_size=6,
)


def render_lines(*drawn: str, at: int = 0) -> list[str]:
    """What a terminal shows of lines that are drawn one over the other, the last one from a cell on."""
    screen = pyte.Screen(21, 1)  # one more, since pyte begins a new line for a mark on the last cell
    stream = pyte.Stream(screen)
    for text in drawn:
        stream.feed(f"\x1b[1;{at * (text is drawn[-1]) + 1}H{text}")
    return [screen.buffer[0][x].data for x in range(20)]


@given(LINES, LINES)
@example([("轉aaaaaa轉", ""), ("aaaaa轉轉e\u0301", "")], [("轉", "")])
def test_repainting_the_changed_part_makes_the_old_line_the_new_one(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    shown = theme.Theme()
    old, new = render_strip(before, 20, shown), render_strip(after, 20, shown)
    part = changed_region(old, new, 0)
    if part is None:
        assert render_lines(old.text) == render_lines(new.text)
        return
    assert render_lines(old.text, new.crop(part.x, part.right).text, at=part.x) == render_lines(new.text)


JOINERS = st.lists(
    st.tuples(st.text("ab 轉👨❤\u200d\ufe0f\u0301\ud83d", max_size=5), st.sampled_from(["", "strong", "cursor"])),
    max_size=4,
)


@given(JOINERS, JOINERS)
@example([("\u200da", "")], [("b", "")])
@example([("1", "cursor"), (" \u200d", "")], [("", "")])
def test_a_joiner_that_joins_nothing_is_repainted_with_its_whole_line(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    shown = theme.Theme()
    part = changed_region(render_strip(before, 20, shown), render_strip(after, 20, shown), 0)
    assert part is None or 0 <= part.x < part.right <= 20


def test_a_line_that_did_not_change_is_not_repainted() -> None:
    shown = theme.Theme()
    before = render_strip([("備件生鏽", "late")], 20, shown)
    assert changed_region(before, render_strip([("備件", "late"), ("生鏽", "late")], 20, shown), 0) is None


# --- columns ------------------------------------------------------------------------------------------------------


MARKS = st.builds(RowMarks, is_selected=st.booleans(), is_marked=st.booleans(), is_closed=st.booleans())


@given(st.integers(40, 240), st.sampled_from(["en", "zh-Hans", "zh-Hant"]), st.text(max_size=30), MARKS)
def test_columns_fill_the_width_exactly_and_stand_below_their_heads(
    width: int, language: str, title: str, marks: RowMarks
) -> None:
    shape = layout_columns(width, Formatter(language))
    shown = theme.Theme()
    line = render_strip(render_row(make_row(1, title or "x"), shape, shown, marks), width, shown)
    assert line.cell_length == width
    assert render_strip(render_header(shape, shown), width, shown).cell_length == width
    assert GUTTER_WIDTH + sum(size + 1 for _, size in shape.columns) == width
    assert "title" in [column.key for column, _ in shape.columns]


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_narrow_terminals_keep_what_matters_most(language: str) -> None:
    def keys(width: int) -> list[str]:
        return [column.key for column, _ in layout_columns(width, Formatter(language)).columns]

    assert keys(40) == ["priority", "left", "number", "title"]
    assert keys(64) == ["priority", "left", "meter", "number", "title", "owner"]
    assert keys(80) == ["priority", "left", "meter", "clock", "number", "title", "state", "owner"]
    assert keys(120) == ["priority", "left", "meter", "clock", "number", "title", "system", "state", "owner"]
    assert "kind" in keys(150)
    assert {"kind", "units", "requester"} <= set(keys(240))


def test_columns_are_chosen_by_the_person_as_far_as_the_title_has_room() -> None:
    chosen = frozenset({"meter", "kind", "units", "requester"})
    assert [column.key for column, _ in layout_columns(80, Formatter(), chosen).columns] == [
        *("priority", "left", "meter", "number", "title", "kind", "units"),
    ]


def test_hints_are_cut_at_whole_keys() -> None:
    hints = "Ctrl+D save   Esc back   Ctrl+N 重填"
    assert fit_hints(hints, 36) == hints
    assert fit_hints(hints, 33) == "Ctrl+D save   Esc back"
    assert fit_hints(hints, 3) == "Ctrl+D save"
    many = "Ctrl+D save   Ctrl+T take suggestions   Tab next   Esc back   Ctrl+N clear"
    assert fit_hints(many, 39) == "Ctrl+D save   Tab next   Esc back"
    assert fit_hints(many, 24) == "Ctrl+D save   Esc back"


@given(st.lists(st.text("abc部件 ", min_size=1, max_size=12), min_size=1, max_size=20), st.data(), st.integers(20, 90))
def test_choices_are_shown_whole_or_left_out_with_a_sign(labels: list[str], data: st.DataObject, width: int) -> None:
    choices = [Choice(label) for label in labels]
    selected = data.draw(st.integers(-1, len(choices) - 1))
    line = render_choices(choices, selected, width, theme.Theme())
    assert cell_len("".join(text for text, _ in line)) <= width
    assert all(text.strip(" []~") in "\n".join(labels) for text, _ in line)
