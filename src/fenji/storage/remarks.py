"""Find YAML comments, which a rewrite of a file would drop; remove what editors add: CRLF, a byte order mark."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator

from msgspec import Struct

_MAY_BE_REMARK = re.compile(r"(?:^|[ \t])#", re.MULTILINE)


class Remark(Struct, frozen=True):
    """A YAML comment (`# …`), which is not part of the ticket: its line and column, counted from 1, and its text."""

    line: int
    column: int
    text: str


def find_remarks(data: bytes) -> tuple[Remark, ...]:
    """Return the comments in a file, in order; none if the file cannot be read as YAML."""
    text = data.removeprefix(BOM_UTF8).decode("utf-8", "replace")
    if not _MAY_BE_REMARK.search(text):
        return ()
    import yaml  # slow to import

    try:
        return tuple(_iter_remarks(text))
    except yaml.YAMLError:
        return ()


def _iter_remarks(text: str) -> Iterator[Remark]:
    """Yield each comment: a `#` that is part of no token, and the rest of its line."""
    import yaml

    at = 0
    for token in yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        yield from _remarks_between(text, at, token.start_mark.index)
        at = max(at, token.end_mark.index)
    yield from _remarks_between(text, at, len(text))


def _remarks_between(text: str, start: int, end: int) -> Iterator[Remark]:
    while (start := text.find("#", start, end)) >= 0:
        line_end = text.find("\n", start)
        line_end = len(text) if line_end < 0 else line_end
        column = start - text.rfind("\n", 0, start)
        yield Remark(text.count("\n", 0, start) + 1, column, text[start:line_end].strip())
        start = line_end


def plain_bytes(data: bytes) -> bytes:
    """Return the bytes without a byte order mark, and with the line ending that all clones write."""
    return data.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
