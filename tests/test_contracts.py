"""Who pays a line, by which rule and why; money in decimals; and what a supplement says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from fenji.i18n import say
from fenji.model.contracts import (
    Contracts,
    IssuedLine,
    SettledLine,
    list_changes,
    next_number,
    parse_contracts,
    round_money,
    settle_lines,
    total_by_currency,
)
from fenji.model.contracts.statements import pool_use
from fenji.model.periods import Period
from fenji.model.ticket import Ticket, Value
from fenji.storage import yaml_codec
from samples import after_event, reported_ticket, uid_of

TEXT = """\
format: 1
since: 2026-01-01
currency: USD
rates:
  hours: {default: 85.00, expert: 140.00}
  travel: {hours: 0.5, day: 220.00, km: 0.60}
  material: {markup: 12%, handling: 25.00}
  least: {hours: 0.5, step: 0.25}
contracts:
  KSA-1:
    customer: {第一陣地: [第一阵地 Position 1]}
    systems: [雷達]
    warranty: {from: 2024-03-01, until: 2026-02-28, kinds: [quality], repaired_parts: 180d, covers: [hours, material]}
    pool: {hours: 10, per: year, from: 2026-03-01, kinds: [request]}
    rates: {hours: {default: 78.00}}
    not_covered: [misuse]
earlier:
- since: 2025-01-01
  currency: USD
  rates: {hours: {default: 70.00}}
  contracts: {KSA-1: {customer: {第一陣地: []}}}
"""
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), UTC, "2026-03")


def contracts(text: str = TEXT) -> Contracts:
    parsed, faults = parse_contracts(yaml_codec.load(text.encode(), "contracts.yaml"))
    assert parsed is not None, [str(fault.message) for fault in faults]
    return parsed


def ticket(*items: Mapping[str, Value], number: int = 1, kind: str = "request", **fields: Value) -> Ticket:
    named = {field_path.replace("__", "."): value for field_path, value in fields.items()}
    lines = [{"key": f"r{index}", "on": "2026-03-10", **item} for index, item in enumerate(items, 1)]
    base: dict[str, Value] = {"requester.unit": "第一阵地", "product.system": "雷达", "resources": lines, **named}
    return reported_ticket(f"KSA-2026-{number:04}", uid_of(number), kind=kind, **base)


def hours(count: str, **parts: Value) -> dict[str, Value]:
    return {"kind": "people", "hours": Decimal(count), "who": "li.wei", **parts}


def settle(*tickets: Ticket, text: str = TEXT, issued: list[IssuedLine] | None = None) -> list[SettledLine]:
    return settle_lines(
        tickets,
        contracts(text),
        own_units=["FACTORY-7"],
        zone_of=lambda _: ZoneInfo("Asia/Riyadh"),
        issued=pool_use({"KSA-1": issued or []}),
    )


def briefly(line: SettledLine) -> tuple[str, str]:
    return line.outcome, str(line.amount)


QUALITY = {"kind": "quality", "fault__of": "nobody"}


@pytest.mark.parametrize(
    ("fields", "item", "outcome", "why"),
    [
        (QUALITY, hours("2"), "billable", "neither warranty"),
        (QUALITY, hours("2", settle={"as": "warranty", "why": "agreed"}), "warranty", "by hand: agreed"),
        (QUALITY, hours("2", settle={"as": "warranty"}), "billable", "neither"),
        (QUALITY, hours("2", settle={"as": "gift", "why": "x"}), "unknown", "gift"),
        (QUALITY, hours("2", billable=True), "billable", "neither"),
        (QUALITY, hours("2", on=None), "unknown", "which day"),
        (QUALITY, hours("2", on="2024-06-01"), "unknown", "no contract"),
        ({**QUALITY, "requester__unit": "somebody"}, hours("2"), "unknown", "no contract on that day fits somebody"),
        ({**QUALITY, "product__system": "供電"}, hours("2"), "unknown", "no contract"),
        ({"kind": "quality"}, hours("2"), "unknown", "the party at fault"),
        ({**QUALITY, "fault__of": "FACTORY-7"}, hours("2"), "ours", "our own fault: FACTORY-7"),
        ({**QUALITY, "fault__because": "misuse", "failed": "2026-02-01"}, hours("2"), "billable", "misuse is not cov"),
        ({**QUALITY, "failed": "2026-02-28"}, hours("2"), "warranty", "until 2026-02-28"),
        ({**QUALITY, "failed": "2024-02-29"}, hours("2"), "billable", "neither"),
        ({**QUALITY, "failed": "2024-03-01"}, hours("2"), "warranty", "under warranty"),
        ({**QUALITY, "failed": "2026-02-01"}, {"as": "travel", "km": Decimal(10)}, "billable", "neither"),
        ({}, hours("2"), "pool", "of the 10 hours paid in advance from 2026-03-01"),
        ({}, hours("2", on="2026-02-28"), "billable", "neither"),
        ({}, {"kind": "people"}, "unknown", "no hours"),
        ({}, {"kind": "material"}, "unknown", "no cost"),
        ({}, {"as": "travel"}, "unknown", "neither hours"),
    ],
)
def test_the_first_rule_that_holds_settles_a_line_and_says_why(
    fields: dict[str, Value], item: dict[str, Value], outcome: str, why: str
) -> None:
    item = {key: value for key, value in {"on": "2026-03-10", **item}.items() if value is not None}
    base: dict[str, Value] = {
        "requester.unit": "第一阵地",
        "product.system": "雷达",
        "resources": [{"key": "r1", **item}],
    }
    named: dict[str, Value] = {
        field_path.replace("__", "."): value for field_path, value in ({"kind": "request"} | fields).items()
    }
    (line,) = settle(after_event(reported_ticket(), "edit", fields={**base, **named}))
    assert line.outcome == outcome
    assert why in say(line.why)
    assert (line.amount is None) is (outcome == "unknown")


def test_a_word_that_every_contract_knows_is_said_in_the_language_of_the_paper() -> None:
    fault: dict[str, Value] = {"fault.because": "misuse", "requester.unit": "第一阵地", "product.system": "雷达"}
    resources: dict[str, Value] = {"resources": [{"key": "r1", "on": "2026-03-10", **hours("2")}]}
    (line,) = settle(after_event(reported_ticket(), "edit", fields={"kind": "quality", **fault, **resources}))
    assert say(line.why, "zh-Hant") == "使用不當，不在保修範圍"


def test_the_day_of_a_report_is_that_of_its_site() -> None:
    late = after_event(
        Ticket({}).with_fields({"id": "KSA-2026-0009", "uid": uid_of(9), "site": "KSA", "state": "new"}),
        "report",
        minute=-8 * 60 - 30,  # half past eleven in the evening before, at the site
        fields={"kind": "quality", "title": "x", "requester.unit": "第一陣地", "product.system": "雷達"},
    ).with_fields({"fault.of": "nobody", "resources": [{"key": "r1", "on": "2026-03-10", **hours("1")}]})
    assert late.reported_at
    assert late.reported_at.astimezone(UTC).date() == date(2026, 2, 28)
    assert settle(late)[0].outcome == "warranty"


def test_a_repaired_part_that_fails_again_is_covered() -> None:
    first = ticket(number=1, **QUALITY, product__serial="sn 7")
    first = after_event(first, "solve", minute=60 * 24)
    again = ticket(hours("1"), number=2, **QUALITY, product__serial="SN 7", failed="2026-08-29")
    late = ticket(hours("1"), number=3, **QUALITY, product__serial="SN 7", failed="2026-08-30")
    assert [line.outcome for line in settle(first, again, late)] == ["warranty", "billable"]


@pytest.mark.parametrize(
    ("item", "amount"),
    [
        (hours("2"), "156.00"),
        (hours("2", role="expert"), "280.00"),
        (hours("0.1"), "39.00"),
        (hours("1.3"), "117.00"),
        (hours("2", on="2025-06-01"), "140.00"),
        ({"kind": "material", "cost": Decimal("100.005")}, "137.01"),
        ({"kind": "technology", "cost": Decimal("10.005")}, "10.01"),
        ({"as": "travel", "hours": Decimal(3), "days": Decimal(2), "km": Decimal("12.5")}, "564.50"),
        ({"kind": "management", "cost": Decimal("10.5"), "currency": "JPY"}, "11"),
        ({"kind": "management", "cost": Decimal("1.0005"), "currency": "KWD"}, "1.001"),
    ],
)
def test_a_line_is_worth_what_was_agreed_for_its_day(item: dict[str, Value], amount: str) -> None:
    (line,) = settle(ticket(item, kind="project"))
    assert briefly(line) == ("billable", amount)


def test_money_is_rounded_half_up_to_the_places_of_its_currency() -> None:
    assert [str(round_money(Decimal("2.5"), currency)) for currency in ("JPY", "USD", "KWD")] == ["3", "2.50", "2.500"]
    assert str(round_money(Decimal("-0.005"), "USD")) == "-0.01"


def test_material_with_handling_in_another_currency_is_unknown() -> None:
    (line,) = settle(ticket({"kind": "material", "cost": Decimal(10), "currency": "EUR"}))
    assert (line.outcome, say(line.why)) == ("unknown", "the cost is in EUR, handling in USD")


def test_the_least_and_the_step_are_of_a_ticket_a_person_and_a_day() -> None:
    lines = settle(
        ticket(hours("0.1"), hours("0.1"), hours("0.1", who="wu.xia"), hours("0.1", on="2026-03-11"), kind="project")
    )
    assert [str(line.hours) for line in lines] == ["0.1", "0.4", "0.5", "0.5"]


def test_a_pool_is_spent_by_day_and_a_line_across_the_rest_is_split() -> None:
    tickets = [
        ticket(hours("6", on="2026-03-20"), number=1),
        ticket(hours("3", on="2026-03-05"), hours("4", on="2026-03-12"), number=2),
        ticket(hours("2", on="2027-03-01"), number=3),
    ]
    lines = [(line.number[-1], line.outcome, str(line.hours), str(line.amount)) for line in settle(*tickets)]
    assert lines == [
        ("2", "pool", "3", "234.00"),
        ("2", "pool", "4", "312.00"),
        ("1", "pool", "3", "234.00"),
        ("1", "billable", "3", "234.00"),
        ("3", "pool", "2", "156.00"),
    ]


def test_how_many_hours_a_pool_has_is_what_the_rules_say_on_the_day_of_a_line() -> None:
    """Who buys more hours within a year has them from then on."""
    more = TEXT.replace("{hours: 10,", "{hours: 20,").replace("since: 2026-01-01", "since: 2026-04-01", 1)
    former = TEXT[: TEXT.index("earlier:")].replace("format: 1\n", "")
    former = "- " + former.replace("\n", "\n  ").rstrip() + "\n"
    text = more.replace("earlier:\n", f"earlier:\n{former}")
    lines = settle(ticket(hours("12", on="2026-03-05"), hours("12", on="2026-04-05")), text=text)
    assert [(line.outcome, str(line.hours)) for line in lines] == [
        ("pool", "10"),
        ("billable", "2"),
        ("pool", "10"),
        ("billable", "2"),
    ]


def test_where_no_hours_were_spent_or_some_are_taken_back_nothing_is_rounded_up() -> None:
    assert briefly(settle(ticket(hours("0"), kind="project"))[0]) == ("billable", "0.00")
    assert briefly(settle(ticket(hours("-1"), kind="project"))[0]) == ("billable", "-78.00")
    both = settle(ticket(hours("3"), hours("-1"), kind="project"))
    assert [str(line.amount) for line in both] == ["234.00", "-78.00"]


def test_hours_that_another_contract_paid_in_advance_are_not_spent_of_this_one() -> None:
    """A ticket may have been taken for another customer's, until a statement took that back."""
    late, early = ticket(hours("8", on="2026-03-20"), number=1), ticket(hours("8", on="2026-03-02"), number=2)
    elsewhere = issue([late], [])
    lines = settle_lines(
        [late, early],
        contracts(),
        own_units=["FACTORY-7"],
        zone_of=lambda _: ZoneInfo("Asia/Riyadh"),
        issued=pool_use({"KSA-9": elsewhere}),
    )
    assert [(line.number[-1], line.outcome, str(line.hours)) for line in lines] == [
        ("2", "pool", "8"),
        ("1", "pool", "2"),
        ("1", "billable", "6"),
    ]


def issue(
    tickets: list[Ticket], issued: list[IssuedLine], period: Period = MARCH, text: str = TEXT
) -> list[IssuedLine]:
    lines = [(line, say(line.why)) for line in settle(*tickets, text=text, issued=issued)]
    return list_changes(lines, issued, "KSA-1", period)


def test_issued_hours_are_never_settled_again() -> None:
    late = ticket(hours("8", on="2026-03-20"), number=1)
    issued = issue([late], [])
    assert [(line.outcome, str(line.hours)) for line in issued] == [("pool", "8")]
    early = ticket(hours("6", on="2026-03-02"), number=2)
    supplement = issue([late, early], issued)
    assert [(line.ticket[-1], line.outcome, str(line.hours)) for line in supplement] == [
        ("2", "pool", "2"),
        ("2", "billable", "4"),
    ]
    assert issue([late, early], issued + supplement) == []


def test_a_supplement_takes_back_what_changed_and_adds_what_is_new() -> None:
    first = ticket(hours("4", on="2026-03-03"), number=1, kind="project")
    issued = issue([first], [])
    assert total_by_currency(issued) == {"USD": Decimal("312.00")}
    changed = first.with_fields({"resources.r1": {**first.items("resources")[0], "hours": Decimal(5)}})
    more = ticket(hours("1"), number=2, kind="project")
    supplement = issue([changed, more], issued)
    assert [(line.change, str(line.charged)) for line in supplement] == [
        ("minus", "-312.00"),
        ("plus", "390.00"),
        ("new", "78.00"),
    ]
    everything = issued + supplement
    assert total_by_currency(everything) == {"USD": Decimal("468.00")}
    assert issue([changed, more], everything) == []
    gone = changed.with_fields({"resources": None})
    assert [line.change for line in issue([gone, more], everything)] == ["minus"]
    assert [IssuedLine.from_mapping(line.mapping()) for line in everything] == everything


def test_what_has_become_unknown_stays_as_it_was_issued_and_never_comes_on_a_statement() -> None:
    first = ticket(hours("4"), kind="project")
    issued = issue([first], [])
    undated = first.with_fields({"resources.r1": {**hours("4"), "key": "r1"}})
    assert [line.outcome for line in settle(undated)] == ["unknown"]
    assert issue([undated], issued) == []
    assert issue([undated], []) == []


@pytest.mark.parametrize(
    ("item", "missing"),
    [
        ({"kind": "people"}, "no hours"),
        (hours("2", on=None), "which day"),
        (hours("2", on="2024-06-01"), "no contract"),
        ({"as": "travel", "days": Decimal(1)}, "no rate"),
    ],
)
def test_by_hand_comes_before_what_is_missing_where_nobody_pays(item: dict[str, Value], missing: str) -> None:
    text = TEXT.replace("day: 220.00, ", "")
    outcomes = {"warranty": "warranty", "ours": "ours", "gift": "unknown", "billable": "unknown", "pool": "unknown"}
    whys = {"warranty": "by hand: x", "ours": "by hand: x", "gift": "gift"}
    for settled, outcome in outcomes.items():
        (line,) = settle(ticket({**item, "settle": {"as": settled, "why": "x"}}), text=text)
        assert (line.outcome, line.amount) == (outcome, None)
        assert whys.get(settled, missing) in say(line.why)


def test_what_nobody_pays_by_hand_and_cannot_be_reckoned_has_no_amount_and_is_taken_off_a_statement() -> None:
    first = ticket(hours("4"), kind="project")
    issued = issue([first], [])
    settled: dict[str, Value] = {"as": "ours", "why": "our own mistake"}
    by_hand: dict[str, Value] = {"kind": "people", "on": "2026-03-10", "key": "r1", "settle": settled}
    without_hours = first.with_fields({"resources.r1": by_hand})
    (line,) = settle(without_hours)
    assert (line.outcome, line.amount, line.charged) == ("ours", None, Decimal("0.00"))
    assert issue([without_hours], []) == []
    assert total_by_currency([*issued, *issue([without_hours], issued)]) == {"USD": Decimal("0.00")}


@pytest.mark.parametrize("missing", ["amount", "charged"])
def test_a_part_that_an_issued_line_lacks_is_named(missing: str) -> None:
    (line,) = issue([ticket(hours("4"), kind="project")], [])
    with pytest.raises(KeyError, match=missing):
        IssuedLine.from_mapping({key: value for key, value in line.mapping().items() if key != missing})


def test_another_rate_for_the_past_comes_as_a_difference() -> None:
    first = ticket(hours("4"), kind="project")
    issued = issue([first], [])
    dearer = TEXT.replace("default: 78.00", "default: 80.00")
    assert total_by_currency(issue([first], issued, text=dearer)) == {"USD": Decimal("8.00")}


def test_currencies_are_never_added() -> None:
    items = [{"kind": "management", "cost": Decimal(10), "currency": currency} for currency in ("EUR", "USD", "EUR")]
    totals = total_by_currency(issue([ticket(*items, kind="project")], []))
    assert totals == {"EUR": Decimal("20.00"), "USD": Decimal("10.00")}


def test_numbers_of_statements() -> None:
    assert next_number("KSA-1", "2026-11", []) == "ST-KSA-1-2026-11"
    assert next_number("KSA-1", "2026-11", ["ST-KSA-1-2026-11"]) == "ST-KSA-1-2026-11-S1"
    assert next_number("KSA-1", "2026-11", ["ST-KSA-1-2026-11", "ST-KSA-1-2026-11-S1"]) == "ST-KSA-1-2026-11-S2"


@pytest.mark.parametrize(
    ("old", "new", "path", "why"),
    [
        ("format: 1", "format: 7", "format", "reads format 1"),
        ("since: 2026-01-01", "since: yesterday", "since", "date"),
        ("since: 2026-01-01", "since: 2024-01-01", "since", "later than every version"),
        ("currency: USD\nrates", "currency: usd\nrates", "currency", "three capital letters"),
        ("default: 85.00", "default: cheap", "rates.hours.default", "number, such as 85.00, not cheap"),
        ("markup: 12%", "markup: 12", "rates.material.markup", "percentage"),
        ("step: 0.25", "stpe: 0.25", "rates.least.stpe", "did you mean step?"),
        ("repaired_parts: 180d", "repaired_parts: 6mo", "contracts.KSA-1.warranty.repaired_parts", "180d"),
        ("until: 2026-02-28", "until: 2024-02-28", "contracts.KSA-1.warranty.until", "lies before 2024-03-01"),
        ("covers: [hours, material]", "covers: [gold]", "contracts.KSA-1.warranty.covers.0", "one of hours"),
        ("per: year", "per: month", "contracts.KSA-1.pool.per", "year"),
        ("customer: {第一陣地: [第一阵地 Position 1]}", "customer: 第一陣地", "contracts.KSA-1.customer", "mapping"),
        ("  KSA-1:\n    customer", "  a/b:\n    customer", "contracts.a/b", "letters, digits"),
    ],
)
def test_a_bad_contract_is_refused_with_its_place(old: str, new: str, path: str, why: str) -> None:
    assert old in TEXT
    parsed, faults = parse_contracts(yaml_codec.load(TEXT.replace(old, new, 1).encode(), "contracts.yaml"))
    assert parsed is None
    assert [why in say(fault.message) for fault in faults if ".".join(map(str, fault.path)) == path][:1] == [True]


def test_a_warranty_may_be_of_one_day() -> None:
    assert contracts(TEXT.replace("from: 2024-03-01, until: 2026-02-28", "from: 2024-03-01, until: 2024-03-01"))


def test_two_versions_of_contracts_do_not_begin_on_one_day() -> None:
    former = TEXT[TEXT.index("- since: 2025-01-01") :]
    _, faults = parse_contracts(yaml_codec.load((TEXT + former).encode(), "contracts.yaml"))
    assert [(fault.path, str(fault.message)) for fault in faults] == [(("earlier",), "2025-01-01 stands twice")]
