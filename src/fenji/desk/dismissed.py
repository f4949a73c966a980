"""The values that lost a merge and that a person has dismissed, remembered in the git folder of this clone.

Each person has their own; nobody else's view changes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fenji import files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fenji.git import Repo

FILE_NAME = "fenji-aside.json"


def dismissed_names(repo: Repo, person: str) -> frozenset[str]:
    """Return the digests of the values that a person has dismissed."""
    return frozenset(_load(repo).get(person, ()))


def remember_dismissed(repo: Repo, person: str, names: Iterable[str]) -> None:
    """Add digests to those of the values that a person has dismissed."""
    dismissed = _load(repo)
    dismissed[person] = sorted({*dismissed.get(person, ()), *names})
    files.keep(repo.git_dir, FILE_NAME, json.dumps(dismissed, ensure_ascii=False, sort_keys=True).encode())


def _load(repo: Repo) -> dict[str, Iterable[str]]:
    try:
        data = json.loads((repo.git_dir / FILE_NAME).read_bytes())
        return {str(person): [str(name) for name in values] for person, values in data.items()}
    except files.DAMAGE:
        return {}
