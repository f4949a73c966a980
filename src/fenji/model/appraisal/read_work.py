"""Facts read from one ticket in addition to its clocks: links, involved units, work outside hours, measures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.model import workflow
from fenji.model.appraisal.facts import InvolvedFact, LinkFact, OutsideFact
from fenji.model.appraisal.past_items import items_at
from fenji.model.correspondence import PROGRAMS

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.sla import DecidedClock
    from fenji.model.ticket import Event, Ticket

MILLION = 1_000_000
QUARTER_S = 15 * 60  # seconds; in every present time zone, periods begin at full quarter hours
_TO_THE_DAY = "day"  # `precision` of an event whose time of day is unknown


def read_links(ticket: Ticket, at: datetime) -> Iterator[LinkFact]:
    """Yield the links that a ticket itself had at an instant."""
    for link in items_at(ticket, "links", at):
        if link.get("to"):
            yield LinkFact(ticket.uid, str(link["to"]), str(link.get("as") or ""))


def read_involved(clocks: Iterable[DecidedClock]) -> Iterator[InvolvedFact]:
    """Yield the units that were involved in decided clocks without answering for them."""
    for clock in clocks:
        if clock.charged_to and clock.decided_at:
            at = int(clock.decided_at.timestamp())
            for unit, share in clock.charged_to.involved.items():
                yield InvolvedFact(clock.uid, clock.clock, at, unit, round(share * MILLION))


def read_outside(ticket: Ticket, policy: Policy, at: datetime) -> Iterator[OutsideFact]:
    """Yield what people did while the calendar of the ticket's site was closed, whether the policy has them or not."""
    calendar = policy.calendar_of(ticket.site)
    for event, position in workflow.replay(ticket.log):
        is_dated = position and event.by not in PROGRAMS and event.body.get("precision") != _TO_THE_DAY
        if is_dated and event.at <= at and not calendar.is_open(event.at):
            unit = policy.unit_of(event.by, event.at)
            yield OutsideFact(ticket.uid, int(event.at.timestamp()) // QUARTER_S * QUARTER_S, event.by, unit)


def find_measure(ticket: Ticket, at: datetime | None = None) -> datetime | None:
    """Return when a measure was first said to work or a lesson was written, up to an instant; None for neither."""
    told = (event.at for event in ticket.log if event.set.get("zeroing.effective") is True or _teaches(event))
    return next((instant for instant in told if not at or instant <= at), None)


def _teaches(event: Event) -> bool:
    return "lessons" in event.rewrote
