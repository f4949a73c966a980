"""Keep the search index up to date with the desk's files, and query it.

An update looks at what git recorded since the last one, at writes that are not committed yet, and at the open tickets,
which may have been edited by hand, so its cost depends on what changed, not on the size of the desk. An archived ticket
that was edited by hand is indexed again once the edit is committed, or by `reindex`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

from msgspec.structs import astuple

from fenji import files
from fenji.desk.index_places import IndexPlace, index_places, link_leaving
from fenji.errors import Damaged, Sentence, Unavailable
from fenji.files import FileStamp
from fenji.search import HandbookPage, RemovedPage, SearchIndex, build_page
from fenji.search.manifest import IndexNotWritable
from fenji.storage import Store, StoredTicket
from fenji.storage.reader import RACY_WINDOW_NS

if TYPE_CHECKING:
    from fenji.git import Repo
    from fenji.model.synonyms import SynonymGroup
    from fenji.search.searcher import SearchHits
    from fenji.search.similar import Suggestion
    from fenji.search.term_counts import IndexDocument

Answer = TypeVar("Answer")
ReindexProgress = Callable[[int], None]
_CacheEntry = tuple[FileStamp, str]


class SearchOptions(TypedDict, total=False):
    """Options of a search: the slice of the hits, whether the last word may be incomplete, the person, and synonyms."""

    limit: int
    offset: int
    typing: bool
    me: str
    synonyms: tuple[SynonymGroup, ...]


_BEHIND = Sentence("Another fenji is writing the index; recent changes may not be found yet.")
_OPEN, _ARCHIVE = "tickets/open/", "tickets/archive/"


class TicketIndex:
    """The search index of one desk, which builds, updates and repairs itself."""

    def __init__(self, store: Store, repo: Repo) -> None:
        self._store, self._repo = store, repo
        self._places = index_places(store.root, repo.git_dir)
        self._place_notice: Sentence | None = None
        self._is_behind = False
        self._open_place(next(self._places))
        reason = link_leaving(store.root)
        if reason:
            self._move(reason)

    def close(self) -> None:
        """Close the index."""
        self._handbook.close()
        self._place.remove()

    @property
    def notice(self) -> Sentence | None:
        """What a person should know about the searched index: that it is elsewhere, or behind; else None."""
        return self._place_notice or (_BEHIND if self._is_behind else None)

    def _open_place(self, place: IndexPlace) -> None:
        self._place = place
        self._handbook = SearchIndex(place.folder, manifest=place.manifest)
        self._cache = IndexCache(place.seen)

    def _move(self, reason: Sentence) -> bool:
        """Continue with the index at the next place, for this reason; return False if there is none."""
        place = next(self._places, None)
        if place is None or place.notice is None:
            return False
        self.close()
        self._open_place(place)
        self._place_notice = place.notice(reason)
        return True

    def _where_writable(self, work: Callable[[], Answer]) -> Answer:
        """Run `work`, which may write the index; if it cannot be written, run it again at the next place."""
        while True:
            try:
                return work()
            except IndexNotWritable as error:
                if not self._move(error.sentence):
                    raise

    def search(self, text: str, **options: Unpack[SearchOptions]) -> SearchHits:
        """Return the tickets that match `text`, best first."""
        self.update()
        return self._ask_or_rebuild(lambda: self._handbook.search(text, **options))

    def suggest(
        self,
        text: str,
        *,
        exclude: str = "",
        known: Mapping[str, Collection[str]],
        synonyms: tuple[SynonymGroup, ...] | None = None,
    ) -> Suggestion:
        """Return tickets similar to a new one with this text, and the field values that they suggest.

        `exclude` is the path of a ticket to skip, `known` the values that may be suggested, by field.
        """
        self.update()
        ask = self._handbook.suggest
        return self._ask_or_rebuild(lambda: ask(text, exclude=exclude, known=known, synonyms=synonyms))

    def update(self, *, progress: ReindexProgress | None = None) -> None:
        """Index what changed; build the index if there is no usable one.

        Raises Unavailable only if an index can be written neither in the desk nor in the cache nor in memory.
        """
        self._where_writable(lambda: self._update(progress))

    def _update(self, progress: ReindexProgress | None) -> None:
        head, self._is_behind = self._repo.head() or "", False
        if self._handbook.ensure(self._all_pages, revision=head, progress=progress):
            return
        try:
            pages = list(self._changed_pages(head))
            if pages or head != self._handbook.revision:
                self._is_behind = not self._handbook.update(pages, revision=head)
        except Damaged:
            self._handbook.rebuild(self._all_pages(), revision=head, progress=progress)

    def reindex(self, *, rebuild: bool = False, progress: ReindexProgress | None = None) -> int:
        """Update the index, including hand edits in the archive, and return the number of its pages."""
        return self._where_writable(lambda: self._reindex(rebuild=rebuild, progress=progress))

    def _reindex(self, *, rebuild: bool, progress: ReindexProgress | None) -> int:
        head = self._repo.head() or ""
        if rebuild:
            self._handbook.rebuild(self._all_pages(), revision=head, progress=progress)
        else:
            self._update(progress)
            self._handbook.update(self._load_pages(self._repo.dirty_paths()), revision=head)
        if self._handbook.needs_compaction:
            self._handbook.compact(progress=progress)
        return self._handbook.size

    def _ask_or_rebuild(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except (Damaged, Unavailable):  # damaged, or discarded by another process meanwhile
            self.reindex(rebuild=True)
            return ask()

    def _all_pages(self) -> Iterator[IndexDocument]:
        from fenji.search.indexing import count_tickets

        open_pages = (_make_page(stored) for stored in self._store.reader.scan_open().tickets)
        return count_tickets(self._store.root, open_pages, self._store.reader.iter_archive_paths())

    def _changed_pages(self, head: str) -> Iterator[HandbookPage | RemovedPage]:
        yield from self._changed_open_pages()
        # Pending writes, which git does not know yet, then committed changes.
        paths = [path for entry in self._store.pending() for path in entry.paths]
        if head != self._handbook.revision:
            changes = self._repo.changed_since(self._handbook.revision) if self._handbook.revision else None
            paths += [change.path for change in changes] if changes is not None else self._archived_paths()
        yield from self._load_pages(path for path in dict.fromkeys(paths) if path.startswith(_ARCHIVE))

    def _changed_open_pages(self) -> Iterator[HandbookPage | RemovedPage]:
        """Yield the open tickets whose files differ from those in the index."""
        known, stamps = self._handbook.digests(_OPEN), self._store.reader.open_stamps()
        yield from (RemovedPage(path) for path in known if path not in stamps)
        for path, stamp in stamps.items():
            if self._cache.is_current(path, stamp, known.get(path)):
                continue
            stored = self._store.reader.read_open(path)
            if isinstance(stored, StoredTicket):
                self._cache.record(path, stored.stamp, stored.digest)
                if known.get(path) != stored.digest:
                    yield _make_page(stored)
            elif path in known:
                yield RemovedPage(path)
        self._cache.save(set(stamps))

    def _archived_paths(self) -> Iterator[str]:
        yield from self._store.reader.iter_archive_paths()
        yield from self._handbook.digests(_ARCHIVE)

    def _load_pages(self, paths: Iterable[str]) -> Iterator[HandbookPage | RemovedPage]:
        for path in paths:
            if path.startswith((_OPEN, _ARCHIVE)) and path.endswith(".yaml"):
                stored = self._store.reader.read_path(path)
                yield _make_page(stored) if isinstance(stored, StoredTicket) else RemovedPage(path)


def _make_page(stored: StoredTicket) -> HandbookPage:
    return build_page(stored.ticket, stored.path, digest=stored.digest)


# --- which files are indexed ------------------------------------------------------------------------------------------


class IndexCache:
    """A cache of path → stamp of the file and digest of its contents."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cached: dict[str, _CacheEntry] | None = None
        self._dirty = False

    def is_current(self, path: str, stamp: FileStamp | None, digest: str | None) -> bool:
        """Whether the file at `path` is unchanged since it was indexed with `digest`."""
        return stamp is not None and digest is not None and self._load().get(path) == (stamp, digest)

    def record(self, path: str, stamp: FileStamp, digest: str) -> None:
        """Remember a file that was read, unless it was written so recently that its stamp cannot be trusted yet."""
        if time.time_ns() - max(stamp.mtime_ns, stamp.ctime_ns) > RACY_WINDOW_NS:
            self._load()[path] = (stamp, digest)
            self._dirty = True

    def save(self, paths: set[str]) -> None:
        """Save the entries of these paths. A failure is ignored: the files are just read again."""
        if not self._dirty:
            return
        data = {path: [*astuple(stamp), digest] for path, (stamp, digest) in self._load().items() if path in paths}
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            with os.fdopen(files.open_kept(temporary, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as file:
                json.dump(data, file)
            temporary.replace(self._path)
            self._dirty = False

    def _load(self) -> dict[str, _CacheEntry]:
        if self._cached is None:
            self._cached = {}
            with suppress(*files.DAMAGE):
                data = json.loads(self._path.read_bytes())
                self._cached = {path: (FileStamp(*map(int, entry[:4])), str(entry[4])) for path, entry in data.items()}
        return self._cached
