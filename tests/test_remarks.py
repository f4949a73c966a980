"""What an editor leaves in a ticket's file beside the ticket: remarks, other line endings, a byte order mark."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from commandline import fenji
from fenji.storage.remarks import find_remarks
from two_clones import ticket_at


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    root = tmp_path / "desk"
    assert fenji("init", root, "--site", "KSA", "--person", "li.wei").code == 0
    assert (
        fenji("new", "--title", "valve", "--description", "no # remark: a text\n# nor this", "--desk", root).code == 0
    )
    return root


def patches(desk: Path) -> str:
    log = subprocess.run(["git", "log", "-p", "--", "tickets"], cwd=desk, capture_output=True, check=True)
    return log.stdout.decode()


def committed(desk: Path) -> bytes:
    name = ticket_at(desk).relative_to(desk)
    return subprocess.run(["git", "show", f"HEAD:{name}"], cwd=desk, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("title: valve #3 stuck", [(1, 14, "#3 stuck")]),
        ("# first\ntitle: valve\n  # last", [(1, 1, "# first"), (3, 3, "# last")]),
        ("title: a#3\ncause: |\n  # a text\n  and # this", []),
        ("title: 'it is # quoted'\ntags: [a, b] # both", [(2, 14, "# both")]),
        ('title: "閥 # 閥" # 閥', [(1, 16, "# 閥")]),
    ],
)
def test_remarks_are_told_from_texts(text: str, found: list[tuple[int, int, str]]) -> None:
    assert [(remark.line, remark.column, remark.text) for remark in find_remarks(text.encode())] == found


def test_a_remark_is_named_and_committed_before_an_act_drops_it(desk: Path) -> None:
    path = ticket_at(desk)
    path.write_text(path.read_text().replace("title: valve", "# ask the driver\ntitle: valve #3 stuck", 1))
    checked = fenji("check", "--desk", desk).out
    assert "# ask the driver" in checked
    assert "#3 stuck" in checked
    assert fenji("note", "1", "called", "--desk", desk).code == 0
    assert "#3 stuck" not in path.read_text()
    assert "+title: valve #3 stuck" in patches(desk)
    assert "+# ask the driver" in patches(desk)
    subject = subprocess.run(["git", "log", "-2", "--format=%s"], cwd=desk, capture_output=True, check=True).stdout
    assert [line.partition(b": ")[2] for line in subject.splitlines()] == [b"note", b"as typed"]


def test_a_remark_without_an_act_stays_in_the_file(desk: Path) -> None:
    path = ticket_at(desk)
    path.write_text("# ask the driver\n" + path.read_text())
    assert fenji("bundle", desk.parent / "out.bundle", "--desk", desk).code == 0
    assert path.read_text().startswith("# ask the driver\n")
    assert committed(desk) == path.read_bytes()


@pytest.mark.parametrize("edited", [True, False], ids=["edited", "saved"])
def test_another_line_ending_is_put_right(desk: Path, edited: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    path = ticket_at(desk)
    before = path.read_bytes()
    path.write_bytes(
        b"\xef\xbb\xbf" + before.replace(b"valve", b"pump" if edited else b"valve", 1).replace(b"\n", b"\r\n")
    )
    assert fenji("bundle", desk.parent / "out.bundle", "--desk", desk).code == 0
    assert b"\r" not in committed(desk)
    assert committed(desk) == path.read_bytes()
    assert (committed(desk) == before) is not edited
