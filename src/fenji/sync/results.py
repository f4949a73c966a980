"""The values that describe the result of a sync, for each ticket and as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Sentence

if TYPE_CHECKING:
    from fenji.errors import Problem
    from fenji.model.annotations import HeldAct

# Called with the progress of a sync: the step, git's name for the phase, the count done, the total (0: unknown).
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
    TOO_LARGE: Sentence("both versions together are too large for a file; one is kept, git has both"),
    UNREADABLE: Sentence("one version cannot be read; the other is kept, git has both"),
}


class TicketOutcome(Struct, frozen=True):
    """What became of one ticket, or of one file that cannot be read as a ticket.

    `how`: new (it was not here), updated (only they changed it), merged (both did), returned (its file was deleted on
    one side), renumbered (another ticket keeps the number `was`), unreadable (one version could not be read), too_large
    (both together are too large for a file). For the last two, `left_out` is the blob id of the version left out.
    `superseded` names the fields with a losing text that is kept in the log, `events` counts the events that are new
    here, `people` are their authors.
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
        """The sentence for `how`."""
        return replace(_DESCRIPTIONS.get(self.how, Sentence(self.how)), values={"was": self.was})


def combine(first: TicketOutcome, second: TicketOutcome) -> TicketOutcome:
    """Combine the outcomes of one ticket in two syncs, or in two steps of a sync, into a single outcome."""
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


class SyncResult(Struct, frozen=True):
    """The result of a whole sync: the tickets received and sent, and whatever else the person should know.

    `sent` counts the tickets that the other side lacked in their present version; `tries` counts pushes, 0 if nothing
    was pushed. `drafts_kept` maps an owned file (policy, contracts or the like) for which the hub's version won to the
    file that keeps this clone's version. `policy_changed`: the policy here has changed; `policy_sent`: this clone's
    policy was sent to the hub. `left_alone` are files that were not committed or not written, and hand edits that were
    reverted. `concluded` names the git operation (`merge`) that was finished for the person, `unfinished` the one that
    they must finish. `held` are the acts that were held back in this sync, `released` counts acts that are no longer
    held, and `named_before` are paths of `left_alone` that an earlier sync has named. `carried_to` is the desk's branch
    if commits made elsewhere were carried to it, else `""`. `clock_problem` says how far this machine's clock is off,
    if known. `draft_passes_from_now`: policy.yaml was refused only because its `since` is past, and would pass if that
    were now.
    """

    outcomes: tuple[TicketOutcome, ...] = ()
    sent: int = 0
    tries: int = 0
    drafts_kept: Mapping[str, str] = {}
    policy_changed: bool = False
    left_alone: tuple[Problem, ...] = ()
    concluded: str = ""
    unfinished: str = ""
    policy_sent: bool = False
    held: tuple[HeldAct, ...] = ()
    released: int = 0
    named_before: frozenset[str] = frozenset()
    carried_to: str = ""
    clock_problem: Sentence | None = None
    draft_passes_from_now: bool = False

    @property
    def received(self) -> int:
        """The number of tickets that arrived or changed here."""
        return len({outcome.uid or outcome.path for outcome in self.outcomes if outcome.how != UNREADABLE})
