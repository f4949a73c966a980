"""Messages that the background threads post; only the screens and the app touch widgets."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeAlias

from textual.message import Message

if TYPE_CHECKING:
    from fenji.errors import FenjiError, Sentence
    from tui.commands import Command, CommandResult

# The topic of a question to a reader: a word, or a tuple that tells questions apart; None if nobody awaits the answer.
Topic: TypeAlias = "str | tuple[Hashable, ...] | None"


class CommandDone(Message):
    """A command was done."""

    def __init__(self, command: Command, result: CommandResult) -> None:
        super().__init__()
        self.command = command
        self.result = result


class RequestFailed(Message):
    """A request was refused or failed: a `command`, or a question to a reader about a `topic`."""

    def __init__(self, error: FenjiError, command: Command | None = None, topic: Topic = None) -> None:
        super().__init__()
        self.error = error
        self.command = command
        self.topic = topic


class WorkerCrashed(Message):
    """An unexpected exception (a bug) in a thread; it ends the interface."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class ReaderAnswered(Message):
    """A reader's answer for a screen, with the `topic` it was asked about."""

    def __init__(self, topic: Topic, answer: object) -> None:
        super().__init__()
        self.topic = topic
        self.answer = answer


class NoticePosted(Message):
    """A notice to show in the footer of the active screen."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__()
        self.sentence = sentence
