"""Contracts and rates as values, by the day from which they apply (figures: contracts and fees)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct, field

from fenji.text import fold

DEFAULT_ROLE = "default"


class Rates(Struct, frozen=True):
    """What is charged: an hour by role, travel, additions to material, and the minimum and step of hours in a day.

    `travel_hours` is the share of the hourly rate charged for an hour of travel, `markup` the share added to the cost
    of material; None if nothing was agreed.
    """

    hours: Mapping[str, Decimal] = field(default_factory=dict)
    travel_hours: Decimal | None = None
    travel_day: Decimal | None = None
    travel_km: Decimal | None = None
    markup: Decimal = Decimal(0)
    handling: Decimal = Decimal(0)
    least_hours: Decimal = Decimal(0)
    step: Decimal = Decimal(0)

    def hour(self, role: str) -> Decimal | None:
        """Return the rate of an hour by role, else the default one; None if neither is agreed."""
        return self.hours.get(role, self.hours.get(DEFAULT_ROLE))


class Warranty(Struct, frozen=True):
    """What is free of charge: between two days, both included, for these kinds of ticket and these kinds of charge.

    A repaired part that fails again within `repaired_parts` is covered too.
    """

    begins: date
    until: date
    kinds: tuple[str, ...]
    covers: tuple[str, ...]
    repaired_parts: timedelta | None = None


class Pool(Struct, frozen=True):
    """Hours that are paid in advance, renewed each year from the day `begins` on, for these kinds of ticket."""

    hours: Decimal
    begins: date
    kinds: tuple[str, ...]

    def year_of(self, day: date) -> date | None:
        """Return the first day of the pool's year that contains `day`; None before the first year."""
        if day < self.begins:
            return None
        year = day.year - (day < _same_day(self.begins, day.year))
        return _same_day(self.begins, year)


def _same_day(day: date, year: int) -> date:
    """Return the same day of another year; 29 February becomes 1 March in a year without it."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


class Contract(Struct, frozen=True):
    """One contract: whose requests it serves, for which systems, and what it covers."""

    key: str
    customers: Mapping[str, tuple[str, ...]]
    systems: tuple[str, ...] = ()
    warranty: Warranty | None = None
    pool: Pool | None = None
    rates: Rates = field(default_factory=Rates)
    not_covered: tuple[str, ...] = ()

    def serves(self, customer: str, system: str) -> bool:
        """Whether a ticket of this customer and system falls under it; script, case and width make no difference."""
        names = {fold(name.strip()) for key, spellings in self.customers.items() for name in (key, *spellings)}
        systems = {fold(name) for name in self.systems}
        return fold(customer.strip()) in names and (not systems or fold(system.strip()) in systems)


class ContractsVersion(Struct, frozen=True):
    """Rates and contracts in force from the day `since` on; each contract's rates already include its own."""

    since: date
    currency: str
    contracts: Mapping[str, Contract]


class Contracts(Struct, frozen=True):
    """All versions of the contracts, oldest first; before the first nothing is agreed."""

    versions: tuple[ContractsVersion, ...]

    def at(self, day: date) -> ContractsVersion | None:
        """Return the version in force on a day."""
        return next((version for version in reversed(self.versions) if version.since <= day), None)

    def find(self, key: str) -> tuple[Contract, ...]:
        """Return the versions of a contract, the oldest first."""
        return tuple(version.contracts[key] for version in self.versions if key in version.contracts)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all contracts of any version, the newest version's first."""
        return tuple(dict.fromkeys(key for version in reversed(self.versions) for key in version.contracts))
