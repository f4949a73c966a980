"""Which of the mappings that ship are made for a table of an unknown file. Pure but for the mappings it reads."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from fenji.imports.columns import MappedTable
from fenji.imports.parse_mapping import read_mapping_file, read_shipped, shipped_names

if TYPE_CHECKING:
    from fenji.imports.cells import SourceTable

_ENOUGH = 5  # columns that a mapping knows; fewer prove nothing, as every program has a title and a date


def find_fitting(table: SourceTable) -> str:
    """Return the name of the shipped mapping that knows the most of the table's columns; `""` for none."""
    counts = {name: _count_known(table, name) for name in shipped_names()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= _ENOUGH else ""


def _count_known(table: SourceTable, name: str) -> int:
    """Return how many columns a mapping finds a place for; 0 where it needs one that is not there."""
    mapped = MappedTable(table, read_mapping_file(read_shipped(name), f"{name}.yaml", name), UTC)
    return 0 if mapped.missing() else len(table.positions) - len(mapped.unplaced)
