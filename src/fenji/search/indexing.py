"""Reading and counting tickets for a new index, on two cores where there are two. Writes nothing.

A second process of this program reads every other stretch of the files and sends back what it counted. It is only a
help: where it cannot be started, is killed or falls silent, this process does its part as well.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import IO

from fenji.search.pages import HandbookPage, build_page
from fenji.search.term_counts import IndexDocument, count_page
from fenji.storage import StoredTicket
from fenji.storage.reader import TicketReader

_BATCH_SIZE = 250  # files that are read in one go
_MIN_BATCHES = 8  # stretches from which a second process pays
_MAX_ASSIGNED = 2  # stretches that the other process has before it
_MAX_READY = 16  # stretches that this process is before the other one at most
_HELPER_TIMEOUT_SECONDS = 20.0  # for the other one, once there is nothing else to do
_HELPER_PROGRAM = "from fenji.search.indexing import serve; serve()"
DocumentBatch = list[IndexDocument]


def count_tickets(
    root: Path, first_pages: Iterable[HandbookPage], paths: Iterable[str], *, cores: int = 0
) -> Iterator[IndexDocument]:
    """The pages of `first`, then of the ticket files at `paths` below `root`, counted; always in this order.

    Files that cannot be read as tickets are left out. `cores` is how many this process may use, if not all it has.
    """
    yield from map(count_page, first_pages)
    listed = list(paths)
    batches = [listed[at : at + _BATCH_SIZE] for at in range(0, len(listed), _BATCH_SIZE)]
    if len(batches) < _MIN_BATCHES or (cores or _usable_cores()) < 2:
        for batch in batches:
            yield from _count_files(TicketReader(root), batch)
        return
    with _HelperProcess(root) as helper:
        yield from _count_with_helper(root, batches, helper)


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _count_files(reader: TicketReader, paths: Iterable[str]) -> Iterator[IndexDocument]:
    for path in paths:
        loaded = reader.read_path(path)
        if isinstance(loaded, StoredTicket):
            yield count_page(build_page(loaded.ticket, path, digest=loaded.digest))


def _count_with_helper(root: Path, batches: Sequence[Sequence[str]], helper: _HelperProcess) -> Iterator[IndexDocument]:
    """Both processes take stretches from one list; what they counted comes in its order."""
    reader, pending = TicketReader(root), deque(enumerate(batches))
    ready: dict[int, DocumentBatch] = {}
    for number in range(len(batches)):
        while number not in ready:
            while pending and helper.has_room:
                helper.assign(*pending.popleft())
            own_batch = pending.popleft() if pending and (pending[0][0] == number or len(ready) < _MAX_READY) else None
            if own_batch:
                ready[own_batch[0]] = list(_count_files(reader, own_batch[1]))
            ready |= helper.collect(wait=not own_batch and number not in ready)
            pending.extendleft(reversed(helper.take_back()))
        yield from ready.pop(number)


class _HelperProcess:
    """The other process, and what it was given."""

    def __init__(self, root: Path) -> None:
        self._assigned: dict[int, Sequence[str]] = {}
        self._answers: queue.Queue[tuple[int, DocumentBatch] | None] = queue.Queue()
        self._cleanup = ExitStack()
        self._pipe: IO[bytes] | None = None
        try:
            self._start([sys.executable, "-P", "-c", _HELPER_PROGRAM, str(root)])
        except OSError:
            self._stop()

    def _start(self, command: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._cleanup.callback(process.wait)
        assert process.stdin
        assert process.stdout
        self._pipe = process.stdin
        listener = threading.Thread(
            target=_receive_answers, args=(process.stdout, self._answers), name="counting", daemon=True
        )
        listener.start()
        for callback in (process.stdout.close, listener.join, process.kill, partial(_close_quietly, process.stdin)):
            self._cleanup.callback(callback)

    def __enter__(self) -> _HelperProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def has_room(self) -> bool:
        """Whether it can be given more."""
        return self._pipe is not None and len(self._assigned) < _MAX_ASSIGNED

    def assign(self, number: int, paths: Sequence[str]) -> None:
        """Have it read a stretch."""
        self._assigned[number] = paths
        try:
            if self._pipe:
                _send(self._pipe, (number, paths))
        except (OSError, ValueError):
            self._stop()

    def collect(self, *, wait: bool) -> dict[int, DocumentBatch]:
        """What it has counted meanwhile; with `wait` at least one stretch, unless it does no more."""
        results: dict[int, DocumentBatch] = {}
        while self._pipe and self._assigned:
            blocking = wait and not results
            try:
                answer = self._answers.get(blocking, _HELPER_TIMEOUT_SECONDS)
            except queue.Empty:
                if blocking:
                    self._stop()
                break
            if answer is None:
                self._stop()
                break
            results[answer[0]] = answer[1]
            self._assigned.pop(answer[0], None)
        return results

    def take_back(self) -> list[tuple[int, Sequence[str]]]:
        """What it was given and will not do any more."""
        if self._pipe:
            return []
        assigned = sorted(self._assigned.items())
        self._assigned.clear()
        return assigned

    def _stop(self) -> None:
        self._pipe = None
        self._cleanup.close()


def _receive_answers(stream: IO[bytes], answers: queue.Queue[tuple[int, DocumentBatch] | None]) -> None:
    with suppress(OSError, EOFError, ValueError, pickle.UnpicklingError):
        while True:
            answers.put(pickle.load(stream))
    answers.put(None)


def _close_quietly(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what was not sent any more
        pipe.close()


def _send(pipe: IO[bytes], value: object) -> None:
    pipe.write(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    pipe.flush()


def serve() -> None:
    """Be the other process: stretches of paths come on stdin, what was counted goes to stdout; the end ends it."""
    reader = TicketReader(Path(sys.argv[1]))
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            number, paths = pickle.load(sys.stdin.buffer)
            _send(sys.stdout.buffer, (number, list(_count_files(reader, paths))))
