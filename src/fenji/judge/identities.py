"""Index the uids of the tickets on the hub's branch, in a file in the git folder, so that no push reads the whole desk.

The file is derived: it is updated from the differences since its commit, and rebuilt if it is missing or unusable.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import Damaged, Unavailable
from fenji.git.history import History, is_object_id
from fenji.judge.paths import ticket_number_at
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.git.file_diff import FileDiff

FILE_NAME = "fenji-uids"
_CHUNK_SIZE = 4_000  # files in memory at once
_HEADER = re.compile(rb"\Aid: [^\n]*\nuid: ([0-9A-HJKMNP-TV-Z]{26})\n")  # in fenji's own layout


class UidIndex:
    """The uids of all tickets at one commit, each with a number that the ticket has or had."""

    def __init__(self, history: History, commit: str | None) -> None:
        self._history = history
        self._added: dict[str, str] = {}
        self._lines = b"\n"
        if commit:
            self._update_to(commit)

    def find_number(self, uid: str) -> str:
        """Return the number of the ticket with this uid at the hub or in this push so far; `""` if there is none."""
        if uid in self._added:
            return self._added[uid]
        position = self._lines.rfind(f"\n{uid} ".encode())
        return self._lines[position + 28 : self._lines.index(b"\n", position + 1)].decode() if position >= 0 else ""

    def add(self, uid: str, number: str) -> None:
        """Add a ticket of this push."""
        self._added[uid] = number

    def save_first_push(self, commit: str) -> None:
        """Save the uids of a first push as the index of its commit, after all its tickets have been added."""
        self._lines += b"".join(b"%s %s\n" % (uid.encode(), number.encode()) for uid, number in self._added.items())
        self._save(commit)

    def _update_to(self, commit: str) -> None:
        known, lines = self._load()
        trees = {sha: written.tree for sha, written in self._history.read_commits({known, commit} - {""}).items()}
        if known not in trees:
            lines = b""
        if known == commit and lines:
            self._lines = lines
            return
        differences = self._history.diff_trees([(trees.get(known), trees[commit])])[0]
        self._lines = (lines or b"\n") + b"".join(self._new_lines(differences, set(lines.splitlines())))
        self._save(commit)

    def _new_lines(self, differences: Iterable[FileDiff], known: set[bytes]) -> Iterator[bytes]:
        entries = [
            (number, difference.after.blob)
            for difference in differences
            if difference.after and (number := ticket_number_at(difference.path))
        ]
        for start in range(0, len(entries), _CHUNK_SIZE):
            chunk = entries[start : start + _CHUNK_SIZE]
            data = self._history.blobs(blob for _, blob in chunk)
            for number, blob in chunk:
                uid = _parse_uid(data.get(blob, b""))
                line = b"%s %s" % (uid, number.encode()) if uid else b""
                if line and line not in known:
                    yield line + b"\n"

    def _load(self) -> tuple[str, bytes]:
        try:
            data = (self._history.git_dir / FILE_NAME).read_bytes()
        except OSError:
            return "", b""
        commit, _, lines = data.partition(b"\n")
        name = commit.decode("ascii", "replace")
        return (name, b"\n" + lines) if is_object_id(name) and (not lines or lines.endswith(b"\n")) else ("", b"")

    def _save(self, commit: str) -> None:
        """Write the index for the next push; if that fails, the next push rebuilds it."""
        with contextlib.suppress(Unavailable):
            files.write(self._history.git_dir, FILE_NAME, commit.encode() + self._lines)


def _parse_uid(data: bytes) -> bytes:
    """Return the uid of a ticket in any layout; `b""` if it is no ticket."""
    match = _HEADER.match(data)
    if match:
        return match[1]
    try:
        return yaml_codec.read_ticket(data, FILE_NAME).uid.encode()
    except Damaged:
        return b""
