"""The rule of change: what may be brought in, what is refused, and that nothing which passes moves what has run."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from fenji.model import policy as policies
from fenji.model.worktime.holidays import public_holidays
from policies import REMOVED, make_policy, policy_document

if TYPE_CHECKING:
    from collections.abc import Mapping

Changes = dict[str, object]
NOW = datetime.fromisoformat("2026-05-10T12:00:00+00:00")
SOON = "2026-05-10T12:00:00+00:00"
VERSION_KEYS = ("priorities", "matrix", "kinds", "calendars", "sites", "waiting", "at_risk")
KEPT: Changes = {"since": "2026-01-01", **{key: policy_document()[key] for key in VERSION_KEYS}}
LATER: Changes = {"since": SOON, "earlier": [KEPT]}  # a new version that begins when it is brought in
BY_SITE: Changes = {"response": "12h", "solution": "14d", "calendar": "site"}


def find_refusals(
    old: Mapping[str, object], new: Mapping[str, object], *, at: datetime = NOW, has_tickets: bool = True
) -> dict[str, str]:
    """Why the policy of the tests, changed as `old`, may not become the one changed as `new`: place → sentence."""
    faults = policies.find_past_changes(make_policy(old), make_policy(new), at, has_tickets=has_tickets)
    return {"/".join(map(str, fault.path)): str(fault.message) for fault in faults}


DATED_CHANGES: list[Changes] = [
    {"priorities/P4/solution": "10d"},
    {"priorities/P5": {"response": "48h"}},
    {"matrix/minor/common": "P3"},
    {"kinds/request": {"solution": "none"}},
    {"waiting/parts": ["solution"]},
    {"waiting/weather": []},
    {"at_risk": "10%"},
    {"sites/KSA/calendar": "hq"},
    {"sites/KSA/lead": "li.wei"},
    {"calendars/ksa/tz": "Asia/Shanghai"},
    {"calendars/ksa/week": {"sun-thu": ["08:00-12:00"]}},
    {"calendars/ksa/day": "4h"},
]


def name_change(change: Changes) -> str:
    return next(iter(change))


@pytest.mark.parametrize("change", DATED_CHANGES, ids=name_change)
def test_what_has_a_date_changes_in_a_new_version_alone(change: Changes) -> None:
    refusals = find_refusals({}, change)
    place = name_change(change)
    assert len(refusals) == 1
    assert place.startswith(next(iter(refusals)))
    assert "in force since 2026-01-01: `fenji policy amend` makes" in next(iter(refusals.values()))
    assert find_refusals({}, {**change, **LATER}) == {}
    assert find_refusals({}, {**change, **LATER, "since": "2026-07-01"}) == {}
    assert find_refusals({}, {**change, **LATER, "since": "2026-05-10T11:00:00+00:00"}) == {}
    assert find_refusals({}, change, has_tickets=False) == {}


@pytest.mark.parametrize("change", DATED_CHANGES, ids=name_change)
def test_a_version_whose_since_has_gone_by_is_refused(change: Changes) -> None:
    late = find_refusals({}, {**change, **LATER, "since": "2026-05-10T10:59:59+00:00"})
    assert list(late) == ["since"]
    assert late["since"] == (
        "2026-05-10T10:59:59+00:00 has passed: a version entered at 2026-05-10T12:00+00:00 begins then or later; "
        "`fenji policy amend` sets it"
    )
    assert "since" in find_refusals({}, {**change, "since": "2025-07-01"})
    assert find_refusals({}, {**change, "since": "2025-07-01"}, has_tickets=False) == {}


@pytest.mark.parametrize("change", DATED_CHANGES, ids=name_change)
def test_what_was_in_force_stands_under_earlier(change: Changes) -> None:
    unkept = find_refusals({}, {**change, "since": SOON})
    key = name_change(change).partition("/")[0]
    assert list(unkept) == ["earlier"]
    assert unkept["earlier"] == (
        f"the rules in force from 2026-01-01 must stay here as they were, but {key} changed: "
        "`fenji policy amend` moves them"
    )


@pytest.mark.parametrize(
    "free",
    [
        {"language": "en"},
        {"people/new": {"name": "N", "unit": "HQ-TECH"}},
        {"people/li.wei/roles": ["engineer", "lead"]},
        {"people/li.wei/until": "2026-04-01"},
        {"people/li.wei/name": "李"},
        {"sites/KSA/name": "Riyadh"},
        {"sites/KSA/until": "2026-04-01"},
        {"units/FACTORY-8": {"name": "八廠"}},
        {"calendars/sha": policy_document()["calendars"]["hq"]},
        {"calendars/sha": policy_document()["calendars"]["hq"], "sites/SHA": {"name": "S", "calendar": "sha"}},
        {"calendars/hq/holidays": ["2026-10-01", "2026-10-02", "2026-05-11"]},
        {"calendars/hq/holidays": ["2026-10-02"]},
        {"calendars/ksa/holidays": {"add": ["2026-09-23"], "country": "SA"}, "format": "2"},
        {"calendars/ksa/shifts": {"2026-02-14": ["09:00-12:00"], "2026-05-16": ["09:00-12:00"]}},
        {"calendars/ksa/breaks": {"2026-03-01": ["10:00-11:30"], "2026-06-01": ["10:00-11:30"]}},
        {"calendars/ksa/offsets": {"2026-06-01T00:00:00+03:00": "+04:00"}, "format": "2"},
        {"backdate": "48h"},
        {"excuses": ["storm"]},
        {"requires": {}},
        {"may/confirm": ["manager"]},
        {"routes": []},
        {"views": {}},
        {"require_signed": []},
        {"since": "2025-01-01"},
        {"since": "2026-03-01"},
        LATER,
        {"earlier": [{**KEPT, "since": "2025-06-01"}]},
        {"format": "2", "grace": "10d", "strangers": "work"},
    ],
    ids=str,
)
def test_what_carries_no_verdict_or_has_not_begun_changes_freely(free: Changes) -> None:
    assert find_refusals({}, free) == {}


@pytest.mark.parametrize(
    ("change", "place", "value"),
    [
        ({"calendars/hq/holidays": ["2026-05-08"]}, "calendars/hq/holidays", "2026-05-08"),
        ({"calendars/hq/holidays": []}, "", ""),
        ({"calendars/ksa/shifts": {"2026-05-08": ["09:00-12:00"]}}, "calendars/ksa/shifts", "2026-02-14"),
        ({"calendars/ksa/breaks": {}}, "calendars/ksa/breaks", "2026-03-01"),
        ({"calendars/ksa/holidays": {"add": ["2026-05-10"]}}, "calendars/ksa/holidays", "2026-05-10"),
        (
            {"calendars/ksa/offsets": {"2026-04-01T00:00:00+03:00": "+04:00"}, "format": "2"},
            "calendars/ksa/offsets",
            "2026-03-31T21:00:00+00:00",
        ),
    ],
)
def test_a_date_that_has_begun_in_the_calendars_zone_stays(change: Changes, place: str, value: str) -> None:
    refusals = find_refusals({}, change)
    assert list(refusals) == ([place] if place else [])
    if place:
        assert "has begun, and what has run is never recounted" in refusals[place]
        faults = policies.find_past_changes(make_policy(), make_policy(change), NOW)
        assert any(value in str(fault.message) for fault in faults)


def test_a_date_begins_with_its_midnight_in_the_zone_of_the_calendar() -> None:
    holiday: Changes = {"calendars/hq/holidays": ["2026-05-11", "2026-10-01", "2026-10-02"]}
    midnight = datetime.fromisoformat("2026-05-11T00:00:00+08:00")
    assert find_refusals({}, holiday, at=datetime.fromisoformat("2026-05-10T23:59:59+08:00")) == {}
    assert list(find_refusals({}, holiday, at=midnight)) == ["calendars/hq/holidays"]


def test_a_late_holiday_under_a_backdated_since_is_refused() -> None:
    late = {**LATER, "since": "2026-02-28", "calendars/hq/holidays": ["2026-03-02", "2026-10-01", "2026-10-02"]}
    assert list(find_refusals({}, late)) == ["since"]


def test_former_versions_stay_as_they_were() -> None:
    two: Changes = {"since": "2026-03-01", "earlier": [{**KEPT, "at_risk": "10%"}]}
    assert list(find_refusals(two, {**two, "earlier": [KEPT]})) == ["earlier"]
    assert list(find_refusals(two, {"since": "2026-03-01"})) == ["earlier"]
    dropped = [{**KEPT, "since": "2026-03-01"}]
    assert list(find_refusals(two, {"since": SOON, "earlier": dropped, "at_risk": "5%"})) == ["earlier"]
    both = [{**KEPT, "at_risk": "10%"}, {**KEPT, "since": "2026-03-01"}]
    assert find_refusals(two, {"since": SOON, "earlier": both, "at_risk": "5%"}) == {}
    assert find_refusals(two, {"since": SOON, "earlier": both[::-1], "at_risk": "5%"}) == {}


def test_a_version_between_those_in_force_is_refused() -> None:
    between = [KEPT, {**KEPT, "since": "2026-02-01", "at_risk": "50%"}]
    new: Changes = {"since": SOON, "earlier": [*between, {**KEPT, "since": "2026-02-02"}]}
    refusals = find_refusals({}, new)
    assert list(refusals) == ["earlier"]
    assert "2026-02-01 has passed" in refusals["earlier"]


def test_a_version_that_has_not_begun_may_change_and_go() -> None:
    pending: Changes = {**LATER, "since": "2026-07-01", "at_risk": "10%"}
    assert find_refusals(pending, {**pending, "at_risk": "20%", "since": "2026-08-01"}) == {}
    assert find_refusals(pending, {}) == {}
    begun = datetime.fromisoformat("2026-07-01T00:00:00+00:00")
    assert list(find_refusals(pending, {**pending, "at_risk": "20%"}, at=begun)) == ["at_risk"]


@pytest.mark.parametrize(
    ("change", "group", "key"),
    [
        ({"sites/HQ": REMOVED, "routes": []}, "sites", "HQ"),
        ({"units/FACTORY-7": REMOVED, "people/he.qi/unit": "HQ-TECH", "routes": []}, "units", "FACTORY-7"),
        ({"people/he.qi": REMOVED, "routes": []}, "people", "he.qi"),
    ],
)
def test_nobody_and_no_place_is_taken_out(change: Changes, group: str, key: str) -> None:
    refusals = find_refusals({}, change)
    assert refusals[group] == f"{key} is removed, but tickets may name it: end it with `until`"


def test_nobody_new_is_called_like_a_duty_queue() -> None:
    refusals = find_refusals({}, {"people/queue:HQ": {"name": "Nobody"}})
    assert refusals["people/queue:HQ"] == "queue:HQ is written like a duty queue: give the person another name"


LEADER: Changes = {"format": "2", "people/he.qi/roles": ["engineer", "lead"]}


@pytest.mark.parametrize(
    ("change", "struck"),
    [
        ({"people/he.qi/roles": ["engineer"]}, "lead"),
        ({"people/he.qi/roles": []}, "lead"),
        ({"people/he.qi/roles": ["lead"]}, ""),  # may all that an engineer may
        ({"people/he.qi/roles": ["lead"], "may/archive": ["engineer"]}, "engineer"),
        ({"people/he.qi/until": {"lead": "2026-05-10"}}, ""),
    ],
)
def test_a_role_is_not_struck_but_ends_by_date(change: Changes, struck: str) -> None:
    refusals = find_refusals(LEADER, {**LEADER, **change})
    assert find_refusals({**LEADER, "format": "1"}, {**LEADER, **change, "format": "1"}) == {}
    if not struck:
        assert refusals == {}
    else:
        said = refusals["people/he.qi/roles"]
        assert said.startswith(f"{struck} is removed without an end: put it back")
        assert f"`until: {{{struck}: 2026-05-10}}`" in said


def test_a_role_that_ended_longer_than_the_grace_ago_may_be_struck() -> None:
    for end, passes in (("2026-05-01", False), ("2026-03-01", True)):
        ended = {**LEADER, "people/he.qi/until": {"lead": end}}
        assert (find_refusals(ended, {**ended, "people/he.qi/roles": ["engineer"]}) == {}) is passes


def test_a_unit_changes_from_a_date_that_has_not_begun() -> None:
    two: Changes = {"format": "2"}

    def units(entries: object) -> Changes:
        return {**two, "people/li.wei/unit": entries}

    tomorrow = {"2026-01-01": "HQ-TECH", "2026-05-11": "FACTORY-7"}
    assert find_refusals(two, units(tomorrow)) == {}
    assert find_refusals(units(tomorrow), units({"2026-01-01": "HQ-TECH"})) == {}
    moved = find_refusals(two, units("FACTORY-7"))
    assert list(moved) == ["people/li.wei/unit"]
    assert moved["people/li.wei/unit"].startswith("HQ-TECH was the unit, and stays so for what has run")
    today = {"2026-01-01": "HQ-TECH", "2026-05-10": "FACTORY-7"}
    assert list(find_refusals(two, units(today))) == ["people/li.wei/unit"]
    assert find_refusals(two, units(today), has_tickets=False) == {}


def test_the_zone_of_the_desk_and_its_format_stay() -> None:
    assert list(find_refusals({}, {"zone": "Asia/Shanghai"})) == ["zone"]
    assert find_refusals({}, {"zone": "Asia/Shanghai"}, has_tickets=False) == {}
    assert find_refusals({}, {"format": "2"}) == {}
    assert find_refusals({"format": "2"}, {}) == {"format": "is 2 and cannot go back to 1"}


def test_a_country_may_be_written_out_as_dates_where_nothing_moves() -> None:
    country: Changes = {"calendars/ksa/holidays": {"country": "SA", "add": ["2026-09-23"]}}
    dates = {"2026-02-22": "Founding Day", "2026-03-20": "Eid al-Fitr"}
    refusals = find_refusals(country, {"format": "2", "calendars/ksa/holidays": {"country": "SA", "dates": dates}})
    assert list(refusals) == ["calendars/ksa/holidays"]


def test_the_first_holidays_of_a_calendar_move_nothing_that_has_run() -> None:
    old: Changes = {"format": "2", "calendars/ksa/holidays": {"country": "SA"}}
    dates = {str(day): name for day, name in public_holidays("SA", [2026]).items()}
    past = {"country": "SA", "dates": dates}
    coming = {"country": "SA", "dates": {day: name for day, name in dates.items() if day > "2026-05-10"}}
    assert find_refusals(old, {**old, "calendars/ksa/holidays": coming}) == {}
    assert "has begun" in find_refusals(old, {**old, "calendars/ksa/holidays": past})["calendars/ksa/holidays"]
    assert find_refusals(old, {**old, "calendars/ksa/holidays": past}, has_tickets=False) == {}
    kept = {**KEPT, "calendars": {"ksa": {**policy_document()["calendars"]["ksa"], "holidays": {"country": "SA"}}}}
    version: Changes = {**old, **LATER, "earlier": [kept], "calendars/ksa/holidays": past}
    assert find_refusals(old, version) == {}


def test_a_correction_is_added_and_never_changed_or_taken_out() -> None:
    entry = {
        "key": "c1",
        "on": SOON,
        "by": "wang.fang",
        "why": "announced late",
        "from": "2026-05-04",
        "to": "2026-05-05",
        "calendars": {"ksa": {"holidays": ["2026-05-04"]}},
    }
    plain: Changes = {"format": "2"}
    told: Changes = {"format": "2", "corrections": [entry]}
    assert find_refusals(plain, told) == {}
    assert "never removed" in find_refusals(told, plain)["corrections"]
    assert "never changed" in find_refusals(told, {**told, "corrections": [{**entry, "why": "x"}]})["corrections/0"]


def correction(**changes: object) -> Changes:
    entry = {"key": "c1", "on": SOON, "by": "wang.fang", "why": "w", "from": "2026-05-04", "to": "2026-05-05"}
    return {"format": "2", "corrections": [{**entry, "calendars": {"ksa": {"holidays": []}}, **changes}]}


def test_a_correction_is_said_when_it_is_brought_in() -> None:
    plain: Changes = {"format": "2"}
    assert find_refusals(plain, correction(on="2026-05-10T11:00:00+00:00")) == {}
    late = find_refusals(plain, correction(on="2026-05-10T10:59:59+00:00"))
    assert "has passed" in late["corrections/0/on"]
    old = correction(on="2026-05-01T00:00:00+00:00")
    assert find_refusals(old, old) == {}
    assert find_refusals(plain, old, has_tickets=False) == {}


@pytest.mark.parametrize(("end", "is_taken"), [("2026-05-11", True), ("2026-05-12", False)])
def test_a_correction_tells_of_what_has_run(end: str, *, is_taken: bool) -> None:
    refusals = find_refusals({"format": "2"}, correction(to=end))
    assert is_taken is (refusals == {})
    assert is_taken or "needs no correction" in refusals["corrections/0/to"]
