"""What would bend a verdict past the clocks: an hour unsaid, an origin made up, a program's answer, half a grade."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from fenji.model.merge import superseded_event
from fenji.model.sla import reading
from fenji.model.ticket.uid import derive_uid
from hubs import (
    NOW,
    POLICY,
    SOLVED,
    YEAR,
    Clone,
    after_forced_event,
    copy_clone,
    create_hub,
    git,
    reported_ticket,
    rules,
)

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.model.ticket import Ticket, Value

OPEN = reported_ticket(1, impact="minor", occurrence="rare", priority="P3")
NEW = reported_ticket(7, 3)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return create_hub(tmp_path_factory.mktemp("hub"), rules(), OPEN)


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return copy_clone(founded, tmp_path)


def brought_in(ticket: Ticket, by: str, hours: float = 0) -> Ticket:
    origin: dict[str, Value] = {"source": "jira", "key": "SUP-1", "at": NOW + timedelta(hours=hours), "by": by}
    return ticket.with_fields({"origin": origin})


BY_THE_DAY = replace(NEW.log[0], body={**NEW.log[0].body, "precision": "day"})
REFUSED = {
    "an answer without its hour": (
        "li.wei",
        after_forced_event(OPEN, "respond", 1, precision="day"),
        "has no time of day",
    ),
    "a solution without its hour": (
        "li.wei",
        after_forced_event(OPEN, "solve", 1, precision="day", fields=SOLVED),
        "has no time of day",
    ),
    "a report without its hour": ("li.wei", replace(NEW, log=(BY_THE_DAY,)), "has no time of day"),
    "an origin by who may not import": ("li.wei", brought_in(NEW, "li.wei"), "li.wei may not import"),
    "an origin to come": ("zhao.min", brought_in(NEW, "zhao.min", 24 * 365), "is in the future"),
    "an origin given later": ("zhao.min", brought_in(OPEN, "zhao.min"), "stays as it was imported"),
    "an answer by a program": ("mail", after_forced_event(OPEN, "respond", 1, by="mail"), "a step for a person"),
    "a solution by a program": (
        "import",
        after_forced_event(OPEN, "solve", 1, by="import", fields=SOLVED),
        "a step for a person",
    ),
    "a report that does not say its first values": (
        "li.wei",
        replace(NEW, log=(replace(NEW.log[0], body={}),)),
        "its report does not give kind, priority",
    ),
    "the same, unsaid by a later event": (
        "li.wei",
        after_forced_event(replace(NEW, log=(replace(NEW.log[0], body={}),)), "assign", 1, fields={"owner": "li.wei"}),
        "its report does not give kind, priority",
    ),
    "an impact without its priority": (
        "li.wei",
        after_forced_event(OPEN, "classify", 1, fields={"impact": "major"}),
        "needs a reason",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(clone: Clone, name: str) -> None:
    author, ticket, why = REFUSED[name]
    clone.commit(ticket, by=author)
    pushed = clone.push()
    assert not pushed.accepted
    assert any(why in line for line in pushed.lines), pushed.lines


def test_a_grade_with_its_priority_or_a_reason_comes_in(clone: Clone) -> None:
    fields = {"impact": "major", "priority": "P1"}
    clone.commit(after_forced_event(OPEN, "classify", 1, fields=fields))
    assert clone.push().accepted
    clone.commit(reported_ticket(8), after_forced_event(NEW, "classify", 1, fields={"impact": "minor"}, reason="told"))
    assert clone.push().accepted


def test_an_origin_comes_in_with_a_new_ticket_of_who_may_import(clone: Clone) -> None:
    clone.commit(brought_in(reported_ticket(9, by="zhao.min"), "zhao.min"), by="zhao.min")
    pushed = clone.push()
    assert pushed.accepted, pushed.lines
    later = clone.read(f"tickets/open/{reported_ticket(9).id}.yaml")
    clone.commit(brought_in(later, "zhao.min", 0.5), by="zhao.min")
    assert not clone.push().accepted


# --- an event that keeps a former value -------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{"set": {"priority": "P4"}}, {"set": {"owner": "wang.fang"}}, {"note": "I agree"}])
def test_what_keeps_a_value_says_nothing_else(clone: Clone, more: dict[str, Value]) -> None:
    noted = after_forced_event(OPEN, "note", 1, note="cause", fields={"cause": "salt air"})
    kept = superseded_event("cause", "sand\n", noted.log[-1])
    forged = noted.with_events([replace(kept, body={**kept.body, **more})])
    assert [reading(ticket, POLICY, NOW).mapping() for ticket in (noted, forged)] == 2 * [
        reading(OPEN, POLICY, NOW).mapping()
    ]
    clone.commit(forged)
    pushed = clone.push()
    assert any("keeps a value no event gave" in line for line in pushed.lines), pushed.lines
    git(clone.folder, "reset", "-q", "--hard", "HEAD~1")
    clone.commit(noted.with_events([kept]))
    assert clone.push().accepted


# --- another number is another site, with other hours and another queue -----------------------------------------------

MAILED = after_forced_event(reported_ticket(11, 3, by="mail"), "note", 2, by="mail", note="x")
ELSEWHERE = MAILED.with_fields({"id": f"HQ-{YEAR}-0001", "site": "HQ", "formerly": MAILED.id})


@pytest.fixture(scope="module")
def with_mail(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return create_hub(tmp_path_factory.mktemp("mail"), rules(), OPEN, MAILED)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_mail_moves_to_no_other_site(with_mail: Clone, tmp_path: Path, *, at_once: bool) -> None:
    clone = copy_clone(with_mail, tmp_path)
    gone: dict[str, bytes | None] = {f"tickets/open/{MAILED.id}.yaml": None}
    if not at_once:
        clone.commit(files=gone)
    clone.commit(ELSEWHERE, files=gone if at_once else {})
    pushed = clone.push()
    assert any(f"was {MAILED.id}; a ticket keeps its number" in line for line in pushed.lines), pushed.lines


# --- an old mail is dated by itself, and brings nothing else into the past --------------------------------------------

KEY = "0" * 32
OLD = 24 * 40  # hours
ROUTES = b"routes: [{when: {kind: quality}, owner: wang.fang}]\n"


def mailed(running: int, key: str = KEY, **fields: Any) -> Ticket:
    ticket = reported_ticket(running, OLD, by="mail", **fields).with_fields({"uid": derive_uid("mail", KEY)})
    report = ticket.log[0]
    return replace(ticket, log=(replace(report, body={**report.body, "mail": {"key": key}}),))


def by_mail(do: str, hours: float = OLD - 1, **more: Any) -> Ticket:
    return after_forced_event(mailed(21), do, hours, by="mail", mail={"key": KEY}, **more.pop("more", {}), **more)


@pytest.fixture(scope="module")
def with_routes(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return create_hub(tmp_path_factory.mktemp("routes"), rules() + ROUTES, OPEN)


@pytest.mark.parametrize(
    "ticket",
    [
        mailed(21),
        mailed(21, owner="wang.fang"),
        by_mail("note", note="x", more={"from": "requester"}),
    ],
)
def test_an_old_mail_comes_in(with_routes: Clone, tmp_path: Path, ticket: Ticket) -> None:
    clone = copy_clone(with_routes, tmp_path)
    clone.commit(ticket, by="mail")
    pushed = clone.push()
    assert pushed.accepted, pushed.lines


@pytest.mark.parametrize(
    "ticket",
    [
        mailed(21, owner="li.wei"),  # an owner whom no route names
        mailed(21, key="1" * 32),  # the ticket of another mail
        by_mail("note", note="x", fields={"owner": "li.wei"}),
        by_mail("note", note="x", fields={"kind": "request"}),
        by_mail("respond"),
    ],
)
def test_nothing_else_comes_in_as_an_old_mail(with_routes: Clone, tmp_path: Path, ticket: Ticket) -> None:
    clone = copy_clone(with_routes, tmp_path)
    clone.commit(ticket, by="mail")
    pushed = clone.push()
    reasons = ("written later than it happened and does not say when", "a step for a person")
    assert any(reason in line for reason in reasons for line in pushed.lines), pushed.lines


def test_what_was_taken_out_comes_back_as_it_was(clone: Clone) -> None:
    path = f"tickets/open/{OPEN.id}.yaml"
    clone.commit(files={path: None}, by="zhao.min")
    clone.commit(brought_in(OPEN, "zhao.min"), by="zhao.min")
    pushed = clone.push()
    assert any("stays as it was imported" in line for line in pushed.lines), pushed.lines
    clone.commit(OPEN, by="zhao.min")
    assert clone.push().accepted
