"""Whatever git is set up for besides, and whatever its environment names: a small round goes through unchanged."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from clones import SOURCE, Sites, git
from commandline import CommandResult, fenji, run_in_child
from fenji.errors import Refused
from fenji.git import remotes
from fenji.git.remotes import transfer_error
from fenji.git.transfer import TransferResult, run_transfer
from signers import make_keys

SETTINGS = (
    "push.pushOption=ci.skip",
    "log.showSignature=true",
    "log.follow=true",
    "i18n.logOutputEncoding=GBK",
    "i18n.commitEncoding=GBK",
    "safe.bareRepository=explicit",
    "color.ui=always",
    "color.push=always",
    "color.remote=always",
    "core.autocrlf=true",
    "core.eol=crlf",
    "core.fsmonitor=/proc/nonexistent",
    "core.hooksPath=/proc/nonexistent",
    "core.pager=false",
    "core.quotePath=true",
    "diff.external=false",
    "diff.noprefix=true",
    "diff.orderFile=/proc/nonexistent",
    "diff.relative=true",
    "diff.renames=copies",
    "fetch.prune=true",
    "push.default=nothing",
    "push.followTags=true",
    "push.gpgSign=if-asked",
    "push.negotiate=true",
    "remote.origin.mirror=true",
    "remote.origin.fetch=+refs/*:refs/*",
    "remote.pushDefault=nowhere",
    "status.showUntrackedFiles=no",
    "submodule.recurse=true",
    "submodule.propagateBranches=true",
    "user.useConfigOnly=true",
    "fetch.output=compact",
    "commit.gpgSign=true",
)
VARIABLES = (
    "GIT_GLOB_PATHSPECS=1",
    "GIT_ICASE_PATHSPECS=1",
    "GIT_NOGLOB_PATHSPECS=1",
    "GIT_LITERAL_PATHSPECS=1",
    "GIT_DIR=/proc/nonexistent",
    "GIT_WORK_TREE=/proc/nonexistent",
    "GIT_COMMON_DIR=/proc/nonexistent",
    "GIT_OBJECT_DIRECTORY=/proc/nonexistent",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES=/proc/nonexistent",
    "GIT_INDEX_FILE=/proc/nonexistent/index",
    "GIT_NAMESPACE=elsewhere",
    "GIT_CONFIG=/proc/nonexistent",
    "GIT_CONFIG_PARAMETERS='core.bare=true'",
    "GIT_SHALLOW_FILE=/proc/nonexistent",
    "GIT_REPLACE_REF_BASE=refs/nowhere/",
    "GIT_EXTERNAL_DIFF=false",
    "GIT_PAGER=false",
    "GIT_TRACE=1",
    "GIT_TRACE_PACKET=1",
    "GIT_TRACE2_EVENT=1",
    "GIT_CURL_VERBOSE=1",
    "GIT_COMMITTER_DATE=yesterday at tea",
    "GIT_AUTHOR_DATE=never",
    "LANGUAGE=zh_CN:de",
    "LC_ALL=zh_CN.GBK",
)


def check(result: CommandResult) -> str:
    assert (result.code, result.err) == (0, "")
    return result.out


def go_round(sites: Sites, **env: str) -> None:
    """Report a ticket, send it, take another's in, and look at both."""
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    theirs.new("KSA-2026-0007")
    theirs.sync()
    check(fenji("--desk", ours.root, "new", "--title", "雷達 ours", **env))
    assert check(fenji("--desk", ours.root, "sync", **env)).splitlines()[-1] == "1 ticket received, 1 sent"
    listed = check(fenji("--desk", ours.root, "list", **env))
    assert "KSA-2026-0007" in listed
    assert "雷達 ours" in listed
    check(fenji("--desk", ours.root, "check", **env))
    assert git(sites.hub, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]
    assert ours.is_clean()


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites(tmp_path, "li.wei", "sun.yu")


@pytest.mark.sample(7)
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_of_git_changes_nothing(sites: Sites, setting: str) -> None:
    key, _, value = setting.partition("=")
    git(sites["li.wei"].root, "config", "--add", key, value)
    go_round(sites)


@pytest.mark.sample(5)
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_of_the_environment_changes_nothing(sites: Sites, variable: str) -> None:
    name, _, value = variable.partition("=")
    go_round(sites, **{name: value})


def test_hooks_of_the_person_do_not_run(sites: Sites, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "pre-push", "post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    git(sites["li.wei"].root, "config", "core.hooksPath", str(hooks))
    go_round(sites)


def test_a_hub_is_made_where_git_enters_no_bare_repository_by_itself(sites: Sites, tmp_path: Path) -> None:
    git(tmp_path, "config", "--global", "safe.bareRepository", "explicit")
    ours = sites["li.wei"]
    git(ours.root, "remote", "remove", "origin")
    for _ in range(2):  # making it again renews it
        done = fenji("hub", "init", tmp_path / "new.git", *(("--from", ours.root) if _ == 0 else ()))
        assert (done.code, done.err) == (0, "")
    go_round_alone = fenji("--desk", ours.root, "sync")
    assert (go_round_alone.code, go_round_alone.err) == (0, "")


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen")
def test_the_last_good_policy_is_found_in_a_signed_history(sites: Sites, tmp_path: Path) -> None:
    ours = sites["li.wei"]
    key = make_keys(tmp_path, ["signer"])["signer"]
    (tmp_path / "allowed").write_text(f"li.wei@example.com {(tmp_path / 'signer.pub').read_text()}")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingkey": str(key),
        "fenji.sign": "true",
        "gpg.ssh.allowedSignersFile": str(tmp_path / "allowed"),
        "log.showSignature": "true",
    }.items():
        git(ours.root, "config", name, value)
    policy = (ours.root / "policy.yaml").read_text()
    ours.write_file("policy.yaml", policy.replace("at_risk: 25%", "at_risk: 30%"))
    ours.sync()
    ours.write_file("policy.yaml", policy + "broken: [\n")
    assert "the last good one from git is in force" in fenji("--desk", ours.root, "list").err


def test_a_sender_is_named_whatever_encoding_git_prints(sites: Sites, tmp_path: Path) -> None:
    ours, theirs = sites["li.wei"], sites["sun.yu"]
    check(fenji("--desk", theirs.root, "new", "--title", "x"))
    check(fenji("--desk", theirs.root, "bundle", tmp_path / "x.bundle", "--whole"))
    git(ours.root, "config", "i18n.logOutputEncoding", "GBK")
    assert "by 孫宇" in check(fenji("--desk", ours.root, "receive", tmp_path / "x.bundle", "--dry-run"))


def test_the_reason_that_git_gives_is_told_rather_than_a_broken_link() -> None:
    lines = "fatal: the receiving end does not support push options\nfatal: the remote end hung up unexpectedly"
    assert "does not support push options" in str(transfer_error(TransferResult(128, "", lines), "origin"))
    cut = "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: index-pack failed"
    assert "The link to origin broke" in str(transfer_error(TransferResult(128, "", cut), "origin"))
    killed = "error: ssh -i key died of signal 9\nfatal: Could not read from remote repository."
    assert "The link to origin broke" in str(transfer_error(TransferResult(128, "", killed), "origin"))
    helper = "git: 'remote-htps' is not a git command. See 'git --help'."
    assert "kind of address" in str(transfer_error(TransferResult(128, "", helper), "origin"))
    curl = (
        "fatal: unable to access 'http://h/x/': Failed to connect to h port 80 after 0 ms: Couldn't connect to server"
    )
    assert "nothing answers" in str(transfer_error(TransferResult(128, "", curl), "origin"))
    refused = transfer_error(TransferResult(128, "", "fatal: transport 'file' not allowed"), "origin")
    assert "protocol.KIND.allow always" in str(refused.hint)


def test_a_hub_that_this_account_may_not_write_is_named(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words are git's, where the folder of the hub belongs to another account, and the group may not write it."""
    said = "error: remote unpack failed: unable to create temporary object directory\nerror: failed to push some refs"
    lines = "!\tHEAD:refs/heads/main\t[remote rejected] (unpacker error)\nDone\n"
    clone = sites["li.wei"]
    clone.new()

    def answer(folder: Path, *arguments: str, **more: Any) -> TransferResult:
        return TransferResult(1, lines, said) if "push" in arguments else run_transfer(folder, *arguments, **more)

    monkeypatch.setattr(remotes, "run_transfer", answer)
    with pytest.raises(Refused, match="This account cannot write to ") as refused:
        clone.sync()
    assert "core.sharedRepository" in str(refused.value.hint)


def test_git_is_started_in_one_place() -> None:
    """Else a command would lack the settings and the clean environment; GitPython is given both by `Git.run`."""
    starts = re.compile(r"\[\s*[\"']git[\"']|git_arguments\(|git\.cmd|Popen\(|subprocess\.run\(")
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for source in [path.read_text("utf-8")]
        if starts.search(source) and starts.search(ast.unparse(ast.parse(source)))  # not in a comment
    }
    other_programs = {
        "fenji/storage/helper_process.py",
        "fenji/desk/editor.py",
    }  # this Python, an editor
    other_programs |= {"fenji/desk/doctor/machine.py", "fenji/publish/pdf.py"}  # ssh; a program that makes PDFs
    other_programs |= {"fenji/desk/remind.py"}  # what sends a reminder
    assert found - other_programs == {"fenji/git/process.py", "fenji/git/run.py"}


def test_a_run_in_a_process_of_its_own_prints_nothing_of_git(sites: Sites) -> None:
    done = run_in_child("--desk", sites["li.wei"].root, "sync", env={"GIT_TRACE": "1", "GIT_ICASE_PATHSPECS": "1"})
    assert (done.code, done.err) == (0, "")


def test_no_file_of_the_desk_is_converted(sites: Sites, tmp_path: Path) -> None:
    """Nobody edits anything, so a policy that comes from the hub is no conflict; also with an old .gitattributes."""
    ours = sites["li.wei"]
    old = "/tickets/** -text\n/tickets/**/*.yaml merge=fenji\n/policy.yaml merge=fenji\n"
    ours.write_file(".gitattributes", old)
    git(ours.root, "commit", "-qam", "as before")
    git(ours.root, "push", "-q")
    git(tmp_path, "config", "--global", "core.autocrlf", "true")
    by_git = sites.clone("by.git")
    assert b"\r\n" in (by_git.root / "policy.yaml").read_bytes()
    assert fenji("init", tmp_path / "by.fenji", "--site", "KSA", "--from", sites.hub).code == 0
    assert b"\r\n" not in (tmp_path / "by.fenji/policy.yaml").read_bytes()
    policy = (ours.root / "policy.yaml").read_text()
    ours.write_file("policy.yaml", policy.replace("backdate: 24h", "backdate: 30h"))
    git(ours.root, "commit", "-qam", "rules")
    git(ours.root, "push", "-q")
    for root in (by_git.root, tmp_path / "by.fenji"):
        check(fenji("--desk", root, "sync"))
        assert not list(root.glob("policy.local*"))
        assert b"backdate: 30h\n" in (root / "policy.yaml").read_bytes()
        assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    "attributes", ["* filter=rot", "* working-tree-encoding=UTF-16", "* ident\n* text eol=crlf", "*.yaml merge=union"]
)
def test_attributes_of_the_person_convert_no_file_of_the_desk(sites: Sites, tmp_path: Path, attributes: str) -> None:
    ours = sites["li.wei"]
    ours.new("KSA-2026-0042", description="Qq $Id$\n")
    ours.sync()
    (tmp_path / "attributes").write_text(f"{attributes}\n")
    for key, value in (
        ("core.attributesFile", str(tmp_path / "attributes")),
        ("filter.rot.clean", "tr q Q"),
        ("filter.rot.smudge", "tr Q q"),
    ):
        git(tmp_path, "config", "--global", key, value)
    assert fenji("init", tmp_path / "copy", "--site", "KSA", "--from", sites.hub).code == 0
    ours.act("KSA-2026-0042", "note", note="b")
    for root in (ours.root, tmp_path / "copy", ours.root):
        check(fenji("--desk", root, "sync"))
        assert git(root, "status", "--porcelain") == ""
        assert "worth a look: 0" in check(fenji("--desk", root, "check"))
    texts = {root: (root / "tickets/open/KSA-2026-0042.yaml").read_bytes() for root in (ours.root, tmp_path / "copy")}
    assert len(set(texts.values())) == 1
    assert texts[ours.root].decode() == git(sites.hub, "show", "main:tickets/open/KSA-2026-0042.yaml")


@pytest.mark.parametrize("where", ["excludes file", "outer rule", "info/exclude"])
def test_a_file_that_git_ignores_is_named(sites: Sites, tmp_path: Path, where: str) -> None:
    ours = sites["li.wei"]
    ours.new()
    if where == "excludes file":
        (tmp_path / "ignored").write_text("*.log\n")
        git(tmp_path, "config", "--global", "core.excludesFile", str(tmp_path / "ignored"))
    else:
        ours.write_file(".git/info/exclude" if where == "info/exclude" else ".gitignore", "*.log\n/index/\n.fenji-*\n")
    path = "tickets/files/KSA-2026-0042/radar.log"
    ours.write_file(path, "x")
    ours.write_file("tickets/files/KSA-2026-0042/.fenji-1-aa.tmp", "x")
    assert f"{path}: is ignored by git" in fenji("--desk", ours.root, "sync").err
    done = fenji("--desk", ours.root, "check").out
    assert f"{path}: is ignored by git" in done
    assert ".fenji-" not in done


@pytest.mark.parametrize(
    ("setting", "way_out"),
    [
        (("core.bare", "true"), "config core.bare false"),
        (("core.worktree", "/nonexistent"), "config --unset core.worktree"),
        (("core.repositoryformatversion", "9"), "Install a newer git"),
    ],
)
def test_a_repository_set_up_so_that_no_desk_is_in_it_names_the_way_out(
    tmp_path: Path, setting: tuple[str, str], way_out: str
) -> None:
    root = Sites(tmp_path, "li.wei")["li.wei"].root
    git(root, "config", *setting)
    done = fenji("--desk", root, "list")
    assert (done.code, way_out in done.err) == (1, True), done.err


@pytest.mark.parametrize("accepts", ["refuse", "updateInstead"])
def test_a_desk_that_somebody_works_at_is_no_hub(tmp_path: Path, accepts: str) -> None:
    sites = Sites(tmp_path, "li.wei", "sun.yu")
    for person in ("li.wei", "sun.yu"):
        sites[person].sync()
    theirs, ours = sites["sun.yu"], sites["li.wei"]
    git(theirs.root, "config", "receive.denyCurrentBranch", accepts)
    (theirs.root / "policy.yaml").write_text("changed\n")
    git(ours.root, "remote", "set-url", "origin", str(theirs.root))
    ours.new()
    done = fenji("--desk", ours.root, "sync", FENJI_USER="li.wei")
    assert (done.code, "accepts no pushes" in done.err) == (1, True), done.err
