"""Whether bytes are text in an encoding."""

from __future__ import annotations


def decodes(data: bytes, encoding: str) -> bool:
    """Return whether bytes can be read in an encoding that Python knows."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
