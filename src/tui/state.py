"""State kept for the user across restarts: drafts, the last query and filter, and choices such as the preview.

Each desk has one small JSON file in the state folder (XDG); if it is lost, only drafts are lost.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from fenji.desk import write_file
from fenji.errors import Unavailable
from fenji.folders import state_home


def state_folder() -> Path:
    """Return `$XDG_STATE_HOME/fenji`, else `~/.local/state/fenji`; without a home, use the temporary folder."""
    folder = state_home()
    return Path(folder, "fenji") if folder else Path(tempfile.gettempdir()) / f"fenji-{os.getuid()}"


class SavedState(Struct):
    """Drafts by key, and values of the last run by name; `save` writes them if they have changed."""

    path: Path
    drafts: dict[str, str] = field(default_factory=dict)
    last_values: dict[str, str] = field(default_factory=dict)
    _saved_text: str = ""

    def save(self) -> None:
        """Write the file if anything changed; a failure is ignored."""
        text = json.dumps({"drafts": self.drafts, "last": self.last_values}, ensure_ascii=False, sort_keys=True)
        if text == self._saved_text:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(self.path.parent, self.path.name, text.encode(), private=True)
        except (OSError, Unavailable):
            return
        self._saved_text = text


def load_state(root: Path) -> SavedState:
    """Load the state of the desk at `root`; empty if the file is missing or unreadable."""
    name = f"{root.name}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:8]}.json"
    path = state_folder() / name
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        data = {}
    return SavedState(path, _string_values(data, "drafts"), _string_values(data, "last"))


def _string_values(data: object, key: str) -> dict[str, str]:
    values = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(values, Mapping):
        return {}
    return {str(name): str(value) for name, value in values.items()}
