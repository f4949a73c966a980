"""The dialogue about a file without a mapping: every guess is shown with values, and none is taken unasked."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commandline import child_environment, fenji
from fenji.cli.session import Session
from fenji.desk.import_dialogue import ImportDialogue
from fenji.imports.parse_mapping import read_mapping_file
from foreign_files import write_ledger

if TYPE_CHECKING:
    from fenji.imports.guess import MappingDraft

SHEET = """No,Subject,Project description,Resolution,Created,Status,Reporter,Priority,Updated
1,Pump,A project,Fixed,03/04/2026 10:00,Fertig,Ann,High,2026-07-01
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
    assert "? Created: 03/04/2026 10:00 may be 2026-04-03 (`dmy`) or 2026-03-04 (`mdy`); say which" in text
    assert "Say what Fertig means" in text
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
    assert mapping.values["state"].words["Fertig"] == "archived"
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
    assert "These stand in several rows: A project. Add a column to them." in answers.shown


def test_a_ledger_with_a_title_above_its_headings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "en")
    answers = Answers(["", "1", "", "6=title", "", ""])
    draft = answers.run(write_ledger(tmp_path / "ledger.xlsx"))
    assert answers.shown[0] == "1 of 5. The sheet Sheet1 has its headings in row 2:"
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
