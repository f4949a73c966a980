"""Tables that fit the screen, with each row on one line. Knows nothing about tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from fenji.model.ticket import sanitize
from fenji.text.cells import pad, truncate, width

COLUMN_GAP = "  "
ELLIPSIS = ".."


def one_line(text: str) -> str:
    """Return text that is safe in a table: control characters made visible, line breaks and tabs as spaces."""
    return " ".join(sanitize(text).split()) if "\n" in text or "\t" in text else sanitize(text)


class TableColumn(Struct, frozen=True):
    """A column of a table; an `elastic` one is narrowed when space is short.

    A narrow screen drops columns by `drop_priority`, the highest first; a column with 0 is never dropped.
    """

    heading: str
    align_right: bool = False
    elastic: bool = False
    drop_priority: int = 0


_MIN_ELASTIC_WIDTH = 12  # cells; other columns are dropped before the elastic one gets narrower
_MAX_ELASTIC_WIDTH = 200  # cells if lines have no limit, so that one long title does not pad all other rows


def format_table(columns: Sequence[TableColumn], rows: Iterable[Sequence[str]], max_width: int) -> Iterator[str]:
    """Yield aligned lines, headings first, at most `max_width` cells wide (0: no limit) if the fixed columns fit.

    Cell texts are sanitized here, so cells cannot contain styles.
    """
    cleaned = [[one_line(cell) for cell in row] for row in rows]
    widths = [
        max([width(column.heading), *(width(row[index]) for row in cleaned)]) for index, column in enumerate(columns)
    ]
    if not max_width:
        widths = [
            min(column_width, _MAX_ELASTIC_WIDTH) if column.elastic else column_width
            for column, column_width in zip(columns, widths, strict=True)
        ]
    kept_columns = _fit_columns(columns, widths, max_width)
    for row in ([column.heading for column in columns], *cleaned):
        parts = [
            pad(truncate(row[index], widths[index], ELLIPSIS), widths[index], align_right=columns[index].align_right)
            for index in kept_columns
        ]
        yield COLUMN_GAP.join(parts).rstrip()


def _fit_columns(columns: Sequence[TableColumn], widths: list[int], max_width: int) -> list[int]:
    """Return the indexes of the columns to keep, and narrow the elastic one in `widths` if needed."""
    kept_columns = list(range(len(columns)))
    elastic = next((index for index, column in enumerate(columns) if column.elastic), None)
    while max_width and (excess := _total_width(kept_columns, widths) - max_width) > 0:
        if elastic is not None and widths[elastic] - excess >= min(_MIN_ELASTIC_WIDTH, widths[elastic]):
            widths[elastic] -= excess
            break
        candidate = max(kept_columns, key=lambda index: columns[index].drop_priority)
        if not columns[candidate].drop_priority:
            if elastic is not None:
                widths[elastic] = max(widths[elastic] - excess, 2)
            break
        kept_columns.remove(candidate)
    return kept_columns


def _total_width(columns: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[index] for index in columns) + len(COLUMN_GAP) * (len(columns) - 1)
