"""Move this clone to another commit: its branch, the files of its working tree and its index.

A note in the git folder records the move before the branch moves, and is removed once the files are written. So a
process that is killed at any time leaves either everything unchanged, or a note with which the next start finishes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict, replace

from fenji import files
from fenji.errors import Refused
from fenji.git import objects, partial, refs
from fenji.git.file_diff import FileDiff
from fenji.git.run import encode_lines, run_git
from fenji.git.unmerged import APPLY_MARKER
from fenji.sync.checkout import CheckoutOptions, CheckoutResult, check_out
from fenji.sync.other_files import name_paths
from fenji.sync.trees import is_attachment, is_desk_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.git import Repo
    from fenji.git.fast_import import TreeEntry
    from fenji.storage import Store


class BranchMove(Struct, frozen=True):
    """A move of the working tree between two commits; `also` are paths to update even if they do not differ.

    Files at the `untouched` paths stay as they are on the disk. All paths are relative to the repository's top.
    """

    before: str
    after: str
    also: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()


def move_branch(
    store: Store, move: BranchMove, options: CheckoutOptions, *, on_moved: Callable[[], None] = lambda: None
) -> CheckoutResult | None:
    """Move branch, files and index; do nothing and return None if the branch is no longer at `move.before`.

    Calls `on_moved` between the branch and the files. Raises Refused if a file outside the desk is in the way,
    Unavailable if files cannot be written; the next start then finishes the move.
    """
    repo = store.repo
    differences = _collect_differences(repo, move, move.after)
    with store.lock:
        outside = [difference for difference in _to_write(differences, move) if not _is_desk_file(difference, repo)]
        _check_other_files(outside, move, repo)
        files.keep(repo.git_dir, APPLY_MARKER, json.dumps(asdict(move)).encode())
        if not repo.move_branch(move.before, move.after, "fenji: merge"):
            _remove_note(repo)
            return None
        on_moved()
        return _update_files(store, differences, move, options)


def move_branch_while(
    store: Store, move: BranchMove, options: CheckoutOptions, act: Callable[[], None]
) -> CheckoutResult | None:
    """Run `move_branch` in a thread of its own; as soon as the branch has moved, call `act` in the current thread.

    The thread also runs git's maintenance after the move.
    """
    moved, answered = Event(), Event()

    def note_moved() -> None:
        moved.set()
        answered.set()

    def move_and_tidy() -> CheckoutResult | None:
        checkout = move_branch(store, move, options, on_moved=note_moved)
        if checkout:
            objects.run_maintenance(store.repo)
        return checkout

    with ThreadPoolExecutor(1) as executor:
        moving = executor.submit(move_and_tidy)
        moving.add_done_callback(lambda _: answered.set())
        answered.wait()
        if moved.is_set():
            act()
        return moving.result()


def is_pending(repo: Repo) -> bool:
    """Return whether a move was interrupted; this only checks whether one file exists."""
    return (repo.git_dir / APPLY_MARKER).exists()


def finish_pending(store: Store, options: CheckoutOptions) -> CheckoutResult | None:
    """Finish an interrupted move; return None if there is none."""
    repo = store.repo
    if not is_pending(repo):
        return None
    with store.lock:
        move = _load_note(repo)
        head = repo.head()
        if move is None or head is None or not refs.contains(repo, head, move.after):
            _remove_note(repo)
            return None
        paths = {difference.path for difference in _collect_differences(repo, move, move.after)}
        differences = [difference for difference in _collect_differences(repo, move, head) if difference.path in paths]
        for directory in {difference.path.rpartition("/")[0] for difference in differences}:
            files.remove_temporary_files(repo.top / directory)
        return _update_files(store, differences, replace(move, after=head), options)


def _load_note(repo: Repo) -> BranchMove | None:
    try:
        note = json.loads((repo.git_dir / APPLY_MARKER).read_bytes())
        move = BranchMove(note["before"], note["after"], tuple(note["also"]), tuple(note.get("untouched", ())))
        return move if refs.resolve(repo, move.before) and refs.resolve(repo, move.after) else None
    except files.DAMAGE:
        return None


def _collect_differences(repo: Repo, move: BranchMove, after: str) -> list[FileDiff]:
    """Return the files that differ between `move.before` and `after`, plus the paths in `move.also`."""
    differences = objects.diff_commits(repo, move.before, after)
    also = set(move.also) - {difference.path for difference in differences}
    folders = objects.list_folders(repo, after, (path.rpartition("/")[0] for path in also))
    entries = {path: folders[path.rpartition("/")[0]].get(path.rpartition("/")[2]) for path in also}
    return [*differences, *(FileDiff(path, entry, entry) for path, entry in sorted(entries.items()))]


def _to_write(differences: Iterable[FileDiff], move: BranchMove) -> list[FileDiff]:
    return [difference for difference in differences if difference.path not in move.untouched]


def _entry_after(path: str, differences: Iterable[FileDiff]) -> TreeEntry | None:
    return next((difference.after for difference in differences if difference.path == path), None)


def _remove_note(repo: Repo) -> None:
    files.remove(repo.git_dir, APPLY_MARKER)


def _is_desk_file(difference: FileDiff, repo: Repo) -> bool:
    return difference.path.startswith(repo.prefix) and is_desk_file(repo.desk_path(difference.path))


def _update_files(
    store: Store, differences: list[FileDiff], move: BranchMove, options: CheckoutOptions
) -> CheckoutResult:
    repo = store.repo
    objects.update_index(repo, {path: _entry_after(path, differences) for path in move.untouched})
    differences = _to_write(differences, move)
    options = replace(options, conflicted=frozenset(repo.desk_path(path) for path in move.also))
    desk_files = {
        repo.desk_path(difference.path): difference for difference in differences if _is_desk_file(difference, repo)
    }
    if any(is_attachment(path) for path in desk_files) and partial.is_partial(repo):
        options = replace(options, absent=partial.missing_blobs(repo, move.after))
    checkout = check_out(store, desk_files, options)
    objects.update_index(repo, {difference.path: difference.after for difference in desk_files.values()})
    partial.leave_out(repo, (f"{repo.prefix}{path}" for path in checkout.absent))
    _checkout_other_files(
        [difference.path for difference in differences if not _is_desk_file(difference, repo)], move.after, repo
    )
    _remove_note(repo)
    return checkout


# --- files outside the desk -------------------------------------------------------------------------------------------


def _check_other_files(differences: list[FileDiff], move: BranchMove, repo: Repo) -> None:
    """Raise Refused if a file outside the desk has to change but has uncommitted changes or is untracked."""
    if not differences:
        return
    run_git(repo.top, "update-index", "-q", "--refresh")
    answer = repo.git.run("diff-index", "-z", "--name-only", move.before, "--")
    changed = set(answer.decode("utf-8", "surrogateescape").split("\0"))
    blocking = [difference.path for difference in differences if _is_blocking(difference, changed, repo)]
    if blocking:
        raise Refused(
            "{paths}: changed here and not committed, and the other side has another version.",
            hint="Commit or stash what is not the desk's, then sync again.",
            paths=name_paths(blocking),
        )


def _is_blocking(difference: FileDiff, changed: set[str], repo: Repo) -> bool:
    path = repo.top / difference.path
    if difference.before is not None and difference.path not in changed:
        return False
    if difference.before is None and not path.is_symlink() and not path.exists():
        return False
    try:
        return difference.after is None or repo.blob_id(path.read_bytes()) != difference.after.blob
    except OSError:
        return True


def _checkout_other_files(paths: list[str], commit: str, repo: Repo) -> None:
    if paths:
        arguments = ("-c", "core.hooksPath=/dev/null", "checkout", "--quiet", "--no-recurse-submodules", "--no-overlay")
        pathspecs = encode_lines(paths, "\0")
        repo.git.run(*arguments, commit, "--pathspec-from-file=-", "--pathspec-file-nul", data=pathspecs)
