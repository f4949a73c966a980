"""Judge changes of headquarters' own files and of issued files.

Only people who may change the policy change the files beside it and the files that git itself reads; others may only
add a desk's own lines to the latter. Issued files are written once, by people who may issue, and never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.git.repo import ATTRIBUTES, IGNORED
from fenji.judge import authors
from fenji.judge import paths as desk_paths
from fenji.judge.imported import IMPORT_ACTION
from fenji.judge.paths import OWNED_FILES, PROTECTED_FILES
from fenji.judge.policy_draft import POLICY_ACTION
from fenji.judge.refusals import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.git.file_diff import FileDiff
    from fenji.judge.commits import CommitChanges
    from fenji.judge.contents import BlobContents
    from fenji.judge.policy_line import PolicyLine
    from fenji.model.policy import Policy

ISSUE_ACTION = "issue"  # the name in `may` of issuing figures and statements
_OWN_LINES = frozenset(line.encode() for line in (*ATTRIBUTES, *IGNORED))


def check_files(
    changes_by_commit: Sequence[CommitChanges],
    differences: Mapping[str, FileDiff],
    policy_line: PolicyLine,
    contents: BlobContents,
) -> Iterator[Refusal]:
    """Refuse a push's version of these files unless it is the last one by somebody who may change the policy.

    The final version is judged, so a merge cannot restore an older version either.
    """
    for path in (*PROTECTED_FILES, *OWNED_FILES):
        difference = differences.get(path)
        if difference is None or (path in PROTECTED_FILES and _is_harmless(difference, contents)):
            continue
        changes = [change for change in changes_by_commit if path in change.differences]
        permitted = [change for change in changes if _may_change(change, policy_line)]
        final = difference.after
        if permitted and permitted[-1].differences[path].after == final:
            continue
        others = [change for change in changes if change not in permitted]
        if others:
            author = others[-1].commit.author
            template = "{by} may not change it; those who change the rules may"
            message, commit = Sentence(template, {"by": author.email or author.name}), others[-1].commit.sha
        else:
            template = "is older than the hub's version; take the hub's: git checkout origin/main -- {path}"
            message, commit = Sentence(template, {"path": path}), ""
        yield Refusal(path, message, commit, path=path)


def check_issued(
    changes_by_commit: Sequence[CommitChanges], differences: Mapping[str, FileDiff], policy_line: PolicyLine
) -> Iterator[Refusal]:
    """Refuse a push that changes or removes an issued file, or adds one by somebody who may not issue."""
    for path, difference in differences.items():
        if not desk_paths.is_issued(path):
            continue
        if difference.before:
            yield Refusal(path, Sentence("was issued, and what is issued never changes"), path=path)
            continue
        for change in changes_by_commit:
            if path in change.differences and not _may_act(change, ISSUE_ACTION, policy_line):
                author = change.commit.author
                message = Sentence("{by} may not issue it", {"by": author.email or author.name})
                yield Refusal(path, message, change.commit.sha, path=path)


def check_mappings(
    changes_by_commit: Sequence[CommitChanges], differences: Mapping[str, FileDiff], policy_line: PolicyLine
) -> Iterator[Refusal]:
    """Refuse a push's version of an import mapping unless it is the last one by somebody who may import."""
    for path, difference in differences.items():
        changes = [change for change in changes_by_commit if path in change.differences]
        if not desk_paths.is_mapping(path) or not changes:
            continue
        permitted = [change for change in changes if _may_act(change, IMPORT_ACTION, policy_line)]
        if not permitted or permitted[-1].differences[path].after != difference.after:
            author = changes[-1].commit.author
            message = Sentence("{by} may not change it; those who import may", {"by": author.email or author.name})
            yield Refusal(path, message, changes[-1].commit.sha, path=path)


def _may_change(change: CommitChanges, policy_line: PolicyLine) -> bool:
    """Whether the author may change the rules, according to those in force when the change arrives."""
    newest = policy_line.newest_at(change.commit)
    return _may_do(change, POLICY_ACTION, [newest], policy_line.arrival.of(change.commit))


def _may_act(change: CommitChanges, action: str, policy_line: PolicyLine) -> bool:
    """Whether the author had the right at the time of the act, and the act arrives at most `grace` after it ended."""
    arrived, hub, author = policy_line.arrival.of(change.commit), policy_line.hub.policy, change.commit.author
    if hub:
        person = authors.identify_author(author, hub)
        if authors.find_late_end(person, hub, arrived, partial(hub.may_do, person, action)):
            return False
    policies = (*policy_line.policies_for(change.commit), policy_line.newest_at(change.commit))
    return _may_do(change, action, policies, min(author.at, arrived))


def _may_do(change: CommitChanges, action: str, policies: Sequence[Policy | None], at: datetime) -> bool:
    author = change.commit.author
    return any(policy.may_do(authors.identify_author(author, policy), action, at) for policy in policies if policy)


def _is_harmless(difference: FileDiff, contents: BlobContents) -> bool:
    """Whether only a desk's own lines were added, before all others: for git the last matching line wins."""
    data = contents.history.blobs(entry.blob for entry in (difference.before, difference.after) if entry)
    before, after = (
        data.get(entry.blob, b"").splitlines() if entry else [] for entry in (difference.before, difference.after)
    )
    mode_kept = difference.after is not None and difference.after.mode == "100644"
    start = len(after) - len(before)
    return mode_kept and start >= 0 and after[start:] == before and set(after[:start]) <= _OWN_LINES
