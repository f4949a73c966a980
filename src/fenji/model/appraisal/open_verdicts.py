"""How the verdicts of an open ticket change without new events: until when they stay, and how lengths grow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fenji.model.worktime.calendar import ALWAYS

if TYPE_CHECKING:
    from fenji.model.appraisal.facts import VerdictFact
    from fenji.model.policy import Policy
    from fenji.model.sla import Evidence

STANDS, ROUND_THE_CLOCK, OPEN_HOURS = "stands", "always", "site"  # how the length of a verdict grows
_FOR_GOOD = 1 << 40


def hold_until(evidence: Evidence) -> int:
    """Return the second from which more than the lengths in a ticket's facts changes, if its log stays as it is."""
    from fenji.model.sla import reading

    ticket, policy, at = evidence.ticket, evidence.policy, evidence.at
    next_change = reading(ticket, policy, at).next_change
    changes = [next_change] if next_change else []
    changes += [event.at for event in ticket.log if event.at > at]
    changes += [correction.on for correction in policy.corrections if correction.on > at]
    return int(min(changes).timestamp()) if changes else _FOR_GOOD


def find_paces(evidence: Evidence, verdicts: Sequence[VerdictFact]) -> list[str]:
    """Return how the length of each verdict grows: only a missed clock that runs on and an item not done do grow."""
    return [_find_pace(evidence, verdict) for verdict in verdicts]


def _find_pace(evidence: Evidence, verdict: VerdictFact) -> str:
    from fenji.model.sla.timeline import RUNNING

    if verdict.over or not (verdict.item or evidence.runs[verdict.clock].phase.mode == RUNNING):
        return STANDS
    return ROUND_THE_CLOCK if verdict.calendar == ALWAYS and not verdict.item else OPEN_HOURS


def grow_verdict(verdict: VerdictFact, pace: str, since: int, until: int, policy: Policy) -> VerdictFact:
    """Return a verdict that was read at the second `since` as it is at the second `until`."""
    if pace == STANDS or since == until:
        return verdict
    passed = used = until - since
    if pace == OPEN_HOURS:
        start, end = (datetime.fromtimestamp(seconds, UTC) for seconds in (since, until))
        used = int(policy.calendar_of(verdict.site).between(start, end).total_seconds())
    elapsed = used if verdict.item else passed
    return verdict._replace(used_s=verdict.used_s + used, elapsed_s=verdict.elapsed_s + elapsed)
