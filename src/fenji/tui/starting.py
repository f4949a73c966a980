"""Putting the interface together: settings, signs and memory, and the first reading of the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.tui import look, memory
from fenji.tui.app import FenjiApp
from fenji.tui.kit import Kit
from fenji.tui.settings import Settings, settings
from fenji.tui.voice import Voice

if TYPE_CHECKING:
    from fenji.desk import Desk


def started(
    desk: Desk, *, plain: bool = False, over_ssh: bool = False, narrow_signs: bool = False, own: Settings | None = None
) -> FenjiApp:
    """The interface of a desk, its board read. `narrow_signs`: the terminal draws ambiguous characters in one cell."""
    chosen = own or settings()
    signs = look.BARE if plain else look.FINE if _fine(chosen.signs, narrow=narrow_signs) else look.ASCII
    kit = Kit(
        desk=desk,
        voice=Voice(desk.language, desk.now().tzinfo or Voice.zone),
        look=look.look(chosen.theme, signs),
        settings=chosen,
        memory=memory.recall(desk.root),
        plain=plain,
        over_ssh=over_ssh,
    )
    return FenjiApp(kit, desk.board())


def _fine(wanted: str, *, narrow: bool) -> bool:
    return wanted == "fine" or (wanted != "ascii" and narrow)
