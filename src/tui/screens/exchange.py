"""The sync screen: changes received since the user last looked, changes waiting to be sent, and a running sync."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from fenji.errors import FenjiError, NotFound, Sentence
from tui import alerts
from tui.board import board_header
from tui.drawing import cells
from tui.drawing.head_line import render_head_line
from tui.exchange_lines import (
    ExchangeItem,
    ExchangeRow,
    render_arrival,
    render_both_texts,
    render_item,
    render_problem,
    render_row,
    render_section,
    render_waiting,
    wrap_lines,
)
from tui.keys import MAX_HINTS
from tui.screens.bundles import BUNDLE_TOPIC, BundleKeys
from tui.screens.list_base import CanvasListScreen
from tui.ticket import held_acts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fenji.desk.exchange import BundlePreview, ExchangeOverview, TicketOutcome
    from fenji.model.annotations import EventKey, HeldAct
    from fenji.model.board import Row
    from tui.action import Action
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered

_OVERVIEW = "overview"


class ExchangeScreen(CanvasListScreen):
    """The list of received tickets, of changes waiting to be sent, and of held acts."""

    SCREEN_ID = "exchange"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.bundles = BundleKeys(self)
        self.parts = (self.bundles,)
        self._overview: ExchangeOverview | None = None
        self._marked_keys: set[EventKey] = set()  # of held acts
        self._titles: dict[str, str] = {}
        self._seen_here: dict[str, TicketOutcome] = {}  # received tickets already looked at, by number

    def enter(self, *, returning: bool) -> None:
        """Read the overview again."""
        if not returning:
            self._scroll.move_to(0)
        self.refresh_data()

    def refresh_data(self) -> None:
        """Read the overview again after a sync, or a change in the desk."""
        from fenji.desk import exchange

        self.fenji_app.ask_reader(_OVERVIEW, _OVERVIEW, lambda: exchange.read_overview(self.context.desk))

    def footer_actions(self, count: int = MAX_HINTS) -> list[Action]:
        """Return the actions of the footer; if the list is empty, without those that need an item."""
        actions = super().footer_actions(count)
        return actions if self._items else [action for action in actions if action.id not in ("open", "seen")]

    def handle_done(self, rows: tuple[Row, ...]) -> None:  # noqa: ARG002 - any of them may have been held
        """Read the overview again after a command."""
        self.refresh_data()

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in the overview, or ask about the previewed bundle."""
        if message.topic == _OVERVIEW:
            self._take_overview(cast("ExchangeOverview", message.answer))
        elif message.topic == BUNDLE_TOPIC:
            self.start_dialog(self.bundles.confirm_bundle(cast("BundlePreview", message.answer)))

    def _take_overview(self, overview: ExchangeOverview) -> None:
        """Take in an overview; tickets that are no longer among the arrivals have been looked at."""
        numbers = {outcome.id for outcome in overview.arrivals}
        earlier = self._overview.arrivals if self._overview else ()
        self._seen_here |= {outcome.id: outcome for outcome in earlier if outcome.id not in numbers}
        self._titles |= overview.titles
        self._marked_keys &= {act.key for act in overview.held}
        self._overview = overview

    # --- display ----------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - the line and a blank one
        controller, formatter = self.fenji_app.sync_controller, self.context.formatter
        hub, more = controller.remote, self.context.theme.signs.more
        way = f"  {self.context.desk.site} {more} {hub}" if hub else ""
        left: StyledLine = [
            (f" {self.context.say('Sync')}", "strong"),
            (way, ""),
            (f"   {self._describe_state()}", "dim"),
        ]
        now = formatter.format_time(self.context.desk.now())
        progress = controller.progress_text
        right = [(f" {progress} ", "info")] if progress else board_header.render_traffic(self.context, controller)
        return [render_head_line(left, [*right, (f" {now} ", "dim")], width, self.context.theme), []]

    def _describe_state(self) -> str:
        """Return the time of the last successful sync, and when the next one is due."""
        controller, say, now = self.fenji_app.sync_controller, self.context.say, self.context.desk.now()
        status = self._overview.status if self._overview else None
        if status is None or not status.remote:
            return ""
        moment = self.context.formatter.format_moment
        parts = [say("last {time}", time=moment(status.last_ok, now)) if status.last_ok else say("not synced yet")]
        if controller.next_sync_at:
            parts.append(say("next {time}", time=moment(controller.next_sync_at, now)))
        return f" {self.context.theme.signs.dot} ".join(parts)

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        """Return the lines in view, and below them both texts if the selected ticket has an edit conflict."""
        both = self._draw_both_texts(width)
        room = max(height - len(both) - 1, 3) if both else height
        lines: list[tuple[int, StyledLine]] = []
        index = -1
        for item in self._build_items(width):
            if isinstance(item, ExchangeItem):
                index += 1
                selected = index == self._scroll.selected_index
                lines += [(index, line) for line in render_item(self.context, item, selected=selected)]
            else:
                lines.append((max(index + 1, 0), item))
        self._scroll.resize(index + 1, room)
        first = next((n for n, (line_index, _) in enumerate(lines) if line_index == self._scroll.selected_index), 0)
        last = max(
            (n for n, (line_index, _) in enumerate(lines) if line_index == self._scroll.selected_index), default=0
        )
        top = min(max(last - room + 1, 0), first) if last >= room else 0
        shown = [line for _, line in lines[top : top + room]]
        return [*shown, [], *both][:height]

    def _draw_both_texts(self, width: int) -> list[StyledLine]:
        """Return both texts of the selected ticket if two people wrote one of its fields, else `[]`."""
        item = self._selected_item
        if item is None or not item.superseded or not item.number:
            return []
        try:
            row = self.context.desk.row(item.number)
        except FenjiError:
            return []
        return render_both_texts(self.context, row, item.superseded, width)

    @property
    def _items(self) -> list[ExchangeItem]:
        return [item for item in self._build_items(max(self.size.width, 40)) if isinstance(item, ExchangeItem)]

    def _build_items(self, width: int) -> Iterator[ExchangeItem | StyledLine]:
        """Yield headings and other plain lines, and the items under them."""
        if self._overview is None:
            return
        yield from self._remark_items(width)
        yield from self._held_items(width)
        signs, unpushed, ahead = self.context.theme.signs, self._overview.unpushed, self._overview.status.ahead
        provisional = self.context.say("* number provisional") if any(item.is_provisional for item in unpushed) else ""
        yield from self._section_items(
            Sentence("{sign} {changes} to go out; tickets and files {count}", {"sign": signs.up, "changes": ahead}),
            [render_waiting(self.context, pending, self._ticket_title(pending.id), width) for pending in unpushed],
            width,
            right=provisional,
        )
        unread = {outcome.id: outcome for outcome in self._overview.arrivals}
        read = [outcome for number, outcome in self._seen_here.items() if number not in unread]
        yield from self._section_items(
            Sentence("{sign} came in, not seen yet {unread}", {"sign": signs.down, "unread": len(unread)}),
            [
                self._render_arrival(outcome, width, is_read=outcome.id not in unread)
                for outcome in (*unread.values(), *read)
            ],
            width,
            right=self.context.say("{key} seen", key=self.context.keymap.key_label("seen")),
        )
        if not self._overview.arrivals and not read and not self._overview.unpushed and not self._overview.held:
            yield from wrap_lines(self.context.say("Nothing came in, and nothing waits to go out."), width, "")

    def _section_items(
        self, heading: Sentence, items: list[ExchangeItem], width: int, *, right: str = ""
    ) -> Iterator[ExchangeItem | StyledLine]:
        if items:
            title = self.context.say(replace(heading, values={**heading.values, "count": len(items)}))
            yield render_section(self.context, width, title, right)
            yield from items
            yield []

    def _remark_items(self, width: int) -> Iterator[ExchangeItem | StyledLine]:
        """Yield why the last sync failed, local drafts that the hub's version replaced, and files left alone."""
        overview, say = cast("ExchangeOverview", self._overview), self.context.say
        if not overview.status.remote:
            hint = (
                "This desk has no hub. To set one: git remote add origin URL. Without a network, {out} writes a file "
                "for the other end, and {in} receives theirs."
            )
            keys = {"out": self.context.keymap.key_label("bundle"), "in": self.context.keymap.key_label("receive")}
            yield from wrap_lines(say(hint, **keys), width, "strong")
            yield []
        failure = overview.status.failure
        if failure and overview.status.remote and self.fenji_app.sync_controller.last_failed:
            yield from wrap_lines(say(failure), width, "late strong")
            if overview.status.is_refused:
                hint = say(
                    "{key} holds back what would be refused, and sends the rest.",
                    key=self.context.keymap.key_label("repair"),
                )
                yield from wrap_lines(hint, width, "strong")
            yield []
        for kept, path in overview.path_by_draft.items():
            text = say("{file}: the hub's version is used; yours is kept in {path}.", file=path, path=kept)
            yield ExchangeItem(tuple(wrap_lines(text, width, "strong")), path=kept)
        result = self.fenji_app.sync_controller.last_result
        if result and result.draft_passes_from_now:
            template = "policy.yaml was not sent, as its `since` has passed: {key} sets it to now."
            yield from wrap_lines(say(template, key=self.context.keymap.key_label("since_now")), width, "strong")
            yield []
        left_alone, known = (result.left_alone, result.named_before) if result else ((), ())
        items = [
            render_problem(self.context, problem, width, "dim" if problem.path in known else "")
            for problem in left_alone
        ]
        yield from self._section_items(Sentence("Left alone: {count}"), items, width)

    def _held_items(self, width: int) -> Iterator[ExchangeItem | StyledLine]:
        """Yield the acts that the hub refuses, each with the reason, and the keys that take them up."""
        acts = self._overview.held if self._overview else ()
        if not acts:
            return
        title = self.context.say("held back, refused by the hub {count}", count=len(acts))
        yield render_section(self.context, width, title)
        yield from (self._held_item(act, width) for act in acts)
        key = self.context.keymap.key_label
        hint = self.context.say(
            "{take} does it again under your name, {mark} marks.", take=key("take_marked"), mark=key("seen")
        )
        yield from wrap_lines(hint, width, "dim")
        yield []

    def _held_item(self, act: HeldAct, width: int) -> ExchangeItem:
        details = alerts.list_act_details(act, self.context.formatter, self.context.desk.now())
        mark = self.context.theme.signs.mark if act.key in self._marked_keys else "^"
        what = f" {self.context.theme.signs.dot} ".join(details)
        row = ExchangeRow(mark, "late", act.id, act.title, what)
        reason = [[("   ", ""), *line] for line in wrap_lines(self.context.say(act.reason), width - 4, "late")]
        return ExchangeItem((render_row(self.context, row, width), *reason), act.id, act.path, act=act)

    def _render_arrival(self, outcome: TicketOutcome, width: int, *, is_read: bool = False) -> ExchangeItem:
        return render_arrival(self.context, outcome, self._ticket_title(outcome.id), width, is_read=is_read)

    def _ticket_title(self, number: str) -> str:
        return cells.sanitize_line(self._titles.get(number, ""))

    # --- keys -------------------------------------------------------------------------------------------------------

    @property
    def _selected_item(self) -> ExchangeItem | None:
        items = self._items
        return items[min(self._scroll.selected_index, len(items) - 1)] if items else None

    def do_open(self) -> None:
        """Open the selected ticket, or show the path of the selected file."""
        item = self._selected_item
        if item and item.act:
            self._open_held(item.act)
        elif item and item.number:
            self.fenji_app.open_ticket(item.number)
        elif item:
            self.footer.show_notice(str(self.context.desk.root / item.path))

    def _open_held(self, act: HeldAct) -> None:
        """Open the ticket of a held act, unless all of it is held."""
        try:
            number = self.context.desk.row(act.id, uid=act.uid).id
        except NotFound:
            key = self.context.keymap.key_label("take_marked")
            text = "All of {id} is held, so it is not a ticket yet: {key} reports it again under your name."
            self.show_error(self.context.say(text, id=act.id, key=key))
        else:
            self.fenji_app.open_ticket(number)

    def do_seen(self) -> None:
        """Mark the selected ticket as seen, or mark the held act."""
        item = self._selected_item
        if item and item.act:
            self._marked_keys ^= {item.act.key}
        elif item and item.is_new:
            self._mark_seen([item.number])

    def do_all_seen(self) -> None:
        """Mark all tickets as seen; on a held act, mark all held acts or none."""
        item = self._selected_item
        if item and item.act and self._overview:
            keys = {act.key for act in self._overview.held}
            self._marked_keys = set() if self._marked_keys == keys else keys
        else:
            self._mark_seen([item.number for item in self._items if item.is_new])

    def do_take_marked(self) -> None:
        """Take up the marked held acts, or the selected one if none are marked."""
        held, item = self._overview.held if self._overview else (), self._selected_item
        acts = [act for act in held if act.key in self._marked_keys]
        acts = acts or ([item.act] if item and item.act else [])
        if not acts:
            text = "Go to a held act first." if held else "Nothing is held here."
            self.show_error(self.context.say(text))
            return
        context = self.context
        self.start_dialog(held_acts.confirm_taking(acts, context.formatter, context.desk.person, name=acts[0].id))

    def do_repair(self) -> None:
        """After a refusal, hold back what the hub would refuse, and send the rest."""
        if self._overview and self._overview.status.is_refused:
            self.footer.show_notice(self.fenji_app.sync_controller.start(requested=True, repair=True))
        else:
            self.show_error(self.context.say("The hub has refused nothing: there is nothing to hold back."))

    def do_since_now(self) -> None:
        """Let a draft of the rules whose `since` is past take effect now, and send it."""
        result = self.fenji_app.sync_controller.last_result
        if result and result.draft_passes_from_now:
            self.footer.show_notice(self.fenji_app.sync_controller.start(requested=True, since_now=True))
        else:
            self.show_error(self.context.say("No draft of the rules is waiting for a new `since`."))

    def _mark_seen(self, numbers: list[str]) -> None:
        self.fenji_app.sync_controller.mark_seen(numbers)
        self.refresh_data()

    def do_stop(self) -> None:
        """Stop the running sync."""
        if self.fenji_app.sync_controller.progress_text:
            self.fenji_app.sync_controller.stop()
        else:
            self.footer.show_notice(self.context.say("No exchange is under way."))

    def do_copy(self) -> None:
        """Copy number and title, or the path, of the selected item."""
        if item := self._selected_item:
            self.fenji_app.tools.copy_text(f"{item.number} {self._ticket_title(item.number)}".strip() or item.path)
