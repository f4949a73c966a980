"""The board as the design reference draws it: columns and groups, runs a row, in all themes and languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import groupby, pairwise
from unicodedata import east_asian_width

import pytest
from rich.color import Color, ColorSystem

from fenji.model.board import Board, Row
from fenji.model.filters import parse_filter
from fenji.model.sla import ClockReading, Reading
from samples import START, reported_ticket, uid_of
from tui.board.board_groups import Arrangement, due_group
from tui.board.board_layout import layout_board
from tui.board.board_model import BoardModel, GroupLine
from tui.board.board_rows import RowMarks, render_group, render_row
from tui.board.columns import fit_left, layout_columns, number_parts
from tui.drawing import cells
from tui.drawing.signs import UNICODE_SIGNS
from tui.drawing.spans import line_width
from tui.drawing.theme import PALETTES, Palette, StyledLine, Theme
from tui.formatting import Formatter
from tui.terminal.sgr import render_segments
from tui.widgets.lines import changed_region, render_strip

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
DAY_S = 86_400
TRUECOLOR = ColorSystem.TRUECOLOR


def make_row(number: int, *, state: str = "running", left_s: int = 3600, fields: dict[str, str] | None = None) -> Row:
    """A row whose solution clock is in a state, with so much left of a day."""
    ticket = reported_ticket(f"KSA-2026-{number:04}", uid_of(number), title="電源模塊過熱告警，發射機兩次降功率")
    ticket = ticket.with_fields(
        {"priority": f"P{number % 4 + 1}", "impact": "major", "occurrence": "common", **(fields or {})}
    )
    due = None if state in ("held", "met") else START + timedelta(seconds=left_s)
    late_s = -left_s if state == "breached" else 0
    clock = ClockReading(
        ticket.priority, state, target_s=DAY_S, due=due, used_s=DAY_S - left_s, left_s=left_s, late_s=late_s
    )
    clock = replace(clock, met=True, left_s=None) if state == "met" else clock
    return Row(ticket, Reading(ticket.id, START, ClockReading(ticket.priority, "none"), clock), "")


def theme_of(palette: Palette) -> Theme:
    theme = Theme(signs=UNICODE_SIGNS)
    theme.palette = palette
    return theme


def runs_of(line: StyledLine, width: int, theme: Theme) -> int:
    """How often the style changes on a line, blanks without ground or underline taken for what is at their left."""
    strip = render_strip(line, width, theme)
    return sum(1 for _ in groupby(strip, key=lambda segment: segment.style))


ROWS = [
    make_row(1, state="breached", left_s=-5000),
    make_row(2, state="at_risk", left_s=4000, fields={"owner": "li.wei"}),
    make_row(3, state="held", left_s=50_000, fields={"state": "waiting"}),
    make_row(4, state="running", left_s=80_000, fields={"state": "responded", "owner": "wang.fang"}),
    make_row(5, state="met", left_s=40_000, fields={"state": "solved"}),
]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "most"), [(40, 11), (64, 11), (80, 11), (120, 17), (150, 17), (200, 17)])
def test_a_row_has_few_runs_and_fills_its_width(palette: Palette, language: str, width: int, most: int) -> None:
    theme, layout = theme_of(palette), layout_columns(width, Formatter(language))
    for row in ROWS:
        for marks in (RowMarks(site="KSA", year=2026), RowMarks(is_marked=True, is_provisional=True, site="DZA")):
            line = render_row(row, layout, theme, marks)
            assert line_width(line) == width
            assert runs_of(line, width, theme) <= most
        bar = render_row(row, layout, theme, RowMarks(is_selected=True, site="KSA", year=2026))
        assert line_width(bar) == width
        assert runs_of(bar, width, theme) <= (8 if theme.palette.flat_grounds else 7)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_the_selected_row_keeps_the_colours_of_what_is_urgent(palette: Palette) -> None:
    theme, layout = theme_of(palette), layout_columns(80, Formatter())
    line = render_row(ROWS[1], layout, theme, RowMarks(is_selected=True))
    spans = {text.strip(): theme.style(role) for text, role in line if text.strip()}
    assert line[0][0] == theme.signs.bar
    left, priority = spans["1:06"], spans["P3"]
    if palette.flat_grounds:
        assert left == theme.style("risk")
        assert priority == theme.style("")
    else:
        assert left is not None
        assert left.bgcolor == theme.palette.tokens["bar"].bgcolor
        assert left.color == theme.palette.tokens["risk"].color
    assert line[-2][1] == line[-1][1] == "bar"
    assert cells.width("".join(text for text, _ in line[:-2])) == 19  # the first 18 cells, and the blank behind them


def test_what_is_said_by_colour_is_said_by_a_sign_or_a_word_too() -> None:
    theme, layout = theme_of(PALETTES["mono"]), layout_columns(80, Formatter())
    texts = ["".join(text for text, _ in render_row(row, layout, theme, RowMarks())) for row in ROWS]
    assert [text[1] for text in texts] == ["!", "~", "=", " ", "✓"]
    assert [text[13:18].strip() for text in texts] == ["╍╍╍╍", "╍╍╍╾", "╍╾╌╌", "╾╌╌╌", "╍╍╌╌"]


@pytest.mark.parametrize(
    ("ticket_id", "width", "parts"),
    [
        ("KSA-2026-0187", 4, ("", "0187")),
        ("KSA-2026-0187", 8, ("", "0187")),
        ("KSA-2025-0187", 8, ("25-", "0187")),
        ("DZA-2026-0036", 8, ("DZA-", "0036")),
        ("ksa-2025-0187", 8, ("25-", "0187")),
        ("DZA-2025-0036", 12, ("DZA-25-", "0036")),
        ("DZA-2026-1234567", 8, ("", "1234567")),
        ("HQ-2026-0057", 13, ("HQ-2026-", "0057")),
        ("LONGSITE-2026-0057", 13, ("LONGSITE-", "0057")),
    ],
)
def test_a_number_is_never_cut(ticket_id: str, width: int, parts: tuple[str, str]) -> None:
    assert number_parts(ticket_id, width, site="KSA", year=2026) == parts


# --- groups ---------------------------------------------------------------------------------------------------------


def make_model(rows: list[Row], **arrangement: object) -> BoardModel:
    ordered = tuple(sorted(rows, key=lambda row: row.urgency_key(("P1", "P2", "P3", "P4"))))
    return BoardModel(Board(ordered, (), START), parse_filter, arrangement=Arrangement(**arrangement))  # type: ignore[arg-type]


def shown_lines(model: BoardModel) -> list[str]:
    return [
        f"{line.key} {line.count}" if isinstance(line, GroupLine) else line[-2:].lstrip("0") for line in model.lines
    ]


GROUPED = [
    make_row(11, state="running", left_s=30 * DAY_S),
    make_row(12, state="running", left_s=3 * DAY_S),
    make_row(13, state="running", left_s=DAY_S - 60),
    make_row(14, state="breached", left_s=-60),  # P3
    make_row(15, state="breached", left_s=-600),  # P4
    make_row(18, state="breached", left_s=-3600),  # P3
    make_row(16, state="held", left_s=2 * DAY_S),
    make_row(17, state="met", fields={"state": "solved"}),
]


def test_late_ones_go_by_priority_then_the_longest_over_others_by_what_is_left() -> None:
    model = make_model(GROUPED)
    groups = [line.key for line in model.lines if isinstance(line, GroupLine)]
    assert groups == ["late", "today", "week", "later", "confirm"]
    numbers = [row.id[-2:] for row in model.rows]
    assert numbers == ["18", "14", "15", "13", "16", "12", "11", "17"]
    counts = [line.count for line in model.lines if isinstance(line, GroupLine)]
    assert sum(counts) == len(model.rows) == len(GROUPED)


def test_what_was_solved_waits_to_be_confirmed() -> None:
    assert due_group(make_row(1, state="met", fields={"state": "confirmed"}), START) == "archive"
    assert due_group(make_row(1, state="none", fields={"kind": "project"}), START) == "projects"
    assert due_group(make_row(1, state="none"), START) == "later"


def test_the_bar_passes_over_the_lines_of_groups() -> None:
    model = make_model(GROUPED)
    model.scroll.resize(model.scroll.count, 5)
    seen = []
    for _ in range(len(GROUPED)):
        assert model.current_row is not None
        seen.append(model.current_row.id[-2:])
        assert model.scroll.selected_line in model.scroll.visible_range
        model.scroll.move_by(1)
    assert seen == ["18", "14", "15", "13", "16", "12", "11", "17"]
    model.move_by_groups(-1)
    assert model.current_row is not None
    assert model.current_row.id.endswith("11")
    model.move_by_groups(1)
    assert model.current_row.id.endswith("17")
    model.scroll.move_to(0)
    assert model.scroll.top == 0  # the line of the first group is in view with its first ticket


def test_a_closed_group_is_one_line_that_opens_again() -> None:
    model = make_model(GROUPED)
    model.scroll.move_to(1)
    model.toggle_group()
    assert model.current_row is None
    assert model.selected_rows == ()
    assert model.lines[0] == GroupLine("late", 3, is_closed=True)
    assert len(model.rows) == len(GROUPED)  # counts go on adding up
    model.toggle_all_marks()
    assert len(model.marked_uids) == len(GROUPED) - 3  # what is not seen is not marked
    model.refresh()
    assert model.lines[0] == GroupLine("late", 3, is_closed=True)
    model.toggle_group()
    assert model.current_row is not None
    assert model.current_row.id.endswith("18")
    model.toggle_group()
    model.open_all_groups()
    assert len(model.shown_uids) == len(GROUPED)


def test_a_new_ticket_opens_the_group_it_stands_in() -> None:
    model = make_model(GROUPED, closed_groups=frozenset({"late", "today"}))
    model.refresh(uid_of(14))
    assert model.current_row is not None
    assert model.current_row.uid == uid_of(14)
    assert model.arrangement.closed_groups == {"today"}


@pytest.mark.parametrize("grouping", ["owner", "system", "none"])
def test_tickets_are_grouped_otherwise(grouping: str) -> None:
    rows = [make_row(n, fields={"owner": owner}) for n, owner in enumerate(["wang.fang", "", "li.wei", "wang.fang"], 1)]
    model = make_model(rows, grouping=grouping)
    groups = [(line.key, line.count) for line in model.lines if isinstance(line, GroupLine)]
    expected = {"owner": [("li.wei", 1), ("wang.fang", 2), ("", 1)], "system": [("", 4)], "none": []}
    assert groups == expected[grouping]


def test_sorting_by_a_column_holds_within_the_groups() -> None:
    model = make_model(GROUPED, sort_key="number", is_descending=True)
    assert [row.id[-2:] for row in model.rows] == ["18", "15", "14", "13", "16", "12", "11", "17"]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_of_a_group_is_underlined_to_the_edge(palette: Palette, language: str) -> None:
    theme, layout = theme_of(palette), layout_columns(80, Formatter(language))
    for is_selected in (False, True):
        line = render_group(GroupLine("today", 4), "due", layout, theme, is_selected=is_selected)
        assert line_width(line) == 80
        assert runs_of(line, 80, theme) <= 2
    style = theme.style(render_group(GroupLine("week", 4), "due", layout, theme)[-1][1])
    assert style is not None
    assert style.underline


# --- places ---------------------------------------------------------------------------------------------------------


def test_the_preview_stands_right_under_a_short_list_and_never_lower_than_its_place() -> None:
    short, long = (layout_board(80, 23, count, with_preview=True) for count in (6, 60))
    assert (short.preview_top, short.preview_height) == (9, 14)
    assert (long.preview_top, long.preview_height, long.list_height) == (18, 5, 15)
    tall = layout_board(120, 35, 60, with_preview=True)
    assert (tall.list_height, tall.preview_height) == (21, 11)
    beside = layout_board(200, 49, 60, with_preview=True)
    assert beside.is_beside
    assert (beside.list_width, beside.preview_width, beside.preview_height) == (126, 73, 47)
    assert layout_board(80, 23, 60, with_preview=False).list_height == 20


# --- bytes ----------------------------------------------------------------------------------------------------------


def sent_bytes(before: StyledLine, after: StyledLine, width: int, theme: Theme) -> int:
    """What it costs to turn one line of the screen into another: the cursor's way there, and the cells that differ."""
    old, new = render_strip(before, width, theme), render_strip(after, width, theme)
    part = changed_region(old, new, 0)
    if part is None:
        return 0
    return len(f"\x1b[12;{part.x + 1}H{render_segments(new.crop(part.x, part.right), TRUECOLOR)}".encode())


BAR_BYTES = {"dark": 450, "light": 450, "ansi": 342, "mono": 300}


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bar_moves_and_a_minute_passes_within_the_budget(palette: Palette, language: str) -> None:
    theme, layout = theme_of(palette), layout_columns(80, Formatter(language))

    def line(row: Row, *, is_selected: bool = False) -> StyledLine:
        return render_row(row, layout, theme, RowMarks(is_selected=is_selected, site="KSA", year=2026))

    for left, taken in pairwise(ROWS):
        cost = sent_bytes(line(left, is_selected=True), line(left), 80, theme)
        cost += sent_bytes(line(taken), line(taken, is_selected=True), 80, theme)
        assert cost <= BAR_BYTES[palette.name]
    minutes = [
        sent_bytes(
            line(make_row(n, state=state, left_s=3600 * n)), line(make_row(n, state=state, left_s=then)), 80, theme
        )
        for n in range(1, 15)
        for state, then in [("at_risk", 3600 * n - 60)]
    ]
    assert sum(minutes) <= 550


def test_a_minute_touches_only_the_first_cells() -> None:
    theme, layout = theme_of(PALETTES["dark"]), layout_columns(80, Formatter())
    before, after = (
        render_strip(render_row(make_row(3, state="at_risk", left_s=left), layout, theme, RowMarks()), 80, theme)
        for left in (3600, 3540)
    )
    part = changed_region(before, after, 0)
    assert part is not None
    assert part.right <= 18


# --- contrast -------------------------------------------------------------------------------------------------------

PAGE_GROUNDS = {"dark": "#15181e", "light": "#fcfbf8"}
PAGE_TEXTS = {"dark": "#d8dce4", "light": "#23282f"}
WORDS = ("", "dim", "accent", "late", "risk", "good", "info", "hit")


def luminance(colour: str) -> float:
    parts = [value / 255 for value in Color.parse(colour).get_truecolor()]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["dark24", "light24"])
@pytest.mark.parametrize("ground", ["", "head", "bar"])
def test_words_are_read_on_every_ground(name: str, ground: str) -> None:
    palette = PALETTES[name]
    for token in WORDS:
        style = palette.style(f"{ground} {token}".strip())
        text = style.color.name if style and style.color else PAGE_TEXTS[palette.name]
        back = style.bgcolor.name if style and style.bgcolor else PAGE_GROUNDS[palette.name]
        assert contrast(text, back) >= 4.5, (name, ground, token)


@pytest.mark.parametrize("name", ["dark24", "light24", "dark", "light"])
@pytest.mark.parametrize("token", ["p1", "lit", "tab"])
def test_pills_are_read(name: str, token: str) -> None:
    style = PALETTES[name].style(f"head {token}")
    assert style is not None
    assert style.color is not None
    assert style.bgcolor is not None
    assert contrast(style.color.name, style.bgcolor.name) >= 4.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_drawn_on_a_row_is_of_ambiguous_width(language: str) -> None:
    theme, layout = theme_of(PALETTES["dark"]), layout_columns(200, Formatter(language))
    for row in ROWS:
        text = "".join(text for text, _ in render_row(row, layout, theme, RowMarks(is_selected=True, is_marked=True)))
        assert not [sign for sign in text if east_asian_width(sign) == "A"]


@pytest.mark.parametrize(
    ("left", "priority", "shown"),
    [("13d 23h", "P4?", "13d"), ("-11d 6h", "P4?", "-11d"), ("13d 23h", "P4", "13d 23h"), ("3d 8h", "P4?", "3d 8h")],
)
def test_a_blank_stands_between_the_priority_and_what_is_left(left: str, priority: str, shown: str) -> None:
    assert fit_left(left, priority) == shown
