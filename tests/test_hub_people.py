"""Whose acts come in: roles that have ended, for as long as `grace` says, and strangers, as `strangers` says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fenji.judge.authors import may_do_as_stranger
from fenji.model.ticket import Event
from hubs import (
    NOW,
    SECOND,
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
    git(other.folder, "fetch", "-q", str(clone.hub), "main")
    git(other.folder, "-c", "user.name=x", "-c", "user.email=x@x.invalid", "merge", "-q", "--no-edit", "FETCH_HEAD")
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
    assert comes_in or any("the policy does not know ghost" in line for line in pushed.lines)


def test_programs_are_no_strangers() -> None:
    policy = load_policy(newer_rules(strangers="nothing"))
    events = [Event(1, NOW, by, "report", {}) for by in ("import", "mail", "li.wei", "ghost")]
    assert [may_do_as_stranger(event, policy) for event in events] == [True, True, True, False]
