"""The pictures of the README stand in cells, whatever script their lines are in."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from pictures import fit_to_cells
from tui.drawing.cells import width

FOLDER = Path(__file__).parent.parent / "docs/pictures"
TEXT = re.compile(r'textLength="([^"]*)" clip-path[^>]*>([^<]*)</text>')


def test_a_run_of_wide_characters_takes_two_cells_each() -> None:
    svg = '<text class="r" x="12.2" y="5" textLength="61" clip-path="url(#l)">a&#160;雷達&amp;</text>'
    assert fit_to_cells(svg) == (
        '<text class="r" x="12.2" y="5" textLength="24.4" clip-path="url(#l)">a&#160;</text>'
        '<text class="r" x="36.6" y="5" textLength="48.8" clip-path="url(#l)">雷達</text>'
        '<text class="r" x="85.4" y="5" textLength="12.2" clip-path="url(#l)">&amp;</text>'
    )


@pytest.mark.parametrize("picture", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.name)
def test_every_text_of_a_picture_is_as_long_as_its_cells(picture: Path) -> None:
    texts = [
        (float(length), html.unescape(text).strip("\n")) for length, text in TEXT.findall(picture.read_text("utf-8"))
    ]
    assert len(texts) > 20
    assert [text for length, text in texts if text and abs(length - 12.2 * width(text)) > 0.5] == []
