"""The identity of what is imported: made from source and key alone, so that two sites make the same ticket. Pure."""

from __future__ import annotations

import re
from hashlib import sha256

from fenji.imports.cells import Cell, cell_text, plain_text
from fenji.model.ticket.uid import format_uid

_GROUPED_DIGITS = re.compile(r"[0-9]{1,3}( [0-9]{3})+")
_UID_BYTES = 16


def make_import_uid(source: str, key: str) -> str:
    """Return the ULID of a source's key; its part of time comes from them as well, and says nothing of when."""
    name = f"fenji import\0{len(source)}\0{source}\0{key}"
    return format_uid(int.from_bytes(sha256(name.encode()).digest()[:_UID_BYTES]))


def key_text(cell: Cell) -> str:
    """Return a cell as a part of a key: plain digits and letters, one blank between words, `52 267` as 52267."""
    text = plain_text(cell_text(cell))
    return text.replace(" ", "") if _GROUPED_DIGITS.fullmatch(text) else text


def digest_text(text: str) -> str:
    """Return 16 digits that tell one long text from another."""
    return sha256(text.rstrip("\n").encode()).hexdigest()[:16]
