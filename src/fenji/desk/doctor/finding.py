"""A finding of the doctor, and the surroundings that its checks look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from fenji.errors import Sentence

if TYPE_CHECKING:
    from fenji.desk.open import DeskUser
    from fenji.errors import Problem
    from fenji.git import Repo
    from fenji.git.branches import Remote
    from fenji.judge.policy_in_force import PolicyInForce
    from fenji.model.policy import Policy

State = Literal["ok", "note", "fault"]


class Finding(Struct, frozen=True):
    """A result of the check `name`: `ok`, a `note` that needs no action, or a `fault` whose hint says what to do."""

    name: str
    state: State
    message: Sentence
    hint: Sentence | None = None


class Surroundings(Struct, frozen=True):
    """The parts of a desk that could be found; None for those that could not."""

    now: datetime
    start: Path | None = None  # as the person named it
    root: Path | None = None
    repo: Repo | None = None
    remote: Remote | None = None
    policy: Policy | None = None
    policy_problems: tuple[Problem, ...] = ()  # of policy.yaml
    policy_in_force: PolicyInForce | None = None
    user: DeskUser | None = None
    broken: tuple[Finding, ...] = ()  # findings: which desk it is, and why other parts could not be found


Findings = Iterator[Finding]
Check = Callable[[Surroundings], Findings]


def ok(name: str, message: Sentence) -> Finding:
    """Return a finding that all is well."""
    return Finding(name, "ok", message)


def note(name: str, message: Sentence, *, hint: str = "") -> Finding:
    """Return a finding that is good to know; the hint takes the values of the message."""
    return Finding(name, "note", message, Sentence(hint, message.values) if hint else None)


def fault(name: str, message: Sentence, *, hint: str) -> Finding:
    """Return a finding that needs action; the hint takes the values of the message."""
    return Finding(name, "fault", message, Sentence(hint, message.values))


def describe_leftovers(paths: Sequence[Path]) -> Sentence:
    """Return the sentence that a git process, killed or out of disk space, has left these files."""
    return Sentence(
        "A git that was killed or ran out of space left {count} piece in its folder: {path}.",
        {"path": paths[0].name, "count": len(paths)},
        plural="A git that was killed or ran out of space left {count} pieces in its folder, including {path}.",
    )
