"""The timetable of a project: expected ends, slack, the critical path, baselines, and the command that draws it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from commandline import CommandResult, fenji
from desks import make_desk
from fenji.desk import acts
from fenji.desk.acts import Act
from fenji.errors import Refused
from fenji.model import sla
from fenji.model.plan import BASELINE, PlannedItem, ProjectPlan, find_busy, list_baselines, plan_project
from fenji.text.cells import width
from stories import UID, instant, make_event, site_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fenji.model.ticket import Ticket, Value

RULES = site_rules()  # the site works from Sunday to Thursday; 1 March 2026 is a Sunday


def project(*items: Mapping[str, Value]) -> Ticket:
    values: dict[str, Value] = {
        "id": "KSA-2026-0042",
        "uid": UID,
        "site": "KSA",
        "title": "dome",
        "kind": "project",
        "owner": "li.wei",
        "plan": [dict(item) for item in items],
    }
    return acts.report(values, Act("report", "li.wei", instant("03-01 08:00")), RULES)


def planned(ticket: Ticket, at: str = "03-02 08:00") -> ProjectPlan:
    return plan_project(ticket, RULES, sla.reading(ticket, RULES, instant(at)))


def item(plan: ProjectPlan, key: str) -> PlannedItem:
    return next(each for each in plan.items if each.key == key)


def days(plan: ProjectPlan, key: str) -> tuple[str, str]:
    found = item(plan, key)
    return found.begins.isoformat()[5:], found.ends.isoformat()[5:]


CHAIN: tuple[dict[str, Value], ...] = (
    {"key": "a", "start": "2026-03-02", "due": "2026-03-04"},
    {"key": "b", "start": "2026-03-05", "due": "2026-03-09", "after": ["a"]},  # Thursday to Monday: three open dates
    {"key": "c", "due": "2026-03-12", "after": ["b"]},
    {"key": "d", "start": "2026-03-03", "due": "2026-03-03"},
)


def test_items_follow_each_other_on_open_dates() -> None:
    plan = planned(project(*CHAIN))
    assert [days(plan, key) for key in "abcd"] == [
        ("03-02", "03-04"),
        ("03-05", "03-09"),
        ("03-10", "03-12"),
        ("03-03", "03-03"),
    ]
    assert plan.ends == date(2026, 3, 12)
    assert [item(plan, key).slack for key in "abcd"] == [0, 0, 0, 7]
    assert [each.key for each in plan.items if each.is_critical] == ["a", "b", "c"]


def test_what_is_late_pushes_what_follows_and_ends_today_at_the_earliest() -> None:
    plan = planned(project(*CHAIN), "03-08 08:00")
    assert days(plan, "a") == ("03-02", "03-08")
    assert days(plan, "b") == ("03-09", "03-11")
    assert days(plan, "d") == ("03-03", "03-08")
    assert item(plan, "a").late_days == 4


def test_a_done_item_ends_when_it_was_done_and_has_no_slack() -> None:
    plan = planned(project({**CHAIN[0], "done": "2026-03-01"}, *CHAIN[1:]))
    assert days(plan, "a") == ("03-01", "03-01")
    assert item(plan, "a").slack is None
    assert days(plan, "b") == ("03-05", "03-09"), "not before it is planned"


def test_without_dates_it_follows_and_takes_one_day() -> None:
    plan = planned(project(CHAIN[0], {"key": "x", "after": ["a"]}, {"key": "y"}))
    assert days(plan, "x") == ("03-05", "03-05")
    assert days(plan, "y") == ("03-01", "03-02")
    assert item(plan, "x").clock is None


def test_a_wait_moves_what_is_drawn_as_it_moves_the_dues() -> None:
    ticket = project(*CHAIN[:2]).with_events(
        [
            make_event("03-01 09:00", "wait", reason="customer"),
            make_event("03-03 09:00", "resume"),
        ]
    )
    plan = planned(ticket, "03-03 10:00")
    assert [str(item(plan, key).due) for key in "ab"] == ["2026-03-08", "2026-03-11"], "two open dates later"
    assert [days(plan, key) for key in "ab"] == [("03-02", "03-08"), ("03-09", "03-15")]
    assert [item(plan, key).late_days for key in "ab"] == [0, 0]


def test_what_cannot_be_drawn_is_listed_and_the_rest_is_drawn() -> None:
    plan = planned(
        project(
            {"key": "a", "due": "2026-03-04", "after": ["c", "zz"]},
            {"key": "b", "start": "2026-03-10", "due": "2026-03-05", "after": ["a"]},
            {"key": "c", "after": ["b"]},
            {"key": "e", "after": ["e"]},
        )
    )
    said = [str(problem) for problem in plan.problems]
    assert said[0] == "a follows zz, which is not in the plan"
    assert said[1] == "b: its due is before its start"
    assert sum("goes in a circle" in sentence for sentence in said) == 1
    assert len(plan.items) == 4


def edit(ticket: Ticket, at: str, key: str, **parts: Value) -> Ticket:
    present = ticket.look_up(f"plan.{key}")
    former = dict(present) if isinstance(present, dict) else {"key": key}
    return acts.perform(ticket, Act("edit", "li.wei", instant(at), fields={f"plan.{key}": {**former, **parts}}), RULES)


def test_the_baseline_is_the_first_due_and_a_new_one_is_set_by_a_note() -> None:
    ticket = edit(project(*CHAIN), "03-02 09:00", "a", due="2026-03-05")
    ticket = edit(ticket, "03-02 10:00", "z", due="2026-03-20")
    plan = planned(ticket, "03-03 08:00")
    assert (item(plan, "a").first_due, item(plan, "a").due) == (date(2026, 3, 4), date(2026, 3, 5))
    assert [each.key for each in plan.items if each.is_added] == ["z"]
    with pytest.raises(Refused, match="can set a new baseline"):
        acts.perform(ticket, Act("note", "he.qi", instant("03-03 09:00"), note="x", reason=BASELINE), RULES)
    anew = acts.perform(ticket, Act("note", "li.wei", instant("03-03 09:00"), note="agreed", reason=BASELINE), RULES)
    first, second = list_baselines(anew, instant("03-04 08:00"))
    assert (first.dues["a"], second.dues["a"], second.note) == (date(2026, 3, 4), date(2026, 3, 5), "agreed")
    assert item(planned(anew, "03-04 08:00"), "a").latest_due == date(2026, 3, 5)


def test_three_at_once_are_named() -> None:
    same = {"start": "2026-03-03", "due": "2026-03-10"}
    plan = planned(project(*({"key": key, **same} for key in "abc")))
    [busy] = find_busy(plan.items)
    assert (busy.person, busy.count, str(busy.first), str(busy.last)) == ("li.wei", 3, "2026-03-03", "2026-03-10")


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(1, 5), (1, 10), (1, 10), (1, 10)], [(1, 10, 4)]),
        ([(1, 2)] * 3 + [(20, 22)] * 4, [(1, 2, 3), (20, 22, 4)]),
        ([(1, 5), (1, 5), (1, 9), (6, 9), (6, 12)], [(1, 9, 3)]),
        ([(1, 4), (2, 3), (4, 8), (3, 6), (6, 9)], [(3, 4, 3), (6, 6, 3)]),
        ([(1, 5), (1, 5), (6, 9)], []),
    ],
)
def test_each_stretch_of_days_with_three_at_once_is_named_from_its_first_to_its_last_day(
    spans: list[tuple[int, int]], expected: list[tuple[int, int, int]]
) -> None:
    [blank] = planned(project({"key": "a", "due": "2026-06-30"})).items
    items = [replace(blank, begins=date(2026, 6, first), ends=date(2026, 6, last)) for first, last in spans]
    assert [(busy.first.day, busy.last.day, busy.count) for busy in find_busy(items)] == expected


# --- the command ------------------------------------------------------------------------------------------------------


def run(root: Path, *args: object, **env: str) -> CommandResult:
    done = fenji("--desk", root, *args, **env)
    assert done.code == 0, done.err
    return done


@pytest.fixture
def root(tmp_path: Path) -> Path:
    desk = make_desk(tmp_path)
    sets = [f"plan.m1.{part}" for part in ("what=基礎", "start=2030-03-03", "due=2030-03-07")]
    sets += [f"plan.m2.{part}" for part in ("what=mast", "due=2030-03-14", "after=m1")]
    options = [word for each in sets for word in ("--set", each)]
    run(desk, "new", "--title", "dome", "--kind", "project", "--owner", "li.wei", *options)
    return desk


def test_the_command_draws_and_gives_json(root: Path) -> None:
    shown = run(root, "plan").out
    assert "m1 基礎" in shown
    assert "* critical" in shown
    document: Any = run(root, "plan", "1", "--json").json
    [found] = document["projects"]
    assert [each["key"] for each in found["items"]] == ["m1", "m2"]
    assert found["items"][1]["critical"] is True
    assert found["ends"] == found["items"][1]["ends"]


def test_the_command_sets_a_baseline_with_a_word_on_why(root: Path) -> None:
    assert fenji("--desk", root, "plan", "1", "--baseline").code == 2
    run(root, "edit", "1", "--set", "plan.m1.due=2030-03-10")
    run(root, "plan", "1", "--baseline", "--note", "agreed with the customer")
    [found] = run(root, "plan", "1", "--json").json["projects"]
    assert [baseline["note"] for baseline in found["baselines"]] == ["", "agreed with the customer"]
    first = found["items"][0]
    assert (first["baseline_due"], first["new_baseline_due"]) == ("2030-03-07", "2030-03-10")


def test_long_names_are_cut_by_cells_and_leave_the_axis_where_it_is(root: Path) -> None:
    run(root, "edit", "1", "--set", "plan.m1.what=" + "天線罩基礎開挖" * 4)
    lines = run(root, "plan", COLUMNS="80").out.splitlines()
    drawn = [line for line in lines if line[2:].startswith(("m1 ", "m2 "))]
    assert drawn[0][2:].startswith("m1 天線罩基礎開挖天線罩 |")
    assert [width(line.partition("|")[0]) for line in drawn] == [26, 26]
    assert max(map(width, lines)) <= 80


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_axis_fits_the_screen(root: Path, language: str) -> None:
    lines = run(root, "plan", COLUMNS="80", FENJI_LANGUAGE=language).out.splitlines()
    assert max(map(width, lines)) <= 80
