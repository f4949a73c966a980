"""Reading many ticket files on two cores where there are two. Writes nothing.

A second process of this program reads every other stretch of the files and sends back what it made of them. It is only
a help: where it cannot be started, is killed or falls silent, this process does its part as well.
"""

from __future__ import annotations

import os
import pickle
import pkgutil
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from fenji.storage.reader import TicketReader

_BATCH_SIZE = 250  # files that are read in one go
_MIN_BATCHES = 8  # stretches from which a second process pays
_MAX_ASSIGNED = 2  # stretches that the other process has before it
_MAX_READY = 16  # stretches that this process is before the other one at most
_HELPER_TIMEOUT_SECONDS = 20.0  # for the other one, once there is nothing else to do
_HELPER_PROGRAM = "from fenji.storage.two_cores import serve; serve()"
Batch = list[Any]


def read_in_batches(
    root: Path, paths: Iterable[str], work: str, context: object = None, *, cores: int = 0
) -> Iterator[Any]:
    """Yield what `work` makes of the ticket files at `paths` below `root`, in their order.

    `work` names a function as `module:name`; it is given a reader, a stretch of paths and `context`, and returns a
    list. `cores` is how many this process may use, if not all it has.
    """
    job = Job(work, context)
    listed = list(paths)
    batches = [listed[at : at + _BATCH_SIZE] for at in range(0, len(listed), _BATCH_SIZE)]
    if len(batches) < _MIN_BATCHES or (cores or _usable_cores()) < 2:
        for batch in batches:
            yield from job.run(TicketReader(root), batch)
        return
    with _HelperProcess(root, job) as helper:
        yield from _read_with_helper(root, job, batches, helper)


@dataclass(frozen=True)
class Job:
    """What is done with a stretch of files: the name of a function, and what it is given besides."""

    work: str
    context: object

    def run(self, reader: TicketReader, paths: Sequence[str]) -> list[Any]:
        result: list[Any] = pkgutil.resolve_name(self.work)(reader, paths, self.context)
        return result


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read_with_helper(root: Path, job: Job, batches: Sequence[Sequence[str]], helper: _HelperProcess) -> Iterator[Any]:
    """Both processes take stretches from one list; what they made comes in its order."""
    reader, pending = TicketReader(root), deque(enumerate(batches))
    ready: dict[int, Batch] = {}
    for number in range(len(batches)):
        while number not in ready:
            while pending and helper.has_room:
                helper.assign(*pending.popleft())
            own_batch = pending.popleft() if pending and (pending[0][0] == number or len(ready) < _MAX_READY) else None
            if own_batch:
                ready[own_batch[0]] = job.run(reader, own_batch[1])
            ready |= helper.collect(wait=not own_batch and number not in ready)
            pending.extendleft(reversed(helper.take_back()))
        yield from ready.pop(number)


class _HelperProcess:
    """The other process, and what it was given."""

    def __init__(self, root: Path, job: Job) -> None:
        self._assigned: dict[int, Sequence[str]] = {}
        self._answers: queue.Queue[tuple[int, Batch] | None] = queue.Queue()
        self._cleanup = ExitStack()
        self._pipe: IO[bytes] | None = None
        try:
            self._start([sys.executable, "-P", "-c", _HELPER_PROGRAM, str(root)], job)
        except OSError:
            self._stop()

    def _start(self, command: Sequence[str], job: Job) -> None:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._cleanup.callback(process.wait)
        assert process.stdin
        assert process.stdout
        self._pipe = process.stdin
        listener = threading.Thread(
            target=_receive_answers, args=(process.stdout, self._answers), name="reading", daemon=True
        )
        listener.start()
        for callback in (process.stdout.close, listener.join, process.kill, partial(_close_quietly, process.stdin)):
            self._cleanup.callback(callback)
        _send(process.stdin, job)

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

    def collect(self, *, wait: bool) -> dict[int, Batch]:
        """What it has made meanwhile; with `wait` at least one stretch, unless it does no more."""
        results: dict[int, Batch] = {}
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


def _receive_answers(stream: IO[bytes], answers: queue.Queue[tuple[int, Batch] | None]) -> None:
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
    """Be the other process: stretches of paths come on stdin, what was made of them goes to stdout; the end ends it."""
    reader = TicketReader(Path(sys.argv[1]))
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        job: Job = pickle.load(sys.stdin.buffer)
        while True:
            number, paths = pickle.load(sys.stdin.buffer)
            _send(sys.stdout.buffer, (number, job.run(reader, paths)))
