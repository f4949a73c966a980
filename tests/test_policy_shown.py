from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import fenji
from desks import make_desk
from fenji.errors import InvalidUsage
from fenji.model import policy as policies
from fenji.model.policy.describe import describe_policy
from fenji.model.policy.template import starter_policy
from fenji.model.worktime.calendar import Calendar
from fenji.storage import yaml_codec
from policies import make_policy, policy_document

NOW = datetime.now(UTC)

FORMER = {"since": "2025-01-01", "kinds": {"request": {"solution": "none"}}}


def test_described_in_plain_values() -> None:
    described = describe_policy(make_policy({"earlier": [FORMER]}), datetime(2026, 9, 1, tzinfo=UTC))
    assert json.loads(json.dumps(described, ensure_ascii=False)) == described
    assert described["levels"] == [
        {"level": "P1", "response": "1h", "solution": "24h", "calendar": "always"},
        {"level": "P2", "response": "4h", "solution": "3d", "calendar": "always"},
        {"level": "P3", "response": "8h", "solution": "7d", "calendar": "always"},
        {"level": "P4", "response": "24h", "solution": "14d", "calendar": "always"},
    ]
    assert described["calendars"] == [
        {
            "name": "ksa",
            "zone": "Asia/Riyadh",
            "day": "8h",
            "week": ["sun-thu 08:00-12:00 13:00-17:00"],
            "country": "",
            "holidays": ["2026-09-23"],
        },
        {
            "name": "hq",
            "zone": "Asia/Shanghai",
            "day": "8h",
            "week": ["mon-fri 08:30-12:00 13:30-18:00"],
            "country": "",
            "holidays": ["2026-10-01", "2026-10-02"],
        },
    ]
    assert (described["at_risk"], described["backdate"], described["kinds"]) == (
        "25%",
        "24h",
        {"project": {"solution": "none"}},
    )
    assert (described["since"], described["earlier"], described["later"]) == ("2026-01-01", ["2025-01-01"], [])
    assert described["requires"] == policy_document()["requires"]


def test_the_version_in_force_is_described_and_those_to_come_are_named() -> None:
    former = {"since": "2025-01-01", "at_risk": "10%", "sites": {"KSA": {"lead": "li.wei"}}}
    changes = {
        "format": "2",
        "earlier": [former],
        "people/he.qi/until": {"engineer": "2025-03-01"},
        "people/li.wei/unit": {"2025-01-01": "HQ-TECH", "2026-06-01": "FACTORY-7"},
    }
    described: Any = describe_policy(make_policy(changes), datetime(2025, 9, 1, tzinfo=UTC))
    assert (described["since"], described["earlier"], described["later"]) == ("2025-01-01", [], ["2026-01-01"])
    assert (described["at_risk"], described["sites"][0]["lead"]) == ("10%", "li.wei")
    people = {person["person"]: person for person in described["people"]}
    assert (people["li.wei"]["unit"], people["li.wei"]["roles"]) == ("HQ-TECH", ["engineer", "lead"])
    assert people["li.wei"]["units"] == {"2025-01-01": "HQ-TECH", "2026-06-01": "FACTORY-7"}
    assert (people["he.qi"]["roles"], people["he.qi"]["until"]) == ([], {"engineer": "2025-03-01"})


@pytest.mark.parametrize(
    ("week", "shown"),
    [
        ({"mon-sun": ["00:00-24:00"]}, ["mon-sun 00:00-24:00"]),
        ({"sat-sun": ["10:00-12:00"], "mon": ["08:00-12:00"]}, ["mon 08:00-12:00", "sat-sun 10:00-12:00"]),
        ({"thu-tue": ["08:00-12:00"]}, ["thu-tue 08:00-12:00"]),
        ({"mon": ["08:00-12:00"], "wed": ["08:00-12:00"]}, ["mon 08:00-12:00", "wed 08:00-12:00"]),
    ],
)
def test_weeks_in_words(week: object, shown: list[str]) -> None:
    described = describe_policy(make_policy({"calendars/hq/week": week}))
    calendars = described["calendars"]
    assert isinstance(calendars, list)
    assert calendars[1]["week"] == shown
    assert calendars[1]["holidays"] == []  # without a day to look from


def test_the_next_ten_holidays_of_a_country() -> None:
    described = describe_policy(
        make_policy({"calendars/hq/holidays": {"country": "CN"}}), datetime(2026, 1, 1, tzinfo=UTC)
    )
    calendars = described["calendars"]
    assert isinstance(calendars, list)
    assert len(calendars[1]["holidays"]) == 10
    assert calendars[1]["holidays"][0] == "2026-01-01"


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_the_first_policy_is_sound(language: str) -> None:
    text = starter_policy(language, ["KSA"], person="li.wei", name="李偉", email="li@example.com", zone="Asia/Riyadh")
    parsed, wrong = policies.parse_policy(yaml_codec.load(text.encode(), "policy.yaml"))
    assert not wrong
    assert parsed is not None
    assert policies.from_mapping(yaml.safe_load(text)) == parsed
    assert parsed.language == language
    assert set(parsed.sites) == {"KSA", "HQ"}
    assert (parsed.sites["KSA"].calendar, parsed.sites["HQ"].calendar) == ("ksa", "hq")
    assert parsed.roles("li.wei", NOW) == {"engineer", "lead", "manager", "admin"}
    assert parsed.display_name("li.wei") == "李偉"
    response, solution = (parsed.target("P4", clock, kind="quality", site="KSA") for clock in policies.CLOCKS)
    assert response is not None
    assert solution is not None
    assert (response.duration, solution.duration) == (timedelta(hours=24), timedelta(days=14))
    assert response.calendar == solution.calendar == Calendar.always()
    assert parsed.calendar_of("KSA").is_open(datetime.fromisoformat("2026-03-01T08:00:00+03:00"))  # a Sunday
    keys = {line.partition(":")[0] for line in text.splitlines() if re.match(r"[a-z_]+:", line)}
    assert keys == set(policy_document()) | {"earlier", "zone", "grace", "strangers", "corrections"}
    assert (parsed.format, parsed.zone) == (2, "Asia/Riyadh")


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_the_first_policy_explains_every_key_in_its_language(language: str) -> None:
    text = starter_policy(language, ["KSA"], person="li.wei")
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if re.match(r"[a-z_]+:", line) and not line.startswith(("occurrence", "matrix")):
            assert "#" in line or lines[index - 1].startswith("#"), line
    comments = re.findall(r"# (.*)", text)
    chinese = [comment for comment in comments if re.search(r"[\u4e00-\u9fff]", comment)]
    assert chinese == [] if language == "en" else len(chinese) > 25
    assert ("设" in text, "設" in text) == (language == "zh-Hans", language == "zh-Hant")
    rows = [re.sub(r".*# ", "", line) for line in lines if re.match(r"  P\d:", line)]
    assert len(set(rows[:3])) == 1
    assert "14" in rows[3]


def test_the_examples_in_the_first_policy_are_sound() -> None:
    text = starter_policy("en", ["KSA"], person="li.wei")
    for key in ("routes", "earlier", "corrections"):
        example = re.search(rf"((?:^#   .*\n)+)(?:.*\n)?{key}: \[\]$", text, re.MULTILINE)
        assert example is not None
        body = example[1].replace("#   ", "  ", 1).replace("\n#   ", "\n  ")
        text = text.replace(example[0], f"{key}:\n{body}")
    parsed, wrong = policies.parse_policy(yaml_codec.load(text.encode(), "policy.yaml"))
    assert not wrong
    assert parsed is not None
    assert len(parsed.versions) == 2
    assert parsed.routes[0].owner == "li.wei"
    assert [correction.by for correction in parsed.corrections] == ["li.wei"]


@pytest.mark.parametrize("code", ["NO", "ON", "N", "ALWAYS", "SITE", "HQ", "E1"])
@pytest.mark.parametrize("person", ["li.wei", "李偉", "no", "007", 'a "b": {c}', "x\u2028y\x85 #z"])
def test_any_names_stand_in_the_first_policy(code: str, person: str) -> None:
    text = starter_policy("en", [code, code], person=person, name=person, email="a@b # c")
    parsed, wrong = policies.parse_policy(yaml_codec.load(text.encode(), "policy.yaml"))
    assert not wrong
    assert parsed is not None
    assert list(parsed.sites) == list(dict.fromkeys((code, "HQ")))
    assert len(parsed.roles(next(iter(parsed.people)), NOW)) == 4
    assert policies.from_mapping(yaml.safe_load(text)) == parsed


def test_the_first_policy_refuses_what_it_cannot_write() -> None:
    with pytest.raises(InvalidUsage, match="ksa is not a site code"):
        starter_policy("en", ["ksa"], person="li.wei")
    with pytest.raises(InvalidUsage, match="fr is not a language"):
        starter_policy("fr", ["KSA"], person="li.wei")


def test_words_of_the_method_are_in_the_language_of_the_reader(tmp_path: Path) -> None:
    root = make_desk(tmp_path, "shipped")
    shown = fenji("policy", "show", "--desk", root, FENJI_LANGUAGE="zh-Hans").out
    assert "工程师、现场负责人" in shown
    assert "现场：KSA；类别：质量问题；系统：雷達" in shown
    assert "周日-周四 08:00-12:00" in shown
    assert not re.search(r"\b(engineer|lead|manager|zeroing|plan|policy|always)\b", shown.partition("派单规则")[0])
    ticket = fenji("show", "KSA-2026-0187", "--desk", root, FENJI_LANGUAGE="zh-Hans").out
    assert "P2 (重大、常见)" in ticket
    assert "类别：质量问题；优先级：P2；影响：重大；是否常见：常见；责任人：li.wei" in ticket
    assert "关联  相关 KSA-2025-0007" in ticket
    assert "归零 定位准确：是；更改 原因" in ticket
    assert "，计入 chen.jie FACTORY-7" in ticket
    project = fenji("show", "KSA-2026-0171", "--desk", root, FENJI_LANGUAGE="zh-Hans").out
    assert "r1  人员  " in project
    assert "（请求人） 驗收組長" in project
    explained = fenji("clock", "KSA-2026-0187", "--explain", "--desk", root, FENJI_LANGUAGE="zh-Hans").out
    assert "昼夜连续" in explained
    assert "always" not in explained
