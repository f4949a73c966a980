"""The places of the interface. Each is made when it is first visited, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.tui.kit import Kit
    from fenji.tui.screens.place import Place


def made(name: str, kit: Kit) -> Place:
    """The place of that name. Imports it only now: the first paint needs the board alone."""
    if name == "ticket":
        from fenji.tui.screens.ticket import TicketPlace

        return TicketPlace(kit)
    if name == "new":
        from fenji.tui.screens.intake import IntakePlace

        return IntakePlace(kit)
    if name == "find":
        from fenji.tui.screens.find import FindPlace

        return FindPlace(kit)
    if name == "keys":
        from fenji.tui.screens.keys import KeysPlace

        return KeysPlace(kit)
    if name == "synonyms":
        from fenji.tui.screens.synonyms import SynonymsPlace

        return SynonymsPlace(kit)
    from fenji.tui.screens.bad import BadPlace

    return BadPlace(kit)
