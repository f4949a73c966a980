"""What holds of every report on made-up desks: sums, lists, faces, zones of machines, and fairness."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import worlds
from commandline import SOURCE, child_environment, fenji
from fenji.desk import Desk
from fenji.desk.figures import FigureDesk
from fenji.desk.report import ReportRequest
from fenji.model.appraisal.figures import ClockFigures
from fenji.model.appraisal.grouping import KEYS
from fenji.model.appraisal.kinds import APPRAISAL, KINDS
from fenji.model.appraisal.tables import ValueType
from figure_facts import facts_of, figures_of, make_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fenji.model.appraisal.tables import FigureTable

NOW = datetime.fromisoformat("2026-11-19T09:00:00+03:00")
YEAR = "2026-01..2026-11"
ANSWERS = ("met", "missed", "excused")
LISTS_TRIED = 25  # of the queries behind figures
COUNTS = [f"{clock}_{answer}" for clock in ("responded", "solved", "items") for answer in ANSWERS]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with some sixty open tickets and an archive, made up by chance."""
    return worlds.make("busy_morning", tmp_path_factory.mktemp("properties") / "desk", now=NOW)


@pytest.fixture(scope="module")
def figures(root: Path) -> Iterator[FigureDesk]:
    with Desk.open(root) as desk:
        yield FigureDesk(desk)


def all_tables(figures: FigureDesk) -> Iterator[FigureTable]:
    for kind in KINDS:
        yield from figures.report(ReportRequest(kind=kind.name, period=YEAR)).figures.tables


# --- sums and lists -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_counts_of_verdicts_add_up_over_every_key(figures: FigureDesk, key: str) -> None:
    whole = figures.report(ReportRequest(period=YEAR, by=key)).figures.appraisal
    assert whole
    added = Counter[str]()
    for row in whole.rows:
        added.update({name: row.mapping()[name] for name in COUNTS})
    total = {name: whole.total.mapping()[name] for name in COUNTS}
    assert {name: added[name] for name in COUNTS} == total
    assert sum(map(int, map(str, total.values()))) > 20


@pytest.mark.parametrize("key", ["person", "unit", "customer", "part"])
def test_months_of_a_period_add_up_to_it(figures: FigureDesk, key: str) -> None:
    whole, months = (figures.report(ReportRequest(period=YEAR, by=by)).figures for by in (key, f"{key},month"))
    assert whole.appraisal
    assert months.appraisal
    added: dict[str, Counter[str]] = {}
    for row in months.appraisal.rows:
        counts = {name: int(str(row.mapping()[name])) for name in COUNTS}
        added.setdefault(row.key[key], Counter()).update(counts)
    for row in whole.appraisal.rows:
        assert {name: added.get(row.key[key], Counter())[name] for name in COUNTS} == {
            name: row.mapping()[name] for name in COUNTS
        }


def test_the_months_at_the_ends_of_a_period_list_what_lies_within_it(root: Path, figures: FigureDesk) -> None:
    """Such a month is cut where the period begins or ends, and so is the query behind its figures."""
    found = figures.report(ReportRequest(period="2026-10-28..2026-11-10", by="month")).figures.appraisal
    assert found
    assert found.rows
    for row in found.rows:
        assert all(
            ".at:2026-10-28..2026-10-31" in query or ".at:2026-11-01..2026-11-10" in query
            for name, query in row.queries.items()
            if name in COUNTS
        )
        for name in ("responded_met", "solved_met"):
            if query := row.queries.get(name, ""):
                listed = json.loads(fenji("--desk", root, "list", "--archived", query, "--json").out)
                assert len(listed["tickets"] if isinstance(listed, dict) else listed) == row.mapping()[name]


def test_the_list_behind_a_count_of_any_kind_has_its_length(root: Path, figures: FigureDesk) -> None:
    by_person = figures.report(ReportRequest(period=YEAR, by="person,kind")).figures.tables
    found = [
        (cell.query, int(str(cell.value)))
        for table in [*all_tables(figures), *by_person]
        for column in table.columns
        for row in table.all_rows
        if (cell := row[column.name]).query and column.type is ValueType.COUNT
    ]
    chosen = Random(7).sample(found, min(LISTS_TRIED, len(found)))
    for query, number in chosen:
        document = json.loads(fenji("--desk", root, "list", "--archived", query, "--json").out)
        tickets = document["tickets"] if isinstance(document, dict) else document
        assert len(tickets) == number, query
    assert len(chosen) == LISTS_TRIED


def test_behind_a_count_of_items_stands_each_item_of_the_tickets_that_are_listed(tmp_path: Path) -> None:
    root, tried = worlds.make("shipped", tmp_path / "desk", now=worlds.SHIPPED_NOW), 0
    with Desk.open(root) as desk:
        figures = FigureDesk(desk)
        found = figures.report(ReportRequest(period=YEAR, by="person")).figures.appraisal
        assert found
        for row in (*found.rows, found.total):
            for answer in ANSWERS:
                if number := getattr(row.clock("item"), answer):
                    query, tried = row.queries[f"items_{answer}"], tried + 1
                    behind = figures.tickets_behind(query)
                    assert (len(behind), {entry.answer for entry in behind}) == (number, {answer})
                    assert len({(entry.uid, entry.item) for entry in behind}) == number
                    document = json.loads(fenji("--desk", root, "list", "--archived", query, "--json").out)
                    tickets = document["tickets"] if isinstance(document, dict) else document
                    assert {ticket["id"] for ticket in tickets} == {entry.id for entry in behind}
    assert tried > 3


# --- faces and machines -------------------------------------------------------------------------------------------


def test_machines_in_two_zones_print_the_same_bytes(root: Path) -> None:
    kinds = [(kind.name, "text") for kind in KINDS] + [(APPRAISAL, "json")]
    shanghai, los_angeles = (_print_reports(root, kinds, zone) for zone in ("Asia/Shanghai", "America/Los_Angeles"))
    assert all(shanghai)
    assert dict(zip(kinds, shanghai, strict=True)) == dict(zip(kinds, los_angeles, strict=True))


def _print_reports(root: Path, kinds: list[tuple[str, str]], zone: str) -> list[str]:
    """What a machine in that zone prints of each kind in a format."""
    before, after = ("--desk", str(root), "report", "2026-01..2026-10", "--kind"), "--format"
    commands = [(*before, kind, after, output) for kind, output in kinds]
    code = (
        "import json, sys; from commandline import fenji\n"
        "print(json.dumps([fenji(*words).out for words in json.load(sys.stdin)]))"
    )
    path = os.pathsep.join((str(SOURCE), str(Path(__file__).parent)))
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(commands).encode(),
        capture_output=True,
        check=True,
        env=child_environment({"TZ": zone, "PYTHONPATH": path}),
    )
    return [_without_instant(text) for text in json.loads(done.stdout)]


def _without_instant(text: str) -> str:
    """A report without lengths of clocks that still run, which grow from one second to the next."""
    return re.sub(r">=\S+( \S+h)?", ">=", text)


# --- fairness -----------------------------------------------------------------------------------------------------


def test_of_thirty_equal_rows_at_most_one_report_in_four_flags_anybody() -> None:
    """On either clock, each row beside the rest; a report of thirty is one in six or so."""
    chance, reports = Random(3), 300
    for rate in (0.8, 0.9, 0.97):
        flagging = sum(any(_flags_equal_rows(chance, rate) for _ in range(2)) for _ in range(reports))
        assert flagging <= reports / 4


def _flags_equal_rows(chance: Random, rate: float) -> bool:
    rows = [(sum(chance.random() < rate for _ in range(size)), size) for size in chance.choices(range(10, 31), k=30)]
    met, decided = map(sum, zip(*rows, strict=True))
    return any(ClockFigures(m, n - m, expected=(met - m) / (decided - n)).flagged for m, n in rows)


def test_the_appraisal_seldom_flags_one_of_thirty_equal_rows() -> None:
    chance, reports, flagging = Random(11), 16, 0
    for _ in range(reports):
        found = [
            make_verdict(
                number,
                "met" if chance.random() < 0.9 else "missed",
                person=f"p{person}",
                level=chance.choice(["P2", "P3"]),
            )
            for person in range(30)
            for number in range(chance.randint(12, 30))
        ]
        rows = figures_of(facts_of(*found), "person").rows
        assert len(rows) == 30
        assert all(row.clock("solution").expected for row in rows)
        flagging += any(row.clock("solution").flagged for row in rows)
    assert flagging <= reports / 4


def test_what_is_expected_of_a_row_does_not_change_with_its_own_verdicts() -> None:
    chance = Random(5)
    for key in ("person", "unit", "kind", "customer"):
        others = [
            make_verdict(number, chance.choice(["met", "met", "missed"]), **{key: f"other{number % 3}"})
            for number in range(150)
        ]
        rows = [
            _expected_of("mine", key, [*others, *(make_verdict(200 + n, answer, **{key: "mine"}) for n in range(25))])
            for answer in ("met", "missed")
        ]
        assert rows[0] == rows[1] is not None


def _expected_of(name: str, key: str, found: list[Any]) -> float | None:
    rows = figures_of(facts_of(*found), key).rows
    return next(row.clock("solution").expected for row in rows if row.key[key] == name)
