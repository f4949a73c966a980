"""What all screens have in common: where keys go, the foot with its prompt, and how a screen is brought up to date.

A key goes to what is being written, else to the open prompt, else to the action that the key table names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.geometry import Offset
from textual.screen import Screen

from fenji.errors import FenjiError
from fenji.tui import cells, deeds, dialogues, keys
from fenji.tui.dialogues import Acting, On
from fenji.tui.prompt import Left, Prompt
from fenji.tui.refusals import not_now, refusal
from fenji.tui.widgets.foot import Foot
from fenji.tui.widgets.lines import Lines
from fenji.tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.board import Row
    from fenji.tui.app import FenjiApp
    from fenji.tui.deeds import Deed
    from fenji.tui.keys import Action
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line
    from fenji.tui.messages import Answered


LEAST_WIDTH, LEAST_HEIGHT = 40, 10


class Place(Screen[None]):
    """A screen that is kept and switched to. A subclass names its `PLACE` in the key table and draws its lines."""

    PLACE: ClassVar[str] = ""
    AUTO_FOCUS = None

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self.foot = Foot(look=kit.look, voice=kit.voice)
        self._asked_in = 0  # the burst of keys in which the open prompt was opened
        self.pressed_on: tuple[Row, ...] = ()

    @property
    def fenji(self) -> FenjiApp:
        return cast("FenjiApp", self.app)

    def parts(self) -> ComposeResult:
        """The widgets of this place, but the foot."""
        yield from ()

    def compose(self) -> ComposeResult:
        """The parts, the foot, and what stands there where the terminal is too small for either."""
        yield from self.parts()
        yield self.foot
        yield Sheet(self._too_small, look=self.kit.look, id="tiny")

    def _too_small(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - as much as fits
        said = self.kit.say(
            "fenji needs {width} x {height} characters. Make the terminal larger.",
            width=LEAST_WIDTH,
            height=LEAST_HEIGHT,
        )
        return [[(row, "")] for row in cells.wrap(said, max(width, 2))]

    @property
    def tiny(self) -> bool:
        """Whether the terminal is too small to act in it."""
        return self.size.width < LEAST_WIDTH or self.size.height < LEAST_HEIGHT

    def on_resize(self) -> None:
        """A terminal that is too small shows a sentence; everything else is laid out anew."""
        self.set_class(self.tiny, "tiny")
        self.resized()
        self.call_after_refresh(self.show)

    def resized(self) -> None:
        """The size changed: for a place that is laid out by it."""

    def on_mount(self) -> None:
        """The keys stand there from the first paint on."""
        self._foot_keys()

    def _foot_keys(self) -> None:
        self.foot.actions = self.kit.keymap.footer(self.PLACE, self.state)
        self.foot.words = self.keys_line()

    # --- for a subclass to say ------------------------------------------------------------------------------------

    def chosen(self) -> tuple[Row, ...]:
        """The tickets that an act applies to."""
        return ()

    @property
    def state(self) -> str:
        """The state of the ticket that the footer speaks of."""
        rows = self.chosen()
        return rows[0].ticket.state if rows else ""

    def write(self, key: str, character: str | None) -> bool:  # noqa: ARG002 - a screen without text takes none
        """Take a key into the text that is being written here; False where none is."""
        return False

    def paste(self, text: str) -> bool:  # noqa: ARG002 - a screen without text takes none
        """Take pasted text in; False where nothing is being written."""
        return False

    @property
    def token(self) -> str:
        """What brings this place back to what it shows now: the number of a ticket."""
        return ""

    def restore(self, token: str) -> None:
        """Show again what `token` stands for."""

    def arrive(self, *, returning: bool) -> None:
        """The screen comes into view; `returning` from a place that was opened from here."""

    def tick(self) -> None:
        """The desk was read again, or a minute has gone by."""

    def answered(self, message: Answered) -> None:
        """A reader found out what this screen asked."""

    def done(self, rows: tuple[Row, ...]) -> None:
        """A deed was done to these tickets."""

    def failed(self) -> None:
        """Something asked for was not done."""

    def keys_line(self) -> str:
        """The keys of a place where letters are text; `""` where the key table says them."""
        return ""

    def cursor(self) -> Offset | None:
        """Where the terminal's cursor belongs while something is written (input methods open there)."""
        if self.foot.prompt:
            return self.foot.region.offset + Offset(self.foot.cursor_cell, 1)
        return None

    # --- keys -----------------------------------------------------------------------------------------------------

    def take(self, key: str, character: str | None) -> None:
        """Do what a key does here."""
        self.foot.say("")
        if self.tiny:
            if key in ("ctrl+c", "ctrl+q", "q"):
                self.fenji.leave()
        elif self.foot.prompt:
            self._take_in_prompt(self.foot.prompt, key, character)
        elif not self.write(key, character):
            action = self.kit.keymap.action(self.PLACE, keys.token(key, character))
            if action:
                self.act(action)

    def act(self, action: Action) -> None:
        """Do an action of this place; a quick one waits a blink, to see whether it was a key or pasted text."""
        if action.id in dialogues.DIALOGUES:
            self._act_on(action)
        else:
            rows = self.chosen()
            if action.quick:
                self.fenji.unless_pasted(lambda: self._do(action, rows))
            else:
                self._do(action, rows)

    def _do(self, action: Action, rows: tuple[Row, ...]) -> None:
        """Call the method of the action; it finds what was chosen when the key was pressed in `pressed_on`."""
        self.pressed_on = rows
        if action.id.startswith("view_"):
            self.do_view(int(action.id.removeprefix("view_")))
        else:
            getattr(self, f"do_{action.id}")()

    def do_view(self, number: int) -> None:
        """Only the board has views."""

    def _act_on(self, action: Action) -> None:
        rows = self.chosen()
        if not rows:
            self.foot.say(self.kit.say("There is no ticket here. {key} reports one.", key=self.kit.keymap.key("new")))
            return
        reason = self.barred(rows, action.step)
        if reason:
            self.refuse(reason)
            return
        self.ask(dialogues.DIALOGUES[action.id](self.on(rows)))

    def barred(self, rows: tuple[Row, ...], step: str) -> str:
        """Why a step may not be done now, `""` where it may, or where its dialogue asks for what is missing."""
        if not rows:
            return self.kit.say("There is no ticket here.")
        try:
            reason = self.kit.desk.allowed(rows[0].id, step)
        except FenjiError as error:
            return refusal(error, self.kit.voice, self.kit.keymap)
        if reason is None or {"leaves", "asks"} & reason.values.keys():
            return ""
        return not_now(reason, self.kit.voice, self.kit.keymap)

    def on(self, rows: tuple[Row, ...]) -> On:
        """What a dialogue needs to ask about these tickets."""
        return On(rows, self.kit.desk.policy, self.kit.voice, self.kit.desk.person)

    # --- the prompt -----------------------------------------------------------------------------------------------

    def ask(self, dialogue: Acting) -> None:
        """Begin a dialogue in the footer's place; one that asks nothing is done, unless it was pasted."""
        try:
            self.foot.prompt = Prompt(dialogue, self.kit.memory.drafts)
        except StopIteration as end:
            deed: Deed | None = end.value
            if deed:
                self.fenji.unless_pasted(lambda: self.fenji.submit(deed))
            return
        self._asked_in = self.fenji.bursts.number
        self._say_drafted(self.foot.prompt)

    def _say_drafted(self, prompt: Prompt[Deed | None]) -> None:
        """Say so where an earlier draft stands in the question."""
        if prompt.drafted:
            self.foot.say(self.kit.say("This is your draft of last time. Ctrl+U empties the line."))

    def _take_in_prompt(self, prompt: Prompt[Deed | None], key: str, character: str | None) -> None:
        burst = self._asked_in == self.fenji.bursts.number
        before = prompt.ask
        try:
            deed = prompt.take(key, character, burst=burst)
        except Left:
            self.foot.prompt = None
            self.left()
            return
        if prompt.ended:
            self.foot.prompt = None
            if deed:
                self.fenji.submit(deed.with_drafts(prompt.used))
            self.show()
        elif prompt.ask is not before:
            self._asked_in = self.fenji.bursts.number
            self._say_drafted(prompt)
        elif burst and key == "enter":
            self.foot.say(self.kit.say("These keys came all at once: nothing is done yet. Enter does it."))

    def left(self) -> None:
        """The person left a prompt; what was typed is kept as a draft."""
        self.kit.memory.keep()

    def take_paste(self, text: str) -> None:
        """Pasted text goes into what is being written, and is never taken for keys."""
        if self.foot.prompt:
            self.foot.prompt.paste(text)
        elif not self.paste(text):
            self.foot.say(self.kit.say("Pasted text was left aside: nothing is being written here."))

    # --- shown ----------------------------------------------------------------------------------------------------

    def refuse(self, text: str) -> None:
        """Say why something is not done."""
        self.foot.say(text, alarm=True)

    def show(self) -> None:
        """Bring every line up to date; only cells that changed are sent."""
        self._foot_keys()
        rows = self.foot.rows_over(self.size.width)
        over = dict(enumerate(rows, self.foot.region.y - len(rows)))
        for lines in self.query(Lines):
            lines.over = {} if lines is self.foot else over
            lines.show()
        if self.is_current:
            self.app.cursor_position = self.cursor() or Offset(0, max(self.size.height - 1, 0))

    # --- what every place does ------------------------------------------------------------------------------------

    def do_help(self) -> None:
        self.fenji.visit_keys(self)

    def do_palette(self) -> None:
        self.fenji.visit_keys(self)

    def do_sync(self) -> None:
        self.fenji.sync()

    def do_find(self) -> None:
        self.fenji.visit("find")

    def do_new(self) -> None:
        self.fenji.visit("new")

    def do_undo(self) -> None:
        self.fenji.submit(deeds.UNDO)

    def do_redo(self) -> None:
        self.fenji.submit(deeds.REDO)

    def do_back(self) -> None:
        self.fenji.back()

    def do_leave(self) -> None:
        self.fenji.leave()

    def do_quit(self) -> None:
        self.fenji.leave()

    def do_suspend(self) -> None:
        self.app.action_suspend_process()
