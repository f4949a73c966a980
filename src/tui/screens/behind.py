"""The tickets behind a figure, and how the clock of the selected one came to its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from textual.containers import Container

from fenji.errors import FenjiError
from tui.board import board_header
from tui.delay import Delay
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.head_line import render_head_line
from tui.report import counted_lines
from tui.screens.list_base import CanvasListScreen
from tui.widgets.canvas import Canvas
from tui.writing.service_form import figure_forms_dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.desk.figures import FigureDesk
    from fenji.model.appraisal.behind import CountedTicket
    from fenji.model.sla import ClockExplanation
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered
    from tui.screens.ticket import TicketScreen

PREVIEW_DELAY_S = 0.2  # seconds after the last key
_READER = "behind"
_STORY_LINES, _TALL_STORY_LINES = 6, 12  # lines below a list that fills the screen


class BehindScreen(CanvasListScreen):
    """The list of tickets with the verdicts that a figure counts, and below it the story of one clock."""

    SCREEN_ID = "behind"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.body = Container(id="body")
        self.preview = Canvas(self._draw_story, theme=context.theme, id="preview")
        self._title, self._query = "", ""
        self._figures: FigureDesk | None = None
        self._tickets: list[CountedTicket] | None = None
        self._stories: dict[tuple[str, str], list[ClockStory]] = {}  # by uid and clock
        self._story_delay = Delay(self, PREVIEW_DELAY_S, self._ask_story)

    def compose_body(self) -> ComposeResult:
        yield self.header
        with self.body:
            yield self.list_view
            yield self.preview

    def apply_size(self) -> None:
        """Give the story more lines on a tall terminal."""
        self.body.set_class(self.size.height >= 36, "tall")
        self.preview.set_class(self.size.height < 16, "off")

    # --- content ----------------------------------------------------------------------------------------------------

    def describe(self, title: str, query: str, figures: FigureDesk) -> None:
        """List the tickets behind a figure, which its query finds."""
        self._title, self._query, self._figures = title, query, figures
        self._tickets = None
        self._scroll.move_to(0)
        self._ask()

    def _ask(self) -> None:
        if self._figures:
            figures, query = self._figures, self._query
            self._stories.clear()
            self.fenji_app.ask_reader(_READER, ("listed", query), lambda: figures.tickets_behind(query))

    def refresh_data(self) -> None:
        """List the tickets again after changes; the bar stays where it is."""
        self._ask()

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in the tickets, or the story of a clock."""
        if message.topic == ("listed", self._query):
            self._tickets = cast("list[CountedTicket]", message.answer)
        elif isinstance(message.topic, tuple) and message.topic[0] == "story":
            uid, clock = map(str, message.topic[1:])
            self._stories[uid, clock] = cast("list[ClockStory]", message.answer)

    @property
    def selected(self) -> CountedTicket | None:
        """The ticket that the bar is on."""
        return self._tickets[self._scroll.selected_index] if self._tickets else None

    def _ask_story(self) -> None:
        ticket = self.selected
        if ticket and (ticket.uid, ticket.clock) not in self._stories:
            self.fenji_app.ask_reader(_READER, ("story", ticket.uid, ticket.clock), lambda: self._read_story(ticket))

    def _read_story(self, ticket: CountedTicket) -> list[ClockStory]:
        """Return the story of the counted clock, or of both clocks if none is named; an error counts as a story."""
        try:
            explanation = self.context.desk.explain_clocks(ticket.id)
        except FenjiError as error:
            return [ClockStory("", (), (self.context.formatter.format_error(error),))]
        clocks = [explanation.response, explanation.solution]
        named = [clock for clock in clocks if clock and clock.clock == ticket.clock]
        return [_tell(clock, explanation.at, self.context) for clock in named or clocks if clock]

    # --- display --------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        self._place_story()
        super().redraw()
        ticket = self.selected
        if ticket and (ticket.uid, ticket.clock) not in self._stories:
            self._story_delay.restart()

    def _place_story(self) -> None:
        """Give the story the lines that a short list leaves free, but never fewer than below a long list."""
        room = self.size.height - self.header.size.height - self.footer.rows
        least = _TALL_STORY_LINES if self.body.has_class("tall") else _STORY_LINES
        height = max(least, room - (len(self._tickets) if self._tickets else room) - 1)
        styles = self.preview.styles
        if styles.height is None or styles.height.value != height:
            styles.height = height

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        count = len(self._tickets) if self._tickets is not None else 0
        place = f"{min(self._scroll.selected_index + 1, count)}/{count} " if self._tickets is not None else ""
        query = cells.truncate(self._query, width - 2, self.context.theme.signs.ellipsis)
        return [
            render_head_line([(f" {self._title}", "strong")], [(place, "dim")], width, self.context.theme),
            [(f" {query}", "dim")],
            [],
        ]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        if self._tickets is None:
            return [[(f"  {self.context.say('Searching.')}", "")]]
        if not self._tickets:
            return [[(f"  {self.context.say('It no longer counts any ticket. Esc goes back.')}", "")]]
        self._scroll.resize(len(self._tickets), height)
        return [self._format_ticket(n, width) for n in self._scroll.visible_range]

    def _format_ticket(self, number: int, width: int) -> StyledLine:
        spans = counted_lines.render_counted((self._tickets or [])[number], self.context, width - 1)
        return render_bar(spans, self.context.theme) if number == self._scroll.selected_index else [(" ", ""), *spans]

    def _draw_story(self, width: int, height: int) -> list[StyledLine]:
        """Return the verdict and who answers for it, preceded by as much of the clock's course as fits."""
        ticket = self.selected
        lines: list[StyledLine] = [board_header.render_rule(width)]
        stories = self._stories.get((ticket.uid, ticket.clock), []) if ticket else []
        room = height - len(lines)
        ends = [row for story in stories for row in _wrap(_lead(story, self.context), width)]
        way = [row for story in stories for row in _wrap(story.way, width)] if len(stories) == 1 else []
        way = way[-max(room - len(ends), 0) :] if len(ends) < room else []
        return [*lines, *([(f" {row}", "dim")] for row in way), *([(f" {row}", "")] for row in ends[:room])]

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Open the ticket, at the story of the clock that was counted."""
        ticket = self.selected
        if ticket:
            cast("TicketScreen", self.fenji_app.open_ticket(ticket.id)).conflicts.show_clock(ticket.clock)

    def do_figure_forms(self) -> None:
        """Write the service form of the selected ticket, or the forms of the whole list."""
        ticket, figures = self.selected, self._figures
        if ticket and figures:
            single = (ticket.id, ticket.uid)
            dialog = figure_forms_dialog(self._title, self._query, figures, self.context.say, ticket=single)
            self.start_dialog(dialog)

    def do_copy(self) -> None:
        """Copy the query, which `fenji list` accepts."""
        self.fenji_app.tools.copy_text(self._query)


class ClockStory(Struct, frozen=True):
    """How a clock ran, in sentences: its course (`way`), then `ending` with due time and verdict; `title` names it."""

    title: str
    way: tuple[str, ...]
    ending: tuple[str, ...]


def _tell(clock: ClockExplanation, at: datetime, context: Context) -> ClockStory:
    sentences = [context.formatter.say_story(sentence, at) for sentence in clock.sentences(at)]
    intervals = len(sentences) - len(clock.reasons) - 1 - bool(clock.reading.correction)
    return ClockStory(context.formatter.word(clock.clock), tuple(sentences[:intervals]), tuple(sentences[intervals:]))


def _lead(story: ClockStory, context: Context) -> list[str]:
    """Return the sentences on how a clock ended, with the name of the clock in front."""
    first, *rest = story.ending or ("",)
    return (
        [context.say("{label}: {text}", label=story.title, text=first), *rest]
        if story.title and first
        else [*story.ending]
    )


def _wrap(sentences: Sequence[str], width: int) -> list[str]:
    return [row for text in sentences for row in cells.wrap(text, max(width - 2, 8))]
