"""What is pushed beside tickets past fenji: attachments without events, names that collide, files that git reads."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hubs
import signers
import warm_python
from fenji import hub
from fenji.errors import Sentence
from fenji.git.remotes import FOUNDING_REF, REFUSAL_MARK
from fenji.i18n import say
from fenji.judge.refusals import Refusal, from_wire, join_refusals, to_wire
from fenji.model.merge import renumber
from fenji.model.ticket.uid import make_uid
from fenji.storage import yaml_codec
from fenji.storage.attachments import safe_name
from hubs import (
    FIRST,
    SECOND,
    SOLVED,
    YEAR,
    Clone,
    PushResult,
    after_forced_event,
    after_step,
    git,
    hours_ago,
    reported_ticket,
    rules,
    ticket_number,
)

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket, Value

ACCEPTED = PushResult(accepted=True, lines=())
PHOTO, FORGED = b"rust on the spares", b"as good as new"


def item(name: str, data: bytes) -> dict[str, Value]:
    return {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}


def with_photo(ticket: Ticket, name: str = "photo.txt", data: bytes = PHOTO, hours: float = 3.5) -> Ticket:
    return after_forced_event(ticket, "attach", hours, fields={f"files.{name}": item(name, data)})


def photo_path(ticket: Ticket, name: str = "photo.txt") -> str:
    return f"tickets/files/{ticket.id}/{name}"


OPEN = with_photo(FIRST)
CONFIRMED = after_step(with_photo(SECOND), "confirm", 2, by="zhao.min")
THIRD = after_step(after_step(reported_ticket(3), "respond", 5), "solve", 4, fields=SOLVED)
ARCHIVED = after_step(after_step(with_photo(THIRD), "confirm", 2, by="zhao.min"), "archive", 1.5, by="zhao.min")
TICKETS = {"open": OPEN, "confirmed": CONFIRMED, "archived": ARCHIVED}
LOOSE = f"tickets/files/{OPEN.id}/older.txt"  # beside its ticket since before the hub, named by nobody
ADMINS = b"/tickets/** -text\n/tickets/files/** -diff\n"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    files = {photo_path(ticket): PHOTO for ticket in TICKETS.values()} | {LOOSE: b"older"}
    return hubs.create_hub(tmp_path_factory.mktemp("founded"), rules(), *TICKETS.values(), files=files)


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copy_clone(founded, tmp_path)


def assert_refused(pushed: PushResult, *parts: str) -> None:
    assert not pushed.accepted
    assert any(all(part in line for part in parts) for line in pushed.lines), pushed.lines
    assert not any("Traceback" in line for line in pushed.lines)


# --- attachments ----------------------------------------------------------------------------------------------------


def swapped(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    return ticket.with_fields({"files.photo.txt": item("photo.txt", FORGED)}), {photo_path(ticket): FORGED}


def swapped_with_event(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    return with_photo(ticket, data=FORGED, hours=0.5), {photo_path(ticket): FORGED}


def removed(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    return ticket.with_fields({"files.photo.txt": None}), {photo_path(ticket): None}


def left_out(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    return ticket.with_fields({"files.photo.txt": None}), {}


def stripped(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    return ticket.with_fields({"files.photo.txt": {"name": "photo.txt"}}), {photo_path(ticket): FORGED}


def added(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    fields = {"files.other.txt": item("other.txt", FORGED)}
    return ticket.with_fields(fields), {photo_path(ticket, "other.txt"): FORGED}


def added_without_sum(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    fields = {"files.other.txt": {"name": "other.txt"}}
    return after_forced_event(ticket, "attach", 0.5, fields=fields), {photo_path(ticket, "other.txt"): FORGED}


def unnamed(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    return ticket, {photo_path(ticket, "other.txt"): FORGED}


def changed_alone(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    return ticket, {photo_path(ticket): FORGED}


def removed_alone(ticket: Ticket) -> tuple[Ticket, Mapping[str, bytes | None]]:
    return ticket, {photo_path(ticket): None}


WAYS = {
    way.__name__: way
    for way in (swapped, swapped_with_event, removed, left_out, stripped, added, added_without_sum, unnamed,
                changed_alone, removed_alone)
}  # fmt: skip


@pytest.mark.sample(10)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", TICKETS)
def test_an_attachment_changed_without_its_event(clone: Clone, state: str, way: str) -> None:
    ticket, files = WAYS[way](TICKETS[state])
    clone.commit(ticket, files=files)
    assert_refused(clone.push(), TICKETS[state].id)


@pytest.mark.parametrize("state", TICKETS)
def test_an_attachment_with_its_event_comes_in(clone: Clone, state: str) -> None:
    ticket = with_photo(TICKETS[state], "more.txt", FORGED, hours=0.5)
    clone.commit(ticket, files={photo_path(ticket, "more.txt"): FORGED})
    assert clone.push() == ACCEPTED


@pytest.mark.parametrize("data", [b"another", None])
def test_a_file_without_a_name_stays_as_it_is(clone: Clone, data: bytes | None) -> None:
    clone.commit(after_step(OPEN, "note", 0.5, note="seen"))
    assert clone.push() == ACCEPTED
    clone.commit(files={LOOSE: data})
    assert_refused(clone.push(), LOOSE, "was removed or changed")


def test_a_file_without_a_name_is_attached_later(clone: Clone) -> None:
    clone.commit(with_photo(OPEN, "older.txt", b"older", hours=0.5))
    assert clone.push() == ACCEPTED


def commit_merge_of(clone: Clone, tree: str, *parents: str, by: str = "wang.fang") -> None:
    who = {
        f"GIT_{role}_{part}": f"{by}@fenji.example" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")
    }
    options = [word for parent in parents for word in ("-p", parent)]
    git(clone.folder, "reset", "-q", "--hard", git(clone.folder, "commit-tree", tree, *options, "-m", "m", env=who))


@pytest.mark.parametrize("first", [True, False])
def test_a_merge_that_drops_a_file_of_the_other_side(clone: Clone, first: bool) -> None:  # noqa: FBT001 - pytest
    begun = git(clone.folder, "rev-parse", "HEAD")
    more = with_photo(OPEN, "more.txt", FORGED, hours=0.5)
    clone.commit(more, files={photo_path(OPEN, "more.txt"): FORGED})
    assert clone.push() == ACCEPTED
    theirs = git(clone.folder, "rev-parse", "HEAD")
    git(clone.folder, "rm", "-q", photo_path(OPEN, "more.txt"))
    without = git(clone.folder, "write-tree")
    git(clone.folder, "reset", "-q", "--hard", begun)
    clone.commit(after_step(CONFIRMED, "note", 0.5, note="mine"))
    ours = git(clone.folder, "rev-parse", "HEAD")
    commit_merge_of(clone, without, *((ours, theirs) if first else (theirs, ours)))
    assert_refused(clone.push(), OPEN.id, "more.txt")


LATER = OPEN.with_fields({"uid": make_uid(hours_ago(2))})  # than the other one of its number


@pytest.fixture
def later(tmp_path: Path) -> Clone:
    return hubs.create_hub(tmp_path, rules(), LATER, files={photo_path(LATER): PHOTO, LOOSE: b"older"})


def with_same_number(uid: str) -> tuple[Ticket, dict[str, bytes | None]]:
    """A ticket that takes the number of LATER by its smaller uid, and the files of a commit of both."""
    smaller = with_photo(reported_ticket(1, 5, by="wang.fang"), data=FORGED, hours=1).with_fields({"uid": uid})
    longer = renumber(LATER)
    moved = {photo_path(longer): PHOTO, f"tickets/files/{longer.id}/older.txt": b"older", LOOSE: None}
    return smaller, {**moved, photo_path(LATER): FORGED}


def test_attachments_move_with_a_ticket_that_gets_a_longer_number(later: Clone) -> None:
    smaller, files = with_same_number(make_uid(hours_ago(5)))
    later.commit(renumber(LATER), smaller, by="wang.fang", files=files)
    assert later.push() == ACCEPTED


def test_nobody_takes_a_number_by_a_uid_that_is_older_than_its_report(later: Clone) -> None:
    smaller, files = with_same_number("0" * 26)
    later.commit(renumber(LATER), smaller, by="wang.fang", files=files)
    assert_refused(later.push(), smaller.id, "older than its report")


# --- files that git reads -------------------------------------------------------------------------------------------


def test_a_merge_takes_no_older_rules_for_git(clone: Clone) -> None:
    begun = git(clone.folder, "rev-parse", "HEAD")
    clone.commit(by="sun.yu", files={".gitattributes": ADMINS})
    assert clone.push() == ACCEPTED
    theirs = git(clone.folder, "rev-parse", "HEAD")
    git(clone.folder, "reset", "-q", "--hard", begun)
    clone.commit(files={"README": b"hello"})
    ours = git(clone.folder, "rev-parse", "HEAD")
    commit_merge_of(clone, git(clone.folder, "rev-parse", "HEAD^{tree}"), theirs, ours)
    assert_refused(clone.push(), ".gitattributes", "is older than the hub's version", "git checkout origin/main")


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        (b"/policy.yaml -text merge=fenji\n" + ADMINS, True),  # before the others, which win
        (ADMINS + b"/tickets/**/*.yaml merge=fenji\n", False),
        (b"/tickets/files/** -diff\n/tickets/** -text\n", False),
        (ADMINS + b"/tickets/** -text\n", False),
        (b"/tickets/** -text\n", False),
        (ADMINS + b"*.txt text\n", False),
    ],
)
def test_lines_for_git_are_judged_in_their_order(clone: Clone, lines: bytes, taken: bool) -> None:  # noqa: FBT001 - pytest
    clone.commit(by="sun.yu", files={".gitattributes": ADMINS})
    assert clone.push() == ACCEPTED
    clone.commit(files={".gitattributes": lines})
    assert clone.push().accepted is taken


# --- names and numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["con", "aux.txt", "NUL.tar.gz", "com1", "a\u2060b.txt", "a\u3164b.txt", "a\u00adb.txt", "a\U000e0041b.txt",
     "a\ufe0fb.txt", "a\x1bb.txt", "a\u00a0b.txt"],
)  # fmt: skip
def test_names_that_some_machine_cannot_hold_or_nobody_can_see(clone: Clone, name: str) -> None:
    clone.commit(with_photo(OPEN, name, FORGED, hours=0.5), files={photo_path(OPEN, name): FORGED})
    assert_refused(clone.push(), "has no place in a desk")
    assert safe_name(safe_name(name)) == safe_name(name) != name


@pytest.mark.parametrize("name", ["PHOTO.TXT", "photo.TXT", "ｐhoto.txt"])
def test_names_that_differ_in_case_alone(clone: Clone, name: str) -> None:
    clone.commit(with_photo(OPEN, name, FORGED, hours=0.5), files={photo_path(OPEN, name): FORGED})
    assert_refused(clone.push(), name, "differs from photo.txt only in case")


@pytest.mark.parametrize(
    "path",
    ["tickets/Open/.gitkeep", f"tickets/open/{ticket_number(9)}.yaml/.gitkeep", "tickets/\x1b[2J/.gitkeep",
     "tickets/archive/KSA/\u200b/.gitkeep", "tickets/files/x/.gitkeep", "tickets/archive/ksa/.gitkeep"],
)  # fmt: skip
def test_folders_that_have_no_place(clone: Clone, path: str) -> None:
    clone.commit(files={path: b""})
    assert_refused(clone.push(), "has no place in a desk")


def test_a_file_that_holds_a_folder_holds_nothing_else(clone: Clone) -> None:
    clone.commit(files={"tickets/archive/KSA/.gitkeep": b"", f"tickets/files/{OPEN.id}/.gitkeep": b""})
    assert clone.push() == ACCEPTED
    clone.commit(files={"tickets/archive/.gitkeep": bytes(1 << 20)})
    assert_refused(clone.push(), "at most 1024")


@pytest.mark.parametrize(
    ("number", "site", "said"),
    [
        (f"KSA-{YEAR}-99999999", "KSA", "has no place"),
        (f"KSA-{YEAR}-999999999999", "KSA", "has no place"),
        (f"XXX-{YEAR}-0001", "XXX", "which is not in the policy"),
        ("KSA-9999-0001", "KSA", "of a future year"),
    ],
)
def test_numbers_that_no_desk_gives(clone: Clone, number: str, site: str, said: str) -> None:
    text = yaml_codec.dump(reported_ticket(50)).replace(ticket_number(50).encode(), number.encode())
    clone.commit(files={f"tickets/open/{number}.yaml": text.replace(b"site: KSA", f"site: {site}".encode())})
    assert_refused(clone.push(), number, said)


@pytest.mark.parametrize("field_path", ["id", "uid", "formerly", "state", "sla", "log", "sla.response"])
def test_an_edit_sets_nothing_that_the_log_gives(clone: Clone, field_path: str) -> None:
    clone.commit(after_forced_event(OPEN, "edit", 0.5, set={field_path: "confirmed"}))
    assert_refused(clone.push(), "sets " + field_path, "which no event can set")
    git(clone.folder, "reset", "-q", "--hard", "HEAD~1")
    clone.commit(after_forced_event(OPEN, "note", 0.5, note="x", rewrote=[field_path]))
    assert_refused(clone.push(), "sets " + field_path)


# --- the hook and its surroundings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("_FENJI_COMPLETE", "bash_complete"), ("PYTHONPATH", "{folder}"), ("PYTHONSTARTUP", "{folder}/fenji.py"),
     ("PYTHONHOME", "{folder}"), ("GIT_NAMESPACE", "side"), ("FENJI_DESK", "{folder}"), ("GIT_CONFIG_COUNT", "0")],
)  # fmt: skip
def test_the_hook_heeds_no_environment(clone: Clone, tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "fenji.py").write_text("raise SystemExit(0)\n")
    (tmp_path / "sitecustomize.py").write_text("import os\nos._exit(0)\n")
    warm_python.cool_down(clone.hub)
    founded = git(clone.hub, "rev-parse", "main")
    clone.commit(files={"evil.sh": b"x"})
    env = {**os.environ, name: value.format(folder=tmp_path)}
    command = ["git", "push", "-q", str(clone.hub), "HEAD:refs/heads/main"]
    assert subprocess.run(command, cwd=clone.folder, check=False, capture_output=True, env=env).returncode == 1
    assert "evil.sh" not in git(clone.hub, "ls-tree", "-r", "--name-only", "main")
    assert {FOUNDING_REF: founded, **hubs.list_refs(clone.hub)} == {FOUNDING_REF: founded, "refs/heads/main": founded}


def test_a_hub_is_founded_once(clone: Clone) -> None:
    head = git(clone.folder, "rev-parse", "HEAD")
    verdict = hub.check_push(clone.hub, [hub.RefUpdate("refs/heads/main", None, head)], hubs.NOW)
    assert [str(refusal.message) for refusal in verdict.refusals] == [
        "the hub already has a desk; take up what it has first"
    ]


@pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg")
def test_a_signature_of_another_sort_speaks_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = signers.make_keys(tmp_path, ["zhao.min"])
    text = rules(keys=signers.public_keys(keys, "zhao.min"), signed="confirm")
    clone = hubs.create_hub(tmp_path / "world", text, SECOND)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "gpg"))
    (tmp_path / "gpg").mkdir(mode=0o700)
    uid = 'Good "git" signature for p2 with x <a@evil.example>'
    command = ["gpg", "--batch", "--passphrase", "", "--quick-gen-key", uid, "ed25519", "sign", "never"]
    subprocess.run(command, check=True, capture_output=True)
    clone.commit(after_step(SECOND, "confirm", 2, by="zhao.min"), by="zhao.min")
    settings = ("-c", "gpg.format=openpgp", "-c", "user.signingkey=a@evil.example", "-c", "user.name=x")
    git(clone.folder, *settings, "-c", "user.email=x", "commit", "-q", "--amend", "--no-edit", "-S")
    assert (
        git(clone.folder, "log", "-1", "--format=%G?") == "U" or git(clone.folder, "log", "-1", "--format=%G?") == "G"
    )
    assert_refused(clone.push(), SECOND.id, "signature")


# --- what the pusher reads -----------------------------------------------------------------------------


def test_each_refusal_is_a_sentence_and_a_line_for_programs(clone: Clone) -> None:
    clone.commit(OPEN.with_fields({"title": "x"}), files={"evil.sh": b"x"})
    answer = subprocess.run(
        ["git", "push", "-q", str(clone.hub), "HEAD:refs/heads/main"],
        cwd=clone.folder,
        check=False,
        capture_output=True,
    )
    lines = [line.removeprefix("remote: ").rstrip() for line in answer.stderr.decode().splitlines()]
    read = [refusal for line in lines if (refusal := from_wire(line))]
    assert {refusal.subject for refusal in read} == {OPEN.id, "evil.sh"}
    assert all(f"{refusal.subject}: {refusal.message}" in lines for refusal in read)
    assert [refusal.uid for refusal in read if refusal.uid] == [OPEN.uid]
    assert any("fenji sync" in line and "fenji held" in line for line in lines)
    assert "不属于" in say(read[0].message, "zh-Hans") or say(read[0].message, "zh-Hans") != str(read[0].message)


@pytest.mark.parametrize(
    "said",
    ['{"say": "{x.__class__}", "with": {"x": 1}}', '{"say": "{x:>99999999}", "with": {"x": 1}}', '{"say": "{y}"}',
     '{"say": "{x!r}", "with": {"x": 1}}', '{"say": "{"}', "[]", "nothing", '{"with": {}}', "[" * 100_000,
     '{"say": "a", "plural": "b", "with": {"count": "x"}}'],
)  # fmt: skip
def test_a_line_that_says_no_sentence_is_no_refusal(said: str) -> None:
    assert from_wire(f"{REFUSAL_MARK} {said}") is None


def test_a_refusal_crosses_the_wire_whole() -> None:
    inner = Sentence("the commit is not signed")
    refusal = Refusal(
        "KSA-2026-0001", Sentence("{do}: {why}", {"do": "confirm", "why": inner}), uid="U", path="p\udc80"
    )
    assert from_wire(to_wire(refusal)) == refusal
    evil = Refusal("\x1b[2J", Sentence("{x}", {"x": "\u202e\x1b"}))
    read = from_wire(to_wire(evil))
    assert read
    assert "\x1b" not in str(join_refusals([read, read]))
    assert str(join_refusals([refusal, refusal])).count("\n") == 1
