"""Settings of git are read with one command, and read again as soon as any place that they stand in has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fenji import git as repos
from fenji.git import config, partial
from fenji.git.config import read_entries, read_flag, read_values

KEY = "fenji.site"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    desk = tmp_path / "desk"
    subprocess.run(["git", "init", "-q", str(desk)], check=True)
    set_locally(desk, KEY, "KSA")
    return desk


def set_locally(folder: Path, *setting: str) -> None:
    """Set something, a while ago: what was just set may be set again within one tick of the disk's clock."""
    subprocess.run(["git", "-C", str(folder), "config", *setting], check=True)
    make_older(folder / ".git/config")


def make_older(path: Path) -> None:
    os.utime(path, (1_700_000_000, 1_700_000_000))


@pytest.fixture
def count_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often git was started since."""
    log, wrapper = tmp_path / "started", tmp_path / "bin/git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho >> {log}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    return lambda: len(log.read_text()) if log.exists() else 0


def test_one_command_answers_every_question(
    folder: Path, count_git: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "_FRESH_NS", -(10**12))  # as if all this had been set long ago
    assert read_values(folder, KEY) == {KEY: "KSA"}
    repos.read_settings(folder)
    assert not partial.is_partial(repos.Repo(folder, folder / ".git"))
    assert count_git() == 1


def global_file(_: Path) -> Path:
    return Path(os.environ["GIT_CONFIG_GLOBAL"])


def home_file(folder: Path) -> Path:
    return folder.parent / "home" / ".gitconfig"


def folder_for_settings(folder: Path) -> Path:
    return folder.parent / "home" / ".config/git/config"


@pytest.mark.parametrize("place", [global_file, home_file, folder_for_settings])
def test_a_file_that_appears_counts(
    folder: Path, place: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if place is not global_file:
        monkeypatch.delenv("GIT_CONFIG_GLOBAL")
        monkeypatch.setenv("HOME", str(folder.parent / "home"))
    assert read_values(folder, r"user\.name") == {}
    path = place(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[user]\n\tname = Li Wei\n")
    assert read_values(folder, r"user\.name") == {"user.name": "Li Wei"}
    path.unlink()
    assert read_values(folder, r"user\.name") == {}


def test_what_is_set_by_git_or_by_hand_counts_at_once(folder: Path) -> None:
    for site in ("HQ", "DZA", "HQ"):
        subprocess.run(["git", "-C", str(folder), "config", KEY, site], check=True)
        assert read_values(folder, KEY) == {KEY: site}
        text = (folder / ".git/config").read_text()
        (folder / ".git/config").write_text(text.replace(site, site[::-1]))
        assert read_values(folder, KEY) == {KEY: site[::-1]}


def test_the_environment_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_values(folder, KEY) == {KEY: "KSA"}
    for name, value in (("COUNT", "1"), ("KEY_0", KEY), ("VALUE_0", "HQ")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    assert read_values(folder, KEY) == {KEY: "HQ"}


def test_files_that_are_included_are_read_each_time(folder: Path) -> None:
    set_locally(folder, "include.path", "more")
    assert read_values(folder, KEY) == {KEY: "KSA"}
    (folder / ".git/more").write_text("[fenji]\n\tsite = HQ\n")
    make_older(folder / ".git/more")
    assert read_values(folder, KEY) == {KEY: "HQ"}


def test_a_repository_that_appears_within_another_counts(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    assert read_values(inner, KEY) == {KEY: "KSA"}
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    assert read_values(inner, KEY) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flag", True),
        ("flag = true", True),
        ("flag = YES", True),
        ("flag = on", True),
        ("flag = 1", True),
        ("flag = -1", True),
        ("flag = 2K", True),
        ("flag = 0x1f", True),
        ("flag = 08", False),
        ("flag = 3g", False),
        ("flag = ٣", False),
        ("flag = 0", False),
        ("flag = no", False),
        ("flag =", False),
        ("other = true", False),
        ("flag = true\n\tflag = false", False),
    ],
)
def test_a_flag_is_what_git_takes_it_for(folder: Path, text: str, *, expected: bool) -> None:
    with (folder / ".git/config").open("a") as file:
        file.write(f"[x]\n\t{text}\n")
    asked = ["git", "-C", str(folder), "config", "--type=bool", "--default=false", "--get", "x.flag"]
    answer = subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()  # "": git rejects it
    assert (answer == "true") is expected
    assert read_flag(folder, "x.flag") is expected


def test_of_a_setting_its_place_and_every_value_are_known(folder: Path) -> None:
    set_locally(folder, "--add", "x.many", "a\nb = c")
    set_locally(folder, "--add", "x.many", "")
    found = [(entry.scope, entry.value) for entry in read_entries(folder) if entry.key == "x.many"]
    assert found == [("local", "a\nb = c"), ("local", "")]
