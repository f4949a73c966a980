"""The root folder of a desk, and the folders of its user. Imports nothing that would slow down the start."""

from __future__ import annotations

import os
import sys

POLICY_FILE = "policy.yaml"
_TICKET_FOLDERS = ("tickets/open", "tickets/archive")


def find_desk_root(begin: str) -> str:
    """Return the folder at or above the absolute path `begin` that holds a desk; `""` if there is none."""
    folder = begin
    while True:
        has_tickets = any(os.path.isdir(os.path.join(folder, name)) for name in _TICKET_FOLDERS)
        if has_tickets or os.path.lexists(os.path.join(folder, POLICY_FILE)):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent


def expand_home(path: str) -> str:
    """Return a path with `~` or `~name` at its start replaced by that home folder; unchanged if there is none.

    Never raises: a container's user may have neither a home nor an entry among the accounts.
    """
    try:
        return os.path.expanduser(path)
    except (OSError, ValueError):
        return path


def cache_home() -> str:
    """Return the user's cache folder; `""` if neither it nor a home folder is known."""
    return _home("XDG_CACHE_HOME", "~/.cache")


def state_home() -> str:
    """Return the user's state folder; `""` if neither it nor a home folder is known."""
    return _home("XDG_STATE_HOME", "~/.local/state")


def config_folder() -> str:
    """Return the folder of the user's settings: `$XDG_CONFIG_HOME/fenji`, else the usual one of the system."""
    if os.path.isabs(os.environ.get("XDG_CONFIG_HOME", "")) or sys.platform not in ("darwin", "win32"):
        return os.path.join(_home("XDG_CONFIG_HOME", "~/.config") or "/", "fenji")
    import platformdirs

    usual = expand_home("~/.config/fenji")  # where an earlier release looked for them
    return usual if os.path.isdir(usual) else platformdirs.user_config_dir("fenji", appauthor=False)


def _home(variable: str, fallback: str) -> str:
    configured = os.environ.get(variable, "")
    folder = configured if os.path.isabs(configured) else expand_home(fallback)
    return folder if os.path.isabs(folder) else ""
