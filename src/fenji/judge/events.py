"""Judge whether the events that a commit added were legal when their author wrote them.

They are checked against the ticket as that commit has it, whatever a later merge makes of them (format 4). Pure:
revisions, policies and times in, refusals out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Refused, Sentence
from fenji.judge import authors, imported
from fenji.judge.imported import is_brought_in
from fenji.judge.mailed import is_dated_by_mail
from fenji.judge.refusals import Refusal
from fenji.model import sla as clocks
from fenji.model import workflow
from fenji.model.merge import superseded_event
from fenji.model.ticket import Event, Ticket, is_short
from fenji.model.workflow.checks import MAX_CLOCK_SKEW
from fenji.model.workflow.steps import SETTLED_FIELDS

if TYPE_CHECKING:
    from fenji.judge.commits import JudgingContext, TicketRevision
    from fenji.model.policy import Policy

# Events after held ones keep their numbers, so numbers may be skipped; that gains nobody more than the last word.
MAX_SKIPPED_NUMBERS = 100
_DIGEST_DIGITS = 16  # digits of an event's SHA-256 in `of` (format 3)
_KEEPING_KEYS = frozenset({"field", "value", "of"})  # all keys of a `superseded` event
DECIDING_ACTIONS = frozenset({"confirm", "excuse", "reopen"})


def check_events(revision: TicketRevision, context: JudgingContext) -> Iterator[tuple[Refusal, Event]]:
    """Yield refusals of the events that a commit added to one ticket, each with its event."""
    after = revision.after
    if after is None:
        return
    new_events = revision.new_events
    highest = max((event.n for event in revision.known_events.values()), default=0) + len(new_events)
    for event in new_events:
        refusal = _check_event(revision, after, event, context, highest)
        if refusal:
            yield refusal, event


def find_unstated_fields(revision: TicketRevision, context: JudgingContext) -> tuple[str, ...]:
    """Return the settled fields of a new ticket's header that no event names: a later event could unset them."""
    after = revision.after
    if after is None or revision.before:
        return ()
    if any(imported.comes_from_import(revision, event, context.subject) for event in after.log):
        return ()
    named = {name for event in after.log for name in (*event.set, *event.rewrote)}
    return tuple(sorted(field for field in SETTLED_FIELDS - named if after.look_up(field)))


def find_barred_fields(revision: TicketRevision, event: Event) -> tuple[str, ...]:
    """Return the fields that an `edit` changed although the ticket's state locked them; none for other events."""
    if event.do != "edit" or revision.after is None:
        return ()
    earlier = tuple(logged for logged in revision.after.log if (logged.at, logged.n) < (event.at, event.n))
    closed = workflow.locked_fields(workflow.current_state(replace(revision.after, log=earlier)).state, event)
    return tuple(field for field in (*event.set, *event.rewrote) if field.partition(".")[0] in closed)


def _check_event(
    revision: TicketRevision, after: Ticket, event: Event, context: JudgingContext, highest: int
) -> Refusal | None:
    subject, values = after.id, {"do": event.do, "by": event.by, "at": event.at.isoformat()}
    if event.do == "superseded":
        keeps = _keeps_original(revision, after, event, context)
        return None if keeps else Refusal(subject, Sentence("{do} by {by} at {at} keeps a value no event gave", values))
    if max(event.at, event.logged or event.at) > context.now + MAX_CLOCK_SKEW:
        return Refusal(subject, Sentence("{do} by {by} at {at} is in the future", {**values}))
    if event.n > highest + MAX_SKIPPED_NUMBERS:
        template = "{do} by {by} at {at} has the number {n}; the next one is {most}"
        return Refusal(subject, Sentence(template, {**values, "n": event.n, "most": highest}))
    if event.logged and event.logged < event.at:
        return Refusal(subject, Sentence("{do} by {by} at {at} was logged before it happened", {**values}))
    return _check_rights(revision, after, event, context)


def _check_rights(revision: TicketRevision, after: Ticket, event: Event, context: JudgingContext) -> Refusal | None:
    """Return why none of the policies allows an event, or why it arrives too late; None if it is accepted."""
    if imported.comes_from_import(revision, event, context.subject):
        return _check_form(after, event, context)
    refusals = [_refuse_by_policy(revision, after, event, context, policy) for policy in context.policies]
    if refusals and None not in refusals:
        return refusals[0]
    ended = _find_late_end(after, event, context)
    if ended is None:
        return None
    template = "{do} by {by} at {at} comes too late: the role ended on {end}; somebody who has it may take it up"
    values = {"do": event.do, "by": event.by, "at": event.at.isoformat(), "end": ended.date().isoformat()}
    return Refusal(after.id, Sentence(template, values))


def _check_form(after: Ticket, event: Event, context: JudgingContext) -> Refusal | None:
    """Return why an imported event is refused, or None: only its form and its importer's right are judged."""
    at = context.author.at
    faults = [
        imported.find_form_fault(after, event, authors.identify_author(context.author, policy), policy, at)
        for policy in context.policies
    ]
    return Refusal(after.id, faults[0]) if faults and None not in faults and faults[0] else None


def _find_late_end(after: Ticket, event: Event, context: JudgingContext) -> datetime | None:
    """Return when the role ended by which an event was written, or committed for another, if it arrives too late."""
    policy, arrived = context.hub_policy, context.arrived or context.now
    if policy is None:
        return None
    writer = authors.identify_author(context.author, policy)
    speaks = partial(authors.may_speak_for, writer, event.by, policy)
    rights: tuple[tuple[str, Callable[[datetime], bool]], ...] = (
        (event.by, partial(workflow.has_right, after, event, policy)),
        *(((writer, speaks),) if writer != event.by else ()),
    )
    ends = (authors.find_late_end(person, policy, arrived, is_allowed) for person, is_allowed in rights)
    return next((end for end in ends if end), None)


def _keeps_original(revision: TicketRevision, after: Ticket, event: Event, context: JudgingContext) -> bool:
    """Return whether a `superseded` event keeps a value of the event that it names, so that nobody is misquoted.

    The value must be from a merged version, or the named event must be new in this commit and so be judged itself; else
    the commit's author must be allowed to speak for the event's.
    """
    field, digest = str(event.body.get("field")), str(event.body.get("of"))
    if event.body.keys() - _KEEPING_KEYS:
        return False
    candidates = (
        logged for logged in after.log if logged.do != "superseded" and logged.digest[:_DIGEST_DIGITS] == digest
    )
    source = next(
        (
            candidate
            for candidate in candidates
            if (candidate.n, candidate.at, candidate.by) == (event.n, event.at, event.by)
        ),
        None,
    )
    if source is None or not (source.touches(field) or source == min(after.log, key=lambda logged: logged.sort_key)):
        return False
    values = (ticket.extra.get(field, ticket.look_up(field)) for ticket in revision.before)
    if source.digest not in revision.known_events or any(
        superseded_event(field, value, source) == event for value in values
    ):
        return True
    return any(
        authors.may_speak_for(authors.identify_author(context.author, policy), event.by, policy, context.author.at)
        for policy in context.policies
    )


def _refuse_by_policy(
    revision: TicketRevision, after: Ticket, event: Event, context: JudgingContext, policy: Policy
) -> Refusal | None:
    """Return why one policy does not allow an event, or None."""
    values = {"do": event.do, "by": event.by, "at": event.at.isoformat()}
    writer = authors.identify_author(context.author, policy)
    if not authors.may_speak_for(writer, event.by, policy, event.logged or event.at):
        template = "{do} by {by} at {at} came in a commit by {author}, who may not speak for {by}"
        return Refusal(after.id, Sentence(template, {**values, "author": context.author.email or context.author.name}))
    if not authors.may_do_as_program(event):
        return Refusal(after.id, Sentence("{do} by {by} at {at} is a step for a person, not a program", {**values}))
    if not authors.may_do_as_stranger(event, policy):
        template = "{do} by {by} at {at}: {by} is not in the policy; it waits until an admin adds {by}"
        return Refusal(after.id, Sentence(template, {**values}))
    last_known = max((known.logged or known.at for known in revision.known_events.values()), default=None)
    is_dated = is_dated_by_mail(after, event, policy)
    written_at = event.at if is_dated else _estimate_written(event, last_known, context.author.at, policy.backdate)
    if written_at is None:
        template = "{do} by {by} at {at} was written later than it happened and does not say when: `logged` is missing"
        return Refusal(after.id, Sentence(template, {**values}))
    try:
        _check_legality(revision, after, event, policy, written_at)
    except Refused as refusal:
        return Refusal(after.id, refusal.sentence)
    return None


def _estimate_written(
    event: Event, last_known: datetime | None, committed_at: datetime, backdate: timedelta
) -> datetime | None:
    """Estimate when an event was written; return None if it hides that it was written long after it happened.

    That is not before the latest event already in the file, allowing for clock skew. The commit may be later than the
    event was written (a crash, a full disk), so its date counts only beyond the time allowed for backdating.
    """
    stated_at = event.logged or event.at
    behind = last_known is not None and last_known - stated_at > MAX_CLOCK_SKEW
    if event.logged is None and (behind or committed_at - event.at > max(backdate, MAX_CLOCK_SKEW)):
        return None
    return last_known - MAX_CLOCK_SKEW if last_known and behind else stated_at


def _check_legality(
    revision: TicketRevision, after: Ticket, event: Event, policy: Policy, written_at: datetime
) -> None:
    """Raise Refused if the event was illegal in the workflow, or excuses what cannot be excused (clock rules 22)."""
    ticket = ticket_as_of(revision, after, event)
    without = replace(ticket, log=tuple(logged for logged in ticket.log if logged.digest != event.digest))
    if event.do == "edit" and not event.note:
        workflow.check(without, event, policy, now=written_at)  # the event may explain a header changed in an editor
    else:
        workflow.check(ticket, event, policy, now=written_at)
    if event.do == "excuse":
        clocks.check_excuse(without, event, policy)


def ticket_as_of(revision: TicketRevision, after: Ticket, event: Event) -> Ticket:
    """Return the ticket with its short fields as they were when `event` was written, without later events' values."""
    later = [logged for logged in after.log if logged.sort_key > event.sort_key and logged.do != "superseded"]
    touched = {field for logged in later for field in logged.set if is_short(field)}
    earlier = [logged for logged in after.log if logged.sort_key <= event.sort_key and logged.do != "superseded"]
    inherited = {field: ticket.look_up(field) for ticket in revision.before for field in touched}
    stated = {field: value for logged in earlier for field, value in logged.set.items() if field in touched}
    return after.with_fields({**dict.fromkeys(touched), **inherited, **stated}) if touched else after


def check_verdict(revision: TicketRevision, policies: Sequence[Policy]) -> Iterator[Refusal]:
    """Yield refusals of a verdict that a commit froze, changed or left out.

    A verdict that a parent had and no new event affects stays as it was frozen, whatever else a merge brought.
    """
    after = revision.after
    if after is None:
        return
    touched = any(event.do in DECIDING_ACTIONS for event in revision.new_events)
    inherited = any(parent.get("sla") == after.get("sla") for parent in revision.before)
    if (inherited or (not revision.before and after.get("sla") is None)) and not touched:
        return
    if foreign := _list_foreign_parts(after) - set().union(*map(_list_foreign_parts, revision.before)):
        template = "the SLA result holds {parts}, which no confirmation gives"
        yield Refusal(after.id, Sentence(template, {"parts": tuple(sorted(foreign))}))
        return
    refusals = [find_forgery(after, policy) for policy in policies]
    if refusals and None not in refusals and refusals[0]:
        yield refusals[0]


def _list_foreign_parts(ticket: Ticket) -> set[str]:
    frozen = ticket.get("sla")
    return set(clocks.list_foreign_parts(frozen)) if isinstance(frozen, Mapping) else set()


def find_forgery(ticket: Ticket, policy: Policy) -> Refusal | None:
    """Return a refusal of the verdict under `sla`; None if it is the one that the log gives."""
    frozen, event = ticket.get("sla"), clocks.current_confirmation(ticket)
    if event is None:
        template = "has an SLA result, but no confirmation in its log gives one"
        return Refusal(ticket.id, Sentence(template)) if frozen is not None else None
    if frozen is None and is_brought_in(ticket, event):
        return None  # an imported confirmation has no promises
    if not isinstance(frozen, Mapping):
        return Refusal(ticket.id, Sentence("is confirmed but lacks the SLA result"))
    confirmation = frozen.get("confirmed")
    stated = (
        (confirmation.get("at"), confirmation.get("by"), confirmation.get("reason") or "")
        if isinstance(confirmation, Mapping)
        else ()
    )
    if stated != (event.at, event.by, event.reason):
        return Refusal(ticket.id, Sentence("the SLA result does not name its confirmation by {by}", {"by": event.by}))
    try:
        difference = next(iter(clocks.find_differences(ticket, policy)), None)
    except Refused as refusal:
        return Refusal(ticket.id, refusal.sentence)
    template = "the SLA result of {clock} is not the one that the log gives"
    return Refusal(ticket.id, Sentence(template, {"clock": difference.clock})) if difference else None
