"""Laws of the clocks on random stories: as the slow clock says, whatever comes later, and nothing to be gained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fenji.model import policy, workflow
from fenji.model import sla as clocks
from fenji.model.ticket import Event, Ticket, Value
from minutes import EXAMPLES_FACTOR, DatedMinuteCalendar, MinuteCalendar
from slow_clock import Charge, SlowClock, Verdict, minute_of
from stories import RULES, UID

if TYPE_CHECKING:
    from fenji.model.sla import ClockReading

LEAD = "zhao.min"
LEVELS = ("P1", "P2", "P3", "P4")
START = datetime(2026, 3, 27, 5, tzinfo=UTC)  # a Friday; the clocks of Berlin go on in the night to Sunday
EDIT = datetime(2026, 3, 30, 10, 30, tzinfo=UTC)  # a new version of the calendar holds from here on
LAST_EDIT = datetime(2026, 3, 31, 12, 15, tzinfo=UTC)  # and another one from here on
DAYS = 6
OFFICE = {
    "tz": "Europe/Berlin",
    "week": {"mon-fri": ["08:00-12:00", "13:00-17:00"], "sat-sun": ["01:30-04:15"]},
    "day": "8h",
}
LATER = {"tz": "Asia/Shanghai", "week": {"mon-sun": ["09:00-11:30"]}, "holidays": ["2026-04-01"], "day": "2h"}
LAST = {
    "tz": "Asia/Riyadh",
    "week": {"sun-thu": ["07:00-13:00"]},
    "breaks": {"2026-04-01": ["09:00-09:45"]},
    "day": "6h",
}
PROMISES = {
    "P1": {"response": "30m", "solution": "3h", "calendar": "always"},
    "P2": {"response": "1h", "solution": "8h", "calendar": "always"},
    # These fill a morning or whole days, so that many dues fall on a closing.
    "P3": {"response": "4h", "solution": "12h", "calendar": "site"},
    "P4": {"response": "8h", "solution": "16h", "calendar": "site"},
}
SITE = {"KSA": {"name": "Berlin", "calendar": "ksa", "lead": LEAD}}
UNITS = {"li.wei": "HQ-TECH", "he.qi": "FACTORY-7", "zhao.min": "HQ-TECH"}
KIND_RULES = {"project": {"solution": "none"}, "request": {"solution": "20h"}}
SAME = {"priorities": PROMISES, "matrix": RULES["matrix"], "kinds": KIND_RULES}
POLICY = policy.from_mapping(
    {
        **RULES,
        "since": LAST_EDIT.isoformat(),
        "sites": SITE,
        **SAME,
        "calendars": {"ksa": LAST},
        "earlier": [
            {"since": "2026-01-01", **SAME, "calendars": {"ksa": OFFICE}},
            {"since": EDIT.isoformat(), **SAME, "calendars": {"ksa": LATER}},
        ],
    }
)
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
CALENDARS = {
    "always": MinuteCalendar.always(),
    "ksa": DatedMinuteCalendar(
        [(BEGINNING, MinuteCalendar(OFFICE)), (EDIT, MinuteCalendar(LATER)), (LAST_EDIT, MinuteCalendar(LAST))]
    ),
}
often = settings(max_examples=75 * EXAMPLES_FACTOR, deadline=None, suppress_health_check=[HealthCheck.too_slow])
quick = settings(max_examples=60 * EXAMPLES_FACTOR, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def promise(name: str, level: str, kind: str) -> tuple[int, str] | None:
    """What a level promises, read off the mapping above: minutes and calendar."""
    promised = PROMISES[level]
    text = str(KIND_RULES.get(kind, {}).get(name, promised[name]))
    if text == "none":
        return None
    minutes = int(text[:-1]) * {"m": 1, "h": 60}[text[-1]]
    return minutes, "ksa" if promised["calendar"] == "site" else "always"


# --- random stories ---------------------------------------------------------------------------------------------

OPEN_STEPS = (
    *("respond", "assign", "classify", "classify", "classify", "wait", "wait", "wait", "resume", "resume", "resume"),
    *("note", "edit", "solve", "solve", "excuse", "withdraw"),
)
RESTLESS = (*(["classify"] * 8), "wait", "resume", "resume", "solve", "respond")
LIKELY = {
    "solved": ("reopen", "reopen", "reopen", "confirm", "edit", "excuse"),
    "confirmed": ("reopen", "reopen", "archive", "edit", "excuse"),
}
PEOPLE = ["", "li.wei", "he.qi"]
GAPS = st.one_of(st.just(0), st.sampled_from([0, 30, 60, 120, 180, 240, 480, 540, 1440]), st.integers(0, 700))
FAR = START + timedelta(days=DAYS)


@st.composite
def events(draw: st.DrawFn, n: int, at: datetime, state: str, *, restless: bool = False) -> Event:
    """An event that is likely in `state`; now and then any event at all. In a restless life it is often judged anew."""
    likely = LIKELY.get(state, RESTLESS if restless else OPEN_STEPS)
    do = draw(st.sampled_from(likely if draw(st.integers(0, 7)) else sorted(workflow.STEPS)))
    more: dict[str, Value] = {}
    fields: dict[str, Value] = {}
    if do == "classify" or (do in ("edit", "report", "solve") and draw(st.booleans())):
        fields["priority"] = draw(st.sampled_from(LEVELS))
    if do == "classify" and draw(st.integers(0, 4)) == 0:
        fields["kind"] = draw(st.sampled_from(["quality", "request", "project"]))
    if do == "assign":
        fields = {"owner": draw(st.sampled_from(PEOPLE)), "units": draw(st.sampled_from([["A"], ["A", "HQ-TECH"], []]))}
    if do == "wait":
        more["reason"] = draw(st.sampled_from(["customer", "customer", "access", "parts", "lunch"]))
    if do == "reopen":
        more["reason"] = draw(st.sampled_from(["", "again", "again"]))
    if do == "note" and draw(st.booleans()):
        more["from"] = "requester"
    if do == "excuse":
        more |= {"clock": draw(st.sampled_from(["response", "solution"])), "reason": "force majeure", "note": "storm"}
    if fields:
        more["set"] = fields
    return Event(n, at, draw(st.sampled_from(PEOPLE[1:])), do, more)


def list_dues(ticket: Ticket, at: datetime) -> list[datetime]:
    """The dues that its clocks show at an instant, as far as the slow clock is asked."""
    reading = clocks.reading(ticket, POLICY, at)
    return [due.astimezone(UTC) for due in (reading.response.due, reading.solution.due) if due and START < due < FAR]


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    """A ticket with a random log; events like to fall on the dues before them, and the last may be entered late."""
    at = START + timedelta(minutes=draw(st.integers(0, 1440)))
    first = {
        "priority": draw(st.sampled_from(LEVELS)),
        "kind": draw(st.sampled_from(["quality", "quality", "request"])),
    }
    log = [Event(1, at, "li.wei", "report", {"set": {**first, "owner": draw(st.sampled_from(PEOPLE))}})]
    restless = draw(st.booleans())
    for n in range(2, draw(st.integers(1, 12)) + 1):
        dues = [due for due in list_dues(build_ticket(log), at) if due > at]
        gap = draw(GAPS)
        to_due = draw(st.integers(0, 3)) == 0
        at = draw(st.sampled_from(dues)) if dues and to_due else min(at + timedelta(minutes=gap), FAR)
        log.append(draw(events(n, at, build_ticket(log).state, restless=restless)))
    if len(log) > 3 and draw(st.booleans()):
        back = log[-1].at - timedelta(minutes=draw(st.integers(0, 900)))
        log.append(draw(events(len(log) + 1, back, build_ticket(log).state)))
    return build_ticket(log)


def build_ticket(log: list[Event]) -> Ticket:
    fields: dict[str, Value] = {"id": "KSA-2026-0001", "uid": UID, "site": "KSA", "title": "x"}
    for event in log:
        fields |= event.set
    ticket = Ticket({}).with_fields(fields).with_events(log)
    return ticket.with_fields({"state": workflow.current_state(ticket).state or "new"})


@st.composite
def moments(draw: st.DrawFn, ticket: Ticket) -> datetime:
    """Any minute, or one at or just beside an event or a due of the ticket."""
    first = ticket.log[0].at
    at = first + timedelta(minutes=draw(st.integers(-1, (FAR - first) // timedelta(minutes=1))))
    if draw(st.booleans()):
        at = draw(st.sampled_from(ticket.log)).at
    dues, on_a_due = list_dues(ticket, at), draw(st.booleans())
    if dues and on_a_due:
        at = draw(st.sampled_from(dues))
    return at + timedelta(minutes=draw(st.sampled_from([0, 0, 0, 1, -1])))


def read_slowly(ticket: Ticket, at: datetime) -> dict[str, Verdict] | None:
    return SlowClock(ticket.log, LEVELS, promise, CALENDARS, ("customer", "access"), 0.25, UNITS, LEAD).read(at)


def to_charge(charged: clocks.ChargedTo) -> Charge:
    return Charge(
        charged.key, charged.unit or "", dict(charged.involved), charged.done_by or "", charged.received_from or ""
    )


def who_answers(reading: ClockReading) -> clocks.ChargedTo:
    """Whom a decided clock is charged to, whoever stopped it: of a miss that may come later."""
    assert reading.charged_to
    return replace(reading.charged_to, done_by=None)


def to_verdict(reading: ClockReading) -> Verdict:
    charged = reading.charged_to
    return Verdict(
        reading.state,
        minute_of(reading.due) if reading.due else None,
        None if reading.state == "met" else reading.left_s,
        reading.used_s if reading.target_s is not None else None,
        reading.held_s if reading.target_s is not None else None,
        reading.late_s,
        minute_of(reading.done) if reading.done else None,
        to_charge(charged) if charged else None,
        reading.counts,
    )


# --- the laws ---------------------------------------------------------------------------------------------------


@often
@given(st.data(), tickets())
def test_the_clocks_say_what_stepping_through_every_minute_says(data: st.DataObject, ticket: Ticket) -> None:
    at = data.draw(moments(ticket))
    expected, reading = read_slowly(ticket, at), clocks.reading(ticket, POLICY, at)
    if expected is None:
        assert (reading.response.state, reading.solution.state) == ("none", "none")
        return
    assert to_verdict(reading.response) == expected["response"]
    assert to_verdict(reading.solution) == expected["solution"]


@quick
@given(st.data(), tickets())
def test_no_later_event_changes_an_earlier_reading(data: st.DataObject, ticket: Ticket) -> None:
    at = data.draw(moments(ticket))
    seen = build_ticket([event for event in ticket.log if event.at <= at])
    assert clocks.reading(ticket, POLICY, at) == clocks.reading(seen, POLICY, at)


@quick
@given(st.data(), tickets())
def test_a_miss_once_read_stands_at_every_later_instant(data: st.DataObject, ticket: Ticket) -> None:
    first, second = sorted([data.draw(moments(ticket)), data.draw(moments(ticket))])
    before, after = clocks.reading(ticket, POLICY, first), clocks.reading(ticket, POLICY, second)
    for name in clocks.CLOCKS:
        if before.clock(name).met is False:
            assert after.clock(name).met is False
            assert after.clock(name).due == before.clock(name).due
            assert who_answers(after.clock(name)) == who_answers(before.clock(name))
            assert after.clock(name).late_s >= before.clock(name).late_s


@quick
@given(tickets())
def test_no_event_changes_what_was_final_before_it_in_the_order_also_of_one_instant(ticket: Ticket) -> None:
    ordered = sorted(ticket.log, key=lambda event: (event.at, event.n, event.digest))
    for count in range(1, len(ordered)):
        at = ordered[count].at
        before, after = (clocks.reading(build_ticket(ordered[:length]), POLICY, at) for length in (count, count + 1))
        if before.response.done or before.response.met is False:
            assert (after.response.met, after.response.due) == (before.response.met, before.response.due)
        if before.solution.met is False:
            assert (after.solution.met, after.solution.due) == (False, before.solution.due)


@quick
@given(st.data(), tickets())
def test_nothing_changes_before_the_next_change_and_something_does_then(data: st.DataObject, ticket: Ticket) -> None:
    at = data.draw(moments(ticket))
    change = clocks.reading(ticket, POLICY, at).next_change
    seen = build_ticket([event for event in ticket.log if event.at <= at])

    def states(instant: datetime) -> tuple[str, str]:
        reading = clocks.reading(seen, POLICY, instant)
        return reading.response.state, reading.solution.state

    if change is None:
        assert states(at) == states(at + timedelta(days=400))
    else:
        assert change > at
        assert states(change - timedelta(seconds=1)) == states(at)
        assert states(change) != states(at)


@quick
@given(st.data(), tickets())
def test_story_and_reading_agree_and_the_shares_make_up_the_whole(data: st.DataObject, ticket: Ticket) -> None:
    at = data.draw(moments(ticket))
    story, reading = clocks.explain_clocks(ticket, POLICY, at), clocks.reading(ticket, POLICY, at)
    assert all(str(sentence) for sentence in story.sentences())
    for telling in filter(None, (story.response, story.solution)):
        read = reading.clock(telling.clock)
        assert telling.reading == read
        assert sum(share.seconds for share in telling.shares) == read.used_s
        running = [stretch.seconds if stretch.mode == "running" else 0 for stretch in telling.intervals]
        assert list(accumulate(running)) == [stretch.total_s for stretch in telling.intervals]
        edges = [(stretch.start, stretch.end) for stretch in telling.intervals]
        assert all(end == start for (_, end), (start, _) in pairwise(edges))
        _assert_last_due(telling, read)


def _assert_last_due(explanation: clocks.ClockExplanation, read: ClockReading) -> None:
    last = explanation.intervals[-1]
    if read.state in ("running", "at_risk"):
        assert min(level.due for level in last.levels if level.due) == read.due
    if read.state == "held":
        assert read.left_s in {level.left_s for level in last.levels}


# --- nothing is gained or lost by a change of priority ------------------------------------------------------------


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Report, answers and waits at one level, unsolved."""
    at = START + timedelta(minutes=draw(st.integers(0, 1440)))
    log = [Event(1, at, "li.wei", "report", {"set": {"priority": draw(st.sampled_from(LEVELS)), "kind": "quality"}})]
    for n in range(2, draw(st.integers(1, 6)) + 1):
        at += timedelta(minutes=draw(GAPS))
        do = draw(st.sampled_from(["wait", "resume", "note"]))
        log.append(Event(n, at, "li.wei", do, {"reason": "customer"} if do == "wait" else {}))
    return log


@quick
@given(st.data(), logs())
def test_going_down_and_up_or_up_and_down_gains_nothing(data: st.DataObject, log: list[Event]) -> None:
    level = log[0].set["priority"]
    end = log[-1].at + timedelta(minutes=data.draw(st.integers(1, 3000)))
    span = (end - log[0].at) // timedelta(minutes=1)
    offsets = sorted(data.draw(st.lists(st.integers(1, span), min_size=2, max_size=5)))
    flips = [data.draw(st.sampled_from(LEVELS)) for _ in offsets[:-1]] + [level]
    changes = [
        Event(100 + n, log[0].at + timedelta(minutes=offset), "li.wei", "classify", {"set": {"priority": flip}})
        for n, (offset, flip) in enumerate(zip(offsets, flips, strict=True))
    ]
    resumed = Event(200, end, "li.wei", "resume")  # a miss shows while the clock runs
    plain, flipped = (
        clocks.reading(build_ticket([*history, resumed]), POLICY, end) for history in (log, [*log, *changes])
    )
    for name in clocks.CLOCKS:
        before, after = plain.clock(name), flipped.clock(name)
        if before.met is False:
            assert after.met is False
        elif after.met is None:
            assert before.due
            assert after.due
            assert after.due <= before.due


@quick
@given(st.data(), logs())
def test_a_first_raise_gives_the_new_target_or_what_was_left_and_makes_nobody_late(
    data: st.DataObject, log: list[Event]
) -> None:
    level = str(log[0].set["priority"])
    assume(level != "P1")
    urgent = data.draw(st.sampled_from(LEVELS[: LEVELS.index(level)]))
    at = log[-1].at + timedelta(minutes=data.draw(GAPS))
    raised = Event(99, at, "li.wei", "classify", {"set": {"priority": urgent}})
    plain, after = (clocks.reading(build_ticket(history), POLICY, at) for history in (log, [*log, raised]))
    for name in clocks.CLOCKS:
        before, now = plain.clock(name), after.clock(name)
        if before.met is False:
            assert now.due == before.due
        elif before.due:
            promised = POLICY.target(urgent, name, kind="quality", site="KSA", reported=log[0].at)
            assert promised
            assert now.met is None
            assert now.due == min(before.due, promised.calendar.add(at, promised.duration))


# --- who answers for it -------------------------------------------------------------------------------------------


@often
@given(st.data(), tickets())
def test_met_or_missed_every_decided_clock_has_one_who_answers_and_one_unit(
    data: st.DataObject, ticket: Ticket
) -> None:
    reading = clocks.reading(ticket, POLICY, data.draw(moments(ticket)))
    for name in clocks.CLOCKS:
        clock = reading.clock(name)
        charged = clock.charged_to
        assert (charged is None) == (clock.met is None)
        if charged:
            assert (charged.owner is None) != (charged.queue is None)
            assert charged.queue in (None, "KSA")
            assert charged.unit
            assert charged.unit not in charged.involved
            assert all(0 <= share <= 1 for share in charged.involved.values())
            assert charged.received_from != charged.key
