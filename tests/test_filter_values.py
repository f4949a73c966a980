"""Words of a filter that no ticket can have are named; a list that they emptied is told from a desk without tickets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commandline import fenji
from desks import make_desk
from fenji.model.filter_values import offered_values
from policies import make_policy
from stories import report_event, ticket_with

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_desk(tmp_path_factory.mktemp("desk"), "shipped")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("state:foo", "It knows new, responded, working"),
        ("state:wating", "Is waiting"),
        ("kind:qualty", "Is quality meant?"),
        ("p:9", "P1, P2, P3, P4"),
        ("owner:li.wie", "li.wei"),
        ("site:KSB", "KSA"),
        ("unit:FACTRY-7", "FACTORY-7"),
        ("is:lat", "late"),
    ],
)
def test_a_value_that_nothing_has_is_named(root: Path, word: str, hint: str) -> None:
    result = fenji("list", word, "--desk", root)
    assert (result.code, result.out) == (2, "")
    assert hint in result.err


def test_a_value_that_something_has_may_match_nothing(root: Path) -> None:
    for word in ("state:withdrawn", "owner:me,li.wei nothing-like-it", "site:HQ nothing-like-it", "p:1..9 zzzz"):
        result = fenji("list", word, "--desk", root)
        assert (result.code, result.out) == (0, "No tickets match these words. Without them: fenji list\n")


def test_an_empty_desk_says_how_to_begin(tmp_path: Path) -> None:
    assert "Report one with" in fenji("list", "--desk", make_desk(tmp_path)).out


LEFT = {
    "people/he.qi/until": "2026-03-01",
    "units/FACTORY-7/until": "2026-03-01",
    "people/zhao.min/until": "2030-01-01",
}


def test_who_has_left_is_offered_last_and_only_as_long_as_a_ticket_names_him() -> None:
    policy = make_policy(LEFT)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    offered = offered_values(policy, at)
    assert offered["owner"] == ["me", "li.wei", "zhao.min", "wang.fang", "he.qi"]
    assert offered["unit"] == ["HQ-TECH", "FACTORY-7"]
    names_him = parse_ticket_of("he.qi")
    assert offered_values(policy, at, [names_him])["owner"][-1] == "he.qi"
    assert "FACTORY-7" not in offered_values(policy, at, [names_him])["unit"]
    assert "he.qi" not in offered_values(policy, at, [])["owner"]
    assert policy.present_people(at) == ["li.wei", "zhao.min", "wang.fang"]


def parse_ticket_of(owner: str) -> Ticket:
    return ticket_with(report_event("03-01 08:00", owner=owner), owner=owner)


def test_a_priority_that_nothing_has_is_named_as_it_was_typed(root: Path) -> None:
    assert "No ticket has p:9." in fenji("list", "p:9", "--desk", root).err
