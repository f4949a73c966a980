"""The handbook follows the desk: whatever changed, by whomever, is found at once. Real index, real git."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desks import OTHER, RUST, TEXTS, Clock, git, is_clean, make_desk, open_desk, replace_in_file
from fenji.desk.amend import plan_amendment, write_amendment
from fenji.desk.check import check_desk
from fenji.storage import layout
from fenji.storage.reader import RACY_WINDOW_NS, TicketReader

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.storage import BadFile, StoredTicket


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_desk(tmp_path, "shipped")


def search_paths(desk: Desk, query: str) -> list[str]:
    return [hit.path for hit in desk.search(query).hits]


# Words that no shipped ticket has.
ODD = "棱鏡"


@pytest.mark.parametrize("later", [False, True])
def test_a_ticket_is_found_on_its_whole_way(root: Path, *, later: bool) -> None:
    with open_desk(root, later=later) as desk:
        assert search_paths(desk, ODD) == []
        row = desk.new({**RUST, "title": f"{ODD}起霧"})
        assert search_paths(desk, "棱镜") == [row.path]
        desk.act(row.id, "solve", fields={**TEXTS, "solution": "換乾燥劑並重新封裝"})
        assert search_paths(desk, "棱镜 干燥剂")[0] == row.path
        desk.act(row.id, "confirm", by="zhao.min")
        row = desk.act(row.id, "archive", by="zhao.min")
        assert search_paths(desk, ODD) == [row.path]
        desk.flush()
        assert search_paths(desk, ODD) == [row.path]
        desk.act(row.id, "edit", fields={"lessons": "入庫用 ZQX-9 乾燥罐"})
        assert search_paths(desk, "zqx9") == [row.path]
    with open_desk(root) as desk:
        assert search_paths(desk, "zqx9") == [row.path]
        assert desk.search("生锈").hits[0].path.endswith("KSA-2026-0042.yaml")


def test_what_is_archived_and_not_yet_committed_is_found(root: Path) -> None:
    with open_desk(root, later=True) as desk:
        search_paths(desk, ODD)
        desk._commit_queue._wake.clear()  # the commit trails longer than a search takes
        row = desk.act(desk.new({**RUST, "title": ODD}).id, "withdraw", reason="誤報")
        assert desk.pending_commits
        assert search_paths(desk, ODD) == [row.path]
    assert is_clean(root)


def test_what_another_process_wrote_is_found(root: Path) -> None:
    with open_desk(root) as desk, open_desk(root, OTHER) as other:
        search_paths(desk, ODD)
        row = other.new({**RUST, "title": ODD})
        assert search_paths(desk, ODD) == [row.path]
        row = other.act(row.id, "withdraw", reason="誤報")
        assert search_paths(desk, ODD) == [row.path]


def test_an_open_ticket_edited_by_hand_is_found_and_a_removed_one_is_not(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        assert search_paths(desk, ODD) == []
        replace_in_file(root / row.path, "title: 備件生鏽", f"title: {ODD}")
        assert search_paths(desk, ODD) == [row.path]
        (root / row.path).write_text("id: [", "utf-8")
        assert search_paths(desk, ODD) == []
        git(root, "checkout", "-q", "--", row.path)
        (root / row.path).unlink()
        assert search_paths(desk, ODD) == []


def test_an_archived_ticket_edited_by_hand_is_found_once_told_or_committed(root: Path) -> None:
    path = "tickets/archive/KSA/2026/KSA-2026-0042.yaml"
    with open_desk(root) as desk:
        search_paths(desk, ODD)
        replace_in_file(root / path, "title: 備件生鏽", f"title: {ODD}")
        desk.update_index()
        assert search_paths(desk, ODD) == [path]
        git(root, "checkout", "-q", "--", path)
        replace_in_file(root / path, "title: 備件生鏽", "title: 稜柱鬆脫")
        git(root, "commit", "-q", "-am", "by hand")
        assert search_paths(desk, "稜柱") == [path]


def test_what_a_checkout_brings_and_takes_is_followed(root: Path) -> None:
    with open_desk(root) as desk:
        git(root, "checkout", "-q", "-b", "side")
        opened, closed = desk.new({**RUST, "title": ODD}), desk.new({**RUST, "title": "稜柱鬆脫"})
        closed = desk.act(closed.id, "withdraw", reason="誤報")
        git(root, "checkout", "-q", "main")
        assert search_paths(desk, ODD) == search_paths(desk, "稜柱") == []
        git(root, "merge", "-q", "side")
        assert search_paths(desk, ODD) == [opened.path]
        assert search_paths(desk, "稜柱") == [closed.path]
        git(root, "reset", "-q", "--hard", "HEAD~3")
        assert search_paths(desk, ODD) == search_paths(desk, "稜柱") == []


def test_a_rewritten_history_is_read_anew(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.act(desk.new({**RUST, "title": ODD}).id, "withdraw", reason="誤報")
        assert search_paths(desk, ODD) == [row.path]
        git(root, "checkout", "-q", "--orphan", "fresh")
        git(root, "rm", "-q", "--cached", row.path)
        (root / row.path).unlink()
        git(root, "-c", "user.name=x", "commit", "-q", "-m", "all anew")
        git(root, "branch", "-q", "-D", "main")
        git(root, "reflog", "expire", "--expire=now", "--all")
        git(root, "gc", "-q", "--prune=now")
        assert search_paths(desk, ODD) == []
        assert search_paths(desk, "生鏽")


@pytest.mark.parametrize("how", ["deleted", "emptied", "cut", "overwritten", "ledger", "a file"])
def test_an_index_that_is_gone_or_damaged_is_built_anew(root: Path, how: str) -> None:
    index = root / "index"
    with open_desk(root) as desk:
        wanted = search_paths(desk, "生鏽")
        assert wanted
        damage_index(index, root / ".git/fenji-index.json", how)
        assert search_paths(desk, "生鏽") == wanted
    damage_index(index, root / ".git/fenji-index.json", how)
    with open_desk(root) as desk:
        assert search_paths(desk, "生鏽") == wanted
        assert desk.suggest("備件生鏽").likes
    assert is_clean(root)


def damage_index(index: Path, ledger: Path, how: str) -> None:
    files = [path for path in index.rglob("*") if path.is_file() and path.name != "lock"]
    if how == "deleted":
        shutil.rmtree(index)
    elif how == "ledger":
        ledger.write_text("{", "utf-8")
    elif how == "a file":
        shutil.rmtree(index)
        ledger.unlink()
    else:
        for path in files:
            data = path.read_bytes()
            path.write_bytes({"emptied": b"", "cut": data[: len(data) // 2], "overwritten": b"\xff" * len(data)}[how])


def test_a_bad_file_in_the_archive_stops_no_building(root: Path) -> None:
    (root / "tickets/archive/KSA/2025/KSA-2025-0007.yaml").write_text("id: [", "utf-8")
    with open_desk(root) as desk:
        assert search_paths(desk, "生鏽")
        assert desk.update_index(rebuild=True) == check_desk(desk).tickets


def test_a_new_process_reads_no_open_ticket_that_did_not_change(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_desk(root) as desk:
        row = desk.new({**RUST, "title": ODD})
        assert search_paths(desk, ODD) == [row.path]
        time.sleep(2 * RACY_WINDOW_NS / 1e9)  # a file changed just now is read once more
    with open_desk(root) as desk:
        assert search_paths(desk, ODD) == [row.path]
    read: list[str] = []
    look = TicketReader.read_open

    def noted(reader: TicketReader, path: str) -> StoredTicket | BadFile | None:
        read.append(path)
        return look(reader, path)

    monkeypatch.setattr(TicketReader, "read_open", noted)
    with open_desk(root) as desk:
        assert search_paths(desk, ODD) == [row.path]
    assert read == []
    replace_in_file(root / row.path, f"title: {ODD}", "title: 稜柱鬆脫")
    with open_desk(root) as desk:
        assert search_paths(desk, ODD) == []
        assert search_paths(desk, "稜柱") == [row.path]
    assert set(read) == {row.path}
    (root / ".git/fenji-index-seen.json").write_text("[1]", "utf-8")
    with open_desk(root) as desk:
        assert search_paths(desk, "稜柱") == [row.path]


def test_the_index_is_no_part_of_git(root: Path) -> None:
    with open_desk(root) as desk:
        desk.search("生鏽")
    assert (root / "index").exists()
    assert is_clean(root)


def test_suggesting_leaves_the_ticket_itself_out(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new({**RUST, "title": f"{ODD}起霧看不清"})
        assert row.path in [hit.path for hit in desk.suggest(f"{ODD}起霧").likes]
        assert row.path not in [hit.path for hit in desk.suggest(f"{ODD}起霧", exclude=row.path).likes]


STUCK_TURNTABLE = "雷達天線轉台卡滯\n凌晨低溫起動時方位轉台卡滯，方位電流升高，方位驅動過流保護動作。轉台齒輪箱有異響。"


def test_who_left_and_what_was_renamed_is_not_suggested(root: Path) -> None:
    with open_desk(root) as desk:
        guesses = desk.suggest(STUCK_TURNTABLE).guesses
        assert (guesses["owner"].value, guesses["impact"].value) == ("chen.jie", "major")
        assert "FACTORY-7" in guesses["units"].values
    replace_in_file(root / "policy.yaml", "FACTORY-7, email: chen.jie@fenji.example, roles: [engineer]}",
                    "FACTORY-7, email: chen.jie@fenji.example, roles: [engineer], until: 2026-11-01}")  # fmt: skip
    replace_in_file(root / "policy.yaml", "（天線、伺服、饋線）}", "（天線、伺服、饋線）, until: 2026-11-01}")
    replace_in_file(root / "policy.yaml", "impact: [major, minor]", "impact: [grave, minor]")
    replace_in_file(root / "policy.yaml", "  major: {rare", "  grave: {rare")
    with open_desk(root, "sun.yu") as desk:
        write_amendment(desk, plan_amendment(desk, None))
        desk.act(desk.new(RUST).id, "respond")
        assert (desk.policy_problems, desk.policy_notice) == ((), None)
        guesses = desk.suggest(STUCK_TURNTABLE).guesses
        assert guesses["kind"].value == "quality"
        assert "owner" not in guesses
        assert "impact" not in guesses
        assert "FACTORY-7" not in guesses["units"].values


def test_following_reads_no_archived_file_that_did_not_change(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_desk(root, clock=Clock()) as desk:
        search_paths(desk, ODD)
        read: list[str] = []
        look = TicketReader.read_path

        def noted(reader: TicketReader, path: str) -> StoredTicket | BadFile | None:
            read.extend([path] if path.startswith(layout.ARCHIVE_FOLDER) else [])
            return look(reader, path)

        monkeypatch.setattr(TicketReader, "read_path", noted)
        row = desk.act(desk.new(RUST).id, "respond")
        assert search_paths(desk, "生鏽")
        assert [path for path in read if row.id not in path] == []
        row = desk.act(row.id, "withdraw", reason="誤報")
        search_paths(desk, "生鏽")
        assert {Path(path).stem for path in read} == {row.id}
