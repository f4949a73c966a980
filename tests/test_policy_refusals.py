from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from fenji.errors import Damaged
from fenji.model import policy as policies
from fenji.storage import yaml_codec
from policies import REMOVED, TEXT, fault_paths, list_faults, make_policy, policy_document

if TYPE_CHECKING:
    from fenji.model.values import Value

LEVELS = ("P1", "P2", "P3", "P4")
SITE_HOURS: dict[str, object] = {f"priorities/{level}/calendar": "site" for level in LEVELS}
COUNTED = [f"priorities/{level}/solution" for level in ("P2", "P3", "P4")]  # in days

# Where one thing is changed, to what, and the sentence of the one fault; the fault's place where it is another.
ONE_FAULT: list[tuple[str, object, str] | tuple[str, object, str, str]] = [
    ("format", "3", "is 3; this version reads formats 1, 2"),
    ("format", REMOVED, "is missing"),
    ("since", REMOVED, "is missing"),
    ("matrix", None, "is missing"),
    ("prioritys", {}, "the key prioritys is unknown; did you mean priorities?"),
    ("sites/KSA/zzz", "x", "the key zzz is unknown; known here: name, calendar, lead"),
    ("people/li.wei/mail", "x", "did you mean email?"),
    ("priorities/P4/calender", "x", "did you mean calendar?"),
    ("routes/0/who", "x", "known here: when, owner, units"),
    ("language", "zh", "zh is not one of zh-Hans, zh-Hant, en"),
    ("since", "spring", "spring is not a date, such as 2026-01-01, or an instant"),
    ("since", "2026-01-01T00:00:00", "or an instant with an offset, such as 2026-01-01T00:00:00+03:00"),
    ("since", "2026-02-30", "2026-02-30 is not a date"),
    ("since", "0001-01-01", "0001-01-01 is not a date"),
    # targets
    ("priorities/P4/response", "0h", "0h promises nothing: give at least 1m, or `none`"),
    ("priorities/P4/response", "-2h", "-2h is negative"),
    ("priorities/P4/response", "1.5h", "1.5h is not whole minutes: write it as 90m"),
    ("priorities/P4/response", "90s", "90s is not whole minutes"),
    ("priorities/P4/solution", "14", "14 is not a duration: write it as 30m, 8h, 14d"),
    ("priorities/P4/solution", "12h14d", "12h14d is not a duration"),
    ("priorities/P4/solution", "2w", "2w is not a duration"),
    ("priorities/P4/solution", "1826d", "1826d is longer than five years"),
    ("priorities/P4", None, "needs its times: response and solution"),
    ("priorities/P4", "24h", "must be a mapping of keys, not 24h"),
    ("priorities/P4/calendar", "ksa", "`site` for the calendar of the ticket's site, not ksa"),
    ("priorities/P4/response", "15d", "the response of P4, 15d, is longer than its solution, 14d"),
    ("priorities/P4/solution", "6d", "6d is shorter than the 7d of P3, which ranks above it and so is more urgent"),
    ("kinds/request", {"response": "2d"}, "2d, is longer than its solution, 24h", "kinds/request/response"),
    ("kinds/request", {"solution": "2h"}, "4h, is longer than its solution, 2h", "kinds/request/solution"),
    ("kinds/projekt", {}, "did you mean project?"),
    # matrix
    ("matrix/minor/rare", REMOVED, "the cell is missing: which priority has minor with rare?"),
    ("matrix/minor/rare", None, "the cell is missing"),
    ("matrix/minor/rare", "P5", "no priority is called P5; known: P"),
    ("matrix/minor/often", "P4", "often is not one of the values of occurrence: rare, common"),
    ("matrix/mayor", {}, "mayor is not one of the values of impact: major"),
    ("matrix/minor", "P4", "must be a mapping of keys, not P4"),
    ("impact", ["major", "minor", "major"], "major stands twice", "impact/2"),
    ("impact", "major", "must be a list, such as [major]"),
    # references
    ("sites/KSA/lead", "zhao.mim", "nobody under people is called zhao.mim; known: zhao.min"),
    ("sites/KSA/calendar", "ksb", "no calendar is called ksb; known: ksa"),
    ("sites/ksa1", {}, "ksa1 is not a site code: capital letters and digits"),
    ("people/li.wei/unit", "HQ", "no unit is called HQ; known: HQ-TECH"),
    ("people/li.wei/roles", ["boss"], "boss is not one of engineer, lead, manager, admin", "people/li.wei/roles/0"),
    ("people/li.wei/name", "a\nb", "must be one line of text, not a b"),
    ("routes/0/owner", "li.wi", "nobody under people is called li.wi; known: li.wei"),
    ("routes/0/units", ["HQ-TECH", "F7"], "no unit is called F7", "routes/0/units/1"),
    ("routes/0/when/sistem", "x", "tickets cannot be matched by sistem; did you mean system"),
    ("routes/0/when/cause", "x", "tickets cannot be matched by cause"),
    ("routes/0/when/kind", "fault", "fault is not one of quality, request, project"),
    ("routes/1/when/site", ["KSB"], "KSB is not one of KSA, HQ"),
    ("routes/0/when/kind", None, "is empty: give the value"),
    ("routes/0/when", REMOVED, "needs `when`", "routes/0"),
    ("routes/2/units", [], "leads nowhere: give it an owner, or units", "routes/2"),
    # steps
    ("may/confrim", ["lead"], "did you mean confirm?"),
    ("may/confirm", ["leed"], "leed is not one of", "may/confirm/0"),
    ("requires/qualty", {}, "did you mean quality?"),
    ("requires/request/slove", ["cause"], "did you mean solve?"),
    (
        "requires/request/solve",
        ["solutoin"],
        "a ticket has no field solutoin; did you mean solution",
        "requires/request/solve/0",
    ),
    ("requires/request/P9", {}, "the key P9 is unknown"),
    ("requires/request/solve", "solution", "must be a list, such as [solution]"),
    # the rest
    ("waiting/parts", ["response"], "the response clock is never held", "waiting/parts/0"),
    ("waiting/parts", ["lunch"], "lunch is not a clock: write [solution]", "waiting/parts/0"),
    ("at_risk", "0%", "0% is not a share from 1% to 99%, such as 25%"),
    ("at_risk", "100%", "100% is not a share"),
    ("at_risk", "25", "25 is not a share"),
    ("backdate", "a day", "a day is not a duration"),
    ("excuses", ["storm", "storm"], "storm stands twice", "excuses/1"),
    ("excuses", ["storm", None], "is empty", "excuses/1"),
    ("views/mine", ["p:1"], 'must be one line of text, not ["p:1"]'),
    ("require_signed", "yes", "must be a list, such as [yes]"),
    ("people/he.qi/key", {}, "must be one line of text"),
    ("units/", {}, "holds an empty name", "units"),
    ("units/ ", {}, "holds an empty name", "units"),
    ("excuses", ["storm", ["x"]], 'must be one line of text, not ["x"]', "excuses/1"),
    # calendars: their own module refuses, here the place is kept
    ("calendars/ksa/tz", "Asia/Riad", "Asia/Riad"),
    ("calendars/always", {}, "always has a special meaning"),
]


@pytest.mark.parametrize("case", ONE_FAULT, ids=lambda case: f"{case[0]}={case[1]}")
def test_refuses(case: tuple[str, object, str] | tuple[str, object, str, str]) -> None:
    faults = list_faults({case[0]: case[1]})
    assert [path for path, _ in faults] == [case[3] if len(case) == 4 else case[0]]
    assert case[2] in faults[0][1]


def test_days_need_a_length_on_every_sites_calendar() -> None:
    faults = list_faults({**SITE_HOURS, "calendars/ksa/day": REMOVED, "calendars/hq/day": REMOVED})
    assert [path for path, _ in faults] == COUNTED
    assert "3d counts days, but the calendar ksa of KSA declares no `day`" in faults[0][1]
    both = list_faults({**SITE_HOURS, "calendars/hq/day": REMOVED})
    assert [path for path, _ in both] == COUNTED
    assert "the calendar hq of HQ" in both[0][1]
    assert list_faults({"calendars/hq/day": REMOVED}) == []
    of_a_kind = {"calendars/hq/day": REMOVED, "kinds/request": {"solution": "30d"}}
    assert "kinds/request/solution" in fault_paths({**SITE_HOURS, **of_a_kind})


def test_a_site_needs_a_calendar_only_where_its_hours_count() -> None:
    assert list_faults({"sites/KSA/calendar": REMOVED}) == []
    assert list_faults({"sites/KSA/calendar": "always"}) == []
    assert list_faults({"sites/KSA/calendar": "always", "priorities/P4/calendar": "site"}) == []
    faults = list_faults({"sites/KSA/calendar": REMOVED, "priorities/P4/calendar": "site"})
    assert faults == [("sites/KSA", "needs a calendar: P4 counts by the site's calendar")]


def test_levels_compare_by_the_time_they_take_to_pass() -> None:
    def with_p4(response: str, solution: str) -> list[str]:
        paths = fault_paths({"priorities/P4": {"calendar": "site", "response": response, "solution": solution}})
        return [path.removeprefix("priorities/P4/") for path in paths]

    assert with_p4("8h", "7d") == []  # 56 working hours pass in 9.8 days, 8 in 33.6 hours
    assert with_p4("8h", "4d") == ["solution"]  # 32 working hours pass in 5.6 days
    assert with_p4("1h", "14d") == ["response"]  # one working hour passes in 4.2, against the 8 of P3
    assert with_p4("2d", "14d") == []
    assert with_p4("3d", "20h") == ["response", "solution"]
    sentence = list_faults({"priorities/P4": {"calendar": "site", "response": "1h", "solution": "14d"}})[0][1]
    assert sentence.startswith("1h on the calendar ksa ends sooner than the 8h of P3 on always, which ranks above")


def test_the_same_hours_compare_by_working_time() -> None:
    assert list_faults({**SITE_HOURS, "priorities/P4/response": "1d"}) == []  # as long as the 8h of P3
    assert fault_paths({**SITE_HOURS, "priorities/P4/response": "7h59m"}) == ["priorities/P4/response"]


def test_no_target_is_left_out_of_every_comparison() -> None:
    nothing = {"priorities/P3": {}, "priorities/P2/solution": "none", "priorities/P4/response": "4h"}
    assert list_faults({**nothing, "priorities/P4/solution": "24h"}) == []
    faults = list_faults({**nothing, "priorities/P4/solution": "23h"})
    sentence = "23h is shorter than the 24h of P1, which ranks above it and so is more urgent"
    assert faults == [("priorities/P4/solution", sentence)]


def test_the_order_of_the_file_is_the_order_of_urgency() -> None:
    levels = policy_document()["priorities"]
    paths = fault_paths({"priorities": {level: levels[level] for level in ("P2", "P1", "P3", "P4")}})
    assert paths == ["priorities/P1/response", "priorities/P1/solution"]


def test_every_fault_at_once_with_line_and_column() -> None:
    text = TEXT.replace("P4: {response: 24h", "P4: {response: 0h").replace("at_risk: 25%", "at_risk: 250%")
    text = text.replace("minor: {rare: P3, common: P4}", "minor: {rare: P3}").replace("Asia/Shanghai", "Asia/Nowhere")
    text += "colour: red\n"
    _, faults = policies.parse_policy(yaml_codec.load(text.encode(), "policy.yaml"))
    problems = yaml_codec.locate_faults(text.encode(), "policy.yaml", faults)
    lines = text.splitlines()
    assert [(problem.key, lines[problem.line - 1].split(":")[0].strip()) for problem in problems] == [
        ("matrix.minor.common", "minor"),
        ("priorities.P4.response", "P4"),
        ("calendars.hq.tz", "tz"),
        ("at_risk", "at_risk"),
        ("colour", "colour"),
    ]
    assert all(problem.line and problem.column for problem in problems)


@pytest.mark.parametrize("document", [None, "text", [], {}])
def test_something_else_than_a_mapping(document: Value) -> None:
    parsed, wrong = policies.parse_policy(document)
    assert parsed is None
    assert [(problem.path, str(problem.message)) for problem in wrong] == [
        ((), "a policy is a mapping of keys that begins with `format: 2`")
    ]


@pytest.mark.parametrize("key", [str(key) for key in policy_document()])
@pytest.mark.parametrize("value", ["text", ["list", ["in", "list"]], {"a": {"b": ["c"]}}, {"KSA": None}, None, []])
def test_any_shape_anywhere_is_a_fault_or_a_policy(key: str, value: object) -> None:
    parsed, wrong = policies.parse_policy(policy_document({key: value}))
    assert (parsed is None) == bool(wrong)
    assert all(str(problem.message) for problem in wrong)


NOW = policy_document()["priorities"]
BEFORE = {"since": "2025-01-01", "priorities": NOW}
SQUARE = {"a": {"b": "P1", "c": "P2"}, "d": {"b": "P7"}}
NOWHERE = {"ksa": {"tz": "Nowhere", "week": {"mon": ["08:00-09:00"]}}}


@pytest.mark.parametrize(
    ("earlier", "place", "sentence"),
    [
        ([{**BEFORE, "since": "2026-01-01"}], "earlier/0/since", "2026-01-01 must be before the `since`"),
        ([BEFORE, BEFORE], "earlier/1/since", "2025-01-01 stands twice"),
        ([BEFORE, {**BEFORE, "since": "2024-01-01"}, {**BEFORE, "since": "2025-06-01"}], "earlier", "in the order"),
        ([{"priorities": {}}], "earlier/0/since", "is missing"),
        ([{"since": "2025-01-01"}], "earlier/0", "is empty: give priorities, a matrix or calendars"),
        ([{**BEFORE, "people": {}}], "earlier/0/people", "the key people is unknown"),
        (
            [{**BEFORE, "sites": {"KSA": {"calendar": "moon"}}}],
            "earlier/0/sites/KSA/calendar",
            "no calendar is called moon",
        ),
        ([{**BEFORE, "sites": {"HQ": {"lead": "nobody"}}}], "earlier/0/sites/HQ/lead", "nobody under people is called"),
        ([{**BEFORE, "waiting": {"customer": ["response"]}}], "earlier/0/waiting/customer/0", "never held"),
        ([{**BEFORE, "at_risk": "0%"}], "earlier/0/at_risk", "not a share"),
        ([{**BEFORE, "priorities": {"P1": {}}}], "earlier/0", "that of the next version names P2, P3, P4"),
        ([{**BEFORE, "matrix": SQUARE}], "earlier/0/matrix/d/c", "the cell is missing"),
        ([{**BEFORE, "matrix": SQUARE}], "earlier/0/matrix/d/b", "no priority is called P7"),
        (
            [{**BEFORE, "priorities": {**NOW, "P1": {"response": "0h"}}}],
            "earlier/0/priorities/P1/response",
            "0h promises",
        ),
        ([{"since": "2025-01-01", "calendars": NOWHERE}], "earlier/0/calendars/ksa/tz", "Nowhere"),
        ("2025-01-01", "earlier", "must be a list"),
    ],
)
def test_earlier_versions_are_held_to_the_same_rules(earlier: object, place: str, sentence: str) -> None:
    faults = list_faults({"earlier": earlier})
    assert any(at == place and sentence in message for at, message in faults), faults


def test_an_earlier_level_is_compared_on_its_own_calendar() -> None:
    hours = {"tz": "Asia/Riyadh", "week": {"sun-thu": ["08:00-12:00"]}}
    faults = list_faults({**SITE_HOURS, "earlier": [{"since": "2025-01-01", "calendars": {"ksa": hours}}]})
    assert [path for path, _ in faults] == COUNTED
    assert all("the calendar ksa of KSA declares no `day`" in message for _, message in faults)


def test_the_public_door_names_everything() -> None:
    mapping = yaml.safe_load(TEXT.replace("at_risk: 25%", "at_risk: 0").replace("li.wei, units", "nobody, units"))
    with pytest.raises(Damaged) as raised:
        policies.from_mapping(mapping)
    assert [problem.key for problem in raised.value.problems] == ["at_risk", "routes.0.owner"]
    assert "0 is not a share" in str(raised.value)


def test_the_public_door_takes_what_other_loaders_make() -> None:
    assert policies.from_mapping(yaml.safe_load(TEXT)) == make_policy()
    assert policies.from_mapping(policy_document()) == make_policy()


def test_the_public_door_leaves_calendars_to_say_what_a_loader_spoiled() -> None:
    spoiled = yaml.safe_load(TEXT.replace("{add: [2026-09-23], drop: []}", "{country: NO}"))
    with pytest.raises(Damaged, match='"NO"'):
        policies.from_mapping(spoiled)
