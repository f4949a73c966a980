"""Name attachments that share a name but not their content: both are kept, `photo.jpg` and `photo-2.jpg`. Pure.

The content with the smallest SHA-256 keeps the name, the others move on to the next number, and so on. A content never
moves back to a lower number, so that clones agree in whatever order they sync.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from fenji.model.ticket import Ticket, Value, item_key

_NUMBERED = re.compile(r"(.+?)-([2-9]|[1-9][0-9])")
DigestsByName = Mapping[str, str]  # name → SHA-256 of the content


def split_name(name: str) -> tuple[str, int, str]:
    """Split a name into stem, running number (1 for none) and suffix: `photo-2.jpg` is (photo, 2, .jpg)."""
    path = PurePosixPath(name)
    match = _NUMBERED.fullmatch(path.stem)
    return (match[1], int(match[2]), path.suffix) if match else (path.stem, 1, path.suffix)


def numbered_name(stem: str, number: int, suffix: str) -> str:
    """Return the name with a running number, without one for 1."""
    return f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}"


def find_chain(name: str, names: DigestsByName) -> dict[str, str]:
    """Return the entries of `names` that differ from `name` at most in their running number."""
    stem, _, suffix = split_name(name)
    return {other: content for other, content in names.items() if split_name(other)[::2] == (stem, suffix)}


def assign_names(ours: DigestsByName, theirs: DigestsByName) -> dict[str, str]:
    """Assign names to the contents of two chains, each from `find_chain`: content → name."""
    stem, _, suffix = split_name(next(iter({**ours, **theirs})))
    start: dict[str, int] = {}
    for names in (ours, theirs):
        for name, content in names.items():
            start[content] = max(start.get(content, 1), split_name(name)[1])
    taken: dict[int, str] = {}
    for content, number in sorted(start.items()):
        displaced, position = content, number
        while position in taken:
            taken[position], displaced = min(taken[position], displaced), max(taken[position], displaced)
            position += 1
        taken[position] = displaced
    return {content: numbered_name(stem, number, suffix) for number, content in taken.items()}


def find_collisions(ours: DigestsByName, theirs: DigestsByName, base: DigestsByName) -> list[str]:
    """Return the names with different contents on the two sides, unless only one side replaced the base's content."""
    differing = (name for name in sorted(ours.keys() & theirs.keys()) if ours[name] != theirs[name])
    sides = (ours, theirs), (theirs, ours)
    return [name for name in differing if not any(_was_replaced(name, *pair, base) for pair in sides)]


def _was_replaced(name: str, before: DigestsByName, after: DigestsByName, base: DigestsByName) -> bool:
    """Return whether `before` still has the base's content and `after` no longer has it under any number."""
    return base.get(name) == before[name] and before[name] not in find_chain(name, after).values()


def resolve_collisions(ours: Ticket, theirs: Ticket, base: Callable[[], Ticket | None]) -> tuple[Ticket, Ticket]:
    """Return both tickets, with the same items for attachments whose names had different contents.

    `base`, which returns a common ancestor, is only called if there are such attachments.
    """
    names_by_side = _digests_by_name(ours), _digests_by_name(theirs)
    if not find_collisions(*names_by_side, {}):
        return ours, theirs
    ancestor = base()
    for name in find_collisions(*names_by_side, _digests_by_name(ancestor) if ancestor else {}):
        chains = find_chain(name, names_by_side[0]), find_chain(name, names_by_side[1])
        items = _items_by_digest(ours, theirs)
        removed = dict.fromkeys((f"files.{old_name}" for old_name in (*chains[0], *chains[1])), None)
        added = {
            f"files.{new_name}": {**items[content], "name": new_name}
            for content, new_name in sorted(assign_names(*chains).items())
        }
        ours, theirs = ours.with_fields({**removed, **added}), theirs.with_fields({**removed, **added})
        names_by_side = _digests_by_name(ours), _digests_by_name(theirs)
    return ours, theirs


def _digests_by_name(ticket: Ticket) -> dict[str, str]:
    """Return name → content of each attachment; one without SHA-256 is identified by its name alone."""
    items = ((item_key("files", item), item) for item in ticket.items("files"))
    return {name: str(item.get("sha256") or f"? {name}") for name, item in items}


def _items_by_digest(*tickets: Ticket) -> dict[str, Mapping[str, Value]]:
    """Return content → item; of several items with the same content, always the same one."""
    items: dict[str, Mapping[str, Value]] = {}
    for ticket in tickets:
        for content, item in zip(_digests_by_name(ticket).values(), ticket.items("files"), strict=False):
            items[content] = max(
                (items.get(content, item), item), key=lambda candidate: json.dumps(candidate, default=str)
            )
    return items
