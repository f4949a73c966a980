"""Finding sentences on a screen wherever its lines are broken, which in Chinese may be after any character."""

from __future__ import annotations


def join_lines(text: str) -> str:
    """Return the text without white space, so that it is the same wherever its lines were broken."""
    return "".join(text.split())


def shows(screen: str, *wanted: str, gone: str = "") -> bool:
    """Whether all of `wanted` are on the screen, and `gone` is not, wherever lines are broken."""
    text = join_lines(screen)
    return all(join_lines(part) in text for part in wanted) and (not gone or join_lines(gone) not in text)
