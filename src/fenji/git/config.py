"""Read git's whole configuration with one command, which is run again only after one of its files has changed."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from fenji.files import FileStamp, stamp_of
from fenji.git import process

_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off", ""})
# An integer as git reads it: decimal, octal or hexadecimal, with a unit.
_INTEGER = re.compile(r"\s*[+-]?(?:0x([0-9a-f]+)|0([0-7]*)|([1-9][0-9]*))([kmg]?)", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_MAX_INTEGER = (1 << 31) - 1
_REUSE_S = 2.0  # seconds at most, for changes in unknown files, such as a system-wide one in an unusual place
_FRESH_NS = 50_000_000  # nanoseconds in which a changed file may change again without getting new times
_MOST_FOLDERS = 16
# Settings that come from further files, or from files that may appear later.
_OTHER_FILES = ("include.", "includeif.", "extensions.worktreeconfig")


class ConfigEntry(Struct, frozen=True):
    """One setting: its scope (`system`, `global`, `local`, `command`), the file that sets it, its key and value."""

    scope: str
    origin: str
    key: str
    value: str | None  # None: the file has only the key, which means true

    @property
    def is_true(self) -> bool:
        """Whether git reads the value as true."""
        value = "true" if self.value is None else self.value.lower()
        return value in _TRUE or bool(_read_integer(value))

    @property
    def is_false(self) -> bool:
        """Whether git reads the value as false; a word such as `input` is neither true nor false."""
        return self.value is not None and (self.value.lower() in _FALSE or _read_integer(self.value) == 0)


class _Reading(Struct, frozen=True):
    """The settings of a folder, the monotonic time in seconds when they were read, and their sources."""

    entries: tuple[ConfigEntry, ...]
    at: float
    environment: Mapping[str, str]
    files: Mapping[Path, FileStamp | None]

    def holds(self, environment: Mapping[str, str]) -> bool:
        return (
            time.monotonic() - self.at < _REUSE_S
            and environment == self.environment
            and all(_stamp(path) == known for path, known in self.files.items())
        )


_readings: dict[Path, _Reading] = {}


def read_entries(folder: Path) -> tuple[ConfigEntry, ...]:
    """Return all settings in force in `folder`; the last one for a key wins."""
    environment = {
        name: value
        for name, value in process.git_environment().items()
        if name in ("HOME", "XDG_CONFIG_HOME") or name.startswith("GIT_")
    }
    known = _readings.get(folder)
    if known and known.holds(environment):
        return known.entries
    at, started_ns = time.monotonic(), time.time_ns()
    answer = process.run(("config", "-z", "--show-scope", "--show-origin", "--list"), folder)
    entries = tuple(_parse(answer.stdout.decode("utf-8", "surrogateescape")))
    files = {path: _stamp(path) for path in _list_files(folder, entries, environment)}
    if len(_readings) >= _MOST_FOLDERS:
        _readings.clear()
    _readings.pop(folder, None)
    if _can_be_kept(entries, files, folder, started_ns):
        _readings[folder] = _Reading(entries, at, environment, files)
    return entries


def read_values(folder: Path, pattern: str) -> dict[str, str]:
    """Return the settings in force whose keys fully match a pattern, by key."""
    matches = re.compile(pattern).fullmatch
    return {entry.key: entry.value or "" for entry in read_entries(folder) if matches(entry.key)}


def read_flag(folder: Path, key: str) -> bool:
    """Return whether a setting is true; False if it is not set."""
    values = [entry.is_true for entry in read_entries(folder) if entry.key == key]
    return bool(values) and values[-1]


def _read_integer(value: str) -> int | None:
    """Return the size of the integer that git reads in a value; None if it reads none, or one with over 32 bits."""
    match = _INTEGER.fullmatch(value)
    if match is None:
        return None
    hexadecimal, octal, decimal, unit = match.groups()
    digits, base = (hexadecimal, 16) if hexadecimal else (decimal, 10) if decimal else (octal, 8)
    number = int(digits.lstrip("0")[:20] or "0", base)  # 20 digits are too large whatever follows
    size = number * _UNITS[unit.lower()]
    return size if size <= _MAX_INTEGER else None


def _parse(listing: str) -> Iterator[ConfigEntry]:
    fields = listing.split("\0")
    for scope, origin, setting in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        key, separator, value = setting.partition("\n")
        yield ConfigEntry(scope, origin.removeprefix("file:"), key, value if separator else None)


def _list_files(folder: Path, entries: Iterable[ConfigEntry], environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files that contain the settings, and the other files in which git would look."""
    yield from {folder / entry.origin for entry in entries if entry.scope != "command"}
    home = Path(environment.get("HOME", "/"))
    yield folder / ".git"
    yield Path(environment.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))
    yield Path(environment.get("GIT_CONFIG_GLOBAL", home / ".gitconfig"))
    yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config", "git/config")


def _stamp(path: Path) -> FileStamp | None:
    """Return the stamp of a file, or only the inode of a folder; None if there is neither."""
    try:
        status = path.stat()
    except OSError:
        return None
    return FileStamp(0, 0, 0, status.st_ino) if stat.S_ISDIR(status.st_mode) else stamp_of(status)


def _can_be_kept(entries: Iterable[ConfigEntry], files: Mapping[Path, FileStamp | None], folder: Path, at: int) -> bool:
    """Return whether a change of these settings would show in their files, which were read after `at` (ns)."""
    sources = {folder / entry.origin for entry in entries if entry.scope != "command"}
    return (
        any(entry.scope == "local" for entry in entries)
        and not any(entry.key.startswith(_OTHER_FILES) for entry in entries)
        and all(files[source] for source in sources)
        and all(max(file.mtime_ns, file.ctime_ns) < at - _FRESH_NS for file in files.values() if file)
    )
