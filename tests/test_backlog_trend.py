"""How many tickets were open through the last weeks, as the head of a wide board draws it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import worlds
from fenji.desk import Desk, backlog_trend
from fenji.desk.backlog_trend import count_backlog
from fenji.desk.figure_facts import DeskFacts

SPRING = datetime(2026, 3, 20, tzinfo=UTC)  # when tickets were open that the shipped desk has in its archive

if TYPE_CHECKING:
    import pytest


def test_the_backlog_ends_with_what_is_open_now_and_knows_what_was_open_then(tmp_path: Path) -> None:
    folder = worlds.make("shipped", tmp_path / "desk")
    with Desk.open(folder, person="li.wei") as desk:
        weeks = (desk.now() - SPRING) // timedelta(weeks=1)
        counts = count_backlog(desk, weeks=weeks, points=24)
        assert len(counts) == 24
        assert counts[-1] == len(desk.board().rows)
        then = desk.now() - timedelta(weeks=weeks)
        reported = [row.ticket.reported_at for row in desk.board(archived=True).rows]
        assert 0 < counts[0] <= sum(at is not None and at <= then for at in reported)
        number = desk.new({"title": "Gear squeaks", "impact": "minor", "occurrence": "rare"}).id
        assert count_backlog(desk, weeks=weeks, points=24)[-1] == counts[-1] + 1
        desk.act(number, "withdraw", reason="twice reported")
        assert count_backlog(desk, weeks=weeks, points=24)[-1] == counts[-1]


def test_a_large_archive_is_not_read_for_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_trend, "_MAX_FILES", 3)
    with Desk.open(worlds.make("shipped", tmp_path / "desk"), person="li.wei") as desk:
        assert count_backlog(desk, weeks=12, points=24) == []
        DeskFacts(desk).read()  # as a report does, which keeps what it read
        assert count_backlog(desk, weeks=12, points=24)[-1] == len(desk.board().rows)
