"""The terminal interface of a desk, started by `main`; slow modules are imported only when it is called."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing `typing` would delay the start
if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.desk import Desk
    from fenji.desk.early_board import FirstBoard
    from tui.terminal.first_paint import FirstPaint


def main(
    desk: Desk,
    *,
    plain: bool = False,
    painted: FirstPaint | None = None,
    read_board: Callable[[Desk], FirstBoard] | None = None,
) -> int:
    """Run the interface on a desk until the user quits, and return the exit code of the command.

    `plain` draws with ASCII and without colours. `painted` is what the terminal already shows. `read_board` returns
    the first board if something has started to read it already.
    Raises Unavailable if there is no terminal, and any error that ended the interface.
    """
    from tui.terminal import checks as terminal

    terminal.require_terminal()
    over_ssh = bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))
    if over_ssh:
        # Textual reads this once, at import: a slow link may split the escape sequence of an arrow key.
        os.environ.setdefault("ESCDELAY", "300")
    from tui.startup import create_app

    app = create_app(desk, plain=plain, over_ssh=over_ssh, read_board=read_board)
    app.first_paint = painted
    try:
        code = app.run(mouse=False)
    finally:
        app.close()
    if app.failure:
        raise app.failure
    return code or app.return_code or 0
