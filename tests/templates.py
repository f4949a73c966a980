"""Repositories that name each other by their paths: made once in a run, and copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_MADE: dict[Hashable, Path] = {}


@cache
def _folder() -> TemporaryDirectory[str]:
    """Return the folder, made when it is first needed: processes that are killed import this module too."""
    return TemporaryDirectory(prefix="fenji-templates-")


def copy_template(key: Hashable, make: Callable[[Path], object], folder: Path) -> None:
    """Copy into `folder` what `make` makes in an empty folder; it is called once for each key, with an empty home."""
    if key not in _MADE:
        template = Path(_folder().name, str(len(_MADE)))
        (template / "made").mkdir(parents=True)
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("GIT_")]:
                patch.delenv(name)
            patch.setenv("HOME", str(template))
            patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
            patch.setenv("GIT_CONFIG_GLOBAL", str(template / "gitconfig"))
            make(template / "made")
        _MADE[key] = template / "made"
    copy_repositories(_MADE[key], folder)


def copy_repositories(source: Path, folder: Path) -> None:
    """Copy a folder with all repositories in it; those that name one another then name the copies."""
    shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sample"))
    for config in (*folder.glob("*/.git/config"), *folder.glob("*/config"), *folder.glob("*/*/.git/config")):
        config.write_text(config.read_text("utf-8").replace(f"{source}{os.sep}", f"{folder}{os.sep}"), "utf-8")
