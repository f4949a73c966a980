"""Tables of figures as CSV and Markdown: the cells' data under the column names of JSON; nothing is computed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.model.appraisal.figure_text import Say
    from fenji.model.appraisal.tables import FigureTable

Data = str | int | float | None
_FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠"  # office programs read a text that begins with one as a formula


# Characters with a meaning in Markdown; an underscore within a word has none.
_MARKDOWN_SIGNS = re.compile(r"[\\|*\[\]`~]|(?<![^\W_])_|_(?![^\W_])")


def data_rows(table: FigureTable) -> Iterator[list[Data]]:
    """Yield the names of the columns, then the rows, the total last."""
    names = [column.name for column in table.columns]
    yield [*names]
    for row in table.all_rows:
        yield [row[name].data for name in names]


def _data_tables(tables: Sequence[FigureTable]) -> list[FigureTable]:
    return [table for table in tables if not table.is_extract]


def render_csv(tables: Sequence[FigureTable], *, to_file: bool, head: Sequence[str] = ()) -> str:
    """Render tables as CSV (RFC 4180): with a BOM for a file, which office programs need, without one for a pipe.

    The lines of `head` come first, each after a `#`. If there are several tables, each is below its name, with an empty
    line between two.
    """
    out = io.StringIO(newline="")
    writer, tables = csv.writer(out), _data_tables(tables)
    writer.writerows([f"# {line}"] for line in head)
    for place, table in enumerate(tables):
        if len(tables) > 1:
            writer.writerows([[], [table.name]] if place else [[table.name]])
        writer.writerows([guard(cell) if isinstance(cell, str) else cell for cell in row] for row in data_rows(table))
    return ("\ufeff" if to_file else "") + out.getvalue()


def guard(text: str) -> str:
    """Return a text changed so that no office program reads it as a formula; numbers stay numbers."""
    return f"\t{text}" if text[:1] in _FORMULA_SIGNS and text and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal() and text.isascii()


def render_markdown(tables: Sequence[FigureTable], *, head: Sequence[str] = (), say: Say = str) -> str:
    """Render Markdown tables below the lines of `head`, each table below its name if there are several.

    The notes of a table are a list below it.
    """
    parts, tables = [], _data_tables(tables)
    for place, line in enumerate(head):
        parts.append(f"{'' if place else '# '}{_escape(line)}\n")
    for table in tables:
        heading = f"## {table.name}\n\n" if len(tables) > 1 else ""
        lines = [
            "| " + " | ".join("" if cell is None else _escape(str(cell)) for cell in row) + " |"
            for row in data_rows(table)
        ]
        parts.append(heading + "\n".join([lines[0], "|" + " --- |" * len(table.columns), *lines[1:]]) + "\n")
        if table.notes:
            parts.append("".join(f"- {_escape(say(note))}\n" for note in table.notes))
    return "\n".join(parts)


def _escape(text: str) -> str:
    """Escape a text so that Markdown shows it unchanged, in one cell."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
    return _MARKDOWN_SIGNS.sub(r"\\\g<0>", text)
