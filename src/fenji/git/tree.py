"""The repository of one desk: read committed files, and commit exactly the written paths."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import Unavailable
from fenji.git import damage, fast_import, index_file, process, ref_files
from fenji.git.fast_import import PROGRAM
from fenji.git.run import SYNCED, Git, GitError, encode_lines, run_git
from fenji.git.settings import SETTINGS, CloneSettings, read_settings

if TYPE_CHECKING:
    from fenji.git.fast_import import FileChanges
    from fenji.git.history import History

_WATCHED = (  # the files and folders of a desk that are committed
    "policy.yaml",
    "handbook.yaml",
    "contracts.yaml",
    "remind.yaml",
    "templates/form.docx",
    "imports",
    "tickets",
)
TRIES = 20  # attempts to commit while another process moves the branch
# Number of blanks before the path in a line of `git status --porcelain=v2`: changed, unmerged, untracked, ignored.
_STATUS_FIELDS = {"1": 8, "u": 10, "?": 1, "!": 1}
_REVISION = re.compile(r"[0-9a-f]{4,64}|[A-Z_]*HEAD|refs/[^\x00-\x20\x7f~^:?*\[\\]+|:[0-3]")


class Commit(Struct, frozen=True):
    """One commit that touched a path."""

    sha: str
    at: datetime
    author: str
    subject: str


class PathChange(Struct, frozen=True):
    """A path that differs between two commits: status A (added), M (modified), D (deleted) or T (type changed)."""

    status: str
    path: str


class WorkingFiles(Struct, frozen=True):
    """Paths of a desk whose files or index entries differ from HEAD, including untracked files; and ignored files.

    `marked` are the differing paths, from the top, that are marked executable in HEAD, in the index or on the disk.
    """

    uncommitted: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()


class Repo:
    """The repository of one desk, which may be a subfolder of it. Paths are relative to the desk, with `/`."""

    def __init__(self, top: Path, git_dir: Path, *, prefix: str = "", object_format: str = "sha1") -> None:
        self.top, self.git_dir, self.prefix = top, git_dir, prefix
        self.root = top / prefix
        self.git = Git(top, git_dir)
        self.object_format = object_format
        self._known_commits: set[str] = set()
        self.null_id = "0" * hashlib.new(object_format, usedforsecurity=False).digest_size * 2

    @cached_property
    def past(self) -> History:
        """The commits of this repository and their files, read in bulk."""
        from fenji.git.history import History

        return History(self.git_dir)

    def read_settings(self) -> CloneSettings:
        """Return the settings in force in this clone."""
        return read_settings(self.root)

    def set_setting(self, key: str, value: str) -> None:
        """Set one of SETTINGS for this clone."""
        if key not in SETTINGS:
            raise ValueError(key)
        self.git.run("config", "--local", key, value)

    def head(self) -> str | None:
        """Return HEAD's commit, or None before the first commit. Quick, since every search calls it."""
        return self.find_commit("HEAD")

    def find_commit(self, name: str) -> str | None:
        """Return the commit that a checked ref name or commit id names; None if there is none.

        Git is asked only once whether a commit exists; after that, its id in a ref's file is enough.
        """
        named = ref_files.read_commit_id(self.git_dir, name)
        if named in self._known_commits:
            return named
        answer = run_git(self.top, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        commit = answer.stdout.decode().strip() or None
        if commit:
            self._known_commits.add(commit)
        return commit

    def read(self, path: str, rev: str = "HEAD") -> bytes | None:
        """Return a file as committed in `rev` (a commit, HEAD, or a stage `:1` to `:3`); None if absent."""
        return self.read_many([path], rev)[path]

    def read_many(self, paths: Iterable[str], rev: str = "HEAD") -> dict[str, bytes | None]:
        """Return many files as committed in `rev`, by path, with one command; None if absent."""
        wanted = list(dict.fromkeys(paths))
        return dict(zip(wanted, self._read_each((rev, path) for path in wanted), strict=True))

    def read_versions(self, path: str, revs: Iterable[str]) -> dict[str, bytes | None]:
        """Return a file as committed in each of `revs`, with one command; None if absent."""
        wanted = list(dict.fromkeys(revs))
        return dict(zip(wanted, self._read_each((rev, path) for rev in wanted), strict=True))

    def _read_each(self, wanted: Iterable[tuple[str, str]]) -> list[bytes | None]:
        specs = [f"{_check_revision(rev)}:{self._to_repo_path(path)}" for rev, path in wanted]
        arguments = ("cat-file", "--batch", "--buffer")
        done = process.run(arguments, self.top, data=encode_lines(specs))  # without GitPython: opening a desk waits
        if done.returncode and damage.mend(self.top, self.git_dir, done.stderr.decode("utf-8", "replace")):
            done = process.run(arguments, self.top, data=encode_lines(specs))
        if done.returncode:
            raise GitError(arguments, done.returncode, done.stderr.decode("utf-8", "replace"))
        answer = done.stdout
        contents: list[bytes | None] = []
        at = 0
        for _ in specs:
            end = answer.index(b"\n", at)
            header = answer[at:end].split(b" ")
            if header[-1] == b"missing" or len(header) != 3:
                contents.append(None)
                at = end + 1
                continue
            size = int(header[2])
            contents.append(answer[end + 1 : end + 1 + size] if header[1] == b"blob" else None)
            at = end + 1 + size + 1
        return contents

    def changed_since(self, since: str) -> list[PathChange] | None:
        """Return the desk's files that differ between the commit `since` and HEAD; None if `since` is unknown."""
        head = self.head()
        if head is None or not self._is_known(since):
            return None
        pathspec = ("--", self.prefix) if self.prefix else ()
        answer = self.git.run(
            "diff-tree", "-r", "-z", "--no-renames", "--name-status", _check_revision(since), head, *pathspec
        )
        fields = answer.decode("utf-8", "surrogateescape").split("\0")
        return [
            PathChange(status, self.desk_path(path)) for status, path in zip(fields[::2], fields[1::2], strict=False)
        ]

    def history(self, *paths: str) -> list[Commit]:
        """Return the commits that touched any of `paths`, latest first."""
        head = self.head()
        if head is None:
            return []
        log_format = "--format=%H%x00%aI%x00%an%x00%s"
        answer = self.git.run("log", "-z", log_format, head, "--", *(self._to_repo_path(path) for path in paths))
        fields = answer.decode("utf-8", "replace").split("\0")
        rows = zip(fields[::4], fields[1::4], fields[2::4], fields[3::4], strict=False)
        return [Commit(sha, datetime.fromisoformat(at), author, subject) for sha, at, author, subject in rows]

    def dirty_paths(self) -> list[str]:
        """Return the desk's uncommitted paths whose names are plain text; no others are committed."""
        return [path for path in self.read_status().uncommitted if files.printable(path) == path]

    @property
    def _watched_paths(self) -> list[str]:
        return [f"{self.prefix}{name}" for name in _WATCHED]

    def reveal_hidden(self) -> dict[str, str]:
        """Have git notice files of the desk again that somebody told it to ignore (assume-unchanged, skip-worktree).

        Return the blobs of files that the index marks executable, by path from the top.
        """
        return index_file.reveal_hidden(self.top, self._watched_paths)

    def read_status(self, *, ignored: bool = False) -> WorkingFiles:
        """Return the desk's uncommitted files and, if asked for, those that git ignores, with one walk over them."""
        options = (
            "--porcelain=v2",
            "-z",
            "--untracked-files=all",
            "--no-renames",
            *(("--ignored",) if ignored else ()),
        )
        arguments = ("--literal-pathspecs", "status", *options, "--", *self._watched_paths)
        answer = run_git(self.top, *arguments)
        if index_file.is_damage(answer.stderr.decode("utf-8", "replace")):
            index_file.rebuild_index(self.top, self.git_dir)
            answer = run_git(self.top, *arguments)
        if answer.returncode:
            raise GitError(arguments, answer.returncode, answer.stderr.decode("utf-8", "replace"))
        listing = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
        entries = [entry.split(" ", _STATUS_FIELDS[entry[0]]) for entry in listing if entry]
        uncommitted, ignored_files = (
            sorted({self.desk_path(entry[-1]) for entry in entries if (entry[0] == "!") is kind})
            for kind in (False, True)
        )
        marked = tuple(entry[-1] for entry in entries if entry[0] == "1" and PROGRAM in entry[3:6])
        return WorkingFiles(tuple(uncommitted), tuple(ignored_files), marked)

    def commit(
        self,
        changes: Mapping[str, bytes | None],
        *,
        message: str,
        author: tuple[str, str],
        at: datetime,
        committer: tuple[str, str] | None = None,
    ) -> str | None:
        """Commit exactly `changes` on HEAD (None deletes a file); return the commit, None if HEAD has them already.

        Only the index entries of these paths are updated; other staged changes stay staged. Works before the first
        commit, on a detached HEAD and in linked worktrees, and starts over if the branch moves meanwhile. Hooks do not
        run; the commit is signed if `fenji.sign` is set. `author` and `committer` are a name and an address each; the
        default committer is git's user, or the author if none is set. Raises Unavailable.
        """
        blobs = {self._to_repo_path(path): data for path, data in changes.items()}
        for _ in range(TRIES):
            head, head_blobs = self._read_head_blobs(blobs)
            different = {path: data for path, data in blobs.items() if self.blob_id(data) != head_blobs[path]}
            if not different:
                commit = None
                break
            header = self.format_header(message, author=author, at=at, committer=committer)
            commit = self.write_commit(head, different, header)
            if self.move_branch(head, commit, "commit: " + message.partition("\n")[0]):
                break
        else:
            raise Unavailable("The branch kept moving during the commit.", hint="Try again.")
        self._update_index(blobs)
        return commit

    def _read_head_blobs(self, paths: Iterable[str]) -> tuple[str | None, dict[str, str | None]]:
        """Return HEAD and the ids of its blobs at `paths`, with one command."""
        specs = encode_lines(("HEAD", *(f"HEAD:{path}" for path in paths)))
        answer = self.git.run("cat-file", "--batch-check", data=specs)
        first, *rest = answer.decode("utf-8", "surrogateescape").splitlines()
        head = None if first.endswith(" missing") else first.split(" ")[0]
        blobs = (None if line.endswith(" missing") else line.split(" ")[0] for line in rest)
        return head, dict(zip(paths, blobs, strict=True))

    def format_header(
        self, message: str, *, author: tuple[str, str], at: datetime, committer: tuple[str, str] | None = None
    ) -> bytes:
        """Return the header of a commit made now for the author's act at `at`; the default committer is git's user."""
        settings = self.read_settings()
        name, address = committer or (settings.name or author[0], settings.email or author[1])
        return fast_import.format_header(
            message,
            author=fast_import.format_person(*author, at),
            committer=fast_import.format_person(name, address, datetime.now(UTC).astimezone()),
        )

    def write_commit(self, head: str | None, changes: FileChanges, header: bytes) -> str:
        """Write a commit on `head` (None: the first one), on no branch; it is signed if `fenji.sign` is set."""
        data = fast_import.format_commit([head] if head else [], header, changes, null_id=self.null_id)
        sha = (
            self.git.run(*SYNCED, "fast-import", "--quiet", "--force", "--depth=0", "--done", data=data)
            .decode()
            .strip()
        )
        if not self.read_settings().sign:
            return sha
        from fenji.git import signing

        return signing.sign_commit(self.git, sha)

    def move_branch(self, before: str | None, after: str, reason: str) -> bool:
        """Move HEAD's branch from `before` to `after`; return False if it is no longer at `before`."""
        line = f"update HEAD {after} {before or self.null_id}\n"
        try:
            self.git.run(*SYNCED, "update-ref", "-m", reason, "--stdin", data=line.encode())
        except GitError as failure:
            if "but expected" in failure.stderr or "reference already exists" in failure.stderr:
                return False
            raise
        return True

    def _update_index(self, blobs: Mapping[str, bytes | None]) -> None:
        """Update the index entries of these paths; otherwise `git status` would show staged changes that undo them."""
        index_file.ensure_index(self.top, self.git_dir)
        removed = f"0 {self.null_id}"
        entries = ((removed if data is None else f"100644 {self.blob_id(data)}", path) for path, data in blobs.items())
        lines = encode_lines((f"{entry}\t{path}" for entry, path in entries), "\0")
        self.git.run("update-index", "-z", "--index-info", data=lines)

    def blob_id(self, data: bytes | None) -> str | None:
        if data is None:
            return None
        return hashlib.new(self.object_format, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

    def _is_known(self, commit: str) -> bool:
        try:
            self.git.run("cat-file", "-e", f"{_check_revision(commit)}^{{commit}}")
        except GitError as failure:
            if failure.status in (1, 128):
                return False
            raise
        return True

    def desk_path(self, path: str) -> str:
        """Return a path of the repository relative to the desk."""
        return path.removeprefix(self.prefix)

    def _to_repo_path(self, path: str) -> str:
        parts = path.split("/")
        if not all(parts) or {".", ".."} & set(parts) or any(char in path for char in "\0\n"):
            raise ValueError(path)
        return self.prefix + path


def _check_revision(rev: str) -> str:
    if not _REVISION.fullmatch(rev) or ".." in rev:
        raise ValueError(rev)
    return rev
