"""A version written the right way: what moves, what stays as it was typed, and that the result passes the rule."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from commandline import CommandResult
from commandline import fenji as run
from desks import make_desk
from fenji.desk.open import parse_policy
from fenji.errors import Refused
from fenji.model.policy import find_past_changes
from fenji.model.policy.template import starter_policy
from fenji.storage import yaml_codec
from fenji.storage.policy_versions import find_former, make_version, set_format
from policies import TEXT

SINCE = "2026-05-10T15:00:00+03:00"
NOW = datetime.fromisoformat(SINCE) + timedelta(seconds=30)
MARKED = (
    TEXT.replace("since: 2026-01-01\n", "since: 2026-01-01   # agreed in Riyadh\n")
    .replace("priorities:\n", "# what we promise\npriorities:\n  # most urgent first\n")
    .replace("    day: 8h\n  hq:", "    day: 8h   # with prayers\n  hq:")
)


def amend(current: str, edited: str, since: str = SINCE) -> str:
    return make_version(current.encode(), edited.encode(), "policy.yaml", since).decode()


def load(text: str) -> Any:
    return yaml_codec.load(text.encode(), "policy.yaml")


def refusals(current: str, text: str) -> list[str]:
    old, new = (parse_policy(data.encode()) for data in (current, text))
    return [str(fault.message) for fault in find_past_changes(old, new, NOW)]


EDITS = {
    "a target": [("solution: 14d", "solution: 10d")],
    "a cell": [("common: P4", "common: P3")],
    "hours": [('["08:00-12:00", "13:00-17:00"]', '["08:00-12:00"]')],
    "a site's calendar and lead": [("calendar: ksa, lead: zhao.min", "calendar: hq, lead: li.wei")],
    "a reason": [("parts: []", "parts: [solution]")],
    "a share": [("at_risk: 25%", "at_risk: 10%")],
    "no exception any more": [("kinds: {project: {solution: none}}\n", "")],
    "much at once": [
        ("at_risk: 25%\n", ""),
        ("solution: 14d", "solution: 20d"),
        ("[2026-10-01, 2026-10-02]", "[2026-05-01]"),
        ("waiting: {customer: [solution], parts: [], access: [solution]}\n", ""),
    ],
}


def edit(text: str, name: str) -> str:
    for before, after in EDITS[name]:
        if name != "much at once" or before in text:
            assert before in text
        text = text.replace(before, after)
    return text


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_policy_becomes_a_version_that_passes(name: str) -> None:
    edited = edit(MARKED, name)
    amended = amend(MARKED, edited)
    assert refusals(MARKED, edited) != [] or name == "no exception any more" or "at_risk" in name
    assert refusals(MARKED, amended) == []
    assert load(amended)["since"] == SINCE
    assert load(amended)["earlier"] == [find_former(load(MARKED), load(edited))]
    kept = amended[: amended.index("earlier:")].replace(SINCE, "2026-01-01")
    assert kept == edited


def test_what_moves_keeps_its_remarks() -> None:
    edited = edit(edit(MARKED, "a target"), "hours")
    assert amend(MARKED, edited).endswith(
        """\
earlier:
  - since: 2026-01-01
    priorities:
      # most urgent first
      P1: {response: 1h,  solution: 24h, calendar: always}
      P2: {response: 4h,  solution: 3d,  calendar: always}
      P3: {response: 8h,  solution: 7d,  calendar: always}
      P4: {response: 24h, solution: 14d, calendar: always}
    calendars:
      ksa:
        tz: Asia/Riyadh
        week: {sun-thu: ["08:00-12:00", "13:00-17:00"]}
        holidays: {add: [2026-09-23], drop: []}
        shifts: {2026-02-14: ["09:00-12:00"]}
        breaks: {2026-03-01: ["10:00-11:30"]}
        day: 8h   # with prayers
"""
    )


@pytest.mark.parametrize(
    ("before", "start"),
    [
        ("", "earlier:\n  - since: 2026-01-01\n"),
        ("earlier: []   # none\n", "earlier:   # none\n  - since: 2026-01-01\n"),
        ("earlier:\n", "earlier:\n  - since: 2026-01-01\n"),
        ("earlier: []\n# the end\n", "earlier:\n  - since: 2026-01-01\n    at_risk: 25%\n# the end\n"),
        (
            "earlier:\n- since: 2025-01-01\n  at_risk: 50%  # half\n# the end\n",
            "earlier:\n- since: 2025-01-01\n  at_risk: 50%  # half\n- since: 2026-01-01\n  at_risk: 25%\n# the end\n",
        ),
        (
            "earlier:\n- since: 2025-01-01\n  at_risk: 50%\n- {since: 2024-01-01, at_risk: 60%}\n",
            "earlier:\n- since: 2026-01-01\n  at_risk: 25%\n- since: 2025-01-01\n",
        ),
        (
            "earlier: [{since: 2025-01-01, at_risk: 50%}]\n",
            "earlier: [{since: 2025-01-01, at_risk: 50%}, {since: 2026-01-01, at_risk: 25%}]\n",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_version_takes_its_place_among_the_former_ones(before: str, start: str, newline: str) -> None:
    current = (TEXT + before).replace("\n", newline)
    amended = amend(current, edit(current, "a share"))
    assert amended[amended.index("earlier:") :].startswith(start.replace("\n", newline))
    assert refusals(current, amended) == []


def test_what_was_moved_by_hand_is_not_moved_twice() -> None:
    edited = edit(TEXT, "a share") + "earlier:\n- {since: 2026-01-01, at_risk: 25%}\n"
    assert amend(TEXT, edited) == edited.replace("since: 2026-01-01\n", f"since: {SINCE}\n", 1)


def test_a_chain_of_versions_says_of_each_what_it_was() -> None:
    first = amend(TEXT, edit(TEXT, "a share"), "2026-02-01")
    second = amend(first, edit(first, "a target"), "2026-03-01")
    third = amend(second, second.replace("at_risk: 10%", "at_risk: 5%"), "2026-04-01")
    policy = parse_policy(third.encode())
    promised = [(str(version.at_risk * 100), str(version.priorities["P4"].solution)) for version in policy.versions]
    assert promised == [("25", "14d"), ("10", "14d"), ("10", "10d"), ("5", "10d")]


def test_a_layout_that_cannot_be_changed_in_place_is_refused() -> None:
    odd = "{format: 1, since: 2026-01-01, at_risk: 25%}\n"
    with pytest.raises(Refused, match="laid out so that it cannot be changed in place"):
        amend(odd, odd.replace("25%", "10%"))


def test_another_format_changes_one_word() -> None:
    assert set_format(MARKED.encode(), "policy.yaml", 2).decode() == MARKED.replace("format: 1", "format: 2")


def fenji(*args: object) -> CommandResult:
    """Run the command line as somebody who may change the rules."""
    return run(*args, FENJI_USER="sun.yu")


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk with a ticket, so that its rules are in force."""
    root = make_desk(tmp_path / "desk")
    assert fenji("--desk", root, "new", "--title", "Rust").code == 0
    return root


def rewrite(root: Path, before: str, after: str) -> str:
    path = root / "policy.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    return path.read_text()


def test_the_command_makes_a_version_of_what_was_edited(desk: Path) -> None:
    edited = rewrite(desk, "at_risk: 25%", "at_risk: 10%")
    assert fenji("--desk", desk, "policy", "check").code == 1
    shown = fenji("--desk", desk, "policy", "amend", "--dry-run")
    assert shown.code == 0
    assert "+    at_risk: 25%" in shown.out
    assert (desk / "policy.yaml").read_text() == edited
    done = fenji("--desk", desk, "policy", "amend", "--json").json
    assert (done["written"], done["moved"], done["problems"]) == (True, ["at_risk"], [])
    begun = datetime.fromisoformat(done["since"])
    assert timedelta() <= datetime.now(UTC) - begun < timedelta(minutes=5)
    assert begun.second == 0
    assert fenji("--desk", desk, "policy", "check").code == 0
    again = fenji("--desk", desk, "policy", "amend")
    assert "No change here needs a new version" in again.out


def test_the_command_takes_a_file_and_a_later_since(desk: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text((desk / "policy.yaml").read_text().replace("at_risk: 25%", "at_risk: 10%"))
    done = fenji("--desk", desk, "policy", "amend", draft, "--since", "2099-01-01", "--json").json
    assert (done["written"], done["since"]) == (True, "2099-01-01")
    assert "since: 2099-01-01" in (desk / "policy.yaml").read_text()
    assert fenji("--desk", desk, "policy", "check").code == 0


def test_the_command_refuses_what_no_version_can_bring(desk: Path) -> None:
    edited = rewrite(desk, "at_risk: 25%", "at_risk: 10%")
    gone = fenji("--desk", desk, "policy", "amend", "--since", "2026-01-01")
    assert gone.code == 1
    assert "has passed" in gone.err
    assert fenji("--desk", desk, "policy", "amend", "--since", "soon").code == 2
    assert (desk / "policy.yaml").read_text() == edited
    rewrite(desk, "  HQ: {", "  HQX: {")
    taken = fenji("--desk", desk, "policy", "amend")
    assert taken.code == 1
    assert "HQ is removed" in taken.err


def test_two_versions_within_a_minute_follow_each_other(desk: Path) -> None:
    begun = []
    for share in ("10%", "15%", "20%"):
        rewrite(desk, (desk / "policy.yaml").read_text(), re.sub("(?m)^at_risk: .*$", f"at_risk: {share}", text(desk)))
        done = fenji("--desk", desk, "policy", "amend", "--json").json
        assert done["problems"] == []
        begun.append(datetime.fromisoformat(done["since"]))
        assert fenji("--desk", desk, "note", "1", "x").code == 0
        assert fenji("--desk", desk, "policy", "check").out == "policy.yaml is sound.\n"
    assert begun == sorted(set(begun))


def text(root: Path) -> str:
    return (root / "policy.yaml").read_text()


def test_a_correction_that_was_said_too_early_is_said_now(desk: Path) -> None:
    said = "{key: c1, on: 2026-03-01T00:00:00Z, by: sun.yu, why: late news, from: 2026-01-05, to: 2026-01-06,"
    (desk / "policy.yaml").write_text(f"{text(desk)}corrections:\n- {said} at_risk: 30%}}\n")
    checked = fenji("--desk", desk, "policy", "check")
    assert "has passed; set it to now with: fenji policy amend" in checked.err
    done = fenji("--desk", desk, "policy", "amend")
    assert (done.code, "The date given had passed: set to now." in done.out, "\nearlier:" in text(desk)) == (
        0,
        True,
        False,
    )
    assert fenji("--desk", desk, "policy", "check").code == 0


def test_what_is_warned_of_is_english_in_the_document_of_every_language(desk: Path) -> None:
    text = (desk / "policy.yaml").read_text()
    dates = re.search(r"(?m)^    holidays:\n(      .*\n)+", text)
    assert dates
    rewrite(desk, dates[0], "    holidays: {country: SA}\n")
    english, chinese = (
        run("--desk", desk, "policy", "check", "--json", FENJI_LANGUAGE=language).json for language in ("en", "zh-Hans")
    )
    assert "names SA but has no holiday dates" in chinese["warnings"][0]["message"]
    assert chinese == english


def test_what_former_versions_only_repeat_is_said_once(desk: Path) -> None:
    rewrite(desk, "at_risk: 25%", "at_risk: 10%")
    assert fenji("--desk", desk, "policy", "amend").code == 0
    assert fenji("--desk", desk, "note", "1", "x").code == 0
    rewrite(desk, "parts: []", "parts: [solution]")
    problems = fenji("--desk", desk, "policy", "check", "--json").json["problems"]
    assert [problem["key"] for problem in problems] == ["waiting"]


def test_format_2_writes_the_holidays_that_format_1_asks_of_a_library(tmp_path: Path) -> None:
    root = tmp_path / "desk"
    assert run("init", root, "--site", "KSA", "--person", "li.wei", "--zone", "Asia/Riyadh").code == 0
    text = starter_policy("en", ["KSA"], person="li.wei", zone="Asia/Riyadh")
    text = re.sub(r"(?m)^(grace|strangers|corrections): .*\n", "", text)  # of format 2
    text = text.replace("holidays: []", "holidays: {country: SA, add: [2026-09-24]}").replace(
        "format: 2 ", "format: 1 "
    )
    former = "earlier:\n  - since: 2020-01-01\n    calendars:\n      ksa:\n        tz: Asia/Riyadh\n"
    former += '        week: {sun-thu: ["08:00-12:00"]}\n        holidays: {country: SA}  # as ever\n        day: 8h\n'
    (root / "policy.yaml").write_text(text.replace("earlier: []\n", former))
    assert run("--desk", root, "new", "--title", "Rust").code == 0
    in_force = parse_policy((root / "policy.yaml").read_bytes())
    done = run("--desk", root, "policy", "amend", "--format", "2")
    assert (done.code, "The date given had passed" in done.out) == (0, False), done.err
    data = (root / "policy.yaml").read_bytes()
    upgraded = parse_policy(data)
    assert (in_force.format, upgraded.format) == (1, 2)
    assert find_past_changes(in_force, upgraded, datetime.now(UTC)) == []
    assert b"# as ever" in data
    at = datetime.fromisoformat("2020-09-23T09:00:00+03:00")
    assert in_force.calendar_of("KSA").is_open(at) == upgraded.calendar_of("KSA").is_open(at)
    assert run("--desk", root, "policy", "check").code == 0
    assert run("--desk", root, "new", "--title", "More rust").code == 0
    assert b"format: 2" in (root / "policy.yaml").read_bytes()
