"""What goes over the wire, counted in a pty at 80x24. Sizes are not times: a busy machine changes nothing here."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import worlds
from fenji.desk import Desk
from terminal.budget import ACTS, BUDGET, FIRST_PAINT, REPORT_ACTS
from terminal.driven import Terminal

RIYADH = ZoneInfo("Asia/Riyadh")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("busy_morning", tmp_path_factory.mktemp("bytes") / "desk")


@pytest.fixture
def terminal(desk: Path, tmp_path: Path) -> Iterator[Terminal]:
    clock = tmp_path / "clock"
    clock.write_text(datetime.now().astimezone().isoformat())
    shutil.copytree(desk, tmp_path / "desk", symlinks=True)  # what others did is told a while after the board is there
    with Terminal(tmp_path / "desk", state=tmp_path, person="li.wei", clock=clock) as running:
        running.wait_for("? keys", "∙ reported")
        running.wait_until_quiet()
        yield running


def test_every_act_keeps_its_budget(terminal: Terminal) -> None:
    assert len(terminal.raw) <= FIRST_PAINT
    cost = {name: (terminal.count_bytes(*keys), BUDGET[kind]) for name, keys, kind in ACTS}
    assert {
        name: cost_and_budget for name, cost_and_budget in cost.items() if cost_and_budget[0] > cost_and_budget[1]
    } == {}


def test_the_report_keeps_its_budget(terminal: Terminal) -> None:
    cost = {name: (terminal.count_bytes(*keys, until=words), BUDGET[kind]) for name, keys, kind, words in REPORT_ACTS}
    assert {name: found for name, found in cost.items() if found[0] > found[1]} == {}


def test_idle_sends_nothing_also_when_the_terminal_loses_the_focus(terminal: Terminal) -> None:
    before = len(terminal.raw)
    terminal.send_bytes(b"\x1b[O")
    terminal.wait_until_quiet()
    terminal.send_bytes(b"\x1b[I")
    for _ in range(8):
        terminal.wait_until_quiet()
    assert len(terminal.raw) == before


def test_a_held_key_costs_no_more_than_a_screenful_now_and_then(terminal: Terminal) -> None:
    assert terminal.count_bytes(*["Down"] * 40) <= 40 * 650


def test_a_minute_costs_only_the_cells_that_changed(desk: Path, tmp_path: Path) -> None:
    now = datetime.now().astimezone().replace(second=0)
    clock = tmp_path / "clock"
    clock.write_text(now.isoformat())
    with Terminal(desk, state=tmp_path, person="li.wei", clock=clock) as terminal:
        terminal.wait_for("? keys", "∙ reported")
        terminal.wait_until_quiet()
        for minutes in (1, 2, 3):
            later = now + timedelta(minutes=minutes)
            before = len(terminal.raw)
            clock.with_suffix(".new").write_text(later.isoformat())
            clock.with_suffix(".new").replace(clock)
            terminal.wait_for(later.astimezone(RIYADH).strftime("%H:%M"))
            terminal.wait_until_quiet()
            assert len(terminal.raw) - before <= BUDGET["tick"]
            changed = [line for line in terminal.text.split("\n")[3:16] if re.search(r"P\d +-?\d+:\d\d ", line)]
            assert changed


def test_two_texts_of_one_field_keep_the_budget(tmp_path: Path) -> None:
    folder = worlds.make("busy_morning", tmp_path / "desk")
    with Desk.open(folder, person="li.wei") as desk:
        row = desk.board().rows[0]
    for person, word in (("li.wei", "封口"), ("zhao.min", "包裝")):
        with Desk.open(folder, person=person) as desk:
            text = "\n".join(f"{number}. {word}不嚴，運輸中漏氣，冷凝水使齒面生鏽。" for number in range(9))
            desk.act(row.id, "edit", fields={"cause": text}, seen=row.ticket)
    lost = desk.row(row.id).superseded[0].by
    clock = tmp_path / "clock"
    clock.write_text(datetime.now().astimezone().isoformat())
    with Terminal(folder, state=tmp_path, person=lost, clock=clock) as terminal:
        terminal.wait_for("? keys", "&two texts")
        for key in ("/", row.id, "Enter"):
            terminal.press(key)
            terminal.wait_until_quiet()
        terminal.wait_for("1 of ")
        terminal.wait_until_quiet()
        acts = (("v", "screen"), ("j", "move"), ("v", "page"), ("V", "page"), ("v", "page"), ("T", "screen"))
        cost = {f"{number} {key}": (terminal.count_bytes(key), BUDGET[kind]) for number, (key, kind) in enumerate(acts)}
    assert {
        name: cost_and_budget for name, cost_and_budget in cost.items() if cost_and_budget[0] > cost_and_budget[1]
    } == {}
