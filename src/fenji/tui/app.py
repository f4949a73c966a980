"""The interface as a whole: places and the way between them, the threads behind them, and the one door for errors.

Every key is taken here, in order, and has done its work on the screen before the next is looked at: what is typed
ahead over a slow link goes where it was meant to go. The app owns no lines of its own.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import App, SuspendNotSupported
from textual.css.query import NoMatches

from fenji import board as boards
from fenji.analysis import fold
from fenji.errors import FenjiError
from fenji.tui import clipboard, deeds, editor
from fenji.tui.bursts import Bursts
from fenji.tui.refusals import refusal, worded
from fenji.tui.screens import made
from fenji.tui.screens.board import BoardPlace
from fenji.tui.threads import Reader, Writer
from fenji.tui.triage import Triage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fenji.board import Board, Row
    from fenji.tui.deeds import Deed
    from fenji.tui.kit import Kit
    from fenji.tui.messages import Answered, Broken, Done, Failed
    from fenji.tui.screens.keys import KeysPlace
    from fenji.tui.screens.place import Place
    from fenji.tui.screens.ticket import TicketPlace

LOOK_S = 1.0  # how often the desk is looked at for changes from outside
BLINK_S = 0.03  # how long a quick key waits to see whether it belongs to pasted text
SLOW_LINK_S = 1.0  # an answer of the terminal that takes longer comes over a thin link


class FenjiApp(App[int]):
    """The terminal interface of one desk."""

    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None

    def __init__(self, kit: Kit, board: Board) -> None:
        super().__init__(ansi_color=True)
        self.kit = kit
        self.bursts = Bursts()
        self.triage = self._triage(board)
        self._way: list[tuple[str, str]] = []  # the places that `back` goes back through, each with its token
        self._going, self._returning = "", False
        self._then: Callable[[], None] | None = None
        self._leaving = False
        self._wanted = ""  # uid of a ticket just made, which the board goes to
        self._stamp: object = kit.desk.stamp()
        self._minute: object = board.at.replace(second=0)
        self._probed_s = 0.0
        self._readers: dict[str, Reader] = {}
        self._writer = Writer(kit.desk, self.post_message)
        self.install_screen(BoardPlace(kit, self.triage), "board")

    def _triage(self, board: Board) -> Triage:
        def parse(words: str) -> boards.Filter:
            return boards.parse(words, me=self.kit.desk.person, fold=fold)

        try:
            return Triage(board, parse, self.kit.memory.last.get("filter", ""))
        except FenjiError:
            return Triage(board, parse)

    # --- beginning and end ----------------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """The board is the first thing seen."""
        await self.push_screen("board")
        self.set_interval(LOOK_S, self._look)

    def on_ready(self) -> None:
        """The first paint is out: say what is wrong with the settings, and time the link."""
        problems = [*self.kit.settings.problems]
        if problems:
            self.place.refuse(self.kit.say(problems[0]))
            self.place.show()
        if self.kit.over_ssh and self._driver:
            self._probed_s = time.monotonic()
            self._driver.write("\x1b[6n")  # the terminal answers once it has drawn everything before

    def close(self) -> None:
        """Finish what was asked for, and remember what is remembered."""
        self._writer.close()
        for reader in self._readers.values():
            reader.close()
        self.kit.memory.last["filter"] = self.triage.words
        self.kit.memory.keep()

    def leave(self) -> None:
        """Leave once everything asked for is done; what fails meanwhile keeps the interface open to say so."""
        self.kit.memory.keep()
        if self._writer.idle:
            self.exit(0)
        else:
            self._leaving = True

    # --- keys -----------------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Keys and pasted text go to the place in view; everything else takes Textual's way."""
        if isinstance(event, events.Key):
            self.bursts.take(event.time, character=event.is_printable)
            self._guarded(lambda: self.place.take(event.key, event.character))
            await self._settle()
        elif isinstance(event, events.Paste):
            self.place.take_paste(event.text)
            await self._settle()
        elif isinstance(event, events.CursorPosition):
            self._timed(time.monotonic() - self._probed_s)
        elif not isinstance(event, events.MouseEvent):
            await super().on_event(event)

    def _guarded(self, call: Callable[[], None]) -> None:
        """The one door for what a key asks and the desk refuses."""
        try:
            call()
        except FenjiError as error:
            self.refuse(error)

    def refuse(self, error: FenjiError) -> None:
        """Say in one line what was not done, what is missing, and the key that supplies it."""
        self.place.refuse(refusal(error, self.kit.voice, self.kit.keymap))

    def unless_pasted(self, call: Callable[[], None]) -> None:
        """Call in a blink, unless the present key turns out to be part of pasted text."""
        number = self.bursts.number

        async def act() -> None:
            if self.bursts.is_text(number):
                self.place.foot.say(self.kit.say("These keys came all at once: they are taken for pasted text."))
            else:
                self._guarded(call)
            await self._settle()

        self.set_timer(BLINK_S, act)

    def _timed(self, seconds: float) -> None:
        if self._probed_s and seconds > SLOW_LINK_S:
            self._board_place.thin()
        self._probed_s = 0.0

    # --- places ---------------------------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """The place in view."""
        return cast("Place", self.screen)

    @property
    def _board_place(self) -> BoardPlace:
        return cast("BoardPlace", self.get_screen("board"))

    def visit(self, name: str) -> Place:
        """Go to a place; `back` comes back here. The screen changes when the key has been dealt with."""
        self._way.append((self.place.PLACE, self.place.token))
        self._going, self._returning = name, False
        return self.place_named(name)

    def back(self, *, then: Callable[[], None] | None = None) -> None:
        """Go back to where this place was opened from, and do `then` there."""
        name, token = self._way.pop() if self._way else ("board", "")
        self._going, self._returning, self._then = name, True, then
        try:
            self.place_named(name).restore(token)
        except FenjiError:
            self._going = "board"

    def home(self) -> None:
        """Go to the board."""
        self._way.clear()
        self._going, self._returning = "board", True

    def open_ticket(self, number: str) -> TicketPlace:
        """Open a ticket by its number. Raises FenjiError where it cannot be read."""
        here = self.place.PLACE, self.place.token
        place = cast("TicketPlace", self.place_named("ticket"))
        place.open(number)
        self._way.append(here)
        self._going, self._returning = "ticket", False
        return place

    def visit_keys(self, place: Place) -> None:
        """List what the keys do in a place, and do what is chosen there."""
        cast("KeysPlace", self.visit("keys")).about(place)

    @property
    def came_from(self) -> str:
        """The name of the place that `back` leads to."""
        return self._way[-1][0] if self._way else "board"

    def place_named(self, name: str) -> Place:
        """The place of that name, made when it is first asked for."""
        if not self.is_screen_installed(name):
            self.install_screen(made(name, self.kit), name)
        return cast("Place", self.get_screen(name))

    async def _settle(self) -> None:
        """Change the place where that was asked for, and bring the screen up to date."""
        while self._going:
            name, self._going = self._going, ""
            place = self.place_named(name)
            await self.switch_screen(place)
            place.arrive(returning=self._returning)
            then, self._then = self._then, None
            if then:
                then()
        try:
            self.place.show()
        except NoMatches:
            return  # the place is still being put together, and shows itself when it is done

    # --- outside --------------------------------------------------------------------------------------------------

    def copy(self, text: str) -> None:
        """Copy to the clipboard of the person's own terminal (OSC 52), as far as terminals take it."""
        kept = clipboard.capped(text)
        self.copy_to_clipboard(kept)
        count = len(kept)
        if len(kept) < len(text):
            self.place.foot.say(
                self.kit.say("Too long for the clipboard: the first {count} characters are copied.", count=count)
            )
        else:
            self.place.foot.say(self.kit.say("{count} characters copied.", count=count))

    def edit_file(self, number: str) -> None:
        """Open a copy of a ticket in the person's editor, and take it back as an edit."""
        path = self.kit.desk.edit_copy(number)
        if self.run_editor(path):
            self.submit(deeds.take_edited(number, path))

    def run_editor(self, path: Path) -> bool:
        """Give the terminal to the person's editor until it ends; False where that does not work."""
        try:
            with self.suspend():
                editor.edit(path)
        except SuspendNotSupported:
            self.place.refuse(self.kit.say("This terminal cannot be handed to an editor."))
            return False
        return True

    # --- what is asked of the threads -----------------------------------------------------------------------------

    def submit(self, deed: Deed) -> None:
        """Do it after everything asked for before."""
        self._writer.put(deed)

    def undo(self) -> None:
        self.submit(deeds.UNDO)

    def redo(self) -> None:
        self.submit(deeds.REDO)

    def ask(self, reader: str, topic: object, question: Callable[[], object]) -> None:
        """Have a reader of that name find something out; the place in view gets it as `answered`."""
        if reader not in self._readers:
            self._readers[reader] = Reader(reader, self.post_message)
        self._readers[reader].ask(topic, question)

    def read_board(self) -> None:
        """Read the desk anew, behind the screen."""
        shown = [(row.uid, row.id) for row in self.triage.rows]
        self.ask("board", "board", lambda: self._read(shown))

    def _read(self, shown: list[tuple[str, str]]) -> tuple[object, Board, list[Row]]:
        desk = self.kit.desk
        stamp = desk.stamp()
        if stamp != self._stamp:
            desk.refresh()
        board = desk.board()
        uids = {row.uid for row in board.rows}
        return stamp, board, [row for uid, number in shown if uid not in uids for row in self._row(number)]

    def _row(self, number: str) -> list[Row]:
        try:
            return [self.kit.desk.row(number)]
        except FenjiError:
            return []

    def _look(self) -> None:
        """Once a second: has the desk changed, has a minute gone by?"""
        self.kit.memory.keep()
        self.ask("look", "look", lambda: (self.kit.desk.stamp(), self.kit.desk.now().replace(second=0)))

    # --- what comes back ------------------------------------------------------------------------------------------

    async def on_answered(self, message: Answered) -> None:
        """A reader found something out."""
        if message.topic == "look":
            stamp, minute = cast("tuple[object, object]", message.answer)
            if stamp != self._stamp or minute != self._minute:
                self._stamp, self._minute = stamp, minute
                self.read_board()
            return
        if message.topic == "board":
            self._board_read(cast("tuple[object, Board, list[Row]]", message.answer))
        else:
            self.place.answered(message)
        await self._settle()

    def _board_read(self, answer: tuple[object, Board, list[Row]]) -> None:
        self._stamp, board, moved = answer
        self.triage.read(board, moved)
        if self._wanted:
            self.triage.pull(self._wanted)
            self._wanted = ""
        self.place.tick()

    async def on_done(self, message: Done) -> None:
        """A deed was done: its drafts may go, its tickets are shown as they are now."""
        for name in message.deed.drafts:
            self.kit.memory.drafts.pop(name, None)
        rows = message.outcome.rows
        self.triage.change(rows)
        self.triage.marks -= {row.uid for row in rows}  # the next act is not to hit them unseen
        if message.deed.made and rows:
            self._wanted = rows[0].uid
        self.place.done(rows)
        place = self.place_named(self._going or self.place.PLACE)
        place.foot.say(self._said(message))
        self.read_board()
        if self._leaving and self._writer.idle:
            self.exit(0)
        await self._settle()

    def _said(self, message: Done) -> str:
        said = self.kit.say(worded(message.outcome.said, self.kit.voice))
        if message.outcome.rows:
            return f"{said} {self.kit.say('{key} undoes it.', key=self.kit.keymap.key('undo'))}"
        return said

    async def on_failed(self, message: Failed) -> None:
        """Something was not done: one line with what is missing and the key that supplies it."""
        self._leaving = False
        self.place.failed()
        self.refuse(message.error)
        await self._settle()

    def on_broken(self, message: Broken) -> None:
        """A fault of the program itself ends it, with the place where it happened."""
        raise message.error
