"""Another policy tried on the past: every rule with an example worked out by hand, and the command that shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import worlds
from commandline import Ran, fenji
from fenji import trial, yamlio
from fenji.cli.cells import width
from fenji.desk import Desk
from fenji.desk.trying import try_policy
from fenji.errors import Damaged, NotFound
from fenji.trial import Side, Tally, Trial
from stories import KSA, RULES, did, instant, reported, rules, ticket

if TYPE_CHECKING:
    from fenji.policy import Policy
    from fenji.ticket import Ticket, Value

CELL = {"impact": "minor", "occurrence": "common"}  # P4 by the matrix
MAJOR = {"impact": "major", "occurrence": "common"}  # P2 by the matrix
SINCE, NOW = "01-01 00:00", "06-01 00:00"


def targets(**levels: str) -> Policy:
    """The rules of the stories with other targets for some priorities: `P4="8h 7d"`."""
    changed: dict[str, object] = dict(rules_of("priorities"))
    for level, texts in levels.items():
        first, second = texts.split()
        changed[level] = {"response": first, "solution": second, "calendar": "always"}
    return rules(priorities=changed)


def rules_of(key: str) -> Mapping[str, object]:
    held = RULES[key]
    assert isinstance(held, Mapping)
    return held


def remapped(cell: str, *, impact: str = "minor", occurrence: str = "common") -> Policy:
    """The rules of the stories with one cell of the matrix changed."""
    matrix = {row: dict(cells) for row, cells in rules_of("matrix").items() if isinstance(cells, Mapping)}
    matrix[impact][occurrence] = cell
    return rules(matrix=matrix)


def five_levels() -> Policy:
    """The rules of the stories with a fifth priority, the mildest."""
    fifth = {"response": "48h", "solution": "30d", "calendar": "always"}
    return rules(priorities={**rules_of("priorities"), "P5": fifth})


def closed(answer: str, solved: str, **more: Value) -> Ticket:
    """A quality ticket graded P4 by the matrix, reported on the 1st of March at 08:00, confirmed and archived."""
    return ticket(
        reported(**CELL),
        did(answer, "respond"),
        did(solved, "solve"),
        did("05-01 08:00", "confirm", by="zhao.min"),
        did("05-01 09:00", "archive", by="zhao.min"),
        **more,
    )


def tried(*tickets: Ticket, theirs: Policy, ours: Policy | None = None, since: str = SINCE, at: str = NOW) -> Trial:
    return trial.compare(tickets, ours or rules(), theirs, since=instant(since), at=instant(at))


def tallies(found: Trial, clock: str, by: str = "all", value: str = "") -> tuple[Tally, Tally]:
    """One clock of a group: now and then."""
    sides = next(one for one in found.groups if (one.by, one.value) == (by, value)).clocks[clock]
    return sides.now, sides.then


def turns(found: Trial) -> list[tuple[str, str, str]]:
    return [(one.clock, one.now.verdict, one.then.verdict) for one in found.changes]


def side(found: Trial, clock: str = "solution") -> tuple[Side, Side]:
    return next((one.now, one.then) for one in found.changes if one.clock == clock)


# --- verdicts ---------------------------------------------------------------------------------------------------

# Answered after 10 hours, solved after 9 days: met by 24 h and 14 d, missed by 8 h and 7 d.
SLOW = closed("03-01 18:00", "03-10 08:00")


def test_a_tighter_target_turns_known_verdicts() -> None:
    found = tried(SLOW, theirs=targets(P4="8h 7d"))
    assert turns(found) == [("response", "met", "missed"), ("solution", "met", "missed")]
    assert tallies(found, "response") == (Tally(met=1), Tally(missed=1))
    assert tallies(found, "solution") == (Tally(met=1), Tally(missed=1))
    change = found.changes[1]
    assert (change.id, change.title, change.clock) == ("KSA-2026-0042", "備件生鏽", "solution")
    assert change.now == Side("met", instant("03-15 08:00"), "P4")
    assert change.then == Side("missed", instant("03-08 08:00"), "P4")


def test_a_looser_target_turns_them_back() -> None:
    found = tried(SLOW, ours=targets(P4="8h 7d"), theirs=rules())
    assert turns(found) == [("response", "missed", "met"), ("solution", "missed", "met")]


def test_exactly_at_the_due_is_met_on_either_side() -> None:
    # 9 days to the second, and one second less.
    assert not tried(SLOW, theirs=targets(P4="10h 9d")).changes
    late = closed("03-01 18:00", "03-10 08:00:01")
    assert turns(tried(late, theirs=targets(P4="10h 9d"))) == [("solution", "met", "missed")]


def test_the_same_policy_changes_nothing() -> None:
    found = tried(SLOW, theirs=rules())
    assert not found.changes
    assert found.regraded == 0
    assert all(sides.now == sides.then for one in found.groups for sides in one.clocks.values())


def test_what_is_frozen_is_not_looked_at() -> None:
    frozen = {"due": instant("03-02 08:00"), "done": instant("03-03 08:00"), "met": False}
    lying = SLOW.put({"sla": {"response": dict(frozen), "solution": dict(frozen)}})
    assert tallies(tried(lying, theirs=rules()), "response") == (Tally(met=1), Tally(met=1))


def test_an_open_miss_counts_and_an_open_clock_is_undecided() -> None:
    # Answered at once; open for 10 days at the 11th of March.
    still = ticket(reported(**CELL), did("03-01 09:00", "respond"))
    found = tried(still, theirs=targets(P4="24h 7d"), at="03-11 08:00")
    assert tallies(found, "solution") == (Tally(undecided=1), Tally(missed=1))
    assert side(found) == (
        Side("undecided", instant("03-15 08:00"), "P4"),
        Side("missed", instant("03-08 08:00"), "P4"),
    )


def test_a_met_solution_is_undecided_until_it_is_confirmed() -> None:
    solved = ticket(reported(**CELL), did("03-01 09:00", "respond"), did("03-10 08:00", "solve"))
    assert tallies(tried(solved, theirs=rules()), "solution")[0] == Tally(undecided=1)
    assert tallies(tried(solved, theirs=rules()), "response")[0] == Tally(met=1)
    assert turns(tried(solved, theirs=targets(P4="24h 7d"))) == [("solution", "undecided", "missed")]


def test_what_promises_nothing_is_apart() -> None:
    project = ticket(reported(kind="project", **CELL), did("03-01 09:00", "respond"))
    found = tried(project, theirs=rules(kinds={}))
    assert turns(found) == [("solution", "none", "missed")]
    assert tallies(found, "solution") == (Tally(none=1), Tally(missed=1))
    assert side(found)[0].due is None


def test_a_withdrawn_ticket_keeps_what_was_decided() -> None:
    gone = ticket(reported(**CELL), did("03-01 18:00", "respond"), did("03-09 08:00", "withdraw", reason="double"))
    found = tried(gone, theirs=targets(P4="8h 7d"))
    assert turns(found) == [("response", "met", "missed"), ("solution", "none", "missed")]


# --- excuses ----------------------------------------------------------------------------------------------------


def excused(at: str) -> Ticket:
    """Open; its solution was missed on the 15th of March under the rules, and excused at an instant."""
    excuse = did(at, "excuse", by="zhao.min", clock="solution", reason="customer access", note="gate closed")
    return ticket(reported(owner="li.wei", **CELL), did("03-01 09:00", "respond"), excuse)


@pytest.mark.parametrize("solution", ["7d", "14d", "30d"])
def test_an_excused_miss_stays_excused(solution: str) -> None:
    # With 30 days the miss falls on the 31st, after the excuse of the 16th was given.
    found = tried(excused("03-16 08:00"), theirs=targets(P4=f"24h {solution}"))
    assert tallies(found, "solution") == (Tally(excused=1), Tally(excused=1))
    assert not found.changes


def test_an_excused_miss_that_would_not_have_been_needs_no_excuse() -> None:
    found = tried(excused("03-16 08:00"), theirs=targets(P4="24h 60d"), at="04-15 08:00")
    assert turns(found) == [("solution", "excused", "undecided")]


def test_excuses_are_out_of_the_rate() -> None:
    found = tried(SLOW, excused("03-16 08:00"), theirs=rules())
    now, _ = tallies(found, "solution")
    assert (now, now.decided, now.attainment) == (Tally(met=1, excused=1), 1, 1.0)


# --- priorities -------------------------------------------------------------------------------------------------


def test_the_new_matrix_decides_what_the_old_one_gave() -> None:
    # minor and common become P2: 4 hours and 3 days.
    found = tried(SLOW, theirs=remapped("P2"))
    assert turns(found) == [("response", "met", "missed"), ("solution", "met", "missed")]
    assert side(found)[1] == Side("missed", instant("03-04 08:00"), "P2")
    assert found.regraded == 1


def test_what_was_set_by_hand_stays() -> None:
    by_hand = ticket(
        reported(priority="P3", reason="a guest is watching", matrix="P4", **CELL), did("03-01 15:00", "respond")
    )
    found = tried(by_hand, theirs=remapped("P2"))
    assert found.regraded == 0
    assert tallies(found, "response", "priority", "P3") == (Tally(met=1), Tally(met=1))


def test_judged_and_not_set_by_hand_the_new_matrix_decides_whatever_the_log_says() -> None:
    # P3 came with the judgement and without what the matrix said: another policy gave it.
    foreign = ticket(reported(priority="P3", **CELL), did("03-01 13:00", "respond"))
    assert side(tried(foreign, theirs=remapped("P2")), "response") == (
        Side("met", instant("03-01 16:00"), "P3"),
        Side("missed", instant("03-01 12:00"), "P2"),
    )


def test_by_hand_without_a_judgement_stays() -> None:
    alone = ticket(reported(priority="P1", reason="all stands still"), did("03-01 08:30", "respond"))
    assert tried(alone, theirs=remapped("P2")).regraded == 0
    mildest = ticket(reported(priority="P4", reason="no haste"), did("03-01 08:30", "respond"))
    assert tried(mildest, theirs=five_levels()).regraded == 0


def test_the_mildest_by_hand_stays() -> None:
    mild = ticket(reported(priority="P4", matrix="P2", reason="a spare is there", **MAJOR))
    assert tried(mild, theirs=remapped("P1", impact="major")).regraded == 0


def test_a_header_changed_by_hand_stays() -> None:
    edited = ticket(reported(**CELL), did("03-01 10:00", "edit", priority="P3"))
    assert tried(edited, theirs=remapped("P2"), at="03-01 12:00:01").regraded == 0
    lowered = ticket(reported(priority="P2", **MAJOR), did("03-01 10:00", "edit", priority="P4"))
    assert tried(lowered, theirs=five_levels()).regraded == 0


def test_handed_back_to_the_matrix_the_new_one_decides() -> None:
    back = ticket(
        reported(priority="P1", reason="alarm", matrix="P4", **CELL),
        did("03-01 08:30", "classify", priority="P4"),
        did("03-01 08:40", "respond"),
    )
    found = tried(back, theirs=remapped("P3"))
    assert found.regraded == 1
    assert [one.value for one in found.groups if one.by == "priority"] == ["P3", "P4"]


def test_a_judgement_that_left_the_priority_as_it_was_counts_as_one() -> None:
    # Reported unjudged as P4; judged minor and common on the 2nd, which names no priority since P4 stays.
    judged = ticket(reported(), did("03-01 09:00", "respond"), did("03-02 08:00", "classify", CELL))
    found = tried(judged, theirs=remapped("P2"), at="03-04 08:00")
    # P2 promises 3 days from the 2nd on: due on the 5th.
    assert found.regraded == 1
    assert tallies(found, "solution", "priority", "P2")[1] == Tally(undecided=1)
    later = tried(judged, theirs=remapped("P2"), at="03-05 08:00:01")
    assert side(later)[1] == Side("missed", instant("03-05 08:00"), "P2")


def test_every_judgement_in_the_log_is_given_anew() -> None:
    # P4 from the 1st, P2 from the 2nd, solved on the 4th: met by P2's 3 days.
    raised = ticket(
        reported(**CELL),
        did("03-01 09:00", "respond"),
        did("03-02 09:00", "classify", MAJOR, priority="P2"),
        did("03-04 08:00", "solve"),
        did("03-05 08:00", "confirm", by="zhao.min"),
    )
    # major and common stay P2, but minor and common are P2 from the report on: due on the 4th, met all the same.
    assert not tried(raised, theirs=remapped("P2")).changes
    # With minor and common P1 the solution was promised within 24 hours of the report.
    found = tried(raised, theirs=remapped("P1"))
    assert side(found)[1] == Side("missed", instant("03-02 08:00"), "P2")


def test_the_unjudged_count_at_the_mildest_of_either_side() -> None:
    unjudged = ticket(reported(), did("03-02 20:00", "respond"))  # after 36 hours
    found = tried(unjudged, theirs=five_levels())
    assert side(found, "response") == (
        Side("missed", instant("03-02 08:00"), "P4"),
        Side("met", instant("03-03 08:00"), "P5"),
    )


def test_a_priority_that_is_unknown_there_counts_at_the_mildest_and_is_named() -> None:
    three = {key: held for key, held in rules_of("priorities").items() if key != "P3"}
    matrix = {"major": {"rare": "P1", "common": "P2"}, "minor": {"rare": "P4", "common": "P4"}}
    by_hand = ticket(
        reported(priority="P3", reason="a guest", matrix="P4", **CELL),
        did("03-01 18:00", "respond"),
        id="KSA-2026-0007",
    )
    found = tried(SLOW, by_hand, theirs=rules(priorities=three, matrix=matrix))
    assert found.unplaced == ("KSA-2026-0007",)
    assert turns(found) == [("response", "missed", "met")]  # 10 hours: late by P3, in time by P4
    assert [one.value for one in found.groups if one.by == "priority"] == ["P3", "P4"]


def test_words_that_the_new_matrix_does_not_know_leave_the_priority() -> None:
    matrix = {"grave": {"rare": "P1", "common": "P1"}, "slight": {"rare": "P2", "common": "P2"}}
    assert tried(SLOW, theirs=rules(impact=["grave", "slight"], matrix=matrix)).regraded == 0


def test_a_priority_that_only_the_header_has_is_followed() -> None:
    bare = ticket(did("03-01 08:00", "report"), did("03-01 18:00", "respond"), priority="P4", kind="quality", **CELL)
    found = tried(bare, theirs=remapped("P2"))
    assert found.regraded == 1
    assert side(found, "response")[1] == Side("missed", instant("03-01 12:00"), "P2")
    by_hand = ticket(did("03-01 08:00", "report"), priority="P4", kind="quality", **MAJOR)
    assert tried(by_hand, theirs=five_levels()).regraded == 0


def test_what_does_not_count_in_the_log_grades_nothing() -> None:
    refused = did("05-02 08:00", "classify", priority="P1", impact="major", occurrence="rare")  # archived by then
    found = tried(SLOW.with_events([refused]), theirs=remapped("P2"))
    assert side(found) == (
        Side("met", instant("03-15 08:00"), "P4"),
        Side("missed", instant("03-04 08:00"), "P2"),
    )


def test_events_alike_in_instant_and_number_keep_their_places() -> None:
    # Two sites judged at the same second under the same number; the later by content counts, on either side.
    one = did("03-01 08:00:30", "classify", MAJOR, n=2, priority="P2", by="he.qi")
    for index in range(8):
        other = did("03-01 08:00:30", "classify", CELL, n=2, priority="P4", by=f"person.{index}")
        both = ticket(reported(**CELL), one, other)
        counts = max((one, other), key=lambda event: event.digest)
        # P1 promises a solution within 24 hours, P2 within 3 days.
        found = tried(both, theirs=remapped("P1"), at="03-02 12:00")
        priority, tally = ("P2", Tally(undecided=1)) if counts is one else ("P1", Tally(missed=1))
        assert tallies(found, "solution", "priority", priority)[1] == tally


# --- rules of the tried policy ----------------------------------------------------------------------------------


def test_the_newest_version_holds_all_the_time() -> None:
    tight = {**rules_of("priorities"), "P4": {"response": "8h", "solution": "7d", "calendar": "always"}}
    earlier = [{"since": "2026-01-01", "priorities": RULES["priorities"]}]
    later = rules(since="2026-05-01", priorities=tight, earlier=earlier)
    assert turns(tried(SLOW, theirs=later)) == [("response", "met", "missed"), ("solution", "met", "missed")]
    # In force it would not touch a ticket of March.
    assert not tried(SLOW, ours=later, theirs=rules()).changes


def test_calendars_are_those_of_the_tried_policy() -> None:
    # Reported on Sunday the 1st at 16:00, answered on Monday at 09:30: 2.5 hours of the site, 17.5 round the clock.
    answered = ticket(reported("03-01 16:00", **CELL), did("03-02 09:30", "respond"))
    urgent = {"response": "1h", "solution": "24h", "calendar": "always"}
    levels: dict[str, object] = {level: dict(urgent) for level in ("P1", "P2", "P3")}
    levels["P4"] = {"response": "2h", "solution": "14d", "calendar": "site"}
    found = tried(answered, theirs=rules(priorities=levels))
    assert side(found, "response")[1] == Side("missed", instant("03-02 09:00"), "P4")
    monday_off = {"ksa": {**KSA, "holidays": ["2026-03-02"]}}
    assert not tried(answered, theirs=rules(priorities=levels, calendars=monday_off)).changes


def test_waiting_holds_as_the_tried_policy_says() -> None:
    # Solved 20 days after the report, of which 10 waited for parts, which hold nothing today.
    waited = ticket(
        reported(**CELL),
        did("03-01 09:00", "respond"),
        did("03-05 08:00", "wait", reason="parts"),
        did("03-15 08:00", "resume"),
        did("03-21 08:00", "solve"),
        did("03-22 08:00", "confirm", by="zhao.min"),
    )
    found = tried(waited, theirs=rules(waiting={"parts": ["solution"]}))
    assert turns(found) == [("solution", "missed", "met")]
    assert side(found)[1].due == instant("03-25 08:00")


# --- which tickets, which groups --------------------------------------------------------------------------------


def test_tickets_reported_since_are_looked_at() -> None:
    for since, count in (("03-01 08:00", 1), ("03-01 08:00:01", 0)):
        found = tried(SLOW, theirs=rules(), since=since)
        assert found.tickets == tallies(found, "response")[0].tickets == count
    assert tried(SLOW, theirs=rules(), at="02-28 08:00").tickets == 0
    assert tried(ticket(), theirs=rules()).tickets == 0


def test_nothing_decided_is_no_data() -> None:
    now, then = tallies(tried(theirs=rules()), "response")
    assert now == then == Tally()
    assert now.attainment is None
    assert now.mapping()["attainment"] is None
    assert now.small


def test_attainment_is_met_of_met_and_missed() -> None:
    tally = Tally(met=2, missed=1, excused=5, undecided=7, none=3)
    assert (tally.tickets, tally.decided) == (18, 3)
    assert tally.mapping()["attainment"] == 0.6666
    assert Tally(met=99_999, missed=1).mapping()["attainment"] == 0.9999  # 1 means all
    assert Tally(met=3).mapping()["attainment"] == 1


def test_groups_under_ten_decided_are_small() -> None:
    assert Tally(met=4, missed=5, excused=9, undecided=9).small
    assert not Tally(met=5, missed=5).small


def test_groups_by_priority_kind_and_site() -> None:
    tickets = [
        closed("03-01 18:00", "03-10 08:00", id="KSA-2026-0001"),
        ticket(reported(kind="request", **CELL), did("03-03 08:00", "respond"), id="DZA-2026-0001", site="DZA"),
        ticket(reported(priority="P2", **MAJOR), did("03-01 10:00", "respond"), id="KSA-2026-0002"),
    ]
    found = tried(*tickets, theirs=remapped("P3"))
    keys = [(one.by, one.value) for one in found.groups]
    assert keys == [
        ("all", ""),
        *(("priority", one) for one in ("P2", "P3", "P4")),
        *(("kind", one) for one in ("quality", "request")),
        *(("site", one) for one in ("KSA", "DZA")),
    ]
    # Of the two of P4 one was answered after 10 hours, one after 48; both are P3 then, with 8 hours.
    assert tallies(found, "response", "priority", "P4") == (Tally(met=1, missed=1), Tally())
    assert tallies(found, "response", "priority", "P3") == (Tally(), Tally(missed=2))
    assert tallies(found, "response", "priority", "P2") == (Tally(met=1), Tally(met=1))
    assert tallies(found, "response", "kind", "request") == (Tally(missed=1), Tally(missed=1))
    assert tallies(found, "response", "site", "KSA") == (Tally(met=2), Tally(met=1, missed=1))
    assert found.regraded == 2


def test_lost_successes_stand_first() -> None:
    still = ticket(reported(**CELL), did("03-01 09:00", "respond"), id="KSA-2026-0001")
    found = tried(still, SLOW, theirs=targets(P4="8h 7d"), at="03-14 08:00")
    assert [(one.id, one.clock, one.now.verdict) for one in found.changes] == [
        ("KSA-2026-0042", "response", "met"),
        ("KSA-2026-0001", "solution", "undecided"),
        ("KSA-2026-0042", "solution", "undecided"),  # solved, and not confirmed by then
    ]


def test_as_json() -> None:
    found = tried(SLOW, theirs=targets(P4="8h 7d"))
    document = json.loads(json.dumps(found.mapping()))
    assert list(document) == ["since", "at", "tickets", "regraded", "unplaced", "groups", "changes"]
    assert document["since"] == "2026-01-01T00:00:00+03:00"
    assert document["groups"][0]["response"]["then"] == {
        "tickets": 1,
        "met": 0,
        "missed": 1,
        "excused": 0,
        "undecided": 0,
        "none": 0,
        "attainment": 0,
        "small": True,
    }
    assert document["changes"][1] == {
        "id": "KSA-2026-0042",
        "title": "備件生鏽",
        "clock": "solution",
        "from": "met",
        "to": "missed",
        "due_now": "2026-03-15T08:00:00+03:00",
        "due_then": "2026-03-08T08:00:00+03:00",
        "priority_now": "P4",
        "priority_then": "P4",
    }


# --- the desk and the command -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped desk with twelve more archived tickets, answered after 10 hours and solved after 9 days."""
    folder = worlds.make("worked_example", tmp_path_factory.mktemp("trial") / "desk")
    (folder / "tickets" / "archive" / "KSA" / "2026").mkdir(parents=True, exist_ok=True)
    for number in range(101, 113):
        one = closed("03-01 18:00", "03-10 08:00", id=f"KSA-2026-0{number}", uid=f"01KK3Q0W8Z5V9M3T7K2B4C6{number}")
        (folder / "tickets" / "archive" / "KSA" / "2026" / f"{one.id}.yaml").write_bytes(yamlio.dump(one))
    return folder


@pytest.fixture
def tighter(desk: Path, tmp_path: Path) -> Path:
    """The desk's policy with 8 hours and 7 days for P4."""
    text = (desk / "policy.yaml").read_text(encoding="utf-8")
    changed = text.replace("P4: {response: 24h, solution: 14d", "P4: {response: 8h, solution: 7d")
    assert changed != text
    path = tmp_path / "new.yaml"
    path.write_text(changed, encoding="utf-8")
    return path


def tries(desk: Path, *words: object, **env: str) -> Ran:
    return fenji("policy", "try", *words, "--desk", desk, **env)


def test_the_desk_reads_open_and_archived_tickets(desk: Path, tighter: Path) -> None:
    with Desk.open(desk) as opened:
        found = try_policy(opened, tighter, date(2026, 3, 1))
        again = try_policy(opened, tighter.read_bytes(), instant("03-01 00:00"))
    assert not found.bad
    assert found.trial.tickets == 13
    assert found.trial.groups == again.trial.groups
    assert found.trial.since == instant("03-01 00:00")  # midnight in the zone of KSA
    assert tallies(found.trial, "solution", "site", "KSA")[0].small is False


def test_the_desk_refuses_a_bad_policy_with_every_place(desk: Path, tmp_path: Path) -> None:
    with Desk.open(desk) as opened:
        with pytest.raises(Damaged) as caught:
            try_policy(opened, b"format: 1\nsince: never\nbogus: 1\n", date(2026, 1, 1))
        with pytest.raises(NotFound):
            try_policy(opened, tmp_path / "absent.yaml", date(2026, 1, 1))
    assert {(one.line, one.key) for one in caught.value.problems} >= {(2, "since"), (3, "bogus")}


def test_the_command_shows_both_sides(desk: Path, tighter: Path) -> None:
    ran = tries(desk, tighter, "--since", "2026-03-01", "--ids", "3")
    assert (ran.code, ran.err) == (0, "")
    lines = [" ".join(one.split()) for one in ran.out.splitlines()]
    assert lines[0] == "13 tickets reported since 2026-03-01 00:00 +03:00"
    # The worked example: answered after 1 h 10 min, solved after 9 days and 2 hours.
    assert "All now 13 13 0 0 0 0 100.0 %" in lines
    assert "then 13 1 12 0 0 0 7.6 %" in lines
    assert "solution met missed 13" in lines
    assert "KSA-2026-0101 response met missed 2026-03-02 08:00 2026-03-01 16:00 備件生鏽" in lines
    assert sum("KSA-2026-" in one for one in lines) == 3
    assert lines[-1] == "22 more; all of them: --ids 25, or --json"
    assert "*" not in ran.out


def test_small_groups_are_marked_and_nothing_decided_is_no_data(desk: Path, tighter: Path) -> None:
    text = tighter.read_text(encoding="utf-8").replace("minor: {rare: P3, common: P4}", "minor: {rare: P3, common: P3}")
    tighter.write_text(text, encoding="utf-8")
    ran = tries(desk, tighter, "--since", "2026-03-02")
    assert "No ticket has been reported since 2026-03-02" in ran.out
    only_example = worlds.make("worked_example", tighter.parent / "desk")
    ran = tries(only_example, tighter, "--since", "2026-03-01")
    assert "100.0 % *" in ran.out
    assert "* fewer than ten are decided" in ran.out
    assert "no data" in ran.out  # P3 now
    assert "1 of them would have another priority." in ran.out


def test_nothing_changes_under_the_same_policy(desk: Path) -> None:
    assert "No verdict would change." in tries(desk, desk / "policy.yaml", "--since", "2026-01-01").out


def test_the_command_in_json(desk: Path, tighter: Path) -> None:
    document = tries(desk, tighter, "--since", "2026-03-01T00:00:00+03:00", "--json", "--ids", "1").json
    assert document["path"] == str(tighter)
    assert (document["tickets"], len(document["changes"])) == (13, 25)
    assert [one["by"] for one in document["groups"]] == ["all", "priority", "kind", "site"]
    assert document["groups"][0]["solution"]["now"]["attainment"] == 1
    assert document["groups"][0]["solution"]["then"]["missed"] == 13


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("cells", [60, 80])
def test_it_fits_the_screen_in_every_language(desk: Path, tighter: Path, language: str, cells: int) -> None:
    ran = tries(desk, tighter, "--since", "2026-03-01", FENJI_LANGUAGE=language, COLUMNS=str(cells))
    assert (ran.code, ran.err) == (0, "")
    rows = [one for one in ran.out.splitlines() if one.startswith("  ")]
    assert max(map(width, rows)) <= cells


def test_a_bad_policy_is_refused_with_line_and_reason(desk: Path, tighter: Path) -> None:
    text = tighter.read_text(encoding="utf-8").replace("at_risk: 25%", "at_risk: 250%")
    tighter.write_text(text.replace("response: 8h, solution: 7d", "response: 8h, solution: 0d"), encoding="utf-8")
    line = text.splitlines().index("at_risk: 250%") + 1
    ran = tries(desk, tighter, "--since", "2026-01-01", "--json")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("new.yaml is refused.")
    assert f"new.yaml:{line}:" in ran.err
    assert "250% is not a share" in ran.err
    assert "solution" in ran.err


def test_wrong_words(desk: Path, tighter: Path, tmp_path: Path) -> None:
    for words, code, said in (
        ([tighter], 2, "--since is missing"),
        ([tighter, "--since", "spring"], 2, "spring is no date."),
        ([tighter, "--since", "2026-02-30"], 2, "2026-02-30 is no date."),
        ([tighter, "--since", "2026-03-01", "--ids", "-1"], 2, "--ids"),
        ([tmp_path / "absent.yaml", "--since", "2026-03-01"], 1, "absent.yaml cannot be read"),
        ([tmp_path, "--since", "2026-03-01"], 1, "cannot be read"),
    ):
        ran = tries(desk, *words)
        assert (ran.code, ran.out) == (code, ""), words
        assert said in ran.err


def test_files_that_cannot_be_read_are_named(tighter: Path, tmp_path: Path) -> None:
    folder = worlds.make("worked_example", tmp_path / "desk")
    (folder / "tickets" / "open" / "KSA-2026-0900.yaml").write_text("id: [")
    ran = tries(folder, tighter, "--since", "2026-01-01", "--json")
    assert ran.code == 3
    assert ran.json["tickets"] == 1
    assert "KSA-2026-0900.yaml" in ran.err


def test_nothing_is_written(desk: Path, tighter: Path) -> None:
    def held() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in desk.rglob("*.yaml")}

    before = held()
    tries(desk, tighter, "--since", "2026-01-01")
    assert held() == before
