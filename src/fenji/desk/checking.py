"""Looking a whole desk over: files that cannot be read, and tickets whose parts do not agree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import clock, flow
from fenji.errors import Problem, Sentence
from fenji.store import place

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.store import Stored
    from fenji.ticket import Ticket


@dataclass(frozen=True)
class Findings:
    """What a check found: `damaged` files cannot be used as they are, `remarks` deserve a look. Nothing was changed."""

    tickets: int
    damaged: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


def remarks(root: Path, stored: Stored, policy: Policy) -> Iterator[Problem]:
    """What does not agree within one ticket."""
    ticket, path = stored.ticket, stored.path
    for key, message in (*_log(ticket), *_sla(ticket, policy), *_files(root, ticket)):
        yield Problem(path, 0, 0, key, message)
    if stored.changed:
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
    if not isinstance(frozen, Mapping) or confirmed is None:
        return
    reading = clock.reading(ticket, policy, confirmed.at)
    for name, one in (("response", reading.response), ("solution", reading.solution)):
        held = frozen.get(name)
        if one.met is not None and (not isinstance(held, Mapping) or held.get("met") is not one.met):
            yield f"sla.{name}", Sentence("the frozen verdict is not the one that the log gives")


def _files(root: Path, ticket: Ticket) -> Iterator[tuple[str, Sentence]]:
    for item in ticket.items("files"):
        name = str(item["name"])
        path = root / "tickets" / "files" / ticket.id / name
        if not path.is_file():
            yield f"files.{name}", Sentence("the attachment is missing")
        elif item.get("sha256") and hashlib.sha256(path.read_bytes()).hexdigest() != item["sha256"]:
            yield f"files.{name}", Sentence("the attachment is not the one that was attached")
