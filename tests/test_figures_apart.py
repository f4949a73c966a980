"""The figures again by plain SQL over the YAML of a desk, with nothing of fenji in between."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

import plain_figures
import plain_kinds
import worlds
from desks import Clock, git
from fenji.desk import Desk
from fenji.desk.figures import FigureDesk
from fenji.desk.report import ReportRequest

KEYS = ("person", "unit", "site", "kind", "priority")
FAST = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
NAMES = {"response": "responded", "solution": "solved", "item": "items"}
MONTHS = [f"2026-{month:02}" for month in range(1, 12)]
Counts = dict[tuple[str, str, str], int]  # row, clock, answer


def read_report(root: Path, now: datetime, period: str, key: str) -> list[dict[str, Any]]:
    with Desk.open(root, person="li.wei", now=Clock(now)) as desk:
        document = FigureDesk(desk).report(ReportRequest(period=period, by=key)).mapping()
    rows = document["rows"]
    assert isinstance(rows, list)
    return rows


def reported_counts(rows: list[dict[str, Any]], key: str) -> Counts:
    return {
        (row["key"][key], clock, answer): row[f"{NAMES[clock]}_{answer}"]
        for row in rows
        for clock in NAMES
        for answer in ("met", "missed", "excused")
        if row[f"{NAMES[clock]}_{answer}"]
    }


def assert_same(root: Path, now: datetime, months: list[str]) -> int:
    """Compare every month by every key; return how many verdicts there were."""
    database = plain_kinds.fill_kinds(root, now)
    total = 0
    for month in months:
        span = plain_figures.month_span(month)
        for key in KEYS:
            query = f"SELECT {key}, clock, answer, COUNT(*) FROM verdicts WHERE at >= ? AND at < ? GROUP BY 1, 2, 3"
            expected = {(row, clock, answer): count for row, clock, answer, count in database.execute(query, span)}
            rows = read_report(root, now, month, key)
            assert reported_counts(rows, key) == expected, (month, key)
            assert_tickets(database, rows, key, span)
        total += sum(expected.values())
    return total


def assert_tickets(database: sqlite3.Connection, rows: list[dict[str, Any]], key: str, span: tuple[int, int]) -> None:
    query = f"SELECT {key}, COUNT(DISTINCT uid) FROM verdicts WHERE at >= ? AND at < ? GROUP BY 1"
    expected = dict(database.execute(query, span))
    assert {row["key"][key]: row["tickets"] for row in rows if row["tickets"]} == expected


def test_the_shipped_desk_has_the_figures_that_sql_counts(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk", now=worlds.SHIPPED_NOW)
    policy = plain_figures.load(root / "policy.yaml")
    assert {promise["calendar"] for promise in policy["priorities"].values()} == {"always"}
    assert not policy.get("earlier")
    assert assert_same(root, worlds.SHIPPED_NOW, MONTHS) > 20


def test_hours_and_fees_of_the_shipped_desk_are_those_of_sql(tmp_path: Path) -> None:
    root = worlds.make("shipped", tmp_path / "desk", now=worlds.SHIPPED_NOW)
    database = plain_figures.fill_database(root, worlds.SHIPPED_NOW)
    for month in MONTHS:
        rows = read_report(root, worlds.SHIPPED_NOW, month, "person")
        span = "SELECT person, SUM(minutes) FROM lines WHERE day LIKE ? GROUP BY 1 HAVING SUM(minutes)"
        hours = {row["key"]["person"]: round(float(row["hours"]) * 60) for row in rows if float(row["hours"])}
        assert hours == dict(database.execute(span, (f"{month}%",)))
        fees = "SELECT currency, SUM(cents) FROM lines WHERE day LIKE ? AND billable = 'true' AND cents GROUP BY 1"
        total: dict[str, int] = {}
        for row in rows:
            for currency, amount in row["fees"].items():
                total[currency] = total.get(currency, 0) + round(float(amount) * 100)
        assert total == dict(database.execute(fees, (f"{month}%",)))


# --- a log like that of a large service desk ----------------------------------------------------------------------


def make_incident(number: int, chance: random.Random) -> dict[str, Any]:
    """A ticket as a tracker's log of states tells it: new, active, awaiting, resolved, closed, some opened again."""
    at = datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(minutes=chance.randrange(300 * 1440))
    people = ("li.wei", "wang.fang", "ma.chao", "chen.jie", "zhou.qiang")
    log: list[dict[str, Any]] = []
    site, lead = chance.choice((("KSA", "zhao.min"), ("DZA", "liu.yang"), ("HQ", "sun.yu")))
    level = chance.choices(("P1", "P2", "P3", "P4"), (1, 4, 2, 93))[0]

    def tell(do: str, by: str, hours: float, **more: Any) -> None:
        nonlocal at
        at += timedelta(minutes=max(round(hours * 60), 1)) if log else timedelta(0)
        log.append({"n": str(len(log) + 1), "at": at.isoformat(), "by": by, "do": do, **more})

    owner = chance.choice(people)
    first = {"kind": "quality", "title": f"incident {number}", "priority": level}
    tell("report", "wang.fang", 0, set={**first, "owner": owner} if chance.random() < 0.6 else first)
    if chance.random() < 0.1:
        tell("classify", lead, chance.expovariate(1 / 3), set={"priority": chance.choice(("P1", "P2", "P3"))})
    if chance.random() < 0.95:
        tell("respond", owner, chance.expovariate(1 / 9))
    tell("assign", lead, chance.expovariate(1 / 5), set={"owner": owner, "units": ["FACTORY-7"]})
    for _ in range(chance.choice((0, 0, 1, 2))):
        tell("wait", owner, chance.expovariate(1 / 20), reason=chance.choice(("customer", "parts", "access")))
        tell("resume", owner, chance.expovariate(1 / 80))
    if chance.random() < 0.05:
        tell("withdraw", lead, 2, reason="duplicate")
    elif chance.random() < 0.9:
        finish(chance, tell, owner, lead)
    header = {"id": f"{site}-2026-{number:04}", "uid": f"01KK3Q0W8Z5V9M3T7K{number:08}", **first, "site": site}
    state = {"solve": "solved", "confirm": "confirmed", "archive": "archived", "withdraw": "withdrawn"}
    last = next((state[event["do"]] for event in reversed(log) if event["do"] in state), "working")
    return {**header, "owner": owner, "units": ["FACTORY-7"], "state": last, "log": log}


def finish(chance: random.Random, tell: Any, owner: str, lead: str) -> None:
    """Solve, at times again, confirm, excuse and archive."""
    tell("solve", owner, chance.expovariate(1 / 200))
    if chance.random() < 0.15:
        tell("reopen", lead, chance.expovariate(1 / 30), reason="again")
        tell("solve", owner, chance.expovariate(1 / 60))
    if chance.random() < 0.9:
        tell("confirm", lead, chance.expovariate(1 / 40))
        if chance.random() < 0.2:
            tell("excuse", "huang.lei", 5, clock=chance.choice(("response", "solution")), reason="customer access")
        tell("archive", lead, 20)


def test_a_log_like_that_of_a_large_service_desk_counts_alike(tmp_path: Path) -> None:
    root = worlds.make("empty", tmp_path / "desk", now=worlds.SHIPPED_NOW)
    chance = random.Random("incidents")
    for number in range(1, 201):
        ticket = make_incident(number, chance)
        closed = ticket["state"] in ("archived", "withdrawn")
        folder = root / (f"tickets/archive/{ticket['site']}/2026" if closed else "tickets/open")
        folder.mkdir(parents=True, exist_ok=True)
        text = yaml.dump(ticket, Dumper=FAST, allow_unicode=True, sort_keys=False)
        (folder / f"{ticket['id']}.yaml").write_text(text, "utf-8")
    git(root, "add", "tickets")
    git(root, "commit", "-qm", "incidents")
    now = datetime(2026, 11, 19, 6, tzinfo=UTC)
    assert assert_same(root, now, MONTHS) > 250
    with Desk.open(root, person="li.wei", now=Clock(now)) as desk:
        assert FigureDesk(desk).report(ReportRequest(period="2026")).figures.tickets == 200
