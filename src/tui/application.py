"""The interface of the application that screens and their parts use; `tui.app` implements it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.message import Message
    from textual.screen import Screen

    from fenji.errors import FenjiError
    from tui.board.board_model import BoardModel
    from tui.commands import Command
    from tui.messages import Topic
    from tui.sync_controller import SyncController
    from tui.terminal.external import ExternalTools


class Application(Protocol):
    """The application as its screens see it: switching screens, background threads, and external tools."""

    board_model: BoardModel
    sync_controller: SyncController
    tools: ExternalTools

    @property
    def active_screen(self) -> Screen[None]: ...

    @property
    def previous_screen_id(self) -> str: ...

    def go_to(self, screen_id: str, token: str | None = None) -> Screen[None]: ...

    def go_back(self, *, then: Callable[[], None] | None = None) -> None: ...

    def go_to_board(self) -> None: ...

    def open_ticket(self, ticket_id: str) -> Screen[None]: ...

    def get_base_screen(self, screen_id: str) -> Screen[None]: ...

    def perform_common(self, name: str) -> None: ...

    def submit(self, command: Command) -> None: ...

    def is_pending(self, command: Command) -> bool: ...

    def ask_reader(self, reader_name: str, topic: Topic, question: Callable[[], object]) -> None: ...

    def progress_reporter(self, topic: Topic) -> Callable[[object], object]: ...

    def reload_board(self) -> None: ...

    def start_sync(self) -> None: ...

    def follow_setting(self, key: str, value: str) -> None: ...

    def show_notice(self, text: str, *, is_error: bool = False) -> None: ...

    def show_error(self, error: FenjiError) -> None: ...

    def post_message(self, message: Message) -> bool: ...

    def exit_when_idle(self) -> None: ...

    def action_suspend_process(self) -> None: ...
