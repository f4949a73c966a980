"""Clocks that differ: from the hub's, from the desk's own history, and from what a ticket's log already holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clones import git
from commandline import CommandResult, fenji
from fenji.desk import Desk, exchange
from fenji.errors import Refused
from fenji.git.clock_check import FILE_NAME, format_size

AHEAD = "ahead of the hub's"
BEHIND = "behind the hub's"
OLDER = "behind a record in this desk"
SetClock = Callable[[timedelta], None]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    root = tmp_path / "desk"
    assert fenji("init", root, "--site", "KSA", "--person", "li.wei").code == 0
    assert fenji("new", "--desk", root, "--title", "first").code == 0
    assert fenji("hub", "init", tmp_path / "hub.git", "--from", root).code == 0
    return root


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Have the checks see this machine's clock off by so much; what is recorded keeps the right time."""

    def set_clock(difference: timedelta) -> None:
        monkeypatch.setattr("fenji.git.clock_check.utc_now", lambda: datetime.now(UTC) + difference)

    return set_clock


def run(desk: Path, *args: str) -> CommandResult:
    return fenji(args[0], "--desk", desk, *args[1:])


@pytest.mark.parametrize(("days", "told"), [(2, AHEAD), (-2, BEHIND)])
def test_a_difference_from_the_hub_is_told_at_each_sync_and_act(
    desk: Path, set_clock: SetClock, days: int, told: str
) -> None:
    assert run(desk, "note", "1", "one").err == ""
    set_clock(timedelta(days=days, minutes=1 if days > 0 else -1))
    pushed = run(desk, "sync")
    assert (pushed.code, told in pushed.err, "2d" in pushed.err) == (0, True, True)
    assert told in run(desk, "sync").err  # also where nothing is pushed
    noted = run(desk, "note", "1", "two")
    assert (noted.code, told in noted.err) == (0, True)
    assert told in run(desk, "sync", "--json").json["clock"]
    set_clock(timedelta())
    assert run(desk, "note", "1", "three").err == ""  # set right: at once no more
    assert run(desk, "sync").err == ""


def test_five_minutes_are_allowed(desk: Path, set_clock: SetClock) -> None:
    run(desk, "note", "1", "one")
    set_clock(timedelta(minutes=4))
    assert run(desk, "sync").err == ""
    assert run(desk, "note", "1", "one").err == ""


def test_a_clock_behind_what_was_fetched_is_told(desk: Path, tmp_path: Path, set_clock: SetClock) -> None:
    """Without a hub that tells its time, and after a start of the machine."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "plain.git")
    git(desk, "remote", "set-url", "origin", str(tmp_path / "plain.git"))
    assert run(desk, "sync").err == ""
    (desk / ".git" / FILE_NAME).unlink(missing_ok=True)
    set_clock(timedelta(hours=-3))
    assert OLDER in run(desk, "sync").err
    noted = run(desk, "note", "1", "two")
    assert (noted.code, OLDER in noted.err) == (0, True)
    assert OLDER not in run(desk, "list").err


@pytest.mark.parametrize("damage", ["{", "[]", '{"hub": "2026", "own": 3, "uptime": "x", "boot": "y", "ahead": null}'])
def test_what_is_remembered_of_the_hub_may_be_damaged(desk: Path, damage: str) -> None:
    (desk / ".git" / FILE_NAME).write_text(damage)
    assert run(desk, "note", "1", "one").err == ""


def test_a_refusal_of_the_future_names_the_clock(desk: Path, set_clock: SetClock) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with Desk.open(desk, now=lambda: tomorrow) as ahead:
        ahead.act("1", "note", note="too early")
    set_clock(timedelta(days=1))
    done = run(desk, "sync")
    assert done.code == 0  # the act is held until its day has come
    assert "is in the future" in done.err
    assert AHEAD in done.err
    assert "clock shows" not in done.err


def test_an_act_after_one_by_a_clock_ahead_says_when_it_was_written(desk: Path) -> None:
    """Once the first instant has passed, the hub takes both: an act, and an edit in the file."""
    now = datetime.now(UTC).replace(microsecond=0)
    with Desk.open(desk, now=lambda: now - timedelta(days=3)) as early:
        row = early.new({"title": "second", "description": "a"})
        assert early.act(row.id, "note", note="plain").ticket.log[-1].logged is None
    with Desk.open(desk, now=lambda: now - timedelta(days=1)) as ahead:
        ahead.act(row.id, "note", note="ahead")
    right = now - timedelta(days=1, hours=20)
    with Desk.open(desk, now=lambda: right) as mended:
        assert mended.act(row.id, "note", note="right").ticket.log[-1].logged == right
        path = mended.path_of(row.id)
        path.write_text(path.read_text().replace("title: second", "title: other", 1))
        mended.act(row.id, "note", note="again")
    logged = [event.logged for event in mended.row(row.id).ticket.log if event.at == right]
    assert logged == [right] * 3
    synced = run(desk, "sync")
    assert synced.code == 0, synced.err


def test_a_clock_behind_the_report_loses_no_text(desk: Path) -> None:
    """An act is refused with the reason, unless somebody says when it happened; a hand edit is dated behind the log."""
    now = datetime.now(UTC).replace(microsecond=0)
    path = next((desk / "tickets/open").glob("*.yaml"))
    with Desk.open(desk, now=lambda: now - timedelta(days=3)) as behind:
        with pytest.raises(Refused, match="This machine's clock shows") as refused:
            behind.act("1", "note", note="too early")
        assert "--at" in str(refused.value.hint)
        path.write_text(path.read_text().replace("title: first", "title: typed", 1))
        exchange.sync(behind)
        events = behind.row("1").ticket.log
    assert [(event.do, event.at - events[0].at) for event in events] == [
        ("report", timedelta(0)),
        ("edit", timedelta(0)),
    ]
    assert "title: typed" in git(desk.parent / "hub.git", "show", f"main:tickets/open/{path.name}")
    assert run(desk, "held").out.startswith("Nothing is held")


@pytest.mark.parametrize(
    ("difference", "shown"),
    [(timedelta(minutes=12), "12m"), (timedelta(hours=3, minutes=5), "3h5m"), (timedelta(days=2, hours=1), "2d1h")],
)
def test_sizes_read_as_durations(difference: timedelta, shown: str) -> None:
    assert format_size(difference) == shown


def test_while_a_clock_is_ahead_what_is_held_waits(desk: Path, set_clock: SetClock) -> None:
    """It is not let out by that clock, sent, refused and held once more with each sync."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with Desk.open(desk, now=lambda: tomorrow) as ahead:
        ahead.act("1", "note", note="too early")
    set_clock(timedelta(days=1))
    answers = [run(desk, "sync", "--json").json for _ in range(3)]
    assert [len(answer["held"]) for answer in answers] == [1, 0, 0]
    assert [(answer["sent"], answer["released"]) for answer in answers] == [(0, 0)] * 3
    assert "too early" not in git(desk, "log", "-p", "main")
    assert "note" in run(desk, "held").out


@pytest.mark.skipif(not shutil.which("faketime"), reason="needs faketime")
def test_a_program_that_is_shown_another_clock(desk: Path, tmp_path: Path) -> None:
    """What is known of the hub is not mixed up with it; what its hub refuses again was not let out."""

    def run_later(*args: str) -> CommandResult:
        shown = ("faketime", "-f", "+2d", sys.executable, "-m", "fenji", args[0], "--desk", str(desk), *args[1:])
        done = subprocess.run(shown, capture_output=True, check=False)
        return CommandResult(done.returncode, done.stdout.decode(), done.stderr.decode())

    ticket = next(desk.glob("tickets/open/*.yaml")).relative_to(desk).as_posix()
    assert run(desk, "note", "1", "one").code == 0
    assert run(desk, "sync").code == 0
    told = run_later("note", "1", "two")
    assert (told.code, "1d23h ahead of the hub's" in told.err or "2d ahead of the hub's" in told.err) == (0, True)
    assert run(desk, "note", "1", "three").err == ""
    later = run_later("sync", "--json")
    assert (later.json["released"], [act["do"] for act in later.json["held"]]) == (0, ["note"])
    assert [act["at"][:10] for act in later.json["held"]] == [
        (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    ]
    for said, is_in in (("one", True), ("two", False), ("three", True)):
        assert (f"note: {said}" in git(tmp_path / "hub.git", "show", f"main:{ticket}")) is is_in
