"""The number of open tickets over the last weeks, counted from the facts that reports keep."""

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

_MAX_FILES = 500  # archived tickets to read at most if no report has kept facts yet


def count_backlog(desk: DeskReads, *, weeks: int, points: int) -> list[int]:
    """Return the number of open tickets at `points` instants over the last `weeks`, the oldest first.

    Returns an empty list for a large archive of which no report has kept facts: reading it would take a while.
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
    """Return when each ticket not closed before `since` was reported and closed, in seconds since 1970."""
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
