"""Exports a report into a file: asks for format and path, then writes in a thread while the screen goes on."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING

from fenji.desk import expand_user
from fenji.desk.report_files import EXPORT_FORMATS, default_path, render_report, write_report
from fenji.errors import Sentence, Unavailable
from tui.messages import NoticePosted
from tui.writing.dialog_target import complete_path
from tui.writing.prompt import Choice, Question

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fenji.desk.figures import FigureDesk
    from fenji.desk.report import Report
    from tui.screens.base import BaseScreen
    from tui.writing.dialogs import Dialog

_READER = "export"


class ReportExport:
    """The export of the report on a screen; only one runs at a time."""

    def __init__(self, screen: BaseScreen, figures: FigureDesk, find_report: Callable[[], Report | None]) -> None:
        self._screen, self._figures, self._find_report = screen, figures, find_report
        self._ended: Event | None = None  # of the last export; set once it is over, or to stop it

    def do_export(self) -> None:
        """Stop an export that is running; else ask for the format and file of the shown report, once it is counted."""
        report = self._find_report()
        if self._ended and not self._ended.is_set():
            self._ended.set()
        elif report is None:
            self._screen.footer.show_notice(self._screen.context.say("Counting."))
        else:
            self._screen.start_dialog(self._dialog(report))

    def _dialog(self, report: Report) -> Dialog:
        say = self._screen.context.say
        file_format = yield Question(
            say("Export as:"),
            initial=EXPORT_FORMATS[0],
            choices=[Choice(name) for name in EXPORT_FORMATS],
            hint=say("html, xlsx, csv, md or json."),
        )
        typed = yield Question(
            say("Write to file:"),
            initial=default_path(report, file_format),
            hint=say("A path in the desk's folder, or any other; Tab completes."),
            validate=lambda path: "" if path else say("Name a file."),
            complete=complete_path,
        )
        self._start(report, file_format, self._screen.context.desk.root / expand_user(typed))
        return None

    def _start(self, report: Report, file_format: str, path: Path) -> None:
        ended = self._ended = Event()
        screen = self._screen
        app, context, figures = screen.fenji_app, screen.context, self._figures
        last = time.monotonic()

        def progress(done: int, total: int) -> None:
            nonlocal last
            if ended.is_set():
                raise Unavailable("Stopped; nothing was written.")
            if time.monotonic() - last >= 1:
                last = time.monotonic()
                app.post_message(NoticePosted(Sentence("writing: {done} of {total}", {"done": done, "total": total})))

        def write() -> None:
            try:
                data = render_report(
                    figures, report, file_format, language=context.formatter.language, progress=progress
                )
                write_report(context.desk, path, data)
            finally:
                ended.set()
            app.post_message(NoticePosted(Sentence("Written: {path}", {"path": str(path)})))

        app.ask_reader(_READER, None, write)
