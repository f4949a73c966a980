"""The way of a ticket by commands: what people type, what they get, what programs get."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import worlds
from commandline import CommandResult, fenji, run_in_child
from fenji.desk.editor import find_editor
from fenji.errors import Refused
from fenji.text.cells import width

CLOCK_KEYS = {
    *("target_s", "due", "done", "used_s", "held_s", "left_s", "late_s", "late_elapsed_s"),
    *("state", "met", "counts", "excuse", "correction", "signs", "charged_to"),
}
CAUSE = "真空防鏽袋封口不嚴，運輸中漏氣。"
SOLUTION = "新備件空運到達，舊件退回。"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return worlds.make("empty", tmp_path / "desk")


def run_at(desk: Path, *args: object, stdin: str = "", code: int = 0, **env: str) -> CommandResult:
    """A command on the desk, by an engineer, with JSON; its exit code is checked."""
    result = fenji("--json", "--desk", desk, *args, stdin=stdin, **env)
    assert result.code == code, result.err
    return result


def report_ticket(desk: Path, *more: object, title: str = "備件生鏽") -> Any:
    return run_at(desk, "new", "--title", title, "--impact", "minor", "--occurrence", "common", *more).json


def subjects(desk: Path) -> list[str]:
    done = subprocess.run(["git", "-C", desk, "log", "--format=%an: %s"], capture_output=True, check=True, text=True)
    return done.stdout.splitlines()


# --- the worked example -----------------------------------------------------------------------------------------


def test_the_worked_example_from_report_to_search(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "cause.txt").write_text(CAUSE + "\n")
    new = run_at(
        desk, "new", "--title", "備件生鏽", "--kind", "quality", "--description", "-", stdin="八件中五件有鏽斑\n"
    ).json
    number = new["id"]
    assert (new["state"], new["priority"], new["description"]) == ("new", "P4", "八件中五件有鏽斑")
    assert run_at(desk, "respond", number, "--note", "已電話答覆").json["state"] == "responded"
    judged = run_at(desk, "classify", number, "--impact", "minor", "--occurrence", "common").json
    assert (judged["priority"], judged["clocks"]["response"]["met"]) == ("P4", True)
    assigned = run_at(desk, "assign", number, "li.wei", "--unit", "HQ-TECH", "--unit", "FACTORY-7").json
    assert (assigned["state"], assigned["units"]) == ("working", ["HQ-TECH", "FACTORY-7"])
    refused = run_at(desk, "solve", number, code=1)
    assert all(field in refused.err for field in ("cause", "decision", "solution"))
    fields = ("--set", f"cause=@{tmp_path / 'cause.txt'}", "--set", "decision=全部更換", "--set", "solution=-")
    solved = run_at(desk, "solve", number, *fields, stdin=SOLUTION).json
    assert (solved["state"], solved["cause"], solved["solution"]) == ("solved", CAUSE, SOLUTION)
    assert run_at(desk, "confirm", number, code=1).err  # an engineer may not
    confirmed = run_at(desk, "confirm", number, "--by", "zhao.min").json
    assert confirmed["sla"]["response"]["met"] is True
    assert confirmed["sla"]["solution"]["met"] is True
    assert confirmed["sla"]["confirmed"]["by"] == "zhao.min"
    archived = run_at(desk, "archive", number, "--by", "zhao.min").json
    assert archived["state"] == "archived"
    assert [event["do"] for event in archived["log"]] == [
        *("report", "respond", "classify", "assign", "solve", "confirm", "archive"),
    ]
    hits = run_at(desk, "search", "生锈").json
    assert hits["hits"][0]["id"] == number
    assert set(hits) == {"total", "took_ms", "hits"}
    assert set(hits["hits"][0]) == {"id", "title", "score", "excerpt", "path"}
    assert (desk / hits["hits"][0]["path"]).is_file()
    assert subjects(desk)[0] == f"趙敏: {number}: archive"
    assert fenji("list", "--desk", desk).code == 0
    assert fenji("check", "--desk", desk).code == 0


def test_the_same_for_people(desk: Path) -> None:
    result = fenji("new", "--title", "備件生鏽", "--desk", desk)
    assert result.code == 0
    assert "P4" in result.out
    assert result.out.count("due ") == 2
    number = result.out.split(" ")[0]
    assert number.startswith("KSA-")
    step = fenji("respond", number, "--desk", desk)
    assert "responded" in step.out
    assert "met" in step.out


# --- documents --------------------------------------------------------------------------------------------------


def test_a_ticket_is_the_same_object_everywhere(desk: Path) -> None:
    new = report_ticket(desk, "--system", "雷達", "--part", "XJ-4411", "--tag", "corrosion", "--tag", "spares")
    shown = run_at(desk, "show", new["id"]).json
    listed = run_at(desk, "list").json
    for ticket in (new, shown, listed[0]):
        assert ticket["product"] == {"system": "雷達", "part": "XJ-4411"}
        assert ticket["tags"] == ["corrosion", "spares"]
        assert ticket["log"][0]["do"] == "report"
        assert set(ticket["clocks"]) == {"response", "solution"}
        assert set(ticket["clocks"]["response"]) == CLOCK_KEYS
    clock = run_at(desk, "clock", new["id"]).json
    assert set(clock) == {"id", "at", "response", "solution"}
    assert clock["response"]["due"] == shown["clocks"]["response"]["due"]


def test_promises_are_those_of_the_priority(desk: Path) -> None:
    new = report_ticket(desk, "--at", "2026-03-01T08:00:00+03:00", "--by", "zhao.min", "--note", "按來信補錄")
    clock = new["clocks"]
    assert clock["response"]["target_s"] == 24 * 3600
    assert clock["response"]["due"] == "2026-03-02T08:00:00+03:00"
    assert clock["solution"]["due"] == "2026-03-15T08:00:00+03:00"
    assert clock["response"]["state"] == "breached"


def test_a_clock_at_an_instant_and_its_story(desk: Path) -> None:
    number = report_ticket(desk, "--at", "2026-03-01T08:00", "--by", "zhao.min", "--note", "補錄")["id"]
    then = run_at(desk, "clock", number, "--at", "2026-03-02T07:00").json
    assert then["at"] == "2026-03-02T07:00:00+03:00"
    assert then["response"]["state"] == "at_risk"
    assert then["response"]["left_s"] == 3600
    result = fenji("clock", number, "--explain", "--desk", desk)
    assert result.code == 0
    assert "P4" in result.out
    assert "story" in run_at(desk, "clock", number, "--explain").json


def test_several_tickets_in_one_commit(desk: Path) -> None:
    numbers = [report_ticket(desk, title=f"第{index}件")["id"] for index in range(3)]
    before = len(subjects(desk))
    answered = run_at(desk, "respond", *numbers).json
    assert [ticket["id"] for ticket in answered] == numbers
    assert len(subjects(desk)) == before + 1
    assert run_at(desk, "assign", *numbers, "wang.fang").json[2]["owner"] == "wang.fang"


def test_all_or_none(desk: Path) -> None:
    numbers = [report_ticket(desk, title=f"第{index}件")["id"] for index in range(2)]
    run_at(desk, "withdraw", numbers[1], "--reason", "重複")
    run_at(desk, "respond", *numbers, code=1)
    assert run_at(desk, "show", numbers[0]).json["state"] == "new"


def test_a_number_twice_is_one_ticket(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    answered = run_at(desk, "respond", number, number[-4:]).json
    assert [event["do"] for event in answered["log"]] == ["report", "respond"]


def test_a_second_answer_adds_nothing_and_says_so(desk: Path) -> None:
    numbers = [report_ticket(desk, title=f"第{index}件")["id"] for index in range(3)]
    run_at(desk, "respond", numbers[1])
    result = run_at(desk, "respond", *numbers, "--note", "we look into it")
    assert [len(ticket["log"]) for ticket in result.json] == [2, 2, 2]
    assert f"{numbers[1]}: already answered, nothing added." in result.err
    assert "already answered, nothing added." in run_at(desk, "respond", numbers[0]).err
    refused = run_at(desk, "respond", numbers[0], "--note", "and again", code=1)
    assert "Add anything said since as a note." in refused.err


def test_a_ticket_that_nobody_judged_is_listed_with_a_question_mark(desk: Path) -> None:
    number = run_at(desk, "new", "--title", "備件生鏽").json["id"]
    for words in (("list",), ("show", number)):
        assert "P4?" in fenji("--desk", desk, *words).out
    assert run_at(desk, "show", number).json["priority"] == "P4"


def test_every_step_takes_a_note_and_an_instant(desk: Path) -> None:
    number = report_ticket(desk, "--at", instant_ago(hours=3))["id"]
    at = instant_ago(hours=2)
    event = run_at(desk, "respond", number, "--at", at, "--note", "電話", "--by", "wang.fang").json["log"][-1]
    assert event["at"] == at
    assert event["logged"]
    assert (event["by"], event["note"]) == ("wang.fang", "電話")


def instant_ago(**length: float) -> str:
    return (datetime.now().astimezone().replace(microsecond=0) - timedelta(**length)).isoformat()


def test_the_ways_of_a_ticket(desk: Path) -> None:
    number = report_ticket(desk, "--kind", "request")["id"]
    assert run_at(desk, "note", number, "客戶追問", "--from", "requester").json["log"][-1]["from"] == "requester"
    assert run_at(desk, "note", number, "-", stdin="長\n信\n").json["log"][-1]["note"] == "長\n信"
    assert run_at(desk, "wait", number, "boredom", code=1).err
    waiting = run_at(desk, "wait", number, "customer").json
    assert (waiting["state"], waiting["clocks"]["solution"]["state"]) == ("waiting", "held")
    assert run_at(desk, "resume", number).json["state"] == "new"
    assert run_at(desk, "solve", number, "--set", "solution=好了").json["state"] == "solved"
    assert run_at(desk, "reopen", number, "--reason", "又來了").json["state"] == "working"
    assert run_at(desk, "withdraw", number, "--reason", "客戶撤回").json["state"] == "withdrawn"


def test_a_miss_is_excused_by_another_person(desk: Path) -> None:
    number = report_ticket(desk, "--at", "2026-03-01T08:00", "--by", "zhao.min", "--note", "補錄", "--owner", "li.wei")[
        "id"
    ]
    args = ("excuse", number, "response", "--reason", "force majeure", "--note", "沙塵暴")
    assert run_at(desk, *args, code=1).err
    assert run_at(desk, *args, "--by", "zhao.min").json["clocks"]["response"]["counts"] is False


def test_links_and_attachments(desk: Path, tmp_path: Path) -> None:
    first, second = (report_ticket(desk, title=title)["id"] for title in ("天線卡滯", "天線又卡滯"))
    linked = run_at(desk, "link", second, first[-4:], "--as", "duplicate").json
    assert linked["links"] == [{"to": first, "as": "duplicate"}]
    assert run_at(desk, "link", second, first, "--as", "cousin", code=2).err
    (tmp_path / "鏽.jpg").write_bytes(b"picture")
    attached = run_at(desk, "attach", first, tmp_path / "鏽.jpg").json
    assert (attached["files"][0]["name"], attached["files"][0]["size"]) == ("鏽.jpg", 7)
    assert run_at(desk, "attach", first, tmp_path / "nowhere.jpg", code=1).err


def test_a_priority_by_hand_wants_a_reason(desk: Path) -> None:
    assert "reason" in run_at(desk, "new", "--title", "x", "--priority", "P1", code=1).err
    assert run_at(desk, "new", "--title", "x", "--priority", "P1", "--reason", "合同").json["priority"] == "P1"


# --- editing ----------------------------------------------------------------------------------------------------


def test_fields_are_set_by_name(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    args = ("--set", "product.part=XJ-4411", "--set", "tags=rust, spares", "--set", "lessons=先看包裝")
    edited = run_at(desk, "edit", number, *args).json
    assert (edited["product"], edited["tags"], edited["lessons"]) == (
        {"part": "XJ-4411"},
        ["rust", "spares"],
        "先看包裝",
    )
    assert edited["log"][-1]["rewrote"] == ["lessons"]
    assert "tags" not in run_at(desk, "edit", number, "--set", "tags=").json
    assert run_at(desk, "edit", number, "--set", "state=solved", code=2).err


@pytest.mark.parametrize(
    ("language", "linked", "edited"),
    [
        ("en", "related {number}", "changed Lessons, Plan m1 m2"),
        ("zh-Hans", "相关 {number}", "更改 经验教训、计划 m1 m2"),
        ("zh-Hant", "相關 {number}", "更改 經驗教訓、計劃 m1 m2"),
    ],
)
def test_the_log_names_what_was_linked_and_changed_as_people_say_it(
    desk: Path, language: str, linked: str, edited: str
) -> None:
    first, second = (report_ticket(desk, "--kind", "project")["id"] for _ in range(2))
    run_at(desk, "link", first, second)
    texts = ("lessons=x", "plan.m1.what=y", "plan.m2.what=z")
    run_at(desk, "edit", first, *(word for text in texts for word in ("--set", text)))
    log = fenji("--desk", desk, "show", first, FENJI_LANGUAGE=language).out.splitlines()
    assert log[-2].endswith(f"  {linked.format(number=second)}")
    assert edited in log[-1]


def test_a_plan_is_written_item_by_item(desk: Path) -> None:
    number = report_ticket(desk, "--kind", "project", "--set", "plan.m1.what=發運")["id"]
    edited = run_at(desk, "edit", number, "--set", "plan.m1.due=2026-03-20", "--set", "plan.m2.what=驗收").json
    assert edited["plan"] == [{"key": "m1", "what": "發運", "due": "2026-03-20"}, {"key": "m2", "what": "驗收"}]
    assert len(run_at(desk, "edit", number, "--set", "plan.m2=").json["plan"]) == 1
    today = datetime.now(ZoneInfo("Asia/Riyadh")).date().isoformat()
    solved = run_at(desk, "solve", number, "--set", "solution=已交付", "--set", f"plan.m1.done={today}").json
    assert solved["plan"][0]["done"] == today
    assert solved["log"][-1]["set"] == {"plan.m1.done": today}
    clocks = run_at(desk, "clock", number).json
    assert clocks["items"]["m1"]["due_date"] == "2026-03-20"
    assert "m1" in fenji("clock", number, "--desk", desk).out


def test_an_editor_gets_a_copy(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    edited = run_at(desk, "edit", number, EDITOR="sed -i 's/^title: .*/title: 備件嚴重生鏽/'").json
    assert edited["title"] == "備件嚴重生鏽"
    assert edited["log"][-1]["set"] == {"title": "備件嚴重生鏽"}


def test_an_owner_whom_nobody_knows_in_a_copy_is_named_with_both_ways_on(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    refused = run_at(desk, "edit", number, EDITOR="sed -i 's/^owner:.*/owner: li.wie/'", code=1)
    assert "Is li.wei" in refused.err
    assert "--unknown-person accepts li.wie as is. Your copy is kept: " in refused.err
    assert run_at(desk, "edit", number, "--unknown-person", EDITOR="true").json["owner"] == "li.wie"


def test_a_faulty_edit_is_kept_and_opened_again(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    broken = run_at(desk, "edit", number, EDITOR="sed -i 's/^kind: .*/kind: riddle/'", code=3)
    assert ":3:" in broken.err
    assert "kept" in broken.err
    mended = run_at(desk, "edit", number, EDITOR="sed -i 's/^kind: .*/kind: request/'").json
    assert mended["kind"] == "request"


def test_an_editor_that_fails_changes_nothing(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    failed = run_at(desk, "edit", number, EDITOR="false", code=1).err
    assert "code 1" in failed
    assert "Your copy is kept: " in failed
    assert "cannot be started" in run_at(desk, "edit", number, EDITOR="/no/such/editor", code=1).err
    assert "cannot be started" in run_at(desk, "edit", number, EDITOR="vi '", code=1).err
    assert "--set" in run_at(desk, "edit", number, code=1).err
    assert len(run_at(desk, "show", number).json["log"]) == 1


def test_an_editor_without_a_terminal_reads_nothing_and_writes_beside_the_output(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    editor = {"EDITOR": "sh -c 'wc -c; sed -i s/^title:.*/title:\\ new/ $0'"}
    edited = run_in_child("--json", "--desk", desk, "edit", number, stdin="typed", env=editor)
    assert edited.json["title"] == "new"
    assert edited.err.strip() == "0"


def test_the_editor_is_the_one_that_visual_names_then_editor_then_git(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    named = {name: f"sed -i 's/^title: .*/title: {name}/'" for name in ("VISUAL", "EDITOR", "git")}
    subprocess.run(["git", "-C", desk, "config", "core.editor", named["git"]], check=True)
    assert run_at(desk, "edit", number, EDITOR=" ").json["title"] == "git"
    assert run_at(desk, "edit", number, EDITOR=named["EDITOR"]).json["title"] == "EDITOR"
    assert run_at(desk, "edit", number, VISUAL=named["VISUAL"], EDITOR=named["EDITOR"]).json["title"] == "VISUAL"


def test_vi_is_the_editor_only_where_there_is_a_terminal(tmp_path: Path) -> None:
    assert find_editor(tmp_path, has_terminal=True) == ["vi"]
    with pytest.raises(Refused, match="No editor is set"):
        find_editor(tmp_path, has_terminal=False)


# --- lists ------------------------------------------------------------------------------------------------------


def test_a_query_narrows_the_list(desk: Path) -> None:
    report_ticket(desk, "--kind", "request", title="培訓")
    number = report_ticket(desk, title="天線轉台卡滯")["id"]
    assert [ticket["id"] for ticket in run_at(desk, "list", "天线").json] == [number]
    assert [ticket["id"] for ticket in run_at(desk, "list", "kind:quality", "p:4").json] == [number]
    assert [ticket["id"] for ticket in run_at(desk, "list", "-kind:request").json] == [number]
    assert run_at(desk, "list", "p:1").json == []
    assert "No ticket" in fenji("list", "p:1", "--desk", desk).out


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_list_fits_the_screen(tmp_path: Path, columns: int) -> None:
    busy = worlds.make("busy_morning", tmp_path / "busy")
    result = fenji("list", "--desk", busy, COLUMNS=str(columns))
    lines = result.out.splitlines()
    assert max(map(width, lines)) <= columns
    assert any(line.startswith("!") for line in lines)
    assert ("Owner" in lines[0]) is (columns >= 80)
    assert sum("-202" in line for line in lines) == 60


def test_a_page_shows_the_whole_ticket(tmp_path: Path) -> None:
    example = worlds.make("worked_example", tmp_path / "example")
    page = fenji("show", "42", "--desk", example, COLUMNS="80").out
    for text in ("備件生鏽", "XJ-4411", "真空防鏽袋", "1200.00", "li.wei (李偉)", "Rules improved", "archive"):
        assert text in page
    assert max(map(width, page.splitlines())) <= 80
    narrow = fenji("show", "42", "--desk", example, COLUMNS="40").out
    assert max(map(width, narrow.splitlines())) <= 40


def test_an_unknown_number_offers_near_ones(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    wrong = number[:-1] + "9"
    for args in (["show", wrong], ["clock", wrong], ["respond", wrong], ["edit", wrong], ["attach", wrong, "x"]):
        result = run_at(desk, *args, code=1)
        assert f"There is no ticket {wrong}" in result.err
        assert number in result.err
        assert not result.out


def test_a_stranger_is_refused_unless_he_is_insisted_on(desk: Path) -> None:
    number = report_ticket(desk)["id"]
    assert "Is li.wei" in run_at(desk, "assign", number, "lii.wei", code=1).err
    assert "not among the people" in run_at(desk, "note", number, "x", "--by", "nobody.at.all", code=1).err
    assert not run_at(desk, "note", number, "x", "--by", "nobody.at.all", "--unknown-person").err
    assert not run_at(desk, "assign", number, "li.wei", "--by", "wang.fang").err


# --- hostile and damaged ----------------------------------------------------------------------------------------


def test_bad_files_never_stop_the_rest(tmp_path: Path) -> None:
    bad = worlds.make("bad_files", tmp_path / "bad")
    listed = fenji("list", "--desk", bad)
    assert listed.code == 3
    assert "KSA-2026-0601" in listed.out
    assert "cannot be read" in listed.err
    document = fenji("list", "--json", "--desk", bad)
    assert document.code == 3
    assert len(document.json) == len(listed.out.splitlines()) - 2
    checked = fenji("check", "--desk", bad, "--json")
    assert checked.code == 3
    problem = next(item for item in checked.json["problems"] if "twice" in item["path"])
    assert set(problem) == {"path", "line", "column", "key", "message", "damaged"}
    assert problem["damaged"]
    assert problem["line"] == 4
    assert fenji("check", "--desk", bad).out.count("\n") > 5


def test_nothing_from_data_reaches_the_terminal(tmp_path: Path) -> None:
    bad = worlds.make("bad_files", tmp_path / "bad")
    outputs = [fenji("list", "--desk", bad, COLUMNS=columns).out for columns in ("", "60")]
    outputs += [
        fenji("show", path.stem, "--desk", bad).out for path in (bad / "tickets" / "open").glob("KSA-2026-06*.yaml")
    ]
    outputs += [fenji("check", "--desk", bad).out, fenji("list", "--desk", bad).err]
    outputs += [fenji("list", "--json", "--desk", bad).out]
    for output in outputs:
        assert not set(output) & set("\x1b\x07\x9b\x85\u202e\u2028\u200b\U000e0041")


def test_hostile_words_are_text(desk: Path) -> None:
    title = "[/b] \x1b[2J \u202e {id} %s $(id)"
    number = run_at(desk, "new", f"--title={title}").json["id"]
    assert run_at(desk, "show", number).json["title"] == title
    assert "<1B>" in fenji("show", number, "--desk", desk).out
    assert fenji("show", "\x1b[2J", "--desk", desk).err.count("\x1b") == 0


def test_words_that_are_not_utf8_are_refused(desk: Path) -> None:
    result = fenji("new", "--title", "\udcff\udcfe", "--desk", desk)
    assert result.code == 2
    assert "UTF-8" in result.err
    assert fenji("new", "--title", "x", "--description", "-", "--desk", desk, stdin=b"\xff").code == 2


def test_a_bad_policy_leaves_the_last_good_one_in_force(desk: Path) -> None:
    path = desk / "policy.yaml"
    path.write_text(path.read_text().replace("major: {rare: P1, common: P2}", "major: {rare: P9, common: P2}"))
    checked = fenji("policy", "check", "--desk", desk)
    assert checked.code == 3
    assert "policy.yaml:" in checked.err
    assert "P9" in checked.err
    assert fenji("policy", "check", "--json", "--desk", desk).json["problems"][0]["line"]
    listed = fenji("list", "--desk", desk)
    assert "policy" in listed.err
    assert run_at(desk, "new", "--title", "x").json["priority"] == "P4"


def test_a_policy_that_moves_the_past_is_refused(desk: Path) -> None:
    assert fenji("new", "--title", "rust", "--desk", desk).code == 0  # without tickets everything may change in place
    draft = desk / "draft.yaml"
    draft.write_text((desk / "policy.yaml").read_text().replace("P4: {response: 24h", "P4: {response: 48h"))
    result = fenji("policy", "check", draft, "--desk", desk, FENJI_USER="sun.yu")
    assert result.code == 1
    assert "fenji policy amend" in result.err
    assert fenji("policy", "check", "--desk", desk).code == 0


def test_the_policy_is_shown_as_tables(desk: Path) -> None:
    page = fenji("policy", "show", "--desk", desk, COLUMNS="100").out
    for text in ("P4", "14d", "Asia/Riyadh", "zhao.min", "customer", "force majeure", "minor"):
        assert text in page
    assert max(map(width, page.splitlines())) <= 100


# --- surroundings -----------------------------------------------------------------------------------------------


def test_a_desk_is_begun_by_a_stranger(tmp_path: Path) -> None:
    result = fenji("init", tmp_path / "new", "--site", "KSA", "--person", "li.wei", "--zone", "Asia/Riyadh")
    assert result.code == 0, result.err
    new_desk = tmp_path / "new"
    new = run_at(new_desk, "new", "--title", "第一張工單").json
    assert new["id"].startswith("KSA-")
    assert (new["log"][0]["by"], new["log"][0]["at"][-6:]) == ("li.wei", "+03:00")
    assert fenji("check", "--desk", new_desk).code == 0
    again = fenji("init", new_desk, "--site", "KSA")
    assert again.code == 1
    assert fenji("init", tmp_path / "other", "--site", "ksa!").code == 2
    assert fenji("init", tmp_path / "third", "--site", "KSA", "--language", "fr").code == 2
    assert fenji("init", tmp_path / "fourth", "--site", "HQ", "--json").json["site"] == "HQ"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_desk_is_told(desk: Path) -> None:
    (desk / "tickets" / "open").chmod(0o500)
    result = fenji("new", "--title", "x", "--desk", desk)
    assert result.code == 1
    assert "Traceback" not in result.err


def test_a_desk_without_git_is_told(desk: Path) -> None:
    result = run_in_child("list", "--desk", desk, env={"PATH": "/nowhere"})
    assert "Traceback" not in result.err
    assert result.code in (0, 1)


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path) -> None:
    (tmp_path / "tickets" / "open").mkdir(parents=True)
    result = fenji("list", "--desk", tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert result.code in (1, 3)
    assert len(result.err.splitlines()) <= 4


@pytest.mark.parametrize(
    ("words", "missing"), [("note 1", "TEXT"), ("assign 1", "PERSON"), ("wait", "ID"), ("edit", "ID")]
)
def test_the_word_that_is_missing_is_the_one_a_person_misses(desk: Path, words: str, missing: str) -> None:
    done = fenji(*words.split(), "--desk", desk)
    assert done.code == 2
    assert done.err.startswith(f"{missing} is missing.")


def test_late_tickets_are_listed_by_priority_as_on_the_board(tmp_path: Path) -> None:
    """The one that is longest over stands below a more urgent one: so the board has it, and so `list`."""
    folder = worlds.make("whole", tmp_path / "desk")
    first, second = fenji("list", "is:late", "--desk", folder, "--json").json
    assert [ticket["priority"] for ticket in (first, second)] == ["P2", "P3"]
    item = fenji("clock", second["id"], "--desk", folder, "--json").json["items"]["m3"]
    assert first["clocks"]["solution"]["late_s"] < item["late_s"]
