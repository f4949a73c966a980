"""The plan: one project by items or all projects on a time axis, and details of the selected entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.errors import FenjiError
from fenji.model.plan import plan_project
from fenji.model.sla.plan_clocks import PROJECT
from tui.drawing import cells
from tui.keys import MAX_HINTS
from tui.plan import plan_axis, plan_lines, plan_view
from tui.plan.plan_details import render_details
from tui.plan.plan_lines import DrawnPlan
from tui.plan.plan_view import FIRST, GROUPINGS, NEWEST, NOT_DRAWN, PlanEntry, Project
from tui.screens.list_base import CanvasListScreen
from tui.screens.plan_items import PlanItemKeys

if TYPE_CHECKING:
    from fenji.model.board import Row
    from tui.action import Action
    from tui.context import Context
    from tui.drawing.scroll import Scroll
    from tui.drawing.theme import StyledLine

_DETAIL_LINES = 5  # at least, below the list: the head and four more
_MAX_ZOOM, _MIN_ZOOM = 4, -2  # how often the days shown are halved; negative: doubled
_NOT_OF_PROJECTS = ("plan_open", "all_projects", "done_today", "plan_edit")  # not offered in the list of all projects
_GROUPING_WORDS = {"": "by begin", "owner": "by owner", "unit": "by unit"}


class PlanScreen(CanvasListScreen):
    """The time axis of one project, or of all that are open."""

    SCREEN_ID = "plan"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._number = ""  # of the project shown; `""` for all
        self._closed_row: Row | None = None  # the project shown, if the board does not have it
        self.projects: list[Project] = []
        self.entries: list[PlanEntry] = []
        self._grouping = context.state.last_values.get("plan.by", "")
        self._baseline = NOT_DRAWN
        self._zoom, self._centre = 0, date.min
        self._top = 0
        self.parts = (PlanItemKeys(self, lambda: self.selected),)

    # --- content --------------------------------------------------------------------------------------------------

    def show(self, token: str) -> None:
        """Show the project with that number; `""` shows all projects."""
        self._number, self._closed_row = token, None
        self._zoom, self._top = 0, 0
        self._load()
        self._scroll.move_to(0)
        self._select(lambda entry: bool(entry.item and not entry.item.done))
        self._skip_headings(1)

    @property
    def token(self) -> str:
        return self._number

    def enter(self, *, returning: bool) -> None:
        """Show the projects as the board has them now."""
        if returning:
            self.refresh_data()

    def refresh_data(self) -> None:
        """Plan again after the desk was read again; the bar stays on its item."""
        if self._closed_row:
            self._read_closed(self._closed_row.id)
        self._load()

    def handle_done(self, rows: tuple[Row, ...]) -> None:
        """Plan again after a command changed tickets."""
        if self._closed_row:
            self._closed_row = next((row for row in rows if row.uid == self._closed_row.uid), self._closed_row)
        self._load()

    def _load(self) -> None:
        selected = self.selected.key if self.selected else None
        policy = self.context.desk.policy
        rows = [
            row for row in self.fenji_app.board_model.board.rows if row.ticket.kind == "project" and row.ticket.plan
        ]
        if self._number and self._number not in {row.id for row in rows}:
            self._read_closed(self._number)
        elif self._number:
            self._closed_row = None
        rows += [self._closed_row] if self._closed_row else []
        planned = [Project(row, plan_project(row.ticket, policy, row.reading)) for row in rows]
        self.projects = sorted(planned, key=lambda project: (project.plan.ends, project.number))
        at = self.context.desk.now()
        self.entries = plan_view.list_entries(
            self.shown_projects,
            is_all=not self._number,
            grouping=self._grouping,
            unit_of=lambda person: policy.unit_of(person, at),
        )
        self._scroll.resize(len(self.entries), self._scroll.height)
        place = next((n for n, entry in enumerate(self.entries) if entry.key == selected and not entry.heading), None)
        if place is not None:
            self._scroll.move_to(place)
        else:
            self._skip_headings(1)

    def _read_closed(self, number: str) -> None:
        try:
            self._closed_row = self.context.desk.row(number)
        except FenjiError as error:
            self._closed_row = None
            self.show_error(self.context.formatter.format_error(error))

    @property
    def shown_projects(self) -> list[Project]:
        """The one project shown, or all projects."""
        return [project for project in self.projects if self._number in ("", project.number)]

    @property
    def project(self) -> Project | None:
        """The one project shown; None while all are shown."""
        return next((project for project in self.shown_projects if self._number), None)

    @property
    def selected(self) -> PlanEntry | None:
        """The entry that the bar is on, or None."""
        return self.entries[self._scroll.selected_index] if self._scroll.selected_index < len(self.entries) else None

    def selected_rows(self) -> tuple[Row, ...]:
        """Return the ticket of the project that the bar is on."""
        project = self.selected.project if self.selected else None
        return (project.row,) if project else (self._closed_row,) if self._closed_row else ()

    @property
    def ticket_state(self) -> str:
        """Always `""`, since the footer is the same for tickets in any state."""
        return ""

    def footer_actions(self, count: int = MAX_HINTS) -> list[Action]:
        """Return the actions of the footer; in the list of projects, Enter shows the selected one."""
        actions = super().footer_actions(count)
        if self._number or self._grouping:
            return actions
        project = replace(self.context.keymap.get_action("plan_open"), label="open")
        return [project, *(action for action in actions if action.id not in _NOT_OF_PROJECTS)]

    # --- moving: headings are skipped -------------------------------------------------------------------------------

    @property
    def active_scroll(self) -> Scroll:
        return self._scroll

    def redraw(self) -> None:
        self._skip_headings(1)
        super().redraw()

    def _skip_headings(self, step: int) -> None:
        while self.selected and self.selected.heading:
            before = self._scroll.selected_index
            self._scroll.move_by(step)
            step = 1 if self._scroll.selected_index == before else step

    def do_up(self) -> None:
        self._scroll.move_by(-1)
        if self.selected and self.selected.heading:
            self._skip_headings(-1 if self._scroll.selected_index else 1)

    # --- display --------------------------------------------------------------------------------------------------

    def _draw_head(self, width: int, height: int) -> list[StyledLine]:  # noqa: ARG002 - always two lines
        head = plan_lines.render_head(self.project, self.shown_projects, self.context, width)
        drawn = self._drawn(width)
        if drawn is None:
            return [head]
        has_items = any(entry.item for entry in self.entries)
        return [head, plan_lines.render_dates(drawn.axis, drawn.layout, self.context, has_items=has_items)]

    def _drawn(self, width: int) -> DrawnPlan | None:
        items = [item for project in self.shown_projects for item in project.plan.items]
        if not items:
            return None
        today = self.shown_projects[0].plan.today
        layout = plan_lines.layout_plan(width, self.entries)
        days = [day for item in items for day in plan_axis.item_days(item)]
        axis = plan_axis.fit_axis([*days, today], layout.axis)
        if self._zoom:
            axis = plan_axis.zoom_axis(axis, self._centre, self._zoom)
        busy = plan_view.busy_stretches(self.projects)
        is_grouped = bool(self._grouping) and not self._number
        return DrawnPlan(axis, layout, self.context, today, self._baseline, is_grouped, busy)

    def _draw_list(self, width: int, height: int) -> list[StyledLine]:
        """Return the entries in view, the legend, and directly below it the details of the selected entry."""
        drawn = self._drawn(width)
        if drawn is None or not self.entries:
            return [[], *([(f"  {row}", "")] for row in cells.wrap(self._empty_text(), max(width - 3, 8)))]
        room = height - 1 - (_DETAIL_LINES if height >= 12 else 0)
        lines = [
            (n, line)
            for n, entry in enumerate(self.entries)
            for line in plan_lines.render_entry(entry, drawn, is_selected=n == self._scroll.selected_index)
        ]
        self._scroll.resize(len(self.entries), max(room // 2, 1))
        self._top = self._find_top([n for n, _ in lines], max(room, 2))
        shown = lines[self._top : self._top + max(room, 2)]
        if shown and self.entries[shown[-1][0]].heading:
            shown = shown[:-1]  # a heading is never the last line
        last = shown[-1][0] if shown else 0
        hidden = sum(not entry.heading for entry in self.entries[last + 1 :])
        legend = plan_lines.render_legend(drawn, hidden=hidden)
        body = [line for _, line in shown]
        below = height - len(body) - 1
        details = render_details(self.entries[self._scroll.selected_index], self.projects, drawn, self._place, below)
        return [*body, legend, *(details if height >= 12 else [])]

    @property
    def _place(self) -> str:
        entries = [n for n, entry in enumerate(self.entries) if not entry.heading]
        position = sum(n <= self._scroll.selected_index for n in entries)
        return f"{position}/{len(entries)}"

    def _find_top(self, places: list[int], room: int) -> int:
        """Return the first line to show, so that the selected entry and a heading right before it are fully in view."""
        selected = self._scroll.selected_index
        first, last = places.index(selected), len(places) - 1 - places[::-1].index(selected)
        if first and self.entries[places[first - 1]].heading:
            first -= 1
        top = self._top
        if not top <= first <= last < top + room:
            top = max(min(first, last - room // 2), last - room + 1)
        return max(min(top, len(places) - room), 0)

    def _empty_text(self) -> str:
        if self._number:
            add = self.context.keymap.key_label("plan_add")
            return self.context.say("{id} has no plan yet. {key} adds an item.", id=self._number, key=add)
        if any(row.ticket.kind == PROJECT for row in self.fenji_app.board_model.board.rows):
            return self.context.say("No open project has a plan. Open a project and add items to its plan.")
        return self.context.say(
            "There is no open project. {key} on the board creates one: choose {kind} as its kind.",
            key=self.context.keymap.key_label("new"),
            kind=self.context.formatter.word(PROJECT),
        )

    # --- keys: content ----------------------------------------------------------------------------------------------

    def do_all_projects(self) -> None:
        """Show all projects; in the list of all, show the selected one."""
        number = self.selected.project.number if self.selected and self.selected.project else ""
        if self._number:
            before = self._number
            self.show("")
            self._select(lambda entry: bool(entry.project and entry.project.number == before))
        elif number:
            self.show(number)

    def _select(self, is_wanted: Callable[[PlanEntry], bool]) -> None:
        place = next((n for n, entry in enumerate(self.entries) if not entry.heading and is_wanted(entry)), None)
        if place is not None:
            self._scroll.move_to(place)

    def do_next(self) -> None:
        self._step_project(1)

    def do_previous(self) -> None:
        self._step_project(-1)

    def _step_project(self, step: int) -> None:
        numbers = [project.number for project in self.projects]
        if self._number in numbers:
            self.show(numbers[(numbers.index(self._number) + step) % len(numbers)])

    def do_plan_group(self) -> None:
        """Group by owner, by unit, or not at all."""
        selected = self.selected
        self._grouping = GROUPINGS[(GROUPINGS.index(self._grouping) + 1) % len(GROUPINGS)]
        self.context.state.last_values["plan.by"] = self._grouping
        self._load()
        if selected:
            self._select(lambda entry: entry.key == selected.key)
        self.footer.show_notice(self.context.say(_GROUPING_WORDS[self._grouping]))

    def do_plan_baseline(self) -> None:
        """Switch the baseline below each item: the first plan, then the newest if there is another, then none."""
        order = [NOT_DRAWN, FIRST]
        if any(len(project.plan.baselines) > 1 for project in self.shown_projects):
            order.append(NEWEST)
        self._baseline = order[(order.index(self._baseline) + 1) % len(order)] if self._baseline in order else NOT_DRAWN

    def do_zoom_in(self) -> None:
        self._set_zoom(1)

    def do_zoom_out(self) -> None:
        self._set_zoom(-1)

    def _set_zoom(self, step: int) -> None:
        """Show half or twice as many days, centred on the selected item or today."""
        item = self.selected.item if self.selected else None
        if self.shown_projects:
            today = self.shown_projects[0].plan.today
            self._centre = item.begins + (item.ends - item.begins) // 2 if item else today
            self._zoom = max(min(self._zoom + step, _MAX_ZOOM), _MIN_ZOOM)

    def do_zoom_all(self) -> None:
        """Show all days again."""
        self._zoom = 0

    def do_days_before(self) -> None:
        self._shift_days(-1)

    def do_days_after(self) -> None:
        self._shift_days(1)

    def _shift_days(self, step: int) -> None:
        """Move the axis by a quarter of the days shown."""
        drawn = self._drawn(self.size.width)
        if drawn and self._zoom:
            middle = drawn.axis.first + drawn.axis.days // 2 * timedelta(days=1)
            self._centre = middle + step * max(drawn.axis.days // 4, 1) * timedelta(days=1)
        elif drawn:
            key = self.context.keymap.key_label("zoom_in")
            self.footer.show_notice(self.context.say("All days are shown. {key} zooms in.", key=key))

    def do_leave_plan(self) -> None:
        self.fenji_app.go_back()

    # --- keys: the selected item --------------------------------------------------------------------------------------

    def do_plan_open(self) -> None:
        """Open the ticket of the selected item; in the list of projects, show the selected project."""
        entry = self.selected
        if entry and entry.project and entry.item is None:
            self.show(entry.project.number)
        elif entry and entry.project and entry.item:
            self.fenji_app.open_ticket(entry.project.number)
