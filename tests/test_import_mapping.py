"""Mappings: read strictly, with all problems at once; dates read in one form a column, and nothing guessed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from fenji.errors import Damaged
from fenji.imports.dates import AUTO, FORMS, decide_form, read_day, read_moment
from fenji.imports.mapping import ColumnSource
from fenji.imports.parse_mapping import read_mapping_file, read_shipped, shipped_names

if TYPE_CHECKING:
    from fenji.imports.cells import Cell

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
        "5: Mars/Olympus is not a time zone",
        "6: the key colour is unknown",
        "7: must be one of ymd",
        "must be the code of a site",
        "8: a ticket has no field state",
        "10: a ticket has no field priorty; did you mean priority?",
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
        ([20260301, 20260302.0], "compact", "2026-03-01T00:00:00+08:00"),
        ([date(2026, 3, 1)], "ymd", "2026-03-01T00:00:00+08:00"),
        (["2024年3月5日下午3:20", "2024年3月5日15时", "2024年3月5日 9時5分"], "ymd", "2024-03-05T15:20:00+08:00"),
        (["2024/3/5 (二) 下午 03:20", "2024-03-06 星期三 09:05"], "ymd", "2024-03-05T15:20:00+08:00"),
        (["2024-03-05 中午12:30"], "ymd", "2024-03-05T12:30:00+08:00"),
        (["2024-03-05 凌晨12:30"], "ymd", "2024-03-05T00:30:00+08:00"),
        (["05/三月/24 3:20 下午", "06/十二月/24 9:26 上午"], "dMy", "2024-03-05T15:20:00+08:00"),
        (["05/3月/24 3:20 下午"], "dMy", "2024-03-05T15:20:00+08:00"),
        (["05 de março de 2024", "16 de dezembro de 2024"], "dMy", "2024-03-05T00:00:00+08:00"),
        (["05.Mär.24 15:20", "16.Okt.24 15:20"], "dMy", "2024-03-05T15:20:00+08:00"),
        (["05/03/2024 03:20 p. m.", "16/03/2024 09:20 a.m."], "dmy", "2024-03-05T15:20:00+08:00"),
        (["Tue 05 Mar 2024 15:20"], "dMy", "2024-03-05T15:20:00+08:00"),
        (["Wednesday, March 6, 2024 3 PM"], "Mdy", "2024-03-06T15:00:00+08:00"),
        (["2024-03-05 15:20 GMT+3"], "ymd", "2024-03-05T15:20:00+03:00"),
        (["2024-Mar-05"], "yMd", "2024-03-05T00:00:00+08:00"),
        (["113/3/5", "113/12/31", "99/1/2"], "roc", "2024-03-05T00:00:00+08:00"),
        (["民國99年3月5日 下午3:20"], "roc", "2010-03-05T15:20:00+08:00"),
    ],
)
def test_one_form_is_found_for_a_column(texts: list[Cell], form: str, first: str) -> None:
    found = decide_form(texts)
    assert (found.form, found.fault) == (form, None)
    moment = read_moment(texts[0], found.form, ZONE)
    assert moment is not None
    assert moment.at.isoformat() == first
    assert all(read_moment(text, found.form, ZONE) for text in texts)
    assert found.example
    assert found.meaning
    assert moment.day_only == ("T00:00:00" in first)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["03/04/2026", "05/06/2026"], "may be 2026-04-03 (`dmy`) / 2026-03-04 (`mdy`)"),
        (["13/04/2026", "04/13/2026", "01/02/2026"], "holds both"),
        ([42005.0, 42006.5], "42005 may be 2015-01-01 (`excel`) / 2019-01-02 (`excel-1904`)"),
        (["45356.5", "45357"], "2024-03-05 (`excel`)"),
        (["1709622000", "1709708400"], "1709622000 may be 2024-03-05 (`epoch`)"),
        (["Tue 05 Mar 2024", "March 6, 2024"], "holds both Tue 05 Mar 2024 and March 6, 2024"),
        (["24/03/25", "24/12/31"], "24/03/25 may be 2024-03-25 (`ymd`) / 2025-03-24 (`dmy`)"),
        (["05/03/24", "22/03/24"], "2005-03-24 (`ymd`) / 2024-03-05 (`dmy`)"),
        (["99/3/5"], "1999-03-05 (`ymd`) / 2010-03-05 (`roc`)"),
        (["2024-03-05 晚上12:00", "2024-03-06 上午15:00"], "which is not a date"),
        (["soon", "later"], "which is not a date"),
        ([date(2026, 4, 3), datetime(2026, 12, 1, 8, 0), "13/04/2026", "25/12/2026"], "swapped the days and months"),
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


def test_dates_that_a_spreadsheet_has_turned_are_turned_back_where_that_is_said() -> None:
    cells: list[Cell] = [date(2026, 4, 3), "13/04/2026", datetime(2026, 12, 1, 8, 0)]
    assert "`dmy-turned`" in str(decide_form(cells).fault)
    assert decide_form(cells, "dmy").fault
    assert decide_form(cells, "dmy-turned").fault is None
    read = [read_moment(cell, "dmy-turned", ZONE) for cell in cells]
    assert [f"{moment.at:%m-%d %H}" for moment in read if moment] == ["03-04 00", "04-13 00", "01-12 08"]


def test_a_named_order_gives_way_to_a_form_that_has_but_one_reading() -> None:
    assert decide_form(["2026-03-05 08:00"], "dmy").meaning == "2026-03-05 08:00:00"
    assert decide_form(["20260305"], "dmy").form == "compact"
    assert "nothing of the form excel" in str(decide_form(["2026-03-05"], "excel").fault)


@pytest.mark.parametrize(
    ("text", "form", "wanted"),
    [
        ("2024-03-05", "dmy", "2024-03-05"),
        ("２０２４年３月５日", "mdy", "2024-03-05"),
        ("5 March 2024", "mdy", "2024-03-05"),
        ("5 March 2024", "ymd", "2024-03-05"),
        ("2024-03-05", "roc", "2024-03-05"),
        ("2024/3/5 下午 3:20", "dmy-turned", "2024-03-05"),
        ("24-03-05", "dmy", "2005-03-24"),
        ("05/03/2024", "ymd", ""),
        ("5 March 24", "mdy", ""),
        ("113/3/5", "ymd", ""),
        ("2024-03-05", "excel", ""),
        ("2024-03-05", "%d.%m.%Y", ""),
    ],
)
def test_a_cell_that_has_but_one_reading_is_read_in_any_column(text: str, form: str, wanted: str) -> None:
    assert read_day(text, form) == wanted


def test_a_wall_clock_that_a_zone_skips_is_an_hour_later() -> None:
    moment = read_moment("2026-03-29 02:30", "ymd", ZoneInfo("Europe/Berlin"))
    assert moment is not None
    assert moment.at.isoformat() == "2026-03-29T03:30:00+02:00"
