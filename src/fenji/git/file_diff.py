"""A file that differs between two commits, parsed from git's output. Runs no git."""

from __future__ import annotations

from msgspec import Struct

from fenji.git.fast_import import TreeEntry


class FileDiff(Struct, frozen=True):
    """A file that differs between two commits: its entry before and after, None if absent."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None


def parse_diff(header: str, path: str) -> FileDiff:
    """Parse a line of git's `--raw` output, given without its path."""
    mode, new_mode, blob, new_blob, _ = header.removeprefix(":").split(" ")
    return FileDiff(path, make_entry(mode, blob), make_entry(new_mode, new_blob))


def make_entry(mode: str, blob: str) -> TreeEntry | None:
    """Return the entry of one side of a diff; None if that side has no file."""
    return TreeEntry(blob, mode) if mode.strip("0") else None
