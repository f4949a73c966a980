"""The search screen: a query line, hits as the user types, and the solution of the selected one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from textual.containers import Container
from textual.geometry import Offset

from fenji.model.ticket import CLOSED_STATES
from tui import commands, polling
from tui.delay import Delay
from tui.drawing import cells
from tui.drawing.head_line import render_head_line
from tui.drawing.scroll import Scroll
from tui.drawing.spans import wrap_text
from tui.find_lines import (
    LINES_PER_HIT,
    MIN_HEIGHT_WITH_ALIKE,
    copy_dialog,
    copy_fields,
    describe_count,
    head_pills,
    is_too_short,
    list_filters,
    remove_filter,
    render_alike,
    render_hit,
    render_solution,
)
from tui.screens.find_alike import AlikeTickets
from tui.screens.list_base import ListScreen
from tui.widgets.canvas import Canvas
from tui.writing.prompt import split_at_cursor
from tui.writing.text_input import TextInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.desk.search_results import SearchHit, SearchHits
    from fenji.model.board import Row
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered, Topic
    from tui.screens.base import BaseScreen
    from tui.screens.intake import IntakeScreen

SEARCH_DELAY_S = 0.15  # seconds after the last key
SIDE_BY_SIDE_WIDTH = 100
INDEXING_TOPIC = "indexing"
_DETAIL_LINES = 10  # at least, below the hits if there is room


class FindScreen(ListScreen):
    """The query line, the hits with matching passages, and the texts of the selected hit."""

    SCREEN_ID = "find"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.body = Container(id="body")
        self.header = Canvas(self._draw_head, theme=context.theme, id="head")
        self.list_view = Canvas(self._draw_list, theme=context.theme, id="list")
        self.details = Canvas(self._draw_below, theme=context.theme, id="below")
        self._query = TextInput(context.state.last_values.get("query", ""))
        self._replace_on_type = False  # the next letter replaces the last query
        self._typing = True
        self._hits: tuple[SearchHit, ...] = ()
        self._total = -1
        self._index_ready = False
        self._indexed_count = 0  # tickets taken into the index so far
        self._corrections: Mapping[str, str] = {}
        self._scroll = Scroll()
        self._search_delay = Delay(self, SEARCH_DELAY_S, self._search)
        self._asked_text = ""
        self._awaits_hits = False  # those shown, if any, are of an older query
        self._alike = AlikeTickets(self, lambda: self.selected_hit)
        self._origin_row: Row | None = None  # the ticket that was selected when the screen was opened

    def compose_body(self) -> ComposeResult:
        yield self.header
        with self.body:
            yield self.list_view
            yield self.details

    def apply_size(self) -> None:
        """Show the solution beside the hits in a wide terminal."""
        self.body.set_class(self.size.width >= SIDE_BY_SIDE_WIDTH, "beside")

    def enter(self, *, returning: bool) -> None:
        """Keep the last query; the first letter typed replaces it."""
        if not returning:
            origin = self.fenji_app.get_base_screen(self.fenji_app.previous_screen_id)
            rows = cast("BaseScreen", origin).selected_rows()
            self._origin_row = rows[0] if rows else None
            self._typing, self._replace_on_type = True, bool(self._query.text)
        if self._query.text and (self._total < 0 or self._awaits_hits):
            self._search()

    # --- display --------------------------------------------------------------------------------------------------

    @property
    def active_scroll(self) -> Scroll:
        return self._scroll

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always one line
        before, under, after, _ = split_at_cursor(self._query, self._query_cells)
        role = "dim" if self._replace_on_type else ""
        left: StyledLine = [(f" {self.context.say('Find')}  ", "strong"), (before, role)]
        left += [(under, "cursor" if self._typing else ""), (after, role)]
        pills = head_pills(self.context, self._query.text, width)
        return [render_head_line(left, [*pills, (f"  {self._result_text()} ", "dim")], width, self.context.theme)]

    @property
    def _query_cells(self) -> int:
        return max(self.size.width - cells.width(self._result_text()) - 12, 12)

    def _result_text(self) -> str:
        """Return the number of hits and how words were corrected; `""` if there are no hits yet."""
        if not self._asked_text or self._total <= 0:
            return ""
        return describe_count(self.context, self._total, self._corrections, max(self.size.width // 2, 20))

    def _status_text(self) -> str:
        """Return how to search, or the progress of the search; with hits, a notice about the index, or `""`."""
        if not self._asked_text:
            return self.context.say("Words, a part number, a ticket number; kind: part: site: year: narrow it down.")
        if self._total < 0:
            progress = self.context.say(
                "Preparing the index: {count} ticket.",
                plural="Preparing the index: {count} tickets.",
                count=self._indexed_count,
            )
            return progress if self._indexed_count and not self._index_ready else self.context.say("Searching.")
        if not self._total:
            return self.context.say("Nothing found. Try fewer or different words.")
        return self.context.say(self.context.desk.index_notice or "")

    def redraw(self) -> None:
        self._place_details()
        self.footer.hint_lines = wrap_text(self._status_text(), "dim", self.size.width, self.context.theme)
        super().redraw()

    def _place_details(self) -> None:
        """Give the solution the lines that a short list of hits leaves free."""
        styles = self.details.styles
        if self.body.has_class("beside"):
            styles.clear_rule("height")
            return
        room = self.size.height - self.header.size.height - self.footer.rows
        hits = LINES_PER_HIT * len(self._hits) if self._hits else room
        height = max(min(_DETAIL_LINES, room // 2), room - hits - 1)
        if styles.height is None or styles.height.value != height:
            styles.height = height

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        """Return two lines for each hit in view, followed by the number of further hits."""
        self._scroll.resize(len(self._hits), height // LINES_PER_HIT)
        shown = self._scroll.visible_range
        lines = [
            line
            for n in shown
            for line in render_hit(self.context, self._hits[n], n, width, selected=n == self._scroll.selected_index)
        ]
        below = self._total - shown.stop
        if below > 0 and len(lines) < height:
            more = self.context.say("{count} more", count=below)
            lines.append([(f" {self.context.theme.signs.more} {more}", "dim")])
        return lines

    def _draw_below(self, width: int, height: int) -> list[StyledLine]:
        """Return the texts of the selected hit, cause and solution first, and tickets like it."""
        hit = self.selected_hit
        if hit is None:
            return []
        position = f"{self._scroll.selected_index + 1}/{self._total}"
        alike = render_alike(self.context, self._alike.of(hit), width) if height >= MIN_HEIGHT_WITH_ALIKE else []
        solution = render_solution(self.context, hit, (width, height - len(alike)), position=position)
        return [*solution, *[[]] * (height - len(alike) - len(solution)), *alike]

    @property
    def selected_hit(self) -> SearchHit | None:
        """The hit that the bar is on."""
        return self._hits[self._scroll.selected_index] if self._hits else None

    def key_hints(self) -> str:
        """Return the key hints while the query is typed and letters are text."""
        hints = self.context.say("Enter open  Tab hits  ^Y copy solution  ^N new like it  ^T synonyms  Esc back")
        return hints if self._typing else ""

    def cursor_offset(self) -> Offset | None:
        """Return the position of the cursor in the query."""
        if not self._typing or self.footer.prompt:
            return super().cursor_offset()
        start = cells.width(f" {self.context.say('Find')}  ")
        return self.header.region.offset + Offset(start + split_at_cursor(self._query, self._query_cells)[3], 0)

    # --- typing ---------------------------------------------------------------------------------------------------

    @property
    def edits_text(self) -> bool:
        return self._typing

    def handle_text_key(self, key: str, character: str | None) -> bool:
        """Type into the query; Down and Tab move to the hits."""
        if not self._typing:
            return False
        if key in ("tab", "down"):
            self._typing = not (self._hits or self._awaits_hits)  # at once, lest the next key be typed
        elif key == "ctrl+y":
            self.do_copy()
        elif key == "ctrl+t":
            self.do_synonyms()
        elif key == "ctrl+n":
            self._report_like()
        elif key == "ctrl+x":
            self._take_filter_off()
        elif key in ("enter", "escape", "ctrl+c", "ctrl+q", "ctrl+p"):
            return False
        else:
            self._type_into_query(key, character)
        return True

    def _type_into_query(self, key: str, character: str | None) -> None:
        if self._replace_on_type and character and character.isprintable():
            self._query.clear()
        self._replace_on_type = False
        before = self._query.text
        if self._query.handle_key(key, character) and self._query.text != before:
            self._search_soon()

    def paste(self, text: str) -> bool:
        """Insert pasted text into the query, replacing the last query if it is unchanged, and search.

        Words from an input method arrive in this way, too.
        """
        if self._typing:
            if self._replace_on_type:
                self._query.clear()
            self._replace_on_type = False
            self._query.insert(text)
            self._search_soon()
        return self._typing

    def awaits_answer(self, key: str, character: str | None) -> bool:
        """Return whether a key acts on hits that are still being looked for."""
        if not self._awaits_hits or self.footer.prompt:
            return False
        if self._typing:
            return key in ("enter", "ctrl+y", "ctrl+n")
        action = self._find_action(key, character)
        return action is not None and (action.is_navigation or action.id in ("open", "copy"))

    def _search_soon(self) -> None:
        self._awaits_hits = not is_too_short(self._query.text.strip())
        self._search_delay.restart()

    def _search(self) -> None:
        text = self._query.text.strip()
        self._alike.forget()
        self.context.state.last_values["query"] = text
        self._awaits_hits = not is_too_short(text)
        self._asked_text = text if self._awaits_hits else ""
        if self._awaits_hits:
            self._request_hits(text, 0)
            return
        self._hits, self._total = (), -1
        self.redraw()

    def _request_hits(self, text: str, offset: int) -> None:
        """Request hits; the first request also updates the index, and reports its progress."""
        desk, topic = self.context.desk, ("hits", text, offset)
        report = None if self._index_ready else self.fenji_app.progress_reporter(INDEXING_TOPIC)
        self.fenji_app.ask_reader("search", topic, lambda: polling.search(desk, text, offset, report))

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in hits, or the progress of indexing; hits of an older query are ignored."""
        if message.topic == INDEXING_TOPIC:
            self._indexed_count = cast("int", message.answer)
        self._alike.handle_answer(message)
        if not isinstance(message.topic, tuple) or message.topic[0] != "hits" or message.topic[1] != self._asked_text:
            return
        hits, self._index_ready = cast("SearchHits", message.answer), True
        self._total, self._corrections = hits.total, hits.meant or {}
        offset = int(str(message.topic[2]))  # may be asked twice, by keys before the first answer came
        self._hits = (*self._hits[:offset], *hits.hits)
        if not offset:
            self._scroll, self._awaits_hits = Scroll(len(self._hits)), False
            self._typing = self._typing or not self._hits

    def handle_failed(self, topic: Topic) -> None:
        """Wait no longer for hits that could not be looked for."""
        if isinstance(topic, tuple) and topic[:2] == ("hits", self._asked_text):
            self._awaits_hits, self._typing = False, self._typing or not self._hits

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_down(self) -> None:
        """Move one hit down; at the end, fetch more."""
        super().do_down()
        known = len(self._hits)
        if self._scroll.selected_index == known - 1 and known < self._total:
            self._request_hits(self._asked_text, known)

    def do_up(self) -> None:
        """Move one hit up; from the top, return to the query."""
        self._typing = self._scroll.selected_index == 0
        super().do_up()

    def do_find(self) -> None:
        """Return to the query."""
        self._typing, self._replace_on_type = True, bool(self._query.text)

    def do_synonyms(self) -> None:
        """Go to the synonyms; on return, the search runs again."""
        self._total = -1
        self.fenji_app.go_to("synonyms")

    def _report_like(self) -> None:
        """Report a new ticket that starts with title, kind and part of the selected hit."""
        form = cast("IntakeScreen", self.fenji_app.go_to("new"))
        if self.selected_hit:
            form.begin_with({"title": self.selected_hit.title, **copy_fields(self.selected_hit)})

    def _take_filter_off(self) -> None:
        """Take the last filter out of the query."""
        if filters := list_filters(self._query.text):
            self._query = TextInput(remove_filter(self._query.text, filters[-1]))
            self._search()

    def do_open(self) -> None:
        """Open the selected hit."""
        if self.selected_hit:
            self.fenji_app.open_ticket(self.selected_hit.id)

    def do_copy(self) -> None:
        """Copy the solution, with a link, into the ticket that the user came from, else to the clipboard."""
        hit, origin = self.selected_hit, self._origin_row
        if hit is None:
            return
        if not hit.page.texts.get("solution"):
            self.show_error(self.context.say("{id} has no solution to copy.", id=hit.id))
        elif origin is None or origin.ticket.state in CLOSED_STATES or origin.id == hit.id:
            self.fenji_app.tools.copy_text(hit.page.texts["solution"])
        elif self.fenji_app.previous_screen_id == "ticket":
            self.fenji_app.submit(commands.copy_solution(hit.id, origin))
        else:
            self.start_dialog(copy_dialog(self.context, hit, origin))
