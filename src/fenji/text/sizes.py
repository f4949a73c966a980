"""Sizes in bytes as people read them. Pure."""

from __future__ import annotations

_KB, _MB = 1000, 1_000_000


def format_size(count: int) -> str:
    """Format a number of bytes as `950 B`, `48 kB` or `3.1 MB`, with 1000 bytes to the kB; a half is rounded up."""
    if count < _KB:
        return f"{count} B"
    kilobytes = (count + _KB // 2) // _KB
    if kilobytes < _KB:
        return f"{kilobytes} kB"
    tenths = (count + _MB // 20) // (_MB // 10)
    return f"{tenths // 10}.{tenths % 10} MB"
