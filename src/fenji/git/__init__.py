"""Work with git repositories: find them, read their settings and history, commit, and exchange with others.

Most commands run through GitPython's command wrapper, which is imported when the first command needs it. Finding the
repository and reading settings run `git` directly, since every start of the program needs them. GitPython's
`Repo.index` is never used, since it rewrites the whole index for one file.
"""

from fenji.git.repo import find_repo, init_repo
from fenji.git.run import Git, GitError
from fenji.git.settings import SETTINGS, CloneSettings, read_settings
from fenji.git.tree import Commit, PathChange, Repo

__all__ = [
    "SETTINGS",
    "CloneSettings",
    "Commit",
    "Git",
    "GitError",
    "PathChange",
    "Repo",
    "find_repo",
    "init_repo",
    "read_settings",
]
