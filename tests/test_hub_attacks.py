"""What somebody would try who means to forge: each by pushing exactly that with plain git to a real hub."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

import hubs
from commandline import SOURCE
from fenji import hub
from fenji.git.remotes import FOUNDING_REF
from fenji.judge import tree as judge_tree
from fenji.model.merge import merge, superseded_event
from fenji.model.ticket import Event, Ticket, Value
from fenji.storage import yaml_codec
from hubs import (
    FIRST,
    SECOND,
    Clone,
    PushResult,
    after_forced_event,
    after_step,
    git,
    hours_ago,
    reported_ticket,
    rules,
    ticket_number,
    ticket_path,
)

ACCEPTED = PushResult(accepted=True, lines=())
LEADS = after_step(SECOND, "edit", 3, by="zhao.min", fields={"decision": "replace it"})


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return hubs.create_hub(tmp_path_factory.mktemp("founded"), rules(), FIRST, LEADS)


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copy_clone(founded, tmp_path)


def assert_refused(pushed: PushResult, *parts: str) -> None:
    """The push was refused, and one of its lines holds the words."""
    assert not pushed.accepted
    assert any(all(word in line for word in parts) for line in pushed.lines), pushed.lines
    assert not any("Traceback" in line for line in pushed.lines)


def commit_merge(clone: Clone, parents: Sequence[str], *tickets: Ticket, by: str = "li.wei") -> None:
    """A merge of these commits that holds the files of the first and these tickets."""
    git(clone.folder, "reset", "-q", "--hard", parents[0])
    clone.write({ticket_path(ticket): ticket for ticket in tickets})
    git(clone.folder, "add", "-A", "-f", ".")
    tree = git(clone.folder, "write-tree")
    who = {"GIT_AUTHOR_NAME": by, "GIT_AUTHOR_EMAIL": f"{by}@fenji.example"}
    env = {**who, "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x"}
    options = [word for parent in parents for word in ("-p", parent)]
    commit = git(clone.folder, "commit-tree", tree, *options, "-m", "merge", env=env)
    git(clone.folder, "reset", "-q", "--hard", commit)


def make_branches(clone: Clone, *noted: tuple[Ticket, str]) -> list[str]:
    """Commits beside each other, each with one ticket by one person."""
    begun = git(clone.folder, "rev-parse", "HEAD")
    commits = []
    for ticket, by in noted:
        git(clone.folder, "reset", "-q", "--hard", begun)
        clone.commit(ticket, by=by)
        commits.append(git(clone.folder, "rev-parse", "HEAD"))
    return commits


# --- events -----------------------------------------------------------------------------------------------------------


def test_another_persons_event_in_a_merge(clone: Clone) -> None:
    mine = after_step(FIRST, "note", 2, note="mine")
    other = after_step(FIRST, "note", 1.5, by="wang.fang", note="theirs")
    parents = make_branches(clone, (mine, "li.wei"), (other, "wang.fang"))
    both = merge(mine, other)
    commit_merge(clone, parents, after_forced_event(both, "note", 1, by="zhao.min", note="I agree"))
    assert_refused(clone.push(), FIRST.id, "may not speak for zhao.min")


def test_an_event_put_into_the_middle_of_a_log(clone: Clone) -> None:
    clone.commit(after_forced_event(LEADS, "note", 3.5, n=3, note="an hour is allowed for clocks that differ"))
    assert clone.push() == ACCEPTED
    clone.commit(after_forced_event(clone.read(ticket_path(SECOND)), "note", 5.2, n=2, note="I warned you"))
    assert_refused(clone.push(), SECOND.id, "`logged` is missing")


def test_a_value_that_no_event_touches_any_more(clone: Clone) -> None:
    clone.commit(replace(FIRST, log=FIRST.log[1:]).with_fields({"title": "another"}))
    pushed = clone.push()
    assert_refused(pushed, FIRST.id, "events of its log were removed or changed")
    assert not any("foreseen" in line for line in pushed.lines)


def test_a_changed_instant_of_logging(clone: Clone) -> None:
    late = reported_ticket(30, 60, by="zhao.min")
    late = replace(
        late, log=(replace(late.log[0], body={**late.log[0].body, "logged": hours_ago(1), "note": "phone"}),)
    )
    clone.commit(late, by="zhao.min")
    assert clone.push() == ACCEPTED
    clone.commit(
        replace(late, log=(replace(late.log[0], body={**late.log[0].body, "logged": hours_ago(2)}),)), by="zhao.min"
    )
    assert_refused(clone.push(), late.id, "removed or changed")


def test_words_that_a_lead_never_wrote(clone: Clone) -> None:
    edited = LEADS.log[-1]
    for field, of in (("decision", edited), ("cause", edited), ("cause", LEADS.log[0])):
        clone.commit(LEADS.with_events([superseded_event(field, "I was bribed", of)]))
        pushed = clone.push()
        if of.by == "zhao.min":
            assert_refused(pushed, SECOND.id, "superseded by zhao.min", "keeps a value no event gave")
        git(clone.folder, "reset", "-q", "--hard", "HEAD~1")


def test_the_same_words_as_a_merge_keeps_them(clone: Clone) -> None:
    edited = after_step(LEADS, "edit", 2, by="zhao.min", fields={"decision": "mend it"})
    mine = after_step(LEADS, "edit", 1, by="li.wei", fields={"decision": "throw it away"})
    parents = make_branches(clone, (edited, "zhao.min"), (mine, "li.wei"))
    both = merge(edited, mine)
    assert [event.by for event in both.log if event.do == "superseded"] == ["zhao.min"]
    commit_merge(clone, parents, both, by="wang.fang")
    assert clone.push() == ACCEPTED


def test_an_octopus_that_drops_one_arm(clone: Clone) -> None:
    notes = [
        after_step(FIRST, "note", hours, by=by, note=by)
        for hours, by in ((3, "li.wei"), (2, "wang.fang"), (1, "zhao.min"))
    ]
    parents = make_branches(clone, *((ticket, ticket.log[-1].by) for ticket in notes))
    commit_merge(clone, parents, merge(notes[0], notes[1]))
    assert_refused(clone.push(), FIRST.id, "removed or changed", "zhao.min")
    commit_merge(clone, parents, merge(merge(notes[0], notes[1]), notes[2]))
    assert clone.push() == ACCEPTED


def test_a_history_of_its_own_that_is_merged_in(clone: Clone) -> None:
    begun = git(clone.folder, "rev-parse", "HEAD")
    git(clone.folder, "checkout", "-q", "--orphan", "own")
    clone.commit(after_forced_event(SECOND, "confirm", 1, by="zhao.min"))
    own = git(clone.folder, "rev-parse", "HEAD")
    git(clone.folder, "checkout", "-q", "main")
    commit_merge(clone, [begun, own], merge(LEADS, after_forced_event(SECOND, "confirm", 1, by="zhao.min")))
    assert_refused(clone.push(), SECOND.id, "may not speak for zhao.min")


# --- identities, names, modes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", [b'"uid": X\n', b'uid: "\\x30X"\n', b"uid:   X   # c\n", b"uid: >-\n  X\n", b"? uid\n: X\n"]
)
def test_a_uid_written_so_that_a_search_would_miss_it(clone: Clone, line: bytes) -> None:
    ticket = reported_ticket(50)
    uid = ticket.uid.encode()
    hidden = line.replace(b"\\x30X", b"\\x30" + uid[1:]).replace(b"X", uid)
    clone.commit(files={ticket_path(ticket): yaml_codec.dump(ticket).replace(b"uid: " + uid + b"\n", hidden)})
    pushed = clone.push()
    if pushed.accepted:
        clone.commit(reported_ticket(51, uid=50))
        assert_refused(clone.push(), "has the uid of", ticket_number(50))


def test_one_uid_many_times_in_one_large_push(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_tree, "_CHUNK_SIZE", 2)
    clone.commit(*(reported_ticket(running, uid=60 if running in (60, 69) else running) for running in range(60, 70)))
    git(clone.hub, "fetch", "-q", str(clone.folder), "main:refs/pushed")
    old, new = (git(clone.hub, "rev-parse", name) for name in ("main", "refs/pushed"))
    refusals = hub.check_push(clone.hub, hub.parse_updates(f"{old} {new} refs/heads/main"), datetime.now(UTC)).refusals
    assert any("has the uid of" in str(refusal.message) for refusal in refusals), refusals


@pytest.mark.parametrize(
    "name",
    [
        f"tickets/open/{ticket_number(1).lower()}.yaml",
        f"tickets/Open/{ticket_number(5)}.yaml",
        f"tickets/open/{ticket_number(5).replace('A', 'А')}.yaml",  # a Cyrillic letter
        f"tickets/open/{ticket_number(5)}.YAML",
        f"tickets/open/deep/{ticket_number(5)}.yaml",
        f"tickets/open/{ticket_number(5)}.yaml/x",
        "tickets/open/.gitattributes",
        f"tickets/files/{ticket_number(1)}/.gitattributes",
        f"tickets/files/{ticket_number(1)}/a/b.txt",
        f"tickets/files/{ticket_number(1)}/.fenji-1.tmp",
        f"tickets/files/{ticket_number(1)}/e\u0301.txt",
        f"tickets/files/{ticket_number(1)}/a\u200bb.txt",
        f"tickets/files/{ticket_number(1)}/a\u202eb.txt",
        f"tickets/files/{ticket_number(1)}/a\nb.txt",
        ".gitmodules",
        ".github/workflows/x.yml",
        ".fenji-hooks",
        "index/x",
        "Policy.yaml",
        "policy.local.yaml",
        "tickets/policy.yaml",
    ],
)
def test_names_that_have_no_place(clone: Clone, name: str) -> None:
    clone.commit(files={name: b"x"})
    assert_refused(clone.push(), "has no place in a desk")


@pytest.mark.parametrize("name", [".git", ".GIT", "git~1", ".g\u200cit", ".", ".."])
def test_names_that_lead_into_gits_own_folder(clone: Clone, name: str) -> None:
    blob = git(clone.folder, "hash-object", "-w", "policy.yaml")
    raw = f"100644 {name}\0".encode() + bytes.fromhex(blob)
    tree = _write_object(clone, "tree", raw)
    commit = git(clone.folder, "commit-tree", tree, "-p", "HEAD", "-m", "x", env=_identity_env())
    pushed = clone.push(f"{commit}:refs/heads/main")
    assert not pushed.accepted


@pytest.mark.parametrize(
    ("mode", "said"), [("100664", "bad file modes"), ("100755", "marked executable"), ("120000", "symbolic link")]
)
def test_other_sorts_of_files(clone: Clone, mode: str, said: str) -> None:
    entries = git(clone.folder, "ls-tree", "HEAD").splitlines()
    rows = [(mode if line.endswith("policy.yaml") else line.split()[0], *line.split()[2:]) for line in entries]
    raw = b"".join(f"{kind.lstrip('0')} {name}\0".encode() + bytes.fromhex(blob) for kind, blob, name in rows)
    tree = _write_object(clone, "tree", raw)
    commit = git(clone.folder, "commit-tree", tree, "-p", "HEAD", "-m", "x", env=_identity_env())
    assert_refused(clone.push(f"{commit}:refs/heads/main"), said)


def _write_object(clone: Clone, kind: str, raw: bytes) -> str:
    command = ["git", "hash-object", "-t", kind, "-w", "--literally", "--stdin"]
    result = subprocess.run(command, cwd=clone.folder, input=raw, capture_output=True, check=True)
    return result.stdout.decode().strip()


def _identity_env(by: str = "li.wei", date: str = "") -> dict[str, str]:
    env = {f"GIT_{role}_{part}": by for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    return env | ({"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {})


# --- history and refs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("date", ["2099-01-01T00:00:00Z", "@253402300800 +0000"])
def test_a_commit_of_the_future(clone: Clone, date: str) -> None:
    tree = git(clone.folder, "rev-parse", "HEAD^{tree}")
    commit = git(clone.folder, "commit-tree", tree, "-p", "HEAD", "-m", "x", env=_identity_env(date=date))
    assert_refused(clone.push(f"{commit}:refs/heads/main"), commit[:10], "in the future")


def test_what_is_no_commit(clone: Clone) -> None:
    git(clone.folder, "-c", "user.name=x", "-c", "user.email=x", "tag", "-a", "v1", "-m", "x")
    for what in ("HEAD:policy.yaml", "HEAD^{tree}", "v1"):
        name = git(clone.folder, "rev-parse", what)
        assert not clone.push(f"{name}:refs/heads/main").accepted
    git(clone.hub, "fetch", "-q", str(clone.folder), "refs/tags/v1")


@pytest.mark.parametrize(
    "ref",
    [
        "refs/replace/{head}",
        "refs/notes/commits",
        "refs/heads/main2",
        "refs/tags/main",
        "refs/fenji/peers/x",
        "refs/meta/config",
        "refs/fenji/founding/main",
        "refs/fenji/founding/x",
    ],
)
def test_other_refs(clone: Clone, ref: str) -> None:
    founded = git(clone.hub, "rev-parse", "main")
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    name = ref.format(head=founded)
    assert_refused(clone.push(f"HEAD:{name}"), "holds one branch")
    assert_refused(clone.push(f"+HEAD:{name}"), "holds one branch")
    both = subprocess.run(
        ["git", "push", "-q", str(clone.hub), "HEAD:refs/heads/main", f"HEAD:{name}"],
        cwd=clone.folder, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert both.returncode
    assert hubs.list_refs(clone.hub) == {"refs/heads/main": founded, FOUNDING_REF: founded}


def test_the_founding_is_the_hubs_own(clone: Clone, tmp_path: Path) -> None:
    """Nobody names it before the hub does, moves it or takes it away."""
    begun = hub.create(tmp_path / "begun.git")
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    assert_refused(replace(clone, hub=begun).push(f"HEAD:{FOUNDING_REF}"), FOUNDING_REF, "holds one branch")
    assert hubs.list_refs(begun) == {}
    founded = git(clone.hub, "rev-parse", "main")
    assert clone.push() == ACCEPTED
    assert hubs.list_refs(clone.hub)[FOUNDING_REF] == founded
    orphan = git(clone.folder, "commit-tree", "HEAD^{tree}", "-m", "x", env=_identity_env())
    for what in (f"HEAD:{FOUNDING_REF}", f"+{orphan}:{FOUNDING_REF}", f":{FOUNDING_REF}"):
        assert_refused(clone.push(what), FOUNDING_REF, "holds one branch")
    assert hubs.list_refs(clone.hub)[FOUNDING_REF] == founded


def test_a_replacement_in_the_pushers_own_repository(clone: Clone) -> None:
    """Replaced objects and grafts change what git shows here, never what is pushed."""
    begun = git(clone.folder, "rev-parse", "HEAD")
    clone.commit(after_forced_event(FIRST, "archive", 1, by="zhao.min"), by="zhao.min")
    bad = git(clone.folder, "rev-parse", "HEAD")
    git(clone.folder, "reset", "-q", "--hard", begun)
    clone.commit(after_step(FIRST, "note", 1, note="good"))
    git(clone.folder, "replace", bad, "HEAD")
    assert_refused(clone.push(f"{bad}:refs/heads/main"), "archive is not possible")


def test_a_history_cut_short(clone: Clone) -> None:
    """A shallow clone cannot put a history without its beginning into the hub."""
    for hours in (3, 2):
        clone.commit(after_step(clone.read(ticket_path(FIRST)), "note", hours, note="x"))
    assert clone.push() == ACCEPTED
    git(clone.home, "clone", "-q", "--depth=1", f"file://{clone.hub}", "shallow")
    shallow = Clone(clone.home / "shallow", clone.hub, clone.home)
    shallow.commit(after_step(shallow.read(ticket_path(FIRST)), "note", 1, note="y"))
    assert shallow.push() == ACCEPTED
    assert git(clone.hub, "rev-list", "--count", "main") == "4"


# --- the rules --------------------------------------------------------------------------------------------------------


def test_a_role_given_to_oneself_and_used_in_one_push(clone: Clone) -> None:
    clone.commit(files={"policy.yaml": rules(li_wei="admin")})
    clone.commit(by="li.wei", files={"policy.yaml": rules(li_wei="admin", zhao_min="engineer")})
    assert_refused(clone.push(), "policy.yaml", "may not change the rules")


def test_rules_slipped_into_a_merge(clone: Clone) -> None:
    parent, other = make_branches(
        clone, (after_step(FIRST, "note", 2, note="a"), "li.wei"), (reported_ticket(70), "li.wei")
    )
    git(clone.folder, "reset", "-q", "--hard", parent)
    clone.write({"policy.yaml": rules(li_wei="lead"), ticket_path(reported_ticket(70)): reported_ticket(70)})
    git(clone.folder, "add", "-A", "-f", ".")
    tree = git(clone.folder, "write-tree")
    commit = git(
        clone.folder, "commit-tree", tree, "-p", parent, "-p", other, "-m", "merge", env=_identity_env("li.wei")
    )
    assert_refused(clone.push(f"{commit}:refs/heads/main"), "policy.yaml", "may not change the rules")


@pytest.mark.parametrize(
    "fields",
    [{"sla": {"x": "y"}}, {"state": "confirmed"}, {"uid": SECOND.uid}, {"formerly": ticket_number(9)}],
    ids=str,
)
def test_values_that_no_edit_gives(clone: Clone, fields: dict[str, Value]) -> None:
    event = Event(FIRST.next_n, hours_ago(1), "li.wei", "edit", {"set": fields})
    clone.commit(FIRST.with_fields(fields).with_events([event]))
    assert not clone.push().accepted
