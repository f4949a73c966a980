"""Issued figures: the act and its file, what changed since and because of what, and what else moves nothing."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from python_calamine import CalamineWorkbook

import hubs
from clones import Sites
from commandline import fenji
from desks import TEXTS, Clock, git, subjects
from fenji.desk.figures import FigureDesk
from fenji.desk.issued_figures import issue_figures
from fenji.desk.report import ReportRequest
from fenji.errors import InvalidUsage, NotFound, Refused
from fenji.model.appraisal.issued import IssuedFigures
from fenji.model.appraisal.kinds import KINDS
from fenji.storage.issued_figures import render_issued
from octobers import ENGINEER, LATE, LEAD, MANAGER, MET, OTHER, REOPENED, October, at, counts, make_october
from samples import START, uid_of

ISSUE = IssuedFigures(
    *(
        "",
        "2026-10",
        date(2026, 10, 1),
        date(2026, 10, 31),
        "UTC",
        "0" * 40,
        at("11-02 08:00"),
        LEAD,
        "2026-01-01",
        0,
        [],
    ),
)


def issue(month: October, person: str = LEAD, period: str = "2026-10") -> Path:
    with month.open(person) as desk:
        figures = FigureDesk(desk)
        issued = issue_figures(desk, figures.read_verdicts, figures.find_period(ReportRequest(period=period)))
    month.clock.advance(1)
    return month.root / "issued/figures" / issued.name


def changed(month: October, against: str = "issue") -> list[dict[str, Any]]:
    document = month.report(against=against).mapping()
    found = document["changed"]
    assert isinstance(found, list)
    return found


def causes(month: October, against: str = "issue") -> list[tuple[Any, ...]]:
    keys = ("ticket", "clock", "what", "before", "after", "because")
    return [tuple(change[key] for key in keys) for change in changed(month, against)]


@pytest.fixture
def month(tmp_path: Path) -> October:
    return make_october(tmp_path)


# --- the act ------------------------------------------------------------------------------------------------------


def test_issuing_leaves_a_file_with_every_verdict_and_a_commit(month: October) -> None:
    path = issue(month)
    document = json.loads(path.read_text("utf-8"))
    assert path.name.startswith("2026-10-")
    assert document["period"] == {
        "name": "2026-10", "first": "2026-10-01", "last": "2026-10-31", "zone": "UTC",
    }  # fmt: skip
    assert document["by"] == LEAD
    assert document["since"] == "2024-01-01"
    assert document["commit"] == git(month.root, "rev-parse", "HEAD^").strip()
    assert git(month.root, "status", "--porcelain") == ""
    verdicts = document["verdicts"]
    assert len(verdicts) == 6
    late = next(verdict for verdict in verdicts if verdict["answer"] == "missed")
    assert (late["ticket"], late["clock"], late["person"], late["unit"]) == (LATE, "response", ENGINEER, "HQ-TECH")
    assert subjects(month.root)[0] == f"趙敏: issued/figures/{path.name}: issue"


def test_the_head_says_how_often_it_was_issued_and_what_changed_since(month: October) -> None:
    assert month.report().mapping()["issued"] is None
    issue(month)
    issue(month)
    month.act(LATE, "excuse", "11-03 08:00", MANAGER, clock="response", reason="customer access")
    issued = month.report().mapping()["issued"]
    assert isinstance(issued, dict)
    assert (issued["times"], issued["changes"]) == (2, 1)
    text = fenji("--desk", month.root, "report", "2026-10").out
    assert "issued 2 times, 1 change since" in text
    assert month.report("2026-09").mapping()["issued"] is None


def test_the_head_counts_all_changes_also_of_a_clock_or_of_tickets_that_are_not_asked_for(month: October) -> None:
    """The screen asks one clock: what arrived of the other was 0 changes there, and nobody looked."""
    issue(month)
    month.act(LATE, "excuse", "11-03 08:00", MANAGER, clock="response", reason="customer access")
    for asked in ({"clock": "solution"}, {"where": "kind:request"}, {"clock": "response"}, {}):
        document = month.report(against="issue", **asked)
        assert document.figures.issued
        assert document.figures.issued.changes == 1
        notes = [str(note) for note in document.figures.tables[1].notes]
        listed = len(document.figures.tables[1].rows)
        assert (listed, notes) == (
            (1, []) if asked.get("clock", "response") == "response" and "where" not in asked
            else (0, ["1 change to clocks or tickets left out here"])
        )  # fmt: skip


def test_the_head_of_every_kind_of_report_says_how_often_its_period_was_issued(month: October) -> None:
    """Only the appraisal said so; what another kind counted of an issued month looked as if nobody had seen it."""
    issue(month)
    month.act(LATE, "excuse", "11-03 08:00", MANAGER, clock="response", reason="customer access")
    expected = month.report().mapping()["issued"]
    for kind in KINDS:
        if kind.name != "fees":  # it asks for contracts
            assert month.report(kind=kind.name).mapping()["issued"] == expected, kind.name
    assert month.report(as_of=at("11-01 08:00")).mapping()["issued"] == expected
    assert month.report(kind="backlog", where="kind:request").mapping()["issued"] == expected
    text = fenji("--desk", month.root, "report", "2026-10", "--kind", "workload").out
    assert "issued 1 time, 1 change since" in text


def test_a_running_period_is_not_issued_and_not_by_everybody(month: October) -> None:
    with pytest.raises(Refused, match="still runs"):
        issue(month, period="2026-11")
    with pytest.raises(Refused, match="may not issue"):
        issue(month, person=OTHER)
    for option in ("--where kind:quality", "--clock response", "--against issue", "--as-of 2026-11-01"):
        asked = fenji("--desk", month.root, "report", "2026-10", "--issue", *option.split())
        assert (asked.code, asked.err != "") == (2, True)
    assert not (month.root / "issued").exists()


def test_a_period_that_has_not_begun_says_so_and_is_not_issued(month: October) -> None:
    assert "so far" in fenji("--desk", month.root, "report", "2026-11..2098-12").out.splitlines()[1]
    head = fenji("--desk", month.root, "report", "2099").out.splitlines()[1]
    assert "not begun yet" in head
    assert "so far" not in head
    with pytest.raises(Refused, match="2099 has not begun"):
        issue(month, period="2099")


def test_what_a_hub_refuses_is_said_to_stay_here_and_nothing_is_issued_after_it(month: October) -> None:
    git(month.root, "config", "fenji.user", MANAGER)
    hub = month.root.parent / "hub.git"
    git(month.root.parent, "init", "-q", "--bare", "-b", "main", str(hub))
    git(month.root, "remote", "add", "origin", str(hub))
    command = ("--desk", month.root, "report", "2026-10", "--issue")
    assert fenji("--desk", month.root, "sync").code == 0
    hook = hub / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    refused = fenji(*command)
    assert (refused.code, "protected" in refused.err, "issued only here" in refused.err) == (1, True, True)
    assert "next fenji sync" not in refused.err
    assert len(list((month.root / "issued/figures").iterdir())) == 1
    again = fenji(*command)
    assert (again.code, again.err.startswith("Nothing was issued: ")) == (1, True)
    assert len(list((month.root / "issued/figures").iterdir())) == 1
    hook.unlink()
    assert fenji("--desk", month.root, "sync").code == 0
    hub.rename(hub.with_name("gone"))
    assert fenji(*command).err.startswith("Nothing was issued: ")
    assert len(list((month.root / "issued/figures").iterdir())) == 1


def test_what_no_commit_holds_is_not_issued(month: October) -> None:
    path = next(month.root.rglob(f"{MET}.yaml"))
    path.write_text(path.read_text("utf-8").replace("title: 備件生鏽", "title: 備件", 1), "utf-8")
    with pytest.raises(Refused, match="changed by hand"):
        issue(month)


def test_the_command_issues_and_shows(month: October) -> None:
    git(month.root, "config", "fenji.user", MANAGER)
    said = fenji("--desk", month.root, "report", "2026-10", "--issue", "--by", "unit", "--format", "json")
    assert said.code == 0, said.err
    assert said.json["issued"]["times"] == 1
    path = f"issued/figures/{said.json['issued']['name']}"
    assert f"Issued: {path}" in said.err
    assert (month.root / path).is_file()
    again = fenji(
        "--desk", month.root, "report", "2026-10", "--issue", "-o", month.root.parent / "x.csv", "--format", "csv"
    )
    assert again.code == 0
    assert "Issued: " in again.err


# --- the five -----------------------------------------------------------------------------------------------------


def test_an_excuse_a_reopening_and_a_back_dated_answer_are_listed_by_name(month: October) -> None:
    issue(month)
    month.act(LATE, "excuse", "11-03 08:00", MANAGER, clock="response", reason="customer access")
    month.act(REOPENED, "reopen", "11-04 08:00", LEAD, reason="leaks again")
    assert causes(month) == [
        (LATE, "response", "answer", "missed", "excused", "excuse"),
        (REOPENED, "solution", "answer", "met", None, "reopening"),
    ]
    first = changed(month)[0]
    assert datetime.fromisoformat(first["happened"]) == at("11-03 08:00")
    assert datetime.fromisoformat(first["since"]) == at("11-03 08:00")


def test_an_answer_told_later_is_back_dated(tmp_path: Path) -> None:
    month = make_october(tmp_path, until="10-30 07:00")
    late = month.new("10-30 08:00")
    month.clock.now = at("11-02 08:00")
    issue(month)
    month.act(late, "respond", "10-30 09:00", LEAD, reason="told by telephone")
    assert causes(month) == [(late, "response", "answer", "missed", "met", "back-dated")]
    change = changed(month)[0]
    assert datetime.fromisoformat(change["happened"]) == at("10-30 09:00")
    assert datetime.fromisoformat(change["since"]) > at("11-02 08:00")


def test_what_is_done_in_the_very_second_of_the_issue_is_no_arrival(month: October) -> None:
    issue(month)
    month.clock.advance(-1)
    month.act(LATE, "excuse", "11-02 08:00", MANAGER, clock="response", reason="customer access")
    assert causes(month) == [(LATE, "response", "answer", "missed", "excused", "excuse")]
    assert datetime.fromisoformat(changed(month)[0]["since"]) == at("11-02 08:00")


def test_later_edits_and_acts_of_every_sort_change_nothing(tmp_path: Path) -> None:
    month = make_october(tmp_path, until="10-30 07:00")
    opened = month.new("10-30 08:00")
    month.clock.now = at("11-02 08:00")
    issue(month)
    before = counts(month.report())
    fields = {"product.part": "X-1", "product.system": "雷達", "requester.unit": "Position 2", "requester.name": "Omar"}
    month.act(opened, "edit", "11-03 08:00", fields=fields)
    month.act(opened, "classify", "11-03 08:10", fields={"impact": "major", "occurrence": "rare"})
    month.act(opened, "classify", "11-03 08:20", fields={"kind": "request"})
    month.act(opened, "assign", "11-03 08:30", LEAD, fields={"owner": OTHER, "units": ["FACTORY-7"]})
    month.act(opened, "respond", "11-03 09:00", OTHER)
    month.act(opened, "solve", "11-05 09:00", OTHER, fields=TEXTS)
    month.act(opened, "confirm", "11-06 09:00", LEAD)
    month.act(MET, "note", "11-06 09:10", OTHER)
    month.act(MET, "archive", "11-06 09:20", LEAD)
    assert changed(month) == []
    assert counts(month.report()) == before


def test_a_result_confirmed_before_something_arrived_is_a_sign_until_it_is_confirmed_again(month: October) -> None:
    """The figures count what the log reads, and name what was confirmed otherwise (clock rules 22)."""

    def signs() -> list[object]:
        appraisal = month.report(by="person").figures.appraisal
        assert appraisal is not None
        return [
            (row.key["person"], row.signs["confirmed_otherwise"], row.queries["confirmed_otherwise"])
            for row in appraisal.rows
            if "confirmed_otherwise" in row.signs
        ]

    assert signs() == []
    file = next(month.root.glob(f"tickets/*/**/{MET}.yaml"))
    earlier = f"- n: 2\n  at: 2026-10-05T08:30:00+00:00\n  by: {OTHER}\n  do: respond\n  note: called\n"
    file.write_text(file.read_text("utf-8").replace("- n: 2\n", f"{earlier}- n: 2\n", 1), "utf-8")
    git(month.root, "commit", "-qam", "joined")
    before = counts(month.report())
    assert signs() == [(LEAD, 1, f"id:{MET}")]
    month.act(MET, "confirm", "11-03 08:00", LEAD)
    assert signs() == []
    assert counts(month.report()) == before


# --- what is compared with ----------------------------------------------------------------------------------------


def test_against_reads_the_last_issue_a_date_or_a_commit(month: October) -> None:
    with pytest.raises(NotFound, match="not issued yet"):
        changed(month)
    issue(month)
    commit = git(month.root, "rev-parse", "HEAD").strip()
    later = datetime.now(UTC) + timedelta(days=1)
    month.act(
        LATE, "excuse", later.replace(second=0, microsecond=0), MANAGER, clock="response", reason="customer access"
    )
    assert len(changed(month)) == 1
    issue(month)
    assert changed(month) == []
    assert len(changed(month, "2026-11-02")) == 1
    with pytest.raises(NotFound, match="first issued on 2026-11-02"):
        changed(month, "2026-11-01")
    for name in (commit, commit[:7], commit[:9].upper()):
        assert causes(month, name) == [(LATE, "response", "answer", "missed", "excused", "excuse")]
    with pytest.raises(NotFound, match="no commit"):
        changed(month, "f" * 12)
    with pytest.raises(InvalidUsage, match="Nothing called yesteryear to compare"):
        changed(month, "yesteryear")
    with pytest.raises(InvalidUsage, match="Only current verdicts"):
        month.report(against="issue", as_of=at("11-01 08:00"))


def test_text_and_markdown_say_it_in_words(month: October) -> None:
    issue(month)
    unchanged = {
        form: fenji("--desk", month.root, "report", "2026-10", "--against", "issue", "--format", form).out
        for form in ("text", "html")
    }
    assert all("Nothing changed." in text for text in unchanged.values())
    assert "nothing to count" not in unchanged["text"]
    month.act(LATE, "excuse", "11-03 08:00", MANAGER, clock="response", reason="customer access")
    for form in ("text", "md"):
        said = fenji("--desk", month.root, "report", "2026-10", "--against", "issue", "--format", form)
        assert said.code == 0, said.err
        line = next(line for line in said.out.splitlines() if LATE in line)
        assert all(word in line for word in ("missed", "excused", "excuse", "2026-11-03"))
    names = [table.name for table in month.report(against="issue", tickets=True).figures.tables]
    assert names[:2] == ["appraisal", "changed"]  # what was asked for stands above the signs and the tickets


def test_a_page_and_a_workbook_have_what_changed_and_the_tickets_once(month: October) -> None:
    """Whether the month before, or another grouping, was issued too is nothing to them."""
    issue(month)
    month.act(LATE, "excuse", "11-03 08:00", MANAGER, clock="response", reason="customer access")
    asked = ("report", "2026-10", "--against", "issue", "--tickets", "-o")
    for name in ("x.html", "x.xlsx"):
        said = fenji("--desk", month.root, *asked, month.root.parent / name)
        assert said.code == 0, said.err
    page = (month.root.parent / "x.html").read_text("utf-8")
    sheets = CalamineWorkbook.from_path(str(month.root.parent / "x.xlsx")).sheet_names
    for title in ("Changed since it was issued", "The tickets behind the report"):
        assert page.count(title) == 1
        assert len([name for name in sheets if name.startswith(title[:20])]) == 1


def test_a_damaged_issue_is_named_by_check_and_stops_no_report(month: October) -> None:
    path = issue(month)
    path.write_text("{", "utf-8")
    assert month.report().mapping()["issued"] is None
    checked = fenji("--desk", month.root, "check")
    assert checked.code == 3
    assert path.name in checked.out + checked.err


# --- between clones -----------------------------------------------------------------------------------------------


def test_two_sites_that_issue_at_once_both_stay_and_nothing_takes_one_away(tmp_path: Path) -> None:
    sites = Sites(tmp_path, "zhao.min", "hq.clone")
    first, second = sites["zhao.min"], sites["hq.clone"]
    names = {first: f"2026-10-{uid_of(1)}.json", second: f"2026-10-{uid_of(2)}.json"}
    for clone, name in names.items():
        clone.store.rewrite(f"issued/figures/{name}", partial(write_text, name), by="zhao.min", at=START)
        clone.commit()
    sites.sync_all()
    sites.assert_equal()
    folder = second.root / "issued/figures"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {name: name for name in names.values()}
    for name in names.values():
        (folder / name).unlink()
    git(second.root, "commit", "-qam", "take them out")
    sites.sync_all()
    assert {path.name for path in folder.iterdir()} == set(names.values())


def test_what_arrives_later_by_a_bundle_is_an_arrival(tmp_path: Path) -> None:
    month = make_october(tmp_path, until="10-30 07:00")
    number = month.new("10-30 08:00")
    cut_off = tmp_path / "cut-off"
    git(tmp_path, "clone", "-q", str(month.root), str(cut_off))
    git(cut_off, "config", "fenji.site", "KSA")
    other = October(cut_off, clock=Clock(at("10-30 08:30")))
    other.act(number, "respond", "10-30 09:00")
    month.clock.now = at("11-02 08:00")
    issue(month)
    assert changed(month) == []
    git(month.root, "pull", "-q", "--no-rebase", "--no-edit", str(cut_off), "HEAD")
    assert causes(month) == [(number, "response", "answer", "missed", "met", "arrival")]
    change = changed(month)[0]
    assert datetime.fromisoformat(change["happened"]) == at("10-30 09:00")
    assert datetime.fromisoformat(change["since"]) > datetime.now(UTC) - timedelta(hours=1)


def test_a_hub_takes_issued_figures_once_and_from_whoever_may_issue(tmp_path: Path) -> None:
    clone = hubs.create_hub(tmp_path, hubs.rules(), hubs.FIRST)
    path, good = f"issued/figures/2026-10-{uid_of(1)}.json", render_issued(ISSUE)
    for by, data, accepted in (
        ("li.wei", good, False),
        ("zhao.min", b"{}\n", False),
        ("zhao.min", render_issued(replace(ISSUE, period="2026-09")), False),
        ("zhao.min", good, True),
        ("zhao.min", good + b"\n", False),
        ("zhao.min", None, False),
    ):
        clone.write({path: data})
        clone.commit(by=by)
        assert clone.push().accepted is accepted, (by, data)
        if not accepted:
            hubs.git(clone.folder, "fetch", "-q", str(clone.hub), "main")
            hubs.git(clone.folder, "reset", "-q", "--hard", "FETCH_HEAD")


def write_text(text: str, _: bytes | None) -> bytes:
    return text.encode()


# --- periods beside each other, and the tickets behind ------------------------------------------------------------


def test_another_period_stands_beside_this_one(month: October) -> None:
    asked = ("report", "2026-10", "--against", "2026-11", "--by", "unit")
    found = fenji("--desk", month.root, *asked, "--json").json
    other = fenji("--desk", month.root, "report", "2026-11", "--by", "unit", "--json").json
    assert found["against"]["total"] == other["total"]
    assert found["against"]["period"] == other["period"]
    assert found["total"]["solved_met"] == 3
    text = fenji("--desk", month.root, *asked).out
    assert "2026-10 against 2026-11" in text
    total = text.splitlines()[-1]
    assert total.split()[:3] == ["total", "(66%)", "2/3"]


def test_the_tickets_behind_a_report_are_listed_with_their_verdicts(month: October) -> None:
    found = fenji("--desk", month.root, "report", "2026-10", "--tickets", "--json").json
    rows = Counter((row["clock"], row["answer"]) for row in found["tickets"])
    assert rows == {("response", "met"): 2, ("response", "missed"): 1, ("solution", "met"): 3}
    one_clock = fenji("--desk", month.root, "report", "2026-10", "--tickets", "--clock", "response", "--json").json
    assert {row["clock"] for row in one_clock["tickets"]} == {"response"}
    assert len(one_clock["tickets"]) == 3
    text = fenji("--desk", month.root, "report", "2026-10", "--tickets").out
    assert text.count(LATE) == 2
    refused = fenji("--desk", month.root, "report", "2026-10", "--tickets", "--kind", "backlog")
    assert refused.code == 2
