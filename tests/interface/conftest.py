from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", "en")


@pytest.fixture(autouse=True)
def _short_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys come by the driver's clock; what comes together is posted together, so there is nothing to wait for."""
    monkeypatch.setattr("tui.key_dispatch.HOLD_S", 0.001)
