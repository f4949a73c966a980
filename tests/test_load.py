"""What each person has in hand, what somebody leaves behind, and handing it over in one act."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import ENGINEER, LEAD, OTHER, Clock, make_desk, open_desk, subjects
from fenji.desk.handover import hand_over
from fenji.errors import Refused
from fenji.model.load import GRADES, NOBODY, SOON, WAITING, PersonLoad, find_belongings, measure_loads

if TYPE_CHECKING:
    from fenji.desk import Desk


@pytest.fixture
def shipped(tmp_path: Path) -> Desk:
    return open_desk(make_desk(tmp_path, "shipped"), LEAD)


def loads_of(desk: Desk) -> dict[str, PersonLoad]:
    board = desk.board()
    return {load.person: load for load in measure_loads(board.rows, desk.policy, board.at)}


def test_loads_add_up_to_the_open_tickets(shipped: Desk) -> None:
    loads = loads_of(shipped)
    assert sum(load.total for load in loads.values()) == len(shipped.board().rows) > 0
    for load in loads.values():
        assert sum(load.count(grade) for grade in GRADES) == load.total
        assert all(row.ticket.owner == load.person for row in load.rows)
    assert set(shipped.policy.present_people(shipped.now())) <= set(loads)


def test_what_nobody_has_comes_last_and_the_fullest_hands_first(shipped: Desk) -> None:
    shipped.new({"title": "nobody's", "owner": None})
    people = list(loads_of(shipped).values())
    totals = [load.total for load in people if load.person != NOBODY]
    assert totals == sorted(totals, reverse=True)
    assert people[-1].person == NOBODY


def test_a_ticket_is_soon_or_waiting_by_its_promise_and_its_state(tmp_path: Path) -> None:
    clock = Clock()
    with open_desk(make_desk(tmp_path), clock=clock) as desk:
        row = desk.new({"title": "power", "impact": "minor", "occurrence": "common", "owner": ENGINEER})
        desk.act(row.id, "respond")
        assert loads_of(desk)[ENGINEER].counts == {"open": 1}
        desk.act(row.id, "wait", reason="customer")
        assert loads_of(desk)[ENGINEER].counts == {WAITING: 1}
        desk.act(row.id, "resume")
        clock.advance(13.5 * 24 * 60)
        assert loads_of(desk)[ENGINEER].counts == {SOON: 1}


def make_project(desk: Desk, owner: str, *items: str) -> str:
    plan = [{"key": f"m{n}", "what": f"step {n}", "owner": who, "due": "2027-01-10"} for n, who in enumerate(items, 1)]
    return desk.new({"title": "dome", "kind": "project", "owner": owner, "plan": plan}).id


def test_an_item_counts_for_its_own_and_the_ticket_for_its_owner(tmp_path: Path) -> None:
    with open_desk(make_desk(tmp_path)) as desk:
        number = make_project(desk, ENGINEER, OTHER, OTHER, ENGINEER)
        done = {"key": "m1", "what": "step 1", "owner": OTHER, "done": f"{desk.now():%Y-%m-%d}"}
        desk.act(number, "edit", fields={"plan.m1": done})
        loads = loads_of(desk)
        assert (loads[OTHER].total, [item.key for item in loads[OTHER].items]) == (0, ["m2"])
        assert (loads[ENGINEER].total, [item.key for item in loads[ENGINEER].items]) == (1, ["m3"])


def test_all_that_somebody_has_is_handed_over_in_one_commit_and_taken_back_by_one_undo(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    with open_desk(root) as desk:
        own = [desk.new({"title": title, "owner": OTHER}).id for title in ("pump", "fan")]
        theirs = make_project(desk, ENGINEER, OTHER, ENGINEER)
        both = make_project(desk, OTHER, OTHER)
        desk.flush()
        before = len(subjects(root))
        belongings = find_belongings(loads_of(desk)[OTHER], desk.policy)
        rows = hand_over(desk, OTHER, LEAD, [(row.id, row.uid) for row in belongings.tickets])
        desk.flush()
        assert len(subjects(root)) == before + 1
        assert {row.id for row in rows} == {*own, theirs, both}
        assert find_belongings(loads_of(desk)[OTHER], desk.policy).rows == ()
        assert [item.owner for item in desk.row(theirs).ticket.plan] == [LEAD, ENGINEER]
        assert desk.row(theirs).ticket.owner == ENGINEER
        desk.undo()
        assert {row.id for row in loads_of(desk)[OTHER].rows} == {*own, both}
        assert [item.owner for item in desk.row(theirs).ticket.plan] == [OTHER, ENGINEER]


def test_what_is_solved_is_handed_over_too(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    with open_desk(root) as desk:
        first, second = (desk.new({"title": title, "kind": "request", "owner": OTHER}) for title in ("pump", "fan"))
        desk.act(first.id, "solve", fields={"solution": "new seal"})
        rows = hand_over(desk, OTHER, LEAD, [(row.id, row.uid) for row in (first, second)])
        assert [(row.ticket.owner, row.ticket.state) for row in rows] == [(LEAD, "solved"), (LEAD, "new")]
        desk.flush()
        assert subjects(root)[0].endswith("edit")


def test_what_is_confirmed_keeps_its_owner_and_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    with open_desk(make_desk(tmp_path), LEAD) as desk:
        titles = ("pump", "fan", "dish")
        confirmed, *others = (desk.new({"title": title, "kind": "request", "owner": OTHER}) for title in titles)
        desk.act(confirmed.id, "respond")
        desk.act(confirmed.id, "solve", fields={"solution": "new seal"})
        assert desk.act(confirmed.id, "confirm").ticket.state == "confirmed"
        belongings = find_belongings(loads_of(desk)[OTHER], desk.policy)
        assert {row.id for row in belongings.tickets} == {row.id for row in others}
        targets = [(row.id, row.uid) for row in (confirmed, *others)]
        moved = hand_over(desk, OTHER, ENGINEER, targets)
        assert {row.id for row in moved} == {row.id for row in others}
        assert desk.row(confirmed.id).ticket.owner == OTHER
        with pytest.raises(Refused, match="has nothing left to hand over"):
            hand_over(desk, OTHER, ENGINEER, targets)
        with pytest.raises(Refused, match="can no longer be changed"):
            hand_over(desk, OTHER, ENGINEER, targets[:1])


def test_nothing_is_handed_over_where_nothing_is_or_to_the_same_person(tmp_path: Path) -> None:
    with open_desk(make_desk(tmp_path)) as desk:
        row = desk.new({"title": "pump", "owner": OTHER})
        with pytest.raises(Refused, match="already has it"):
            hand_over(desk, OTHER, OTHER, [(row.id, row.uid)])
        with pytest.raises(Refused, match="has nothing left to hand over"):
            hand_over(desk, LEAD, OTHER, [(row.id, row.uid)])


def test_one_who_leaves_is_missed_where_he_leads_and_where_routes_name_him(shipped: Desk) -> None:
    led = find_belongings(loads_of(shipped)[LEAD], shipped.policy)
    assert led.sites == ("KSA",)
    routed = [place for place, route in enumerate(shipped.policy.routes, 1) if route.owner == "chen.jie"]
    assert list(find_belongings(loads_of(shipped)["chen.jie"], shipped.policy).routes) == routed
