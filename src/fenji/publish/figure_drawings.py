"""Drawings of figures as plain SVG without text, which would shrink on a phone: the words stand beside them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from fenji.publish.markup import Markup, tag

_WIDTH, _HEIGHT, _MIDDLE = 200, 20, 10  # of an axis, in units of the drawing
_LINE_WIDTH, _LINE_HEIGHT = 1200, 100


def draw_axis(rate: float, interval: tuple[float, float], expected: float | None) -> Markup:
    """Draw a rate as a dot on an axis from 0 to 1, with its interval, and a mark where it is expected."""
    low, high = (round(end * _WIDTH) for end in interval)
    mark = None
    if expected is not None:
        at = round(expected * _WIDTH)
        mark = tag("line", class_="expected", x1=at, x2=at, y1=2, y2=_HEIGHT - 2)
    return tag(
        "svg",
        tag("line", class_="track", x1=0, x2=_WIDTH, y1=_MIDDLE, y2=_MIDDLE),
        tag("line", class_="interval", x1=low, x2=high, y1=_MIDDLE, y2=_MIDDLE),
        mark,
        tag("circle", class_="rate", cx=round(rate * _WIDTH), cy=_MIDDLE, r=5),
        class_="axis",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        aria_hidden="true",
    )


def draw_share(share: float) -> Markup:
    """Draw a bar as long as a share of the place it has."""
    shape = tag("rect", width=max(round(share * 100), 1) if share > 0 else 0, height=3)
    return tag("svg", shape, class_="share", viewBox="0 0 100 3", preserveAspectRatio="none", aria_hidden="true")


def draw_line(values: Sequence[float | None], *, top: float | None = None) -> Markup:
    """Draw numbers as a line from nothing to `top`, else to the greatest; where one lacks the line is broken."""
    known = [value for value in values if value is not None]
    top = top or max(known, default=0.0) or 1.0
    step = _LINE_WIDTH / max(len(values), 1)
    runs: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            height = round(_LINE_HEIGHT - max(value, 0.0) / top * _LINE_HEIGHT)
            runs[-1].append(f"{round((place + 0.5) * step)},{height}")
    lines = [tag("polyline", points=" ".join(run)) for run in runs if len(run) > 1]
    # Lines of no length with round ends: circles would be drawn as wide as the page.
    dots = [tag("polyline", class_="dot", points=f"{point} {point}") for run in runs for point in run]
    base = tag("line", x1=0, x2=_LINE_WIDTH, y1=_LINE_HEIGHT, y2=_LINE_HEIGHT)
    box = f"0 0 {_LINE_WIDTH} {_LINE_HEIGHT}"
    return tag("svg", base, lines, dots, class_="spark", viewBox=box, preserveAspectRatio="none", aria_hidden="true")
