"""Putting the interface together: settings, signs and memory, and the first reading of the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.analysis import fold
from fenji.board import parse as parsed
from fenji.errors import FenjiError
from fenji.tui import look, memory
from fenji.tui.app import FenjiApp
from fenji.tui.kit import Kit
from fenji.tui.settings import Settings, settings
from fenji.tui.triage import Triage
from fenji.tui.voice import Voice

if TYPE_CHECKING:
    from fenji.board import Filter
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
    return FenjiApp(kit, _triage(kit))


def _triage(kit: Kit) -> Triage:
    """The list of the board, with the filter of the last time where that can still be read."""
    board = kit.desk.board()

    def parse(words: str) -> Filter:
        return parsed(words, me=kit.desk.person, fold=fold)

    try:
        return Triage(board, parse, kit.memory.last.get("filter", ""))
    except FenjiError:
        return Triage(board, parse)


def _fine(wanted: str, *, narrow: bool) -> bool:
    return wanted == "fine" or (wanted != "ascii" and narrow)
