"""The interface as a whole: places and the way between them, the threads behind them, and the one door for errors.

Every key is taken here, in order, and has done its work on the screen before the next is looked at: what is typed
ahead over a slow link goes where it was meant to go. The app owns no lines of its own.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import events
from textual.css.query import NoMatches

from fenji.errors import FenjiError
from fenji.tui import glances, terminal
from fenji.tui.bursts import Bursts
from fenji.tui.exchanging import TOPIC, Exchanging
from fenji.tui.glances import Glance, Reread
from fenji.tui.messages import Answered, Broken, Done, Failed
from fenji.tui.outside import Outside
from fenji.tui.refusals import refusal, worded
from fenji.tui.screens import made
from fenji.tui.screens.board import BoardPlace
from fenji.tui.threads import Reader, Writer

if TYPE_CHECKING:
    from fenji.tui.deeds import Deed
    from fenji.tui.exchanging import Words
    from fenji.tui.kit import Kit
    from fenji.tui.screens.keys import KeysPlace
    from fenji.tui.screens.place import Place
    from fenji.tui.screens.ticket import TicketPlace
    from fenji.tui.triage import Triage

LOOK_S = 1.0  # how often the desk is looked at for changes from outside
BLINK_S = 0.03  # how long a quick key waits to see whether it belongs to pasted text
# The mouse is the terminal's own, and a window that loses the focus is not drawn anew for it.
_LEFT_ASIDE = (events.MouseEvent, events.AppFocus, events.AppBlur)
SLOW_LINK_S = 1.0  # an answer of the terminal that takes longer comes over a thin link


class FenjiApp(Outside):
    """The terminal interface of one desk."""

    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None

    def __init__(self, kit: Kit, triage: Triage) -> None:
        super().__init__(ansi_color=True)
        self.kit = kit
        self.triage = triage
        self.bursts = Bursts()
        self._way: list[tuple[str, str]] = []  # the places that `back` goes back through, each with its token
        self._going, self._returning = "", False
        self._then: Callable[[], None] | None = None
        self._leaving = False
        self._wanted = ""  # uid of a ticket just made, which the board goes to
        self._stamp: object = kit.desk.stamp(), ()
        self._minute = triage.board.at.replace(second=0)
        self._probed_s = 0.0
        self._commit_failure: FenjiError | None = None
        self._readers: dict[str, Reader] = {}
        self._writer = Writer(kit.desk, self.post_message)
        self.exchanging = Exchanging(kit, self.ask, self.post_message)
        self.install_screen(BoardPlace(kit, self.triage), "board")

    # --- beginning and end ----------------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """The board is the first thing seen."""
        await self.push_screen("board")
        self.set_interval(LOOK_S, self._look)

    def on_ready(self) -> None:
        """The first paint is out: say what is wrong with the settings, and time the link."""
        for problem in [*self.exchanging.plan(), *self.kit.settings.problems][:1]:
            self.place.refuse(self.kit.say(problem))
            self.place.show()
        self._look()
        if self.kit.over_ssh and self._driver:
            self._probed_s = time.monotonic()
            self._driver.write("\x1b[6n")  # the terminal answers once it has drawn everything before

    def close(self) -> None:
        """Finish what was asked for, and remember what is remembered."""
        self._writer.close()
        self.exchanging.stop()
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
        elif not isinstance(event, _LEFT_ASIDE):
            await super().on_event(event)

    def _guarded(self, call: Callable[[], None]) -> None:
        """The one door for what a key asks and the desk refuses."""
        try:
            call()
        except FenjiError as error:
            self.refuse(error)

    def refuse(self, error: FenjiError) -> None:
        """Say what was not done, what is missing, and the key that supplies it."""
        self.place.refuse(refusal(error, self.kit.voice, self.kit.keymap, root=self.kit.desk.root))

    def unless_pasted(self, call: Callable[[], None]) -> None:
        """Call in a blink, unless the present key turns out to be part of pasted text."""
        number = self.bursts.number

        async def act() -> None:
            if self.bursts.is_text(number):
                self.place.foot.say(self.kit.say("These keys came all at once: they are taken for pasted text."))
            else:
                self._guarded(call)
            await self._settle()

        # Behind the keys that came meanwhile and have not been looked at yet.
        self.set_timer(BLINK_S, lambda: self.call_later(act))

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
        self.exchanging.looked_at([number])
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
        if not self.screen_stack:
            return
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

    # --- what is asked of the threads -----------------------------------------------------------------------------

    def submit(self, deed: Deed) -> None:
        """Do it after everything asked for before."""
        self._writer.put(deed)

    def ask(self, reader: str, topic: object, question: Callable[[], object]) -> None:
        """Have a reader of that name find something out; the place in view gets it as `answered`."""
        if reader not in self._readers:
            self._readers[reader] = Reader(reader, self.post_message)
        self._readers[reader].ask(topic, question)

    def telling(self, topic: object) -> Callable[[object], object]:
        """A call by which a thread tells the place in view how far it has come."""
        return lambda answer: self.post_message(Answered(topic, answer))

    def read_board(self) -> None:
        """Read the desk anew, behind the screen."""
        shown, stamp = [(row.uid, row.id) for row in self.triage.rows], self._stamp
        self.ask("board", "board", lambda: glances.reread(self.kit.desk, shown, stamp))

    def _look(self) -> None:
        """Once a second: keep what is to be remembered, and glance at the desk."""
        self.kit.memory.keep()
        if not self.is_headless and terminal.gone():
            self.leave()
            return
        self.ask("glance", "glance", lambda: glances.glance(self.kit.desk, self.exchanging.stamp))
        if self.kit.desk.watch.concerned(self.kit.desk.policy):
            self.ask("signatures", None, lambda: glances.signatures(self.kit.desk))

    # --- what comes back ------------------------------------------------------------------------------------------

    async def on_answered(self, message: Answered) -> None:
        """A reader found something out."""
        if not self.screen_stack or message.topic is None:
            return  # it comes while the interface closes, or is told by the next glance
        if isinstance(message.answer, Glance):
            self._glanced(message.answer)
            return
        if isinstance(message.answer, Reread):
            self._board_read(message.answer)
        elif message.topic == TOPIC:
            self._exchanged(self.exchanging.took(message.answer))
        else:
            self.place.answered(message)
        await self._settle()

    def _glanced(self, found: Glance) -> None:
        if found.commit_failure is not None and found.commit_failure is not self._commit_failure:
            reason = self.kit.say(found.commit_failure.sentence)
            self.place.refuse(self.kit.say("Saved, but not committed yet: {reason} It is tried again.", reason=reason))
            self.place.show()
        self._commit_failure = found.commit_failure
        if self.exchanging.glanced(found):
            self.place.tick()
            self.place.show()
        if (found.stamp, found.minute) != (self._stamp, self._minute):
            self._minute = found.minute
            self.read_board()  # which tells the new stamp

    def sync(self) -> None:
        """Exchange with the hub behind the screen; a line says how it went."""
        self.place.foot.say(self.exchanging.begin(asked=True))

    def _exchanged(self, words: Words | None) -> None:
        if words:
            self.place.foot.say(words.text, alarm=words.alarm)
            self._look()
        self.place.tick()

    def _board_read(self, found: Reread) -> None:
        self._stamp = found.stamp
        self.triage.read(found.board, found.moved)
        if self._wanted:
            self.triage.pull(self._wanted)
            self._wanted = ""
        self.place.tick()

    async def on_done(self, message: Done) -> None:
        """A deed was done: its drafts may go, its tickets are shown as they are now."""
        for name in message.deed.drafts:
            self.kit.memory.drafts.pop(name, None)
        if not self.screen_stack:
            return
        rows = message.outcome.rows
        self.triage.change(rows)
        self.triage.marks -= {row.uid for row in rows}  # the next act is not to hit them unseen
        if message.deed.made and rows:
            self._wanted = rows[0].uid
        self.place.foot.say(self._said(message))
        self.place.done(rows)
        if self._going:
            self.place_named(self._going).foot.say(self._said(message))
        self.read_board()
        if self._leaving and self._writer.idle:
            self.exit(0)
        await self._settle()

    def _said(self, message: Done) -> str:
        said = self.kit.say(worded(message.outcome.said, self.kit.voice))
        if message.outcome.undoable:
            return f"{said} {self.kit.say('{key} undoes it.', key=self.kit.keymap.key('undo'))}"
        return said

    async def on_failed(self, message: Failed) -> None:
        """Something was not done: one line with what is missing and the key that supplies it."""
        self._leaving = False
        if not self.screen_stack:
            return
        self.place.failed()
        self.refuse(message.error)
        await self._settle()

    def on_broken(self, message: Broken) -> None:
        """A fault of the program itself ends it, with the place where it happened."""
        raise message.error

    def _fatal_error(self) -> None:
        # Textual's own report prints the values of variables, which are the customers' tickets.
        self.panic(Text(traceback.format_exc()))
