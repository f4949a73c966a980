"""The terminal interface over a desk: `main` opens it. Nothing heavy is imported before it is called."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.desk import Desk


def main(desk: Desk, *, plain: bool = False) -> int:
    """Open the interface on a desk and stay until the person leaves; the exit code of the command.

    `plain` draws with ASCII and without frames. Raises Unavailable where there is no terminal.
    """
    from tui import terminal

    terminal.require_terminal()
    over_ssh = bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))
    if over_ssh:
        # Textual reads it once, at import: a slow link tears the sequence of an arrow key apart.
        os.environ.setdefault("ESCDELAY", "300")
    with terminal.WidthProbe(ask=not plain) as probe:
        from tui.startup import create_app

        app = create_app(desk, plain=plain, over_ssh=over_ssh, narrow_signs=probe.is_narrow)
    try:
        return app.run(mouse=False) or app.return_code or 0
    finally:
        app.close()
