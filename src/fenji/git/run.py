"""Run one git command with a clean environment, and turn its failure into an error. Knows no tickets or commits."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fenji.errors import Unavailable
from fenji.git import locks

# Variables that would send a command to the wrong repository where fenji runs inside a hook or a rebase.
_REPO_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE")
# English output, no prompts, and no index lock for reading.
_GIT_ENVIRONMENT = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
TRIES = 60  # for a lock that another git holds
PAUSE_SECONDS = 0.05
_HINTS = (
    ("dubious ownership", "The folder belongs to another user: `git config --global --add safe.directory` trusts it."),
    ("No space left", "Make room on the disk and try again; nothing written so far is lost."),
    ("Disk quota", "Make room on the disk and try again; nothing written so far is lost."),
    ("Read-only file system", "The disk can only be read; try again once it can be written."),
    ("ermission denied", "Ask the owner of the folder for the right to write in its .git."),
    (".lock': File exists", "Another git holds its lock; where none runs any more, remove that .lock file."),
)


class GitError(Unavailable):
    """A git command failed; `status` is its exit status, `stderr` what it wrote there."""

    def __init__(self, arguments: tuple[str, ...], status: int, stderr: str) -> None:
        hint = next((hint for fragment, hint in _HINTS if fragment in stderr), "")
        reason = " ".join(stderr.split()) or f"status {status}"
        super().__init__("git {command} failed: {reason}", hint=hint, command=_subcommand(arguments), reason=reason)
        self.status, self.stderr = status, stderr


def _subcommand(arguments: tuple[str, ...]) -> str:
    return next((argument for argument in arguments if not argument.startswith("-") and "=" not in argument), "")


class Git:
    """Runs git commands in one working tree."""

    def __init__(self, top: Path, git_dir: Path) -> None:
        self.top, self.git_dir = top, git_dir
        self._wrapper: Any = None

    def run(self, *arguments: str, data: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run a command and return its stdout, waiting a bounded time for another git's lock. Raises GitError.

        Arguments never come from a ticket or a peer unless they follow `--` or were checked before.
        """
        for attempts_left in range(TRIES, -1, -1):
            status, stdout, stderr = self._run_once(arguments, data, env or {})
            if status == 0:
                return stdout
            lock = locks.find_blocking_lock(stderr)
            if lock is None or not attempts_left:
                break
            if not locks.remove_stale_lock(lock, self.top):
                time.sleep(PAUSE_SECONDS)
        raise GitError(arguments, status, stderr)

    def _run_once(self, arguments: tuple[str, ...], data: bytes, env: Mapping[str, str]) -> tuple[int, bytes, str]:
        location = {"GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.top)}
        index = {"GIT_INDEX_FILE": str(self.git_dir / "index")} if "GIT_INDEX_FILE" in os.environ else {}
        process = self._get_wrapper().execute(
            ["git", "-C", str(self.top), "--literal-pathspecs", *arguments],
            as_process=True,
            istream=subprocess.PIPE,
            env={**_GIT_ENVIRONMENT, **location, **index, **env},
        )
        stdout, stderr = process.communicate(data)
        return process.returncode, stdout, stderr.decode("utf-8", "replace")

    def _get_wrapper(self) -> Any:
        if self._wrapper is None:
            check_installed()
            from git.cmd import Git as Wrapper

            self._wrapper = Wrapper(str(self.top))
        return self._wrapper


def run_git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a quick git command in `folder`, without GitPython; the caller checks the status."""
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=git_environment(),
            check=False,
        )
    except FileNotFoundError:
        check_installed()
        raise


def git_environment() -> dict[str, str]:
    """Return an environment in which git finds its repository by its folder: English, no prompts, no hook variables."""
    return {name: value for name, value in os.environ.items() if name not in _REPO_VARIABLES} | _GIT_ENVIRONMENT


def check_installed() -> None:
    """Raise Unavailable if git is not installed."""
    if shutil.which("git") is None:
        raise Unavailable("git is not installed, or not on the PATH.", hint="Install git 2.30 or newer.")
