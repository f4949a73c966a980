"""Finding a desk, whose it is, which rules are in force, and beginning one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from commandline import fenji
from desks import ENGINEER, LEAD, RUST, TEXTS, Clock, git, is_clean, make_desk, open_desk, replace_in_file, subjects
from fenji.desk import Desk, DeskSetup, create
from fenji.desk.check import check_desk
from fenji.desk.people import insist
from fenji.errors import Damaged, InvalidUsage, NotFound, Refused, Unavailable
from fenji.model.ticket import sanitize


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_desk(tmp_path)


def damage_policy(root: Path) -> None:
    replace_in_file(root / "policy.yaml", "response: 24h", "response: 24x")


# --- where ------------------------------------------------------------------------------------------------------


def test_a_desk_is_found_upward(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for start in (root, root / "tickets", root / "tickets" / "open"):
        assert Desk.open(start).root == root
    monkeypatch.chdir(root / "tickets")
    assert Desk.open().root == root


def test_the_environment_names_a_desk_from_anywhere(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="no desk at"):
        Desk.open()
    monkeypatch.setenv("FENJI_DESK", str(root / "tickets"))
    assert Desk.open().root == root
    other = make_desk(tmp_path / "other")
    assert Desk.open(other).root == other


def test_a_folder_that_is_named_and_is_not_there_is_no_desk_above_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound, match="not a folder"):
        Desk.open(root / "typo")
    monkeypatch.setenv("FENJI_DESK", str(root / "policy.yaml"))
    with pytest.raises(NotFound, match="not a folder"):
        Desk.open()


def test_a_folder_called_tickets_makes_no_desk(tmp_path: Path) -> None:
    (tmp_path / "tickets").mkdir()
    with pytest.raises(NotFound, match="no desk at"):
        Desk.open(tmp_path)


def test_a_desk_may_be_a_part_of_a_larger_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "big")
    big = tmp_path / "big"
    git(big, "config", "user.email", "li.wei@fenji.example")
    (big / "code.txt").write_text("x")
    git(big, "add", "code.txt")
    git(big, "-c", "user.name=x", "commit", "-q", "-m", "code")
    (big / "code.txt").write_text("y")
    root = create(big / "service" / "desk", "KSA", DeskSetup(zone="Asia/Riyadh"))
    with open_desk(root) as desk:
        desk.act(desk.new(RUST).id, "edit", fields=TEXTS)
        row = desk.act("1", "solve")
        assert [hit.id for hit in desk.search("生锈").hits] == [row.id]
        desk.act("1", "confirm")
        desk.act("1", "archive")
        assert desk.search("生锈").hits[0].path == "tickets/archive/KSA/2026/KSA-2026-0001.yaml"
    assert git(big, "status", "--porcelain").splitlines() == [" M code.txt"]
    assert "service/desk/tickets/archive/KSA/2026/KSA-2026-0001.yaml" in git(big, "ls-files")


def test_a_linked_worktree_is_a_desk_of_its_own(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    with open_desk(root) as desk, open_desk(tmp_path / "second", LEAD) as other:
        first, second = desk.new({**RUST, "title": "甲"}), other.new({**RUST, "title": "乙"})
        assert [row.ticket.title for row in desk.board().rows] == ["甲"]
        assert [row.ticket.title for row in other.board().rows] == ["乙"]
        assert [hit.title for hit in other.search("乙").hits] == ["乙"]
        assert (first.id, second.id) == ("KSA-2026-0001", "KSA-2026-0002")  # numbers are those of the whole repository
    assert is_clean(root)
    assert is_clean(tmp_path / "second")
    assert subjects(root)[0] == "李偉: KSA-2026-0001: report"
    assert subjects(tmp_path / "second")[0] == "趙敏: KSA-2026-0002: report"


def test_a_desk_without_git_is_refused_and_init_makes_it_one(root: Path, tmp_path: Path) -> None:
    copied = tmp_path / "unpacked"
    with open_desk(root) as desk:
        desk.new(RUST)
    subprocess.run(["git", "-C", root, "checkout-index", "-a", f"--prefix={copied}/"], check=True)
    with pytest.raises(NotFound, match="not in a git working tree"):
        Desk.open(copied)
    policy = (copied / "policy.yaml").read_bytes()
    create(copied, "KSA", DeskSetup(person=ENGINEER))
    assert (copied / "policy.yaml").read_bytes() == policy
    with open_desk(copied) as desk:
        assert [row.ticket.title for row in desk.board().rows] == ["備件生鏽"]
        assert desk.new(RUST).id == "KSA-2026-0002"
    assert is_clean(copied)
    with pytest.raises(Refused, match="is already a desk"):
        create(copied, "KSA", DeskSetup())


# --- who --------------------------------------------------------------------------------------------------------


def test_the_person_is_named_by_the_clone_or_by_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Desk.open(root).person == ENGINEER
    git(root, "config", "--unset", "fenji.user")
    git(root, "config", "user.email", "chen.jie@fenji.example")
    assert Desk.open(root).person == "chen.jie"
    assert Desk.open(root, person="wu.xia").person == "wu.xia"
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "zhou.qiang@fenji.example")
    assert Desk.open(root).person == "zhou.qiang"


def test_without_a_person_everything_can_be_read_and_nothing_written(root: Path) -> None:
    with open_desk(root) as desk:
        desk.new(RUST)
    for key in ("fenji.user", "user.email"):
        git(root, "config", "--unset", key)
    with Desk.open(root, now=Clock()) as desk:
        assert desk.person == ""
        assert [row.id for row in desk.board().rows] == ["KSA-2026-0001"]
        assert desk.preview(RUST).priority == "P4"
        assert "No user is set" in str(desk.find_obstacle("1", "note"))
        with pytest.raises(Refused, match="git config fenji"):
            desk.new(RUST)
        with pytest.raises(Refused, match="No user is set"):
            desk.act("1", "respond")
        assert desk.act("1", "respond", by=ENGINEER).ticket.log[-1].by == ENGINEER


def test_somebody_whom_the_policy_does_not_know_works_without_a_role(root: Path) -> None:
    with insist(), open_desk(root, "new.hand") as desk:
        row = desk.act(desk.new(RUST).id, "solve", fields=TEXTS)
        with pytest.raises(Refused, match=r"new\.hand may not do this: confirm") as refused:
            desk.act(row.id, "confirm")
        assert "趙敏" in str(refused.value.hint)
    assert git(root, "log", "-1", "--format=%an <%ae>").strip() == "new.hand <new.hand@ksa.invalid>"


def test_a_name_of_several_lines_is_one_word_of_the_log(root: Path) -> None:
    with insist(), open_desk(root) as desk:
        row = desk.new(RUST, by=" li\nwei <x> ")
        assert desk.row(row.id).ticket.log[0].by == "li wei <x>"
        with pytest.raises(Refused, match="No user is set"):
            desk.act(row.id, "note", note="x", by=" \n")
    assert is_clean(root)


# --- site and zone ----------------------------------------------------------------------------------------------


def test_without_a_site_nothing_is_reported(root: Path) -> None:
    git(root, "config", "--unset", "fenji.site")
    with open_desk(root) as desk:
        assert desk.site == ""
        with pytest.raises(Refused, match="has no site") as refused:
            desk.new(RUST)
        assert "git config fenji.site" in str(refused.value.hint)
        assert desk.board().rows == ()


@pytest.mark.parametrize("site", ["XYZ", "ksa", "../KSA", "K S A"])
def test_a_site_that_the_policy_does_not_know_numbers_nothing(root: Path, site: str) -> None:
    git(root, "config", "fenji.site", site)
    with open_desk(root) as desk:
        with pytest.raises(Refused, match="has no site") as refused:
            desk.new(RUST)
        assert "KSA, HQ, DZA" in str(refused.value.hint)


def test_the_only_site_needs_no_setting(root: Path) -> None:
    git(root, "config", "--unset", "fenji.site")
    lines = (root / "policy.yaml").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("  HQ: {name", "  DZA: {name")) and "site: DZA" not in line]
    (root / "policy.yaml").write_text("".join(kept), "utf-8")
    git(root, "commit", "-qam", "one site")
    with open_desk(root) as desk:
        assert desk.policy_problems == ()
        assert desk.new(RUST).id == "KSA-2026-0001"


def test_times_are_those_of_the_site(root: Path) -> None:
    for site, offset in (("KSA", "+03:00"), ("HQ", "+08:00"), ("DZA", "+01:00")):
        git(root, "config", "fenji.site", site)
        with open_desk(root) as desk:
            assert desk.now().isoformat().endswith(offset)
            assert desk.new(RUST).ticket.log[0].at.isoformat().endswith(offset)


# --- language ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "clone", "spoken"),
    [
        ("", "", "zh-Hant"),
        ("", "en", "en"),
        ("zh_CN.UTF-8", "en", "zh-Hans"),
        ("zh-TW", "", "zh-Hant"),
        ("zh-Hans-SG", "", "zh-Hans"),
        ("ZH_hant_MO", "en", "zh-Hant"),
        ("en_GB.UTF-8", "", "en"),
        ("fr", "", "zh-Hant"),
        ("C", "en", "en"),
    ],
)
def test_the_language_is_one_s_own_then_the_clone_s_then_the_policy_s(
    root: Path, monkeypatch: pytest.MonkeyPatch, own: str, clone: str, spoken: str
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", own)
    if clone:
        git(root, "config", "fenji.language", clone)
    assert Desk.open(root).language == spoken


# --- the policy in force ----------------------------------------------------------------------------------------


BYTES = {"empty": b"", "garbage": b"\x00\xff[", "huge": b"format: 1\n#" + b"x" * (2 << 20)}
LINKS = {"link": "nowhere", "endless": "/dev/zero"}


@pytest.mark.parametrize("how", ["spoiled", "empty", "garbage", "missing", "folder", "link", "endless", "huge"])
def test_a_bad_policy_leaves_the_last_good_one_in_force(root: Path, how: str) -> None:
    path = root / "policy.yaml"
    if how == "spoiled":
        damage_policy(root)
    else:
        path.unlink()
        if how in BYTES:
            path.write_bytes(BYTES[how])
        elif how in LINKS:
            path.symlink_to(LINKS[how])
        elif how == "folder":
            path.mkdir()
    with open_desk(root) as desk:
        assert desk.policy_problems
        assert desk.policy.levels == ("P1", "P2", "P3", "P4")
        row = desk.new(RUST)
        assert row.reading.response.target_s == 24 * 3600
        assert all(problem in check_desk(desk).damaged for problem in desk.policy_problems)
        assert sanitize(str(desk.policy_problems[0]))
    assert subjects(root)[0] == "李偉: KSA-2026-0001: report"


def test_the_problem_has_its_line(root: Path) -> None:
    damage_policy(root)
    with open_desk(root) as desk:
        problem = desk.policy_problems[0]
        assert "24x" in (root / "policy.yaml").read_text("utf-8").splitlines()[problem.line - 1]


def test_a_bad_policy_that_was_committed_falls_back_further(root: Path) -> None:
    for n in range(3):
        replace_in_file(root / "policy.yaml", f"response: 24{'hxyz'[n]}", f"response: 24{'xyzw'[n]}")
        git(root, "commit", "-q", "-am", "bad")
    with open_desk(root) as desk:
        assert desk.policy_problems
        assert desk.new(RUST).reading.response.target_s == 24 * 3600


def test_without_any_good_policy_the_desk_says_what_is_wrong(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "desk")
    (tmp_path / "desk/policy.yaml").write_text("format: 1\nsince: never\n")
    with pytest.raises(Damaged, match="no readable policy") as damaged:
        Desk.open(tmp_path / "desk")
    assert len(damaged.value.problems) > 1
    (tmp_path / "desk/tickets/open").mkdir(parents=True)
    (tmp_path / "desk/policy.yaml").unlink()
    with pytest.raises(Damaged, match="missing"):
        Desk.open(tmp_path / "desk")


def test_a_policy_that_changes_on_disk_is_looked_at_again(root: Path) -> None:
    with open_desk(root) as desk:
        row = desk.new(RUST)
        stamp = desk.stamp()
        assert desk.policy_notice is None
        replace_in_file(root / "policy.yaml", "P4: {response: 24h", "P4: {response: 12h")
        assert desk.stamp() != stamp
        assert desk.board().rows[0].reading.response.target_s == 24 * 3600
        assert "a draft" in str(desk.policy_notice)
        spoil_again = (root / "policy.yaml").read_text("utf-8").replace("response: 12h", "response: 12x")
        (root / "policy.yaml").write_text(spoil_again, "utf-8")
        assert desk.board().rows[0].reading.response.target_s == 24 * 3600
        assert desk.policy_problems
        git(root, "checkout", "-q", "--", "policy.yaml")
        assert desk.act(row.id, "respond").reading.response.target_s == 24 * 3600
        assert desk.policy_problems == ()


def test_a_policy_that_goes_bad_where_git_has_none_leaves_the_one_in_force(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    git(root, "checkout", "-q", "--orphan", "fresh")
    git(root, "rm", "-q", "--cached", "policy.yaml")
    with open_desk(root) as desk:
        damage_policy(root)
        assert desk.board().rows == ()
        assert desk.policy_problems
        assert desk.policy.levels[0] == "P1"


# --- a desk of somebody else ------------------------------------------------------------------------------------


CHILD = """
import os, sys
from pathlib import Path
from fenji.desk import Desk
from fenji.errors import FenjiError
import fenji.desk.check
from other_account import become_somebody_else
root = Path(sys.argv[1])
with Desk.open(root) as desk:
    print(len(desk.search("生鏽").hits))
become_somebody_else()
with Desk.open(root, later=len(sys.argv) > 2) as desk:
    print(len(desk.board().rows), len(desk.board(archived=True).rows), desk.row("1").id)
    damaged = fenji.desk.check.check_desk(desk).damaged
    print(desk.find_obstacle("1", "respond"), len(damaged), desk.preview({"title": "x"}).priority)
    print(len(desk.search("生鏽").hits))
    for call in (lambda: desk.new({"title": "x"}), lambda: desk.act("1", "respond"), lambda: desk.write_edit_copy("1")):
        try:
            call()
        except FenjiError as error:
            print(type(error).__name__)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("later", [[], ["later"]])
def test_a_desk_that_can_only_be_read_is_read(later: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        root = make_desk(folder)
        with open_desk(root) as desk:
            desk.new(RUST)
            assert desk.search("生鏽").hits
        tests = Path(__file__).parent
        ours = {"PYTHONPATH": f"{tests.parent / 'src'}:{tests}", "HOME": "/", "GIT_CONFIG_GLOBAL": os.devnull}
        trust = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        command = [sys.executable, "-c", CHILD, str(root), *later]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **ours, **trust})
    expected = ["1", "1 1 KSA-2026-0001", "None 0 P4", "1", "Unavailable", "Unavailable", "Unavailable"]
    assert done.stdout.splitlines() == expected, done.stderr


# --- beginning --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_a_new_desk_works_at_once(tmp_path: Path, language: str) -> None:
    founder = DeskSetup(person="o'neil", name="Ó 'Neil: #1", language=language, zone="Asia/Riyadh")
    root = create(tmp_path / "a" / "b", "KSA", founder)
    with Desk.open(root, now=Clock()) as desk:
        assert (desk.person, desk.site, desk.language) == ("o'neil", "KSA", language)
        assert desk.policy_problems == ()
        row = desk.act(desk.new(RUST).id, "solve", fields=TEXTS)
        desk.act(row.id, "confirm")
        assert desk.act(row.id, "archive").ticket.state == "archived"
        assert desk.policy.roles("o'neil", desk.now()) == {"engineer", "lead", "manager", "admin"}
    assert is_clean(root)


def test_what_cannot_be_begun_leaves_nothing_half_done(tmp_path: Path) -> None:
    with pytest.raises(InvalidUsage, match="cannot be a site code"):
        create(tmp_path / "x", "ksa", DeskSetup())
    assert not (tmp_path / "x").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be created"):
        create(tmp_path / "file" / "desk", "KSA", DeskSetup())
    with pytest.raises(InvalidUsage):
        create(tmp_path / "y", "KSA", DeskSetup(language="fr"))
    assert not (tmp_path / "y" / "policy.yaml").exists()
    create(tmp_path / "y", "KSA", DeskSetup(person="me"))
    with pytest.raises(Refused, match="is already a desk"):
        create(tmp_path / "y", "HQ", DeskSetup())


def test_a_desk_that_becomes_a_part_of_another_repository_is_told_of(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "home")
    done = fenji("init", tmp_path / "home/desk", "--site", "KSA")
    assert done.code == 0
    assert f"part of the repository {tmp_path / 'home'}" in done.err
    assert "git init DIR" in done.err


def test_no_desk_is_made_where_another_repository_ignores_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "home")
    (tmp_path / "home/.gitignore").write_text("*\n")
    done = fenji("init", tmp_path / "home/desk", "--site", "KSA")
    assert done.code == 1
    assert f"in the repository {tmp_path / 'home'}, which ignores" in done.err
    assert not (tmp_path / "home/desk").exists()
    git(tmp_path, "init", "-q", "home/desk")
    done = fenji("init", tmp_path / "home/desk", "--site", "KSA")
    assert (done.code, done.err) == (0, "")
