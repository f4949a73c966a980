"""The screens of the interface; each is created on the first visit and then kept."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.context import Context
    from tui.screens.base import BaseScreen

SCREENS = {
    "ticket": "ticket:TicketScreen",
    "new": "intake:IntakeScreen",
    "find": "find:FindScreen",
    "synonyms": "synonyms:SynonymsScreen",
    "exchange": "exchange:ExchangeScreen",
    "keys": "keys:KeysScreen",
    "bad": "problems:ProblemsScreen",
    "settings": "settings:SettingsScreen",
    "report": "report:ReportScreen",
    "behind": "behind:BehindScreen",
    "plan": "plan:PlanScreen",
    "history": "history:HistoryScreen",
    "people": "people:PeopleScreen",
    "rules": "rules:RulesScreen",
    "import": "importing:ImportScreen",
}


def create_screen(name: str, context: Context) -> BaseScreen:
    """Create the screen of that name, and import its module only now, since the first paint needs only the board."""
    module, _, class_name = SCREENS[name].partition(":")
    screen: BaseScreen = getattr(import_module(f"tui.screens.{module}"), class_name)(context)
    return screen
