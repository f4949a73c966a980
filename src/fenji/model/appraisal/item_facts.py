"""Facts of the items of a project's plan: each decided one as a verdict, and the signs beside it. Pure.

A met item counts in the period of the day on which it was done, a missed one in that of its due, both by the date as
written; so each is placed at the midnight that begins that day in the desk's zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from fenji.model.appraisal.facts import SignFact, VerdictFact
from fenji.model.sla.decided import fields_at
from fenji.model.worktime.zone import find_zone

if TYPE_CHECKING:
    from fenji.model.sla import DecidedFields, Evidence


def read_item_verdicts(evidence: Evidence) -> Iterator[VerdictFact]:
    """Yield the decided items of a ticket."""
    run, policy, ticket = evidence.runs.get("solution"), evidence.policy, evidence.ticket
    for key, item in evidence.items.items():
        if run is None or item.decided_on is None or item.answerer is None:
            continue
        decided = item.stopped if item.met and item.stopped else item.due_at
        fields = fields_at(ticket, run, decided or run.timeline.until)
        counted_at, stopped = _begin_of(item.decided_on, policy.zone), _begin_of(item.done, policy.zone)
        yield VerdictFact(
            uid=ticket.uid,
            clock="item",
            item=key,
            answer="excused" if item.excuse else "met" if item.met else "missed",
            at=counted_at,
            stopped=stopped,
            person=item.answerer.key,
            unit=item.answerer.unit or "",
            **decided_columns(fields),
            calendar=policy.calendar_at(fields.site, decided).name,
            used_s=item.used_s,
            elapsed_s=item.used_s,
            over=item.over,
            late_from=int(item.due_at.timestamp()) if item.due_at and not item.met else counted_at,
            late_until=int(item.ended.timestamp()) if item.ended and not item.met else stopped,
            done_by=(item.charged_to and item.charged_to.done_by) or "",
        )


def decided_columns(fields: DecidedFields) -> dict[str, str]:
    """Return the fields by which a verdict is grouped, as they were when its clock was decided."""
    return {name: getattr(fields, name) for name in VerdictFact._fields if hasattr(fields, name)}


def read_item_signs(evidence: Evidence) -> Iterator[SignFact]:
    """Yield the signs beside items, each with whoever caused it."""
    for item in evidence.items.values():
        for sign in item.signs:
            unit = evidence.policy.unit_of(sign.by, sign.at)
            yield SignFact(evidence.ticket.uid, sign.name, int(sign.at.timestamp()), sign.by, unit)


def _begin_of(day: date | None, zone: str) -> int:
    return int(datetime.combine(day, time(), find_zone(zone) or UTC).timestamp()) if day else 0
