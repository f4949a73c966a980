"""`fenji export`: the same values in every format, texts that stay texts, and each ticket's file as it is."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from python_calamine import CalamineWorkbook

import worlds
from commandline import fenji
from desks import ENGINEER, LEAD, OTHER, Clock, make_desk, open_desk
from fenji.publish.export import workbook
from fenji.publish.export.calendar import render_calendar
from fenji.publish.export.tables import TABLES, TICKETS, ExportedTicket
from fenji.publish.figure_table import guard
from fenji.storage import yaml_codec

if TYPE_CHECKING:
    from fenji.model.ticket import Value

FORMULA = '=HYPERLINK("http://example.org","疊加")'
BELOW_A_LINE_END = "\n=1+1"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = worlds.make("shipped", tmp_path_factory.mktemp("export") / "desk")
    long_text = "長" * 40_000 + "end"
    assert fenji("--desk", root, "new", "--title", FORMULA, "--description", long_text).code == 0
    return root


@pytest.fixture(scope="module")
def written(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    for ending in ("xlsx", "csv", "jsonl", "sqlite", "ics"):
        result = fenji("--desk", desk, "export", "--format", ending, "-o", folder / f"out.{ending}")
        assert result.code == 0, result.err
    return folder


def documents(written: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (written / "out.jsonl").read_text().splitlines()]


def csv_rows(text: str) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 30)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_format_holds_the_text_of_every_file_so_that_nothing_is_lost(desk: Path, written: Path) -> None:
    files = {
        yaml_codec.read_ticket(path.read_bytes(), path.name).uid: path.read_bytes().decode()
        for path in desk.glob("tickets/**/*.yaml")
    }
    assert len(files) > 40
    assert {found["uid"]: found["file"] for found in documents(written)} == files
    rows = csv_rows((written / "out.csv").read_text(encoding="utf-8-sig"))
    assert {row["uid"]: row["file"] for row in rows} == files
    with closing(sqlite3.connect(written / "out.sqlite")) as database:
        assert dict(database.execute("SELECT uid, file FROM tickets")) == files
    pieces: dict[str, str] = {}
    for uid, _, piece in (
        CalamineWorkbook.from_path(str(written / "out.xlsx")).get_sheet_by_name("files_whole").to_python()[1:]
    ):
        pieces[str(uid)] = pieces.get(str(uid), "") + str(piece)
    assert pieces == files


def test_every_format_has_the_same_tickets_and_clocks(desk: Path, written: Path) -> None:
    zone = ZoneInfo(fenji_zone(desk))
    sheet = CalamineWorkbook.from_path(str(written / "out.xlsx")).get_sheet_by_name("tickets").to_python()
    in_sheet = {row[1]: dict(zip(sheet[0], row, strict=True)) for row in sheet[1:]}
    in_csv = {row["uid"]: row for row in csv_rows((written / "out.csv").read_text(encoding="utf-8-sig"))}
    with closing(sqlite3.connect(written / "out.sqlite")) as database:
        database.row_factory = sqlite3.Row
        in_database = {row["uid"]: row for row in database.execute("SELECT * FROM tickets")}
    for document in documents(written):
        uid, due = document["uid"], document["clocks"]["solution"]["due"]
        assert in_csv[uid]["solution.state"] == in_database[uid]["solution_state"] == in_sheet[uid]["solution.state"]
        assert in_csv[uid]["solution.state"] == (document["clocks"]["solution"]["state"] or "")
        assert in_csv[uid]["units"] == "; ".join(document.get("units", []))
        assert (in_csv[uid]["solution.due"] or None) == due
        if due:
            instant = datetime.fromisoformat(due)
            assert in_sheet[uid]["solution.due"] == instant.astimezone(zone).replace(tzinfo=None)
            assert in_database[uid]["solution_due"] == f"{instant.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S}"


def fenji_zone(desk: Path) -> str:
    zone: str = fenji("--desk", desk, "report", "2026", "--json").json["period"]["zone"]
    return zone


def test_events_and_items_have_tables_of_their_own(written: Path) -> None:
    with closing(sqlite3.connect(written / "out.sqlite")) as database:
        for table in TABLES:
            key = "log" if table.name == "events" else table.name
            expected = 1 if table is TICKETS else None
            counts = {document["uid"]: expected or len(document.get(key, [])) for document in documents(written)}
            query = f'SELECT t.uid, count(x.uid) FROM tickets t LEFT JOIN "{table.name}" x USING (uid) GROUP BY 1'
            assert dict(database.execute(query)) == counts, table.name
    sheets = CalamineWorkbook.from_path(str(written / "out.xlsx"))
    assert [*sheets.sheet_names] == [*(table.name for table in TABLES), "files_whole"]


def test_a_text_is_never_a_formula_and_what_a_cell_cannot_hold_ends_in_a_sign(written: Path) -> None:
    text = (written / "out.csv").read_text(encoding="utf-8-sig")
    assert any(row["title"] == f"\t{FORMULA}" for row in csv_rows(text))
    assert guard(BELOW_A_LINE_END) == f"\t{BELOW_A_LINE_END}"
    sheet = CalamineWorkbook.from_path(str(written / "out.xlsx")).get_sheet_by_name("tickets").to_python()
    row = next(dict(zip(sheet[0], row, strict=True)) for row in sheet if FORMULA in row)
    assert str(row["description"]).endswith("長 [...]")
    assert len(str(row["description"])) == workbook.CELL_CHARACTERS
    assert workbook.fit_cell("😀" * 20_000).encode("utf-16-le")[-12:] == " [...]".encode("utf-16-le")


def test_a_full_sheet_goes_on_in_another(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 30)
    assert fenji("--desk", desk, "export", "--format", "xlsx", "-o", tmp_path / "a.xlsx").code == 0
    book = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx"))
    rows = [row[1] for name in ("tickets", "tickets2") for row in book.get_sheet_by_name(name).to_python()[1:]]
    assert len(rows) == len(set(rows)) == len([*desk.glob("tickets/**/*.yaml")])


def test_the_calendar_has_promises_not_kept_yet_and_plans(desk: Path, written: Path) -> None:
    events = {
        str(event["uid"]): event for event in Calendar.from_ical((written / "out.ics").read_bytes()).walk("VEVENT")
    }
    for document in documents(written):
        for clock in ("response", "solution"):
            reading, event = document["clocks"][clock], events.get(f"{document['uid']}-{clock}@fenji")
            running = bool(reading["due"]) and not reading["done"] and document["state"] != "withdrawn"
            assert (event is not None) == running, (document["id"], clock)
            if event is not None:
                assert event.decoded("dtstart") == datetime.fromisoformat(reading["due"])
        for item in document.get("plan", []):
            assert f"{document['uid']}-plan-{item['key']}@fenji" in events
    again = fenji("--desk", desk, "export", "--format", "ics").out
    assert again.encode().replace(b"\r\n", b"\n") == (written / "out.ics").read_bytes().replace(b"\r\n", b"\n")


def test_the_calendar_names_the_owner_of_an_item_and_its_due_with_what_a_wait_added(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    clock = Clock()
    desk = open_desk(root, LEAD, clock=clock)
    due = clock.now.date() + timedelta(days=5)
    plan: dict[str, Value] = {"plan": [{"key": "m1", "what": "dig", "due": due.isoformat(), "owner": OTHER}]}
    ticket = desk.new({"title": "dome", "kind": "project", "owner": ENGINEER, **plan}).ticket
    desk.act(ticket.id, "wait", reason="customer")
    clock.advance(14 * 24 * 60)
    row = desk.act(ticket.id, "resume")
    moved = row.reading.items["m1"].due
    assert moved
    assert moved > due
    found = Calendar.from_ical(render_calendar([ExportedTicket(row, "")], "en"))
    event = next(event for event in found.walk("VEVENT") if "-plan-m1@" in str(event["uid"]))
    assert event.decoded("dtend") == moved + timedelta(days=1)
    assert str(event["description"]) == OTHER
    desk.close()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "ics"])
def test_it_is_no_part_of_one_document(desk: Path, tmp_path: Path, ending: str) -> None:
    refused = fenji("--desk", desk, "export", "--format", ending, "--json")
    assert (refused.code, refused.out) == (2, "")
    assert f"--json and --format {ending} do not go together." in refused.err
    target = tmp_path / f"out.{ending}"
    assert fenji("--desk", desk, "export", "-o", target, "--json").json["path"] == str(target)


def calendar_lines(data: bytes) -> list[str]:
    """The lines of a calendar, unfolded, as RFC 5545 lets them be written: checked octet by octet."""
    assert data.endswith(b"\r\n")
    unfolded: list[bytes] = []
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        assert not set(line) & {*range(9), *range(10, 32), 127}
        line.decode("utf-8")  # folded between characters
        if line.startswith((b" ", b"\t")):
            unfolded[-1] += line[1:]
        else:
            unfolded.append(line)
    lines = [line.decode() for line in unfolded]
    assert all(re.match(r"[A-Z-]+(;[A-Z-]+=[^:;,\"]+)*:", line) for line in lines)
    for name, _, text in (line.partition(":") for line in lines):
        if name in ("SUMMARY", "DESCRIPTION"):
            assert not re.search(r"[\\;,]", re.sub(r"\\[\\;,nN]", "", text)), text
    return lines


def test_a_calendar_of_hostile_words_is_one_to_every_program(tmp_path: Path) -> None:
    desk = worlds.make("bad_files", tmp_path / "desk")
    title, what = 'a; b, c\\n "d" 電' + "源" * 200, "x" * 74 + "電, \\; " * 9
    number = fenji("--desk", desk, "new", "--title", title, "--kind", "project", "--json").json["id"]
    fields = ("--set", f"plan.p1.what={what}", "--set", "plan.p1.due=2026-12-01")
    assert fenji("--desk", desk, "edit", number, *fields).code == 0
    result = fenji("--desk", desk, "export", "--format", "ics", "-o", tmp_path / "out.ics")
    assert result.code == 3  # the damaged files are named
    data = (tmp_path / "out.ics").read_bytes()
    lines = calendar_lines(data)
    names = [line.partition(":")[0].partition(";")[0] for line in lines]
    assert names[:3] == ["BEGIN", "VERSION", "PRODID"]
    assert names.count("UID") == names.count("DTSTAMP") == names.count("DTSTART") == names.count("SUMMARY") > 10
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == len(uids)
    summaries = [str(event["summary"]) for event in Calendar.from_ical(data).walk("VEVENT")]
    assert any(title in summary for summary in summaries)
    assert f"{number} {what.strip()}" in summaries


def test_csv_into_a_pipe_has_no_bom_and_a_query_narrows_it(desk: Path, written: Path) -> None:
    assert (written / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    narrowed = fenji("--desk", desk, "export", "site:DZA", "--format", "csv").out
    assert narrowed.startswith("id,uid,")
    assert {row["site"] for row in csv_rows(narrowed)} == {"DZA"}


def test_what_cannot_be_written_is_refused_and_leaves_nothing(desk: Path, tmp_path: Path) -> None:
    for args, words in (
        (("--format", "xlsx"), "add -o FILE.xlsx"),
        (("--format", "sqlite", "-o", desk / "tickets/a.sqlite"), "belongs to the desk itself"),
        (("--format", "csv", "-o", tmp_path / "a.xlsx"), "must end in .csv"),
        (("site:NOWHERE", "--format", "csv"), "No ticket has site:nowhere"),
    ):
        result = fenji("--desk", desk, "export", *args)
        assert result.code != 0
        assert words in result.err
    assert not [*tmp_path.iterdir()]
    assert not (desk / "tickets/a.sqlite").exists()


def test_a_damaged_file_is_named_and_the_rest_is_exported(tmp_path: Path) -> None:
    root = worlds.make("bad_files", tmp_path / "desk")
    result = fenji("--desk", root, "export", "--format", "jsonl")
    assert result.code == 3
    assert result.out.count("\n") > 0
    assert ".yaml" in result.err


def test_a_database_says_which_columns_are_numbers(written: Path) -> None:
    with closing(sqlite3.connect(written / "out.sqlite")) as database:
        columns = {
            (table, name): kind
            for table in ("tickets", "events", "resources")
            for _, name, kind, *_ in database.execute(f"PRAGMA table_info({table})")
        }
        kinds = {kind for (kind,) in database.execute("SELECT DISTINCT typeof(cost) FROM resources")}
    assert columns["tickets", "solution_target_s"] == "INTEGER"
    assert columns["tickets", "result_downtime_hours"] == "NUMERIC"
    assert columns["events", "n"] == "NUMERIC"
    assert {columns["resources", name] for name in ("hours", "cost", "quantity")} == {"NUMERIC"}
    assert columns["tickets", "reported"] == columns["tickets", "title"] == "TEXT"
    assert "text" not in kinds


def test_the_name_of_the_file_says_how_it_is_written(desk: Path, tmp_path: Path) -> None:
    assert fenji("--desk", desk, "export", "42", "-o", tmp_path / "out.CSV").code == 0
    assert csv_rows((tmp_path / "out.CSV").read_text("utf-8-sig"))
    for target in ((), ("-o", tmp_path / "out")):
        unsaid = fenji("--desk", desk, "export", "42", *target)
        assert unsaid.code == 2
        assert "--format is missing. One of: xlsx, csv, jsonl" in unsaid.err.replace("\n", " ")
