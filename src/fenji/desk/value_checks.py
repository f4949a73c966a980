"""Check the names and values of given fields, and the people, units and grades in them; report all errors at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.desk import people
from fenji.errors import InvalidUsage, RefusalCollector
from fenji.model import workflow
from fenji.model.ticket import FIELD_BY_KEY, LooseValue, Ticket, Value, convert_value, parse_field_path

if TYPE_CHECKING:
    from fenji.model.policy import Policy


def check_values(values: Mapping[str, Value], ticket: Ticket, policy: Policy, at: datetime) -> None:
    """Raise one error for all people, units and grades in the values that the policy does not know."""
    refusals = RefusalCollector()
    with refusals.checking():
        people.check_fields(values, ticket, policy)
    with refusals.checking():
        workflow.check_grade_words(values, policy, ticket.reported_at or at, at)
    refusals.raise_all()


def validate_fields(fields: Mapping[str, LooseValue], *, fixed: Sequence[str] = ()) -> dict[str, Value]:
    """Convert given fields to the values that a ticket holds; None empties a field.

    Raises InvalidUsage for each unknown field, each field that is not set by hand (number, state, SLA …; `fixed` lists
    exceptions) and each invalid value.
    """
    values: dict[str, Value] = {}
    refusals = RefusalCollector()
    for path, value in fields.items():
        with refusals.checking():
            _check_settable(path, fixed)
            values[path], faults = convert_value(path, value)
            if faults:
                raise InvalidUsage("{field} {fault}.", field=path, fault=faults[0].message)
    refusals.raise_all()
    return values


def _check_settable(path: str, fixed: Sequence[str]) -> None:
    key, _, name = path.partition(".")
    spec = FIELD_BY_KEY.get(key)
    if spec is None or spec.type != "items" or not name:
        parse_field_path(path)
    if spec and spec.read_only and key not in fixed:
        raise InvalidUsage(
            "{field} is not set by hand.", hint="It follows from what is done to the ticket.", field=path
        )
