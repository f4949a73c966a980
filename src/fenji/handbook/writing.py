"""New states of the index: built whole in a folder of its own, or the present one with a few pages changed.

Nothing here makes a state the current one: the ledger that is returned does, once it is written. The caller holds the
right to write.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fenji.handbook.leaves import Leaf
from fenji.handbook.ledger import Ledger, Part, marks
from fenji.handbook.pages import Page, Removed
from fenji.handbook.release import NAME, release, schema, segment, whoosh
from fenji.handbook.segments import Loader
from fenji.handbook.tallies import Counted, counted

_PREFIX = "book-"
_JOINED = 8  # segments of about one size become one …
_LARGEST_JOINED = 64  # … unless they are larger than that: a save does not wait for more than some 500 pages
_STEP = 500  # pages between two reports of progress
Progress = Callable[[int], None]


def build(shelf: Path, pages: Iterable[Page | Counted], *, revision: str, progress: Progress | None) -> Ledger:
    """Write an index of all `pages` into a new folder on the shelf, beside the present one."""
    folder = shelf / f"{_PREFIX}{secrets.token_hex(6)}"
    folder.mkdir(parents=True)
    with Loader(folder) as loader:
        for number, page in enumerate(pages, start=1):
            loader.add(counted(page) if isinstance(page, Page) else page)
            if progress and number % _STEP == 0:
                progress(number)
        mean = loader.close()
    ledger = _next(folder, Ledger(folder.name, 0, release(), revision, mean), [loader.part])
    for name in ledger.files:  # a rebuild takes a minute: it shall outlast a power cut
        _settle(folder / name)
    return ledger


def change(
    shelf: Path, now: Ledger, leaves: Sequence[Leaf], changed: Iterable[Page | Removed], *, revision: str
) -> Ledger:
    """Write what changed beside the present state; nothing where every page is known as it is."""
    folder = shelf / now.book
    hidden = {leaf.name: set(leaf.hidden) for leaf in leaves}
    fresh: list[Page] = []
    for path, one in {one.path: one for one in changed}.items():
        held = [
            (leaf, digest, number) for leaf in leaves for known, digest, number in leaf.known(path) if known == path
        ]
        if isinstance(one, Page) and any(digest == one.digest for _, digest, _ in held):
            continue
        for leaf, _, number in held:
            hidden[leaf.name].add(number)
        fresh += [one] if isinstance(one, Page) else []
    now = replace(now, revision=revision or now.revision)
    parts = [replace(part, hidden=tuple(sorted(hidden[part.name]))) for part in now.parts]
    if not fresh and parts == list(now.parts):
        return now
    added = [_written(folder, fresh, now.mean)] if fresh else []
    return _next(folder, now, [*parts[:1], *_joined(folder, [*parts[1:], *added], now.mean)])


def _written(folder: Path, pages: Iterable[Page], mean: float) -> Part:
    with Loader(folder) as loader:
        for page in pages:
            loader.add(counted(page))
        loader.close(mean)
    return loader.part


def _next(folder: Path, now: Ledger, parts: Sequence[Part]) -> Ledger:
    """The ledger of the next generation. Whoosh's own table of contents is written too, so that its tools can look."""
    generation = now.generation + 1
    segments = [segment(part.name, part.pages, part.hidden) for part in parts]
    storage = whoosh("filedb.filestore").FileStorage(str(folder))
    whoosh("index").TOC(schema(), segments, generation).write(storage, NAME)
    starts = (f"_{NAME}_{generation}.toc", *(f"{part.name}." for part in parts))
    files = {name: mark for name, mark in marks(folder).items() if name.startswith(starts)}
    return replace(now, generation=generation, parts=tuple(parts), files=files)


def _joined(folder: Path, parts: Sequence[Part], mean: float) -> list[Part]:
    """Join small parts of about one size where there are many, without the pages that are gone."""
    parts = [part for part in parts if len(part.hidden) < part.pages]
    tiers: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        if part.pages <= _LARGEST_JOINED:
            tiers[len(f"{part.pages:o}")].append(part)
    crowd = next((tier for tier in tiers.values() if len(tier) >= _JOINED), [])
    if not crowd:
        return parts
    joined = _written(folder, (page for part in crowd for page in _remaining(folder, part)), mean)
    return _joined(folder, [*(part for part in parts if part not in crowd), joined], mean)


def _remaining(folder: Path, part: Part) -> Iterator[Page]:
    with contextlib.closing(Leaf(folder, part)) as leaf:
        yield from leaf.all_pages()


def sweep(shelf: Path, now: Ledger | None) -> None:
    """Remove what no state needs any more: other indexes, and in the present one files of former generations."""
    with os.scandir(shelf) as entries:
        old = [
            entry.path for entry in entries if entry.name.startswith(_PREFIX) and not (now and entry.name == now.book)
        ]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    if now:
        folder = shelf / now.book
        for left in [path for path in folder.iterdir() if path.name not in now.files]:
            with contextlib.suppress(OSError):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _settle(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
