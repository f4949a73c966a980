"""Whether a frozen verdict is the one that the log gives (clock rules 22). Pure: tickets and policies in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji import clock, flow
from fenji.errors import Refused, Sentence
from fenji.hub.refusals import Refusal
from fenji.policy import CLOCKS

if TYPE_CHECKING:
    from fenji.clock import ClockReading
    from fenji.hub.brought import Version
    from fenji.policy import Policy
    from fenji.ticket import Event, Ticket

_DECIDING = frozenset({"confirm", "excuse", "reopen"})


def faults(version: Version, policies: Sequence[Policy]) -> Iterator[Refusal]:
    """What is wrong with the verdict that a commit froze, changed or left out.

    A verdict that some parent had and no new event touches stands as it was frozen, whatever a merge brought beside.
    """
    after = version.after
    if after is None:
        return
    touched = any(one.do in _DECIDING for one in version.new)
    inherited = any(one.get("sla") == after.get("sla") for one in version.before)
    if (inherited or (not version.before and after.get("sla") is None)) and not touched:
        return
    ways = [forged(after, policy) for policy in policies]
    if ways and None not in ways and ways[0]:
        yield ways[0]


def forged(ticket: Ticket, policy: Policy) -> Refusal | None:
    """What is wrong with the verdict under `sla`; None where it is the one that the log gives."""
    frozen, event = ticket.get("sla"), _confirmed(ticket)
    if event is None:
        template = "holds an SLA result, and no confirmation in its log gives one"
        return Refusal(ticket.id, Sentence(template)) if frozen is not None else None
    if not isinstance(frozen, Mapping):
        return Refusal(ticket.id, Sentence("is confirmed and lacks the SLA result"))
    who = frozen.get("confirmed")
    told = (who.get("at"), who.get("by"), who.get("reason") or "") if isinstance(who, Mapping) else ()
    if told != (event.at, event.by, event.reason):
        return Refusal(ticket.id, Sentence("the SLA result does not name its confirmation by {by}", {"by": event.by}))
    try:
        then, now = (clock.reading(ticket, policy, at) for at in (event.at, max(one.at for one in ticket.log)))
    except Refused as refusal:
        return Refusal(ticket.id, refusal.sentence)
    wrong = next((one for one in CLOCKS if not _agrees(frozen.get(one), then.clock(one), now.clock(one))), "")
    template = "the SLA result of {clock} is not the one that the log gives"
    return Refusal(ticket.id, Sentence(template, {"clock": wrong})) if wrong else None


def _confirmed(ticket: Ticket) -> Event | None:
    """The confirmation that counts and has not been reopened."""
    counted = flow.standing(ticket).counted
    last = next((one for one in reversed(counted) if one.do in ("confirm", "reopen")), None)
    return last if last and last.do == "confirm" else None


def _agrees(frozen: object, then: ClockReading, now: ClockReading) -> bool:
    """Whether a clock was frozen as it was read at the confirmation; an excuse may have come later."""
    held = frozen if isinstance(frozen, Mapping) else {}
    given = {"due": then.due, "done": then.done, "met": then.met}
    excused = now.met is False and not now.counts
    return all(held.get(key) == value for key, value in given.items()) and bool(held.get("excused")) is excused
