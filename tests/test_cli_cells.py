"""Text in terminal cells: what a screen shows, however wide its letters are."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import get_character_cell_size, split_graphemes

from fenji.cli.cells import TableColumn, format_table, one_line
from fenji.text.cells import graphemes, pad, truncate, width, wrap_lines

MIXED = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")))


def test_wide_letters_take_two_cells_and_marks_none() -> None:
    assert width("KSA") == 3
    assert width("備件生鏽") == 8
    assert width("ｶﾞ") == 2  # halfwidth kana and its voice mark
    assert width("e\u0301") == 1
    assert width("각") == 2
    assert width("\u1100\u1161\u11a8") == 2  # the same syllable in three letters


def test_a_cut_text_says_so_and_fits() -> None:
    assert truncate("備件生鏽", 8, "..") == "備件生鏽"
    assert truncate("備件生鏽", 7, "..") == "備件.."
    assert truncate("備件生鏽", 6, "..") == "備件.."
    assert truncate("備件生鏽", 1, "..") == "."
    assert truncate("abc", 0, "..") == ""


@given(MIXED, st.integers(0, 40))
def test_no_cut_is_wider_than_its_room(text: str, most: int) -> None:
    assert width(truncate(text, most)) <= most


@given(MIXED, st.integers(2, 40))
def test_wrapping_loses_only_blanks_and_fits(text: str, cells: int) -> None:
    lines = list(wrap_lines(text, cells))
    assert all(width(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapping_breaks_at_spaces_and_between_wide_letters() -> None:
    assert list(wrap_lines("the antenna drive jams", 12)) == ["the antenna", "drive jams"]
    assert list(wrap_lines("天線轉台卡滯", 8)) == ["天線轉台", "卡滯"]
    assert list(wrap_lines("one\n\ntwo", 20)) == ["one", "", "two"]


EMOJI = st.text(st.sampled_from("a 漢e\u0301⚠❤👨👩👧🏽🇸🇦#1각\u1100\u1161क\u094d\u200d\ufe0f"), max_size=9)


@given(EMOJI)
def test_emoji_take_the_cells_in_which_textual_draws_them(text: str) -> None:
    assert graphemes(text) == [(text[start:end], cells) for start, end, cells in split_graphemes(text)[0]]
    assert width(text) == split_graphemes(text)[1]


def test_every_letter_takes_the_cells_in_which_textual_draws_it() -> None:
    """Of those that this Python knows: which are wide may change with a newer Unicode."""
    letters = map(chr, (*range(0xD800), *range(0xE000, 0x110000)))
    assigned = [letter for letter in letters if unicodedata.category(letter) != "Cn"]
    assert [letter for letter in assigned if width(letter) != get_character_cell_size(letter)] == []


def test_padding_counts_cells() -> None:
    assert pad("備件", 6) == "備件  "
    assert pad("7d", 4, align_right=True) == "  7d"


def test_line_breaks_and_control_characters_do_not_break_a_row() -> None:
    assert one_line("a\nb\tc") == "a b c"
    assert one_line("a\x1b[31mb") == "a<1B>[31mb"


COLUMNS = (
    TableColumn("N"),
    TableColumn("Kind", drop_priority=1),
    TableColumn("Title", elastic=True),
    TableColumn("Owner", drop_priority=2),
)
ROWS = [("1", "quality", "天線轉台卡滯,低溫下無法啟動", "li.wei"), ("20", "request", "training", "-")]


def test_columns_are_aligned_by_cells() -> None:
    head, first, second = format_table(COLUMNS, ROWS, 0)
    assert head.index("Owner") == second.index("-")
    assert width(first[: first.index("li.wei")]) == head.index("Owner")


def test_a_table_narrows_its_title_and_then_leaves_columns_out() -> None:
    assert max(map(width, format_table(COLUMNS, ROWS, 40))) <= 40
    assert ".." in "\n".join(format_table(COLUMNS, ROWS, 34))
    narrow = list(format_table(COLUMNS, ROWS, 20))
    assert max(map(width, narrow)) <= 20
    assert "Owner" not in narrow[0]
