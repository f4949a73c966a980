"""Read the first board of a desk in a child process while this one imports the interface.

The child only saves time: if it is late because no second core was free, if it fails, or if it used rules that are no
longer in force, this process reads the board itself.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, NoReturn

from msgspec import Struct

from fenji.desk.desk import Desk
from fenji.storage.helper_process import usable_cores

if TYPE_CHECKING:
    from fenji.desk.reads import DeskStamp
    from fenji.model.board import Board
    from fenji.storage.reader import CachedFile

_PATIENCE_S = 0.03  # seconds to wait for an answer that should already be there
_POLICY_ID = "policy"  # pickled instead of the policy in force, which is the same object in every row


class FirstBoard(Struct, frozen=True):
    """The board when the desk was opened, and the stamp of its files taken before they were read."""

    stamp: DeskStamp
    board: Board


def read(desk: Desk) -> FirstBoard:
    """Read the board of a desk in this process."""
    stamp = desk.stamp()
    return FirstBoard(stamp, desk.board())


class _EarlyReading(Struct, frozen=True):
    first: FirstBoard
    cache: Mapping[str, CachedFile]


class EarlyBoard:
    """Starts reading the board of the desk that `Desk.open` finds for the same arguments."""

    def __init__(self, start: Path | None, person: str = "") -> None:
        self._child, self._pipe = 0, -1
        if usable_cores() < 2 or threading.active_count() > 1:  # a fork copies the locks of threads, but no threads
            return
        self._pipe, answers = os.pipe()
        try:
            self._child = os.fork()
        except OSError:
            os.close(self._pipe)
            self._pipe = -1
        else:
            if self._child == 0:
                os.close(self._pipe)
                _answer(answers, start, person)
        os.close(answers)

    def read(self, desk: Desk) -> FirstBoard:
        """Return the board of `desk`, which was opened meanwhile. Its reader need not read unchanged files again."""
        answer = self._receive(desk)
        if answer is None:
            return read(desk)
        desk.store.reader.take_over(answer.cache)
        return answer.first

    def _receive(self, desk: Desk) -> _EarlyReading | None:
        if self._pipe < 0:
            return None
        pipe, self._pipe = self._pipe, -1
        try:
            with os.fdopen(pipe, "rb") as stream:
                if not select.select([stream], [], [], _PATIENCE_S)[0] or pickle.load(stream) != _describe_rules(desk):
                    return None
                answer: _EarlyReading = _AnswerUnpickler(stream, desk).load()
                return answer
        except (OSError, EOFError, pickle.UnpicklingError):  # the child was killed, or could not read the board
            return None
        finally:
            with suppress(ChildProcessError):  # SIGCHLD is ignored here (inherited), so the child is gone
                if os.waitpid(self._child, os.WNOHANG) == (0, 0):
                    os.kill(self._child, signal.SIGKILL)
                    os.waitpid(self._child, 0)


def _describe_rules(desk: Desk) -> tuple[object, ...]:
    """Return everything that a board depends on besides ticket files and the instant."""
    in_force = desk.policy_in_force
    return str(desk.root), desk.user, in_force.data, in_force.stamp


def _answer(pipe: int, start: Path | None, person: str) -> NoReturn:
    """Run the child process: read the board, send it, and exit without running exit handlers."""
    try:
        desk = Desk.open(start, person=person)
        answer = _EarlyReading(read(desk), desk.store.reader.cache)
        with os.fdopen(pipe, "wb") as stream:
            pickle.dump(_describe_rules(desk), stream, pickle.HIGHEST_PROTOCOL)
            _AnswerPickler(stream, desk).dump(answer)
    finally:
        os._exit(0)


class _AnswerPickler(pickle.Pickler):
    def __init__(self, stream: IO[bytes], desk: Desk) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self._policy = desk.policy

    def persistent_id(self, value: Any) -> str | None:
        return _POLICY_ID if value is self._policy else None

    def reducer_override(self, value: Any) -> Any:
        return (_make_read_only, (dict(value),)) if isinstance(value, MappingProxyType) else NotImplemented


def _make_read_only(values: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType(values)


class _AnswerUnpickler(pickle.Unpickler):
    def __init__(self, stream: IO[bytes], desk: Desk) -> None:
        super().__init__(stream)
        self._policy = desk.policy

    def persistent_load(self, _: str) -> Any:
        return self._policy
