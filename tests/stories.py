"""Logs written as a person would tell them, for tests of the flow and the clocks.

A ticket belongs to site KSA (Asia/Riyadh); times without offset are of 2026 and Riyadh's: `"03-01 08:00"`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from fenji.model import policy, workflow
from fenji.model.sla import ClockReading, reading
from fenji.model.ticket import FIELD_BY_PATH, Event, Ticket, Value, is_short, stated_fields

if TYPE_CHECKING:
    from fenji.model.policy import Policy

RIYADH = timezone(timedelta(hours=3))
UID = "01KK3Q0W8Z5V9M3T7K2B4C6D8E"
KSA: Mapping[str, object] = {"tz": "Asia/Riyadh", "week": {"sun-thu": ["08:00-12:00", "13:00-17:00"]}, "day": "8h"}
# The published method: round the clock, nothing required before a step.
RULES: Mapping[str, object] = {
    "format": 1,
    "since": "2026-01-01",
    "sites": {"KSA": {"name": "沙特現場", "calendar": "ksa", "lead": "zhao.min"}},
    "units": {"HQ-TECH": {"name": "總部技術組"}, "FACTORY-7": {"name": "七廠"}},
    "people": {
        "li.wei": {"name": "李偉", "unit": "HQ-TECH", "roles": ["engineer"]},
        "zhao.min": {"name": "趙敏", "unit": "HQ-TECH", "roles": ["engineer", "lead"]},
        "wang.fang": {"name": "王芳", "unit": "HQ-TECH", "roles": ["manager"]},
        "he.qi": {"name": "何琪", "unit": "FACTORY-7", "roles": ["engineer"]},
    },
    "impact": ["major", "minor"],
    "occurrence": ["rare", "common"],
    "matrix": {"major": {"rare": "P1", "common": "P2"}, "minor": {"rare": "P3", "common": "P4"}},
    "priorities": {
        "P1": {"response": "1h", "solution": "24h", "calendar": "always"},
        "P2": {"response": "4h", "solution": "3d", "calendar": "always"},
        "P3": {"response": "8h", "solution": "7d", "calendar": "always"},
        "P4": {"response": "24h", "solution": "14d", "calendar": "always"},
    },
    "kinds": {"project": {"solution": "none"}},
    "calendars": {"ksa": KSA},
    "waiting": {"customer": ["solution"], "parts": [], "access": ["solution"]},
    "at_risk": "25%",
    "backdate": "24h",
    "excuses": ["force majeure", "customer access", "export licence"],
    "may": {"confirm": ["lead"], "archive": ["lead", "manager"]},
}
# Every level on the hours of the site: Sunday to Thursday 08:00-12:00 and 13:00-17:00, 8 hours a day.
ON_SITE_HOURS: Mapping[str, object] = {
    "P1": {"response": "1h", "solution": "4h", "calendar": "site"},
    "P2": {"response": "2h", "solution": "8h", "calendar": "site"},
    "P3": {"response": "4h", "solution": "2d", "calendar": "site"},
    "P4": {"response": "8h", "solution": "4d", "calendar": "site"},
}


def rules(**changes: object) -> Policy:
    """Return the policy above with some of its keys replaced."""
    return policy.from_mapping({**RULES, **changes})


def site_rules(**changes: object) -> Policy:
    """Return the policy above with every level on the hours of the site, and some of its keys replaced."""
    return rules(**{"priorities": ON_SITE_HOURS, **changes})


def instant(text: str) -> datetime:
    """Return an instant from `03-01 08:00`, `03-01 08:00:01` or a whole ISO instant."""
    full = text if len(text) > 14 else f"2026-{text}"
    moment = datetime.fromisoformat(full)
    return moment if moment.tzinfo else moment.replace(tzinfo=RIYADH)


def make_event(
    at: str, do: str, fields: Mapping[str, Value] | None = None, *, by: str = "li.wei", n: int = 0, **more: Value
) -> Event:
    """Return an event; short fields (`priority`) among `fields` and keywords go into `set`; `sender` is its `from`."""
    values = {**(fields or {}), **more}
    stated = {path: value for path, value in values.items() if path in FIELD_BY_PATH and is_short(path)}
    rest = {"from" if key == "sender" else key: value for key, value in values.items() if key not in stated}
    return Event(n, instant(at), by, do, {**rest, **({"set": stated} if stated else {})})


def ticket_with(*events: Event, **header: Value) -> Ticket:
    """Return a ticket with these events, numbered in order where they have no `n`; its fields follow from them."""
    log = [
        event if event.n else Event(n, event.at, event.by, event.do, event.body) for n, event in enumerate(events, 1)
    ]
    fields: dict[str, Value] = {"id": "KSA-2026-0042", "uid": UID, "site": "KSA", "title": "備件生鏽"}
    for event in log:
        fields |= stated_fields(event)
    ticket = Ticket({}).with_fields({**fields, **header}).with_events(log)
    return ticket.with_fields({"state": workflow.current_state(ticket).state or "new"})


def report_event(at: str = "03-01 08:00", priority: str = "P4", **more: Value) -> Event:
    """Return the report of a quality problem, by default at 08:00 on Sunday the 1st of March."""
    return make_event(at, "report", {"kind": "quality", "priority": priority, **more})


def response(ticket: Ticket, at: str, policy: Policy | None = None) -> ClockReading:
    return reading(ticket, policy or rules(), instant(at)).response


def solution(ticket: Ticket, at: str, policy: Policy | None = None) -> ClockReading:
    return reading(ticket, policy or rules(), instant(at)).solution


def hours(count: float) -> int:
    """Return hours in seconds."""
    return int(count * 3600)


def days(count: float) -> int:
    """Return days of 24 hours in seconds."""
    return int(count * 86400)
