"""The tickets like the one being written, with a bar that moves over them. Uses no widget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.meter import section_line
from tui.ticket.ticket_head import priority_role

if TYPE_CHECKING:
    from fenji.desk.search_results import SimilarTicket
    from tui.context import Context
    from tui.drawing.theme import StyledLine

DUPLICATE_PERCENT = 60  # per cent; from here on an open ticket may be a duplicate
ALIKE_PERCENT = 75  # per cent; from here on the similarity has the role `good`
OPEN_KEY, COPY_KEY = "ctrl+o", "ctrl+y"
_INDENT = 6


class SimilarTickets:
    """The similar tickets, possible duplicates first, then the most similar; the bar is on one while `is_active`."""

    def __init__(self) -> None:
        self.tickets: tuple[SimilarTicket, ...] = ()
        self.asked_text = ""  # the text last searched for
        self.answered_text = ""  # the text that `tickets` are similar to
        self._index = -1  # of the ticket the bar is on; -1 for none

    @property
    def is_active(self) -> bool:
        return self._index >= 0

    @property
    def duplicates(self) -> tuple[SimilarTicket, ...]:
        """The open tickets that may be duplicates."""
        return tuple(ticket for ticket in self.tickets if _may_be_same(ticket))

    @property
    def chosen(self) -> SimilarTicket:
        """The ticket the bar is on; if it is on none, the first one whose solution is known, else the first."""
        if self.is_active:
            return self.tickets[self._index]
        return next((ticket for ticket in self.tickets if ticket.page.texts.get("solution")), self.tickets[0])

    def show(self, tickets: Iterable[SimilarTicket]) -> None:
        """Take in the tickets found for the last text; the bar keeps its place, or moves up to the last ticket."""
        self.answered_text = self.asked_text
        self.tickets = tuple(sorted(tickets, key=lambda ticket: not _may_be_same(ticket)))
        self._index = min(self._index, len(self.tickets) - 1)

    def forget(self) -> None:
        """Show no tickets, as if nothing had been searched for."""
        self.asked_text = ""
        self.show(())

    def search_status(self, text: str, context: Context) -> str:
        """Return why no ticket is shown beside `text`: the search still runs or found none; `""` without a search."""
        if not self.asked_text or not text.strip():
            return ""
        if self.answered_text != text:
            return context.say("Searching.")
        return context.say("No similar ticket was seen before.")

    def enter(self) -> None:
        """Put the bar on the first ticket, if there is any."""
        self._index = 0 if self.tickets else -1

    def leave(self) -> None:
        self._index = -1

    def handle_key(self, key: str) -> None:
        """Move the bar; up from the first ticket it leaves the tickets."""
        if key in ("up", "shift+tab"):
            self._index -= 1
        elif key in ("down", "tab"):
            self._index = min(self._index + 1, len(self.tickets) - 1)

    def render(self, context: Context, width: int, height: int) -> list[StyledLine]:
        """Return possible duplicates, a line each, then similar tickets with what helped, as far as they fit."""
        duplicates = self.duplicates
        lines: list[StyledLine] = []
        bar_at = 0
        least = 2 * len(self.tickets) + 2  # a line each, another for what helped, and two section lines
        helped_lines = 1 + max(height - least, 0) // max(len(self.tickets) - len(duplicates), 1)
        for n, ticket in enumerate(self.tickets):
            if n == 0 and duplicates:
                head = section_line(
                    f" {context.say('maybe the same')}",
                    width,
                    context.theme,
                    count=len(duplicates),
                    right=f"{context.say('{key} opens', key='^O')} ",
                )
                lines.append([(text, f"{role} risk" if role == "section" else role) for text, role in head])
            elif n == len(duplicates):
                title = f" {context.say('seen before, and what helped')}"
                count = len(self.tickets) - len(duplicates)
                lines.append(
                    section_line(
                        title, width, context.theme, count=count, right=f"{context.say('{key} copies', key='^Y')} "
                    )
                )
            bar_at = len(lines) if n == self._index else bar_at
            lines += self._format_ticket(ticket, context, width, selected=n == self._index, helped_lines=helped_lines)
        top = max(min(bar_at - height // 2, len(lines) - height), 0) if self.is_active else 0
        return lines[top : top + height]

    def _format_ticket(
        self, ticket: SimilarTicket, context: Context, width: int, *, selected: bool, helped_lines: int
    ) -> list[StyledLine]:
        """Return a ticket's similarity, number, priority and title, and what helped in at most `helped_lines` lines."""
        is_same, ellipsis = _may_be_same(ticket), context.theme.signs.ellipsis
        role = "risk strong" if is_same else "good" if ticket.percent >= ALIKE_PERCENT else "dim"
        spans: StyledLine = [(f"{ticket.percent:2} % ", role), (f"{ticket.id} ", "info")]
        state = f" {context.formatter.state(ticket.page.state)}" if is_same else ""
        if is_same and ticket.page.priority:
            priority = ticket.page.priority
            spans.append((f"{priority} ", priority_role(priority, context.desk.policy, filled=False)))
        room = max(width - 2 - sum(cells.width(text) for text, _ in spans) - cells.width(state), 4)
        title = cells.fit(cells.sanitize_line(ticket.title), room, ellipsis)
        spans += [(title, "" if is_same else "strong"), (state, "dim")]
        lines = [render_bar(spans, context.theme, words=slice(1, None)) if selected else [(" ", ""), *spans]]
        helped = ticket.page.texts.get("solution") or ticket.page.texts.get("cause")
        if helped and not is_same:
            room = max(width - _INDENT - 1, 4)
            rows = cells.wrap(cells.sanitize_line(helped), room)
            if len(rows) > helped_lines:
                rows[helped_lines - 1 :] = [cells.truncate("".join(rows[helped_lines - 1 :]), room, ellipsis)]
            lines += [[(" " * _INDENT, ""), (row, "")] for row in rows]
        return lines


def _may_be_same(ticket: SimilarTicket) -> bool:
    return ticket.is_open and ticket.percent >= DUPLICATE_PERCENT
