"""The columns and cells for the grouping keys of a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.facts import EXCUSED, MET, MISSED
from fenji.model.appraisal.grouping import KEY_LABELS
from fenji.model.appraisal.tables import Cell, Column, ValueType

if TYPE_CHECKING:
    from fenji.model.appraisal.codes import GroupKey
    from fenji.model.appraisal.grouping import Grouping

CLOCK_LABELS = {"response": Sentence("Response"), "solution": Sentence("Solution"), "item": Sentence("Plan items")}
ANSWER_LABELS = {MET: Sentence("met"), MISSED: Sentence("missed"), EXCUSED: Sentence("excused")}
_WHOLE = "row"  # the key column of a table without grouping keys


def key_columns(by: Sequence[str]) -> list[Column]:
    """Return the columns of the grouping keys; without keys, one for the word *total*."""
    columns = [Column(key, ValueType.TEXT, KEY_LABELS[key], is_key=True) for key in by]
    return columns or [Column(_WHOLE, ValueType.TEXT, Sentence("All"), is_key=True)]


def key_cells(grouping: Grouping, key: GroupKey) -> dict[str, Cell]:
    """Return the cells of a row's key."""
    return {name: Cell(value) for name, value in grouping.words_of(key).items()} or total_key(())


def total_key(by: Sequence[str]) -> dict[str, Cell]:
    """Return the key cells of the total row: the word *total*, then empty cells."""
    first, *rest = by or (_WHOLE,)
    return {first: Cell(Sentence("total")), **{key: Cell("") for key in rest}}
