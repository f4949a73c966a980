"""What an exchange did, as values: ticket by ticket, and as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.errors import Problem

# How far an exchange is: the step, what git calls its part, how many of how many (0: unknown).
Progress = Callable[[str, str, int, int], None]
STEPS = ("record", "fetch", "merge", "write", "push")

NEW, UPDATED, MERGED, RETURNED, RENUMBERED = "new", "updated", "merged", "returned", "renumbered"
UNREADABLE, TOO_LARGE = "unreadable", "too_large"


@dataclass(frozen=True)
class Outcome:
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


@dataclass(frozen=True)
class Exchange:
    """A whole exchange: what came in, what went out, and what the person is to know.

    `sent` counts the tickets that the other side did not have as they are now; `tries` is how often it was pushed, 0
    where nothing was. `policy_kept` is the file that keeps the policy of this clone where the hub's version won, else
    `""`; `policy_changed` says that other rules are in the file now than before, `policy_sent` that those of this clone
    went to the hub. `left` are files that were left alone since they cannot be read, and hand edits that were put back.
    `concluded` names what somebody had begun with git and left in conflict (`merge`), `open` what is still to be
    finished by hand.
    """

    outcomes: tuple[Outcome, ...] = ()
    sent: int = 0
    tries: int = 0
    policy_kept: str = ""
    policy_changed: bool = False
    left: tuple[Problem, ...] = ()
    concluded: str = ""
    open: str = ""
    policy_sent: bool = False

    @property
    def received(self) -> int:
        """How many tickets came in or changed here."""
        return len({one.uid or one.path for one in self.outcomes if one.how != UNREADABLE})
