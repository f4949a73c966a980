"""A call that comes once, some time after it was last asked for."""

from __future__ import annotations

import asyncio
import time

from textual.app import App

from tui.delay import Delay


async def test_a_call_comes_also_when_the_machine_is_busy_as_it_is_asked_for() -> None:
    calls: list[str] = []
    app: App[None] = App()
    async with app.run_test() as pilot:
        Delay(app, 0.001, lambda: calls.append("called")).restart()
        time.sleep(0.05)  # much longer than the delay, before anything else may run
        await asyncio.sleep(0.05)
        await pilot.pause()
    assert calls == ["called"]


async def test_only_the_last_call_asked_for_comes_and_none_that_was_cancelled() -> None:
    calls: list[str] = []
    app: App[None] = App()
    async with app.run_test() as pilot:
        kept = Delay(app, 0.001, lambda: calls.append("kept"))
        cancelled = Delay(app, 0.001, lambda: calls.append("cancelled"))
        for delay in (kept, cancelled):
            delay.restart()
        time.sleep(0.05)
        kept.restart()
        cancelled.cancel()
        await asyncio.sleep(0.05)
        await pilot.pause()
    assert calls == ["kept"]
