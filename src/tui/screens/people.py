"""People and rules: the work of each person, the tickets of the selected one, the rules in force, handing over."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fenji.desk.figures import FigureDesk
from fenji.desk.report import ReportRequest
from fenji.model.load import NOBODY, HeldItem, PersonLoad, find_belongings, measure_loads
from fenji.model.periods import parse_period
from fenji.model.policy.describe import describe_policy
from tui.drawing.bar import render_bar
from tui.drawing.scroll import Scroll
from tui.people import people_dialogs, people_lines
from tui.people.people_lines import PersonFigures
from tui.screens.list_base import CanvasListScreen

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.periods import Period
    from fenji.model.values import JsonValue
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.messages import ReaderAnswered
    from tui.screens.rules import RulesScreen

_READER = "people"
_MONTHS = 3  # months of hours and rates, including this one
_MIN_TICKETS = 3  # fewest lines below the name of the selected person
_MIN_PEOPLE = 6
_MIN_PINNED = 3  # rows from which the row of unowned tickets is always shown


class PeopleScreen(CanvasListScreen):
    """The table of people; Enter goes down to the tickets of the selected person."""

    SCREEN_ID = "people"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.loads: list[PersonLoad] = []
        self.figures: dict[str, PersonFigures] = {}
        self._desk_figures = FigureDesk(context.desk)
        self._tickets_scroll = Scroll()
        self._is_among_tickets = False
        self._shows_leaving = False

    # --- content --------------------------------------------------------------------------------------------------

    def show(self, token: str) -> None:  # noqa: ARG002 - there is only one page
        """Count the loads at once, and hours and rates in the background."""
        self._load()
        self._ask_figures()

    def enter(self, *, returning: bool) -> None:
        """Count the loads again on return from another screen."""
        if returning:
            self._load()

    def refresh_data(self) -> None:
        """Count again after the desk was read again; the bar stays on its person."""
        self._load()

    def handle_done(self, rows: tuple[Row, ...]) -> None:  # noqa: ARG002 - the board has them
        self._load()

    def _load(self) -> None:
        person = self.selected.person if self.selected else self.context.desk.person
        board = self.fenji_app.board_model.board
        self.loads = measure_loads(board.rows, self.context.desk.policy, board.at)
        self._scroll.resize(len(self.loads), self._scroll.height)
        place = next((n for n, load in enumerate(self.loads) if load.person == person), None)
        if place is not None:
            self._scroll.move_to(place)

    @property
    def _period(self) -> Period:
        today = self.context.desk.today().date
        this_month = parse_period("month", today=today, zone=self.context.desk.period_zone)
        return this_month.around("M").before(months=_MONTHS)

    def _ask_figures(self) -> None:
        request = ReportRequest(period=self._period.query, by="person")
        self.fenji_app.ask_reader(_READER, ("figures",), lambda: self._read_figures(request))

    def _read_figures(self, request: ReportRequest) -> dict[str, PersonFigures]:
        appraisal = self._desk_figures.report(request).figures.appraisal
        assert appraisal, "an appraisal was asked for"
        return {
            row.key["person"]: PersonFigures(
                int(row.hours),
                sum(clock.met for clock in row.clocks.values()),
                sum(clock.decided for clock in row.clocks.values()),
            )
            for row in appraisal.rows
        }

    def handle_answer(self, message: ReaderAnswered) -> None:
        """Take in hours and rates."""
        if message.topic == ("figures",):
            self.figures = cast("dict[str, PersonFigures]", message.answer)

    @property
    def selected(self) -> PersonLoad | None:
        """The load of the person under the bar."""
        return self.loads[self._scroll.selected_index] if self._scroll.selected_index < len(self.loads) else None

    @property
    def _work(self) -> list[Row | HeldItem]:
        return [*self.selected.rows, *self.selected.items] if self.selected else []

    @property
    def active_scroll(self) -> Scroll:
        return self._tickets_scroll if self._is_among_tickets else self._scroll

    def selected_rows(self) -> tuple[Row, ...]:
        """Return the ticket under the bar; `()` while the bar is among the people."""
        if not self._is_among_tickets or not self._work:
            return ()
        chosen = self._work[min(self._tickets_scroll.selected_index, len(self._work) - 1)]
        return (chosen.row if isinstance(chosen, HeldItem) else chosen,)

    @property
    def ticket_state(self) -> str:
        """Always `""`, since the footer is the same for tickets in any state."""
        return ""

    # --- display --------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always two lines
        time = self.context.formatter.format_time(self.fenji_app.board_model.board.at)
        layout = people_lines.layout_people(width)
        return [
            people_lines.render_head(self.loads, self.context, time, width),
            people_lines.render_heads(layout, self.context),
        ]

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        """Return the table, its legend, the tickets of the selected person, and the rules in force."""
        load = self.selected
        if load is None:
            return [[], [(f"  {self.context.say('The rules name no people yet.')}", "")]]
        below = self._lines_below(load, width) if height >= 16 else []
        room = max(height - len(below) - 2 - _MIN_TICKETS, _MIN_PEOPLE)
        table = self._draw_table(width, min(room, len(self.loads)))
        rest = height - len(table) - 1 - len(below)
        person = [people_lines.render_person_head(load, self.context, width), *self._draw_work(width, rest - 1)]
        return [*table, *person[: max(rest, 0)], *below]

    def _lines_below(self, load: PersonLoad, width: int) -> list[StyledLine]:
        policy = self.context.desk.policy
        if self._shows_leaving and load.person != NOBODY:
            belongings = find_belongings(load, policy)
            return people_lines.render_leaving(belongings, load.person, self.context, width)
        now = self.context.desk.now()
        description = describe_policy(policy, now)
        site = policy.site(self.context.desk.site, now)
        calendars = cast("list[dict[str, JsonValue]]", description["calendars"])
        weeks = (cast("list[str]", known["week"]) for known in calendars if site and known["name"] == site.calendar)
        return people_lines.render_rules_in_force(description, " ".join(next(weeks, [])[:1]), self.context, width)

    def _draw_table(self, width: int, height: int) -> list[StyledLine]:
        shown = self._shown_people(height)
        layout, full = people_lines.layout_people(width), people_lines.full_load(self.loads)
        lines = [self._draw_person(n, full, layout) for n in shown]
        hidden = len(self.loads) - shown[0] - len(shown)
        period = self._period.query if self.figures else ""
        return [*lines, people_lines.render_legend(self.context, period, hidden, width)]

    def _shown_people(self, height: int) -> list[int]:
        """Return the indices of the rows in view; the row of unowned tickets always stays in view, as the last one."""
        count = len(self.loads)
        if self.loads[-1].person != NOBODY or count <= height or height < _MIN_PINNED:
            self._scroll.resize(count, height)
            return [*self._scroll.visible_range]
        self._scroll.resize(count, height - 1)
        first, end = self._scroll.visible_range.start, self._scroll.visible_range.stop
        return [*range(first, end), count - 1] if end < count else [*range(first - 1, end)]

    def _draw_person(self, number: int, full: int, layout: people_lines.PeopleLayout) -> StyledLine:
        load = self.loads[number]
        figures = self.figures.get(load.person, PersonFigures()) if self.figures else None
        spans = people_lines.render_person(load, figures, full, layout, self.context)
        if number != self._scroll.selected_index:
            return [(" ", ""), *spans]
        if self._is_among_tickets:  # the keys move the tickets: only the first cell of the bar stays
            return [(self.context.theme.signs.bar, "accent"), *spans]
        return render_bar(spans, self.context.theme, words=slice(2 if layout.unit else 1))

    def _draw_work(self, width: int, height: int) -> list[StyledLine]:
        if not self._work:
            return [[(f"  {self.context.say('Nothing is in hand.')}", "dim")]]
        self._tickets_scroll.resize(len(self._work), height)
        lines = []
        for number in self._tickets_scroll.visible_range:
            chosen = self._work[number]
            if isinstance(chosen, HeldItem):
                spans, words = people_lines.render_item(chosen, self.context, width), slice(3, 4)
            else:
                spans, words = people_lines.render_ticket(chosen, self.context, width), slice(-2, None)
            is_selected = self._is_among_tickets and number == self._tickets_scroll.selected_index
            lines.append(render_bar(spans, self.context.theme, words=words) if is_selected else [(" ", ""), *spans])
        return lines

    # --- keys -----------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        if not self._is_among_tickets:
            self._tickets_scroll.move_to(0)
        super().redraw()

    def do_people_open(self) -> None:
        """Go down to the tickets of the person; among them, open the selected one."""
        if not self._work:
            self.footer.show_notice(self.context.say("Nothing is in hand."))
        elif self._is_among_tickets:
            self.fenji_app.open_ticket(self.selected_rows()[0].id)
        else:
            self._is_among_tickets = True

    def do_people_side(self) -> None:
        """Switch between people and tickets."""
        self._is_among_tickets = not self._is_among_tickets and bool(self._work)

    def do_leave_people(self) -> None:
        """Go up to the people, close the view of what a person would leave behind, or leave the screen."""
        if self._is_among_tickets:
            self._is_among_tickets = False
        elif self._shows_leaving:
            self._shows_leaving = False
        else:
            self.fenji_app.go_back()

    def do_leaving(self) -> None:
        """Show what the person would leave behind, or the rules again."""
        self._shows_leaving = not self._shows_leaving

    def do_hand_over(self) -> None:
        """Hand over the selected ticket, or everything the person has: always everything in the leaving view."""
        load = self.selected
        rows = self.selected_rows()
        if load is None or not self._work:
            self.footer.show_notice(self.context.say("Nothing is in hand."))
        elif rows and load.person == NOBODY:
            self.start_dialog(people_dialogs.give_dialog(self.dialog_target(rows)))
        elif load.person == NOBODY:
            self.start_dialog(people_dialogs.give_dialog(self.dialog_target(load.rows)))
        else:
            belongings = find_belongings(load, self.context.desk.policy)
            targets = rows if rows and not self._shows_leaving else belongings.tickets
            self.start_dialog(people_dialogs.hand_over_dialog(self.dialog_target(targets), load.person))

    def do_copy(self) -> None:
        """Copy the query that lists the tickets of the person."""
        load = self.selected
        if load:
            self.fenji_app.tools.copy_text(f"owner:{load.person}" if load.person else "is:unowned")

    def do_recount_people(self) -> None:
        """Count hours and rates again."""
        self._ask_figures()

    # --- keys: the rules --------------------------------------------------------------------------------------------

    def do_rules(self) -> None:
        self._rules_screen().show_rules()

    def do_holidays(self) -> None:
        self._rules_screen().show_holidays()

    def do_amend(self) -> None:
        """Edit the rules in the user's editor, and show the result of their check."""
        people_dialogs.check_may_amend(self.context.desk)
        self._rules_screen().amend()

    def _rules_screen(self) -> RulesScreen:
        return cast("RulesScreen", self.fenji_app.go_to("rules"))
