"""Judge the files that a push leaves on the branch: its tickets, compared with those of the hub.

`events` judges commit by commit how they came about. Damage that was mended again before the push is no fault here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Sentence
from fenji.files import MAX_BYTES
from fenji.judge import events
from fenji.judge.attachments import PushedTree, check_attachment_files, check_attachments
from fenji.judge.lookup import find_tickets
from fenji.judge.paths import attachment_at, ticket_number_at
from fenji.judge.refusals import Refusal, refusal_from_problem
from fenji.model import workflow
from fenji.model.correspondence import is_from_mail
from fenji.model.merge import equal_values, flatten, original_number, possible_numbers
from fenji.model.ticket.ticket import natural_sort_key
from fenji.model.ticket.uid import uid_instant
from fenji.storage import explain_hand_edit, layout
from fenji.storage.hand_edits import find_unreported

if TYPE_CHECKING:
    from fenji.judge.identities import UidIndex
    from fenji.model.ticket import Ticket

_CHUNK_SIZE = 1_000  # ticket numbers whose tickets are in memory at once
_CHECKED_ELSEWHERE = frozenset({"id", "uid", "formerly", "state", "origin", "sla", "site", "files"})


class _TicketBatch(Struct, frozen=True):
    """Some of the differing tickets, by uid: the hub's versions, the pushed versions, and the latter's paths."""

    before: Mapping[str, Ticket]
    after: Mapping[str, Ticket]
    paths: Mapping[str, Sequence[str]]
    unreadable: frozenset[str]


def check_tree(tree: PushedTree) -> Iterator[Refusal]:
    """Yield refusals of the differing tickets and attachments."""
    groups: dict[str, list[str]] = {}
    for path in tree.differences:
        number = ticket_number_at(path) or (attachment_at(path) or ("",))[0]
        if number:
            groups.setdefault(original_number(number), []).append(path)
    numbers = sorted(groups)
    for start in range(0, len(numbers), _CHUNK_SIZE):
        yield from _check_batch(
            [path for number in numbers[start : start + _CHUNK_SIZE] for path in groups[number]], tree
        )
        if len(numbers) > _CHUNK_SIZE:
            tree.contents.clear()


def _check_batch(paths: Sequence[str], tree: PushedTree) -> Iterator[Refusal]:
    ticket_paths = [path for path in paths if ticket_number_at(path)]
    entries = [
        (path, entry)
        for path in ticket_paths
        for entry in (tree.differences[path].before, tree.differences[path].after)
    ]
    tree.contents.parse_tickets(entries)
    present = tree.contents.history.blob_ids(
        tree.commit, [possible_path for path in paths for possible_path in _possible_paths(path)]
    )
    batch = _collect_batch(ticket_paths, tree)
    yield from _check_readable(ticket_paths, tree)
    yield from _check_deleted(batch, tree)
    for uid, ticket in batch.after.items():
        duplicate = _check_duplicate(uid, ticket, batch, present, tree.uid_index)
        tree.uid_index.add(uid, ticket.id)
        before = batch.before.get(uid)
        faults = [duplicate] if duplicate else [*_check_ticket(ticket, before, batch.paths[uid][0], tree)]
        faults += [] if before or tree.is_first_push else _check_taken_number(ticket, batch)
        yield from (replace(fault, uid=uid) for fault in faults)
    yield from check_attachment_files(
        [path for path in paths if attachment_at(path)], {ticket.id for ticket in batch.after.values()}, present, tree
    )


def _possible_paths(path: str) -> Sequence[str]:
    attachment = attachment_at(path)
    return layout.ticket_paths(attachment[0] if attachment else ticket_number_at(path))


def _collect_batch(paths: Sequence[str], tree: PushedTree) -> _TicketBatch:
    before: dict[str, Ticket] = {}
    after: dict[str, Ticket] = {}
    paths_by_uid: dict[str, list[str]] = {}
    unreadable: set[str] = set()
    for path in paths:
        difference = tree.differences[path]
        entries = difference.before, difference.after
        old_ticket, new_ticket = (tree.contents.ticket(entry, path) for entry in entries)
        if old_ticket:
            before[old_ticket.uid] = old_ticket
        if new_ticket:
            after[new_ticket.uid] = new_ticket
            paths_by_uid.setdefault(new_ticket.uid, []).append(path)
        elif difference.after and old_ticket:
            unreadable.add(old_ticket.uid)
    return _TicketBatch(before, after, paths_by_uid, frozenset(unreadable))


# --- as files -----------------------------------------------------------------------------------------------------


def _check_readable(paths: Sequence[str], tree: PushedTree) -> Iterator[Refusal]:
    for path in paths:
        entry = tree.differences[path].after
        if entry and (tree.contents.size(entry.blob) or 0) <= MAX_BYTES:
            for problem in tree.contents.problems(entry, path):
                yield replace(refusal_from_problem(problem), path=path)


def _check_duplicate(
    uid: str, ticket: Ticket, batch: _TicketBatch, present: Mapping[str, str], uid_index: UidIndex
) -> Refusal | None:
    """Return a refusal if a ticket is at two paths, or shares its number or uid with another one, else None."""
    paths = batch.paths[uid]
    twins = {twin for path in paths for twin in layout.ticket_paths(ticket_number_at(path)) if twin in present}
    if len(twins.union(paths)) > 1:
        return Refusal(ticket.id, Sentence("stands twice: {paths}", {"paths": tuple(sorted(twins.union(paths)))}))
    known = "" if uid in batch.before else uid_index.find_number(uid)
    message = Sentence("has the uid of {id}; every ticket has its own", {"id": known})
    return Refusal(paths[0], message) if known else None


def _check_deleted(batch: _TicketBatch, tree: PushedTree) -> Iterator[Refusal]:
    for uid in batch.before.keys() - batch.after.keys() - batch.unreadable:
        if not _exists_elsewhere(batch.before[uid], tree):
            yield refuse_deletion(batch.before[uid])


def refuse_deletion(ticket: Ticket) -> Refusal:
    """Return the refusal for a deleted ticket (format 3)."""
    return Refusal(ticket.id, Sentence("was deleted; tickets are withdrawn, never deleted"), uid=ticket.uid)


def _exists_elsewhere(ticket: Ticket, tree: PushedTree) -> bool:
    return bool(find_tickets(tree.contents, tree.commit, {ticket.uid: [ticket.id]}))


# --- one ticket ---------------------------------------------------------------------------------------------------


def _check_ticket(ticket: Ticket, before: Ticket | None, path: str, tree: PushedTree) -> Iterator[Refusal]:
    if path.rpartition("/")[2] != f"{ticket.id}.yaml":
        yield Refusal(path, Sentence("holds the ticket {id}; a file is named after its ticket", {"id": ticket.id}))
        return
    state = ticket.state if workflow.find_unknown_step(ticket.log) else workflow.current_state(ticket).state
    if ticket.state != state:
        yield Refusal(
            ticket.id,
            Sentence("its state is {state}; its log says {wanted}", {"state": ticket.state, "wanted": state}),
        )
    elif layout.ticket_path(ticket) != path:
        yield Refusal(
            ticket.id,
            Sentence("is {state} and belongs at {path}", {"state": state, "path": layout.ticket_path(ticket)}),
        )
    yield from _check_number(ticket, before, tree)
    yield from _check_header(ticket, before)
    yield from check_attachments(ticket, before, tree)
    forgery = (
        events.find_forgery(ticket, tree.policy)
        if tree.is_first_push and tree.policy and "sla" in ticket.data
        else None
    )
    if forgery:
        yield forgery


def _check_number(ticket: Ticket, before: Ticket | None, tree: PushedTree) -> Iterator[Refusal]:
    """Refuse a changed number, except the longer one of a ticket that shared its number with another (format 3)."""
    former_number = ticket.word("formerly")
    if before is None and not tree.is_first_push:
        yield from _check_new_number(ticket, tree)
    if ticket.site != ticket.id.split("-")[0]:
        yield Refusal(ticket.id, Sentence("belongs to site {site}, but its number to another", {"site": ticket.site}))
    if _joins_numbers(ticket, before):
        return
    if original_number(ticket.id) != (former_number or ticket.id) or (
        former_number and ticket.id not in possible_numbers(ticket.uid, former_number)[1:]
    ):
        yield Refusal(
            ticket.id,
            Sentence(
                "is not a valid number for a ticket born as {born}",
                {"born": former_number or original_number(ticket.id)},
            ),
        )
    if before and before.id != ticket.id:
        remaining = tree.contents.history.blob_ids(tree.commit, layout.ticket_paths(before.id))
        if not remaining or ticket.word("formerly") != (before.word("formerly") or before.id):
            yield Refusal(ticket.id, Sentence("was {former}; a ticket keeps its number", {"former": before.id}))


def _check_taken_number(ticket: Ticket, batch: _TicketBatch) -> Iterator[Refusal]:
    """Refuse a new ticket that takes another one's number with a uid that is much older than its report (format 3).

    The smaller uid keeps a number, so an invented one would rename a ticket that the hub has had for years. The uid of
    an imported or mailed ticket contains no time.
    """
    other = next((old for old in batch.before.values() if old.id == ticket.id and old.uid != ticket.uid), None)
    report = next((event for event in ticket.log if event.do == "report"), None)
    if other is None or report is None or ticket.get("origin") is not None or is_from_mail(ticket):
        return
    if uid_instant(ticket.uid) < (report.logged or report.at) - _UID_SKEW:
        template = "takes its number from ticket {uid} with a uid older than its report; renumber it"
        yield Refusal(ticket.id, Sentence(template, {"uid": other.uid}))


_UID_SKEW = timedelta(days=1)  # between a uid and its report, which is given the uid when it is written


def _joins_numbers(ticket: Ticket, before: Ticket | None) -> bool:
    """Whether a ticket that two sites made from one source has the smaller of the numbers that they gave (format 5)."""
    if ticket.get("origin") is None and not is_from_mail(ticket):
        return False
    number, former = original_number(ticket.id), ticket.word("formerly")
    others = [original_number(other) for other in (former, before.id if before else "") if other]
    smaller = [other for other in others if natural_sort_key(number) < natural_sort_key(other)]
    return bool(smaller) and len(smaller) == sum(other != number for other in others)


def _check_new_number(ticket: Ticket, tree: PushedTree) -> Iterator[Refusal]:
    """Refuse a new ticket of a site that the policy does not know, or of a year after the next one."""
    if tree.policy and ticket.site not in tree.policy.sites:
        template = "belongs to site {site}, which is not in the policy; ask an admin to add it"
        yield Refusal(ticket.id, Sentence(template, {"site": ticket.site}))
    if int(ticket.id.split("-")[1]) > tree.now.year + 1:
        yield Refusal(ticket.id, Sentence("is of a future year; correct the clock and report it again"))


def _check_header(ticket: Ticket, before: Ticket | None) -> Iterator[Refusal]:
    """Refuse header values that no event explains, or that are older than the hub's."""
    if before and _joins_numbers(ticket, before):
        before = before.with_fields({"site": ticket.site})  # the site changes with the number
    body = explain_hand_edit(ticket, before)
    set_fields, rewritten = body.get("set"), body.get("rewrote")
    fields = [
        *(set_fields if isinstance(set_fields, Mapping) else ()),
        *(rewritten if isinstance(rewritten, list) else ()),
    ]
    fields += find_unreported(ticket) if before is None else []
    unexplained = sorted({field for field in fields if field.partition(".")[0] != "files"})
    if unexplained:
        template = "no event explains the value of {fields}; a fenji act or sync writes the event"
        yield Refusal(ticket.id, Sentence(template, {"fields": tuple(unexplained)}))
    elif before:
        reverted = _reverted_fields(ticket, before)
        if reverted:
            yield Refusal(
                ticket.id, Sentence("{fields}: the value is older than the hub's", {"fields": tuple(reverted)})
            )


def _reverted_fields(ticket: Ticket, before: Ticket) -> list[str]:
    """Return the fields that differ from the hub's although the hub has the latest event on them, or there is none."""
    known = {event.digest for event in before.log}
    old_fields, new_fields = dict(flatten(before)), dict(flatten(ticket))
    judged = [name for name in {**old_fields, **new_fields} if name.partition(".")[0] not in _CHECKED_ELSEWHERE]
    differing = [name for name in judged if not equal_values(old_fields.get(name), new_fields.get(name))]
    log = sorted(ticket.log, key=lambda event: event.sort_key, reverse=True) if differing else []
    latest = {name: next((event for event in log if event.touches(name)), None) for name in differing}
    return sorted(name for name, event in latest.items() if event is None or event.digest in known)
