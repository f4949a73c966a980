"""The board as it was last painted, kept for the next start, which paints it before it has read anything.

There is one file for each desk and terminal size in the user's cache; it is derived and may be deleted at any time.
Texts that may be outdated are left blank: a time left that would read otherwise now, or whose ticket's file changed.
Imports nothing that would delay the first paint.
"""

from __future__ import annotations

import json
import os
import time
import zlib

from fenji.folders import cache_home

TYPE_CHECKING = False  # importing `typing` would delay the first paint
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    # Row, start and end of the text in it, until when the text is valid (seconds since 1970), the ticket's file (`""`
    # for none), its modification time in ns, and its size in bytes.
    Field = tuple[int, int, int, float, str, int, int]

_VERSION = 1
_MAX_KEPT = 4  # terminal sizes for each desk
# The variables that decide how a board is drawn, apart from the desk.
_VARIABLES = (
    *("TERM", "COLORTERM", "COLORFGBG", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"),
    *("FENJI_LANGUAGE", "FENJI_USER", "XDG_CONFIG_HOME", "SSH_CONNECTION", "SSH_TTY"),
)


def describe_surroundings(*, plain: bool) -> str:
    """Return the environment that a board drawn now depends on; a board kept under another one is not painted."""
    return "\n".join([str(_VERSION), str(plain), *(os.environ.get(name, "") for name in _VARIABLES)])


def find_folder() -> str:
    """Return the folder of all kept boards, `""` for a user without a home."""
    home = cache_home()
    return os.path.join(home, "fenji", "boards") if home else ""


def file_name(root: str, size: tuple[int, int]) -> str:
    """Return the name of the file for a desk and a size (columns, lines)."""
    return f"{_stem(root)}-{size[0]}x{size[1]}.json"


def _stem(root: str) -> str:
    return f"{os.path.basename(root)[:40]}-{zlib.crc32(os.fsencode(root)):08x}"


def list_superfluous(root: str) -> list[str]:
    """Return the names of a desk's oldest files, beyond the `_MAX_KEPT` newest."""
    folder = find_folder()
    names = [name for name in os.listdir(folder) if name.startswith(f"{_stem(root)}-")]
    return sorted(names, key=lambda name: os.lstat(os.path.join(folder, name)).st_mtime_ns)[:-_MAX_KEPT]


def serialize(root: str, surroundings: str, rows: Sequence[str], fields: Iterable[Field]) -> bytes:
    """Return the bytes of the file."""
    kept = {"root": root, "surroundings": surroundings, "rows": list(rows), "fields": list(fields)}
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "surrogatepass")


def load_rows(root: str, size: tuple[int, int], surroundings: str) -> list[str]:
    """Return the rows to paint now; none if no board is kept for this desk, size and surroundings."""
    try:
        path = os.path.join(find_folder(), file_name(root, size))
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            if os.fstat(handle).st_uid != os.getuid():
                return []
            kept = json.loads(file.read())
        if (kept["root"], kept["surroundings"], len(kept["rows"])) != (root, surroundings, size[1]):
            return []
        return _without_outdated(root, [str(row) for row in kept["rows"]], kept["fields"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):  # damaged, or of another version
        return []


def _without_outdated(root: str, rows: list[str], fields: Iterable[Field]) -> list[str]:
    now = time.time()
    for y, start, end, until, path, changed_ns, size in fields:
        if now >= until or (path and not _is_unchanged(os.path.join(root, path), changed_ns, size)):
            rows[y] = rows[y][:start] + " " * (end - start) + rows[y][end:]
    return rows


def _is_unchanged(path: str, changed_ns: int, size: int) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return (found.st_mtime_ns, found.st_size) == (changed_ns, size)
