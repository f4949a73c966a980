"""What the hub refuses: each by pushing exactly that with plain git to a real hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

import hubs
from fenji import yamlio
from fenji.merge import renumber
from fenji.ticket import Event, Ticket, Value
from hubs import FIRST, SECOND, Clone, Pushed, ago, done, forced, git, number, path, reported, rules

PHOTO = b"rust everywhere"
ITEM = {"name": "rust.jpg", "size": len(PHOTO), "sha256": sha256(PHOTO).hexdigest()}
PLACE = f"tickets/files/{FIRST.id}"
WITH_PHOTO = forced(reported(3), "attach", 5.5, fields={"files.rust.jpg": ITEM})
OTHERS = f"tickets/files/{WITH_PHOTO.id}/rust.jpg"
CONFIRMED = done(SECOND, "confirm", 2, by="zhao.min")
ARCHIVE = f"tickets/archive/KSA/{hubs.YEAR}"

Deed = Callable[[Clone], None]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    home = tmp_path_factory.mktemp("founded")
    return hubs.begin(home, rules(), FIRST, SECOND, WITH_PHOTO, files={OTHERS: PHOTO})


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copied(founded, tmp_path)


def refused(pushed: Pushed, *words: str) -> None:
    """The push was refused by one line, which holds the words."""
    said = [line for line in pushed.said if not line.startswith(("To ", "!", " !", "error: "))]
    assert not pushed.taken
    assert len(said) == 1, pushed.said
    assert [word for word in words if word not in said[0]] == [], said


def one(ticket: Ticket, by: str = "li.wei") -> Deed:
    return lambda clone: clone.commit(ticket, by=by)


def files(by: str = "li.wei", /, **held: bytes | None) -> Deed:
    """Other files, `__` in a name standing for a slash and `_dot_` for a dot."""
    named = {name.replace("__", "/").replace("_dot_", "."): data for name, data in held.items()}
    return lambda clone: clone.commit(by=by, files=named)


def put(held: Mapping[str, bytes | None], *tickets: Ticket) -> Deed:
    return lambda clone: clone.commit(*tickets, files=held)


def text(ticket: Ticket) -> bytes:
    return yamlio.dump(ticket)


def sla(**more: Value) -> Ticket:
    """The confirmed ticket with parts of its verdict replaced."""
    held = CONFIRMED.get("sla")
    assert isinstance(held, dict)
    parts = {key: {**held[key], **value} if isinstance(value, dict) else value for key, value in more.items()}
    return CONFIRMED.put({"sla": {**held, **parts}})


def late(**more: Value) -> Ticket:
    ticket = reported(30, 60, by=str(more.pop("by", "li.wei")))
    body = {**ticket.log[0].more, "logged": ago(1), **more}
    return replace(ticket, log=(replace(ticket.log[0], more=body),))


def engineers_confirmation() -> Ticket:
    forged = forced(SECOND, "confirm", 2)
    held = sla(confirmed={"by": "li.wei"}).get("sla")
    return forged.put({"sla": held})


CASES: dict[str, tuple[Deed, tuple[str, ...]]] = {
    # Files that cannot be read.
    "no ticket": (put({path(FIRST): b"title: [rust\n"}), (path(FIRST), "YAML")),
    "no uid": (
        put({f"tickets/open/{number(5)}.yaml": text(reported(5)).replace(b"uid:", b"uld:")}),
        ("uid", "missing"),
    ),
    "too large a ticket": (put({path(FIRST): text(FIRST) + b"# x\n" * (1 << 18)}), (path(FIRST), "at most 1048576")),
    "no handbook": (files(handbook_dot_yaml=b"a: *b\n"), ("handbook.yaml", "aliases")),
    # The log.
    "removed event": (
        one(replace(FIRST, log=FIRST.log[:1]).put({"state": "new"})),
        (FIRST.id, "removed or changed", "2 respond"),
    ),
    "changed event": (
        one(replace(FIRST, log=(replace(FIRST.log[0], by="wang.fang"), FIRST.log[1]))),
        ("removed or changed", "1 report"),
    ),
    "counter too high": (one(forced(FIRST, "note", 1, n=999, note="x")), ("has the number 999", "next one is 3")),
    "false superseded": (
        one(FIRST.with_events([Event(1, FIRST.log[0].at, "li.wei", "superseded", {"field": "cause", "of": "0" * 16})])),
        ("keeps the value of no event",),
    ),
    # Steps.
    "illegal step": (one(forced(FIRST, "archive", 1, by="zhao.min"), "zhao.min"), ("archive is not possible",)),
    "unknown step": (one(forced(FIRST, "celebrate", 1)), ("There is no step celebrate",)),
    "step that lacks fields": (one(forced(FIRST, "solve", 1)), ("solve needs cause, solution",)),
    "reason of no policy": (one(forced(FIRST, "wait", 1, reason="lunch")), ("lunch is no reason for wait",)),
    "wrong role": (one(engineers_confirmation()), ("Li Wei may not do this: confirm",)),
    "excuse of a success": (
        one(
            forced(CONFIRMED, "excuse", 1, by="zhao.min", clock="solution", reason="force majeure", note="x"),
            "zhao.min",
        ),
        ("was not missed",),
    ),
    # Time.
    "in the future": (one(forced(FIRST, "note", -5, note="soon")), ("note by li.wei", "lies in the future")),
    "logged in the future": (one(forced(FIRST, "note", 1, note="x", logged=ago(-5))), ("lies in the future",)),
    "logged before": (one(forced(FIRST, "note", 2, note="x", logged=ago(3))), ("logged before it happened",)),
    "behind the log, silently": (one(forced(SECOND, "note", 5.5, note="x")), ("`logged` is missing",)),
    "days ago, silently": (one(reported(31, 60)), ("report by li.wei", "`logged` is missing")),
    "days ago by an engineer": (one(late(note="told by phone")), ("Only a lead logs",)),
    "days ago without a word": (one(late(by="zhao.min"), "zhao.min"), ("needs a word on why",)),
    # Authors.
    "for one of a higher role": (
        one(forced(FIRST, "note", 1, by="zhao.min", note="x")),
        ("may not speak for zhao.min",),
    ),
    "by a stranger": (one(forced(FIRST, "note", 1, note="x"), "no.body"), ("no.body@fenji.example", "may not speak")),
    # The header.
    "state by hand": (one(SECOND.put({"state": "confirmed"})), ("its state is confirmed", "it is solved")),
    "title by hand": (one(FIRST.put({"title": "something else"})), ("no event explains the value of title",)),
    "text by hand": (one(SECOND.put({"cause": "nobody knows"})), ("no event explains the value of cause",)),
    "text of a new ticket": (one(reported(42).put({"cause": "x"})), ("no event explains the value of cause",)),
    "priority by hand": (one(forced(FIRST, "edit", 1, fields={"priority": "P1"})), ("by hand without a reason",)),
    "unknown grade": (one(forced(FIRST, "edit", 1, fields={"impact": "huge"})), ("huge is unknown here as impact",)),
    # Places, numbers, identities.
    "wrong place": (
        put({f"{ARCHIVE}/{FIRST.id}.yaml": text(FIRST), path(FIRST): None}),
        ("is responded and belongs at", path(FIRST)),
    ),
    "another's name": (put({f"tickets/open/{number(8)}.yaml": text(reported(9))}), (f"holds the ticket {number(9)}",)),
    "twice": (put({f"{ARCHIVE}/{FIRST.id}.yaml": text(FIRST)}), ("stands twice",)),
    "uid of another": (one(reported(40, uid=1)), ("has the uid of", number(1))),
    "another number": (put({path(FIRST): None}, FIRST.put({"id": number(41)})), ("a ticket keeps its number",)),
    "longer number for nothing": (put({path(FIRST): None}, renumber(FIRST)), ("a ticket keeps its number",)),
    "longer number not its own": (
        one(reported(43).put({"id": number(43, "-ZZ"), "formerly": number(43)})),
        ("is no number that a ticket born as", number(43)),
    ),
    "deleted": (put({path(FIRST): None}), (FIRST.id, "was deleted")),
    # The verdict.
    "confirmed without a result": (one(CONFIRMED.put({"sla": None}), "zhao.min"), ("lacks the SLA result",)),
    "result without a confirmation": (one(SECOND.put({"sla": CONFIRMED.get("sla")})), ("no confirmation in its log",)),
    "due by hand": (one(sla(solution={"due": ago(-999)}), "zhao.min"), ("SLA result of solution is not",)),
    "missed made met": (one(sla(response={"met": False}), "zhao.min"), ("SLA result of response is not",)),
    "excused by hand": (one(sla(solution={"excused": True}), "zhao.min"), ("SLA result of solution is not",)),
    "result of another": (one(sla(confirmed={"by": "huang.lei"}), "zhao.min"), ("its confirmation by zhao.min",)),
    # Attachments.
    "attachment missing": (one(forced(FIRST, "attach", 1, fields={"files.rust.jpg": ITEM})), ("rust.jpg is missing",)),
    "attachment of other bytes": (
        put({f"{PLACE}/rust.jpg": PHOTO[::-1]}, forced(FIRST, "attach", 1, fields={"files.rust.jpg": ITEM})),
        ("rust.jpg is not the one",),
    ),
    "attachment changed": (put({OTHERS: PHOTO[::-1]}), (WITH_PHOTO.id, "rust.jpg is not the one")),
    "attachment removed": (put({OTHERS: None}), (WITH_PHOTO.id, "rust.jpg is missing")),
    "attachment of no ticket": (put({f"tickets/files/{number(77)}/a.txt": b"x"}), ("lies beside no ticket",)),
    "attachment too large": (put({f"{PLACE}/a.bin": bytes((64 << 20) + 1)}), ("a.bin", "at most 67108864")),
    "attachment of an unsafe name": (put({f"{PLACE}/-rf": b"x"}), (f"{PLACE}/-rf", "has no place")),
    # Other files.
    "foreign file": (files(notes_dot_txt=b"x"), ("notes.txt", "has no place in a desk")),
    "file in no place": (files(tickets__open__notes_dot_txt=b"x"), ("tickets/open/notes.txt", "has no place")),
    "rules for git": (
        files(_dot_gitattributes=b"tickets/** text\n"),
        (".gitattributes", "may not"),
    ),
    # The rules.
    "rules by an engineer": (files(policy_dot_yaml=rules(li_wei="lead")), ("policy.yaml", "li.wei", "ask Sun Yu")),
    "rules that cannot be read": (files("sun.yu", policy_dot_yaml=b"format: 1\n"), ("policy.yaml",)),
    "rules removed": (files("sun.yu", policy_dot_yaml=None), ("policy.yaml", "is missing")),
    "rules that move the past": (
        files("sun.yu", policy_dot_yaml=rules().replace(b"P4: {response: 24h", b"P4: {response: 20h")),
        ("policy.yaml", "priorities", "figures of the past"),
    ),
}
MANY_LINES = {"rules that cannot be read"}


@pytest.mark.parametrize("case", CASES)
def test_refused(case: str, clone: Clone) -> None:
    deed, words = CASES[case]
    deed(clone)
    pushed = clone.push()
    if case in MANY_LINES:
        assert not pushed.taken
        assert all(any(word in line for line in pushed.said) for word in words)
    else:
        refused(pushed, *words)
    assert git(clone.hub, "rev-list", "--count", "main") == "1"


# --- modes ------------------------------------------------------------------------------------------------------------


def test_links_programs_and_submodules_are_refused(clone: Clone) -> None:
    place = clone.folder / path(reported(50))
    place.symlink_to("../../../../etc/passwd")
    (clone.folder / path(FIRST)).chmod(0o755)
    commit = git(clone.folder, "rev-parse", "HEAD")
    git(clone.folder, "add", "-A")
    git(clone.folder, "update-index", "--add", "--cacheinfo", f"160000,{commit},{path(reported(51))}")
    clone.record()
    said = clone.push().said
    for number_, word in ((50, "symbolic link"), (51, "submodule"), (1, "marked as a program")):
        assert any(line.startswith(f"tickets/open/{number(number_)}.yaml: ") and word in line for line in said), said


def test_a_large_file_is_refused_also_when_a_later_commit_removes_it(clone: Clone) -> None:
    clone.commit(files={"README.md": bytes(2 << 20)})
    clone.commit(files={"README.md": b"small"})
    refused(clone.push(), "README.md", "at most")


# --- history ----------------------------------------------------------------------------------------------------------


def test_a_rewritten_history_other_branches_tags_and_deletions_are_refused(clone: Clone) -> None:
    clone.commit(done(FIRST, "note", 1, note="x"))
    refused(clone.push("HEAD:refs/heads/side"), "refs/heads/side", "holds one branch")
    refused(clone.push("HEAD:refs/tags/v1"), "refs/tags/v1", "holds one branch")
    refused(clone.push(":refs/heads/main"), "cannot be deleted")
    git(clone.folder, "checkout", "-q", "--orphan", "anew")
    clone.record()
    refused(clone.push("+HEAD:refs/heads/main"), "history was rewritten")


def test_one_bad_commit_among_many_refuses_the_push(clone: Clone) -> None:
    clone.commit(reported(60, 5))
    clone.commit(forced(FIRST, "archive", 2, by="zhao.min"), by="zhao.min")
    clone.commit(reported(61, 5))
    refused(clone.push(), FIRST.id, "archive is not possible")


def test_each_fault_has_its_line_and_control_characters_become_marks(clone: Clone) -> None:
    clone.commit(FIRST.put({"title": "x"}), SECOND.put({"title": "y"}), files={"a\x1b[31m.txt": b"x"})
    said = clone.push().said
    assert sum("no event explains" in line for line in said) == 2
    assert any("a<1B>[31m.txt" in line for line in said)


# --- merges -----------------------------------------------------------------------------------------------------------


def merged(
    clone: Clone, *tickets: Ticket, held: Mapping[str, bytes | None] | None = None, by: str = "wang.fang"
) -> Pushed:
    """Merge what the hub has into a clone, as a merge commit that holds these files, and push it."""
    git(clone.folder, "fetch", "-q", str(clone.hub), "main")
    who = ("-c", "user.name=x", "-c", "user.email=x")
    git(clone.folder, *who, "merge", "-q", "--no-commit", "-s", "ours", "FETCH_HEAD")
    git(clone.folder, "read-tree", "-u", "--reset", "FETCH_HEAD")
    clone.commit(*tickets, by=by, files=held)
    return clone.push()


@pytest.fixture
def other(clone: Clone) -> Clone:
    """A clone with a note of its own, after which the hub got another one."""
    found = clone.other()
    found.commit(done(FIRST, "note", 2, by="wang.fang", note="theirs"), by="wang.fang")
    clone.commit(done(FIRST, "note", 3, note="ours"))
    assert clone.push().taken
    return found


def test_a_merge_that_drops_the_hubs_events_is_refused(other: Clone) -> None:
    pushed = merged(other, done(FIRST, "note", 2, by="wang.fang", note="theirs"))
    refused(pushed, "removed or changed", "3 note", "li.wei")


def test_a_merge_that_drops_its_own_events_is_refused(other: Clone) -> None:
    refused(merged(other), "removed or changed", "3 note", "wang.fang")


def test_a_merge_that_sneaks_in_an_illegal_step_is_refused(other: Clone, clone: Clone) -> None:
    both = clone.read(path(FIRST)).with_events(done(FIRST, "note", 2, by="wang.fang", note="theirs").log)
    pushed = merged(other, forced(both, "archive", 1, by="zhao.min"), by="zhao.min")
    refused(pushed, "archive is not possible")


def test_a_merge_that_brings_back_an_older_text_is_refused(clone: Clone) -> None:
    other = clone.other()
    first = done(FIRST, "edit", 4, by="wang.fang", fields={"cause": "salt"})
    other.commit(first, by="wang.fang")
    ours = done(done(FIRST, "edit", 3, fields={"cause": "acid"}), "edit", 2, fields={"cause": "acid rain"})
    clone.commit(ours)
    assert clone.push().taken
    rolled_back = ours.with_events(first.log).put({"cause": "salt"})
    refused(merged(other, rolled_back), "cause: an older value stands")


def test_rules_older_than_the_hubs_are_refused_also_of_the_admin(clone: Clone) -> None:
    other = clone.other()
    clone.commit(by="sun.yu", files={"policy.yaml": rules(wang_fang="lead")})
    assert clone.push().taken
    other.commit(by="sun.yu", files={"policy.yaml": rules(li_wei="lead")})
    refused(merged(other, held={"policy.yaml": rules(li_wei="lead")}), "policy.yaml", "newer version")


def test_rules_that_were_never_in_force_give_nobody_a_role(clone: Clone) -> None:
    clone.commit(files={"policy.yaml": rules(li_wei="lead")})
    clone.commit(engineers_confirmation())
    clone.commit(files={"policy.yaml": rules()})
    refused(clone.push(), "may not do this: confirm")


def test_an_admin_who_is_none_any_more_changes_no_rules_from_an_old_commit(clone: Clone) -> None:
    other = clone.other()
    clone.commit(by="sun.yu", files={"policy.yaml": rules(sun_yu="engineer", huang_lei="admin")})
    assert clone.push().taken
    mine = rules(huang_lei="engineer")
    other.commit(by="sun.yu", files={"policy.yaml": mine})
    refused(merged(other, held={"policy.yaml": mine}, by="sun.yu"), "policy.yaml", "sun.yu")
