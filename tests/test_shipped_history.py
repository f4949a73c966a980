"""The year that the project's own desk tells gives every figure, statement and list something to show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import worlds
from commandline import fenji
from fenji.model.ticket import TEXT_KEYS, Ticket
from fenji.storage import yaml_codec
from worlds.making import PROJECT

YEAR = "2025-11..2026-10"
CONTRACTS = ("KSA-2023-07", "KSA-2024-11", "DZA-2024-02")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("whole", tmp_path_factory.mktemp("whole") / "desk")


@pytest.fixture(scope="module")
def tickets() -> list[Ticket]:
    return [yaml_codec.read_ticket(path.read_bytes(), path.name) for path in PROJECT.glob("tickets/**/*.yaml")]


def ask(root: Path, *args: str) -> Any:
    result = fenji(*args, "--json", "--desk", root)
    assert result.code == 0, result.err
    return result.json


def rows_of(document: Any) -> dict[str, Any]:
    """The rows of a report by what each is about."""
    return {next(iter(row["key"].values())): row for row in document["rows"]}


def test_the_whole_desk_is_sound_and_so_is_its_history(whole: Path) -> None:
    assert fenji("check", "--desk", whole).code == 0
    assert fenji("check", "--history", "--desk", whole).code == 0


def test_no_ticket_is_told_twice(tickets: list[Ticket]) -> None:
    assert len(tickets) >= 150
    texts = Counter(ticket.word(key) for ticket in tickets for key in ("title", *TEXT_KEYS) if ticket.get(key))
    notes = Counter(event.note for ticket in tickets for event in ticket.log if event.note)
    assert [text for text, number in (texts + notes).items() if number > 1] == []


def test_every_month_has_tickets_of_every_site(tickets: list[Ticket]) -> None:
    reported = {(ticket.site, f"{ticket.reported_at:%Y-%m}") for ticket in tickets if ticket.reported_at}
    months = [f"2025-{month}" for month in (11, 12)] + [f"2026-{month:02}" for month in range(1, 12)]
    assert {(site, month) for site in ("KSA", "DZA", "HQ") for month in months} <= reported


def test_a_year_flags_a_unit_brackets_small_rows_and_shows_every_sort_of_verdict(whole: Path) -> None:
    units = rows_of(ask(whole, "report", YEAR, "--by", "unit"))
    assert [unit for unit, row in units.items() if row["attainment"]["solution"]["flag"]] == ["FACTORY-12"]
    assert {row["attainment"]["solution"]["small"] for row in units.values()} == {True, False}
    total = ask(whole, "report", YEAR)["total"]
    assert all(total[f"{clock}_{answer}"] for clock in ("responded", "solved") for answer in ("met", "missed"))
    assert total["solved_excused"]


def test_the_last_whole_month_has_a_row_that_is_not_small(whole: Path) -> None:
    units = rows_of(ask(whole, "report", "2026-10", "--by", "unit"))
    assert not units["FIELD"]["attainment"]["solution"]["small"]
    assert units["FIELD"]["attainment"]["solution"]["rate"] < 1


def test_statements_have_lines_of_every_outcome(whole: Path) -> None:
    drafts = [ask(whole, "statement", "--contract", key, "2026") for key in CONTRACTS]
    outcomes = Counter(line["outcome"] for draft in drafts for line in draft["lines"])
    assert outcomes.keys() == {"billable", "pool", "warranty", "ours"}
    assert all(draft["unknown"] for draft in drafts[:1])
    reasons = {line["why"] for draft in drafts for line in draft["lines"]}
    for words in ("repaired part", "used up", "by hand", "is not covered"):
        assert any(words in reason for reason in reasons), words


def test_parts_fail_again_and_opportunities_are_followed_up(tickets: list[Ticket]) -> None:
    failures = Counter(ticket.word("product.serial") for ticket in tickets if ticket.kind == "quality")
    assert {"AC-2-04", "PM-2-17", "G2-0905", "CN-1-02"} <= {serial for serial, number in failures.items() if number > 1}
    with_opportunity = {ticket.id for ticket in tickets if ticket.get("feedback.opportunity")}
    linked = {link["to"] for ticket in tickets for link in ticket.items("links")}
    assert len(with_opportunity) >= 12
    assert len(with_opportunity & linked) >= 3
