"""Files that a person names: a named pipe, a device or a folder is refused at once, whatever the command."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from commandline import fenji
from two_clones import name_person

READING = (
    ("receive", "{file}"),
    ("receive", "{file}", "--dry-run"),
    ("policy", "check", "{file}"),
    ("policy", "try", "{file}", "--since", "2026-01-01"),
    ("policy", "amend", "{file}"),
    ("attach", "1", "{file}"),
    ("solve", "1", "--set", "cause=@{file}"),
    ("edit", "1", "--set", "solution=@{file}"),
    ("edit", "1", "--set", "plan=@{file}"),
    ("import", "{file}.csv"),
    ("import", "{file}.json"),
    ("import", "{file}.csv.gz"),
    ("import", "{file}.sqlite"),
    ("import", "table.csv", "--map", "{file}.yaml"),
    ("hub", "revoke", "li.wei", "--new", "{file}"),
    ("bundle", "{file}"),
    ("init", "{file}-desk", "--site", "HQ", "--from", "{file}"),
    ("init", "{file}-desk", "--site", "HQ", "--sign", "--key", "{file}.pub"),
)
WRITING = (
    ("report", "-o", "{file}.html"),
    ("report", "--format", "json", "-o", "{file}.json"),
    ("export", "--format", "csv", "-o", "{file}.csv"),
    ("export", "--format", "xlsx", "-o", "{file}.xlsx"),
    ("form", "1", "-o", "{file}.html"),
    ("bundle", "{file}"),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("given") / "desk"
    assert fenji("init", root, "--site", "KSA", "--person", "li.wei", "--language", "en").code == 0
    name_person(root, "li.wei")
    assert fenji("new", "--title", "pump", "--desk", root).code == 0
    return root


def name_of(command: tuple[str, ...], place: Path) -> list[str]:
    return [word.replace("{file}", str(place / "named")) for word in command]


def endings(command: tuple[str, ...]) -> list[str]:
    words = [word.partition("=")[2] or word for word in command if "{file}" in word]
    return [word.lstrip("@").removeprefix("{file}") for word in words if not word.endswith("-desk")]


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_plain_file_is_refused_at_once(
    desk: Path, tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    for ending in endings(command):
        path = tmp_path / f"named{ending}"
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "device":
            path.symlink_to("/dev/zero")
        else:
            path.mkdir()
    refused = fenji(*name_of(command, tmp_path), "--desk", desk)
    assert refused.code in (1, 2), refused
    assert "named" in refused.err
    assert "Unexpected error" not in refused.err
    if kind != "folder" and not {"--new", "--key"} & set(command):  # of keys ssh-keygen says what is wrong
        assert "not a plain file" in refused.err, refused


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_no_file_takes_the_place_of_a_pipe(desk: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / f"named{endings(command)[0]}"
    os.mkfifo(path)
    refused = fenji(*name_of(command, tmp_path), "--desk", desk)
    assert (refused.code, "a pipe or a device" in refused.err) == (1, True), refused
    assert stat.S_ISFIFO(path.lstat().st_mode)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_file_behind_a_link_is_read(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("salt air\n")
    (tmp_path / "linked.txt").symlink_to(tmp_path / "long.txt")
    assert fenji("edit", "1", "--set", f"cause=@{tmp_path / 'linked.txt'}", "--desk", desk).code == 0
    assert "salt air" in next((desk / "tickets" / "open").glob("*.yaml")).read_text()
