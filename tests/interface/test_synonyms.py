"""The words for one thing, reached from Find: listed, added, changed, removed; the next search follows."""

from __future__ import annotations

from pathlib import Path

from desks import is_clean
from fenji.storage import synonyms_file
from interface.driven import copy_world, open_app


def read_groups(root: Path) -> list[str]:
    return [", ".join(group) for group in synonyms_file.parse((root / "handbook.yaml").read_bytes())]


async def test_groups_are_added_changed_and_removed_and_searching_follows(tmp_path: Path) -> None:
    root = copy_world("shipped", tmp_path / "desk")
    async with open_app(root) as run:
        await run.press("f", "qwortz")
        await run.wait_for("Nothing found")
        await run.press("Ctrl+T")
        await run.wait_for("Searching for one word", "備件, 備品")
        await run.press("+", "qwortz, 備件", "Enter")
        await run.wait_for("Saved: qwortz, 備件")
        assert read_groups(root)[-1] == "qwortz, 備件"
        await run.press("Esc")
        await run.wait_for("Find qwortz", "KSA-2026-0042")
        await run.press("Ctrl+T", "G", "e")
        await run.wait_for("Change to:")
        await run.press(", zwick", "Enter")
        await run.wait_for("Saved: qwortz, 備件, zwick")
        await run.press("G", "X")
        await run.wait_for("Remove this group? Y removes")
        await run.press("Y")
        await run.wait_for("Removed: qwortz, 備件, zwick")
        assert read_groups(root) == [", ".join(group) for group in synonyms_file.starter_groups()]
        run.desk.flush()
    assert is_clean(root)


async def test_a_group_of_one_word_is_refused_while_it_is_typed(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "Ctrl+T", "+", "備件, 备件", "Enter")
        await run.wait_for("a group has at least two words")
        await run.press("Esc")
        assert not (run.desk.root / "handbook.yaml").exists()


async def test_the_list_is_narrowed(tmp_path: Path) -> None:
    async with open_app(copy_world("shipped", tmp_path / "desk")) as run:
        await run.press("f", "Ctrl+T", "/", "转台", "Enter")
        await run.wait_for("turntable", gone="spare part")


async def test_a_bad_file_is_counted_listed_and_named(tmp_path: Path) -> None:
    root = copy_world("shipped", tmp_path / "desk")
    (root / "handbook.yaml").write_text("synonyms:\n- [one]\n", "utf-8")
    async with open_app(root) as run:
        await run.wait_for("1 bad")
        await run.press("b")
        await run.wait_for("handbook.yaml", "line 2", "at least two words")
        await run.press("Esc", "f", "生锈")
        await run.wait_for("KSA-2026-0042")
        await run.press("Ctrl+T")
        await run.wait_for("handbook.yaml line 2", "備件, 備品")
