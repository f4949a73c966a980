"""Keeping the handbook's index abreast of the desk's files, and asking it.

What git recorded since the index was told is looked at, what was written and waits for its commit, and the open
tickets, which may have been edited by hand; so the cost follows what changed, not what exists. An archived ticket that
was edited by hand is found anew once that is committed, or by `renew`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

from fenji.desk.seen import Seen
from fenji.errors import Damaged, Unavailable
from fenji.handbook import Handbook, Page, Removed, page
from fenji.store import Stored

if TYPE_CHECKING:
    from fenji.handbook.likeness import Suggestion
    from fenji.handbook.searching import Hits
    from fenji.handbook.tallies import Counted
    from fenji.repo import Repo
    from fenji.store import Store
    from fenji.synonyms import Group

Answer = TypeVar("Answer")
Progress = Callable[[int], None]


class How(TypedDict, total=False):
    """How to search: which stretch of the hits, whether the last word may go on, who asks, words for one thing."""

    limit: int
    offset: int
    typing: bool
    me: str
    synonyms: tuple[Group, ...]


_OPEN, _ARCHIVE = "tickets/open/", "tickets/archive/"


class Book:
    """The handbook of one desk. It builds, follows and repairs its index by itself."""

    def __init__(self, store: Store, repo: Repo) -> None:
        self._store, self._repo = store, repo
        self._handbook = Handbook(store.root / "index", ledger=repo.git_dir / "fenji-index.json")
        self._seen = Seen(repo.git_dir / "fenji-index-seen.json")

    def close(self) -> None:
        """Let go of the index."""
        self._handbook.close()

    def search(self, text: str, **how: Unpack[How]) -> Hits:
        """The tickets that answer `text`, best first."""
        self._follow_if_possible()
        return self._mended(lambda: self._handbook.search(text, **how))

    def suggest(
        self,
        text: str,
        *,
        exclude: str = "",
        known: Mapping[str, Collection[str]],
        synonyms: tuple[Group, ...] | None = None,
    ) -> Suggestion:
        """What is like a new ticket of this text, and what such tickets were.

        `exclude` is the path of one to skip, `known` holds the values that may be guessed, by field.
        """
        self._follow_if_possible()
        ask = self._handbook.suggest
        return self._mended(lambda: ask(text, exclude=exclude, known=known, synonyms=synonyms))

    def _follow_if_possible(self) -> None:
        """Follow; an index that can only be read, as on the desk of somebody else, answers as it is."""
        try:
            self.follow()
        except Unavailable:
            if not self._handbook.ready:
                raise

    def follow(self, *, progress: Progress | None = None) -> None:
        """Tell the index what changed; build it where there is none that can be used."""
        head = self._repo.head() or ""
        if self._handbook.ensure(self._pages, revision=head, progress=progress):
            return
        try:
            changed = list(self._changed(head))
            if changed or head != self._handbook.revision:
                self._handbook.update(changed, revision=head)
        except Damaged:
            self._handbook.rebuild(self._pages(), revision=head, progress=progress)

    def renew(self, *, rebuild: bool = False, progress: Progress | None = None) -> int:
        """Bring the index wholly up to date, edits by hand in the archive too; the number of pages in it."""
        head = self._repo.head() or ""
        if rebuild:
            self._handbook.rebuild(self._pages(), revision=head, progress=progress)
        else:
            self.follow(progress=progress)
            self._handbook.update(self._told(self._repo.dirty()), revision=head)
        if self._handbook.crowded:
            self._handbook.compact(progress=progress)
        return self._handbook.size

    def _mended(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except (Damaged, Unavailable):
            self.renew(rebuild=True)
            return ask()

    def _pages(self) -> Iterator[Counted]:
        from fenji.handbook.counting import tickets

        opened = (_page(one) for one in self._store.scan_open().tickets)
        return tickets(self._store.root, opened, self._store.archive_paths())

    def _changed(self, head: str) -> Iterator[Page | Removed]:
        yield from self._opened()
        # What git does not tell yet, then what it tells.
        paths = [path for entry in self._store.pending() for path in entry.paths]
        if head != self._handbook.revision:
            differing = self._repo.changed(self._handbook.revision) if self._handbook.revision else None
            paths += [one.path for one in differing] if differing is not None else self._archived()
        yield from self._told(path for path in dict.fromkeys(paths) if path.startswith(_ARCHIVE))

    def _opened(self) -> Iterator[Page | Removed]:
        """The open tickets whose files are not those that the index knows."""
        known, there = self._handbook.known(_OPEN), self._store.open_marks()
        yield from (Removed(path) for path in known if path not in there)
        for path, mark in there.items():
            if self._seen.holds(path, mark, known.get(path)):
                continue
            found = self._store.look_open(path)
            if isinstance(found, Stored):
                self._seen.note(path, found.mark, found.digest)
                if known.get(path) != found.digest:
                    yield _page(found)
            elif path in known:
                yield Removed(path)
        self._seen.keep(set(there))

    def _archived(self) -> Iterator[str]:
        yield from self._store.archive_paths()
        yield from self._handbook.known(_ARCHIVE)

    def _told(self, paths: Iterable[str]) -> Iterator[Page | Removed]:
        for path in paths:
            if path.startswith((_OPEN, _ARCHIVE)) and path.endswith(".yaml"):
                found = self._store.look(path)
                yield _page(found) if isinstance(found, Stored) else Removed(path)


def _page(stored: Stored) -> Page:
    return page(stored.ticket, stored.path, digest=stored.digest)
