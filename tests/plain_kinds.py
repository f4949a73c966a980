"""The other kinds of report counted without fenji, by SQL: plan items, stretches, lines, failures and hints.

Shares nothing with fenji but the files. Right for desks as `plain_figures` says, if no wait moves the due of an item.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from plain_figures import Document, Rules, Story, fill_database, load, seconds

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TABLES = {
    "stretches": "uid, start, end, state, person, unit",
    "items": "uid, key, answer, day, person, unit",
    "outside": "uid, at, person, unit",
    "tickets": "uid, id, kind, state, site, priority, reported, solved, system, part, serial, customer, hint, told",
    "links": "uid, target, relation",
    "spent": "uid, day, person, hours, cost, currency",
}


class Hours:
    """When a site works: weekly spans, holidays, shifts and breaks by their dates."""

    def __init__(self, calendar: Document) -> None:
        self._calendar, self.zone = calendar, ZoneInfo(calendar["tz"])
        holidays = calendar.get("holidays") or []
        if isinstance(holidays, dict):
            dates = {*(holidays.get("dates") or ()), *(holidays.get("add") or ())}
            holidays = dates - {*(holidays.get("drop") or ())}
        self._holidays = set(holidays)

    def spans(self, day: date) -> list[str]:
        if day.isoformat() in self._holidays:
            return []
        shifts = self._calendar.get("shifts") or {}
        return shifts.get(day.isoformat()) or [
            span for days, spans in self._calendar["week"].items() if _falls_on(day, days) for span in spans
        ]

    def is_open(self, at: int) -> bool:
        local = datetime.fromtimestamp(at, self.zone)
        clock, day = f"{local:%H:%M:%S}", local.date()
        breaks = (self._calendar.get("breaks") or {}).get(day.isoformat()) or ()
        is_in = [first <= clock < last for first, last in (span.split("-") for span in self.spans(day))]
        return any(is_in) and not any(first <= clock < last for first, last in (span.split("-") for span in breaks))

    def dates_between(self, start: int, end: int) -> int:
        """Return the number of open dates after the date of `start` that begin before `end`."""
        first, last = (datetime.fromtimestamp(at, self.zone).date() for at in (start, end - 1))
        days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        return sum(bool(self.spans(day)) for day in days)


def _falls_on(day: date, days: str) -> bool:
    """Whether a date is one of `sun-thu` or `mon`."""
    first, _, last = days.partition("-")
    start, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
    return (day.weekday() - start) % 7 <= length


def fill_kinds(root: Path, now: datetime) -> sqlite3.Connection:
    """Return the database of `fill_database`, with the tables of the other kinds of report."""
    database, rules, at = fill_database(root, now), Rules(load(root / "policy.yaml")), int(now.timestamp())
    for name, columns in _TABLES.items():
        database.execute(f"CREATE TABLE {name} ({columns})")
    hours = {site: Hours(rules.policy["calendars"][entry["calendar"]]) for site, entry in rules.policy["sites"].items()}
    for path in sorted((root / "tickets").rglob("*.yaml")):
        ticket = load(path)
        story = Story(ticket, rules)
        list(story.tell(at))
        rows = {
            "stretches": read_stretches(story, at),
            "items": list(read_items(ticket, rules, hours[ticket["site"]].zone, now)),
            "outside": read_outside(ticket, rules, hours[ticket["site"]]),
            "tickets": [read_ticket(ticket, at)],
            "links": [(ticket["uid"], link["to"], link["as"]) for link in ticket.get("links") or ()],
            "spent": read_spent(ticket),
        }
        for name, found in rows.items():
            if name == "items":
                database.executemany(
                    "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _verdicts(ticket, found)
                )
            marks = ", ".join("?" * len(_TABLES[name].split(",")))
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", found)
    return database


def read_stretches(story: Story, now: int) -> Iterator[tuple[Any, ...]]:
    """Yield (uid, start, end, state, person, unit) of each stretch in which a ticket ran, waited or was solved."""
    ticket, rules, site = story.ticket, story.rules, story.ticket["site"]
    for (start, who, units, _), end, state in story.course:
        if start < end and state:
            unit = rules.unit_of(who, start) or (units[0] if units else "") or rules.unit_of(rules.lead(site), start)
            yield ticket["uid"], start, end if end < now else 1 << 40, state, who or f"queue:{site}", unit


def read_items(ticket: Document, rules: Rules, zone: ZoneInfo, now: datetime) -> Iterator[tuple[Any, ...]]:
    """Yield (uid, key, answer, day, person, unit) of each decided item of a plan, judged only by its dates."""
    today = now.astimezone(zone).date().isoformat()
    for item in ticket.get("plan") or ():
        due, done = item.get("due") or "", item.get("done") or ""
        if not due or (not done and due >= today):
            continue
        is_met = bool(done) and done <= due
        day = done if is_met else due
        person = item.get("owner") or ticket.get("owner") or ""
        at = datetime.combine(date.fromisoformat(day), time(12), zone)
        answer = "met" if is_met else "missed"
        yield ticket["uid"], item["key"], answer, day, person, rules.unit_of(person, int(at.timestamp()))


def _verdicts(ticket: Document, items: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield decided items as rows of verdicts, each at the beginning of its day in UTC."""
    for uid, _, answer, day, person, unit in items:
        own = ticket["priority"], ticket["kind"], ticket["site"]
        yield uid, "item", answer, midnight(day), person, unit, *own


def read_outside(ticket: Document, rules: Rules, hours: Hours) -> Iterator[tuple[Any, ...]]:
    """Yield (uid, at, person, unit) of each event by a person while the site was closed."""
    for event in ticket["log"]:
        at = seconds(event["at"])
        if event["by"] not in ("import", "mail") and event.get("precision") != "day" and not hours.is_open(at):
            yield ticket["uid"], at, event["by"], rules.unit_of(event["by"], at)


def read_ticket(ticket: Document, now: int) -> tuple[Any, ...]:
    last = {event["do"]: seconds(event["at"]) for event in ticket["log"] if seconds(event["at"]) <= now}
    product, requester, feedback = (ticket.get(key) or {} for key in ("product", "requester", "feedback"))
    own = (ticket["uid"], ticket["id"], ticket["kind"], ticket["state"], ticket["site"], ticket.get("priority") or "")
    things = tuple(product.get(key) or "" for key in ("system", "part", "serial"))
    told = last.get("confirm", 0) or last.get("solve", 0) or last["report"]
    return (
        *own,
        last["report"],
        last.get("solve", 0),
        *things,
        requester.get("unit") or requester.get("name") or "",
        feedback.get("opportunity") or "",
        told,
    )


def read_spent(ticket: Document) -> Iterator[tuple[Any, ...]]:
    """Yield (uid, day, person, minutes, cents, currency) of each line."""
    for line in ticket.get("resources") or ():
        numbers = (round(float(line.get(key) or 0) * scale) for key, scale in (("hours", 60), ("cost", 100)))
        yield ticket["uid"], line.get("on") or "", line.get("who") or "", *numbers, line.get("currency") or ""


def midnight(day: str) -> int:
    """Return the second since 1970 at which a day begins in UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
