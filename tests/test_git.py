"""Commits of exactly the paths that were written, and reading what was committed, with real git."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from fenji import git as repos
from fenji.errors import NotFound, Unavailable
from fenji.git import PathChange, Repo, bundle, locks, process, refs, tree
from fenji.git.history import History
from fenji.git.run import GitError
from fenji.git.transfer import TransferResult
from samples import START

ENVIRONMENT = {"PYTHONPATH": str(Path(repos.__file__).parents[2])}
LI = ("李偉", "li.wei@ksa.invalid")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def desk(tmp_path: Path) -> Repo:
    return make_repo(tmp_path)


def make_repo(tmp_path: Path) -> Repo:
    repo = repos.init_repo(tmp_path / "desk")
    repo.set_setting("user.name", "Zhao Min")
    repo.set_setting("user.email", "zhao.min@example.com")
    return repo


def write_named(repo: Repo, **files: str) -> dict[str, bytes | None]:
    return write_files(repo, {name.replace("__", "/") + ".yaml": text for name, text in files.items()})


def write_files(repo: Repo, files: dict[str, str]) -> dict[str, bytes | None]:
    for path, text in files.items():
        (repo.root / path).parent.mkdir(parents=True, exist_ok=True)
        (repo.root / path).write_text(text)
    return {path: text.encode() for path, text in files.items()}


def commit_changes(repo: Repo, changes: dict[str, bytes | None], message: str = "KSA-2026-0042: solve") -> str:
    new_commit = repo.commit(changes, message=message, author=LI, at=START)
    assert new_commit
    return new_commit


def list_staged(repo: Repo) -> list[str]:
    return git(repo.top, "status", "--porcelain", "--untracked-files=no").splitlines()


# --- place and settings -------------------------------------------------------------------------------------------


def test_a_desk_is_found_at_the_top_below_it_and_in_a_linked_worktree(desk: Repo, tmp_path: Path) -> None:
    commit_changes(desk, write_named(desk, policy="a"))
    assert repos.find_repo(desk.root).root == desk.root.resolve()
    below = desk.root / "services/desk"
    below.mkdir(parents=True)
    assert (repos.find_repo(below).root, repos.find_repo(below).prefix) == (below.resolve(), "services/desk/")
    git(desk.root, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    other = repos.find_repo(tmp_path / "other")
    assert other.root == (tmp_path / "other").resolve()
    assert other.git_dir != desk.git_dir


def test_no_repository_no_folder_and_no_git_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="not in a git working tree"):
        repos.find_repo(tmp_path)
    with pytest.raises(NotFound, match="not a folder"):
        repos.find_repo(tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="git is not installed"):
        repos.find_repo(tmp_path)


def test_a_bare_repository_is_no_desk(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    with pytest.raises(NotFound):
        repos.find_repo(tmp_path / "hub.git")


def test_init_leaves_an_old_repository_as_it_is(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / ".gitignore").write_text("*.o")
    repo = repos.init_repo(tmp_path / "desk")
    assert (repo.top, repo.prefix) == (tmp_path.resolve(), "desk/")
    again = repos.init_repo(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "/index/\n.fenji-*\n*.o"
    repos.init_repo(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "/index/\n.fenji-*\n*.o"
    assert git(again.root, "symbolic-ref", "HEAD") == "refs/heads/trunk\n"
    assert git(again.root, "config", "--default", "unset", "pull.ff") == "unset\n"


def test_settings_are_read_without_gitpython(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.set_setting("fenji.site", "KSA")
    desk.set_setting("fenji.language", "zh-Hant")
    settings = desk.read_settings()
    assert (settings.site, settings.language, settings.name, settings.person) == (
        "KSA",
        "zh-Hant",
        "Zhao Min",
        "zhao.min",
    )
    desk.set_setting("fenji.user", "-li.wei")
    assert desk.read_settings().person == "-li.wei"
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "guest@example.com")
    assert desk.read_settings().email == "guest@example.com"
    with pytest.raises(ValueError, match="sshCommand"):
        desk.set_setting("core.sshCommand", "x")
    code = (
        "import sys, pathlib, fenji.git as r; r.find_repo(pathlib.Path()).read_settings(); "
        "sys.exit('git.cmd' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT | os.environ, cwd=desk.root)


# --- commits ------------------------------------------------------------------------------------------------------


def test_the_first_commit_and_the_next(desk: Repo) -> None:
    assert desk.head() is None
    assert desk.read("policy.yaml") is None
    assert desk.history("policy.yaml") == []
    first = commit_changes(desk, write_named(desk, policy="a: 1\n", tickets__open__X="x\n"), "begin")
    second = commit_changes(desk, write_named(desk, tickets__open__X="y\n"))
    assert desk.head() == second
    assert git(desk.root, "log", "--format=%s|%an|%ae|%aI|%cn") == (
        "KSA-2026-0042: solve|李偉|li.wei@ksa.invalid|2026-03-01T08:00:00+03:00|Zhao Min\n"
        "begin|李偉|li.wei@ksa.invalid|2026-03-01T08:00:00+03:00|Zhao Min\n"
    )
    assert list_staged(desk) == []
    assert git(desk.root, "log", "-g", "-1", "--format=%gs") == "commit: KSA-2026-0042: solve\n"
    assert git(desk.root, "for-each-ref", "--format=%(refname)") == "refs/heads/main\n"
    assert desk.changed_since(first) == [PathChange("M", "tickets/open/X.yaml")]
    assert desk.read("tickets/open/X.yaml", first) == b"x\n"
    git(desk.root, "fsck", "--strict")


def test_a_repository_of_the_newer_kind_is_served_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "desk")
    desk = make_repo(tmp_path)
    commit_changes(desk, write_named(desk, tickets__open__X="x"))
    new_commit = commit_changes(desk, {"tickets/open/X.yaml": None, **write_named(desk, tickets__open__Y="y")})
    (desk.root / "tickets/open/X.yaml").unlink()
    assert len(new_commit) == 64
    assert list_staged(desk) == []
    assert git(desk.root, "ls-tree", "-r", "--name-only", "HEAD") == "tickets/open/Y.yaml\n"
    git(desk.root, "fsck")


def test_a_commit_holds_several_paths_and_removes_others(desk: Repo) -> None:
    first = commit_changes(desk, write_named(desk, tickets__open__X="x", tickets__open__Y="y", tickets__open__Z="z"))
    (desk.root / "tickets/open/X.yaml").unlink()
    changes = write_named(desk, tickets__archive__KSA__2026__X="x2", tickets__open__Y="y2")
    commit_changes(desk, {**changes, "tickets/open/X.yaml": None})
    assert git(desk.root, "ls-files").split() == [
        "tickets/archive/KSA/2026/X.yaml",
        "tickets/open/Y.yaml",
        "tickets/open/Z.yaml",
    ]
    assert list_staged(desk) == []
    assert desk.changed_since(first) == [
        PathChange("A", "tickets/archive/KSA/2026/X.yaml"),
        PathChange("D", "tickets/open/X.yaml"),
        PathChange("M", "tickets/open/Y.yaml"),
    ]
    assert [commit.subject for commit in desk.history("tickets/open/X.yaml", "tickets/archive/KSA/2026/X.yaml")] == [
        "KSA-2026-0042: solve",
        "KSA-2026-0042: solve",
    ]


def test_what_the_user_staged_stays_staged_and_out_of_the_commit(desk: Repo) -> None:
    commit_changes(
        desk,
        write_files(desk, {"notes.txt": "one", "gone.txt": "x", "tool.sh": "#!/bin/sh", "tickets/open/X.yaml": "x"}),
    )
    (desk.root / "tool.sh").chmod(0o755)
    write_files(desk, {"notes.txt": "two", "new.txt": "new"})
    git(desk.root, "add", "tool.sh", "notes.txt", "new.txt")
    git(desk.root, "rm", "-q", "gone.txt")
    write_files(desk, {"notes.txt": "three"})
    commit_changes(desk, write_files(desk, {"tickets/open/X.yaml": "x2"}))
    assert git(desk.root, "show", "--name-only", "--format=", "HEAD") == "tickets/open/X.yaml\n"
    assert list_staged(desk) == ["D  gone.txt", "A  new.txt", "MM notes.txt", "M  tool.sh"]
    assert git(desk.root, "show", ":notes.txt") == "two"


def test_executable_files_of_others_stay_executable(desk: Repo) -> None:
    write_files(desk, {"bin/tool.sh": "#!/bin/sh"})
    (desk.root / "bin/tool.sh").chmod(0o755)
    git(desk.root, "add", "bin")
    git(desk.root, "commit", "-q", "-m", "tool")
    commit_changes(desk, write_files(desk, {"bin/notes.txt": "x"}))
    assert git(desk.root, "ls-tree", "HEAD", "bin/tool.sh").startswith("100755")


def test_a_desk_below_the_top_and_names_in_any_script(desk: Repo) -> None:
    below = repos.init_repo(desk.root / "服務 desk")
    names = {"tickets/files/KSA-2026-0042/鏽 \"a\\b'.jpg": "x", "tickets/open/X.yaml": "y"}
    first = commit_changes(below, write_files(below, {"policy.yaml": "a"}))
    commit_changes(below, write_files(below, names))
    assert git(desk.root, "-c", "core.quotePath=false", "ls-files", "-z").split("\0")[:-1] == [
        "服務 desk/policy.yaml",
        *(f"服務 desk/{name}" for name in sorted(names)),
    ]
    assert below.read_many([*names, "absent"]) == {
        **{name: text.encode() for name, text in names.items()},
        "absent": None,
    }
    assert [change.path for change in below.changed_since(first) or []] == sorted(names)
    assert list_staged(desk) == []
    write_files(below, names | {"tickets/open/X.yaml": "z", "tickets/open/Ö.yaml": "new", "other.txt": "x"})
    assert below.dirty_paths() == ["tickets/open/X.yaml", "tickets/open/Ö.yaml"]
    assert below.history("tickets/open/X.yaml")[0].author == "李偉"


def test_a_detached_head_and_a_linked_worktree_are_committed_to(desk: Repo, tmp_path: Path) -> None:
    first = commit_changes(desk, write_named(desk, tickets__open__X="x"))
    git(desk.root, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    other = repos.find_repo(tmp_path / "other")
    commit_changes(other, write_named(other, tickets__open__X="x2"))
    assert desk.head() == first
    assert list_staged(other) == []
    git(desk.root, "checkout", "-q", "--detach")
    new_commit = commit_changes(desk, write_named(desk, tickets__open__X="x3"))
    assert desk.head() == new_commit
    assert git(desk.root, "rev-parse", "main").strip() == first
    assert list_staged(desk) == []


def test_what_is_committed_already_makes_no_commit_but_mends_the_index(desk: Repo) -> None:
    changes = write_named(desk, tickets__open__X="x")
    new_commit = commit_changes(desk, changes)
    git(desk.root, "rm", "-q", "--cached", "tickets/open/X.yaml")
    assert desk.commit(changes, message="x", author=LI, at=START) is None
    assert list_staged(desk) == []
    assert desk.commit({"tickets/open/absent.yaml": None}, message="x", author=LI, at=START) is None
    assert desk.head() == new_commit


def test_without_an_identity_the_author_commits_and_odd_names_do_no_harm(tmp_path: Path) -> None:
    repo = repos.init_repo(tmp_path)
    changes = write_named(repo, tickets__open__X="x")
    repo.commit(changes, message="KSA-2026-0042: solve\n\nmore", author=("a<b>\nc", ""), at=START)
    assert git(tmp_path, "log", "--format=%an|%ae|%cn|%s|%b") == "a b c||a b c|KSA-2026-0042: solve|more\n\n"
    git(tmp_path, "fsck")


def test_a_branch_that_moves_meanwhile_is_followed(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_changes(desk, write_named(desk, tickets__open__X="x"))
    moved: list[str] = []
    ask = desk.git.run

    def meanwhile(*arguments: str, data: bytes = b"") -> bytes:
        answer = ask(*arguments, data=data)
        if "fast-import" in arguments and not moved:
            moved.append("once")
            write_files(desk, {"other.txt": "x"})
            git(desk.root, "add", "other.txt")
            git(desk.root, "commit", "-q", "-m", "meanwhile")
        return answer

    monkeypatch.setattr(desk.git, "run", meanwhile)
    commit_changes(desk, write_named(desk, tickets__open__X="y"))
    assert git(desk.root, "log", "--format=%s").split("\n")[:2] == ["KSA-2026-0042: solve", "meanwhile"]
    assert list_staged(desk) == []


def test_two_processes_committing_at_once_lose_nothing(desk: Repo) -> None:
    commit_changes(desk, write_named(desk, policy="a"))
    code = """
import sys; from pathlib import Path; from datetime import datetime; from fenji.git import repo
desk = repo.find_repo(Path(sys.argv[1]))
for number in range(6):
    path = f"tickets/open/{sys.argv[2]}{number}.yaml"
    desk.commit({path: b"x"}, message=path, author=("a", "b"), at=datetime.fromisoformat("2026-03-01T08:00:00+03:00"))
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(desk.root), name], env=ENVIRONMENT | os.environ)
        for name in "ABC"
    ]
    assert [process.wait() for process in writers] == [0, 0, 0]
    assert len(git(desk.root, "ls-tree", "-r", "--name-only", "HEAD", "tickets").split()) == 18
    assert git(desk.root, "rev-list", "--count", "HEAD").strip() == "19"
    assert len(git(desk.root, "ls-files", "tickets").split()) == 18


def test_commits_go_where_they_belong_inside_a_hook(
    desk: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "elsewhere")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere/.git/index"))
    found_repo = repos.find_repo(desk.root)
    commit_changes(found_repo, write_named(found_repo, tickets__open__X="x"))
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert desk.read("tickets/open/X.yaml") == b"x"
    assert list_staged(desk) == []


# --- reading ------------------------------------------------------------------------------------------------------


def test_the_three_versions_of_a_conflict_can_be_read(desk: Repo) -> None:
    commit_changes(desk, write_named(desk, tickets__open__X="base\n"))
    git(desk.root, "checkout", "-q", "-b", "theirs")
    commit_changes(desk, write_named(desk, tickets__open__X="theirs\n"))
    git(desk.root, "checkout", "-q", "main")
    commit_changes(desk, write_named(desk, tickets__open__X="ours\n"))
    assert subprocess.run(["git", "merge", "-q", "theirs"], cwd=desk.root, check=False, capture_output=True).returncode
    versions = [desk.read("tickets/open/X.yaml", f":{stage}") for stage in (1, 2, 3)]
    assert versions == [b"base\n", b"ours\n", b"theirs\n"]


def test_an_unknown_commit_tells_nothing_about_changes(desk: Repo) -> None:
    assert desk.changed_since("0" * 40) is None
    commit_changes(desk, write_named(desk, tickets__open__X="x"))
    assert desk.changed_since("12ab" * 10) is None
    for hostile in ("--output=x", "HEAD..x", "a b", "@{u}", "HEAD;x"):
        with pytest.raises(ValueError, match=r".+"):
            desk.changed_since(hostile)
    for hostile in ("../x", "/etc/passwd", "a//b", "a\nb", "a/./b", ""):
        with pytest.raises(ValueError, match=r".*"):
            desk.read(hostile)


def test_the_history_of_a_path(desk: Repo) -> None:
    commit_changes(desk, write_named(desk, tickets__open__X="x"), "first")
    commit_changes(desk, write_named(desk, tickets__open__Y="x"), "other")
    commit_changes(desk, write_named(desk, tickets__open__X="y"), "second")
    commits = desk.history("tickets/open/X.yaml")
    assert [(commit.subject, commit.author, commit.at) for commit in commits] == [
        ("second", "李偉", START),
        ("first", "李偉", START),
    ]
    assert isinstance(commits[0].at, datetime)


def test_dirty_is_what_differs_from_the_last_commit_however_it_came_about(desk: Repo) -> None:
    commit_changes(
        desk, write_named(desk, policy="a", tickets__open__X="x", tickets__open__Y="y", tickets__open__Z="z")
    )
    assert desk.dirty_paths() == []
    write_named(desk, policy="b", tickets__open__N="n", tickets__open__X="x2")
    (desk.root / "tickets/open/Y.yaml").unlink()
    git(desk.root, "rm", "-q", "--cached", "tickets/open/Z.yaml")
    write_files(desk, {"notes.txt": "x", "index/live": "x", "tickets/open/.fenji-1.tmp": "x"})
    names = ["policy.yaml", *(f"tickets/open/{name}.yaml" for name in "NXYZ")]
    assert desk.dirty_paths() == names


def test_a_failure_of_git_is_told_with_what_to_do(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_changes(desk, write_named(desk, tickets__open__X="x"))
    monkeypatch.setattr("fenji.git.run.TRIES", 1)
    (desk.git_dir / "index.lock").touch()
    with pytest.raises(Unavailable, match="Another git holds its lock") as caught:
        desk.commit(write_named(desk, tickets__open__X="y"), message="x", author=LI, at=START)
    assert "update-index failed" in str(caught.value)
    (desk.git_dir / "index.lock").unlink()
    assert desk.commit(write_named(desk, tickets__open__X="y"), message="x", author=LI, at=START) is None
    assert list_staged(desk) == []


def test_locks_that_a_power_cut_left_do_not_bar_the_way(desk: Repo) -> None:
    commit_changes(desk, write_named(desk, tickets__open__X="x"))
    for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
        (desk.git_dir / name).touch()
        os.utime(desk.git_dir / name, (1, 1))
    commit_changes(desk, write_named(desk, tickets__open__X="y"))
    assert list_staged(desk) == []


def test_a_lock_whose_git_was_killed_does_not_bar_the_way(desk: Repo) -> None:
    commit_changes(desk, write_named(desk, tickets__open__X="x"))
    for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
        (desk.git_dir / name).touch()
    commit_changes(desk, write_named(desk, tickets__open__X="y"))
    assert list_staged(desk) == []


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="processes cannot be seen here")
@pytest.mark.parametrize("folder", ["", "refs/heads", "objects", "objects/info/commit-graphs", "objects/pack"])
def test_a_lock_that_git_would_silently_wait_for_is_swept(desk: Repo, folder: str) -> None:
    lock, own = desk.git_dir / folder / "maintenance.lock", desk.git_dir / "fenji.lock"
    lock.parent.mkdir(exist_ok=True)
    for path in (lock, own):
        path.touch()
        os.utime(path, (1, 1))
    locks.remove_stale_locks(desk.git_dir, desk.top)
    assert (lock.exists(), own.exists()) == (False, True)


def test_a_tree_that_git_lacks_is_named(desk: Repo) -> None:
    commit_changes(desk, write_files(desk, {"policy.yaml": "a"}))
    tree = git(desk.top, "rev-parse", "HEAD^{tree}").strip()
    with pytest.raises(GitError, match="Could not read 1111"):
        desk.past.diff_trees([(tree, tree), (tree, "1" * 40)])


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="processes cannot be seen here")
@pytest.mark.parametrize("damage", [None, b"", b"garbage", bytes(200)])
def test_an_index_that_is_gone_or_damaged_is_made_anew(desk: Repo, damage: bytes | None) -> None:
    def spoil() -> None:
        (desk.git_dir / "index").unlink()
        if damage is not None:
            (desk.git_dir / "index").write_bytes(damage)

    commit_changes(desk, write_files(desk, {"policy.yaml": "a", "tickets/open/x": "b"}))
    changes = write_files(desk, {"tickets/open/x": "c"})
    spoil()
    if damage:
        assert desk.dirty_paths() == ["tickets/open/x"]
        spoil()
    commit_changes(desk, changes)
    assert list_staged(desk) == []
    assert desk.dirty_paths() == []


def test_a_lock_stands_while_any_git_is_at_work_in_the_repository(desk: Repo) -> None:
    lock = desk.git_dir / "HEAD.lock"
    lock.touch()
    os.utime(lock, (time.time() - 60, time.time() - 60))
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=desk.top, stdin=subprocess.PIPE) as other:
        assert not locks.remove_stale_lock(lock, desk.top)
        assert other.stdin
        other.stdin.close()
    assert lock.exists()
    assert locks.remove_stale_lock(lock, desk.top)
    assert not lock.exists()


# --- refs read from their files -----------------------------------------------------------------------------------


def as_git_says(repo: Repo, name: str) -> str | None:
    done = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"],
        cwd=repo.top,
        capture_output=True,
        check=False,
    )
    return done.stdout.decode().strip() or None


REFS = ("HEAD", "refs/heads/main", "refs/heads/更/x", "refs/remotes/origin/HEAD", "refs/worktree/fenji/whole")


@pytest.mark.parametrize("form", ["files", "packed", "detached", "worktree", "gone"])
def test_a_commit_is_found_as_git_finds_it_however_its_ref_is_kept(desk: Repo, form: str) -> None:
    first = commit_changes(desk, write_named(desk, a="1"))
    commit_changes(desk, write_named(desk, a="2"))
    git(desk.top, "update-ref", "refs/heads/更/x", first)
    git(desk.top, "update-ref", "refs/worktree/fenji/whole", first)
    git(desk.top, "update-ref", "refs/remotes/origin/main", first)
    git(desk.top, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    repo = desk
    if form == "packed":
        git(desk.top, "pack-refs", "--all", "--prune")
    elif form == "detached":
        git(desk.top, "checkout", "-q", "--detach", first)
    elif form == "worktree":
        git(desk.top, "worktree", "add", "-q", "-b", "other", str(desk.top.parent / "other"), first)
        repo = repos.find_repo(desk.top.parent / "other")
    elif form == "gone":
        (desk.git_dir / "refs/heads/main").write_text("f" * 40 + "\n")  # a commit that a crash has taken
    for _ in range(2):
        assert [refs.resolve(repo, name) for name in REFS] == [as_git_says(repo, name) for name in REFS]
    branch = subprocess.run(["git", "symbolic-ref", "-q", "HEAD"], cwd=repo.top, capture_output=True, check=False)
    assert (refs.current_branch(repo) or "") == branch.stdout.decode().strip()


def test_git_is_asked_once_for_a_commit_and_a_moved_branch_is_seen(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    first = commit_changes(desk, write_named(desk, a="1"))
    assert desk.head() == first
    asked: list[tuple[str, ...]] = []

    def run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
        asked.append(words)
        return process.run(words, folder)

    monkeypatch.setattr(tree, "run_git", run)
    assert (desk.head(), refs.resolve(desk, "refs/heads/main"), asked) == (first, first, [])
    git(desk.top, "commit", "-q", "--allow-empty", "-m", "by hand")
    assert desk.head() == git(desk.top, "rev-parse", "HEAD").strip() != first
    assert len(asked) == 1


def test_what_an_id_names_is_asked_for_once(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    first = commit_changes(desk, write_named(desk, a="1"))
    second = commit_changes(desk, write_named(desk, a="2", b="3"))
    past = History(desk.git_dir)

    def ask() -> list[object]:
        commits = past.read_commits([first, second])
        ids = past.blob_ids(second, ["a.yaml", "b.yaml", "gone.yaml"])
        pairs = [(commits[first].tree, commits[second].tree), (None, commits[first].tree)]
        return [commits, ids, past.blobs(ids.values()), past.blob_sizes(ids.values()), past.diff_trees(pairs)]

    before = ask()
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(process, "run", lambda arguments, *_, **__: asked.append(tuple(arguments)))
    assert (ask(), asked) == (before, [])
    assert [len(list(answer)) for answer in before if isinstance(answer, dict | list)] == [2, 2, 2, 2, 2]


# --- a full disk ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stderr", "free", "is_told"),
    [
        ("fatal: unable to write loose object file: No space left on device", 100, True),
        ("fatal: sha1 file '.git/x' write error. Out of diskspace", 100, True),
        ("error: failed to write new configuration file .git/config.lock", 0, True),
        ("error: failed to write new configuration file .git/config.lock", 100, False),
        ("fatal: bad revision 'x'", 0, False),
    ],
)
def test_git_that_fails_on_a_full_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stderr: str, free: int, *, is_told: bool
) -> None:
    disk = SimpleNamespace(f_bavail=free, f_frsize=4096, f_favail=100, f_files=100)
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    error = GitError(("config",), 128, stderr, folder=tmp_path)
    assert ("the disk is full" in str(error), "Make room" in str(error.hint)) == (is_told, is_told)


def test_a_bundle_that_finds_no_room_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: Repo
) -> None:
    failure = TransferResult(128, "", "fatal: sha1 file '<stdout>' write error. Out of diskspace")
    monkeypatch.setattr(bundle, "run_transfer", lambda *_, **__: failure)
    with pytest.raises(Unavailable, match="the disk is full"):
        bundle.write_bundle(desk, tmp_path / "x.bundle", ["HEAD"], without=[])
    with pytest.raises(Unavailable, match="the disk is full"):
        bundle.unpack(desk, tmp_path / "x.bundle")
