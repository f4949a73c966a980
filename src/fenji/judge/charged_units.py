"""Refuse a new person in the policy whose unit would be charged for decided clocks (clock rules 10, 23).

A ticket may name somebody whom the policy does not know yet; until then they answer without a unit of their own. Their
unit may count for later clocks when they are added, but must not change anything that is decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Damaged, Fault, Refused, Sentence
from fenji.model import sla as clocks
from fenji.model.ticket import PLAN_PREFIX
from fenji.storage import layout, yaml_codec

if TYPE_CHECKING:
    from fenji.git.history import History
    from fenji.model.policy import Policy
    from fenji.model.policy.document import Faults
    from fenji.model.ticket import Ticket

_FOLDERS = (layout.OPEN_FOLDER, layout.ARCHIVE_FOLDER)
_ESCAPES = ("\\x", "\\u", "\\U")  # with which a quoted text may spell a name
_FILES_AT_ONCE = 500  # tickets read with one command


class TicketSource(Struct, frozen=True):
    """The tickets at some commits of a repository, in which the desk is the folder `prefix`."""

    history: History
    commits: tuple[str, ...]
    prefix: str = ""

    def find_naming(self, names: Collection[str]) -> Iterator[Ticket]:
        """Yield the tickets that may mention one of these people."""
        folders = [f"{self.prefix}{folder}" for folder in _FOLDERS]
        for commit in self.commits:
            paths = self.history.find_mentioning(commit, [*names, *_ESCAPES], folders)
            for start in range(0, len(paths), _FILES_AT_ONCE):
                yield from self._read(commit, paths[start : start + _FILES_AT_ONCE])

    def _read(self, commit: str, paths: Sequence[str]) -> Iterator[Ticket]:
        """Yield the tickets at these paths; files that cannot be read as tickets are skipped: they have no verdict."""
        blobs = self.history.blob_ids(commit, paths)
        contents = self.history.blobs(blobs.values())
        for path, blob in blobs.items():
            with suppress(Damaged):
                yield yaml_codec.read_ticket(contents.get(blob, b""), path)


def find_moved_units(old: Policy, new: Policy, tickets: TicketSource, brought_in: datetime) -> Faults:
    """Return faults for the people whom `new` adds with a unit that would change who answers for decided clocks."""
    added = [key for key, person in new.people.items() if person.units and key not in old.people]
    moved: dict[str, Fault] = {}
    for ticket in tickets.find_naming(added) if added else ():
        before, after = (dict(_list_units(ticket, policy, brought_in)) for policy in (old, new))
        for place, unit in before.items():
            if after.get(place, unit) != unit:
                moved.setdefault(place.person, _make_fault(place.person, ticket, unit, brought_in))
    return list(moved.values())


class _Place(Struct, frozen=True):
    """A place where a person's unit is shown: the person who answers for a clock, or who gave a sign, and when."""

    person: str
    what: str
    at: datetime | None = None


def _list_units(ticket: Ticket, policy: Policy, at: datetime) -> Iterable[tuple[_Place, str]]:
    """Yield the unit shown with each decided clock and each sign of a ticket."""
    evidence = clocks.Evidence(ticket, policy, at)
    try:
        runs, items = evidence.runs, evidence.items
    except Refused:  # its calendar never opens: there is no verdict
        return
    for clock in runs:
        charged = evidence.charged_to(clock)
        if charged and charged.owner:
            yield _Place(charged.owner, clock), charged.unit or ""
    for key, item in items.items():
        if item.charged_to and item.charged_to.owner:
            yield _Place(item.charged_to.owner, f"{PLAN_PREFIX}{key}"), item.charged_to.unit or ""
    for sign in clocks.run_signs(ticket, runs):
        yield _Place(sign.by, f"{sign.clock} {sign.name}", sign.at), policy.unit_of(sign.by, sign.at)


def _make_fault(person: str, ticket: Ticket, unit: str, brought_in: datetime) -> Fault:
    values = {"ticket": ticket.id, "unit": unit or "-", "today": brought_in.isoformat(timespec="seconds")}
    message = Sentence(
        "{unit} is this person's unit in what {ticket} has decided, and stays so: write from when another one "
        "counts, such as `unit: {{1900-01-01: , {today}: …}}`",
        values,
    )
    return Fault(("people", person, "unit"), message)
