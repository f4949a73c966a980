"""What reports keep: whatever is kept, cut, spoilt or half made, the next report says what a first one says."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import worlds
from clones import HERE, SOURCE
from commandline import fenji
from desks import Clock, git
from fenji.desk import Desk
from fenji.desk.figures import FigureDesk
from fenji.desk.report import ReportRequest
from fenji.model.appraisal.kinds import KINDS
from octobers import ENGINEER, LEAD, October, at, make_october

KEPT = ("index/figures/facts", "index/figures/open", "index/figures/changed")
HEAVY = ("numpy", "pandas", "textual", "whoosh", "rich", "git", "xlsxwriter", "docx", "sqlite3")


def rows(month: October, **asked: Any) -> object:
    document = month.report("2026", by="person", **asked).mapping()
    return document["rows"], document["total"]


def forget(root: Path) -> None:
    for path in KEPT:
        (root / path).unlink(missing_ok=True)


def test_open_tickets_are_read_as_they_stand_at_each_instant(tmp_path: Path) -> None:
    """Kept facts of an open ticket hold until its clocks or its file change, and not a second longer."""
    month = make_october(tmp_path)
    chance = random.Random("instants")
    axes = product(("major", "minor"), ("rare", "common"))
    numbers = [month.new("11-02 09:00", impact=impact, occurrence=occurrence) for impact, occurrence in axes]
    for place in range(24):
        month.clock.now += timedelta(minutes=chance.choice((1, 30, 59, 60, 61, 240, 241, 1440)))
        if place % 5 == 4 and numbers:
            month.act(numbers.pop(), "respond", f"{month.clock.now.astimezone(UTC):%m-%d %H:%M}")
        warm = rows(month)
        assert warm == rows(month)
        forget(month.root)
        assert rows(month) == warm, month.clock.now


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("impact", ["major", "minor"])
def test_the_length_of_a_missed_clock_grows_while_it_runs_and_stands_while_it_waits(
    tmp_path: Path, impact: str, *, waits: bool
) -> None:
    month = make_october(tmp_path)
    number = month.new("11-02 09:00", impact=impact, occurrence="common", owner=ENGINEER)
    month.act(number, "respond", "11-02 10:00")
    if waits:
        month.act(number, "wait", "11-24 09:00", reason="customer")
    month.clock.now = at("11-25 07:58")
    rows(month)
    for minutes in (1, 61, 600, 1440 * 3):
        month.clock.advance(minutes=minutes)
        warm = rows(month)
        forget(month.root)
        assert rows(month) == warm, month.clock.now
        month.clock.now += timedelta(minutes=7)


def test_nothing_is_written_while_nothing_changes(tmp_path: Path) -> None:
    month = make_october(tmp_path)
    month.new("11-02 09:00", impact="minor", occurrence="common", owner=ENGINEER)
    month.clock.now = at("11-25 07:58")
    rows(month)
    written = {path: (month.root / path).stat().st_mtime_ns for path in KEPT[:2]}
    month.clock.advance(minutes=90)
    rows(month)
    assert {path: (month.root / path).stat().st_mtime_ns for path in written} == written


def test_kept_facts_of_open_tickets_that_are_cut_or_spoilt_change_nothing(tmp_path: Path) -> None:
    month = make_october(tmp_path)
    month.new("11-02 09:00")
    before = rows(month)
    path = month.root / KEPT[1]
    whole = path.read_bytes()
    for data in (
        whole[: len(whole) // 2],
        b"",
        b"x\n{}",
        whole[:-2] + b"]}",
        whole.replace(b"KSA-2026-0004", b"KSA-2026-0009"),
    ):
        path.write_bytes(data)
        assert rows(month) == before
        assert path.read_bytes() == whole


def test_a_report_that_is_killed_while_it_builds_leaves_the_next_one_right(tmp_path: Path) -> None:
    root = worlds.make("hundreds", tmp_path / "desk")
    command = [sys.executable, "-m", "fenji", "--desk", str(root), "report", "2020..2030", "--by", "kind", "--json"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCE), str(HERE)))}
    begun = time.monotonic()
    subprocess.run(command, env=env, capture_output=True, check=True)
    whole_s = time.monotonic() - begun
    for share in (0.4, 0.6, 0.8):
        forget(root)
        building = subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(share * whole_s)
        os.killpg(building.pid, signal.SIGKILL)
        building.wait()
    found = subprocess.run(command, env=env, capture_output=True, check=True)
    forget(root)
    again = subprocess.run(command, env=env, capture_output=True, check=True)
    counts = [
        {
            (row["key"]["kind"], name): row[name]
            for row in json.loads(done.stdout)["rows"]
            for name in row
            if "_m" in name
        }
        for done in (found, again)
    ]
    assert counts[0]
    assert {key: value for key, value in counts[0].items() if not key[1].endswith("_s")} == {
        key: value for key, value in counts[1].items() if not key[1].endswith("_s")
    }


@pytest.mark.parametrize("arguments", [("--by", "unit"), ("--by", "person", "--format", "json")])
def test_a_report_loads_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    month = make_october(tmp_path)
    code = (
        "import sys; from fenji.cli.main import main\n"
        f"try: main(['--desk', {str(month.root)!r}, 'report', '2026-10', *{arguments!r}])\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_pull_reads_what_it_changed(tmp_path: Path) -> None:
    month = make_october(tmp_path)
    for number in ("KSA-2026-0001", "KSA-2026-0002"):
        month.act(number, "archive", "11-03 08:00", LEAD)
    rows(month)
    path = next(month.root.rglob("KSA-2026-0001.yaml"))
    path.write_text(path.read_text("utf-8").replace(ENGINEER, "ma.chao"), "utf-8")
    git(month.root, "commit", "-qam", "as a pull")
    warm = rows(month)
    assert "ma.chao" in str(warm)
    forget(month.root)
    assert rows(month) == warm


def test_a_promise_that_runs_out_while_nothing_is_written_is_missed_in_the_next_report(tmp_path: Path) -> None:
    root = worlds.make("empty", tmp_path / "desk", now=worlds.SHIPPED_NOW)
    clock = Clock(worlds.SHIPPED_NOW)
    with Desk.open(root, person="li.wei", now=clock) as desk:
        desk.new({"title": "Gear squeaks", "impact": "major", "occurrence": "rare"})
        figures = FigureDesk(desk)

        def missed() -> object:
            total = figures.report(ReportRequest(period="2026")).mapping()["total"]
            assert isinstance(total, dict)
            return total["responded_missed"]

        assert missed() == 0
        clock.advance(minutes=120)
        assert missed() == 1


def test_an_archived_file_that_cannot_be_read_is_named_by_every_report_until_it_is_mended(tmp_path: Path) -> None:
    """Reports kept the facts without it, and then nothing said that a ticket was missing from the figures."""
    month = make_october(tmp_path)
    for number in ("KSA-2026-0001", "KSA-2026-0002"):
        month.act(number, "archive", "11-03 08:00", LEAD)
    whole = rows(month)
    path = next(month.root.rglob("KSA-2026-0001.yaml"))
    relative, good = str(path.relative_to(month.root)), path.read_bytes()
    path.write_text("title: a\ntitle: b\n")
    git(month.root, "commit", "-qam", "as a pull")
    for kind in (*(kind.name for kind in KINDS if kind.name != "fees"), "appraisal"):
        found = fenji("--desk", month.root, "report", "2026", "--kind", kind, "--json")
        assert found.code == 3, kind
        assert f"{relative}:2:1: the key title appears twice" in found.err
    less = rows(month)
    assert less != whole
    forget(month.root)
    for _ in range(2):  # read anew, then from what that kept
        assert rows(month) == less
        assert fenji("--desk", month.root, "report", "2026").code == 3
    path.write_bytes(good)
    assert rows(month) == whole
    assert fenji("--desk", month.root, "report", "2026").code == 0
    path.unlink()
    assert rows(month) == less
    assert fenji("--desk", month.root, "report", "2026").code == 0
