"""The places for a search index: in the desk, else in the user's cache folder, else in memory for one process."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from fenji.errors import Sentence
from fenji.folders import cache_home

_SHARED_MEMORY = Path("/dev/shm")


class IndexPlace(Struct, frozen=True):
    """The folder of an index, the files that say what is in it, and the notice for one outside the desk (else None)."""

    folder: Path
    manifest: Path
    seen: Path
    notice: Callable[[Sentence], Sentence] | None = None
    is_temporary: bool = False

    def remove(self) -> None:
        """Remove the index if it was only meant for this process."""
        if self.is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


def index_places(root: Path, git_dir: Path) -> Iterator[IndexPlace]:
    """Yield the places for the index of the desk at `root`, the best first, without those that cannot be created."""
    yield IndexPlace(root / "index", git_dir / "fenji-index.json", git_dir / "fenji-index-seen.json")
    with suppress(OSError, RuntimeError):
        folder = cache_folder(root)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield IndexPlace(folder / "index", folder / "index.json", folder / "seen.json", _say_cached(folder))
    with suppress(OSError):
        memory = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None
        temporary = Path(tempfile.mkdtemp(prefix="fenji-index-", dir=memory))
        manifest, seen = temporary / "index.json", temporary / "seen.json"
        yield IndexPlace(temporary, manifest, seen, _say_in_memory, is_temporary=True)


def cache_folder(root: Path) -> Path:
    """Return `$XDG_CACHE_HOME/fenji/<desk>`, else `~/.cache/fenji/<desk>`. Raises OSError without a home."""
    home = cache_home()
    if not home:
        raise FileNotFoundError("~/.cache")
    digest = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:8]
    return Path(home, "fenji", f"{root.name}-{digest}")


def link_leaving(root: Path) -> Sentence | None:
    """Return a sentence if `index` is a link that leads out of the desk, which is not followed; else None."""
    folder = root / "index"
    if not folder.is_symlink() or folder.resolve().is_relative_to(root.resolve()):
        return None
    return Sentence("index is a link that leads out of the desk and is not followed.")


def find_obstacle(root: Path, git_dir: Path) -> Sentence | None:
    """Return why the index in the desk cannot be updated: a link, or a path that this user cannot write; else None."""
    leaving = link_leaving(root)
    if leaving:
        return leaving
    index = root / "index"
    places = [index, *index.rglob("*")] if index.is_dir() else [root]
    places += (git_dir, git_dir / "fenji-index.json", git_dir / "fenji-index-seen.json")
    closed = next((path for path in places if path.exists() and not os.access(path, os.W_OK)), None)
    if closed is None:
        return None
    return Sentence("The index cannot follow the desk: you cannot write to {place}.", {"place": str(closed)})


def _say_cached(folder: Path) -> Callable[[Sentence], Sentence]:
    template = "{reason} Searching uses an index in {folder}."
    return lambda reason: Sentence(template, {"reason": reason, "folder": str(folder)})


def _say_in_memory(reason: Sentence) -> Sentence:
    return Sentence("{reason} Searching uses an index in memory, rebuilt by each command.", {"reason": reason})
