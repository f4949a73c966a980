"""What an exchange did, as values: ticket by ticket, and as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fenji.errors import Sentence

if TYPE_CHECKING:
    from fenji.errors import Problem

# How far an exchange is: the step, what git calls its part, how many of how many (0: unknown).
SyncProgress = Callable[[str, str, int, int], None]
STEPS: Mapping[str, Sentence] = {
    "record": Sentence("recording"),
    "fetch": Sentence("fetching"),
    "merge": Sentence("merging"),
    "write": Sentence("writing"),
    "push": Sentence("sending"),
    "bundle": Sentence("packing"),
}

NEW, UPDATED, MERGED, RETURNED, RENUMBERED = "new", "updated", "merged", "returned", "renumbered"
UNREADABLE, TOO_LARGE = "unreadable", "too_large"
_DESCRIPTIONS: Mapping[str, Sentence] = {
    NEW: Sentence("new"),
    UPDATED: Sentence("updated"),
    MERGED: Sentence("merged with what was done here"),
    RETURNED: Sentence("came back: tickets are withdrawn, never deleted"),
    RENUMBERED: Sentence("renumbered, was {was}"),
    TOO_LARGE: Sentence("both versions together are too large for a file; one stands, git keeps both"),
    UNREADABLE: Sentence("one version cannot be read; the other stands, git keeps both"),
}


@dataclass(frozen=True)
class TicketOutcome:
    """What became of one ticket, or of one file where no ticket can be read.

    `how`: new (it was not here), updated (only they changed it), merged (both did), returned (its file was deleted on
    one side), renumbered (another ticket keeps the number `was`), unreadable (one version could not be read), too_large
    (both together are more than a file may hold); the bytes `left_out` of the last two stay in git under that name.
    `superseded` names the fields whose long text lost and is kept in the log, `events` counts what is new here,
    `people` names who did it.
    """

    id: str
    how: str
    path: str
    uid: str = ""
    was: str = ""
    superseded: tuple[str, ...] = ()
    events: int = 0
    people: tuple[str, ...] = ()
    left_out: str = ""

    @property
    def description(self) -> Sentence:
        """`how` in words."""
        return replace(_DESCRIPTIONS.get(self.how, Sentence(self.how)), values={"was": self.was})


def combine(first: TicketOutcome, second: TicketOutcome) -> TicketOutcome:
    """What became of one ticket in two exchanges, or two steps of one, as a single outcome."""
    how = first.how if second.how == UPDATED else second.how
    if first.how == NEW and second.how in (UPDATED, MERGED):
        how = NEW
    return replace(
        second,
        how=how,
        was=first.was or second.was,
        superseded=(*first.superseded, *second.superseded),
        events=first.events + second.events,
        people=tuple(dict.fromkeys((*first.people, *second.people))),
        left_out=first.left_out or second.left_out,
    )


@dataclass(frozen=True)
class SyncResult:
    """A whole exchange: what came in, what went out, and what the person is to know.

    `sent` counts the tickets that the other side did not have as they are now; `tries` is how often it was pushed, 0
    where nothing was. `policy_kept` is the file that keeps the policy of this clone where the hub's version won, else
    `""`; `policy_changed` says that other rules are in the file now than before, `policy_sent` that those of this clone
    went to the hub. `left` are files that were left alone since they cannot be read, and hand edits that were put back.
    `concluded` names what somebody had begun with git and left in conflict (`merge`), `open` what is still to be
    finished by hand.
    """

    outcomes: tuple[TicketOutcome, ...] = ()
    sent: int = 0
    tries: int = 0
    policy_kept: str = ""
    policy_changed: bool = False
    left_alone: tuple[Problem, ...] = ()
    concluded: str = ""
    unfinished: str = ""
    policy_sent: bool = False

    @property
    def received(self) -> int:
        """How many tickets came in or changed here."""
        return len({outcome.uid or outcome.path for outcome in self.outcomes if outcome.how != UNREADABLE})
