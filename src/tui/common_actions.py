"""The actions that are the same on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tui import commands

if TYPE_CHECKING:
    from tui.application import Application
    from tui.screens.base import BaseScreen
    from tui.screens.keys import KeysScreen


class CommonActions:
    """The actions that all screens share; a screen's own action of the same name takes precedence."""

    def __init__(self, app: Application) -> None:
        self._app = app

    @property
    def _screen(self) -> BaseScreen:
        return cast("BaseScreen", self._app.active_screen)

    def do_help(self) -> None:
        """List the keys of the screen, so that the user can choose an action."""
        screen = self._screen
        cast("KeysScreen", self._app.go_to("keys")).describe(screen)

    do_palette = do_help

    def do_sync(self) -> None:
        self._app.start_sync()

    def do_find(self) -> None:
        self._app.go_to("find")

    def do_report(self) -> None:
        """Show the figures of a period."""
        self._app.go_to("report")

    def do_exchange(self) -> None:
        """Show the received changes, and those waiting to be sent."""
        self._app.go_to("exchange")

    def do_import(self) -> None:
        self._app.go_to("import")

    def do_new(self) -> None:
        self._app.go_to("new")

    def do_plan(self) -> None:
        """Show the plan of the project that the bar is on, or the plans of all projects."""
        rows = self._screen.selected_rows()
        is_project = bool(rows) and rows[0].ticket.kind == "project" and bool(rows[0].ticket.plan)
        self._app.go_to("plan", rows[0].id if is_project else "")

    def do_people(self) -> None:
        """Show how much work each person has in hand."""
        self._app.go_to("people", "")

    def do_undo(self) -> None:
        self._app.submit(commands.UNDO)

    def do_redo(self) -> None:
        self._app.submit(commands.REDO)

    def do_back(self) -> None:
        self._app.go_back()

    def do_settings(self) -> None:
        """Show the user's settings."""
        self._app.go_to("settings")

    def do_leave(self) -> None:
        self._app.exit_when_idle()

    do_quit = do_leave

    def do_suspend(self) -> None:
        self._app.action_suspend_process()
