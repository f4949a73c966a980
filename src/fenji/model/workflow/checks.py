"""Check an event that is to be added to a log; a refusal says what is missing.

These checks need no clock: the step, its place in time, its content, who does it, and the fields that it requires.
`fenji.model.sla.check_excuse` checks what an excuse may excuse. A refusal carries values for screens, where they
apply: `field_paths` (fields to fill in) and `asks` (the missing key of the event).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fenji.errors import Refused
from fenji.model.ticket import CLOCKS, CLOSED_STATES, FIELD_BY_KEY, Event, Ticket, Value
from fenji.model.workflow.replay import current_state, is_clock_name
from fenji.model.workflow.set_checks import check_grade_words, check_graded_by_classify, check_people, check_plan
from fenji.model.workflow.steps import BEFORE_REPORT, GRADED_FIELDS, OPEN_STATES, STEPS, is_legal, locked_fields

if TYPE_CHECKING:
    from fenji.model.policy import Policy

# How far another site's last event may be ahead of this machine's clock for a new event to be placed beside it.
MAX_CLOCK_SKEW = timedelta(hours=1)


def is_behind_log(ticket: Ticket, at: datetime) -> bool:
    """Return whether the log has an event well after `at`, such as one written while a clock ran ahead.

    An event at `at` must then state in `logged` when it was written; else the judge takes it for one that hides this.
    """
    return any((event.logged or event.at) - at > MAX_CLOCK_SKEW for event in ticket.log)


def check(ticket: Ticket, event: Event, policy: Policy, *, now: datetime) -> None:
    """Refuse an event that may not be added to the log; `ticket` has the fields as they are after the event.

    Raises Refused with what is missing and what to do (format 4, clock rules 9, 11 and 14).
    """
    if event.do not in STEPS:
        raise Refused("There is no step {do}.", hint="Steps are: {known}.", do=event.do, known=tuple(STEPS))
    _check_format(event, policy)
    before = _without_event(ticket, event)
    _check_time(before, event, now)
    state = current_state(_up_to(before, event)).state
    _check_state(ticket, event, state)
    _check_content(event, state, policy)
    check_people(event)
    check_graded_by_classify(event)
    _check_late_entry(event, policy, now)
    _check_order(before, event)
    _check_role(ticket, event, state, policy)
    check_plan(before, event, policy, written=event.logged or event.at)
    _check_grades(ticket, event, policy)
    _check_let_off(ticket, before, event, policy)
    _check_links(ticket, event)
    _check_fields(ticket, event, policy)


def _check_format(event: Event, policy: Policy) -> None:
    """Refuse to freeze or excuse a verdict under a policy of a newer format, which gives no verdicts here."""
    if policy.newer_format and event.do in ("confirm", "excuse"):
        raise Refused(
            "The rules are in format {format}, which this fenji cannot read: it can give no verdict.",
            hint="Install a newer fenji, like the other sites.",
            format=policy.newer_format,
        )


def _without_event(ticket: Ticket, event: Event) -> Ticket:
    log = tuple(entry for entry in ticket.log if entry.digest != event.digest)
    return Ticket(ticket.data, log, ticket.extra)


def _up_to(ticket: Ticket, event: Event) -> Ticket:
    return Ticket(ticket.data, tuple(entry for entry in ticket.log if (entry.at, entry.n) < (event.at, event.n)))


# --- when -------------------------------------------------------------------------------------------------------


def _check_time(ticket: Ticket, event: Event, now: datetime) -> None:
    last = max((entry.at for entry in ticket.log), default=now)
    if event.at > now and not event.at <= last <= now + MAX_CLOCK_SKEW:
        raise Refused(
            "{at} is in the future.", hint="Give the instant at which it happened.", at=_format_instant(event.at)
        )
    reported = ticket.reported_at
    if reported and event.at < reported and event.do != "report":
        raise Refused(
            "{at} is before the report of {reported}.",
            hint="Give an instant after the report.",
            at=_format_instant(event.at),
            reported=_format_instant(reported),
        )


def _format_instant(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="minutes")


def has_right(ticket: Ticket, event: Event, policy: Policy, at: datetime) -> bool:
    """Return whether a person's roles at an instant allow an event; one logged later than `backdate` needs a lead."""
    state = current_state(_up_to(_without_event(ticket, event), event)).state
    is_late = (event.logged or event.at) - event.at > policy.backdate
    is_allowed = policy.may_do(event.by, event.do, at, state=state)
    return is_allowed and (not is_late or "lead" in policy.roles(event.by, at))


def _check_late_entry(event: Event, policy: Policy, now: datetime) -> None:
    if now - event.at <= policy.backdate:
        return
    hours = policy.backdate // timedelta(hours=1)
    if "lead" not in policy.roles(event.by, now):
        leads = _join_names([person for person in policy.people if "lead" in policy.roles(person, now)])
        hint = "Ask {people}, or give a later instant."
        raise Refused(
            "Only a lead can log what happened more than {hours} hours ago.", hint=hint, hours=hours, people=leads
        )
    # The reason of a wait or an excuse is the policy's word for it and does not say why it is logged so late.
    if not event.note and (not event.reason or event.do in ("wait", "excuse")):
        message = "What happened more than {hours} hours ago needs a word on why it is logged so late."
        raise Refused(message, hint="Say why with --note.", hours=hours, asks="note")


def _check_order(ticket: Ticket, event: Event) -> None:
    counted = {entry.digest: entry for entry in current_state(ticket).counted}
    after = current_state(ticket.with_events([event]))
    for displaced in after.uncounted:
        if displaced.digest in counted:
            raise Refused(
                "{do} at {at} would leave {later} of {when} without a basis.",
                hint="Give an instant after it.",
                do=event.do,
                at=_format_instant(event.at),
                later=displaced.do,
                when=_format_instant(displaced.at),
            )


# --- the step ---------------------------------------------------------------------------------------------------


def _check_state(ticket: Ticket, event: Event, state: str) -> None:
    if not is_legal(state, event.do):
        _refuse_state(ticket, event.do, state)
    locked = locked_fields(state, event)
    if locked:
        raise Refused(
            "{id} is {state}: {fields} can no longer be changed.",
            hint="Report a new ticket and link it to this one." if state in CLOSED_STATES else "Reopen it first.",
            id=ticket.id,
            state=state,
            fields=tuple(sorted(locked)),
        )


def _refuse_state(ticket: Ticket, do: str, state: str) -> None:
    if do == "report":
        raise Refused("{id} has already been reported.", hint="Report a new ticket.", id=ticket.id)
    if state in STEPS[do].moves.values() or (do == "reopen" and state in OPEN_STATES):
        raise Refused("{id} is {state} already.", hint="There is nothing to do.", id=ticket.id, state=state)
    steps = _steps_to(state, do)
    hint = "First: {steps}." if steps else "It is final: report a new ticket and link it to this one."
    hint = "A ticket begins with its report." if state == BEFORE_REPORT else hint
    raise Refused(
        "{id} is {state}: {do} is not possible.", hint=hint, id=ticket.id, state=state or "-", do=do, steps=steps
    )


def _steps_to(state: str, do: str) -> tuple[str, ...]:
    """Return the shortest sequence of steps from a state to one where `do` is legal; empty if there is none."""
    routes: dict[str, tuple[str, ...]] = {state: ()}
    for reached in (queue := [state]):
        if is_legal(reached, do):
            return routes[reached]
        for step in STEPS.values():
            target = step.moves.get(reached, reached)
            if target not in routes and step.do not in ("withdraw", "resume"):
                routes[target] = (*routes[reached], step.do)
                queue.append(target)
    return ()


# --- content ----------------------------------------------------------------------------------------------------


NEVER_SET = frozenset({"id", "uid", "formerly", "state", "origin", "sla", "log"})  # no event sets them


def _check_content(event: Event, state: str, policy: Policy) -> None:
    derived = sorted({path for path in (*event.set, *event.rewrote) if path.partition(".")[0] in NEVER_SET})
    if derived:
        hint, names = "Take the step that leads there, or undo what was typed.", tuple(derived)
        raise Refused("{do} sets {fields}, which no event can set.", hint=hint, do=event.do, fields=names)
    if "precision" in event.body:
        raise Refused("{do} has no time of day: only imports may give the day alone.", do=event.do)
    if event.do == "excuse" and not is_clock_name(event.body.get("clock")):
        raise Refused("An excuse names its clock.", hint="One of: {choices}.", choices=tuple(CLOCKS), asks="clock")
    choices = _reason_choices(event.do, policy)
    for key in STEPS[event.do].required_keys(state):
        if not event.body.get(key):
            hint = "Choose one of: {choices}." if key == "reason" and choices else "Say it with --{asks}."
            raise Refused("{do} needs a {asks}.", hint=hint, do=event.do, asks=key, choices=tuple(choices))
    if choices and event.reason not in choices:
        raise Refused(
            "{reason} is not a reason for {do} in this policy.",
            hint="Choose one of: {choices}.",
            reason=event.reason,
            do=event.do,
            choices=tuple(choices),
            asks="reason",
        )


def _reason_choices(do: str, policy: Policy) -> Sequence[str]:
    return {"wait": tuple(policy.waiting), "excuse": policy.excuses}.get(do, ())


def _check_role(ticket: Ticket, event: Event, state: str, policy: Policy) -> None:
    written = event.logged or event.at
    if policy.may_do(event.by, event.do, written, state=state):
        return
    raise Refused(
        "{by} may not do this: {do}, {id}.",
        hint="Ask {people}.",
        by=policy.display_name(event.by),
        do=event.do,
        id=ticket.id,
        people=_join_names(policy.list_permitted(event.do, written, state=state)),
    )


def _join_names(people: Sequence[str]) -> tuple[str, ...]:
    return tuple(people) or ("-",)


# --- fields -----------------------------------------------------------------------------------------------------


_UNREASONED_PRIORITY = (
    "A priority set by hand needs a reason.",
    "Say why with --{asks}, or leave it to the matrix: {matrix}.",
)


def _check_grades(ticket: Ticket, event: Event, policy: Policy) -> None:
    reported = ticket.reported_at or event.at
    check_grade_words(event.set, policy, reported, event.at)
    levels = policy.version(reported).levels
    by_matrix = policy.priority(ticket.word("impact"), ticket.word("occurrence"), reported)
    default_level = by_matrix or levels[-1]  # what a ticket counts as until it has been judged
    is_judged = by_matrix is not None and not {"impact", "occurrence"}.isdisjoint(event.set)
    level = event.set.get("priority", ticket.priority if is_judged else default_level)
    if level != default_level and not event.reason:
        message, hint = _UNREASONED_PRIORITY
        raise Refused(message, hint=hint, matrix=by_matrix or "-", asks="reason", field_paths=("priority",))


def _check_let_off(ticket: Ticket, before: Ticket, event: Event, policy: Policy) -> None:
    """Refuse a change of kind or grade that takes a promise away while it runs, without a reason (clock rules 16)."""
    if event.do != "classify" or event.reason or not GRADED_FIELDS & event.set.keys():
        return
    earlier = current_state(_up_to(before, event)).counted
    former = {path: value for entry in earlier for path, value in entry.set.items() if path in GRADED_FIELDS}
    grades = [{"kind": ticket.kind, "priority": ticket.priority} | former, {**former, **event.set}]
    running = [clock for clock in CLOCKS if clock == "solution" or all(entry.do != "respond" for entry in earlier)]
    for clock in running:
        promised, left = (_is_promised(clock, values, ticket, policy) for values in grades)
        if promised and not left:
            raise Refused(
                "This removes the promise of {clock} while it runs, and needs a reason.",
                hint="Say why with --{asks}.",
                clock=clock,
                asks="reason",
                field_paths=tuple(sorted(GRADED_FIELDS & event.set.keys())),
            )


def _is_promised(clock: str, grades: Mapping[str, Value], ticket: Ticket, policy: Policy) -> bool:
    level, kind = str(grades.get("priority") or ""), str(grades.get("kind") or "")
    known = level or policy.version(ticket.reported_at).levels[-1]
    return policy.target(known, clock, kind=kind, site=ticket.site, reported=ticket.reported_at) is not None


def _check_links(ticket: Ticket, event: Event) -> None:
    linking = any(path.partition(".")[0] == "links" for path in event.rewrote)
    if linking and any(link.to == ticket.id for link in ticket.links):
        raise Refused("{id} cannot be linked to itself.", hint="Name another ticket.", id=ticket.id)


def _check_fields(ticket: Ticket, event: Event, policy: Policy) -> None:
    paths = policy.required_fields(ticket.kind, event.do, ticket.priority)
    missing = tuple(path for path in paths if not _is_filled(ticket, path))
    if missing:
        raise Refused(
            "{do} needs {fields}.",
            hint="Fill them in, here or with edit.",
            do=event.do,
            fields=tuple(missing),
            field_paths=missing,
        )


def _is_filled(ticket: Ticket, path: str) -> bool:
    value = ticket.look_up(path)
    field = FIELD_BY_KEY.get(path)
    if field and field.type == "group" and isinstance(value, Mapping):
        flags = [part.key for part in field.parts if part.type == "flag"]
        return all(value.get(key) is True for key in flags) if flags else any(map(_has_content, value.values()))
    return _has_content(value)


def _has_content(value: Value) -> bool:
    """Whether a value says something: text that is not blank, a flag that is true, any number."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value is not False and value not in ([], {})
