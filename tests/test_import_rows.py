"""Rows become tickets: identity, dates, states and history of every program by its shipped mapping, and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from fenji.imports.build import ImportedRow, build_tickets, map_table
from fenji.imports.parse_mapping import read_mapping_file, read_shipped
from fenji.imports.read import read_table
from fenji.imports.row_values import ImportRules
from fenji.storage import yaml_codec
from foreign_files import (
    FILES,
    INCIDENT_TICKETS,
    LEDGER_TICKETS,
    ForeignFile,
    write_file,
    write_incidents,
    write_ledger,
)

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket

RULES = ImportRules(
    site="KSA",
    zone_of=lambda _: ZoneInfo("Asia/Riyadh"),
    sites=("KSA", "HQ"),
    levels=("P1", "P2", "P3", "P4"),
    impact=("major", "minor"),
    occurrence=("rare", "common"),
    by="li.wei",
    at=datetime(2026, 11, 29, tzinfo=UTC),
)
SIMPLE = "format: 1\nsource: s\nkey: k\nfields: {title: t}\nevents: {report: at}\n"


def build(path: Path, mapping: bytes | str) -> list[ImportedRow]:
    text = mapping.encode() if isinstance(mapping, str) else mapping
    parsed = read_mapping_file(text, "m.yaml", "m")
    mapped = map_table(read_table(path, parsed.reads), parsed, RULES)
    assert mapped.faults() == []
    return list(build_tickets(mapped, RULES))


def tickets(rows: list[ImportedRow]) -> list[Ticket]:
    assert [str(row.fault) for row in rows if row.fault] == []
    return [row.ticket for row in rows if row.ticket]


def origin(ticket: Ticket) -> Mapping[str, Any]:
    found = ticket.get("origin")
    assert isinstance(found, Mapping)
    return found


def golden(built: list[ImportedRow]) -> tuple[tuple[str, str, str, str], ...]:
    return tuple(
        (row.key, ticket.title, ticket.state, " ".join(event.do for event in ticket.log))
        for row, ticket in zip(built, tickets(built), strict=True)
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_files_of_other_programs_become_what_they_say(tmp_path: Path, file: ForeignFile) -> None:
    built = build(write_file(tmp_path, file), read_shipped(file.mapping))
    assert golden(built) == file.tickets
    for ticket in tickets(built):
        numbered = ticket.with_fields({"id": "KSA-2026-0001"})
        assert yaml_codec.read_ticket(yaml_codec.dump(numbered), "x") == numbered
        assert [event.at for event in ticket.log] == sorted(event.at for event in ticket.log)
        assert {event.by for event in ticket.log} == {"import"}


def test_ledgers_and_lists_in_workbooks(tmp_path: Path) -> None:
    built = build(write_ledger(tmp_path / "l.xlsx"), read_shipped("ledger-zh"))
    assert golden(built) == LEDGER_TICKETS
    first, second = tickets(built)
    assert first.word("product.serial") == "20130014"
    assert second.word("product.serial") == "20130015"
    assert first.word("failed") == "2016-05-22"
    assert first.log[0].body["precision"] == origin(first)["precision"] == "day"
    assert first.log[0].at.isoformat() == "2016-05-22T00:00:00+03:00"
    assert golden(build(write_incidents(tmp_path / "i.xlsx"), read_shipped("servicenow-list"))) == INCIDENT_TICKETS


def test_a_log_of_changes_is_replayed_with_what_each_changed(tmp_path: Path) -> None:
    ticket = tickets(build(write_file(tmp_path, FILES[0]), read_shipped("servicenow-log")))[0]
    assert ticket.log[0].set["priority"] == "P3"
    assert ticket.priority == "P2"
    assert ticket.owner == "Resolver 8"
    assert [(event.do, event.reason) for event in ticket.log if event.do in ("wait", "reopen")] == [
        ("wait", "customer"),
        ("reopen", "servicenow-log"),
    ]
    assert ticket.log[0].reason == "servicenow-log"  # a priority that was judged there
    assert origin(ticket)["verdict"] == {"made_sla": "false"}
    assert origin(ticket)["rest"] == {"ident_state": "Closed", "priority": "2"}


@pytest.mark.parametrize(
    ("rows", "owners"),
    [
        # the number of a row never outweighs its time
        (["1,08:00,li", "9,09:00,wu", ",10:00,sun", "2,11:00,ma"], ["wu", "sun", "ma"]),
        (["1,08:00,li", "-5,09:00,wu", "1.5,10:00,sun"], ["wu", "sun"]),
        # rows of one time stand by their numbers, if each has one
        (["1,08:00,li", "10,09:00,sun", "1.5,09:00,wu", "-1,10:00,ma"], ["wu", "sun", "ma"]),
        (["1,08:00,li", "3,09:00,wu", ",09:00,sun", "2,09:00,ma"], ["wu", "sun", "ma"]),
    ],
)
def test_rows_of_changes_stand_in_order_of_time(tmp_path: Path, rows: list[str], owners: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text("k,t,n,at,o\n" + "".join(f"A,one,{row.replace(',', ',2026-01-01 ', 1)}\n" for row in rows))
    events = "events: {report: at, history: rows, at: at, order: n}"
    mapping = f"format: 1\nsource: s\nkey: k\nrepeats: history\nfields: {{title: t, owner: o}}\n{events}\n"
    (ticket,) = tickets(build(path, mapping))
    assert ticket.owner == owners[-1]
    assert [event.set["owner"] for event in ticket.log if event.do != "report" and "owner" in event.set] == owners


def test_nothing_of_a_row_is_lost(tmp_path: Path) -> None:
    ticket = tickets(build(write_file(tmp_path, FILES[1]), read_shipped("jira-csv")))[0]
    assert ticket.log[1].note == "li: first; then"
    assert origin(ticket)["rest"] == {
        "Issue Type": "Bug",
        "Priority": "High",
        "Project description": "A project",
        "Status": "Fertig",
        "Status Category": "Done",
    }


def test_the_identity_is_made_of_source_and_key_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("k,t,at\nA-1,one,2026-01-01\n")
    first = tickets(build(path, SIMPLE))[0]
    path.write_text("k,t,at,more\n　Ａ-1 ,other,2025-05-05 10:00,x\n")
    second = tickets(build(path, SIMPLE))[0]
    assert first.uid == second.uid
    assert tickets(build(path, SIMPLE.replace("source: s", "source: s2")))[0].uid != first.uid


def test_refused_rows_say_why_and_hold_up_no_other(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [
        "A,one,2026-01-01 08:00,P1,",
        "B,,2026-01-01 08:00,P1,",
        ",three,2026-01-01 08:00,P1,",
        "D,four,soon,P1,",
        "E,five,,P1,",
        "F,six,2026-01-01 08:00,urgent,",
        "G,seven,2026-01-02 08:00,P1,",
        "G,eight,2026-01-03 08:00,P1,",
        "I,nine,2027-01-01 08:00,P1,",
        "J,ten,2026-01-05 08:00,P1,2026-01-02 08:00",
        "2.02508E+15,eleven,2026-01-05 08:00,P1,",
    ]
    path.write_text("k,t,at,p,done\n" + "\n".join(rows) + "\n")
    mapping = SIMPLE.replace("title: t", "title: t, priority: p").replace("report: at", "report: at, solve: done")
    said = {row.number: str(row.fault) for row in build(path, mapping) if row.fault}
    assert said == {
        3: "has no title",
        4: "has nothing in k, which identifies it",
        5: "at: not a date: soon",
        6: "has nothing in at, which says when it was reported",
        7: "urgent is not a known priority; say under values what it means: P1, P2, P3, P4",
        8: "G is in rows 8, 9; add a column to `key`, or write `repeats: history`",
        9: "G is in rows 8, 9; add a column to `key`, or write `repeats: history`",
        10: "at: 2027-01-01 08:00 is in the future",
        11: "done: 2026-01-02 08:00 is before the report of 2026-01-05 08:00",
        12: "2.02508E+15 is a number that a spreadsheet has rounded; export k as text",
    }


def test_numbers_of_sixteen_digits_are_refused_where_a_spreadsheet_has_rounded_them(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "n.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["k", "t", "at"])
        sheet.write_row(1, 0, [2025081510000222, "rounded", "2026-01-01"])
        sheet.write_row(2, 0, ["2025081510000222", "text", "2026-01-01"])
    built = build(tmp_path / "n.xlsx", SIMPLE)
    assert [bool(row.ticket) for row in built] == [False, True]


def test_a_mapping_that_does_not_fit_the_file_is_said_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("k,title,at\n1,x,03/04/2026\n")
    parsed = read_mapping_file(SIMPLE.replace("title: t", "title: titel, cause: why").encode(), "m.yaml", "m")
    faults = [str(fault) for fault in map_table(read_table(path, parsed.reads), parsed, RULES).faults()]
    assert faults == [
        "the file has no column titel; did you mean title?",
        "the file has no column why; it has: k, title, at",
        "dates of at: 03/04/2026 may be 2026-04-03 (`dmy`) / 2026-03-04 (`mdy`); say which",
    ]
