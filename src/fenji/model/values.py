"""The types of values in documents: of a ticket's fields and of rules, and as outside loaders return them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

# As a strict loader gives them (text, lists, mappings, None) or a parser makes them. A flag is an int to Python.
Value: TypeAlias = "str | int | Decimal | datetime | Sequence[Value] | Mapping[str, Value] | None"
# As other loaders of YAML or JSON return them.
LooseValue: TypeAlias = "str | int | float | Decimal | date | Sequence[LooseValue] | Mapping[str, LooseValue] | None"
# As commands print them in JSON: instants are text, durations are seconds.
JsonValue: TypeAlias = "str | int | float | Decimal | date | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
