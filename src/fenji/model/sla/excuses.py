"""Excuses of a miss: who is allowed to give one, and which one counts (clock rules 22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.model.sla.charges import Answerer, find_answerer
from fenji.model.sla.plan_clocks import is_charged_with_item, read_items
from fenji.model.sla.run import ClockRun
from fenji.model.sla.timeline import Timeline, build_timeline
from fenji.model.ticket import PLAN_PREFIX

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Event, Ticket


def find_excuse(run: ClockRun) -> Event | None:
    """Return the excuse that counts for a missed clock: the first after the miss by somebody not charged with it."""
    miss = run.miss
    if miss is None:
        return None
    excuses = (excuse for excuse in run.timeline.excuses if excuse.body.get("clock") == run.clock)
    return next((excuse for excuse in excuses if excuse.at >= miss.since and not is_charged(run, excuse)), None)


def is_charged(run: ClockRun, excuse: Event) -> bool:
    """Whether an excuse comes from the owner charged, or from the queue's lead at the due or at the excuse."""
    answerer, miss = find_answerer(run), run.miss
    if answerer is None or miss is None:
        return False
    if answerer.owner:
        return excuse.by == answerer.owner
    site = run.timeline.site
    return excuse.by in {run.policy.lead_of(site, at) for at in (miss.due, excuse.at)}


def check_excuse(ticket: Ticket, event: Event, policy: Policy) -> None:
    """Raise Refused if the clock was not missed or is excused already, or if the one charged gives the excuse."""
    clock, timeline = str(event.body.get("clock") or ""), build_timeline(ticket, policy, event.at)
    if clock.startswith(PLAN_PREFIX):
        _check_item_excuse(ticket, event, policy, timeline)
        return
    run = ClockRun(timeline, policy, clock).finish() if timeline else None
    if run is None or run.miss is None:
        hint = "Only a miss can be excused."
        raise Refused("The {clock} of {id} was not missed.", hint=hint, clock=clock, id=ticket.id)
    if is_charged(run, event):
        _refuse_charged(find_answerer(run), event, policy)
    if find_excuse(run):
        hint = "There is nothing to do."
        raise Refused("The {clock} of {id} is already excused.", hint=hint, clock=clock, id=ticket.id)


def _check_item_excuse(ticket: Ticket, event: Event, policy: Policy, timeline: Timeline | None) -> None:
    """Raise Refused if the item was not missed or is excused already, or if the one charged gives the excuse."""
    clock = str(event.body.get("clock") or "")
    item = read_items(ticket, policy, timeline).get(clock[len(PLAN_PREFIX) :]) if timeline else None
    if item is None or item.met is not False or item.due_at is None:
        raise Refused(
            "The {clock} of {id} was not missed.", hint="Only a miss can be excused.", clock=clock, id=ticket.id
        )
    if is_charged_with_item(item.answerer, event, policy, item.due_at):
        _refuse_charged(item.answerer, event, policy)
    if item.excuse:
        raise Refused(
            "The {clock} of {id} is already excused.", hint="There is nothing to do.", clock=clock, id=ticket.id
        )


def _refuse_charged(answerer: Answerer | None, event: Event, policy: Policy) -> None:
    person = policy.display_name(event.by)
    if answerer and answerer.queue:
        raise Refused(
            "This miss is charged to the queue of {site}, and {person} leads that site.",
            hint="Ask another lead or a manager.",
            site=answerer.queue,
            person=person,
        )
    raise Refused("This miss is charged to {person}, who cannot excuse it.", hint="Ask somebody else.", person=person)
