"""Find the person's own editor and run it on a file."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from fenji.errors import Refused, Sentence, Unavailable, os_reason
from fenji.git.config import read_values

_STDERR_FD = 2  # an editor without a terminal writes here: stdout is for the command's output


def find_editor(folder: Path, *, has_terminal: bool) -> list[str]:
    """Return the command line in $VISUAL, $EDITOR or git's core.editor in `folder`, else vi if there is a terminal.

    Raises Refused if no editor is named, Unavailable if the command line cannot be split into words.
    """
    named = (os.environ.get(name, "").strip() for name in ("VISUAL", "EDITOR"))
    line = next(filter(None, named), "") or read_values(folder, r"core\.editor").get("core.editor", "").strip()
    if not line and not has_terminal:
        raise Refused("No editor is set.", hint="Set EDITOR, or change fields with --set FIELD=VALUE.")
    try:
        return shlex.split(line or "vi")
    except ValueError as error:
        raise _start_failure(line, str(error)) from error


def run_editor(path: Path, folder: Path, *, has_terminal: bool = True) -> None:
    """Run the person's editor on a file until it exits; without a terminal its stdin is empty, so that it cannot hang.

    Raises Refused if no editor is named or it fails, Unavailable if it does not start.
    """
    editor = find_editor(folder, has_terminal=has_terminal)
    streams = (None, None) if has_terminal else (subprocess.DEVNULL, _STDERR_FD)
    try:
        code = subprocess.run([*editor, str(path)], check=False, stdin=streams[0], stdout=streams[1]).returncode
    except OSError as error:
        raise _start_failure(editor[0], os_reason(error)) from error
    if code:
        raise Refused("The editor {name} exited with code {code}; no change was made.", name=editor[0], code=code)


def _start_failure(name: str, reason: Sentence | str) -> Unavailable:
    return Unavailable(
        "The editor {name} cannot be started: {reason}.",
        hint="Set EDITOR to one that is installed.",
        name=name,
        reason=reason,
    )
