"""Steps that should be signed and are not, as a desk knows them: looked for behind the screens, shown on the board."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from fenji.errors import FenjiError

if TYPE_CHECKING:
    from fenji.beside import Unsigned
    from fenji.hub.lookout import Seen
    from fenji.policy import Policy
    from fenji.repo import Repo

_FILE = "fenji-unsigned.json"  # of `hub.lookout`, which is loaded only where there is something to look for


class Watch:
    """What the history of a clone lacks in signatures. Costs nothing where nobody ever demanded any."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._seen: Seen | None = None
        self._read = False
        self._looking, self._recalling = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._by_uid: Mapping[str, tuple[Unsigned, ...]] = {}

    def concerned(self, policy: Policy) -> bool:
        """Whether signatures are demanded, or were: a demand that was taken out unsigned is not to hide itself."""
        return self._read or bool(policy.require_signed) or (self._repo.git_dir / _FILE).exists()

    def unsigned(self, policy: Policy) -> Mapping[str, tuple[Unsigned, ...]]:
        """By uid of the ticket what was found so far, also before this start; looks at no commit."""
        if self.concerned(policy):
            self._recall()
        return self._by_uid

    def look(self, policy: Policy, *, most: int = 0) -> int:
        """Look at the commits that are new, all of them or some more than `most`; how many are left.

        May take minutes for a long history, once; what was found until then is kept. Raises Unavailable.
        """
        if not self._whole or not self.concerned(policy):
            return 0
        from fenji.hub import lookout

        with self._looking:
            self._recall()
            head, seen = self._repo.head(), self._seen
            if head is None or (seen and (seen.heads, seen.rules) == ((head,), lookout.digest(policy))):
                return 0
            return self._look(policy, head, most)

    def close(self) -> None:
        """Look at no more commits."""
        self._closing.set()

    @property
    def _whole(self) -> bool:
        """Whether the history is a desk's alone and goes back to its beginning."""
        return not self._repo.prefix and not (self._repo.git_dir / "shallow").exists()

    def _recall(self) -> None:
        with self._recalling:
            if not self._read:
                from fenji.hub import lookout

                self._take(lookout.remembered(self._repo))
                self._read = True

    def _look(self, policy: Policy, head: str, most: int) -> int:
        from fenji.hub import lookout

        begun, left = 0, 0
        for seen in lookout.looked(self._repo, policy, head, self._seen):
            begun, left = max(begun, seen.left), seen.left
            with suppress(FenjiError):  # a folder that cannot be written: the next start looks at it again
                lookout.remember(self._repo, seen)
            self._take(seen)
            if self._closing.is_set() or (most and begun - left >= most):
                break
        return left

    def _take(self, seen: Seen | None) -> None:
        found: dict[str, tuple[Unsigned, ...]] = {}
        for one in seen.unsigned if seen else ():
            found[one.uid] = (*found.get(one.uid, ()), one)
        self._seen, self._by_uid = seen, found
