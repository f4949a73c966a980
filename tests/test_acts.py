"""What each act makes of a ticket, with no desk around it: values in, the new ticket or a refusal out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenji.desk import acts
from fenji.desk.acts import Act
from fenji.desk.obstacles import find_obstacle
from fenji.desk.undo import PerformedAct, UndoPlan, plan_redo, plan_undo
from fenji.desk.value_checks import validate_fields
from fenji.errors import FenjiError, InvalidUsage, Refused
from fenji.model import sla as clocks
from fenji.model import workflow
from fenji.model.merge import merge
from fenji.model.ticket import FIELD_BY_PATH, LooseValue, Ticket, Value
from fenji.storage import yaml_codec
from samples import START, UID
from worlds.making import shipped_policy

POLICY = shipped_policy()
LI, ZHAO, WANG = "li.wei", "zhao.min", "wang.fang"
IDENTITY: dict[str, Value] = {"id": "KSA-2026-0042", "uid": UID, "site": "KSA"}
TEXTS: dict[str, Value] = {"cause": "封口不嚴", "decision": "更換", "solution": "已換"}


def make_act(do: str, minute: float = 10, by: str = LI, **more: Any) -> Act:
    fields = validate_fields(more.pop("fields", {}))
    return Act(do, by, START + timedelta(minutes=minute), fields=fields, **more)


def after_step(ticket: Ticket, do: str, minute: float = 10, by: str = LI, **more: Any) -> Ticket:
    return acts.perform(ticket, make_act(do, minute, by, **more), POLICY)


def new_ticket(**fields: Value) -> Ticket:
    named = {path.replace("__", "."): value for path, value in fields.items()}
    return acts.report({"title": "備件生鏽", **validate_fields(named), **IDENTITY}, make_act("report", 0), POLICY)


def solved_ticket(**fields: Value) -> Ticket:
    ticket = after_step(new_ticket(impact="minor", occurrence="common", **fields), "respond")
    return after_step(ticket, "solve", 20, fields=TEXTS)


# --- values at the door -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "held"),
    [
        ("title", "  備件\n生鏽 \r\n", "備件 生鏽"),
        ("title", "a\u2028b\x0bc", "a b c"),
        ("cause", "one\r\ntwo\n\n", "one\ntwo"),
        ("cause", " \n ", None),
        ("tags", "rust, , corrosion,rust", ["rust", "corrosion"]),
        ("tags", [" a ", "b\nc", ""], ["a", "b c"]),
        ("tags", (), None),
        ("owner", "", None),
        ("owner", None, None),
        ("feedback.rating", 5, 5),
        ("feedback.rating", "5", 5),
        ("zeroing.located", True, True),
        ("zeroing.located", "false", False),
        ("plan.m1", {"key": "m1", "what": " a\nb "}, {"key": "m1", "what": "a b"}),
        ("plan.m1", {"key": "m1", "due": date(2026, 3, 20)}, {"key": "m1", "due": "2026-03-20"}),
        ("plan.m1", None, None),
        ("plan.m1", {}, None),
        ("resources", [{"key": "r1", "cost": 12.5}], [{"key": "r1", "cost": Decimal("12.5")}]),
        ("resources.r1", {"key": "r1", "quantity": 2}, {"key": "r1", "quantity": Decimal(2)}),
        ("resources.r1", {"key": "r1", "hours": 1e-05}, {"key": "r1", "hours": Decimal("0.00001")}),
        ("links.A-1/related", {"to": "A-1", "as": "related"}, {"to": "A-1", "as": "related"}),
    ],
)
def test_values_are_made_what_a_ticket_holds(path: str, value: LooseValue, held: object) -> None:
    result = validate_fields({path: value})
    assert result == {path: held}
    assert validate_fields(result) == result


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("flavour", "red", "no field flavour"),
        ("product", "x", "no field product"),
        ("product.flavour", "x", "no field"),
        ("plan.", {}, "no field"),
        ("title.x", "x", "no field"),
        ("id", "KSA-2026-0001", "not set by hand"),
        ("state", "solved", "not set by hand"),
        ("sla", {}, "not set by hand"),
        ("files", [], "not set by hand"),
        ("files.rust.jpg", {"name": "rust.jpg"}, "not set by hand"),
        ("kind", "problem", "must be one of quality, request, project"),
        ("kind", 7, "must be one of"),
        ("title", ["a"], "must be text"),
        ("tags", {"a": 1}, "must be a list of words"),
        ("feedback.rating", "many", "must be a number"),
        ("feedback.rating", 4.5, "must be a whole number"),
        ("resources.r1", {"key": "r1", "cost": float("nan")}, "must be a number"),
        ("zeroing.located", "perhaps", "must be true or false"),
        ("plan", "a plan", "must be a list"),
        ("plan.m1", "a plan", "must be a mapping"),
        ("plan.m1", {"what": "no key"}, "needs key"),
        ("plan.m1", {"key": "m2"}, "must have the key m1"),
        ("plan.m1", {"key": "m1", "due": "soon"}, "must be a date"),
        ("links.x/y", {"to": "x", "as": "y"}, "must be one of duplicate"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(path: str, value: LooseValue, told: str) -> None:
    with pytest.raises(InvalidUsage, match=told):
        validate_fields({path: value})


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.datetimes()
keys = st.sampled_from(["key", "what", "to", "as", "due", "hours"]) | st.text(max_size=5)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))
editable = st.sampled_from([*(path for path in FIELD_BY_PATH), "plan.m1", "resources.r1", "links.a/related"])


@given(path=editable, value=values)
def test_whatever_comes_in_is_refused_or_can_be_written_and_read(path: str, value: object) -> None:
    ticket = new_ticket()
    try:
        ticket = after_step(ticket, "edit", fields={path: value}, note="by hand")
    except FenjiError:
        return
    try:
        data = yaml_codec.dump(ticket)
    except Refused:  # half a character
        return
    assert yaml_codec.read_ticket(data, "ticket") == ticket


# --- reporting --------------------------------------------------------------------------------------------------


def test_a_report_fills_in_what_nobody_judged_yet() -> None:
    ticket = new_ticket()
    assert (ticket.kind, ticket.priority, ticket.state) == ("quality", "P4", "new")
    assert (ticket.owner, ticket.units) == ("wang.fang", ["FIELD"])  # by the policy's route
    event = ticket.log[0]
    assert event.set["priority"] == "P4"
    assert {"id", "uid", "site"}.isdisjoint(event.set)


def test_a_report_names_long_texts_and_items_and_states_the_rest() -> None:
    plan: list[Value] = [{"key": "m1", "what": "訂貨"}, {"key": "m2", "what": "發運", "after": ["m1"]}]
    ticket = new_ticket(kind="project", description="一\n二", plan=plan, product__part="XJ-4411")
    assert ticket.log[0].set["product.part"] == "XJ-4411"
    assert sorted(ticket.log[0].rewrote) == ["description", "plan.m1", "plan.m2"]
    assert yaml_codec.read_ticket(yaml_codec.dump(ticket), "x") == ticket


def test_the_matrix_gives_the_priority_and_a_hand_needs_a_reason() -> None:
    assert new_ticket(impact="major", occurrence="rare").priority == "P1"
    with pytest.raises(Refused, match="needs a reason"):
        new_ticket(impact="major", occurrence="rare", priority="P3")
    fields = validate_fields({"title": "x", "impact": "major", "occurrence": "rare", "priority": "P3"}) | IDENTITY
    ticket = acts.report(fields, make_act("report", 0, reason="熱備份還在"), POLICY)
    assert (ticket.log[0].reason, ticket.log[0].body["matrix"]) == ("熱備份還在", "P1")
    assert "matrix" not in new_ticket(impact="major", occurrence="rare").log[0].body


# --- judging ----------------------------------------------------------------------------------------------------


def test_a_judgement_brings_the_priority() -> None:
    ticket = after_step(new_ticket(), "classify", fields={"impact": "major", "occurrence": "rare"})
    assert ticket.priority == "P1"
    assert ticket.log[-1].set == {"impact": "major", "occurrence": "rare", "priority": "P1"}


def test_a_priority_by_hand_keeps_what_the_matrix_says() -> None:
    ticket = new_ticket(impact="minor", occurrence="common")
    raised = after_step(ticket, "classify", fields={"priority": "P2"}, reason="部長視察")
    assert raised.priority == "P2"
    assert raised.log[-1].body["matrix"] == "P4"
    with pytest.raises(Refused, match="needs a reason"):
        after_step(ticket, "classify", fields={"priority": "P2"})


def test_a_priority_by_hand_stays_until_the_judgement_changes() -> None:
    raised = after_step(
        new_ticket(impact="minor", occurrence="common"), "classify", fields={"priority": "P2"}, reason="視察"
    )
    same = after_step(raised, "classify", fields={"kind": "request", "impact": "minor", "occurrence": "common"})
    assert (same.priority, dict(same.log[-1].set)) == ("P2", {"kind": "request"})
    assert after_step(raised, "classify", fields={"impact": "minor"}) is raised
    assert after_step(raised, "classify", fields={"impact": "major"}).priority == "P2"
    assert after_step(raised, "classify", fields={"occurrence": "rare"}).priority == "P3"


def test_an_emptied_priority_is_the_matrix_s() -> None:
    raised = after_step(
        new_ticket(impact="minor", occurrence="common"), "classify", fields={"priority": "P1"}, reason="視察"
    )
    assert after_step(raised, "edit", fields={"priority": None}).priority == "P4"
    unjudged = after_step(new_ticket(), "classify", fields={"priority": "P1"}, reason="視察")
    assert after_step(unjudged, "edit", fields={"priority": ""}).priority == "P4"


@pytest.mark.parametrize(("path", "value"), [("impact", "huge"), ("occurrence", "daily"), ("priority", "P9")])
def test_unknown_grades_are_refused_with_the_choices(path: str, value: str) -> None:
    with pytest.raises(Refused, match="is not a known") as refused:
        after_step(new_ticket(), "classify", fields={path: value}, reason="?")
    assert refused.value.sentence.values["field_paths"] == (path,)
    assert refused.value.hint is not None


# --- steps ------------------------------------------------------------------------------------------------------


def test_an_owner_brings_his_unit_once() -> None:
    ticket = new_ticket(kind="request", units="")
    ticket = after_step(ticket, "edit", fields={"units": []})
    given_ = after_step(ticket, "assign", fields={"owner": "chen.jie"})
    assert (given_.owner, given_.units, given_.state) == ("chen.jie", ["FACTORY-7"], "new")
    assert after_step(given_, "assign", fields={"owner": "li.wei"}).units == ["FACTORY-7"]
    assert after_step(after_step(ticket, "respond"), "assign", fields={"owner": "li.wei"}).state == "working"


def test_nothing_is_written_where_nothing_changes() -> None:
    ticket = after_step(new_ticket(impact="minor", occurrence="common"), "respond")
    working = after_step(ticket, "assign", fields={"owner": "wang.fang"})
    assert working.state == "working"
    assert working.log[-1].set == {}
    waiting = after_step(working, "wait", 30, reason="customer")
    for unchanged, do, more in (
        (working, "assign", {"fields": {"owner": "wang.fang"}}),
        (working, "edit", {"fields": {"title": "備件生鏽 "}}),
        (working, "classify", {"fields": {"impact": "minor"}}),
        (working, "link", {}),
        (working, "resume", {}),
        (waiting, "wait", {"reason": "customer"}),
    ):
        assert after_step(unchanged, do, 40, **more) is unchanged, do


def test_a_note_to_what_changes_nothing_is_kept() -> None:
    ticket = after_step(new_ticket(), "wait", reason="customer")
    for do, more in (("wait", {"reason": "customer"}), ("edit", {}), ("classify", {})):
        again_ = after_step(ticket, do, 20, note="問過兩次", **more)
        assert (again_.log[-1].do, again_.log[-1].note, again_.state) == (do, "問過兩次", "waiting")


def test_another_reason_for_a_wait_is_not_swallowed() -> None:
    with pytest.raises(Refused, match="already waiting for customer"):
        after_step(after_step(new_ticket(), "wait", reason="customer"), "wait", 20, reason="access")


@pytest.mark.parametrize(
    ("do", "more", "told", "key"),
    [
        ("note", {}, "The note is empty", "asks"),
        ("note", {"note": " \n"}, "The note is empty", "asks"),
        ("assign", {"fields": {"owner": ""}}, "assign needs owner", "field_paths"),
        ("wait", {}, "wait needs a reason", "asks"),
        ("wait", {"reason": "holiday"}, "holiday is not a reason", "asks"),
        ("withdraw", {}, "withdraw needs a reason", "asks"),
        ("solve", {}, "solve needs cause, decision, solution", "field_paths"),
        ("edit", {"fields": {"title": " "}}, "title cannot be empty", "field_paths"),
        ("edit", {"fields": {"kind": None}}, "kind cannot be empty", "field_paths"),
        ("excuse", {"clock": "both", "reason": "force majeure", "note": "?"}, "names its clock", "asks"),
        ("excuse", {"clock": "response", "reason": "force majeure", "note": "?"}, "li.wei may not|李偉 may not", "by"),
        ("confirm", {}, "confirm is not possible", "steps"),
        ("archive", {}, "archive is not possible", "steps"),
        ("reopen", {}, "is new already", "state"),
        ("report", {}, "has already been reported", "id"),
        ("dance", {}, "There is no step dance", "known"),
    ],
)
def test_a_refusal_says_what_is_missing(do: str, more: dict[str, Any], told: str, key: str) -> None:
    ticket = new_ticket(owner="", impact="minor", occurrence="common")
    if do == "assign":
        ticket = ticket.with_fields({"owner": None})
    with pytest.raises(Refused, match=told) as refused:
        after_step(ticket, do, **more)
    assert key in refused.value.sentence.values


def test_instants_of_a_later_entry() -> None:
    ticket = new_ticket()
    late = after_step(ticket, "respond", 60, at=START + timedelta(minutes=5))
    assert (late.log[-1].at, late.log[-1].logged) == (START + timedelta(minutes=5), START + timedelta(minutes=60))
    assert after_step(ticket, "respond", 60).log[-1].logged is None
    with pytest.raises(Refused, match="future"):
        after_step(ticket, "respond", 60, at=START + timedelta(minutes=61))
    with pytest.raises(Refused, match="before the report"):
        after_step(ticket, "respond", 60, at=START - timedelta(minutes=1))


def test_an_act_follows_an_event_of_a_site_whose_clock_is_ahead() -> None:
    ahead = after_step(new_ticket(), "respond", 50)
    working = after_step(ahead, "assign", 10, fields={"owner": "li.wei"})
    assert working.log[-1].at == START + timedelta(minutes=50)
    assert working.state == "working"


def test_a_confirmation_freezes_what_the_clocks_say() -> None:
    ticket = after_step(solved_ticket(), "confirm", 30, ZHAO, reason="屬實")
    sla: Any = ticket.sla
    assert sla["response"] == {
        "due": START + timedelta(hours=24),
        "done": START + timedelta(minutes=10),
        "met": True,
        "charged_to": {"owner": WANG, "unit": "FIELD"},
    }
    assert sla["confirmed"] == {"at": START + timedelta(minutes=30), "by": ZHAO, "reason": "屬實"}
    assert after_step(ticket, "reopen", 40, ZHAO, reason="又鏽了").get("sla") is None


def last_events(ticket: Ticket, count: int = 2) -> list[tuple[str, list[str]]]:
    return [(event.do, sorted({*event.set, *event.rewrote})) for event in ticket.log[-count:]]


def test_kind_and_grade_among_the_fields_of_another_step_are_a_classify() -> None:
    ticket = after_step(new_ticket(impact="minor", occurrence="common"), "respond")
    both = after_step(ticket, "edit", 20, fields={"impact": "major", "title": "漏水"})
    assert last_events(both) == [("classify", ["impact", "priority"]), ("edit", ["title"])]
    alone = after_step(ticket, "edit", 20, fields={"kind": "request"}, note="a wish")
    assert last_events(alone, 1) == [("classify", ["kind"])]
    assert (alone.log[-1].note, alone.log[-1].reason) == ("a wish", "a wish")
    with pytest.raises(Refused, match="--note"):
        after_step(ticket, "edit", 20, fields={"priority": "P1"})
    solved = after_step(ticket, "solve", 20, fields={**TEXTS, "impact": "major"})
    assert last_events(solved)[0] == ("classify", ["impact", "priority"])


def test_kind_and_grade_are_settled_from_the_solution_until_a_reopening() -> None:
    for fields in ({"kind": "request"}, {"impact": "major"}, {"priority": "P1"}):
        for do in ("edit", "classify"):
            with pytest.raises(Refused, match="classify is not possible"):
                after_step(solved_ticket(), do, 30, fields=fields, note="x", reason="x")
    reopened = after_step(solved_ticket(), "reopen", 30, reason="again")
    assert after_step(reopened, "classify", 40, fields={"kind": "request"}).kind == "request"


def test_taking_the_promise_of_a_running_clock_away_needs_a_reason() -> None:
    ticket = after_step(new_ticket(impact="minor", occurrence="common"), "respond")
    with pytest.raises(Refused, match="removes the promise of solution"):
        after_step(ticket, "classify", 20, fields={"kind": "project"})
    let_off = after_step(ticket, "classify", 20, fields={"kind": "project"}, reason="A project it is.")
    assert let_off.kind == "project"
    assert after_step(let_off, "classify", 30, fields={"kind": "quality"}).kind == "quality"


def test_an_excuse_marks_the_frozen_verdict() -> None:
    late = 60 * 24 * 16
    ticket = after_step(ticket_solved_late(late), "confirm", late + 5, ZHAO)
    ticket = after_step(ticket, "excuse", late + 6, ZHAO, clock="solution", reason="force majeure", note="沙塵暴")
    sla: Any = ticket.sla
    assert sla["solution"]["met"] is False
    assert sla["solution"]["excused"] is True
    assert "excused" not in sla["response"]


def test_what_is_confirmed_is_confirmed_once_unless_the_log_has_come_to_read_otherwise() -> None:
    solved = solved_ticket(owner=LI)
    confirmed = after_step(solved, "confirm", 30, ZHAO)
    with pytest.raises(Refused, match="confirmed already"):
        after_step(confirmed, "confirm", 40, ZHAO)
    # Another site had solved it before, and its word arrives late.
    elsewhere = after_step(
        after_step(new_ticket(impact="minor", occurrence="common", owner=LI), "respond"), "note", 12, note="x"
    )
    elsewhere = after_step(elsewhere, "solve", 15, WANG, fields=TEXTS)
    for ticket in (confirmed, after_step(confirmed, "archive", 35, ZHAO)):
        joined = merge(ticket, elsewhere)
        [difference] = clocks.find_differences(joined, POLICY)
        assert (difference.clock, difference.part) == ("solution", "done")
        assert "confirmed as done" in str(clocks.name_differences(joined, POLICY)[0])
        again = after_step(joined, "confirm", 50, ZHAO, reason="seen")
        assert again.state == ticket.state
        assert clocks.find_differences(again, POLICY) == ()
        assert again.sla["confirmed"] == {"at": START + timedelta(minutes=50), "by": ZHAO, "reason": "seen"}


def test_of_two_confirmations_the_result_is_that_of_the_counted_one() -> None:
    solved = solved_ticket(owner=LI)
    early = after_step(solved, "confirm", 30, ZHAO)
    late = after_step(after_step(solved, "note", 31, note="x"), "confirm", 29, ZHAO, at=START + timedelta(minutes=29))
    for joined in (merge(early, late), merge(late, early)):
        assert joined.sla["confirmed"] == {"at": START + timedelta(minutes=30), "by": ZHAO}
        counted = clocks.current_confirmation(joined)
        assert counted is not None
        assert counted.at == START + timedelta(minutes=30)
        assert clocks.find_differences(joined, POLICY) == ()


def test_an_excuse_is_given_by_a_lead_or_manager_who_does_not_answer_for_the_miss() -> None:
    late, excuse = 60 * 24 * 16, {"clock": "solution", "reason": "force majeure", "note": "沙塵暴"}
    unowned = after_step(new_ticket(impact="minor", occurrence="common"), "edit", 5, fields={"owner": None})
    unowned = after_step(after_step(unowned, "respond"), "solve", late, fields=TEXTS)
    with pytest.raises(Refused, match="queue of KSA"):
        after_step(unowned, "excuse", late + 6, ZHAO, **excuse)
    assert after_step(unowned, "excuse", late + 6, "huang.lei", **excuse).log[-1].by == "huang.lei"
    owned = ticket_solved_late(late)
    with pytest.raises(Refused, match="may not"):
        after_step(owned, "excuse", late + 6, "chen.jie", **excuse)


def test_an_archived_ticket_can_still_be_excused() -> None:
    late = 60 * 24 * 16
    ticket = after_step(ticket_solved_late(late), "confirm", late + 5, ZHAO)
    ticket = after_step(ticket, "archive", late + 6, ZHAO)
    excused = after_step(ticket, "excuse", late + 9, ZHAO, clock="solution", reason="force majeure", note="沙塵暴")
    assert excused.state == "archived"
    assert "excused" in str(excused.sla["solution"])
    assert clocks.find_differences(excused, POLICY) == ()


def ticket_solved_late(minute: float) -> Ticket:
    ticket = after_step(new_ticket(impact="minor", occurrence="common", owner="li.wei"), "respond")
    return after_step(ticket, "solve", minute, fields=TEXTS)


# --- what may be done -------------------------------------------------------------------------------------------


def find_hindrance(ticket: Ticket, do: str, by: str = LI, minute: float = 60) -> str:
    hindrance = find_obstacle(ticket, do, by=by, now=START + timedelta(minutes=minute), policy=POLICY)
    return str(hindrance) if hindrance else ""


def test_menus_know_state_role_and_fields_before_anything_is_asked() -> None:
    ticket = new_ticket(impact="minor", occurrence="common")
    for do in ("respond", "classify", "assign", "wait", "withdraw", "note", "edit", "attach", "link"):
        assert find_hindrance(ticket, do) == "", do
    assert "cause, decision, solution" in find_hindrance(ticket, "solve")
    assert "not waiting" in find_hindrance(ticket, "resume")
    assert "already waiting" in find_hindrance(after_step(ticket, "wait", reason="customer"), "wait")
    assert "not missed" in find_hindrance(ticket, "excuse", ZHAO)
    assert find_hindrance(ticket, "excuse", ZHAO, 60 * 24 * 20) == ""
    assert "may not" in find_hindrance(ticket, "excuse", LI, 60 * 24 * 20)
    for do in ("confirm", "archive"):
        assert "is new" in find_hindrance(ticket, do, ZHAO)
    assert "no step" in find_hindrance(ticket, "dance")


def test_menus_of_a_solved_and_of_a_closed_ticket() -> None:
    ticket = solved_ticket()
    assert "may not" in find_hindrance(ticket, "confirm", LI)
    assert find_hindrance(ticket, "confirm", ZHAO) == ""
    assert find_hindrance(ticket, "reopen", LI) == ""
    assert "is solved" in find_hindrance(ticket, "classify")
    confirmed = after_step(ticket, "confirm", 30, ZHAO)
    assert "may not" in find_hindrance(confirmed, "reopen", LI)
    archived = after_step(confirmed, "archive", 40, ZHAO)
    assert find_hindrance(archived, "edit") == find_hindrance(archived, "attach") == ""
    assert "final" not in find_hindrance(archived, "note")
    assert "is archived" in find_hindrance(archived, "reopen", ZHAO)


def test_what_was_spent_may_come_late_and_whose_fault_it_was_may_not() -> None:
    archived = after_step(after_step(solved_ticket(), "confirm", 30, ZHAO), "archive", 40, ZHAO)
    late = after_step(archived, "edit", 50, fields={"resources.r1": {"key": "r1", "hours": "4"}})
    assert late.items("resources")
    assert workflow.current_state(late).uncounted == ()
    for fields in ({"fault.of": "customer"}, {"result.state": "restored"}, {"failed": "2026-01-01"}):
        with pytest.raises(Refused, match="can no longer be changed"):
            after_step(archived, "edit", 50, fields=fields)


# --- on what the person had seen --------------------------------------------------------------------------------


def test_a_text_written_over_one_not_seen_keeps_both() -> None:
    seen = new_ticket(impact="minor", occurrence="common")
    theirs = after_step(seen, "edit", 10, WANG, fields={"cause": "他們寫的", "product.part": "XJ-1"})
    both = after_step(theirs, "edit", 20, fields={"cause": "我寫的", "tags": ["rust"]}, seen=seen)
    kept = {both.word("cause"), *(str(event.body["value"]) for event in both.log if event.do == "superseded")}
    assert kept == {"他們寫的", "我寫的"}
    assert (both.get("product.part"), both.get("tags")) == ("XJ-1", ["rust"])
    assert both == merge(theirs, after_step(seen, "edit", 20, fields={"cause": "我寫的", "tags": ["rust"]}))


def test_a_field_that_was_not_touched_does_not_fall_back_to_what_was_seen() -> None:
    seen = new_ticket(cause="舊")
    theirs = after_step(seen, "edit", 10, WANG, fields={"cause": "新"})
    assert after_step(theirs, "edit", 20, fields={"cause": "舊"}, seen=seen) is theirs


def test_what_is_no_longer_possible_is_refused_also_from_an_older_version() -> None:
    seen = solved_ticket()
    archived = after_step(after_step(seen, "confirm", 30, ZHAO), "archive", 40, ZHAO)
    with pytest.raises(Refused, match="can no longer be changed"):
        after_step(archived, "edit", 50, fields={"cause": "x"}, seen=seen)


def test_a_verdict_is_never_read_off_an_older_version() -> None:
    seen = solved_ticket()
    theirs = after_step(seen, "edit", 25, WANG, fields={"tags": ["x"]})
    assert after_step(theirs, "confirm", 30, ZHAO, seen=seen).state == "confirmed"


# --- taking back ------------------------------------------------------------------------------------------------


def undo_act(before: Ticket, after: Ticket, act: Act, current: Ticket | None = None) -> UndoPlan:
    return plan_undo(PerformedAct(act, ((before, after),)), before, after, current or after)


def test_fields_go_back_to_what_they_were_unless_somebody_changed_them() -> None:
    before = new_ticket(impact="minor", occurrence="common")
    act = make_act("classify", fields={"impact": "major", "kind": "request"})
    after = acts.perform(before, act, POLICY)
    plan = undo_act(before, after, act)
    assert plan.act is not None
    assert plan.act.fields == {"impact": "minor", "kind": "quality", "priority": "P4"}
    theirs = after_step(after, "classify", 20, WANG, fields={"kind": "project"}, reason="?")
    plan = undo_act(before, after, act, theirs)
    assert plan.kept == ("kind",)
    assert plan.act is not None
    assert plan.act.fields == {"impact": "minor", "priority": "P4"}
    gone = after_step(theirs, "classify", 30, WANG, fields={"impact": "minor", "priority": "P1"}, reason="?")
    with pytest.raises(Refused, match="kind, priority of KSA-2026-0042: changed since"):
        undo_act(before, after, act, gone)
    assert undo_act(before, after, act, acts.perform(after, plan.act, POLICY)).kept == ()


def test_a_judgement_undone_leaves_a_priority_that_somebody_set_since() -> None:
    before = new_ticket(impact="minor", occurrence="common")
    act = make_act("classify", fields={"impact": "major"})
    after = acts.perform(before, act, POLICY)
    theirs = after_step(after, "classify", 20, WANG, fields={"priority": "P1"}, reason="視察")
    plan = undo_act(before, after, act, theirs)
    assert plan.act is not None
    back_ = acts.perform(theirs, plan.act, POLICY)
    assert (back_.word("impact"), back_.priority) == ("minor", "P1")


def test_items_are_taken_back_one_by_one() -> None:
    before = new_ticket(kind="project", plan=[{"key": "m1", "what": "訂貨"}])
    act = make_act("edit", fields={"plan": [{"key": "m1", "what": "採購"}, {"key": "m2", "what": "發運"}]})
    after = acts.perform(before, act, POLICY)
    theirs = after_step(after, "edit", 20, WANG, fields={"plan.m2": {"key": "m2", "what": "空運"}})
    plan = undo_act(before, after, act, theirs)
    assert plan.act is not None
    assert (dict(plan.act.fields), plan.kept) == ({"plan.m1": {"key": "m1", "what": "訂貨"}}, ("plan.m2",))


def test_a_solution_reopened_and_solved_again_at_once_keeps_its_first_instant() -> None:
    before = after_step(new_ticket(impact="minor", occurrence="common"), "respond")
    act = make_act("solve", 20, fields=TEXTS)
    after = acts.perform(before, act, POLICY)
    plan = undo_act(before, after, act)
    assert plan.act is not None
    assert plan.act.do == "reopen"
    opened = acts.perform(after, Act("reopen", LI, START + timedelta(minutes=25), note="undo solve"), POLICY)
    assert opened.word("cause") == TEXTS["cause"]
    redo = plan_redo(PerformedAct(act, ((before, after),)), before, after, opened)
    assert redo.act is not None
    assert redo.act.at == START + timedelta(minutes=25)


def test_what_others_went_on_with_is_not_taken_from_under_them() -> None:
    before = new_ticket(impact="minor", occurrence="common")
    waiting = make_act("wait", reason="customer")
    after = acts.perform(before, waiting, POLICY)
    with pytest.raises(Refused, match="has moved on"):
        undo_act(before, after, waiting, after_step(after, "resume", 20, WANG))
    report = make_act("report", 0)
    with pytest.raises(Refused, match="has moved on"):
        undo_act(Ticket({}), before, report, after_step(before, "note", 20, WANG, note="在看"))
    plan = undo_act(Ticket({}), before, report, after_step(before, "note", 20, LI, note="在看"))
    assert plan.act is not None
    assert plan.act.do == "withdraw"


def test_an_instant_of_any_zone_is_taken() -> None:
    at = datetime(2026, 3, 1, 5, 5, tzinfo=UTC)
    assert after_step(new_ticket(), "respond", 60, at=at).log[-1].at == at


def test_a_second_answer_adds_nothing_also_with_words_and_an_earlier_instant_still_counts() -> None:
    answered = after_step(new_ticket(impact="minor", occurrence="common"), "respond", 30)
    assert after_step(answered, "respond", 40) is answered
    assert after_step(answered, "respond", 40, note="again") is answered
    assert "already answered on 2026-" in find_hindrance(answered, "respond")
    earlier = after_step(answered, "respond", 60, at=START + timedelta(minutes=5))
    assert [event.do for event in earlier.log] == ["report", "respond", "respond"]


def test_a_priority_that_nobody_judged_says_so() -> None:
    assert new_ticket().priority_text == "P4?"
    assert new_ticket(impact="minor").priority_text == "P4?"
    assert new_ticket(impact="minor", occurrence="common").priority_text == "P4"
    by_hand = after_step(new_ticket(), "classify", fields={"priority": "P2"}, reason="the radar stands still")
    assert by_hand.priority_text == "P2"
    assert after_step(by_hand, "classify", 20, fields={"priority": None}).priority_text == "P4?"
