"""Put back values typed by hand that a command would refuse, and keep them in the log to be taken up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Refused, Sentence
from fenji.i18n import say
from fenji.model import workflow
from fenji.model.conflicts import TYPED_KEY
from fenji.model.merge import flatten, to_logged_value
from fenji.model.ticket import PLAN_PREFIX, Event, Ticket, Value, is_short, state_item_parts
from fenji.model.workflow import find_unknown_step
from fenji.storage.hand_edits import date_found, read_state, revert_paths, with_edit_event, without_paths

if TYPE_CHECKING:
    from fenji.model.policy import Policy


class HandEditAuthor(Struct, frozen=True):
    """The presumed author of hand edits, when they are explained, and the policy that says what may be typed."""

    by: str
    at: datetime
    policy: Policy | None = None


class TypedFile(Struct, frozen=True):
    """A file as it was typed, and the version of its ticket whose values are put back."""

    data: bytes
    before: Ticket | None


def with_stated_report(ticket: Ticket) -> Ticket:
    """Return a ticket that was written by hand and never committed, with its first values in its report (format 2).

    The values are taken from its header, as the clocks take them, so that no later event can change what they were.
    """
    report = min(ticket.log, key=lambda event: event.sort_key, default=None)
    if report is None or report.do != "report" or report.set or report.rewrote or find_unknown_step(ticket.log):
        return ticket
    named = {name for event in ticket.log for name in (*event.set, *event.rewrote)}
    first = {path: value for path, value in flatten(ticket) if is_short(path) and path not in (*_IDENTITY, *named)}
    stated = replace(report, body={**report.body, "set": first})
    return replace(ticket, log=tuple(stated if event is report else event for event in ticket.log))


_IDENTITY = ("id", "uid", "site", "state", "formerly", "origin", "sla")


def with_matrix_priority(
    ticket: Ticket, body: dict[str, Value], policy: Policy | None
) -> tuple[Ticket, dict[str, Value]]:
    """Set the priority that the matrix gives, as `classify` does, in a ticket whose grade was typed and in its `body`.

    Return both unchanged if the priority was typed as well, or can no longer be changed.
    """
    stated = body.get("set")
    stated = stated if isinstance(stated, Mapping) else {}
    is_judged = not {"impact", "occurrence"}.isdisjoint(stated) and "priority" not in stated
    if policy is None or not is_judged or ticket.state not in workflow.OPEN_STATES:
        return ticket, body
    priority = policy.priority(ticket.word("impact"), ticket.word("occurrence"), ticket.reported_at)
    if not priority or priority == ticket.priority:
        return ticket, body
    return ticket.with_fields({"priority": priority}), {**body, "set": {**stated, "priority": priority}}


def log_hand_edit(
    ticket: Ticket,
    body: Mapping[str, Value],
    reasons: Mapping[str, Sentence | None],
    typed_file: TypedFile,
    author: HandEditAuthor,
) -> Ticket:
    """Return the ticket with events for what was typed in its file.

    Fields in `reasons` are put back, and a note records each with its reason (None: no note); so is a typed state. The
    rest of `body` becomes an `edit` event.
    """
    values = {**dict(flatten(ticket)), **ticket.extra}
    typed = {path: (values[path], why) for path, why in reasons.items() if why and values.get(path) is not None}
    typed |= find_typed_state(ticket, typed_file)
    ticket = revert_paths(ticket, reasons, typed_file.before) if reasons else ticket
    body = without_paths(body, reasons)
    ticket = with_edit_event(ticket, body, by=author.by, at=author.at) if body else ticket
    return with_typed_values(ticket, typed, author)


def find_refused_items(
    ticket: Ticket, body: Mapping[str, Value], before: Ticket | None, author: HandEditAuthor
) -> dict[str, Sentence]:
    """Return the plan items that the author may not change in the way they were typed, each with the reason."""
    rewrote, policy = body.get("rewrote"), author.policy
    if policy is None or before is None:
        return {}
    paths = [str(path) for path in (rewrote if isinstance(rewrote, list) else ()) if str(path).startswith(PLAN_PREFIX)]
    refused: dict[str, Sentence] = {}
    for path in paths:
        stated = state_item_parts(before, ticket, [path])
        event = Event(ticket.next_n, author.at, author.by, "edit", {"set": stated})
        try:
            workflow.check_plan(ticket, event, policy, written=author.at)
        except Refused as refusal:
            refused[path] = refusal.sentence
    return refused


def find_typed_state(ticket: Ticket, typed_file: TypedFile) -> dict[str, tuple[Value, Sentence]]:
    """Return the state that somebody typed in a file, with why it is put back; `{}` if nobody did.

    A state that follows from the earlier log was not typed: events were added since the file had it.
    """
    before = typed_file.before
    state = read_state(typed_file.data) if before else ""
    earlier = workflow.current_state(before).state if before else ""
    typed = before is not None and state not in ("", ticket.state, earlier)
    return {"state": (state, Sentence("The state follows from the steps: take the step instead."))} if typed else {}


def with_typed_values(ticket: Ticket, typed: Mapping[str, tuple[Value, Sentence]], author: HandEditAuthor) -> Ticket:
    """Return the ticket with a note for each value that was typed by hand and put back: the value, and why."""
    at = date_found(ticket, author.at)
    for path, (value, why) in typed.items():
        logged = to_logged_value(value)
        if isinstance(logged, str) and not is_short(path):
            logged += "\n"  # a long text is written as a block, which ends in a line break
        note: dict[str, Value] = {
            "note": say(why, author.policy.language if author.policy else "en"),
            TYPED_KEY: {path: logged},
        }
        ticket = ticket.with_events([Event(ticket.next_n, at, author.by, "note", note)])
    return ticket
