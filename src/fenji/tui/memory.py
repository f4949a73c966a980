"""What the interface remembers for a person over a restart: drafts, the last query and filter, what is switched off.

One small JSON file per desk in the state folder (XDG); losing it loses nothing but drafts.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


def state_folder() -> Path:
    """`$XDG_STATE_HOME/fenji`, else `~/.local/state/fenji`."""
    named = os.environ.get("XDG_STATE_HOME")
    return (Path(named) if named else Path.home() / ".local" / "state") / "fenji"


@dataclass
class Memory:
    """Drafts by name, and settings of the last time; `keep` writes them where they changed."""

    path: Path
    drafts: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    _written: str = ""

    def keep(self) -> None:
        """Write what changed; where that fails, the screen is not bothered with it."""
        text = json.dumps({"drafts": self.drafts, "last": self.last}, ensure_ascii=False, sort_keys=True)
        if text == self._written:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(f".{os.getpid()}")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self.path)
        except OSError:
            return
        self._written = text


def recall(root: Path) -> Memory:
    """What is remembered of the desk at `root`; nothing where the file is missing or unreadable."""
    name = f"{root.name}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:8]}.json"
    path = state_folder() / name
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        held = {}
    return Memory(path, _texts(held, "drafts"), _texts(held, "last"))


def _texts(held: object, key: str) -> dict[str, str]:
    found = held.get(key) if isinstance(held, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {str(name): str(value) for name, value in found.items()}
