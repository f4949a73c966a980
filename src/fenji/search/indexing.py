"""Count the terms of all ticket files for a new index, on two cores if there are two. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fenji.search.pages import HandbookPage, build_page
from fenji.search.term_counts import IndexDocument, count_page
from fenji.storage import StoredTicket, two_cores

if TYPE_CHECKING:
    from fenji.storage.reader import TicketReader


def count_tickets(
    root: Path, first_pages: Iterable[HandbookPage], paths: Iterable[str], *, cores: int = 0
) -> Iterator[IndexDocument]:
    """Yield the counted terms of `first_pages`, then of the ticket files at `paths` below `root`, in this order.

    Files that cannot be read as tickets are left out. `cores` is how many cores to use (0: all that are usable).
    """
    yield from map(count_page, first_pages)
    yield from two_cores.read_in_batches(root, paths, two_cores.Job("fenji.search.indexing:count_files"), cores=cores)


def count_files(reader: TicketReader, paths: Sequence[str], _: None = None) -> list[IndexDocument]:
    """Count the terms of ticket files, leaving out those that cannot be read."""
    loaded = ((reader.read_path(path), path) for path in paths)
    return [
        count_page(build_page(stored.ticket, path, digest=stored.digest))
        for stored, path in loaded
        if isinstance(stored, StoredTicket)
    ]
