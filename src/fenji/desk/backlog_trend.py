"""How many tickets were open through the last weeks: counted from the facts of reports, as far as these are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from fenji.desk.figure_facts import DeskFacts
from fenji.model.ticket import CLOSED_STATES
from fenji.storage import figures_cache

if TYPE_CHECKING:
    from fenji.desk.reads import DeskReads
    from fenji.model.appraisal.facts import Facts

_MAX_FILES = 500  # archived tickets that are read for this alone, where no report has kept their facts yet


def count_backlog(desk: DeskReads, *, weeks: int, points: int) -> list[int]:
    """Return the counts of open tickets at so many instants up to now, the oldest first.

    Empty where no report was counted yet on a desk with a large archive: reading that would take a while.
    """
    facts = _find_facts(desk)
    if facts is None:
        return []
    now = desk.now()
    step = timedelta(weeks=weeks) / (points - 1)
    instants = [int((now - step * back).timestamp()) for back in range(points - 1, -1, -1)]
    spans = _spans(facts, desk, since=instants[0])
    return [sum(reported <= instant < closed for reported, closed in spans) for instant in instants]


def _find_facts(desk: DeskReads) -> Facts | None:
    kept = figures_cache.load(desk.store.root / "index")
    if kept:
        return kept.facts
    count = sum(1 for _ in islice(desk.store.reader.iter_archive_paths(), _MAX_FILES + 1))
    return DeskFacts(desk).read() if count <= _MAX_FILES else None


def _spans(facts: Facts, desk: DeskReads, *, since: int) -> Sequence[tuple[int, float]]:
    """Return when each ticket was reported and closed, in seconds since 1970, of those that were not closed before."""
    columns = facts.tickets.columns
    open_rows = desk.board().rows
    open_uids = {row.uid for row in open_rows}
    texts = (facts.tickets.column(name) for name in ("uid", "state"))
    instants = (columns[name] for name in ("reported", "archived", "last"))
    archived = [
        (reported, closed or last)
        for uid, state, reported, closed, last in zip(*texts, *instants, strict=True)
        if last >= since and state in CLOSED_STATES and uid not in open_uids
    ]
    reports = (row.ticket.reported_at for row in open_rows)
    return [*archived, *((int(at.timestamp()), float("inf")) for at in reports if at)]
