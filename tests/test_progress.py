"""The line that says how far something is: on a terminal only, at most once a second, and gone at the end."""

from __future__ import annotations

import io
import sys
import time

import pytest

from fenji.cli.progress import CountingLine
from fenji.cli.session import Session


class Screen(io.StringIO):
    """An error stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def describe(done: int, total: int) -> str:
    return f"{done} of {total}"


def test_it_is_shown_once_a_second_and_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, now = Screen(), 0.0
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with CountingLine(Session(), describe) as line:
        assert line.show
        for now in (0.2, 1.0, 1.5, 2.5):
            line.show(int(now * 10), 30)
    assert screen.getvalue().split("\r\x1b[K") == ["", "10 of 30", "25 of 30", ""]


@pytest.mark.parametrize("json", [True, False])
def test_nothing_is_shown_where_nobody_looks(json: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setattr(sys, "stderr", Screen() if json else io.StringIO())
    with CountingLine(Session(json=json), describe) as line:
        assert line.show is None
