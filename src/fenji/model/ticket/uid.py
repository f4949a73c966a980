"""ULIDs, the identity of tickets: 48 bits of milliseconds since 1970 and 80 random bits in Crockford's base 32.

Also keys of items, which are random enough that no two clones make the same one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from secrets import choice, randbits
from string import ascii_lowercase

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _DIGIT_BITS, _CHANCE_BITS = 26, 5, 80
_UID_BYTES = 16
_KEY_LETTERS = 6  # random letters in the key of an item


def make_uid(at: datetime) -> str:
    """Return a new ULID of 26 characters for the instant; later instants sort after earlier ones."""
    return format_uid(int(at.timestamp() * 1000) << _CHANCE_BITS | randbits(_CHANCE_BITS))


def uid_instant(uid: str) -> datetime:
    """Return the instant in a ULID; the last possible datetime if it is out of range."""
    milliseconds = sum(_DIGITS.index(digit) << _DIGIT_BITS * place for place, digit in enumerate(reversed(uid[:10])))
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC)


def format_uid(number: int) -> str:
    """Return 128 bits as a ULID."""
    return "".join(_DIGITS[number >> _DIGIT_BITS * place & 31] for place in reversed(range(_LENGTH)))


def derive_uid(*parts: str) -> str:
    """Return a ULID derived only from these parts, such as a source and a key, and so the same at every site."""
    return format_uid(int.from_bytes(sha256("\0".join(parts).encode()).digest()[:_UID_BYTES]))


def make_item_key(letter: str, taken: Collection[str]) -> str:
    """Return a new key for an item next to those `taken`, such as `r3qmzkta`; keys sort in the order of addition."""
    return f"{letter}{len(taken) + 1}{''.join(choice(ascii_lowercase) for _ in range(_KEY_LETTERS))}"
