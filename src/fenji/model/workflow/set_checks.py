"""Check the values that an event sets, whatever the state of its ticket. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from fenji.errors import RefusalCollector, Refused
from fenji.model.queue_names import is_queue
from fenji.model.ticket import PLAN_PREFIX, Event, Ticket, Value, find_item_part, parse_day
from fenji.model.workflow.steps import GRADED_FIELDS

if TYPE_CHECKING:
    from fenji.model.policy import Policy

_NAMING_PARTS = ("owner", "who")  # fields of the ticket and parts of its items that name a person
BASELINE = "baseline"  # the reason of a note that sets a new baseline


def check_people(event: Event) -> None:
    """Refuse a person named like a duty queue, since figures could not tell the two apart."""
    values = (value for path, value in event.set.items() if path.rpartition(".")[2] in _NAMING_PARTS)
    for name in (event.by, *map(str, filter(None, values))):
        if is_queue(name):
            hint = "Leave the owner empty, and the queue of the site answers."
            raise Refused("{name} is a duty queue, not a person.", hint=hint, name=name)


def check_graded_by_classify(event: Event) -> None:
    """Refuse a kind or grade set by a step other than `report` and `classify` (clock rules 16)."""
    graded = sorted(GRADED_FIELDS & {*event.set, *event.rewrote})
    if graded and event.do not in ("report", "classify"):
        raise Refused(
            "{do} sets {fields}, which only classify changes.",
            hint="Take the classify step.",
            do=event.do,
            fields=tuple(graded),
        )


def check_grade_words(values: Mapping[str, Value], policy: Policy, reported: datetime, at: datetime) -> None:
    """Refuse each grade among the values that the policy does not have."""
    choices: Mapping[str, Sequence[str]] = {
        "priority": (*policy.version(reported).levels, *policy.version(at).levels),
        "impact": policy.impact,
        "occurrence": policy.occurrence,
    }
    refusals = RefusalCollector()
    for path, words in choices.items():
        with refusals.checking():
            _check_choice(path, values.get(path), words)
    refusals.raise_all()


def _check_choice(path: str, value: Value, choices: Sequence[str]) -> None:
    if value and value not in choices:
        raise Refused(
            "{value} is not a known {field}.",
            hint="Choose one of: {choices}.",
            value=value,
            field=path,
            choices=tuple(dict.fromkeys(choices)),
            field_paths=(path,),
        )


def check_plan(before: Ticket, event: Event, policy: Policy, *, written: datetime) -> None:
    """Refuse a due or baseline that the writer may not set, and a done in the future, or too far back for a non-lead.

    `before` has the log without the event; what that log states of an item counts, not what the header says.
    """
    is_lead = "lead" in policy.roles(event.by, written)
    if event.do == "note" and event.reason == BASELINE and not is_lead:
        _check_baseline(before, event, policy)
    for key, part, value in _stated_parts(event):
        if part == "due" and not is_lead:
            _check_due(key, value, before, event, policy)
        elif part == "done" and (done := parse_day(value)):
            zone = policy.calendar_at(before.site, written).zone
            end = datetime.combine(done + timedelta(days=1), time(), zone).astimezone(UTC)
            _check_done(key, done, since_end=written - end, backdate=None if is_lead else policy.backdate)


def _stated_parts(event: Event) -> Iterator[tuple[str, str, Value]]:
    for path, value in event.set.items():
        if path.startswith(PLAN_PREFIX) and find_item_part(path):
            name, _, part = path.rpartition(".")
            yield name[len(PLAN_PREFIX) :], part, value


def _last_stated(ticket: Ticket, path: str) -> Value:
    values = [event.set[path] for event in sorted(ticket.log, key=lambda event: event.sort_key) if path in event.set]
    return values[-1] if values else None


def _check_due(key: str, value: Value, before: Ticket, event: Event, policy: Policy) -> None:
    former = _last_stated(before, f"{PLAN_PREFIX}{key}.due")
    owner = str(_last_stated(before, "owner") or before.owner)
    if former and former != value and event.by != owner:
        raise Refused(
            "Only the ticket's owner or a lead can move the due of {key}.",
            hint="Ask {owner}, or a lead.",
            key=key,
            owner=policy.display_name(owner) if owner else "-",
        )


def _check_baseline(before: Ticket, event: Event, policy: Policy) -> None:
    owner = str(_last_stated(before, "owner") or before.owner)
    if event.by != owner:
        raise Refused(
            "Only the ticket's owner or a lead can set a new baseline.",
            hint="Ask {owner}, or a lead.",
            owner=policy.display_name(owner) if owner else "-",
        )


def _check_done(key: str, done: date, *, since_end: timedelta, backdate: timedelta | None) -> None:
    """Refuse a day in the future, or one longer ago than `backdate` (None: no limit)."""
    if since_end <= -timedelta(days=1):
        raise Refused("{key} is not done yet on {day}.", hint="Give the day it was done on.", key=key, day=str(done))
    if backdate is not None and since_end > backdate:
        raise Refused(
            "Only a lead can record that {key} was done as long ago as {day}.",
            hint="Ask a lead, or give a later day.",
            key=key,
            day=str(done),
        )
