"""Read many ticket files, on two cores if there are two. Writes nothing."""

from __future__ import annotations

import pkgutil
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from fenji.storage import helper_process
from fenji.storage.helper_process import HelperProcess, usable_cores
from fenji.storage.reader import TicketReader

_BATCH_SIZE = 250  # files in a batch
_MIN_BATCHES = 8  # batches from which a second process pays off
_MAX_READY = 16  # batches that this process may be ahead of the other one
_HELPER_PROGRAM = "from fenji.storage.two_cores import serve; serve()"
Batch = list[Any]


class Job(Struct, frozen=True):
    """A function for batches of files, named `module:name`, and an extra argument for it.

    The function is called with a reader, a batch of paths and `context`, and returns a list.
    """

    work: str
    context: object = None

    def run(self, reader: TicketReader, paths: Sequence[str]) -> Batch:
        result: Batch = pkgutil.resolve_name(self.work)(reader, paths, self.context)
        return result


def read_in_batches(
    root: Path, paths: Iterable[str], job: Job, *, cores: int = 0, batch_size: int = 0
) -> Iterator[Any]:
    """Yield the results of a job for the ticket files at `paths` below `root`, in the order of the paths.

    `cores` is how many cores to use (0: all that are usable), `batch_size` how many paths a batch has (0: as usual).
    """
    listed, batch_size = list(paths), batch_size or _BATCH_SIZE
    batches = [listed[at : at + batch_size] for at in range(0, len(listed), batch_size)]
    if len(batches) < _MIN_BATCHES or (cores or usable_cores()) < 2:
        for batch in batches:
            yield from job.run(TicketReader(root), batch)
        return
    with HelperProcess(_HELPER_PROGRAM, str(root)) as helper:
        yield from _read_with_helper(root, job, batches, helper)


def _read_with_helper(root: Path, job: Job, batches: Sequence[Sequence[str]], helper: HelperProcess) -> Iterator[Any]:
    """Yield the results in order, while both processes take batches from one queue."""
    reader, pending = TicketReader(root), deque(enumerate(batches))
    ready: dict[int, Batch] = {}
    for number in range(len(batches)):
        while number not in ready:
            while pending and helper.has_room:
                place, batch = pending.popleft()
                helper.assign(place, (job, batch))
            own_batch = pending.popleft() if pending and (pending[0][0] == number or len(ready) < _MAX_READY) else None
            if own_batch:
                ready[own_batch[0]] = job.run(reader, own_batch[1])
            ready |= helper.collect(wait=not own_batch and number not in ready)
            pending.extendleft((place, paths) for place, (_, paths) in reversed(helper.take_back()))
        yield from ready.pop(number)


def serve() -> None:
    """Run the other process: do the jobs that arrive, each with a batch of paths."""
    reader = TicketReader(Path(sys.argv[1]))
    helper_process.serve(lambda part: part[0].run(reader, part[1]))
