"""The tickets similar to the selected hit of the search, looked up once the bar rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tui.delay import Delay
from tui.screens.ticket_lookups import MIN_LIKENESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.desk.search_results import SearchHit, SimilarTicket, Suggestion
    from tui.messages import ReaderAnswered
    from tui.screens.base import BaseScreen

_DELAY_S = 0.3  # seconds after the bar moved; the solution is shown first
_MAX_ALIKE = 4
_TOPIC = "alike"


class AlikeTickets:
    """The tickets similar to each hit, as far as they were looked up."""

    def __init__(
        self, screen: BaseScreen, selected_hit: Callable[[], SearchHit | None], delay_s: float = _DELAY_S
    ) -> None:
        self._screen, self._selected_hit = screen, selected_hit
        self._found: dict[str, tuple[SimilarTicket, ...]] = {}  # by the number of the hit
        self._delay = Delay(screen, delay_s, self._ask)

    def forget(self) -> None:
        """Forget the answers, since the tickets may have changed."""
        self._found.clear()

    def of(self, hit: SearchHit) -> tuple[SimilarTicket, ...]:
        """Return the tickets similar to a hit; if they are not known yet, look them up after a moment."""
        if hit.id not in self._found:
            self._delay.restart()
        return self._found.get(hit.id, ())

    def _ask(self) -> None:
        hit, desk = self._selected_hit(), self._screen.context.desk
        if hit and hit.id not in self._found:
            text, path = hit.title, hit.path
            self._screen.fenji_app.ask_reader("alike", (_TOPIC, hit.id), lambda: desk.suggest(text, exclude=path))

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in the tickets similar to a hit."""
        if isinstance(message.topic, tuple) and message.topic[0] == _TOPIC:
            likes = cast("Suggestion", message.answer).likes
            shown = [like for like in likes if like.percent >= MIN_LIKENESS][:_MAX_ALIKE]
            self._found[str(message.topic[1])] = tuple(shown)
