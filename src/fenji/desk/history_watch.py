"""Find steps that no hub would have accepted; they are marked wherever their ticket is shown.

These are steps without a required signature, and events that fail judgement on a remote that does not judge (format 3).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fenji.errors import FenjiError

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.judge.marks import BranchScan
    from fenji.judge.unsigned import SignatureScan
    from fenji.model.annotations import Mark, RefusedStep, UnsignedStep
    from fenji.model.policy import Policy

# The same names as in `fenji.judge.unsigned` and `marks`, which are imported only if there is something to scan.
_FILE_NAME, _BRANCH_FILE_NAME = "fenji-unsigned.json", "fenji-judged.json"


class HistoryWatch:
    """Finds the steps to mark in a clone's history. Costs nothing if there is nothing to judge."""

    def __init__(self, repo: Repo) -> None:
        self._signatures, self._branch = SignatureWatch(repo), BranchWatch(repo)

    def is_needed(self, policy: Policy) -> bool:
        """Whether there may be anything to scan."""
        return self._signatures.is_needed(policy) or self._branch.is_needed

    def marks(self, policy: Policy) -> Mapping[str, tuple[Mark, ...]]:
        """Return the marked steps found so far, also in earlier runs, by ticket uid; scans no commit."""
        unsigned, refused = self._signatures.unsigned(policy), self._branch.refused()
        if not refused:
            return unsigned
        return {uid: (*unsigned.get(uid, ()), *refused.get(uid, ())) for uid in {**unsigned, **refused}}

    def scan(self, policy: Policy, *, limit: int = 0) -> int:
        """Scan all new commits, or with `limit` about that many, and return how many are left.

        The first scan of a long history may take minutes; progress is kept. Raises Unavailable.
        """
        return max(self._signatures.scan(policy, limit=limit), self._branch.scan(limit=limit))

    def close(self) -> None:
        """Stop scanning."""
        self._signatures.close()
        self._branch.close()


class BranchWatch:
    """Judges the branch of a non-judging remote; a sync chooses it (`fenji.judge.marks.watch_branch`)."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._stamp: object = None
        self._scan: BranchScan | None = None
        self._by_uid: Mapping[str, tuple[RefusedStep, ...]] = {}

    @property
    def is_needed(self) -> bool:
        return (self._repo.git_dir / _BRANCH_FILE_NAME).exists()

    def refused(self) -> Mapping[str, tuple[RefusedStep, ...]]:
        """Return the refused events found so far, by ticket uid."""
        self._load()
        return self._by_uid

    def scan(self, *, limit: int = 0) -> int:
        """Judge all new commits of the branch, or with `limit` about that many, and return how many are left."""
        if self._repo.prefix or not self.is_needed or (self._repo.git_dir / "shallow").exists():
            return 0
        from fenji.git import refs

        with self._lock:
            known = self._load()
            tip = refs.resolve(self._repo, known.ref) if known else None
            if known is None or tip is None or tip == known.judged:
                return 0
            return self._scan_to(tip, known, limit)

    def _scan_to(self, tip: str, known: BranchScan, limit: int) -> int:
        from fenji.judge import marks

        total, remaining = 0, 0
        for progress in marks.scan_branch(self._repo, known, tip, datetime.now(UTC)):
            total, remaining = max(total, progress.remaining), progress.remaining
            if limit and progress.remaining > limit and progress.judged == known.judged:
                break  # too many commits for a limited scan
            with suppress(FenjiError):  # if the git folder cannot be written, the next run judges these again
                marks.save(self._repo, progress)
            self._set(progress)
            if self._closing.is_set() or (limit and total - remaining >= limit):
                break
        return remaining

    def close(self) -> None:
        self._closing.set()

    def _load(self) -> BranchScan | None:
        """Return the last scan, reading it again if another process has written it."""
        try:
            found = (self._repo.git_dir / _BRANCH_FILE_NAME).stat()
        except OSError:
            self._stamp, self._scan, self._by_uid = None, None, {}
            return None
        stamp = found.st_mtime_ns, found.st_size, found.st_ino
        if stamp != self._stamp:
            from fenji.judge import marks

            self._set(marks.load(self._repo))
            self._stamp = stamp
        return self._scan

    def _set(self, scan: BranchScan | None) -> None:
        by_uid: dict[str, tuple[RefusedStep, ...]] = {}
        for step in scan.refused if scan else ():
            by_uid[step.uid] = (*by_uid.get(step.uid, ()), step)
        self._scan, self._by_uid = scan, by_uid


class SignatureWatch:
    """Finds missing signatures in a clone's history. Costs nothing if none were ever required."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._progress: SignatureScan | None = None
        self._loaded = False
        self._scan_lock, self._load_lock = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._by_uid: Mapping[str, tuple[UnsignedStep, ...]] = {}

    def is_needed(self, policy: Policy) -> bool:
        """Whether signatures are or were required: an unsigned removal of that rule must not hide itself."""
        return self._loaded or bool(policy.require_signed) or (self._repo.git_dir / _FILE_NAME).exists()

    def unsigned(self, policy: Policy) -> Mapping[str, tuple[UnsignedStep, ...]]:
        """Return the unsigned steps found so far, also in earlier runs, by ticket uid; scans no commit."""
        if self.is_needed(policy):
            self._load()
        return self._by_uid

    def scan(self, policy: Policy, *, limit: int = 0) -> int:
        """Scan all new commits, or with `limit` about that many, and return how many are left.

        The first scan of a long history may take minutes; progress is kept. Raises Unavailable.
        """
        if not self._has_full_history or not self.is_needed(policy):
            return 0
        from fenji.judge import unsigned as unsigned_steps

        with self._scan_lock:
            self._load()
            head, progress = self._repo.head(), self._progress
            scanned = (progress.heads, progress.policy_digest) if progress else None
            if head is None or scanned == ((head,), unsigned_steps.compute_digest(policy)):
                return 0
            return self._scan_from(policy, head, limit)

    def close(self) -> None:
        """Stop scanning."""
        self._closing.set()

    @property
    def _has_full_history(self) -> bool:
        """Whether the repository contains only the desk and its history is complete (not shallow)."""
        return not self._repo.prefix and not (self._repo.git_dir / "shallow").exists()

    def _load(self) -> None:
        with self._load_lock:
            if not self._loaded:
                from fenji.judge import unsigned as unsigned_steps

                self._set_progress(unsigned_steps.load(self._repo))
                self._loaded = True

    def _scan_from(self, policy: Policy, head: str, limit: int) -> int:
        from fenji.judge import unsigned as unsigned_steps

        total, remaining = 0, 0
        for progress in unsigned_steps.scan_history(self._repo, policy, head, self._progress):
            total, remaining = max(total, progress.remaining), progress.remaining
            with suppress(FenjiError):  # if the git folder cannot be written, the next run scans these again
                unsigned_steps.save(self._repo, progress)
            self._set_progress(progress)
            if self._closing.is_set() or (limit and total - remaining >= limit):
                break
        return remaining

    def _set_progress(self, progress: SignatureScan | None) -> None:
        by_uid: dict[str, tuple[UnsignedStep, ...]] = {}
        for step in progress.unsigned if progress else ():
            by_uid[step.uid] = (*by_uid.get(step.uid, ()), step)
        self._progress, self._by_uid = progress, by_uid
