"""The handbook follows the desk: whatever changed, by whomever, is found at once. Real index, real git."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import OTHER, RUST, TEXTS, Clock, at, clean, git, made, replace
from fenji.store import Store
from fenji.store.shelf import UNSURE_NS

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.store import Bad, Stored


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return made(tmp_path, "shipped")


def found(desk: Desk, words: str) -> list[str]:
    return [hit.path for hit in desk.search(words).hits]


# Words that no shipped ticket has.
ODD = "棱鏡"


@pytest.mark.parametrize("later", [False, True])
def test_a_ticket_is_found_on_its_whole_way(root: Path, *, later: bool) -> None:
    with at(root, later=later) as desk:
        assert found(desk, ODD) == []
        row = desk.new({**RUST, "title": f"{ODD}起霧"})
        assert found(desk, "棱镜") == [row.path]
        desk.act(row.id, "solve", fields={**TEXTS, "solution": "換乾燥劑並重新封裝"})
        assert found(desk, "棱镜 干燥剂")[0] == row.path
        desk.act(row.id, "confirm", by="zhao.min")
        row = desk.act(row.id, "archive", by="zhao.min")
        assert found(desk, ODD) == [row.path]
        desk.flush()
        assert found(desk, ODD) == [row.path]
        desk.act(row.id, "edit", fields={"lessons": "入庫用 ZQX-9 乾燥罐"})
        assert found(desk, "zqx9") == [row.path]
    with at(root) as desk:
        assert found(desk, "zqx9") == [row.path]
        assert desk.search("生锈").hits[0].path.endswith("KSA-2026-0042.yaml")


def test_what_is_archived_and_not_yet_committed_is_found(root: Path) -> None:
    with at(root, later=True) as desk:
        found(desk, ODD)
        desk._trail._wake.clear()  # the commit trails longer than a search takes
        row = desk.act(desk.new({**RUST, "title": ODD}).id, "withdraw", reason="誤報")
        assert desk.pending_commits
        assert found(desk, ODD) == [row.path]
    assert clean(root)


def test_what_another_process_wrote_is_found(root: Path) -> None:
    with at(root) as desk, at(root, OTHER) as other:
        found(desk, ODD)
        row = other.new({**RUST, "title": ODD})
        assert found(desk, ODD) == [row.path]
        row = other.act(row.id, "withdraw", reason="誤報")
        assert found(desk, ODD) == [row.path]


def test_an_open_ticket_edited_by_hand_is_found_and_a_removed_one_is_not(root: Path) -> None:
    with at(root) as desk:
        row = desk.new(RUST)
        assert found(desk, ODD) == []
        replace(root / row.path, "title: 備件生鏽", f"title: {ODD}")
        assert found(desk, ODD) == [row.path]
        (root / row.path).write_text("id: [", "utf-8")
        assert found(desk, ODD) == []
        git(root, "checkout", "-q", "--", row.path)
        (root / row.path).unlink()
        assert found(desk, ODD) == []


def test_an_archived_ticket_edited_by_hand_is_found_once_told_or_committed(root: Path) -> None:
    path = "tickets/archive/KSA/2026/KSA-2026-0042.yaml"
    with at(root) as desk:
        found(desk, ODD)
        replace(root / path, "title: 備件生鏽", f"title: {ODD}")
        desk.index()
        assert found(desk, ODD) == [path]
        git(root, "checkout", "-q", "--", path)
        replace(root / path, "title: 備件生鏽", "title: 稜柱鬆脫")
        git(root, "commit", "-q", "-am", "by hand")
        assert found(desk, "稜柱") == [path]


def test_what_a_checkout_brings_and_takes_is_followed(root: Path) -> None:
    with at(root) as desk:
        git(root, "checkout", "-q", "-b", "side")
        opened, closed = desk.new({**RUST, "title": ODD}), desk.new({**RUST, "title": "稜柱鬆脫"})
        closed = desk.act(closed.id, "withdraw", reason="誤報")
        git(root, "checkout", "-q", "main")
        assert found(desk, ODD) == found(desk, "稜柱") == []
        git(root, "merge", "-q", "side")
        assert found(desk, ODD) == [opened.path]
        assert found(desk, "稜柱") == [closed.path]
        git(root, "reset", "-q", "--hard", "HEAD~3")
        assert found(desk, ODD) == found(desk, "稜柱") == []


def test_a_rewritten_history_is_read_anew(root: Path) -> None:
    with at(root) as desk:
        row = desk.act(desk.new({**RUST, "title": ODD}).id, "withdraw", reason="誤報")
        assert found(desk, ODD) == [row.path]
        git(root, "checkout", "-q", "--orphan", "fresh")
        git(root, "rm", "-q", "--cached", row.path)
        (root / row.path).unlink()
        git(root, "-c", "user.name=x", "commit", "-q", "-m", "all anew")
        git(root, "branch", "-q", "-D", "main")
        git(root, "reflog", "expire", "--expire=now", "--all")
        git(root, "gc", "-q", "--prune=now")
        assert found(desk, ODD) == []
        assert found(desk, "生鏽")


@pytest.mark.parametrize("how", ["deleted", "emptied", "cut", "overwritten", "ledger", "a file"])
def test_an_index_that_is_gone_or_damaged_is_built_anew(root: Path, how: str) -> None:
    index = root / "index"
    with at(root) as desk:
        wanted = found(desk, "生鏽")
        assert wanted
        spoil(index, root / ".git/fenji-index.json", how)
        assert found(desk, "生鏽") == wanted
    spoil(index, root / ".git/fenji-index.json", how)
    with at(root) as desk:
        assert found(desk, "生鏽") == wanted
        assert desk.suggest("備件生鏽").likes
    assert clean(root)


def spoil(index: Path, ledger: Path, how: str) -> None:
    files = [one for one in index.rglob("*") if one.is_file() and one.name != "lock"]
    if how == "deleted":
        shutil.rmtree(index)
    elif how == "ledger":
        ledger.write_text("{", "utf-8")
    elif how == "a file":
        shutil.rmtree(index)
        ledger.unlink()
    else:
        for one in files:
            data = one.read_bytes()
            one.write_bytes({"emptied": b"", "cut": data[: len(data) // 2], "overwritten": b"\xff" * len(data)}[how])


def test_a_bad_file_in_the_archive_stops_no_building(root: Path) -> None:
    (root / "tickets/archive/KSA/2025/KSA-2025-0007.yaml").write_text("id: [", "utf-8")
    with at(root) as desk:
        assert found(desk, "生鏽")
        assert desk.index(rebuild=True) == desk.check().tickets


def test_a_new_process_reads_no_open_ticket_that_did_not_change(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(root) as desk:
        row = desk.new({**RUST, "title": ODD})
        assert found(desk, ODD) == [row.path]
        time.sleep(2 * UNSURE_NS / 1e9)  # a file changed just now is read once more
    with at(root) as desk:
        assert found(desk, ODD) == [row.path]
    read: list[str] = []
    look = Store.look_open

    def noted(store: Store, path: str) -> Stored | Bad | None:
        read.append(path)
        return look(store, path)

    monkeypatch.setattr(Store, "look_open", noted)
    with at(root) as desk:
        assert found(desk, ODD) == [row.path]
    assert read == []
    replace(root / row.path, f"title: {ODD}", "title: 稜柱鬆脫")
    with at(root) as desk:
        assert found(desk, ODD) == []
        assert found(desk, "稜柱") == [row.path]
    assert set(read) == {row.path}
    (root / ".git/fenji-index-seen.json").write_text("[1]", "utf-8")
    with at(root) as desk:
        assert found(desk, "稜柱") == [row.path]


def test_the_index_is_no_part_of_git(root: Path) -> None:
    with at(root) as desk:
        desk.search("生鏽")
    assert (root / "index").exists()
    assert clean(root)


def test_suggesting_leaves_the_ticket_itself_out(root: Path) -> None:
    with at(root) as desk:
        row = desk.new({**RUST, "title": f"{ODD}起霧看不清"})
        assert row.path in [one.path for one in desk.suggest(f"{ODD}起霧").likes]
        assert row.path not in [one.path for one in desk.suggest(f"{ODD}起霧", exclude=row.path).likes]


def test_who_left_and_what_was_renamed_is_not_suggested(root: Path) -> None:
    with at(root) as desk:
        guesses = desk.suggest("雷達天線轉台卡滯").guesses
        assert (guesses["owner"].value, guesses["impact"].value) == ("chen.jie", "major")
    policy = root / "policy.yaml"
    text = policy.read_text("utf-8").replace("  chen.jie:", "  chen.jin:").replace("major", "grave")
    policy.write_text(text, "utf-8")
    with at(root) as desk:
        assert not desk.policy_bad
        guesses = desk.suggest("雷達天線轉台卡滯").guesses
        assert guesses["kind"].value == "quality"
        assert "owner" not in guesses
        assert "impact" not in guesses


def test_following_reads_no_archived_file_that_did_not_change(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(root, clock=Clock()) as desk:
        found(desk, ODD)
        read: list[str] = []
        look = Store.look

        def noted(store: Store, path: str) -> Stored | Bad | None:
            read.append(path)
            return look(store, path)

        monkeypatch.setattr(Store, "look", noted)
        row = desk.act(desk.new(RUST).id, "respond")
        assert found(desk, "生鏽")
        assert read == []
        row = desk.act(row.id, "withdraw", reason="誤報")
        found(desk, "生鏽")
        assert set(read) == {row.path}
