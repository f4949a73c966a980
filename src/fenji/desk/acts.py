"""What each act does to a ticket: one event, the fields it sets, and what follows from the method.

Pure: a ticket, an act and the policy in, the new ticket out; refused acts raise with what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji import clock, flow
from fenji.errors import Misused
from fenji.ticket import BY_KEY, LEAVES, Event, Ticket, Value, item_key, short

if TYPE_CHECKING:
    from fenji.clock import ClockReading
    from fenji.policy import Policy


@dataclass(frozen=True)
class Act:
    """What a person asks for: the event's name, the fields it sets (dotted leaves), and the words that go with it.

    `at` is when it happened, `now` when it is written down.
    """

    do: str
    by: str
    now: datetime
    at: datetime | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    note: str = ""
    reason: str = ""
    clock: str = ""
    sender: str = ""  # "requester" where a note is theirs


def perform(ticket: Ticket, act: Act, policy: Policy) -> Ticket:
    """The ticket after the act; the same ticket where the act changes nothing. Raises Refused with what is missing."""
    changes = changed_fields(ticket, _with_consequences(ticket, act, policy))
    if _changes_nothing(ticket, act, changes):
        return ticket
    event = _event(ticket, act, changes, _more(ticket, act, changes, policy))
    after = ticket.put(changes)
    flow.check(after, event, policy, now=act.now)
    if act.do == "excuse":
        clock.check_excuse(ticket, event, policy)
    after = after.with_events([event])
    after = after.put({"state": flow.standing(after).state})
    return _frozen(after, act, event.at, policy)


def _changes_nothing(ticket: Ticket, act: Act, changes: Mapping[str, Value]) -> bool:
    if act.do in ("edit", "classify", "link", "attach"):
        return not changes and not act.note
    return flow.idle(ticket, _event(ticket, act, {}, {})) is not None


def changed_fields(ticket: Ticket, fields: Mapping[str, Value]) -> dict[str, Value]:
    """Those of `fields` whose value the ticket does not hold yet; an item list is opened into its changed items."""
    changes: dict[str, Value] = {}
    for leaf, value in fields.items():
        if leaf in BY_KEY and BY_KEY[leaf].held == "items":
            changes |= _changed_items(ticket, leaf, value)
        elif (ticket.get(leaf) or None) != (value or None):
            changes[leaf] = value
    return changes


def _changed_items(ticket: Ticket, key: str, value: Value) -> dict[str, Value]:
    wanted = {item_key(key, one): one for one in value} if isinstance(value, list) else {}
    held = {item_key(key, one): one for one in ticket.items(key)}
    return {f"{key}.{name}": wanted.get(name) for name in {**held, **wanted} if held.get(name) != wanted.get(name)}


def check_fields(fields: Mapping[str, Value], *, fixed: Sequence[str] = ()) -> None:
    """Refuse fields that do not exist or that nobody sets by hand (number, state, SLA …); `fixed` lists exceptions."""
    for leaf in fields:
        key = leaf.partition(".")[0]
        one = BY_KEY.get(key)
        if one is None or (leaf not in LEAVES and one.held != "items"):
            raise Misused(
                "There is no field {field}.", hint="Fields are: {known}.", field=leaf, known=", ".join(LEAVES)
            )
        if one.fixed and key not in fixed:
            raise Misused("{field} is not set by hand.", hint="It follows from what is done to the ticket.", field=leaf)


def _with_consequences(ticket: Ticket, act: Act, policy: Policy) -> Mapping[str, Value]:
    fields = dict(act.fields)
    judged = {"impact", "occurrence"} & fields.keys()
    if judged and "priority" not in fields:
        impact, occurrence = (str(fields.get(key, ticket.word(key)) or "") for key in ("impact", "occurrence"))
        found = policy.priority(impact, occurrence, ticket.reported, site=ticket.site)
        if found:
            fields["priority"] = found
    if act.do == "assign" and not ticket.units and not fields.get("units"):
        person = policy.people.get(str(fields.get("owner") or ""))
        if person and person.unit:
            fields["units"] = [person.unit]
    return fields


def _more(ticket: Ticket, act: Act, changes: Mapping[str, Value], policy: Policy) -> dict[str, Value]:
    more: dict[str, Value] = {"reason": act.reason, "clock": act.clock, "from": act.sender, "note": act.note}
    impact, occurrence = _after(ticket, changes, "impact"), _after(ticket, changes, "occurrence")
    by_matrix = policy.priority(impact, occurrence, ticket.reported, site=ticket.site)
    if "priority" in changes and by_matrix and changes["priority"] != by_matrix:
        more["matrix"] = by_matrix  # the log keeps both (clock rules 9)
    return {key: value for key, value in more.items() if value}


def _after(ticket: Ticket, changes: Mapping[str, Value], leaf: str) -> str:
    return str(changes.get(leaf, ticket.word(leaf)) or "")


def _event(ticket: Ticket, act: Act, changes: Mapping[str, Value], more: dict[str, Value]) -> Event:
    stated = {leaf: value for leaf, value in changes.items() if short(leaf)}
    rewrote = [leaf for leaf in changes if not short(leaf)]
    if act.at is not None and act.at != act.now:
        more["logged"] = act.now
    if stated:
        more["set"] = stated
    if rewrote:
        more["rewrote"] = rewrote
    return Event(ticket.next_n, act.at or _after_the_last(ticket, act.now), act.by, act.do, more)


def _after_the_last(ticket: Ticket, now: datetime) -> datetime:
    """Now; or the last event's instant where another site's clock runs up to an hour ahead of this one."""
    last = max((one.at for one in ticket.log), default=now)
    return last.astimezone(now.tzinfo) if now < last <= now + timedelta(hours=1) else now


def _frozen(ticket: Ticket, act: Act, at: datetime, policy: Policy) -> Ticket:
    if act.do == "reopen":
        return ticket.put({"sla": None})
    if act.do == "confirm":
        reading = clock.reading(ticket, policy, at)
        confirmed = {"at": at, "by": act.by} | ({"reason": act.reason} if act.reason else {})
        frozen = {name: _verdict(one) for name, one in (("response", reading.response), ("solution", reading.solution))}
        return ticket.put({"sla": {name: one for name, one in frozen.items() if one} | {"confirmed": confirmed}})
    sla = ticket.get("sla")
    if act.do == "excuse" and isinstance(sla, Mapping) and isinstance(sla.get(act.clock), Mapping):
        return ticket.put({"sla": {**sla, act.clock: {**sla[act.clock], "excused": True}}})
    return ticket


def _verdict(reading: ClockReading) -> dict[str, Value]:
    found = {"due": reading.due, "done": reading.done, "met": reading.met}
    if reading.met is False and not reading.counts:
        found["excused"] = True
    return {key: value for key, value in found.items() if value is not None}


def report(fields: Mapping[str, Value], act: Act, policy: Policy) -> Ticket:
    """A new ticket with its report event; `fields` hold id, uid, site and title at least.

    Kind is `quality` until somebody judges otherwise, and the priority is the mildest until impact and occurrence are
    known: a promise runs from the report on, so putting off the judgement gains nothing.
    """
    values = {leaf: value for leaf, value in fields.items() if value not in (None, "", [])}
    values.setdefault("kind", "quality")
    impact, occurrence = str(values.get("impact", "")), str(values.get("occurrence", ""))
    by_matrix = policy.priority(impact, occurrence, act.at or act.now, site=str(values["site"]))
    values.setdefault("priority", by_matrix or policy.levels[-1])
    values = _routed(values, policy)
    draft = Ticket({}).put({**values, "state": "new"})
    stated = {leaf: value for leaf, value in values.items() if leaf not in ("id", "uid", "site")}
    event = _event(draft, act, stated, _more(Ticket({}), replace(act, do="report"), values, policy))
    flow.check(draft, event, policy, now=act.now)
    return draft.with_events([event])


def _routed(values: dict[str, Value], policy: Policy) -> dict[str, Value]:
    route = policy.route(Ticket({}).put(values))
    if route and not values.get("owner") and route.owner:
        values["owner"] = route.owner
    if route and not values.get("units") and route.units:
        values["units"] = list(route.units)
    return values


def inverse(before: Ticket, after: Ticket, act: Act) -> Act | None:
    """The act that makes up for `act` (before → after), or None where the log lets nothing take it back."""
    note = f"undo {act.do}"
    if act.do in ("classify", "assign", "edit", "link", "attach"):
        touched = [leaf for event in after.log[len(before.log) :] for leaf in (*event.set, *event.rewrote)]
        return replace(
            act, do="edit", at=None, fields={leaf: before.get(leaf) for leaf in touched}, note=note, reason=""
        )
    if act.do in ("solve", "wait", "resume", "report"):
        step = {"solve": "reopen", "wait": "resume", "resume": "wait", "report": "withdraw"}[act.do]
        reason = _wait_reason(before) if step == "wait" else note
        return replace(act, do=step, at=None, fields={}, note=note, reason="" if step == "resume" else reason)
    return None


def _wait_reason(ticket: Ticket) -> str:
    return next((one.reason for one in reversed(flow.standing(ticket).counted) if one.do == "wait"), "")
