"""Where more business may be: hints and what followed them, what several customers ask for, what ends soon."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fenji.errors import Sentence
from fenji.model.appraisal.facts import Facts, LinkFact, TicketFacts
from fenji.model.contracts import Contract, Contracts, ContractsVersion
from fenji.model.contracts.contracts import Pool, Warranty
from figure_facts import START, make_ticket, tables_of, values_of

DAY = 86400


def facts_with(*tickets: TicketFacts) -> Facts:
    facts = Facts()
    facts.add(tickets)
    return facts


@pytest.mark.parametrize(
    ("link", "later_days", "follows"),
    [
        (LinkFact("u2", "KSA-2026-0001", "related"), 5, True),
        (LinkFact("u1", "KSA-2026-0002", "related"), 5, True),
        (LinkFact("u2", "KSA-2026-0901", "related"), 5, True),  # the number before a merge
        (LinkFact("u2", "KSA-2026-0001", "duplicate"), 5, False),
        (LinkFact("u2", "KSA-2026-0001", "related"), -5, False),
        (LinkFact("u2", "KSA-2026-0003", "related"), 5, False),
    ],
)
def test_a_hint_is_followed_up_by_a_later_ticket_that_is_linked_with_it(
    link: LinkFact, later_days: int, *, follows: bool
) -> None:
    hint = make_ticket(1, opportunity="a package", customer="North", confirmed=START + DAY, formerly="KSA-2026-0901")
    other = make_ticket(2, reported=START + later_days * DAY)
    links = {ticket.uid: [link] if link.uid == ticket.uid else [] for ticket in (hint, other)}
    found = tables_of(
        facts_with(*(TicketFacts(ticket, links=links[ticket.uid]) for ticket in (hint, other))), "opportunity"
    )["hints"]
    expected = "KSA-2026-0002" if follows else None
    assert values_of(found, "ticket", "customer", "age_days", "follow_up") == [("KSA-2026-0001", "North", 29, expected)]
    assert str(found.notes[0]).endswith("0" if follows else "1")


def test_what_followed_a_hint_may_be_none_of_the_tickets_that_are_asked_for() -> None:
    hint = make_ticket(1, opportunity="a package", confirmed=START + DAY)
    follow_up = TicketFacts(make_ticket(2, site="HQ", reported=START + DAY), links=[LinkFact("u2", hint.id, "related")])
    whole = facts_with(TicketFacts(hint), follow_up)
    found = tables_of(whole.without(["u2"]), "opportunity", whole=whole)["hints"]
    assert values_of(found, "ticket", "follow_up") == [(hint.id, "KSA-2026-0002")]


def test_what_several_customers_ask_for_is_one_thing_with_one_name_each() -> None:
    asked = {"kind": "request", "system": "Radar", "subsystem": "Van"}
    found = tables_of(
        facts_with(
            TicketFacts(make_ticket(1, customer="North", **asked)),
            TicketFacts(make_ticket(2, customer="south", **asked)),
            TicketFacts(make_ticket(3, customer="South", **asked)),
            TicketFacts(make_ticket(4, customer="West", **{**asked, "kind": "quality"})),
            TicketFacts(make_ticket(5, customer="West", state="withdrawn", **asked)),
            TicketFacts(make_ticket(6, customer="North", kind="request", part="X1")),
            TicketFacts(make_ticket(7, customer="North", kind="request", system="Radar")),
            TicketFacts(make_ticket(8, customer="South", kind="request", system="Radar")),
        ),
        "opportunity",
    )["demand"]
    assert values_of(found, "thing", "customers", "tickets") == [("Radar Van", 2, 3)]
    assert found.rows[0]["tickets"].query == "id:KSA-2026-0001,KSA-2026-0002,KSA-2026-0003"


def make_contract(key: str, **parts: object) -> Contract:
    return Contract(key, {"North": ()}, **parts)  # type: ignore[arg-type]


def test_what_ends_within_180_days_is_named_with_the_tickets_of_a_year() -> None:
    pool = Pool(Decimal(60), date(2025, 3, 1), ("request",))
    soon, later = (Warranty(date(2024, 1, 1), until, (), ()) for until in (date(2026, 12, 31), date(2027, 6, 1)))
    first = {
        contract.key: contract
        for contract in (
            make_contract("A", warranty=soon, pool=pool),
            make_contract("B", warranty=later),
            make_contract("C"),
        )
    }
    versions = (
        ContractsVersion(date(2026, 1, 1), "USD", first),
        ContractsVersion(date(2027, 1, 1), "USD", {key: first[key] for key in "AB"}),
    )
    facts = facts_with(TicketFacts(make_ticket(1, customer="north")), TicketFacts(make_ticket(2, customer="West")))
    found = tables_of(facts, "opportunity", contracts=lambda: Contracts(versions))["ending"]
    rows = [
        (contract, str(what), until.isoformat(), days, tickets)
        for contract, what, until, days, tickets in values_of(
            found, "contract", "what", "until", "days_left", "tickets"
        )
    ]
    assert rows == [
        ("A", "warranty", "2026-12-31", 31, 1),
        ("C", "contract", "2026-12-31", 31, 1),
        ("A", "hours paid in advance", "2027-02-28", 90, 1),
    ]
    assert found.title == Sentence("Ends within {days} days", {"days": 180})


def test_without_contracts_nothing_is_said_of_their_ends() -> None:
    assert "ending" not in tables_of(facts_with(TicketFacts(make_ticket(1))), "opportunity")
