"""The board: open tickets, the one whose promise runs out next on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import Container

from fenji.board import VIEWS, completions
from fenji.errors import FenjiError
from fenji.tui import cells, editing, heads, preview
from fenji.tui.columns import heads as column_heads
from fenji.tui.columns import layout
from fenji.tui.prompt import Ask
from fenji.tui.screens.listing import Listing
from fenji.tui.screens.two_texts import NO_OTHER_TEXT
from fenji.tui.widgets.sheet import Sheet
from fenji.tui.widgets.ticket_list import TicketList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from fenji.board import Row
    from fenji.tui.dialogues import Acting
    from fenji.tui.found import Suggestion
    from fenji.tui.kit import Kit
    from fenji.tui.look import Line
    from fenji.tui.messages import Answered
    from fenji.tui.scroll import Scroll
    from fenji.tui.triage import Triage

PREVIEW_S = 0.2  # after the last key; the bar itself never waits
LIKES = 3  # tickets named as seen before
LIKE_PERCENT = 50  # what is less like it is noise in a single line
BESIDE_CELLS = 132  # from this width on the preview stands beside the list


class BoardPlace(Listing):
    """The list of open tickets with views, filter, marks and preview."""

    PLACE = "board"

    def __init__(self, kit: Kit, triage: Triage) -> None:
        super().__init__(kit)
        self.triage = triage
        self.head = Sheet(self._head, look=kit.look, id="head")
        self.list = TicketList(triage, look=kit.look, voice=kit.voice)
        self.preview = Sheet(self._preview, look=kit.look, id="preview")
        self._previewed = triage.selected
        self._seen_before: dict[str, list[str]] = {}
        self._waiting: Timer | None = None
        self._thin = False

    def parts(self) -> ComposeResult:
        yield self.head
        with Container(id="body"):
            yield self.list
            yield self.preview

    def resized(self) -> None:
        """Where the preview stands follows from the size."""
        width, height = self.size
        body = self.query_one("#body")
        body.set_class(width >= BESIDE_CELLS, "beside")
        body.set_class(height >= 36, "tall")
        self.preview.set_class(not self._previews, "off")

    # --- shown ----------------------------------------------------------------------------------------------------

    def chosen(self) -> tuple[Row, ...]:
        return self.triage.chosen

    @property
    def _previews(self) -> bool:
        roomy = self.size.height >= 16
        return roomy and not self._thin and self.kit.memory.last.get("preview") != "off"

    def _views(self) -> list[tuple[str, str]]:
        """The six standing views, the person's own, then those that the policy shares."""
        views = self.kit.desk.views()
        return [*views[: len(VIEWS)], *self.kit.settings.views.items(), *views[len(VIEWS) :]]

    def _head(self, width: int, height: int) -> list[Line]:  # noqa: ARG002 - always three lines
        beside = self.query_one("#body").has_class("beside") and self._previews
        shape = layout(self.list.size.width if beside else width, self.kit.voice)
        return [
            heads.board_head(self.triage, self.kit, self.fenji.exchanging, width),
            heads.tabs(self._views(), self.kit, self.triage, width),
            column_heads(shape, self.kit.look)[:1],
        ]

    def _preview(self, width: int, height: int) -> list[Line]:
        row = self._previewed and self.triage.find(self._previewed.uid)
        lines = [] if self.query_one("#body").has_class("beside") else [heads.rule(self.kit, width)]
        if row:
            before = self._seen_before.get(row.uid, [])
            lines += preview.preview(row, self.kit, width, height - len(lines), before=before)
        return lines

    def show(self) -> None:
        self.list.empty = self._nothing()
        self.list.fresh = self.fenji.exchanging.came
        super().show()
        selected = self.triage.selected
        if self._previews and (selected and selected.uid) != (self._previewed and self._previewed.uid):
            self._preview_soon()

    def _nothing(self) -> list[Line]:
        """What an empty board says to do next."""
        key, say = self.kit.keymap.key, self.kit.say
        if self.triage.words:
            text = say("Nothing fits {filter}. {escape} shows all again.", filter=self.triage.words, escape="Esc")
        else:
            text = say(
                "No open tickets. {new} reports one, {find} searches the handbook.", new=key("new"), find=key("find")
            )
        return [[(f"  {one}", "")] for one in cells.wrap(text, max(self.size.width - 4, 10))]

    def _preview_soon(self) -> None:
        if self._waiting:
            self._waiting.stop()
        self._waiting = self.set_timer(PREVIEW_S, self._preview_now)

    def _preview_now(self) -> None:
        self._previewed = self.triage.selected
        self.preview.show()
        row = self._previewed
        if row and row.uid not in self._seen_before:
            self.fenji.ask(
                "preview", ("like", row.uid), lambda: self.kit.desk.suggest(row.ticket.title, exclude=row.path)
            )

    def answered(self, message: Answered) -> None:
        """Tickets like the one in the preview: the likest, with how like they are."""
        if isinstance(message.topic, tuple) and message.topic[0] == "like":
            found = cast("Suggestion", message.answer)
            row = self.triage.find(message.topic[1])
            likes = [one for one in found.likes if row and one.id != row.id and one.percent >= LIKE_PERCENT][:LIKES]
            self._seen_before[message.topic[1]] = [f"{one.id} ({one.percent} %)" for one in likes]

    def tick(self) -> None:
        self._previewed = self._previewed or self.triage.selected

    def thin(self) -> None:
        """The link is slow: no preview, and say once what helps."""
        self._thin = True
        self.preview.set_class(True, "off")  # noqa: FBT003 - Textual's own signature
        self.foot.say(self.kit.say('Slow link: preview is off. "Compression yes" in your ssh config saves 20 times.'))
        self.show()

    @property
    def moving(self) -> Scroll:
        return self.triage.scroll

    # --- the list -------------------------------------------------------------------------------------------------

    def do_view(self, number: int) -> None:
        """Change to a view by its number."""
        views = self._views()
        if number <= len(views):
            self.filter(views[number - 1][1])

    def filter(self, words: str) -> str:
        """Show what fits; what is wrong with the filter, `""` for nothing."""
        try:
            self.triage.filter(words)
        except FenjiError as error:
            return self.kit.voice.error(error)
        return ""

    def do_filter(self) -> None:
        self._filtered = self.triage.words
        self.ask(self._filtering())

    def _filtering(self) -> Acting:
        words = yield Ask(
            "/",
            initial=self.triage.words,
            hint=self.kit.say("p:1..2  state:waiting  owner:me  left:<4h  -site:HQ  words   Tab completes"),
            check=self.filter,
            complete=self._completions,
        )
        self.filter(words)
        return None

    def _completions(self, text: str) -> list[str]:
        begun = text.rpartition(" ")[0]
        found = completions(text, self._known())
        return [f"{begun} {one}".lstrip() for one in found]

    def _known(self) -> dict[str, list[str]]:
        policy = self.kit.desk.policy
        return {
            "state": ["new", "responded", "working", "waiting", "solved", "confirmed"],
            "kind": ["quality", "request", "project"],
            "owner": ["me", *policy.people],
            "site": list(policy.sites),
            "unit": list(policy.units),
            "impact": list(policy.impact),
            "occurrence": list(policy.occurrence),
        }

    def do_unmark(self) -> None:
        """Esc takes back the marks, then the filter."""
        if self.triage.marks:
            self.triage.marks.clear()
        elif self.triage.words:
            self.filter("")

    def do_mark(self) -> None:
        self.triage.mark()

    def do_mark_all(self) -> None:
        self.triage.mark_all()

    def do_refresh(self) -> None:
        """Pull in what is new, in order."""
        self.triage.pull()

    def do_preview(self) -> None:
        """Show or hide the preview, also after a restart."""
        shown = self._previews
        self._thin = False
        self.kit.memory.last["preview"] = "off" if shown else "on"
        self._previewed = self.triage.selected
        self.preview.set_class(not self._previews, "off")

    # --- other places ---------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Open the ticket under the bar."""
        row = self.triage.selected
        if row:
            self.fenji.open_ticket(row.id)

    def do_exchange(self) -> None:
        """What came in, and what waits to go out."""
        self.fenji.visit("exchange")

    def do_both(self) -> None:
        """Open the ticket under the bar where two people wrote the same field."""
        row = self.triage.selected
        if row and row.superseded:
            self.fenji.open_ticket(row.id).do_both()
        elif row:
            self.refuse(self.kit.say(NO_OTHER_TEXT))

    def do_bad(self) -> None:
        """List the files that cannot be read."""
        self.fenji.visit("bad")

    def do_edit(self) -> None:
        """Edit a field in all chosen tickets."""
        rows = self.chosen()
        if rows:
            self.ask(editing.any_field(self.on(rows), in_place=lambda leaf: self._write_in(rows[0].id, leaf)))

    def _write_in(self, number: str, leaf: str) -> None:
        """Write a long text where it stands in its ticket."""
        self.fenji.open_ticket(number).begin(leaf)

    def do_editor(self) -> None:
        """Open the ticket's file in the person's editor."""
        if self.pressed_on:
            self.fenji.edit_file(self.pressed_on[0].id)

    def do_copy(self) -> None:
        """Copy number and title to the terminal's clipboard."""
        rows = self.chosen()
        self.fenji.copy("\n".join(f"{row.id} {row.ticket.title}" for row in rows))
