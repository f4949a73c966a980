"""Taking up what was changed by hand: what may stand is explained by an event, what may not is put back and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import Problem, Sentence
from fenji.store import files, hand_edits

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.store.shelf import Stored
    from fenji.ticket import Ticket, Value

TYPED = "fenji-typed"  # a folder in git's own: files as they were typed, of which something was put back


@dataclass(frozen=True)
class Adopted:
    """The tickets that are noted for the commit, and what was put back in some of them."""

    tickets: list[Stored]
    put_back: list[Problem]


@dataclass
class Adopting:
    """One go over files that were changed by hand: whose edits they are, when they are met, by which rules."""

    by: str
    at: datetime
    policy: Policy | None = None
    put_back: list[Problem] = field(default_factory=list)

    def bounded(self, edited: Edited, *, whole: bool = False) -> tuple[Ticket, dict[str, Value]]:
        """The ticket without what may not be changed by hand, and what is left to explain.

        With `whole` git has the history of the file, and only what disagrees with the log was changed by hand.
        """
        ticket, before = edited.ticket, edited.before
        events = hand_edits.altered(ticket, edited.committed)
        if events:
            ticket = hand_edits.restored(ticket, events, edited.committed)
        body = hand_edits.explain_hand_edit(ticket, None if whole else before)
        names = [*hand_edits.barred(ticket, body), *hand_edits.frozen(ticket, before)]
        names += hand_edits.ungraded(ticket, body, self.policy, at=self.at) if self.policy else ()
        told = [*names, *(("log",) if events else ()), *(("state",) if edited.restated else ())]
        if told:
            place = keep(edited.folder, edited.path, edited.typed)
            self.put_back.append(_told(edited, told, place))
        return hand_edits.put_back(ticket, names, before) if names else ticket, hand_edits.without(body, names)


@dataclass(frozen=True)
class Edited:
    """A file that was changed by hand: its bytes, the ticket in them in its log's state, and two earlier versions.

    `before` is what its header is held against, `committed` the one in HEAD, whose events stand for good. `folder` is
    where typed files are kept.
    """

    path: str
    typed: bytes
    ticket: Ticket
    before: Ticket | None
    committed: Ticket | None
    folder: Path

    @property
    def restated(self) -> bool:
        """Whether the state in the file is not the one that its log gives."""
        found = _STATE.search(self.typed)
        return found is None or found[1].decode() != self.ticket.state


_STATE = re.compile(rb"^state: ([a-z]+)\s*$", re.MULTILINE)


def keep(folder: Path, path: str, data: bytes) -> Path:
    """Keep a file as it was typed; the same bytes once."""
    name = f"{path.rpartition('/')[2].removesuffix('.yaml')}-{sha256(data).hexdigest()[:8]}.yaml"
    folder.mkdir(exist_ok=True)
    files.write(folder, name, data)
    return folder / name


def _told(edited: Edited, names: list[str], place: Path) -> Problem:
    template = "{fields} cannot be changed by hand now ({state}): put back, and the file as it was typed kept in {path}"
    values = {"state": edited.ticket.state, "fields": ", ".join(names), "path": str(place)}
    return Problem(edited.path, 0, 0, "", Sentence(template, values))
