"""Whether the people and units that an act names are those of the policy, and who is probably meant otherwise.

Every act passes here: what it names and nobody knows is refused, unless the person insists. A desk whose policy names
no people (or no units) knows nobody to compare with, and takes all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from fenji.errors import Refused, Sentence

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket, Value

_MAX_NEAR = 3  # people or units that are proposed
_insisted: ContextVar[bool] = ContextVar("insisted", default=False)


class UnknownName(Refused):
    """An act names a person or unit that the policy does not know; done inside `insist`, it is taken."""


@contextmanager
def insist() -> Iterator[None]:
    """Take whoever is named inside the block, known or not."""
    token = _insisted.set(True)
    try:
        yield
    finally:
        _insisted.reset(token)


def check_person(person: str, policy: Policy) -> None:
    """Raise UnknownName for a person who is not among the people of the policy."""
    _check(person, {key: known.name for key, known in policy.people.items()}, _UNKNOWN_PERSON)


def check_fields(fields: Mapping[str, Value], ticket: Ticket, policy: Policy) -> None:
    """Raise UnknownName for a person or unit, of the ticket or of its items, whom the ticket does not name yet."""
    for leaf, value in fields.items():
        if leaf == "owner" and value:
            check_person(str(value), policy)
        elif leaf == "units" and isinstance(value, list):
            for unit in value:
                if unit not in ticket.units:
                    _check(str(unit), _known_units(policy), _UNKNOWN_UNIT)
        elif leaf == "fault.of" and value and value not in _OUTSIDERS:
            _check(str(value), _known_units(policy), _UNKNOWN_UNIT)
        elif isinstance(value, Mapping):
            former = ticket.get(leaf)
            _check_item(leaf.partition(".")[0], value, former if isinstance(former, Mapping) else {}, policy)


# The parts of items that name a person, and those that name a unit.
_PERSON_PARTS = {"plan": "owner", "resources": "who"}
_UNIT_PARTS = {"resources": "unit"}
_OUTSIDERS = ("customer", "carrier", "nobody")  # whose fault it may be besides a unit


def _check_item(key: str, item: Mapping[str, Value], former: Mapping[str, Value], policy: Policy) -> None:
    person, unit = _PERSON_PARTS.get(key, ""), _UNIT_PARTS.get(key, "")
    if item.get(person) and item[person] != former.get(person):
        check_person(str(item[person]), policy)
    if item.get(unit) and item[unit] != former.get(unit):
        _check(str(item[unit]), _known_units(policy), _UNKNOWN_UNIT)


_UNKNOWN_PERSON = Sentence("{unknown} is not among the people of policy.yaml.")
_UNKNOWN_UNIT = Sentence("{unknown} is not among the units of policy.yaml.")
_MAX_KNOWN = 8  # people or units that are listed where none is near


def _known_units(policy: Policy) -> dict[str, str]:
    """Return the units of the policy, and those that its people belong to, with their names; none if it names none."""
    if not policy.units:
        return {}
    return dict.fromkeys((unit for person in policy.people.values() for _, unit in person.units if unit), "") | {
        key: unit.name for key, unit in policy.units.items()
    }


def _check(word: str, names: Mapping[str, str], sentence: Sentence) -> None:
    if not names or word in names or _insisted.get():
        return
    near = nearest_keys(word, names)
    known = ", ".join([*names][:_MAX_KNOWN]) + (" …" if len(names) > _MAX_KNOWN else "")
    hint = (
        "Is {near} meant? --unknown-person takes {unknown} as it is."
        if near
        else "Known are: {known}. --unknown-person takes {unknown} as it is."
    )
    raise UnknownName(sentence.template, hint=hint, unknown=word, near=", ".join(near), known=known)


def nearest_keys(word: str, names: Mapping[str, str]) -> list[str]:
    """Return the keys that are most like a word: by their spelling, by one part of it, or by the name behind them."""
    import difflib

    from fenji.text import fold

    keys_by_label: dict[str, list[str]] = {}
    for key, name in names.items():
        for label in {key, *key.replace("-", ".").split("."), name, *name.split()}:
            if label:
                keys_by_label.setdefault(fold(label), []).append(key)
    labels = difflib.get_close_matches(fold(word), keys_by_label, n=_MAX_NEAR)
    return list(dict.fromkeys(key for label in labels for key in keys_by_label[label]))[:_MAX_NEAR]
