"""The shipped desk tells true stories, and every world is what it promises to be."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import worlds
from fenji.errors import Damaged
from fenji.model import board, workflow
from fenji.model import sla as clocks
from fenji.model.ticket import TEXT_KEYS, Ticket, sanitize
from fenji.storage import yaml_codec
from worlds import bulk, damage, making, stories
from worlds.crowd import Crowd
from worlds.repositories import git

if TYPE_CHECKING:
    from fenji.model.policy import Policy

PROJECT = Path(__file__).resolve().parents[1]
NOON = datetime(2026, 11, 24, 12, 34, 56, tzinfo=UTC)
# What the story of the open tickets leads to: sign on the board, state, clock that runs out next.
STORY = {
    "DZA-2026-0031": (" ", "waiting", "solution"),  # waits for parts, which hold nothing
    "DZA-2026-0033": (" ", "new", "response"),  # a new P1 without owner
    "HQ-2026-0057": (" ", "responded", "solution"),
    "KSA-2026-0171": ("!", "working", "plan.m3"),  # a project: judged by its plan
    "KSA-2026-0185": ("=", "waiting", "solution"),  # no access
    "KSA-2026-0187": ("!", "working", "solution"),
    "KSA-2026-0189": ("~", "working", "solution"),
    "KSA-2026-0190": (" ", "solved", ""),
    "KSA-2026-0192": ("~", "new", "response"),
}


# What the whole desk has open besides.
FURTHER_STORY = {
    "DZA-2026-0019": ("~", "working", "plan.m4"),  # projects
    "HQ-2026-0048": ("~", "working", "plan.u3"),
    "DZA-2026-0030": (" ", "solved", ""),  # unconfirmed for two weeks
    "DZA-2026-0032": (" ", "solved", ""),
    "KSA-2026-0186": (" ", "confirmed", ""),
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return making.shipped_policy()


@pytest.fixture(scope="module")
def shipped() -> Mapping[str, Ticket]:
    """The tickets of the project's own desk by path."""
    return dict(read_tickets(PROJECT))


def read_tickets(desk: Path) -> Iterator[tuple[str, Ticket]]:
    for path in sorted(desk.joinpath("tickets").rglob("*.yaml")):
        name = path.relative_to(desk).as_posix()
        yield name, yaml_codec.read_ticket(path.read_bytes(), name)


# --- the shipped desk -------------------------------------------------------------------------------------------


def test_every_shipped_file_is_canonical_and_lies_in_its_place(shipped: Mapping[str, Ticket]) -> None:
    other = [path for path, ticket in shipped.items() if yaml_codec.dump(ticket) != Path(PROJECT, path).read_bytes()]
    assert other == []
    assert [path for path, ticket in shipped.items() if stories.ticket_path(ticket) != path] == []


def test_shipped_numbers_and_identities_are_unique_and_tell_the_report(shipped: Mapping[str, Ticket]) -> None:
    assert (
        len({ticket.uid for ticket in shipped.values()})
        == len({ticket.id for ticket in shipped.values()})
        == len(shipped)
    )
    for ticket in shipped.values():
        assert ticket.reported_at
        assert ticket.id.split("-")[:2] == [ticket.site, str(ticket.reported_at.year)]
    by_number = sorted(shipped.values(), key=lambda ticket: ticket.id)
    for site in {ticket.site for ticket in by_number}:
        reported = [ticket.reported_at for ticket in by_number if ticket.site == site and ticket.reported_at]
        assert reported == sorted(reported)


def test_every_shipped_step_was_allowed_when_it_was_taken(shipped: Mapping[str, Ticket], policy: Policy) -> None:
    for ticket in shipped.values():
        standing = workflow.current_state(ticket)
        assert (standing.uncounted, standing.state) == ((), ticket.state), ticket.id
        assert [event.n for event in ticket.log] == list(range(1, len(ticket.log) + 1))
        then = ticket
        for index, event in enumerate(ticket.log):
            then = Ticket(then.with_fields(event.set).data, ticket.log[:index])
            workflow.check(then, event, policy, now=event.logged or event.at)
            if event.do == "excuse":
                clocks.check_excuse(then, event, policy)


def test_every_shipped_header_is_what_its_log_says(shipped: Mapping[str, Ticket]) -> None:
    for ticket in shipped.values():
        logged: dict[str, object] = {}
        rewrote: set[str] = set()
        for event in ticket.log:
            logged |= event.set
            rewrote |= set(event.rewrote)
        assert {field_path: ticket.look_up(field_path) for field_path in logged} == logged, ticket.id
        assert {field_path for field_path in TEXT_KEYS if ticket.get(field_path)} <= rewrote, ticket.id
        for key in ("links", "resources", "plan", "files"):
            assert all(ticket.look_up(field_path) for field_path in rewrote if field_path.startswith(key)), ticket.id


def test_every_frozen_verdict_is_what_the_clocks_say(shipped: Mapping[str, Ticket], policy: Policy) -> None:
    for ticket in shipped.values():
        assert stories.freeze_sla(ticket, policy).get("sla") == ticket.get("sla"), ticket.id
        assert bool(ticket.get("sla")) == (ticket.state in ("confirmed", "archived")), ticket.id


def test_shipped_priorities_come_from_the_matrix_and_people_from_the_policy(
    shipped: Mapping[str, Ticket], policy: Policy
) -> None:
    for ticket in shipped.values():
        assert ticket.priority == policy.priority(ticket.word("impact"), ticket.word("occurrence")), ticket.id
        assert {event.by for event in ticket.log} <= policy.people.keys()
        assert set(ticket.units) <= policy.units.keys()
        assert not ticket.owner or ticket.owner in policy.people
        assert all(event.at <= event.logged for event in ticket.log if event.logged)


def test_shipped_links_plans_and_files_hold_together(shipped: Mapping[str, Ticket]) -> None:
    known = {ticket.id for ticket in shipped.values()}
    for ticket in shipped.values():
        assert {link["to"] for link in ticket.items("links")} <= known
        keys = [item["key"] for item in ticket.items("plan")]
        for item in ticket.items("plan"):
            after = item.get("after") or []
            assert isinstance(after, list)
            assert set(after) <= set(keys)
            assert str(item["start"]) <= str(item["due"])
        for file in ticket.items("files"):
            data = Path(PROJECT, "tickets", "files", ticket.id, str(file["name"])).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])


def test_the_shipped_archive_shows_every_ending(shipped: Mapping[str, Ticket]) -> None:
    closed = [
        ticket for ticket in shipped.values() if workflow.current_state(ticket).state in ("archived", "withdrawn")
    ]
    done = Counter(event.do for ticket in closed for event in ticket.log)
    assert len(closed) >= 30
    assert {ticket.kind for ticket in closed} == {"quality", "request", "project"}
    assert {ticket.priority for ticket in closed} == {"P1", "P2", "P3", "P4"}
    assert done["reopen"]
    assert done["excuse"]
    assert done["withdraw"]
    assert done["classify"]
    assert done["wait"]
    assert any(link["as"] == "duplicate" for ticket in closed for link in ticket.items("links"))


def test_the_worked_example_is_the_method_step_by_step(shipped: Mapping[str, Ticket]) -> None:
    rust = shipped["tickets/archive/KSA/2026/KSA-2026-0042.yaml"]
    assert (rust.title, rust.kind, rust.priority, rust.word("product.part")) == ("備件生鏽", "quality", "P4", "XJ-4411")
    steps = [event.do for event in rust.log if event.do not in ("note", "attach")]
    assert steps == ["report", "respond", "classify", "assign", "edit", "edit", "solve", "confirm", "archive"]
    reported = rust.log[0].at
    sla: Any = rust.sla
    assert sla["response"]["due"] == reported + timedelta(hours=24)
    assert sla["solution"]["due"] == reported + timedelta(days=14)
    assert sla["response"]["met"]
    assert sla["solution"]["met"]
    assert sla["confirmed"]["by"] == "zhao.min"


# --- moved to the present ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("world", "story"), [("shipped", STORY), ("whole", STORY | FURTHER_STORY)])
@pytest.mark.parametrize("now", [making.SHIPPED_NOW, NOON])
def test_the_shipped_story_fits_the_present(
    world: str, story: Mapping[str, tuple[str, str, str]], now: datetime, policy: Policy, tmp_path: Path
) -> None:
    desk = worlds.make(world, tmp_path / "desk", now=now)
    opened = [(ticket, path, False) for path, ticket in read_tickets(desk) if path.startswith("tickets/open/")]
    rows = board.build_rows(opened, policy, now)
    assert {row.id: (row.sign, row.ticket.state, row.next_clock) for row in rows} == story
    assert all(event.at <= now for ticket, _, _ in opened for event in ticket.log)
    assert [row.id for row in rows if row.ticket.priority == "P1" and not row.ticket.owner] == ["DZA-2026-0033"]


def test_moving_keeps_the_archive_and_moves_plans_by_whole_days(tmp_path: Path) -> None:
    desk = worlds.make("whole", tmp_path / "desk", now=making.SHIPPED_NOW + timedelta(days=5, hours=2))
    for path in sorted(PROJECT.joinpath("tickets", "archive").rglob("*.yaml")):
        assert desk.joinpath(path.relative_to(PROJECT)).read_bytes() == path.read_bytes()
    plan = yaml_codec.read_ticket(desk.joinpath("tickets/open/KSA-2026-0171.yaml").read_bytes(), "").items("plan")
    assert [item["due"] for item in plan][:2] == ["2026-11-03", "2026-11-10"]


def test_the_desk_is_made_from_a_checkout_that_is_no_repository_and_cannot_be_written(tmp_path: Path) -> None:
    copy = tmp_path / "some where 現場"
    for name in ("tickets", "tests/worlds"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("policy.yaml", "handbook.yaml", "contracts.yaml"):
        shutil.copy(PROJECT / name, copy)
    for path in (*copy.rglob("*"), copy):
        path.chmod(0o555 if path.is_dir() else 0o444)
    paths = os.pathsep.join([str(copy / "tests"), str(PROJECT / "src")])
    surroundings = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "worlds", "whole", str(tmp_path / "desk")]
    try:
        process = subprocess.run(command, env=surroundings, cwd=tmp_path, capture_output=True, text=True, check=True)
    finally:
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755)
    assert process.stdout == f"{tmp_path / 'desk'}\n"
    assert tmp_path.joinpath("desk/tickets/open/KSA-2026-0187.yaml").is_file()
    assert not copy.joinpath(".git").exists()


# --- the other worlds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["empty", "worked_example", "shipped", "whole", "busy_morning", "bad_files"])
def test_a_world_is_one_clean_commit_of_one_person(name: str, tmp_path: Path) -> None:
    desk = worlds.make(name, tmp_path / "desk", now=NOON)
    assert git(desk, "status", "--porcelain") == ""
    assert git(desk, "fsck", "--strict").strip() in ("", "notice: HEAD points to an unborn branch (main)")
    assert git(desk, "rev-list", "--count", "HEAD").strip() == "1"
    assert git(desk, "config", "--local", "fenji.site").strip() == "KSA"
    assert git(desk, "config", "--local", "fenji.user").strip() == "li.wei"


def test_the_same_world_twice_is_the_same_to_the_byte(tmp_path: Path) -> None:
    for name in ("busy_morning", "bad_files"):
        heads = [git(worlds.make(name, tmp_path / name / side, now=NOON), "rev-parse", "HEAD") for side in "ab"]
        assert heads[0] == heads[1]


def test_a_folder_in_use_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    tmp_path.joinpath("mine.txt").touch()
    with pytest.raises(FileExistsError):
        worlds.make("empty", tmp_path)
    with pytest.raises(ValueError, match="there is no world nowhere"):
        worlds.make("nowhere", tmp_path / "desk")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_busy_morning_has_every_sign_and_state(policy: Policy, tmp_path: Path) -> None:
    desk = worlds.make("busy_morning", tmp_path / "desk", now=NOON)
    rows = board.build_rows(
        [(ticket, path, False) for path, ticket in read_tickets(desk) if "/open/" in path], policy, NOON
    )
    assert len(rows) == 60
    assert {row.sign for row in rows} == {"!", "~", "=", " "}
    assert {row.ticket.state for row in rows} == {"new", "responded", "working", "waiting", "solved"}


def test_two_sites_hold_the_same_and_can_push(tmp_path: Path) -> None:
    ksa = worlds.make("two_sites", tmp_path / "desk", now=NOON)
    hq, hub = (ksa.parent / name for name in (worlds.OTHER_CLONE, worlds.HUB))
    assert len({git(repo, "rev-parse", "main") for repo in (ksa, hq, hub)}) == 1
    assert git(hq, "config", "--local", "fenji.site").strip() == "HQ"
    git(hq, "commit", "-q", "--allow-empty", "-m", "something", at=NOON)
    git(hq, "push", "-q")
    git(ksa, "fetch", "-q")
    assert git(ksa, "rev-list", "--count", "main..@{upstream}").strip() == "1"


def test_damaged_files_cannot_be_read_and_hostile_ones_can(policy: Policy, tmp_path: Path) -> None:
    desk = worlds.make("bad_files", tmp_path / "desk", now=NOON)
    for path in damage.damaged_files(policy, NOON):
        with pytest.raises(Damaged):
            yaml_codec.read_ticket(desk.joinpath(path).read_bytes(), path)
    for path in damage.unusual_files(policy, NOON):
        assert yaml_codec.read_ticket(desk.joinpath(path).read_bytes(), path).title
    titles = {
        yaml_codec.read_ticket(yaml_codec.dump(ticket), ticket.id).title
        for ticket in damage.hostile_tickets(policy, NOON)
    }
    assert titles == set(damage.TITLES.values())
    assert not any("\x1b" in sanitize(title) or "\u202e" in sanitize(title) for title in titles)


def assert_sound(files: Mapping[str, bytes], policy: Policy) -> None:
    for path, data in files.items():
        ticket = yaml_codec.read_ticket(data, path)
        standing = workflow.current_state(ticket)
        assert yaml_codec.dump(ticket) == data
        assert stories.ticket_path(ticket) == path
        assert (standing.uncounted, standing.state) == ((), ticket.state), path
        assert stories.freeze_sla(ticket, policy).get("sla") == ticket.get("sla"), path


def test_a_crowd_is_sound_also_where_stories_are_repeated(policy: Policy) -> None:
    files = bulk.crowd_files(Crowd(180, 20, NOON, "seed", distinct=60), PROJECT.joinpath("policy.yaml").read_bytes())
    assert len(files) == 200
    assert_sound(files, policy)
    assert len({yaml_codec.read_ticket(data, path).uid for path, data in files.items()}) == 200


@pytest.mark.nightly
def test_ten_thousand_are_sound(policy: Policy, tmp_path: Path) -> None:
    desk = worlds.make("ten_thousand", tmp_path / "desk", now=NOON)
    paths = sorted(desk.joinpath("tickets").rglob("*.yaml"))
    assert len(paths) == 10_000
    assert git(desk, "status", "--porcelain") == ""
    assert_sound({path.relative_to(desk).as_posix(): path.read_bytes() for path in paths[::7]}, policy)
