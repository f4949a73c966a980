"""The keys of the plan screen that change an item or its plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.plan import plan_dialogs
from tui.ticket.ticket_head import short_key
from tui.writing import editing

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.plan import PlannedItem
    from tui.plan.plan_view import PlanEntry, Project
    from tui.screens.base import BaseScreen
    from tui.writing.dialogs import Dialog


class PlanItemKeys:
    """The part of the plan screen with the keys for the selected entry."""

    def __init__(self, screen: BaseScreen, selected: Callable[[], PlanEntry | None]) -> None:
        self._screen, self._selected = screen, selected

    def _with_item(self) -> tuple[Project, PlannedItem] | None:
        """Return the selected item with its project; if the bar is on no item, show an error and return None."""
        entry = self._selected()
        if entry and entry.project and entry.item:
            return entry.project, entry.item
        self._screen.show_error(self._screen.context.say("No item is selected. Enter opens the project."))
        return None

    def do_done_today(self) -> None:
        """Mark the item done today."""
        chosen = self._with_item()
        if chosen is None:
            return
        project, item = chosen
        if item.done:
            values = {"item": short_key(item.key), "day": item.done.isoformat()}
            self._screen.show_error(self._screen.context.say("{item} was already done on {day}.", **values))
        else:
            self._screen.submit(plan_dialogs.finish_item(project.row, item.key, project.plan.today.isoformat()))

    def do_plan_edit(self) -> None:
        """Change the values of the item."""
        chosen = self._with_item()
        if chosen:
            project, item = chosen
            value = project.row.ticket.look_up(f"plan.{item.key}")
            target = self._screen.dialog_target((project.row,))
            self._screen.start_dialog(editing.item_dialog(target, "plan", value if isinstance(value, dict) else None))

    def do_plan_owner(self) -> None:
        """Give the item to a person."""
        chosen = self._with_item()
        if chosen:
            project, item = chosen
            self._screen.start_dialog(plan_dialogs.item_owner_dialog(self._screen.dialog_target((project.row,)), item))

    def do_plan_add(self) -> None:
        """Add an item to the plan of the project."""
        self._start_on_project(lambda row: editing.item_dialog(self._screen.dialog_target((row,)), "plan"))

    def do_set_baseline(self) -> None:
        """Ask for a reason, and promise the present due dates as a new baseline."""
        self._start_on_project(lambda row: plan_dialogs.baseline_dialog(self._screen.dialog_target((row,))))

    def _start_on_project(self, make_dialog: Callable[[Row], Dialog]) -> None:
        rows = self._screen.selected_rows()
        if rows:
            self._screen.start_dialog(make_dialog(rows[0]))
        else:
            self._screen.show_error(self._screen.context.say("There is no project here."))

    def do_editor(self) -> None:
        """Open the ticket's file in the user's editor."""
        rows = self._screen.selected_rows()
        if rows:
            self._screen.fenji_app.tools.edit_ticket_file(rows[0].id)

    def do_copy(self) -> None:
        """Copy the project's number and the selected item, or the title, to the terminal's clipboard."""
        entry = self._selected()
        if entry and entry.project:
            words = (entry.item.key, entry.item.what) if entry.item else (entry.project.plan.title,)
            self._screen.fenji_app.tools.copy_text(" ".join((entry.project.number, *words)))
