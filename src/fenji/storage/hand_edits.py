"""Find headers changed in an editor, and make the events that explain them (format 2). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Refused, Sentence
from fenji.model import workflow
from fenji.model.conflicts import seen_entry
from fenji.model.known_names import list_named
from fenji.model.merge import equal_values, flatten
from fenji.model.ticket import Event, Ticket, Value, is_short, state_item_parts

if TYPE_CHECKING:
    from fenji.model.policy import Policy


_STATE_LINE = re.compile(rb"^state: ([a-z]+)\s*$", re.MULTILINE)
# Fields that nobody edits: identity, values derived from the log, and the frozen verdict.
_NOT_EDITABLE = frozenset({"id", "uid", "formerly", "state", "origin", "sla"})


def find_unexplained(ticket: Ticket) -> tuple[str, ...]:
    """Return the short fields whose value in the header differs from the one in the log's `set` entries.

    A field that no event names counts only if the report states first values, as it should be among them. A ticket
    with a step that this version does not know is only read here, so it is for a newer one to explain.
    """
    if workflow.find_unknown_step(ticket.log):
        return ()
    return tuple(_iter_unexplained(ticket, dict(flatten(ticket))))


def _iter_unexplained(ticket: Ticket, header: Mapping[str, Value]) -> Iterator[str]:
    for field_path, value in _stated_values(ticket).items():
        if field_path not in _NOT_EDITABLE and not equal_values(header.get(field_path), value):
            yield field_path
    if any(event.do == "report" and event.set for event in ticket.log):
        touched = {name for event in ticket.log for name in (*event.set, *event.rewrote)}
        for field_path in header:
            if is_short(field_path) and field_path != "site" and not _is_covered(field_path, touched):
                yield field_path


def _stated_values(ticket: Ticket) -> dict[str, Value]:
    """Return the value of each short field from the latest event that touches it, if that event states the value."""
    stated: dict[str, Value] = {}
    for event in ticket.log:
        if event.do == "superseded":
            continue
        stated |= {field_path: value for field_path, value in event.set.items() if is_short(field_path)}
        for name in event.rewrote:
            part_start = f"{name}."
            for field_path in [path for path in stated if path == name or path.startswith(part_start)]:
                del stated[field_path]
    return stated


def explain_hand_edit(ticket: Ticket, before: Ticket | None = None) -> dict[str, Value]:
    """Return the body (`set`, `rewrote`) of the `edit` event that explains a header changed by hand; empty for none.

    Short fields are compared with the log, and all fields with `before`, an earlier version of the ticket, if given:
    a field that differs from it, and that no later event touches, was changed by hand.
    """
    if workflow.find_unknown_step(ticket.log):
        return {}
    fields = dict(flatten(ticket))
    header = {**fields, **ticket.extra}
    changed = dict.fromkeys(_iter_unexplained(ticket, fields))
    if before and not lacks_events(ticket, before):
        changed |= dict.fromkeys(_iter_unlogged(ticket, before, header))
    set_ = {
        field_path: header.get(field_path)
        for field_path in changed
        if is_short(field_path) or isinstance(ticket.extra.get(field_path), str)
    }
    rewrote = sorted(changed.keys() - set_.keys())
    return {**({"set": set_} if set_ else {}), **({"rewrote": rewrote} if rewrote else {})}


def explain_against(ticket: Ticket, bases: Iterable[Ticket]) -> dict[str, Value]:
    """Return the body of the `edit` event for differences from these earlier versions that no event explains.

    Without an earlier version the ticket is new, and every field that its report does not name must be explained.
    """
    bases = list(bases)
    if not bases:
        return _unite([explain_hand_edit(ticket), {"rewrote": find_unreported(ticket)}])
    return _unite(explain_hand_edit(ticket, base) for base in bases)


def is_explained(ticket: Ticket, typed: bytes, before: Ticket | None) -> bool:
    """Return whether events explain how a ticket's file differs from an earlier version (None: the ticket is new).

    Changed attachments do not count: they are renamed if two sites chose the same name, and no event records that.
    """
    body = explain_against(ticket, (before,) if before else ())
    field_paths = (field_path for part in body.values() for field_path in _iter_names(part))
    is_outdated = before is not None and lacks_events(ticket, before)
    return (
        not is_outdated
        and all(str(field_path).partition(".")[0] == "files" for field_path in field_paths)
        and read_state(typed) == ticket.state
        and not find_frozen(ticket, before)
    )


def read_state(data: bytes) -> str:
    """Return the state in the `state:` line of a ticket's file; `""` if there is no such line."""
    match = _STATE_LINE.search(data)
    return match[1].decode() if match else ""


def _unite(bodies: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    set_: dict[str, Value] = {}
    rewrote: set[str] = set()
    for body in bodies:
        part, names = body.get("set"), body.get("rewrote")
        set_ |= part if isinstance(part, Mapping) else {}
        rewrote |= {str(name) for name in names} if isinstance(names, list) else set()
    return {**({"set": set_} if set_ else {}), **({"rewrote": sorted(rewrote)} if rewrote else {})}


def find_unreported(ticket: Ticket) -> list[str]:
    """Return long texts and items of a new ticket that no event names, if its report lists its first values.

    Attachments are named by events of their own.
    """
    stated = any(event.do == "report" and (event.set or event.rewrote) for event in ticket.log)
    if not stated or workflow.find_unknown_step(ticket.log):
        return []
    touched = {name for event in ticket.log for name in (*event.set, *event.rewrote)}
    field_paths = (
        field_path
        for field_path, _ in flatten(ticket)
        if not is_short(field_path) and not field_path.startswith("files.")
    )
    return [field_path for field_path in field_paths if not _is_covered(field_path, touched)]


def _iter_unlogged(ticket: Ticket, before: Ticket, header: Mapping[str, Value]) -> Iterable[str]:
    touched = {name for event in ticket.events_since(before) for name in (*event.set, *event.rewrote)}
    earlier = {**dict(flatten(before)), **before.extra}
    for field_path in {**header, **earlier}:
        if (
            field_path not in _NOT_EDITABLE
            and not equal_values(header.get(field_path), earlier.get(field_path))
            and not _is_covered(field_path, touched)
        ):
            yield field_path


def _is_covered(field_path: str, names: Iterable[str]) -> bool:
    return field_path in names or field_path.partition(".")[0] in names


def lacks_events(ticket: Ticket, committed: Ticket) -> bool:
    """Whether committed events are missing from the log, which is append-only."""
    return ticket.uid == committed.uid and bool(committed.events_since(ticket))


def with_edit_event(ticket: Ticket, body: Mapping[str, Value], *, by: str, at: datetime) -> Ticket:
    """Return the ticket with the events that explain a header changed by hand; `body` has `set` and `rewrote`.

    Changes of kind and grade become a `classify` event, all others an `edit` event (format 2).
    """
    graded = [field_path for field_path in _iter_names(body.get("set")) if field_path in workflow.GRADED_FIELDS]
    parts = {"classify": _keep_paths(body, graded), "edit": without_paths(body, map(str, graded))}
    at = date_found(ticket, at)
    for do, part in parts.items():
        changed = [str(field_path) for key in ("set", "rewrote") for field_path in _iter_names(part.get(key))]
        logged: dict[str, Value] = {"logged": at} if workflow.is_behind_log(ticket, at) else {}
        if changed:
            seen = seen_entry(ticket, changed)
            stated = part.get("set")
            set_ = {**(stated if isinstance(stated, Mapping) else {}), **state_item_parts(None, ticket, changed)}
            more = {**part, **({"set": set_} if set_ else {}), **seen, **logged}
            ticket = ticket.with_events([Event(ticket.next_n, at, by, do, more)])
    return ticket


def date_found(ticket: Ticket, at: datetime) -> datetime:
    """Return the instant for an event that nobody dated, such as a hand edit found at `at`.

    If `at` is before the report, because a clock was set back, this is the instant of the latest event.
    """
    reported = ticket.reported_at
    return max(event.at for event in ticket.log) if reported and at < reported else at


def _keep_paths(body: Mapping[str, Value], field_paths: Iterable[object]) -> dict[str, Value]:
    stated, kept = body.get("set"), set(field_paths)
    values = (
        {field_path: value for field_path, value in stated.items() if field_path in kept}
        if isinstance(stated, Mapping)
        else {}
    )
    return {"set": values} if values else {}


def _iter_names(value: Value) -> Iterable[object]:
    return value if isinstance(value, Mapping | list) else ()


# --- what may not be changed by hand -------------------------------------------------------------------------------

_GRADE_PATHS = ("impact", "occurrence", "priority", "kind")
_FROZEN_KEYS = {
    "sla": frozenset({"confirm", "excuse", "reopen"}),
    "formerly": frozenset[str](),
    "origin": frozenset[str](),
}


def find_locked(ticket: Ticket, body: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the fields that a hand edit changed although the ticket's state has settled them (format 4)."""
    event = Event(ticket.next_n, datetime.min, "", "edit", body)
    state = workflow.current_state(ticket).state
    settled = workflow.GRADED_FIELDS if state == "solved" else frozenset[str]()
    locked = workflow.locked_fields(state, event) | settled
    return tuple(field_path for field_path in (*event.set, *event.rewrote) if field_path.partition(".")[0] in locked)


def find_refused(
    ticket: Ticket, body: Mapping[str, Value], policy: Policy | None, *, at: datetime, before: Ticket | None = None
) -> dict[str, Sentence]:
    """Return by field why a command would refuse values of a hand edit: the site, and values unknown to the policy.

    The latter are grades (a priority also if the policy requires a reason for it), people and units. `before` is an
    earlier version, whose people and units may stay.
    """
    stated = body.get("set")
    stated = stated if isinstance(stated, Mapping) else {}
    if policy is None or not body:
        return {}
    refused = {
        field_path: Sentence("{field} is not set by hand.", {"field": field_path})
        for field_path in stated
        if field_path == "site"
    }
    for field_path in (field_path for field_path in _GRADE_PATHS if field_path in stated):
        event = Event(ticket.next_n, at, "", "classify", {"set": {field_path: stated[field_path]}})
        try:
            workflow.check(ticket, event, policy, now=at)
        except Refused as refusal:
            if {"field", "matrix", "clock"} & refusal.sentence.values.keys():  # not about who edits, or when
                refused[field_path] = refusal.sentence
    rewrote = body.get("rewrote")
    items = {
        str(field_path): ticket.look_up(str(field_path))
        for field_path in (rewrote if isinstance(rewrote, list) else ())
    }
    former = before or revert_paths(ticket, ("owner", "units"), None)
    named = list_named({**stated, **items}, former, policy)
    return {each.field_path: each.refusal for each in named if each.is_unknown} | refused


def refuse_typed(ticket: Ticket, refused: Mapping[str, Sentence]) -> None:
    """Raise Refused for the first value typed by hand that a command would refuse; do nothing if there is none."""
    for field_path, why in refused.items():
        raise Refused(
            "{field} was changed in the file of {id}: {reason}",
            hint="Set it with a command and a reason, or let fenji sync put it back: the log keeps it.",
            id=ticket.id,
            field=field_path,
            reason=why,
        )


def drops_typed(typed: Ticket, committed: Ticket | None, after: Ticket) -> bool:
    """Return whether a value typed in a file is in neither `committed` nor `after`, so that it would be lost."""
    known = dict(flatten(committed)) if committed else {}
    kept = dict(flatten(after))
    return any(
        not equal_values(known.get(field_path), value) and not equal_values(kept.get(field_path), value)
        for field_path, value in flatten(typed)
        if field_path not in _NOT_EDITABLE
    )


def find_frozen(ticket: Ticket, before: Ticket | None) -> tuple[str, ...]:
    """Return which of `sla`, `formerly` and `origin` differ from `before` without an event that may change them."""
    if before is None or before.uid != ticket.uid or workflow.find_unknown_step(ticket.log):
        return ()
    new_acts = {event.do for event in ticket.events_since(before)}
    return tuple(
        key
        for key, do in _FROZEN_KEYS.items()
        if not do & new_acts and not equal_values(ticket.look_up(key), before.look_up(key))
    )


def revert_paths(ticket: Ticket, names: Iterable[str], before: Ticket | None) -> Ticket:
    """Return the ticket with these fields as the log states them, else as in the version `before`."""
    earlier = {**dict(flatten(before)), **before.extra} if before else {}
    earlier |= {key: before.look_up(key) for key in _FROZEN_KEYS} if before else {}
    former = {**earlier, **_stated_values(ticket)}
    wanted = {name: former.get(name) for name in names}
    unknown = {
        name: wanted.pop(name) for name in (*wanted,) if name in ticket.extra or name in (before or ticket).extra
    }
    extra = {key: value for key, value in {**ticket.extra, **unknown}.items() if value is not None}
    return replace(ticket.with_fields(wanted), extra=extra)


def without_paths(body: Mapping[str, Value], names: Iterable[str]) -> dict[str, Value]:
    """Return the body of an `edit` event without these fields."""
    return _drop_paths(body, set(names))


def with_edit_event_before(ticket: Ticket, base: Ticket, body: Mapping[str, Value]) -> Ticket:
    """Insert an `edit` event before the events that came after `base`, with the date and author of the first of them.

    Fields that those events changed need no explanation. Returns the ticket unchanged if nothing is left to explain.
    """
    new_events = ticket.events_since(base)
    touched = {name for event in new_events for name in (*event.set, *event.rewrote)}
    remaining = _drop_paths(body, touched)
    if not remaining or not new_events:
        return ticket
    at = new_events[0].logged or new_events[0].at
    later = [replace(event, n=event.n + 1) for event in new_events]
    return replace(ticket, log=with_edit_event(base, remaining, by=new_events[0].by, at=at).with_events(later).log)


def _drop_paths(body: Mapping[str, Value], names: set[str]) -> dict[str, Value]:
    set_, rewrote = body.get("set"), body.get("rewrote")
    kept: dict[str, Value] = {}
    if isinstance(set_, Mapping):
        kept["set"] = {field_path: value for field_path, value in set_.items() if not _is_covered(field_path, names)}
    if isinstance(rewrote, list):
        kept["rewrote"] = [field_path for field_path in rewrote if not _is_covered(field_path, names)]
    return {key: value for key, value in kept.items() if value}
