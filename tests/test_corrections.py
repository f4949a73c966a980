"""Corrections of rules that have run: both readings stand, and a miss that was none is out of the rate."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fenji.errors import Damaged
from fenji.model import sla
from fenji.model.appraisal.read_facts import read_facts
from fenji.model.policy import from_mapping
from fenji.model.policy.corrections import apply_corrections, changed_corrections
from fenji.model.policy.describe import describe_policy
from minutes import EXAMPLES_FACTOR, DatedMinuteCalendar, MinuteCalendar
from stories import KSA, RULES, instant, make_event, report_event, response, site_rules, solution, ticket_with

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket

# Sunday 1 March was a holiday that nobody had written down: P2 has 8 hours of the site for its solution.
EID: dict[str, object] = {
    "key": "c1",
    "on": "2026-03-20T09:00:00+03:00",
    "by": "zhao.min",
    "why": "the holiday was announced late",
    "from": "2026-03-01",
    "to": "2026-03-02",
    "calendars": {"ksa": {"holidays": ["2026-03-01"]}},
}
OWNED = (report_event("03-01 08:00", "P2", owner="li.wei", units=["HQ-TECH"]), make_event("03-01 08:30", "respond"))
SOLVED_NEXT_DAY = ticket_with(*OWNED, make_event("03-02 12:00", "solve"))


def corrected(*corrections: dict[str, object], **changes: object) -> Policy:
    return site_rules(format=2, corrections=list(corrections), **changes)


def refuse(**changes: object) -> str:
    with pytest.raises(Damaged) as refusal:
        corrected({**EID, **changes})
    return str(refusal.value)


def test_a_miss_that_the_correction_meets_stands_and_is_out_of_the_rate() -> None:
    plain, read = (solution(SOLVED_NEXT_DAY, "03-21 08:00", policy) for policy in (corrected(), corrected(EID)))
    assert (plain.state, plain.met, plain.counts, plain.mapping()["correction"]) == ("missed", False, True, None)
    assert (read.state, read.met, read.counts, read.mapping()["correction"]) == ("missed", False, False, "c1")
    assert (read.due, read.late_s, read.used_s) == (plain.due, plain.late_s, plain.used_s)
    assert read.excuse is None
    assert read.mapping()["excuse"] is None


def test_it_counts_from_when_it_was_said() -> None:
    assert solution(SOLVED_NEXT_DAY, "03-20 08:59", corrected(EID)).counts is True
    assert solution(SOLVED_NEXT_DAY, "03-20 09:00", corrected(EID)).counts is False


def test_the_one_who_brought_it_is_not_excused_by_it() -> None:
    read = solution(SOLVED_NEXT_DAY, "03-21 08:00", corrected({**EID, "by": "li.wei"}))
    assert (read.met, read.counts, read.mapping()["correction"]) == (False, True, "c1")


def test_a_success_that_the_correction_misses_stays() -> None:
    policy = corrected(
        {**EID, "calendars": {"ksa": {"holidays": []}}}, calendars={"ksa": {**KSA, "holidays": ["2026-03-01"]}}
    )
    read = solution(SOLVED_NEXT_DAY, "03-21 08:00", policy)
    assert (read.state, read.met, read.counts, read.mapping()["correction"]) == ("met", True, True, "c1")


def test_a_miss_that_is_still_open_counts_until_the_correction_meets_it() -> None:
    ticket = ticket_with(*OWNED, make_event("03-01 09:00", "wait", reason="customer"))
    later = {**EID, "on": "2026-03-02T08:00:00+03:00"}
    open_still = solution(ticket_with(*OWNED), "03-02 10:00", corrected(later))
    assert (open_still.state, open_still.met, open_still.counts) == ("breached", False, True)
    assert solution(ticket, "03-02 10:00", corrected(later)).mapping()["correction"] is None
    assert response(ticket_with(*OWNED), "03-21 08:00", corrected(EID)).mapping()["correction"] is None


def test_a_later_correction_corrects_a_former_one() -> None:
    undone = {**EID, "key": "c2", "on": "2026-03-25T09:00:00+03:00", "calendars": {"ksa": {"holidays": []}}}
    policy = corrected(EID, undone)
    assert solution(SOLVED_NEXT_DAY, "03-24 08:00", policy).mapping()["correction"] == "c1"
    read = solution(SOLVED_NEXT_DAY, "03-26 08:00", policy)
    assert (read.counts, read.mapping()["correction"]) == (True, None)
    unrelated = {**EID, "key": "c3", "from": "2026-03-02T13:00:00+03:00", "to": "2026-03-03"}
    assert solution(SOLVED_NEXT_DAY, "03-26 08:00", corrected(EID, unrelated)).mapping()["correction"] == "c1"


@pytest.mark.parametrize(
    "part",
    [
        {"shifts": {"2026-03-01": []}},
        {"breaks": {"2026-03-01": ["00:00-24:00"]}},
        {"week": {"mon": ["08:00-17:00"]}},
        {"offsets": {"2026-02-28T21:00:00Z": "-18:00"}},
        {"tz": "Pacific/Apia", "week": {"wed": ["08:00-09:00"]}},
    ],
)
def test_every_dated_part_of_a_calendar_may_be_corrected(part: dict[str, object]) -> None:
    read = solution(SOLVED_NEXT_DAY, "03-21 08:00", corrected({**EID, "calendars": {"ksa": part}}))
    assert (read.met, read.counts, read.mapping()["correction"]) == (False, False, "c1")


def test_the_story_tells_both_readings_in_one_line() -> None:
    story = [
        str(sentence)
        for sentence in sla.explain_clocks(SOLVED_NEXT_DAY, corrected(EID), instant("03-21 08:00")).sentences()
    ]
    [line] = [sentence for sentence in story if "Correction" in sentence]
    assert line == (
        "Correction c1 by zhao.min, the holiday was announced late: missed, due 03-01 17:00; read with it met, due "
        "03-02 17:00. The miss stands but does not count."
    )


def test_figures_count_it_as_excused_by_the_correction() -> None:
    clocks = sla.decided_clocks(SOLVED_NEXT_DAY, corrected(EID), instant("03-21 08:00"))
    [counted] = [clock for clock in clocks if clock.clock == "solution"]
    assert (counted.answer, counted.in_rate, counted.excuse) == ("excused", False, None)
    assert counted.correction
    assert counted.correction.correction.key == "c1"
    facts = read_facts(SOLVED_NEXT_DAY, corrected(EID), instant("03-21 08:00"))
    assert [(sign.sign, sign.person) for sign in facts.signs if "correction" in sign.sign] == [
        ("excused_by_a_correction", "zhao.min")
    ]


def test_the_same_from_another_yaml_reader() -> None:
    entry = "{key: c1, on: 2026-03-20T09:00:00+03:00, by: zhao.min, why: w, from: 2026-03-01, to: 2026-03-02,"
    text = f"corrections:\n- {entry} calendars: {{ksa: {{holidays: [2026-03-01]}}}}}}\n"
    document = yaml.safe_load(yaml.safe_dump({**RULES, "format": 2}) + text)
    [correction] = from_mapping(document).corrections
    assert (correction.key, correction.on.isoformat()) == ("c1", "2026-03-20T09:00:00+03:00")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on": "2026-03-20"}, "must be a time with an offset"),
        ({"by": "nobody"}, "nobody"),
        ({"to": "2026-03-01"}, "must be after 2026-03-01"),
        ({"from": "soon"}, "soon is not a date"),
        ({"why": None}, "is missing"),
        ({"more": "x"}, "the key more is unknown"),
        ({"calendars": {"x": {"holidays": []}}}, "there is no calendar x"),
        ({"calendars": {"ksa": {"day": "8h"}}}, "the key day is not known here"),
        ({"calendars": {"ksa": {"holidays": ["spring"]}}}, "spring is not a date"),
        ({"calendars": {"ksa": {}}}, "what should have been there"),
        ({"calendars": {}}, "names nothing"),
        ({"priorities": {"P9": {"solution": "1h"}}}, "no priority is called P9"),
        ({"priorities": {"P1": {"solution": "soon"}}}, "soon"),
        ({"priorities": {"P1": {"lead": "x"}}}, "the key lead is unknown"),
        ({"kinds": {"quality": {"solution": "0h"}}}, "0h"),
        ({"sites": {"XX": {"calendar": "ksa"}}}, "no site is called XX"),
        ({"sites": {"KSA": {"calendar": "x"}}}, "no calendar is called x"),
        ({"waiting": {"parts": ["response"]}}, "the response clock is never held"),
        ({"sites": {"KSA": {}}}, "which calendar or lead"),
        ({"sites": {"KSA": {"lead": "nobody"}}}, "nobody under people is called nobody"),
        ({"matrix": {"major": {"often": "P1"}}}, "no matrix here has major with often"),
        ({"matrix": {"major": {"rare": "P9"}}}, "no priority is called P9"),
        ({"at_risk": "all"}, "all is not a share"),
    ],
)
def test_a_bad_correction_is_refused(changes: dict[str, object], words: str) -> None:
    assert words in refuse(**changes)


def test_a_correction_may_name_the_calendar_of_a_level_alone() -> None:
    rule = {key: value for key, value in STRETCH.items() if key != "calendars"}
    rules = corrected({**rule, "priorities": {"P2": {"calendar": "site"}}}).corrections[0].rules
    assert rules.priorities == {"P2": {"calendar": "site"}}


def test_a_key_stands_once_and_format_1_has_none() -> None:
    with pytest.raises(Damaged, match="c1 stands twice"):
        corrected(EID, EID)
    with pytest.raises(Damaged, match="corrections"):
        site_rules(corrections=[EID])


def test_a_correction_is_never_changed_or_taken_out() -> None:
    first, second = corrected(EID).corrections, corrected({**EID, "key": "c2"}, EID).corrections
    assert changed_corrections((), second) == []
    assert changed_corrections(first, second) == []
    assert [fault.path for fault in changed_corrections(second, first)] == [("corrections",)]
    changed = corrected({**EID, "why": "x"}).corrections
    assert [fault.path for fault in changed_corrections(first, changed)] == [("corrections", 0)]


@settings(max_examples=15 * EXAMPLES_FACTOR, deadline=None)
@given(
    st.integers(-3, 12),
    st.integers(1, 3),
    st.lists(st.integers(0, 10), max_size=3, unique=True),
    st.lists(st.integers(0, 10), max_size=3, unique=True),
    st.sampled_from([0, 4]),
)
def test_read_with_a_correction_the_minutes_are_those_that_should_have_been(
    start: int, length: int, closed: list[int], right: list[int], edit: int
) -> None:
    first = datetime.fromisoformat("2026-03-01T00:00:00+03:00")
    day = timedelta(days=1)
    dates = [(first + number * day).date().isoformat() for number in range(30)]
    begin, end = first + start * day, first + (start + length) * day
    stretch = {"from": begin.date().isoformat(), "to": end.date().isoformat()}
    was = {**KSA, "holidays": [dates[number] for number in closed]}
    should = {**KSA, "holidays": [dates[number] for number in right]}
    versions: dict[str, object] = {"calendars": {"ksa": was}}
    if edit:  # a second version from within the stretch on
        versions |= {"since": "2026-03-04", "earlier": [{"since": "2026-01-01", "calendars": {"ksa": was}}]}
    policy = corrected({**EID, **stretch, "calendars": {"ksa": {"holidays": should["holidays"]}}}, **versions)
    read_with = apply_corrections(policy, policy.corrections).calendar_of("KSA")
    slow = DatedMinuteCalendar(
        [(first - 99 * day, MinuteCalendar(was)), (begin, MinuteCalendar(should)), (end, MinuteCalendar(was))]
    )
    for number in range(-4, 16):
        at = first + number * day
        assert read_with.between(at, at + day) == slow.between(at, at + day)


def test_the_policy_is_shown_with_its_corrections_and_the_country_of_its_dates() -> None:
    dates = {"country": "SA", "dates": {"2026-09-23": "National Day"}}
    described = describe_policy(corrected(EID, calendars={"ksa": {**KSA, "holidays": dates}}))
    assert described["corrections"] == [
        {
            "key": "c1",
            "on": "2026-03-20T09:00:00+03:00",
            "by": "zhao.min",
            "from": "2026-03-01",
            "to": "2026-03-02",
            "calendars": "ksa",
            "rules": "",
            "why": "the holiday was announced late",
        }
    ]
    [calendar] = cast("list[dict[str, str]]", described["calendars"])
    assert calendar["country"] == "SA"


# --- other rules than the hours of a calendar -------------------------------------------------------------------------

STRETCH: dict[str, object] = {**{key: EID[key] for key in ("key", "on", "by", "why", "from", "to")}}
A_REQUEST = ticket_with(
    report_event("03-01 08:00", "P2", kind="request"),
    make_event("03-01 08:30", "respond"),
    make_event("03-03 08:30", "solve"),
)
WAITED = ticket_with(
    *OWNED,
    make_event("03-01 09:00", "wait", reason="parts"),
    make_event("03-01 20:00", "resume"),
    make_event("03-02 09:00", "solve"),
)


@pytest.mark.parametrize(
    ("rule", "ticket"),
    [
        ({"priorities": {"P2": {"solution": "2d"}}}, SOLVED_NEXT_DAY),
        ({"priorities": {"P2": {"solution": "28h", "calendar": "always"}}}, SOLVED_NEXT_DAY),
        ({"kinds": {"request": {"solution": "4d"}}}, A_REQUEST),
        ({"waiting": {"parts": ["solution"]}}, WAITED),
        ({"sites": {"KSA": {"calendar": "closed"}}}, SOLVED_NEXT_DAY),
    ],
)
def test_targets_kinds_waiting_and_the_calendar_of_a_site_may_be_corrected(
    rule: dict[str, object], ticket: Ticket
) -> None:
    closed = {**KSA, "week": {"fri": ["08:00-09:00"]}}
    calendars = {"ksa": KSA, "closed": closed}
    policy = corrected({**STRETCH, **rule}, calendars=calendars)
    plain = solution(ticket, "03-21 08:00", corrected(calendars=calendars))
    read = solution(ticket, "03-21 08:00", policy)
    assert (plain.met, plain.counts) == (False, True)
    assert (read.met, read.counts, read.mapping()["correction"]) == (False, False, "c1")
    assert (read.due, read.late_s) == (plain.due, plain.late_s)
    assert policy.corrections[0].rules.names


def test_a_corrected_target_holds_for_tickets_reported_in_its_stretch_alone() -> None:
    rule = {**STRETCH, "from": "2026-03-02", "to": "2026-03-03", "priorities": {"P2": {"solution": "9d"}}}
    assert solution(SOLVED_NEXT_DAY, "03-21 08:00", corrected(rule)).mapping()["correction"] is None


# --- the matrix, leads and `at_risk` ----------------------------------------------------------------------------------

MATRIX = {"major": {"rare": "P2", "common": "P1"}, "minor": {"rare": "P3", "common": "P3"}}


def graded(level: str) -> Ticket:
    return ticket_with(
        report_event("03-01 08:00", level, impact="major", occurrence="rare", owner="li.wei"),
        make_event("03-01 08:30", "respond"),
        make_event("03-02 12:00", "solve"),
    )


@pytest.mark.parametrize(
    ("level", "stretch", "key"),
    [
        ("P2", {}, "c1"),
        ("P1", {}, None),  # set by hand: the matrix gave it nothing
        ("P2", {"from": "2026-03-02", "to": "2026-03-03"}, None),  # reported before
    ],
)
def test_a_grade_that_a_corrected_matrix_gave_is_read_as_it_should_have_been(
    level: str, stretch: dict[str, object], key: str | None
) -> None:
    rule = {**STRETCH, **stretch, "matrix": {"major": {"rare": "P3"}}}
    plain = solution(graded(level), "03-21 08:00", corrected(matrix=MATRIX))
    read = solution(graded(level), "03-21 08:00", corrected(rule, matrix=MATRIX))
    assert (plain.met, read.met, read.mapping()["correction"]) == (False, False, key)
    assert (read.due, read.counts) == (plain.due, key is None)


def test_a_cell_corrected_twice_is_read_by_the_later_one() -> None:
    first = {**STRETCH, "matrix": {"major": {"rare": "P3"}}}
    second = {**first, "key": "c2", "matrix": {"major": {"rare": "P2"}}}
    policy = apply_corrections(both := corrected(first, second, matrix=MATRIX), both.corrections)
    assert policy.version(instant("03-01 08:00")).regraded == {("major", "rare", "P2"): "P2"}
    assert solution(graded("P2"), "03-21 08:00", both).mapping()["correction"] is None


PEOPLE = {
    "people": {
        "li.wei": {"name": "Li Wei", "roles": ["engineer"]},
        "zhao.min": {"name": "Zhao Min", "unit": "HQ-TECH", "roles": ["lead"]},
        "huang.lei": {"name": "Huang Lei", "unit": "FACTORY-7", "roles": ["lead"]},
    }
}


def test_a_lead_that_should_have_led_names_the_unit_that_would_answer_and_moves_nothing() -> None:
    ticket = ticket_with(report_event("03-01 08:00", "P2"), make_event("03-02 12:00", "solve"))
    rule = {**STRETCH, "sites": {"KSA": {"lead": "huang.lei"}}}
    policy = corrected(rule, **PEOPLE)
    plain, read = (solution(ticket, "03-21 08:00", each) for each in (corrected(**PEOPLE), policy))
    assert plain.charged_to
    assert read.charged_to == plain.charged_to
    assert plain.charged_to.unit == "HQ-TECH"
    assert (read.met, read.counts, read.mapping()["correction"]) == (False, True, "c1")
    story = [str(each) for each in sla.explain_clocks(ticket, policy, instant("03-21 08:00")).sentences()]
    told = "Correction c1 by zhao.min, the holiday was announced late: HQ-TECH still answers;"
    assert f"{told} read with it, FACTORY-7 would." in story
    owned = solution(SOLVED_NEXT_DAY, "03-21 08:00", policy)
    assert owned.mapping()["correction"] is None


def test_a_corrected_share_of_at_risk_stands_and_turns_no_verdict() -> None:
    policy = corrected({**STRETCH, "at_risk": "50%"})
    assert policy.corrections[0].rules.names == ["at_risk"]
    assert apply_corrections(policy, policy.corrections).version(instant("03-01 12:00")).at_risk == Fraction(1, 2)
    assert solution(SOLVED_NEXT_DAY, "03-21 08:00", policy).mapping()["correction"] is None
