"""Something that a key does, as a value."""

from __future__ import annotations

from msgspec import Struct


class Action(Struct, frozen=True):
    """Something that a key does: on which `screens`, its word in the footer, and a sentence for help and palette.

    `step` is the event that it records, used to check whether it is allowed; `is_navigation` only moves around.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    screens: tuple[str, ...]
    step: str = ""
    is_navigation: bool = False
