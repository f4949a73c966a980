"""The sync screen: what was received since the user last looked, what waits to be sent, and a running sync."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from fenji.errors import NotFound, Sentence
from tui import alerts, board_header, cells, held_acts
from tui.formatting import EVENT_LABELS
from tui.refusals import field_label
from tui.screens.bundles import BUNDLE_TOPIC, BundleKeys
from tui.screens.list_base import CanvasListScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fenji.desk.exchange import BundlePreview, ExchangeOverview, TicketOutcome, UnpushedItem
    from fenji.errors import Problem
    from fenji.model.annotations import HeldAct
    from fenji.model.board import Row
    from tui.context import Context
    from tui.messages import ReaderAnswered
    from tui.theme import StyledLine

_OVERVIEW = "overview"


@dataclass(frozen=True)
class _ExchangeItem:
    """A ticket (`number`), held act or file (`path`) in the list, its lines, and whether it is new to the user."""

    lines: tuple[StyledLine, ...]
    number: str = ""
    path: str = ""
    is_new: bool = False
    act: HeldAct | None = None


class ExchangeScreen(CanvasListScreen):
    """The list of what was received, of what waits to be sent, and of what is held back."""

    SCREEN_ID = "exchange"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.bundles = BundleKeys(self)
        self.parts = (self.bundles,)
        self._overview: ExchangeOverview | None = None
        self._marked_digests: set[str] = set()  # of held acts

    def enter(self, *, returning: bool) -> None:
        """Read the overview again."""
        if not returning:
            self._scroll.move_to(0)
        self.refresh_data()

    def refresh_data(self) -> None:
        """Read the overview again after a sync, or a change in the desk."""
        from fenji.desk import exchange

        self.fenji_app.ask_reader(_OVERVIEW, _OVERVIEW, lambda: exchange.read_overview(self.context.desk))

    def handle_done(self, rows: tuple[Row, ...]) -> None:  # noqa: ARG002 - any of them may have been held
        """Read the overview again after a command."""
        self.refresh_data()

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in the overview, or ask about the previewed bundle."""
        if message.topic == _OVERVIEW:
            self._overview = cast("ExchangeOverview", message.answer)
            self._marked_digests &= {act.digest for act in self._overview.held}
        elif message.topic == BUNDLE_TOPIC:
            self.start_dialog(self.bundles.confirm_bundle(cast("BundlePreview", message.answer)))

    # --- display ----------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always three lines
        controller, formatter = self.fenji_app.sync_controller, self.context.formatter
        now = self.context.desk.now()
        hub = controller.remote
        title = self.context.say("Exchange with {remote}", remote=hub) if hub else self.context.say("Exchange")
        right = [*board_header.render_traffic(self.context, controller), (f" {formatter.format_time(now)} ", "strong")]
        return [
            board_header.align_ends([(f" {title}", "strong")], right, width, self.context.theme),
            [(f" {self._describe_state()}", "")],
            [],
        ]

    def _describe_state(self) -> str:
        """Return when the last good sync was, and when the next one is due."""
        controller, say, now = self.fenji_app.sync_controller, self.context.say, self.context.desk.now()
        status = self._overview.status if self._overview else None
        if status is None or not status.remote:
            return ""
        last_exchange = status.last_ok
        parts = [
            say("last exchange {time}", time=self.context.formatter.format_moment(last_exchange, now))
            if last_exchange
            else say("not exchanged yet")
        ]
        if controller.next_sync_at:
            parts.append(say("next at {time}", time=self.context.formatter.format_moment(controller.next_sync_at, now)))
        return f" {self.context.theme.signs.dot} ".join(parts)

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        """Return the lines in view; those of an item stay together with its heading as far as there is room."""
        lines: list[tuple[int, StyledLine]] = []
        index = -1
        for item in self._build_items(width):
            if isinstance(item, _ExchangeItem):
                index += 1
                marker = ">" if index == self._scroll.selected_index else " "
                lines += [(index, [(marker if not n else " ", "strong"), *line]) for n, line in enumerate(item.lines)]
            else:
                lines.append((max(index + 1, 0), item))
        self._scroll.resize(index + 1, height)
        first = next((n for n, (line_index, _) in enumerate(lines) if line_index == self._scroll.selected_index), 0)
        last = max(
            (n for n, (line_index, _) in enumerate(lines) if line_index == self._scroll.selected_index), default=0
        )
        top = min(max(last - height + 1, 0), first) if last >= height else 0
        return [line for _, line in lines[top : top + height]]

    @property
    def _items(self) -> list[_ExchangeItem]:
        return [item for item in self._build_items(max(self.size.width, 40)) if isinstance(item, _ExchangeItem)]

    def _build_items(self, width: int) -> Iterator[_ExchangeItem | StyledLine]:
        """Yield headings and other plain lines, and the items under them."""
        if self._overview is None:
            return
        yield from self._remark_items(width)
        yield from self._held_items(width)
        yield from self._section_items(
            Sentence("Came in, not looked at yet: {count}"),
            [self._received_item(outcome, width) for outcome in self._overview.arrivals],
        )
        yield from self._section_items(
            Sentence("Waits to go out: {count}"),
            [self._waiting_item(pending, width) for pending in self._overview.unpushed],
        )
        if not self._overview.arrivals and not self._overview.unpushed and not self._overview.held:
            yield [(f"  {self.context.say('Nothing came in, and nothing waits to go out.')}", "")]

    def _section_items(self, heading: Sentence, items: list[_ExchangeItem]) -> Iterator[_ExchangeItem | StyledLine]:
        if items:
            yield [(f" {self.context.say(replace(heading, values={'count': len(items)}))}", "dim")]
            yield from items
            yield []

    def _remark_items(self, width: int) -> Iterator[_ExchangeItem | StyledLine]:
        """Yield why the last sync failed, policies that were replaced, and what was left alone."""
        overview, say = cast("ExchangeOverview", self._overview), self.context.say
        if not overview.status.remote:
            hint = "This desk knows no hub. Name it once with: git remote add origin URL. Without a link: {out}, {in}."
            keys = {"out": self.context.keymap.key_label("bundle"), "in": self.context.keymap.key_label("receive")}
            yield from self._wrap_lines(say(hint, **keys), width, "strong")
            yield []
        failure = overview.status.failure
        if failure and self.fenji_app.sync_controller.last_failed:
            yield from self._wrap_lines(say(failure), width, "late strong")
            if overview.status.is_refused:
                hint = say(
                    "{key} holds back what would be refused, and sends the rest.",
                    key=self.context.keymap.key_label("repair"),
                )
                yield from self._wrap_lines(hint, width, "strong")
            yield []
        for name in overview.kept_policies:
            text = say("policy.yaml: the hub's version stands; yours is kept in {path}.", path=name)
            yield _ExchangeItem(tuple(self._wrap_lines(text, width, "strong")), path=name)
        result = self.fenji_app.sync_controller.last_result
        if result and result.draft_passes_from_now:
            template = "policy.yaml was not sent, as its `since` has gone by: {key} lets it begin now."
            yield from self._wrap_lines(say(template, key=self.context.keymap.key_label("since_now")), width, "strong")
            yield []
        yield from self._section_items(
            Sentence("Left alone: {count}"),
            [
                self._problem_item(problem, width, "dim" if problem.path in result.named_before else "")
                for problem in result.left_alone
            ]
            if result
            else [],
        )

    def _held_items(self, width: int) -> Iterator[_ExchangeItem | StyledLine]:
        """Yield what the hub refuses, each act with the reason, and the keys that take it up."""
        acts = self._overview.held if self._overview else ()
        if not acts:
            return
        yield [(f" {self.context.say('Held back, since the hub refuses it: {count}', count=len(acts))}", "dim")]
        yield from (self._held_item(act, width) for act in acts)
        key = self.context.keymap.key_label
        hint = self.context.say(
            "{take} does it anew under your name, {mark} marks.", take=key("take_marked"), mark=key("seen")
        )
        yield from self._wrap_lines(hint, width, "dim")
        yield []

    def _wrap_lines(self, text: str, width: int, role: str) -> list[StyledLine]:
        return [[(f" {row}", role)] for row in cells.wrap(text, max(width - 3, 8))]

    def _held_item(self, act: HeldAct, width: int) -> _ExchangeItem:
        details = alerts.list_act_details(act, self.context.formatter, self.context.desk.now())
        (number, role), *rest = self._format_row(act.id, details, cells.sanitize_line(act.title), width)
        mark = "+" if act.digest in self._marked_digests else " "
        reason = [[("    ", ""), *line] for line in self._wrap_lines(self.context.say(act.reason), width - 4, "late")]
        return _ExchangeItem(([(mark, "info"), (number[1:], role), *rest], *reason), act.id, act.path, act=act)

    def _problem_item(self, problem: Problem, width: int, role: str) -> _ExchangeItem:
        location = self.context.say("line {line}", line=problem.line) if problem.line else ""
        text = "  ".join(
            part for part in (cells.sanitize_line(problem.path), location, self.context.say(problem.message)) if part
        )
        return _ExchangeItem(tuple(self._wrap_lines(text, width, role)), path=problem.path)

    def _received_item(self, outcome: TicketOutcome, width: int) -> _ExchangeItem:
        parts = [self.context.say(outcome.description), ", ".join(outcome.people)]
        lines = [self._format_row(outcome.id, parts, self._ticket_title(outcome.id), width)]
        for field_path in dict.fromkeys(outcome.superseded):
            text = self.context.say(
                "Two wrote {field}: both texts stand in the ticket.",
                field=field_label(field_path, self.context.formatter),
            )
            lines += [[("    ", ""), *line] for line in self._wrap_lines(text, width - 4, "strong")]
        if outcome.left_out:
            lines.append([(f"     git show {outcome.left_out[:12]}", "strong")])
        return _ExchangeItem(tuple(lines), outcome.id, outcome.path, is_new=True)

    def _waiting_item(self, pending: UnpushedItem, width: int) -> _ExchangeItem:
        steps = ", ".join(
            self.context.formatter.word(EVENT_LABELS[step]) for step in pending.actions if step in EVENT_LABELS
        )
        parts = [steps, self.context.say("number provisional") if pending.is_provisional else ""]
        number = pending.id if pending.title else ""
        return _ExchangeItem(
            (self._format_row(pending.id, parts, self._ticket_title(pending.id), width),), number, pending.path
        )

    def _ticket_title(self, number: str) -> str:
        return cells.sanitize_line(self._overview.titles.get(number, "")) if self._overview else ""

    def _format_row(self, number: str, parts: list[str], title: str, width: int) -> StyledLine:
        """Return `KSA-2026-0042  merged … · sun.yu  title`."""
        details = f" {self.context.theme.signs.dot} ".join(cells.sanitize_line(part) for part in parts if part)
        ellipsis, room = self.context.theme.signs.ellipsis, max(width - 3, 20)
        number_text = cells.truncate(cells.sanitize_line(number), room, ellipsis)
        room -= cells.width(number_text) + 2
        details = cells.truncate(details, max(room, 0) if not title else max(room * 3 // 5, 0), ellipsis)
        room -= cells.width(details) + 2
        return [
            (f" {number_text}  ", "strong"),
            (details, ""),
            (f"  {cells.truncate(title, max(room, 0), ellipsis)}", "dim"),
        ]

    # --- keys -------------------------------------------------------------------------------------------------------

    @property
    def _selected_item(self) -> _ExchangeItem | None:
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
            text = "All of {id} is held, so it is no ticket yet: {key} reports it anew under your name."
            self.show_error(self.context.say(text, id=act.id, key=key))
        else:
            self.fenji_app.open_ticket(number)

    def do_seen(self) -> None:
        """Mark the selected ticket as seen, or mark the held act."""
        item = self._selected_item
        if item and item.act:
            self._marked_digests ^= {item.act.digest}
        elif item and item.is_new:
            self._mark_seen([item.number])

    def do_all_seen(self) -> None:
        """Mark all tickets as seen; on a held act, mark all of these or none."""
        item = self._selected_item
        if item and item.act and self._overview:
            digests = {act.digest for act in self._overview.held}
            self._marked_digests = set() if self._marked_digests == digests else digests
        else:
            self._mark_seen([item.number for item in self._items if item.is_new])

    def do_take_marked(self) -> None:
        """Do the marked held acts anew, else the selected one."""
        held, item = self._overview.held if self._overview else (), self._selected_item
        acts = [act for act in held if act.digest in self._marked_digests]
        acts = acts or ([item.act] if item and item.act else [])
        if not acts:
            text = "Go to what is held back first." if held else "Nothing is held here."
            self.show_error(self.context.say(text))
            return
        context = self.context
        self.start_dialog(held_acts.confirm_taking(acts, context.formatter, context.desk.person, name=acts[0].id))

    def do_repair(self) -> None:
        """Hold back what the hub would refuse, and send the rest, after a refusal."""
        if self._overview and self._overview.status.is_refused:
            self.footer.show_notice(self.fenji_app.sync_controller.start(requested=True, repair=True))
        else:
            self.show_error(self.context.say("The hub has refused nothing: there is nothing to hold back."))

    def do_since_now(self) -> None:
        """Let a draft of the rules whose `since` has gone by begin now, and send it."""
        result = self.fenji_app.sync_controller.last_result
        if result and result.draft_passes_from_now:
            self.footer.show_notice(self.fenji_app.sync_controller.start(requested=True, since_now=True))
        else:
            self.show_error(self.context.say("No draft of the rules waits for another `since`."))

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
        if self._selected_item:
            item = self._selected_item
            self.fenji_app.tools.copy_text(f"{item.number} {self._ticket_title(item.number)}".strip() or item.path)
