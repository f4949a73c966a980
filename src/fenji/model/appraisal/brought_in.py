"""Verdicts from before a ticket was brought in: the other system's, or computed by the policy. Pure.

They are counted in columns of their own and in no rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.figures import CLOCKS
from fenji.model.appraisal.table_keys import ANSWER_LABELS, CLOCK_LABELS
from fenji.model.appraisal.tables import Column

if TYPE_CHECKING:
    from fenji.model.appraisal.codes import GroupKey
    from fenji.model.appraisal.facts import Facts
    from fenji.model.appraisal.grouping import Grouping

_PREFIX = "brought_in"


def find_brought_in(facts: Facts, grouping: Grouping, span: tuple[int, int]) -> dict[GroupKey, dict[str, list[str]]]:
    """Return by row and column name the numbers of the tickets with such verdicts."""
    table = facts.brought.within("at", *span)
    found: dict[GroupKey, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, name, answer, uid in zip(
        grouping.of_rows(table, "at"), table.column("name"), table.column("answer"), table.columns["uid"], strict=True
    ):
        number = facts.number_at(facts.ticket_places[uid])
        found[key][f"{_PREFIX}_{name}_{answer}"].append(number)
    return {key: dict(names) for key, names in found.items()}


def brought_in_columns(names: Iterator[str]) -> Iterator[Column]:
    """Yield the columns for these verdicts, given the names that occur."""
    for name in sorted(set(names)):
        what, _, answer = name.removeprefix(f"{_PREFIX}_").rpartition("_")
        words: dict[str, object] = {"name": what, "answer": answer}
        if what in CLOCKS and answer in ANSWER_LABELS:
            words = {"name": CLOCK_LABELS[what], "answer": ANSWER_LABELS[answer]}
        yield Column(name, label=Sentence("brought in, {name}: {answer}", words), drop=7)
