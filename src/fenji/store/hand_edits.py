"""Headers changed in an editor, and the `edit` event that explains them (format 2, hand edits are welcome). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from fenji import flow
from fenji.errors import Refused
from fenji.merge import leaves, same
from fenji.superseded import seen_by
from fenji.ticket import Event, Ticket, Value, short

if TYPE_CHECKING:
    from fenji.policy import Policy

# What nobody edits: identity, what is read off the log, and the frozen verdict.
_FIXED = frozenset({"id", "uid", "formerly", "state", "sla"})


def differing(ticket: Ticket) -> tuple[str, ...]:
    """The short leaves whose value in the header is not the one that the log's `set`s give.

    A leaf that no event states tells nothing, unless the report states first values: then it was not among them.
    """
    stated = _stated(ticket)
    header = dict(leaves(ticket))
    told = [leaf for leaf, value in stated.items() if leaf not in _FIXED and not same(header.get(leaf), value)]
    if any(one.do == "report" and one.set for one in ticket.log):
        named = {name for one in ticket.log for name in (*one.set, *one.rewrote)}
        told += [leaf for leaf in header if short(leaf) and leaf != "site" and not _covered(leaf, named)]
    return tuple(told)


def _stated(ticket: Ticket) -> dict[str, Value]:
    """The value of each short leaf by the latest event that touches it, where that event states it."""
    found: dict[str, Value] = {}
    for event in ticket.log:
        if event.do == "superseded":
            continue
        found |= {leaf: value for leaf, value in event.set.items() if short(leaf)}
        for name in event.rewrote:
            found = {leaf: value for leaf, value in found.items() if leaf != name and not leaf.startswith(f"{name}.")}
    return found


def explain_hand_edit(ticket: Ticket, before: Ticket | None = None) -> dict[str, Value]:
    """What goes with the `edit` event that explains a header changed by hand: `set` and `rewrote`; empty for none.

    Short leaves are held against the log; everything against `before`, an earlier version of the ticket, where one is
    given: what differs from it and is touched by no event written since was changed by hand.
    """
    header = {**dict(leaves(ticket)), **ticket.extra}
    changed = dict.fromkeys(differing(ticket))
    if before and not lacks(ticket, before):
        changed |= dict.fromkeys(_unlogged(ticket, before, header))
    set_ = {leaf: header.get(leaf) for leaf in changed if short(leaf) or isinstance(ticket.extra.get(leaf), str)}
    rewrote = sorted(changed.keys() - set_.keys())
    return {**({"set": set_} if set_ else {}), **({"rewrote": rewrote} if rewrote else {})}


def _unlogged(ticket: Ticket, before: Ticket, header: Mapping[str, Value]) -> Iterable[str]:
    known = {one.digest for one in before.log}
    named = {name for one in ticket.log if one.digest not in known for name in (*one.set, *one.rewrote)}
    held = {**dict(leaves(before)), **before.extra}
    for leaf in {**header, **held}:
        if leaf not in _FIXED and not _covered(leaf, named) and not same(header.get(leaf), held.get(leaf)):
            yield leaf


def _covered(leaf: str, named: Iterable[str]) -> bool:
    return leaf in named or leaf.partition(".")[0] in named


def lacks(ticket: Ticket, committed: Ticket) -> bool:
    """Whether events that were committed are gone from the log, which is only ever added to."""
    return ticket.uid == committed.uid and not {one.digest for one in committed.log} <= {
        one.digest for one in ticket.log
    }


def explained(ticket: Ticket, body: Mapping[str, Value], *, by: str, at: datetime) -> Ticket:
    """The ticket with the `edit` event whose `set` and `rewrote` are `body`."""
    named = [str(leaf) for key in ("set", "rewrote") for leaf in _listed(body.get(key))]
    return ticket.with_events([Event(ticket.next_n, at, by, "edit", {**body, **seen_by(ticket, named)})])


def _listed(value: Value) -> Iterable[object]:
    return value if isinstance(value, Mapping | list) else ()


# --- what may not be changed by hand -------------------------------------------------------------------------------

_GRADES = ("impact", "occurrence", "priority")
_FROZEN = {"sla": frozenset({"confirm", "excuse", "reopen"}), "formerly": frozenset[str]()}


def barred(ticket: Ticket, body: Mapping[str, Value]) -> tuple[str, ...]:
    """The leaves that a hand edit changed although the ticket is too far for that (format 4)."""
    event = Event(ticket.next_n, datetime.min, "", "edit", body)
    closed = flow.barred(flow.standing(ticket).state, event)
    return tuple(leaf for leaf in (*event.set, *event.rewrote) if leaf.partition(".")[0] in closed)


def ungraded(ticket: Ticket, body: Mapping[str, Value], policy: Policy, *, at: datetime) -> tuple[str, ...]:
    """The grades that a hand edit set and that the policy does not know, or wants a reason for."""
    stated = body.get("set")
    return tuple(
        leaf
        for leaf in _GRADES
        if isinstance(stated, Mapping)
        and leaf in stated
        and _refused(ticket, Event(ticket.next_n, at, "", "edit", {"set": {leaf: stated[leaf]}}), policy)
    )


def _refused(ticket: Ticket, event: Event, policy: Policy) -> bool:
    try:
        flow.check(ticket, event, policy, now=event.at)
    except Refused as refusal:
        return bool({"field", "matrix"} & refusal.sentence.values.keys())  # not of who edits, and when
    return False


def frozen(ticket: Ticket, before: Ticket | None) -> tuple[str, ...]:
    """What no event gives to a ticket in this way: a verdict or a former number that was changed by hand."""
    if before is None or before.uid != ticket.uid:
        return ()
    known = {one.digest for one in before.log}
    new = {one.do for one in ticket.log if one.digest not in known}
    return tuple(key for key, do in _FROZEN.items() if not do & new and not same(ticket.get(key), before.get(key)))


def altered(ticket: Ticket, before: Ticket | None) -> tuple[Event, ...]:
    """Events that stand where an earlier version has another one: a log was changed by hand, which is only added to."""
    if before is None or before.uid != ticket.uid or not lacks(ticket, before):
        return ()
    held, known = ({one.digest for one in log} for log in (ticket.log, before.log))
    gone = [one for one in before.log if one.digest not in held]
    return tuple(one for one in ticket.log if one.digest not in known and any(_alike(one, other) for other in gone))


def _alike(one: Event, other: Event) -> bool:
    """Whether one event is the other with something changed; what was written apart differs in instant and words."""
    same_parts = (one.n == other.n) + (one.by == other.by) + (one.do == other.do)
    return same_parts >= (2 if one.at == other.at else 3) and (one.at == other.at or one.more == other.more)


def restored(ticket: Ticket, events: Iterable[Event], before: Ticket | None) -> Ticket:
    """The ticket without these events, and with those that it had before."""
    gone = {one.digest for one in events}
    kept = tuple(one for one in ticket.log if one.digest not in gone)
    return replace(ticket, log=kept).with_events(before.log if before else ())


def put_back(ticket: Ticket, names: Iterable[str], before: Ticket | None) -> Ticket:
    """The ticket with these leaves as they were: as the log states them, else as in the version `before`."""
    held = {**dict(leaves(before)), **before.extra} if before else {}
    held |= {key: before.get(key) for key in _FROZEN} if before else {}
    former = {**held, **_stated(ticket)}
    wanted = {name: former.get(name) for name in names}
    strange = {
        name: wanted.pop(name) for name in (*wanted,) if name in ticket.extra or name in (before or ticket).extra
    }
    extra = {key: value for key, value in {**ticket.extra, **strange}.items() if value is not None}
    return replace(ticket.put(wanted), extra=extra)


def without(body: Mapping[str, Value], names: Iterable[str]) -> dict[str, Value]:
    """What goes with the event that explains the rest of a hand edit."""
    return _without(body, set(names))


def explained_before(ticket: Ticket, base: Ticket, body: Mapping[str, Value]) -> Ticket:
    """The ticket with an `edit` event put before those that it has beyond `base`, by the person and hour of the first.

    What those events changed themselves needs no explanation. The ticket as it is where nothing is left to explain.
    """
    known = {one.digest for one in base.log}
    new = [one for one in ticket.log if one.digest not in known]
    named = {name for one in new for name in (*one.set, *one.rewrote)}
    left = _without(body, named)
    if not left or not new:
        return ticket
    at = new[0].logged or new[0].at
    later = [replace(one, n=one.n + 1) for one in new]
    return replace(ticket, log=explained(base, left, by=new[0].by, at=at).with_events(later).log)


def _without(body: Mapping[str, Value], named: set[str]) -> dict[str, Value]:
    set_, rewrote = body.get("set"), body.get("rewrote")
    kept: dict[str, Value] = {}
    if isinstance(set_, Mapping):
        kept["set"] = {leaf: value for leaf, value in set_.items() if not _covered(leaf, named)}
    if isinstance(rewrote, list):
        kept["rewrote"] = [leaf for leaf in rewrote if not _covered(leaf, named)]
    return {key: value for key, value in kept.items() if value}
