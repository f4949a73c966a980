"""Values that lost to others: taking one back, or putting it aside as seen. Functions that take the desk.

What was put aside is remembered in the git folder, for each person at this clone; nobody else's view changes by it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from fenji.errors import Misused, NotFound, Refused
from fenji.store import files
from fenji.superseded import Superseded, superseded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fenji.board import Row
    from fenji.desk.door import Desk, Said
    from fenji.repo import Repo
    from fenji.ticket import Ticket

NAME = "fenji-aside.json"


def take_back(desk: Desk, words: str, field: str, *, name: str = "", **said: Unpack[Said]) -> Row:
    """Give a field the value that lost, by an edit; the value that it has now stays in the log in turn.

    `field` may end in a number (`cause:2`), where several values lost; `name` tells which by `Superseded.name`. Raises
    NotFound where there is none, Misused where it is not clear which, Refused for what no edit can set.
    """
    one = _chosen(desk.row(words), field, name)
    if not one.takeable:
        raise Refused(
            "{field} is not set by hand, so nothing is taken back.", hint="The value stays in the log.", field=one.field
        )
    act = replace(desk.make("edit", fields={one.field: one.value}, **said), keeps=True)
    return desk.act_all([words], act)[0]


def put_aside(desk: Desk, words: str, field: str) -> Row:
    """Let the value of a field stand: what lost to it is no longer shown to the person here. Raises NotFound."""
    row = desk.row(words)
    names = [one.name for one in row.superseded if one.field == field]
    if not names:
        raise _none(row.ticket, field)
    held = _read(desk.repo)
    held[desk.person] = sorted({*held.get(desk.person, ()), *names})
    files.write(desk.repo.git_dir, NAME, json.dumps(held, ensure_ascii=False, sort_keys=True).encode())
    return desk.row(words)


def names(repo: Repo, person: str) -> frozenset[str]:
    """What a person has put aside."""
    return frozenset(_read(repo).get(person, ()))


def _chosen(row: Row, field: str, name: str) -> Superseded:
    leaf, _, number = field.partition(":")
    every = [one for one in superseded(row.ticket) if one.field == leaf]
    wanted = [one for one in every if str(one.number) == number or (not number and name in ("", one.name))]
    still_open = [one for one in wanted if one.name in {other.name for other in row.superseded}]
    found = still_open or wanted
    if not found:
        raise _none(row.ticket, field)
    if len(found) > 1:
        known = ", ".join(f"{leaf}:{one.number}" for one in found)
        raise Misused("Several values of {field} lost.", hint="Say which: {known}.", field=leaf, known=known)
    return found[0]


def _none(ticket: Ticket, field: str) -> NotFound:
    known = ", ".join(dict.fromkeys(one.field for one in superseded(ticket)))
    hint = "Values that lost stand in its log for: {known}." if known else ""
    return NotFound("No other value of {field} stands beside {id}.", hint=hint, field=field, id=ticket.id, known=known)


def _read(repo: Repo) -> dict[str, Iterable[str]]:
    try:
        held = json.loads((repo.git_dir / NAME).read_bytes())
        return {str(person): [str(name) for name in names] for person, names in held.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
