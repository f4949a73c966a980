"""The application: its screens and switching between them, background threads, and errors. It draws nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual import events

from fenji.errors import FenjiError
from tui import polling
from tui.board import board_snapshot
from tui.common_actions import CommonActions
from tui.key_dispatch import KeyDispatcher
from tui.messages import CommandDone, NoticePosted, ReaderAnswered, RequestFailed, Topic, WorkerCrashed
from tui.polling import BoardReload, PollResult
from tui.refusals import describe_done, describe_error
from tui.screens import create_screen
from tui.screens.board import BoardScreen
from tui.sync_controller import SYNC_TOPIC, SyncController
from tui.terminal import checks as terminal
from tui.terminal.driver import GroundReported, KeyboardDriver, KeysPressed
from tui.terminal.external import ExternalTools
from tui.terminal.terminal_app import TerminalApp
from tui.terminal.terminal_queries import TerminalQueries
from tui.threads import BackgroundReader, CommandWriter

if TYPE_CHECKING:
    from tui.board.board_model import BoardModel
    from tui.commands import Command
    from tui.context import Context
    from tui.polling import BoardStamp
    from tui.screens.base import BaseScreen
    from tui.sync_controller import SyncNotice

POLL_INTERVAL_S = 1.0  # seconds between two checks of the desk for outside changes
# The mouse is left to the terminal, and a change of focus is no reason to redraw.
_IGNORED_EVENTS = (events.MouseEvent, events.AppFocus, events.AppBlur)


class FenjiApp(TerminalApp):
    """The terminal interface of one desk."""

    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None

    def __init__(self, context: Context, board_model: BoardModel, stamp: BoardStamp) -> None:
        super().__init__(driver_class=None if terminal.is_browser() else KeyboardDriver)
        self.context = context
        self.tools, self.board_model = ExternalTools(self), board_model
        self._common_actions = CommonActions(self)
        self.key_dispatcher = KeyDispatcher(
            self, context, lambda: self.active_screen, run=self._run_reporting_errors, settle=self._switch_and_redraw
        )
        self._history: list[tuple[str, str]] = []  # the screens that `back` returns to: (screen id, token)
        self._next_screen_id, self._is_returning = "", False
        self._after_switch: Callable[[], None] | None = None
        self._exit_requested = False
        self._submitted: list[Command] = []  # commands whose outcome is not handled yet
        self._desk_stamp = stamp
        self._minute = board_model.board.at.replace(second=0)
        self._terminal_queries = TerminalQueries(context.theme)
        context.recall_ground()
        self._commit_failure: FenjiError | None = None
        self._readers: dict[str, BackgroundReader] = {}
        self._writer = CommandWriter(context.desk, self.post_message)
        self.sync_controller = SyncController(context, self.ask_reader, self.post_message)
        self.install_screen(BoardScreen(context, self.board_model), "board")

    # --- start and exit -------------------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """Show the board first, and start polling."""
        await self.push_screen("board")
        self.set_interval(POLL_INTERVAL_S, self._poll)

    def on_notice_posted(self, message: NoticePosted) -> None:
        """Show a notice from a thread about its result or progress."""
        if self.screen_stack:
            self.show_notice(self.context.say(message.sentence))
            self.active_screen.redraw()

    def on_ready(self) -> None:
        """After the first paint, report problems with the settings, start polling, and time the link over SSH."""
        self.collect_garbage()
        self.tell_turns(self.context, self.board_model.board.rows)
        self.sync_controller.load_schedule()
        if problems := (*self.sync_controller.schedule_problems, *self.context.settings.problems):
            sentences = (self.context.say(problem.message) for problem in problems)
            self.active_screen.show_error(self.context.formatter.join_sentences(sentences))
            self.active_screen.redraw()
        self._poll()
        if isinstance(self._driver, KeyboardDriver):  # other drivers would read the answer as typed keys
            self._terminal_queries.ask_ground(self._driver)
            if self.context.over_ssh:
                self.active_screen.call_after_refresh(self._terminal_queries.ask_cursor, self._driver)

    def close(self) -> None:
        """Finish the pending commands, stop the threads, and save the state."""
        self._writer.close()
        self.sync_controller.stop()
        for reader in self._readers.values():
            reader.close()
        self.context.state.last_values["filter"] = self.board_model.query
        self.context.state.save()

    def exit_when_idle(self) -> None:
        """Exit once all submitted commands are done; if one fails, stay open to report it."""
        self.context.state.save()
        self._exit_requested = bool(self._submitted)
        if not self._exit_requested:
            self._leave()

    def _leave(self) -> None:
        board_snapshot.keep_board(self._board_screen, self)
        self.exit(0)

    # --- keys -----------------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Send keys and pasted text to the active screen; leave everything else to Textual."""
        if isinstance(event, KeysPressed | events.Key):
            await self.key_dispatcher.take([event] if isinstance(event, events.Key) else event.keys)
        elif isinstance(event, events.Paste):
            self.active_screen.handle_paste(event.text)
            await self._switch_and_redraw()
        elif isinstance(event, GroundReported):
            self._terminal_queries.learn_ground(is_light=event.is_light)
            self.context.remember_ground(is_light=event.is_light)
            self.active_screen.redraw()
        elif isinstance(event, events.CursorPosition):
            if self._terminal_queries.is_slow():
                self._board_screen.mark_slow_link()
        elif not isinstance(event, _IGNORED_EVENTS):
            await super().on_event(event)

    def _run_reporting_errors(self, call: Callable[[], None]) -> None:
        """Call `call`, and show the error if the desk refuses."""
        try:
            call()
        except FenjiError as error:
            self.show_error(error)

    def show_notice(self, text: str, *, is_error: bool = False) -> None:
        """Show a notice on the active screen."""
        self.active_screen.footer.show_notice(text, is_error=is_error)

    def show_error(self, error: FenjiError) -> None:
        """Show what was not done, what is missing, and the key that supplies it."""
        self.active_screen.show_error(
            describe_error(error, self.context.formatter, self.context.keymap, root=self.context.desk.root)
        )

    def perform_common(self, name: str) -> None:
        """Run an action that is the same on every screen, by the name of its method."""
        getattr(self._common_actions if hasattr(self._common_actions, name) else self, name)()

    # --- screens --------------------------------------------------------------------------------------------------

    @property
    def active_screen(self) -> BaseScreen:
        """The screen in view."""
        return cast("BaseScreen", self.screen)

    @property
    def _board_screen(self) -> BoardScreen:
        return cast("BoardScreen", self.get_screen("board"))

    def go_to(self, screen_id: str, token: str | None = None) -> BaseScreen:
        """Go to a screen, and show the content of `token` there if one is given; `back` returns to the present screen.

        The switch happens after the current key is handled.
        """
        self._history.append((self.active_screen.SCREEN_ID, self.active_screen.token))
        self._next_screen_id, self._is_returning = screen_id, False
        screen = self.get_base_screen(screen_id)
        if token is not None:
            screen.show(token)
        return screen

    def go_back(self, *, then: Callable[[], None] | None = None) -> None:
        """Go back to the screen that this one was opened from, and call `then` there."""
        screen_id, token = self._history.pop() if self._history else ("board", "")
        self._next_screen_id, self._is_returning, self._after_switch = screen_id, True, then
        try:
            self.get_base_screen(screen_id).restore(token)
        except FenjiError:
            self._next_screen_id = "board"

    def go_to_board(self) -> None:
        """Go to the board, and forget the way back."""
        self._history.clear()
        self._next_screen_id, self._is_returning = "board", True

    def open_ticket(self, ticket_id: str) -> BaseScreen:
        """Open a ticket by its number. Raises FenjiError if it cannot be read."""
        origin = self.active_screen.SCREEN_ID, self.active_screen.token
        screen = self.get_base_screen("ticket")
        screen.show(ticket_id)
        self.sync_controller.mark_seen([ticket_id])
        self._history.append(origin)
        self._next_screen_id, self._is_returning = "ticket", False
        return screen

    @property
    def previous_screen_id(self) -> str:
        """The id of the screen that `back` returns to."""
        return self._history[-1][0] if self._history else "board"

    def get_base_screen(self, screen_id: str) -> BaseScreen:
        """Return the screen with that id, creating it on first use."""
        if not self.is_screen_installed(screen_id):
            self.install_screen(create_screen(screen_id, self.context), screen_id)
        return cast("BaseScreen", self.get_screen(screen_id))

    async def _switch_and_redraw(self) -> None:
        """Switch the screen if that was requested, and redraw the active one."""
        if not self.screen_stack:
            return
        while self._next_screen_id:
            screen_id, self._next_screen_id = self._next_screen_id, ""
            screen = self.get_base_screen(screen_id)
            await self.switch_screen(screen)
            screen.enter(returning=self._is_returning)
            then, self._after_switch = self._after_switch, None
            if then:
                then()
        self.active_screen.redraw()

    # --- requests to the threads ----------------------------------------------------------------------------------

    def submit(self, command: Command) -> None:
        """Queue a command behind all those submitted before."""
        self._submitted.append(command)
        self._writer.submit(command)

    def is_pending(self, command: Command) -> bool:
        """Return whether a command was submitted and the screens have not been told yet that it is done or failed."""
        return command in self._submitted

    def ask_reader(self, reader_name: str, topic: Topic, question: Callable[[], object]) -> None:
        """Answer a question in the reader thread of that name; the active screen gets the answer in `handle_answer`."""
        if reader_name not in self._readers:
            self._readers[reader_name] = BackgroundReader(reader_name, self.post_message)
        self._readers[reader_name].ask(topic, question)

    def progress_reporter(self, topic: Topic) -> Callable[[object], object]:
        """Return a function with which a thread reports its progress to the active screen."""
        return lambda answer: self.post_message(ReaderAnswered(topic, answer))

    def reload_board(self) -> None:
        """Read the board again in a thread."""
        shown, stamp = [(row.uid, row.id) for row in self.board_model.rows], self._desk_stamp
        self.ask_reader("board", "board", lambda: polling.reload_board(self.context.desk, shown, stamp))

    def _poll(self) -> None:
        """Save the state and check the desk for changes; called once a second."""
        self.context.state.save()
        if not self.is_headless and terminal.has_hung_up():
            self.exit_when_idle()
            return
        self.ask_reader("glance", "glance", lambda: polling.poll(self.context.desk, self.sync_controller.sync_stamp))
        if self.context.desk.history_watch.is_needed(self.context.desk.policy):
            self.ask_reader("signatures", None, lambda: polling.check_signatures(self.context.desk))

    # --- messages from the threads --------------------------------------------------------------------------------

    async def on_reader_answered(self, message: ReaderAnswered) -> None:
        """Pass a reader's answer on to the part that asked for it."""
        if not self.screen_stack or message.topic is None:
            return  # the interface is closing, or the next poll brings the answer
        if isinstance(message.answer, PollResult):
            self._handle_poll(message.answer)
            return
        if isinstance(message.answer, BoardReload):
            self._handle_board_reload(message.answer)
        elif message.topic == SYNC_TOPIC:
            self._show_sync_notice(self.sync_controller.handle_report(message.answer))
        else:
            self.active_screen.handle_answer(message)
        await self.key_dispatcher.resume()

    def _handle_poll(self, poll: PollResult) -> None:
        if poll.commit_failure is not None and poll.commit_failure is not self._commit_failure:
            reason = self.context.say(poll.commit_failure.sentence)
            self.active_screen.show_error(
                self.context.say("Saved, but not committed yet: {reason} It will be retried.", reason=reason)
            )
            self.active_screen.redraw()
        self._commit_failure = poll.commit_failure
        if self.sync_controller.apply_poll(poll):
            self.active_screen.refresh_data()
            self.active_screen.redraw()
        if (poll.stamp, poll.minute) != (self._desk_stamp, self._minute):
            self._minute = poll.minute
            self.reload_board()  # which sets the new stamp

    def start_sync(self) -> None:
        """Start a sync with the hub in a thread; a notice says how it went."""
        self.show_notice(self.sync_controller.start(requested=True))

    def _show_sync_notice(self, notice: SyncNotice | None) -> None:
        if notice:
            self.show_notice(notice.text, is_error=notice.is_error)
            self._poll()
            self.reload_board()  # the hub may have accepted a draft of the policy, which changes no file
        self.active_screen.refresh_data()

    def _handle_board_reload(self, reload: BoardReload) -> None:
        self._desk_stamp = reload.stamp
        self.board_model.replace_board(reload.board, reload.closed_rows)
        self.tell_turns(self.context, reload.board.rows)
        self.active_screen.refresh_data()

    async def on_command_done(self, message: CommandDone) -> None:
        """Drop the drafts of a finished command, and show its tickets as they are now."""
        self._submitted.remove(message.command)
        for draft_key in message.command.drafts:
            self.context.state.drafts.pop(draft_key, None)
        if not self.screen_stack:
            return
        rows = message.result.rows
        self.board_model.update_rows(rows)
        self.board_model.marked_uids -= {row.uid for row in rows}  # lest the next action change them unnoticed
        if message.command.creates_ticket and rows:
            self.board_model.refresh(rows[0].uid)  # at once, since the next key is meant for the new ticket
        self.show_notice(describe_done(message.result, self.context))
        self.active_screen.handle_done(rows)
        if self._next_screen_id:
            self.get_base_screen(self._next_screen_id).footer.show_notice(describe_done(message.result, self.context))
        self.reload_board()
        if self._exit_requested and not self._submitted:
            self._leave()
        await self._switch_and_redraw()

    async def on_request_failed(self, message: RequestFailed) -> None:
        """Show why a request failed: what is missing, and the key that supplies it."""
        if message.command:
            self._exit_requested = False
            self._submitted.remove(message.command)
        if not self.screen_stack:
            return
        self.active_screen.handle_failed(message.topic)
        self.active_screen.show_failure(message.error, message.command)
        await self.key_dispatcher.resume()

    def on_worker_crashed(self, message: WorkerCrashed) -> None:
        """Re-raise a crash in a thread, which ends the interface."""
        raise message.error
