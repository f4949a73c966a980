"""Whether the events that one commit brought were legal when their author wrote them.

Held against the ticket as that commit has it: what a later merge makes of them is no fault of theirs (format 4). Pure:
versions, policies and instants in, refusals out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji import clock, flow
from fenji.errors import Refused, Sentence
from fenji.flow.checks import SKEW
from fenji.hub import people
from fenji.hub.refusals import Refusal
from fenji.merge import superseded
from fenji.ticket import Event, Ticket, short

if TYPE_CHECKING:
    from fenji.hub.brought import Version
    from fenji.policy import Policy
    from fenji.repo.history import Who

GRADES = ("priority", "impact", "occurrence")
_DIGITS = 16  # of an event's SHA-256, as `of` names it (format 3)


@dataclass(frozen=True)
class Bench:
    """By what a commit is judged: the policies of which one must allow a step, its author, the hub's present instant.

    The policies are the one that was in force where the author worked, and the one in force now: nobody is refused for
    a rule that had not reached him, nor for one that has been relaxed since.
    """

    policies: Sequence[Policy]
    author: Who
    now: datetime


def faults(version: Version, bench: Bench) -> Iterator[tuple[Refusal, Event]]:
    """What is wrong with the events that a commit brought to one ticket, each with its event."""
    after = version.after
    if after is None:
        return
    new = version.new
    highest = max((one.n for one in version.known.values()), default=0) + len(new)
    for event in new:
        told = _fault(version, after, event, bench, highest)
        if told:
            yield told, event


def barred(version: Version, event: Event) -> tuple[str, ...]:
    """The leaves that an `edit` changed although the ticket was too far for that; empty for any other event."""
    if event.do != "edit" or version.after is None:
        return ()
    earlier = tuple(one for one in version.after.log if (one.at, one.n) < (event.at, event.n))
    closed = flow.barred(flow.standing(replace(version.after, log=earlier)).state, event)
    return tuple(leaf for leaf in (*event.set, *event.rewrote) if leaf.partition(".")[0] in closed)


def _fault(version: Version, after: Ticket, event: Event, bench: Bench, highest: int) -> Refusal | None:
    subject, values = after.id, {"do": event.do, "by": event.by, "at": event.at.isoformat()}
    if event.do == "superseded":
        template = "{do} by {by} at {at} keeps the value of no event"
        return None if _keeps(version, after, event, bench) else Refusal(subject, Sentence(template, {**values}))
    if max(event.at, event.logged or event.at) > bench.now + SKEW:
        return Refusal(subject, Sentence("{do} by {by} at {at} lies in the future", {**values}))
    if event.n > highest:
        template = "{do} by {by} at {at} has the number {n}; the next one is {most}"
        return Refusal(subject, Sentence(template, {**values, "n": event.n, "most": highest}))
    if event.logged and event.logged < event.at:
        return Refusal(subject, Sentence("{do} by {by} at {at} was logged before it happened", {**values}))
    ways = [_refusal(version, after, event, bench, policy) for policy in bench.policies]
    return None if None in ways or not ways else ways[0]


def _keeps(version: Version, after: Ticket, event: Event, bench: Bench) -> bool:
    """Whether a `superseded` event keeps what the event it names gave to the field: no words are put into a mouth.

    They stood in a version that was merged, or came with the event itself, which is judged on its own; else they are
    the word of whoever may speak for its author.
    """
    field, of = str(event.more.get("field")), str(event.more.get("of"))
    heads = (one for one in after.log if one.do != "superseded" and one.digest[:_DIGITS] == of)
    source = next((one for one in heads if (one.n, one.at, one.by) == (event.n, event.at, event.by)), None)
    if source is None or not (source.touches(field) or source == min(after.log, key=lambda one: one.order)):
        return False
    held = (ticket.extra.get(field, ticket.get(field)) for ticket in version.before)
    if source.digest not in version.known or any(superseded(field, one, source) == event for one in held):
        return True
    return any(people.speaks_for(people.author(bench.author, one), event.by, one) for one in bench.policies)


def _refusal(version: Version, after: Ticket, event: Event, bench: Bench, policy: Policy) -> Refusal | None:
    """What one policy has against an event; None where it allows it."""
    values = {"do": event.do, "by": event.by, "at": event.at.isoformat()}
    writer = people.author(bench.author, policy)
    if not people.speaks_for(writer, event.by, policy):
        template = "{do} by {by} at {at} came in a commit by {author}, who may not speak for {by}"
        return Refusal(after.id, Sentence(template, {**values, "author": bench.author.email or bench.author.name}))
    last = max((one.logged or one.at for one in version.known.values()), default=None)
    written = _written(event, last, bench.author.at, policy.backdate)
    if written is None:
        template = "{do} by {by} at {at} was written later than it happened and does not say when: `logged` is missing"
        return Refusal(after.id, Sentence(template, {**values}))
    try:
        _check(version, after, event, policy, written)
    except Refused as refusal:
        return Refusal(after.id, refusal.sentence)
    return None


def _written(event: Event, last: datetime | None, committed: datetime, backdate: timedelta) -> datetime | None:
    """When an event was written down, as far as can be told; None where it hides that this was long after it happened.

    Not before what the file already held, but for the drift of clocks. A commit may trail the write (a crash, a full
    disk), so its date tells only beyond what anybody may log.
    """
    told = event.logged or event.at
    behind = last is not None and last - told > SKEW
    if event.logged is None and (behind or committed - event.at > max(backdate, SKEW)):
        return None
    return last - SKEW if last and behind else told


def _check(version: Version, after: Ticket, event: Event, policy: Policy, written: datetime) -> None:
    """Raise Refused where the step was not legal (flow), or excuses what cannot be excused (clock rules 22)."""
    ticket = as_of(version, after, event)
    others = replace(ticket, log=tuple(one for one in ticket.log if one.digest != event.digest))
    if event.do == "edit" and not event.note:
        # It may explain a header changed in an editor: of its grades only those that still stand are judged (`tips`).
        stated = {leaf: value for leaf, value in event.set.items() if leaf not in GRADES}
        flow.check(others, replace(event, more={**event.more, "set": stated}), policy, now=written)
    else:
        flow.check(ticket, event, policy, now=written)
    if event.do == "excuse":
        clock.check_excuse(others, event, policy)


def as_of(version: Version, after: Ticket, event: Event) -> Ticket:
    """The ticket with the short fields that it had when `event` was written: later events' values are not yet in it."""
    later = [one for one in after.log if one.order > event.order and one.do != "superseded"]
    touched = {leaf for one in later for leaf in one.set if short(leaf)}
    earlier = [one for one in after.log if one.order <= event.order and one.do != "superseded"]
    held = {leaf: ticket.get(leaf) for ticket in version.before for leaf in touched}
    stated = {leaf: value for one in earlier for leaf, value in one.set.items() if leaf in touched}
    return after.put({**dict.fromkeys(touched), **held, **stated}) if touched else after
