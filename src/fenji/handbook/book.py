"""The handbook: pages in, hits out. The one door to the index, which is derived and may be deleted at any time.

The index is one archive segment, written in bulk, and a tail of small ones for what changed since: a saved ticket is
found a few milliseconds later, and nothing large is read or written for it. Small segments are joined as they gather.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.errors import Damaged, Unavailable
from fenji.handbook import ledger as ledgers
from fenji.handbook.damage import Broken
from fenji.handbook.questions import question
from fenji.synonyms import Group, starter

if TYPE_CHECKING:
    from fenji.handbook.leaves import Leaf
    from fenji.handbook.ledger import Ledger
    from fenji.handbook.likeness import Suggestion
    from fenji.handbook.pages import Page, Removed
    from fenji.handbook.searching import Hits
    from fenji.handbook.tallies import Counted

_WAIT_SECONDS = 2.0  # for another process that writes
_TRIES = 5  # at opening an index that is being replaced meanwhile
Progress = Callable[[int], None]


class Handbook:
    """The searchable book in `folder` (made when first written; `<desk>/index/`).

    `ledger` is the small file that says which files are the index: kept where no pulled commit can write it (the git
    folder), it keeps a foreign index from being opened; without one it lies in `folder`.
    One instance serves several threads; several processes may use one folder.
    """

    def __init__(self, folder: Path, *, ledger: Path | None = None) -> None:
        self._folder = folder
        self._ledger_path = ledger or folder / "ledger.json"
        self._lock = threading.RLock()
        self._ledger: Ledger | None = None
        self._mark: object = None
        self._leaves: dict[str, Leaf] = {}

    def __enter__(self) -> Handbook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files of the index."""
        with self._lock:
            for leaf in self._leaves.values():
                leaf.close()
            self._leaves, self._ledger, self._mark = {}, None, None

    # --- what it is ---

    @property
    def ready(self) -> bool:
        """Whether there is an index that can be searched; False before the first build and after damage."""
        with self._lock:
            return self._open() is not None

    @property
    def revision(self) -> str:
        """The git revision up to which the index was told; `""` where it is not known."""
        with self._lock:
            found = self._open()
            return found.revision if found else ""

    @property
    def crowded(self) -> bool:
        """Whether so much changed since it was built that `compact` would make searching quicker."""
        with self._lock:
            found = self._open()
            return bool(found and found.crowded)

    @property
    def size(self) -> int:
        """How many pages can be found."""
        with self._lock:
            self._open()
            return sum(leaf.pages - len(leaf.hidden) for leaf in self._leaves.values())

    def known(self, under: str = "") -> Mapping[str, str]:
        """Path → digest of every page whose path begins with `under`, as it was last told."""
        if not self.ready:
            return {}
        with self.opened() as leaves:
            return {path: digest for leaf in leaves for path, digest, _ in leaf.known(under)}

    def pages(self) -> Iterator[Page]:
        """Every page, as it was last told. Raises as `search` does."""
        with self.opened() as leaves:
            for leaf in leaves:
                yield from leaf.all_pages()

    # --- asking ---

    def search(  # noqa: PLR0913 - one question and how it is meant
        self,
        text: str,
        *,
        limit: int = 10,
        offset: int = 0,
        typing: bool = False,
        filters: Mapping[str, str] | None = None,
        me: str = "",
        synonyms: tuple[Group, ...] | None = None,
    ) -> Hits:
        """The pages that answer `text`, best first: words, "phrases", -exclusions, filters (`kind:quality`).

        `typing`: the last word may go on. `filters` are added to those typed, by the same names; `owner:me` asks for
        those of `me`. `synonyms` are groups of words for one thing, else those that a desk begins with. Nothing asked
        finds nothing. Raises Unavailable where there is no index, Damaged where it cannot be read; `ensure` mends both.
        """
        started = time.perf_counter()
        asked = question(text, typing=typing, filters=filters, me=me)
        with self.opened() as leaves:
            from fenji.handbook.alike import alike
            from fenji.handbook.searching import Hits, Search

            search = Search(leaves, asked, alike(starter() if synonyms is None else synonyms))
            total, hits = search.hits(limit=limit, offset=offset) if limit > 0 else (0, ())
        took_ms = round((time.perf_counter() - started) * 1000, 2)
        return Hits(total, took_ms, hits, search.meant)

    def suggest(
        self,
        text: str,
        *,
        limit: int = 5,
        exclude: str = "",
        known: Mapping[str, Collection[str]] | None = None,
        synonyms: tuple[Group, ...] | None = None,
    ) -> Suggestion:
        """What is like a ticket of this title and description, and what such tickets were; empty where nothing is.

        `exclude` is the path of the ticket itself. `known` holds the values that may be guessed, by field; any where
        a field is missing. `synonyms` and what is raised are as in `search`.
        """
        started = time.perf_counter()
        with self.opened() as leaves:
            from fenji.handbook.alike import alike
            from fenji.handbook.likeness import asked, suggestion

            words = asked(text, alike(starter() if synonyms is None else synonyms))
            found = suggestion(leaves, words, limit=limit, exclude=exclude, known=known)
        return replace(found, took_ms=round((time.perf_counter() - started) * 1000, 2))

    # --- telling ---

    def update(
        self, changed: Iterable[Page | Removed], *, revision: str = "", wait_seconds: float = _WAIT_SECONDS
    ) -> bool:
        """Take over pages that are new, changed or removed. Pages known with the same digest cost next to nothing.

        False, with nothing done, where another process wrote all the while or there is no index yet. Raises
        Unavailable where the folder cannot be written.
        """
        with self._writing(wait_seconds) as mine:
            now = self._open() if mine else None
            if now is None:
                return False
            from fenji.handbook import writing

            writing.sweep(self._folder, now)
            after = writing.change(self._folder, now, list(self._leaves.values()), changed, revision=revision)
            if after != now:
                self._take(after)
            return True

    def rebuild(
        self,
        pages: Iterable[Page | Counted],
        *,
        revision: str = "",
        progress: Progress | None = None,
        wait_seconds: float = _WAIT_SECONDS,
    ) -> bool:
        """Build the index anew from all `pages`; the old one answers until it is done. False as for `update`.

        `counting.tickets` gives the pages of a desk counted already, on two cores.
        """
        with self._writing(wait_seconds) as mine:
            if mine:
                from fenji.handbook import writing

                self._take(writing.build(self._folder, pages, revision=revision, progress=progress))
            return mine

    def compact(self, *, progress: Progress | None = None, wait_seconds: float = _WAIT_SECONDS) -> bool:
        """Build the index anew from what it holds itself: quicker to search, for a quiet hour."""
        return self.ready and self.rebuild(
            self.pages(), revision=self.revision, progress=progress, wait_seconds=wait_seconds
        )

    def ensure(
        self, pages: Callable[[], Iterable[Page | Counted]], *, revision: str = "", progress: Progress | None = None
    ) -> bool:
        """Build the index where it is missing, damaged, foreign or of an older kind. Whether it did."""
        return not self.ready and self.rebuild(pages(), revision=revision, progress=progress)

    # --- the state on disk ---

    @contextlib.contextmanager
    def opened(self) -> Iterator[list[Leaf]]:
        """The segments of the present state, for as long as it takes; what cannot be read is set aside as damaged."""
        with self._lock:
            if self._open() is None:
                raise Unavailable("The handbook has no index yet.", hint="`fenji index` builds it.")
            with self._mending():
                yield list(self._leaves.values())

    @contextlib.contextmanager
    def _mending(self) -> Iterator[None]:
        try:
            yield
        except Broken as error:
            self._set_aside()
            raise Damaged(
                "The index of the handbook is damaged: {reason}.", hint="`fenji index` builds it.", reason=error
            ) from error

    @contextlib.contextmanager
    def _writing(self, wait_seconds: float) -> Iterator[bool]:
        with self._lock, self._mending():
            try:
                with ledgers.writing(self._folder / "lock", wait_seconds=wait_seconds) as mine:
                    yield mine
            except OSError as error:
                reason = error.strerror or str(error)
                raise Unavailable("The index of the handbook cannot be written: {reason}.", reason=reason) from error

    def _take(self, ledger: Ledger) -> None:
        """Make a state the present one, and remove what it replaced."""
        from fenji.handbook import writing

        ledgers.write(self._ledger_path, ledger)
        self._open()
        writing.sweep(self._folder, ledger)

    def _set_aside(self) -> None:
        self.close()
        with contextlib.suppress(OSError):
            self._ledger_path.unlink()

    def _open(self) -> Ledger | None:
        """Open the present state, where it changed since; None where there is none that can be trusted."""
        for _ in range(_TRIES):
            mark = ledgers.mark(self._ledger_path)
            if mark is not None and mark == self._mark:
                return self._ledger
            found = ledgers.read(self._ledger_path)
            if found is None:
                self.close()
                return None
            if self._opened(found):
                self._ledger, self._mark = found, mark
                return found
        self.close()
        return None

    def _opened(self, found: Ledger) -> bool:
        """Open the leaves of a state, keeping those that are open; False where its files are not as it says."""
        from fenji.handbook.leaves import Leaf
        from fenji.handbook.release import release

        folder = self._folder / found.book
        if found.release != release() or not ledgers.unchanged(folder, found.files):
            return False
        kept = self._leaves if self._ledger and self._ledger.book == found.book else {}
        fresh: dict[str, Leaf] = {}
        try:
            for part in found.parts:
                if part.name not in kept:
                    fresh[part.name] = Leaf(folder, part)
        except Broken:
            for leaf in fresh.values():
                leaf.close()
            return False
        leaves = {part.name: kept.get(part.name) or fresh[part.name] for part in found.parts}
        for part in found.parts:
            leaves[part.name].hide(part)
        for name, leaf in self._leaves.items():
            if leaves.get(name) is not leaf:
                leaf.close()
        self._leaves = leaves
        return True
