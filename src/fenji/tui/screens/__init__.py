"""The places of the interface. Each is made when it is first visited, and kept."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.tui.kit import Kit
    from fenji.tui.screens.place import Place

_PLACES = {
    "ticket": "ticket:TicketPlace",
    "new": "intake:IntakePlace",
    "find": "find:FindPlace",
    "synonyms": "synonyms:SynonymsPlace",
    "exchange": "exchange:ExchangePlace",
    "keys": "keys:KeysPlace",
    "bad": "bad:BadPlace",
}


def made(name: str, kit: Kit) -> Place:
    """The place of that name. Imports it only now: the first paint needs the board alone."""
    module, _, kind = _PLACES[name].partition(":")
    place: Place = getattr(import_module(f"fenji.tui.screens.{module}"), kind)(kit)
    return place
