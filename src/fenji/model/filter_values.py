"""Refuse values in a filter that no ticket can have, and suggest the ones probably meant. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from fenji.errors import InvalidUsage, name_some
from fenji.model.ticket import FIELD_BY_PATH, KINDS, STATES, FieldPath, Ticket

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.model.policy import Policy

# Keys whose values are whole words of the policy or of tickets, and their fields.
_OPEN_PATHS: Mapping[str, FieldPath] = {
    "owner": "owner",
    "site": "site",
    "unit": "units",
    "impact": "impact",
    "occurrence": "occurrence",
    "p": "priority",
    "priority": "priority",
}


def check_choices(key: str, path: FieldPath, values: Iterable[str], fold: Callable[[str], str]) -> None:
    """Raise InvalidUsage for a value that is none of a field's choices."""
    choices = FIELD_BY_PATH[path].choices
    if choices:
        _check(key, values, {fold(choice): choice for choice in choices})


def check_known(
    wanted: Iterable[tuple[str, Sequence[str]]], tickets: Iterable[Ticket], policy: Policy, fold: Callable[[str], str]
) -> None:
    """Raise InvalidUsage for a value that neither the policy nor any of the tickets has; `wanted` is (key, values).

    The tickets are read only for a value that the policy does not know.
    """
    wanted = tuple(wanted)
    known = {key: {fold(value): value for value in values} for key, values in _policy_values(policy).items()}
    asked = [(key, [_spell(key, value) for value in values]) for key, values in wanted if key in _OPEN_PATHS]
    asked = [(key, values) for key, values in asked if not known[key].keys() >= {value for value in values if value}]
    for ticket in tickets if asked else ():
        for key, _ in asked:
            held = ticket.get(_OPEN_PATHS[key])
            held_values = held if isinstance(held, list) else [held]
            known[key] |= {fold(str(value)): str(value) for value in held_values if value}
    typed = {(key, _spell(key, value)): value for key, values in wanted for value in values if key in _OPEN_PATHS}
    for key, values in asked:
        _check(key, values, known[key], {value: typed[key, value] for value in values})


def offered_values(policy: Policy, at: datetime, tickets: Iterable[Ticket] | None = None) -> dict[str, list[str]]:
    """Return the values that complete a filter, by key.

    People and units that have ended by `at` come last; with `tickets`, only those that one of the tickets names.
    """
    named: dict[str, set[str]] | None = None
    if tickets is not None:
        held = [(ticket.owner, ticket.units) for ticket in tickets]
        named = {"owner": {owner for owner, _ in held}, "unit": {str(unit) for _, units in held for unit in units}}
    present = {"owner": policy.present_people(at), "unit": policy.present_units(at)}
    everybody = {"owner": policy.people, "unit": policy.units}
    ended = {
        key: [name for name in everybody[key] if name not in present[key] and (named is None or name in named[key])]
        for key in present
    }
    return {
        "state": list(STATES),
        "kind": list(KINDS),
        "owner": ["me", *present["owner"], *ended["owner"]],
        "site": list(policy.sites),
        "unit": [*present["unit"], *ended["unit"]],
        "impact": list(policy.impact),
        "occurrence": list(policy.occurrence),
        "p": [level.removeprefix("P") for level in policy.levels],
    }


def _spell(key: str, value: str) -> str:
    """Return a value as tickets have it: `p1` for `p:1`; `""` for a range, which may exceed the known levels."""
    if _OPEN_PATHS[key] != "priority":
        return value
    return "" if ".." in value else f"p{value.removeprefix('p')}"


def _policy_values(policy: Policy) -> Mapping[str, Collection[str]]:
    return {
        "owner": ("me", *policy.people),
        "site": tuple(policy.sites),
        "unit": tuple(policy.units),
        "impact": policy.impact,
        "occurrence": policy.occurrence,
        "p": policy.levels,
        "priority": policy.levels,
    }


def _check(key: str, values: Iterable[str], known: Mapping[str, str], typed: Mapping[str, str] | None = None) -> None:
    """Raise InvalidUsage for a value that is not `known`, and name it as it was `typed`."""
    unknown = next((value for value in values if value and value not in known), "")
    if not unknown:
        return
    import difflib

    near = [known[folded] for folded in difflib.get_close_matches(unknown, known, n=3)]
    hint = "Is {near} meant?" if near else "It knows {known}."
    names = name_some(known.values(), _MAX_KNOWN)
    raise InvalidUsage(
        "No ticket has {key}:{value}.",
        hint=hint,
        key=key,
        value=(typed or {}).get(unknown, unknown),
        near=tuple(near),
        known=names or "-",
    )


_MAX_KNOWN = 12  # values listed in a hint
