"""The base of all screens: key handling, the footer with its prompt, and redrawing.

A key goes to the open prompt, else to the text being edited, else it triggers its action in the key table.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.geometry import Offset
from textual.screen import Screen

from fenji.desk.people import may_insist
from fenji.errors import FenjiError
from tui import keys
from tui.drawing import cells
from tui.refusals import explain_obstacle
from tui.widgets.canvas import Canvas
from tui.widgets.footer import Footer
from tui.widgets.lines import LineWidget
from tui.writing import dialogs
from tui.writing.dialog_target import DialogTarget
from tui.writing.prompt import Prompt, PromptCancelled

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.model.board import Row
    from tui.action import Action
    from tui.application import Application
    from tui.commands import Command
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.keystrokes import KeyBurst
    from tui.messages import ReaderAnswered, Topic
    from tui.screens.inline_edit import InlineEditor
    from tui.writing.dialogs import Dialog


MIN_WIDTH, MIN_HEIGHT = 40, 10


class BaseScreen(Screen[None]):
    """A screen that is kept when left; a subclass sets its `SCREEN_ID` in the key table and draws its lines."""

    SCREEN_ID: ClassVar[str] = ""
    AUTO_FOCUS = None

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.footer = Footer(context)
        self.parts: tuple[object, ...] = ()  # helper objects with actions of this screen
        self.inline_editor: InlineEditor | None = None

    @property
    def fenji_app(self) -> Application:
        return cast("Application", self.app)

    def compose_body(self) -> ComposeResult:
        """Yield the widgets of this screen, except the footer."""
        yield from ()

    def compose(self) -> ComposeResult:
        """Yield the body, the footer, and the message shown if the terminal is too small for them."""
        yield from self.compose_body()
        yield self.footer
        yield Canvas(self._draw_too_small, theme=self.context.theme, id="tiny")

    def _draw_too_small(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - as much as fits
        text = self.context.say(
            "fenji needs {width} x {height} characters. Make the terminal larger.",
            width=MIN_WIDTH,
            height=MIN_HEIGHT,
        )
        return [[(row, "")] for row in cells.wrap(text, max(width, 2))]

    @property
    def is_too_small(self) -> bool:
        """Whether the terminal is too small to work in."""
        return self.size.width < MIN_WIDTH or self.size.height < MIN_HEIGHT

    def on_resize(self) -> None:
        """Lay the screen out again, or show a message if the terminal is too small."""
        self.set_class(self.is_too_small, "tiny")
        self.apply_size()
        self.call_after_refresh(self.redraw)

    def apply_size(self) -> None:
        """Adapt the layout to a new size if it depends on the size."""

    def on_mount(self) -> None:
        """Fill the footer for the first paint."""
        self.update_footer()

    def update_footer(self) -> None:
        """Show the keys that matter now in the footer."""
        self.footer.actions = self.footer_actions()
        self.footer.key_text = self.key_hints()

    def footer_actions(self, count: int = keys.MAX_HINTS) -> list[Action]:
        """Return the actions of the footer, the likely next ones first, without steps that the person may not do."""
        desk, state = self.context.desk, self.ticket_state
        may_do = partial(desk.policy.may_do, desk.person, at=desk.now(), state=state)
        return self.context.keymap.footer_actions(self.SCREEN_ID, state, count=count, may_do=may_do)

    # --- for subclasses -------------------------------------------------------------------------------------------

    def selected_rows(self) -> tuple[Row, ...]:
        """Return the tickets that an action applies to."""
        return ()

    @property
    def selected_row(self) -> Row | None:
        """The first ticket that an action applies to, or None."""
        return next(iter(self.selected_rows()), None)

    @property
    def ticket_state(self) -> str:
        """The state of the ticket that the footer shows keys for."""
        return self.selected_row.ticket.state if self.selected_row else ""

    def handle_text_key(self, key: str, character: str | None) -> bool:
        """Handle a key in the text being edited; return False if no text is being edited."""
        return self.inline_editor is not None and self.inline_editor.handle_key(key, character)

    def paste(self, text: str) -> bool:
        """Insert pasted text; return False if no text is being edited."""
        return self.inline_editor is not None and self.inline_editor.paste(text)

    @property
    def token(self) -> str:
        """The token with which `show` shows the present content, usually the number of a ticket."""
        return ""

    def show(self, token: str) -> None:
        """Show the content of a token from the top."""

    def restore(self, token: str) -> None:
        """Show the content of a token again."""
        if token != self.token:
            self.show(token)

    def enter(self, *, returning: bool) -> None:
        """Prepare the screen for coming into view; `returning`: from a screen that was opened here."""

    def refresh_data(self) -> None:
        """Update the content after the desk was read again, or a minute has passed."""

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in a reader's answer to a question of this screen."""

    def handle_done(self, rows: tuple[Row, ...]) -> None:
        """Update the screen after a command changed these tickets."""

    def handle_failed(self, topic: Topic) -> None:
        """React to a question about a topic that failed, or to a command (None)."""

    def key_hints(self) -> str:
        """Return the key hints of a screen where letters are text; `""` if the key table has them."""
        return self.inline_editor.key_hints if self.inline_editor else ""

    def cursor_offset(self) -> Offset | None:
        """Return the position of the terminal's cursor while text is edited (input methods open there), else None."""
        if self.footer.prompt:
            return self.footer.region.offset + Offset(self.footer.cursor_cell, self.footer.rows - 1)
        return self.inline_editor.cursor_offset if self.inline_editor else None

    # --- keys -----------------------------------------------------------------------------------------------------

    @property
    def edits_text(self) -> bool:
        """Whether letters typed now are text for this screen itself, rather than for its prompt."""
        return self.inline_editor is not None and self.inline_editor.text_edit is not None

    @property
    def edits_kept_draft(self) -> bool:
        """Whether the text being edited on this screen is a draft from an earlier visit."""
        return self.inline_editor is not None and self.inline_editor.edits_kept_draft

    @property
    def is_writing(self) -> bool:
        """Whether letters typed now are text, in the prompt or elsewhere."""
        return self.footer.prompt is not None or self.edits_text

    @property
    def has_kept_draft(self) -> bool:
        """Whether letters typed now would go into a draft from an earlier visit."""
        return self.footer.prompt.from_draft if self.footer.prompt else self.edits_kept_draft

    def only_moves(self, burst: KeyBurst) -> bool:
        """Return whether all keys of a burst only move around here, such as a key held down over a slow link."""
        return not self.is_writing and all(
            (action := self._find_action(stroke.key, stroke.character)) and action.is_navigation
            for stroke in burst.strokes
        )

    def awaits_answer(self, key: str, character: str | None) -> bool:  # noqa: ARG002 - for the screens that ask
        """Return whether a key acts on what is still being looked for: it is held until that is there."""
        return False

    def _find_action(self, key: str, character: str | None) -> Action | None:
        return self.context.keymap.find_action(self.SCREEN_ID, keys.normalize_key(key, character))

    def handle_key_press(self, key: str, character: str | None, *, is_single: bool = True) -> None:
        """Handle a key pressed on this screen; without `is_single` it came in a burst and confirms nothing."""
        self.footer.show_notice("")
        if self.is_too_small:
            if key in ("ctrl+c", "ctrl+q", "q"):
                self.fenji_app.exit_when_idle()
        elif self.footer.prompt:
            self._handle_prompt_key(self.footer.prompt, key, character, is_single=is_single)
        elif not self.handle_text_key(key, character):
            action = self._find_action(key, character)
            if action:
                self.perform(action)
            elif character and character.isalpha() and not character.isascii():
                self.footer.show_notice(self.context.say("The input method is on: switch to English to press keys."))
            elif character and character.isprintable() and is_single:
                keys_label = self.context.keymap.key_label("help")
                text = self.context.say(
                    "{key} does nothing here. {help} shows the keys.", key=character, help=keys_label
                )
                self.footer.show_notice(text)

    def perform(self, action: Action) -> None:
        """Run an action on this screen."""
        name = f"do_{action.id}"
        if action.id in dialogs.DIALOGS:
            self._open_dialog(action)
        elif action.id.startswith("view_"):
            self.do_view(int(action.id.removeprefix("view_")))
        else:
            parts = (self, *self.parts)
            own = next((getattr(part, name) for part in parts if hasattr(part, name)), None)
            self.fenji_app.perform_common(name) if own is None else own()

    def do_view(self, number: int) -> None:
        """Switch to a view by its number; by default there are no views."""

    def _open_dialog(self, action: Action) -> None:
        rows = self.selected_rows()
        if not rows:
            key = self.context.keymap.key_label("new")
            self.footer.show_notice(self.context.say("There is no ticket here. {key} reports one.", key=key))
            return
        reason = self.blocked_reason(rows, action.step) if action.step else ""
        if reason:
            self.show_error(reason)
            return
        try:
            self.start_dialog(dialogs.DIALOGS[action.id](self.dialog_target(rows)))
        except FenjiError as error:
            self.show_error(self.context.formatter.say(error.sentence))

    def blocked_reason(self, rows: tuple[Row, ...], step: str, *, help_first: bool = False) -> str:
        """Return why a step is not allowed now; `""` if it is, or if its dialog asks for what is missing."""
        if not rows:
            return self.context.say("There is no ticket here.")
        return explain_obstacle(self.context, rows, step, help_first=help_first)

    def dialog_target(self, rows: tuple[Row, ...]) -> DialogTarget:
        """Return what a dialog needs to ask about these tickets."""
        desk, open_rows = self.context.desk, self.fenji_app.board_model.board.rows
        return DialogTarget(rows, desk.policy, self.context.formatter, desk.person, open_rows)

    # --- prompt ---------------------------------------------------------------------------------------------------

    def start_dialog(self, dialog: Dialog) -> None:
        """Open a dialog in place of the footer; if it asks no questions, submit its command at once."""
        try:
            self.footer.prompt = Prompt(dialog, self.context.state.drafts)
        except StopIteration as end:
            command: Command | None = end.value
            if command:
                self.fenji_app.submit(command)
            return
        self._mention_draft(self.footer.prompt)

    def _mention_draft(self, prompt: Prompt[Command | None]) -> None:
        """Show a notice if the question is prefilled with an earlier draft."""
        if prompt.from_draft:
            self.footer.show_notice(self.context.say("This is your draft from last time. Ctrl+U clears the line."))

    def _handle_prompt_key(
        self, prompt: Prompt[Command | None], key: str, character: str | None, *, is_single: bool
    ) -> None:
        previous_ask = prompt.question
        try:
            command = prompt.handle_key(key, character, may_confirm=is_single)
        except PromptCancelled:
            self.footer.prompt = None
            self.handle_prompt_left()
            return
        if prompt.is_done:
            self.footer.prompt = None
            if command:
                self.submit(command.with_drafts(prompt.used_drafts))
            self.redraw()
        elif prompt.question is not previous_ask:
            self._mention_draft(prompt)
        elif not is_single and key == "enter":
            self.say_nothing_done()

    def say_nothing_done(self) -> None:
        """Show a notice that keys which came all at once have confirmed nothing."""
        self.footer.show_notice(
            self.context.say("These keys arrived all at once: nothing is done yet. Enter does it; more text is added.")
        )

    def handle_prompt_left(self) -> None:
        """Save the draft of a prompt that the user left."""
        self.context.state.save()

    def handle_paste(self, text: str) -> None:
        """Insert pasted text into the text being edited; it never acts as keys."""
        if self.footer.prompt:
            self.footer.prompt.paste(text)
        elif not self.paste(text):
            self.footer.show_notice(self.context.say("Pasted text was ignored: nothing is being typed here."))

    def submit(self, command: Command) -> None:
        """Submit a command of this screen."""
        self.fenji_app.submit(command)

    def show_failure(self, error: FenjiError, command: Command | None) -> None:
        """Show why a request failed; if its command names an unknown person or unit, ask whether to insist."""
        if may_insist(error) and command and not self.footer.prompt:
            key = self.context.keymap.key_label("editor") if command.uses_edit_copy else ""
            self.start_dialog(dialogs.insist_dialog(command, error, self.context.formatter, edit_key=key))
        else:
            self.fenji_app.show_error(error)

    # --- display --------------------------------------------------------------------------------------------------

    def show_error(self, text: str) -> None:
        """Show why something was not done."""
        self.footer.show_notice(text, is_error=True)

    def redraw(self) -> None:
        """Draw every line again; only changed cells are sent to the terminal."""
        self.update_footer()
        rows = self.footer.overflow_rows(self.size.width)
        overlay = dict(enumerate(rows, self.footer.region.y - len(rows)))
        for widget in self.query(LineWidget):
            widget.overlay_lines = {} if widget is self.footer else overlay
            widget.redraw()
        if self.is_current:
            self.app.cursor_position = self.cursor_offset() or Offset(0, max(self.size.height - 1, 0))
