"""Examine a desk and its surroundings, and report in one line each what is well, what is odd, and what needs doing.

Works even if the desk cannot be opened. Changes nothing and needs no network. The checks are in `machine`, `folders`,
`clone` and `contents`, one function each.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji import git as repositories
from fenji.desk import open as opening
from fenji.desk.doctor import clone, contents, folders, machine
from fenji.desk.doctor.finding import Check, Finding, Surroundings, fault, ok
from fenji.errors import Damaged, FenjiError, Sentence, os_reason
from fenji.git import branches

if TYPE_CHECKING:
    from fenji.git import Repo

__all__ = ["FINDING_NAMES", "Diagnosis", "Finding", "diagnose"]

_CHECKS: tuple[tuple[str, Check], ...] = (
    ("git", machine.check_git),
    ("ssh", machine.check_ssh),
    ("terminal", machine.check_terminal),
    ("locale", machine.check_locale),
    ("home", machine.check_home),
    ("desk", lambda desk: iter(desk.broken)),
    ("repository", clone.check_place),
    ("disk", folders.check_disk),
    ("file locks", folders.check_file_locks),
    ("rights", folders.check_rights),
    ("branch", clone.check_branch),
    ("hub", clone.check_hub),
    ("extent", clone.check_extent),
    ("unfinished", clone.check_unfinished),
    ("locks", clone.check_locks),
    ("clock", clone.check_clock),
    ("settings", clone.check_settings),
    ("merge driver", clone.check_merge_driver),
    ("index", folders.check_index),
    ("policy", contents.check_policy),
    ("person", contents.check_person),
    ("site", contents.check_site),
    ("holidays", contents.check_calendars),
    ("files", contents.check_files),
    ("held", contents.check_held),
)
# The names of findings: that of their check, or a name for one of several things that a check may find.
FINDING_NAMES = (*(name for name, _ in _CHECKS), "format", "sparse", "shallow", "stash", "thin", "zones")


class Diagnosis(Struct, frozen=True):
    """The findings of the doctor, and the language of the desk (`""` if it is not known)."""

    findings: tuple[Finding, ...]
    language: str = ""

    @property
    def needs_doing(self) -> bool:
        """Whether any finding asks for something to be done."""
        return any(finding.state == "fault" for finding in self.findings)


def diagnose(start: Path | None = None, *, now: datetime | None = None) -> Diagnosis:
    """Examine the desk at or above `start` (else FENJI_DESK, else the current folder); errors become findings."""
    desk = _find_surroundings(Surroundings(now or datetime.now(UTC), start))
    findings = tuple(finding for name, check in _CHECKS for finding in _run(name, check, desk))
    return Diagnosis(findings, desk.user.language if desk.user else "")


def _run(name: str, check: Check, desk: Surroundings) -> Iterator[Finding]:
    """Run a check; an error in it becomes a finding too."""
    try:
        yield from check(desk)
    except FenjiError as error:
        yield Finding(name, "fault", error.sentence, error.hint)
    except OSError as error:
        values = {"name": name, "reason": os_reason(error), "path": str(error.filename or "")}
        message = Sentence("This could not be checked ({name}): {reason}. {path}", values)
        yield fault(name, message, hint="Fix that, then check again.")


# --- finding the desk -------------------------------------------------------------------------------------------------


def _find_surroundings(desk: Surroundings) -> Surroundings:
    """Find as much of the desk as possible: its folder, its repository, its policy, the person at it."""
    try:
        root = opening.find_desk(desk.start)
    except (FenjiError, OSError) as error:
        return replace(desk, broken=(_describe_failure("desk", error),))
    desk = replace(desk, root=root, broken=(ok("desk", Sentence("The desk is {path}.", {"path": str(root)})),))
    if shutil.which("git") is None:  # `check_git` reports that
        return _with_policy_file(desk, root)
    try:
        return _with_policy(desk, repositories.find_repo(root))
    except (FenjiError, OSError) as error:
        desk = replace(desk, broken=(*desk.broken, _describe_failure("repository", error)))
        return _with_policy_file(desk, root)


def _describe_failure(name: str, error: FenjiError | OSError) -> Finding:
    if isinstance(error, FenjiError):
        return Finding(name, "fault", error.sentence, error.hint)
    message = Sentence("The current folder cannot be used: {reason}.", {"reason": os_reason(error)})
    return fault(name, message, hint="Go to another folder, or name the desk with --desk DIR.")


def _with_policy(desk: Surroundings, repo: Repo) -> Surroundings:
    desk = replace(desk, repo=repo, remote=branches.find_remote(repo))
    try:
        loaded = opening.load_policy_in_force(repo.root, repo)
    except Damaged as damaged:
        return replace(desk, policy_problems=damaged.problems)
    user = opening.resolve_user(loaded.policy, repo.read_settings())
    return replace(desk, policy=loaded.policy, policy_problems=loaded.problems, policy_in_force=loaded, user=user)


def _with_policy_file(desk: Surroundings, root: Path) -> Surroundings:
    """Read policy.yaml without git, and so without any earlier version of it."""
    try:
        return replace(desk, policy=opening.parse_policy((root / opening.POLICY_FILE).read_bytes()))
    except Damaged as damaged:
        return replace(desk, policy_problems=damaged.problems)
    except OSError:
        return desk
