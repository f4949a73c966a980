"""Read commits, their differences and their files in bulk, from any repository.

This includes bare repositories and one that is receiving a push: git's environment then names the folder with the new
objects. Each git command handles many objects at once, so the cost depends on the number of objects asked for, not on
the size of the repository. Writes nothing (except in `name_commit`) and knows nothing of tickets.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fenji.git import process
from fenji.git.commit_object import CommitObject, find_commit_fault, find_tree_fault, parse_commit
from fenji.git.file_diff import FileDiff, make_entry
from fenji.git.run import GitError, encode_lines

if TYPE_CHECKING:
    from fenji.errors import Sentence

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CHUNK = 1 << 20  # bytes of a large blob read at a time
_OBJECTS_AT_ONCE = 200  # commits and folders in memory at a time
_KEPT_ANSWERS = 2_000  # cached answers
_KEPT_BYTES, _KEPT_PATHS = 1 << 14, 64  # the largest object (bytes) and the longest list of files in the cache


class OddObject(Struct, frozen=True):
    """A commit or folder that git would not have written: its id, and the reason."""

    sha: str
    reason: Sentence


class History:
    """The objects of one repository, given by its git folder; cached, since the object of an id never changes."""

    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir
        self._objects: dict[str, tuple[str, bytes]] = {}
        self._blob_ids: dict[str, dict[str, str]] = {}  # commit → path → blob id
        self._diffs: dict[tuple[str | None, str], list[FileDiff]] = {}

    # --- commits ------------------------------------------------------------------------------------------------

    def commits_since(self, new: str, *old: str | None) -> list[CommitObject]:
        """Return the commits that `new` has and all of `old` lack (None: no commit), parents before children."""
        exclusions = [f"^{sha}" for sha in old if sha]
        shas = self._run("rev-list", "--topo-order", "--reverse", new, *exclusions, "--").decode().split()
        commits = self.read_commits(shas)
        return [commits[sha] for sha in shas]

    def list_commits(self, head: str, *old: str, first_parent: bool = False) -> list[str]:
        """Return the ids of the commits that `head` has and all of `old` lack, parents before children."""
        options = ("--topo-order", "--reverse", *(("--first-parent",) if first_parent else ()))
        return self._run("rev-list", *options, head, *(f"^{sha}" for sha in old), "--").decode().split()

    def find_odd_objects(self, new: str, *old: str | None) -> list[OddObject]:
        """Return the commits and folders of `new`, absent from all of `old`, that git would not have written.

        Without `old`, only the commit `new` itself is examined.
        """
        exclusions = [f"^{sha}" for sha in old if sha]
        options = ("--objects", "--filter=blob:none", "--missing=allow-any", "--no-object-names")
        limits = exclusions or ["--no-walk"]
        shas = self._run("rev-list", *options, new, *limits, "--").decode().split()
        odd: list[OddObject] = []
        for start in range(0, len(shas), _OBJECTS_AT_ONCE):
            for sha, (kind, data) in self._read_objects(shas[start : start + _OBJECTS_AT_ONCE]).items():
                fault = find_commit_fault(data) if kind == "commit" else find_tree_fault(data, len(sha) // 2)
                if kind in ("commit", "tree") and fault:
                    odd.append(OddObject(sha, fault))
        return odd

    def commits_touching(self, path: str, head: str = "HEAD", *old: str) -> list[str]:
        """Return the commits of `head`, absent from all of `old`, that changed a file, parents before children."""
        if self.resolve(head) is None:
            return []
        limits = (head, *(f"^{sha}" for sha in old))
        return self._run("rev-list", "--topo-order", "--reverse", *limits, "--", path).decode().split()

    def last_commit_touching(self, path: str, head: str) -> str:
        """Return the latest commit of a history that changed a file, `""` if there is none."""
        return self._run("rev-list", "-1", head, "--", f":(top,literal){path}").decode().strip()

    def find_mentioning(self, commit: str, terms: Sequence[str], folders: Sequence[str]) -> list[str]:
        """Return the paths of the files of a commit, in these folders, that contain one of these texts."""
        patterns = [word for term in terms for word in ("-e", term)]
        options = ("--files-with-matches", "--text", "--full-name", "--fixed-strings", "-z", *patterns)
        answer = self.run("grep", *options, commit, "--", *(f":(top,literal){folder}" for folder in folders))
        if answer.returncode not in (0, 1):
            raise GitError(("grep",), answer.returncode, answer.stderr.decode("utf-8", "replace"))
        paths = answer.stdout.decode("utf-8", "surrogateescape").split("\0")
        return [path.removeprefix(f"{commit}:") for path in paths if path]

    def read_commits(self, shas: Iterable[str]) -> dict[str, CommitObject]:
        """Return commits by id, leaving out objects that are no commits."""
        objects = self._read_objects(shas)
        return {sha: parse_commit(sha, data) for sha, (kind, data) in objects.items() if kind == "commit"}

    def contains(self, later: str, earlier: str) -> bool:
        """Return whether the history of `later` contains `earlier`."""
        return self._run_status("merge-base", "--is-ancestor", earlier, later) == 0

    def merge_base(self, commits: Sequence[str]) -> str | None:
        """Return a common ancestor of all these commits, or None."""
        try:
            return self._run("merge-base", "--octopus", *commits).decode().split()[0]
        except GitError as failure:
            if failure.status == 1:
                return None
            raise

    def head_branch(self) -> str:
        """Return the full name of HEAD's branch; if that has no commits or HEAD names none, of the only branch.

        Without an only branch, it is the name in HEAD, or `""` if HEAD names none.
        """
        named = self.run("symbolic-ref", "--quiet", "HEAD").stdout.decode("utf-8", "surrogateescape").strip()
        if named and self.resolve(named):
            return named
        found = self.run("for-each-ref", "--format=%(refname)", "refs/heads").stdout.decode("utf-8", "surrogateescape")
        return found.strip() if len(found.splitlines()) == 1 else named

    def resolve(self, ref: str) -> str | None:
        """Return the commit of a full ref name or HEAD, or None."""
        try:
            return self._run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").decode().strip()
        except GitError:
            return None

    def first_commit_of_ref(self, ref: str) -> str:
        """Return the first commit in a ref's reflog, `""` if it has none."""
        lines = self.run("reflog", "show", "--format=%H", ref, "--").stdout.decode("ascii", "replace").split()
        return lines[-1] if lines and is_object_id(lines[-1]) and self.resolve(lines[-1]) else ""

    def name_commit(self, ref: str, commit: str) -> None:
        """Set a ref that does not exist yet to a commit, even during a push, whose new objects it cannot name."""
        process.run(("update-ref", ref, commit, ""), self.git_dir, env={"GIT_DIR": str(self.git_dir)})

    # --- trees ----------------------------------------------------------------------------------------------------

    def diff_trees(self, pairs: Sequence[tuple[str | None, str]]) -> list[list[FileDiff]]:
        """Return the files that differ between the trees of each pair (None: an empty tree), renames undetected."""
        found = {pair: self._diffs[pair] for pair in pairs if pair in self._diffs}
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in found]
        for pair, diffs in zip(missing, self._diff_trees(missing) if missing else (), strict=True):
            found[pair] = diffs
            if len(diffs) <= _KEPT_PATHS and all(sha is None or is_object_id(sha) for sha in pair):
                _make_room(self._diffs)
                self._diffs[pair] = diffs
        return [list(found[pair]) for pair in pairs]

    def _diff_trees(self, pairs: Sequence[tuple[str | None, str]]) -> list[list[FileDiff]]:
        lines = [f"{before or _empty_tree(after)} {after}" for before, after in pairs]
        data = "".join(f"{line}\n" for line in lines).encode()
        answer = self.run("diff-tree", "--stdin", "-r", "-z", "--no-renames", "--no-abbrev", data=data)
        diffs = _parse_diffs(answer.stdout)
        if answer.returncode or len(diffs) != len(pairs):  # git passes over a tree that it lacks
            raise GitError(("diff-tree",), answer.returncode, answer.stderr.decode("utf-8", "replace"))
        return diffs

    def list_names(self, commit: str, folders: Sequence[str]) -> list[str]:
        """Return the paths of the entries directly in these folders of a commit (`""`: its top)."""
        paths: list[str] = []
        for start in range(0, len(folders), _OBJECTS_AT_ONCE):
            wanted = [f"{folder}/" for folder in folders[start : start + _OBJECTS_AT_ONCE] if folder]
            options = ("--full-tree", "--name-only", "-z", commit)
            answers = [self._run("ls-tree", *options, "--", *wanted)] if wanted else []
            answers += [self._run("ls-tree", *options)] if "" in folders[start : start + _OBJECTS_AT_ONCE] else []
            paths += [path for answer in answers for path in answer.decode("utf-8", "surrogateescape").split("\0")]
        return [path for path in paths if path]

    def blob_ids(self, commit: str, paths: Iterable[str]) -> dict[str, str]:
        """Return the blob ids of the files at these paths of a commit, leaving out paths without a file."""
        wanted = [path for path in dict.fromkeys(paths) if "\n" not in path]
        known = self._blob_ids.get(commit, {})
        missing = [path for path in wanted if path not in known]
        if missing:
            known = {**known, **self._find_blob_ids(commit, missing)}
        if is_object_id(commit) and len(known) <= _KEPT_PATHS:
            _make_room(self._blob_ids)
            self._blob_ids[commit] = known
        return {path: known[path] for path in wanted if known[path]}

    def _find_blob_ids(self, commit: str, paths: Sequence[str]) -> dict[str, str]:
        """Return the blob id of each path of a commit, `""` if there is no file."""
        lines = encode_lines(f"{commit}:{path}" for path in paths)
        rows = (row.split(b" ") for row in self._run("cat-file", "--batch-check", "--buffer", data=lines).splitlines())
        is_blob = ((row[0].decode() if len(row) == 3 and row[1] == b"blob" else "") for row in rows)
        return dict(zip(paths, is_blob, strict=True))

    # --- blobs ----------------------------------------------------------------------------------------------------

    def blob_sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """Return the size of each blob in bytes, leaving out objects that are no blobs."""
        wanted = dict.fromkeys(blobs)
        sizes = {sha: len(data) for sha in wanted for kind, data in self._kept(sha) if kind == "blob"}
        lines = "".join(f"{blob}\n" for blob in wanted if blob not in sizes).encode()
        answer = self._run("cat-file", "--batch-check", "--buffer", data=lines) if lines else b""
        rows = (row.split(b" ") for row in answer.splitlines())
        return sizes | {row[0].decode(): int(row[2]) for row in rows if len(row) == 3 and row[1] == b"blob"}

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of many blobs by id, leaving out objects that are no blobs."""
        return {name: data for name, (kind, data) in self._read_objects(names).items() if kind == "blob"}

    def blob_sha256(self, blob: str) -> str:
        """Return the SHA-256 of a blob's contents, which may be large."""
        digest = hashlib.sha256()
        with self._start("cat-file", "blob", blob) as reader:
            assert reader.stdout is not None
            while chunk := reader.stdout.read(_CHUNK):
                digest.update(chunk)
        if reader.returncode:
            raise GitError(("cat-file",), reader.returncode, "")
        return digest.hexdigest()

    def _read_objects(self, names: Iterable[str]) -> dict[str, tuple[str, bytes]]:
        """Return the kind and the bytes of objects by name, leaving out objects that git does not have."""
        wanted = list(dict.fromkeys(names))
        found = {name: kept for name in wanted for kept in self._kept(name)}
        missing = [name for name in wanted if name not in found]
        if missing:
            found |= self._load_objects(missing)
        return {name: found[name] for name in wanted if name in found}

    def _kept(self, name: str) -> list[tuple[str, bytes]]:
        kept = self._objects.get(name)
        return [kept] if kept else []

    def _load_objects(self, names: Sequence[str]) -> dict[str, tuple[str, bytes]]:
        answer = self._run("cat-file", "--batch", "--buffer", data="".join(f"{name}\n" for name in names).encode())
        objects: dict[str, tuple[str, bytes]] = {}
        at = 0
        for name in names:
            end = answer.index(b"\n", at)
            header = answer[at:end].split(b" ")
            at = end + 1
            if len(header) == 3:
                size = int(header[2])
                objects[name] = header[1].decode(), answer[at : at + size]
                at += size + 1
        for name, (kind, data) in objects.items():
            if len(data) <= _KEPT_BYTES and is_object_id(name):
                _make_room(self._objects)
                self._objects[name] = kind, data
        return objects

    # --- running git ------------------------------------------------------------------------------------------------

    def run(self, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run one command in this repository; the caller checks the status and any argument that a peer supplied."""
        return process.run(arguments, self.git_dir, data=data, env=self._location())

    def _run(self, *arguments: str, data: bytes = b"") -> bytes:
        answer = self.run(*arguments, data=data)
        if answer.returncode:
            raise GitError(arguments, answer.returncode, answer.stderr.decode("utf-8", "replace"))
        return answer.stdout

    def _run_status(self, *arguments: str) -> int:
        answer = self.run(*arguments)
        if answer.returncode not in (0, 1):
            raise GitError(arguments, answer.returncode, answer.stderr.decode("utf-8", "replace"))
        return answer.returncode

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return process.start(arguments, self.git_dir, env=process.git_environment() | self._location())

    def _location(self) -> dict[str, str]:
        """Return variables that name this repository explicitly: git may be configured not to enter a bare one."""
        return {**process.quarantine_environment(), "GIT_DIR": str(self.git_dir)}


def _make_room(kept: dict[Any, Any]) -> None:
    """Forget the oldest half of a cache once it is full."""
    if len(kept) >= _KEPT_ANSWERS:
        for name in list(kept)[: _KEPT_ANSWERS // 2]:
            kept.pop(name, None)


def is_object_id(text: str) -> bool:
    """Return whether a text is a full object id."""
    return bool(_SHA.fullmatch(text))


def _empty_tree(sample_id: str) -> str:
    """Return the id of the empty tree, in the hash format of `sample_id`."""
    return hashlib.new("sha1" if len(sample_id) == 40 else "sha256", b"tree 0\0", usedforsecurity=False).hexdigest()


def _parse_diffs(answer: bytes) -> list[list[FileDiff]]:
    """Parse the output of `diff-tree --stdin -z`: per pair a line with both ids, then mode, blob, path of each file."""
    diffs: list[list[FileDiff]] = []
    at = 0
    while at < len(answer):
        if answer[at : at + 1] != b":":
            at = answer.index(b"\n", at) + 1
            diffs.append([])
            continue
        end = answer.index(b"\0", at)
        close = answer.index(b"\0", end + 1)
        mode, new_mode, blob, new_blob, _ = answer[at + 1 : end].decode().split(" ")
        path = answer[end + 1 : close].decode("utf-8", "surrogateescape")
        diffs[-1].append(FileDiff(path, make_entry(mode, blob), make_entry(new_mode, new_blob)))
        at = close + 1
    return diffs
