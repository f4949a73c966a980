"""Small charts as plain SVG: bars and columns that scale with the page and take its colours. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from fenji.publish.markup import Markup, join, tag

_COLUMN, _GAP, _HEIGHT, _HEAD, _FOOT = 34, 10, 96, 18, 20  # in units of the drawing
_THIN, _TINY = 7, 14  # width and height of a sparkline column


def draw_bar(value: int, maximum: int) -> Markup:
    """Draw the bar of a table row, as long as `value` is of `maximum`; the number itself goes beside it."""
    width = max(1, round(100 * value / maximum)) if maximum else 1
    shape = tag("rect", class_="ink", width=width, height=10, rx=2)
    return tag("svg", shape, class_="bar", viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")


def draw_columns(counts: Mapping[str, int], *, label: str) -> Markup:
    """Draw a column for each name, with its count on top; `label` describes the chart to screen readers."""
    maximum = max(counts.values(), default=0) or 1
    label = f"{label}: {', '.join(f'{name} {value}' for name, value in counts.items())}"
    width = len(counts) * (_COLUMN + _GAP) + _GAP
    height = _HEAD + _HEIGHT + _FOOT
    shapes = [_draw_column(index, name, value, maximum) for index, (name, value) in enumerate(counts.items())]
    line = tag("line", class_="rule", x1=0, x2=width, y1=_HEAD + _HEIGHT, y2=_HEAD + _HEIGHT)
    box = f"0 0 {width} {height}"
    return tag("svg", shapes, line, class_="columns", viewBox=box, width=width, role="img", aria_label=label)


def _draw_column(index: int, name: str, value: int, maximum: int) -> Markup:
    left = _GAP + index * (_COLUMN + _GAP)
    height = round(_HEIGHT * value / maximum)
    middle = left + _COLUMN // 2
    return join(
        tag("rect", class_="ink", x=left, y=_HEAD + _HEIGHT - height, width=_COLUMN, height=height, rx=2),
        tag("text", str(value), x=middle, y=_HEAD + _HEIGHT - height - 5),
        tag("text", name, x=middle, y=_HEAD + _HEIGHT + 15, class_="name"),
    )


def draw_sparkline(counts: Mapping[str, int], *, label: str) -> Markup:
    """Draw columns without numbers, as small as a word; `label` has the numbers in words."""
    maximum = max(counts.values(), default=0) or 1
    heights = [value and max(2, round(_TINY * value / maximum)) for value in counts.values()]
    shapes = [
        tag("rect", class_="ink", x=index * (_THIN + 1), y=_TINY - height, width=_THIN, height=height)
        for index, height in enumerate(heights)
        if height
    ]
    width = len(heights) * (_THIN + 1) - 1
    line = tag("line", class_="rule", x1=0, x2=width, y1=_TINY, y2=_TINY)
    box = f"0 0 {width} {_TINY + 1}"
    size = {"width": width, "height": _TINY + 1}
    return tag("svg", tag("title", label), shapes, line, class_="spark", viewBox=box, **size, role="img")
