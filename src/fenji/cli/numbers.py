"""Numbers and people as they are typed: which ticket is meant, and what may be a slip."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import NotFound, Sentence

if TYPE_CHECKING:
    from fenji.cli.session import Session

_OFFERED = 3
_STRANGE = "{person} is not among the people of policy.yaml."
_MEANT = "{person} is not among the people of policy.yaml. Is {near} meant?"


def open_numbers(root: Path) -> list[str]:
    """The numbers of the open tickets, read off the names of their files, which is quick."""
    return sorted(one.stem for one in (root / "tickets" / "open").glob("*.yaml"))


def ticket_file(session: Session, words: str) -> Path:
    """The file of the ticket whose number ends in `words`. Raises NotFound with open numbers that are near."""
    try:
        return session.desk.file_of(words)
    except NotFound as error:
        near = _near(words.strip().upper(), open_numbers(session.desk.root))
        if near:
            error.hint = Sentence("Is one of these meant: {near}?", {"near": ", ".join(near)})
        raise


def _near(words: str, numbers: list[str]) -> list[str]:
    """Numbers whose ending of the same length is like `words`."""
    ends = {one[-len(words) :]: one for one in reversed(numbers)} if words else {}
    return [ends[one] for one in difflib.get_close_matches(words, ends, n=_OFFERED, cutoff=0.6)]


def strangers(session: Session, *people: str) -> Iterator[str]:
    """A remark for each person whom policy.yaml does not know; nobody is kept from working by that."""
    known = session.desk.policy.people
    for one in dict.fromkeys(people):
        if one and one not in known:
            near = difflib.get_close_matches(one, known, n=1)
            yield session.say(_MEANT if near else _STRANGE, person=one, near="".join(near))
