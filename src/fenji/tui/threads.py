"""The threads behind the screens: one writer that does deeds in order, and readers of which only the newest counts.

They touch no widget: they post messages to the app.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from fenji.errors import FenjiError
from fenji.tui.messages import Answered, Broken, Done, Failed

if TYPE_CHECKING:
    from textual.message import Message

    from fenji.desk import Desk
    from fenji.tui.deeds import Deed

Post = Callable[["Message"], object]


class Writer:
    """Does deeds one after the other, in the order of the keys. `close` waits until all are done."""

    def __init__(self, desk: Desk, post: Post) -> None:
        self._desk, self._post = desk, post
        self._waiting: queue.Queue[Deed | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="writer")
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether everything asked for has been done, or has failed."""
        return self._waiting.unfinished_tasks == 0

    def put(self, deed: Deed) -> None:
        self._waiting.put(deed)

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (deed := self._waiting.get()) is not None:
            try:
                report: Message = Done(deed, deed.done_on(self._desk))
            except FenjiError as error:
                report = Failed(error, deed)
            except Exception as error:
                report = Broken(error)
            self._waiting.task_done()
            self._post(report)


class Reader:
    """Answers questions of one kind in a thread; a newer question takes the place of one that still waits."""

    def __init__(self, name: str, post: Post) -> None:
        self._post = post
        self._asked: tuple[object, Callable[[], object]] | None = None
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, topic: object, question: Callable[[], object]) -> None:
        """Call `question` soon, and post what it gives as `Answered` with `topic`."""
        with self._wake:
            self._asked = topic, question
            self._wake.notify()

    def close(self) -> None:
        with self._wake:
            self._closing, self._asked = True, None
            self._wake.notify()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._asked or self._closing)
                if self._asked is None:
                    return
                (topic, question), self._asked = self._asked, None
            try:
                self._post(Answered(topic, question()))
            except FenjiError as error:
                self._post(Failed(error))
            except Exception as error:
                self._post(Broken(error))
