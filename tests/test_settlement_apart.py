"""Random contracts and lines, settled here and once more in the plainest way; what is issued is what is owed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml
from hypothesis import given
from hypothesis import strategies as st

import plain_settlement
from fenji.model.contracts import list_changes, parse_contracts, settle_lines, total_by_currency
from fenji.model.contracts.statements import pool_use
from fenji.model.periods import Period
from fenji.model.ticket import Event, Ticket, Value
from fenji.storage import yaml_codec
from plain_settlement import PlainTicket
from samples import uid_of

if TYPE_CHECKING:
    from fenji.model.contracts import IssuedLine, SettledLine

ZONE = ZoneInfo("Asia/Riyadh")
OWN = ["FACTORY-7"]
ALL_TIME = Period(date(2020, 1, 1), date(2030, 12, 31), UTC, "all")
DAYS = st.dates(date(2025, 2, 1), date(2027, 6, 30))
KINDS = ("quality", "request", "project")


def number(least: int, most: int, places: int = 2) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda value: f"{Decimal(value).scaleb(-places):f}")


HOURS = st.fixed_dictionaries({"default": number(1, 20000)}, optional={"expert": number(1, 20000)})
RATES = st.fixed_dictionaries(
    {},
    optional={
        "hours": HOURS,
        "travel": st.fixed_dictionaries(
            {}, optional={"hours": number(1, 99), "day": number(100, 30000), "km": number(1, 99)}
        ),
        "material": st.fixed_dictionaries(
            {}, optional={"markup": st.integers(0, 40).map("{}%".format), "handling": number(0, 3000)}
        ),
        "least": st.fixed_dictionaries(
            {}, optional={"hours": number(25, 200), "step": st.sampled_from(["0.25", "0.5"])}
        ),
    },
)


@st.composite
def make_contract(draw: st.DrawFn, customer: str) -> dict[str, Any]:
    contract: dict[str, Any] = {"customer": {customer: draw(st.sampled_from([[], ["Alfa"]]))}}
    if draw(st.integers(0, 4)) == 0:
        contract["systems"] = [draw(st.sampled_from(["radar", "power"]))]
    if draw(st.booleans()):
        begins = draw(st.dates(date(2024, 6, 1), date(2026, 9, 1)))
        contract["warranty"] = {
            "from": begins.isoformat(),
            "until": (begins + timedelta(days=draw(st.integers(0, 500)))).isoformat(),
            "kinds": draw(st.lists(st.sampled_from(KINDS), min_size=1, unique=True)),
            "covers": draw(st.lists(st.sampled_from(["hours", "material", "travel", "cost"]), min_size=1, unique=True)),
            **({"repaired_parts": f"{draw(st.integers(1, 400))}d"} if draw(st.booleans()) else {}),
        }
    if draw(st.booleans()):
        pool_from, kinds = (
            draw(st.dates(date(2024, 2, 1), date(2026, 9, 1))),
            draw(st.lists(st.sampled_from(KINDS), min_size=1, unique=True)),
        )
        contract["pool"] = {
            "hours": draw(st.integers(1, 20)),
            "per": "year",
            "from": pool_from.isoformat(),
            "kinds": kinds,
        }
    if draw(st.booleans()):
        contract["rates"] = draw(RATES)
    if draw(st.booleans()):
        contract["not_covered"] = ["misuse"]
    return contract


@st.composite
def make_contracts(draw: st.DrawFn) -> dict[str, Any]:
    def version(since: str) -> dict[str, Any]:
        contracts = {
            f"C-{index}": draw(make_contract(("Alpha", "Beta")[index])) for index in range(draw(st.integers(1, 2)))
        }
        return {
            "since": since,
            "currency": "USD",
            "rates": {"hours": draw(HOURS), **draw(RATES)},
            "contracts": contracts,
        }

    document = {"format": 1, **version("2026-06-01")}
    return {**document, "earlier": [version("2025-03-01")]} if draw(st.integers(0, 3)) else document


@st.composite
def make_line(draw: st.DrawFn, key: str) -> dict[str, Any]:
    line: dict[str, Any] = {"key": key, "kind": draw(st.sampled_from(["people", "people", "material", "management"]))}
    line["on"] = draw(st.one_of(DAYS, st.sampled_from([date(2026, 7, 1), date(2026, 7, 2)])))
    if draw(st.integers(0, 9)) == 0:
        line["on"] = None
    line["who"] = draw(st.sampled_from(["li.wei", "wu.xia"]))
    for part in draw(st.lists(st.sampled_from(["hours", "cost", "days", "km"]), unique=True)):
        line[part] = draw(number(1, 3000))
    if draw(st.integers(0, 4)):
        line |= {"hours": draw(number(1, 1500)), "cost": draw(number(1, 90000))}
    if draw(st.integers(0, 4)) == 0:
        line["as"] = draw(st.sampled_from(["hours", "material", "travel", "cost"]))
    if draw(st.integers(0, 4)) == 0:
        line["role"] = draw(st.sampled_from(["expert", "clerk"]))
    if draw(st.integers(0, 5)) == 0:
        line["settle"] = {
            "as": draw(st.sampled_from(["billable", "warranty", "ours"])),
            "why": draw(st.sampled_from(["", "x"])),
        }
    return line


@st.composite
def make_ticket(draw: st.DrawFn, place: int) -> PlainTicket:
    reported = draw(DAYS)
    kind = draw(st.sampled_from(KINDS))
    return PlainTicket(
        f"KSA-2026-{place:04}",
        kind,
        draw(st.sampled_from(["Alpha", "Alpha", "Alfa", "Beta"])),
        draw(st.sampled_from(["radar", "power"])),
        reported,
        [draw(make_line(f"r{index}")) for index in range(1, draw(st.integers(1, 4)))],
        failed=draw(st.one_of(st.none(), DAYS)),
        fault_of=draw(st.sampled_from(["nobody", "nobody", "", "FACTORY-7"])) if kind == "quality" else "",
        because=draw(st.sampled_from(["", "misuse", "wear"])) if kind == "quality" else "",
        serial=draw(st.sampled_from(["", "S-1"])),
        solved=reported + timedelta(days=draw(st.integers(0, 300))) if draw(st.booleans()) else None,
    )


WORLDS = st.tuples(
    make_contracts(),
    st.integers(1, 5).flatmap(lambda count: st.tuples(*(make_ticket(place) for place in range(1, count + 1)))),
)


def as_ticket(plain: PlainTicket) -> Ticket:
    """The ticket that these facts stand in, with a log as far as it tells of them."""

    def at(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)

    def value(key: str, given: Any) -> Value:
        if key in ("hours", "cost", "days", "km"):
            return Decimal(given)
        return given.isoformat() if isinstance(given, date) else given

    lines = [{key: value(key, given) for key, given in line.items() if given is not None} for line in plain.lines]
    fields: dict[str, Value] = {
        "id": plain.number,
        "uid": uid_of(int(plain.number[-4:])),
        "site": "KSA",
        "state": "solved" if plain.solved else "new",
        "title": "x",
        "kind": plain.kind,
        "requester.unit": plain.customer,
        "product.system": plain.system,
        "product.serial": plain.serial,
        "failed": plain.failed.isoformat() if plain.failed else None,
        "fault.of": plain.fault_of,
        "fault.because": plain.because,
        "resources": lines,
    }
    log = [Event(1, at(plain.reported), "li.wei", "report", {"set": {"title": "x"}})]
    if plain.solved:
        log.append(Event(2, at(plain.solved) + timedelta(minutes=1), "li.wei", "solve", {}))
    return (
        Ticket({})
        .with_fields({key: given for key, given in fields.items() if given not in ("", None)})
        .with_events(log)
    )


def settle(document: dict[str, Any], tickets: list[Ticket], issued: dict[str, list[IssuedLine]]) -> list[SettledLine]:
    text = yaml.safe_dump(document, allow_unicode=True)
    contracts, faults = parse_contracts(yaml_codec.load(text.encode(), "contracts.yaml"))
    assert contracts is not None, [(fault.path, str(fault.message)) for fault in faults]
    return settle_lines(tickets, contracts, own_units=OWN, zone_of=lambda _: ZONE, issued=pool_use(issued))


@given(WORLDS)
def test_lines_are_settled_as_somebody_with_paper_would(world: tuple[dict[str, Any], tuple[PlainTicket, ...]]) -> None:
    document, plain = world
    wanted = [
        (answer.ticket, answer.key, answer.outcome, answer.cents, answer.hours)
        for answer in plain_settlement.settle(document, plain, OWN)
    ]
    found = [
        (
            line.number,
            line.key,
            line.outcome,
            None if line.amount is None else int(line.amount * 100),
            None if line.hours is None else Fraction(line.hours),
        )
        for line in settle(document, list(map(as_ticket, plain)), {})
    ]
    assert found == wanted


@given(WORLDS, st.randoms(use_true_random=False))
def test_statements_in_any_order_add_up_to_what_is_owed(
    world: tuple[dict[str, Any], tuple[PlainTicket, ...]], chance: Any
) -> None:
    document, plain = world
    tickets = list(map(as_ticket, plain))
    names = ("C-0", "C-1")
    periods = [Period(date(year, 1, 1), date(year, 12, 31), UTC, str(year)) for year in (2025, 2026, 2027)]
    by_contract: dict[str, list[IssuedLine]] = {name: [] for name in names}
    known: list[Ticket] = []
    for ticket in chance.sample(tickets, len(tickets)):
        known.append(ticket)
        name, period = chance.choice(names), chance.choice(periods)
        lines = [(line, str(line.why)) for line in settle(document, known, by_contract)]
        by_contract[name] += list_changes(lines, by_contract[name], name, period)
    for name in names:
        lines = [(line, str(line.why)) for line in settle(document, tickets, by_contract)]
        by_contract[name] += list_changes(lines, by_contract[name], name, ALL_TIME)
        lines = [(line, str(line.why)) for line in settle(document, tickets, by_contract)]
        assert list_changes(lines, by_contract[name], name, ALL_TIME) == []
        owed = sum(
            (line.charged for line, _ in lines if line.contract == name and line.outcome != "unknown"), Decimal(0)
        )
        assert total_by_currency(by_contract[name]).get("USD", Decimal(0)) == owed
