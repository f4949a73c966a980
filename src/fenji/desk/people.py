"""Check that the policy knows the people and units that an act names, and suggest who may be meant otherwise.

Every act is checked here: unknown names are refused unless the person insists. A desk whose policy lists no people (or
no units) has nobody to compare with, and accepts all names.
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

_MAX_NEAR = 3  # people or units that are suggested
_insisted: ContextVar[bool] = ContextVar("insisted", default=False)


class UnknownName(Refused):
    """An act names a person or unit that the policy does not know; inside `insist` it is accepted."""


@contextmanager
def insist() -> Iterator[None]:
    """Accept unknown names inside the block."""
    token = _insisted.set(True)
    try:
        yield
    finally:
        _insisted.reset(token)


def check_person(person: str, policy: Policy) -> None:
    """Raise UnknownName for a person who is not among the people of the policy."""
    _check(named_person("", person, policy))


def check_fields(fields: Mapping[str, Value], ticket: Ticket, policy: Policy) -> None:
    """Raise UnknownName for each unknown person or unit in `fields` that the ticket does not name already."""
    refusals = RefusalCollector()
    for named in list_named(fields, ticket, policy):
        with refusals.checking():
            _check(named)
    refusals.raise_all()


def may_insist(error: FenjiError) -> bool:
    """Whether unknown names are the only errors, so that the person may insist on them."""
    return all(isinstance(each, UnknownName) for each in (error, *error.others))


_MAX_KNOWN = 8  # people or units that are listed if none is near


def _check(named: NamedKey) -> None:
    if not named.is_unknown or _insisted.get():
        return
    near = nearest_keys(named.key, named.known)
    known = name_some(named.known, _MAX_KNOWN)
    hint = (
        "Is {near} meant? --unknown-person accepts {unknown} as is."
        if near
        else "Known: {known}. --unknown-person accepts {unknown} as is."
    )
    raise UnknownName(named.template.template, hint=hint, unknown=named.key, near=tuple(near), known=known)


def nearest_keys(word: str, names: Mapping[str, str]) -> list[str]:
    """Return the keys most similar to a word, compared with the key, its parts, and the name behind it."""
    import difflib

    from fenji.text import fold

    keys_by_label: dict[str, list[str]] = {}
    for key, name in names.items():
        for label in {key, *key.replace("-", ".").split("."), name, *name.split()}:
            if label:
                keys_by_label.setdefault(fold(label), []).append(key)
    labels = difflib.get_close_matches(fold(word), keys_by_label, n=_MAX_NEAR)
    return list(dict.fromkeys(key for label in labels for key in keys_by_label[label]))[:_MAX_NEAR]
