"""The first run: a desk here, a sample, or nothing; and who one is at a new desk."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from commandline import fenji
from fenji.cli.first_run import offer_desk
from fenji.desk import Desk
from terminal.driven import Terminal


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "en")


def answers(*lines: str) -> Callable[[str], str]:
    """Type these lines, then end the input."""
    waiting = list(lines)

    def ask(_prompt: str) -> str:
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    return ask


def test_a_desk_begins_in_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = answers("what?", "1", "li. wei", "", "a site", "ksa", "Riyadh", "asia/riyadh", "")
    assert offer_desk(tmp_path, typed) == tmp_path
    said = capsys.readouterr().out
    assert "after-sales tickets" in said
    assert "Type 1, 2 or q, then Enter." in said
    assert said.count("Use capital letters and digits, such as KSA or HQ.") == 2
    assert "a site cannot be a site code" in said
    assert "Riyadh is not a known time zone" in said
    assert "You are li.wei at KSA; times are in Asia/Riyadh." in said
    with Desk.open(tmp_path) as desk:
        assert (desk.site, desk.person, str(desk.policy.zone)) == ("KSA", "li.wei", "Asia/Riyadh")


def test_what_stands_without_an_answer_is_named_in_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "wang.fang@example.com")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    asked: list[str] = []
    give = answers("1", "", "HQ", "", "")

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return give(prompt)

    assert offer_desk(tmp_path, ask) == tmp_path
    assert "wang.fang" in asked[1]
    assert "Asia/Shanghai" in asked[3]
    with Desk.open(tmp_path) as desk:
        assert (desk.person, str(desk.policy.zone)) == ("wang.fang", "Asia/Shanghai")


def test_beside_other_files_it_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    (tmp_path / "desk").mkdir()
    assert offer_desk(tmp_path, answers("1", "", "HQ", "", "")) == tmp_path / "desk-2"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk", "desk-2", "letter.txt"]


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_sample_has_tickets_in_several_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    root = offer_desk(tmp_path, answers("2"))
    assert root is not None
    with Desk.open(root) as desk:
        rows = desk.board().rows
        assert len(rows) == 5
        assert {"new", "responded"} <= {row.ticket.state for row in rows}
        assert desk.language == language


@pytest.mark.parametrize("lines", [(), ("q",), ("",), ("3", "q")])
def test_leaving_makes_nothing(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert offer_desk(tmp_path, answers(*lines)) is None
    assert list(tmp_path.iterdir()) == []


def test_in_a_terminal_fenji_explains_itself_and_opens_what_was_chosen(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    command = ["sh", "-c", f"cd '{here}' && exec '{sys.executable}' -m fenji"]
    with Terminal(here, state=tmp_path, command=command, env={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.wait_for("No desk here yet", "1, 2, q:")
        terminal.press("2", "Enter")
        terminal.wait_for("Radar antenna turntable st", "? keys")
        terminal.press("q")
        assert terminal.wait() == 0
    assert list(here.iterdir()) == []


def test_without_a_terminal_it_stays_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = fenji()
    assert result.code == 1
    assert "needs a terminal" in result.err


def test_it_speaks_the_language_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FENJI_LANGUAGE")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "fenji").mkdir(parents=True)
    (tmp_path / "config" / "fenji" / "config.yaml").write_text("theme: dark\nlanguage: zh-Hans  # mine\n", "utf-8")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    offer_desk(tmp_path / "here", answers("q"))
    assert "这里还没有工作台" in capsys.readouterr().out
