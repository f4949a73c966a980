"""Ticket numbers as they are typed: whole, without the site, without the year, zeros or not. Pure."""

from __future__ import annotations

import re

_TYPED_NUMBER = re.compile(r"(?:(?:([a-z][a-z0-9]{0,15})-)?([0-9]{4})-)?0*([1-9][0-9]{0,11})(-[0-9a-z]{2})?")
# Keys stand among the part numbers of the index, which have no small letters.
_KEY = "number:"


def number_key(typed: str) -> str:
    """Return the key that a folded text has if it is the number of a ticket and nothing else, else an empty string."""
    match = _TYPED_NUMBER.fullmatch(typed)
    if not match or (match[4] and not match[1]):
        return ""
    return _KEY + "-".join(part for part in match.groups() if part)


def number_keys(ticket_id: str) -> list[str]:
    """Return the keys of a folded ticket number, one for each way to type it: `ksa-2026-0042` → those of 42 and so on.

    A number that ends in letters, because two sites took it, is that of the site without them too.
    """
    parts = ticket_id.split("-")[:3]
    keys = [number_key(ticket_id), *(number_key("-".join(parts[at:])) for at in range(len(parts)))]
    return [key for key in dict.fromkeys(keys) if key]
