"""The columns of the board: which of them fit, how wide they are, and what they show. Pure.

Designed for 80 cells; below 64 the number loses its site and year, in 200 everything fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tui import cells

if TYPE_CHECKING:
    from fenji.model.board import Row
    from tui.formatting import Formatter
    from tui.theme import StyledLine, StyledSpan, Theme

MIN_TITLE_WIDTH = 22  # the title gets at least this, or a quarter of the width, before another column is added


@dataclass(frozen=True)
class BoardColumn:
    """A column: its header, what it shows of a row, its width in cells, and the order of dropping it (0: last)."""

    key: str
    header: str
    format_cell: Callable[[Row, Formatter], str]
    min_width: int
    drop_order: int
    align_right: bool = False
    sample_words: tuple[str, ...] = ()  # the column is made wide enough for these in any language


def _ticket_id(row: Row, _: Formatter) -> str:
    return row.id


def _short_id(row: Row, _: Formatter) -> str:
    return row.id.split("-", 2)[2]


_CLOCK_NAMES = ("response", "solution")
_STATE_NAMES = ("new", "responded", "working", "waiting", "solved", "confirmed", "archived", "withdrawn")

COLUMNS: tuple[BoardColumn, ...] = (
    BoardColumn("priority", "P", lambda row, _: row.ticket.priority_text, 3, 0),
    BoardColumn("left", "Left", lambda row, _: row.left_text, 7, 1),
    BoardColumn(
        "clock", "Clock", lambda row, formatter: formatter.word(row.next_clock), 5, 4, sample_words=_CLOCK_NAMES
    ),
    BoardColumn("number", "Number", _ticket_id, 13, 2),
    BoardColumn(
        "kind",
        "Kind",
        lambda row, formatter: formatter.word(row.ticket.kind),
        4,
        6,
        sample_words=("quality", "request", "project"),
    ),
    BoardColumn("title", "Title", lambda row, _: row.ticket.title, 0, 0),
    BoardColumn(
        "state", "State", lambda row, formatter: formatter.word(row.ticket.state), 5, 3, sample_words=_STATE_NAMES
    ),
    BoardColumn("owner", "Owner", lambda row, _: row.ticket.owner, 9, 5),
    BoardColumn("system", "System", lambda row, _: row.ticket.word("product.system"), 14, 8),
    BoardColumn("units", "Units", lambda row, _: ", ".join(row.ticket.units), 20, 9),
    BoardColumn("requester", "Requester", lambda row, _: row.ticket.word("requester.name"), 14, 10),
)
_SHORT_ID_COLUMN = BoardColumn("number", "No.", _short_id, 4, 2)
_GUTTER_WIDTH = 3  # mark, sign, and an arrow if the ticket is unsent


@dataclass(frozen=True)
class ColumnLayout:
    """The columns that fit, each with its width in cells, and the formatter for their texts."""

    columns: tuple[tuple[BoardColumn, int], ...]
    formatter: Formatter


@lru_cache(maxsize=64)
def layout_columns(width: int, formatter: Formatter) -> ColumnLayout:
    """Choose the columns for a list `width` cells wide."""
    columns = [_SHORT_ID_COLUMN if column.key == "number" and width < 64 else column for column in COLUMNS]
    widths = {column.key: _column_width(column, formatter) for column in columns}
    shown_columns = [column for column in columns if column.key == "title"]
    available = width - _GUTTER_WIDTH
    title_width = min(max(MIN_TITLE_WIDTH, width // 4), max(available // 2, 8))
    for candidate in sorted(
        (column for column in columns if column.key != "title"), key=lambda column: column.drop_order
    ):
        taken_width = sum(widths[column.key] + 1 for column in shown_columns if column.key != "title")
        if taken_width + widths[candidate.key] + 1 + title_width > available:
            break
        shown_columns.append(candidate)
    widths["title"] = available - sum(widths[column.key] + 1 for column in shown_columns if column.key != "title")
    return ColumnLayout(tuple((column, widths[column.key]) for column in columns if column in shown_columns), formatter)


def _column_width(column: BoardColumn, formatter: Formatter) -> int:
    samples = [formatter.say(column.header), *(formatter.word(word) for word in column.sample_words)]
    return max(column.min_width, *(cells.width(text) for text in samples))


def render_header(layout: ColumnLayout, theme: Theme) -> StyledLine:
    """Return the line of column headers."""
    headers = [
        cells.fit(layout.formatter.say(column.header), width, theme.signs.ellipsis) for column, width in layout.columns
    ]
    return [(" " * _GUTTER_WIDTH + " ".join(headers), "dim"), ("\n", "dim")]


_ROLE_BY_SIGN = {"!": "late", "~": "risk", "=": "dim"}


def render_row(
    row: Row, layout: ColumnLayout, theme: Theme, *, markers: tuple[str, str] = (" ", " "), closed: bool = False
) -> list[StyledSpan]:
    """Return the line of one row; `markers` go before and after its sign, alerts before its title."""
    role = "dim" if closed else _ROLE_BY_SIGN.get(row.sign, "")
    sign = " " if closed else row.sign
    line: list[StyledSpan] = [(markers[0], "info"), (sign, role), (markers[1], "dim")]
    for column, width in layout.columns:
        text = cells.sanitize_line(column.format_cell(row, layout.formatter)) or (
            theme.signs.dash if column.key == "owner" else ""
        )
        alerts = format_alerts(row, layout.formatter, width) if column.key == "title" else ""
        if alerts:
            line.append((alerts, "dim" if closed else "strong"))
        coloured = closed or column.key in ("priority", "left", "clock")
        fitted = cells.fit(text, width - cells.width(alerts), theme.signs.ellipsis)
        line.append((f"{fitted} ", role if coloured else ""))
    return line


def format_alerts(row: Row, formatter: Formatter, max_width: int) -> str:
    """Return the alerts with their signs (`#unsigned `), or the signs alone if they take over half of `max_width`."""
    text = "".join(f"{sign}{formatter.say(word)} " for sign, word in row.alerts)
    return text if cells.width(text) <= max_width // 2 else "".join(f"{sign} " for sign, _ in row.alerts)
