"""Write new generations of the index: a whole one in a folder of its own, or the current one with a few changes.

A generation becomes current only when the returned manifest is saved. The caller holds the write lock.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from fenji.search.manifest import Manifest, SegmentInfo, share_as_folder, stamp_files
from fenji.search.pages import HandbookPage, RemovedPage
from fenji.search.segment_reader import SegmentReader
from fenji.search.segment_writer import SegmentWriter
from fenji.search.term_counts import IndexDocument, count_page
from fenji.search.whoosh_format import installed_versions

_FOLDER_PREFIX = "book-"
_MIN_MERGED_SEGMENTS = 8  # segments of about the same size from which on they are merged …
_MAX_MERGED_PAGES = 64  # … unless they have more pages: a save never waits for more than some 500 pages
_PROGRESS_STEP = 500  # pages between two reports of progress
IndexProgress = Callable[[int], None]


def build_index(
    root: Path, pages: Iterable[HandbookPage | IndexDocument], *, revision: str, progress: IndexProgress | None
) -> Manifest:
    """Write an index of all `pages` into a new folder next to the current one; return its manifest."""
    folder = root / f"{_FOLDER_PREFIX}{secrets.token_hex(6)}"
    folder.mkdir(parents=True)
    share_as_folder(folder)
    try:
        return _fill_index(folder, pages, revision=revision, progress=progress)
    except OSError:  # such as a full disk, which needs the space
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _fill_index(
    folder: Path, pages: Iterable[HandbookPage | IndexDocument], *, revision: str, progress: IndexProgress | None
) -> Manifest:
    with SegmentWriter(folder) as writer:
        for number, page in enumerate(pages, start=1):
            writer.add(count_page(page) if isinstance(page, HandbookPage) else page)
            if progress and number % _PROGRESS_STEP == 0:
                progress(number)
        mean_length = writer.close()
    manifest = _next_manifest(
        folder, Manifest(folder.name, 0, installed_versions(), revision, mean_length), [writer.info]
    )
    for name in manifest.files:  # a rebuild takes a minute and should survive a power cut
        _fsync(folder / name)
    return manifest


def apply_changes(
    root: Path,
    current: Manifest,
    segments: Sequence[SegmentReader],
    changed: Iterable[HandbookPage | RemovedPage],
    *,
    revision: str,
) -> Manifest:
    """Write a segment with the changed pages and return the new manifest; the current one if nothing changed."""
    folder = root / current.book
    hidden = {segment.name: set(segment.hidden) for segment in segments}
    new_pages: list[HandbookPage] = []
    for path, update in {update.path: update for update in changed}.items():
        existing = [
            (segment, digest, number)
            for segment in segments
            for known_path, digest, number in segment.known_files(path)
            if known_path == path
        ]
        if isinstance(update, HandbookPage) and any(digest == update.digest for _, digest, _ in existing):
            continue
        for segment, _, number in existing:
            hidden[segment.name].add(number)
        new_pages += [update] if isinstance(update, HandbookPage) else []
    current = replace(current, revision=revision or current.revision)
    parts = [replace(info, hidden=tuple(sorted(hidden[info.name]))) for info in current.parts]
    if not new_pages and parts == list(current.parts):
        return current
    added = [_write_segment(folder, new_pages, current.mean)] if new_pages else []
    return _next_manifest(
        folder, current, [*parts[:1], *_merge_small_segments(folder, [*parts[1:], *added], current.mean)]
    )


def _write_segment(folder: Path, pages: Iterable[HandbookPage], mean_length: float) -> SegmentInfo:
    with SegmentWriter(folder) as writer:
        for page in pages:
            writer.add(count_page(page))
        writer.close(mean_length)
    return writer.info


def _next_manifest(folder: Path, current: Manifest, parts: Sequence[SegmentInfo]) -> Manifest:
    """Return the manifest of the next generation."""
    prefixes = tuple(f"{info.name}." for info in parts)
    for path in folder.iterdir():
        share_as_folder(path)
    files = {name: stamp for name, stamp in stamp_files(folder).items() if name.startswith(prefixes)}
    return replace(current, generation=current.generation + 1, parts=tuple(parts), files=files)


def _merge_small_segments(folder: Path, parts: Sequence[SegmentInfo], mean_length: float) -> list[SegmentInfo]:
    """Merge small segments of about the same size if there are many, leaving out hidden pages."""
    parts = [info for info in parts if len(info.hidden) < info.page_count]
    tiers: dict[int, list[SegmentInfo]] = defaultdict(list)
    for info in parts:
        if info.page_count <= _MAX_MERGED_PAGES:
            tiers[len(f"{info.page_count:o}")].append(info)
    mergeable = next((tier for tier in tiers.values() if len(tier) >= _MIN_MERGED_SEGMENTS), [])
    if not mergeable:
        return parts
    merged = _write_segment(folder, (page for info in mergeable for page in _visible_pages(folder, info)), mean_length)
    return _merge_small_segments(folder, [*(info for info in parts if info not in mergeable), merged], mean_length)


def _visible_pages(folder: Path, info: SegmentInfo) -> Iterator[HandbookPage]:
    with contextlib.closing(SegmentReader(folder, info)) as segment:
        yield from segment.read_visible_pages()


def remove_stale_files(root: Path, current: Manifest | None) -> None:
    """Remove the folders of other indexes, and files of former generations of the current one."""
    with os.scandir(root) as entries:
        old = [
            entry.path
            for entry in entries
            if entry.name.startswith(_FOLDER_PREFIX) and not (current and entry.name == current.book)
        ]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    if current:
        folder = root / current.book
        for leftover in [path for path in folder.iterdir() if path.name not in current.files]:
            with contextlib.suppress(OSError):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _fsync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
