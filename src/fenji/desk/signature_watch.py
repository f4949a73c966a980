"""Steps that lack a demanded signature: searched for in the background, shown on the board."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from fenji.errors import FenjiError

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.judge.unsigned import SignatureScan
    from fenji.model.annotations import UnsignedStep
    from fenji.model.policy import Policy

_FILE_NAME = "fenji-unsigned.json"  # as in `fenji.judge.unsigned`, which is imported only if there is something to scan


class SignatureWatch:
    """Finds the missing signatures in a clone's history. Costs nothing if nobody ever demanded any."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._progress: SignatureScan | None = None
        self._loaded = False
        self._scan_lock, self._load_lock = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._by_uid: Mapping[str, tuple[UnsignedStep, ...]] = {}

    def is_needed(self, policy: Policy) -> bool:
        """Whether signatures are or were demanded: the unsigned removal of a demand must not hide itself."""
        return self._loaded or bool(policy.require_signed) or (self._repo.git_dir / _FILE_NAME).exists()

    def unsigned(self, policy: Policy) -> Mapping[str, tuple[UnsignedStep, ...]]:
        """Return the unsigned steps found so far, by ticket uid, also in earlier runs; scans no commit."""
        if self.is_needed(policy):
            self._load()
        return self._by_uid

    def scan(self, policy: Policy, *, limit: int = 0) -> int:
        """Scan new commits, all or only some more than `limit`, and return how many are left.

        May once take minutes for a long history; progress is kept. Raises Unavailable.
        """
        if not self._has_full_history or not self.is_needed(policy):
            return 0
        from fenji.judge import unsigned as unsigned_steps

        with self._scan_lock:
            self._load()
            head, progress = self._repo.head(), self._progress
            if head is None or (
                progress
                and (progress.heads, progress.policy_digest) == ((head,), unsigned_steps.compute_digest(policy))
            ):
                return 0
            return self._scan_from(policy, head, limit)

    def close(self) -> None:
        """Stop scanning."""
        self._closing.set()

    @property
    def _has_full_history(self) -> bool:
        """Whether the history belongs to the desk alone and is complete (not shallow)."""
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
            with suppress(FenjiError):  # the git folder cannot be written: the next run scans these again
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
