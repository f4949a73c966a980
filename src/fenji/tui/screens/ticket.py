"""One ticket: its clocks, every field, what happened; each field is edited where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container

from fenji.errors import FenjiError
from fenji.flow.steps import ADDABLE
from fenji.superseded import name_of
from fenji.ticket import CLOSED, LEAVES, TEXTS
from fenji.tui import cells, editing, heads, page, timeline
from fenji.tui.page import Page, PageLine
from fenji.tui.refusals import label
from fenji.tui.screens.two_texts import TwoTexts
from fenji.tui.scroll import Scroll
from fenji.tui.timeline import HAPPENED
from fenji.tui.widgets.page_view import PageView
from fenji.tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fenji.board import Row
    from fenji.ticket import Event
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line

BESIDE_CELLS = 120  # from this width on the story stands beside the fields


class TicketPlace(TwoTexts):
    """A ticket to read and to edit in place."""

    PLACE = "ticket"

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.head = Sheet(self._head, look=kit.look, id="head")
        self.side = PageView(look=kit.look, id="side")
        self.side.active = False
        self._changed: frozenset[str] = frozenset()
        self._told: tuple[Row | None, int, list[PageLine]] = None, 0, []

    def parts(self) -> ComposeResult:
        yield self.head
        with Container(id="body"):
            yield self.view
            yield self.side

    def resized(self) -> None:
        """In a wide terminal what happened stands beside the fields."""
        self.query_one("#body").set_class(self.size.width >= BESIDE_CELLS, "beside")
        if not self._beside:
            self._activate(side=False)

    # --- which ticket ---------------------------------------------------------------------------------------------

    def open(self, number: str) -> None:
        """Show a ticket from its top. Raises FenjiError where it cannot be read."""
        self.row = self.kit.desk.row(number)
        self._changed = frozenset()
        self.forget_texts()
        self.written = None
        self.view.scroll, self.side.scroll = Scroll(), Scroll()
        self._activate(side=False)

    @property
    def token(self) -> str:
        return self.row.id if self.row else ""

    def restore(self, token: str) -> None:
        """Show that ticket again."""
        if token and token != self.token:
            self.open(token)

    def chosen(self) -> tuple[Row, ...]:
        return (self.row,) if self.row else ()

    def done(self, rows: tuple[Row, ...]) -> None:
        """Show what a deed made of this ticket."""
        fresh = next((one for one in rows if self.row and one.uid == self.row.uid), None)
        if fresh:
            self._take(fresh)
        else:
            self.tick()

    def tick(self) -> None:
        """Read the ticket again; what others changed is marked and said."""
        if self.row is None:
            return
        try:
            fresh = self.kit.desk.row(self.row.id)
        except FenjiError as error:
            self.refuse(self.kit.voice.error(error))
            return
        self._take(fresh)

    def _take(self, fresh: Row) -> None:
        known = {one.digest for one in self.row.ticket.log} if self.row else set()
        fresh_events = [one for one in fresh.ticket.log if one.digest not in known]
        self.row = fresh
        self._say_changed([one for one in fresh_events if one.by != self.kit.desk.person and one.do != "superseded"])
        waiting = {one.name for one in fresh.superseded}
        self._say_superseded([one for one in fresh_events if one.do == "superseded" and name_of(one) in waiting])

    def _say_changed(self, events: list[Event]) -> None:
        """Mark what others changed, and say who changed what."""
        if not events:
            return
        leaves = [leaf for one in events for leaf in (*one.set, *one.rewrote)]
        self._changed |= frozenset(leaf.partition(".")[0] if leaf not in LEAVES else leaf for leaf in leaves)
        said = [label(leaf, self.kit.voice) for leaf in leaves] or [self.kit.voice.word(HAPPENED[events[-1].do])]
        fields = ", ".join(dict.fromkeys(said))
        self.foot.say(self.kit.say("{person} changed meanwhile: {fields}.", person=events[-1].by, fields=fields))

    def _say_superseded(self, events: list[Event]) -> None:
        """A long text lost against another that was written at the same time: both can be read."""
        if events:
            field = label(str(events[-1].more.get("field") or ""), self.kit.voice)
            key = self.kit.keymap.key("both")
            self.refuse(self.kit.say("Two wrote {field}: {key} shows both.", field=field, key=key))

    # --- shown ----------------------------------------------------------------------------------------------------

    @property
    def _beside(self) -> bool:
        return self.query_one("#body").has_class("beside")

    def show(self) -> None:
        if self.row is not None and self.is_mounted:
            self.view.page = self.lines()
            self.go_where_wanted()
            self.side.page = self._story(self.side.size.width)[1:] if self._beside else []
        super().show()

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        if self.row is None:
            return []
        ticket, voice = self.row.ticket, self.kit.voice
        words = [voice.word(ticket.kind), ticket.priority, voice.word(ticket.state), cells.line(ticket.title)]
        left = [(f" {ticket.id}", "title"), *((f"  {word}", "") for word in words if word)]
        right = [(f" {self.kit.desk.person}  {voice.time(self.row.reading.at)} ", "")]
        return [heads.spread(left, right, width, self.kit.look), *timeline.clocks(self.kit, self.row.reading)]

    def lines(self) -> list[PageLine]:
        """The fields, with the text that is being written in its place, and what happened where it stands below."""
        if self.row is None:
            return []
        width, edit = self.view.size.width or 80, self.written
        found: list[PageLine] = []
        written, others = edit.leaf if edit else "", self.others()
        shown = Page(self.row.ticket, self.kit, width, self._changed, others, written, self.row.unsigned)
        for one in page.lines(shown):
            if edit is None or one.leaf != edit.leaf:
                found.append(one)
            elif found[-1].leaf != edit.leaf:
                found += edit.lines(label(edit.leaf, self.kit.voice), width)
        return found if self._beside else [*found, *self._story(width)]

    def _story(self, width: int) -> list[PageLine]:
        """What happened, and how the clocks ran; made anew only when the ticket was read anew."""
        if self.row is None:
            return []
        if self._told[0] is not self.row or self._told[1] != width:
            shown, told = Page(self.row.ticket, self.kit, width), self.kit.desk.story(self.row.id)
            lines = [*timeline.timeline(shown, told.at), *timeline.story(shown, told)]
            self._told = self.row, width, lines
        return self._told[2]

    # --- keys -----------------------------------------------------------------------------------------------------

    def _activate(self, *, side: bool) -> None:
        self.view.active, self.side.active = not side, side

    @property
    def moving(self) -> Scroll:
        return self.side.scroll if self.side.active else self.view.scroll

    def do_down(self) -> None:
        """One line down; blank lines are passed over."""
        self._pass_blanks(1)

    def do_up(self) -> None:
        """One line up; blank lines are passed over."""
        self._pass_blanks(-1)

    def _pass_blanks(self, by: int) -> None:
        scroll, lines = self.moving, (self.side if self.side.active else self.view).page
        scroll.move(by)
        while 0 < scroll.bar < len(lines) - 1 and not lines[scroll.bar].spans:
            scroll.move(by)

    def do_side(self) -> None:
        """Change between the two columns."""
        self._activate(side=self._beside and not self.side.active)

    def do_next(self) -> None:
        self._step(1)

    def do_previous(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        """To the next or previous ticket of the board."""
        triage = self.fenji.triage
        uid = self.row.uid if self.row else ""
        if uid not in triage.order:
            return
        at = triage.order.index(uid) + by
        if 0 <= at < len(triage.order):
            triage.scroll.to(at)
            self.open(triage.row(at).id)

    def do_open(self) -> None:
        """Open the linked ticket, or change what the bar is on."""
        line = self.view.line
        if line and line.to and not self.side.active:
            self.fenji.open_ticket(line.to)
        elif line and (line.leaf or line.item) and not self.side.active:
            self.do_edit()

    def do_edit(self) -> None:
        """Edit what the bar is on; else ask which field."""
        line = self.view.line or page.BLANK
        if self.row is None:
            return
        on = self.on((self.row,))
        key, _, name = line.item.partition(".")
        if self._settled(line.leaf.partition(".")[0] or key):
            return
        if line.lost in TEXTS:
            self.begin(line.lost)
        elif line.leaf and LEAVES[line.leaf].held == "text":
            self.begin(line.leaf)
        elif line.leaf:
            self.ask(editing.field(on, line.leaf))
        elif key == "files" and name:
            self.foot.say(str(self.kit.desk.root / "tickets" / "files" / self.row.id / name))
        elif key == "links" and name:
            words = self.kit.say("Enter opens it. {drop} takes it away.", drop=self.kit.keymap.key("drop"))
            self.foot.say(words)
        elif key in editing.ITEM_LISTS and name:
            held = self.row.ticket.get(line.item)
            self.ask(editing.item(on, key, held if isinstance(held, dict) else None))
        else:
            self.ask(editing.any_field(on, in_place=self.begin))

    def _settled(self, key: str) -> bool:
        """Say so where a field stays as it is, because the ticket is closed."""
        if self.row is None or not key or self.row.ticket.state not in CLOSED or key in ADDABLE:
            return False
        fields = ", ".join(label(one, self.kit.voice) for one in sorted(ADDABLE))
        words = self.kit.say(
            "{id} is {state}: this stays as it is. Still open: {fields}.",
            id=self.row.id,
            state=self.kit.voice.word(self.row.ticket.state),
            fields=fields,
        )
        self.refuse(words)
        return True

    def do_add(self) -> None:
        """Add an item to the list that the bar is on, else ask to which."""
        key = self.view.line.item.partition(".")[0] if self.view.line else ""
        if self.row:
            known = key if key in (*editing.ITEM_LISTS, "links") else ""
            self.ask(editing.added(self.on((self.row,)), known))

    def do_drop(self) -> None:
        """Take away the item that the bar is on."""
        line = self.view.line
        if self.row and line and "." in line.item and not line.item.startswith("files."):
            self.fenji.submit(editing.removed(self.on((self.row,)), line.item))
        else:
            self.refuse(self.kit.say("The bar is on no item of a list."))

    def do_editor(self) -> None:
        """Open the ticket's file in the person's editor."""
        if self.row:
            self.fenji.edit_file(self.row.id)

    def do_copy(self) -> None:
        """Copy the text or field that the bar is on, else number and title."""
        if self.row:
            line, ticket = self.view.line, self.row.ticket
            text = ticket.word(line.leaf) if line and line.leaf else ""
            self.fenji.copy(text or f"{ticket.id} {ticket.title}")
