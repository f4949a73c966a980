"""Settle the resource lines of tickets by the contracts, for reports, as statements do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fenji.desk import open as opening
from fenji.desk.statement import lines_by_contract, load_contracts, read_issued
from fenji.errors import FenjiError
from fenji.model.contracts import Contracts, SettledLine, settle_lines
from fenji.model.contracts.statements import pool_use
from fenji.storage.owned_files import CONTRACTS

if TYPE_CHECKING:
    from fenji.desk.reads import DeskReads
    from fenji.model.appraisal.facts import Facts
    from fenji.model.appraisal.kinds import SettledLines
    from fenji.model.ticket import Ticket


def settle_facts(desk: DeskReads, facts: Facts) -> SettledLines:
    """Settle every line, none without contracts.yaml. Raises Damaged if it or an issued statement cannot be read."""
    contracts = find_contracts(desk)
    if contracts is None:
        return {}
    tickets = list(desk.counted_tickets(_load_tickets(desk, facts)))
    lines = settle_lines(
        tickets,
        contracts,
        own_units=desk.policy.units,
        zone_of=lambda site: opening.find_zone(desk.policy, site),
        issued=pool_use(lines_by_contract(read_issued(desk).values())),
    )
    settled: dict[tuple[str, str], list[SettledLine]] = defaultdict(list)
    for line in lines:
        settled[line.name].append(line)
    return settled


def find_contracts(desk: DeskReads) -> Contracts | None:
    """Return the contracts, or None if the desk has none. Raises Damaged if they cannot be read."""
    return load_contracts(desk) if (desk.root / CONTRACTS).exists() else None


def _load_tickets(desk: DeskReads, facts: Facts) -> Iterator[Ticket]:
    """Yield the tickets that have lines, or that may be the repair on which lines of other tickets depend."""
    with_lines = set(facts.lines.columns["uid"])
    columns, words = facts.tickets.columns, facts.words.words
    for uid, number, kind, serial in zip(*(columns[name] for name in ("uid", "id", "kind", "serial")), strict=True):
        if uid in with_lines or (serial and words[kind] == "quality"):
            try:
                yield desk.store.reader.load(desk.find_path(words[number])).ticket
            except FenjiError:  # gone or unreadable since its facts were read: `check` reports it
                continue
