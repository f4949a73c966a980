"""Make statements of what a customer pays, and issue each as a file that is never changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.desk import issue
from fenji.desk import open as opening
from fenji.desk.output_files import check_target
from fenji.errors import Damaged, FenjiError, NotFound, Refused
from fenji.git import refs
from fenji.i18n import say
from fenji.model.contracts import (
    Contract,
    Contracts,
    IssuedLine,
    SettledLine,
    list_changes,
    next_number,
    settle_lines,
)
from fenji.model.contracts.settle import BILLABLE, UNKNOWN
from fenji.model.contracts.statements import pool_use
from fenji.model.periods import Period, parse_period
from fenji.model.ticket import SIGNED_FORM
from fenji.model.ticket.ticket import natural_sort_key
from fenji.publish.statement import Statement
from fenji.storage import owned_files
from fenji.storage.owned_files import CONTRACTS

if TYPE_CHECKING:
    from fenji.desk.desk import Desk
    from fenji.desk.reads import DeskReads
    from fenji.model.board import BadFile
    from fenji.model.ticket import Ticket

ISSUED_FOLDER = "issued/statements"
NUMBER_PREFIX = "ST-"


def load_contracts(desk: DeskReads) -> Contracts:
    """Load contracts.yaml. Raises NotFound if there is none, Damaged with every problem and its line."""
    data = owned_files.load(desk.root, CONTRACTS)
    if data is None:
        hint = "Write rates and contracts into contracts.yaml, next to policy.yaml; docs/contracts.md shows how."
        raise NotFound("This desk has no contracts.yaml.", hint=hint)
    return owned_files.read_contracts(data)


def make_statement(desk: Desk, contract: str, period_text: str = "last-month", *, language: str = "") -> Statement:
    """Make the draft of the next statement of a contract for a period.

    Raises NotFound for an unknown contract, InvalidUsage for an invalid period, Damaged if an issued statement cannot
    be read.
    """
    contracts = load_contracts(desk)
    if contract not in contracts.keys:
        known = tuple(contracts.keys) or "-"
        raise NotFound("There is no contract {contract}.", hint="Known are: {known}.", contract=contract, known=known)
    today = desk.today()
    period = parse_period(period_text, today=today.date, zone=today.zone)
    language = language or desk.language
    issued = read_issued(desk)
    own_issued = lines_by_contract(issued.values()).get(contract, [])
    tickets, bad_files = _load_tickets(desk)
    settled = settle_lines(
        tickets,
        contracts,
        own_units=desk.policy.units,
        zone_of=lambda site: opening.find_zone(desk.policy, site),
        issued=pool_use({contract: own_issued}),
    )
    lines = list_changes([(line, say(line.why, language)) for line in settled], own_issued, contract, period)
    return Statement(
        number=next_number(contract, period.query, tuple(issued)),
        contract=contract,
        customers=tuple(contracts.find(contract)[-1].customers),
        period=period,
        language=language,
        lines=tuple(lines),
        unknown=tuple(_list_unknown(settled, _find_open(tickets, period), contracts.find(contract), period)),
        signed=_list_signed(tickets, lines),
        commit=refs.resolve(desk.repo, "HEAD") or "",
        made_at=opening.fix_offset(desk.now()),
        supplement=bool([line for line in own_issued if period.holds(line.on)]),
        bad_files=bad_files,
    )


def _load_tickets(desk: Desk) -> tuple[list[Ticket], tuple[BadFile, ...]]:
    scans = (desk.store.reader.scan_open(), desk.store.reader.scan_archive())
    tickets = list(desk.counted_tickets(stored.ticket for scan in scans for stored in scan.tickets))
    return tickets, tuple(bad_file for scan in scans for bad_file in scan.bad_files)


def _find_open(tickets: Sequence[Ticket], period: Period) -> frozenset[str]:
    """Return the uids of the tickets with events of the period, or logged in it: undated lines may belong to it."""
    return frozenset(
        ticket.uid
        for ticket in tickets
        if any(
            period.holds(instant.astimezone(period.zone).date())
            for event in ticket.log
            for instant in (event.at, event.logged or event.at)
        )
    )


def _list_unknown(
    settled: Sequence[SettledLine], active: frozenset[str], contracts: Sequence[Contract], period: Period
) -> list[SettledLine]:
    """Return the lines of the contract's customers that cannot be settled and are dated in the period, or undated."""
    return [
        line
        for line in settled
        if line.outcome == UNKNOWN
        and (period.holds(line.on) if line.on else line.uid in active)
        and any(line.contract == contract.key or _is_customer(line, contract) for contract in contracts)
    ]


def _is_customer(line: SettledLine, contract: Contract) -> bool:
    return not line.contract and any(contract.serves(line.customer, system) for system in (*contract.systems, ""))


def _list_signed(tickets: Sequence[Ticket], lines: Sequence[IssuedLine]) -> dict[str, tuple[str, ...]]:
    """Return the names of the signed forms of each ticket in a statement, by number."""
    wanted = {line.uid for line in lines}
    return {
        ticket.id: tuple(item.name for item in ticket.files if item.name.startswith(SIGNED_FORM))
        for ticket in tickets
        if ticket.uid in wanted
    }


# --- issued statements --------------------------------------------------------------------------------------------


class IssuedStatement(Struct, frozen=True):
    """A statement that was issued: its number, instant, contract and lines."""

    number: str
    at: datetime
    contract: str
    lines: tuple[IssuedLine, ...]


def read_issued(desk: DeskReads) -> dict[str, IssuedStatement]:
    """Return all issued statements by number, in the order of issue. Raises Damaged if one cannot be read."""
    folder = desk.root / ISSUED_FOLDER
    documents = [_read_document(desk, path.name) for path in sorted(folder.glob(f"{NUMBER_PREFIX}*.json"))]
    issued = sorted(map(_parse_issued, documents), key=lambda found: (found.at, natural_sort_key(found.number)))
    return {found.number: found for found in issued}


def lines_by_contract(issued: Iterable[IssuedStatement]) -> dict[str, list[IssuedLine]]:
    """Return the lines of the statements by contract, in the order of issue."""
    lines: dict[str, list[IssuedLine]] = defaultdict(list)
    for document in issued:
        lines[document.contract] += document.lines
    return lines


def _read_document(desk: DeskReads, name: str) -> Mapping[str, object]:
    path = f"{ISSUED_FOLDER}/{name}"
    try:
        document = json.loads(files.read_below(desk.root, path, 64 << 20)[0])
        if isinstance(document, dict) and isinstance(document.get("number"), str):
            return document
    except (OSError, ValueError) as error:
        raise Damaged("{path} cannot be read as an issued statement.", path=path) from error
    raise Damaged("{path} cannot be read as an issued statement.", path=path)


def _parse_issued(document: Mapping[str, object]) -> IssuedStatement:
    lines = document.get("lines")
    try:
        parsed = tuple(IssuedLine.from_mapping(line) for line in lines) if isinstance(lines, list) else ()
        at = datetime.fromisoformat(str(document["issued"])).astimezone(UTC)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        path = f"{ISSUED_FOLDER}/{document['number']}.json"
        raise Damaged("{path} cannot be read as an issued statement.", path=path) from error
    return IssuedStatement(str(document["number"]), at, str(document.get("contract")), parsed)


def load_statement(desk: Desk, number: str, *, language: str = "") -> tuple[Statement, str]:
    """Return a statement as it was issued, to print it again, and the person who issued it.

    Raises NotFound for a number that was not issued, Damaged if an issued statement cannot be read.
    """
    issued = read_issued(desk)
    if number not in issued:
        known = tuple(issued) or "-"
        raise NotFound("No statement {number} was issued.", hint="Known are: {known}.", number=number, known=known)
    document, found = _read_document(desk, f"{number}.json"), issued[number]
    today, places = desk.today(), list(issued)
    earlier = lines_by_contract(issued[name] for name in places[: places.index(number)]).get(found.contract, [])
    try:
        customers, named = document["customers"], document["period"]
        name = str(named["name"]) if isinstance(named, Mapping) else ""
        period = parse_period(name, today=today.date, zone=today.zone)
        made_at = datetime.fromisoformat(str(document["issued"]))
    except (KeyError, FenjiError) as error:
        path = f"{ISSUED_FOLDER}/{number}.json"
        raise Damaged("{path} cannot be read as an issued statement.", path=path) from error
    statement = Statement(
        number=number,
        contract=found.contract,
        customers=tuple(map(str, customers)) if isinstance(customers, list) else (),
        period=period,
        language=language or desk.language,
        lines=found.lines,
        unknown=(),
        signed=_list_signed(_load_tickets(desk)[0], found.lines),
        commit=str(document.get("commit", "")),
        made_at=made_at,
        supplement=any(period.holds(line.on) for line in earlier),
    )
    return statement, str(document.get("by", ""))


def issue_statement(desk: Desk, contract: str, period_text: str = "last-month", *, language: str = "") -> Statement:
    """Exchange with the hub, then issue the next statement of a contract for a period, and send it.

    Raises Refused if nothing is new or the person may not issue, and the error of the exchange if that fails.
    """
    person = issue.require_issuer(desk)
    has_hub = issue.sync_with_hub(desk)
    statement = make_statement(desk, contract, period_text, language=language)
    if not statement.lines:
        raise Refused(
            "There is nothing to issue: every line of {period} matches what was issued.", period=statement.period.query
        )
    path = f"{ISSUED_FOLDER}/{statement.number}.json"
    data = json.dumps(statement.mapping(by=person), ensure_ascii=False, indent=1).encode() + b"\n"
    issue.write_issued(desk, path, data, by=person, at=statement.made_at)
    if has_hub:
        issue.send_issued(desk, statement.number)
        _check_sent(desk, path, data)
    return statement


def _check_sent(desk: Desk, path: str, data: bytes) -> None:
    if files.read_below(desk.root, path, len(data) + 1)[0] != data:
        hint = "The hub's is here now: issue again, and yours takes the next number."
        raise Refused("{path} was issued elsewhere at the same time.", hint=hint, path=path)


# --- files --------------------------------------------------------------------------------------------------------

FORMATS = ("html", "docx", "xlsx", "json")
_DEFAULT_FOLDER = "index/statements"


def write_statement(desk: Desk, statement: Statement, *, by: str, file_format: str, target: Path | None) -> Path:
    """Write a statement to `target`, else into the desk's `index/statements`; return its path."""
    ending = target.suffix.lower().removeprefix(".") if target else ""
    file_format = file_format or (ending if ending in FORMATS else "html")
    data = _render(statement, file_format, by)
    if target is None:
        path = f"{_DEFAULT_FOLDER}/{statement.number}{'' if by else '-draft'}.{file_format}"
        files.write(desk.root, path, data)
        return desk.root / path
    check_target(desk, target, (f".{file_format}",))
    files.write(target.parent.resolve(), target.name, data)
    return target


def _render(statement: Statement, file_format: str, by: str) -> bytes:
    from fenji.publish import statement as pages

    if file_format == "json":
        return json.dumps(statement.mapping(by=by), ensure_ascii=False, indent=1).encode() + b"\n"
    render = {
        "html": pages.render_statement_page,
        "xlsx": pages.render_statement_workbook,
        "docx": pages.render_statement_document,
    }[file_format]
    return render(statement, draft=not by)


# --- on the form of a ticket --------------------------------------------------------------------------------------


def describe_payers(desk: Desk, ticket: Ticket, language: str) -> dict[str, str]:
    """Return who pays each line of a ticket, by key, if the ticket alone decides it; empty without contracts."""
    try:
        contracts = load_contracts(desk)
    except FenjiError:
        return {}
    lines = settle_lines(
        [ticket], contracts, own_units=desk.policy.units, zone_of=lambda site: opening.find_zone(desk.policy, site)
    )
    payers: dict[str, list[str]] = {}
    for line in lines:
        if line.outcome != UNKNOWN and not (line.outcome == BILLABLE and _may_be_repair(ticket)):
            payers.setdefault(line.key, []).append(say(line.outcome, language))
    return {key: " / ".join(words) for key, words in payers.items()}


def _may_be_repair(ticket: Ticket) -> bool:
    """Whether other tickets may show that a repaired part failed again, so that nobody pays."""
    return ticket.kind == "quality" and bool(ticket.word("product.serial")) and not ticket.word("fault.because")
