"""Looks up tickets by the number typed, and suggests numbers for likely typos."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import NotFound, RefusalCollector, Sentence
from fenji.model.ticket import ID_PATTERN

if TYPE_CHECKING:
    from fenji.cli.session import Session

_MAX_SUGGESTIONS = 3


def open_ticket_numbers(root: Path) -> list[str]:
    """Return the numbers of the open tickets, from the names of their files, which is fast."""
    return sorted(path.stem for path in (root / "tickets" / "open").glob("*.yaml") if ID_PATTERN.fullmatch(path.stem))


def find_ticket_file(session: Session, typed: str, *, acting: bool = False) -> Path:
    """Return the file of the ticket whose number ends in `typed`; `acting` if it is to be changed.

    Raises NotFound; its hint names open tickets with similar numbers.
    """
    try:
        return session.desk.path_of(typed, acting=acting)
    except NotFound as error:
        suggestions = _close_numbers(typed.strip().upper(), open_ticket_numbers(session.desk.root))
        if suggestions:
            error.hint = Sentence("Is one of these meant: {near}?", {"near": tuple(suggestions)})
        raise


def find_ticket_files(session: Session, ids: Iterable[str], *, acting: bool = False) -> dict[Path, str]:
    """Return the files of several tickets, each with the number typed for it. Raises all errors together."""
    refusals = RefusalCollector()
    found: dict[Path, str] = {}
    for typed in ids:
        with refusals.checking():
            found[find_ticket_file(session, typed, acting=acting)] = typed
    refusals.raise_all()
    return found


def _close_numbers(typed: str, numbers: list[str]) -> list[str]:
    """Return numbers whose ending of the same length is similar to `typed`."""
    by_ending = {number[-len(typed) :]: number for number in reversed(numbers)} if typed else {}
    return [by_ending[ending] for ending in difflib.get_close_matches(typed, by_ending, n=_MAX_SUGGESTIONS, cutoff=0.6)]


def warn_of_branch(session: Session) -> Iterator[str]:
    """Yield a remark about acts recorded on another branch than the desk's, if there are any."""
    from fenji.desk.check import describe_elsewhere

    elsewhere = describe_elsewhere(session.desk.repo)
    if elsewhere:
        yield session.say(elsewhere)
