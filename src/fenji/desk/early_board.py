"""The first board of a desk, read by a process of its own while this one imports what shows it.

That process is only a help: where no second core was free for it, so that it is late, where it fails, or where it went
by other rules than are in force by now, the board is read in this one.
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

_PATIENCE_S = 0.03  # for what the other process should long have sent
_POLICY_ID = "policy"  # stands for the policy in force, which is the same object in every row


class FirstBoard(Struct, frozen=True):
    """The board as the desk was opened, and the stamp of its files from before they were read."""

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
    """Begins to read the board of the desk that `Desk.open` finds for the same arguments."""

    def __init__(self, start: Path | None, person: str = "") -> None:
        self._child, self._pipe = 0, -1
        if usable_cores() < 2 or threading.active_count() > 1:  # a fork takes along no other thread, but its locks
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
        """Return the board of `desk`, which was opened meanwhile; unchanged files are not read again by its reader."""
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
        except (OSError, EOFError, pickle.UnpicklingError):  # it was killed, or the board cannot be read
            return None
        finally:
            with suppress(ChildProcessError):  # whoever started this process had children ignored: it is gone
                if os.waitpid(self._child, os.WNOHANG) == (0, 0):
                    os.kill(self._child, signal.SIGKILL)
                    os.waitpid(self._child, 0)


def _describe_rules(desk: Desk) -> tuple[object, ...]:
    """Return what a board depends on besides files of tickets and the instant."""
    in_force = desk.policy_in_force
    return str(desk.root), desk.user, in_force.data, in_force.stamp


def _answer(pipe: int, start: Path | None, person: str) -> NoReturn:
    """Be the other process: read the board, send it, and end without doing what the first one does at its end."""
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
