"""Read a verdict again with the corrections of the policy (clock rules 10c): it stands, but a miss may be excused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.policy.corrections import apply_corrections
from fenji.model.sla.charges import find_answerer
from fenji.model.sla.run import ClockRun
from fenji.model.sla.timeline import build_timeline

if TYPE_CHECKING:
    from fenji.model.policy.rule_changes import Correction
    from fenji.model.ticket import Ticket


class CorrectedVerdict(Struct, frozen=True):
    """The reading of a decided clock with a correction: which one, the due, and whether the clock is met.

    `met` is None while that reading is undecided. `excuses` says whether the correction takes the miss out of the rate;
    it does not if the miss is charged to the person who brought it in. If the verdict is the same and only another unit
    would answer for it, `unit` names that unit; it changes nothing.
    """

    correction: Correction
    met: bool | None
    due: datetime | None
    excuses: bool
    unit: str = ""


def find_correction(run: ClockRun, ticket: Ticket) -> CorrectedVerdict | None:
    """Return the reading of a decided clock with the corrections of the policy; None if they change nothing.

    A correction counts from the instant at which it was said, and all that were said by then are read together. Of
    several, the one that turns the verdict is named.
    """
    verdict, until = _verdict(run), run.timeline.until
    reported = run.timeline.reported
    known = [known for known in run.policy.corrections if known.on <= until and known.may_reach(reported, until)]
    if verdict is None or not known:
        return None
    other = _run_with(run, ticket, known)
    met = _verdict(other)
    if met == verdict:
        return _find_other_unit(run, other, known)
    while len(known) > 1 and _verdict(_run_with(run, ticket, known[:-1])) == met:
        known.pop()
    answerer = find_answerer(run)
    own = answerer is not None and answerer.owner == known[-1].by
    return CorrectedVerdict(known[-1], met, _due(other), excuses=bool(met) and not own)


def _find_other_unit(run: ClockRun, other: ClockRun, known: Sequence[Correction]) -> CorrectedVerdict | None:
    """Return the reading of an unchanged verdict for which a corrected lead gives another answering unit, or None."""
    leads = [correction for correction in known if correction.rules.has_lead]
    before, after = (find_answerer(each) if leads else None for each in (run, other))
    if before is None or after is None or before.unit == after.unit:
        return None
    return CorrectedVerdict(leads[-1], _verdict(other), _due(other), excuses=False, unit=after.unit or "-")


def is_excused_by_correction(run: ClockRun, ticket: Ticket) -> bool:
    """Whether a correction takes the miss of a clock out of the rate."""
    other = find_correction(run, ticket) if run.policy.corrections else None
    return other is not None and other.excuses


def _run_with(run: ClockRun, ticket: Ticket, corrections: Sequence[Correction]) -> ClockRun:
    policy = apply_corrections(run.policy, corrections)
    timeline = build_timeline(ticket, policy, run.timeline.until)
    assert timeline is not None, "what is decided has been reported"
    return ClockRun(timeline, policy, run.clock).finish()


def _verdict(run: ClockRun) -> bool | None:
    return False if run.miss else True if run.is_met else None


def _due(run: ClockRun) -> datetime | None:
    if run.miss:
        return run.miss.due
    return run.timers.last_due.at if run.timers.last_due else None
