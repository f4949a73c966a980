"""Colours, signs and meters: what is chosen in which terminal, and that nothing is said by colour alone."""

from __future__ import annotations

from types import SimpleNamespace
from unicodedata import east_asian_width

import pytest
from msgspec.structs import fields
from rich.color import ColorSystem

from fenji.text import bars
from tui.drawing import meter
from tui.drawing.signs import ASCII_SIGNS, UNICODE_SIGNS, choose_signs
from tui.drawing.theme import PALETTES, Palette, Terminal, Theme, choose_palette
from tui.terminal.driver import EscapeSplitter, read_ground
from tui.ticket.ticket_head import priority_role


@pytest.mark.parametrize("signs", [UNICODE_SIGNS, ASCII_SIGNS])
def test_every_sign_takes_one_cell_in_every_terminal(signs: object) -> None:
    for field in fields(UNICODE_SIGNS):
        sign = getattr(signs, field.name)
        assert len(sign) == 1, field.name
        assert east_asian_width(sign) in ("N", "Na", "H"), field.name
    assert all(ord(getattr(ASCII_SIGNS, field.name)) < 128 for field in fields(ASCII_SIGNS))


def test_bars_of_the_interface_take_one_cell_a_sign() -> None:
    drawn = bars.draw_spark([1, 2, 3, 4, None, 2], bars.NEUTRAL) + bars.draw_bar(0.3, bars.NEUTRAL, cells=9)
    assert {east_asian_width(sign) for sign in drawn} <= {"N", "Na"}


def test_two_points_are_drawn_in_a_cell_of_dots() -> None:
    assert bars.draw_spark([1, 1, 2, 3, 4, 4], bars.NEUTRAL) == "⣀⣴⣿"
    assert bars.draw_spark([1, 4, None, None, 4], bars.NEUTRAL) == "⣸ ⡇"


@pytest.mark.parametrize(
    ("choice", "terminal", "name"),
    [
        ("auto", Terminal(), "dark"),
        ("auto", Terminal(is_light=True), "light"),
        ("auto", Terminal(colours=16), "ansi"),
        ("auto", Terminal(is_thin=True), "ansi"),
        ("auto", Terminal(no_colour=True), "mono"),
        ("dark", Terminal(no_colour=True), "mono"),
        ("dark", Terminal(is_thin=True, is_light=True), "dark"),
        ("ansi", Terminal(), "ansi"),
        ("light", Terminal(is_light=False), "light"),
    ],
)
def test_the_theme_follows_setting_and_terminal(choice: str, terminal: Terminal, name: str) -> None:
    assert choose_palette(choice, terminal).name == name


def test_what_the_environment_says_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLORTERM", "COLORFGBG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert Terminal.from_environment() == Terminal(colours=16)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORFGBG", "0;default;15")
    assert Terminal.from_environment() == Terminal(is_light=True)
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("COLORFGBG", "15;0")
    assert Terminal.from_environment() == Terminal(is_true_colour=True, is_light=False)


def test_signs_are_ascii_where_the_terminal_or_the_locale_lacks_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("TERM", "xterm")
    assert choose_signs() is UNICODE_SIGNS
    assert choose_signs(plain=True) is choose_signs("ascii") is ASCII_SIGNS
    monkeypatch.setenv("TERM", "linux")
    assert choose_signs() is ASCII_SIGNS
    assert choose_signs("fine") is UNICODE_SIGNS
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("LC_ALL", "zh_CN.GB18030")
    assert choose_signs() is ASCII_SIGNS


@pytest.mark.parametrize("palette", PALETTES.values())
def test_the_bar_keeps_colours_where_it_is_a_ground_and_none_where_it_is_reverse(palette: object) -> None:
    theme = Theme()
    theme.palette = palette  # type: ignore[assignment]
    late = theme.style("bar late strong")
    assert late is not None
    assert late.bold
    assert late.reverse == (True if theme.palette.flat_grounds else None)
    assert theme.style("bar dim") == theme.style("bar info") == theme.style("bar")
    pill, alone = theme.style("head p1"), theme.style("p1")
    assert pill == alone  # a pill keeps its own ground
    assert theme.style("") is None
    with pytest.raises(KeyError):
        theme.style("no such token")


def test_a_meter_is_never_empty_once_started_and_full_only_when_run_out() -> None:
    drawn = ["".join(meter.split_meter(used, 4, UNICODE_SIGNS)) for used in (0, 0.001, 0.5, 0.62, 0.999, 1, 3)]
    assert drawn == ["╌╌╌╌", "╾╌╌╌", "╍╍╌╌", "╍╍╾╌", "╍╍╍╾", "╍╍╍╍", "╍╍╍╍"]
    assert "".join(meter.split_meter(0.6, 12, ASCII_SIGNS)) == "#######....."


def test_a_section_line_fills_the_width_and_keeps_its_key() -> None:
    line = meter.section_line("時間線", 20, Theme(), count=9, right="Y copies")
    assert "".join(text for text, _ in line) == "時間線 9    Y copies"
    narrow = meter.section_line("Timeline of it all", 16, Theme(), right="Y copies")
    assert "".join(text for text, _ in narrow) == "Timeli~ Y copies"


@pytest.mark.parametrize(
    ("reply", "is_light"),
    [
        ("11;rgb:fcfc/fbfb/f8f8", True),
        ("11;rgb:15/18/1e", False),
        ("11;rgba:0000/0000/0000/ffff", False),
        ("10;rgb:ffff/ffff/ffff", None),
        ("52;c;dGV4dA==", None),
    ],
)
def test_the_terminal_says_whether_its_ground_is_light(reply: str, *, is_light: bool | None) -> None:
    assert read_ground(reply) is is_light


@pytest.mark.parametrize("end", ["\a", "\x1b\\"])
def test_a_reply_is_no_key_also_when_it_comes_in_pieces(end: str) -> None:
    stream = f"a\x1b]11;rgb:ffff/ffff/ffff{end}b"
    for cut in range(len(stream) + 1):
        splitter = EscapeSplitter()
        typed = splitter.feed(stream[:cut]) + splitter.feed(stream[cut:])
        assert typed == "ab", cut
        assert splitter.replies == ["11;rgb:ffff/ffff/ffff"], cut
        assert not splitter.is_holding


def test_esc_and_a_bracket_typed_by_hand_are_keys() -> None:
    splitter = EscapeSplitter()
    assert splitter.feed("\x1b]x") == ""
    assert splitter.time_out() == "\x1b[27u]x"
    assert splitter.feed("\x1b") + splitter.time_out() == "\x1b[27u"


def test_the_mark_at_the_end_of_a_paste_may_come_in_pieces() -> None:
    stream = "\x1b[200~one\x1btwo\x1b[201~j"
    for cut in range(len(stream) + 1):
        splitter = EscapeSplitter()
        assert splitter.feed(stream[:cut]) + splitter.feed(stream[cut:]) == "\x1b[200~onetwo\x1b[201~j", cut


def test_the_colour_of_a_grade_follows_the_policy_whatever_its_grades_are_called() -> None:
    policy = SimpleNamespace(levels={"A": 0, "B": 1, "C": 2, "D": 3, "E": 4})
    roles = [priority_role(text, policy) for text in ("A", "B", "C", "D", "E", "D?", "P1")]  # type: ignore[arg-type]
    assert roles == ["p1", "late strong", "", "", "dim", "risk strong", ""]
    assert priority_role("A", policy, filled=False) == "late strong"  # type: ignore[arg-type]


# The table of the design reference: dark, light, 16 colours, none.
TOKENS = {
    "dim": ("38;5;247", "38;5;241", "90", "2"),
    "faint": ("38;5;240", "38;5;248", "90", "2"),
    "accent": ("38;5;117", "38;5;25", "36", ""),
    "late": ("38;5;210", "38;5;124", "91", "1"),
    "risk": ("38;5;215", "38;5;94", "33", "1"),
    "good": ("38;5;114", "38;5;22", "32", ""),
    "info": ("38;5;183", "38;5;55", "35", ""),
    "hit": ("1;4;38;5;228", "1;4;38;5;94", "1;4;33", "1;4"),
    "p1": ("1;38;5;231;48;5;160", "1;38;5;231;48;5;124", "1;97;41", "1;7"),
    "lit": ("1;38;5;16;48;5;215", "1;38;5;231;48;5;94", "1;30;43", "1;7"),
    "tab": ("1;38;5;16;48;5;117", "1;38;5;231;48;5;25", "1;30;46", "1;7"),
    "rule": ("4;38;5;247", "4;38;5;241", "4;90", "2;4"),
}


@pytest.mark.parametrize("token", TOKENS)
def test_tokens_are_those_of_the_table_and_no_bolder(token: str) -> None:
    for name, codes in zip(("dark", "light", "ansi", "mono"), TOKENS[token], strict=True):
        style = PALETTES[name].style(token)
        assert style is not None
        drawn = style.render("x", color_system=ColorSystem.EIGHT_BIT).removesuffix("\x1b[0m")
        assert drawn == (f"\x1b[{codes}mx" if codes else "x"), name


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_the_cursor_in_a_filled_line_differs_from_the_line(palette: Palette) -> None:
    ground, cursor = palette.style("head"), palette.style("head cursor")
    assert bool(ground and ground.reverse) != bool(cursor and cursor.reverse)
