"""Facts of the verdicts from before a ticket was brought in: the other system's, or those by the policy. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.model.appraisal.facts import MET, MISSED, BroughtFact
from fenji.model.sla.charges import answerer_before, find_answerer
from fenji.model.sla.timers import SECOND

if TYPE_CHECKING:
    from fenji.model.sla import Evidence


def read_brought_in(evidence: Evidence) -> Iterator[BroughtFact]:
    """Yield the verdicts of a ticket from before it was brought in.

    Those of the other system count at the last event there, and for whoever held the ticket then.
    """
    uid, run = evidence.ticket.uid, evidence.runs.get("solution")
    origin = evidence.ticket.get("origin")
    if run is None or run.timeline.brought_in is None or not isinstance(origin, Mapping):
        return
    known = [event.at for event in evidence.ticket.log if event.at <= run.timeline.brought_in]
    last = max(known, default=run.timeline.reported)
    holder = answerer_before(run, last + SECOND)
    verdict = origin.get("verdict")
    for name, answer in verdict.items() if isinstance(verdict, Mapping) else ():
        yield BroughtFact(uid, str(name), str(answer), _seconds(last), holder.key, holder.unit or "")
    for clock, each in evidence.runs.items():
        answerer = find_answerer(each)
        if each.decided_elsewhere and each.timeline.judged_there and each.decided and answerer:
            answer = MISSED if each.miss else MET
            yield BroughtFact(uid, clock, answer, _seconds(each.decided), answerer.key, answerer.unit or "")


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
