"""The text that git's fast-import reads to make one commit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f<>]+")


@dataclass(frozen=True)
class Held:
    """A file as a tree holds it: git's name of its bytes, and its mode (100644, 100755, 120000 for a link …)."""

    blob: str
    mode: str = "100644"


@dataclass(frozen=True)
class Copied:
    """The file that stands at another path of the tree that is changed; git does not look into it, nor need have it."""

    source: str


Changes = Mapping[str, bytes | Held | Copied | None]


def commit(parents: Sequence[str], heading: bytes, changes: Changes, *, nothing: str, tree: str = "") -> bytes:
    """One commit over `parents` that changes files of the first (None: deletes), on no branch; git names it.

    `nothing` is the name that no object has: all zeros, as long as the repository's names are. With `tree` the changes
    are made to the files of that tree instead.
    """
    # A ref of this process alone, given up again in the same stream: git never writes it.
    ref = b"refs/worktree/fenji-%d" % os.getpid()
    start = b"commit %s\nmark :1\n" % ref
    words = zip((b"from", *[b"merge"] * len(parents)), parents, strict=False)
    over = b"".join(b"%s %s\n" % (word, parent.encode()) for word, parent in words)
    whole = b'M 040000 %s ""\n' % tree.encode() if tree else b""
    end = b"\nget-mark :1\nreset %s\nfrom %s\n\ndone\n" % (ref, nothing.encode())
    return start + heading + over + whole + b"".join(_changed(changes)) + end


def heading(message: str, *, author: bytes, committer: bytes) -> bytes:
    """Who wrote it, who committed it (each a `signature`), and what they say."""
    text = message.rstrip("\n") + "\n"
    return b"author %s\ncommitter %s\n" % (author, committer) + _data(text.encode("utf-8", "replace"))


def _changed(changes: Changes) -> Iterator[bytes]:
    yield from (b"C %s %s\n" % (_quoted(source), _quoted(path)) for path, source in _copies(changes))
    # Deletions then: a folder may stand where a file stood.
    for path, data in sorted(changes.items(), key=lambda one: one[1] is not None):
        if isinstance(data, Copied):
            continue
        if data is None:
            yield b"D %s\n" % _quoted(path)
        elif isinstance(data, Held):
            yield b"M %s %s %s\n" % (data.mode.encode(), data.blob.encode(), _quoted(path))
        else:
            yield b"M 100644 inline %s\n" % _quoted(path) + _data(data)


def _copies(changes: Changes) -> Iterator[tuple[str, str]]:
    """Where to and where from, in an order in which nothing is written over before it is copied."""
    left = {path: data.source for path, data in changes.items() if isinstance(data, Copied)}
    while left:
        free = sorted(left.keys() - set(left.values()))
        if not free:
            raise ValueError("files that take each other's places cannot be copied one by one")
        yield from ((path, left.pop(path)) for path in free)


def _data(data: bytes) -> bytes:
    return b"data %d\n" % len(data) + data + b"\n"


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return b'"' + escaped.encode("utf-8", "surrogateescape") + b'"'


def signature(name: str, email: str, at: datetime) -> bytes:
    """Who and when, as a commit holds it; what would break the line is left out."""
    who = _NOT_IN_A_NAME.sub(" ", name).strip() or "unknown"
    where = _NOT_IN_A_NAME.sub("", email).strip()
    minutes = int((at.utcoffset() or timedelta()) / timedelta(minutes=1))
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    return f"{who} <{where}> {max(0, int(at.timestamp()))} {zone}".encode("utf-8", "replace")
