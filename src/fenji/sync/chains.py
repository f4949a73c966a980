"""Names for attachments of one name and different content: both are kept, `photo.jpg` and `photo-2.jpg`. Pure.

The name goes to the content whose SHA-256 is smallest, the others move on to the next number, and so on. A content
never moves back, so that clones agree in whatever order they meet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fenji.ticket import Ticket, item_key

if TYPE_CHECKING:
    from fenji.ticket import Value

_NUMBERED = re.compile(r"(.+?)-([2-9]|[1-9][0-9])")
Names = Mapping[str, str]  # name → SHA-256 of the content


def parts(name: str) -> tuple[str, int, str]:
    """The stem, the running number (1 for none) and the suffix of a name: `photo-2.jpg` is (photo, 2, .jpg)."""
    path = PurePosixPath(name)
    found = _NUMBERED.fullmatch(path.stem)
    return (found[1], int(found[2]), path.suffix) if found else (path.stem, 1, path.suffix)


def numbered(stem: str, number: int, suffix: str) -> str:
    """The name with a running number."""
    return f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}"


def chain(name: str, names: Names) -> dict[str, str]:
    """Those of `names` that differ from `name` by their running number alone, and itself."""
    stem, _, suffix = parts(name)
    return {one: content for one, content in names.items() if parts(one)[::2] == (stem, suffix)}


def settled(ours: Names, theirs: Names) -> dict[str, str]:
    """The names that the contents of two chains take: content → name; each side's chain as `chain` gives it."""
    stem, _, suffix = parts(next(iter({**ours, **theirs})))
    start: dict[str, int] = {}
    for names in (ours, theirs):
        for name, content in names.items():
            start[content] = max(start.get(content, 1), parts(name)[1])
    taken: dict[int, str] = {}
    for content, number in sorted(start.items()):
        moving, at = content, number
        while at in taken:
            taken[at], moving = min(taken[at], moving), max(taken[at], moving)
            at += 1
        taken[at] = moving
    return {content: numbered(stem, number, suffix) for number, content in taken.items()}


def apart(ours: Names, theirs: Names, base: Names) -> list[str]:
    """The names that stand for different contents, save where one side alone replaced what the base had there."""
    differing = (name for name in sorted(ours.keys() & theirs.keys()) if ours[name] != theirs[name])
    sides = (ours, theirs), (theirs, ours)
    return [name for name in differing if not any(_replaced(name, *pair, base) for pair in sides)]


def _replaced(name: str, before: Names, after: Names, base: Names) -> bool:
    """Whether `before` still has what the base had, and `after` has it no longer under any number."""
    return base.get(name) == before[name] and before[name] not in chain(name, after).values()


def united(ours: Ticket, theirs: Ticket, base: Callable[[], Ticket | None]) -> tuple[Ticket, Ticket]:
    """Both tickets, with the same items for attachments whose names stood for different contents.

    `base`, a version that both come from, is only asked for where there are such.
    """
    sides = _contents(ours), _contents(theirs)
    if not apart(*sides, {}):
        return ours, theirs
    former = base()
    for name in apart(*sides, _contents(former) if former else {}):
        chains = chain(name, sides[0]), chain(name, sides[1])
        items = _items(ours, theirs)
        gone = dict.fromkeys((f"files.{one}" for one in (*chains[0], *chains[1])), None)
        named = {f"files.{new}": {**items[content], "name": new} for content, new in sorted(settled(*chains).items())}
        ours, theirs = ours.put({**gone, **named}), theirs.put({**gone, **named})
        sides = _contents(ours), _contents(theirs)
    return ours, theirs


def _contents(ticket: Ticket) -> dict[str, str]:
    """Name → content of each attachment; one without SHA-256 is told from others by its name alone."""
    items = ((item_key("files", item), item) for item in ticket.items("files"))
    return {name: str(item.get("sha256") or f"? {name}") for name, item in items}


def _items(*tickets: Ticket) -> dict[str, Mapping[str, Value]]:
    """Content → item; of several items of one content always the same one."""
    found: dict[str, Mapping[str, Value]] = {}
    for ticket in tickets:
        for content, item in zip(_contents(ticket).values(), ticket.items("files"), strict=False):
            found[content] = max((found.get(content, item), item), key=lambda one: json.dumps(one, default=str))
    return found
