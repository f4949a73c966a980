"""Issues the period of a report: the user confirms what will be done, then a thread does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Sentence
from tui.messages import NoticePosted, ReaderAnswered
from tui.sync_controller import SYNC_TOPIC
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.desk.figures import FigureDesk
    from fenji.desk.report import Report, ReportRequest
    from fenji.model.appraisal.issued import IssuedFigures
    from fenji.model.periods import Period
    from tui.screens.base import BaseScreen
    from tui.writing.dialogs import Dialog

ISSUE_TOPIC = ("issued",)


class ReportIssue:
    """Issues the period that a report screen shows; `find_request` returns the screen's last request."""

    def __init__(self, screen: BaseScreen, figures: FigureDesk, find_request: Callable[[], ReportRequest]) -> None:
        self._screen, self._figures, self._find_request = screen, figures, find_request
        self._is_running = False
        self.has_ended = False  # an issue has ended, well or not, since the report was counted

    def is_next(self, report: Report | None) -> bool:
        """Whether the shown month, quarter or year is over and not issued, and the user may issue it."""
        if report is None or report.figures.appraisal is None or report.figures.issued or self._is_running:
            return False
        from fenji.desk.issued_figures import may_issue

        return report.figures.period.months > 0 and may_issue(self._screen.context.desk, report.figures.period)

    def do_issue(self) -> None:
        """Ask whether to issue the period. Raises Refused if it is not over, or if the user may not issue it."""
        from fenji.desk.issued_figures import require_issuable

        if self._is_running:
            self._screen.footer.show_notice(self._screen.context.say("It is being issued; you can carry on."))
            return
        period = self._figures.find_period(self._find_request())
        require_issuable(self._screen.context.desk, period)
        self._screen.start_dialog(self._dialog(period))

    def _dialog(self, period: Period) -> Dialog:
        from fenji.desk.issued_figures import list_issues

        say = self._screen.context.say
        yield Question(
            say("Issue {period}? Y issues, Esc goes back.", period=period.query),
            hint=self._describe(period, list_issues(self._screen.context.desk, period)),
            confirm_key="Y",
        )
        self._start(period)
        return None

    def _describe(self, period: Period, issues: tuple[IssuedFigures, ...]) -> str:
        """Return in words what issuing does: the file, what was issued before, and the exchange with the hub."""
        from fenji.desk.issued_figures import path_pattern

        context = self._screen.context
        say, formatter = context.say, context.formatter
        state = say("It is over, but not issued yet.")
        if issues:
            state = say(
                "It was issued {count} time, last on {date}.",
                plural="It was issued {count} times, last on {date}.",
                count=len(issues),
                date=f"{issues[-1].at.astimezone(period.zone):%Y-%m-%d}",
            )
        sentences = [
            state,
            say("The desk syncs with the hub first.") if self._screen.fenji_app.sync_controller.remote else "",
            say("Every verdict goes into a file that never changes: {path}", path=path_pattern(period)),
        ]
        return formatter.join_sentences(sentences)

    def _start(self, period: Period) -> None:
        """Issue the period in the thread of the sync, so that only one of both runs at a time."""
        app, desk, figures = self._screen.fenji_app, self._screen.context.desk, self._figures
        self._is_running = True

        def issue() -> None:
            from fenji.desk.issued_figures import issue_figures, path_of

            try:
                issued = issue_figures(desk, figures.read_verdicts, period)
            finally:
                self._is_running, self.has_ended = False, True
                app.post_message(ReaderAnswered(ISSUE_TOPIC, None))
            app.post_message(NoticePosted(Sentence("Issued: {path}", {"path": path_of(issued)})))

        self._screen.footer.show_notice(self._screen.context.say("It is being issued; you can carry on."))
        app.ask_reader(SYNC_TOPIC, None, issue)
