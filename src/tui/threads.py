"""The background threads: one writer that runs commands in order, and readers that answer the newest question.

They never touch a widget; they post messages to the app.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from fenji.errors import FenjiError
from tui.messages import CommandDone, ReaderAnswered, RequestFailed, Topic, WorkerCrashed

if TYPE_CHECKING:
    from textual.message import Message

    from fenji.desk import Desk
    from tui.commands import Command

PostMessage = Callable[["Message"], object]


class CommandWriter:
    """Runs commands one after the other, in the order submitted; `close` waits until all are done."""

    def __init__(self, desk: Desk, post_message: PostMessage) -> None:
        self._desk, self._post_message = desk, post_message
        self._queue: queue.Queue[Command | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="writer")
        self._thread.start()

    def submit(self, command: Command) -> None:
        self._queue.put(command)

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (command := self._queue.get()) is not None:
            try:
                message: Message = CommandDone(command, command.execute(self._desk))
            except FenjiError as error:
                message = RequestFailed(error, command)
            except Exception as error:
                message = WorkerCrashed(error)
            self._post_message(message)


class BackgroundReader:
    """Answers questions of one kind in a thread; a newer question replaces one that is still waiting."""

    def __init__(self, name: str, post_message: PostMessage) -> None:
        self._post_message = post_message
        self._pending: tuple[Topic, Callable[[], object]] | None = None
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, topic: Topic, question: Callable[[], object]) -> None:
        """Call `question` in the thread, and post its result as `ReaderAnswered` with `topic`."""
        with self._wake:
            self._pending = topic, question
            self._wake.notify()

    def close(self) -> None:
        with self._wake:
            self._closing, self._pending = True, None
            self._wake.notify()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._pending or self._closing)
                if self._pending is None:
                    return
                (topic, question), self._pending = self._pending, None
            try:
                self._post_message(ReaderAnswered(topic, question()))
            except FenjiError as error:
                self._post_message(RequestFailed(error, topic=topic))
            except Exception as error:
                self._post_message(WorkerCrashed(error))
