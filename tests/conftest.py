"""Every test runs with an empty home, no git configuration but its own, and no settings of the developer's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure; CI tries the same examples each time, everybody else new ones.
_QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("fenji", deadline=None, derandomize="CI" in os.environ, suppress_health_check=_QUIET)
settings.load_profile("fenji")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="also run the long sweeps")


def pytest_xdist_auto_num_workers() -> int | None:
    """Half as many again as there are cores: many tests wait, for a disk, a link, or a process that they started."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return max(2, len(os.sched_getaffinity(0)) * 3 // 2) if hasattr(os, "sched_getaffinity") else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--nightly"):
        return
    later = [item for item in items if item.get_closest_marker("nightly")]
    if later:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in later]


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in [key for key in os.environ if key.startswith(("FENJI_", "GIT_", "XDG_")) and key != "FENJI_NIGHTLY"]:
        monkeypatch.delenv(name)
    for name in ("VISUAL", "EDITOR", "COLUMNS", "LINES", "NO_COLOR", "SSH_CONNECTION", "LC_ALL", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    # Each command in a process of its own would compile the whole source anew.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(Path(home, "gitconfig")))
    monkeypatch.setenv("LANG", "C.UTF-8")
