"""fenji doctor knows each odd surrounding by name, says what to do, and changes nothing."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pwd
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clones import Sites, git
from commandline import CommandResult, fenji
from fenji.desk.date_warnings import find_date_warnings
from fenji.desk.doctor import Finding, diagnose, machine
from fenji.errors import Sentence
from fenji.git import locks
from fenji.judge.refusals import dump_sentence
from fenji.model.worktime.calendar import Calendar

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    sites = Sites(tmp_path, "li.wei")
    sites["li.wei"].new()
    sites["li.wei"].sync()
    git(sites["li.wei"].root, "config", "fenji.user", "li.wei")
    return sites


@pytest.fixture
def root(sites: Sites) -> Path:
    return sites["li.wei"].root


def look(root: Path, name: str) -> list[Finding]:
    return [finding for finding in diagnose(root, now=NOW).findings if finding.name == name]


def states(root: Path, name: str) -> list[str]:
    return [finding.state for finding in look(root, name)]


def doctor(root: Path, **env: str) -> CommandResult:
    return fenji("--desk", root, "--json", "doctor", **env)


def test_a_usual_desk_is_well_and_stays_as_it_is(root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    findings = diagnose(root, now=NOW).findings
    assert [str(finding.message) for finding in findings if finding.state == "fault"] == []
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_the_document_and_the_exit_code(root: Path) -> None:
    git(root, "config", "fenji.user", "nobody.known")
    done = doctor(root)
    found = {finding["name"]: finding for finding in done.json["findings"]}
    assert done.code == 1
    assert found["person"]["state"] == "fault"
    assert set(found["git"]) == {"name", "state", "message", "hint"}
    assert "! person" in fenji("--desk", root, "doctor").out
    assert "! 人员" in fenji("--desk", root, "doctor", FENJI_LANGUAGE="zh-Hans").out


@pytest.mark.parametrize("how", [["checkout", "-q", "--detach"], ["checkout", "-q", "-b", "trial"]])
def test_another_branch(root: Path, how: list[str]) -> None:
    git(root, *how)
    assert states(root, "branch") == ["note"]


def test_a_hub_without_and_with_another_branch(root: Path) -> None:
    git(root, "update-ref", "refs/remotes/origin/trunk", "refs/remotes/origin/main")
    git(root, "update-ref", "-d", "refs/remotes/origin/main")
    assert "trunk" in str(look(root, "hub")[0].message)
    git(root, "branch", "--unset-upstream")
    git(root, "update-ref", "refs/remotes/origin/main", "refs/remotes/origin/trunk")
    assert "no upstream" in str(look(root, "hub")[0].message)


def test_a_sparse_clone(root: Path) -> None:
    git(root, "sparse-checkout", "set", "--no-cone", "/policy.yaml")
    assert states(root, "sparse") == ["fault"]


def test_a_shallow_and_a_thin_clone(root: Path) -> None:
    (root / ".git/shallow").write_text(git(root, "rev-parse", "HEAD"))
    git(root, "config", "remote.origin.promisor", "true")
    assert states(root, "shallow") == states(root, "thin") == ["note"]


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("MERGE_HEAD", True),
        ("CHERRY_PICK_HEAD", True),
        ("REVERT_HEAD", True),
        ("rebase-merge/stopped-sha", True),
        ("rebase-apply/applying", False),
    ],
)
def test_an_unfinished_operation(root: Path, name: str, *, ends: bool) -> None:
    (root / ".git" / name).parent.mkdir(exist_ok=True)
    (root / ".git" / name).write_text(git(root, "rev-parse", "HEAD"))
    (finding,) = look(root, "unfinished")
    assert (finding.state, "ends it" in str(finding.hint)) == ("fault", ends)


def test_what_git_has_in_its_stash_is_named_until_it_is_back(root: Path) -> None:
    assert look(root, "stash") == []
    (ticket,) = (root / "tickets/open").glob("*.yaml")
    ticket.write_text(ticket.read_text("utf-8").replace("title: ", "title: another "), "utf-8")
    git(root, "stash", "-q")
    (finding,) = look(root, "stash")
    assert finding.state == "note"
    assert "1 ticket" in str(finding.message)
    (root / "tickets/open/KSA-2026-0900.yaml").write_text(ticket.read_text("utf-8"), "utf-8")
    git(root, "stash", "-q", "-u")
    (finding,) = look(root, "stash")
    assert "2 tickets" in str(finding.message)
    git(root, "stash", "pop", "-q")
    git(root, "stash", "pop", "-q")
    assert look(root, "stash") == []


def test_a_row_of_picks_and_a_rebase_in_which_somebody_edits_name_gits_own_command(root: Path) -> None:
    (root / ".git/CHERRY_PICK_HEAD").write_text(git(root, "rev-parse", "HEAD"))
    (root / ".git/sequencer").mkdir()
    (root / ".git/sequencer/todo").write_text("pick 1\npick 2\n")
    assert "git cherry-pick --continue" in str(look(root, "unfinished")[0].hint)
    (root / ".git/rebase-merge").mkdir()
    (root / ".git/rebase-merge/done").write_text("edit 1\n")
    assert "git rebase --continue" in str(look(root, "unfinished")[0].hint)


def test_a_lock_left_by_a_kill(root: Path) -> None:
    lock = root / ".git/index.lock"
    lock.touch()
    os.utime(lock, (time.time() + 60, time.time() + 60))  # young however slow the machine is
    assert states(root, "locks") == ["fault"]
    os.utime(lock, (1, 1))
    assert states(root, "locks") == ["note"]
    assert lock.exists()


def test_an_index_that_leads_out(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(root / "index", ignore_errors=True)
    (root / "index").symlink_to(tmp_path / "elsewhere")
    assert states(root, "index") == ["fault"]


@pytest.mark.parametrize("place", ["index", "index/figures"])
def test_a_file_where_the_index_or_the_kept_figures_belong(root: Path, place: str) -> None:
    shutil.rmtree(root / "index", ignore_errors=True)
    (root / place).parent.mkdir(exist_ok=True)
    (root / place).touch()
    assert states(root, "index") == ["fault"]
    (root / place).unlink()
    assert states(root, "index") == ["ok"]


def test_a_desk_that_cannot_be_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & os.W_OK)
    assert states(root, "rights") == states(root, "index") == ["fault"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_folders_of_another(root: Path) -> None:
    os.chown(root / "tickets/open", 65534, -1)
    assert states(root, "rights") == ["fault"]


def test_a_group_that_cannot_write(root: Path) -> None:
    for folder in (root, root / ".git"):
        folder.chmod(0o2775)
    (root / ".git/objects").chmod(0o755)
    assert states(root, "rights") == ["fault", "fault"]


def test_a_full_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(root)
    full = os.statvfs_result([*real[:4], 10, *real[5:]])
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    assert states(root, "disk") == ["fault"]


def test_a_disk_without_locks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert states(root, "file locks") == ["fault"]


def test_a_network_disk(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = root.stat().st_dev
    (tmp_path / "self").mkdir()
    line = f"1 1 {os.major(device)}:{os.minor(device)} / / rw - nfs4 srv:/x rw\n"
    (tmp_path / "self/mountinfo").write_text(line)
    monkeypatch.setattr(locks, "_PROCESSES", tmp_path)
    assert states(root, "file locks") == ["note"]


def test_no_home_and_no_account(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert states(root, "home") == ["note"]
    monkeypatch.delenv("HOME")
    assert states(root, "home") == ["note"]


def test_terminal_and_locale(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for term in ("dumb", ""):
        monkeypatch.setenv("TERM", term)
        assert states(root, "terminal") in (["note"], ["fault"])
    for locale, state in {"zh_CN.GBK": "fault", "C": "note", "zh_CN.utf8": "ok"}.items():
        monkeypatch.setenv("LANG", locale)
        assert states(root, "locale") == [state]


def test_git_too_old_or_missing_and_no_ssh(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "remote", "set-url", "origin", "git@example.com:desk.git")
    programs = tmp_path / "bin"
    programs.mkdir()
    real = shutil.which("git")
    script = f'#!/bin/sh\ncase "$*" in *--version*) echo git version 2.20.1;; *) exec {real} "$@";; esac\n'
    (programs / "git").write_text(script)
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    assert states(root, "git") == states(root, "ssh") == ["fault"]
    (programs / "git").unlink()
    assert states(root, "git") == ["fault"]
    assert states(root, "policy") == ["ok"]


@pytest.mark.parametrize(("url", "state"), [("git@example.com:desk.git", "fault"), ("/srv/hub.git", "note")])
def test_an_ssh_that_does_not_answer(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, state: str
) -> None:
    git(root, "remote", "set-url", "origin", url)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "ssh").write_text("#!/bin/sh\nexec sleep 60\n")
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setattr(machine, "_SSH_SECONDS", 0.2)
    (finding,) = look(root, "ssh")
    assert finding.state == state
    assert "does not answer" in str(finding.message)
    assert "ssh -V" in str(finding.hint)


def test_a_clock_that_is_behind(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", (datetime.now(UTC) + timedelta(days=2)).isoformat())
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    assert states(root, "clock") == ["fault"]


@pytest.mark.parametrize("key", ["commit.gpgSign", "log.showSignature", "core.fsmonitor", "core.autocrlf"])
def test_a_setting_that_is_harmless_is_no_fault(root: Path, key: str) -> None:
    git(root, "config", key, "true")
    finding = look(root, "settings")[0]
    assert (finding.state, key.lower() in str(finding.message)) == ("ok", True)


@pytest.mark.parametrize("key", ["commit.gpgSign", "core.fsmonitor", "core.autocrlf", "remote.x.mirror"])
@pytest.mark.parametrize("value", ["false", "no", "Off", "0", ""])
def test_a_setting_that_is_off_is_as_usual(root: Path, key: str, value: str) -> None:
    git(root, "config", key, value)
    assert str(look(root, "settings")[0].message) == "git is set up as usual."


@pytest.mark.parametrize(
    ("key", "value", "is_usual"),
    [
        ("status.showUntrackedFiles", "no", False),
        ("status.showUntrackedFiles", "normal", True),
        ("core.autocrlf", "input", False),
        ("push.gpgSign", "if-asked", False),
        ("push.recurseSubmodules", "no", True),
        ("push.recurseSubmodules", "check", False),
    ],
)
def test_a_setting_that_is_no_flag_is_compared_by_its_word(root: Path, key: str, value: str, *, is_usual: bool) -> None:
    git(root, "config", key, value)
    assert (str(look(root, "settings")[0].message) == "git is set up as usual.") is is_usual


def test_no_merge_driver(root: Path) -> None:
    git(root, "config", "--remove-section", "merge.fenji")
    assert states(root, "merge driver") == ["note"]


def test_files_that_no_sync_takes(root: Path) -> None:
    folder = root / "tickets/files/KSA-2026-0042"
    folder.mkdir(parents=True)
    (folder / "photo.bak").write_text("x")
    assert states(root, "files") == ["fault"]
    (root / ".git/info/exclude").write_text("*.bak\n")
    assert "ignored" in str(look(root, "files")[0].message)


def test_a_policy_that_cannot_be_used(root: Path) -> None:
    (root / "policy.yaml").write_text((root / "policy.yaml").read_text().replace("format: 2", "format: 9"))
    assert states(root, "policy") == states(root, "format") == ["fault"]


def test_a_desk_in_another_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "outer")
    fenji("init", tmp_path / "outer/desk", "--site", "KSA", "--person", "li.wei")
    assert states(tmp_path / "outer/desk", "repository") == ["note"]


def test_an_unknown_site(root: Path) -> None:
    git(root, "config", "fenji.site", "XXX")
    assert states(root, "site") == ["fault"]


def test_holidays_that_run_out(root: Path) -> None:
    later = diagnose(root, now=datetime(2028, 10, 1, tzinfo=UTC))
    assert {finding.state for finding in later.findings if finding.name == "holidays"} == {"fault"}


def test_written_dates_that_run_out_or_that_a_package_has_otherwise() -> None:
    calendar = {
        "tz": "Africa/Cairo",
        "week": {"sun-thu": ["08:00-17:00"]},
        "holidays": {"country": "EG", "dates": {"2026-07-23": "Revolution Day"}, "add": []},
        "offsets": {"2026-04-24T00:00:00+02:00": "+03:30"},
    }
    bare = {**calendar, "holidays": {"country": "EG"}, "offsets": {}}
    policy: dict[str, Any] = {"format": 2, "calendars": {"a": calendar, "b": bare}}
    calendars = {name: Calendar.from_policy(policy, name) for name in ("a", "b")}
    warnings = list(find_date_warnings(calendars, datetime(2026, 6, 1, tzinfo=UTC)))
    found = [(warning.calendar, warning.check, warning.past) for warning in warnings]
    assert found == [
        ("a", "holidays", False),  # runs out
        ("a", "holidays", False),
        ("a", "holidays", True),
        ("a", "zones", True),
        ("b", "holidays", False),
    ]
    assert "fenji policy holidays EG 2027-2029 --calendar a" in str(warnings[0].hint)
    assert "2026-04-24" in str(warnings[3].message)
    later = list(find_date_warnings(calendars, datetime(2026, 11, 2, tzinfo=UTC)))
    assert ("a", "zones", False) in [(warning.calendar, warning.check, warning.past) for warning in later]


def test_where_there_is_no_desk_or_no_repository(root: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert doctor(tmp_path / "nothing").code == 1
    shutil.rmtree(root / ".git")
    assert states(root, "repository") == ["fault"]


def test_acts_that_the_hub_refuses(root: Path) -> None:
    words = {"uid": "u", "id": "KSA-2026-0042", "title": "x", "path": "p", "commit": "c", "by": "li.wei", "do": "note"}
    data = {**words, "policy": "", "n": 2, "at": NOW.isoformat(), "reason": dump_sentence(Sentence("not allowed"))}
    message = f"held\n\n{json.dumps(data)}"
    commit = git(root, "commit-tree", "HEAD^{tree}", "-m", message).strip()
    git(root, "update-ref", "refs/fenji/held/abc", commit)
    assert states(root, "held") == ["fault"]


def test_remotes_of_which_none_is_the_hub(root: Path) -> None:
    git(root, "remote", "rename", "origin", "hq")
    git(root, "remote", "add", "backup", "/nowhere")
    git(root, "branch", "--unset-upstream", check=False)
    assert [
        "hq, backup" in str(finding.message) or "backup, hq" in str(finding.message) for finding in look(root, "hub")
    ] == [True]
    assert "does not know which remote is its hub" in fenji("--desk", root, "sync").err


def test_pushes_that_go_elsewhere(root: Path) -> None:
    git(root, "config", "remote.origin.pushurl", "/elsewhere.git")
    assert any("/elsewhere.git" in str(finding.message) for finding in look(root, "hub"))
