"""The actions that keys trigger, as values."""

from __future__ import annotations

from msgspec import Struct


class Action(Struct, frozen=True):
    """An action that keys trigger on its `screens`, with a `label` for the footer and a sentence for help and palette.

    `step` is the event that it records, used to check whether it is allowed; with `is_navigation` it only moves around.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    screens: tuple[str, ...]
    step: str = ""
    is_navigation: bool = False
