"""What a desk knows of its tickets beside their files: unsigned steps, and values that were put aside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fenji.errors import Problem, Sentence

POLICY_UID = ""  # in place of a ticket's uid: the policy itself
MUST_BE_SIGNED = "commit {commit} must be signed by {by}: {reason}"
SIGN_HINT = "The hub takes it only signed. Sign what is not sent yet, or have it done again, signed: docs/hub.md."


@dataclass(frozen=True)
class UnsignedStep:
    """A step, or a change of the rules, whose commit does not carry the signature that the policy demands.

    `uid` is the ticket's, or `RULES`; `subject` its number at that commit, or policy.yaml. `n` and `clock` are those of
    the step; 0 and `""` for a change of the rules.
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
    def message(self) -> Sentence:
        """Which commit, and what is wrong with its signature."""
        return Sentence(MUST_BE_SIGNED, {"commit": self.commit[:10], "by": self.by, "reason": self.reason})

    def repeats(self, other: UnsignedStep) -> bool:
        """Whether this is the same step of the same ticket, taken once more."""
        same_step = (self.uid, self.do, self.clock) == (other.uid, other.do, other.clock)
        return bool(self.uid) and same_step and self.n > other.n

    @property
    def problem(self) -> Problem:
        """The same as `check` and the list of bad files tell it."""
        return Problem(self.subject, 0, 0, self.do if self.uid else "", self.message)


@dataclass(frozen=True)
class Annotations:
    """One for all rows of a desk. `aside` names the values that `person` has seen and let go (`Superseded.name`)."""

    person: str = ""
    dismissed: frozenset[str] = frozenset()
    unsigned: Mapping[str, tuple[UnsignedStep, ...]] = field(default_factory=dict)


NO_ANNOTATIONS = Annotations()
