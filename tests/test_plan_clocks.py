"""The items of a project's plan as clocks: due by dates, read off the log, charged, excused, frozen, counted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from commandline import fenji
from desks import make_desk, replace_in_file
from fenji.desk import acts
from fenji.desk.acts import Act
from fenji.desk.obstacles import find_obstacle
from fenji.errors import Refused
from fenji.model import sla
from fenji.model.appraisal.behind import list_decided
from fenji.model.appraisal.facts import Facts
from fenji.model.appraisal.open_verdicts import find_paces, grow_verdict
from fenji.model.appraisal.read_facts import facts_of_evidence, read_facts
from fenji.model.board import build_rows
from fenji.model.ticket import Event, Ticket, Value
from fenji.storage import yaml_codec
from stories import UID, days, hours, instant, make_event, site_rules, ticket_with

if TYPE_CHECKING:
    from fenji.model.sla.item_clock import ItemClock

RULES = site_rules(backdate="48h")
# Sunday 1 March; the site works from Sunday to Thursday.
PLAN: dict[str, Value] = {
    "plan.m1.what": "foundation",
    "plan.m1.due": "2026-03-10",
    "plan.m2.due": "2026-03-19",
    "plan.m2.owner": "he.qi",
}


def project(*events: Event, **more: Value) -> Ticket:
    """A project with its plan stated in the report."""
    stated = {"kind": "project", "priority": "P2", "owner": "li.wei", "units": ["HQ-TECH"], **more}
    report = Event(1, instant("03-01 08:00"), "li.wei", "report", {"set": {**stated, **PLAN}})
    return ticket_with(report, *events).with_fields({"plan": None})


def edit(at: str, *, by: str = "li.wei", n: int = 0, **parts: Value) -> Event:
    """An edit of item parts: `m1_due="2026-03-20"`."""
    stated = {f"plan.{name.replace('_', '.')}": value for name, value in parts.items()}
    return make_event(at, "edit", by=by, n=n, set=stated)


def item(ticket: Ticket, at: str, key: str = "m1") -> ItemClock:
    return sla.reading(ticket, RULES, instant(at)).items[key]


def test_due_is_the_end_of_the_date_in_the_sites_zone() -> None:
    running = item(project(), "03-05 08:00")
    assert (running.state, running.due_at) == ("running", instant("03-11 00:00"))
    assert item(project(), "03-11 00:00").state == "at_risk"
    missed = item(project(), "03-11 00:00:01")
    assert (missed.state, missed.met, missed.counts) == ("breached", False, True)


def test_done_by_its_date_is_met_and_later_is_late_by_open_dates_and_days() -> None:
    met = item(project(edit("03-10 16:00", m1_done="2026-03-10")), "03-30 08:00")
    assert (met.state, met.met, str(met.decided_on)) == ("met", True, "2026-03-10")
    late = item(project(edit("03-15 09:00", m1_done="2026-03-15")), "03-30 08:00")
    assert (late.state, late.met, str(late.decided_on)) == ("missed", False, "2026-03-10")
    assert (late.late_days, late.late_dates) == (5, 3)  # Friday and Saturday are closed


def test_a_due_that_is_moved_before_it_has_passed_holds_and_counts_as_moved() -> None:
    ticket = project(edit("03-09 09:00", by="zhao.min", m1_due="2026-03-17"))
    moved = item(ticket, "03-12 08:00")
    assert (moved.state, str(moved.due)) == ("running", "2026-03-17")
    [move] = moved.moves
    assert (move.by, move.days, move.open_dates) == ("zhao.min", 7, 5)
    assert item(ticket, "03-18 08:00").met is False


def test_a_due_that_has_passed_stays_missed_whatever_is_moved_or_taken_out() -> None:
    for event in (edit("03-12 09:00", m1_due="2026-04-17"), edit("03-12 09:00", m1_due=None)):
        read = item(project(event, edit("03-20 08:00", m1_done="2026-03-20")), "03-30 08:00")
        assert (read.met, str(read.due), read.moves) == (False, "2026-03-10", ())


def test_an_item_taken_out_before_its_due_promises_nothing() -> None:
    assert "m1" not in sla.reading(project(edit("03-09 09:00", m1_due=None)), RULES, instant("03-30 08:00")).items


def test_told_later_that_it_was_done_in_time_it_is_met_and_a_late_entry() -> None:
    ticket = project(edit("03-11 09:00", m1_done="2026-03-10"))
    assert item(ticket, "03-11 08:59").met is False
    read = item(ticket, "03-11 09:00")
    assert (read.met, [sign.name for sign in read.signs]) == (True, ["late_entry", "late_entry_own"])


def test_a_wait_that_holds_the_solution_moves_the_dues_by_the_open_dates_it_lasted() -> None:
    wait, resume = make_event("03-08 08:00", "wait", reason="customer"), make_event("03-15 08:00", "resume")
    held = item(project(wait), "03-12 08:00")
    assert (held.state, held.mapping()["due"]) == ("held", None)
    read = item(project(wait, resume), "03-16 08:00")
    assert (read.state, str(read.due), read.moves) == ("at_risk", "2026-03-17", ())  # Mon to Thu, Sun: five open dates
    unheld = make_event("03-08 08:00", "wait", reason="parts")
    assert item(project(unheld, resume), "03-16 08:00").met is False


def test_it_is_charged_to_its_owner_else_to_the_tickets_else_to_the_queue() -> None:
    def charged(ticket: Ticket, key: str) -> tuple[str | None, str | None, str | None]:
        read = item(ticket, "04-01 08:00", key).charged_to
        assert read
        return read.owner, read.queue, read.unit

    assert charged(project(), "m2") == ("he.qi", None, "FACTORY-7")
    assert charged(project(), "m1") == ("li.wei", None, "HQ-TECH")
    assert charged(project(owner="", units=[]), "m1") == (None, "KSA", "HQ-TECH")
    handed_on = project(edit("03-20 08:00", m2_owner="li.wei"))
    assert charged(handed_on, "m2")[0] == "he.qi", "who held it before its due"
    too_late = edit("03-20 08:00", m9_due="2026-02-20", m9_owner="he.qi")
    assert charged(project(too_late), "m9")[0] == "he.qi", "who had it when it was planned for a day gone by"


def test_an_excuse_takes_an_item_out_of_the_rate_unless_its_holder_gives_it() -> None:
    def excuse(by: str) -> Event:
        return make_event("03-12 08:00", "excuse", by=by, clock="plan.m1", reason="force majeure", note="storm")

    read = item(project(excuse("zhao.min")), "03-13 08:00")
    assert (read.met, read.counts, read.excuse and read.excuse.by) == (False, False, "zhao.min")
    assert item(project(excuse("li.wei")), "03-13 08:00").counts is True
    with pytest.raises(Refused, match="was not missed"):
        sla.check_excuse(project(), make_event("03-05 08:00", "excuse", by="zhao.min", clock="plan.m1"), RULES)


def test_a_withdrawn_project_promises_no_more_and_keeps_its_misses() -> None:
    gone = make_event("03-12 08:00", "withdraw", reason="cancelled")
    assert item(project(gone), "04-01 08:00").state == "missed"
    assert item(project(gone), "04-01 08:00", "m2").state == "none"


def test_nothing_of_a_withdrawn_project_grows_any_more() -> None:
    ticket = project(make_event("03-12 08:00", "withdraw", reason="cancelled"))
    for key in ("m1", "m2"):
        assert item(ticket, "03-12 08:00", key).mapping() == item(ticket, "04-01 08:00", key).mapping()
    missed = item(ticket, "04-01 08:00")
    assert (missed.late_days, missed.late_dates, missed.late_s) == (2, 2, hours(8))
    assert missed.late_elapsed_s == days(1) + hours(8)


@pytest.mark.parametrize("later", ["", "done", "withdrawn"])
def test_a_cached_fact_of_an_item_is_as_a_fresh_one_and_lists_its_lateness(later: str) -> None:
    events = {
        "done": [edit("03-12 16:00", m1_done="2026-03-12")],
        "withdrawn": [make_event("03-12 08:00", "withdraw", reason="cancelled")],
    }
    ticket = project(*events.get(later, []))
    evidence = sla.Evidence(ticket, RULES, instant("03-12 18:00"))
    kept = facts_of_evidence(evidence).verdicts
    since, until = (int(instant(text).timestamp()) for text in ("03-12 18:00", "03-18 18:00"))
    paces = zip(kept, find_paces(evidence, kept), strict=True)
    fresh = read_facts(ticket, RULES, instant("03-18 18:00"))
    assert [grow_verdict(verdict, pace, since, until, RULES) for verdict, pace in paces] == fresh.verdicts
    facts = Facts()
    facts.add([fresh])
    bounds = instant("01-01 08:00"), instant("12-01 08:00")
    [found] = list_decided(facts, *bounds, clock="item", now=instant("03-18 18:00"))
    assert found.seconds == item(ticket, "03-18 18:00").late_elapsed_s


def test_what_is_no_project_has_no_items() -> None:
    assert not sla.reading(project(kind="quality"), RULES, instant("04-01 08:00")).items
    away = make_event("03-12 08:00", "classify", {"kind": "quality"}, reason="x")
    assert item(project(away), "04-01 08:00").met is False, "a change of kind lifts no miss"
    assert item(project(away), "04-01 08:00", "m2").met is None


def test_the_board_shows_the_earliest_due_of_an_item_that_is_not_done() -> None:
    ticket = project(make_event("03-01 09:00", "respond"), edit("03-09 16:00", m1_done="2026-03-09"))
    [row] = build_rows([(ticket, "x", False)], RULES, instant("03-10 08:00"))
    assert (row.next_clock, row.sign) == ("plan.m2", " ")
    assert row.left_text == "8d 0h"
    [late] = build_rows([(ticket, "x", False)], RULES, instant("03-23 08:00"))
    assert (late.next_clock, late.sign) == ("plan.m2", "!")


def test_a_confirmation_freezes_the_items_and_names_what_arrives_later() -> None:
    done = [edit("03-10 16:00", m1_done="2026-03-10"), make_event("03-20 08:00", "solve")]
    confirmation = make_event("03-21 08:00", "confirm", by="zhao.min", n=5)
    frozen = sla.freeze(project(*done), RULES, confirmation)
    items = frozen["items"]
    assert items == {
        "m1": {"due": "2026-03-10", "done": "2026-03-10", "met": True, "charged_to": _LI_WEI},
        "m2": {"due": "2026-03-19", "met": False, "charged_to": {"owner": "he.qi", "unit": "FACTORY-7"}},
    }
    ticket = project(*done, confirmation).with_fields({"sla": frozen})
    again = yaml_codec.read_ticket(yaml_codec.dump(ticket), "x.yaml")
    assert sla.find_differences(again, RULES) == ()
    later = ticket.with_events([edit("03-19 09:00", n=9, m2_done="2026-03-19")])
    assert [(each.clock, each.part) for each in sla.find_differences(later, RULES)] == [
        ("plan.m2", "met"),
        ("plan.m2", "done"),
    ]


_LI_WEI = {"owner": "li.wei", "unit": "HQ-TECH"}


def test_a_met_item_counts_on_the_day_it_was_done_and_a_missed_one_on_its_due() -> None:
    facts = read_facts(project(edit("03-09 16:00", m1_done="2026-03-09")), RULES, instant("04-01 08:00"))
    counted = [
        (fact.item, fact.answer, fact.at, fact.person, fact.kind) for fact in facts.verdicts if fact.clock == "item"
    ]
    first, second = (int(instant(f"2026-03-{day}T00:00:00+00:00").timestamp()) for day in ("09", "19"))
    assert counted == [("m1", "met", first, "li.wei", "project"), ("m2", "missed", second, "he.qi", "project")]


def test_the_story_of_an_item_tells_what_moved_it_its_verdict_and_who_answers() -> None:
    ticket = project(
        edit("03-04 09:00", by="zhao.min", m1_due="2026-03-17"),
        make_event("03-08 08:00", "wait", reason="customer"),
        make_event("03-10 08:00", "resume"),
        edit("03-22 09:00", m1_done="2026-03-22"),
        make_event("03-23 08:00", "excuse", by="zhao.min", clock="plan.m1", reason="force majeure", note="storm"),
    )
    explanation = sla.explain_clocks(ticket, RULES, instant("03-25 08:00"))
    told = [str(sentence) for sentence in explanation.sentences()]
    first = told.index("plan.m1: due at the end of its date at the site.")
    assert told[first + 1 : first + 8] == [
        "03-01 08:00: li.wei planned it for 2026-03-10.",
        "03-04 09:00: zhao.min moved it from 2026-03-10 to 2026-03-17, 5 open dates.",
        "03-10 08:00: a wait of 2 open dates moved it from 2026-03-17 to 2026-03-19.",
        "03-22 09:00: li.wei recorded it as done on 2026-03-22.",
        "Due at the end of 2026-03-19, done 2026-03-22: missed by 3 days, 1 of them open.",
        "li.wei of HQ-TECH answers for it: the owner just before the due.",
        "Excused by zhao.min on 03-23 08:00, force majeure: the miss stands but does not count.",
    ]
    assert told[first + 8] == "plan.m2: due at the end of its date at the site."
    items = cast("dict[str, dict[str, list[dict[str, str]]]]", explanation.mapping()["items"])
    steps = items["m1"]["steps"]
    assert [step["what"] for step in steps] == ["planned", "moved", "waited", "done"]
    assert "items" not in sla.explain_clocks(project(kind="quality"), RULES, instant("03-25 08:00")).mapping()


def test_a_missed_item_alone_can_be_excused_from_the_menu() -> None:
    ticket = project(make_event("03-01 09:00", "respond"))
    for at, hindered in (("03-10 08:00", True), ("03-12 08:00", False)):
        obstacle = find_obstacle(ticket, "excuse", by="zhao.min", now=instant(at), policy=RULES)
        assert (obstacle is not None) is hindered, obstacle
    assert find_obstacle(ticket, "excuse", by="li.wei", now=instant("03-12 08:00"), policy=RULES) is not None


# --- what is refused --------------------------------------------------------------------------------------------------


def planned() -> Ticket:
    values: dict[str, Value] = {
        "id": "KSA-2026-0042",
        "uid": UID,
        "site": "KSA",
        "title": "dome",
        "kind": "project",
        "owner": "li.wei",
        "plan": [{"key": "m1", "due": "2026-03-10", "owner": "he.qi"}],
    }
    return acts.report(values, Act("report", "li.wei", instant("03-01 08:00")), RULES)


def change(ticket: Ticket, by: str, at: str, **parts: Value) -> Ticket:
    changed = {**dict(ticket.items("plan")[0]), **parts}
    return acts.perform(ticket, Act("edit", by, instant(at), fields={"plan.m1": changed}), RULES)


def test_an_act_states_the_parts_of_items_that_it_changes() -> None:
    ticket = planned()
    assert {path: value for path, value in ticket.log[0].set.items() if path.startswith("plan.")} == {
        "plan.m1.due": "2026-03-10",
        "plan.m1.owner": "he.qi",
    }
    moved = change(ticket, "li.wei", "03-05 08:00", due="2026-03-12")
    assert moved.log[-1].set == {"plan.m1.due": "2026-03-12"}
    assert moved.log[-1].rewrote == ["plan.m1"]
    again = yaml_codec.read_ticket(yaml_codec.dump(moved), "x.yaml")
    assert [event.digest for event in again.log] == [event.digest for event in moved.log]


def test_the_tickets_owner_or_a_lead_moves_a_due_and_never_the_items_owner_alone() -> None:
    assert change(planned(), "li.wei", "03-05 08:00", due="2026-03-12")
    assert change(planned(), "zhao.min", "03-05 08:00", due="2026-03-12")
    with pytest.raises(Refused, match="Only the ticket's owner or a lead can move the due of m1"):
        change(planned(), "he.qi", "03-05 08:00", due="2026-03-12")
    with pytest.raises(Refused, match="Only the ticket's owner"):
        acts.perform(planned(), Act("edit", "he.qi", instant("03-05 08:00"), fields={"plan.m1": None}), RULES)


def test_done_is_not_ahead_and_long_ago_only_by_a_lead() -> None:
    assert change(planned(), "he.qi", "03-05 23:30", done="2026-03-05")
    with pytest.raises(Refused, match="not done yet on 2026-03-06"):
        change(planned(), "he.qi", "03-05 08:00", done="2026-03-06")
    assert change(planned(), "he.qi", "03-06 23:59", done="2026-03-04")
    with pytest.raises(Refused, match="Only a lead can record that m1 was done as long ago"):
        change(planned(), "he.qi", "03-07 00:01", done="2026-03-04")
    assert change(planned(), "zhao.min", "03-07 00:01", done="2026-03-04")


def test_an_excuse_after_the_confirmation_stands_in_the_frozen_items() -> None:
    done = [edit("03-10 16:00", m1_done="2026-03-10"), make_event("03-20 08:00", "solve")]
    confirmation = make_event("03-21 08:00", "confirm", by="zhao.min", n=5)
    frozen = sla.freeze(project(*done), RULES, confirmation)
    ticket = project(*done, confirmation).with_fields({"sla": frozen})
    act = Act("excuse", "zhao.min", instant("03-22 08:00"), clock="plan.m2", reason="force majeure", note="storm")
    excused = acts.perform(ticket, act, RULES)
    items = excused.sla["items"]
    assert isinstance(items, dict)
    assert items["m2"]["excused"] is True
    assert sla.find_differences(excused, RULES) == ()


def test_a_due_that_somebody_typed_who_may_not_move_it_is_put_back(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    by = ("--desk", root, "--json")
    sets = ("--set", "plan.m1.due=2030-03-20")
    made = fenji("new", "--title", "dome", "--kind", "project", "--owner", "wang.fang", *sets, *by).json
    path = root / f"tickets/open/{made['id']}.yaml"
    replace_in_file(path, "  due: 2030-03-20", "  due: 2030-04-20")
    assert fenji("sync", *by).code in (0, 1)
    shown = fenji("show", made["id"], *by).json
    assert shown["plan"] == [{"key": "m1", "due": "2030-03-20"}]
    assert "plan.m1" in shown["log"][-1]["typed"]
