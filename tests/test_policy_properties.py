"""The law of change on random policies, edits and stories: nothing that passes moves what had run before."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from fenji.model import policy as policies
from fenji.model import workflow
from fenji.model.sla import ClockReading, reading
from fenji.model.ticket import Event, Ticket, Value
from minutes import EXAMPLES_FACTOR
from stories import RULES, UID

Document = dict[str, Any]
NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)  # a Wednesday
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LEVELS = ("P1", "P2", "P3", "P4", "P5")
VERSION_KEYS = ("priorities", "matrix", "kinds", "calendars", "sites", "waiting", "at_risk")
BASE: Document = {
    **copy.deepcopy(dict(RULES)),
    "format": "2",
    "since": "2026-01-01",
    "sites": {
        "KSA": {"name": "K", "calendar": "ksa", "lead": "zhao.min"},
        "HQ": {"name": "H", "calendar": "hq", "lead": "wang.fang"},
    },
    "priorities": {
        "P1": {"response": "1h", "solution": "6h", "calendar": "always"},
        "P2": {"response": "2h", "solution": "8h", "calendar": "site"},
        "P3": {"response": "4h", "solution": "2d", "calendar": "site"},
        "P4": {"response": "8h", "solution": "4d", "calendar": "site"},
    },
    "kinds": {"project": {"solution": "none"}, "request": {"solution": "5d"}},
    "calendars": {
        "ksa": {"tz": "Asia/Riyadh", "week": {"sun-thu": ["08:00-12:00", "13:00-17:00"]}, "day": "8h"},
        "hq": {"tz": "Asia/Shanghai", "week": {"mon-fri": ["08:30-12:00", "13:30-18:00"]}, "day": "8h"},
    },
}
often = settings(
    max_examples=150 * EXAMPLES_FACTOR,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


# --- random policies and edits ------------------------------------------------------------------------------------

DAYS = st.integers(-6, 6).map(lambda offset: (NOW + offset * DAY).date().isoformat())
CALENDARS = st.sampled_from(["ksa", "hq"])
Edit = Callable[[st.DataObject, Document], None]


def edit_target(data: st.DataObject, document: Document) -> None:
    level = data.draw(st.sampled_from(sorted(document["priorities"])))
    document["priorities"][level]["solution"] = data.draw(st.sampled_from(["6h", "12h", "3d", "9d", "none"]))


def add_level(data: st.DataObject, document: Document) -> None:
    document["priorities"]["P5"] = {"response": data.draw(st.sampled_from(["20h", "30h"])), "calendar": "site"}


def edit_matrix(data: st.DataObject, document: Document) -> None:
    document["matrix"]["minor"]["common"] = data.draw(st.sampled_from(["P3", "P4"]))


def edit_kinds(data: st.DataObject, document: Document) -> None:
    promised = {"solution": data.draw(st.sampled_from(["none", "6h", "5d"]))}
    document["kinds"][data.draw(st.sampled_from(["project", "request", "quality"]))] = promised


def edit_waiting(data: st.DataObject, document: Document) -> None:
    reason = data.draw(st.sampled_from(["customer", "parts", "access", "weather"]))
    document["waiting"][reason] = data.draw(st.sampled_from([[], ["solution"]]))


def edit_risk(data: st.DataObject, document: Document) -> None:
    document["at_risk"] = data.draw(st.sampled_from(["10%", "25%", "90%"]))


def edit_site(data: st.DataObject, document: Document) -> None:
    site = document["sites"][data.draw(st.sampled_from(["KSA", "HQ"]))]
    site[data.draw(st.sampled_from(["calendar", "calendar", "lead"]))] = "hq"
    site["lead"] = data.draw(st.sampled_from(["zhao.min", "wang.fang"]))


def edit_hours(data: st.DataObject, document: Document) -> None:
    calendar = document["calendars"][data.draw(CALENDARS)]
    key, value = data.draw(
        st.sampled_from(
            [
                ("week", {"mon-sun": ["09:00-11:30"]}),
                ("day", "4h"),
                ("tz", "Africa/Cairo"),
                ("offsets", {"2026-03-19T00:00:00+03:00": "+04:00"}),
                ("offsets", {"2026-03-17T00:00:00+03:00": "+04:00"}),
                ("offsets", {"2026-03-01T00:00:00+03:00": "+03:00"}),
            ]
        )
    )
    calendar[key] = value


def edit_dates(data: st.DataObject, document: Document) -> None:
    calendar = document["calendars"][data.draw(CALENDARS)]
    key, day = data.draw(st.sampled_from(["holidays", "shifts", "breaks"])), data.draw(DAYS)
    if key == "holidays":
        days = set(calendar.get("holidays", [])) ^ {day}
        calendar["holidays"] = sorted(days)
    elif day in calendar.get(key, {}):
        del calendar[key][day]
    else:
        calendar.setdefault(key, {})[day] = data.draw(st.sampled_from([["09:00-10:00"], ["06:00-20:00"]]))


def edit_unit(data: st.DataObject, document: Document) -> None:
    person = document["people"][data.draw(st.sampled_from(["li.wei", "he.qi"]))]
    units = person["unit"] if isinstance(person["unit"], dict) else {"2025-01-01": person["unit"]}
    person["unit"] = {**units, data.draw(DAYS): data.draw(st.sampled_from(["HQ-TECH", "FACTORY-7"]))}


def add_names(data: st.DataObject, document: Document) -> None:
    calendar = data.draw(st.sampled_from(["ksa", "hq", "new"]))
    document["calendars"]["new"] = {"tz": "Asia/Dubai", "week": {"mon-fri": ["07:00-15:00"]}, "day": "8h"}
    document["sites"]["DXB"] = {"name": "D", "calendar": calendar, "lead": "li.wei"}
    document["people"]["new"] = {"name": "N", "unit": "HQ-TECH", "roles": ["lead"]}


def end_names(data: st.DataObject, document: Document) -> None:
    document["people"]["li.wei"]["until"] = data.draw(DAYS)
    document["sites"]["HQ"]["until"] = data.draw(DAYS)


EDITS: tuple[Edit, ...] = (
    *(edit_target, add_level, edit_matrix, edit_kinds, edit_waiting, edit_risk, edit_site, edit_hours),
    *(edit_dates, edit_dates, edit_dates, edit_unit, add_names, end_names),
)
SINCES = st.sampled_from([-5 * DAY, -2 * 60 * MINUTE, -30 * MINUTE, -MINUTE, 0 * MINUTE, 0 * MINUTE, 2 * DAY])


def change(data: st.DataObject, document: Document) -> Document:
    """Some edits, mostly with what was in force moved under `earlier` and a new `since`; not always as it should be."""
    edited = copy.deepcopy(document)
    for apply_edit in data.draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=3)):
        apply_edit(data, edited)
    moves = data.draw(st.integers(0, 3))
    if moves:
        edited["since"] = (NOW + data.draw(SINCES)).isoformat()
    if moves > 1:
        kept = {"since": document["since"], **{key: copy.deepcopy(document[key]) for key in VERSION_KEYS}}
        edited["earlier"] = [*copy.deepcopy(document.get("earlier", [])), kept]
    if data.draw(st.integers(0, 9)) == 0 and edited.get("earlier"):
        data.draw(st.sampled_from(EDITS[:9]))(data, {**edited, **edited["earlier"][-1]})
    return edited


def parse(document: Document) -> policies.Policy | None:
    return policies.parse_policy(document)[0]


def draw_policies(data: st.DataObject) -> tuple[policies.Policy, policies.Policy] | None:
    """A policy in force, now and then of two versions, and another that is to take its place."""
    document = copy.deepcopy(BASE)
    if data.draw(st.booleans()):
        kept = {"since": "2025-06-01", **{key: copy.deepcopy(document[key]) for key in VERSION_KEYS}}
        for apply_edit in data.draw(st.lists(st.sampled_from(EDITS), max_size=3)):
            apply_edit(data, document)
        since = data.draw(st.sampled_from([-7 * DAY, -2 * DAY, -20 * MINUTE, 3 * DAY]))
        document |= {"since": (NOW + since).isoformat(), "earlier": [kept]}
    old, new = parse(document), parse(change(data, document))
    return (old, new) if old and new else None


# --- random stories -----------------------------------------------------------------------------------------------

STEPS = ("respond", "assign", "classify", "classify", "classify", "wait", "wait", "resume", "solve", "reopen", "note")


@st.composite
def stories(draw: st.DrawFn) -> Ticket:
    """A ticket of a known site with a log of the last days, among it changes of kind and back."""
    at = NOW - draw(st.integers(0, 9 * 1440)) * MINUTE
    kinds = st.sampled_from(["quality", "quality", "request", "project"])
    first: dict[str, Value] = {
        "priority": draw(st.sampled_from(LEVELS)),
        "kind": draw(kinds),
        "owner": draw(st.sampled_from(["", "li.wei", "he.qi"])),
    }
    log = [Event(1, at, "li.wei", "report", {"set": first})]
    for n in range(2, draw(st.integers(1, 8)) + 1):
        at += draw(st.sampled_from([0, 1, 60, 240, 480, 1440, 2000])) * MINUTE
        do = draw(st.sampled_from(STEPS))
        body: dict[str, Value] = {"reason": draw(st.sampled_from(["customer", "parts", "weather"]))}
        if do == "classify":
            body["set"] = {"priority": draw(st.sampled_from(LEVELS)), "kind": draw(kinds)}
        if do == "assign":
            body["set"] = {"owner": draw(st.sampled_from(["", "li.wei", "he.qi"])), "units": ["HQ-TECH"]}
        log.append(Event(n, at, "li.wei", do, body))
    fields: dict[str, Value] = {"id": "KSA-2026-0001", "uid": UID, "site": draw(st.sampled_from(["KSA", "HQ"]))}
    for entry in log:
        fields |= entry.set
    ticket = Ticket({}).with_fields(fields).with_events(log)
    return ticket.with_fields({"state": workflow.current_state(ticket).state or "new"})


# --- the law ------------------------------------------------------------------------------------------------------


def what_has_run(clock: ClockReading, bound: datetime) -> Document:
    """What a reading says of the time before an instant: all but dues to come, which what has not begun may move."""
    shown = clock.mapping()
    due, due_text = clock.due, shown.pop("due")
    return {**shown, "level": clock.level, "due": due_text if due and due < bound else None}


@often
@given(st.data(), stories(), st.integers(0, 10 * 1440))
def test_no_edit_that_passes_moves_what_has_run(data: st.DataObject, ticket: Ticket, ago: int) -> None:
    pair = draw_policies(data)
    if pair is None:
        return
    old, new = pair
    passes = not policies.find_past_changes(old, new, NOW)
    event(f"passes: {passes}")
    if not passes:
        return
    known = {version.begins for version in old.versions}
    begun = [
        version.begins
        for version in new.versions
        if version.begins not in known and version.begins >= NOW - 60 * MINUTE
    ]
    bound = min([NOW, *begun])
    for at in (bound - (ago + 1) * MINUTE, bound - timedelta(seconds=1)):
        before, after = reading(ticket, old, at), reading(ticket, new, at)
        for name in ("response", "solution"):
            assert what_has_run(before.clock(name), bound) == what_has_run(after.clock(name), bound)
        assert old.unit_of("li.wei", at) == new.unit_of("li.wei", at)
        assert old.lead_of(ticket.site, at) == new.lead_of(ticket.site, at)
