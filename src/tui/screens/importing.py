"""Importing a file: the five questions about it, a preview of what becomes of each row, and writing the tickets.

Reading, planning and writing run in the background; until the commit is made, `x` stops them and nothing is written.
"""

from __future__ import annotations

import time
from hashlib import sha256
from threading import Event
from typing import TYPE_CHECKING

from fenji.desk import expand_user
from fenji.desk.import_dialogue import ImportDialogue
from fenji.desk.import_lines import describe_import
from fenji.desk.imports import (
    Importer,
    ImportResult,
    find_own_mapping,
    load_mapping,
    needs_no_mapping,
    save_mapping,
)
from fenji.errors import Sentence, Unavailable
from tui.commands import Command, CommandResult
from tui.drawing import cells
from tui.drawing.head_line import render_head_line
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
_READ = "import read"  # the topic of all answers
_MOVING = ("up", "down", "pageup", "pagedown", "ctrl+f", "ctrl+b")  # keys without a meaning in a line being typed


class ImportScreen(CanvasListScreen):
    """The screen of one import; its lines stay until the next import."""

    SCREEN_ID = "import"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._path: Path | None = None
        self._lines: Sequence[tuple[str, str]] = ()  # text and style
        self._progress: _Progress | None = None  # of the step that runs or ran last

    def enter(self, *, returning: bool) -> None:
        """Ask for a file, unless an import is under way."""
        if not returning and not self._is_busy:
            self.start_dialog(self._file_dialog())

    @property
    def _is_busy(self) -> bool:
        return self._progress is not None and not self._progress.is_done

    # --- display --------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        title = self.context.say("Import {path}", path=self._path.name) if self._path else self.context.say("Import")
        return [render_head_line([(f" {title}", "strong")], [], width, self.context.theme), [], []]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        self._scroll.resize(len(self._lines), height)
        if not self._lines:
            key = self.context.keymap.key_label("import_again")
            text = self.context.say("{key} asks for the file; nothing is written until you say so.", key=key)
            return [[(f"  {text}", "")]]
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
        """Ask for another file, or for the same one again."""
        if not self._is_busy:
            self.start_dialog(self._file_dialog())

    def do_copy(self) -> None:
        """Copy all lines."""
        self.fenji_app.tools.copy_text("\n".join(text for text, _ in self._lines))

    def do_import_stop(self) -> None:
        """Stop the running step, so that nothing is written; too late once the files are being written."""
        progress, say = self._progress, self.context.say
        if progress is None or progress.is_done:
            self.footer.show_notice(say("There is nothing running to stop."))
        elif progress.is_writing:
            self.footer.show_notice(say("It is being written and can no longer be stopped."))
        else:
            progress.stop()
            self._show([(say("Stopped; nothing was written."), "")])

    def handle_key_press(self, key: str, character: str | None, *, is_single: bool = True) -> None:
        """Handle a key; while a question is open, up and down scroll the lines that it is about."""
        action = self._find_action(key, None) if self.footer.prompt and key in _MOVING else None
        if action:
            self.perform(action)
        else:
            super().handle_key_press(key, character, is_single=is_single)

    # --- the file -------------------------------------------------------------------------------------------------

    def _file_dialog(self) -> Dialog:
        say = self.context.say
        typed = yield Question(
            say("Import file:"),
            initial=str(self._path or ""),
            hint=say("xlsx, xls, ods, csv, tsv, json, jsonl or a file fenji exported; Tab completes."),
            validate=lambda path: "" if is_file(path) else say("There is no such file."),
            complete=complete_path,
        )
        self._path = expand_user(typed)
        mapping = yield Question(
            say("Mapping:"),
            initial=find_own_mapping(self.context.desk, self._path),
            hint=say("A name or a file, such as jira-csv. Empty: columns are asked for one by one."),
        )
        self._begin(self._path, mapping)
        return None

    def _begin(self, path: Path, mapping: str) -> None:
        desk, say = self.context.desk, self.context.say
        if mapping:
            self._plan(path, lambda: mapping)
            return

        def start() -> _NoMapping | _Asked:
            Importer(desk, path)  # refuses a person who may not import, before any question
            if needs_no_mapping(path):
                return _NoMapping()
            questions = ImportDialogue(path, say, desk.policy.version().levels).questions()
            return _Asked(questions, next(questions))

        self._ask(start)

    def _ask(self, question: Callable[[], object]) -> None:
        """Answer a question about the file in the reader thread."""
        progress = self._start_progress()
        self._show([(self.context.say("Reading."), "dim")])

        def ask() -> _Answer:
            try:
                return _Answer(progress, question())
            finally:
                progress.is_done = True

        self.fenji_app.ask_reader(_READER, _READ, ask)

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Continue with the result of reading or planning, unless it was stopped."""
        answer = message.answer
        if message.topic != _READ or not isinstance(answer, _Answer) or answer.progress.is_stopped:
            return
        desk, path, found = self.context.desk, self._path, answer.found
        if isinstance(found, _Asked):
            self.start_dialog(self._question(found))
        elif isinstance(found, _Planned):
            self._drop_drafts()
            self._show(found.lines)
            self.start_dialog(self._agree(found.importer))
        elif isinstance(found, _Answered) and path:
            self._plan(path, lambda: save_mapping(desk, found.name, found.text))
        elif isinstance(found, _NoMapping) and path:
            self._plan(path, lambda: "")

    def _question(self, asked: _Asked) -> Dialog:
        self._show([(cells.sanitize_line(line), "") for line in asked.question.lines])
        # On the next try, the same question starts with this answer, until the answers have become a mapping.
        typed = yield Question(asked.question.prompt, draft_key=self._draft_key(asked.question))
        self._ask(lambda: asked.go_on(typed))
        return None

    def _draft_key(self, question: ImportQuestion) -> str:
        text = "\n".join((*question.lines, question.prompt))
        return f"{self._drafts_of_file}{sha256(text.encode()).hexdigest()[:16]}"

    @property
    def _drafts_of_file(self) -> str:
        return f"import {self._path and self._path.absolute()}: "

    def _drop_drafts(self) -> None:
        """Drop the drafts of the answers about the file, since they are saved in a mapping now."""
        drafts = self.context.state.drafts
        for key in [key for key in drafts if key.startswith(self._drafts_of_file)]:
            del drafts[key]
        self.context.state.save()

    # --- plan and write -------------------------------------------------------------------------------------------

    def _plan(self, path: Path, name_mapping: Callable[[], str]) -> None:
        """Plan the import, to show what would become of each row."""
        desk, say, progress = self.context.desk, self.context.say, self._progress

        def plan() -> _Planned:
            mapping = name_mapping()
            importer = Importer(desk, path, load_mapping(desk, mapping) if mapping else None)
            result = ImportResult(importer.plan(progress))
            return _Planned(importer, list(describe_import(importer, result, say, dry_run=True)))

        self._ask(plan)

    def _agree(self, importer: Importer) -> Dialog:
        yield Question(
            self.context.say("Y imports them; Esc does not, but the mapping is kept."),
            hint=self._lines[-2][0] if len(self._lines) > 1 else "",
            confirm_key="Y",
        )
        progress = self._start_progress()

        def write(_: Desk) -> CommandResult:
            try:
                plan = importer.write(progress, progress.tell_written).plan
            finally:
                progress.is_done = True
            counts = {word: plan.count(word) for word in ("new", "changed", "unchanged", "refused")}
            return CommandResult(
                Sentence("{new} new, {changed} changed, {unchanged} unchanged, {refused} refused", counts)
            )

        return Command(write)

    def _start_progress(self) -> _Progress:
        self._progress = _Progress(self.fenji_app.post_message)
        return self._progress


class _NoMapping:
    """The answer that the file needs no mapping, as an export of fenji."""


class _Planned:
    """A planned import, and the lines that describe it."""

    def __init__(self, importer: Importer, lines: Sequence[tuple[str, str]]) -> None:
        self.importer, self.lines = importer, lines


class _Asked:
    """A question of the dialogue, and the generator that continues it."""

    def __init__(self, questions: Generator[ImportQuestion, str, object], question: ImportQuestion) -> None:
        self.questions, self.question = questions, question

    def go_on(self, typed: str) -> _Asked | _Answered:
        """Pass on an answer; return the next question, or all answers after the last one."""
        try:
            return _Asked(self.questions, self.questions.send(typed))
        except StopIteration as end:
            return _Answered(end.value.name, end.value.render())


class _Answered:
    """All answers: the name of the mapping made from them, and its text."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text


class _Progress:
    """Reports the progress of an import at most once a second; a call after `stop` raises Unavailable."""

    def __init__(self, post: Callable[[NoticePosted], object]) -> None:
        self._post = post
        self._stop = Event()
        self._last = time.monotonic()
        self.is_writing = self.is_done = False

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        self._stop.set()
        self.is_done = True

    def __call__(self, done: int, total: int) -> None:
        if self.is_stopped:
            raise Unavailable("Stopped; nothing was written.")
        self._tell(done, total)

    def tell_written(self, done: int, total: int) -> None:
        """Report how many files are written; the commit is made by then, and nothing can stop the import."""
        self.is_writing = True
        self._tell(done, total)

    def _tell(self, done: int, total: int) -> None:
        if time.monotonic() - self._last >= 1:
            self._last = time.monotonic()
            self._post(NoticePosted(Sentence("{done} of {total} …", {"done": done, "total": total})))


class _Answer:
    """The result of reading or planning, and its progress, which tells whether it was stopped."""

    def __init__(self, progress: _Progress, found: object) -> None:
        self.progress, self.found = progress, found
