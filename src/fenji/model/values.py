"""The values of documents: those of a ticket's fields and of rules, and what outside loaders make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

# As a strict loader gives them (text, lists, mappings, None) or a parser makes them. A flag is an int to Python.
Value: TypeAlias = "str | int | Decimal | datetime | Sequence[Value] | Mapping[str, Value] | None"
# As other loaders of YAML or JSON make them.
LooseValue: TypeAlias = "str | int | float | Decimal | date | Sequence[LooseValue] | Mapping[str, LooseValue] | None"
# As JSON holds what commands print: instants are text there, lengths are seconds.
JsonValue: TypeAlias = "str | int | float | Decimal | date | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
