"""Words of a filter that no ticket can have are named; a list that they emptied is told from a desk without tickets."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import fenji
from desks import make_desk


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
        assert (result.code, result.out) == (0, "No ticket fits these words. Without them: fenji list\n")


def test_an_empty_desk_says_how_to_begin(tmp_path: Path) -> None:
    assert "Report one with" in fenji("list", "--desk", make_desk(tmp_path)).out
