"""Which tickets the hub's branch holds, by uid: a list beside the repository, so that no push reads the whole desk.

Derived: brought up to date by what differs since, made anew where it is missing or cannot be used.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fenji import yamlio
from fenji.errors import Damaged
from fenji.hub.places import number_at
from fenji.repo.history import History, is_name

if TYPE_CHECKING:
    from fenji.repo.objects import Difference

NAME = "fenji-uids"
_CHUNK = 4_000  # files that are held in memory at once
_HEAD = re.compile(rb"\Aid: [^\n]*\nuid: ([0-9A-HJKMNP-TV-Z]{26})\n")  # as fenji writes it


class Identities:
    """The uids of all tickets at one commit, each with a number that it has or had."""

    def __init__(self, history: History, commit: str | None) -> None:
        self._history = history
        self._added: dict[str, str] = {}
        self._lines = b"\n"
        if commit:
            self._bring(commit)

    def number(self, uid: str) -> str:
        """The number under which the hub, or this push so far, knows a ticket; `""` where it does not."""
        if uid in self._added:
            return self._added[uid]
        at = self._lines.rfind(f"\n{uid} ".encode())
        return self._lines[at + 28 : self._lines.index(b"\n", at + 1)].decode() if at >= 0 else ""

    def add(self, uid: str, number: str) -> None:
        """Note a ticket of this push."""
        self._added[uid] = number

    def settle(self, commit: str) -> None:
        """Keep the list of a first push, which reads all tickets, as that of the commit which the branch is at then."""
        self._lines += b"".join(b"%s %s\n" % (uid.encode(), number.encode()) for uid, number in self._added.items())
        self._keep(commit)

    def _bring(self, commit: str) -> None:
        known, lines = self._kept()
        trees = {sha: one.tree for sha, one in self._history.written({known, commit} - {""}).items()}
        if known not in trees:
            lines = b""
        if known == commit and lines:
            self._lines = lines
            return
        found = self._history.differences([(trees.get(known), trees[commit])])[0]
        self._lines = (lines or b"\n") + b"".join(self._told(found, set(lines.splitlines())))
        self._keep(commit)

    def _told(self, found: Iterable[Difference], known: set[bytes]) -> Iterator[bytes]:
        held = [(number, one.after.blob) for one in found if one.after and (number := number_at(one.path))]
        for start in range(0, len(held), _CHUNK):
            chunk = held[start : start + _CHUNK]
            data = self._history.blobs(blob for _, blob in chunk)
            for number, blob in chunk:
                uid = _uid(data.get(blob, b""))
                line = b"%s %s" % (uid, number.encode()) if uid else b""
                if line and line not in known:
                    yield line + b"\n"

    def _kept(self) -> tuple[str, bytes]:
        try:
            data = (self._history.git_dir / NAME).read_bytes()
        except OSError:
            return "", b""
        commit, _, lines = data.partition(b"\n")
        name = commit.decode("ascii", "replace")
        return (name, b"\n" + lines) if is_name(name) and (not lines or lines.endswith(b"\n")) else ("", b"")

    def _keep(self, commit: str) -> None:
        """Write the list for the next push; where that cannot be, the next push makes it again."""
        path = self._history.git_dir / NAME
        temporary = path.with_name(f"{NAME}-{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            temporary.write_bytes(commit.encode() + self._lines)
            temporary.replace(path)


def _uid(data: bytes) -> bytes:
    """The uid of a ticket, however it is written; `b""` for what is none."""
    found = _HEAD.match(data)
    if found:
        return found[1]
    try:
        return yamlio.read_ticket(data, NAME).uid.encode()
    except Damaged:
        return b""
