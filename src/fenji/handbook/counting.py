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

from fenji.handbook.pages import Page, page
from fenji.handbook.tallies import Counted, counted
from fenji.store import Stored
from fenji.store.shelf import Shelf

_STRETCH = 250  # files that are read in one go
_WORTH = 8  # stretches from which a second process pays
_AHEAD = 2  # stretches that the other process has before it
_FAR = 16  # stretches that this process is before the other one at most
_PATIENCE_SECONDS = 20.0  # for the other one, once there is nothing else to do
_SERVE = "from fenji.handbook.counting import serve; serve()"
Batch = list[Counted]


def tickets(root: Path, first: Iterable[Page], paths: Iterable[str], *, cores: int = 0) -> Iterator[Counted]:
    """The pages of `first`, then of the ticket files at `paths` below `root`, counted; always in this order.

    Files that cannot be read as tickets are left out. `cores` is how many this process may use, if not all it has.
    """
    yield from map(counted, first)
    listed = list(paths)
    stretches = [listed[at : at + _STRETCH] for at in range(0, len(listed), _STRETCH)]
    if len(stretches) < _WORTH or (cores or _cores()) < 2:
        for one in stretches:
            yield from _read(Shelf(root), one)
        return
    with _Other(root) as other:
        yield from _shared(root, stretches, other)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read(shelf: Shelf, paths: Iterable[str]) -> Iterator[Counted]:
    for path in paths:
        found = shelf.look(path)
        if isinstance(found, Stored):
            yield counted(page(found.ticket, path, digest=found.digest))


def _shared(root: Path, stretches: Sequence[Sequence[str]], other: _Other) -> Iterator[Counted]:
    """Both processes take stretches from one list; what they counted comes in its order."""
    shelf, todo = Shelf(root), deque(enumerate(stretches))
    ready: dict[int, Batch] = {}
    for number in range(len(stretches)):
        while number not in ready:
            while todo and other.room:
                other.give(*todo.popleft())
            mine = todo.popleft() if todo and (todo[0][0] == number or len(ready) < _FAR) else None
            if mine:
                ready[mine[0]] = list(_read(shelf, mine[1]))
            ready |= other.taken(wait=not mine and number not in ready)
            todo.extendleft(reversed(other.lost()))
        yield from ready.pop(number)


class _Other:
    """The other process, and what it was given."""

    def __init__(self, root: Path) -> None:
        self._given: dict[int, Sequence[str]] = {}
        self._answers: queue.Queue[tuple[int, Batch] | None] = queue.Queue()
        self._ending = ExitStack()
        self._pipe: IO[bytes] | None = None
        try:
            self._start([sys.executable, "-P", "-c", _SERVE, str(root)])
        except OSError:
            self._end()

    def _start(self, command: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._ending.callback(process.wait)
        assert process.stdin
        assert process.stdout
        self._pipe = process.stdin
        listener = threading.Thread(target=_listen, args=(process.stdout, self._answers), name="counting", daemon=True)
        listener.start()
        for ending in (process.stdout.close, listener.join, process.kill, partial(_close, process.stdin)):
            self._ending.callback(ending)

    def __enter__(self) -> _Other:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def room(self) -> bool:
        """Whether it can be given more."""
        return self._pipe is not None and len(self._given) < _AHEAD

    def give(self, number: int, paths: Sequence[str]) -> None:
        """Have it read a stretch."""
        self._given[number] = paths
        try:
            if self._pipe:
                _send(self._pipe, (number, paths))
        except (OSError, ValueError):
            self._end()

    def taken(self, *, wait: bool) -> dict[int, Batch]:
        """What it has counted meanwhile; with `wait` at least one stretch, unless it does no more."""
        found: dict[int, Batch] = {}
        while self._pipe and self._given:
            waits = wait and not found
            try:
                answer = self._answers.get(waits, _PATIENCE_SECONDS)
            except queue.Empty:
                if waits:
                    self._end()
                break
            if answer is None:
                self._end()
                break
            found[answer[0]] = answer[1]
            self._given.pop(answer[0], None)
        return found

    def lost(self) -> list[tuple[int, Sequence[str]]]:
        """What it was given and will not do any more."""
        if self._pipe:
            return []
        lost = sorted(self._given.items())
        self._given.clear()
        return lost

    def _end(self) -> None:
        self._pipe = None
        self._ending.close()


def _listen(stream: IO[bytes], answers: queue.Queue[tuple[int, Batch] | None]) -> None:
    with suppress(OSError, EOFError, ValueError, pickle.UnpicklingError):
        while True:
            answers.put(pickle.load(stream))
    answers.put(None)


def _close(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what was not sent any more
        pipe.close()


def _send(pipe: IO[bytes], value: object) -> None:
    pipe.write(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    pipe.flush()


def serve() -> None:
    """Be the other process: stretches of paths come on stdin, what was counted goes to stdout; the end ends it."""
    shelf = Shelf(Path(sys.argv[1]))
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            number, paths = pickle.load(sys.stdin.buffer)
            _send(sys.stdout.buffer, (number, list(_read(shelf, paths))))
