"""Run git commands with a clean environment, and turn failures into errors. Knows nothing of tickets or commits."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fenji.errors import Unavailable
from fenji.git import damage, index_file, leftovers, locks, process
from fenji.git.full_disk import MAKE_ROOM, is_full_disk
from fenji.git.process import FIXED_VARIABLES, check_installed, git_arguments, is_dropped

TRIES = 60  # attempts while another git holds a lock
PAUSE_SECONDS = 0.05  # between two attempts
# Unlike packs and refs, git fsyncs loose objects only on request; a branch must not point at objects lost in a crash.
SYNCED = ("-c", "core.fsync=committed")
_HINTS = (
    ("dubious ownership", "The folder belongs to another user: `git config --global --add safe.directory` trusts it."),
    ("Read-only file system", "The disk is read-only; try again once it is writable."),
    ("ermission denied", "Ask the folder's owner for write access to its .git."),
    ("git repo version", "Install a newer git: this one does not know this repository's format."),
    ("unknown repository extension", "Install a newer git: this one does not know this repository's format."),
    ("bad config line", "Fix that line of git's settings in an editor, or remove it."),
    ("reference broken", "The disk lost what git wrote last: put the id that `git reflog` shows into that file."),
    (
        " is corrupt",
        (
            "The disk lost part of the history. Make a new copy (fenji init DIR --site SITE --from URL), copy the "
            "tickets folder into it, and sync there."
        ),
    ),
    (
        "alternate object path",
        "This clone borrows from another that no longer exists: restore that one, or make a new copy of the hub.",
    ),
    (".lock': File exists", "Another git holds its lock; if none is running any more, remove that .lock file."),
)


def encode_lines(lines: Iterable[str], end: str = "\n") -> bytes:
    """Return lines of input for git; a name that is not UTF-8 becomes the bytes from which it was decoded."""
    return "".join(f"{line}{end}" for line in lines).encode("utf-8", "surrogateescape")


class GitError(Unavailable):
    """A failed git command: its exit status and error output; `folder` is where it wrote, to check for a full disk."""

    def __init__(self, arguments: tuple[str, ...], status: int, stderr: str, *, folder: Path | None = None) -> None:
        command = _subcommand(arguments)
        if is_full_disk(stderr, folder):
            super().__init__("git {command} failed: the disk is full.", hint=MAKE_ROOM, command=command)
        else:
            hint = next((hint for fragment, hint in _HINTS if fragment in stderr), "")
            reason = " ".join(stderr.split()) or f"status {status}"
            super().__init__("git {command} failed: {reason}", hint=hint, command=command, reason=reason)
        self.status, self.stderr = status, stderr


def _subcommand(arguments: tuple[str, ...]) -> str:
    return next((argument for argument in arguments if not argument.startswith("-") and "=" not in argument), "")


class Git:
    """A runner of git commands in one working tree."""

    def __init__(self, top: Path, git_dir: Path) -> None:
        self.top, self.git_dir = top, git_dir
        self._wrapper: Any = None

    def run(self, *arguments: str, data: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run a command and return its stdout, waiting a bounded time for another git's lock. Raises GitError.

        Arguments must not come from a ticket or a peer unless they follow `--` or were checked before.
        """
        for attempts_left in range(TRIES, -1, -1):
            status, stdout, stderr = self._run_once(arguments, data, env or {})
            if status == 0:
                return stdout
            if index_file.is_damage(stderr) and attempts_left and index_file.rebuild_index(self.top, self.git_dir):
                continue
            if attempts_left and damage.mend(self.top, self.git_dir, stderr):
                continue
            lock = locks.find_blocking_lock(stderr)
            if lock is None or not attempts_left:
                break
            if not locks.remove_stale_lock(lock, self.top):
                time.sleep(PAUSE_SECONDS)
        if "fast-import" in arguments or is_full_disk(stderr, self.git_dir):
            leftovers.remove_leftovers(self.git_dir, self.top)
        raise GitError(arguments, status, stderr, folder=self.git_dir)

    def _run_once(self, arguments: tuple[str, ...], data: bytes, env: Mapping[str, str]) -> tuple[int, bytes, str]:
        variables = {**FIXED_VARIABLES, "GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.top), **env}
        # GitPython passes the whole environment on and cannot leave out a variable.
        dropped = [name for name in os.environ if is_dropped(name) and name not in variables]
        running = self._get_wrapper().execute(
            [
                *(("env", *(f"--unset={name}" for name in dropped)) if dropped else ()),
                *git_arguments("--literal-pathspecs", *arguments, folder=self.top),
            ],
            as_process=True,
            istream=subprocess.PIPE,
            env=variables,
        )
        stdout, stderr = running.communicate(data)
        return running.returncode, stdout, stderr.decode("utf-8", "replace")

    def _get_wrapper(self) -> Any:
        if self._wrapper is None:
            check_installed()
            from git.cmd import Git as Wrapper

            self._wrapper = Wrapper(str(self.top))
        return self._wrapper


def run_git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a quick git command in `folder`, without GitPython; the caller checks the status."""
    return process.run(arguments, folder)
