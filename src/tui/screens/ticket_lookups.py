"""The background lookups of the ticket screen: delivery state, similar tickets, and the commits of its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fenji.desk.history import HistoryEntry
    from fenji.desk.search_results import SimilarTicket, Suggestion
    from tui.messages import ReaderAnswered
    from tui.screens.base import BaseScreen

_RECEIPT_TOPIC, _LIKES_TOPIC, _CHANGES_TOPIC = "receipt", "seen before", "changes"
MIN_LIKENESS = 50  # per cent; less similar tickets would be noise
_MAX_LIKES = 3


class TicketLookups:
    """The answers so far: delivery state, similar tickets, and the commits of events."""

    def __init__(self, screen: BaseScreen) -> None:
        self._screen, self.context = screen, screen.context
        self.receipt = ""  # delivery state of the ticket, as git sees it
        self.likes: tuple[SimilarTicket, ...] = ()
        self.knows_likes = False  # whether the search is done: before, empty `likes` mean nothing
        self.commits: Mapping[str, HistoryEntry] = {}  # the commit that first contained each event, by digest

    def reset(self) -> None:
        """Forget what was looked up for the previous ticket."""
        self.receipt, self.likes, self.knows_likes, self.commits = "", (), False, {}

    def request(self) -> None:
        """Look up the ticket in view; call it only once the screen is active, since answers go to the active screen."""
        self.request_receipt()
        row = self._screen.selected_row
        if row and not self.knows_likes:
            topic = (_LIKES_TOPIC, row.uid)
            self._screen.fenji_app.ask_reader(
                "seen", topic, lambda: self.context.desk.suggest(row.ticket.title, exclude=row.path)
            )

    def request_receipt(self) -> None:
        """Ask git who has seen the ticket, in a reader thread since this reads the history."""
        if self._screen.selected_row and self._screen.fenji_app.sync_controller.remote:
            from fenji.desk import exchange

            number = self._screen.selected_row.id
            self._screen.fenji_app.ask_reader(
                "receipt", (_RECEIPT_TOPIC, number), lambda: exchange.delivery_state(self.context.desk, number)
            )

    def request_changes(self) -> None:
        """Ask git how the events changed the long texts, and who recorded them."""
        from fenji.desk import history

        number = self._screen.selected_row.id if self._screen.selected_row else ""
        self._screen.fenji_app.ask_reader(
            "history",
            (_CHANGES_TOPIC, number),
            lambda: history.entries_by_event(history.read_ticket_history(self.context.desk, number)),
        )

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in an answer about the ticket in view."""
        row = self._screen.selected_row
        if row is None or not isinstance(message.topic, tuple):
            return
        if message.topic == (_RECEIPT_TOPIC, row.id):
            self.receipt = str(message.answer)
        elif message.topic == (_LIKES_TOPIC, row.uid):
            likes = cast("Suggestion", message.answer).likes
            self.likes = tuple(like for like in likes if like.percent >= MIN_LIKENESS)[:_MAX_LIKES]
            self.knows_likes = True
        elif message.topic == (_CHANGES_TOPIC, row.id):
            self.commits = cast("Mapping[str, HistoryEntry]", message.answer)
