"""What styles the text on its way to the terminal: shorter than Rich's own, and seen the same."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.drawing.theme import PALETTES
from tui.terminal.painted_rows import render_whole_row
from tui.terminal.sgr import change_style, render_segments

STYLES = [
    None,
    *(
        PALETTES[name].style(role)
        for name in ("dark24", "dark", "light24", "ansi", "mono")
        for role in ("dim", "late strong", "bar risk", "bar", "head key", "head dim", "p1", "rule", "section", "hit")
    ),
]
TEXTS = st.text("ab 轉", min_size=1, max_size=3)
SEGMENTS = st.lists(st.tuples(TEXTS, st.sampled_from(STYLES)).map(lambda pair: Segment(*pair)), max_size=6)


def seen(text: str) -> list[object]:
    """The cells that a terminal shows of a line, with their styles; a letter behind it shows what is left on."""
    screen = pyte.Screen(50, 1)
    pyte.Stream(screen).feed(f"{text}x")
    return [screen.buffer[0][x] for x in range(50)]


@given(SEGMENTS)
def test_a_line_is_seen_as_rich_would_draw_it_in_no_more_bytes(segments: list[Segment]) -> None:
    strip = Strip(segments).simplify()
    own = render_segments(strip, ColorSystem.TRUECOLOR)
    rich = "".join(
        style.render(text, color_system=ColorSystem.TRUECOLOR) if style else text for text, style, _ in strip
    )
    assert seen(own) == seen(rich)
    assert len(own) <= len(rich)


def seen_in_full_row(text: str, width: int) -> list[object]:
    """The cells of a row that was full of other letters; of blanks what can be seen of them."""
    screen = pyte.Screen(width, 1)
    pyte.Stream(screen).feed(f"\x1b[4m{'z' * width}\x1b[m\x1b[1H{text}")
    cells = (screen.buffer[0][x] for x in range(width))
    ground = ("bg", "reverse", "underscore", "strikethrough")
    return [
        tuple(getattr(cell, name) for name in ground) if cell.data == " " and not cell.reverse else cell
        for cell in cells
    ]


@given(SEGMENTS, st.integers(0, 30), st.sampled_from(STYLES))
def test_a_row_is_seen_as_rich_would_draw_it_whatever_stood_there(
    segments: list[Segment], blanks: int, style: Style | None
) -> None:
    strip = Strip([*segments, Segment(" " * (blanks + 1), style)]).simplify()
    rich = render_segments(strip, ColorSystem.TRUECOLOR)
    own = render_whole_row([strip], Console(color_system="truecolor"))
    assert seen_in_full_row(own, strip.cell_length) == seen_in_full_row(rich, strip.cell_length)
    assert len(own) <= len(rich)


def test_only_what_changes_is_said() -> None:
    palette, system = PALETTES["dark24"], ColorSystem.TRUECOLOR
    risk, late, bar = (palette.style(role) for role in ("bar risk strong", "bar late strong", "bar"))
    assert risk is not None
    assert late is not None
    assert bar is not None
    assert change_style(risk, late, system) == "\x1b[38;5;210m"
    assert change_style(late, bar, system) == "\x1b[22;39m"
    assert change_style(late, Style.null(), system) == "\x1b[m"
    assert change_style(late, late, system) == ""
    assert change_style(late, bar, None) == ""
