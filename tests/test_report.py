"""`fenji report`: the figures of a period on every face, the tickets behind them, and the facts that are kept."""

from __future__ import annotations

import csv
import html
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import worlds
from clones import git
from commandline import fenji
from desks import make_desk, replace_in_file
from fenji.desk import Desk
from fenji.desk.figures import FigureDesk
from fenji.desk.report import ReportRequest
from fenji.errors import Damaged
from fenji.model.sla import Evidence, read_clocks
from fenji.storage import figure_reader
from octobers import LEAD, October, at

CACHE = Path("index/figures/facts")
UNTIL_NOW = "2026..2098"  # whatever the day: the open tickets of the shipped desk are moved to it


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("shipped", tmp_path_factory.mktemp("report") / "desk")


def report(root: Path, *args: str) -> dict[str, Any]:
    result = fenji("--desk", root, "report", *args, "--json")
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def counts_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows without lengths that grow while a clock runs."""
    return [{name: value for name, value in row.items() if not name.endswith("_s")} for row in document["rows"]]


def test_the_document_has_the_shape_of_the_contract(shipped: Path) -> None:
    found = report(shipped, "2026", "--by", "unit")
    assert found["by"] == ["unit"]
    assert {"from", "to", "zone"} == found["period"].keys()
    assert {"commit", "at", "tickets"} <= found["read"].keys()
    row = found["rows"][0]
    counts = {
        f"{clock}_{answer}" for clock in ("responded", "solved", "items") for answer in ("met", "missed", "excused")
    }
    lengths = {f"{share}_{clock}_s" for share in ("median", "p90") for clock in ("response", "solution")}
    rest = {"key", "queries", "tickets", "attainment", "backlog", "unconfirmed", "hours", "fees", "signs"}
    assert counts | lengths | rest <= row.keys()
    assert row["attainment"].keys() == {"response", "solution", "items"}
    assert row["attainment"]["response"].keys() == {"rate", "low", "high", "expected", "flag", "small"}
    assert "changed" in found


def test_a_duty_queue_is_said_in_words_and_kept_as_a_key_in_data(shipped: Path) -> None:
    def show(form: str) -> str:
        return fenji("--desk", shipped, "report", "2026", "--by", "person", "--format", form).out

    for form in ("text", "html"):
        shown = html.unescape(show(form))
        assert "KSA's duty queue" in shown
        assert "queue:" not in shown
    assert "queue:KSA," in show("csv")
    assert "queue:KSA" in [row["key"]["person"] for row in report(shipped, "2026", "--by", "person")["rows"]]


def test_of_a_clock_that_needs_no_confirmation_no_rate_with_the_unconfirmed_is_said(shipped: Path) -> None:
    shown = fenji("--desk", shipped, "report", UNTIL_NOW, "--clock", "response").out
    assert "solved and not confirmed: " in shown
    assert "0/0" not in shown


@pytest.mark.sample(3)
@pytest.mark.parametrize("key", ["person", "unit", "site", "kind", "priority", "system", "customer", "month"])
def test_the_list_behind_a_figure_has_its_length(shipped: Path, key: str) -> None:
    found = report(shipped, "2026", "--by", key)
    checked = Counter[str]()
    for row in found["rows"]:
        for name, query in row["queries"].items():
            if name in row["signs"] or name.startswith("items_"):
                continue  # a sign is counted each time, and a project has several items
            listed = json.loads(fenji("--desk", shipped, "list", "--archived", query, "--json").out)
            assert len(listed["tickets"] if isinstance(listed, dict) else listed) == row[name], query
            checked[name] += row[name]
    assert checked
    added = {name: number for name, number in checked.items() if name not in ("tickets", "backlog", "unconfirmed")}
    assert all(found["total"][name] == number for name, number in added.items())


def test_every_decided_clock_is_counted_once_as_the_clocks_say(shipped: Path) -> None:
    listed = json.loads(fenji("--desk", shipped, "list", "--archived", "--json").out)
    tickets = listed["tickets"] if isinstance(listed, dict) else listed
    expected = Counter[str]()
    for ticket in tickets:
        response = ticket["clocks"]["response"]
        if response["met"] is not None:
            excused = response["met"] is False and not response["counts"]
            expected["excused" if excused else "met" if response["met"] else "missed"] += 1
    total = report(shipped, "1990..2100")["total"]
    assert {answer: total[f"responded_{answer}"] for answer in ("met", "missed", "excused")} == {
        "met": expected["met"],
        "missed": expected["missed"],
        "excused": expected["excused"],
    }


def test_answers_go_to_whoever_stopped_a_decided_clock(shipped: Path) -> None:
    expected = Counter[str | None]()
    with Desk.open(shipped) as desk:
        now = desk.now()
        stored = [*desk.store.reader.scan_open().tickets, *desk.store.reader.scan_archive().tickets]
        for each in stored:
            evidence = Evidence(each.ticket, desk.policy, now)
            charges = [clock.charged_to for clock in read_clocks(evidence) if clock.decided_at]
            charges += [item.charged_to for item in evidence.items.values() if item.decided_on]
            expected.update(charged.done_by for charged in charges if charged)
    rows = report(shipped, "1990..2100", "--by", "person")["rows"]
    found = {row["key"]["person"]: row["answers"] for row in rows if row["answers"]}
    assert found == {person: number for person, number in expected.items() if person}
    assert report(shipped, "1990..2100")["total"]["answers"] == sum(found.values()) > 0


ODD_NAMES = (
    '12" dish',
    '=HYPERLINK("x")',
    "a,b",
    "tab\there",
    "*star*",
    "[l](u)",
    "<b>&amp;</b>",
    "pipe|bar",
    "_u_",
    "a_b",
)


def test_odd_names_have_their_tickets_behind_them_and_stand_as_they_are_in_markdown(tmp_path: Path) -> None:
    month = October(make_desk(tmp_path))
    for name in ODD_NAMES:
        number = month.new("10-05 08:00", **{"requester.unit": name})
        month.act(number, "respond", "10-05 09:00")
    month.clock.now = at("11-02 08:00")
    found = month.report(by="customer")
    with month.open(LEAD) as desk:
        figures = FigureDesk(desk)
        for row in found.figures.appraisal.rows if found.figures.appraisal else ():
            assert len(figures.tickets_behind(row.queries["responded_met"])) == 1, row.key
    text = fenji("--desk", month.root, "report", "2026-10", "--by", "customer", "--format", "md").out
    shown = {line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")}
    assert {"\\*star\\*", "\\[l\\](u)", "&lt;b>&amp;amp;&lt;/b>", "pipe\\|bar", "\\_u\\_", "a_b"} <= shown


def read_csv(root: Path, *args: str) -> list[dict[str, str]]:
    text = fenji("--desk", root, "report", *args, "--format", "csv").out
    return list(csv.DictReader(io.StringIO("".join(text.splitlines(keepends=True)[2:]))))


@pytest.mark.parametrize("file_format", ["text", "csv", "md", "html"])
def test_every_face_says_what_it_was_read_from(shipped: Path, file_format: str) -> None:
    asked = ("2026", "--by", "unit", "--where", "site:KSA", "--clock", "solution", "--as-of", "2026-10-15T12:00:00Z")
    text = fenji("--desk", shipped, "report", *asked, "--format", file_format).out
    head = text[: text.index("FIELD")]
    commit = report(shipped, *asked)["read"]["commit"][:7]
    for word in ("2026", "unit", "only site:KSA", "Solution alone", commit, "2026-10-15 12:00", "so far", "KSA, HQ"):
        assert word in head, word


@pytest.mark.parametrize("file_format", ["csv", "md", "html"])
def test_another_face_is_no_part_of_one_document(shipped: Path, tmp_path: Path, file_format: str) -> None:
    asked = ("--desk", shipped, "report", "2026-01", "--format", file_format)
    refused = fenji(*asked, "--issue", "--json")
    assert (refused.code, refused.out) == (2, "")
    assert f"--json and --format {file_format} do not go together." in refused.err
    assert not (shipped / "issued").exists()  # it is refused before anything is done
    target = tmp_path / f"out.{file_format}"
    assert fenji(*asked, "-o", target, "--json").json == {"path": str(target)}
    assert fenji("--desk", shipped, "report", "2026", "--format", "json", "--json").json["total"]


def test_csv_and_markdown_say_what_json_says(shipped: Path, tmp_path: Path) -> None:
    found = report(shipped, "2026", "--by", "person")
    table = read_csv(shipped, "2026", "--by", "person")
    assert [row["person"] for row in table] == [row["key"]["person"] for row in found["rows"]] + ["total"]
    for read, row in zip(table, [*found["rows"], found["total"]], strict=True):
        assert int(read["solved_met"]) == row["solved_met"]
        assert float(read["solution_rate"] or "nan") == pytest.approx(
            row["attainment"]["solution"]["rate"]
            if row["attainment"]["solution"]["rate"] is not None
            else float("nan"),
            nan_ok=True,
        )
    markdown = fenji("--desk", shipped, "report", "2026", "--by", "person", "--format", "md").out.splitlines()
    assert len([line for line in markdown if line.startswith("|")]) == len(table) + 2
    target = tmp_path / "figures.csv"
    assert fenji("--desk", shipped, "report", "2026", "--by", "person", "--format", "csv", "-o", str(target)).code == 0
    assert target.read_bytes().startswith('\ufeff"# Service figures 2026'.encode())


def test_rows_go_by_a_column_where_that_is_asked_on_every_face(shipped: Path) -> None:
    args = (UNTIL_NOW, "--by", "unit", "--sort", "backlog")
    names = [row["key"]["unit"] for row in report(shipped, *args)["rows"]]
    counts = [row["backlog"] for row in report(shipped, *args)["rows"]]
    assert counts == sorted(counts, reverse=True) != sorted(counts)
    table = read_csv(shipped, *args)
    assert [row["unit"] for row in table] == [*names, "total"]
    assert [row["key"]["unit"] for row in report(shipped, *args[:3])["rows"]] == sorted(names, key=lambda n: (not n, n))


def test_a_solution_in_time_is_known_before_it_is_confirmed(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk")
    before = report(root, UNTIL_NOW)["total"]
    waiting = json.loads(fenji("--desk", root, "list", "--archived", "state:solved", "--json").out)
    tickets = waiting["tickets"] if isinstance(waiting, dict) else waiting
    in_time = sum(ticket["clocks"]["solution"]["met"] is True for ticket in tickets)
    assert before["with_unconfirmed"]["met"] == before["solved_met"] + in_time
    assert before["unconfirmed"] == len(tickets) > 0


def test_a_person_reads_rates_counts_and_what_is_open(shipped: Path) -> None:
    text = fenji("--desk", shipped, "report", UNTIL_NOW, "--by", "unit").out
    assert text.startswith(f"Service figures {UNTIL_NOW} · by unit · ")
    assert "so far" in text
    assert "total" in text


@pytest.mark.parametrize(
    "args",
    [("2026-13",), ("2026", "--by", "colour"), ("2026", "--clock", "x"), ("2026", "--zone", "Mars/Base"),
     ("2026", "--from", "2026-01-01"), ("2026", "--where", "rust")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_what_can(shipped: Path, args: tuple[str, ...]) -> None:
    result = fenji("--desk", shipped, "report", *args)
    assert result.code == 2
    assert result.err.strip()


def test_a_query_narrows_what_is_counted(shipped: Path) -> None:
    whole, some = report(shipped, "2026"), report(shipped, "2026", "--where", "kind:quality")
    assert 0 < some["total"]["tickets"] < whole["total"]["tickets"]


# --- what is kept -------------------------------------------------------------------------------------------------


def test_kept_facts_that_are_cut_damaged_or_gone_change_nothing(shipped: Path) -> None:
    before = counts_of(report(shipped, "2026", "--by", "person"))
    whole = (shipped / CACHE).read_bytes()
    for data in (whole[: len(whole) // 2], b"", b"x" * 100, whole[:-1] + bytes([whole[-1] ^ 1]), None):
        (shipped / CACHE).unlink()
        if data is not None:
            (shipped / CACHE).write_bytes(data)
        assert counts_of(report(shipped, "2026", "--by", "person")) == before
        assert (shipped / CACHE).read_bytes() == whole


def test_facts_follow_what_is_committed(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk")
    before = report(root, "2026")
    path = next(iter(sorted((root / "tickets/archive").rglob("*.yaml"))))
    git(root, "rm", "-q", str(path.relative_to(root)))
    git(root, "commit", "-qm", "take one out")
    after = report(root, "2026")
    assert after["read"]["tickets"] == before["read"]["tickets"] - 1
    git(root, "reset", "-q", "--hard", "HEAD^")
    assert report(root, "2026")["total"] == before["total"]


def test_a_policy_that_counts_otherwise_is_read_again(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk")
    report(root, "2026")
    kept = (root / CACHE).read_bytes()
    policy = root / "policy.yaml"
    policy.write_text(policy.read_text("utf-8").replace("language: zh-Hant", "language: en"), "utf-8")
    report(root, "2026")
    assert (root / CACHE).read_bytes() == kept


def test_a_new_name_keeps_what_was_read_and_a_new_unit_does_not(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk")
    policy, person = root / "policy.yaml", "li.wei: {name: 李偉, unit: HQ-TECH, email: li.wei@fenji.example,"
    report(root, "2026")
    kept = (root / CACHE).read_bytes()
    renamed = person.replace("李偉", "Li Wei").replace("fenji.example", "home.example")
    replace_in_file(policy, person, renamed)
    replace_in_file(policy, "HQ-TECH: {name: 總部技術部}", "HQ-TECH: {name: Headquarters}")
    git(root, "commit", "-qam", "names")
    named = report(root, "2026", "--by", "unit")
    with Desk.open(root) as desk:
        assert desk.policy.people["li.wei"].name == "Li Wei"
    assert (root / CACHE).read_bytes() == kept
    replace_in_file(policy, renamed, renamed.replace("HQ-TECH", "HQ-PM"))
    git(root, "commit", "-qam", "unit")
    assert report(root, "2026", "--by", "unit")["rows"] != named["rows"]
    assert (root / CACHE).read_bytes() != kept


def test_facts_under_a_policy_that_cannot_be_used_are_refused_with_its_faults() -> None:
    with pytest.raises(Damaged, match=r"policy\.yaml:2:1: sites"):
        figure_reader.parse_policy(b"format: 2\nsites: 5\n")


def test_rules_that_are_typed_and_not_in_force_move_no_figure(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk")
    before = counts_of(report(root, "2026", "--by", "person"))
    policy = root / "policy.yaml"
    text = policy.read_text("utf-8")
    assert "P4: {response: 24h" in text
    policy.write_text(text.replace("P4: {response: 24h", "P4: {response: 1m"), "utf-8")
    assert counts_of(report(root, "2026", "--by", "person")) == before
    policy.write_text("format: [", "utf-8")
    assert counts_of(report(root, "2026", "--by", "person")) == before


# --- the tickets behind a figure ----------------------------------------------------------------------------------


def test_the_tickets_behind_a_figure_are_those_that_list_shows(shipped: Path) -> None:
    total = report(shipped, "2026")["total"]
    with Desk.open(shipped) as desk:
        figures = FigureDesk(desk)
        for query in [*total["queries"].values(), "kind:quality p:1..2", "response.by:li.wei -solution.is:missed"]:
            listed = json.loads(fenji("--desk", shipped, "list", "--archived", query, "--json").out)
            assert {ticket["id"] for ticket in listed} == {found.id for found in figures.tickets_behind(query)}, query


def test_a_ticket_behind_a_figure_says_its_verdict_and_what_it_took(shipped: Path) -> None:
    with Desk.open(shipped) as desk:
        missed = FigureDesk(desk).tickets_behind("response.is:missed response.at:2026")
        met = FigureDesk(desk).tickets_behind("solution.is:met solution.at:2026")
        reading = desk.row(missed[0].id).reading.response
    assert (missed[0].answer, missed[0].clock, missed[0].at) == ("missed", "response", reading.due)
    assert missed[0].seconds == reading.late_elapsed_s
    assert [found.at for found in met] == sorted((found.at for found in met), reverse=True)
    assert all(found.seconds for found in met)


def test_behind_a_rate_stands_all_that_it_is_made_of(shipped: Path) -> None:
    with Desk.open(shipped) as desk:
        figures = FigureDesk(desk)
        table = figures.report(ReportRequest(period="2026", by="unit")).figures.tables[0]
        for row in table.all_rows:
            for cell in (row["response_rate"], row["solution_rate"]):
                assert cell.of
                assert (len(figures.tickets_behind(cell.query)) if cell.query else 0) == cell.of[1]


def test_a_filter_that_no_ticket_fits_is_said_to_be_that(shipped: Path) -> None:
    """A desk full of tickets said that it had none."""
    text = fenji("--desk", shipped, "report", "2026", "--where", "owner:nobody").out
    assert "No tickets match these words." in text
    assert "no tickets yet" not in text
