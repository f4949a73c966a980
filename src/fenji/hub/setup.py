"""Set up a hub: a bare repository, its settings, its hook, and its first contents from a desk."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from fenji import files
from fenji.errors import NotFound, Refused, Sentence, Unavailable, os_reason
from fenji.git import damage, leftovers, locks
from fenji.git.history import History
from fenji.git.remotes import HUB_TIME, REFUSAL_MARK
from fenji.git.run import GitError, run_git
from fenji.given_files import expand_user
from fenji.judge.contents import record_founding
from fenji.storage.write_many import FileContent, write_all

HOOK_NAME = "pre-receive"
SETTINGS = {
    # Refuse rewritten or deleted branches, and objects that git itself rejects.
    "receive.denyNonFastForwards": "true",
    "receive.denyDeletes": "true",
    "receive.fsckObjects": "true",
    "receive.fsck.badFilemode": "error",
    # Keep each push as the pack it came in. Bitmaps switch off thin deltas; without them, fetches are half the size.
    "receive.unpackLimit": "1",
    "repack.writeBitmaps": "false",
    "pack.useBitmaps": "false",
    "pack.window": "250",
    # Thin clones leave out objects and ask for them by id later. Protocol version 2 always answers, but ssh servers
    # rarely let git negotiate it, and the older protocol refuses unless this is allowed.
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    # Keep a reflog of the branch, to recover from mistakes.
    "core.logAllRefUpdates": "always",
    # Use the hub's own hooks, even after it is moved and whatever the machine's configuration says.
    "core.hooksPath": "hooks",
}
_HOOK_MARK = "Made by `fenji hub init`"
_HOOK_TEMPLATE = """#!/bin/sh
# Made by `fenji hub init`: asks fenji whether a push may come in. Run that command again after fenji has moved.
python={python}
if [ -n "$GIT_NAMESPACE" ]; then
    echo "fenji: a hub has no namespaces; push without GIT_NAMESPACE" >&2
    exit 1
fi
if [ ! -x "$python" ]; then
    echo "fenji: $python is not there; nothing can be taken until the administrator runs: fenji hub init" >&2
    exit 1
fi
# Nothing that a pusher may have put into the environment reaches Python, fenji or the git that it asks.
exec env -i PATH="$PATH" ${{HOME+"HOME=$HOME"}} ${{TMPDIR+"TMPDIR=$TMPDIR"}} LC_ALL=C.UTF-8 \\
    ${{GIT_DIR+"GIT_DIR=$GIT_DIR"}} ${{GIT_QUARANTINE_PATH+"GIT_QUARANTINE_PATH=$GIT_QUARANTINE_PATH"}} \\
    ${{GIT_OBJECT_DIRECTORY+"GIT_OBJECT_DIRECTORY=$GIT_OBJECT_DIRECTORY"}} \\
    ${{GIT_ALTERNATE_OBJECT_DIRECTORIES+"GIT_ALTERNATE_OBJECT_DIRECTORIES=$GIT_ALTERNATE_OBJECT_DIRECTORIES"}} \\
    "$python" -P -m fenji hub check
"""


def create(folder: Path, *, branch: str = "main", object_format: str = "sha1") -> Path:
    """Set up a hub in `folder`, which must be absent, empty or a bare repository; return its path.

    Repeating this renews settings and hook, and repairs files that a power cut has emptied. Raises Refused if the
    folder has other content, Unavailable if it cannot be written.
    """
    path = expand_user(folder).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        empty = not any(path.iterdir())
    except OSError as error:
        raise Unavailable("{path} cannot be created: {reason}.", path=path, reason=os_reason(error)) from error
    if empty:
        _run_git(path, "init", "-q", "--bare", "--template=", f"--object-format={object_format}", "-b", branch, ".")
    else:
        damage.mend_hub(path)
    if not empty and not is_bare_repository(path):
        hint = "Name an empty folder, or a bare repository."
        raise Refused("{path} is in use for something else.", hint=hint, path=path)
    for key, value in SETTINGS.items():
        _check_answer(History(path).run("config", "--local", key, value), "config")
    _write_hook(path / "hooks")
    _record_founding(path)
    return path


def is_bare_repository(path: Path) -> bool:
    """Whether a folder is a bare repository, as hubs are."""
    answer = History(path).run("rev-parse", "--is-bare-repository")
    return answer.stdout.strip() == b"true" and (path / "HEAD").is_file()


def tidy(git_dir: Path) -> None:
    """Remove what a killed git has left in a hub: locks, which would block every later push, and partial files."""
    locks.remove_stale_hub_locks(git_dir)
    leftovers.remove_hub_leftovers(git_dir)


def add_missing_settings(git_dir: Path) -> None:
    """Add settings that a hub set up by an older fenji lacks, but change none that is set; ignore failures of git.

    Also records the hub's first commit, if that is missing: before the first push there was none.
    """
    if not _is_own_hook(git_dir / "hooks" / HOOK_NAME):
        return
    for key in find_missing_settings(git_dir):
        History(git_dir).run("config", "--local", key, SETTINGS[key])
    _record_founding(git_dir)


def find_missing_settings(git_dir: Path) -> list[str]:
    """Return the names of a hub's settings that are not set in a repository."""
    answer = History(git_dir).run("config", "--local", "--name-only", "--list")
    known = answer.stdout.decode("utf-8", "replace").lower().split()
    return [key for key in SETTINGS if key.lower() not in known]


def find_hook_fault(git_dir: Path) -> Sentence | None:
    """Return why fenji does not judge the pushes to a repository; None if its hook does."""
    path = git_dir / "hooks" / HOOK_NAME
    if not path.is_file():
        return Sentence("No hook judges what is pushed here.")
    python = _read_python(path)
    if not _is_own_hook(path) or not python:
        return Sentence("The hook {path} is not fenji's.", {"path": str(path)})
    if not os.access(path, os.X_OK) or not os.access(python, os.X_OK):
        return Sentence("The hook cannot run {python}: nothing can be accepted.", {"python": python})
    return None


def _read_python(hook: Path) -> str:
    """Return the Python that a hook runs; what stands there if it was changed by hand, `""` if nothing does."""
    lines = hook.read_text("utf-8", "replace").splitlines()
    value = next((line.removeprefix("python=") for line in lines if line.startswith("python=")), "")
    try:
        return "".join(shlex.split(value))
    except ValueError:  # a quote that is not closed
        return value


def _record_founding(git_dir: Path) -> None:
    """Record the hub's first commit, so that desks know that it judges, and from which commit on."""
    history = History(git_dir)
    record_founding(history, history.head_branch())


def _write_hook(folder: Path) -> None:
    path = folder / HOOK_NAME
    if path.exists() and not _is_own_hook(path):
        hint = "Move it away; a hook of another name, such as post-receive, can do its other work."
        raise Refused("{path} is somebody else's hook.", hint=hint, path=path)
    script = _HOOK_TEMPLATE.format(python=shlex.quote(sys.executable)).encode()
    try:
        folder.mkdir(exist_ok=True)
        files.fsync_folder(folder.parent)
        # Git skips a hook that is not executable, so the file must be executable from the start.
        write_all(folder, {HOOK_NAME: FileContent(script, executable=True)})
        if path.stat().st_mode & 0o777 != 0o755:
            path.chmod(0o755)  # so that others who push can run it too, whatever the umask
    except OSError as error:
        raise Unavailable("{path} cannot be written: {reason}.", path=path, reason=os_reason(error)) from error


def _is_own_hook(path: Path) -> bool:
    return path.is_file() and _HOOK_MARK in path.read_text("utf-8", "replace")


def current_branch(desk: Path) -> str:
    """Return the branch of a desk.

    Raises Refused if it has no branch or no commit, or is part of a larger repository; NotFound if there is none.
    """
    answer = run_git(desk, "rev-parse", "--show-prefix")
    if answer.returncode:
        raise NotFound("{path} is not in a git working tree.", path=desk)
    if answer.stdout.strip():
        hint = "A hub holds a desk and nothing else: create a separate desk, and copy policy.yaml and tickets/."
        raise Refused("{path} is part of a larger repository.", hint=hint, path=desk)
    name = run_git(desk, "symbolic-ref", "--quiet", "--short", "HEAD").stdout.decode("utf-8", "surrogateescape").strip()
    if not name or run_git(desk, "rev-parse", "--verify", "--quiet", "HEAD").returncode:
        raise Refused("{path} is not on a branch, or has no commit yet.", path=desk)
    return name


def push_desk(hub: Path, desk: Path) -> str:
    """Push the branch of a desk to its new hub, and make the hub its `origin` if it has no remote.

    Returns the name of the new remote, `""` if none was added. Raises Refused with the hub's reasons if it rejects the
    push; a later sync of the desk then holds back the acts that they name.
    """
    branch = current_branch(desk)
    if History(hub).resolve(f"refs/heads/{branch}"):
        raise Refused("{path} already holds a desk.", hint="Clone it, or sync with it.", path=hub)
    is_first = not run_git(desk, "remote").stdout.strip()
    if is_first:
        _run_git(desk, "remote", "add", "origin", str(hub))
    answer = _push(desk, hub, branch)
    if answer.returncode:
        output = answer.stderr.decode("utf-8", "replace").splitlines()
        said = [line.removeprefix("remote:").strip() for line in output if line.startswith("remote:")]
        lines = [line for line in said if not line.startswith((HUB_TIME, REFUSAL_MARK))]
        raise Refused("The hub does not accept this desk:\n{lines}", lines="\n".join(lines or output))
    _record_founding(hub)
    if not is_first:
        return ""
    _run_git(desk, "fetch", "-q", "origin")
    _run_git(desk, "branch", "-q", f"--set-upstream-to=origin/{branch}", branch)
    return "origin"


def _push(desk: Path, hub: Path, branch: str) -> subprocess.CompletedProcess[bytes]:
    ref = f"refs/heads/{branch}"
    return run_git(desk, "push", "-q", "--no-verify", str(hub), f"{ref}:{ref}")


def _run_git(folder: Path, *arguments: str) -> None:
    _check_answer(run_git(folder, *arguments), *arguments)


def _check_answer(answer: subprocess.CompletedProcess[bytes], *arguments: str) -> None:
    if answer.returncode:
        raise GitError(arguments, answer.returncode, answer.stderr.decode("utf-8", "replace"))
