"""Changes since figures were known, as a table: each change with its ticket and its cause. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.model.appraisal.changes import ARRIVAL, BACK_DATED, CORRECTION, EXCUSE, REOPENING, UNEXPLAINED
from fenji.model.appraisal.grouping import KEY_LABELS
from fenji.model.appraisal.table_keys import ANSWER_LABELS, CLOCK_LABELS
from fenji.model.appraisal.tables import Cell, Column, FigureTable, TableRow, ValueType
from fenji.model.sla.names import name_answerer
from fenji.model.ticket import PLAN_PREFIX

if TYPE_CHECKING:
    from fenji.model.appraisal.changes import FigureChange

_NONE = "-"  # where there was, or is, no verdict
_WHATS: Mapping[str, Sentence] = {
    "answer": Sentence("verdict"),
    "at": Sentence("decided"),
    "level": KEY_LABELS["priority"],
    **{key: label for key, label in KEY_LABELS.items() if key != "month"},
}
_CAUSES = {
    ARRIVAL: Sentence("arrival"),
    BACK_DATED: Sentence("back-dated"),
    EXCUSE: Sentence("excuse"),
    CORRECTION: Sentence("correction"),
    REOPENING: Sentence("reopening"),
    UNEXPLAINED: Sentence("unexplained: report it"),
}


def build_changed_table(
    changes: Sequence[FigureChange], title: Sentence, zone: tzinfo, *, elsewhere: int = 0
) -> FigureTable:
    """Return the table of changes, with dates in the time zone of the report.

    `elsewhere` is the number of further changes, of clocks and tickets that were not asked for.
    """
    columns = [
        Column("ticket", ValueType.TICKET, Sentence("Ticket"), is_key=True),
        Column("clock", ValueType.TEXT, Sentence("Clock")),
        Column("what", ValueType.TEXT, Sentence("What"), drop=2),
        Column("before", ValueType.TEXT, Sentence("before")),
        Column("after", ValueType.TEXT, Sentence("now")),
        Column("because", ValueType.TEXT, Sentence("because of")),
        Column("happened", ValueType.DATE, Sentence("happened")),
        Column("since", ValueType.DATE, Sentence("known since"), drop=1),
    ]
    notes = [] if changes or elsewhere else [Sentence("Nothing changed.")]
    if elsewhere:
        others = {"count": elsewhere}
        notes.append(
            Sentence(
                "{count} change to clocks or tickets left out here",
                others,
                plural="{count} changes to clocks or tickets left out here",
            )
        )
    return FigureTable("changed", title, columns, [_row(change, zone) for change in changes], notes=notes)


def _row(change: FigureChange, zone: tzinfo) -> TableRow:
    difference, cause = change.difference, change.cause
    item = difference.key.item
    return TableRow(
        {
            "ticket": Cell(difference.ticket),
            "clock": Cell(f"{PLAN_PREFIX}{item}" if item else CLOCK_LABELS[difference.key.clock]),
            "what": Cell(_WHATS[difference.what]),
            "before": _value(difference.what, difference.before, zone),
            "after": _value(difference.what, difference.after, zone),
            "because": Cell(_CAUSES[cause.because]),
            "happened": _date(cause.happened, zone),
            "since": _date(cause.since, zone),
        }
    )


def _value(what: str, value: str | None, zone: tzinfo) -> Cell:
    if what == "at" and value:
        return Cell(f"{datetime.fromisoformat(value).astimezone(zone):%Y-%m-%d %H:%M}")
    if what == "person" and value:
        return Cell(name_answerer(value))
    return Cell(ANSWER_LABELS.get(value, value) if value else _NONE)


def _date(instant: datetime | None, zone: tzinfo) -> Cell:
    return Cell(instant.astimezone(zone).date() if instant else None)
