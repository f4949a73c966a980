from __future__ import annotations

from wrapping import shows


def test_a_sentence_is_found_wherever_its_lines_are_broken() -> None:
    assert shows("/tmp/long: 41\ntickets in 1 commits.", "41 tickets in 1 commits.")
    assert shows("輸入送外的檔\n案名稱", "輸入送外的檔案名稱")
    assert shows("天 線 罩  破\n損", "天線罩破損")  # a terminal puts a blank cell behind a wide letter


def test_a_broken_sentence_is_not_gone() -> None:
    assert not shows("Your draft is\ntaken up again.", gone="is taken up")
    assert shows("Your draft is\ntaken up again.", gone="Gear")


def test_what_is_not_there_is_not_found() -> None:
    assert not shows("41\ntickets in 1 commits.", "42 tickets in 1 commits.")
