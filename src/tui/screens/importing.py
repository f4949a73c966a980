"""Importing a file: the five questions about it, what would become of each row, and the writing of it.

What is read, planned or written runs beside the screen; `x` stops it, and nothing is written then.
"""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING

from fenji.desk import expand_user
from fenji.desk.import_dialogue import ImportDialogue
from fenji.desk.import_lines import describe_import
from fenji.desk.imports import Importer, ImportResult, load_mapping, needs_no_mapping, save_mapping
from fenji.errors import Sentence, Unavailable
from tui.commands import Command, CommandResult
from tui.drawing import cells
from tui.messages import NoticePosted
from tui.screens.list_base import CanvasListScreen
from tui.writing.dialog_target import complete_path, is_file
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from fenji.desk import Desk
    from fenji.desk.import_dialogue import ImportQuestion
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered
    from tui.writing.dialogs import Dialog

_READER = "import"
_ASKED, _PLANNED = "import asked", "import planned"  # topics of answers


class ImportScreen(CanvasListScreen):
    """The screen of one import; its lines stay until the next."""

    SCREEN_ID = "import"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._path: Path | None = None
        self._lines: Sequence[tuple[str, str]] = ()  # text and style
        self._stop: Event | None = None  # set: to be stopped

    def enter(self, *, returning: bool) -> None:
        """Ask for a file, unless an import is under way."""
        if not returning and not self._is_busy:
            self.start_dialog(self._file_dialog())

    @property
    def _is_busy(self) -> bool:
        return self._stop is not None and not self._stop.is_set()

    # --- display --------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        title = self.context.say("Import {path}", path=self._path.name) if self._path else self.context.say("Import")
        return [[(f" {cells.truncate(title, width - 2, self.context.theme.signs.ellipsis)}", "strong")], [], []]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        self._scroll.resize(len(self._lines), height)
        cut = self.context.theme.signs.ellipsis
        lines = [self._lines[place] for place in self._scroll.visible_range]
        return [
            [(f" {cells.truncate(text, width - 2, cut)}", "strong" if style == "head" else style)]
            for text, style in lines
        ]

    def _show(self, lines: Sequence[tuple[str, str]]) -> None:
        width = max(self.size.width - 2, 20)
        self._lines = [(part, style) for text, style in lines for part in cells.wrap(text, width)]
        self._scroll.move_to(0)
        self.redraw()

    # --- keys -----------------------------------------------------------------------------------------------------

    def do_import_again(self) -> None:
        """Ask for another file, or for the same again."""
        if not self._is_busy:
            self.start_dialog(self._file_dialog())

    def do_copy(self) -> None:
        """Copy the lines in view."""
        self.fenji_app.tools.copy_text("\n".join(text for text, _ in self._lines))

    def do_import_stop(self) -> None:
        """Stop what runs; nothing is written."""
        if self._stop:
            self._stop.set()

    # --- the file -------------------------------------------------------------------------------------------------

    def _file_dialog(self) -> Dialog:
        say = self.context.say
        typed = yield Question(
            say("Import the file:"),
            initial=str(self._path or ""),
            hint=say("xlsx, xls, ods, csv, tsv, json, jsonl or what fenji exported; Tab completes."),
            validate=lambda path: "" if is_file(path) else say("There is no such file."),
            complete=complete_path,
        )
        self._path = expand_user(typed)
        mapping = yield Question(
            say("Mapping:"), hint=say("A name or a file, as jira-csv. Nothing: the columns are asked one by one.")
        )
        self._begin(self._path, mapping)
        return None

    def _begin(self, path: Path, mapping: str) -> None:
        if mapping or needs_no_mapping(path):
            self._plan(path, lambda: mapping)
            return
        desk, say = self.context.desk, self.context.say
        dialogue = ImportDialogue(path, say, desk.policy.version().levels)
        questions = dialogue.questions()
        self._show([(say("Reading."), "dim")])

        def start() -> tuple[object, ImportQuestion]:
            Importer(desk, path)  # refuses whoever may not import, before anything is asked
            return questions, next(questions)

        self.fenji_app.ask_reader(_READER, _ASKED, start)

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Go on with what was read or planned."""
        answer = message.answer
        if message.topic == _ASKED and isinstance(answer, tuple):
            self.start_dialog(self._questions(*answer))
        elif message.topic == _PLANNED and isinstance(answer, _Planned):
            self._show(answer.lines)
            self.start_dialog(self._agree(answer.importer))

    def _questions(self, questions: Generator[ImportQuestion, str, object], question: ImportQuestion) -> Dialog:
        try:
            while True:
                self._show([(cells.sanitize_line(line), "") for line in question.lines])
                typed = yield Question(question.prompt)
                question = questions.send(typed)
        except StopIteration as end:
            draft, desk = end.value, self.context.desk
        path = self._path
        if path:
            self._plan(path, lambda: save_mapping(desk, draft.name, draft.render()) and draft.name)
        return None

    # --- plan and write -------------------------------------------------------------------------------------------

    def _plan(self, path: Path, name_mapping: Callable[[], str]) -> None:
        """Show what would become of each row."""
        desk, say, progress = self.context.desk, self.context.say, self._start_progress()

        def plan() -> _Planned:
            try:
                mapping = name_mapping()
                importer = Importer(desk, path, load_mapping(desk, mapping) if mapping else None)
                result = ImportResult(importer.plan(progress))
                return _Planned(importer, list(describe_import(importer, result, say, dry_run=True)))
            finally:
                progress.stop.set()

        self.fenji_app.ask_reader(_READER, _PLANNED, plan)

    def _agree(self, importer: Importer) -> Dialog:
        yield Question(
            self.context.say("Y imports them; Esc leaves them, and the mapping stays."),
            hint=self._lines[-2][0] if len(self._lines) > 1 else "",
            confirm_key="Y",
        )
        progress = self._start_progress()

        def write(_: Desk) -> CommandResult:
            try:
                plan = importer.write(progress).plan
            finally:
                progress.stop.set()
            counts = {word: plan.count(word) for word in ("new", "changed", "unchanged", "refused")}
            return CommandResult(
                Sentence("{new} new, {changed} changed, {unchanged} unchanged, {refused} rows refused", counts)
            )

        return Command(write)

    def _start_progress(self) -> _Progress:
        self._stop = Event()
        return _Progress(self._stop, self.fenji_app.post_message)


class _Planned:
    """An import that was planned, and the lines that tell of it."""

    def __init__(self, importer: Importer, lines: Sequence[tuple[str, str]]) -> None:
        self.importer, self.lines = importer, lines


class _Progress:
    """Says once a second how far an import is. Raises Unavailable where it was stopped."""

    def __init__(self, stop: Event, post: Callable[[NoticePosted], object]) -> None:
        self.stop, self._post = stop, post
        self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if self.stop.is_set():
            raise Unavailable("Stopped; nothing was written.")
        if time.monotonic() - self._last >= 1:
            self._last = time.monotonic()
            self._post(NoticePosted(Sentence("{done} of {total} …", {"done": done, "total": total})))
