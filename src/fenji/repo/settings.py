"""The settings that git's configuration holds for this clone, read with one quick command."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fenji.repo.command import ask

# What `Repo.set_setting` may write, per clone.
SETTINGS = ("fenji.site", "fenji.user", "fenji.language", "user.name", "user.email")
_PATTERN = r"^(fenji\.(site|user|language|sign|syncevery)|user\.(name|email))$"
_TRUE = frozenset({"true", "yes", "on", "1"})


@dataclass(frozen=True)
class Settings:
    """Who works here and where; `""` where nothing is set."""

    site: str = ""
    user: str = ""
    language: str = ""
    name: str = ""
    email: str = ""
    sign: bool = False  # whether this clone signs its commits
    sync_every: str = ""  # how often the interface exchanges by itself, as a duration

    @property
    def person(self) -> str:
        """The key of the person at this desk: `fenji.user`, else the local part of git's address (format, The desk)."""
        return self.user or self.email.partition("@")[0]


def settings(folder: Path) -> Settings:
    """The settings in force in `folder`: the clone's own before the user's; the environment before git's identity."""
    answer = ask(folder, "config", "-z", "--get-regexp", _PATTERN)
    found: dict[str, str] = {}
    for entry in answer.stdout.decode("utf-8", "replace").split("\0"):
        key, _, value = entry.partition("\n")
        found[key] = value
    return Settings(
        found.get("fenji.site", ""),
        found.get("fenji.user", ""),
        found.get("fenji.language", ""),
        os.environ.get("GIT_AUTHOR_NAME") or found.get("user.name", ""),
        os.environ.get("GIT_AUTHOR_EMAIL") or found.get("user.email", ""),
        found.get("fenji.sign", "").lower() in _TRUE,
        found.get("fenji.syncevery", ""),
    )
