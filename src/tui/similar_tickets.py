"""The tickets like the one being written, with a bar that moves over them. Uses no widget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fenji.model.ticket import CLOSED_STATES
from tui import cells

if TYPE_CHECKING:
    from fenji.desk.search_results import SimilarTicket
    from tui.context import Context
    from tui.theme import StyledLine

MIN_STATE_WIDTH = 60  # from this width on a closed ticket shows its state, as an open one always does


class SimilarTickets:
    """The tickets, the likest first; the bar is on one of them while it `is_active`."""

    def __init__(self) -> None:
        self.tickets: tuple[SimilarTicket, ...] = ()
        self._index = -1  # the one the bar is on; -1 for none

    @property
    def is_active(self) -> bool:
        return self._index >= 0

    @property
    def chosen(self) -> SimilarTicket:
        """The ticket the bar is on; while it is on none, the likest one whose solution is known, else the likest."""
        if self.is_active:
            return self.tickets[self._index]
        return next((ticket for ticket in self.tickets if ticket.page.texts.get("solution")), self.tickets[0])

    def show(self, tickets: Iterable[SimilarTicket]) -> None:
        """Take in other tickets; the bar stays where it is as far as they reach."""
        self.tickets = tuple(tickets)
        self._index = min(self._index, len(self.tickets) - 1)

    def enter(self) -> None:
        """Put the bar on the first ticket, if there is any."""
        self._index = 0 if self.tickets else -1

    def leave(self) -> None:
        self._index = -1

    def handle_key(self, key: str) -> None:
        """Move the bar; up from the first ticket it leaves them."""
        if key in ("up", "shift+tab"):
            self._index -= 1
        elif key in ("down", "tab"):
            self._index = min(self._index + 1, len(self.tickets) - 1)

    def render(self, context: Context, width: int) -> list[StyledLine]:
        """Return a line for each ticket, and what was done about the chosen one."""
        lines: list[StyledLine] = [[(f"  {context.say('Seen before')}", "strong")]]
        lines += [self._format_ticket(n, ticket, context, width) for n, ticket in enumerate(self.tickets)]
        solution = self.chosen.page.texts.get("solution", "")
        if solution:
            lines.append([(f"  {self.chosen.id}: {context.say('Solution')}", "strong")])
            lines += [
                [(f"  {row}", "")]
                for paragraph in cells.sanitize_lines(solution)
                for row in cells.wrap(paragraph, max(width - 4, 8))
            ]
        return lines

    def _format_ticket(self, number: int, ticket: SimilarTicket, context: Context, width: int) -> StyledLine:
        chosen = number == self._index
        prefix = f"{ticket.percent:3} %  {ticket.id}  "
        show_state = width >= MIN_STATE_WIDTH or ticket.page.state not in CLOSED_STATES
        state = f"  {context.formatter.word(ticket.page.state)}" if show_state else ""
        room = max(width - cells.width(prefix) - cells.width(state) - 3, 4)
        title = cells.fit(cells.sanitize_line(ticket.title), room, context.theme.signs.ellipsis)
        return [("> " if chosen else "  ", "strong"), (prefix, "strong" if chosen else ""), (title, ""), (state, "dim")]
