"""Read this clone's settings from git's configuration, with one quick command."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fenji.git import process
from fenji.git.run import run_git

# The keys that `Repo.set_setting` may write, per clone.
SETTINGS = ("fenji.site", "fenji.user", "fenji.language", "fenji.branch", "user.name", "user.email")
_OWN = r"fenji\.(site|user|language|sign|syncevery)|user\.(name|email)"
_EXCHANGE = r"fenji\.branch|branch\..*\.(remote|merge)|remote\..*\.(url|fenjijudges)"
# Settings for work by hand that would change what git does or says, and that fenji makes harmless: by settings of its
# own (`process.SETTINGS`), by options of its commands, or by the attributes of the desk's files.
LINE_END_KEYS = ("core.autocrlf", "core.eol")
_UNUSUAL_KEYS = frozenset(
    (
        *(key.lower() for key in process.SETTINGS if not key.startswith(("color.", "core.pager", "core.quotePath"))),
        *LINE_END_KEYS,
        *("commit.gpgsign", "safe.barerepository", "status.showuntrackedfiles", "diff.external", "push.default"),
    )
)
_UNUSUAL_PATTERN = r"^(core|commit|safe|status|diff|push|log|i18n|fetch|submodule|remote)\."
_TRUE = frozenset({"true", "yes", "on", "1"})


@dataclass(frozen=True)
class CloneSettings:
    """Who works at this clone, and where; `""` if not set."""

    site: str = ""
    user: str = ""
    language: str = ""
    name: str = ""
    email: str = ""
    sign: bool = False  # whether this clone signs its commits
    sync_every: str = ""  # how often the interface syncs by itself, as a duration
    exchange: Mapping[str, str] = field(default_factory=dict)  # what git knows of branches and remotes, by key

    @property
    def person(self) -> str:
        """The key of the person at this desk: `fenji.user`, else the local part of `user.email` (format, The desk)."""
        return self.user or self.email.partition("@")[0]


def read_settings(folder: Path) -> CloneSettings:
    """Return the settings in force in `folder`; the author variables of git's environment override name and address."""
    values = _read_values(folder, f"^({_OWN}|{_EXCHANGE})$")
    return CloneSettings(
        values.get("fenji.site", ""),
        values.get("fenji.user", ""),
        values.get("fenji.language", ""),
        os.environ.get("GIT_AUTHOR_NAME") or values.get("user.name", ""),
        os.environ.get("GIT_AUTHOR_EMAIL") or values.get("user.email", ""),
        values.get("fenji.sign", "").lower() in _TRUE,
        values.get("fenji.syncevery", ""),
        values,
    )


def read_exchange(folder: Path) -> Mapping[str, str]:
    """Return what git knows of branches and remotes, by key."""
    return _read_values(folder, f"^({_EXCHANGE})$")


def _read_values(folder: Path, pattern: str) -> dict[str, str]:
    answer = run_git(folder, "config", "-z", "--get-regexp", pattern)
    entries = (entry.partition("\n") for entry in answer.stdout.decode("utf-8", "surrogateescape").split("\0"))
    return {key: value for key, _, value in entries if key}


def read_unusual(folder: Path) -> tuple[str, ...]:
    """Return the keys of settings for work by hand that differ from what fenji works with, mirrors among them."""
    answer = run_git(folder, "config", "-z", "--show-scope", "--get-regexp", _UNUSUAL_PATTERN)
    words = answer.stdout.decode("utf-8", "replace").split("\0")
    own = {key.lower(): value for key, value in process.SETTINGS.items()}
    found: dict[str, None] = {}
    for scope, entry in zip(words[::2], words[1::2], strict=False):
        key, _, value = entry.partition("\n")
        is_mirror = key.startswith("remote.") and key.endswith(".mirror")
        usual = own.get(key, "false").lower()
        if scope != "command" and (is_mirror or key in _UNUSUAL_KEYS) and value.lower() not in (usual, "false"):
            found[key] = None
    return tuple(found)
