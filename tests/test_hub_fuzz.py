"""Random commits, sound and forged: what a hub takes is what git shows and every clone holds, and passes `check`."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct, field

import hubs
from commandline import fenji
from fenji.errors import Damaged, Refused
from fenji.hub import RefUpdate, check_push
from fenji.storage.yaml_codec import dump, read_ticket
from hubs import FIRST, PEOPLE, SECOND, SOLVED, after_forced_event, after_step, git, reported_ticket, rules, ticket_path
from minutes import EXAMPLES_FACTOR
from mutations import mutate

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket

PUSHES = 2_000 if EXAMPLES_FACTOR > 1 else 24
PARTS = 8 if EXAMPLES_FACTOR > 1 else 1  # over as many processes
CLONE_EVERY = 8  # pushes that were taken
SEED = int(os.environ.get("FENJI_SEED", "0"))
PLAIN = "100644"
Files = dict[str, tuple[str, bytes]]  # by path: mode and contents


class Draft(Struct):
    """The commits that are to be pushed, as fast-import takes them, and what the last one holds."""

    chance: random.Random
    files: Files
    stream: list[bytes] = field(default_factory=list)
    commits: int = 0
    number: int = 10

    def ticket(self) -> tuple[str, Ticket] | None:
        """Return a ticket of the last commit with its path, None where it has none that reads."""
        paths = sorted(path for path in self.files if path.endswith(".yaml") and path.startswith("tickets/"))
        for path in self.chance.sample(paths, len(paths)):
            try:
                return path, read_ticket(self.files[path][1], path)
            except Damaged:  # what a mutation has made of it
                continue
        return None

    def put(self, ticket: Ticket, old_path: str = "") -> None:
        self.files.pop(old_path, None)
        self.files[ticket_path(ticket)] = (PLAIN, dump(ticket))


def do_step(draft: Draft) -> str:
    """A step that a desk would record, by somebody who may or may not; return the author."""
    found = draft.ticket()
    if found is None:
        return "li.wei"
    path, ticket = found
    do = draft.chance.choice(("note", "respond", "solve", "confirm", "archive", "reopen", "classify", "withdraw"))
    by = draft.chance.choice(("li.wei", "wang.fang", "zhao.min", "huang.lei", "ghost"))
    fields = {"solve": SOLVED, "classify": {"impact": "major", "occurrence": "rare"}}.get(do, {})
    try:
        draft.put(
            after_step(ticket, do, draft.chance.randint(0, 8) / 4, by=by, fields=fields, note="x", reason="y"), path
        )
    except Refused:
        draft.put(after_forced_event(ticket, do, draft.chance.randint(-12, 200) / 4, by=by, fields=fields), path)
    return draft.chance.choice((by, by, by, "li.wei", "sun.yu"))


def report(draft: Draft) -> str:
    draft.number += 1
    draft.put(reported_ticket(draft.number, 1, uid=draft.chance.choice((0, 0, 0, 1))))
    return "li.wei"


def mutate_file(draft: Draft) -> str:
    path = draft.chance.choice(sorted(draft.files))
    mode, data = draft.files[path]
    draft.files[path] = (mode, mutate(data, draft.chance, [dump(FIRST)]))
    return draft.chance.choice(("li.wei", "sun.yu"))


PLACES = (
    *("tickets/open/x.yaml", "TICKETS/open/a.yaml", "policy.yml", "tickets/files/KSA-2026-0001/a.jpg", "a b", "con"),
    *("tickets/open/KSA-2026-00000001.yaml", ".gitignore", "README.md", "tickets/open/.gitkeep"),
)


def move_file(draft: Draft) -> str:
    path = draft.chance.choice(sorted(draft.files))
    draft.files[draft.chance.choice(PLACES)] = draft.files.pop(path)
    return "li.wei"


def change_mode(draft: Draft) -> str:
    path = draft.chance.choice(sorted(draft.files))
    draft.files[path] = (draft.chance.choice(("100755", "120000")), draft.files[path][1])
    return "li.wei"


def delete_file(draft: Draft) -> str:
    if len(draft.files) > 1:
        del draft.files[draft.chance.choice(sorted(draft.files))]
    return "li.wei"


def change_rules(draft: Draft) -> str:
    draft.files["policy.yaml"] = (PLAIN, rules(wang_fang=draft.chance.choice(("lead", "engineer", "admin"))))
    return draft.chance.choice(("sun.yu", "wang.fang"))


CHANGES: tuple[Callable[[Draft], str], ...] = (
    *(do_step, do_step, do_step, do_step, do_step, do_step, report, report, change_rules),
    *(mutate_file, move_file, change_mode, delete_file),
)


def write_commit(draft: Draft, before: Files, parents: list[bytes], author: str, now: datetime) -> None:
    """Add a commit with the files of the draft to its stream; `before` is what the first parent holds."""
    name, at = PEOPLE.get(author, (author, ""))[0], int((now + draft.chance.choice(SHIFTS)).timestamp())
    who = f"{name} <{author}@fenji.example> {at} +0000\n".encode()
    lines = [b"commit refs/heads/draft\n", b"mark :%d\n" % (draft.commits + 1), b"author " + who, b"committer " + who]
    lines += [b"data 4\nstep\n", b"from " + parents[0] + b"\n", *(b"merge " + other + b"\n" for other in parents[1:])]
    lines += [b"D " + quoted(path) + b"\n" for path in before.keys() - draft.files.keys()]
    for path, (mode, data) in draft.files.items():
        if before.get(path) != (mode, data):
            lines += [b"M %s inline " % mode.encode(), quoted(path), b"\ndata %d\n" % len(data), data, b"\n"]
    draft.stream += lines
    draft.commits += 1


SHIFTS = (*(timedelta(0),) * 12, timedelta(days=2), timedelta(days=-2))


def quoted(path: str) -> bytes:
    return b'"' + path.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'


def draft_push(head: str, files: Files, chance: random.Random, now: datetime) -> Draft:
    """Make up one to three commits on the hub's, maybe in two lines that a merge joins."""
    draft = Draft(chance, dict(files), number=chance.randint(10, 9_000))
    last, tips = files, [head.encode()]
    for _ in range(chance.randint(1, 3)):
        author = chance.choice(CHANGES)(draft)
        write_commit(draft, last, tips[:1], author, now)
        last, tips = dict(draft.files), [b":%d" % draft.commits, *tips]
    if chance.random() < 0.2:
        draft.files = dict(chance.choice((last, last, files)))
        write_commit(draft, last, [tips[0], tips[-1]], "li.wei", now)
    return draft


def list_tree(hub: Path, commit: str) -> dict[str, tuple[str, str]]:
    rows = subprocess.run(["git", "ls-tree", "-r", "-z", commit], cwd=hub, capture_output=True, check=True).stdout
    found = {}
    for row in filter(None, rows.split(b"\0")):
        head, _, path = row.partition(b"\t")
        mode, _, blob = head.decode().split(" ")
        found[path.decode()] = (mode, blob)
    return found


def blob_id(data: bytes) -> str:
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def expect_clone(hub: Path, folder: Path, files: Files) -> None:
    """A fresh clone holds these bytes and no others, and passes `check`, its history included."""
    git(folder.parent, "clone", "-q", str(hub), folder.name)
    for key, value in (("fenji.site", "KSA"), ("fenji.user", "li.wei"), ("user.email", "li.wei@fenji.example")):
        git(folder, "config", key, value)
    held = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }
    assert held == {path: data for path, (_, data) in files.items()}
    checked = fenji("--desk", folder, "check", "--json")
    assert checked.code == 0, checked.out
    judged = fenji("--desk", folder, "check", "--history", "--json")
    assert (judged.code, judged.json["refusals"]) == (0, []), judged.out


@pytest.mark.parametrize("part", range(PARTS))
def test_what_a_hub_takes_is_what_git_shows_and_a_clone_holds(tmp_path: Path, part: int) -> None:
    chance = random.Random(SEED * 1000 + part)
    clone = hubs.create_hub(tmp_path / "world", rules(), FIRST, SECOND)
    hub, now = clone.hub, datetime.now(UTC)
    files: Files = {
        path: (PLAIN, (clone.folder / path).read_bytes()) for path in git(clone.folder, "ls-files").splitlines()
    }
    taken = 0
    for number in range(PUSHES // PARTS):
        head = git(hub, "rev-parse", "refs/heads/main")
        draft = draft_push(head, files, chance, now)
        imported = subprocess.run(
            ["git", "fast-import", "--quiet", "--force"],
            check=False,
            cwd=hub,
            input=b"".join(draft.stream),
            capture_output=True,
        )
        if imported.returncode:
            continue  # a name that git itself does not take
        new = git(hub, "rev-parse", "refs/heads/draft")
        verdict = check_push(hub, [RefUpdate("refs/heads/main", head, new)], now)
        if verdict.refusals:
            continue
        taken += 1
        told = (SEED, part, number)
        expected = {path: (mode, blob_id(data)) for path, (mode, data) in draft.files.items()}
        assert list_tree(hub, new) == expected, told
        assert len(git(hub, "log", "--format=%H", f"{head}..{new}").splitlines()) == draft.commits, told
        git(hub, "update-ref", "refs/heads/main", new)
        files = draft.files
        if taken % CLONE_EVERY == 1:
            expect_clone(hub, tmp_path / f"clone-{number}", files)
    git(hub, "update-ref", "-d", "refs/heads/draft")
    expect_clone(hub, tmp_path / "last", files)
    assert PUSHES // PARTS // 10 < taken < PUSHES // PARTS
