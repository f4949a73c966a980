"""Where a repository is, and making one."""

from __future__ import annotations

from pathlib import Path

from fenji.errors import NotFound, Unavailable
from fenji.git.run import GitError, run_git
from fenji.git.tree import Repo

# Kept out of git: what is derived, and temporary files of a write that was cut off.
IGNORED = ("/index/", ".fenji-*")
# The bytes of a ticket are the same on every machine, also where git turns line ends.
# And where git knows how (`sync.wiring` tells it), a pull by hand joins tickets by meaning.
ATTRIBUTES = (
    "/tickets/** -text",
    "/tickets/**/*.yaml merge=fenji",
    "/policy.yaml merge=fenji",
    "/handbook.yaml -text merge=fenji",
)
# A pull of what went apart merges, without asking how. Chinese names stay legible.
_INITIAL_CONFIG = {"pull.rebase": "false", "core.quotePath": "false", "fetch.writeCommitGraph": "true"}


def find_repo(folder: Path) -> Repo:
    """The repository that `folder`, a desk, lies in; it may be a part of a larger one or a linked worktree.

    Raises NotFound where there is none, Unavailable where git is missing or does not trust the folder.
    """
    if not folder.is_dir():
        raise NotFound("{path} is not a folder.", path=str(folder))
    options = ("--show-toplevel", "--absolute-git-dir", "--show-prefix", "--show-object-format")
    answer = run_git(folder, "rev-parse", *options)
    if answer.returncode:
        stderr = answer.stderr.decode("utf-8", "replace")
        if "not a git repository" in stderr or "must be run in a work tree" in stderr:
            hint = "`fenji init {path}` makes it a desk."
            raise NotFound("{path} is in no git working tree.", hint=hint, path=str(folder))
        raise GitError(("rev-parse",), answer.returncode, stderr)
    top, git_dir, prefix, object_format = answer.stdout.decode("utf-8", "surrogateescape").split("\n")[:4]
    return Repo(Path(top), Path(git_dir), prefix=prefix, object_format=object_format)


def init_repo(folder: Path) -> Repo:
    """The repository of a desk that is to begin in `folder`; a new one unless the folder lies in one already.

    Writes what git is to ignore and to leave unturned; the caller commits `.gitignore` and `.gitattributes`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable("{path} cannot be made: {reason}", path=str(folder), reason=reason) from error
    try:
        repo = find_repo(folder)
    except NotFound:
        answer = run_git(folder, "init", "-q", "-b", "main")
        if answer.returncode:
            raise GitError(("init",), answer.returncode, answer.stderr.decode("utf-8", "replace")) from None
        repo = find_repo(folder)
        for key, value in _INITIAL_CONFIG.items():
            repo.git.run("config", "--local", key, value)
    _ensure_lines(folder / ".gitignore", IGNORED)
    _ensure_lines(folder / ".gitattributes", ATTRIBUTES)
    return repo


def _ensure_lines(path: Path, lines: tuple[str, ...]) -> None:
    text = path.read_text("utf-8") if path.is_file() else ""
    missing = [line for line in lines if line not in text.splitlines()]
    if missing:
        gap = "\n" if text and not text.endswith("\n") else ""
        path.write_text(text + gap + "".join(f"{line}\n" for line in missing), "utf-8")
