"""Resolve the conflicts of a merge that somebody started with git by hand, from the versions that git keeps.

Text with conflict markers is never read, only kept in the git folder. A merge with conflicts only in the desk's files
is concluded, and so are a cherry-pick and a revert that change nothing else. A rebase that only repeats commits is
ended by an exchange, which merges its result with the branch. If other files conflict, the person goes on with git.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.errors import Damaged, FenjiError, Refused
from fenji.git import objects, refs, unmerged
from fenji.git.file_diff import FileDiff
from fenji.storage.typed_values import HandEditAuthor
from fenji.sync import apply, keep
from fenji.sync.apply import BranchMove
from fenji.sync.checkout import CheckoutOptions, CheckoutResult, check_out
from fenji.sync.explain import CommittedEdits, explain_commit, explain_sides, load_policy
from fenji.sync.merge_commit import merge_commits
from fenji.sync.merge_trees import merge_trees
from fenji.sync.policy_choice import choose_hub_policy
from fenji.sync.trees import (
    OWNED_FILES,
    OWNED_FOLDERS,
    SYNONYMS,
    BlobCache,
    ThreeWay,
    Tree,
    is_desk_file,
    load_three_way,
)

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.git.fast_import import TreeEntry
    from fenji.git.unmerged import ConflictStages, UnfinishedMerge
    from fenji.storage import Store
    from fenji.sync.results import TicketOutcome

CONTINUE_COMMANDS = {
    "merge": "git commit",
    "rebase": "git rebase --continue",
    "am": "git am --continue",
    "cherry-pick": "git cherry-pick --continue",
    "revert": "git revert --continue",
}


class MendResult(Struct, frozen=True):
    """The git operation that was `concluded` or is still `unfinished`, the merged tickets and the written files."""

    concluded: str = ""
    unfinished: str = ""
    outcomes: tuple[TicketOutcome, ...] = ()
    checkout: CheckoutResult | None = None
    drafts_kept: dict[str, str] = {}


def mend(store: Store, options: CheckoutOptions) -> MendResult:
    """Merge the tickets in conflict of an unfinished git operation; do nothing if there is none."""
    repo = store.repo
    state = unmerged.read_unfinished(repo)
    if not state.operation and not state.stages:
        return MendResult()
    with store.lock:
        if state.operation == "merge" and _has_one_parent(repo):
            return _conclude_merge(store, state, options)
        return _join_in_place(store, state, options)


def is_ended_by_exchange(repo: Repo) -> bool:
    """Return whether the next exchange ends the unfinished git operation here; else the person goes on with git."""
    state = unmerged.read_unfinished(repo)
    return len(_desk_conflicts(state.stages, repo)) == len(state.stages) and (
        (state.operation == "merge" and _has_one_parent(repo))
        or (state.operation == "rebase" and _is_endable_rebase(repo))
        or (state.operation in unmerged.PICKS and _is_endable_pick(repo))
    )


def end_rebase(store: Store, unfinished: str) -> bool:
    """End an unfinished rebase that changes only tickets and in which nobody edits commits; return whether it ended.

    HEAD stays detached where the rebase has got to, and the branch where it was: an exchange merges both.
    """
    repo = store.repo
    if unfinished != "rebase" or not _is_endable_rebase(repo) or unmerged.read_unfinished(repo).stages:
        return False
    with store.lock:
        unmerged.end_rebase(repo)
    return True


def unfinished_error(what: str) -> FenjiError:
    """Return the error for a sync that must wait until the person has finished a git operation."""
    return Refused(
        "A {what} started with git is not finished.",
        hint="Its tickets are merged. Finish it with: {command}; then sync again.",
        what=what,
        command=CONTINUE_COMMANDS.get(what, "git status"),
    )


def _desk_conflicts(stages: Mapping[str, ConflictStages], repo: Repo) -> dict[str, ConflictStages]:
    """Return the conflict stages of the desk's own files, by path relative to the desk."""
    by_desk_path = {repo.desk_path(path): versions for path, versions in stages.items() if path.startswith(repo.prefix)}
    return {path: versions for path, versions in by_desk_path.items() if is_desk_file(path)}


def _has_one_parent(repo: Repo) -> bool:
    """Return whether only one commit is being merged, not several at once."""
    return len((repo.git_dir / "MERGE_HEAD").read_bytes().split()) == 1


def _find_sides(repo: Repo) -> tuple[str, str]:
    """Return the two commits that are being merged. Raises Damaged if git's files name none."""
    ours, theirs = refs.resolve(repo, "HEAD"), refs.resolve(repo, "MERGE_HEAD")
    if ours is None:
        name = refs.current_branch(repo) or "HEAD"
        hint = "The disk lost what git wrote last: put the id that `git reflog` shows into that file."
    else:
        name, hint = "MERGE_HEAD", "Give this merge up with: git merge --abort; then sync again."
    if ours is None or theirs is None:
        raise Damaged("{path} names no commit of this clone.", hint=hint, path=str(repo.git_dir / name))
    return ours, theirs


# --- a merge ----------------------------------------------------------------------------------------------------------


def _conclude_merge(store: Store, state: UnfinishedMerge, options: CheckoutOptions) -> MendResult:
    repo = store.repo
    ours, theirs = _find_sides(repo)
    conflicts = _desk_conflicts(state.stages, repo)
    options = replace(options, replaceable=_blobs_written_by_git(repo, ours, theirs))
    try:
        blobs = BlobCache(repo)
        explained = ours
        if options.author:
            author = HandEditAuthor(options.by, options.at, load_policy(store.repo))
            edits = CommittedEdits(ours, refs.merge_base(repo, ours, theirs))
            explained = explain_commit(blobs, edits, author, options.author)
        merge = merge_commits(blobs, explained, theirs, choose_policy=choose_hub_policy)
        if len(conflicts) < len(state.stages):
            raise unfinished_error("merge")
        also = tuple(f"{repo.prefix}{path}" for path in conflicts)
        checkout = apply.move_branch(store, BranchMove(ours, merge.commit, also), options)
    except Refused:
        return _join_open_merge(store, state, (ours, theirs), options)
    kept = {path: keep.keep_draft(store.root, path, data) for path, data in merge.lost_drafts.items()}
    unmerged.clear_merge_state(repo)
    return MendResult("merge", "", merge.tree.outcomes, checkout, kept)


def _join_open_merge(
    store: Store, state: UnfinishedMerge, sides: tuple[str, str], options: CheckoutOptions
) -> MendResult:
    """Merge and stage the desk's files; the person resolves the files outside the desk."""
    repo = store.repo
    ours, theirs = sides
    trees = load_three_way(BlobCache(repo), refs.merge_base(repo, ours, theirs), ours, theirs)
    explain_sides(trees, HandEditAuthor(options.by, options.at, load_policy(store.repo)))
    merged = merge_trees(trees, choose_hub_policy, include_other_files=False)
    paths = {repo.desk_path(path): entry for path, entry in merged.entries.items()}
    _write_blobs(repo, merged.new_blobs)
    before = {path: trees.ours.entry(path) for path in paths}
    conflicted = frozenset(_desk_conflicts(state.stages, repo))
    checkout = _write_and_stage(store, before, paths, replace(options, conflicted=conflicted))
    return MendResult("", state.operation, merged.outcomes, checkout)


def _blobs_written_by_git(repo: Repo, ours: str, theirs: str) -> dict[str, frozenset[str]]:
    """Return, by path, the blobs that git wrote to the desk's files while it merged: those in its index."""
    paths = (f"{repo.prefix}{name}" for name in ("tickets", SYNONYMS, *OWNED_FILES, *OWNED_FOLDERS))
    answer = repo.git.run("ls-files", "-s", "-z", "--", *paths)
    blobs_by_path: dict[str, set[str]] = {}
    for line in answer.decode("utf-8", "surrogateescape").split("\0"):
        stage, _, path = line.partition("\t")
        if path:
            blobs_by_path.setdefault(repo.desk_path(path), set()).add(stage.split(" ")[1])
    changed = {difference.path for difference in objects.diff_commits(repo, ours, theirs)}
    return {path: frozenset(blobs) for path, blobs in blobs_by_path.items() if f"{repo.prefix}{path}" in changed}


# --- a rebase, a cherry-pick, a stash ---------------------------------------------------------------------------------


def _join_in_place(store: Store, state: UnfinishedMerge, options: CheckoutOptions) -> MendResult:
    """Merge the desk's files in conflict from their stages, write and stage them, and end a pick if possible."""
    repo = store.repo
    conflicts = _desk_conflicts(state.stages, repo)
    if not conflicts:
        return _conclude_pick(repo, state)
    head = repo.head()
    versions = [
        Tree(repo, head, {path: stages.base for path, stages in conflicts.items()}),
        Tree(repo, head, {path: stages.ours for path, stages in conflicts.items()}),
        Tree(repo, head, {path: stages.theirs for path, stages in conflicts.items()}),
    ]
    trees = ThreeWay(versions[0], versions[1], versions[2], tuple(conflicts), BlobCache(repo))
    explain_sides(trees, HandEditAuthor(options.by, options.at, load_policy(store.repo)))
    # In a rebase, ours is the fetched version and theirs the one committed here.
    merged = merge_trees(
        trees,
        (lambda _path, ours, _theirs: ours) if state.operation == "rebase" else choose_hub_policy,
        include_other_files=False,
    )
    paths = {repo.desk_path(path): entry for path, entry in merged.entries.items()}
    _write_blobs(repo, merged.new_blobs)
    replaceable = {
        path: frozenset(entry.blob for entry in _stage_entries(stages) if entry) for path, stages in conflicts.items()
    }
    before = {path: versions[1].entry(path) for path in paths}
    checkout = _write_and_stage(
        store, before, paths, replace(options, replaceable=replaceable, conflicted=frozenset(conflicts))
    )
    concluded = _conclude_pick(repo, state)
    return replace(concluded, outcomes=merged.outcomes, checkout=checkout)


def _conclude_pick(repo: Repo, state: UnfinishedMerge) -> MendResult:
    """End a cherry-pick or revert that has changed only the desk's files, which are then recorded as hand edits.

    If more commits follow or other files are involved, the person goes on with git.
    """
    is_elsewhere = len(_desk_conflicts(state.stages, repo)) < len(state.stages)
    if state.operation not in unmerged.PICKS or is_elsewhere or not _is_endable_pick(repo):
        return MendResult("", state.operation)
    unmerged.end_pick(repo, state.operation)
    return MendResult(state.operation)


def _is_endable_pick(repo: Repo) -> bool:
    return unmerged.is_last_pick(repo) and _stages_only_desk_files(repo)


def _is_endable_rebase(repo: Repo) -> bool:
    return unmerged.is_plain_rebase(repo) and _stages_only_desk_files(repo)


def _stages_only_desk_files(repo: Repo) -> bool:
    staged = unmerged.list_staged(repo)
    return all(path.startswith(repo.prefix) and is_desk_file(repo.desk_path(path)) for path in staged)


def _stage_entries(stages: ConflictStages) -> Iterable[TreeEntry | None]:
    return stages.base, stages.ours, stages.theirs


def _write_blobs(repo: Repo, new_blobs: Mapping[str, bytes]) -> None:
    for data in new_blobs.values():
        objects.write_blob(repo, data)


def _write_and_stage(
    store: Store,
    before: Mapping[str, TreeEntry | None],
    after: Mapping[str, TreeEntry | None],
    options: CheckoutOptions,
) -> CheckoutResult:
    repo = store.repo
    differences = {path: FileDiff(path, before.get(path), entry) for path, entry in after.items()}
    checkout = check_out(store, differences, options)
    objects.update_index(repo, {f"{repo.prefix}{path}": entry for path, entry in after.items()})
    return checkout
