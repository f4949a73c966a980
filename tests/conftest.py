"""Every test runs with an empty home, no git configuration but its own, and no settings of the developer's."""

from __future__ import annotations

import gc
import os
import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from secrets import token_hex

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure; CI tries the same examples each time, everybody else new ones.
_QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)
_EXAMPLES = 60 * int(os.environ.get("FENJI_NIGHTLY") or 1)  # for tests without a number of their own
settings.register_profile(
    "fenji",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=_EXAMPLES,
    suppress_health_check=_QUIET,
)
settings.load_profile("fenji")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="also run the long sweeps")


def pytest_xdist_auto_num_workers() -> int | None:
    """Return half as many again as there are cores: many tests wait for a disk, a link, or a process they started."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return max(2, len(os.sched_getaffinity(0)) * 3 // 2) if hasattr(os, "sched_getaffinity") else None


_IN_PARTS = pytest.StashKey[bool]()
_TESTS = Path(__file__).parent
_SHARED_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 << 30


def _use_memory() -> None:
    """Put temporary folders in memory if there is room: the tests make a million small files.

    Not in the nightly run, which shows that everything works on a disk too, nor if TMPDIR is set.
    """
    if "TMPDIR" in os.environ or "--nightly" in sys.argv or not os.access(_SHARED_MEMORY, os.W_OK | os.X_OK):
        return
    place = os.statvfs(_SHARED_MEMORY)
    free = min(place.f_bavail * place.f_frsize, os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    if free > _ROOM_BYTES and not place.f_flag & os.ST_NOEXEC:  # git runs hooks there
        os.environ["TMPDIR"] = str(_SHARED_MEMORY)
        tempfile.tempdir = None  # forget the one found before


_use_memory()

# One seed for all processes of a run, which inherit it, another for the next; CI tries the same cases each time.
os.environ.setdefault("FENJI_SAMPLE", os.environ.get("CI") or token_hex(4))
_SEED = os.environ["FENJI_SAMPLE"]


def pytest_report_header(config: pytest.Config) -> str:
    return "" if _takes_every_case(config) else f"cases of sampled tests: FENJI_SAMPLE={_SEED}, all with --nightly"


def pytest_configure(config: pytest.Config) -> None:
    """Have each worker of a whole run begin to import at another file, so that all use what one has compiled.

    After a checkout nothing is compiled, and with rewritten assertions that takes most of the time to the first test.
    """
    worker, count = os.environ.get("PYTEST_XDIST_WORKER"), os.environ.get("PYTEST_XDIST_WORKER_COUNT")
    if worker and count and [config.invocation_params.dir / path for path in config.args] == [_TESTS]:
        files = sorted(_TESTS.rglob("test_*.py"))
        first = len(files) * int(worker.removeprefix("gw")) // int(count)
        config.args[:] = map(str, files[first:] + files[:first])
        config.stash[_IN_PARTS] = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.stash.get(_IN_PARTS, default=False):
        _order(items)  # each worker has to have them in the same order
    if config.getoption("--nightly"):
        return
    later = {item for item in items if item.get_closest_marker("nightly")}
    if not _takes_every_case(config):
        later |= _leave_out([item for item in items if item not in later])
    if later:
        config.hook.pytest_deselected(items=list(later))
        items[:] = [item for item in items if item not in later]


def _order(items: list[pytest.Item]) -> None:
    """Order tests by file; files whose tests mostly wait for a terminal are spread evenly among the others."""
    kinds: defaultdict[bool, list[Path]] = defaultdict(list)
    for path in sorted({item.path for item in items}):
        kinds[path.parent.name == "terminal"].append(path)
    places = {path: (at / len(paths), path) for paths in kinds.values() for at, path in enumerate(paths)}
    items.sort(key=lambda item: places[item.path])


def pytest_collection_finish() -> None:
    """Keep garbage collections from searching what stays: the thousands of tests, and the modules that they import."""
    gc.collect()
    gc.freeze()


def _takes_every_case(config: pytest.Config) -> bool:
    """Return whether no case is left out: in the nightly run, and where somebody names tests."""
    named = any("::" in argument for argument in config.args)
    return bool(config.getoption("--nightly") or named or config.getoption("keyword"))


def _leave_out(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the cases of tests marked `sample(count)` that this run leaves out; the next run takes others."""
    cases: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("sample"):
            cases[item.nodeid.partition("[")[0]].append(item)
    left_out: set[pytest.Item] = set()
    for test, each in cases.items():
        marker = each[0].get_closest_marker("sample")
        count = marker.args[0] if marker else len(each)
        left_out.update(random.Random(_SEED + test).sample(each, max(0, len(each) - count)))
    return left_out


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in _settings_of_the_developer():
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(Path(home, "gitconfig")))
    monkeypatch.setenv("LANG", "C.UTF-8")


def _settings_of_the_developer() -> list[str]:
    names = ("VISUAL", "EDITOR", "COLUMNS", "LINES", "NO_COLOR", "SSH_CONNECTION", "LC_ALL", "LANGUAGE")
    # Without bytecode files each command in a process of its own would compile the whole source again.
    named = {*names, "PYTHONDONTWRITEBYTECODE"}
    kept = {"FENJI_NIGHTLY", "FENJI_SAMPLE"}
    foreign = {key for key in os.environ if key.startswith(("FENJI_", "GIT_", "XDG_"))} - kept
    return sorted(foreign | named & set(os.environ))


# The fixtures of a module run before those of a single test: they too must not see the developer's settings.
for _name in _settings_of_the_developer():
    del os.environ[_name]
os.environ.update({"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LANG": "C.UTF-8"})
