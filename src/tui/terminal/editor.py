"""The user's editor, run as a child process that has the terminal to itself."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from fenji.errors import Unavailable


def _split_command(text: str) -> list[str]:
    try:
        return shlex.split(text) or ["vi"]
    except ValueError as error:
        raise Unavailable(
            "The editor {name} does not start: {reason}.",
            hint="Set EDITOR to one that is installed.",
            name=text,
            reason=error,
        ) from error


def edit(path: Path) -> None:
    """Run `$VISUAL`, `$EDITOR` or vi on a file until it exits. Raises Unavailable if it is missing or fails."""
    command = _split_command(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    try:
        exit_code = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        raise Unavailable(
            "The editor {name} does not start: {reason}.",
            hint="Set EDITOR to one that is installed.",
            name=command[0],
            reason=error.strerror,
        ) from error
    if exit_code:
        raise Unavailable("The editor {name} ended with an error; nothing was taken over.", name=command[0])
