"""Adopt hand edits: explain the permitted ones by an event, and revert the others, keeping the file as typed."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji import files
from fenji.errors import Problem, Sentence
from fenji.storage import fixed_parts, hand_edits, typed_values
from fenji.storage.typed_values import HandEditAuthor, TypedFile

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket
    from fenji.storage.reader import StoredTicket

TYPED_FOLDER = "fenji-typed"  # in the git folder: files as they were typed, if something in them was put back


class AdoptionResult(Struct, frozen=True):
    """The tickets noted for the next commit, and a problem for each one in which something was put back."""

    tickets: list[StoredTicket]
    reverted: list[Problem]


class HandEditAdoption(Struct):
    """One pass over files changed by hand: whose edits they are, when they were found, and under which policy."""

    by: str
    at: datetime
    policy: Policy | None = None
    reverted: list[Problem] = field(default_factory=list)

    def explain(self, edited: HandEditedFile, *, fully_logged: bool = False) -> Ticket:
        """Return the ticket with forbidden changes put back, and with events for what was typed.

        With `fully_logged`, only fields that disagree with the log count as changed by hand.
        """
        ticket, before = edited.ticket, edited.before
        events = fixed_parts.find_altered_events(ticket, edited.committed)
        if events:
            ticket = fixed_parts.restore_events(ticket, events, edited.committed)
        if not edited.bases and edited.committed is None:
            ticket = typed_values.with_stated_report(ticket)
        body = (
            hand_edits.explain_hand_edit(ticket) if fully_logged else hand_edits.explain_against(ticket, edited.bases)
        )
        ticket, body = typed_values.with_matrix_priority(ticket, body, self.policy)
        locked = Sentence("It can no longer be changed: the ticket is {state}.", {"state": ticket.state})
        reasons = dict.fromkeys(hand_edits.find_locked(ticket, body), locked)
        refused = hand_edits.find_refused(ticket, body, self.policy, at=self.at, before=before)
        of_plan = typed_values.find_refused_items(ticket, body, before, HandEditAuthor(self.by, self.at, self.policy))
        reasons = {**of_plan, **refused, **reasons}
        frozen = hand_edits.find_frozen(ticket, before)
        reverted_names = [
            *dict.fromkeys((*reasons, *frozen)),
            *(("log",) if events else ()),
            *(("state",) if edited.state_changed else ()),
            *(("uid",) if edited.uid_changed else ()),
        ]
        if reverted_names:
            copy_path = keep_copy(edited.folder, edited.path, edited.typed)
            self.reverted.append(_reverted_problem(edited, reverted_names, copy_path))
        author = HandEditAuthor(self.by, self.at, self.policy)
        put_back = {**dict.fromkeys(frozen), **reasons}
        return typed_values.log_hand_edit(ticket, body, put_back, TypedFile(edited.typed, before), author)


class HandEditedFile(Struct, frozen=True):
    """A file changed by hand: its bytes, its ticket in the state that the log gives, and earlier versions.

    The header is compared with `bases`, the best first, whose events are all in the file's log; `committed` is the
    version in HEAD, whose events are final. `folder` is where files are kept as they were typed.
    """

    path: str
    typed: bytes
    ticket: Ticket
    bases: tuple[Ticket, ...]
    committed: Ticket | None
    folder: Path

    @property
    def before(self) -> Ticket | None:
        """The version whose values are put back."""
        return self.bases[0] if self.bases else None

    @property
    def state_changed(self) -> bool:
        """Whether the state in the file differs from the one that its log gives."""
        return hand_edits.read_state(self.typed) != self.ticket.state

    @property
    def uid_changed(self) -> bool:
        """Whether the file lacks the ticket's own uid."""
        return self.ticket.uid.encode() not in self.typed

    @property
    def puts_back(self) -> bool:
        """Whether the file has another state or uid than the ticket, which has to be put back."""
        return self.state_changed or self.uid_changed


def keep_copy(folder: Path, path: str, data: bytes) -> Path:
    """Keep a copy of a file as it was typed, the same bytes only once, and return its path. Raises Unavailable."""
    name = f"{path.rpartition('/')[2].removesuffix('.yaml')}-{sha256(data).hexdigest()[:8]}.yaml"
    files.keep(folder.parent, f"{folder.name}/{name}", data)
    return folder / name


def _reverted_problem(edited: HandEditedFile, names: list[str], copy_path: Path) -> Problem:
    template = "{fields} cannot be changed by hand now ({state}): put back; the file as typed is kept in {path}"
    values = {"state": edited.ticket.state, "fields": tuple(names), "path": str(copy_path)}
    return Problem(edited.path, 0, 0, "", Sentence(template, values))
