"""Check whether the people and units that a change to a ticket names are in the policy. Pure.

A policy that lists no people (or no units) accepts any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Sentence

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket, Value

UNKNOWN_PERSON = Sentence("{unknown} is not among the people in policy.yaml.")
UNKNOWN_UNIT = Sentence("{unknown} is not among the units in policy.yaml.")


class NamedKey(Struct, frozen=True):
    """A person or unit that a change newly names: the field, the key, the known keys, and the refusal."""

    field_path: str
    key: str
    known: Mapping[str, str]
    template: Sentence

    @property
    def is_unknown(self) -> bool:
        return bool(self.known) and self.key not in self.known

    @property
    def refusal(self) -> Sentence:
        return Sentence(self.template.template, {"unknown": self.key})


def named_person(field_path: str, person: str, policy: Policy) -> NamedKey:
    """Return the `NamedKey` of a person that a change names in a field."""
    return NamedKey(field_path, person, {key: known.name for key, known in policy.people.items()}, UNKNOWN_PERSON)


# The parts of items that name a person, and the parts that name a unit.
_PERSON_PARTS = {"plan": "owner", "resources": "who"}
_UNIT_PARTS = {"resources": "unit"}
_OUTSIDERS = ("customer", "carrier", "nobody")  # who may be at fault besides a unit


def list_named(fields: Mapping[str, Value], before: Ticket, policy: Policy) -> Iterator[NamedKey]:
    """Yield the people and units in `fields`, of the ticket or of its items, that the ticket did not name before."""
    for field_path, value in fields.items():
        if field_path == "owner" and value and value != before.owner:
            yield named_person(field_path, str(value), policy)
        elif field_path == "units" and isinstance(value, list):
            yield from (_named_unit(field_path, str(unit), policy) for unit in value if unit not in before.units)
        elif field_path == "fault.of" and value and value not in _OUTSIDERS and value != before.look_up(field_path):
            yield _named_unit(field_path, str(value), policy)
        elif isinstance(value, Mapping):
            former = before.look_up(field_path)
            yield from _named_in_item(field_path, value, former if isinstance(former, Mapping) else {}, policy)


def _named_in_item(
    field_path: str, item: Mapping[str, Value], former: Mapping[str, Value], policy: Policy
) -> Iterator[NamedKey]:
    items = field_path.partition(".")[0]
    person, unit = _PERSON_PARTS.get(items, ""), _UNIT_PARTS.get(items, "")
    if item.get(person) and item[person] != former.get(person):
        yield named_person(field_path, str(item[person]), policy)
    if item.get(unit) and item[unit] != former.get(unit):
        yield _named_unit(field_path, str(item[unit]), policy)


def _named_unit(field_path: str, unit: str, policy: Policy) -> NamedKey:
    return NamedKey(field_path, unit, _known_units(policy), UNKNOWN_UNIT)


def _known_units(policy: Policy) -> dict[str, str]:
    """Return the units of the policy and of its people, with their names; none if the policy lists no units."""
    if not policy.units:
        return {}
    return dict.fromkeys((unit for person in policy.people.values() for _, unit in person.units if unit), "") | {
        key: unit.name for key, unit in policy.units.items()
    }
