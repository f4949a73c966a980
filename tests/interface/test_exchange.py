"""The exchange with a hub from within the interface: what is shown of it, and that nothing waits for it."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import worlds
from fenji.desk import Desk, exchange
from interface.driven import NOW, PATIENCE_S, open_app

if TYPE_CHECKING:
    from fenji.desk.exchange import SyncResult
    from fenji.model.ticket import Value


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("two_sites", tmp_path_factory.mktemp("sites") / "world", now=NOW).parent


@pytest.fixture
def sites(made: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(made, tmp_path / "sites", symlinks=True))
    for name in ("ksa", "hq"):
        git(folder / name, "remote", "set-url", "origin", str(folder / "hub.git"))
        with Desk.open(folder / name, now=lambda: NOW) as desk:
            exchange.sync(desk)
    return folder


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True)


def act_at_hq(sites: Path, act: Callable[[Desk], object]) -> None:
    """Something is done at headquarters, and sent."""
    with Desk.open(sites / "hq", person="sun.yu", now=lambda: NOW) as desk:
        act(desk)
        exchange.sync(desk)


def edit(number: str, **fields: Value) -> Callable[[Desk], object]:
    return lambda desk: desk.act(number, "edit", fields=fields)


async def test_the_header_counts_what_waits_and_a_key_sends_it(sites: Path) -> None:
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        await run.press("m", "on my way", "Enter")
        await run.wait_for("▴ 1 ▾ 0", "noted.")
        await run.press("S")
        await run.wait_for("0 tickets received, 1 sent.", "▴ 0 ▾ 0")
        await run.press("S")
        await run.wait_for("Nothing new on either side.")


async def test_what_came_in_is_counted_marked_listed_and_looked_at(sites: Path) -> None:
    act_at_hq(
        sites, lambda desk: desk.new({"title": "[red]天線 motor\x1b[1m", "impact": "minor", "occurrence": "rare"})
    )
    act_at_hq(sites, lambda desk: desk.act("0189", "note", note="the part is on the way"))
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        await run.press("S")
        await run.wait_for("2 tickets received, 0 sent.", "2i", "1 new: .")
        assert "KSA-2026-0189" in run.app.sync_controller.new_ids
        await run.press(".", "i")
        await run.wait_for("▾ came in, not seen yet 2", "[red]天線 motor<1B>[1m", "updated ∙ sun.yu")
        await run.press("j", "Enter")
        await run.wait_for("KSA-2026-0189", "answer")
        await run.press("Esc")
        await run.wait_for("came in, not seen yet 1", "✓ KSA-2026-0189")
        await run.press("*")
        await run.wait_for("came in, not seen yet 0", "✓ HQ-2026-")
        await run.press("Esc")
        await run.wait_for("fenji KSA", gone=" new i")
        assert "KSA-2026-0189" not in run.app.sync_controller.new_ids


async def test_what_the_list_is_walked_to_is_looked_at(sites: Path) -> None:
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        first, second = (run.app.board_model.row_at(place).id for place in (0, 1))
        act_at_hq(sites, lambda desk: [desk.act(number, "note", note="seen?") for number in (first, second)])
        await run.press("S")
        await run.wait_until(lambda: {first, second} <= set(run.app.sync_controller.new_ids), "both are new")
        run.app.board_model.select(run.app.board_model.shown_uids[0])
        await run.press("Enter")
        await run.wait_until(lambda: first not in run.app.sync_controller.new_ids, "looked at")
        await run.press("J")
        await run.wait_for(second)
        await run.wait_until(lambda: second not in run.app.sync_controller.new_ids, "looked at, too")


async def test_what_two_wrote_and_a_provisional_number_are_told(sites: Path) -> None:
    act_at_hq(sites, edit("0189", cause="a capacitor has aged"))
    async with open_app(sites / "ksa") as run:
        run.desk.act("0189", "edit", fields={"cause": "sand in the fan"})
        number = run.desk.new({"title": "發電機冒黑煙"}).id
        await run.press("i")
        await run.wait_for("▴ 2 to go out; tickets and files 2", "* number provisional", f"{number}* 發電機冒黑煙")
        await run.wait_for("reported", "edited")
        await run.press("S")
        await run.wait_for("1 ticket received, 2 sent.", "1 text was written by two people: both are kept.")
        await run.wait_for("two wrote Cause", "Cause ∙ written on both sides", "stands", gone="to go out;")


async def test_one_number_of_changes_to_go_out_stands_on_every_screen(sites: Path) -> None:
    """Three acts on one ticket: three changes on the board, on the ticket and over the list, which has one line."""
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        for text in ("one", "two", "three"):
            run.desk.act("0189", "note", note=text)
        run.desk.flush()
        await run.wait_for("▴ 3 ▾ 0")
        await run.press("Enter")
        await run.wait_for("timeline")
        assert "▴ 3" in run.text.split("\n")[0]
        await run.press("i")
        await run.wait_for("▴ 3 to go out; tickets and files 1")


async def test_a_hub_that_is_away_is_one_line_and_the_next_exchange_goes_on(sites: Path) -> None:
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        (sites / "hub.git").rename(sites / "away")
        await run.press("m", "on my way", "Enter")
        await run.wait_for("noted.")
        await run.press("S")
        await run.wait_for(
            "The hub origin cannot be reached: there is no repository at its address.", "not synced: i", "▴ 1 ▾ 0"
        )
        await run.press("i")
        await run.wait_for("The hub origin cannot be reached: there is no repository at its address.", "▴ 1 to go out")
        (sites / "away").rename(sites / "hub.git")
        await run.press("S")
        await run.wait_for("0 tickets received, 1 sent.", gone="to go out;")
        await run.press("Esc")
        await run.wait_for("▴ 0 ▾ 0", gone="not synced")


async def test_an_exchange_never_holds_up_a_key(sites: Path) -> None:
    """The hub takes the push only when it is told to; meanwhile tickets are read and written."""
    hook = sites / "hub.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nfor _ in $(seq 1200); do [ -e "$0.go" ] && exit; sleep 0.05; done\n')
    hook.chmod(0o755)
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        await run.press("m", "before", "Enter")
        await run.wait_for("noted.")
        await run.press("S")
        await run.wait_for("sending")
        await run.press("m", "meanwhile", "Enter")
        await run.wait_for("noted.", "sending")
        await run.press("Enter")
        await run.wait_for("KSA-2026-0187", "Description", gone="fenji KSA")
        hook.with_suffix(".go").touch()
        await run.wait_for("0 tickets received, 1 sent.")
        await run.press("Esc")
        await run.wait_for("▴ 1 ▾ 0")


@pytest.fixture
def is_let_go() -> threading.Event:
    return threading.Event()


@pytest.fixture
def begun(is_let_go: threading.Event, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, bool]]:
    """The exchanges that begin, and what each is to do besides; all wait until they are let go."""
    begun, sync = list[dict[str, bool]](), exchange.sync

    def wait_and_sync(desk: Desk, *, progress: Callable[[str, str, int, int], None], **more: bool) -> SyncResult:
        begun.append(more)
        assert is_let_go.wait(PATIENCE_S)
        return sync(desk, progress=progress, **more)

    monkeypatch.setattr(exchange, "sync", wait_and_sync)
    return begun


async def test_an_exchange_that_does_more_follows_the_one_that_runs(
    sites: Path, is_let_go: threading.Event, begun: list[dict[str, bool]]
) -> None:
    async with open_app(sites / "ksa") as run:
        controller = run.app.sync_controller
        await run.press("S")
        await run.wait_until(lambda: len(begun) == 1, "the first one")
        await run.press("S")  # does no more than the one that runs
        for more in ({"repair": True}, {"since_now": True}, {}):
            controller.start(requested=True, **more)
        is_let_go.set()
        await run.wait_until(lambda: len(begun) == 2 and not controller.progress_text, "the second one is done")
        await run.wait_for("Nothing new on either side.")
        assert begun == [{"repair": False, "since_now": False}, {"repair": True, "since_now": True}]


async def test_stopping_an_exchange_stops_what_follows_it_but_not_what_is_asked_then(
    sites: Path, is_let_go: threading.Event, begun: list[dict[str, bool]]
) -> None:
    async with open_app(sites / "ksa") as run:
        controller = run.app.sync_controller
        await run.press("i", "S")
        await run.wait_until(lambda: len(begun) == 1, "the first one")
        controller.start(requested=True, repair=True)
        await run.press("x")
        is_let_go.set()
        await run.wait_for("Stopped; everything is recorded here")
        assert (len(begun), controller.progress_text) == (1, "")
        is_let_go.clear()
        await run.press("S")
        await run.wait_until(lambda: len(begun) == 2, "another one")
        await run.press("x", "S")
        is_let_go.set()
        await run.wait_until(lambda: len(begun) == 3, "the one that was asked for after the stop")
        await run.wait_for("Nothing new on either side.")
        assert begun == [{"repair": False, "since_now": False}] * 3


async def test_leaving_stops_the_exchange_and_loses_nothing(sites: Path) -> None:
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        await run.press("m", "last words", "Enter")
        await run.wait_for("noted.")
        await run.press("S", "q")
    with Desk.open(sites / "ksa", now=lambda: NOW) as desk:
        exchange.sync(desk)
        assert exchange.read_status(desk).ahead == 0
    with Desk.open(sites / "hq", now=lambda: NOW) as desk:
        exchange.sync(desk)
        assert any("last words" in str(event.note) for row in desk.board().rows for event in row.ticket.log)


async def test_the_schedule_exchanges_by_itself_and_says_only_what_is_new(sites: Path) -> None:
    git(sites / "ksa", "config", "fenji.syncEvery", "15m")
    act_at_hq(sites, edit("0189", lessons="dry the bags"))
    clock = [NOW]
    async with open_app(sites / "ksa", now=lambda: clock[0]) as run:
        await run.wait_for("▴ 0 ▾ 0")
        assert "new i" not in run.text
        clock[0] = NOW + timedelta(minutes=15)
        await run.wait_for("1 ticket received, 0 sent.", "1 new i")
        await run.press("i")
        await run.wait_for("last 10:15 ∙ next 10:30")
        (sites / "hub.git").rename(sites / "away")
        clock[0] = NOW + timedelta(minutes=30)
        await run.wait_for(
            "The hub origin cannot be reached: there is no repository at its address.", "It will be retried at 11:00."
        )


async def test_a_schedule_that_cannot_be_read_is_said(sites: Path) -> None:
    git(sites / "ksa", "config", "fenji.syncEvery", "often")
    async with open_app(sites / "ksa") as run:
        await run.wait_for("fenji.syncEvery: often is not a duration")


async def test_a_desk_without_a_hub_goes_by_files(sites: Path, tmp_path: Path) -> None:
    git(sites / "ksa", "remote", "remove", "origin")
    async with open_app(sites / "ksa") as run:
        await run.press("S")
        await run.wait_for("This desk has no hub.")
        assert "▾ 0" not in run.text.split("\n")[0]
        await run.press("i")
        await run.wait_for("This desk has no hub. To set one: git remote add origin URL.")
        await run.wait_for("Nothing came in")
        assert run.text.count("has no hub") == 1
        await run.press("B", "Ctrl+U", f"{tmp_path}/nowhere/x.bundle", "Enter")
        assert "There is no such folder." in run.footer
        await run.press("Ctrl+U", f"{tmp_path}/out.bundle", "Enter")
        await run.wait_for("41 tickets in 1 commit.")
    git(sites / "hq", "remote", "remove", "origin")
    async with open_app(sites / "hq", person="sun.yu") as run:
        await run.press("i", "R", f"{tmp_path}/none.bundle", "Enter")
        assert "There is no such file." in run.footer
        await run.press("Ctrl+U", f"{tmp_path}/out.bundle", "Enter")
        await run.wait_for("Receive 0 tickets from KSA")
        await run.press("y")
        await run.wait_for("0 tickets received.")


async def test_how_far_a_ticket_has_come_is_told(sites: Path) -> None:
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        number = run.desk.new({"title": "天線罩破損", "impact": "major", "occurrence": "rare"}).id
        await run.wait_for("1 new: .", "▴ 1 ▾ 0")
        await run.press(".", "/", number, "Enter")
        await run.wait_for("recorded, number provisional")
        assert f" {number[-4:]}*" in run.line(" 1:00 ")
        await run.press("Enter")
        await run.wait_for(f"{number[-4:]}*", "recorded, number provisional")
        await run.press("S")
        await run.wait_for("sent  Enter diff", gone="provisional")
        act_at_hq(sites, lambda desk: (exchange.sync(desk), desk.act("0189", "note", note="on another one")))
        await run.press("S")
        await run.wait_for("seen by others  Enter diff")


async def test_a_ticket_that_gets_another_number_is_acted_on_all_the_same(sites: Path) -> None:
    async with open_app(sites / "ksa") as run:
        await run.wait_for("▴ 0 ▾ 0")
        mine = run.desk.new({"title": "ours", "impact": "minor", "occurrence": "rare"})
        await run.wait_for("1 new: .")
        await run.press(".", "/", "ours", "Enter", "m")
        git(sites / "hq", "config", "fenji.site", "KSA")
        with Desk.open(sites / "hq", person="sun.yu", now=lambda: NOW - timedelta(hours=1)) as desk:
            theirs = desk.new({"title": "theirs", "impact": "minor", "occurrence": "rare"})  # the older one
            exchange.sync(desk)
        assert theirs.id == mine.id
        exchange.sync(run.desk)
        await run.press("meant for ours", "Enter")
        await run.wait_for("noted.")
        row = run.desk.row(mine.id, uid=mine.uid)
        assert row.id.startswith(f"{mine.id}-")
        assert row.ticket.log[-1].note == "meant for ours"
