"""What the hub refuses: each by pushing exactly that with plain git to a real hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

import hubs
from fenji.model.merge import renumber
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

PHOTO = b"rust everywhere"
ITEM: dict[str, Value] = {"name": "rust.jpg", "size": len(PHOTO), "sha256": sha256(PHOTO).hexdigest()}
PLACE = f"tickets/files/{FIRST.id}"
WITH_PHOTO = after_forced_event(reported_ticket(3), "attach", 5.5, fields={"files.rust.jpg": ITEM})
OTHERS = f"tickets/files/{WITH_PHOTO.id}/rust.jpg"
CONFIRMED = after_step(SECOND, "confirm", 2, by="zhao.min")
ARCHIVE = f"tickets/archive/KSA/{hubs.YEAR}"

Action = Callable[[Clone], None]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    home = tmp_path_factory.mktemp("founded")
    return hubs.create_hub(home, rules(), FIRST, SECOND, WITH_PHOTO, files={OTHERS: PHOTO})


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copy_clone(founded, tmp_path)


def assert_refused(pushed: PushResult, *parts: str) -> None:
    """The push was refused by one line, which holds the words."""
    lines = [line for line in pushed.lines if not line.startswith(("To ", "!", " !", "error: "))]
    assert not pushed.accepted
    assert len(lines) == 1, pushed.lines
    assert [word for word in parts if word not in lines[0]] == [], lines


def commit_ticket(ticket: Ticket, by: str = "li.wei") -> Action:
    return lambda clone: clone.commit(ticket, by=by)


def commit_files(by: str = "li.wei", /, **changes: bytes | None) -> Action:
    """Other files, `__` in a name standing for a slash and `_dot_` for a dot."""
    changes_by_path = {name.replace("__", "/").replace("_dot_", "."): data for name, data in changes.items()}
    return lambda clone: clone.commit(by=by, files=changes_by_path)


def commit_all(changes: Mapping[str, bytes | None], *tickets: Ticket) -> Action:
    return lambda clone: clone.commit(*tickets, files=changes)


def ticket_text(ticket: Ticket) -> bytes:
    return yaml_codec.dump(ticket)


def with_sla(**more: Value) -> Ticket:
    """The confirmed ticket with parts of its verdict replaced."""
    values = CONFIRMED.get("sla")
    assert isinstance(values, dict)
    parts = {key: {**values[key], **value} if isinstance(value, dict) else value for key, value in more.items()}
    return CONFIRMED.with_fields({"sla": {**values, **parts}})


def late_confirmation(**more: Value) -> Ticket:
    ticket = reported_ticket(30, 60, by=str(more.pop("by", "li.wei")))
    body = {**ticket.log[0].body, "logged": hours_ago(1), **more}
    return replace(ticket, log=(replace(ticket.log[0], body=body),))


def engineers_confirmation() -> Ticket:
    forged = after_forced_event(SECOND, "confirm", 2)
    values = with_sla(confirmed={"by": "li.wei"}).get("sla")
    return forged.with_fields({"sla": values})


CASES: dict[str, tuple[Action, tuple[str, ...]]] = {
    # Files that cannot be read.
    "no ticket": (commit_all({ticket_path(FIRST): b"title: [rust\n"}), (ticket_path(FIRST), "bracket [", "not closed")),
    "no uid": (
        commit_all(
            {f"tickets/open/{ticket_number(5)}.yaml": ticket_text(reported_ticket(5)).replace(b"uid:", b"uld:")}
        ),
        ("uid", "missing"),
    ),
    "too large a ticket": (
        commit_all({ticket_path(FIRST): ticket_text(FIRST) + b"# x\n" * (1 << 18)}),
        (ticket_path(FIRST), "at most 1048576"),
    ),
    "no handbook": (commit_files(handbook_dot_yaml=b"a: *b\n"), ("handbook.yaml", "aliases")),
    # The log.
    "removed event": (
        commit_ticket(replace(FIRST, log=FIRST.log[:1]).with_fields({"state": "new"})),
        (FIRST.id, "removed or changed", "2 respond"),
    ),
    "changed event": (
        commit_ticket(replace(FIRST, log=(replace(FIRST.log[0], by="wang.fang"), FIRST.log[1]))),
        ("removed or changed", "1 report"),
    ),
    "counter too high": (
        commit_ticket(after_forced_event(FIRST, "note", 1, n=999, note="x")),
        ("has the number 999", "next one is 3"),
    ),
    "false superseded": (
        commit_ticket(
            FIRST.with_events([Event(1, FIRST.log[0].at, "li.wei", "superseded", {"field": "cause", "of": "0" * 16})])
        ),
        ("keeps a value no event gave",),
    ),
    # Steps.
    "illegal step": (
        commit_ticket(after_forced_event(FIRST, "archive", 1, by="zhao.min"), "zhao.min"),
        ("archive is not possible",),
    ),
    "unknown step": (commit_ticket(after_forced_event(FIRST, "celebrate", 1)), ("There is no step celebrate",)),
    "step that lacks fields": (commit_ticket(after_forced_event(FIRST, "solve", 1)), ("solve needs cause, solution",)),
    "reason of no policy": (
        commit_ticket(after_forced_event(FIRST, "wait", 1, reason="lunch")),
        ("lunch is not a reason for wait",),
    ),
    "owner like a queue": (
        commit_ticket(after_forced_event(FIRST, "assign", 1, fields={"owner": "queue:HQ"})),
        ("queue:HQ is a duty queue, not a person",),
    ),
    "wrong role": (commit_ticket(engineers_confirmation()), ("Li Wei may not do this: confirm",)),
    "excuse of a success": (
        commit_ticket(
            after_forced_event(
                CONFIRMED, "excuse", 1, by="zhao.min", clock="solution", reason="force majeure", note="x"
            ),
            "zhao.min",
        ),
        ("was not missed",),
    ),
    # Time.
    "in the future": (
        commit_ticket(after_forced_event(FIRST, "note", -5, note="soon")),
        ("note by li.wei", "is in the future"),
    ),
    "logged in the future": (
        commit_ticket(after_forced_event(FIRST, "note", 1, note="x", logged=hours_ago(-5))),
        ("is in the future",),
    ),
    "logged before": (
        commit_ticket(after_forced_event(FIRST, "note", 2, note="x", logged=hours_ago(3))),
        ("logged before it happened",),
    ),
    "behind the log, silently": (
        commit_ticket(after_forced_event(SECOND, "note", 5.5, note="x")),
        ("`logged` is missing",),
    ),
    "days ago, silently": (commit_ticket(reported_ticket(31, 60)), ("report by li.wei", "`logged` is missing")),
    "days ago by an engineer": (commit_ticket(late_confirmation(note="told by phone")), ("Only a lead can log",)),
    "days ago without a word": (commit_ticket(late_confirmation(by="zhao.min"), "zhao.min"), ("needs a word on why",)),
    # Authors.
    "for one of a higher role": (
        commit_ticket(after_forced_event(FIRST, "note", 1, by="zhao.min", note="x")),
        ("may not speak for zhao.min",),
    ),
    "by a stranger": (
        commit_ticket(after_forced_event(FIRST, "note", 1, note="x"), "no.body"),
        ("no.body@fenji.example", "may not speak"),
    ),
    # The header.
    "state by hand": (
        commit_ticket(SECOND.with_fields({"state": "confirmed"})),
        ("its state is confirmed", "its log says solved"),
    ),
    "title by hand": (
        commit_ticket(FIRST.with_fields({"title": "something else"})),
        ("no event explains the value of title",),
    ),
    "text by hand": (
        commit_ticket(SECOND.with_fields({"cause": "nobody knows"})),
        ("no event explains the value of cause",),
    ),
    "text of a new ticket": (
        commit_ticket(reported_ticket(42).with_fields({"cause": "x"})),
        ("no event explains the value of cause",),
    ),
    "priority by hand": (
        commit_ticket(after_forced_event(FIRST, "classify", 1, fields={"priority": "P1"})),
        ("set by hand needs a reason",),
    ),
    "graded by an edit": (
        commit_ticket(after_forced_event(FIRST, "edit", 1, fields={"kind": "request"})),
        ("only classify changes",),
    ),
    "graded after the solution": (
        commit_ticket(after_forced_event(SECOND, "classify", 1, fields={"kind": "request"})),
        ("classify is not possible",),
    ),
    "unknown grade": (
        commit_ticket(after_forced_event(FIRST, "classify", 1, fields={"impact": "huge"})),
        ("huge is not a known impact",),
    ),
    # Places, numbers, identities.
    "wrong place": (
        commit_all({f"{ARCHIVE}/{FIRST.id}.yaml": ticket_text(FIRST), ticket_path(FIRST): None}),
        ("is responded and belongs at", ticket_path(FIRST)),
    ),
    "another's name": (
        commit_all({f"tickets/open/{ticket_number(8)}.yaml": ticket_text(reported_ticket(9))}),
        (f"holds the ticket {ticket_number(9)}",),
    ),
    "twice": (commit_all({f"{ARCHIVE}/{FIRST.id}.yaml": ticket_text(FIRST)}), ("stands twice",)),
    "uid of another": (commit_ticket(reported_ticket(40, uid=1)), ("has the uid of", ticket_number(1))),
    "another number": (
        commit_all({ticket_path(FIRST): None}, FIRST.with_fields({"id": ticket_number(41)})),
        ("a ticket keeps its number",),
    ),
    "longer number for nothing": (
        commit_all({ticket_path(FIRST): None}, renumber(FIRST)),
        ("a ticket keeps its number",),
    ),
    "longer number not its own": (
        commit_ticket(reported_ticket(43).with_fields({"id": ticket_number(43, "-ZZ"), "formerly": ticket_number(43)})),
        ("is not a valid number for a ticket born as", ticket_number(43)),
    ),
    "deleted": (commit_all({ticket_path(FIRST): None}), (FIRST.id, "was deleted")),
    # The verdict.
    "confirmed without a result": (
        commit_ticket(CONFIRMED.with_fields({"sla": None}), "zhao.min"),
        ("lacks the SLA result",),
    ),
    "result without a confirmation": (
        commit_ticket(SECOND.with_fields({"sla": CONFIRMED.get("sla")})),
        ("no confirmation in its log",),
    ),
    "due by hand": (
        commit_ticket(with_sla(solution={"due": hours_ago(-999)}), "zhao.min"),
        ("SLA result of solution is not",),
    ),
    "missed made met": (
        commit_ticket(with_sla(response={"met": False}), "zhao.min"),
        ("SLA result of response is not",),
    ),
    "result with more than a confirmation gives": (
        commit_ticket(with_sla(response={"note": "fine"}, stars="five"), "zhao.min"),
        ("holds response.note, stars, which no confirmation gives",),
    ),
    "excused by hand": (
        commit_ticket(with_sla(solution={"excused": True}), "zhao.min"),
        ("SLA result of solution is not",),
    ),
    "charged to another": (
        commit_ticket(with_sla(solution={"charged_to": {"owner": "wang.fang", "unit": "HQ"}}), "zhao.min"),
        ("SLA result of solution is not",),
    ),
    "result of another": (
        commit_ticket(with_sla(confirmed={"by": "huang.lei"}), "zhao.min"),
        ("its confirmation by zhao.min",),
    ),
    # Attachments.
    "attachment missing": (
        commit_ticket(after_forced_event(FIRST, "attach", 1, fields={"files.rust.jpg": ITEM})),
        ("rust.jpg is missing",),
    ),
    "attachment of other bytes": (
        commit_all(
            {f"{PLACE}/rust.jpg": PHOTO[::-1]}, after_forced_event(FIRST, "attach", 1, fields={"files.rust.jpg": ITEM})
        ),
        ("rust.jpg is not the one",),
    ),
    "attachment changed": (commit_all({OTHERS: PHOTO[::-1]}), (WITH_PHOTO.id, "rust.jpg is not the one")),
    "attachment removed": (commit_all({OTHERS: None}), (WITH_PHOTO.id, "rust.jpg is missing")),
    "attachment of no ticket": (
        commit_all({f"tickets/files/{ticket_number(77)}/a.txt": b"x"}),
        ("is not next to a ticket",),
    ),
    "attachment too large": (commit_all({f"{PLACE}/a.bin": bytes((64 << 20) + 1)}), ("a.bin", "at most 67108864")),
    "attachment of an unsafe name": (commit_all({f"{PLACE}/-rf": b"x"}), (f"{PLACE}/-rf", "has no place")),
    # Other files.
    "foreign file": (commit_files(notes_dot_txt=b"x"), ("notes.txt", "has no place in a desk")),
    "file in no place": (commit_files(tickets__open__notes_dot_txt=b"x"), ("tickets/open/notes.txt", "has no place")),
    "rules for git": (
        commit_files(_dot_gitattributes=b"tickets/** text\n"),
        (".gitattributes", "may not"),
    ),
    # The rules.
    "rules by an engineer": (
        commit_files(policy_dot_yaml=rules(li_wei="lead")),
        ("policy.yaml", "li.wei", "ask Sun Yu"),
    ),
    "rules that cannot be read": (commit_files("sun.yu", policy_dot_yaml=b"format: 1\n"), ("policy.yaml",)),
    "rules removed": (commit_files("sun.yu", policy_dot_yaml=None), ("policy.yaml", "is missing")),
    "rules that move the past": (
        commit_files("sun.yu", policy_dot_yaml=rules().replace(b"P4: {response: 24h", b"P4: {response: 20h")),
        ("policy.yaml", "priorities: has been in force since 2020-01-01", "fenji policy amend"),
    ),
}
MANY_LINES = {"rules that cannot be read"}


@pytest.mark.parametrize("case", CASES)
def test_refused(case: str, clone: Clone) -> None:
    action, parts = CASES[case]
    action(clone)
    pushed = clone.push()
    if case in MANY_LINES:
        assert not pushed.accepted
        assert all(any(word in line for line in pushed.lines) for word in parts)
    else:
        assert_refused(pushed, *parts)
    assert git(clone.hub, "rev-list", "--count", "main") == "1"


# --- modes ------------------------------------------------------------------------------------------------------------


def test_links_programs_and_submodules_are_refused(clone: Clone) -> None:
    target = clone.folder / ticket_path(reported_ticket(50))
    target.symlink_to("../../../../etc/passwd")
    (clone.folder / ticket_path(FIRST)).chmod(0o755)
    commit = git(clone.folder, "rev-parse", "HEAD")
    git(clone.folder, "add", "-A")
    git(clone.folder, "update-index", "--add", "--cacheinfo", f"160000,{commit},{ticket_path(reported_ticket(51))}")
    clone.record()
    lines = clone.push().lines
    for number_, word in ((50, "symbolic link"), (51, "submodule"), (1, "marked executable")):
        assert any(
            line.startswith(f"tickets/open/{ticket_number(number_)}.yaml: ") and word in line for line in lines
        ), lines


def test_a_large_file_is_refused_also_when_a_later_commit_removes_it(clone: Clone) -> None:
    clone.commit(files={"README.md": bytes(2 << 20)})
    clone.commit(files={"README.md": b"small"})
    assert_refused(clone.push(), "README.md", "at most")


# --- history ----------------------------------------------------------------------------------------------------------


def test_a_rewritten_history_other_branches_tags_and_deletions_are_refused(clone: Clone) -> None:
    clone.commit(after_step(FIRST, "note", 1, note="x"))
    assert_refused(clone.push("HEAD:refs/heads/side"), "refs/heads/side", "holds one branch")
    assert_refused(clone.push("HEAD:refs/tags/v1"), "refs/tags/v1", "holds one branch")
    assert_refused(clone.push(":refs/heads/main"), "cannot be deleted")
    git(clone.folder, "checkout", "-q", "--orphan", "anew")
    clone.record()
    assert_refused(clone.push("+HEAD:refs/heads/main"), "history was rewritten")


def test_one_bad_commit_among_many_refuses_the_push(clone: Clone) -> None:
    clone.commit(reported_ticket(60, 5))
    clone.commit(after_forced_event(FIRST, "archive", 2, by="zhao.min"), by="zhao.min")
    clone.commit(reported_ticket(61, 5))
    assert_refused(clone.push(), FIRST.id, "archive is not possible")


def test_each_fault_has_its_line_and_control_characters_become_marks(clone: Clone) -> None:
    clone.commit(FIRST.with_fields({"title": "x"}), SECOND.with_fields({"title": "y"}), files={"a\x1b[31m.txt": b"x"})
    lines = clone.push().lines
    assert sum("no event explains" in line for line in lines) == 2
    assert any("a<1B>[31m.txt" in line for line in lines)


# --- merges -----------------------------------------------------------------------------------------------------------


def merge_and_push(
    clone: Clone, *tickets: Ticket, files: Mapping[str, bytes | None] | None = None, by: str = "wang.fang"
) -> PushResult:
    """Merge what the hub has into a clone, as a merge commit that holds these files, and push it."""
    git(clone.folder, "fetch", "-q", str(clone.hub), "main")
    who = ("-c", "user.name=x", "-c", "user.email=x")
    git(clone.folder, *who, "merge", "-q", "--no-commit", "-s", "ours", "FETCH_HEAD")
    git(clone.folder, "read-tree", "-u", "--reset", "FETCH_HEAD")
    clone.commit(*tickets, by=by, files=files)
    return clone.push()


@pytest.fixture
def other(clone: Clone) -> Clone:
    """A clone with a note of its own, after which the hub got another one."""
    other_clone = clone.clone_hub()
    other_clone.commit(after_step(FIRST, "note", 2, by="wang.fang", note="theirs"), by="wang.fang")
    clone.commit(after_step(FIRST, "note", 3, note="ours"))
    assert clone.push().accepted
    return other_clone


def test_a_merge_that_drops_the_hubs_events_is_refused(other: Clone) -> None:
    pushed = merge_and_push(other, after_step(FIRST, "note", 2, by="wang.fang", note="theirs"))
    assert_refused(pushed, "removed or changed", "3 note", "li.wei")


def test_a_merge_that_drops_its_own_events_is_refused(other: Clone) -> None:
    assert_refused(merge_and_push(other), "removed or changed", "3 note", "wang.fang")


def test_a_merge_that_sneaks_in_an_illegal_step_is_refused(other: Clone, clone: Clone) -> None:
    both = clone.read(ticket_path(FIRST)).with_events(after_step(FIRST, "note", 2, by="wang.fang", note="theirs").log)
    pushed = merge_and_push(other, after_forced_event(both, "archive", 1, by="zhao.min"), by="zhao.min")
    assert_refused(pushed, "archive is not possible")


def test_a_merge_that_brings_back_an_older_text_is_refused(clone: Clone) -> None:
    other = clone.clone_hub()
    first = after_step(FIRST, "edit", 4, by="wang.fang", fields={"cause": "salt"})
    other.commit(first, by="wang.fang")
    ours = after_step(after_step(FIRST, "edit", 3, fields={"cause": "acid"}), "edit", 2, fields={"cause": "acid rain"})
    clone.commit(ours)
    assert clone.push().accepted
    rolled_back = ours.with_events(first.log).with_fields({"cause": "salt"})
    assert_refused(merge_and_push(other, rolled_back), "cause: the value is older than the hub")


def test_rules_older_than_the_hubs_are_refused_also_of_the_admin(clone: Clone) -> None:
    other = clone.clone_hub()
    clone.commit(by="sun.yu", files={"policy.yaml": rules(wang_fang="lead")})
    assert clone.push().accepted
    other.commit(by="sun.yu", files={"policy.yaml": rules(li_wei="lead")})
    assert_refused(merge_and_push(other, files={"policy.yaml": rules(li_wei="lead")}), "policy.yaml", "newer version")


def test_rules_that_were_never_in_force_give_nobody_a_role(clone: Clone) -> None:
    clone.commit(files={"policy.yaml": rules(li_wei="lead")})
    clone.commit(engineers_confirmation())
    clone.commit(files={"policy.yaml": rules()})
    assert_refused(clone.push(), "may not do this: confirm")


def test_an_admin_who_is_none_any_more_changes_no_rules_from_an_old_commit(clone: Clone) -> None:
    other = clone.clone_hub()
    clone.commit(by="sun.yu", files={"policy.yaml": rules(sun_yu="engineer", huang_lei="admin")})
    assert clone.push().accepted
    mine = rules(huang_lei="engineer")
    other.commit(by="sun.yu", files={"policy.yaml": mine})
    assert_refused(merge_and_push(other, files={"policy.yaml": mine}, by="sun.yu"), "policy.yaml", "sun.yu")
