"""Simulate another policy on the tickets of a desk. Writes nothing; the policy in force stays in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.desk.amend import read_policy_file
from fenji.desk.open import parse_policy
from fenji.model import simulation

if TYPE_CHECKING:
    from fenji.desk.desk import Desk
    from fenji.model.simulation import Simulation
    from fenji.storage import BadFile


class SimulationResult(Struct, frozen=True):
    """The simulation, and the unreadable files that are missing from it."""

    comparison: Simulation
    bad: tuple[BadFile, ...]


def simulate_policy(desk: Desk, source: Path | bytes, since: date, *, newest_only: bool = False) -> SimulationResult:
    """Compare the policy in `source` with the one in force on all tickets reported from `since` on, archive included.

    Each version of the policy applies at its time; with `newest_only` the newest one applies at all times. A date
    begins at midnight in the zone of the desk's site; a datetime with offset is that instant. Raises Damaged with every
    problem and its position if the policy is invalid, NotFound if its file cannot be read.
    """
    if isinstance(source, bytes):
        proposed = parse_policy(source)
    else:
        proposed = parse_policy(read_policy_file(source, is_draft=True), source.name)
    if newest_only:
        proposed = replace(proposed, versions=proposed.versions[-1:])
    scans = desk.store.reader.scan_open(), desk.store.reader.scan_archive()
    tickets = desk.counted_tickets(stored.ticket for scan in scans for stored in scan.tickets)
    start = _to_instant(since, desk.user.zone)
    comparison = simulation.compare_policies(tickets, desk.policy, proposed, since=start, at=desk.now())
    return SimulationResult(comparison, tuple(bad for scan in scans for bad in scan.bad_files))


def _to_instant(since: date, zone: tzinfo) -> datetime:
    if isinstance(since, datetime):
        return since
    midnight = datetime.combine(since, time(), zone)
    return datetime.fromisoformat(midnight.isoformat())  # with a fixed offset, so that it is compared as an instant
