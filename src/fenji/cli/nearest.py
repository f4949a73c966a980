"""What a misspelt command was probably meant to be.

The rule: a command that only reads is proposed to whoever typed something like it; one that writes only to whoever
missed it by a single slip of the fingers, and no reading command is as near.
"""

from __future__ import annotations

from collections.abc import Iterable

READING_COMMANDS = frozenset(
    {
        "list",
        "show",
        "files",
        "clock",
        "search",
        "suggest",
        "check",
        "doctor",
        "schema",
        "policy",
        "completion",
        "try",
        "index",
    }
)  # these change nothing that is kept in git


def nearest_command(typed: str, names: Iterable[str]) -> str:
    """Return the command that was probably meant, `""` if none is near enough to be proposed."""
    known = list(names)
    word = typed.lower()
    slips = [name for name in known if is_one_slip(word, name)]
    safe_slips = [name for name in slips if name in READING_COMMANDS]
    if slips:
        return (safe_slips or slips)[0]
    import difflib

    readers = [name for name in known if name in READING_COMMANDS]
    return next(iter(difflib.get_close_matches(word, readers, n=1)), "")


def is_one_slip(typed: str, name: str) -> bool:
    """Tell whether one letter was missed, doubled or mistaken, or two neighbours were exchanged, or nothing at all."""
    if abs(len(typed) - len(name)) > 1:
        return False
    start = next((at for at, (left, right) in enumerate(zip(typed, name, strict=False)) if left != right), None)
    if start is None:
        return True
    rest, wanted = typed[start:], name[start:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == wanted or rest == wanted[1:] or rest[1:] == wanted[1:] or swapped == wanted
