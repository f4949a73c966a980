"""Find or create the repository of a desk."""

from __future__ import annotations

from pathlib import Path

from fenji import files
from fenji.errors import NotFound, Unavailable, os_reason
from fenji.git import damage
from fenji.git.run import GitError, run_git
from fenji.git.tree import Repo

# Ignored by git: derived files, and temporary files of an interrupted write.
IGNORED = ("/index/", ".fenji-*")
# The bytes of the desk's files are the same on every machine, even if git converts line endings.
# If the merge driver is installed (`sync.driver_setup`), a pull by hand merges tickets by meaning.
ATTRIBUTES = (
    "/tickets/** -text",
    "/tickets/**/*.yaml merge=fenji",
    "/policy.yaml -text merge=fenji",
    "/handbook.yaml -text merge=fenji",
    "/contracts.yaml -text merge=fenji",
    "/remind.yaml -text merge=fenji",
    "/imports/** -text merge=fenji",
    "/templates/** -text merge=fenji",
    "/issued/** -text",
)
# A pull of diverged histories merges without asking how; Chinese file names stay legible.
INITIAL_CONFIG = {"pull.rebase": "false", "core.quotePath": "false", "fetch.writeCommitGraph": "true"}


def find_repo(folder: Path) -> Repo:
    """Return the repository of the desk in `folder`, which may be part of a larger one or a linked worktree.

    Raises NotFound if there is none, Unavailable if git is missing or does not trust the folder.
    """
    if not folder.is_dir():
        raise NotFound("{path} is not a folder.", path=str(folder))
    options = ("--show-toplevel", "--absolute-git-dir", "--show-prefix", "--show-object-format")
    answer = run_git(folder, "rev-parse", *options)
    if answer.returncode and damage.mend_head(folder):
        answer = run_git(folder, "rev-parse", *options)
    if answer.returncode:
        stderr = answer.stderr.decode("utf-8", "replace")
        if "must be run in a work tree" in stderr and (folder / ".git").is_dir():
            hint = "A desk is not bare: git -C {path} config core.bare false"
            raise Unavailable("The repository in {path} is set up as a bare one.", hint=hint, path=str(folder))
        if "not a git repository" in stderr or "must be run in a work tree" in stderr:
            hint = "`fenji init {path}` makes it a desk."
            raise NotFound("{path} is not in a git working tree.", hint=hint, path=str(folder))
        if "dubious ownership" in stderr:
            hint = "If you trust it: git config --global --add safe.directory {path}"
            template = "{path} belongs to another account, so git does not trust it."
            raise Unavailable(template, hint=hint, path=str(folder))
        raise GitError(("rev-parse",), answer.returncode, stderr)
    answers = answer.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]
    if len(answers) != len(options):  # a line feed in the path
        single = (run_git(folder, "rev-parse", option).stdout for option in options)
        answers = [line.decode("utf-8", "surrogateescape").removesuffix("\n") for line in single]
    top, git_dir, prefix, object_format = answers
    if not Path(top).is_dir():
        hint = "If the desk was moved, remove that setting: git -C {path} config --unset core.worktree"
        template = "The repository of {path} names another folder for its files, which does not exist: {top}."
        raise Unavailable(template, hint=hint, path=str(folder), top=top)
    if "\n" in prefix:
        raise Unavailable("{path} has a line break in its name.", hint="Rename it.", path=files.printable(str(folder)))
    return Repo(Path(top), Path(git_dir), prefix=prefix, object_format=object_format)


def find_ignoring_repo(folder: Path) -> Path | None:
    """Return the top of the repository around a folder, which need not exist, if git ignores the folder's files."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    try:
        repo = find_repo(existing)
    except NotFound:
        return None
    answer = run_git(existing, "check-ignore", "-q", "--", str(folder / "tickets" / "open" / "x.yaml"))
    return repo.top if answer.returncode == 0 else None


def init_repo(folder: Path) -> Repo:
    """Return the repository for a new desk in `folder`, creating one unless the folder is in a repository already.

    Writes `.gitignore` and `.gitattributes`, which the caller commits. Raises Unavailable if the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = os_reason(error)
        raise Unavailable("{path} cannot be created: {reason}", path=str(folder), reason=reason) from error
    try:
        repo = find_repo(folder)
    except NotFound:
        answer = run_git(folder, "init", "-q", "-b", "main")
        if answer.returncode:
            raise GitError(("init",), answer.returncode, answer.stderr.decode("utf-8", "replace")) from None
        repo = find_repo(folder)
        for key, value in INITIAL_CONFIG.items():
            repo.git.run("config", "--local", key, value)
    _ensure_lines(folder / ".gitignore", IGNORED)
    _ensure_lines(folder / ".gitattributes", ATTRIBUTES)
    return repo


def _ensure_lines(path: Path, lines: tuple[str, ...]) -> None:
    text = path.read_text("utf-8") if path.is_file() else ""
    missing = [line for line in lines if line not in text.splitlines()]
    if missing:  # put before all others: for git the last matching line wins, which is then the user's
        files.write(path.parent, path.name, ("".join(f"{line}\n" for line in missing) + text).encode())
