from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from fenji.model.policy.parts import STEPS
from tui import keys
from tui.common_actions import CommonActions
from tui.formatting import Formatter
from tui.keys import ACTIONS, Keymap
from tui.report.report_export import ReportExport
from tui.report.report_issue import ReportIssue
from tui.screens import (
    behind,
    board,
    exchange,
    find,
    history,
    importing,
    people,
    plan,
    problems,
    report,
    rules,
    settings,
    synonyms,
    ticket,
)
from tui.screens import keys as keys_place
from tui.screens.board_arranging import BoardArranger
from tui.screens.board_filter import BoardFilter
from tui.screens.bundles import BundleKeys
from tui.screens.conflicts import ConflictViewer
from tui.screens.plan_items import PlanItemKeys
from tui.screens.ticket_edit import TicketEditor
from tui.terminal.terminal_app import TerminalApp
from tui.widgets.footer import format_key_hints
from tui.writing import dialogs

if TYPE_CHECKING:
    from tui.action import Action

PLACES = {
    "board": board.BoardScreen,
    "ticket": ticket.TicketScreen,
    "find": find.FindScreen,
    "synonyms": synonyms.SynonymsScreen,
    "bad": problems.ProblemsScreen,
    "exchange": exchange.ExchangeScreen,
    "keys": keys_place.KeysScreen,
    "report": report.ReportScreen,
    "behind": behind.BehindScreen,
    "history": history.HistoryScreen,
    "plan": plan.PlanScreen,
    "people": people.PeopleScreen,
    "rules": rules.RulesScreen,
    "settings": settings.SettingsScreen,
    "import": importing.ImportScreen,
}
# The parts of screens that have keys of their own.
PARTS: dict[str, tuple[type, ...]] = {
    "board": (BoardArranger, BoardFilter),
    "ticket": (ConflictViewer, TicketEditor),
    "exchange": (BundleKeys,),
    "plan": (PlanItemKeys,),
    "report": (ReportExport, ReportIssue),
}
# What terminals, multiplexers or input methods take for themselves.
EATEN = ("ctrl+s", "ctrl+space", "alt+", "ctrl+shift", "ctrl+enter", "f1")


@pytest.mark.parametrize("place", PLACES)
def test_no_key_does_two_things_in_one_place(place: str) -> None:
    counted = Counter(key for action in Keymap().actions_on(place) for key in action.keys)
    assert [key for key, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_says_what_it_does_and_is_done_in_each_of_its_places(action: Action) -> None:
    assert action.label
    assert action.help[0].isupper()
    for place_name in action.screens:
        name = "do_view" if action.id.startswith("view_") else f"do_{action.id}"
        parts = (PLACES[place_name], *PARTS.get(place_name, ()), CommonActions, TerminalApp)
        assert action.id in dialogs.DIALOGS or any(hasattr(part, name) for part in parts), (place_name, action.id)


def test_no_action_hangs_on_a_key_that_terminals_eat() -> None:
    for action in ACTIONS:
        assert [key for key in action.keys if not key.startswith(EATEN)], action.id


def test_every_act_of_the_method_has_a_key() -> None:
    reached = {action.step for action in ACTIONS} | {"report"}
    assert set(STEPS) <= reached


def test_footers_end_in_the_list_of_all_keys_and_hold_eight() -> None:
    for place in ("board", "ticket"):
        for state in ("", "new", "responded", "working", "waiting", "solved", "confirmed", "archived"):
            shown = Keymap().footer_actions(place, state)
            assert shown[-1].id == "help"
            assert len(shown) <= 8


def test_keys_for_every_ticket_stay_where_they_are_from_one_ticket_to_the_next() -> None:
    tails = set()
    for state in ("new", "responded", "working", "waiting", "solved", "confirmed"):
        actions = Keymap().footer_actions("board", state)
        offers_answer = "answer" in [action.id for action in Keymap().footer_actions("board", state, count=20)]
        assert offers_answer == (state in ("new", "waiting"))
        hints = format_key_hints(actions, 80, Formatter("en"), right_from="new")
        text = "".join(part for part, _ in hints)
        assert len(text) == 80
        tails.add(text[text.index(" n new ") :])
    assert len(tails) == 1


def test_a_key_taken_over_is_lost_to_the_other_action() -> None:
    keymap, _ = keys.build_keymap({"answer": ["r"]})
    assert keymap.find_action("board", "r") == keymap.get_action("answer")
    assert keymap.get_action("refresh").keys == (".",)


@pytest.mark.parametrize(
    ("key", "written"), [("ctrl+p", "Ctrl+P"), ("escape", "Esc"), ("a", "a"), ("?", "?"), ("pagedown", "PgDn")]
)
def test_keys_as_people_write_them(key: str, written: str) -> None:
    assert keys.format_key(key) == written


def test_the_footer_names_no_act_of_others_and_none_without_a_ticket() -> None:
    shown = Keymap().footer_actions("board", "solved", may_do=lambda step: step != "confirm")
    assert [action.id for action in shown][:2] == ["reopen", "note"]
    assert not [action.id for action in Keymap().footer_actions("board", "") if action.step]
