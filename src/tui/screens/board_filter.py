"""The filter of the board as it is typed, with the possible completions of its last word above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.model.filter_values import offered_values
from fenji.model.filters import complete_filter
from fenji.model.ticket import CLOSED_STATES
from tui.drawing import cells
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.board.board_model import BoardModel
    from tui.context import Context
    from tui.screens.base import BaseScreen
    from tui.writing.dialogs import Dialog


class BoardFilter:
    """Asks for the filter, and shows the keys and values that match the typed text."""

    def __init__(
        self, screen: BaseScreen, context: Context, board_model: BoardModel, apply: Callable[[str], str]
    ) -> None:
        self._screen, self._context, self._model, self._apply = screen, context, board_model, apply

    def do_filter(self) -> None:
        self._screen.start_dialog(self._filter_dialog())

    def _filter_dialog(self) -> Dialog:
        draft_key = (
            f"filter/{self._model.query}"  # left with Esc: offered while the board has the filter it was typed on
        )
        query = yield Question(
            "/",
            initial=f"{self._model.query} ".lstrip(),  # ready for another word, or for Backspace
            draft_key=draft_key,
            validate=self._apply,
            live_hint=self._describe_candidates,
            complete=self._complete,
        )
        self._context.state.drafts.pop(draft_key, None)
        self._apply(query)
        return None

    def _describe_candidates(self, text: str) -> str:
        """Return as many completions of the last word as fit; if there are none, how filters are written."""
        candidates = self._complete(text)
        if not candidates or candidates == [text]:
            return self._context.say("p:1..2  state:waiting  owner:me  left:<4h  -site:HQ  words   Tab completes")
        start = max(text.rfind(" "), text.rfind(",", text.rfind(":"))) + 1
        words = [candidate[start:] for candidate in candidates]
        room = self._screen.size.width - 4
        shown = ""
        for word in words:
            if cells.width(shown) + cells.width(word) + 2 > room:
                return f"{shown.rstrip()}  {self._context.theme.signs.ellipsis}"
            shown += f"{word}  "
        return shown.rstrip()

    def _complete(self, text: str) -> list[str]:
        """Return the filter once for each completion of its last word."""
        return complete_filter(text, self._values())

    def _values(self) -> dict[str, list[str]]:
        desk = self._context.desk
        values = offered_values(desk.policy, desk.now(), (row.ticket for row in self._model.board.rows))
        return {**values, "state": [state for state in values["state"] if state not in CLOSED_STATES]}
