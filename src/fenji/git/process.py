"""Start git: the only place that does, with one list of settings and one clean environment.

Settings that users make for their own work with git (a language, colours, signatures shown with each commit, hooks,
options for another server) must change neither git's output here nor the commands that it accepts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from fenji.errors import Unavailable

# Settings that could change the output that is parsed here, or the commands accepted. Options of a command win.
SETTINGS: Mapping[str, str] = {
    "log.showSignature": "false",
    "log.follow": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "i18n.commitEncoding": "UTF-8",
    "core.quotePath": "false",
    "core.pager": "cat",
    "core.ignoreStat": "false",
    "core.fsmonitor": "false",  # a user's program that reports changed files
    "core.hooksPath": os.devnull,  # hooks of a desk are for work by hand; a hub's are run by the hub's own process
    **dict.fromkeys(
        [f"color.{part}" for part in ("ui", "advice", "branch", "diff", "push", "remote", "status", "transport")],
        "false",
    ),
    "diff.ignoreSubmodules": "none",
    "diff.orderFile": os.devnull,
    "diff.relative": "false",
    "diff.renames": "false",
    "fetch.prune": "false",
    "fetch.recurseSubmodules": "false",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.negotiate": "false",
    "push.pushOption": "",  # empties the list
    "push.recurseSubmodules": "no",
    "submodule.recurse": "false",
    "status.relativePaths": "false",
}
OLDEST_GIT = (2, 30)
# English output, no prompts, no advice, and no index lock for reading.
FIXED_VARIABLES = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_ADVICE": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}
# The folders in which the objects of a push wait until a hook has judged them.
_QUARANTINE_VARIABLES = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
# The variables of `git rev-parse --local-env-vars`, which a hook or a rebase sets for its own repository, except
# GIT_CONFIG_COUNT, with which people configure git (git-config(1)); and those that change paths, dates and output.
_DROPPED_VARIABLES = frozenset(
    (
        *_QUARANTINE_VARIABLES,
        *("GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE"),
        *("GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX"),
        *("GIT_INTERNAL_SUPER_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_ATTR_SOURCE"),
        *("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
        *("GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_PAGER", "GIT_PAGER_IN_USE", "GIT_REFLOG_ACTION"),
        *("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE", "GIT_CURL_VERBOSE", "GIT_REDIRECT_STDERR", "GIT_REDIRECT_STDOUT"),
    )
)


def git_arguments(*arguments: str, folder: Path | None = None) -> list[str]:
    """Return the command line for a git command in `folder`, with SETTINGS."""
    place = ("-C", str(folder)) if folder else ()
    settings = (option for key, value in SETTINGS.items() for option in ("-c", f"{key}={value}"))
    return ["git", *place, *settings, *arguments]


def is_dropped(name: str) -> bool:
    """Return whether an environment variable is withheld from git."""
    return name in _DROPPED_VARIABLES or name.startswith("GIT_TRACE")


def git_environment() -> dict[str, str]:
    """Return an environment in which git finds its repository by its folder, prints English, and never prompts."""
    return {name: value for name, value in os.environ.items() if not is_dropped(name)} | FIXED_VARIABLES


def quarantine_environment() -> dict[str, str]:
    """Return the variables with which a hub's hook can read the objects of the push that it judges; else none."""
    if "GIT_QUARANTINE_PATH" not in os.environ:
        return {}
    return {name: os.environ[name] for name in _QUARANTINE_VARIABLES if name in os.environ}


def run(
    arguments: Iterable[str],
    folder: Path,
    *,
    data: bytes = b"",
    env: Mapping[str, str] | None = None,
    without_terminal: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in `folder` and return its output; the caller checks the status. `env` is added to the environment.

    `without_terminal` keeps programs that git starts from prompting. Raises Unavailable if git is not installed.
    """
    try:
        return subprocess.run(
            git_arguments(*arguments, folder=folder),
            input=data,
            capture_output=True,
            check=False,
            env=git_environment() | dict(env or {}),
            start_new_session=without_terminal,
        )
    except FileNotFoundError:
        check_installed()
        raise


def start(
    arguments: Iterable[str],
    folder: Path,
    *,
    env: Mapping[str, str],
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start git in `folder` and return its process, whose output the caller reads as it arrives."""
    check_installed()
    return subprocess.Popen(
        git_arguments(*arguments, folder=folder), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=env
    )


def check_installed() -> None:
    """Raise Unavailable if git is not installed."""
    if shutil.which("git") is None:
        raise Unavailable("git is not installed, or not on the PATH.", hint="Install git 2.30 or newer.")
