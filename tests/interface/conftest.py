from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "en")


@pytest.fixture(autouse=True)
def _short_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys have the times of the driver's clock, and bursts are posted together: no key need be held for long."""
    monkeypatch.setattr("tui.key_dispatch.HOLD_S", 0.001)
