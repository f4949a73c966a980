"""Messages from the background threads, which only post these; screens and app alone touch widgets."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeAlias

from textual.message import Message

if TYPE_CHECKING:
    from fenji.errors import FenjiError, Sentence
    from tui.commands import Command, CommandResult

# What a reader is asked about: a word, with what tells apart the questions under it; None: nobody waits for it.
Topic: TypeAlias = "str | tuple[Hashable, ...] | None"


class CommandDone(Message):
    """A command was done."""

    def __init__(self, command: Command, result: CommandResult) -> None:
        super().__init__()
        self.command = command
        self.result = result


class RequestFailed(Message):
    """A request was refused or failed; `command` is set if it was a command."""

    def __init__(self, error: FenjiError, command: Command | None = None) -> None:
        super().__init__()
        self.error = error
        self.command = command


class WorkerCrashed(Message):
    """A bug surfaced in a thread; it ends the interface."""

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
    """Something to say at the foot of whatever screen is in view."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__()
        self.sentence = sentence
