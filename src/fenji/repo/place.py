"""Where a repository is, and making one."""

from __future__ import annotations

from pathlib import Path

from fenji.errors import NotFound, Unavailable
from fenji.repo.command import GitFailed, ask
from fenji.repo.tree import Repo

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
_CONFIGURED = {"pull.rebase": "false", "core.quotePath": "false", "fetch.writeCommitGraph": "true"}


def find(folder: Path) -> Repo:
    """The repository that `folder`, a desk, lies in; it may be a part of a larger one or a linked worktree.

    Raises NotFound where there is none, Unavailable where git is missing or does not trust the folder.
    """
    if not folder.is_dir():
        raise NotFound("{path} is not a folder.", path=str(folder))
    wanted = ("--show-toplevel", "--absolute-git-dir", "--show-prefix", "--show-object-format")
    answer = ask(folder, "rev-parse", *wanted)
    if answer.returncode:
        said = answer.stderr.decode("utf-8", "replace")
        if "not a git repository" in said or "must be run in a work tree" in said:
            hint = "`fenji init {path}` makes it a desk."
            raise NotFound("{path} is in no git working tree.", hint=hint, path=str(folder))
        raise GitFailed(("rev-parse",), answer.returncode, said)
    top, git_dir, prefix, hashed = answer.stdout.decode("utf-8", "surrogateescape").split("\n")[:4]
    return Repo(Path(top), Path(git_dir), prefix=prefix, hashed=hashed)


def init(folder: Path) -> Repo:
    """The repository of a desk that is to begin in `folder`; a new one unless the folder lies in one already.

    Writes what git is to ignore and to leave unturned; the caller commits `.gitignore` and `.gitattributes`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable("{path} cannot be made: {reason}", path=str(folder), reason=reason) from error
    try:
        repo = find(folder)
    except NotFound:
        answer = ask(folder, "init", "-q", "-b", "main")
        if answer.returncode:
            raise GitFailed(("init",), answer.returncode, answer.stderr.decode("utf-8", "replace")) from None
        repo = find(folder)
        for key, value in _CONFIGURED.items():
            repo.git.run("config", "--local", key, value)
    _hold(folder / ".gitignore", IGNORED)
    _hold(folder / ".gitattributes", ATTRIBUTES)
    return repo


def _hold(path: Path, lines: tuple[str, ...]) -> None:
    held = path.read_text("utf-8") if path.is_file() else ""
    missing = [line for line in lines if line not in held.splitlines()]
    if missing:
        gap = "\n" if held and not held.endswith("\n") else ""
        path.write_text(held + gap + "".join(f"{line}\n" for line in missing), "utf-8")
