"""ULIDs, the identity of tickets: 48 bits of milliseconds since 1970 and 80 bits of chance in Crockford's base 32."""

from __future__ import annotations

from datetime import datetime
from secrets import randbits

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _DIGIT_BITS, _CHANCE_BITS = 26, 5, 80


def make_uid(at: datetime) -> str:
    """Return a new ULID of 26 characters for the instant; later instants sort behind earlier ones."""
    number = int(at.timestamp() * 1000) << _CHANCE_BITS | randbits(_CHANCE_BITS)
    return "".join(_DIGITS[number >> _DIGIT_BITS * place & 31] for place in reversed(range(_LENGTH)))
