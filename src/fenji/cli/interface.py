"""Opens the interface: paints the board as it was last seen, with few imports, then loads everything else."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence

from fenji.cli import streams
from fenji.folders import expand_home, find_desk_root

TYPE_CHECKING = False  # importing `typing` would delay the start
if TYPE_CHECKING:
    from pathlib import Path

    from tui.terminal.first_paint import FirstPaint


class StartOptions:
    """The options for starting the interface: the folder given with --desk (`""` for none), and --plain."""

    def __init__(self, folder: str = "", *, plain: bool = False) -> None:
        self.folder, self.plain = folder, plain


def read_options(args: Sequence[str]) -> StartOptions | None:
    """Return the options of a command line that only opens the interface; None for any other."""
    rest, options = list(args), StartOptions()
    while rest:
        name, is_joined, value = rest.pop(0).partition("=")
        if name == "--plain" and not is_joined:
            options.plain = True
        elif name == "--desk" and not options.folder and (is_joined or rest):
            options.folder = value if is_joined else rest.pop(0)
            if not options.folder:
                return None
        else:
            return None
    return options


def start(options: StartOptions) -> int:
    """Open the interface and return its exit code."""
    streams.prepare()
    gc.disable()  # until the board is live: all objects made before then are kept
    painted = _paint_first(options) if streams.is_interactive() else None
    try:
        from pathlib import Path

        return open_interface(Path(options.folder) if options.folder else None, plain=options.plain, painted=painted)
    finally:
        gc.enable()
        if painted:
            painted.undo()


def _paint_first(options: StartOptions) -> FirstPaint | None:
    from tui.terminal.first_paint import paint_kept_board

    begin = expand_home(options.folder or os.environ.get("FENJI_DESK", "") or os.getcwd())
    root = find_desk_root(os.path.join(os.getcwd(), begin))
    return paint_kept_board(root, plain=options.plain) if root else None


def open_interface(
    folder: Path | None, person: str = "", *, plain: bool = False, painted: FirstPaint | None = None
) -> int:
    """Open the interface of a desk, over the board already `painted`. Raises Refused without a terminal."""
    from fenji.errors import Refused

    if not streams.is_interactive():
        raise Refused("The interface needs a terminal.", hint="Elsewhere, give a command; see: fenji --help")
    if os.environ.get("TERM") == "dumb":
        hint = "Set TERM correctly, such as TERM=xterm, or give a command; see: fenji --help"
        raise Refused("TERM says this terminal cannot move its cursor: dumb.", hint=hint)
    if not folder and not os.environ.get("FENJI_DESK") and not find_desk_root(os.getcwd()):
        from pathlib import Path

        from fenji.cli.first_run import offer_desk

        folder = offer_desk(Path.cwd())
        if folder is None:
            return 0
    import tui
    from fenji.desk import Desk
    from fenji.desk.early_board import EarlyBoard

    early_board = EarlyBoard(folder, person)
    with Desk.open(folder, person=person, later=True) as desk:
        return tui.main(desk, plain=plain, painted=painted, read_board=early_board.read)
