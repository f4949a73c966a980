"""The other kinds of report again by plain SQL over the YAML of the shipped desk, with nothing of fenji in between."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

import plain_figures
import plain_kinds
import worlds
from desks import Clock
from fenji.desk import Desk
from fenji.desk.figures import FigureDesk
from fenji.desk.report import ReportRequest

if TYPE_CHECKING:
    from fenji.model.appraisal.tables import FigureTable

NOW = worlds.SHIPPED_NOW
MONTHS = [f"2026-{month:02}" for month in range(1, 12)]
Rows = dict[str, tuple[Any, ...]]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("whole", tmp_path_factory.mktemp("kinds") / "desk", now=NOW)


@pytest.fixture(scope="module")
def database(shipped: Path) -> sqlite3.Connection:
    return plain_kinds.fill_kinds(shipped, NOW)


def read_tables(root: Path, *, kind: str, period: str, by: str = "") -> dict[str, FigureTable]:
    asked = ReportRequest(kind=kind, period=period, by=by)
    with Desk.open(root, person="li.wei", now=Clock(NOW)) as desk:
        return {table.name: table for table in FigureDesk(desk).report(asked).figures.tables}


def values(table: FigureTable, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name].data for name in names) for row in table.rows]


def span_of(month: str) -> tuple[int, int]:
    """The month up to now."""
    start, end = plain_figures.month_span(month)
    return start, min(end, int(NOW.timestamp()))


@pytest.mark.parametrize("key", ["person", "unit"])
def test_backlog_and_what_waits_are_those_of_sql(shipped: Path, database: sqlite3.Connection, key: str) -> None:
    query = (
        f"SELECT {key}, SUM(state = 'running'), SUM(state = 'waiting'), SUM(state = 'solved') FROM stretches "
        "WHERE start < ? AND end >= ? GROUP BY 1"
    )
    found = 0
    for month in MONTHS:
        end = span_of(month)[1]
        expected = {row: tuple(counts) for row, *counts in database.execute(query, (end, end))}
        table = read_tables(shipped, kind="backlog", period=month, by=key)["backlog"]
        assert {row: counts for row, *counts in values(table, key, "running", "waiting", "unconfirmed")} == {
            row: list(counts) for row, counts in expected.items()
        }, month
        found += sum(map(sum, expected.values()))
    assert found > 30


def test_ages_of_the_backlog_are_open_dates_of_the_site(shipped: Path, database: sqlite3.Connection) -> None:
    policy = plain_figures.load(shipped / "policy.yaml")
    hours = {site: plain_kinds.Hours(policy["calendars"][entry["calendar"]]) for site, entry in policy["sites"].items()}
    query = (
        "SELECT s.state, t.site, t.reported FROM stretches s JOIN tickets t USING (uid) "
        "WHERE s.start < ? AND s.end >= ? AND s.state != 'solved'"
    )
    bands = {"0-1": 1, "2-3": 3, "4-7": 7, "8-15": 15, "16-": 1 << 20}
    for month in MONTHS:
        end = span_of(month)[1]
        expected: dict[str, dict[str, int]] = {state: dict.fromkeys(bands, 0) for state in ("running", "waiting")}
        for state, site, reported in database.execute(query, (end, end)):
            age = hours[site].dates_between(reported, end)
            expected[state][next(name for name, last in bands.items() if age <= last)] += 1
        with Desk.open(shipped, person="li.wei", now=Clock(NOW)) as desk:
            total = FigureDesk(desk).report(ReportRequest(period=month)).mapping()["total"]
        assert isinstance(total, dict)
        ages = total["ages"]
        assert isinstance(ages, dict)
        assert {state: ages[state] for state in expected} == expected, month


def test_workload_and_what_is_usual_are_those_of_sql(shipped: Path, database: sqlite3.Connection) -> None:
    for month in MONTHS:
        start, end = span_of(month)
        amounts: dict[str, dict[tuple[str, str], float]] = {name: defaultdict(float) for name in _MEASURES}
        held = (
            "SELECT person, uid, SUM(MIN(end, ?2) - MAX(start, ?1)) FROM stretches "
            "WHERE state != 'solved' AND start < ?2 AND end > ?1 GROUP BY 1, 2"
        )
        for person, uid, seconds in database.execute(held, (start, end)):
            amounts["held"][person, uid] += seconds / (end - start)
        spent = "SELECT person, uid, SUM(hours) FROM spent WHERE day LIKE ? AND hours GROUP BY 1, 2"
        for person, uid, minutes in database.execute(spent, (f"{month}%",)):
            amounts["hours"][person, uid] += minutes / 60
        outside = "SELECT person, uid, COUNT(*) FROM outside WHERE at >= ? AND at < ? GROUP BY 1, 2"
        for person, uid, count in database.execute(outside, (start, end)):
            amounts["outside"][person, uid] += count
        sorts = {uid: (kind, level) for uid, kind, level in database.execute("SELECT uid, kind, priority FROM tickets")}
        table = read_tables(shipped, kind="workload", period=month, by="person")["workload"]
        rows = {row["person"].data: row for row in table.rows}
        people = {person for found in amounts.values() for person, _ in found}
        assert rows.keys() == people, month
        for name, found in amounts.items():
            usual: dict[tuple[str, str], list[float]] = defaultdict(list)
            for (_, uid), amount in found.items():
                usual[sorts[uid]].append(amount)
            for person in people:
                own = [(uid, amount) for (other, uid), amount in found.items() if other == person]
                assert float(str(rows[person][name].data)) == pytest.approx(sum(a for _, a in own), abs=0.006)
                expected = sum(median(usual[sorts[uid]]) for uid, _ in own)
                assert float(str(rows[person][f"{name}_usual"].data)) == pytest.approx(expected, abs=0.006)


_MEASURES = ("held", "hours", "outside")


def test_plan_items_are_those_that_their_dates_decide(shipped: Path, database: sqlite3.Connection) -> None:
    found = 0
    for month in MONTHS:
        query = "SELECT uid, key, answer, day, person, unit FROM items WHERE day LIKE ? ORDER BY 1, 2"
        expected = database.execute(query, (f"{month}%",)).fetchall()
        numbers = dict(database.execute("SELECT id, uid FROM tickets"))
        table = read_tables(shipped, kind="plan", period=month)["items"]
        read = values(table, "ticket", "item", "answer", "decided", "person", "unit")
        assert sorted((numbers[ticket], *rest) for ticket, *rest in read) == expected, month
        found += len(expected)
    assert found > 10


def test_a_trend_has_the_figures_of_sql_in_each_month(shipped: Path, database: sqlite3.Connection) -> None:
    tables = read_tables(shipped, kind="trend", period="2026-01..2026-10")
    for month in MONTHS[:-1]:
        start, end = plain_figures.month_span(month)
        for name, column in (("reported", "reported"), ("solved", "solved")):
            count = f"SELECT COUNT(*) FROM tickets WHERE {column} >= ? AND {column} < ?"
            assert total_of(tables[name], month) == database.execute(count, (start, end)).fetchone()[0]
        opened = "SELECT COUNT(*) FROM stretches WHERE state != 'solved' AND start < ?1 AND end >= ?1"
        assert total_of(tables["open"], month) == database.execute(opened, (end,)).fetchone()[0]
        for clock in ("response", "solution"):
            query = (
                "SELECT SUM(answer = 'met'), COUNT(*) FROM verdicts "
                "WHERE clock = ? AND answer != 'excused' AND at >= ? AND at < ?"
            )
            met, decided = database.execute(query, (clock, start, end)).fetchone()
            assert total_of(tables[clock], month) == pytest.approx(met / decided, abs=1e-4) if decided else None


def total_of(table: FigureTable, month: str) -> Any:
    assert table.total
    return table.total[month].data


def test_hours_and_costs_of_the_fees_are_those_of_sql(shipped: Path, database: sqlite3.Connection) -> None:
    for month in MONTHS:
        table = read_tables(shipped, kind="fees", period=month)["fees"]
        query = "SELECT person, COUNT(DISTINCT uid), SUM(hours) FROM spent WHERE day LIKE ? GROUP BY 1"
        read = {
            person: (tickets, round(float(hours or 0) * 60))
            for person, tickets, hours in values(table, "person", "tickets", "hours")
        }
        assert read == {
            person: (tickets, minutes) for person, tickets, minutes in database.execute(query, (f"{month}%",))
        }
        cost = "SELECT person, SUM(cost) FROM spent WHERE day LIKE ? AND currency = 'USD' AND cost GROUP BY 1"
        costs = {person: round(float(amount) * 100) for person, amount in values(table, "person", "cost_USD") if amount}
        assert costs == dict(database.execute(cost, (f"{month}%",)))


_FAILED = (
    "kind = 'quality' AND state != 'withdrawn' AND uid NOT IN (SELECT uid FROM links WHERE relation = 'duplicate')"
)


def test_failures_by_part_and_what_came_again_are_those_of_sql(shipped: Path, database: sqlite3.Connection) -> None:
    again = 0
    for month in MONTHS:
        start, end = span_of(month)
        tables = read_tables(shipped, kind="parts", period=month)
        failed = f"FROM tickets WHERE {_FAILED}"
        query = f"SELECT part, COUNT(*) {failed} AND reported >= ? AND reported < ? GROUP BY 1"
        expected = dict(database.execute(query, (start, end)))
        assert dict(values(tables["failures_part"], "part", "failures")) == expected, month
        like = (
            "SELECT DISTINCT b.id FROM tickets a, tickets b "
            "WHERE a.uid != b.uid AND b.reported >= ? AND b.reported < ? "
            f"AND a.uid IN (SELECT uid {failed}) AND b.uid IN (SELECT uid {failed}) "
            "AND a.solved AND a.solved <= b.reported AND b.reported <= a.solved + 90 * 86400 AND "
            "(a.serial != '' AND a.serial = b.serial OR (a.serial = '' OR b.serial = '') AND a.part != '' "
            "AND a.part = b.part AND a.site = b.site)"
        )
        recurred = {number for (number,) in database.execute(like, (start, end))}
        assert {number for (number,) in values(tables["recurrence"], "ticket")} == recurred, month
        again += len(recurred)
    assert again


def test_hints_of_customers_are_those_of_sql(shipped: Path, database: sqlite3.Connection) -> None:
    for month in MONTHS:
        end = span_of(month)[1]
        first = datetime.fromtimestamp(plain_figures.month_span(month)[1], UTC)
        start = int(first.replace(year=first.year - 2).timestamp())
        query = (
            "SELECT id, customer, hint FROM tickets WHERE hint != '' AND reported < ?2 AND told >= ?1 AND told < ?2 "
            "ORDER BY told DESC, id"
        )
        table = read_tables(shipped, kind="opportunity", period=month)["hints"]
        read = values(table, "ticket", "customer", "opportunity")
        assert read == [tuple(row) for row in database.execute(query, (start, end))], month
