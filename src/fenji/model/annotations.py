"""What a desk knows of its tickets besides their files: marked steps, held acts, dismissed values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, field

from fenji.errors import Problem, Sentence

POLICY_UID = ""  # marks the policy where a ticket has its uid
REFUSED_IN_COMMIT = "commit {commit}: {reason}"
MUST_BE_SIGNED = "commit {commit} must be signed by {by}: {reason}"
HELD_HINT = "Who may do it takes it up under their own name with: fenji held take {id}"
REFUSED_HINT = "Merged, since it is on the remote's branch, but left out of the figures: no hub has judged it."
SIGN_HINT = "The hub accepts it only signed. Sign what is not sent yet, or have it redone, signed: docs/hub.md."


class UnsignedStep(Struct, frozen=True):
    """A step, or a change of the policy, whose commit lacks the signature that the policy demands.

    `uid` is the ticket's, or `POLICY_UID`; `subject` its number at that commit, or policy.yaml. `n` and `clock` are
    those of the step; 0 and `""` for a change of the policy.
    """

    uid: str
    subject: str
    do: str
    by: str
    n: int
    clock: str
    commit: str
    reason: Sentence

    @property
    def hint(self) -> Sentence:
        """What can be done about it."""
        return Sentence(SIGN_HINT)

    @property
    def message(self) -> Sentence:
        """The sentence that names the commit and what is wrong with its signature."""
        return Sentence(MUST_BE_SIGNED, {"commit": self.commit[:10], "by": self.by, "reason": self.reason})

    def repeats(self, other: UnsignedStep) -> bool:
        """Whether this is the same step of the same ticket, taken again later."""
        same_step = (self.uid, self.do, self.clock) == (other.uid, other.do, other.clock)
        return bool(self.uid) and same_step and self.n > other.n

    @property
    def problem(self) -> Problem:
        """This step as a problem, for `check` and the list of bad files."""
        return Problem(self.subject, 0, 0, self.do if self.uid else "", self.message)


class RefusedStep(Struct, frozen=True):
    """An event on a remote without a judge that a hub would have refused.

    `digest` is the event's hash; it and `do` are `""` if events were removed from a log.
    """

    uid: str
    subject: str
    do: str
    by: str
    n: int
    commit: str
    reason: Sentence
    digest: str = ""

    @property
    def hint(self) -> Sentence:
        """What was done with the event."""
        return Sentence(REFUSED_HINT)

    @property
    def lacks_signature(self) -> bool:
        """Whether it was refused for its signature, which an `UnsignedStep` reports as well."""
        return self.reason.template == MUST_BE_SIGNED

    @property
    def message(self) -> Sentence:
        """The sentence that names the commit and the reason."""
        return Sentence(REFUSED_IN_COMMIT, {"commit": self.commit[:10], "reason": self.reason})

    @property
    def problem(self) -> Problem:
        """This step as a problem, for `check` and the list of bad files."""
        return Problem(self.subject, 0, 0, self.do, self.message)


Mark = UnsignedStep | RefusedStep  # known only to this clone, never written into a ticket


def list_hints(marks: Iterable[Mark]) -> list[Sentence]:
    """Return the hints of these marks, each sentence once."""
    return list({mark.hint.template: mark.hint for mark in marks}.values())


def without_repetitions(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Return the marks of a ticket without the refused steps that an `UnsignedStep` reports as well."""
    return tuple(mark for mark in marks if not (isinstance(mark, RefusedStep) and mark.lacks_signature))


EventKey = tuple[str, str]  # the uid of a ticket, and the digest of an event in its log


class HeldAct(Struct, frozen=True):
    """A held event: its hash, its ticket as found at `path` in `commit`, what it is, and why it is held.

    `policy` is the blob id of the policy by which the hub refused it, if only the hub did; else `""`.
    """

    digest: str
    uid: str
    id: str
    title: str
    path: str
    commit: str
    n: int
    at: datetime
    by: str
    do: str
    reason: Sentence
    policy: str = ""

    @property
    def key(self) -> EventKey:
        """The identity of the act; its digest alone is not unique across tickets changed in the same second."""
        return self.uid, self.digest


class Annotations(Struct, frozen=True):
    """The annotations shared by all rows of a desk; `dismissed` has the digests of values that `person` dismissed.

    `marks` and `held` are by ticket uid.
    """

    person: str = ""
    dismissed: frozenset[str] = frozenset()
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    held: Mapping[str, tuple[HeldAct, ...]] = field(default_factory=dict)


NO_ANNOTATIONS = Annotations()
