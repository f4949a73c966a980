"""Where a desk was founded: history up to there is taken as it stands, what came after is judged (format 3).

A hub names the commit of its first push in a ref, which a sync brings along; so a desk also knows whether its remote
judges. A history without that ref begins with the first commit whose rules can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.git.remotes import FOUNDING_REF, JUDGING_REF
from fenji.judge.paths import POLICY

if TYPE_CHECKING:
    from fenji.git.history import History
    from fenji.judge.contents import BlobContents


def find_founding(contents: BlobContents, head: str) -> str | None:
    """Return the commit with which the history of `head` was founded, or None if no rules stand in it."""
    history = contents.history
    for ref in (JUDGING_REF, FOUNDING_REF):
        named = history.resolve(ref)
        if named and history.contains(head, named):
            return named
    for sha in history.commits_touching(POLICY, head):
        blob = history.blob_ids(sha, [POLICY]).get(POLICY, "")
        if blob and not isinstance(contents.policy(blob), tuple):
            return sha
    return None


def record_founding(history: History, branch: str) -> None:
    """Name the commit of a hub's first push where nothing names it yet. Never fails: the next push tries again."""
    if history.resolve(FOUNDING_REF):
        return
    founded = history.first_commit_of_ref(branch) or history.resolve(branch)
    if founded:
        history.name_commit(FOUNDING_REF, founded)
