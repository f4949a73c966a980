"""How figures are written for people, the same in every output format: report headings, row names, values. Pure.

`say` translates words into the reader's language; nothing is escaped for a terminal or a page here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.i18n import count_tickets
from fenji.model.appraisal.grouping import KEY_LABELS
from fenji.model.appraisal.kinds import find_kind
from fenji.model.appraisal.table_keys import CLOCK_LABELS
from fenji.model.appraisal.tables import ValueType
from fenji.model.board import format_left
from fenji.model.sla.names import name_answerer

if TYPE_CHECKING:
    from fenji.model.appraisal.tables import Cell, Column, Figures, TableRow, Words

Say = Callable[["Words"], str]
WORD_TYPES = (ValueType.TEXT, ValueType.TICKET)
LEFT_ALIGNED = (*WORD_TYPES, ValueType.DATE)
_EXPECTED = "_expected"
_PERSON = "person"  # a column of people's keys, and of duty queues


def format_label(column: Column, say: Say) -> str:
    """Return the heading of a column, with its currency."""
    label = say(column.label) if isinstance(column.label, Sentence) else column.label
    return f"{label} {column.currency}".strip()


def format_name(row: TableRow, keys: Sequence[Column], say: Say, *, dot: str = "·") -> str:
    """Return the name of a row: its keys joined by `dot`; the total has one name and no keys."""
    if keys and isinstance(row[keys[0].name].value, Sentence):
        return format_cell(row[keys[0].name], keys[0], say)
    words = (format_cell(row[column.name], column, say) for column in keys)
    return f" {dot} ".join(text or say(Sentence("not said")) for text in words)


def format_person(key: str, say: Say) -> str:
    """Return the name of whoever answers for a clock: the key of a person, a duty queue in words."""
    return say(name_answerer(key))


def format_cell(cell: Cell, column: Column, say: Say) -> str:
    """Return a value as text: in brackets for too few cases, with `>=` if it may still grow and `*` if elapsed."""
    value = cell.value
    if value is None:
        return "" if column.type in WORD_TYPES else "-"
    if isinstance(value, Sentence):
        return say(value)
    if isinstance(value, str):
        return format_person(value, say) if column.name == _PERSON else say(value)
    text = ">=" * cell.at_least + _format_number(cell, column) + "*" * cell.elapsed
    return f"({text})" if cell.small else text


def _format_number(cell: Cell, column: Column) -> str:
    """Return a number as text for people; a rate is cut, so that it is never rounded up to 100 %."""
    if column.type is ValueType.RATE and isinstance(cell.value, float):
        met, decided = cell.of or (0, 0)
        return f"{met * 100 // decided}%" if decided else f"{cell.value * 100:.0f}%"
    if column.type is ValueType.SECONDS and isinstance(cell.value, int):
        return format_left(cell.value)
    return str(cell.data)


def format_counts(cell: Cell) -> str:
    """Return met/decided of a rate; empty if it has no counts."""
    return f"{cell.of[0]}/{cell.of[1]}" if cell.of else ""


def has_counts(column: Column) -> bool:
    """Whether a column has rates with their counts shown beside them."""
    return column.type is ValueType.RATE and column.with_counts


def expected_beside(row: TableRow, column: Column) -> float | None:
    """Return the expected rate that belongs to the rate in a column, or None."""
    value = row[column.name.removesuffix("_rate") + _EXPECTED].value
    return value if isinstance(value, float) else None


def spark_values(row: TableRow, names: Sequence[str]) -> list[float | None]:
    """Return the numbers of a row to be drawn as a line, with None for a missing one."""
    values = [row[name].value for name in names]
    return [float(value) if isinstance(value, int | float | Decimal) else None for value in values]


# --- headings of a report -----------------------------------------------------------------------------------------


def title_parts(figures: Figures, sites: str, say: Say) -> list[str]:
    """Return the parts of a report's heading: kind and period, grouping keys, clock and query, sites, zone."""
    parts = [f"{say(find_kind(figures.kind).title)} {figures.period.query}"]
    if figures.by:
        keys = tuple(say(KEY_LABELS[key]) for key in figures.by)
        parts.append(say(Sentence("by {keys}", {"keys": keys})))
    if figures.clock:
        parts.append(say(Sentence("{clock} alone", {"clock": say(CLOCK_LABELS[figures.clock])})))
    if figures.where:
        parts.append(say(Sentence("only {query}", {"query": figures.where})))
    return [*parts, sites, str(figures.period.zone)]


def source_parts(figures: Figures, commit: str, say: Say, *, at_hub: bool) -> list[str]:
    """Return the parts of a report's heading on what it was read from, and whether it can still change."""
    values = {
        "commit": commit[:7] or "-",
        "time": f"{figures.at.astimezone(figures.period.zone):%Y-%m-%d %H:%M}",
        "tickets": count_tickets(figures.tickets),
    }
    parts = [say(Sentence("read at {commit} {time}, {tickets}", values))]
    if figures.at < figures.period.start:
        parts.append(say(Sentence("not begun yet")))
    elif figures.at < figures.period.end:
        parts.append(say(Sentence("so far")))
    if figures.issued:
        parts.append(say(figures.issued.sentence))
    return parts if at_hub else [*parts, say(Sentence("not yet at the hub"))]
