"""Looking a whole desk over: files that cannot be read, tickets whose parts do not agree, and doubles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import clock, flow
from fenji.errors import FenjiError, Problem, Sentence
from fenji.store import place
from fenji.ticket import CLOSED

if TYPE_CHECKING:
    from fenji.desk.outlook import Outlook
    from fenji.policy import Policy
    from fenji.repo import Repo
    from fenji.store import Stored
    from fenji.ticket import Ticket


@dataclass(frozen=True)
class Findings:
    """What a check found: `damaged` files cannot be used as they are, `remarks` deserve a look. Nothing was changed."""

    tickets: int
    damaged: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


def findings(desk: Outlook) -> Findings:
    """Look a desk over, archive and all."""
    scans = desk.store.scan_open(), desk.store.scan_archive()
    tickets = [one for scan in scans for one in scan.tickets]
    damaged = [problem for scan in scans for bad in scan.bad for problem in bad.problems]
    remarked = [one for stored in tickets for one in remarks(desk.root, stored, desk.policy)]
    away = _left_with_the_hub(desk.repo)
    remarked = [one for one in remarked if (Path(one.path).stem, one.key) not in away]
    remarked += _clone(desk.repo)
    rules = (*desk.policy_bad, *desk.synonyms().problems)
    return Findings(len(tickets), (*rules, *damaged, *_doubles(tickets)), tuple(remarked))


def _left_with_the_hub(repo: Repo) -> set[tuple[str, str]]:
    """The attachments that a thin clone does not have: number, and key of the item."""
    from fenji.repo import thin

    found = thin.left_out(repo, f"{repo.prefix}tickets/files") if thin.is_thin(repo) else set()
    return {(path.split("/")[-2], f"files.{path.rpartition('/')[2]}") for path in found}


def _clone(repo: Repo) -> Iterator[Problem]:
    """What a pull by hand would miss, where there is somebody to pull from."""
    from fenji.repo import refs, remotes
    from fenji.sync import driver_problem

    message = driver_problem(repo) if remotes.find_remote(repo, refs.branch(repo)) else None
    if message:
        yield Problem(".git/config", 0, 0, "merge.fenji", message)


def _doubles(tickets: Iterable[Stored]) -> Iterator[Problem]:
    """Tickets that share their number or their identity with one that was met before."""
    met: dict[str, Stored] = {}
    for one in tickets:
        for key, value in (("uid", one.ticket.uid), ("id", one.ticket.id)):
            other = met.setdefault(value, one)
            if other is not one:
                yield Problem(one.path, 0, 0, key, Sentence("stands in {path} too", {"path": other.path}))
                break


def remarks(root: Path, stored: Stored, policy: Policy) -> Iterator[Problem]:
    """What does not agree within one ticket."""
    ticket, path = stored.ticket, stored.path
    for key, message in (*_log(ticket), *_sla(ticket, policy), *_files(root, ticket), *_owner(ticket, policy)):
        yield Problem(path, 0, 0, key, message)
    if stored.barred:
        template = "{fields} can no longer be changed: fenji sync puts the values back and keeps what was typed"
        yield Problem(path, 0, 0, "", Sentence(template, {"fields": ", ".join(stored.barred)}))
    elif stored.changed:
        message = Sentence("the header was changed by hand; the next act writes the event that explains it")
        yield Problem(path, 0, 0, "", message)
    if place(ticket) != path:
        yield Problem(path, 0, 0, "", Sentence("belongs at {path}; the next act moves it", {"path": place(ticket)}))


def _log(ticket: Ticket) -> Iterator[tuple[str, Sentence]]:
    for event in flow.standing(ticket).uncounted:
        values = {"do": event.do, "by": event.by, "at": event.at.isoformat()}
        yield f"log.{event.n}", Sentence("{do} by {by} at {at} is not legal at its place and does not count", values)


def _sla(ticket: Ticket, policy: Policy) -> Iterator[tuple[str, Sentence]]:
    frozen = ticket.get("sla")
    confirmed = next((one for one in reversed(ticket.log) if one.do == "confirm"), None)
    at = confirmed.at if confirmed else max((one.at for one in ticket.log), default=None)
    if at is None or (ticket.state in CLOSED and not frozen):
        return
    try:
        reading = clock.reading(ticket, policy, at)
    except FenjiError as error:
        yield "log", error.sentence
        return
    if not isinstance(frozen, Mapping) or confirmed is None:
        return
    for name, one in (("response", reading.response), ("solution", reading.solution)):
        held = frozen.get(name)
        if one.met is not None and (not isinstance(held, Mapping) or held.get("met") is not one.met):
            yield f"sla.{name}", Sentence("the frozen verdict is not the one that the log gives")


def _owner(ticket: Ticket, policy: Policy) -> Iterator[tuple[str, Sentence]]:
    if ticket.owner and ticket.state not in CLOSED and policy.people and ticket.owner not in policy.people:
        yield "owner", Sentence("the policy knows no person {person}", {"person": ticket.owner})


def _files(root: Path, ticket: Ticket) -> Iterator[tuple[str, Sentence]]:
    for item in ticket.items("files"):
        name = str(item["name"])
        path = root / "tickets" / "files" / ticket.id / name
        if Path(name).name != name:
            yield f"files.{name}", Sentence("is no plain name of a file")
        elif path.is_symlink() or not path.is_file():
            yield f"files.{name}", Sentence("the attachment is missing")
        elif item.get("sha256") and _sha256(path) != item["sha256"]:
            yield f"files.{name}", Sentence("the attachment is not the one that was attached")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
