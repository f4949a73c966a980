"""The report: tables of figures for a period, the tickets behind the selected figure, and keys that change the query.

A reader thread counts, so keys never wait. The report shown stays until the next one is ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace
from textual.containers import Container

from fenji.desk.figures import LAST_MONTH, FigureDesk
from fenji.desk.report import ReportRequest
from fenji.model.appraisal.figures import CLOCKS
from fenji.model.appraisal.kinds import APPRAISAL, KINDS, TREND
from tui.delay import Delay
from tui.keys import MAX_HINTS
from tui.report import counted_lines, counting, report_dialogs, report_head, report_lines
from tui.report.report_export import ReportExport
from tui.report.report_issue import ISSUE_TOPIC, ReportIssue
from tui.report.report_period import PeriodUnits
from tui.report.report_trend import MONTHS, render_trend
from tui.screens.list_base import CanvasListScreen
from tui.widgets.canvas import Canvas
from tui.writing.service_form import figure_forms_dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.desk.report import Report
    from fenji.model.appraisal.behind import CountedTicket
    from fenji.model.appraisal.tables import Column, Figures, FigureTable
    from tui.action import Action
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered, Topic
    from tui.report.report_lines import FigureSpot
    from tui.screens.behind import BehindScreen

PREVIEW_DELAY_S = 0.2  # seconds after the last key
_READER = "report"
_TREND_READER = "report-trend"
_KEPT = ("by", "clock", "where")  # parts of a request kept across restarts
_HEAD_LINES = 3  # at least


class ReportScreen(CanvasListScreen):
    """The figures of a period, and the request that they answer."""

    SCREEN_ID = "report"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.body = Container(id="body")
        self.preview = Canvas(self._draw_preview, theme=context.theme, id="preview")
        self.figures = FigureDesk(context.desk)
        kept = {name: context.state.last_values.get(f"report.{name}", "") for name in _KEPT}
        self.request = ReportRequest(
            kind=APPRAISAL,
            period=LAST_MONTH,
            by=kept["by"] or "unit",
            clock=kept["clock"] or "solution",
            where=kept["where"],
        )
        self.report: Report | None = None
        self._answered: ReportRequest | None = None  # the request that the report shown answers
        self._trend: Figures | None = None  # for the twelve months up to the end of the period
        self._head: tuple[int, list[StyledLine]] = 0, []  # width and lines, as last drawn
        self._counting = counting.Counting(self)
        self._column, self._top = 0, 0
        self._columns: dict[tuple[str, int], list[Column]] = {}  # of the report shown, by table and width
        self._behind: dict[str, list[CountedTicket]] = {}  # of the report shown, by query
        self._behind_delay = Delay(self, PREVIEW_DELAY_S, self._ask_behind)
        self._units = PeriodUnits()
        self.issuing = ReportIssue(self, self.figures, lambda: self.request)
        self.parts = (ReportExport(self, self.figures, lambda: self.report), self.issuing)

    def compose_body(self) -> ComposeResult:
        yield self.header
        with self.body:
            yield self.list_view
            yield self.preview

    def apply_size(self) -> None:
        """Give the tickets behind a figure more lines on a tall terminal."""
        self.body.set_class(self.size.height >= 36, "tall")
        self.preview.set_class(self.size.height < 16, "off")

    # --- requests -------------------------------------------------------------------------------------------------

    def enter(self, *, returning: bool) -> None:
        """Count when the screen is opened or its report is still to come, or after the report was issued."""
        if not returning or not self._is_settled or self.issuing.has_ended:
            self.ask(self.request)

    def ask(self, request: ReportRequest) -> None:
        """Have a report counted; the present one stays in view until then."""
        self.request, self.issuing.has_ended = request, False
        asked = self.figures.fit_kind(request, request.kind, trend_months=MONTHS)
        progress, figures = self._counting.begin(), self.figures
        self.fenji_app.ask_reader(_READER, ("report", request), lambda: figures.report(asked, progress=progress))

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in a report, its trend, the tickets behind a figure, or the progress of counting."""
        topic = cast("tuple[object, ...]", message.topic)
        if topic == ("report", self.request):
            self._take_report(cast("Report", message.answer))
        elif topic == counting.TOPIC:
            self._counting.handle_answer(message)
        elif topic == ("trend", self._answered):
            self._trend = cast("Report", message.answer).figures
        elif topic == ISSUE_TOPIC:
            self.ask(self.request)
        elif topic[0] == "behind":
            self._behind[str(topic[1])] = cast("list[CountedTicket]", message.answer)

    def _take_report(self, report: Report) -> None:
        compared = self._answered.against if self._answered else ""
        self.report, self._answered = report, self.request
        self._counting.end()
        self._behind.clear()
        self._columns.clear()
        self._ask_trend(report)
        self._scroll.resize(self._row_count, self._scroll.height)
        if self.request.against not in ("", compared):
            self._scroll.move_to(report_lines.find_comparison(report.figures))
        for name in _KEPT:
            self.context.state.last_values[f"report.{name}"] = getattr(self.request, name)
        self._behind_delay.restart()

    def _ask_trend(self, report: Report) -> None:
        """Have the twelve months up to the end of the period counted in the background."""
        self._trend = None
        if report.figures.kind == APPRAISAL and 0 < report.figures.period.months <= MONTHS:
            figures, request = self.figures, self.request
            asked = figures.fit_kind(replace(request, by=""), TREND, trend_months=MONTHS)
            self.fenji_app.ask_reader(_TREND_READER, ("trend", request), lambda: figures.report(asked))

    def handle_failed(self, topic: Topic) -> None:
        """Return to the request of the report shown if another one could not be counted."""
        if topic != ("report", self.request):
            return
        self._counting.end()
        if self._answered:
            self.request = self._answered

    def _ask_behind(self) -> None:
        query = self._query
        if query and query not in self._behind and self._is_settled:
            self.fenji_app.ask_reader(_READER, ("behind", query), lambda: self.figures.tickets_behind(query))

    @property
    def _is_settled(self) -> bool:
        """Whether the report shown answers the present request; otherwise the answer is still to come."""
        return self._answered == self.request

    # --- the selected figure ----------------------------------------------------------------------------------------

    @property
    def _row_count(self) -> int:
        return sum(len(table.all_rows) for table in self.report.figures.tables) if self.report else 0

    @property
    def spot(self) -> FigureSpot | None:
        """The figure that the bar is on."""
        if self.report is None:
            return None
        tables = self.report.figures.tables
        return report_lines.find_spot(tables, self._scroll.selected_index, self._column, self._columns_of)

    @property
    def _query(self) -> str:
        """The query for the tickets behind the selected figure; `""` if there are none."""
        spot = self.spot
        return spot.cell.query if spot and spot.cell else ""

    def _columns_of(self, table: FigureTable) -> list[Column]:
        """Return the columns of a table that fit on the screen, which the bar moves over."""
        key = table.name, self.size.width
        if key not in self._columns:
            self._columns[key] = report_lines.visible_columns(table, self.context, self.size.width)
        return self._columns[key]

    # --- display --------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        width = self.size.width
        self._head = width, self._render_head(width)
        self.header.styles.height = max(len(self._head[1]), _HEAD_LINES)
        super().redraw()
        if self._query and self._query not in self._behind:
            self._behind_delay.restart()

    def footer_actions(self, count: int = MAX_HINTS) -> list[Action]:
        """Return the actions of the footer; the first is to issue the report if that is the next thing to do."""
        actions = super().footer_actions(count)
        if self.report and self.report.figures.at < self.report.figures.period.start:
            actions = [action for action in actions if action.id not in ("tickets", "figure_forms")]  # there are none
        return [self.context.keymap.get_action("issue"), *actions] if self.issuing.is_next(self.report) else actions

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - as many lines as there are
        known_width, lines = self._head
        return lines if width == known_width else self._render_head(width)

    def _render_head(self, width: int) -> list[StyledLine]:
        asked = report_head.AskedReport(
            self.request, self.report, self._counting.text, bool(self.fenji_app.sync_controller.remote)
        )
        return report_head.render_head(asked, self.context, width)

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        if self.report is None:
            return []
        selected = self._scroll.selected_index
        place = selected, self._column
        trend = render_trend(self._trend, self.request.clock, self.context, width) if self._trend else ()
        figures = self.report.figures
        lines = list(report_lines.render_figures(figures, self.context, width, selected=place, trend=trend))
        self._scroll.resize(self._row_count, height)
        line_number = next((n for n, line in enumerate(lines) if line.row == selected), 0)
        if line_number < height and selected == 0:
            self._top = 0
        elif not self._top <= line_number < self._top + height:
            self._top = max(line_number - height // 2, 0) if line_number >= height else 0
        self._top = max(min(self._top, len(lines) - height), 0)
        return [line.spans for line in lines[self._top : self._top + height]]

    def _draw_preview(self, width: int, height: int) -> list[StyledLine]:
        """Return a description of the selected figure, and as many of the tickets behind it as fit."""
        spot = self.spot
        if spot is None:
            return []
        return counted_lines.render_behind(spot, self._behind.get(self._query), self.context, width, height=height)

    # --- keys: the request ------------------------------------------------------------------------------------------

    def do_period_before(self) -> None:
        self._shift(-1)

    def do_period_after(self) -> None:
        self._shift(1)

    def _shift(self, steps: int) -> None:
        """Ask for the previous or next period of the same length."""
        self._ask_period(self.figures.find_period(self.request).shifted(steps).query)

    def do_period_unit(self) -> None:
        """Ask for the month, quarter or year around the period, whichever comes next."""
        period = self.figures.find_period(self.request)
        self._ask_period(self._units.next_after(period, self.context.desk.now().astimezone(period.zone).date()).query)

    def _ask_period(self, period: str) -> None:
        self.ask(replace(self.request, period=period, against=""))

    def do_period(self) -> None:
        self.start_dialog(report_dialogs.period_dialog(self.context, self.figures, self.request, self._ask_period))

    def do_group(self) -> None:
        def ask(by: str) -> None:
            self.ask(replace(self.request, by=by))

        self.start_dialog(report_dialogs.group_dialog(self.context, self.request, ask))

    def do_restrict(self) -> None:
        def ask(where: str) -> None:
            self.ask(replace(self.request, where=where))

        self.start_dialog(report_dialogs.query_dialog(self.context, self.figures, self.request, ask))

    def do_compare(self) -> None:
        def ask(against: str) -> None:
            self.ask(replace(self.request, against=against))

        self.start_dialog(report_dialogs.compare_dialog(self.context, self.figures, self.request, self.report, ask))

    def do_counted_clock(self) -> None:
        """Count only the next clock; after the last one, count all clocks."""
        order = ("", *CLOCKS)
        self.ask(replace(self.request, clock=order[(order.index(self.request.clock) + 1) % len(order)]))

    def do_view(self, number: int) -> None:
        """Show another kind of report, by its number."""
        if number <= len(KINDS):
            self._scroll.move_to(0)
            self.ask(replace(self.request, kind=KINDS[number - 1].name))

    def do_next_kind(self) -> None:
        self._step_kind(1)

    def do_last_kind(self) -> None:
        self._step_kind(-1)

    def _step_kind(self, step: int) -> None:
        current = next(n for n, kind in enumerate(KINDS) if kind.name == self.request.kind)
        self.do_view((current + step) % len(KINDS) + 1)

    def do_recount(self) -> None:
        """Count again, since other people or a sync may have changed tickets."""
        self.ask(self.request)

    # --- keys: the selected figure ----------------------------------------------------------------------------------

    def do_figure_right(self) -> None:
        self._move_column(1)

    def do_figure_left(self) -> None:
        self._move_column(-1)

    def _move_column(self, step: int) -> None:
        spot = self.spot
        count = len(self._columns_of(spot.table)) if spot else 0
        self._column = max(min(self._column, count - 1) + step, 0) if step < 0 else min(self._column + step, count - 1)

    def do_tickets(self) -> None:
        """List the tickets behind the figure, or open the ticket of the row."""
        spot, query = self.spot, self._query
        if spot and query:
            screen = cast("BehindScreen", self.fenji_app.go_to("behind"))
            screen.describe(report_lines.describe_spot(spot, self.context), query, self.figures)
            return
        number = report_lines.ticket_of(spot) if spot else ""
        if number:
            self.fenji_app.open_ticket(number)
        else:
            self._say_no_list()

    def do_copy(self) -> None:
        """Copy the query of the figure, which `fenji list` accepts."""
        if self._query:
            self.fenji_app.tools.copy_text(self._query)
        else:
            self._say_no_list()

    def do_figure_forms(self) -> None:
        """Write the service forms of the tickets behind the figure."""
        spot, query = self.spot, self._query
        if spot and query:
            name = report_lines.describe_spot(spot, self.context).strip()
            self.start_dialog(figure_forms_dialog(name, query, self.figures, self.context.say))
        else:
            self._say_no_list()

    def _say_no_list(self) -> None:
        self.footer.show_notice(self.context.say(counted_lines.explain_no_list(self.spot)))

    def do_leave_report(self) -> None:
        self.fenji_app.go_back()
