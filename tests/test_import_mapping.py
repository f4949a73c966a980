"""Mappings: read strictly, with all problems at once; dates read in one form a column, and nothing guessed."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from fenji.errors import Damaged
from fenji.imports.dates import AUTO, FORMS, decide_form, read_moment
from fenji.imports.mapping import ColumnSource
from fenji.imports.parse_mapping import read_mapping_file, read_shipped, shipped_names

ZONE = ZoneInfo("Asia/Shanghai")
WANTED = {
    *("jira-csv", "jira-json", "servicenow-list", "servicenow-log", "glpi", "otrs", "zammad", "redmine-json"),
    *("github", "ledger-zh"),
}


def test_the_mappings_that_ship_can_be_used() -> None:
    assert set(shipped_names()) == WANTED
    for name in shipped_names():
        mapping = read_mapping_file(read_shipped(name), f"{name}.yaml", name)
        assert mapping.source
        assert mapping.judge == "none"


def test_all_problems_of_a_mapping_are_said_at_once_with_their_lines() -> None:
    text = """format: 2
source: x
key: Number
judge: maybe
zone: Mars/Olympus
colour: red
dates: {Opened: d/m}
set: {site: ksa, state: solved}
fields:
  priorty: Prio
  description: [A, B]
values:
  state: {Open: begun}
events:
  solve: Closed
  history: rows
"""
    with pytest.raises(Damaged) as caught:
        read_mapping_file(text.encode(), "imports/x.yaml", "x")
    problems = [(problem.line, str(problem.message)) for problem in caught.value.problems]
    assert [line for line, _ in problems] == sorted(line for line, _ in problems)
    said = " | ".join(f"{line}: {message}" for line, message in problems)
    for part in (
        "1: must be 1",
        "4: must be one of none, policy",
        "5: Mars/Olympus is no time zone",
        "6: the key colour is unknown",
        "7: must be one of ymd",
        "must be the code of a site",
        "8: a ticket has no field state",
        "10: a ticket has no field priorty; priority is meant?",
        "gives no title",
        "13: must be one of new",
        "is missing: the column that says when it was reported",
        "is missing: the column that says when a row was written",
        "`repeats: history` and `events: history: rows` go together",
    ):
        assert part in said, part


def test_a_field_is_filled_by_the_first_alternative_that_holds_something() -> None:
    values = {"型號": "XJ", "故障": "", "標題": "備件"}
    source = ColumnSource(("{故障}", "{型號} - {故障}", "標題"))
    assert list(source.fill(lambda name: values[name])) == ["XJ -", "備件"]
    assert source.columns == ("故障", "型號", "標題")


# --- dates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "form", "first"),
    [
        (["2016-05-22", "2016/5/3 9:05"], "ymd", "2016-05-22T00:00:00+08:00"),
        (["2016年5月22日 下午3:30", "2016.05.23"], "ymd", "2016-05-22T15:30:00+08:00"),
        (["２０１６－０５－２２ ０９：３０"], "ymd", "2016-05-22T09:30:00+08:00"),
        (["2016-03-03T13:40:01.000+0000"], "ymd", "2016-03-03T13:40:01+00:00"),
        (["03/04/2026 10:00", "13/04/2026 11:00"], "dmy", "2026-04-03T10:00:00+08:00"),
        (["03/04/2026", "04/13/2026"], "mdy", "2026-03-04T00:00:00+08:00"),
        (["22/Sep/25 9:26 AM", "22/Sep/25 12:05 PM"], "dMy", "2025-09-22T09:26:00+08:00"),
        (["Sep 22, 2025 1:02 PM"], "Mdy", "2025-09-22T13:02:00+08:00"),
        (["20260301", "20260302083000"], "compact", "2026-03-01T00:00:00+08:00"),
    ],
)
def test_one_form_is_found_for_a_column(texts: list[str], form: str, first: str) -> None:
    found = decide_form(texts)
    assert (found.form, found.fault) == (form, None)
    moment = read_moment(texts[0], found.form, ZONE)
    assert moment is not None
    assert moment.at.isoformat() == first
    assert moment.day_only == ("T00:00:00" in first)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["03/04/2026", "05/06/2026"], "may be 2026-04-03 (`dmy`) or 2026-03-04 (`mdy`)"),
        (["13/04/2026", "04/13/2026", "01/02/2026"], "holds both"),
        ([42005.0, 42006.5], "holds numbers"),
        (["soon", "later"], "which is no date"),
        ([date(2026, 4, 3), datetime(2026, 12, 1, 8, 0), "13/04/2026", "25/12/2026"], "has turned days and months"),
    ],
)
def test_what_may_be_read_in_two_ways_is_asked_and_never_guessed(cells: list[object], said: str) -> None:
    assert said in str(decide_form(cells).fault)  # type: ignore[arg-type]


def test_a_named_form_is_used_as_it_is_named() -> None:
    assert decide_form(["03/04/2026"], "mdy").meaning == "2026-03-04 00:00:00"
    for cell, form, wanted in (
        (42005.0, "excel", "2015-01-01T00:00:00+08:00"),
        (40543.5, "excel-1904", "2015-01-01T12:00:00+08:00"),
        ("1456790400", "epoch", "2016-03-01T00:00:00+00:00"),
        (1456790400000, "epoch-ms", "2016-03-01T00:00:00+00:00"),
        ("7.3.2026", "%d.%m.%Y", "2026-03-07T00:00:00+08:00"),
        (date(2016, 5, 22), "ymd", "2016-05-22T00:00:00+08:00"),
    ):
        moment = read_moment(cell, form, ZONE)
        assert moment is not None
        assert moment.at.isoformat() == wanted, form
    assert read_moment("32/13/2026", "dmy", ZONE) is None
    assert AUTO not in FORMS


def test_a_wall_clock_that_a_zone_skips_is_an_hour_later() -> None:
    moment = read_moment("2026-03-29 02:30", "ymd", ZoneInfo("Europe/Berlin"))
    assert moment is not None
    assert moment.at.isoformat() == "2026-03-29T03:30:00+02:00"
