"""A file that differs between two commits, as git tells it. Pure."""

from __future__ import annotations

from msgspec import Struct

from fenji.git.fast_import import TreeEntry


class FileDiff(Struct, frozen=True):
    """A file that differs between two commits: its entry before and after, None if absent."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None


def parse_diff(header: str, path: str) -> FileDiff:
    """Parse a line of `--raw` without its path."""
    mode, new_mode, blob, new_blob, _ = header.removeprefix(":").split(" ")
    return FileDiff(path, make_entry(mode, blob), make_entry(new_mode, new_blob))


def make_entry(mode: str, blob: str) -> TreeEntry | None:
    """Return the entry of one side of a diff; None where nothing stands there."""
    return TreeEntry(blob, mode) if mode.strip("0") else None
