"""What each act does to a ticket: one event, the fields it sets, and what follows from the method.

Pure: a ticket, an act and the policy in, the new ticket out; refused acts raise with what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji import clock, flow
from fenji.errors import FenjiError, Misused, Refused, Sentence
from fenji.merge import keeping, merge
from fenji.policy import STEPS
from fenji.superseded import seen_by
from fenji.ticket import BY_KEY, LEAVES, Event, Ticket, Value, item_key, short, value_of

if TYPE_CHECKING:
    from fenji.clock import ClockReading
    from fenji.policy import Policy

# What is frozen or lifted is read off the ticket as it is now, never off an older version of it.
_VERDICTS = frozenset({"confirm", "excuse", "reopen"})
_CHANGING = frozenset({"edit", "classify", "link", "attach"})  # nothing happens but the change of fields


@dataclass(frozen=True)
class Act:
    """What a person asks for: the event's name, the fields it sets (dotted leaves), and the words that go with it.

    `at` is when it happened, `now` when it is written down. `seen` is the version that the person had before him: what
    others changed since is then merged with what he sets, and not overwritten. `keeps` has the log keep the values
    that the fields had.
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
    seen: Ticket | None = None
    keeps: bool = False


def perform(ticket: Ticket, act: Act, policy: Policy) -> Ticket:
    """The ticket after the act; the same ticket where the act changes nothing. Raises Refused with what is missing.

    `act.fields` hold values as `settled` gives them.
    """
    after = _performed(ticket, act, policy)
    seen = act.seen
    if seen is None or seen.uid != ticket.uid or seen.log == ticket.log or act.do in _VERDICTS:
        return after
    mine = _performed(seen, replace(act, at=act.at or _after_the_last(ticket, act.now)), policy)
    return ticket if mine is seen else merge(ticket, mine)


def _performed(ticket: Ticket, act: Act, policy: Policy) -> Ticket:
    changes = changed_fields(ticket, _with_consequences(ticket, act, policy))
    _check_given(ticket, act, changes)
    kept = [one for leaf in changes for one in keeping(ticket, leaf)] if act.keeps else []
    more = {**_more(act, changes, _by_matrix(ticket, changes, policy)), **seen_by(ticket, changes, kept)}
    event = _event(ticket, act, changes, more)
    if _idle(ticket, event):
        return ticket
    after = ticket.put(changes)
    flow.check(after, event, policy, now=act.now)
    if act.do == "excuse":
        clock.check_excuse(ticket, event, policy)
    after = after.with_events([event, *kept])
    after = after.put({"state": flow.standing(after).state})
    return _frozen(after, act, event.at, policy)


def _check_given(ticket: Ticket, act: Act, changes: Mapping[str, Value]) -> None:
    """Refuse what is nobody's step, what would say nothing, or leave empty what no ticket goes without."""
    _check_step(act.do)
    if act.do == "note" and not act.note.strip():
        raise Refused("{do} needs a {asks}.", hint="Say it with --{asks}.", do=act.do, asks="note")
    if act.do == "assign" and not _after(ticket, changes, "owner"):
        raise Refused("{do} needs {fields}.", do=act.do, fields="owner", leaves=("owner",))
    for leaf, value in changes.items():
        if value is None and leaf in BY_KEY and BY_KEY[leaf].required:
            raise Refused("{field} cannot be empty.", field=leaf, leaves=(leaf,))


def _check_step(do: str) -> None:
    """Refuse what a person does not do; `superseded` is written by merging alone."""
    if do not in STEPS:
        raise Refused("There is no step {do}.", hint="Steps are: {known}.", do=do, known=", ".join(STEPS))


def _idle(ticket: Ticket, event: Event) -> bool:
    """Whether the event would say nothing. A second wait for another reason is refused: the first one's stays."""
    if not flow.legal(ticket.state, event.do):
        return False
    silent = not (event.set or event.rewrote or event.note)
    if event.do in _CHANGING:
        return silent
    if event.do == "assign":
        return silent and ticket.state != "responded"
    told = flow.idle(ticket, event)
    if told and event.do == "wait" and told.values.get("reason") != event.reason:
        raise Refused(
            "It already waits for {reason}; resume it first to change the reason.", reason=told.values.get("reason")
        )
    return silent and told is not None


# --- fields -------------------------------------------------------------------------------------------------------


def settled(fields: Mapping[str, Value], *, fixed: Sequence[str] = ()) -> dict[str, Value]:
    """Fields from outside with their values as a ticket holds them; None empties a field.

    Raises Misused for a field that does not exist, one that nobody sets by hand (number, state, SLA …; `fixed` lists
    exceptions) and a value that does not fit.
    """
    found: dict[str, Value] = {}
    for leaf, value in fields.items():
        _check_leaf(leaf, fixed)
        found[leaf], faults = value_of(leaf, value)
        if faults:
            raise Misused("{field} {fault}.", field=leaf, fault=faults[0].message)
    return found


def _check_leaf(leaf: str, fixed: Sequence[str]) -> None:
    key, _, name = leaf.partition(".")
    one = BY_KEY.get(key)
    if one is None or (leaf not in LEAVES and (one.held != "items" or not name)):
        raise Misused("There is no field {field}.", hint="Fields are: {known}.", field=leaf, known=", ".join(LEAVES))
    if one.fixed and key not in fixed:
        raise Misused("{field} is not set by hand.", hint="It follows from what is done to the ticket.", field=leaf)


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


def _with_consequences(ticket: Ticket, act: Act, policy: Policy) -> Mapping[str, Value]:
    """The fields of an act, and what follows: the matrix's priority from a new judgement, units from the first owner.

    A judgement that changes nothing leaves a priority that was set by hand. A priority that is emptied is the matrix's.
    """
    fields = dict(act.fields)
    emptied = "priority" in fields and not fields["priority"]
    judged = any(leaf in fields and ticket.get(leaf) != fields[leaf] for leaf in ("impact", "occurrence"))
    if emptied or (judged and "priority" not in fields):
        by_matrix = _by_matrix(ticket, fields, policy)
        if by_matrix or emptied:
            fields["priority"] = by_matrix or policy.version(ticket.reported, site=ticket.site).levels[-1]
    if act.do == "assign" and not ticket.units and not fields.get("units"):
        person = policy.people.get(str(fields.get("owner") or ""))
        if person and person.unit:
            fields["units"] = [person.unit]
    return fields


def _by_matrix(ticket: Ticket, changes: Mapping[str, Value], policy: Policy) -> str | None:
    impact, occurrence = _after(ticket, changes, "impact"), _after(ticket, changes, "occurrence")
    return policy.priority(impact, occurrence, ticket.reported, site=ticket.site)


def _after(ticket: Ticket, changes: Mapping[str, Value], leaf: str) -> str:
    return str(changes.get(leaf, ticket.word(leaf)) or "")


# --- the event ----------------------------------------------------------------------------------------------------


def _more(act: Act, changes: Mapping[str, Value], by_matrix: str | None) -> dict[str, Value]:
    clock_named = act.clock if act.do == "excuse" else ""
    more: dict[str, Value] = {"reason": act.reason, "clock": clock_named, "from": act.sender, "note": act.note}
    if by_matrix and changes.get("priority", by_matrix) != by_matrix:
        more["matrix"] = by_matrix  # the log keeps both (clock rules 9)
    return {key: value for key, value in more.items() if value}


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


# --- the first act ------------------------------------------------------------------------------------------------


def report(fields: Mapping[str, Value], act: Act, policy: Policy) -> Ticket:
    """A new ticket with its report event; `fields` hold id, uid, site and title at least.

    Kind is `quality` until somebody judges otherwise, and the priority is the mildest until impact and occurrence are
    known: a promise runs from the report on, so putting off the judgement gains nothing.
    """
    values = {leaf: value for leaf, value in fields.items() if value not in (None, "", [])}
    values.setdefault("kind", "quality")
    site, at = str(values["site"]), act.at or act.now
    impact, occurrence = str(values.get("impact", "")), str(values.get("occurrence", ""))
    by_matrix = policy.priority(impact, occurrence, at, site=site)
    values.setdefault("priority", by_matrix or policy.version(at, site=site).levels[-1])
    values = _routed(values, policy)
    draft = Ticket({}).put({**values, "state": "new"})
    stated = changed_fields(
        Ticket({}), {leaf: one for leaf, one in values.items() if leaf not in ("id", "uid", "site")}
    )
    event = _event(draft, act, stated, _more(act, values, by_matrix))
    flow.check(draft, event, policy, now=act.now)
    return draft.with_events([event])


def _routed(values: dict[str, Value], policy: Policy) -> dict[str, Value]:
    route = policy.route(Ticket({}).put(values))
    if route and not values.get("owner") and route.owner:
        values["owner"] = route.owner
    if route and not values.get("units") and route.units:
        values["units"] = list(route.units)
    return values


# --- what may be done ---------------------------------------------------------------------------------------------


def hindrance(ticket: Ticket, do: str, *, by: str, now: datetime, policy: Policy) -> Sentence | None:
    """Why `by` may not do a step now; None where he may, once asked for what goes with it (reason, note, clock, owner).

    State and role are told first, then missing fields; those are named in the sentence's `leaves`.
    """
    told: Sentence | None = None
    try:
        _check_step(do)
    except Refused as refused:
        return refused.sentence
    for probe in _probes(ticket, do, by=by, now=now, policy=policy):
        told = flow.idle(ticket, probe)
        try:
            flow.check(ticket, probe, policy, now=now)
            if do == "excuse":
                clock.check_excuse(ticket, probe, policy)
        except FenjiError as refused:
            told = refused.sentence
        if told is None:
            return None
    return told


def _probes(ticket: Ticket, do: str, *, by: str, now: datetime, policy: Policy) -> Iterator[Event]:
    """Events of this kind that carry all they must; an excuse for each clock."""
    reasons = {"wait": tuple(policy.waiting), "excuse": policy.excuses}.get(do, ())
    more: dict[str, Value] = {"reason": reasons[0] if reasons else "?", "note": "?"}
    at = _after_the_last(ticket, now)
    for name in clock.CLOCKS if do == "excuse" else ("",):
        yield Event(ticket.next_n, at, by, do, {**more, "clock": name or None})


@contextmanager
def named(number: str) -> Iterator[None]:
    """Name the ticket in the refusal of an act on several, where the sentence does not; `""` names none."""
    try:
        yield
    except FenjiError as error:
        if number and "id" not in error.sentence.values:
            values = {**error.sentence.values, "id": number, "reason": error.sentence}
            error.sentence = Sentence("{id}: {reason}", values)
        raise
