"""Files as people and programs really leave them: encodings, broken quotes, names that lie, bombs."""

from __future__ import annotations

import json
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter

from fenji.errors import Refused
from fenji.imports.cells import CellRow, Grid
from fenji.imports.read import list_records, read_grids, read_table
from fenji.imports.read_csv import find_encoding
from fenji.imports.tables import Reads, find_header

_HEAD = "编号,标题,报告时间\n"
_XML = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="S">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)

_MANIFEST = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def rows_of(path: Path, reads: Reads | None = None) -> list[list[object]]:
    return [list(row.cells) for row in read_table(path, reads or Reads()).rows]


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "编号,标题\n1,泵\n"),
        ("gb18030", "序号,型号,故障\n1,XJ-4411,漏油，已更换\n"),
        ("big5", "編號,標題\n1,泵\n"),
        ("big5", "序號,型號,故障\n1,XJ-4411,漏油\n2,XJ-2,無法啟動\n"),
        ("cp932", "番号,題名,作成日\n1,ポンプの故障,2024/03/05\n"),
        ("euc_kr", "번호,제목,등록일\n1,펌프 고장,2024/03/05\n"),
        ("cp1252", "N° ticket;Titre\n1;Écran cassé à l'entrée\n"),
        ("cp1252", "Número;Título;Descrição\n1;Água no chão;Não há pressão\n"),
        ("cp1251", "Номер;Тема\n1;Насос не работает\n"),
        ("utf-16-le", "编号,标题,报告时间\nK-1,备件表面生锈严重需要更换处理,2024-03-05\n"),
        ("utf-16-be", "编号,标题\n1,泵漏油\n"),
    ],
)
def test_the_encoding_of_a_short_text_is_found(encoding: str, text: str) -> None:
    data = text.encode(encoding)
    assert data.decode(find_encoding(data)) == text


def test_a_row_of_broken_quotes_costs_no_other_row(tmp_path: Path) -> None:
    text = 'No,Title\n1,"Pump "A", and "B""\n6,Seal\n2,"Valve\n3,Fan\n4,"Fan, ""new"""\n5,"two\nlines"\n'
    table = read_table(write(tmp_path / "q.csv", text), Reads())
    assert [(row.number, bool(row.fault)) for row in table.rows] == [
        (2, False),
        (3, False),
        (4, True),
        (5, False),
        (6, False),
        (7, False),
    ]
    assert table.rows[0].cells[1] == 'Pump "A", and "B"'
    assert [row.cells[1] for row in table.rows[3:]] == ["Fan", 'Fan, "new"', "two\nlines"]


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ('1,"Pump 12" leak",open', ["1", 'Pump 12" leak', "open"]),
        ('1,"the "new" one","still "open""', ["1", 'the "new" one', 'still "open"']),
        ('1,"she said "no", twice",open', ["1", 'she said "no", twice', "open"]),
        ('1,"12\\" pipe, "cold"","open"', ["1", '12" pipe, "cold"', "open"]),
        (
            '1,"Pump 12" leak\nsecond line, "quoted"\nthird",open',
            ["1", 'Pump 12" leak\nsecond line, "quoted"\nthird', "open"],
        ),
        ('1,"padded" ,open', ["1", "padded", "open"]),
        ('1,"a "b", "c", d",open', ["1", 'a "b", "c", d', "open"]),
        ('1,"a "x","y","z""', None),
        ('1,"never closed,open', None),
        ('1,"a" "b","c",open', ["1", 'a" "b","c', "open"]),
    ],
)
def test_quotes_that_are_not_doubled_are_read_where_one_way_alone_fits(
    tmp_path: Path, row: str, cells: list[str] | None
) -> None:
    whole = '2,"plain, ""doubled""",done\n3,x,"y\nz"\n'
    table = read_table(write(tmp_path / "q.csv", f"No,Title,State\n{row}\n{whole}"), Reads())
    assert [list(other.cells) for other in table.rows[-2:]] == [["2", 'plain, "doubled"', "done"], ["3", "x", "y\nz"]]
    assert len(table.rows) == 3
    if cells is None:
        assert table.rows[0].fault
    else:
        assert (list(table.rows[0].cells), table.rows[0].fault) == (cells, None)
        assert "1 row has quotes that are not doubled" in " ".join(map(str, table.notes))


def test_the_rest_of_a_broken_row_is_no_ticket(tmp_path: Path) -> None:
    text = 'No,Title,State\n1,x,y\n2,"a "b","c", "d","e"\nrest of it, and more\nend"\n3,x,y\n'
    table = read_table(write(tmp_path / "q.csv", text), Reads())
    assert [(row.cells[0], bool(row.fault)) for row in table.rows] == [
        ("1", False),
        ("2", True),
        ("rest of it", True),
        ('end"', True),
        ("3", False),
    ]


def test_what_a_file_holds_decides_not_its_name(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(book)) as workbook:
        sheet = workbook.add_worksheet("S")
        sheet.write_row(0, 0, ["No", "Title"])
        sheet.write_row(1, 0, ["1", "Pump"])
    for name in ("a.xls", "b.csv", "c.ods"):
        assert rows_of(write(tmp_path / name, book.read_bytes())) == [["1", "Pump"]]
    assert rows_of(write(tmp_path / "t.xls", "\ufeffNo\tTitle\n1\tPump\n".encode("utf-16-le"))) == [["1", "Pump"]]
    with pytest.raises(Refused, match="is a web page or XML"):
        read_grids(write(tmp_path / "h.xls", "<html><table><tr><td>1</table>"), Reads())


@pytest.mark.parametrize("name", ["e.csv", "e.xlsx", "e.json", "e.tsv"])
@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf\n"])
def test_a_file_without_anything_says_so(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(Refused, match="is empty"):
        read_table(write(tmp_path / name, data), Reads())


def test_a_folder_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "f.csv").mkdir()
    with pytest.raises(Refused, match="is a folder"):
        read_table(tmp_path / "f.csv", Reads())


# --- JSON ---------------------------------------------------------------------------------------------------------

_PUMP, _FAN = {"number": "1", "title": "Pump"}, {"number": "2", "title": "Fan"}


def test_the_only_list_of_an_answer_is_found_and_of_several_none_is_taken(tmp_path: Path) -> None:
    deep = write(tmp_path / "d.json", json.dumps({"answer": {"meta": {"n": 2}, "rows": [_PUMP, _FAN]}}))
    assert rows_of(deep) == [["1", "Pump"], ["2", "Fan"]]
    by_id = write(tmp_path / "i.json", json.dumps({"T-1": {"title": "Pump"}, "T-2": {"title": "Fan"}}))
    assert rows_of(by_id) == [["T-1", "Pump"], ["T-2", "Fan"]]
    several = write(tmp_path / "s.json", json.dumps({"old": [_PUMP], "new": [_FAN]}))
    assert list_records(several) == ["old", "new"]
    assert rows_of(several, Reads(records="new")) == [["2", "Fan"]]
    with pytest.raises(Refused, match="Found: old, new"):
        read_table(several, Reads())


def test_a_line_that_is_no_json_costs_no_other_line(tmp_path: Path) -> None:
    table = read_table(
        write(tmp_path / "l.jsonl", f'{json.dumps(_PUMP)}\n{{"number": "2", "ti\n{json.dumps(_FAN)}'), Reads()
    )
    assert {row.number: bool(row.fault) for row in table.rows} == {1: False, 2: True, 3: False}


def test_half_a_pair_becomes_a_sign_that_a_file_can_hold(tmp_path: Path) -> None:
    assert rows_of(write(tmp_path / "h.json", '[{"id": 1, "title": "Pu\\ud800mp \\ud83d\\ude00"}]')) == [
        [1, "Pu\ufffdmp 😀"]
    ]


# --- workbooks ----------------------------------------------------------------------------------------------------


def make_book(path: Path, sheet: bytes, shared: bytes = b"") -> Path:
    plain = path.with_name("plain.xlsx")
    with xlsxwriter.Workbook(str(plain)) as workbook:
        workbook.add_worksheet("S").write(0, 0, "No")
    with zipfile.ZipFile(plain) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in archive.namelist():
            content = sheet if name == "xl/worksheets/sheet1.xml" else archive.read(name)
            made.writestr(name, shared if shared and name == "xl/sharedStrings.xml" else content)
    return path


def make_ods(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", _ODS.format(rows))
        made.writestr("META-INF/manifest.xml", _MANIFEST)
    return path


def test_a_cell_far_away_is_seen_however_it_is_written(tmp_path: Path) -> None:
    far = b"<row r='1048576'><c r = 'XFD1048576'><v>1</v></c></row></sheetData></worksheet>"
    with pytest.raises(Refused, match="1048576 rows and 16384 columns"):
        read_grids(make_book(tmp_path / "far.xlsx", _XML + b"<row r='1'><c r='A1'><v>1</v></c></row>" + far), Reads())


def test_one_long_text_in_many_cells_is_refused(tmp_path: Path) -> None:
    shared = b"<sst><si><t>" + b"x" * (1 << 20) + b"</t></si></sst>"
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(1, 1001))
    with pytest.raises(Refused, match="1000 MB of text"):
        read_grids(make_book(tmp_path / "s.xlsx", _XML + cells + b"</sheetData></worksheet>", shared), Reads())


@pytest.mark.parametrize(
    "rows",
    [
        '<table:table-row table:number-rows-repeated="1000000">{cell}{end}',
        '<table:table-row>{cell} table:number-columns-repeated="200000000"{end}',
        '<table:table-row table:number-rows-repeated="150000">{cell} table:number-columns-repeated="16000"{end}',
    ],
)
def test_repeated_cells_and_rows_are_counted(tmp_path: Path, rows: str) -> None:
    cell, end = (
        '<table:table-cell office:value-type="string"',
        "><text:p>a</text:p></table:table-cell></table:table-row>",
    )
    with pytest.raises(Refused, match="are read"):
        read_grids(make_ods(tmp_path / "r.ods", rows.format(cell=cell, end=end)), Reads())


def test_blank_cells_to_the_end_of_a_sheet_are_no_reason_against_it(tmp_path: Path) -> None:
    blank = '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    row = f'<table:table-row><table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>{blank}'
    rows = f'{row}<table:table-row table:number-rows-repeated="1048575">{blank}'
    assert [grid.rows for grid in read_grids(make_ods(tmp_path / "b.ods", rows), Reads())] == [[("a",)]]


def test_formulas_without_a_value_and_errors_are_said(tmp_path: Path) -> None:
    cells = b'<c r="A2"><f>1+1</f></c><c r="B2"><f>1+2</f><v></v></c><c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    sheet = _XML + b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">' + cells + b"</row></sheetData></worksheet>"
    notes = [str(note) for note in read_grids(make_book(tmp_path / "f.xlsx", sheet), Reads())[0].notes]
    assert notes[0].startswith("2 formulas have no saved value")
    assert notes[1].startswith("1 cell holds an error")


def test_hidden_sheets_come_last(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "h.xlsx")) as workbook:
        codes, tickets = workbook.add_worksheet("codes"), workbook.add_worksheet("tickets")
        codes.write(0, 0, "code")
        codes.hide()
        tickets.write(0, 0, "No")
        tickets.activate()
    assert [grid.name for grid in read_grids(tmp_path / "h.xlsx", Reads())] == ["tickets", "codes"]


@pytest.mark.parametrize("name", ["w.csv", "w.json"])
def test_a_table_of_too_many_columns_is_refused_at_once(tmp_path: Path, name: str) -> None:
    text = f"a\n{',' * 300_000}\n" if name == "w.csv" else json.dumps([{f"k{row}": 1} for row in range(20_000)])
    with pytest.raises(Refused, match="16384 columns"):
        read_table(write(tmp_path / name, text), Reads())


# --- headings -----------------------------------------------------------------------------------------------------

_GROUPS = ["序号", "故障信息", None, "时间", None, "状态"]
_BELOW = [None, "编号", "描述", "报告日期", "解决日期", None]


@pytest.mark.parametrize(
    ("rows", "merged", "header"),
    [
        ([_GROUPS, _BELOW, [1, "K-1", "泵", "2024-03-05", None, "完成"]], (), (1, 2)),
        ([["单位", None, "甲", None], ["编号", "标题", "日期", "状态"], ["K-1", "泵", "2024-03-05", "完成"]], (), (2,)),
        (
            [
                ["基本", None, "过程", "过程"],
                ["单据", None, "B1", "B2"],
                ["编号", "标题", "日期", "状态"],
                ["1", "泵", 4, "x"],
            ],
            ((0, 0, 0, 1), (1, 0, 1, 1)),
            (1, 2, 3),
        ),
        ([["台账", None, None], ["编号", "标题", "日期"], ["K-1", "泵", "2024-03-05"]], ((0, 0, 0, 2),), (2,)),
        ([["编号", "标题", None], ["K-1", "泵", "漏"], ["K-2", "阀", None]], (), (1,)),
        ([["No", "Title", "State"], ["a", "b", "c"]], (), (1,)),
    ],
)
def test_rows_of_headings_are_found_with_and_without_merged_cells(
    rows: list[CellRow], merged: tuple[tuple[int, int, int, int], ...], header: tuple[int, ...]
) -> None:
    assert find_header(Grid("S", rows, merged)) == header


def make_xls(path: Path, *records: tuple[int, bytes]) -> Path:
    """Write an .xls workbook of these records: a container of sectors, with one stream in it."""
    stream = b"".join(struct.pack("<HH", kind, len(content)) + content for kind, content in records).ljust(4096, b"\0")
    count = -(-len(stream) // 512)
    tables = -(-(count + 2) // 127)  # sectors that say for each sector which one follows
    chain = [*range(1, count), 0xFFFFFFFE, 0xFFFFFFFE, *[0xFFFFFFFD] * tables]
    entries = (("Root Entry", 5, 1, 0xFFFFFFFE, 0), ("Workbook", 2, 0xFFFFFFFF, 0, len(stream)))
    folder = b"".join(
        entry.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBBIII36xIQ", 2 * len(entry) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, first, size)
        for entry, kind, child, first, size in entries
    )
    places = [count + 1 + number for number in range(tables)]
    header = bytes.fromhex("d0cf11e0a1b11ae1").ljust(24, b"\0") + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header = header.ljust(44, b"\0") + struct.pack("<IIIIIIII", tables, count, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack(f"<{tables}I", *places).ljust(436, b"\xff")
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(tables * 512, b"\xff")
    return write(path, header + stream.ljust(count * 512, b"\0") + folder.ljust(512, b"\0") + table)


def sheet_records(*cells: tuple[int, bytes]) -> list[tuple[int, bytes]]:
    return [(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 6)), *cells, (0x000A, b"")]


def book_records(texts: list[str], *sheets: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The records of a workbook whose cells share these texts."""
    shared = b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in texts)
    parts = [(0x00FC, struct.pack("<II", len(texts), len(texts)) + shared[:8000])]
    parts += [(0x003C, b"\1" + shared[at : at + 8000]) for at in range(8000, len(shared), 8000)]
    begin = (0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 6))
    names = [f"S{number}" for number in range(len(sheets))]
    size = sum(4 + len(content) for _, content in [begin, *parts, (0x000A, b"")])
    at = size + sum(4 + 8 + len(name) for name in names)
    listed = []
    for name, sheet in zip(names, sheets, strict=True):
        listed.append((0x0085, struct.pack("<IHBB", at, 0, len(name), 0) + name.encode()))
        at += sum(4 + len(content) for _, content in sheet)
    return [begin, *listed, *parts, (0x000A, b""), *(record for sheet in sheets for record in sheet)]


def shared_cell(row: int, column: int, text: int) -> tuple[int, bytes]:
    return 0x00FD, struct.pack("<HHHI", row, column, 0, text)


def test_an_old_workbook_is_measured_before_it_is_opened(tmp_path: Path) -> None:
    texts = ["編號", "標題", "A-1", "漏油" * 3000]
    cells = [shared_cell(0, 0, 0), shared_cell(0, 1, 1), shared_cell(1, 0, 2), shared_cell(1, 1, 3)]
    sound = make_xls(tmp_path / "sound.xls", *book_records(texts, sheet_records(*cells)))
    assert rows_of(sound) == [["A-1", "漏油" * 3000]]
    many = [shared_cell(row, 0, 3) for row in range(60_000)]
    with pytest.raises(Refused, match="MB of text"):
        read_grids(
            make_xls(tmp_path / "text.xls", *book_records(["", "", "", "x" * 32_000], sheet_records(*many))), Reads()
        )
    corners = sheet_records(shared_cell(0, 0, 0), shared_cell(65_535, 200, 0))
    with pytest.raises(Refused, match="cells in total"):
        read_grids(make_xls(tmp_path / "sheets.xls", *book_records(["x"], *[corners] * 4)), Reads())
    wide = sheet_records((0x00BE, struct.pack("<HHHH", 0, 0, 0, 20_000)))
    with pytest.raises(Refused, match="at most"):
        read_grids(make_xls(tmp_path / "wide.xls", *book_records(["x"], wide)), Reads())
    for cut in range(0, 3000, 111):
        damaged = sound.read_bytes()
        damaged = damaged[:cut] + b"\xff" * 7 + damaged[cut + 7 :]
        with suppress(Refused):
            read_grids(write(tmp_path / "damaged.xls", damaged), Reads())


def test_sheets_that_are_large_together_are_refused(tmp_path: Path) -> None:
    book = tmp_path / "many.xlsx"
    with xlsxwriter.Workbook(str(book)) as workbook:
        for _ in range(11):
            sheet = workbook.add_worksheet()
            sheet.write(0, 0, "x")
            sheet.write(150_000, 13, "x")
    with pytest.raises(Refused, match="cells in total"):
        read_grids(book, Reads())
