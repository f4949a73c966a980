"""What the threads behind the screens report. Workers only post these; screens and app alone touch widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from fenji.errors import FenjiError
    from tui.commands import Command, CommandResult


class CommandDone(Message):
    """A deed was done."""

    def __init__(self, command: Command, result: CommandResult) -> None:
        super().__init__()
        self.command = command
        self.result = result


class RequestFailed(Message):
    """Something asked for was not done; `deed` is what, where it was one."""

    def __init__(self, error: FenjiError, command: Command | None = None) -> None:
        super().__init__()
        self.error = error
        self.command = command


class WorkerCrashed(Message):
    """A fault of the program itself, from a thread: it ends the interface with its traceback."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class ReaderAnswered(Message):
    """What a reader found out for a screen: the `topic` it was asked about, and the answer."""

    def __init__(self, topic: object, answer: object) -> None:
        super().__init__()
        self.topic = topic
        self.answer = answer
