"""Read the files next to policy.yaml that headquarters owns: contracts and reminders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from fenji import files
from fenji.errors import Damaged, Fault, Problem
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.model.contracts import Contracts
    from fenji.model.reminders import ReminderRules
    from fenji.model.values import Value

CONTRACTS, REMINDERS = "contracts.yaml", "remind.yaml"
_T = TypeVar("_T")


def load(root: Path, path: str) -> bytes | None:
    """Return the bytes of an owned file of a desk; None if there is none. Raises Damaged if it cannot be read."""
    try:
        return files.read(root / path)[0]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Damaged("{path} cannot be read.", path=path, hint=str(error)) from error


def read_contracts(data: bytes) -> Contracts:
    """Read the contracts in `data`. Raises Damaged with every problem, each with its line."""
    from fenji.model.contracts import parse_contracts

    return _read(data, CONTRACTS, parse_contracts)


def read_reminder_rules(data: bytes) -> ReminderRules:
    """Read the reminder rules in `data`. Raises Damaged with every problem, each with its line."""
    from fenji.model.reminders import parse_reminder_rules

    return _read(data, REMINDERS, parse_reminder_rules)


def _read(data: bytes, path: str, parse: Callable[[Value], tuple[_T | None, list[Fault]]]) -> _T:
    found, faults = parse(yaml_codec.load(data, path))
    if found is None:
        raise Damaged("{path} is refused.", path=path, problems=yaml_codec.locate_faults(data, path, faults))
    return found


READERS: Mapping[str, Callable[[bytes], object]] = MappingProxyType(
    {CONTRACTS: read_contracts, REMINDERS: read_reminder_rules}
)


def find_problems(path: str, data: bytes) -> tuple[Problem, ...]:
    """Return what is wrong with the bytes of an owned file; empty if nothing is."""
    try:
        READERS[path](data)
    except Damaged as damaged:
        return damaged.problems
    return ()
