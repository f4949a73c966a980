"""Find the tickets that mails created or belong to, from the bytes of ticket files, without parsing them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from fenji.model.correspondence import UID_LETTERS
from fenji.storage import layout

_KEY = re.compile(rb"\bkey: *['\"]?([0-9a-f]{32})\b")
_UID = re.compile(rb"^uid: *['\"]?[0-9A-Z]{%d}([0-9A-Z]{%d})\b" % (26 - UID_LETTERS, UID_LETTERS), re.MULTILINE)
_FORMER = re.compile(rb"^formerly: *['\"]?([0-9A-Z-]+)", re.MULTILINE)
_HEAD_BYTES = 300  # the start of a file, which contains uid and former number


class MailPlaces(Struct):
    """The paths of tickets by the keys of mails in their logs, by the ends of their uids, and by former numbers."""

    by_key: dict[str, str] = field(default_factory=dict)
    by_uid_end: dict[str, str] = field(default_factory=dict)
    by_former: dict[str, str] = field(default_factory=dict)


def find_places(root: Path, *, keys: set[str], uid_ends: set[str], numbers: set[str]) -> MailPlaces:
    """Search the open tickets and the archive; a file that cannot be read is skipped."""
    places = MailPlaces()
    for path in _list_paths(root):
        try:
            data = (root / path).read_bytes()
        except OSError:
            continue
        head = data[:_HEAD_BYTES]
        for pattern, text, wanted, found in (
            (_UID, head, uid_ends, places.by_uid_end),
            (_FORMER, head, numbers, places.by_former),
            (_KEY, data if b"mail:" in data else b"", keys, places.by_key),
        ):
            for word in wanted.intersection(match.decode() for match in pattern.findall(text)):
                found.setdefault(word, path)
    return places


def _list_paths(root: Path) -> Iterator[str]:
    for folder in (layout.OPEN_FOLDER, *layout.iter_archive_folders(root)):
        yield from (f"{folder}/{number}.yaml" for number in layout.list_ticket_ids(root / folder))
