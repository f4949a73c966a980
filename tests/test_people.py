"""People and units whom the policy does not know: refused at every door, taken by whoever insists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commandline import fenji
from desks import RUST, git, make_desk, open_desk, replace_in_file
from fenji.desk import people
from fenji.desk.people import UnknownName, nearest_keys


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_desk(tmp_path, "shipped")


def first_open(root: Path) -> str:
    return sorted(path.stem for path in (root / "tickets" / "open").glob("KSA-*.yaml"))[0]


@pytest.mark.parametrize(
    ("words", "unknown", "near"),
    [
        (["assign", "ID", "li.wie"], "li.wie", "li.wei"),
        (["assign", "ID", "nobody"], "nobody", ""),
        (["assign", "ID", "li.wei", "--unit", "FACTRY-7"], "FACTRY-7", "FACTORY-7"),
        (["new", "--title", "x", "--owner", "zhao.mni"], "zhao.mni", "zhao.min"),
        (["new", "--title", "x", "--unit", "HQ-TCH"], "HQ-TCH", "HQ-TECH"),
        (["note", "ID", "x", "--by", "wang.fag"], "wang.fag", "wang.fang"),
        (["edit", "ID", "--set", "owner=ghost"], "ghost", ""),
        (["edit", "ID", "--set", "units=HQ-TECH,GHOSTS"], "GHOSTS", ""),
        (["edit", "ID", "--set", "plan.m9.owner=ghost"], "ghost", ""),
        (["edit", "ID", "--set", "resources.r9.who=ghost"], "ghost", ""),
        (["edit", "ID", "--set", "resources.r9.unit=FACTRY-7"], "FACTRY-7", "FACTORY-7"),
        (["edit", "ID", "--set", "fault.of=HQ-TCH"], "HQ-TCH", "HQ-TECH"),
    ],
)
def test_nobody_is_taken_in_passing(root: Path, words: list[str], unknown: str, near: str) -> None:
    number, before = first_open(root), git(root, "rev-parse", "HEAD")
    args = [number if word == "ID" else word for word in words]
    result = fenji(*args, "--desk", root)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"{unknown} is not among the ")
    assert "--unknown-person accepts" in result.err
    if near:
        assert re.search(rf"Is (\S+, )*{near}(, \S+)* meant\?", result.err)
    assert git(root, "rev-parse", "HEAD") == before
    assert fenji(*args, "--desk", root, "--unknown-person").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["assign", "ID", "queue:HQ"],
        ["new", "--title", "x", "--owner", "queue:KSA"],
        ["edit", "ID", "--set", "plan.m9.owner=queue:HQ"],
        ["edit", "ID", "--set", "resources.r9.who=queue:HQ"],
        ["note", "ID", "x", "--by", "Queue:HQ"],
    ],
)
def test_nobody_is_called_like_a_duty_queue(root: Path, words: list[str]) -> None:
    number = first_open(root)
    before = git(root, "rev-parse", "HEAD")
    words = [number if word == "ID" else word for word in words]
    refused = fenji(*words, "--unknown-person", "--desk", root)
    assert refused.code == 1
    assert "is a duty queue" in refused.err
    assert git(root, "rev-parse", "HEAD") == before


def test_people_are_found_by_their_name_and_by_a_part_of_their_key() -> None:
    names = {"li.wei": "李偉", "wang.fang": "Wang Fang", "zhao.min": ""}
    assert nearest_keys("李伟", names) == ["li.wei"]
    assert nearest_keys("Fang", names) == ["wang.fang"]
    assert nearest_keys("zhao", names) == ["zhao.min"]
    assert nearest_keys("qqq", names) == []


def test_who_sits_at_the_desk_may_be_new_to_the_policy(root: Path) -> None:
    git(root, "config", "--unset", "fenji.user")
    git(root, "config", "user.email", "newcomer@example.org")
    assert fenji("new", "--title", "x", "--desk", root, FENJI_USER="").code == 0
    assert fenji("new", "--title", "x", "--desk", root, "--by", "nwcomer", FENJI_USER="").code == 1


def test_a_policy_without_people_or_units_knows_nobody_to_compare_with(root: Path) -> None:
    with open_desk(root) as desk:
        policy = desk.policy
    from dataclasses import replace

    nobody = replace(policy, people={}, units={})
    people.check_person("anybody", nobody)
    with pytest.raises(UnknownName):
        people.check_person("anybody", policy)


def test_what_a_ticket_names_already_may_stay(root: Path) -> None:
    number = first_open(root)
    with open_desk(root) as desk:
        with people.insist():
            desk.act(number, "edit", fields={"units": ["OLD-UNIT"]})
        row = desk.act(number, "edit", fields={"units": ["OLD-UNIT", "HQ-TECH"]})
        assert row.ticket.units == ["OLD-UNIT", "HQ-TECH"]


def test_undoing_gives_a_ticket_back_to_whoever_had_it(root: Path) -> None:
    number = first_open(root)
    with open_desk(root) as desk:
        with people.insist():
            desk.act(number, "assign", fields={"owner": "ghost"})
        desk.act(number, "assign", fields={"owner": "li.wei"})
        desk.undo()
        assert desk.row(number).ticket.owner == "ghost"


def test_the_policy_is_read_again_before_somebody_is_refused(root: Path) -> None:
    with open_desk(root) as desk:
        desk.new(RUST)
    with open_desk(root, "sun.yu") as desk:
        replace_in_file(root / "policy.yaml", "people:\n", "people:\n  new.man: {name: New, roles: [engineer]}\n")
        assert desk.new(RUST, by="new.man").ticket.log[0].by == "new.man"


def test_whoever_comes_into_the_policy_answers_for_nothing_that_is_decided(root: Path) -> None:
    with people.insist(), open_desk(root, "sun.yu") as desk:
        number = desk.new({**RUST, "owner": "ghost"}).ticket.id
        desk.act(number, "respond", note="seen")
    ghost = "people:\n  ghost: {name: Ghost, roles: [engineer], unit: HQ-TECH}\n"
    replace_in_file(root / "policy.yaml", "people:\n", ghost)
    checked = fenji("policy", "check", "--desk", root)
    assert checked.code == 1
    assert f"in what {number} has decided" in checked.out + checked.err
    replace_in_file(root / "policy.yaml", ", unit: HQ-TECH}\n", "}\n")
    assert number not in fenji("policy", "check", "--desk", root).err
