"""Steps that should be signed and are not, as a desk knows them: looked for behind the screens, shown on the board."""

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

_FILE_NAME = "fenji-unsigned.json"  # of `hub.lookout`, which is loaded only where there is something to look for


class SignatureWatch:
    """What the history of a clone lacks in signatures. Costs nothing where nobody ever demanded any."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._progress: SignatureScan | None = None
        self._loaded = False
        self._scan_lock, self._load_lock = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._by_uid: Mapping[str, tuple[UnsignedStep, ...]] = {}

    def is_needed(self, policy: Policy) -> bool:
        """Whether signatures are demanded, or were: a demand that was taken out unsigned is not to hide itself."""
        return self._loaded or bool(policy.require_signed) or (self._repo.git_dir / _FILE_NAME).exists()

    def unsigned(self, policy: Policy) -> Mapping[str, tuple[UnsignedStep, ...]]:
        """By uid of the ticket what was found so far, also before this start; looks at no commit."""
        if self.is_needed(policy):
            self._load()
        return self._by_uid

    def scan(self, policy: Policy, *, limit: int = 0) -> int:
        """Look at the commits that are new, all of them or some more than `most`; how many are left.

        May take minutes for a long history, once; what was found until then is kept. Raises Unavailable.
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
        """Look at no more commits."""
        self._closing.set()

    @property
    def _has_full_history(self) -> bool:
        """Whether the history is a desk's alone and goes back to its beginning."""
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
            with suppress(FenjiError):  # a folder that cannot be written: the next start looks at it again
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
