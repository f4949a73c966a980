"""Everything that touches git, and nothing else that does: where the repository is, its settings, commits, history.

Git runs through GitPython's command wrapper, which is imported when the first command needs it; finding the repository
and reading settings run `git` directly, since every start of the command line pays for them. `Repo.index` of GitPython
is never used: it rewrites the whole index for one file.
"""

from fenji.repo.command import Git, GitFailed
from fenji.repo.place import find, init
from fenji.repo.settings import SETTINGS, Settings, settings
from fenji.repo.tree import Change, Commit, Repo

__all__ = ["SETTINGS", "Change", "Commit", "Git", "GitFailed", "Repo", "Settings", "find", "init", "settings"]
