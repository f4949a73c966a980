"""The text that git's fast-import reads to make one commit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f<>]+")


def commit(parent: str, heading: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """One commit over `parent` (all zeros: none) that changes files (None: deletes), on no branch; git names it."""
    # A ref of this process alone, given up again in the same stream: git never writes it.
    ref = b"refs/worktree/fenji-%d" % os.getpid()
    start = b"commit %s\nmark :1\n" % ref
    over = b"from %s\n" % parent.encode() if parent.strip("0") else b""
    end = b"\nget-mark :1\nreset %s\nfrom %s\n\ndone\n" % (ref, b"0" * len(parent))
    return start + heading + over + b"".join(_changed(changes)) + end


def heading(message: str, *, author: bytes, committer: bytes) -> bytes:
    """Who wrote it, who committed it (each a `signature`), and what they say."""
    text = message.rstrip("\n") + "\n"
    return b"author %s\ncommitter %s\n" % (author, committer) + _data(text.encode("utf-8", "replace"))


def _changed(changes: Mapping[str, bytes | None]) -> Iterator[bytes]:
    for path, data in changes.items():
        if data is None:
            yield b"D %s\n" % _quoted(path)
        else:
            yield b"M 100644 inline %s\n" % _quoted(path) + _data(data)


def _data(data: bytes) -> bytes:
    return b"data %d\n" % len(data) + data + b"\n"


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return b'"' + escaped.encode("utf-8", "surrogateescape") + b'"'


def signature(name: str, email: str, at: datetime) -> bytes:
    """Who and when, as a commit holds it; what would break the line is left out."""
    who = _NOT_IN_A_NAME.sub(" ", name).strip() or "unknown"
    where = _NOT_IN_A_NAME.sub("", email).strip()
    minutes = int((at.utcoffset() or timedelta()) / timedelta(minutes=1))
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    return f"{who} <{where}> {max(0, int(at.timestamp()))} {zone}".encode("utf-8", "replace")
