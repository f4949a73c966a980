"""Text measured in cells as `fenji.text.cells` counts them, and made safe to draw.

Everything drawn passes `sanitize_line` or `sanitize_lines`, which let no control, escape or bidi character through.
"""

from __future__ import annotations

from fenji.model.ticket import sanitize
from fenji.text.cells import break_rows, fit, fit_right, graphemes, truncate, width, wrap

__all__ = [
    "break_rows",
    "fit",
    "fit_right",
    "graphemes",
    "sanitize_line",
    "sanitize_lines",
    "truncate",
    "width",
    "wrap",
]
TAB = "    "


def sanitize_lines(text: str) -> list[str]:
    """Return the lines of a text from a file, safe to draw; tabs become spaces."""
    return sanitize(text.replace("\r\n", "\n").replace("\t", TAB)).split("\n")


def sanitize_line(text: str) -> str:
    """Return a text from a file as one line, safe to draw."""
    return " ".join(sanitize_lines(text)) if "\n" in text or "\t" in text else sanitize(text)
