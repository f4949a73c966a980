"""The kinds of report beside the appraisal: what each counts, and that the lists behind its figures are right."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import worlds
from commandline import fenji
from fenji.model.appraisal.kinds import APPRAISAL, KINDS

OTHERS = [kind.name for kind in KINDS if kind.name != APPRAISAL]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("shipped", tmp_path_factory.mktemp("kinds") / "desk")


def report(root: Path, *args: str) -> dict[str, Any]:
    result = fenji("--desk", root, "report", *args, "--json")
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def table(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(table for table in document["tables"] if table["name"] == name)
    return found


def all_rows(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from found["rows"]
    if found["total"]:
        yield found["total"]


def listed(root: Path, query: str) -> list[dict[str, Any]]:
    document = json.loads(fenji("--desk", root, "list", "--archived", query, "--json").out)
    tickets: list[dict[str, Any]] = document["tickets"] if isinstance(document, dict) else document
    return tickets


# --- every kind ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OTHERS)
def test_a_month_without_failures_counts_the_same_from_the_facts_kept(tmp_path: Path, kind: str) -> None:
    desk = worlds.make("shipped", tmp_path / "desk")
    first, again = (report(desk, "2026-01", "--kind", kind)["tables"] for _ in range(2))
    assert [(each["name"], len(each["rows"])) for each in first] == [
        (each["name"], len(each["rows"])) for each in again
    ]


@pytest.mark.parametrize("kind", OTHERS)
def test_csv_and_markdown_hold_what_json_holds(shipped: Path, kind: str) -> None:
    args = ("2026-01..2026-11", "--kind", kind)
    document = report(shipped, *args)
    assert document["kind"] == kind
    assert document["tables"]
    expected = [
        ["" if value is None else str(value) for value in row["values"].values()]
        for found in document["tables"]
        for row in all_rows(found)
    ]
    lines = list(csv.reader(io.StringIO(fenji("--desk", shipped, "report", *args, "--format", "csv").out, newline="")))
    names = {found["name"] for found in document["tables"]}
    heads = [[column["name"] for column in found["columns"]] for found in document["tables"]]
    assert [line[0][:2] for line in lines[:2]] == ["# ", "# "]
    rows = [line for line in lines[2:] if line and line not in heads and not (len(line) == 1 and line[0] in names)]
    assert rows == expected
    markdown = fenji("--desk", shipped, "report", *args, "--format", "md").out
    assert len([line for line in markdown.splitlines() if line[:5] != "| ---" and line[:1] == "|"]) == len(
        [*expected, *heads]
    )


@pytest.mark.sample(3)
@pytest.mark.parametrize("kind", OTHERS)
def test_the_list_behind_a_count_has_its_length(shipped: Path, kind: str) -> None:
    checked = 0
    for found in report(shipped, "2026..2098", "--kind", kind)["tables"]:
        types = {column["name"]: column["type"] for column in found["columns"]}
        for row in all_rows(found):
            for name, query in row["queries"].items():
                tickets = listed(shipped, query)
                assert tickets, query
                if types[name] == "count":
                    assert len(tickets) == row["values"][name], query
                checked += 1
    assert checked


@pytest.mark.parametrize("kind", OTHERS)
def test_a_person_can_read_it(shipped: Path, kind: str) -> None:
    result = fenji("--desk", shipped, "report", "2026-01..2026-11", "--kind", kind)
    assert result.code == 0, result.err
    assert len(result.out.splitlines()) > 3


def test_a_kind_that_there_is_not_is_refused(shipped: Path) -> None:
    assert fenji("--desk", shipped, "report", "--kind", "mood").code == 2


# --- backlog ------------------------------------------------------------------------------------------------------


def test_the_backlog_of_a_past_day_is_what_was_open_then(shipped: Path) -> None:
    document = report(shipped, "2026-03-05", "--kind", "backlog")
    found = table(document, "backlog")
    assert document["by"] == ["person"]
    assert found["total"]["values"]["open"] == sum(row["values"]["open"] for row in found["rows"]) > 0
    numbers = {ticket["id"] for ticket in listed(shipped, found["total"]["queries"]["open"])}
    reported = {ticket["id"] for ticket in listed(shipped, "reported:..2026-03-05")}
    solved = {ticket["id"] for ticket in listed(shipped, "solved:..2026-03-05")}
    assert numbers <= reported
    assert not numbers & solved


def test_the_backlog_by_age_is_that_of_each_state(shipped: Path) -> None:
    document = report(shipped, "2026-11", "--kind", "backlog", "--by", "site")
    whole = {row["values"]["site"]: row["values"] for row in table(document, "backlog")["rows"]}
    for state in ("running", "waiting"):
        for row in table(document, state)["rows"]:
            values = row["values"]
            bands = [number for name, number in values.items() if name.startswith("age_")]
            assert sum(bands) == values["all"] == whole[values["site"]][state]


# --- trend --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "2026", "-M", "-Q"], "Give one of -M, -Q or -Y."),
        (["report", "2026", "-o", "figures.foo"], "This cannot be written as .foo."),
        (["form", "0187", "-o", "form.odt"], "This cannot be written as .odt."),
        (["form", "0187", "--blank"], "An empty form takes no tickets."),
        (["statement", "2026-10", "--contract", "ksa", "--issue", "-o", "x.pdf"], "This cannot be written as .pdf."),
    ],
)
def test_what_cannot_be_written_so_is_refused_before_anything_is_done(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = fenji("--desk", shipped, *words)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert list(tmp_path.glob("*.*")) == []


@pytest.mark.parametrize(("unit", "columns"), [("-M", 11), ("-Q", 4), ("-Y", 1)])
def test_a_trend_has_a_column_for_each_part_of_the_period(shipped: Path, unit: str, columns: int) -> None:
    document = report(shipped, "2026-01..2026-11", unit)
    assert document["kind"] == "trend"
    for found in document["tables"]:
        names = [column["name"] for column in found["columns"]]
        parts = [name for name in names[1:] if "_" not in name]
        marks = ("met", "decided", "small") if found["name"] in ("response", "solution", "items") else ()
        assert len(parts) == columns
        assert names[1:] == [name for part in parts for name in (part, *(f"{part}_{mark}" for mark in marks))]


def test_each_column_of_a_trend_is_the_report_of_its_month(shipped: Path) -> None:
    trend = report(shipped, "2026-01..2026-11", "-M", "--by", "unit")
    for month in ("2026-03", "2026-05", "2026-11"):
        appraisal = report(shipped, month, "--by", "unit")
        rates = {row["key"]["unit"]: row["attainment"]["solution"]["rate"] for row in appraisal["rows"]}
        opened = {row["key"]["unit"]: row["backlog"] for row in appraisal["rows"]}
        for row in table(trend, "solution")["rows"]:
            assert row["values"][month] == rates.get(row["values"]["unit"])
        for row in table(trend, "open")["rows"]:
            assert row["values"][month] == opened.get(row["values"]["unit"], 0)


def test_rows_of_a_trend_do_not_go_by_what_its_columns_are(shipped: Path) -> None:
    result = fenji("--desk", shipped, "report", "2026", "-Q", "--by", "month")
    assert (result.code, "Cannot group by month" in result.err) == (2, True)


def test_what_came_in_and_was_solved_is_what_the_board_lists(shipped: Path) -> None:
    trend = report(shipped, "2026-01..2026-11", "-Q", "--by", "site")
    for name in ("reported", "solved"):
        for row in table(trend, name)["rows"]:
            for quarter in ("2026-Q1", "2026-Q2", "2026-Q3"):
                query = f"{name}:{quarter} site:{row['values']['site']}"
                assert row["values"][quarter] == len(listed(shipped, query)), query
    assert not [found for found in report(shipped, "2026", "-Q", "--by", "unit")["tables"] if found["name"] == "solved"]


def test_a_trend_of_one_clock_has_its_rate_alone(shipped: Path) -> None:
    names = {found["name"] for found in report(shipped, "2026", "-Q", "--clock", "response")["tables"]}
    assert "response" in names
    assert not names & {"solution", "items"}


def test_the_line_of_a_trend_is_drawn_in_ascii(shipped: Path) -> None:
    text = fenji("--desk", shipped, "report", "2026-01..2026-11", "-M").out
    assert text.replace("·", "").isascii()
    assert any(line.startswith("total") and line[-1] in "123456789" for line in text.splitlines())


def test_columns_are_those_of_the_trend_alone(shipped: Path) -> None:
    result = fenji("--desk", shipped, "report", "2026", "-M", "--kind", "backlog")
    assert (result.code, "--by month" in result.err) == (2, True)


# --- fees ---------------------------------------------------------------------------------------------------------


def test_what_is_billable_is_what_a_statement_would_say(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk")
    (root / "contracts.yaml").write_bytes(Path(__file__).parent.parent.joinpath("contracts.yaml").read_bytes())
    total = table(report(root, "2026-06", "--kind", "fees"), "fees")["total"]["values"]
    target = tmp_path / "statement.json"
    args = ("statement", "--contract", "DZA-2024-02", "2026-06", "--format", "json", "-o", str(target))
    assert fenji("--desk", root, *args).code == 0
    statement = json.loads(target.read_text("utf-8"))
    assert total["billable_USD"] == statement["totals"]["USD"]
    assert total["unknown_lines"] is None
