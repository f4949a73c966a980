"""Commits of exactly the paths that were written, and reading what was committed, with real git."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from fenji import repo as repos
from fenji.errors import NotFound, Unavailable
from fenji.repo import Change, Repo, locks
from samples import START

ENVIRONMENT = {"PYTHONPATH": str(Path(repos.__file__).parents[2])}
LI = ("李偉", "li.wei@ksa.invalid")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def desk(tmp_path: Path) -> Repo:
    return prepared(tmp_path)


def prepared(tmp_path: Path) -> Repo:
    repo = repos.init(tmp_path / "desk")
    repo.set_setting("user.name", "Zhao Min")
    repo.set_setting("user.email", "zhao.min@example.com")
    return repo


def write(repo: Repo, **files: str) -> dict[str, bytes | None]:
    return put(repo, {name.replace("__", "/") + ".yaml": text for name, text in files.items()})


def put(repo: Repo, files: dict[str, str]) -> dict[str, bytes | None]:
    for path, text in files.items():
        (repo.root / path).parent.mkdir(parents=True, exist_ok=True)
        (repo.root / path).write_text(text)
    return {path: text.encode() for path, text in files.items()}


def commit(repo: Repo, changes: dict[str, bytes | None], message: str = "KSA-2026-0042: solve") -> str:
    made = repo.commit(changes, message=message, author=LI, at=START)
    assert made
    return made


def staged(repo: Repo) -> list[str]:
    return git(repo.top, "status", "--porcelain", "--untracked-files=no").splitlines()


# --- place and settings -------------------------------------------------------------------------------------------


def test_a_desk_is_found_at_the_top_below_it_and_in_a_linked_worktree(desk: Repo, tmp_path: Path) -> None:
    commit(desk, write(desk, policy="a"))
    assert repos.find(desk.root).root == desk.root.resolve()
    below = desk.root / "services/desk"
    below.mkdir(parents=True)
    assert (repos.find(below).root, repos.find(below).prefix) == (below.resolve(), "services/desk/")
    git(desk.root, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    other = repos.find(tmp_path / "other")
    assert other.root == (tmp_path / "other").resolve()
    assert other.git_dir != desk.git_dir


def test_no_repository_no_folder_and_no_git_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="no git working tree"):
        repos.find(tmp_path)
    with pytest.raises(NotFound, match="not a folder"):
        repos.find(tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="git is not installed"):
        repos.find(tmp_path)


def test_a_bare_repository_is_no_desk(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    with pytest.raises(NotFound):
        repos.find(tmp_path / "hub.git")


def test_init_leaves_an_old_repository_as_it_is(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / ".gitignore").write_text("*.o")
    repo = repos.init(tmp_path / "desk")
    assert (repo.top, repo.prefix) == (tmp_path.resolve(), "desk/")
    again = repos.init(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "*.o\n/index/\n.fenji-*\n"
    repos.init(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "*.o\n/index/\n.fenji-*\n"
    assert git(again.root, "symbolic-ref", "HEAD") == "refs/heads/trunk\n"
    assert git(again.root, "config", "--default", "unset", "pull.ff") == "unset\n"


def test_settings_are_read_without_gitpython(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.set_setting("fenji.site", "KSA")
    desk.set_setting("fenji.language", "zh-Hant")
    found = desk.settings()
    assert (found.site, found.language, found.name, found.person) == ("KSA", "zh-Hant", "Zhao Min", "zhao.min")
    desk.set_setting("fenji.user", "-li.wei")
    assert desk.settings().person == "-li.wei"
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "guest@example.com")
    assert desk.settings().email == "guest@example.com"
    with pytest.raises(ValueError, match="sshCommand"):
        desk.set_setting("core.sshCommand", "x")
    code = "import sys, pathlib, fenji.repo as r; r.find(pathlib.Path()).settings(); sys.exit('git.cmd' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT | os.environ, cwd=desk.root)


# --- commits ------------------------------------------------------------------------------------------------------


def test_the_first_commit_and_the_next(desk: Repo) -> None:
    assert desk.head() is None
    assert desk.read("policy.yaml") is None
    assert desk.history("policy.yaml") == []
    first = commit(desk, write(desk, policy="a: 1\n", tickets__open__X="x\n"), "begin")
    second = commit(desk, write(desk, tickets__open__X="y\n"))
    assert desk.head() == second
    assert git(desk.root, "log", "--format=%s|%an|%ae|%aI|%cn") == (
        "KSA-2026-0042: solve|李偉|li.wei@ksa.invalid|2026-03-01T08:00:00+03:00|Zhao Min\n"
        "begin|李偉|li.wei@ksa.invalid|2026-03-01T08:00:00+03:00|Zhao Min\n"
    )
    assert staged(desk) == []
    assert git(desk.root, "log", "-g", "-1", "--format=%gs") == "commit: KSA-2026-0042: solve\n"
    assert git(desk.root, "for-each-ref", "--format=%(refname)") == "refs/heads/main\n"
    assert desk.changed(first) == [Change("M", "tickets/open/X.yaml")]
    assert desk.read("tickets/open/X.yaml", first) == b"x\n"
    git(desk.root, "fsck", "--strict")


def test_a_repository_of_the_newer_kind_is_served_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "desk")
    desk = prepared(tmp_path)
    commit(desk, write(desk, tickets__open__X="x"))
    made = commit(desk, {"tickets/open/X.yaml": None, **write(desk, tickets__open__Y="y")})
    (desk.root / "tickets/open/X.yaml").unlink()
    assert len(made) == 64
    assert staged(desk) == []
    assert git(desk.root, "ls-tree", "-r", "--name-only", "HEAD") == "tickets/open/Y.yaml\n"
    git(desk.root, "fsck")


def test_a_commit_holds_several_paths_and_removes_others(desk: Repo) -> None:
    first = commit(desk, write(desk, tickets__open__X="x", tickets__open__Y="y", tickets__open__Z="z"))
    (desk.root / "tickets/open/X.yaml").unlink()
    changes = write(desk, tickets__archive__KSA__2026__X="x2", tickets__open__Y="y2")
    commit(desk, {**changes, "tickets/open/X.yaml": None})
    assert git(desk.root, "ls-files").split() == [
        "tickets/archive/KSA/2026/X.yaml",
        "tickets/open/Y.yaml",
        "tickets/open/Z.yaml",
    ]
    assert staged(desk) == []
    assert desk.changed(first) == [
        Change("A", "tickets/archive/KSA/2026/X.yaml"),
        Change("D", "tickets/open/X.yaml"),
        Change("M", "tickets/open/Y.yaml"),
    ]
    assert [one.subject for one in desk.history("tickets/open/X.yaml", "tickets/archive/KSA/2026/X.yaml")] == [
        "KSA-2026-0042: solve",
        "KSA-2026-0042: solve",
    ]


def test_what_the_user_staged_stays_staged_and_out_of_the_commit(desk: Repo) -> None:
    commit(desk, put(desk, {"notes.txt": "one", "gone.txt": "x", "tool.sh": "#!/bin/sh", "tickets/open/X.yaml": "x"}))
    (desk.root / "tool.sh").chmod(0o755)
    put(desk, {"notes.txt": "two", "new.txt": "new"})
    git(desk.root, "add", "tool.sh", "notes.txt", "new.txt")
    git(desk.root, "rm", "-q", "gone.txt")
    put(desk, {"notes.txt": "three"})
    commit(desk, put(desk, {"tickets/open/X.yaml": "x2"}))
    assert git(desk.root, "show", "--name-only", "--format=", "HEAD") == "tickets/open/X.yaml\n"
    assert staged(desk) == ["D  gone.txt", "A  new.txt", "MM notes.txt", "M  tool.sh"]
    assert git(desk.root, "show", ":notes.txt") == "two"


def test_executable_files_of_others_stay_executable(desk: Repo) -> None:
    put(desk, {"bin/tool.sh": "#!/bin/sh"})
    (desk.root / "bin/tool.sh").chmod(0o755)
    git(desk.root, "add", "bin")
    git(desk.root, "commit", "-q", "-m", "tool")
    commit(desk, put(desk, {"bin/notes.txt": "x"}))
    assert git(desk.root, "ls-tree", "HEAD", "bin/tool.sh").startswith("100755")


def test_a_desk_below_the_top_and_names_in_any_script(desk: Repo) -> None:
    below = repos.init(desk.root / "服務 desk")
    names = {"tickets/files/KSA-2026-0042/鏽 \"a\\b'.jpg": "x", "tickets/open/X.yaml": "y"}
    first = commit(below, put(below, {"policy.yaml": "a"}))
    commit(below, put(below, names))
    assert git(desk.root, "-c", "core.quotePath=false", "ls-files", "-z").split("\0")[:-1] == [
        "服務 desk/policy.yaml",
        *(f"服務 desk/{name}" for name in sorted(names)),
    ]
    assert below.read_many([*names, "absent"]) == {
        **{name: text.encode() for name, text in names.items()},
        "absent": None,
    }
    assert [one.path for one in below.changed(first) or []] == sorted(names)
    assert staged(desk) == []
    put(below, names | {"tickets/open/X.yaml": "z", "tickets/open/Ö.yaml": "new", "other.txt": "x"})
    assert below.dirty() == ["tickets/open/X.yaml", "tickets/open/Ö.yaml"]
    assert below.history("tickets/open/X.yaml")[0].author == "李偉"


def test_a_detached_head_and_a_linked_worktree_are_committed_to(desk: Repo, tmp_path: Path) -> None:
    first = commit(desk, write(desk, tickets__open__X="x"))
    git(desk.root, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    other = repos.find(tmp_path / "other")
    commit(other, write(other, tickets__open__X="x2"))
    assert desk.head() == first
    assert staged(other) == []
    git(desk.root, "checkout", "-q", "--detach")
    made = commit(desk, write(desk, tickets__open__X="x3"))
    assert desk.head() == made
    assert git(desk.root, "rev-parse", "main").strip() == first
    assert staged(desk) == []


def test_what_is_committed_already_makes_no_commit_but_mends_the_index(desk: Repo) -> None:
    changes = write(desk, tickets__open__X="x")
    made = commit(desk, changes)
    git(desk.root, "rm", "-q", "--cached", "tickets/open/X.yaml")
    assert desk.commit(changes, message="x", author=LI, at=START) is None
    assert staged(desk) == []
    assert desk.commit({"tickets/open/absent.yaml": None}, message="x", author=LI, at=START) is None
    assert desk.head() == made


def test_without_an_identity_the_author_commits_and_odd_names_do_no_harm(tmp_path: Path) -> None:
    repo = repos.init(tmp_path)
    changes = write(repo, tickets__open__X="x")
    repo.commit(changes, message="KSA-2026-0042: solve\n\nmore", author=("a<b>\nc", ""), at=START)
    assert git(tmp_path, "log", "--format=%an|%ae|%cn|%s|%b") == "a b c||a b c|KSA-2026-0042: solve|more\n\n"
    git(tmp_path, "fsck")


def test_a_branch_that_moves_meanwhile_is_followed(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(desk, write(desk, tickets__open__X="x"))
    moved: list[str] = []
    ask = desk.git.run

    def meanwhile(*arguments: str, data: bytes = b"") -> bytes:
        answer = ask(*arguments, data=data)
        if "fast-import" in arguments and not moved:
            moved.append("once")
            put(desk, {"other.txt": "x"})
            git(desk.root, "add", "other.txt")
            git(desk.root, "commit", "-q", "-m", "meanwhile")
        return answer

    monkeypatch.setattr(desk.git, "run", meanwhile)
    commit(desk, write(desk, tickets__open__X="y"))
    assert git(desk.root, "log", "--format=%s").split("\n")[:2] == ["KSA-2026-0042: solve", "meanwhile"]
    assert staged(desk) == []


def test_two_processes_committing_at_once_lose_nothing(desk: Repo) -> None:
    commit(desk, write(desk, policy="a"))
    code = """
import sys; from pathlib import Path; from datetime import datetime; from fenji import repo
desk = repo.find(Path(sys.argv[1]))
for number in range(6):
    path = f"tickets/open/{sys.argv[2]}{number}.yaml"
    desk.commit({path: b"x"}, message=path, author=("a", "b"), at=datetime.fromisoformat("2026-03-01T08:00:00+03:00"))
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(desk.root), name], env=ENVIRONMENT | os.environ)
        for name in "ABC"
    ]
    assert [one.wait() for one in writers] == [0, 0, 0]
    assert len(git(desk.root, "ls-tree", "-r", "--name-only", "HEAD", "tickets").split()) == 18
    assert git(desk.root, "rev-list", "--count", "HEAD").strip() == "19"
    assert len(git(desk.root, "ls-files", "tickets").split()) == 18


def test_commits_go_where_they_belong_inside_a_hook(
    desk: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "elsewhere")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere/.git/index"))
    found = repos.find(desk.root)
    commit(found, write(found, tickets__open__X="x"))
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert desk.read("tickets/open/X.yaml") == b"x"
    assert staged(desk) == []


# --- reading ------------------------------------------------------------------------------------------------------


def test_the_three_versions_of_a_conflict_can_be_read(desk: Repo) -> None:
    commit(desk, write(desk, tickets__open__X="base\n"))
    git(desk.root, "checkout", "-q", "-b", "theirs")
    commit(desk, write(desk, tickets__open__X="theirs\n"))
    git(desk.root, "checkout", "-q", "main")
    commit(desk, write(desk, tickets__open__X="ours\n"))
    assert subprocess.run(["git", "merge", "-q", "theirs"], cwd=desk.root, check=False, capture_output=True).returncode
    versions = [desk.read("tickets/open/X.yaml", f":{stage}") for stage in (1, 2, 3)]
    assert versions == [b"base\n", b"ours\n", b"theirs\n"]


def test_an_unknown_commit_tells_nothing_about_changes(desk: Repo) -> None:
    assert desk.changed("0" * 40) is None
    commit(desk, write(desk, tickets__open__X="x"))
    assert desk.changed("12ab" * 10) is None
    for hostile in ("--output=x", "HEAD..x", "a b", "@{u}", "HEAD;x"):
        with pytest.raises(ValueError, match=r".+"):
            desk.changed(hostile)
    for hostile in ("../x", "/etc/passwd", "a//b", "a\nb", "a/./b", ""):
        with pytest.raises(ValueError, match=r".*"):
            desk.read(hostile)


def test_the_history_of_a_path(desk: Repo) -> None:
    commit(desk, write(desk, tickets__open__X="x"), "first")
    commit(desk, write(desk, tickets__open__Y="x"), "other")
    commit(desk, write(desk, tickets__open__X="y"), "second")
    found = desk.history("tickets/open/X.yaml")
    assert [(one.subject, one.author, one.at) for one in found] == [("second", "李偉", START), ("first", "李偉", START)]
    assert isinstance(found[0].at, datetime)


def test_dirty_is_what_differs_from_the_last_commit_however_it_came_about(desk: Repo) -> None:
    commit(desk, write(desk, policy="a", tickets__open__X="x", tickets__open__Y="y", tickets__open__Z="z"))
    assert desk.dirty() == []
    write(desk, policy="b", tickets__open__N="n", tickets__open__X="x2")
    (desk.root / "tickets/open/Y.yaml").unlink()
    git(desk.root, "rm", "-q", "--cached", "tickets/open/Z.yaml")
    put(desk, {"notes.txt": "x", "index/live": "x", "tickets/open/.fenji-1.tmp": "x"})
    names = ["policy.yaml", *(f"tickets/open/{name}.yaml" for name in "NXYZ")]
    assert desk.dirty() == names


def test_a_failure_of_git_is_told_with_what_to_do(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(desk, write(desk, tickets__open__X="x"))
    monkeypatch.setattr("fenji.repo.command.TRIES", 1)
    (desk.git_dir / "index.lock").touch()
    with pytest.raises(Unavailable, match="Another git holds its lock") as caught:
        desk.commit(write(desk, tickets__open__X="y"), message="x", author=LI, at=START)
    assert "update-index failed" in str(caught.value)
    (desk.git_dir / "index.lock").unlink()
    assert desk.commit(write(desk, tickets__open__X="y"), message="x", author=LI, at=START) is None
    assert staged(desk) == []


def test_locks_that_a_power_cut_left_do_not_bar_the_way(desk: Repo) -> None:
    commit(desk, write(desk, tickets__open__X="x"))
    for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
        (desk.git_dir / name).touch()
        os.utime(desk.git_dir / name, (1, 1))
    commit(desk, write(desk, tickets__open__X="y"))
    assert staged(desk) == []


def test_a_lock_whose_git_was_killed_does_not_bar_the_way(desk: Repo) -> None:
    commit(desk, write(desk, tickets__open__X="x"))
    for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
        (desk.git_dir / name).touch()
    commit(desk, write(desk, tickets__open__X="y"))
    assert staged(desk) == []


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="processes cannot be seen here")
def test_a_lock_stands_while_any_git_is_at_work_in_the_repository(desk: Repo) -> None:
    lock = desk.git_dir / "HEAD.lock"
    lock.touch()
    os.utime(lock, (time.time() - 60, time.time() - 60))
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=desk.top, stdin=subprocess.PIPE) as other:
        assert not locks.freed(lock, desk.top)
        assert other.stdin
        other.stdin.close()
    assert lock.exists()
    assert locks.freed(lock, desk.top)
    assert not lock.exists()
