"""Perform acts on a ticket: add the event, set its fields, and derive values from the policy.

Pure functions: they take a ticket, an act and the policy, and return the new ticket or raise with what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from fenji.desk import value_checks
from fenji.errors import FenjiError, Refused, Sentence
from fenji.model import sla as clocks
from fenji.model import workflow
from fenji.model.conflicts import seen_entry
from fenji.model.merge import merge, preserve_current
from fenji.model.policy import STEPS, Policy
from fenji.model.ticket import (
    FIELD_BY_KEY,
    Event,
    FieldPath,
    Ticket,
    Value,
    is_short,
    item_key,
    parse_items_key,
    state_item_parts,
)

# These steps freeze or lift the verdict of the current ticket, never of an older version of it.
_VERDICT_STEPS = frozenset({"confirm", "excuse", "reopen"})
_FIELD_STEPS = frozenset({"edit", "classify", "link", "attach"})  # they only change fields


class Act(Struct, frozen=True):
    """A person's request: the name of the event, the fields it sets (by dotted path), and the texts that go with it.

    `at` is when the act happened, `now` when it is recorded. `seen` is the version that the person was looking at:
    changes that others made since are merged with the act, not overwritten. With `keep_old_values` the log keeps the
    former values of the fields.
    """

    do: str
    by: str
    now: datetime
    at: datetime | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    note: str = ""
    reason: str = ""
    clock: str = ""
    sender: str = ""  # "requester" if the note is from the requester
    mail: Mapping[str, Value] = field(default_factory=dict)  # the mail that the act was made from
    seen: Ticket | None = None
    keep_old_values: bool = False


def perform(ticket: Ticket, act: Act, policy: Policy) -> Ticket:
    """Return the ticket after the act, or the same ticket if nothing changes. Raises Refused, naming what is missing.

    `act.fields` holds values as `validate_fields` returns them. If another step also sets the kind or grade, a separate
    `classify` with these fields comes before it (clock rules 16).
    """
    for part in _split_grades(ticket, act):
        try:
            ticket = _perform_part(ticket, part, policy)
        except Refused as refused:
            if part.do != act.do:
                _ask_for_note(refused)
            raise
    return ticket


def _ask_for_note(refused: Refused) -> None:
    """Make the refusal ask for a note instead of a reason: the step itself has no reason."""
    if refused.sentence.values.get("asks") == "reason" and refused.hint:
        values = {**refused.sentence.values, "asks": "note"}
        refused.sentence, refused.hint = replace(refused.sentence, values=values), replace(refused.hint, values=values)


def _split_grades(ticket: Ticket, act: Act) -> Iterator[Act]:
    changed = diff_fields(ticket, act.fields)
    graded = {path: value for path, value in act.fields.items() if path in workflow.GRADED_FIELDS}
    if act.do in ("report", "classify") or not graded.keys() & changed.keys():
        yield act
        return
    rest = {path: value for path, value in act.fields.items() if path not in graded}
    alone = act.do == "edit" and not rest
    note = act.note if alone else ""
    yield replace(act, do="classify", fields=graded, reason=act.reason or act.note, note=note, clock="", sender="")
    if not alone:
        yield replace(act, fields=rest)


def _perform_part(ticket: Ticket, act: Act, policy: Policy) -> Ticket:
    after = _apply_act(ticket, act, policy)
    seen = act.seen
    if seen is None or seen.uid != ticket.uid or seen.log == ticket.log or act.do in _VERDICT_STEPS:
        return after
    mine = _apply_act(seen, replace(act, at=act.at or event_time(ticket, act.now)), policy)
    return ticket if mine is seen else merge(ticket, mine)


def _apply_act(ticket: Ticket, act: Act, policy: Policy) -> Ticket:
    workflow.refuse_unknown_steps(ticket)
    changes = diff_fields(ticket, _add_derived_fields(ticket, act, policy))
    value_checks.check_values(changes, ticket, policy, act.at or act.now)
    _check_complete(ticket, act, changes)
    kept_events = (
        [kept_event for path in changes for kept_event in preserve_current(ticket, path)] if act.keep_old_values else []
    )
    details = {
        **_event_details(act, changes, _matrix_priority(ticket, changes, policy)),
        **seen_entry(ticket, changes, kept_events),
    }
    event = _make_event(ticket, act, changes, details)
    if _is_noop(ticket, event):
        return ticket
    after = ticket.with_fields(changes)
    check_clock(ticket, event, act.at, act.now)
    workflow.check(after, event, policy, now=act.now)
    check_verdict_step(ticket, event, policy)
    after = after.with_events([event, *kept_events])
    after = after.with_fields({"state": workflow.current_state(after).state})
    return _update_sla(after, act, event, policy)


def check_verdict_step(ticket: Ticket, event: Event, policy: Policy) -> None:
    """Raise Refused for an excuse of a clock that cannot be excused, or a confirmation that settles nothing."""
    if event.do == "excuse":
        clocks.check_excuse(ticket, event, policy)
    elif event.do == "confirm":
        clocks.check_confirmation(ticket, policy)


def _check_complete(ticket: Ticket, act: Act, changes: Mapping[str, Value]) -> None:
    """Raise Refused if the act is not a step for people, lacks its note or owner, or empties a required field."""
    check_step(act.do)
    if act.do == "note" and not act.note.strip():
        raise Refused("The note is empty.", hint="Write what should go in the log.", asks="note")
    if act.do == "assign" and not _text_after(ticket, changes, "owner"):
        raise Refused("{do} needs {fields}.", do=act.do, fields="owner", field_paths=("owner",))
    for path, value in changes.items():
        if value is None and path in FIELD_BY_KEY and FIELD_BY_KEY[path].required:
            raise Refused("{field} cannot be empty.", field=path, field_paths=(path,))


def check_step(do: str) -> None:
    """Raise Refused for a step that people cannot do, such as `superseded`, which only a merge writes."""
    if do not in STEPS:
        raise Refused("There is no step {do}.", hint="Steps are: {known}.", do=do, known=tuple(STEPS))


def _is_noop(ticket: Ticket, event: Event) -> bool:
    """Whether the event would change nothing. Raises Refused for a second wait with a different reason."""
    if not workflow.is_legal(ticket.state, event.do):
        return False
    silent = not (event.set or event.rewrote or event.note)
    if event.do in _FIELD_STEPS:
        return silent
    if event.do == "assign":
        return silent and ticket.state != "responded"
    noop_reason = workflow.explain_no_effect(ticket, event)
    if noop_reason and event.do == "wait" and noop_reason.values.get("reason") != event.reason:
        waits_for = noop_reason.values.get("reason")
        raise Refused("It is already waiting for {reason}; resume it first to change the reason.", reason=waits_for)
    # Only the first answer counts; the text of a later one belongs in a note.
    return noop_reason is not None and (silent or (event.do == "respond" and not (event.set or event.rewrote)))


# --- fields -------------------------------------------------------------------------------------------------------


def diff_fields(ticket: Ticket, fields: Mapping[str, Value]) -> dict[str, Value]:
    """Return the `fields` whose value differs from the ticket's; an item list becomes its changed items."""
    changes: dict[str, Value] = {}
    for path, value in fields.items():
        if path in FIELD_BY_KEY and FIELD_BY_KEY[path].type == "items":
            changes |= _diff_items(ticket, path, value)
        elif (ticket.look_up(path) or None) != (value or None):
            changes[path] = value
    return changes


def _diff_items(ticket: Ticket, key: str, value: Value) -> dict[str, Value]:
    wanted = {item_key(key, item): item for item in value} if isinstance(value, list) else {}
    current = {item_key(key, item): item for item in ticket.items(parse_items_key(key))}
    return {
        f"{key}.{name}": wanted.get(name) for name in {**current, **wanted} if current.get(name) != wanted.get(name)
    }


def _add_derived_fields(ticket: Ticket, act: Act, policy: Policy) -> Mapping[str, Value]:
    """Add the fields that follow from an act's: the matrix's priority on a new judgement, units on first assignment.

    A judgement that changes nothing keeps a priority set by hand. An emptied priority gets the matrix's value.
    """
    fields = dict(act.fields)
    emptied = "priority" in fields and not fields["priority"]
    judged = any(path in fields and ticket.get(path) != fields[path] for path in ("impact", "occurrence"))
    if emptied or (judged and "priority" not in fields):
        matrix_priority = _matrix_priority(ticket, fields, policy)
        if matrix_priority or emptied:
            fields["priority"] = matrix_priority or policy.version(ticket.reported_at).levels[-1]
    if act.do == "assign" and not ticket.units and not fields.get("units"):
        unit = policy.unit_of(str(fields.get("owner") or ""), act.at or act.now)
        if unit:
            fields["units"] = [unit]
    return fields


def _matrix_priority(ticket: Ticket, changes: Mapping[str, Value], policy: Policy) -> str | None:
    impact, occurrence = _text_after(ticket, changes, "impact"), _text_after(ticket, changes, "occurrence")
    return policy.priority(impact, occurrence, ticket.reported_at)


def _text_after(ticket: Ticket, changes: Mapping[str, Value], path: FieldPath) -> str:
    return str(changes.get(path, ticket.word(path)) or "")


# --- the event ----------------------------------------------------------------------------------------------------


def _event_details(act: Act, changes: Mapping[str, Value], matrix_priority: str | None) -> dict[str, Value]:
    clock_name = act.clock if act.do == "excuse" else ""
    details: dict[str, Value] = {"reason": act.reason, "clock": clock_name, "from": act.sender, "note": act.note}
    details["mail"] = act.mail
    if matrix_priority and changes.get("priority", matrix_priority) != matrix_priority:
        details["matrix"] = matrix_priority  # the log keeps both (clock rules 9)
    return {key: value for key, value in details.items() if value}


def _make_event(ticket: Ticket, act: Act, changes: Mapping[str, Value], details: dict[str, Value]) -> Event:
    set_values = {path: value for path, value in changes.items() if is_short(path)}
    rewritten = [path for path in changes if not is_short(path)]
    set_values |= state_item_parts(None if act.do == "report" else ticket, ticket.with_fields(changes), rewritten)
    if (act.at or act.now) != act.now or (workflow.is_behind_log(ticket, act.now) and not act.mail):
        details["logged"] = act.now
    if set_values:
        details["set"] = set_values
    if rewritten:
        details["rewrote"] = rewritten
    return Event(ticket.next_n, act.at or event_time(ticket, act.now), act.by, act.do, details)


def _update_sla(ticket: Ticket, act: Act, event: Event, policy: Policy) -> Ticket:
    if act.do == "reopen":
        return ticket.with_fields({"sla": None})
    if act.do == "confirm":
        return ticket.with_fields({"sla": clocks.freeze(ticket, policy, event)})
    return ticket.with_fields({"sla": clocks.mark_excused(ticket.sla, act.clock)}) if act.do == "excuse" else ticket


# --- the first act ------------------------------------------------------------------------------------------------


def report(fields: Mapping[str, Value], act: Act, policy: Policy) -> Ticket:
    """Return a new ticket with its report event; `fields` has at least id, uid, site and title.

    The kind is `quality` until somebody judges otherwise, and the priority is the mildest until impact and occurrence
    are known. Delaying the judgement gains nothing, since promises run from the report.
    """
    values: dict[str, Value] = {path: value for path, value in fields.items() if value not in (None, "", [])}
    at = act.at or act.now
    value_checks.check_values(values, Ticket({}), policy, at)
    values.setdefault("kind", "quality")
    impact, occurrence = str(values.get("impact", "")), str(values.get("occurrence", ""))
    matrix_priority = policy.priority(impact, occurrence, at)
    values.setdefault("priority", matrix_priority or policy.version(at).levels[-1])
    values = _apply_route(values, policy)
    draft = Ticket({}).with_fields({**values, "state": "new"})
    set_values = diff_fields(
        Ticket({}), {path: value for path, value in values.items() if path not in ("id", "uid", "site")}
    )
    event = _make_event(draft, act, set_values, _event_details(act, values, matrix_priority))
    workflow.check(draft, event, policy, now=act.now)
    return draft.with_events([event])


def _apply_route(values: dict[str, Value], policy: Policy) -> dict[str, Value]:
    route = policy.route(Ticket({}).with_fields(values))
    if route and not values.get("owner") and route.owner:
        values["owner"] = route.owner
    if route and not values.get("units") and route.units:
        values["units"] = list(route.units)
    return values


# --- errors -------------------------------------------------------------------------------------------------------


@contextmanager
def name_ticket_in_errors(number: str) -> Iterator[None]:
    """Add the ticket's number to an error raised in the block, if its sentence lacks it; do nothing for `""`."""
    try:
        yield
    except FenjiError as error:
        if number and "id" not in error.sentence.values:
            values = {**error.sentence.values, "id": number, "reason": error.sentence}
            error.sentence = Sentence("{id}: {reason}", values)
        raise


def event_time(ticket: Ticket, now: datetime) -> datetime:
    """Return `now`, or the instant of the log's latest event if that is up to an hour ahead (another site's clock)."""
    last = max((event.at for event in ticket.log), default=now)
    return last.astimezone(now.tzinfo) if now < last <= now + timedelta(hours=1) else now


def check_clock(ticket: Ticket, event: Event, stated: datetime | None, now: datetime) -> None:
    """Raise Refused if an act without a `stated` instant is dated before the report by this machine's clock."""
    reported = ticket.reported_at
    if stated is None and reported and event.at < reported:
        raise Refused(
            "This machine's clock shows {at}, but {id} was reported at {reported}: one of the two clocks is wrong.",
            hint="Correct this one, or say when it happened: --at TIME",
            at=now.isoformat(sep=" ", timespec="minutes"),
            id=ticket.id,
            reported=reported.isoformat(sep=" ", timespec="minutes"),
        )
