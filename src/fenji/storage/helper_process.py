"""A second process of this program, which does a part of the work on another core.

It is optional: if it cannot be started, is killed or stops answering, this process does its part as well.
"""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import IO, Any

_MAX_ASSIGNED = 2  # parts that wait at the other process
_PIPE_BYTES = 1 << 20  # the largest pipe that Linux grants to any user
_TIMEOUT_SECONDS = 20.0  # for an answer, once there is nothing else to do


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class HelperProcess:
    """The other process and the parts assigned to it; `program` is Python code that calls `serve`."""

    def __init__(self, program: str, *arguments: str) -> None:
        self._assigned: dict[int, object] = {}
        self._answers: queue.Queue[tuple[int, Any] | None] = queue.Queue()
        self._cleanup = ExitStack()
        self._pipe: IO[bytes] | None = None
        try:
            self._start([sys.executable, "-P", "-c", program, *arguments])
        except OSError:
            self._stop()

    def _start(self, command: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._cleanup.callback(process.wait)
        assert process.stdin
        assert process.stdout
        self._pipe = process.stdin
        for stream in (process.stdin, process.stdout):
            _widen(stream)
        listener = threading.Thread(
            target=_receive_answers, args=(process.stdout, self._answers), name="helper", daemon=True
        )
        listener.start()
        for callback in (process.stdout.close, listener.join, process.kill, partial(_close_quietly, process.stdin)):
            self._cleanup.callback(callback)

    def __enter__(self) -> HelperProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def has_room(self) -> bool:
        """Whether another part can be assigned."""
        return self._pipe is not None and len(self._assigned) < _MAX_ASSIGNED

    @property
    def is_busy(self) -> bool:
        """Whether some assigned part is still unanswered."""
        return bool(self._assigned)

    def assign(self, number: int, work: object) -> None:
        """Send a part of the work to the other process."""
        self._assigned[number] = work
        try:
            if self._pipe:
                _send(self._pipe, (number, work))
        except (OSError, ValueError):
            self._stop()

    def collect(self, *, wait: bool) -> dict[int, Any]:
        """Return by number the results so far; with `wait`, at least one unless the other process has failed."""
        results: dict[int, Any] = {}
        while self._pipe and self._assigned:
            blocking = wait and not results
            try:
                answer = self._answers.get(blocking, _TIMEOUT_SECONDS)
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

    def take_back(self) -> list[tuple[int, Any]]:
        """Return the assigned parts that a failed process will not do any more; empty while it works."""
        if self._pipe:
            return []
        assigned = sorted(self._assigned.items())
        self._assigned.clear()
        return assigned

    def _stop(self) -> None:
        self._pipe = None
        self._cleanup.close()


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold whole parts, so that neither process has to wait for the other one to read."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # the user has too many pipes; the small one is only slower
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _receive_answers(stream: IO[bytes], answers: queue.Queue[tuple[int, Any] | None]) -> None:
    with suppress(OSError, EOFError, ValueError, pickle.UnpicklingError):
        while True:
            answers.put(pickle.load(stream))
    answers.put(None)


def _close_quietly(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # data that could not be sent any more
        pipe.close()


def _send(pipe: IO[bytes], value: object) -> None:
    pipe.write(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    pipe.flush()


def serve(work: Callable[[Any], object]) -> None:
    """Run the other process: read parts from stdin and write the results of `work` to stdout, until the input ends."""
    gc.disable()  # the process lives for one task, and a thousand tickets are many objects
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            number, part = pickle.load(sys.stdin.buffer)
            _send(sys.stdout.buffer, (number, work(part)))
