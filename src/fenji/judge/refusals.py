"""A reason to refuse a part of a push, as a value that says which part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.errors import Problem, Sentence


@dataclass(frozen=True)
class Refusal:
    """One line of a refused push: a ticket's number, a path or a branch, and the reason.

    The rest says what would have to stay behind for the push to be accepted: the commit (`""`: what the push leaves on
    the branch is at fault), the ticket's uid, the digests of its events (none: its file), and the path of another file.
    """

    subject: str
    message: Sentence
    commit: str = ""
    uid: str = ""
    events: tuple[str, ...] = ()
    path: str = ""


def refusal_from_problem(problem: Problem) -> Refusal:
    """Return the refusal for a problem in a file, with its location and key as subject."""
    location = f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path
    return Refusal(f"{location}: {problem.key}" if problem.key else location, problem.message)
