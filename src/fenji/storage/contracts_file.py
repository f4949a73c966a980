"""Read contracts.yaml from bytes. Knows no folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fenji.errors import Damaged, Problem
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.model.contracts import Contracts


def read_contracts(data: bytes, path: str) -> Contracts:
    """Read the contracts in `data`. Raises Damaged with every problem, each with its line."""
    from fenji.model.contracts import parse_contracts

    contracts, faults = parse_contracts(yaml_codec.load(data, path))
    if contracts is None:
        raise Damaged("{path} is refused.", path=path, problems=yaml_codec.locate_faults(data, path, faults))
    return contracts


def find_contract_problems(data: bytes, path: str) -> tuple[Problem, ...]:
    """Return what is wrong with the contracts in `data`; empty if nothing is."""
    try:
        read_contracts(data, path)
    except Damaged as damaged:
        return damaged.problems
    return ()
