"""`SearchIndex`: pages in, hits out. The only access to the index, which is derived and may be deleted at any time.

The index is one archive segment, written in bulk, and a tail of small ones for later changes: a saved ticket is found a
few milliseconds later, and nothing large is read or written for it. Small segments are merged as they accumulate.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import Damaged, Unavailable, os_reason
from fenji.search import manifest as manifests
from fenji.search.manifest import IndexCorrupted, IndexNotWritable, Manifest
from fenji.search.query import parse_query
from fenji.storage.synonyms_file import starter_groups

if TYPE_CHECKING:
    from fenji.model.synonyms import SynonymGroup
    from fenji.search.pages import HandbookPage, RemovedPage
    from fenji.search.searcher import SearchHits
    from fenji.search.segment_reader import SegmentReader
    from fenji.search.similar import Suggestion
    from fenji.search.term_counts import IndexDocument

_LOCK_WAIT_SECONDS = 2.0  # how long to wait for another process that is writing
_OPEN_ATTEMPTS = 5  # attempts to open an index that is being replaced meanwhile
IndexProgress = Callable[[int], None]


class SearchIndex:
    """The search index in `folder` (`<desk>/index/`), which is created by the first write.

    `manifest` is the path of the small file that lists the files of the index. It should be where no pulled commit can
    write it (the git folder), so that a foreign index is never opened; by default it is in `folder`.
    One instance serves several threads; several processes may use one folder.
    """

    def __init__(self, folder: Path, *, manifest: Path | None = None) -> None:
        self._folder = folder
        self._manifest_path = manifest or folder / "ledger.json"
        self._lock = threading.RLock()
        self._manifest: Manifest | None = None
        self._stamp: object = None
        self._segments: dict[str, SegmentReader] = {}

    def __enter__(self) -> SearchIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files of the index."""
        with self._lock:
            for segment in self._segments.values():
                segment.close()
            self._segments, self._manifest, self._stamp = {}, None, None

    # --- state ---

    @property
    def ready(self) -> bool:
        """Whether there is an index that can be searched; False before the first build and after damage."""
        with self._lock:
            return self._refresh() is not None

    @property
    def revision(self) -> str:
        """The git revision that the index is up to date with; `""` if it is unknown."""
        with self._lock:
            manifest = self._refresh()
            return manifest.revision if manifest else ""

    @property
    def needs_compaction(self) -> bool:
        """Whether so much has changed since the build that `compact` would make searching faster."""
        with self._lock:
            manifest = self._refresh()
            return bool(manifest and manifest.needs_compaction)

    @property
    def size(self) -> int:
        """The number of pages that can be found."""
        with self._lock:
            self._refresh()
            return sum(segment.page_count - len(segment.hidden) for segment in self._segments.values())

    def digests(self, prefix: str = "") -> Mapping[str, str]:
        """Return path → digest of every indexed page whose path begins with `prefix`."""
        if not self.ready:
            return {}
        with self.open_segments() as segments:
            return {path: digest for segment in segments for path, digest, _ in segment.known_files(prefix)}

    def pages(self) -> Iterator[HandbookPage]:
        """Yield every page as it was last indexed. Raises as `search` does."""
        with self.open_segments() as segments:
            for segment in segments:
                yield from segment.read_visible_pages()

    # --- searching ---

    def search(  # noqa: PLR0913 - one question and how it is meant
        self,
        text: str,
        *,
        limit: int = 10,
        offset: int = 0,
        typing: bool = False,
        filters: Mapping[str, str] | None = None,
        me: str = "",
        synonyms: tuple[SynonymGroup, ...] | None = None,
    ) -> SearchHits:
        """Return the pages that match `text`, best first: words, "phrases", -exclusions, filters (`kind:quality`).

        With `typing` the last word may be unfinished. `filters` are added to those typed, under the same names;
        `owner:me` stands for `me`. `synonyms` defaults to the starter groups. An empty query finds nothing.
        Raises Unavailable if there is no index, Damaged if it cannot be read; `ensure` repairs both.
        """
        started = time.perf_counter()
        query = parse_query(text, typing=typing, filters=filters, me=me)
        with self.open_segments() as segments:
            from fenji.search.searcher import Searcher, SearchHits
            from fenji.search.synonyms import build_synonym_index

            searcher = Searcher(
                segments, query, build_synonym_index(starter_groups() if synonyms is None else synonyms)
            )
            total, hits = searcher.find_hits(limit=limit, offset=offset) if limit > 0 else (0, ())
        took_ms = round((time.perf_counter() - started) * 1000, 2)
        return SearchHits(total, took_ms, hits, searcher.meant)

    def suggest(
        self,
        text: str,
        *,
        limit: int = 5,
        exclude: str = "",
        known: Mapping[str, Collection[str]] | None = None,
        synonyms: tuple[SynonymGroup, ...] | None = None,
    ) -> Suggestion:
        """Return tickets similar to this title and description, and guesses for its fields; empty if there are none.

        `exclude` is the path of the ticket itself. `known` has the values that may be guessed, by field; for a field
        that it lacks, any value may be. `synonyms` and errors are as in `search`.
        """
        started = time.perf_counter()
        with self.open_segments() as segments:
            from fenji.search.similar import build_suggestion, extract_words
            from fenji.search.synonyms import build_synonym_index

            words = extract_words(text, build_synonym_index(starter_groups() if synonyms is None else synonyms))
            result = build_suggestion(segments, words, limit=limit, exclude=exclude, known=known)
        return replace(result, took_ms=round((time.perf_counter() - started) * 1000, 2))

    # --- updating ---

    def update(
        self,
        changed: Iterable[HandbookPage | RemovedPage],
        *,
        revision: str = "",
        wait_seconds: float = _LOCK_WAIT_SECONDS,
    ) -> bool:
        """Index pages that are new, changed or removed. Pages with an unchanged digest cost next to nothing.

        Return False, with nothing done, if another process held the lock all the time or there is no index yet.
        Raises IndexNotWritable if the folder cannot be written.
        """
        with self._locked_for_writing(wait_seconds) as acquired:
            current = self._refresh() if acquired else None
            if current is None:
                return False
            from fenji.search import writer

            writer.remove_stale_files(self._folder, current)
            updated = writer.apply_changes(
                self._folder, current, list(self._segments.values()), changed, revision=revision
            )
            if updated != current:
                self._adopt(updated)
            return True

    def rebuild(
        self,
        pages: Iterable[HandbookPage | IndexDocument],
        *,
        revision: str = "",
        progress: IndexProgress | None = None,
        wait_seconds: float = _LOCK_WAIT_SECONDS,
    ) -> bool:
        """Build a new index from all `pages`; the old one stays in use until then. Return False if the lock was held.

        Pages may also be IndexDocuments, as `indexing` makes them on two cores.
        """
        with self._locked_for_writing(wait_seconds) as acquired:
            if acquired:
                from fenji.search import writer

                self._adopt(writer.build_index(self._folder, pages, revision=revision, progress=progress))
            return acquired

    def compact(self, *, progress: IndexProgress | None = None, wait_seconds: float = _LOCK_WAIT_SECONDS) -> bool:
        """Rebuild the index from its own pages, which makes searching faster; meant for idle times."""
        return self.ready and self.rebuild(
            self.pages(), revision=self.revision, progress=progress, wait_seconds=wait_seconds
        )

    def ensure(
        self,
        pages: Callable[[], Iterable[HandbookPage | IndexDocument]],
        *,
        revision: str = "",
        progress: IndexProgress | None = None,
    ) -> bool:
        """Build the index if it is missing, damaged, foreign or of an older format; return whether it was built."""
        return not self.ready and self.rebuild(pages(), revision=revision, progress=progress)

    # --- the state on disk ---

    @contextlib.contextmanager
    def open_segments(self) -> Iterator[list[SegmentReader]]:
        """Lend the open segments of the current index; an index that turns out damaged is discarded.

        Raises Unavailable if there is no index, Damaged if it cannot be read.
        """
        with self._lock:
            if self._refresh() is None:
                raise Unavailable("The handbook has no index yet.", hint="`fenji index` builds it.")
            with self._discarding_damage():
                yield list(self._segments.values())

    @contextlib.contextmanager
    def _discarding_damage(self) -> Iterator[None]:
        try:
            yield
        except IndexCorrupted as error:
            self._discard()
            raise Damaged(
                "The index of the handbook is damaged: {reason}.", hint="`fenji index` builds it.", reason=error
            ) from error

    @contextlib.contextmanager
    def _locked_for_writing(self, wait_seconds: float) -> Iterator[bool]:
        with self._lock, self._discarding_damage():
            try:
                with manifests.write_lock(self._folder / "lock", wait_seconds=wait_seconds) as acquired:
                    yield acquired
            except OSError as error:
                reason = os_reason(error)
                raise IndexNotWritable(
                    "The index of the handbook cannot be written: {reason}.", reason=reason
                ) from error

    def _adopt(self, manifest: Manifest) -> None:
        """Make `manifest` the current one and remove the files it replaces."""
        from fenji.search import writer

        manifests.save(self._manifest_path, manifest)
        self._refresh()
        writer.remove_stale_files(self._folder, manifest)

    def _discard(self) -> None:
        self.close()
        with contextlib.suppress(OSError):
            self._manifest_path.unlink()

    def _refresh(self) -> Manifest | None:
        """Open the current index if it has changed; return its manifest, or None if no index can be trusted."""
        for _ in range(_OPEN_ATTEMPTS):
            stamp = manifests.stamp_file(self._manifest_path)
            if stamp is not None and stamp == self._stamp:
                return self._manifest
            manifest = manifests.load(self._manifest_path)
            if manifest is None:
                self.close()
                return None
            if self._open_manifest(manifest):
                self._manifest, self._stamp = manifest, stamp
                return manifest
        self.close()
        return None

    def _open_manifest(self, manifest: Manifest) -> bool:
        """Open the segments of a manifest, reusing open ones; return False if the files do not match it."""
        from fenji.search.segment_reader import SegmentReader
        from fenji.search.whoosh_format import installed_versions

        folder = self._folder / manifest.book
        if manifest.versions != installed_versions() or not manifests.unchanged(folder, manifest.files):
            return False
        reusable = self._segments if self._manifest and self._manifest.book == manifest.book else {}
        newly_opened: dict[str, SegmentReader] = {}
        try:
            for info in manifest.parts:
                if info.name not in reusable:
                    newly_opened[info.name] = SegmentReader(folder, info)
        except IndexCorrupted:
            for segment in newly_opened.values():
                segment.close()
            return False
        segments = {info.name: reusable.get(info.name) or newly_opened[info.name] for info in manifest.parts}
        for info in manifest.parts:
            segments[info.name].update_hidden(info)
        for name, segment in self._segments.items():
            if segments.get(name) is not segment:
                segment.close()
        self._segments = segments
        return True
