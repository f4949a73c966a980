"""How long it takes to read the clocks of a board: 10,000 tickets of 20 events, on working calendars and on `always`.

Run: .venv/bin/python bench/clock.py [TICKETS] [--small]. Prints milliseconds of CPU time per ticket, and the
ratio to parsing the same tickets.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from typing import TYPE_CHECKING

from fenji.model import policy, workflow
from fenji.model import sla as clocks
from fenji.model.ticket import Event, Ticket
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.model.policy import Policy

START = datetime(2026, 1, 4, 5, tzinfo=UTC)
READ_AT = datetime(2026, 3, 20, 9, 17, tzinfo=UTC)
EVENTS = 20
PEOPLE = ["li.wei", "zhao.min", "wang.fang", "he.qi"]


def rules(calendar: str) -> Policy:
    week = {"sun-thu": ["08:00-12:00", "13:00-17:00"]}
    level = {"calendar": calendar}
    return policy.from_mapping(
        {
            "format": 1,
            "since": "2026-01-01",
            "sites": {"KSA": {"name": "KSA", "calendar": "ksa"}},
            "impact": ["major", "minor"],
            "occurrence": ["rare", "common"],
            "matrix": {"major": {"rare": "P1", "common": "P2"}, "minor": {"rare": "P3", "common": "P4"}},
            "priorities": {
                "P1": {"response": "1h", "solution": "24h", **level},
                "P2": {"response": "4h", "solution": "3d", **level},
                "P3": {"response": "8h", "solution": "7d", **level},
                "P4": {"response": "24h", "solution": "14d", **level},
            },
            "calendars": {"ksa": {"tz": "Asia/Riyadh", "week": week, "holidays": ["2026-02-22"], "day": "8h"}},
            "waiting": {"customer": ["solution"], "parts": []},
        }
    )


def make_ticket(number: int, events: int) -> Ticket:
    """Return a ticket with a plausible life: answered, assigned, sometimes raised, waiting, noted, perhaps solved."""
    rng = random.Random(number)
    at = START + timedelta(minutes=rng.randrange(60 * 24 * 60))
    first = {"kind": "quality", "title": f"備件生鏽 {number}", "priority": rng.choice(["P2", "P3", "P4"])}
    log = [Event(1, at, "li.wei", "report", {"set": first})]
    for n in range(2, events + 1):
        at += timedelta(minutes=rng.randrange(1, 60 * 20))
        do = rng.choices(["note", "edit", "respond", "assign", "wait", "resume", "classify"], [8, 4, 2, 2, 3, 3, 1])[0]
        more: dict[str, object] = {"note": "已與客戶聯繫，等待回覆。"} if do == "note" else {}
        if do == "wait":
            more["reason"] = rng.choice(["customer", "parts"])
        elif do == "assign":
            more["set"] = {"owner": rng.choice(PEOPLE)}
        elif do == "classify":
            more["set"] = {"priority": rng.choice(["P1", "P2", "P3", "P4"])}
        elif do == "edit":
            more["rewrote"] = ["description"]
        log.append(Event(n, at, rng.choice(PEOPLE), do, more))
    fields = {"id": f"KSA-2026-{number:04}", "uid": f"{number:026}", "site": "KSA", "state": "new", **first}
    ticket = (
        Ticket({})
        .with_fields({**fields, "description": "\n".join(["倉庫抽查發現備件表面生鏽。"] * 4)})
        .with_events(log)
    )
    return ticket.with_fields({"state": workflow.current_state(ticket).state})


def time_call(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


def print_rate(name: str, seconds: float, count: int, parsing: float) -> None:
    each = seconds / count * 1000
    print(f"{name:44} {each:8.3f} ms a ticket   {seconds:6.2f} s   {seconds / parsing:5.2f} × parsing")


def measure(name: str, tickets: Sequence[Ticket], calendar: str, parsing: float) -> None:
    sla_policy = rules(calendar)
    for turn in ("first", "again"):
        seconds = time_call(lambda: [clocks.reading(ticket, sla_policy, READ_AT) for ticket in tickets])
        print_rate(f"{name}, {calendar}, {turn}", seconds, len(tickets), parsing)


def main() -> None:
    parser = argparse.ArgumentParser(description="How long it takes to read the clocks of a board.")
    parser.add_argument("tickets", nargs="?", type=int, default=10_000)
    parser.add_argument("--small", action="store_true", help="a small size, which only shows that it runs")
    given = parser.parse_args()
    count = 10 if given.small else given.tickets
    written = [yaml_codec.dump(make_ticket(number, EVENTS)) for number in range(1, count + 1)]
    tickets: list[Ticket] = []
    parsing = time_call(lambda: tickets.extend(yaml_codec.read_ticket(data, "ticket.yaml") for data in written))
    print_rate(f"parsing, {EVENTS} events", parsing, count, parsing)
    measure(f"reading, {EVENTS} events", tickets, "site", parsing)
    measure(f"reading, {EVENTS} events", tickets, "always", parsing)
    measure("reading, 5 events", [make_ticket(number, 5) for number in range(1, count + 1)], "always", parsing)
    sample, site_policy = tickets[:1000], rules("site")
    print_rate(
        "story",
        time_call(lambda: [clocks.explain_clocks(ticket, site_policy, READ_AT) for ticket in sample])
        * count
        / len(sample),
        count,
        parsing,
    )


if __name__ == "__main__":
    main()
