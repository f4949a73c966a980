"""Checks of the terminal: whether there is one, and whether it is still there."""

from __future__ import annotations

import os
import sys

from fenji.errors import Unavailable


def is_browser() -> bool:
    """Return whether the interface is shown by a browser, to which Textual talks through pipes."""
    return "web_driver" in os.environ.get("TEXTUAL_DRIVER", "")


def require_terminal() -> None:
    """Raise Unavailable unless input, output and the error stream (on which Textual draws) are terminals."""
    if not is_browser() and not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Unavailable(
            "The interface needs a terminal.",
            hint="In scripts, use commands: fenji list, fenji show ID; fenji --help lists them.",
        )


def has_hung_up() -> bool:
    """Return whether the terminal is gone; SIGHUP may reach only the shell, which then waits for this program."""
    return not is_browser() and not os.isatty(sys.stdin.fileno())
