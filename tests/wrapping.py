"""Looking for sentences on a screen that breaks lines where they end, in Chinese within a sentence too."""

from __future__ import annotations


def join_lines(text: str) -> str:
    """The text without any white space, so that it is the same wherever its lines were broken."""
    return "".join(text.split())


def shows(screen: str, *wanted: str, gone: str = "") -> bool:
    """Whether all of `wanted` stand on the screen, and `gone` does not, wherever lines are broken."""
    text = join_lines(screen)
    return all(join_lines(part) in text for part in wanted) and (not gone or join_lines(gone) not in text)
