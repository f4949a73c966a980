"""Format the input from which git's fast-import makes one commit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

_UNSAFE_CHARS = re.compile(r"[\x00-\x1f\x7f<>]+")


PROGRAM = "100755"  # the mode of an executable file


class TreeEntry(Struct, frozen=True):
    """A file in a git tree: the id of its blob, and its mode (100644, 100755, 120000 for a symbolic link …)."""

    blob: str
    mode: str = "100644"


class CopyFrom(Struct, frozen=True):
    """A copy of the file at another path of the same tree; git does not read its contents and may even lack them."""

    source: str


FileChanges = Mapping[str, bytes | TreeEntry | CopyFrom | None]


def format_commit(
    parents: Sequence[str], header: bytes, changes: FileChanges, *, null_id: str, tree: str = ""
) -> bytes:
    """Return the input for one commit on `parents`, on no branch, that changes files of the first parent.

    A change of None deletes the file. `null_id` is the all-zero id, as long as the repository's object ids. With
    `tree`, the changes apply to the files of that tree instead.
    """
    # A ref that only this process uses and that the same stream resets again: git never writes it.
    ref = b"refs/worktree/fenji-%d" % os.getpid()
    start = b"commit %s\nmark :1\n" % ref
    parent_links = zip((b"from", *[b"merge"] * len(parents)), parents, strict=False)
    parent_lines = b"".join(b"%s %s\n" % (word, parent.encode()) for word, parent in parent_links)
    tree_line = b'M 040000 %s ""\n' % tree.encode() if tree else b""
    end = b"\nget-mark :1\nreset %s\nfrom %s\n\ndone\n" % (ref, null_id.encode())
    return start + header + parent_lines + tree_line + b"".join(_format_changes(changes)) + end


def format_header(message: str, *, author: bytes, committer: bytes) -> bytes:
    """Return the lines for author and committer (each from `format_person`) and the message."""
    text = message.rstrip("\n") + "\n"
    return b"author %s\ncommitter %s\n" % (author, committer) + _format_data(text.encode("utf-8", "replace"))


def _format_changes(changes: FileChanges) -> Iterator[bytes]:
    yield from (b"C %s %s\n" % (_quote_path(source), _quote_path(path)) for path, source in _order_copies(changes))
    # Deletions before additions: a folder may replace a file of the same name.
    for path, data in sorted(changes.items(), key=lambda item: item[1] is not None):
        if isinstance(data, CopyFrom):
            continue
        if data is None:
            yield b"D %s\n" % _quote_path(path)
        elif isinstance(data, TreeEntry):
            yield b"M %s %s %s\n" % (data.mode.encode(), data.blob.encode(), _quote_path(path))
        else:
            yield b"M 100644 inline %s\n" % _quote_path(path) + _format_data(data)


def _order_copies(changes: FileChanges) -> Iterator[tuple[str, str]]:
    """Yield (target, source) pairs in an order in which no source is overwritten before it is copied."""
    remaining = {path: data.source for path, data in changes.items() if isinstance(data, CopyFrom)}
    while remaining:
        ready = sorted(remaining.keys() - set(remaining.values()))
        if not ready:
            raise ValueError("files that take each other's places cannot be copied one by one")
        yield from ((path, remaining.pop(path)) for path in ready)


def _format_data(data: bytes) -> bytes:
    return b"data %d\n" % len(data) + data + b"\n"


def _quote_path(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return b'"' + escaped.encode("utf-8", "surrogateescape") + b'"'


def format_person(name: str, email: str, at: datetime) -> bytes:
    """Return name, address and time as a commit stores them, without characters that would break the line."""
    clean_name = _UNSAFE_CHARS.sub(" ", name).strip() or "unknown"
    clean_email = _UNSAFE_CHARS.sub("", email).strip()
    minutes = int((at.utcoffset() or timedelta()) / timedelta(minutes=1))
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    return f"{clean_name} <{clean_email}> {max(0, int(at.timestamp()))} {zone}".encode("utf-8", "replace")
