from __future__ import annotations

from collections import Counter

import pytest

from fenji.policy.values import STEPS
from fenji.tui import dialogues, keys
from fenji.tui.keys import ACTIONS, Keymap
from fenji.tui.screens import bad, board, exchange, find, synonyms, ticket
from fenji.tui.screens import keys as keys_place

PLACES = {
    "board": board.BoardPlace,
    "ticket": ticket.TicketPlace,
    "find": find.FindPlace,
    "synonyms": synonyms.SynonymsPlace,
    "bad": bad.BadPlace,
    "exchange": exchange.ExchangePlace,
    "keys": keys_place.KeysPlace,
}
# What terminals, multiplexers or input methods take for themselves.
EATEN = ("ctrl+s", "ctrl+space", "alt+", "ctrl+shift", "ctrl+enter", "f1")


@pytest.mark.parametrize("place", PLACES)
def test_no_key_does_two_things_in_one_place(place: str) -> None:
    counted = Counter(key for one in Keymap().of(place) for key in one.keys)
    assert [key for key, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda one: one.id)
def test_every_action_says_what_it_does_and_is_done_in_each_of_its_places(action: keys.Action) -> None:
    assert action.label
    assert action.help[0].isupper()
    for place in action.places:
        name = "do_view" if action.id.startswith("view_") else f"do_{action.id}"
        assert action.id in dialogues.DIALOGUES or hasattr(PLACES[place], name), (place, action.id)


def test_no_action_hangs_on_a_key_that_terminals_eat() -> None:
    for one in ACTIONS:
        assert [key for key in one.keys if not key.startswith(EATEN)], one.id


def test_every_act_of_the_method_has_a_key() -> None:
    reached = {one.step for one in ACTIONS} | {"report"}
    assert set(STEPS) <= reached


def test_footers_end_in_the_list_of_all_keys_and_hold_eight() -> None:
    for place in ("board", "ticket"):
        for state in ("", "new", "responded", "working", "waiting", "solved", "confirmed", "archived"):
            shown = Keymap().footer(place, state)
            assert shown[-1].id == "help"
            assert len(shown) <= 8


def test_a_key_taken_over_is_lost_to_the_other_action() -> None:
    keymap, _ = keys.keymap({"answer": ["r"]})
    assert keymap.action("board", "r") == keymap.named("answer")
    assert keymap.named("refresh").keys == (".",)


@pytest.mark.parametrize(
    ("key", "written"), [("ctrl+p", "Ctrl+P"), ("escape", "Esc"), ("a", "a"), ("?", "?"), ("pagedown", "PgDn")]
)
def test_keys_as_people_write_them(key: str, written: str) -> None:
    assert keys.shown(key) == written
