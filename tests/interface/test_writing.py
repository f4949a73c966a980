"""Text measured in cells and text being written: laws that hold for any text and any keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.drawing import cells
from tui.writing.text_input import TextInput

TEXT = st.text(alphabet=st.sampled_from([*"ab Z9-,。，「轉台生鏽é𠮷👩🏽‍🔧\u0301\u200d\ufe0f\t\x1b\u202e"]), max_size=60)
MANY = st.text(alphabet=st.sampled_from([*"ab ,。轉台é👍🏽\u0301\n"]), max_size=60)


@given(TEXT, st.integers(0, 30))
def test_cut_never_takes_more_cells_than_given(text: str, room: int) -> None:
    assert cells.width(cells.truncate(cells.sanitize_line(text), room)) <= room


@given(TEXT, st.integers(1, 30))
def test_fit_takes_exactly_the_cells_given(text: str, room: int) -> None:
    assert cells.width(cells.fit(cells.sanitize_line(text), room)) == room
    assert cells.width(cells.fit_right(cells.sanitize_line(text), room)) == room


@given(TEXT, st.integers(2, 30))
def test_rows_put_together_are_the_text_and_none_is_too_wide(text: str, room: int) -> None:
    shown = cells.sanitize_line(text)
    rows = cells.break_rows(shown, room)
    assert "".join(rows) == shown
    assert all(cells.width(row.rstrip(" ")) <= room for row in rows)


@given(TEXT)
def test_nothing_drawn_holds_a_control_or_bidi_character(text: str) -> None:
    assert not set(cells.sanitize_line(text)) & set("\x1b\u202e\t\n")


def test_chinese_wraps_between_characters_and_its_commas_cling() -> None:
    assert cells.wrap("備件開箱即見鏽斑，客戶不滿", 16) == ["備件開箱即見鏽", "斑，客戶不滿"]
    assert cells.wrap("over the cable to the site", 12) == ["over the", "cable to the", "site"]


KEYS = st.sampled_from(
    [
        *(
            "a",
            "轉",
            ",",
            "left",
            "right",
            "up",
            "down",
            "home",
            "end",
            "backspace",
            "delete",
            "ctrl+w",
            "ctrl+u",
            "ctrl+k",
        ),
        *("ctrl+left", "ctrl+right", "enter", "ctrl+z", "pageup", "pagedown"),
    ]
)


@pytest.mark.parametrize("many", [True, False])
@given(MANY, st.lists(KEYS, max_size=30), st.integers(4, 20))
def test_the_cursor_stands_between_graphemes_whatever_is_pressed(
    many: bool,  # noqa: FBT001 - a parameter of the test
    text: str,
    keys: list[str],
    width: int,
) -> None:
    writing = TextInput(text, multiline=many)
    writing.width = width
    for key in keys:
        writing.handle_key(key, key if len(key) == 1 else None)
        places = [spot.index for spot in writing.positions(width)]
        assert places == sorted(set(places))
        assert writing.cursor_position(width).index == writing.cursor
        assert many or "\n" not in writing.text


@given(MANY, st.integers(4, 20))
def test_what_is_shown_is_what_is_written(text: str, width: int) -> None:
    writing = TextInput(text, multiline=True)
    rows = writing.rows(width)
    assert "".join(rows) == cells.sanitize_line(writing.text.replace("\n", ""))
    assert max(spot.row for spot in writing.positions(width)) == len(rows) - 1


@given(MANY, MANY)
def test_undo_brings_back_what_was_there(text: str, more: str) -> None:
    writing = TextInput(text, multiline=True)
    before = writing.text, writing.cursor
    writing.insert(more)
    writing.handle_key("ctrl+z", None)
    assert (writing.text, writing.cursor) == before


def test_a_grapheme_is_taken_away_whole() -> None:
    writing = TextInput("e\u0301👩🏽\u200d🔧")
    writing.handle_key("backspace", None)
    writing.handle_key("backspace", None)
    assert "\u0301" not in writing.text or writing.text == "e\u0301"


def test_pasted_control_characters_are_left_out_and_lines_joined_in_one_line() -> None:
    writing = TextInput()
    writing.insert("rust\r\non\x1b[2J gears\x07")
    assert writing.text == "rust on[2J gears"
