"""Judge changes of the files that git itself reads: who may not change the policy adds a desk's own lines alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.git.repo import ATTRIBUTES, IGNORED
from fenji.judge import authors
from fenji.judge.paths import PROTECTED_FILES
from fenji.judge.policy_line import POLICY_ACTION, PolicyLine
from fenji.judge.refusals import Refusal

if TYPE_CHECKING:
    from fenji.git.objects import FileDiff
    from fenji.judge.commits import CommitChanges
    from fenji.judge.contents import BlobContents

_OWN_LINES = frozenset(line.encode() for line in (*ATTRIBUTES, *IGNORED))


def check_files(
    changes_by_commit: Sequence[CommitChanges],
    differences: Mapping[str, FileDiff],
    policy_line: PolicyLine,
    contents: BlobContents,
) -> Iterator[Refusal]:
    """Refuse what a push makes of these files, unless it is what somebody who may change the policy last made of them.

    It is judged as it will stand: so a merge cannot take an older version back either.
    """
    for path in PROTECTED_FILES:
        difference = differences.get(path)
        if difference is None or _is_harmless(difference, contents):
            continue
        changes = [change for change in changes_by_commit if path in change.differences]
        permitted = [change for change in changes if _may_change(change, policy_line)]
        final = difference.after
        if permitted and permitted[-1].differences[path].after == final:
            continue
        others = [change for change in changes if change not in permitted]
        if others:
            author = others[-1].commit.author
            template = "{by} may not change it; who may change the rules may"
            message, commit = Sentence(template, {"by": author.email or author.name}), others[-1].commit.sha
        else:
            template = "an older version stands than the hub has; take the hub's: git checkout origin/main -- {path}"
            message, commit = Sentence(template, {"path": path}), ""
        yield Refusal(path, message, commit, path=path)


def _may_change(change: CommitChanges, policy_line: PolicyLine) -> bool:
    policies = (policy_line.policy_before(change.commit).policy, policy_line.policy_at_end(change.commit.sha).policy)
    author = change.commit.author
    return any(policy.may_do(authors.identify_author(author, policy), POLICY_ACTION) for policy in policies if policy)


def _is_harmless(difference: FileDiff, contents: BlobContents) -> bool:
    """Whether own lines alone were added, before all others: of two lines that say something, git heeds the later."""
    data = contents.history.blobs(entry.blob for entry in (difference.before, difference.after) if entry)
    before, after = (
        data.get(entry.blob, b"").splitlines() if entry else [] for entry in (difference.before, difference.after)
    )
    mode_kept = difference.after is not None and difference.after.mode == "100644"
    start = len(after) - len(before)
    return mode_kept and start >= 0 and after[start:] == before and set(after[:start]) <= _OWN_LINES
