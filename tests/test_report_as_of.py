"""`fenji report --as-of`: the figures as events up to an instant left them, whatever happened later."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

import worlds
from clones import git
from commandline import fenji
from fenji.model.appraisal import read_facts
from fenji.model.appraisal.past_items import items_at
from fenji.model.appraisal.read_work import read_links
from fenji.model.sla import decided, evidence, signs
from fenji.model.sla.timeline import Timeline, build_timeline
from fenji.model.ticket import Event
from octobers import ENGINEER, LATE, LEAD, MANAGER, OTHER, REOPENED, at, counts, make_october, total
from samples import START, reported_ticket
from worlds.making import shipped_policy

if TYPE_CHECKING:
    import pytest

BEFORE = {"responded_met": 2, "responded_missed": 1, "solved_met": 3}


def test_an_excuse_and_a_reopening_are_read_by_when_they_happened(tmp_path: Path) -> None:
    month = make_october(tmp_path)
    assert counts(month.report()) == BEFORE
    month.act(LATE, "excuse", "11-03 08:00", MANAGER, clock="response", reason="customer access")
    month.act(REOPENED, "reopen", "11-04 08:00", LEAD, reason="leaks again")
    assert counts(month.report()) == {
        "responded_met": 2, "responded_excused": 1, "solved_met": 2,
    }  # fmt: skip
    assert counts(month.report(as_of=at("11-01 12:00"))) == BEFORE
    assert counts(month.report(as_of=at("11-03 12:00"))) == {
        "responded_met": 2, "responded_excused": 1, "solved_met": 3,
    }  # fmt: skip


def test_what_was_not_decided_then_is_open_then(tmp_path: Path) -> None:
    month = make_october(tmp_path)
    then = month.report(as_of=at("10-08 12:00"))
    assert counts(then) == {"responded_met": 2, "responded_missed": 1}
    assert total(then).backlog.unconfirmed == 3
    assert then.figures.tickets == 3
    early = month.report(as_of=at("10-05 08:01"))
    assert early.figures.tickets == 2
    assert total(early).backlog.open == 1


def test_a_clock_that_still_runs_is_as_long_as_it_was_then(tmp_path: Path) -> None:
    month = make_october(tmp_path, until="10-20 08:00")
    month.new("10-20 08:00")
    read = []
    for until in ("11-02 09:00", "11-12 09:00"):
        month.clock.now = at(until)
        read.append(total(month.report(as_of=at("11-01 12:00"))).clock("response"))
    assert read[0] == read[1]


def test_a_line_counts_from_when_it_was_written(tmp_path: Path) -> None:
    month = make_october(tmp_path)
    number = month.new("11-03 08:00", OTHER)
    line = {"key": "r1", "kind": "people", "hours": "2", "on": "2026-10-30", "who": ENGINEER}
    month.act(number, "edit", "11-04 08:00", fields={"resources.r1": line})
    hours = [str(total(month.report(as_of=at(day))).hours) for day in ("11-03 09:00", "11-04 09:00")]
    assert hours == ["0", "2"]


def test_lines_have_the_values_that_events_had_given_them() -> None:
    ticket = reported_ticket().with_fields({"resources": [{"key": "r1", "hours": "5", "who": ENGINEER}]})
    first, second = (START + timedelta(days=days) for days in (1, 2))
    stated = [
        Event(2, first, ENGINEER, "edit", {"rewrote": ["resources.r1"], "set": {"resources.r1.hours": "2"}}),
        Event(3, second, ENGINEER, "edit", {"set": {"resources.r1.hours": "5"}}),
    ]
    ticket = replace(ticket, log=(*ticket.log, *stated))
    assert items_at(ticket, "resources", START) == []
    assert [line["hours"] for line in items_at(ticket, "resources", first)] == ["2"]
    assert [line["hours"] for line in items_at(ticket, "resources", second)] == ["5"]
    assert items_at(ticket, "resources", first)[0]["who"] == ENGINEER


def test_a_link_counts_from_when_it_was_made() -> None:
    links = [{"to": "KSA-2026-0009", "as": "duplicate"}, {"to": "KSA-2026-0008", "as": "related"}]
    ticket = reported_ticket().with_fields({"links": links})
    made = Event(2, START + timedelta(days=1), ENGINEER, "link", {"rewrote": ["links.KSA-2026-0009/duplicate"]})
    ticket = replace(ticket, log=(*ticket.log, made))
    found = {at: [link.to for link in read_links(ticket, at)] for at in (START, made.at)}
    assert found == {START: ["KSA-2026-0008"], made.at: ["KSA-2026-0009", "KSA-2026-0008"]}


def test_the_clocks_of_a_ticket_are_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []

    def build(*args: Any, **more: Any) -> Timeline | None:
        built.append(args)
        return build_timeline(*args, **more)

    for module in (evidence, signs, decided, read_facts):
        monkeypatch.setattr(module, "build_timeline", build, raising=False)
    read_facts.read_facts(reported_ticket(), shipped_policy(), START + timedelta(days=9))
    assert len(built) == 1


def test_a_time_without_offset_is_in_the_zone_of_the_desk_whichever_clone_asks(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk")
    for site in ("KSA", "DZA"):
        git(root, "config", "fenji.site", site)
        asked = ("report", "2026-02", "--as-of", "2026-02-10T01:00", "--json")
        assert json.loads(fenji("--desk", root, *asked).out)["read"]["at"] == "2026-02-10T01:00:00+00:00"
        found = json.loads(fenji("--desk", root, *asked, "--zone", "Asia/Riyadh").out)
        assert found["read"]["at"] == "2026-02-10T01:00:00+03:00"
