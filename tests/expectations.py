"""What desks and a hub must have in the end: acknowledged acts, typed words, sound repositories."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, field

from clones import git
from commandline import fenji
from fenji.desk import Desk
from fenji.errors import Damaged
from fenji.model.annotations import EventKey
from fenji.storage.adopt import TYPED_FOLDER
from fenji.storage.yaml_codec import read_ticket
from fenji.sync.held import list_held


class Expected(Struct):
    """Acknowledged events, words that somebody typed, and the words of acts that no hub may accept."""

    events: set[EventKey] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    forged: set[str] = field(default_factory=set)

    def assert_met(self, hub: Path, desks: Iterable[Path]) -> None:
        """Assert that all acts are in the hub's logs, held or stashed, all words are found, and all checks pass."""
        for repo in (hub, *desks):
            git(repo, "fsck", "--strict")
        self._assert_events(hub, set().union(*map(_held_events, desks), *map(_stashed_events, desks)))
        missing = self.texts - find_words(desks)
        assert not missing, missing
        for desk in desks:
            _assert_checked(desk)

    def _assert_events(self, hub: Path, held: set[EventKey]) -> None:
        logged = set[EventKey]()
        for path in git(hub, "ls-tree", "-r", "--name-only", "main", "tickets/open", "tickets/archive").split():
            if path.endswith(".yaml"):
                data = git(hub, "show", f"main:{path}")
                assert not self.forged & words_in(data), path
                logged |= events_in(data.encode())
        missing = self.events - logged - held
        assert not missing, missing


def find_words(desks: Iterable[Path]) -> set[str]:
    """Return every word that is in a commit of any ref, in a file that fenji kept, or in a file on the disk."""
    found: set[str] = set()
    for desk in desks:
        found |= words_in(git(desk, "log", "-p", "-m", "--all", "--format=%B"))
        folders = (desk / ".git" / TYPED_FOLDER, desk / ".git/fenji-marked", desk / "tickets")
        files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        found |= {word for path in files for word in words_in(path.read_text("utf-8", "replace"))}
    return found


def words_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:typed|forged|reported|picture)\d+x\b", text))


def events_in(data: bytes) -> set[EventKey]:
    """Return the events in a ticket's file; none if it cannot be read."""
    try:
        ticket = read_ticket(data, "")
    except Damaged:
        return set()
    return {(ticket.uid, event.digest) for event in ticket.log}


def _held_events(desk: Path) -> set[EventKey]:
    """Return the events of the acts held here, all of which `fenji held` lists."""
    with Desk.open(desk) as opened:
        acts = list_held(opened.repo)
    assert len(fenji("held", "--json", "--desk", desk).json["held"]) == len(acts)
    return {act.key for act in acts}


def _stashed_events(desk: Path) -> set[EventKey]:
    """Return the events that somebody put into git's stash, and has not taken out again."""
    found = set[EventKey]()
    for stash in git(desk, "stash", "list", "--format=%H").split():
        for path in git(desk, "diff", "--name-only", "--diff-filter=d", f"{stash}^", stash, "--", "tickets").split():
            found |= events_in(git(desk, "show", f"{stash}:{path}").encode()) if path.endswith(".yaml") else set()
    return found


def _assert_checked(desk: Path) -> None:
    """Assert that the check passes, or names a ticket's file that differs from git's."""
    checked = fenji("check", "--desk", desk)
    changed = [line[3:] for line in git(desk, "status", "--porcelain", "-uall").splitlines()]
    named = [path for path in changed if path.endswith(".yaml") and path in checked.out + checked.err]
    assert checked.code == 0 or named, (checked.out, checked.err, changed)
