"""Whose acts come in: roles that have ended, for as long as `grace` says, and strangers, as `strangers` says."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from commandline import fenji
from fenji.desk import people
from fenji.git import find_repo
from fenji.judge.authors import may_do_as_stranger
from fenji.judge.policy_draft import DraftJudge
from fenji.judge.policy_in_force import POLICY_FILE, PolicyInForce, parse_policy
from fenji.model.ticket import Event, Ticket
from hubs import (
    FIRST,
    NOW,
    SECOND,
    YEAR,
    Clone,
    after_forced_event,
    after_step,
    create_hub,
    git,
    load_policy,
    reported_ticket,
    rules,
    ticket_path,
)

CONFIRMED = after_step(SECOND, "confirm", 3, by="zhao.min")
ARCHIVED = after_step(CONFIRMED, "archive", 2, by="huang.lei")


def newer_rules(*, end_days_ago: float | None = None, grace: str = "2d", strangers: str = "note") -> bytes:
    """Rules in format 2; with an end, the manager's role has ended so many days ago."""
    text = rules().decode().replace("format: 1", "format: 2") + f"grace: {grace}\nstrangers: {strangers}\n"
    if end_days_ago is not None:
        end = (NOW - timedelta(days=end_days_ago)).isoformat()
        text = text.replace("roles: [manager]", f"roles: [manager], until: {{manager: {end}}}")
    return text.encode()


@pytest.mark.parametrize(("days", "comes_in"), [(1, True), (3, False)])
def test_an_act_made_before_the_end_was_known_comes_in_within_grace(
    tmp_path: Path, days: float, *, comes_in: bool
) -> None:
    clone = create_hub(tmp_path, newer_rules(), CONFIRMED)
    other = clone.clone_hub()
    clone.commit(by="sun.yu", files={"policy.yaml": newer_rules(end_days_ago=days)})
    assert clone.push().accepted
    other.commit(ARCHIVED, by="huang.lei", files={ticket_path(CONFIRMED): None})
    merge_hub(other)
    pushed = other.push()
    assert pushed.accepted is comes_in, pushed.lines
    assert comes_in or any("comes too late" in line for line in pushed.lines)


def test_a_role_that_has_ended_does_nothing_new(tmp_path: Path) -> None:
    clone = create_hub(tmp_path, newer_rules(end_days_ago=1), CONFIRMED)
    clone.commit(ARCHIVED, by="huang.lei", files={ticket_path(CONFIRMED): None})
    assert not clone.push().accepted


@pytest.mark.parametrize(
    ("strangers", "do", "comes_in"),
    [
        ("nothing", "note", False),
        ("note", "note", True),
        ("note", "respond", False),
        ("work", "respond", True),
    ],
)
def test_a_stranger_does_what_the_rules_allow(tmp_path: Path, strangers: str, do: str, *, comes_in: bool) -> None:
    first = reported_ticket(1)
    clone = create_hub(tmp_path, newer_rules(strangers=strangers), first)
    clone.commit(after_forced_event(first, do, 1, by="ghost", note="x"), by="ghost")
    pushed = clone.push()
    assert pushed.accepted is comes_in, pushed.lines
    assert comes_in or any("ghost is not in the policy" in line for line in pushed.lines)


def test_programs_are_no_strangers() -> None:
    policy = load_policy(newer_rules(strangers="nothing"))
    events = [Event(1, NOW, by, "report", {}) for by in ("import", "mail", "li.wei", "ghost")]
    assert [may_do_as_stranger(event, policy) for event in events] == [True, True, True, False]


# --- rights are asked with the instant of the act ---------------------------------------------------------------------

ENDED_ADMIN = newer_rules().decode().replace("roles: [admin]", "roles: [admin], until: {admin: 2026-01-01}").encode()
HQ_FILES = ("policy.yaml", "contracts.yaml", ".gitattributes")


@pytest.mark.parametrize("name", HQ_FILES)
def test_an_administrator_whose_role_has_ended_changes_nothing_of_headquarters(tmp_path: Path, name: str) -> None:
    clone = create_hub(tmp_path, ENDED_ADMIN, CONFIRMED)
    clone.commit(by="sun.yu", files={name: ENDED_ADMIN.replace(b"24h}", b"24h }") if name == HQ_FILES[0] else b"# x\n"})
    pushed = clone.push()
    assert not pushed.accepted
    assert any("may not change" in line or "may change" in line for line in pushed.lines), pushed.lines


def test_the_draft_of_an_administrator_whose_role_has_ended_stays_a_draft(tmp_path: Path) -> None:
    clone = create_hub(tmp_path, ENDED_ADMIN, CONFIRMED)
    clone.write({"policy.yaml": ENDED_ADMIN.replace(b"backdate: 24h", b"backdate: 48h")})
    git(clone.folder, "remote", "add", "origin", str(clone.hub))
    git(clone.folder, "fetch", "-q", "origin")
    git(clone.folder, "config", "fenji.user", "sun.yu")
    checked = fenji("--desk", clone.folder, "policy", "check")
    assert checked.code != 0
    assert "sun.yu may not change the rules" in checked.err


def replaced_lead(days_ago: float) -> bytes:
    """Rules in which KSA has had another lead for so many days, without an end for the former one."""
    since = (NOW - timedelta(days=days_ago)).isoformat()
    head, _, tail = newer_rules().decode().partition("since: 2020-01-01")
    lead, named = "{name: KSA, lead: zhao.min}", "{name: KSA, lead: huang.lei}"
    rest = tail.replace(lead, named).replace("roles: [lead]", "roles: [engineer]")
    earlier = f"earlier:\n- {{since: 2020-01-01, sites: {{KSA: {lead}, HQ: {{name: HQ}}}}}}\n"
    return f"{head}since: {since}{rest}{earlier}".encode()


@pytest.mark.parametrize(("days", "comes_in"), [(1, True), (3, False)])
def test_a_lead_who_was_replaced_without_an_end_has_the_same_grace(
    tmp_path: Path, days: float, *, comes_in: bool
) -> None:
    first = newer_rules().replace(b"roles: [lead]", b"roles: [engineer]")
    clone = create_hub(tmp_path, first, SECOND)
    other = clone.clone_hub()
    clone.commit(by="sun.yu", files={"policy.yaml": replaced_lead(days)})
    git(clone.hub, "config", "core.hooksPath", "/dev/null")  # as it came in when its `since` was new
    assert clone.push().accepted
    git(clone.hub, "config", "core.hooksPath", "hooks")
    other.commit(CONFIRMED, by="zhao.min")
    merge_hub(other)
    pushed = other.push()
    assert pushed.accepted is comes_in, pushed.lines
    assert comes_in or any("comes too late" in line for line in pushed.lines)


def test_who_has_left_speaks_for_nobody_longer_than_grace(tmp_path: Path) -> None:
    first = reported_ticket(1)
    clone = create_hub(tmp_path, newer_rules(), first)
    other = clone.clone_hub()
    clone.commit(by="sun.yu", files={"policy.yaml": newer_rules(end_days_ago=3)})
    assert clone.push().accepted
    other.commit(after_step(first, "note", 1, by="zhao.min", note="x"), by="huang.lei")
    git(other.folder, "fetch", "-q", str(clone.hub), "main")
    git(other.folder, "-c", "user.name=x", "-c", "user.email=x@x.invalid", "merge", "-q", "--no-edit", "FETCH_HEAD")
    pushed = other.push()
    assert not pushed.accepted
    assert any("comes too late" in line for line in pushed.lines), pushed.lines


def test_a_history_is_judged_by_the_dates_of_its_commits(tmp_path: Path) -> None:
    """A version of long ago, by somebody who became and was an administrator then, is none of what is refused."""
    clone = create_hub(tmp_path, newer_rules().replace(b"since: 2020-01-01", b"since: 2019-01-01"), SECOND)
    then = datetime.fromisoformat(f"{YEAR - 1}-06-01T08:00:00+00:00")
    commit_then(
        clone,
        then,
        "sun.yu",
        newer_rules()
        .replace(b"since: 2020-01-01", b"since: 2019-01-01")
        .replace(b"roles: [engineer]", b"roles: [engineer, admin]", 1),
    )
    text = newer_rules().decode().replace("since: 2020-01-01", f"since: {then.isoformat()}")
    text = text.replace("roles: [engineer]", f"roles: [engineer, admin], until: {{admin: {YEAR}-01-01}}", 1)
    text = text.replace("P4: {response: 24h", "P4: {response: 23h")
    former = "{P1: {response: 1h, solution: 24h}, P2: {response: 4h, solution: 3d}"
    former += ", P3: {response: 8h, solution: 7d}, P4: {response: 24h, solution: 14d}}"
    commit_then(clone, then, "li.wei", f"{text}earlier:\n- {{since: 2019-01-01, priorities: {former}}}\n".encode())
    judged = fenji("--desk", clone.folder, "check", "--history", "--json")
    assert judged.json["refusals"] == []
    assert judged.json["commits"] == 2


def commit_then(clone: Clone, at: datetime, by: str, policy_text: bytes) -> None:
    """Commit rules under a date of long ago."""
    clone.write({"policy.yaml": policy_text})
    git(clone.folder, "add", "policy.yaml")
    who = ("-c", f"user.name={by}", "-c", f"user.email={by}@fenji.example")
    dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), at.isoformat())
    git(clone.folder, *who, "commit", "-q", "-m", "rules", env={**os.environ, **dates})


@pytest.mark.parametrize(("said_by", "comes_in"), [("sun.yu", True), ("huang.lei", False)])
def test_who_brings_a_correction_in_stands_in_it(tmp_path: Path, said_by: str, *, comes_in: bool) -> None:
    clone = create_hub(tmp_path, newer_rules(), CONFIRMED)
    said = f"corrections:\n- {{key: c1, on: {NOW.isoformat()}, by: {said_by}, why: a slip, from: 2026-01-01, "
    said += "to: 2026-01-02, at_risk: 30%}\n"
    clone.commit(by="sun.yu", files={"policy.yaml": newer_rules() + said.encode()})
    pushed = clone.push()
    assert pushed.accepted is comes_in, pushed.lines
    assert comes_in or any("whoever enters a correction" in line for line in pushed.lines)


def test_a_desk_names_every_fault_for_which_the_hub_refuses_a_change(tmp_path: Path) -> None:
    clone = create_hub(tmp_path, newer_rules(), CONFIRMED)
    said = f"corrections:\n- {{key: c1, on: {NOW.isoformat()}, by: huang.lei, why: a slip, from: 2026-01-01, "
    said += "to: 2026-01-02, at_risk: 30%}\n"
    draft = newer_rules().replace(b"P4: {response: 24h", b"P4: {response: 23h") + said.encode()
    in_force = PolicyInForce(parse_policy(newer_rules(), POLICY_FILE))
    judge = DraftJudge.at_desk(clone.folder, find_repo(clone.folder), in_force, "sun.yu", NOW)
    told = [str(problem.message) for problem in judge.find_problems(draft)]
    clone.commit(by="sun.yu", files={"policy.yaml": draft})
    refused = [line for line in clone.push().lines if "policy.yaml" in line]
    assert len(told) == len(refused) == 2
    assert all(any(message in line for line in refused) for message in told), (told, refused)


# --- rules that the hub has replaced ---------------------------------------------------------------------------------


def merge_hub(clone: Clone) -> None:
    git(clone.folder, "fetch", "-q", str(clone.hub), "main")
    git(clone.folder, "-c", "user.name=x", "-c", "user.email=x@x.invalid", "merge", "-q", "--no-edit", "FETCH_HEAD")


def change_rules(clone: Clone, old: str, new: str, *, days_ago: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the hub take other rules, committed so many days ago."""
    text = (clone.folder / "policy.yaml").read_text()
    assert old in text
    with monkeypatch.context() as dated:
        dated.setenv("GIT_COMMITTER_DATE", (NOW - timedelta(days=days_ago)).isoformat())
        clone.commit(by="sun.yu", files={"policy.yaml": text.replace(old, new).encode()})
    pushed = clone.push()
    assert pushed.accepted, pushed.lines


LATE_NOTE = after_forced_event(reported_ticket(1), "note", 5, note="x", logged=NOW)
WITHDRAWN = after_forced_event(reported_ticket(1), "withdraw", 1, reason="x")


@pytest.mark.parametrize(("days", "comes_in"), [(1, True), (3, False)])
@pytest.mark.parametrize(
    ("act", "change"),
    [(LATE_NOTE, ("backdate: 24h", "backdate: 1h")), (WITHDRAWN, ("may: {", "may: {withdraw: [lead], "))],
)
def test_rules_that_were_replaced_longer_than_grace_ago_allow_nothing_more(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    act: Ticket,
    change: tuple[str, str],
    days: float,
    *,
    comes_in: bool,
) -> None:
    """However old the commit is that a clone starts from."""
    clone = create_hub(tmp_path, newer_rules(), reported_ticket(1))
    other = clone.clone_hub()
    change_rules(clone, *change, days_ago=days, monkeypatch=monkeypatch)
    gone = {ticket_path(reported_ticket(1)): None} if act is WITHDRAWN else {}
    other.commit(act, files=gone)
    merge_hub(other)
    pushed = other.push()
    assert pushed.accepted is comes_in, pushed.lines


def test_a_version_between_the_one_that_was_built_on_and_the_newest_may_have_been_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clone that has fetched works by what it fetched, before it has merged anything."""
    for_leads = newer_rules().replace(b"may: {", b"may: {withdraw: [lead], ")
    clone = create_hub(tmp_path, for_leads, reported_ticket(1))
    other = clone.clone_hub()
    change_rules(clone, "withdraw: [lead], ", "", days_ago=0.1, monkeypatch=monkeypatch)
    change_rules(clone, "may: {", "may: {withdraw: [lead], ", days_ago=0, monkeypatch=monkeypatch)
    other.commit(WITHDRAWN, files={ticket_path(reported_ticket(1)): None})
    merge_hub(other)
    pushed = other.push()
    assert pushed.accepted, pushed.lines


@pytest.mark.parametrize("path", ["contracts.yaml", ".gitattributes"])
def test_who_is_no_admin_any_more_changes_nothing_of_headquarters_from_an_old_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    text = newer_rules().decode().replace("roles: [manager]", "roles: [manager, admin]").encode()
    clone = create_hub(tmp_path, text, FIRST)
    other = clone.clone_hub()
    ended = f"roles: [manager, admin], until: {{admin: {(NOW - timedelta(hours=2)).isoformat()}}}"
    change_rules(clone, "roles: [manager, admin]", ended, days_ago=0, monkeypatch=monkeypatch)
    written = b"format: 1\nsince: 2026-01-01\ncurrency: USD\n" if path == "contracts.yaml" else b"* -text\n"
    other.commit(by="huang.lei", files={path: written})
    merge_hub(other)
    pushed = other.push()
    assert not pushed.accepted
    assert any("may not change it" in line for line in pushed.lines)


# --- who is new -------------------------------------------------------------------------------------------------------

GHOST = "  ghost: {name: Ghost, roles: [engineer], unit: HQ-TECH}\n"
DATED_GHOST = "  ghost: {name: Ghost, roles: [engineer], unit: {1900-01-01: , NOW: HQ-TECH}}\n"


def rules_with(person: str) -> bytes:
    return newer_rules().replace(b"impact: [major", person.replace("NOW", NOW.isoformat()).encode() + b"impact: [major")


@pytest.mark.parametrize(
    ("hours", "person", "comes_in"),
    [
        (30, GHOST, False),
        (30, DATED_GHOST, True),
        (30, GHOST.replace(", unit: HQ-TECH", ""), True),
        (5, GHOST, True),
    ],
)
def test_a_new_person_moves_no_unit_that_answers_for_what_is_decided(
    tmp_path: Path, hours: float, person: str, *, comes_in: bool
) -> None:
    with people.insist():
        clone = create_hub(tmp_path, newer_rules(), reported_ticket(1, hours, owner="ghost"))
    clone.commit(by="sun.yu", files={"policy.yaml": rules_with(person)})
    pushed = clone.push()
    assert pushed.accepted is comes_in, pushed.lines
    assert comes_in or any("is this person's unit in what" in line for line in pushed.lines)
