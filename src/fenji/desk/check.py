"""Check a whole desk for unreadable files, inconsistent tickets and duplicates."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji import files
from fenji.errors import FenjiError, Problem, Sentence, os_reason
from fenji.model import sla as clocks
from fenji.model import workflow
from fenji.model.annotations import RefusedStep, without_repetitions
from fenji.model.ticket import CLOSED_STATES, FieldPath, Ticket
from fenji.storage import StoredTicket, remarks, ticket_path

if TYPE_CHECKING:
    from fenji.desk.reads import DeskReads
    from fenji.git import Repo
    from fenji.model.policy import Policy


_HELD = "is held back, see fenji held: {reason}"


class CheckResult(Struct, frozen=True):
    """The result of a check: `damaged` files cannot be used as they are, `remarks` deserve a look."""

    tickets: int
    damaged: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


def check_desk(desk: DeskReads) -> CheckResult:
    """Check a desk, its archive included; changes nothing."""
    from fenji.storage import issued_figures
    from fenji.sync.held import list_held
    from fenji.sync.record import find_left_alone

    scans = desk.store.reader.scan_open(), desk.store.reader.scan_archive()
    tickets = [stored for scan in scans for stored in scan.tickets]
    damaged = [problem for scan in scans for bad in scan.bad_files for problem in bad.problems]
    warnings = [problem for stored in tickets for problem in check_ticket(desk.root, stored, desk.policy)]
    at_hub = _attachments_at_hub(desk.repo)
    warnings = [problem for problem in warnings if (Path(problem.path).stem, problem.key) not in at_hub]
    status = desk.repo.read_status(ignored=True)
    warnings += [*_find_placeholders(desk.repo), *_check_clone(desk.repo, status.ignored)]
    warnings += find_left_alone(desk.store, status.uncommitted)
    held = list_held(desk.repo)
    warnings += [Problem(act.path, 0, 0, act.do, Sentence(_HELD, {"reason": act.reason})) for act in held]
    desk.history_watch.scan(desk.policy)
    marks = [mark for group in desk.marks.values() for mark in without_repetitions(group)]
    warnings += [replace(mark.problem, path=_path_of(mark, tickets)) for mark in marks if isinstance(mark, RefusedStep)]
    policy_problems = (*desk.policy_problems, *desk.synonyms.in_force().problems, *_owned_file_problems(desk))
    damaged += issued_figures.find_problems(desk.root)
    return CheckResult(len(tickets), (*policy_problems, *damaged, *_find_duplicates(tickets)), tuple(warnings))


def _path_of(mark: RefusedStep, tickets: Iterable[StoredTicket]) -> str:
    return next((stored.path for stored in tickets if stored.ticket.uid == mark.uid), mark.subject)


def _owned_file_problems(desk: DeskReads) -> Iterator[Problem]:
    """Yield the problems of the desk's other rule files, besides policy.yaml, that exist."""
    from fenji.storage import owned_files

    for path in owned_files.READERS:
        try:
            data, _ = files.read(desk.root / path)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield Problem(path, 0, 0, "", Sentence("cannot be read: {reason}", {"reason": os_reason(error)}))
        else:
            yield from owned_files.find_problems(path, data)


def _attachments_at_hub(repo: Repo) -> set[tuple[str, str]]:
    """Return the attachments that a partial clone left at the hub, as (ticket number, item key)."""
    from fenji.git import partial

    paths = partial.list_left_out(repo, f"{repo.prefix}tickets/files") if partial.is_partial(repo) else set()
    return {(path.split("/")[-2], f"files.{path.rpartition('/')[2]}") for path in paths}


def _find_placeholders(repo: Repo) -> Iterator[Problem]:
    """Yield a problem for each empty file in place of an attachment that a partial clone left at the hub."""
    from fenji.git import partial

    paths = partial.find_placeholders(repo, f"{repo.prefix}tickets/files") if partial.is_partial(repo) else ()
    for path in paths:
        message = Sentence(
            ("was left empty by a broken fetch; `fenji files {id}` fetches it"), {"id": path.split("/")[-2]}
        )
        yield Problem(repo.desk_path(path), 0, 0, "", message)


def find_clock_problem(repo: Repo) -> Sentence | None:
    """Return how far this machine's clock differs from the hub's or the desk's history; None if it seems right."""
    from fenji.git import clock_check

    return clock_check.find_clock_problem(repo)


def find_absent_tickets(repo: Repo) -> Sentence | None:
    """Return the sentence that says how many tickets a sparse checkout keeps off this disk; None if it keeps none."""
    if not (repo.git_dir / "info/sparse-checkout").exists():
        return None  # the usual case, found without starting git
    from fenji.git import partial
    from fenji.git.config import read_flag

    sparse = read_flag(repo.top, "core.sparsecheckout")
    below = (f"{repo.prefix}{folder}/" for folder in ("tickets/open", "tickets/archive"))
    paths = [path for folder in below for path in partial.list_left_out(repo, folder)] if sparse else []
    if not paths:
        return None
    return Sentence(
        "{count} ticket is in git, not on this disk, so not shown; git sparse-checkout disable restores it.",
        {"count": len(paths)},
        plural=(
            "{count} tickets are in git, not on this disk, so not shown; git sparse-checkout disable restores them."
        ),
    )


def _check_clone(repo: Repo, ignored: Iterable[str]) -> Iterator[Problem]:
    """Yield the problems of the clone: a missing merge driver, ignored files, and a HEAD off the desk's branch."""
    from fenji.git import branches
    from fenji.sync import driver_problem
    from fenji.sync.record import ignored_problems

    message = driver_problem(repo) if branches.find_remote(repo) else None
    if message:
        yield Problem(".git/config", 0, 0, "merge.fenji", message)
    yield from ignored_problems(ignored)
    elsewhere = describe_elsewhere(repo)
    if elsewhere:
        yield Problem(".git/HEAD", 0, 0, "", elsewhere)


def describe_elsewhere(repo: Repo) -> Sentence | None:
    """Return what will happen to acts recorded off the desk's branch; None if there are none and HEAD is on it."""
    from fenji.git import branches

    elsewhere = branches.describe_elsewhere(repo)
    if elsewhere is None:
        waiting = Sentence("what was recorded on another branch or on none is merged by the next sync")
        return waiting if branches.list_left_behind(repo) else None
    values = dict(zip(("here", "branch"), elsewhere, strict=True))
    if not values["here"]:
        return Sentence("HEAD is on no branch; the next sync merges it into {branch}", values)
    return Sentence("HEAD is on {here}; the next sync merges it into {branch}", values)


def _find_duplicates(tickets: Iterable[StoredTicket]) -> Iterator[Problem]:
    """Yield a problem for each ticket that shares its number or uid with an earlier one."""
    seen: dict[str, StoredTicket] = {}
    for stored in tickets:
        for key, value in (("uid", stored.ticket.uid), ("id", stored.ticket.id)):
            earlier = seen.setdefault(value, stored)
            if earlier is not stored:
                yield Problem(stored.path, 0, 0, key, Sentence("is also in {path}", {"path": earlier.path}))
                break


def check_ticket(root: Path, stored: StoredTicket, policy: Policy) -> Iterator[Problem]:
    """Yield the inconsistencies within one ticket."""
    ticket, path = stored.ticket, stored.path
    for key, message in (
        *_check_log(ticket),
        *_check_sla(ticket, policy),
        *_check_attachments(root, ticket),
        *_check_known(ticket, policy),
    ):
        yield Problem(path, 0, 0, key, message)
    for remark in remarks.find_remarks(_read_bytes(root / path)):
        template = (
            "the comment “{text}” is not part of the ticket: the next act commits the file with it, then drops it"
        )
        yield Problem(path, remark.line, remark.column, "", Sentence(template, {"text": remark.text}))
    if stored.locked_paths:
        template = "{fields} can no longer be changed: fenji sync puts the values back and keeps what was typed"
        yield Problem(path, 0, 0, "", Sentence(template, {"fields": tuple(stored.locked_paths)}))
    elif stored.hand_edited:
        message = Sentence("the header was changed by hand; the next act writes the event that explains it")
        yield Problem(path, 0, 0, "", message)
    if ticket_path(ticket) != path:
        yield Problem(
            path, 0, 0, "", Sentence("belongs at {path}; the next act moves it", {"path": ticket_path(ticket)})
        )


def _check_log(ticket: Ticket) -> Iterator[tuple[str, Sentence]]:
    for event in workflow.current_state(ticket).uncounted:
        if event.do not in workflow.STEPS:
            template = "{do} is a step that this fenji does not know: {id} can only be read here"
            yield f"log.{event.n}", Sentence(template, {"do": event.do, "id": ticket.id})
            continue
        values = {"do": event.do, "by": event.by, "at": event.at.isoformat()}
        yield f"log.{event.n}", Sentence("{do} by {by} at {at} is not allowed at that point and does not count", values)


def _check_sla(ticket: Ticket, policy: Policy) -> Iterator[tuple[str, Sentence]]:
    try:
        if ticket.log and ticket.state not in CLOSED_STATES:
            clocks.reading(ticket, policy, max(event.at for event in ticket.log))
        differences = clocks.find_differences(ticket, policy)
    except FenjiError as error:
        yield "log", error.sentence
        return
    yield from ((f"sla.{difference.clock}", difference.sentence()) for difference in differences)


def _check_known(ticket: Ticket, policy: Policy) -> Iterator[tuple[str, Sentence]]:
    """Yield the values of an open ticket that the policy does not know, as (field, message)."""
    if ticket.state in CLOSED_STATES:
        return
    if ticket.owner and policy.people and ticket.owner not in policy.people:
        yield "owner", Sentence("the policy has no person {person}", {"person": ticket.owner})
    version = policy.version(ticket.reported_at)
    known: Mapping[FieldPath, Collection[str]] = {
        "priority": (*version.levels, *policy.levels),
        "impact": (*policy.impact, *version.matrix),
        "occurrence": (*policy.occurrence, *(key for row in version.matrix.values() for key in row)),
        "site": policy.sites,
    }
    values: list[tuple[str, str, Collection[str]]] = [
        (field, ticket.word(field), choices) for field, choices in known.items()
    ]
    values += [("units", str(unit), policy.units) for unit in ticket.units]
    for field, value, choices in values:
        if value and choices and value not in choices:
            yield field, Sentence("{value} is not a known {field}", {"value": value, "field": field})


def _read_bytes(path: Path) -> bytes:
    try:
        return files.read(path)[0]
    except OSError:
        return b""


def _check_attachments(root: Path, ticket: Ticket) -> Iterator[tuple[str, Sentence]]:
    for item in ticket.files:
        name = item.name
        path = root / "tickets" / "files" / ticket.id / name
        if Path(name).name != name:
            yield f"files.{name}", Sentence("is not a plain file name")
        elif path.is_symlink() or not path.is_file():
            yield f"files.{name}", Sentence("the attachment is missing")
        elif item.sha256 and _file_sha256(path) != item.sha256:
            yield f"files.{name}", Sentence("the attachment is not the file that was attached")


def _file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
