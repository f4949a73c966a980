"""The dialogue about a file without a mapping: every guess is shown with values, and none is taken unasked."""

from __future__ import annotations

import json
import os
import pty
import select
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from commandline import child_environment, fenji
from fenji.cli.session import Session
from fenji.desk.import_dialogue import ImportDialogue
from fenji.errors import Refused
from fenji.imports.build import build_tickets, map_table
from fenji.imports.guess import MappingDraft, find_fitting
from fenji.imports.parse_mapping import read_mapping_file, read_shipped
from fenji.imports.read import read_table
from fenji.imports.tables import Reads
from foreign_files import FILES, ForeignFile, write_file, write_ledger
from test_import_rows import RULES

SHEET = """No,Subject,Project description,Resolution,Created,Status,Reporter,Priority,Updated
1,Pump,A project,Fixed,03/04/2026 10:00,Verschrottet,Ann,High,2026-07-01
2,Valve,A project,,05/06/2026 11:00,Open,Bob,Eilt,2026-07-02
"""


class Answers:
    """Gives prepared answers, and keeps what was shown."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.answers: Iterator[str] = iter(answers)
        self.shown: list[str] = []

    def ask(self, prompt: str) -> str:
        self.shown.append(prompt)
        answer = next(self.answers, None)
        if answer is None:
            raise EOFError
        return answer

    def run(self, path: Path) -> MappingDraft:
        questions = ImportDialogue(path, Session().say).questions()
        try:
            question = next(questions)
            while True:
                self.shown += question.lines
                question = questions.send(self.ask(question.prompt))
        except StopIteration as end:
            draft: MappingDraft = end.value
            return draft


@pytest.fixture
def sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FENJI_LANGUAGE", "en")
    path = tmp_path / "helpdesk.csv"
    path.write_text(SHEET)
    return path


def test_answers_become_a_mapping_and_what_is_unclear_is_asked(sheet: Path) -> None:
    answers = Answers(["", "1", "3=- 4=solution", "", "dmy", "", "1=archived", "", "2=P1", ""])
    draft = answers.run(sheet)
    text = "\n".join(answers.shown)
    assert "Pump · Valve" in text
    assert "? Created: 03/04/2026 10:00 may be 2026-04-03 (`dmy`) / 2026-03-04 (`mdy`); say which" in text
    assert "Say what Verschrottet means" in text
    mapping = read_mapping_file(draft.render().encode(), "m.yaml", "m")
    assert mapping.keys == (("No",),)
    assert {path: source.alternatives[0] for path, source in mapping.fields.items()} == {
        "title": "Subject",
        "state": "Status",
        "requester.name": "Reporter",
        "solution": "Resolution",
        "priority": "Priority",
    }
    assert mapping.events.columns == {"report": ("Created",), "updated": ("Updated",)}
    assert mapping.dates == {"Created": "dmy", "Updated": "ymd"}
    assert mapping.values["state"].words["Verschrottet"] == "archived"
    assert mapping.values["state"].words["Open"] == "new"
    assert {word: mapping.values["priority"].words[word] for word in ("High", "Eilt")} == {"High": "P2", "Eilt": "P1"}


def test_a_heading_that_only_resembles_a_name_is_left_unplaced(sheet: Path) -> None:
    answers = Answers(["", "1"])
    with pytest.raises(EOFError):
        answers.run(sheet)
    lines = [line.split() for line in answers.shown if line.startswith("    ")]
    places = {" ".join(line[2:]).partition(":")[0]: line[1] for line in lines if line[1:2] and len(line) > 3}
    assert places["Project description"] == "-"
    assert places["Resolution"] == "-"


def test_a_key_that_repeats_is_not_taken(sheet: Path) -> None:
    answers = Answers(["", "3", "3+1", "", "dmy", "", "1=archived", "", "2=P1", ""])
    assert answers.run(sheet).keys == ["Project description", "No"]
    assert (
        "These are in several rows: A project. Add a column; the same answer again refuses those rows." in answers.shown
    )


def test_a_ledger_with_a_title_above_its_headings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "en")
    answers = Answers(["", "1", "", "6=title", "", ""])
    draft = answers.run(write_ledger(tmp_path / "ledger.xlsx"))
    assert "1 of 5. The sheet Sheet1 has its headings in row 2:" in answers.shown
    assert answers.shown[0].startswith("The mapping ledger-zh knows these columns")
    assert draft.places["故障描述"] == "title"
    assert draft.places["發現時間"] == "report"
    assert draft.reads.header == (2,)


def test_the_dialogue_in_a_terminal_writes_the_mapping_and_imports(tmp_path: Path, sheet: Path) -> None:
    desk = tmp_path / "desk"
    assert fenji("init", desk, "--site", "KSA", "--person", "li.wei", "--language", "en").code == 0
    typed = ["", "1", "3=- 4=solution", "", "dmy", "", "1=archived 2=new", "1=archived", "", "2=P1", "", ""]
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        os.execvpe(
            sys.executable,
            [sys.executable, "-m", "fenji", "import", str(sheet), "--desk", str(desk)],
            child_environment({"FENJI_LANGUAGE": "en", "TERM": "xterm"}),
        )
    for answer in typed:
        read_until_quiet(terminal)
        os.write(terminal, f"{answer}\n".encode())
    output = read_until_quiet(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, output
    assert (desk / "imports/helpdesk.yaml").is_file()
    assert len(list(desk.glob("tickets/**/KSA-*.yaml"))) == 2


def read_until_quiet(terminal: int) -> str:
    """Return what a program has written once it waits for an answer, or has ended."""
    text = b""
    while not text.endswith((b": ", b"): ")):
        ready, _, _ = select.select([terminal], [], [], 60)
        try:
            piece = os.read(terminal, 65_536) if ready else b""
        except OSError:
            break
        if not piece:
            break
        text += piece
        time.sleep(0.05)
    return text.decode("utf-8", "replace")


def drafted(path: Path, *answers: str) -> tuple[str, str]:
    """Answer the questions about a file, and return the mapping and all that was shown."""
    given = Answers(answers)
    return given.run(path).render(), "\n".join(given.shown)


def test_a_word_that_is_no_form_of_dates_is_said_and_asked_again(sheet: Path) -> None:
    mapping, shown = drafted(sheet, "", "1", "", "yes", "dmy", "", "1=archived", "", "*=P1", "")
    assert "yes is not understood; known: ymd, dMy," in shown
    assert '"Created": "dmy"' in mapping


def test_what_is_missing_is_named_in_words_and_an_empty_answer_is_answered(sheet: Path) -> None:
    sheet.write_text("Betreff,Wann\na,2026-03-01\nb,2026-03-02\n")
    mapping, shown = drafted(sheet, "", "", "9", "1+2", "", "1=title 2=report", "", "")
    assert "Column number, or several that tell rows apart:" in shown
    assert "Enter is not understood: type a number from 1 to 2" in shown
    assert "9 is not understood: type a number from 1 to 2" in shown
    assert "report: when it was reported" in shown
    assert 'key: "Betreff + Wann"' in mapping


def test_several_words_are_answered_at_once_and_the_rest_together(sheet: Path) -> None:
    sheet.write_text("No,Subject,Created,Status\n1,a,2026-03-01,x\n2,b,2026-03-01,y\n3,c,2026-03-01,z\n")
    mapping, shown = drafted(sheet, "", "", "", "", "1=working, 2=nonsense", "*=waiting parts", "", "")
    assert "2=nonsense is not understood" in shown
    assert [line.strip() for line in mapping.splitlines() if line.strip()[1] in "xyz" and line.strip()[2] == '"'] == [
        '"x": "working"',
        '"y": "waiting parts"',
        '"z": "waiting parts"',
    ]


def test_date_and_time_of_two_columns_are_one_instant(sheet: Path) -> None:
    sheet.write_text("编号,标题,日期,时间\n1,泵,13/03/2026,15:20\n2,阀,14/03/2026,9:05\n")
    mapping, shown = drafted(sheet, "", "", "", "")
    assert "report+" in shown
    assert "13/03/2026 15:20 → 2026-03-13 15:20:00 (dmy)" in shown
    assert 'report: "{日期} {时间}"' in mapping.replace('"report"', "report")
    parsed = read_mapping_file(mapping.encode(), "m.yaml", "m")
    mapped = map_table(read_table(sheet, parsed.reads), parsed, RULES)
    assert mapped.faults() == []
    assert list(mapped.unplaced) == []
    reports = [row.ticket.reported_at for row in build_tickets(mapped, RULES) if row.ticket]
    assert [f"{at:%H:%M}" for at in reports if at] == ["15:20", "09:05"]


def test_two_columns_are_joined_where_nobody_guessed_it(sheet: Path) -> None:
    sheet.write_text("No,Subject,Day,x,At\n1,a,2026-03-01,,8:00\n")
    assert 'report": "{Day} {At}"' in drafted(sheet, "", "", "3+5=report", "", "")[0]


def test_rows_of_a_repeated_number_are_refused_where_that_is_said_twice(sheet: Path) -> None:
    sheet.write_text("No,Subject,Created\n1,a,2026-03-01\n1,a,2026-03-01\n2,b,2026-03-01\n")
    assert 'key: "No"' in drafted(sheet, "", "1", "1", "", "")[0]


def test_since_when_tickets_are_closed_is_asked_where_no_column_says_it(sheet: Path) -> None:
    sheet.write_text("No,Subject,Created,Status,Last seen\n1,a,2026-03-01,Closed,2026-03-02\n2,b,2026-03-01,Open,\n")
    mapping, shown = drafted(sheet, "", "", "", "", "", "5", "")
    assert "No column says when tickets became Closed." in shown
    assert '"updated": "Last seen"' in mapping
    assert '"updated": "Created"' in drafted(sheet, "", "", "", "", "", "3", "")[0]
    assert "updated" not in drafted(sheet, "", "", "", "", "", "")[0]


def test_a_wrong_encoding_and_headings_that_are_none_are_corrected(sheet: Path) -> None:
    sheet.write_bytes("1;泵;2026-03-01\n2;阀;2026-03-02\n".encode("gb18030"))
    mapping, shown = drafted(sheet, "encoding=ascii", "encoding=gb18030", "0", "", "1", "2=title 3=report", "", "")
    assert "cannot be read as ascii" in shown
    assert "column A: 1 · 2" in shown
    assert '"header": "none"' in mapping
    assert '"encoding": "gb18030"' in mapping
    assert read_mapping_file(mapping.encode(), "m.yaml", "m").reads.header == (0,)


def test_of_several_lists_one_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    record = {"number": 1, "title": "a", "created": "2026-03-01"}
    path.write_text(json.dumps({"old": [record], "new": [record]}))
    mapping, shown = drafted(path, "2", "", "", "")
    assert "    1 old" in shown
    assert '"records": "new"' in mapping


@pytest.mark.parametrize("name", ["e.csv", "e.xlsx", "e.json"])
def test_an_empty_file_is_refused_and_not_asked_about(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(Refused, match="is empty"):
        drafted(tmp_path / name)


@pytest.mark.parametrize(
    ("heads", "places"),
    [
        ("问题关键字,摘要,经办人,报告人,创建日期,已更新", "title owner requester.name report updated"),
        (
            "Vorgangsschlüssel,Zusammenfassung,Zugewiesene Person,Autor,Erstellt,Aktualisiert",
            "title owner requester.name report updated",
        ),
        (
            "Ticket ID,Subject,Agent,Requester name,Created time,Resolved time",
            "title owner requester.name report solve",
        ),
        ("番号,題名,担当者,報告者,作成日,更新日", "title owner requester.name report updated"),
        ("工單號,主題,處理人,報修人,報修時間,結案時間", "title owner requester.name report archive"),
        ("number,short_description,assigned_to,caller_id,opened_at", "title owner requester.name report"),
        ("Case Number,Subject,Case Owner,Account Name,Date/Time Opened", "title owner requester.unit report"),
        ("Nr,Betreff,Bearbeiter,Melder,Eröffnet,Geschlossen", "title owner requester.name report archive"),
    ],
)
def test_headings_of_other_programs_and_languages_are_guessed(sheet: Path, heads: str, places: str) -> None:
    sheet.write_text(f"{heads}\nK-1,泵,li,wang,2026-03-01,2026-03-02\n")
    draft = Answers(["", "", "", ""]).run(sheet)
    assert draft.keys == [heads.split(",", maxsplit=1)[0]]
    assert [draft.places.get(name, "-") for name in heads.split(",")[1:]] == places.split()


def test_a_word_with_a_number_in_front_means_what_the_word_does(sheet: Path) -> None:
    priorities = ("2 - High", "3 - Moderate", "3 normal", "5 very high", "1 very low", "4 - Baixa", "3")
    states = ("closed successful", "pending reminder", "2 - Closed", "In Progress", "open", "new", "7")
    rows = (f"{n},x,{p},{s},2026-03-01" for n, (p, s) in enumerate(zip(priorities, states, strict=True)))
    sheet.write_text("\n".join(["no,title,priority,state,created", *rows]) + "\n")
    reads = Reads(header=(1,))
    draft = MappingDraft("x", read_table(sheet, reads), reads)
    draft.guess()
    assert list(draft.words("priority").values()) == ["P2", "P3", "P3", "P1", "P4", "P4", "P3"]
    meanings = ["archived", "waiting customer", "archived", "working", "new", "new", ""]
    assert list(draft.words("state").values()) == meanings


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_mapping_that_knows_a_file_is_named(tmp_path: Path, file: ForeignFile) -> None:
    path = write_file(tmp_path, file)
    table = read_table(path, read_mapping_file(read_shipped(file.mapping), "m.yaml", "m").reads)
    assert find_fitting(table) in (file.mapping, "")


def test_a_sheet_of_ones_own_is_like_no_mapping(sheet: Path) -> None:
    assert find_fitting(read_table(sheet, Reads())) == ""
    assert "--map" not in drafted(sheet, "", "1", "", "dmy", "", "1=archived", "", "*=P1", "")[1]
