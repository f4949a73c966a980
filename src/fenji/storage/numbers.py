"""Find from git which ticket numbers were ever used, including those no longer on this disk or in any file.

A ticket is reported in `tickets/open`, so the files added there, commit by commit, name every number that was given.
The highest of each site and year is kept in the git folder together with the commits that were searched; a number is
never given again, even if its commit is dropped. The file may be deleted: it is rebuilt from the history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from fenji import files
from fenji.errors import Unavailable
from fenji.git.run import run_git
from fenji.storage import layout

if TYPE_CHECKING:
    from fenji.git import Repo

FILE_NAME = "fenji-numbers.json"
# Commits searched before the first number is given; a sync searches the rest. A hundred thousand take four seconds.
_FIRST_COMMITS = 2_000
MAX_SEQUENCE = 9_999_999  # seven digits
# Larger numbers count only once these are used up: nobody reports a million tickets a year, and one planted number
# must not use up a site's.
_MAX_COMMON = 999_999


class UsedNumbers:
    """The running numbers that the history of one desk has used."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def next_sequence(self, site: str, year: int, others: Iterable[str] = ()) -> int:
        """Return the running number after the highest of a site and year in git and among `others`."""
        prefix = f"{site}-{year:04}-"
        tips, highest = self._update(whole=False)
        current = (number for tip in tips for number in self._list_current(tip, site, year))
        sequences = {layout.sequence_number(number) for number in (*current, *others) if number.startswith(prefix)}
        counted: set[int] = {
            0,
            *highest.get(prefix, ()),
            *(sequence for sequence in sequences if sequence <= MAX_SEQUENCE),
        }
        common = max(sequence for sequence in counted if sequence <= _MAX_COMMON)
        following: int = 1 + (max(counted) if common == _MAX_COMMON else common)
        if following <= MAX_SEQUENCE:
            return following
        # Somebody planted the last number: count back from there.
        return max(set(range(MAX_SEQUENCE - len(counted), MAX_SEQUENCE)) - counted)

    def read_history(self) -> None:
        """Search the whole history, once for each clone; afterwards only its new commits."""
        self._update(whole=True)

    def remember(self, number: str) -> None:
        """Remember that a number was given, because its commit may be dropped before it is searched."""
        tips, is_whole, highest = self._load()
        _raise_highest(highest, [number])
        self._save(tips, is_whole, highest)

    def _update(self, *, whole: bool) -> tuple[list[str], dict[str, list[int]]]:
        """Return the tips of all branches, and the up-to-date highest numbers of the history by site and year.

        There are two for each site and year: the highest of up to six digits, and the highest of seven.
        """
        answer = run_git(self._repo.top, "rev-parse", "--revs-only", "HEAD", "--branches", "--remotes")
        tips = sorted(set(answer.stdout.decode().split()))
        known_tips, is_whole, highest = self._load()
        if tips == known_tips and (is_whole or not whole):
            return tips, highest
        without = known_tips if is_whole or not whole else []
        added = self._list_added(tips, without, limited=not without and not whole)
        if added is None:  # commits that were searched are gone
            added = self._list_added(tips, [], limited=not whole) or []
            is_whole = False
        _raise_highest(highest, added)
        self._save(tips, is_whole or whole, highest)
        return tips, highest

    def _list_added(self, tips: list[str], without: list[str], *, limited: bool) -> list[str] | None:
        """Return the numbers of the tickets that were added to `tickets/open`; None if git lacks a commit."""
        options = ("--no-show-signature", "--format=", "--name-only", "-z", "--diff-filter=A", "--no-renames")
        limit = (f"--max-count={_FIRST_COMMITS}",) if limited else ()
        folder = f"{self._repo.prefix}{layout.OPEN_FOLDER}"
        excluded = (f"^{commit}" for commit in without)
        if not tips:
            return []
        answer = run_git(self._repo.top, "log", *options, *limit, *tips, *excluded, "--", folder)
        return list(_ids_of(answer.stdout)) if answer.returncode == 0 else None

    def _list_current(self, tip: str, site: str, year: int) -> Iterator[str]:
        """Yield the numbers in a commit of the open tickets and of those in the archive of a site and year."""
        folders = (layout.OPEN_FOLDER, f"{layout.ARCHIVE_FOLDER}/{site}/{year:04}")
        paths = (f"{self._repo.prefix}{folder}/" for folder in folders)
        answer = run_git(self._repo.top, "ls-tree", "--full-tree", "--name-only", "-z", tip, "--", *paths)
        yield from _ids_of(answer.stdout)

    def _load(self) -> tuple[list[str], bool, dict[str, list[int]]]:
        try:
            data = json.loads((self._repo.git_dir / FILE_NAME).read_bytes())
            highest = {str(key): [int(pair[0]), int(pair[1])] for key, pair in data["highest"].items()}
            return [str(tip) for tip in data["tips"]], bool(data["whole"]), highest
        except files.DAMAGE:
            return [], False, {}

    def _save(self, tips: list[str], whole: bool, highest: dict[str, list[int]]) -> None:  # noqa: FBT001
        data = {"tips": tips, "whole": whole, "highest": highest}
        try:
            files.keep(self._repo.git_dir, FILE_NAME, json.dumps(data).encode())
        except Unavailable:
            return  # looked up again next time


def _raise_highest(highest: dict[str, list[int]], numbers: Iterable[str]) -> None:
    for number in numbers:
        site, year, _ = number.split("-", 2)
        sequence, pair = layout.sequence_number(number), highest.setdefault(f"{site}-{year}-", [0, 0])
        index = 0 if sequence <= _MAX_COMMON else 1
        pair[index] = max(pair[index], sequence if sequence <= MAX_SEQUENCE else 0)


def _ids_of(listing: bytes) -> Iterator[str]:
    names = (path.rpartition("/")[2] for path in listing.decode("utf-8", "surrogateescape").split("\0"))
    yield from (name[:-5] for name in names if name.endswith(".yaml") and layout.sequence_number(name[:-5]))
