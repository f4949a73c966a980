"""`fenji import`: one commit, again nothing new, at two sites one copy, and nothing of it is ever half done."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

import worlds
from commandline import fenji
from fenji.desk import Desk
from fenji.desk.imports import Importer, find_own_mapping, load_mapping, save_mapping
from fenji.errors import Unavailable
from fenji.storage.yaml_codec import read_ticket
from foreign_files import FILES, write_file
from two_clones import TwoClones, git

if TYPE_CHECKING:
    from fenji.desk.import_plan import ImportPlan

MAPPING = """format: 1
source: ledger
key: k
zone: Asia/Shanghai
fields: {title: t, description: d, state: s, requester.name: who}
values: {state: {open: new, closed: archived}}
events: {report: at, updated: done}
"""
HEAD = "k,t,d,s,who,at,done,more\n"
ROWS = [
    "A-1,備件生鏽,受潮,closed,王,2026-01-05 08:00,2026-01-07 08:00,x",
    "A-2,電纜斷裂,運輸,open,李,2026-01-06 08:00,2026-01-06 08:00,y",
]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    root = tmp_path / "desk"
    assert fenji("init", root, "--site", "KSA", "--person", "li.wei", "--language", "en").code == 0
    (root / "imports").mkdir()
    (root / "imports/ledger.yaml").write_text(MAPPING)
    return root


def write(path: Path, rows: list[str] = ROWS) -> Path:
    path.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    return path


def bring_in(desk: Path, path: Path, *args: str) -> dict[str, object]:
    result = fenji("--desk", desk, "import", path, "--map", "ledger", "--json", *args)
    assert result.code in (0, 3), result.err
    found: dict[str, object] = result.json
    return found


def counts(document: dict[str, object]) -> tuple[object, ...]:
    return tuple(document[key] for key in ("new", "changed", "unchanged", "refused"))


def log_of(desk: Path) -> list[str]:
    return git(desk, "log", "--format=%an: %s").splitlines()


def test_rows_become_tickets_in_one_commit_and_again_nothing(desk: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "l.csv")
    dry = bring_in(desk, path, "--dry-run")
    assert counts(dry) == (2, 0, 0, 0)
    assert dry["commit"] is None
    assert len(log_of(desk)) == 1
    done = bring_in(desk, path)
    assert done["rows"] == dry["rows"]
    assert log_of(desk)[0] == "li.wei: import: ledger, 2 tickets"
    assert git(desk, "status", "--porcelain", "--", "tickets") == ""
    assert (desk / "tickets/archive/KSA/2026/KSA-2026-0001.yaml").is_file()
    assert fenji("--desk", desk, "show", "2", "--json").json["origin"]["rest"] == {"more": "y", "s": "open"}
    assert counts(bring_in(desk, path)) == (0, 0, 2, 0)
    assert len(log_of(desk)) == 2
    assert fenji("--desk", desk, "check").code == 0


def test_a_ticket_reported_while_an_import_is_planned_keeps_its_number(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "l.csv")
    with Desk.open(desk) as opened:
        importer = Importer(opened, path, load_mapping(opened, "ledger"))
        plan, planned = importer.plan, list["ImportPlan"]()

        def plan_late(_: object = None) -> ImportPlan:
            planned.append(plan())
            if len(planned) == 1:
                late = ("--at", "2026-11-02T08:00+03:00", "--reason", "told on the telephone")
                assert fenji("--desk", desk, "new", "--title", "meanwhile", *late).code == 0
            return planned[-1]

        monkeypatch.setattr(importer, "plan", plan_late)
        importer.write()
    titles = {path.stem: read_ticket(path.read_bytes(), "x").title for path in desk.glob("tickets/**/KSA-*.yaml")}
    assert titles == {"KSA-2026-0001": "meanwhile", "KSA-2026-0002": "備件生鏽", "KSA-2026-0003": "電纜斷裂"}


def test_what_another_system_decided_is_promised_nothing_here(desk: Path, tmp_path: Path) -> None:
    bring_in(desk, write(tmp_path / "l.csv"))
    for number in ("1", "2"):
        clocks = fenji("--desk", desk, "clock", number, "--json").json
        assert {clocks[name]["state"] for name in ("response", "solution")} == {"none"}
    (desk / "imports/ledger.yaml").write_text(MAPPING.replace("source: ledger", "source: judged\njudge: policy"))
    bring_in(desk, tmp_path / "l.csv")
    judged = fenji("--desk", desk, "clock", "3", "--json").json
    assert judged["solution"]["state"] == "met"
    assert judged["solution"]["counts"] is False
    assert fenji("--desk", desk, "report", "2026-01", "--json").json["total"]["solved_met"] == 0


@pytest.mark.parametrize("judge", ["none", "policy"])
def test_what_was_decided_before_stands_in_columns_of_its_own(desk: Path, tmp_path: Path, judge: str) -> None:
    mapping = MAPPING.replace("requester.name: who}", "requester.name: who, verdict.sla: more}")
    (desk / "imports/ledger.yaml").write_text(f"{mapping}judge: {judge}\n")
    bring_in(desk, write(tmp_path / "l.csv"))
    total = fenji("--desk", desk, "report", "2026-01", "--json").json["total"]
    found = {name: count for name, count in total.items() if name.startswith("brought_in_")}
    reckoned = {"response_missed": 2, "solution_met": 1, "solution_missed": 1} if judge == "policy" else {}
    computed = {f"brought_in_{name}": count for name, count in reckoned.items()}
    assert found == {"brought_in_sla_x": 1, "brought_in_sla_y": 1, **computed}
    assert (total["solved_met"], total["attainment"]["solution"]["rate"]) == (0, None)
    for name, count in found.items():
        listed = fenji("--desk", desk, "list", "--archived", total["queries"][name], "--json").json
        assert len(listed["tickets"] if isinstance(listed, dict) else listed) == count
    assert "brought in, sla: x" in fenji("--desk", desk, "report", "2026-01").out
    assert "brought_in_sla_x" in fenji("--desk", desk, "report", "2026-01", "--format", "csv").out


def test_a_clock_known_to_the_day_alone_is_not_reckoned(desk: Path, tmp_path: Path) -> None:
    (desk / "imports/ledger.yaml").write_text(MAPPING.replace("source: ledger", "source: judged\njudge: policy"))
    rows = [ROWS[0], ROWS[0].replace("A-1", "A-3").replace("2026-01-05 08:00", "2026-01-05")]
    bring_in(desk, write(tmp_path / "l.csv", rows))
    states = [fenji("--desk", desk, "clock", number, "--json").json["solution"]["state"] for number in ("1", "2")]
    assert states == ["met", "none"]


def test_changed_rows_are_edits_of_who_imports_and_what_was_edited_here_is_kept(desk: Path, tmp_path: Path) -> None:
    bring_in(desk, write(tmp_path / "l.csv"))
    assert fenji("--desk", desk, "edit", "2", "--set", "title=Edited here").code == 0
    changed = [ROWS[0], "A-2,電纜又斷,新的說明,open,趙,2026-01-06 08:00,2026-01-06 08:00,y"]
    document = bring_in(desk, write(tmp_path / "l.csv", changed))
    assert counts(document) == (0, 1, 1, 0)
    remarks = [remark for row in document["rows"] for remark in row["remarks"]]  # type: ignore[attr-defined]
    assert remarks == ["title was edited here and is kept; there it is: 電纜又斷"]
    ticket = read_ticket((desk / "tickets/open/KSA-2026-0002.yaml").read_bytes(), "x")
    assert (ticket.title, ticket.word("description"), ticket.word("requester.name")) == (
        "Edited here",
        "新的說明",
        "趙",
    )
    assert (ticket.log[-1].do, ticket.log[-1].by) == ("edit", "li.wei")
    again = bring_in(desk, tmp_path / "l.csv")
    assert counts(again) == (0, 0, 2, 0)
    back = bring_in(desk, write(tmp_path / "l.csv", ROWS))
    assert counts(back) == (0, 1, 1, 0)
    assert read_ticket((desk / "tickets/open/KSA-2026-0002.yaml").read_bytes(), "x").word("requester.name") == "李"


def test_what_is_final_here_is_not_changed_and_rows_that_are_gone_are_named(desk: Path, tmp_path: Path) -> None:
    bring_in(desk, write(tmp_path / "l.csv"))
    document = bring_in(desk, write(tmp_path / "l.csv", [ROWS[0].replace("受潮", "別的")]))
    assert document["gone"] == ["KSA-2026-0002"]
    row = document["rows"][0]  # type: ignore[index]
    assert row["outcome"] == "refused"
    assert "can no longer be changed" in row["remarks"][0]
    assert (desk / "tickets/open/KSA-2026-0002.yaml").is_file()


def test_a_state_that_moved_on_there_is_named(desk: Path, tmp_path: Path) -> None:
    bring_in(desk, write(tmp_path / "l.csv"))
    closed = ROWS[1].replace("open", "closed").replace(",2026-01-06 08:00,y", ",2026-01-09 08:00,y")
    document = bring_in(desk, write(tmp_path / "l.csv", [ROWS[0], closed]))
    remarks = [remark for row in document["rows"] for remark in row["remarks"]]  # type: ignore[attr-defined]
    assert remarks == ["is archived there and new here; take the step here"]


def test_refused_rows_go_to_a_file_with_the_reason(desk: Path, tmp_path: Path) -> None:
    path = write(
        tmp_path / "l.csv", [*ROWS, "A-3,,x,open,王,2026-01-05 08:00,,z", "A-4,t,d,strange,王,2026-01-05 08:00,,"]
    )
    result = fenji("--desk", desk, "import", path, "--map", "ledger")
    assert result.code == 3
    assert "2 new, 0 changed, 0 unchanged, 2 refused" in result.out
    with (tmp_path / "l.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:4] == ["row", "why", "k", "t"]
    assert rows[1][:3] == ["4", "has no title", "A-3"]
    assert rows[2][:2] == ["5", "strange has no meaning as state; give one in the mapping, under values"]


def test_the_same_source_for_another_site_is_refused(desk: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "l.csv")
    bring_in(desk, path)
    result = fenji("--desk", desk, "import", path, "--map", "ledger", "--site", "HQ")
    assert result.code == 1
    assert "ledger was previously imported for site KSA." in result.err


def test_only_who_may_import_does_and_a_file_needs_a_mapping(desk: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "l.csv")
    policy = desk / "policy.yaml"
    people = "roles: [engineer, lead, manager, admin]}"
    policy.write_text(policy.read_text().replace(people, f"{people}\n  omar: {{name: Omar, roles: [engineer]}}", 1))
    git(desk, "-c", "user.name=l", "-c", "user.email=l@example.org", "commit", "-qam", "people")
    refused = fenji("--desk", desk, "import", path, "--map", "ledger", FENJI_USER="omar")
    assert refused.code == 1
    assert "Omar may not import." in refused.err
    assert "needs a mapping" in fenji("--desk", desk, "import", path).err
    assert "There is no mapping none." in fenji("--desk", desk, "import", path, "--map", "none").err
    misfit = fenji("--desk", desk, "import", write_file(tmp_path, FILES[1]), "--map", "ledger")
    assert misfit.code == 3
    assert "the file has no column k to identify tickets" in misfit.err


def test_shipped_mappings_are_named_without_a_file(desk: Path, tmp_path: Path) -> None:
    for file in FILES:
        result = fenji("--desk", desk, "import", write_file(tmp_path, file), "--map", file.mapping, "--json")
        assert result.code == 0, result.err
        assert [(row["key"], row["title"]) for row in result.json["rows"]] == [ticket[:2] for ticket in file.tickets]
    assert fenji("--desk", desk, "check").code == 0


# --- an export of another desk ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "jsonl", "sqlite", "xlsx"])
def test_an_export_comes_back_byte_by_byte(desk: Path, tmp_path: Path, ending: str) -> None:
    source = worlds.make("shipped", tmp_path / "shipped")
    assert fenji("--desk", source, "export", "--format", ending, "-o", tmp_path / f"e.{ending}").code == 0
    result = fenji("--desk", desk, "import", tmp_path / f"e.{ending}", "--json")
    assert result.code == 0, result.err
    originals = {path.relative_to(source): path.read_bytes() for path in source.glob("tickets/**/*.yaml")}
    assert {path.relative_to(desk): path.read_bytes() for path in desk.glob("tickets/**/*.yaml")} == originals
    assert result.json["new"] == len(originals)
    assert fenji("--desk", desk, "import", tmp_path / f"e.{ending}", "--json").json["unchanged"] == len(originals)


def test_a_number_that_is_taken_here_gets_letters(desk: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert fenji("init", other, "--site", "KSA", "--person", "li.wei").code == 0
    for root, title in ((desk, "ours"), (other, "theirs")):
        assert fenji("--desk", root, "new", "--title", title).code == 0
    assert fenji("--desk", other, "export", "--format", "jsonl", "-o", tmp_path / "e.jsonl").code == 0
    (row,) = fenji("--desk", desk, "import", tmp_path / "e.jsonl", "--json").json["rows"]
    assert row["id"].startswith("KSA-")
    assert len(row["id"].split("-")) == 4
    assert fenji("--desk", desk, "show", row["id"], "--json").json["title"] == "theirs"


# --- two sites and a hub ------------------------------------------------------------------------------------------


def test_two_sites_import_one_file_and_have_one_copy(tmp_path: Path) -> None:
    pair = TwoClones.create(tmp_path / "pair")
    path = write_file(tmp_path, FILES[0])
    assert fenji("--desk", pair.b, "new", "--title", "takes a number").code == 0
    for clone in (pair.a, pair.b):
        assert fenji("--desk", clone, "import", path, "--map", "servicenow-log").code == 0
    for clone in (pair.a, pair.b, pair.a):
        synced = fenji("--desk", clone, "sync")
        assert synced.code == 0, synced.out + synced.err
    trees = [git(clone, "rev-parse", "HEAD:tickets") for clone in (pair.a, pair.b)]
    assert trees[0] == trees[1]
    archived = sorted(path.stem for path in pair.a.glob("tickets/archive/KSA/2016/*.yaml"))
    assert archived == ["KSA-2016-0001", "KSA-2016-0002"]
    assert fenji("--desk", pair.a, "held", "--json").json in ([], {"held": []})
    again = fenji("--desk", pair.b, "import", path, "--map", "servicenow-log", "--json").json
    assert counts(again) == (0, 0, 2, 0)


def test_of_one_ticket_under_two_numbers_the_smaller_stays(tmp_path: Path) -> None:
    pair = TwoClones.create(tmp_path / "pair")
    both, cable = write(tmp_path / "both.csv"), write(tmp_path / "one.csv", ROWS[1:])
    for clone, path in ((pair.a, both), (pair.b, cable)):  # the cable is the second there and the first here
        (clone / "imports").mkdir()
        (clone / "imports/ledger.yaml").write_text(MAPPING)
        bring_in(clone, path)
        (clone / "imports/ledger.yaml").unlink()
    for clone in (pair.a, pair.b, pair.a):
        synced = fenji("--desk", clone, "sync")
        assert synced.code == 0, synced.out + synced.err
    found = [read_ticket(path.read_bytes(), "x") for path in pair.a.glob("tickets/**/KSA-*.yaml")]
    assert sorted(ticket.title for ticket in found) == ["備件生鏽", "電纜斷裂"]
    assert {"-".join(ticket.id.split("-")[:3]) for ticket in found} == {"KSA-2026-0001"}
    held = fenji("--desk", pair.a, "held", "--json").json
    assert held in ([], {"held": []})
    assert git(pair.a, "rev-parse", "HEAD:tickets") == git(pair.b, "rev-parse", "HEAD:tickets")


def test_a_hub_takes_an_import_only_of_who_may(tmp_path: Path) -> None:
    pair = TwoClones.create(tmp_path / "pair")
    bring_in_path = write_file(tmp_path, FILES[0])
    assert fenji("--desk", pair.a, "import", bring_in_path, "--map", "servicenow-log").code == 0
    path = pair.a / "tickets/archive/KSA/2016/KSA-2016-0001.yaml"
    forged = path.read_text().replace("by: li.wei", "by: sun.yu")
    path.write_text(forged)
    git(pair.a, "commit", "-qa", "--amend", "--no-edit")
    pushed = subprocess.run(["git", "push", "-q", "origin", "HEAD"], cwd=pair.a, capture_output=True, check=False)
    assert pushed.returncode != 0
    assert b"names somebody other than" in pushed.stderr


def test_a_workbook_with_many_sheets_names_the_one_that_is_read(desk: Path, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "b.xlsx")) as book:
        book.add_worksheet("pivot").write_row(0, 0, ["行ラベル", "総計"])
        sheet = book.add_worksheet("data")
        for number, line in enumerate([HEAD.strip(), *ROWS]):
            sheet.write_row(number, 0, line.split(","))
    text = MAPPING.replace("key: k", "reads: {sheet: data}\nkey: k")
    (desk / "imports/ledger.yaml").write_text(text)
    assert counts(bring_in(desk, tmp_path / "b.xlsx")) == (2, 0, 0, 0)
    assert json.loads(json.dumps(bring_in(desk, tmp_path / "b.xlsx")))["unchanged"] == 2


def test_an_import_that_is_stopped_while_it_is_planned_writes_nothing(desk: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "l.csv", [f"A-{number},t,d,open,w,2026-01-05,2026-01-05,x" for number in range(600)])

    def stop(_done: int, _total: int) -> None:
        raise Unavailable("Stopped; nothing was written.")

    with Desk.open(desk) as opened, pytest.raises(Unavailable, match="Stopped"):
        Importer(opened, path, load_mapping(opened, "ledger")).write(stop)
    assert len(log_of(desk)) == 1
    assert git(desk, "status", "--porcelain", "--", "tickets") == ""


def test_what_may_stop_an_import_is_not_asked_once_the_commit_is_made(desk: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    path = write(tmp_path / "l.csv", [f"A-{number},t,d,open,w,2026-01-05,2026-01-05,x" for number in range(600)])
    with Desk.open(desk) as opened:
        importer = Importer(opened, path, load_mapping(opened, "ledger"))
        importer.write(
            lambda _done, _total: told.append(("planned", len(log_of(desk)))),
            lambda _done, _total: told.append(("written", len(log_of(desk)))),
        )
    assert {stage for stage, commits in told if commits == 1} == {"planned"}
    assert {stage for stage, commits in told if commits == 2} == {"written"}


@pytest.mark.parametrize("stops", [False, True])
def test_what_reports_count_of_many_tickets_is_read_as_they_are_brought_in(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stops: bool
) -> None:
    """Whoever stops that has the import all the same, and the first report reads it."""
    monkeypatch.setattr("fenji.desk.imports._MANY", 300)
    kept = desk / "index/figures/facts"
    path = write(tmp_path / "l.csv", [f"A-{number},t,d,closed,w,2026-01-05,2026-01-06,x" for number in range(300)])

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with Desk.open(desk) as opened, monkeypatch.context() as patch:
        if stops:
            patch.setattr("fenji.storage.figure_reader._with_progress", stop)
        result = Importer(opened, path, load_mapping(opened, "ledger")).write()
    assert len(result.plan.contents) == 300
    assert kept.exists() is not stops
    first = fenji("--desk", desk, "report", "2026", "--format", "csv").out
    kept.unlink()
    assert fenji("--desk", desk, "report", "2026", "--format", "csv").out == first


def test_other_answers_about_a_file_of_that_name_take_a_name_of_their_own(desk: Path) -> None:
    with Desk.open(desk) as opened:
        assert find_own_mapping(opened, Path("new.csv")) == ""
        assert save_mapping(opened, "new", "a: 1\n") == "new"
        assert save_mapping(opened, "new", "a: 1\n") == "new"
        assert save_mapping(opened, "new", "a: 2\n") == "new-2"
        assert find_own_mapping(opened, Path("new.csv")) == "new"
    assert (desk / "imports/new.yaml").read_text() == "a: 1\n"


def test_threads_may_load_parts_of_the_sync_at_the_same_time() -> None:
    """A package whose import loads its parts deadlocks with a thread that begins with a part."""
    code = "import sys, fenji.sync; print([name for name in sys.modules if name.startswith('fenji.sync.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
