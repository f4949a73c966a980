"""The merge driver, which git runs for each ticket that changed on both sides when somebody pulls by hand.

    merge-driver BASE OURS THEIRS PATH

Hand edits without an event are explained first.
Exit 0: OURS now has the merged version. Exit 1: git reports a conflict; OURS is left as it was, and the next
`fenji sync` merges the versions that git keeps. Git starts a process for each file, so `fenji sync` is far quicker.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from fenji import git as repositories
from fenji.errors import Damaged, Refused
from fenji.git import branches, unmerged
from fenji.git.commit_object import CommitPerson
from fenji.judge import authors
from fenji.model.workflow import with_replayed_state
from fenji.storage import edit_base, synonyms_file, yaml_codec
from fenji.storage.ahead import merge_versions
from fenji.storage.typed_values import HandEditAuthor
from fenji.sync import keep
from fenji.sync.explain import explain_version, load_policy
from fenji.sync.policy_choice import rank_owned

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.ticket import Ticket

EXIT_CONFLICT = 1
_OWNED = re.compile(r"(?:(?<=/)|\A)(?:(?:policy|contracts|remind)\.yaml|imports/[^/]+|templates/[^/]+)\Z")


def main(arguments: Sequence[str]) -> int:
    """Merge the versions in the named files and return the exit status; report unmerged versions on stderr."""
    if len(arguments) != 4:
        print("usage: merge-driver BASE OURS THEIRS PATH (git runs this)", file=sys.stderr)
        return 2
    base, ours, theirs = (Path(argument) for argument in arguments[:3])
    path = arguments[3]
    if owned := _OWNED.search(path):
        return _merge_owned(ours, theirs, Path(path[: owned.start()]), owned[0])
    if Path(path).name == synonyms_file.FILE_NAME:
        return _merge_synonyms(base, ours, theirs)
    return _merge_ticket(base, ours, theirs, path)


def _merge_synonyms(base: Path, ours: Path, theirs: Path) -> int:
    merged = synonyms_file.merge_versions(*(version.read_bytes() or None for version in (base, ours, theirs)))
    ours.write_bytes(merged or b"")
    return 0


def _merge_ticket(base: Path, ours: Path, theirs: Path, path: str) -> int:
    versions = [_read_ticket(version_path, path) for version_path in (base, ours, theirs)]
    if not versions[1] or not versions[2]:
        return _keep_readable(ours, theirs, versions, path)
    if versions[1].uid != versions[2].uid:
        print(f"{path}: two tickets took this number; fenji sync gives one of them another", file=sys.stderr)
        return EXIT_CONFLICT
    ancestor = versions[0] if versions[0] and versions[0].uid == versions[1].uid else None
    repo = lru_cache(lambda: repositories.find_repo(Path.cwd() / path.rpartition("tickets/")[0]))
    author = lru_cache(lambda: _find_author(repo()))
    mine, other = (
        explain_version(
            version,
            ancestor,
            author,
            lambda ticket: edit_base.find_base_of_committed(repo(), ticket),
            file.read_bytes(),
        )
        for version, file in ((versions[1], ours), (versions[2], theirs))
    )
    try:
        ours.write_bytes(yaml_codec.dump(merge_versions(mine, other, lambda: ancestor)))
    except Refused as refused:  # both together are too large for a file
        print(f"{path}: {refused.sentence}", file=sys.stderr)
        return EXIT_CONFLICT
    return 0


def _find_author(repo: Repo) -> HandEditAuthor:
    """Return who commits the merge: the author of the commit that a rebase repeats, else the person at this desk."""
    settings, at = repo.read_settings(), datetime.now().astimezone().replace(microsecond=0)
    repeated = unmerged.read_repeated_author(repo)
    name, email = (
        repeated.get(f"GIT_AUTHOR_{key}") or own for key, own in (("NAME", settings.name), ("EMAIL", settings.email))
    )
    policy = load_policy(repo)
    if policy is None:
        return HandEditAuthor(settings.person or email.partition("@")[0] or name, at)
    writer = authors.identify_author(CommitPerson(name, email, at), policy)
    person = settings.person if not repeated and settings.person else writer
    return HandEditAuthor(person if authors.may_speak_for(writer, person, policy, at) else writer, at, policy)


def _read_ticket(path: Path, shown_path: str) -> Ticket | None:
    try:
        return with_replayed_state(yaml_codec.read_ticket(path.read_bytes(), shown_path))
    except (Damaged, OSError):
        return None


def _keep_readable(ours: Path, theirs: Path, versions: Sequence[Ticket | None], path: str) -> int:
    if not versions[1] and not versions[2]:
        print(f"{path}: neither version can be read", file=sys.stderr)
        return EXIT_CONFLICT
    print(f"{path}: one version cannot be read; the other stands, git keeps both", file=sys.stderr)
    if not versions[1]:
        ours.write_bytes(theirs.read_bytes())
    return 0


def _merge_owned(ours: Path, theirs: Path, desk: Path, path: str) -> int:
    """Take the hub's version, else the one that every clone would choose, and keep the other in a file of its own."""
    root = Path.cwd() / desk
    hub = _read_hub_version(root, path)
    mine, other = ours.read_bytes(), theirs.read_bytes()
    standing = hub if hub in (mine, other) else max(mine, other, key=partial(rank_owned, path))
    kept = keep.keep_draft(root, path, other if standing == mine else mine)
    which = "the hub's version" if standing == hub else "one version"
    print(f"{path}: {which} stands; the other is kept beside it as {kept}", file=sys.stderr)
    ours.write_bytes(standing)
    return 0


def _read_hub_version(root: Path, path: str) -> bytes | None:
    """Return the bytes of a desk's file on the remote's branch as last seen; None if there is none."""
    repo = repositories.find_repo(root)
    remote = branches.find_remote(repo)
    return repo.read(path, remote.tracking) if remote else None
