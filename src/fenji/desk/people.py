"""Whether the people and units that an act names are those of the policy, and who is probably meant otherwise.

Every act passes here: what it names and nobody knows is refused, unless the person insists. A desk whose policy names
no people (or no units) knows nobody to compare with, and takes all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from fenji.errors import FenjiError, RefusalCollector, Refused, name_some
from fenji.model.known_names import NamedKey, list_named, named_person

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
    _check(named_person("", person, policy))


def check_fields(fields: Mapping[str, Value], ticket: Ticket, policy: Policy) -> None:
    """Raise UnknownName for each owner, unit and owner of a plan item whom the ticket does not name yet."""
    refusals = RefusalCollector()
    for named in list_named(fields, ticket, policy):
        with refusals.checking():
            _check(named)
    refusals.raise_all()


def may_insist(error: FenjiError) -> bool:
    """Whether all that is wrong are names that nobody knows, which who acts may take all the same."""
    return all(isinstance(each, UnknownName) for each in (error, *error.others))


_MAX_KNOWN = 8  # people or units that are listed where none is near


def _check(named: NamedKey) -> None:
    if not named.is_unknown or _insisted.get():
        return
    near = nearest_keys(named.key, named.known)
    known = name_some(named.known, _MAX_KNOWN)
    hint = (
        "Is {near} meant? --unknown-person takes {unknown} as it is."
        if near
        else "Known are: {known}. --unknown-person takes {unknown} as it is."
    )
    raise UnknownName(named.template.template, hint=hint, unknown=named.key, near=tuple(near), known=known)


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
