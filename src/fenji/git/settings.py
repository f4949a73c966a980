"""The settings of this clone in git's configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from fenji.git import process
from fenji.git.config import ConfigEntry, read_entries, read_flag, read_values

# The keys that `Repo.set_setting` may write, per clone.
SETTINGS = ("fenji.site", "fenji.user", "fenji.language", "fenji.branch", "user.name", "user.email")
_OWN = r"fenji\.(site|user|language|sign|syncevery)|user\.(name|email)"
_EXCHANGE = r"fenji\.branch|branch\..*\.(remote|merge)|remote\..*\.(url|fenjijudges)"
# Settings for work by hand that would change git's behaviour or output. fenji makes them harmless by settings of its
# own (`process.SETTINGS`), by options of its commands, or by the attributes of the desk's files.
LINE_END_KEYS = ("core.autocrlf", "core.eol")
_UNUSUAL_KEYS = frozenset(
    (
        *(key.lower() for key in process.SETTINGS if not key.startswith(("color.", "core.pager", "core.quotePath"))),
        *LINE_END_KEYS,
        *("commit.gpgsign", "safe.barerepository", "status.showuntrackedfiles", "diff.external", "push.default"),
    )
)
_USUAL_VALUES = {key.lower(): value.lower() for key, value in process.SETTINGS.items()}
_USUAL_VALUES["status.showuntrackedfiles"] = "normal"


class CloneSettings(Struct, frozen=True):
    """The person and site of this clone, and its other settings; `""` if not set."""

    site: str = ""
    user: str = ""
    language: str = ""
    name: str = ""
    email: str = ""
    sign: bool = False  # whether this clone signs its commits
    sync_every: str = ""  # how often the interface syncs by itself, as a duration
    exchange: Mapping[str, str] = field(default_factory=dict)  # git's settings of branches and remotes, by key

    @property
    def person(self) -> str:
        """The key of the person at this desk: `fenji.user`, else the local part of `user.email` (format, The desk)."""
        return self.user or self.email.partition("@")[0]


def read_settings(folder: Path) -> CloneSettings:
    """Return the settings in force in `folder`; the author variables of git's environment override name and address."""
    values = read_values(folder, f"{_OWN}|{_EXCHANGE}")
    return CloneSettings(
        values.get("fenji.site", ""),
        values.get("fenji.user", ""),
        values.get("fenji.language", ""),
        os.environ.get("GIT_AUTHOR_NAME") or values.get("user.name", ""),
        os.environ.get("GIT_AUTHOR_EMAIL") or values.get("user.email", ""),
        read_flag(folder, "fenji.sign"),
        values.get("fenji.syncevery", ""),
        values,
    )


def read_exchange(folder: Path) -> Mapping[str, str]:
    """Return git's settings of branches and remotes, by key."""
    return read_values(folder, _EXCHANGE)


def read_unusual(folder: Path) -> tuple[str, ...]:
    """Return the keys of settings for work by hand that differ from those that fenji uses, including mirrors."""
    found: dict[str, None] = {}
    for entry in read_entries(folder):
        is_mirror = entry.key.startswith("remote.") and entry.key.endswith(".mirror")
        if entry.scope != "command" and (is_mirror or entry.key in _UNUSUAL_KEYS) and not _is_usual(entry):
            found[entry.key] = None
    return tuple(found)


def _is_usual(entry: ConfigEntry) -> bool:
    usual = _USUAL_VALUES.get(entry.key, "false")
    return entry.is_false if usual in ("false", "no") else (entry.value or "").lower() == usual
