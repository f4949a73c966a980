"""The billing of service: rates and contracts from contracts.yaml, and how each line of resources is settled.

Pure: no files, no git, no current time. `parse` reads contracts.yaml strictly, `charges` works out what a line is
worth, `settle` decides who pays each line and why, `statements` compares that with what was issued.
"""

from fenji.model.contracts.contracts import Contract, Contracts, ContractsVersion
from fenji.model.contracts.money import currency_places, round_money
from fenji.model.contracts.parse import parse_contracts
from fenji.model.contracts.settle import OUTCOMES, SettledLine, settle_lines
from fenji.model.contracts.statements import IssuedLine, StatementLine, list_changes, next_number, total_by_currency

__all__ = [
    "OUTCOMES",
    "Contract",
    "Contracts",
    "ContractsVersion",
    "IssuedLine",
    "SettledLine",
    "StatementLine",
    "currency_places",
    "list_changes",
    "next_number",
    "parse_contracts",
    "round_money",
    "settle_lines",
    "total_by_currency",
]
