"""Damaged and planted files: a line that cannot be used is set aside, links lead nowhere, copies are their owner's."""

from __future__ import annotations

import errno
import json
import os
import resource
import stat
from typing import TYPE_CHECKING

import pytest

from commandline import fenji
from desks import ENGINEER, make_desk, open_desk
from fenji.desk.edit import write_copy
from fenji.desk.open import load_policy_in_force
from fenji.errors import Unavailable
from fenji.storage.journal import Journal, JournalEntry
from fenji.storage.yaml_codec import dump
from stories import report_event, ticket_with

if TYPE_CHECKING:
    from pathlib import Path

GOOD = JournalEntry("KSA-2026-0001", ("tickets/open/KSA-2026-0001.yaml",), "li.wei", ("note",), "2026-03-01T08:00:00Z")
OTHER = JournalEntry("KSA-2026-0002", ("tickets/open/KSA-2026-0002.yaml",))
LINE: dict[str, object] = {
    "id": "x",
    "paths": ["tickets/open/X.yaml"],
    "by": "a",
    "do": ["x"],
    "at": "2026-03-01T08:00:00Z",
}
BAD_LINES = [
    {**LINE, "at": "z"},
    {**LINE, "at": "2026-03-01T08:00:00"},
    {**LINE, "at": 5},
    {**LINE, "paths": ["tickets/../../outside"]},
    {**LINE, "paths": ["tickets/open/\0"]},
    {**LINE, "paths": ["/etc/passwd"]},
    {**LINE, "paths": [".git/config"]},
    {**LINE, "by": []},
    {**LINE, "before": {"": None}},
]


@pytest.mark.parametrize("line", [*(json.dumps(line) for line in BAD_LINES), "[" * 100_000, "{", "null"])
def test_a_damaged_line_of_the_journal_is_set_aside_and_the_others_count(tmp_path: Path, line: str) -> None:
    journal = Journal(tmp_path / "fenji-pending")
    journal.add(GOOD)
    with journal.path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    journal.add(GOOD)
    assert journal.entries() == [GOOD, GOOD]
    journal.drop(1)
    assert journal.entries() == [GOOD]
    assert (tmp_path / "fenji-pending.damaged").read_text("utf-8") == f"{line}\n"


@pytest.mark.parametrize("earlier", [0, 2])
def test_a_line_of_the_journal_that_is_not_sure_to_be_on_the_disk_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    journal = Journal(tmp_path / "fenji-pending")
    for _ in range(earlier):
        journal.add(GOOD)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(Unavailable, match="cannot be written"):
            journal.add(OTHER)
    assert journal.entries() == [GOOD] * earlier
    journal.add(OTHER)
    assert journal.entries() == [*[GOOD] * earlier, OTHER]


def test_a_line_of_the_journal_for_which_there_is_no_room_leaves_no_part(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "fenji-pending")
    journal.add(GOOD)
    before = journal.path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
    try:
        with pytest.raises(Unavailable):
            journal.add(OTHER)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert journal.path.read_bytes() == before


def test_a_policy_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    root = make_desk(tmp_path / "desk")
    outside = tmp_path / "outside"
    outside.write_text("TOPSECRET: 1\n", encoding="utf-8")
    (root / "policy.yaml").unlink()
    (root / "policy.yaml").symlink_to(outside)
    desk = open_desk(root, ENGINEER)
    problems = load_policy_in_force(root, desk.repo).problems
    assert problems
    assert not any("TOPSECRET" in str(problem.message) + problem.key for problem in problems)


@pytest.mark.parametrize("linked", ["tickets", "tickets/open"])
def test_tickets_behind_a_link_are_not_read(tmp_path: Path, linked: str) -> None:
    root = make_desk(tmp_path / "desk")
    (root / "tickets/open").mkdir(parents=True, exist_ok=True)
    ticket = ticket_with(report_event(), title="TOPSECRET")
    (root / f"tickets/open/{ticket.id}.yaml").write_bytes(dump(ticket))
    (root / linked).rename(tmp_path / "outside")
    (root / linked).symlink_to(tmp_path / "outside")
    scan = open_desk(root, ENGINEER).store.reader.scan_open()
    assert not scan.tickets
    assert [bad.path for bad in scan.bad_files] == [f"tickets/open/{ticket.id}.yaml"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_copy_for_the_editor_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = write_copy(ticket_with(report_event()), tmp_path / "fenji-edits")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("json", [(), ("--json",)])
@pytest.mark.parametrize(
    "command", [("list",), ("plan",), ("remind",), ("report", "2026-11"), ("report", "--kind", "backlog")]
)
def test_what_reads_all_tickets_names_the_damaged_ones_and_ends_with_3(
    tmp_path: Path, command: tuple[str, ...], json: tuple[str, ...]
) -> None:
    root = make_desk(tmp_path)
    assert fenji("--desk", root, *command, *json).code == 0
    (root / "tickets/open").mkdir(parents=True, exist_ok=True)
    (root / "tickets/open/KSA-2026-0050.yaml").write_text("title: a\ntitle: b\n")
    result = fenji("--desk", root, *command, *json)
    assert result.code == 3
    assert "tickets/open/KSA-2026-0050.yaml:2:1: the key title appears twice" in result.err
    assert not json or result.json is not None
