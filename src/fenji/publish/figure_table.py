"""Figures as one plain table, for CSV, Markdown and spreadsheets: headings and rows of values, nothing computed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.model.appraisal.figures import CLOCKS, COUNT_NAMES, RATE_NAMES

if TYPE_CHECKING:
    from fenji.model.appraisal.figures import Appraisal, FigureRow

Cell = str | int | float | None
TOTAL = "total"
_FORMULA_SIGNS = "=+-@\t\r＝＋－＠"  # a text that begins so is read as a formula by office programs


def headings(figures: Appraisal) -> list[str]:
    """Return the names of the columns: the keys that rows go by, then the figures as JSON calls them."""
    currencies = _currencies(figures)
    counts = [f"{COUNT_NAMES[clock]}_{answer}" for clock in CLOCKS for answer in ("met", "missed", "excused")]
    rates = [f"{RATE_NAMES[clock]}_{part}" for clock in CLOCKS for part in ("rate", "low", "high", "expected", "flag")]
    lengths = [f"{share}_{clock}_s" for clock in ("response", "solution") for share in ("median", "p90")]
    rest = ["backlog", "unconfirmed", "solved_earlier", "hours", *(f"fees_{currency}" for currency in currencies)]
    return [*(figures.by or ("row",)), "tickets", *counts, *rates, *lengths, *rest, *_signs(figures)]


def rows(figures: Appraisal) -> Iterator[list[Cell]]:
    """Yield the rows, the total last."""
    for row in figures.rows:
        yield [*row.key.values(), *_values(row, figures)]
    yield [TOTAL, *[""] * (len(figures.by) - 1), *_values(figures.total, figures)]


def _values(row: FigureRow, figures: Appraisal) -> list[Cell]:
    clocks = [row.clock(name) for name in CLOCKS]
    counts: list[Cell] = [count for clock in clocks for count in (clock.met, clock.missed, clock.excused)]
    rates: list[Cell] = []
    for clock in clocks:
        shown = clock.mapping()
        rates += [_rate(shown[part]) for part in ("rate", "low", "high", "expected")]
        rates.append(int(clock.flagged))
    lengths: list[Cell] = [
        length.seconds if length else None
        for clock in (row.clock("response"), row.clock("solution"))
        for length in (clock.median, clock.p90)
    ]
    rest: list[Cell] = [row.backlog.open, row.backlog.unconfirmed, row.solved_earlier, str(row.hours)]
    fees: list[Cell] = [str(row.fees.get(currency, "")) for currency in _currencies(figures)]
    signs: list[Cell] = [row.signs.get(sign, 0) for sign in _signs(figures)]
    return [row.tickets, *counts, *rates, *lengths, *rest, *fees, *signs]


def _rate(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _currencies(figures: Appraisal) -> list[str]:
    return sorted({currency for row in (*figures.rows, figures.total) for currency in row.fees})


def _signs(figures: Appraisal) -> list[str]:
    return sorted({sign for row in (*figures.rows, figures.total) for sign in row.signs})


def render_csv(table: Sequence[Sequence[Cell]], *, to_file: bool) -> str:
    """Render rows as CSV (RFC 4180): with a BOM into a file, for office programs, without one into a pipe."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([guard(cell) if isinstance(cell, str) else cell for cell in row] for row in table)
    return ("\ufeff" if to_file else "") + out.getvalue()


def guard(text: str) -> str:
    """Return a text that no office program takes for a formula; numbers stay numbers."""
    return f"\t{text}" if text[:1] in _FORMULA_SIGNS and text and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal() and text.isascii()


def render_markdown(table: Sequence[Sequence[Cell]]) -> str:
    """Render rows as a Markdown table, the first one as its heading."""
    lines = ["| " + " | ".join("" if cell is None else _escape(str(cell)) for cell in row) + " |" for row in table]
    return "\n".join([lines[0], "|" + " --- |" * len(table[0]), *lines[1:]]) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
