"""Accounts that lack something: a home, an entry among the accounts, a name."""

from __future__ import annotations

import pwd
import re
import stat
from pathlib import Path

import pytest

from clones import SOURCE, Sites
from commandline import fenji
from fenji.cli import failures
from fenji.cli.session import Session
from fenji.given_files import expand_user

ROUND = (("new", "--title", "x"), ("list",), ("note", "1", "x"), ("sync",), ("check",), ("doctor",))


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei")


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home, a name or an entry among the accounts."""

    def find_no_entry(key: object) -> None:
        raise KeyError(f"no such entry: {key}")

    for function in ("getpwuid", "getpwnam"):
        monkeypatch.setattr(pwd, function, find_no_entry)
    for name in ("HOME", "USER", "LOGNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)


def go_round(sites: Sites, tmp_path: Path) -> None:
    for command in ROUND:
        done = fenji("--desk", sites["li.wei"].root, *command)
        assert "Unexpected error" not in done.err, command
        assert command == ("doctor",) or done.code == 0, (command, done.err)
    done = fenji("init", tmp_path / "copy", "--site", "HQ", "--from", sites.hub)
    assert (done.code, done.err) == (0, "")
    done = fenji("init", tmp_path / "own", "--site", "HQ")
    assert (done.code, done.err) == (0, "")


@pytest.mark.usefixtures("nobody")
def test_a_nameless_user_without_a_home_works(sites: Sites, tmp_path: Path) -> None:
    go_round(sites, tmp_path)


@pytest.mark.parametrize("home", ["/proc/nonexistent", "/proc", "relative", ""])
def test_a_home_that_is_none_stops_nothing(
    sites: Sites, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("HOME", home)
    go_round(sites, tmp_path)


@pytest.mark.usefixtures("nobody")
def test_a_tilde_stays_where_there_is_no_home() -> None:
    assert expand_user("~/x") == Path("~/x")
    assert expand_user("~nobody-of-that-name/x") == Path("~nobody-of-that-name/x")


def test_a_tilde_of_nobody_is_a_file_that_is_not_there(sites: Sites) -> None:
    root = sites["li.wei"].root
    fenji("--desk", root, "new", "--title", "x")
    for command in (
        ("attach", "1", "~no.such.user/x"),
        ("edit", "1", "--set", "cause=@~no.such.user/x"),
        ("receive", "~no.such.user/x"),
    ):
        done = fenji("--desk", root, *command)
        assert done.code == 1, command
        assert "Unexpected error" not in done.err


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("home", [None, "/proc/nonexistent"])
def test_a_failure_is_reported_without_a_home(
    monkeypatch: pytest.MonkeyPatch, home: str | None, tmp_path: Path
) -> None:
    if home:
        monkeypatch.setenv("HOME", home)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("FENJI_LANGUAGE", "en")
    text, _ = failures.describe_error(ValueError("x"), Session())
    match = re.search(r"The details are in (.*)\.$", text)
    assert match, text
    report = Path(match[1])
    assert "ValueError: x" in report.read_text()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_homes_are_looked_up_in_one_place() -> None:
    paths = (path for path in (SOURCE / "fenji").rglob("*.py") if path != SOURCE / "fenji/folders.py")
    paths = (path for path in paths if "doctor" not in path.parts)  # which names accounts, and guards itself
    found = [
        path for path in paths if re.search(r"expanduser|Path\.home|getpw|getpass|getuser", path.read_text("utf-8"))
    ]
    assert found == []
