"""What the hub lets in: good work of many kinds, pushed with plain git to a real hub; and setting one up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

import hubs
import warm_python
import worlds
from commandline import SOURCE, fenji
from fenji import hub
from fenji.desk import acts
from fenji.errors import InvalidUsage, NotFound, Refused
from fenji.git.history import History
from fenji.model.conflicts import list_superseded
from fenji.model.merge import merge, renumber
from hubs import (
    FIRST,
    SECOND,
    SOLVED,
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

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket, Value

ACCEPTED = PushResult(accepted=True, lines=())
PHOTO = b"rust everywhere"
ITEM: dict[str, Value] = {"name": "rust.jpg", "size": len(PHOTO), "sha256": sha256(PHOTO).hexdigest()}
EARLIER = b"""earlier:
- since: 2020-01-01
  priorities:
    P1: {response: 1h, solution: 24h}
    P2: {response: 4h, solution: 3d}
    P3: {response: 8h, solution: 7d}
    P4: {response: 24h, solution: 14d}
"""


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return hubs.create_hub(tmp_path_factory.mktemp("founded"), rules(), FIRST, SECOND)


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copy_clone(founded, tmp_path)


@pytest.fixture
def with_own_python(clone: Clone) -> Clone:
    """The same, where each push starts Python, as it does on a hub's own machine."""
    warm_python.cool_down(clone.hub)
    return clone


def merge_and_push(clone: Clone, *tickets: Ticket, files: dict[str, bytes | None] | None = None) -> None:
    """A merge commit by Wang Fang over what the hub has: its files, and these."""
    git(clone.folder, "fetch", "-q", str(clone.hub), "main")
    git(
        clone.folder,
        "-c",
        "user.name=x",
        "-c",
        "user.email=x",
        "merge",
        "-q",
        "--no-commit",
        "-s",
        "ours",
        "FETCH_HEAD",
    )
    git(clone.folder, "read-tree", "-u", "--reset", "FETCH_HEAD")
    clone.commit(*tickets, by="wang.fang", files=files)


# --- good work ------------------------------------------------------------------------------------------------------


def test_a_hub_names_objects_as_the_desk_does_that_it_begins_with(tmp_path: Path) -> None:
    root = tmp_path / "desk"
    root.mkdir()
    git(root, "init", "-q", "-b", "main", "--object-format=sha256")
    assert fenji("init", root, "--site", "KSA", "--person", "li.wei", "--language", "en").code == 0
    git(root, "config", "user.email", "li.wei@example.org")
    made = fenji("hub", "init", tmp_path / "hub.git", "--from", root)
    assert made.code == 0, made.err
    assert fenji("new", "--title", "pump", "--desk", root).code == 0
    assert fenji("sync", "--desk", root).code == 0
    other = fenji("hub", "init", tmp_path / "other.git")
    git(root, "remote", "set-url", "origin", str(tmp_path / "other.git"))
    refused = fenji("sync", "--desk", root)
    assert (other.code, refused.code, "SHA-256" in refused.err) == (0, 1, True), refused.err


def test_the_way_of_a_ticket_goes_through_from_report_to_archive(with_own_python: Clone) -> None:
    clone = with_own_python
    ticket = reported_ticket(7, 6)
    clone.commit(ticket)
    for index, (do, by, fields) in enumerate(
        [
            ("respond", "li.wei", {}),
            ("classify", "li.wei", {"impact": "minor", "occurrence": "common"}),
            ("assign", "li.wei", {"owner": "wang.fang"}),
            ("solve", "wang.fang", SOLVED),
            ("confirm", "zhao.min", {}),
            ("archive", "huang.lei", {}),
        ],
        1,
    ):
        ticket = after_step(ticket, do, 6 - index / 2, by=by, fields=fields)
        clone.commit(ticket, by=by, files={f"tickets/open/{ticket.id}.yaml": None} if do == "archive" else {})
    assert clone.push() == ACCEPTED
    assert ticket.get("sla")
    assert clone.clone_hub().read(ticket_path(ticket)) == ticket


def test_several_steps_of_one_ticket_may_come_in_one_commit(clone: Clone) -> None:
    ticket = after_step(FIRST, "classify", 4, fields={"impact": "minor", "occurrence": "common"})
    ticket = after_step(ticket, "classify", 3.9, fields={"impact": "major", "occurrence": "rare"}, reason="it spreads")
    clone.commit(after_step(ticket, "wait", 3, reason="customer"))
    assert clone.push() == ACCEPTED


def test_a_missed_promise_is_confirmed_reopened_and_excused(clone: Clone) -> None:
    ticket = after_step(reported_ticket(8, 20, impact="major", occurrence="rare"), "respond", 18)
    ticket = after_step(after_step(ticket, "solve", 17, fields=SOLVED), "confirm", 16, by="zhao.min")
    clone.commit(ticket, by="zhao.min")  # the lead speaks for the engineers
    excused = after_step(ticket, "excuse", 15, by="huang.lei", clock="response", reason="force majeure", note="storm")
    clone.commit(excused, by="huang.lei")
    clone.commit(after_step(excused, "reopen", 14, by="huang.lei", reason="again"), by="huang.lei")
    assert clone.push() == ACCEPTED


def test_two_sites_that_solved_the_same_ticket_are_merged_and_come_in(clone: Clone) -> None:
    ours, other = after_step(FIRST, "solve", 4, fields=SOLVED), clone.clone_hub()
    theirs = after_step(FIRST, "solve", 3, by="wang.fang", fields={"cause": "a leak", "solution": "a seal"})
    clone.commit(ours)
    other.commit(theirs, by="wang.fang")
    assert clone.push().accepted
    merge_and_push(other, merge(ours, theirs))
    assert other.push() == ACCEPTED


def test_a_ticket_archived_here_and_noted_there_is_merged_into_the_archive(clone: Clone) -> None:
    other = clone.clone_hub()
    archived = after_step(after_step(SECOND, "confirm", 3, by="zhao.min"), "archive", 2, by="zhao.min")
    clone.commit(archived, by="zhao.min", files={ticket_path(SECOND): None})
    assert clone.push().accepted
    noted = after_step(SECOND, "note", 2.5, by="wang.fang", note="seen")
    other.commit(noted, by="wang.fang")
    merge_and_push(other, merge(archived, noted))
    assert other.push() == ACCEPTED


def test_a_number_taken_twice_offline_is_settled_by_the_longer_one(clone: Clone) -> None:
    other = clone.clone_hub()
    clone.commit(reported_ticket(9, 5, uid=90))
    assert clone.push().accepted
    theirs = after_forced_event(
        reported_ticket(9, 4, by="wang.fang", uid=91), "attach", 3, by="wang.fang", fields={"files.rust.jpg": ITEM}
    )
    other.commit(theirs, by="wang.fang", files={f"tickets/files/{ticket_number(9)}/rust.jpg": PHOTO})
    longer = renumber(theirs)
    merge_and_push(other, longer, files={f"tickets/files/{longer.id}/rust.jpg": PHOTO})
    assert other.push() == ACCEPTED
    assert longer.id.startswith(f"{ticket_number(9)}-")


def test_a_site_that_comes_back_is_judged_by_what_it_brings(clone: Clone) -> None:
    other = clone.clone_hub()
    for running in (20, 21, 22):
        clone.commit(reported_ticket(running, 5))
    clone.commit(after_step(FIRST, "note", 4, note="seen"))
    assert clone.push().accepted
    noted = after_step(SECOND, "note", 2, by="wang.fang", note="away")
    other.commit(noted, by="wang.fang")
    merge_and_push(other, noted)
    assert other.push() == ACCEPTED


def test_what_was_damaged_and_mended_again_is_forgiven(clone: Clone) -> None:
    clone.commit(FIRST.with_fields({"title": "something else"}))
    clone.commit(replace(FIRST, log=FIRST.log[:1]).with_fields({"state": "new"}), files={ticket_path(SECOND): None})
    clone.commit(FIRST, files={ticket_path(SECOND): b"id: [broken"})
    clone.commit(after_step(FIRST, "note", 2, note="all well"), SECOND)
    assert clone.push() == ACCEPTED


def test_an_event_written_over_a_broken_file_is_held_against_the_last_good_one(clone: Clone) -> None:
    clone.commit(files={ticket_path(FIRST): b"id: [broken"})
    clone.commit(after_step(FIRST, "note", 1, by="wang.fang", note="mended"), by="wang.fang")
    assert clone.push() == ACCEPTED


def test_a_header_changed_by_hand_comes_in_with_the_event_that_explains_it(clone: Clone) -> None:
    clone.commit(FIRST.with_fields({"title": "rust on spares", "priority": "P3"}))
    graded = after_forced_event(FIRST, "classify", 1, fields={"priority": "P3"}, reason="it is rare")
    edited = after_forced_event(graded, "edit", 1, fields={"title": "rust on spares"})
    clone.commit(edited)
    clone.commit(after_step(edited, "classify", 0.5, fields={"priority": "P2"}, reason="the customer says so"))
    assert clone.push() == ACCEPTED


def test_an_attachment_comes_in_with_its_ticket(clone: Clone) -> None:
    ticket = after_forced_event(FIRST, "attach", 3, fields={"files.rust.jpg": ITEM})
    clone.commit(ticket, files={f"tickets/files/{FIRST.id}/rust.jpg": PHOTO})
    assert clone.push() == ACCEPTED
    clone.commit(after_step(ticket, "note", 1, note="seen"))
    assert clone.push() == ACCEPTED


def test_a_lead_logs_what_happened_days_ago_and_says_why(clone: Clone) -> None:
    ticket = reported_ticket(30, 60, by="zhao.min")
    late = {**ticket.log[0].body, "logged": hours_ago(1), "note": "told by phone"}
    clone.commit(replace(ticket, log=(replace(ticket.log[0], body=late),)), by="zhao.min")
    assert clone.push() == ACCEPTED


def test_a_text_that_lost_a_merge_is_kept_and_comes_in(with_own_python: Clone) -> None:
    clone = with_own_python
    other = clone.clone_hub()
    ours = after_step(FIRST, "edit", 3, fields={"cause": "salt"})
    theirs = after_step(FIRST, "edit", 2, by="wang.fang", fields={"cause": "acid"})
    clone.commit(ours)
    other.commit(theirs, by="wang.fang")
    assert clone.push().accepted
    both = merge(ours, theirs)
    assert "superseded" in {event.do for event in both.log}
    merge_and_push(other, both)
    assert other.push() == ACCEPTED


def test_a_text_that_is_taken_back_comes_in_with_the_one_it_replaces(clone: Clone) -> None:
    mine = after_step(FIRST, "edit", 3, fields={"description": "salt"})
    theirs = after_step(FIRST, "edit", 2.5, by="wang.fang", fields={"description": "water"})
    merged = merge(mine, theirs)
    clone.commit(merged)
    taken = acts.perform(
        merged,
        acts.Act("edit", "li.wei", hours_ago(1), fields={"description": "salt"}, keep_old_values=True),
        hubs.POLICY,
    )
    clone.commit(taken)
    assert clone.push() == ACCEPTED
    assert [(version.value, version.settled) for version in list_superseded(taken)] == [("water", True)]


def test_an_edit_of_what_is_settled_is_forgiven_once_its_values_are_put_back(clone: Clone) -> None:
    archived = after_step(after_step(SECOND, "confirm", 3, by="zhao.min"), "archive", 2.5, by="zhao.min")
    clone.commit(archived, by="zhao.min", files={ticket_path(SECOND): None})
    assert clone.push() == ACCEPTED
    edited = after_forced_event(archived, "edit", 2, fields={"title": "x", "cause": "y"})
    clone.commit(edited)
    assert "title can no longer be changed" in clone.push().lines[0]
    clone.commit(
        after_forced_event(edited, "edit", 1, fields={"title": archived.title, "cause": archived.get("cause")})
    )
    assert clone.push() == ACCEPTED


# --- the rules --------------------------------------------------------------------------------------------------------


def test_the_admin_changes_people_and_with_a_later_since_the_targets(clone: Clone) -> None:
    clone.commit(by="sun.yu", files={"policy.yaml": rules(li_wei="lead")})
    clone.commit(
        after_step(SECOND, "confirm", 1, by="zhao.min"), by="li.wei"
    )  # a lead by now, he may speak for another
    assert clone.push() == ACCEPTED
    later = rules(li_wei="lead").replace(b"P4: {response: 24h", b"P4: {response: 20h")
    clone.commit(by="sun.yu", files={"policy.yaml": later.replace(b"since: 2020", b"since: 2030") + EARLIER})
    assert clone.push() == ACCEPTED


def test_rules_changed_by_an_engineer_are_no_harm_once_the_hubs_stand_again(clone: Clone) -> None:
    clone.commit(files={"policy.yaml": rules(li_wei="lead")})
    clone.commit(after_step(FIRST, "note", 2, note="x"), files={"policy.yaml": rules()})
    assert clone.push() == ACCEPTED


def test_what_a_lead_confirmed_before_he_was_replaced_comes_in_after_it(clone: Clone) -> None:
    other = clone.clone_hub()
    now = datetime.now(UTC).isoformat(timespec="seconds").encode()
    replaced = rules(zhao_min="engineer", wang_fang="lead").replace(b"lead: zhao.min", b"lead: wang.fang")
    dated = replaced.replace(b"since: 2020-01-01", b"since: " + now)
    former = EARLIER + b"  sites: {KSA: {lead: zhao.min}}\n"
    clone.commit(by="sun.yu", files={"policy.yaml": dated + former})
    assert clone.push() == ACCEPTED
    confirmed = after_step(SECOND, "confirm", 1, by="zhao.min")
    other.commit(confirmed, by="zhao.min")
    merge_and_push(other, confirmed)
    assert other.push() == ACCEPTED


def test_a_desks_own_lines_for_git_and_other_top_files_come_in(clone: Clone) -> None:
    files = {".gitignore": b"/index/\n.fenji-*\n", "README.md": b"# KSA\n", "handbook.yaml": b"synonyms: []\n"}
    clone.commit(files=files)
    assert clone.push() == ACCEPTED


# --- setting up -------------------------------------------------------------------------------------------------------


def test_a_hub_is_founded_from_a_desk_which_then_syncs_with_it(tmp_path: Path) -> None:
    desk = worlds.make("shipped", tmp_path / "desk")
    result = fenji("hub", "init", tmp_path / "hub.git", "--from", desk, "--json")
    assert (result.code, result.err) == (0, "")
    assert result.json == {"hub": str(tmp_path / "hub.git"), "branch": "main", "desk": str(desk), "remote": "origin"}
    assert git(desk, "rev-parse", "main") == git(desk, "rev-parse", "origin/main")
    assert git(desk, "rev-parse", "--abbrev-ref", "main@{upstream}") == "origin/main"
    again = fenji("hub", "init", tmp_path / "hub.git")
    assert again.code == 0
    assert fenji("hub", "init", tmp_path / "hub.git", "--from", desk).err.startswith(
        f"{tmp_path / 'hub.git'} already holds a desk"
    )
    settings = git(tmp_path / "hub.git", "config", "--local", "--list").splitlines()
    assert {f"{key.lower()}={value}" for key, value in hub.setup.SETTINGS.items()} <= set(settings)


def test_an_unsound_desk_founds_no_hub_and_is_told_why(tmp_path: Path) -> None:
    clone = hubs.create_hub(tmp_path / "first", rules(), FIRST)
    clone.commit(SECOND.with_fields({"state": "archived"}), files={ticket_path(FIRST): b"broken: ["})
    hub_path = hub.create(tmp_path / "second.git")
    with pytest.raises(Refused) as refusal:
        hub.push_desk(hub_path, clone.folder)
    assert "belongs at" not in str(refusal.value)
    assert f"{SECOND.id}: its state is archived; its log says solved" in str(refusal.value)
    assert ticket_path(FIRST) in str(refusal.value)


def test_a_hub_is_made_only_where_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used/notes.txt").write_text("mine")
    with pytest.raises(Refused, match="in use for something else"):
        hub.create(tmp_path / "used")
    with pytest.raises(NotFound, match="not in a git working tree"):
        hub.setup.current_branch(tmp_path / "used")
    hub_path = hub.create(tmp_path / "hub")
    hook = hub_path / "hooks/pre-receive"
    assert str(sys.executable) in hook.read_text()
    hook.write_text("#!/bin/sh\n")
    with pytest.raises(Refused, match="somebody else's"):
        hub.create(hub_path)


def test_a_hub_whose_fenji_is_gone_takes_nothing(with_own_python: Clone) -> None:
    clone = with_own_python
    hook = clone.hub / "hooks/pre-receive"
    hook.write_text(hook.read_text().replace(sys.executable, "/nowhere/python"))
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    pushed = clone.push()
    assert not pushed.accepted
    assert "/nowhere/python is not there" in pushed.lines[0]


def test_a_machine_wide_hooks_folder_does_not_switch_the_check_off(with_own_python: Clone) -> None:
    clone = with_own_python
    git(clone.folder, "config", "--global", "core.hooksPath", "/dev/null")
    clone.commit(files={"notes.txt": b"x"})
    assert not clone.push().accepted


def test_check_points_to_status_whoever_wants_to_look_a_hub_over(clone: Clone, tmp_path: Path) -> None:
    looked = fenji("hub", "check", clone.hub)
    assert (looked.code, f"fenji hub status {clone.hub}" in looked.err) == (2, True)
    for folder in (clone.hub, tmp_path):
        asked = fenji("hub", "check", GIT_DIR=str(folder))
        assert asked.code
        assert "fenji hub status" in asked.err


def test_check_answers_in_the_hubs_language_and_as_a_document(clone: Clone) -> None:
    clone.commit(by="sun.yu", files={"policy.yaml": rules().replace(b"language: en", b"language: zh-Hant")})
    assert clone.push() == ACCEPTED
    old = git(clone.folder, "rev-parse", "HEAD")
    clone.commit(files={"notes.txt": b"x"})
    new = git(clone.folder, "rev-parse", "HEAD")
    git(clone.hub, "fetch", "-q", str(clone.folder), "HEAD")
    result = subprocess.run(
        [sys.executable, "-m", "fenji", "hub", "check", "--json"],
        input=f"{old} {new} refs/heads/main\n".encode(),
        capture_output=True,
        check=False,
        cwd=clone.hub,
        env={"PYTHONPATH": str(SOURCE), "PATH": "/usr/bin:/bin", "HOME": str(clone.home)},
    )
    assert result.returncode == 1
    assert b'"subject": "notes.txt"' in result.stdout
    verdict = hub.check_push(clone.hub, hub.parse_updates(f"{old} {new} refs/heads/main"), datetime.now(UTC))
    assert verdict.language == "zh-Hant"


def test_lines_that_are_no_push_are_refused() -> None:
    with pytest.raises(InvalidUsage, match="not a push line"):
        hub.parse_updates("HEAD main refs/heads/main")


# --- size -------------------------------------------------------------------------------------------------------------


def test_a_small_push_reads_what_it_brings_and_not_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = worlds.make("hundreds", tmp_path / "desk")
    hub_path = hub.create(tmp_path / "hub.git")
    hub.push_desk(hub_path, desk)
    clone = Clone(desk, hub_path, tmp_path)
    clone.commit(reported_ticket(7_000, 5))
    clone.commit(after_step(reported_ticket(7_000, 5), "note", 2, note="small"))
    clone.commit(reported_ticket(7_001, 1))
    read: list[str] = []
    blobs = History.blobs

    def counted(self: History, names: Iterable[str]) -> dict[str, bytes]:
        contents = blobs(self, names)
        read.extend(contents)
        return contents

    monkeypatch.setattr(History, "blobs", counted)
    git(hub_path, "fetch", "-q", str(desk), "main:refs/pushed")
    old, new = (git(hub_path, "rev-parse", name) for name in ("main", "refs/pushed"))
    assert hub.check_push(hub_path, hub.parse_updates(f"{old} {new} refs/heads/main"), datetime.now(UTC)).refusals == ()
    assert len(read) < 20


def test_the_list_of_tickets_beside_the_hub_is_made_anew_where_it_is_lost_or_spoilt(clone: Clone) -> None:
    listed = clone.hub / "fenji-uids"
    for spoil in (
        listed.unlink,
        lambda: listed.write_bytes(b"nonsense"),
        lambda: listed.write_bytes(b"0" * 40 + b"\n"),
    ):
        spoil()
        clone.commit(reported_ticket(40, uid=1))
        assert "has the uid of" in clone.push().lines[0]
        git(clone.folder, "reset", "-q", "--hard", "HEAD~1")
        assert listed.read_bytes().count(b"\n") == 3
