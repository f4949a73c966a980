"""Searching and the words for one thing on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import fenji
from desks import git, is_clean, make_desk
from fenji.storage.synonyms_file import FILE_NAME, starter_groups, starter_text


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_desk(tmp_path, "shipped")


def test_what_was_read_as_something_else_is_said(root: Path) -> None:
    result = fenji("--desk", root, "search", "bjsx")
    assert "KSA-2026-0042" in result.out
    assert "Read as bjsx: 備件生鏽" in result.out
    assert fenji("--desk", root, "search", "備建", "--json").json["meant"] == {"备建": "備件"}
    assert "meant" not in fenji("--desk", root, "search", "生锈", "--json").json


@pytest.mark.parametrize("words", ["zzzzzz", "xyz", "qqq", "www", "asdfgh"])
def test_letters_that_mean_nothing_find_nothing(root: Path, words: str) -> None:
    assert fenji("--desk", root, "search", words, "--json").json["total"] == 0


@pytest.mark.parametrize("number", ["42", "0042", "2026-0042", "2026-42", "KSA-2026-0042", "ksa-2026-42"])
def test_a_number_finds_its_ticket_first(root: Path, number: str) -> None:
    assert fenji("--desk", root, "search", number, "--json").json["hits"][0]["id"] == "KSA-2026-0042"


def test_groups_are_listed_added_and_removed(root: Path) -> None:
    assert fenji("--desk", root, "synonyms", "備品").out == "備件, 備品, 备用零件, spare part, spares\n"
    assert fenji("--desk", root, "synonyms", "--json").json == {
        "path": FILE_NAME,
        "groups": [list(group) for group in starter_groups()],
    }
    assert fenji("--desk", root, "synonyms", "--add", "qwortz、備件").out == "Added: qwortz, 備件\n"
    assert (root / FILE_NAME).read_text("utf-8") == f"{starter_text()}- [qwortz, 備件]\n"
    assert fenji("--desk", root, "search", "qwortz", "--json").json["total"]
    assert fenji("--desk", root, "synonyms", "--remove", "QWORTZ, 备件").out == "Removed: qwortz, 備件\n"
    assert (root / FILE_NAME).read_text("utf-8") == starter_text()
    assert is_clean(root)
    assert git(root, "log", "-1", "--format=%s").strip() == "handbook.yaml: edit"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--add", "one"), 2, "at least two words"),
        (("--add", "雷达, radar"), 1, "already exists"),
        (("--remove", "qwortz, zwick"), 1, "There is no group of qwortz, zwick"),
        (("--add", "a, b", "c"), 2, "not both"),
        (("qwortz",), 0, ""),
    ],
)
def test_what_does_not_fit_is_refused(root: Path, words: tuple[str, ...], code: int, said: str) -> None:
    result = fenji("--desk", root, "synonyms", *words)
    assert (result.code, said in result.err) == (code, True), result
    assert not (root / FILE_NAME).exists()


def test_a_bad_file_is_named_and_searching_goes_on(root: Path) -> None:
    (root / FILE_NAME).write_text("synonyms:\n- [one]\n", "utf-8")
    result = fenji("--desk", root, "search", "生锈")
    assert (result.code, "KSA-2026-0042" in result.out) == (0, True)
    assert "handbook.yaml is refused" in result.err
    result = fenji("--desk", root, "check")
    assert (result.code, "handbook.yaml:2:3" in result.out + result.err) == (3, True)
    assert fenji("--desk", root, "synonyms").code == 3


def test_a_new_desk_begins_with_the_starter_set(tmp_path: Path) -> None:
    assert fenji("init", tmp_path / "desk", "--site", "KSA", "--person", "li").code == 0
    assert (tmp_path / "desk" / FILE_NAME).read_text("utf-8") == starter_text()
    assert FILE_NAME in git(tmp_path / "desk", "ls-files")
    assert "handbook.yaml" in (tmp_path / "desk" / ".gitattributes").read_text("utf-8")
