"""Running one git command: its surroundings, its failure as an error. Knows no ticket and no commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fenji.errors import Unavailable
from fenji.repo import locks

# What would send a command to another repository than the one meant, where fenji runs inside a hook or a rebase.
_MISLEADING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE")
# English answers; no prompt ever; reading takes no lock of the index.
_SURROUNDINGS = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
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


class GitFailed(Unavailable):
    """A git command that ended badly; `status` is its exit status, `said` what it wrote on stderr."""

    def __init__(self, arguments: tuple[str, ...], status: int, said: str) -> None:
        hint = next((hint for sign, hint in _HINTS if sign in said), "")
        reason = " ".join(said.split()) or f"status {status}"
        super().__init__("git {command} failed: {reason}", hint=hint, command=_verb(arguments), reason=reason)
        self.status, self.said = status, said


def _verb(arguments: tuple[str, ...]) -> str:
    return next((one for one in arguments if not one.startswith("-") and "=" not in one), "")


class Git:
    """Git commands in one working tree."""

    def __init__(self, top: Path, git_dir: Path) -> None:
        self.top, self.git_dir = top, git_dir
        self._wrapper: Any = None

    def run(self, *arguments: str, data: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """What the command writes on stdout. Raises GitFailed; waits a bounded time for a lock of another git.

        Arguments are never taken from a ticket or a peer unless they stand after `--` or are checked before.
        """
        for left in range(TRIES, -1, -1):
            status, out, said = self._once(arguments, data, env or {})
            if status == 0:
                return out
            lock = locks.met(said)
            if lock is None or not left:
                break
            if not locks.freed(lock, self.top):
                time.sleep(PAUSE_SECONDS)
        raise GitFailed(arguments, status, said)

    def _once(self, arguments: tuple[str, ...], data: bytes, env: Mapping[str, str]) -> tuple[int, bytes, str]:
        place = {"GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.top)}
        index = {"GIT_INDEX_FILE": str(self.git_dir / "index")} if "GIT_INDEX_FILE" in os.environ else {}
        process = self._git().execute(
            ["git", "-C", str(self.top), "--literal-pathspecs", *arguments],
            as_process=True,
            istream=subprocess.PIPE,
            env={**_SURROUNDINGS, **place, **index, **env},
        )
        out, said = process.communicate(data)
        return process.returncode, out, said.decode("utf-8", "replace")

    def _git(self) -> Any:
        if self._wrapper is None:
            check_installed()
            from git.cmd import Git as Wrapper

            self._wrapper = Wrapper(str(self.top))
        return self._wrapper


def ask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """A quick question to git in `folder`, without GitPython; the caller judges the status."""
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=surroundings(),
            check=False,
        )
    except FileNotFoundError:
        check_installed()
        raise


def surroundings() -> dict[str, str]:
    """The environment for a git that finds its repository by its folder: English, no prompts, no hook's leftovers."""
    return {name: value for name, value in os.environ.items() if name not in _MISLEADING} | _SURROUNDINGS


def check_installed() -> None:
    """Raise Unavailable where there is no git."""
    if shutil.which("git") is None:
        raise Unavailable("git is not installed, or not on the PATH.", hint="Install git 2.30 or newer.")
