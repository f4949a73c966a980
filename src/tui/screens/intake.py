"""The form of a new ticket, title first, with similar tickets next to it and the promise above."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from textual.containers import Container
from textual.geometry import Offset

from fenji.errors import FenjiError
from fenji.model.ticket import FORM_PATHS
from tui import commands
from tui.delay import Delay
from tui.drawing.head_line import align_ends, render_head_line
from tui.drawing.spans import wrap_text
from tui.screens.base import BaseScreen
from tui.ticket.promise_lines import MATRIX_CELLS, describe_promise, put_beside, render_promise
from tui.ticket.similar_tickets import COPY_KEY, OPEN_KEY, SimilarTickets
from tui.widgets.canvas import Canvas
from tui.writing import prompt
from tui.writing.dialog_target import describe_loads, list_people
from tui.writing.form import Form, FormEntry, Hunch
from tui.writing.intake_form import load_form_draft, make_entry, make_hunch, parse_form

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.desk import TicketPreview
    from fenji.desk.search_results import Suggestion
    from fenji.model.board import Row
    from tui.commands import Command
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered, Topic

SUGGEST_DELAY_S = 0.25  # seconds after the last change of a compared field
SIDE_BY_SIDE_WIDTH = 100
MATRIX_WIDTH = 80  # minimum width for the matrix beside the form, or above the similar tickets
DRAFT_KEY = "new"
SAVE_KEYS = ("ctrl+d", "ctrl+s")
ACCEPT_KEY = "ctrl+t"
COMPARED_FIELDS = ("title", "description", "product.part", "product.serial")


class IntakeScreen(BaseScreen):
    """The form of a new ticket."""

    SCREEN_ID = "new"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.body = Container(id="body")
        self.header = Canvas(self._draw_head, theme=context.theme, id="head")
        self.main = Canvas(self._draw_main, theme=context.theme, id="main")
        self.details = Canvas(self._draw_below, theme=context.theme, id="below")
        self.form = Form([make_entry(field_path, context) for field_path in FORM_PATHS])
        self._top = 0
        self._cursor = (0, 0)
        self.similar = SimilarTickets()
        self._guesses: Mapping[str, Hunch] = {}  # by field, from similar tickets
        self._given: Mapping[str, str] = {}
        self._loads: Mapping[str, str] = {}  # work in hand, by person
        self._sla_preview: TicketPreview | FenjiError | None = None  # what saving now would create
        self._draft_taken_up = False  # the form holds an earlier draft that is still unchanged
        self._suggest_delay = Delay(self, SUGGEST_DELAY_S, self._request_suggestion)
        self._save_command: Command | None = None  # submitted, and not yet known to be done or failed

    def compose_body(self) -> ComposeResult:
        yield self.header
        with self.body:
            yield self.main
            yield self.details

    def apply_size(self) -> None:
        """Show similar tickets beside the form in a wide terminal."""
        self.body.set_class(self.size.width >= SIDE_BY_SIDE_WIDTH, "beside")

    def enter(self, *, returning: bool) -> None:
        """Take up the draft from last time, or start with the given values."""
        if self._save_command and not self._is_saving():  # the command ended while another screen was in view
            self._save_command = None
            if DRAFT_KEY not in self.context.state.drafts:
                self._reset_form()
        self._count_loads()
        draft = load_form_draft(self.context.state.drafts.get(DRAFT_KEY, ""))
        if not returning:
            self.form.fill(draft or self._given)
            self.form.current_index = 0
            self._drop_suggestions()
            if self._given and not draft:
                self._form_changed()
            self._given = {}
        if draft and not returning:
            self._draft_taken_up = True
            self.footer.show_notice(self.context.say("Your draft is restored. Ctrl+N clears it."))
            self._suggest_delay.restart()

    def begin_with(self, values: Mapping[str, str]) -> None:
        """Fill in known values once the form is shown; a draft takes precedence."""
        self._given = values

    def _count_loads(self) -> None:
        """Show the work in hand next to the name of each person."""
        rows, policy, at = self.fenji_app.board_model.board.rows, self.context.desk.policy, self.context.desk.now()
        self._loads = describe_loads(rows, policy, at, self.context.formatter)
        self.form.entry("owner").choices = list_people(policy, self._loads, at)

    # --- display --------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - one line, or two
        """Return the title line and, in a narrow terminal, the promise below it."""
        say, desk = self.context.say, self.context.desk
        kept = f"   {say('draft kept')}" if DRAFT_KEY in self.context.state.drafts else ""
        left: StyledLine = [(f" {say('New ticket at {site}', site=desk.site)}", "strong"), (kept, "dim")]
        right = f" {desk.person} {self.context.formatter.format_time(desk.now())} "
        lines = [render_head_line(left, [(right, "dim")], width, self.context.theme)]
        if width >= MATRIX_WIDTH:
            return [*lines, []]
        return [*lines, [(f" {describe_promise(self.context, self._sla_preview, width - 2)}", "")]]

    def _route_hunches(self) -> dict[str, Hunch]:
        """Return owner and units from the policy's routes, which are saved if those fields stay empty."""
        if self._sla_preview is None or isinstance(self._sla_preview, FenjiError):
            return {}
        owner, units = self._sla_preview.owner, ", ".join(self._sla_preview.units)
        reason = self.context.say("by the rules")
        given = (("owner", owner, self._loads.get(owner, reason)), ("units", units, reason))
        return {path: Hunch(value, value, why, is_certain=True) for path, value, why in given if value}

    def _draw_main(self, width: int, height: int) -> list[StyledLine]:
        """Return the form, with the matrix beside it if there is room for both."""
        has_matrix = self.size.width >= MATRIX_WIDTH and not self.body.has_class("beside")
        form_width = width - MATRIX_CELLS - 1 if has_matrix else width
        lines, self._cursor = self.form.render(form_width, self.context.theme, active=not self.similar.is_active)
        line = self._cursor[0]
        if not self._top <= line < self._top + height:
            self._top = max(line - height // 2, 0)
        self._top = max(min(self._top, len(lines) - height), 0)
        shown = lines[self._top : self._top + height]
        if has_matrix:
            shown = put_beside(shown, self._draw_promise(MATRIX_CELLS)[:height], form_width)
        if (hidden := len(lines) - self._top - height) > 0:
            more: StyledLine = [(f" {self.context.theme.signs.below} {hidden} ", "dim")]
            shown[-1:] = [align_ends(shown[-1], more, width, self.context.theme)]
        return shown

    def _draw_promise(self, width: int) -> list[StyledLine]:
        """Return the matrix and the due times; only written values light a cell of it, never guesses."""
        return render_promise(self.context, self._sla_preview, self.form.values, width)

    def _draw_below(self, width: int, height: int) -> list[StyledLine]:
        """Return the similar tickets, with the matrix above them if they are beside the form."""
        lines: list[StyledLine] = []
        if self.body.has_class("beside"):
            lines = [*([(" ", ""), *line] for line in self._draw_promise(MATRIX_CELLS)), []]
        if not self.similar.tickets:
            status = "" if self._guesses else self.similar.search_status(self._compared_text(), self.context)
            return [*lines, [(f" {status}", "dim")]]
        return [*lines, *self.similar.render(self.context, width, height - len(lines))]

    def redraw(self) -> None:
        try:
            self._sla_preview = self.context.desk.preview({"title": "?", **parse_form(self.form.values)})
        except FenjiError as error:
            self._sla_preview = error
        self.form.hunches = {**self._guesses, **self._route_hunches()}
        self.footer.hint_lines = self._hint_lines()
        self.details.set_class(not self.similar.tickets, "empty")
        super().redraw()

    def _hint_lines(self) -> list[StyledLine]:
        entry, hunch = self.form.current_entry, self.form.current_hunch
        if self.similar.is_active:
            text = self.context.say("Enter opens it; Esc there returns here.")
        elif hunch:
            text = self.context.say("Enter takes {value}: {why}.", value=hunch.display_text, why=hunch.reason)
        elif entry.choices:
            taken = next((n for n, choice in enumerate(entry.choices) if choice.value == entry.value), -1)
            return prompt.render_choice_lines(entry.choices, taken, self.size.width, self.context.theme)
        else:
            text = entry.help
        return wrap_text(text, "dim", self.size.width, self.context.theme)

    def key_hints(self) -> str:
        """Return the keys of the form; they are not in the key table, since letters are text here."""
        if self._open_suggestions():
            return self.context.say("Ctrl+D save   Ctrl+T take suggestions   Tab next   Esc back   Ctrl+N clear")
        return self.context.say("Ctrl+D save   Tab next   Esc back, kept as a draft   Ctrl+N clear")

    def cursor_offset(self) -> Offset | None:
        """Return the position of the cursor in the current field; None while the similar tickets have the keys."""
        line, cell = self._cursor
        return self.main.region.offset + Offset(cell, line - self._top) if not self.similar.is_active else None

    # --- keys -----------------------------------------------------------------------------------------------------

    @property
    def edits_text(self) -> bool:
        return True

    @property
    def edits_kept_draft(self) -> bool:
        return self._draft_taken_up

    def handle_text_key(self, key: str, character: str | None) -> bool:
        """Handle every key as text, except for the few that save, leave or act on suggestions."""
        if key in SAVE_KEYS:
            self._save()
        elif key in ("escape", "ctrl+c", "ctrl+q"):
            self._keep_draft()
            self.fenji_app.go_back()
        elif key == "ctrl+n":
            self._reset_form()
        elif key == ACCEPT_KEY:
            self._accept_suggestions()
        elif key in (OPEN_KEY, COPY_KEY) and self.similar.tickets:
            self._use_similar(key)
        elif self.similar.is_active:
            self._handle_similar_key(key)
        else:
            self._handle_form_key(key, character)
        return True

    def paste(self, text: str) -> bool:
        """Insert pasted text into the current field."""
        self.form.paste(text)
        self._form_changed()
        return True

    def _handle_form_key(self, key: str, character: str | None) -> None:
        before = self.form.values
        if not self.form.handle_key(key, character) and key in ("down", "tab"):
            self.similar.enter()
        if self.form.values != before:
            self._form_changed()

    def _open_suggestions(self) -> list[tuple[FormEntry, Hunch]]:
        """Return the empty fields with a suggestion, except values from the rules, which are saved automatically."""
        candidates = [(entry, self.form.hunches.get(entry.field_path)) for entry in self.form.entries if not entry.text]
        return [(entry, hunch) for entry, hunch in candidates if hunch and not hunch.is_certain]

    def _accept_suggestions(self) -> None:
        suggestions = self._open_suggestions()
        for entry, hunch in suggestions:
            entry.fill(hunch.value)
        if suggestions:
            self._form_changed()
        else:
            self.footer.show_notice(self.context.say("No suggestions for the empty fields."))

    def _use_similar(self, key: str) -> None:
        """Open the likely duplicate, else the chosen ticket; or copy the solution of the chosen ticket."""
        chosen = self.similar.chosen
        if key == OPEN_KEY:
            duplicates = self.similar.duplicates
            self.fenji_app.open_ticket(duplicates[0].id if duplicates and not self.similar.is_active else chosen.id)
        elif chosen.page.texts.get("solution"):
            self.fenji_app.tools.copy_text(chosen.page.texts["solution"])
        else:
            self.show_error(self.context.say("{id} has no solution to copy.", id=chosen.id))

    def _handle_similar_key(self, key: str) -> None:
        if key == "enter":
            self.fenji_app.open_ticket(self.similar.chosen.id)
        else:
            self.similar.handle_key(key)

    def _form_changed(self) -> None:
        self._draft_taken_up = False
        self.context.state.drafts[DRAFT_KEY] = json.dumps(self.form.values, ensure_ascii=False)
        text = self._compared_text()
        if text != self.similar.asked_text:
            self._suggest_delay.restart()

    def _keep_draft(self) -> None:
        if not self.form.values:
            self.context.state.drafts.pop(DRAFT_KEY, None)
        self.context.state.save()

    def _reset_form(self) -> None:
        self.form.fill({})
        self._draft_taken_up = False
        self.form.current_index = 0
        self._drop_suggestions()
        self.context.state.drafts.pop(DRAFT_KEY, None)

    # --- similar tickets ------------------------------------------------------------------------------------------

    def _compared_text(self) -> str:
        """Return the text to compare with other tickets: the description of the fault and the part numbers."""
        typed = self.form.values
        return "\n".join(typed[field_path] for field_path in COMPARED_FIELDS if field_path in typed)

    def _request_suggestion(self) -> None:
        text = self._compared_text()
        if len(text.strip()) > 1:
            self.similar.asked_text = text
            self.fenji_app.ask_reader("suggest", ("like", text), lambda: self.context.desk.suggest(text))
        else:
            self._drop_suggestions()
        self.redraw()

    def _drop_suggestions(self) -> None:
        self.similar.forget()
        self._guesses = {}

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in similar tickets and guesses, unless the text has changed since."""
        if message.topic != ("like", self.similar.asked_text):
            return
        suggestion = cast("Suggestion", message.answer)
        self.similar.show(suggestion.likes)
        self._guesses = {
            field_path: make_hunch(field_path, guess, self.context.formatter)
            for field_path, guess in suggestion.guesses.items()
        }

    # --- saving ---------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        if not self.form.values.get("title"):
            self.form.current_index = 0
            self.similar.leave()
            self.show_error(self.context.say("A ticket needs a title."))
        elif not self._is_saving():
            self.submit(commands.create_ticket(parse_form(self.form.values), draft_key=DRAFT_KEY))

    def submit(self, command: Command) -> None:
        """Submit a command, and remember it if it saves the form, also when the user insists on it."""
        self._save_command = command if command.creates_ticket else self._save_command
        super().submit(command)

    def _is_saving(self) -> bool:
        return self._save_command is not None and self.fenji_app.is_pending(self._save_command)

    def handle_done(self, rows: tuple[Row, ...]) -> None:
        """Once the ticket is saved, clear the form and go to the board."""
        if rows and self._save_command and not self._is_saving():
            self._reset_form()
            self._save_command = None
            self.fenji_app.go_to_board()

    def handle_failed(self, topic: Topic) -> None:
        """Allow another try after saving or searching failed."""
        if topic == ("like", self.similar.asked_text):
            self.similar.asked_text = ""
        if not self._is_saving():
            self._save_command = None
