"""Mutated ticket files through the reader, and mutated desks through the commands: refused in a sentence, or usable."""

from __future__ import annotations

import os
import random
import shutil
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from commandline import fenji
from desks import git, make_desk
from fenji.errors import Damaged
from fenji.model import policy
from fenji.model.ticket import sanitize
from fenji.storage import synonyms_file
from fenji.storage.yaml_codec import dump, load, locate_faults, read_ticket
from hubs import FIRST, SECOND, SOLVED, after_step, reported_ticket, rules
from minutes import EXAMPLES_FACTOR
from mutations import mutate

IS_NIGHTLY = EXAMPLES_FACTOR > 1
FILES, DESKS = (30_000, 2_000) if IS_NIGHTLY else (400, 6)
PARTS = 8 if IS_NIGHTLY else 1  # over as many processes
SEED = int(os.environ.get("FENJI_SEED", "0"))
HANG_S = 2.0  # of CPU
DONE = after_step(after_step(SECOND, "confirm", 3, by="zhao.min"), "archive", 2, by="zhao.min")
PLANNED = reported_ticket(
    3,
    kind="project",
    description="雷達 T-101\n第二行\n",
    plan=[{"key": "m1", "what": "x", "due": "2026-03-01"}],
    resources=[{"key": "r1", "kind": "material", "what": "bolt", "cost": Decimal("12.50")}],
)
TICKETS = tuple(dump(ticket) for ticket in (FIRST, SECOND, DONE, PLANNED, after_step(FIRST, "solve", 1, fields=SOLVED)))


@pytest.mark.parametrize("part", range(PARTS))
def test_a_mutated_ticket_is_read_or_refused_with_its_place(part: int) -> None:
    chance = random.Random(SEED * 1000 + part)
    for _ in range(FILES // PARTS):
        data = mutate(chance.choice(TICKETS), chance, TICKETS)
        begun = time.process_time()
        try:
            ticket = read_ticket(data, "x.yaml")
        except Damaged as damaged:
            for problem in damaged.problems:
                assert 1 <= problem.line <= data.count(b"\n") + data.count(b"\r") + 1, data
                assert sanitize(str(problem))
        else:
            assert read_ticket(dump(ticket), "x.yaml") == ticket, data
        assert time.process_time() - begun < HANG_S, data


@pytest.mark.parametrize("part", range(PARTS))
def test_a_mutated_policy_or_list_of_words_is_read_or_refused(part: int) -> None:
    chance = random.Random(SEED * 1000 + part)
    words = b"synonyms:\n- [rust, corrosion]\n- [pump, \xe6\xb3\xb5]\n"
    for _ in range(FILES // PARTS // 10):
        data = mutate(rules(), chance)
        begun = time.process_time()
        with suppress(Damaged):
            parsed, faults = policy.parse_policy(load(data, "policy.yaml"))
            assert parsed or faults, data
            locate_faults(data, "policy.yaml", faults)
        with suppress(Damaged):
            synonyms_file.parse(mutate(words, chance))
        assert time.process_time() - begun < HANG_S, data


# --- whole desks ------------------------------------------------------------------------------------------------------

COMMANDS: tuple[tuple[str, ...], ...] = (
    *(("list", "--archived"), ("check",), ("show", "1"), ("search", "rust"), ("note", "1", "seen"), ("clock", "2")),
    *(("new", "--title", "x"), ("solve", "1", "--set", "cause=a", "--set", "solution=b"), ("policy", "check")),
    *(("edit", "1", "--set", "title=y"), ("doctor",), ("suggest", "rust"), ("held",), ("sync",), ("synonyms",)),
    *(("bundle", "../out.bundle"), ("index", "--rebuild"), ("list", "is:marked"), ("check", "--history")),
)
COMMANDS_PER_DESK = 4
FOLDERS = (
    "tickets",
    "tickets/open",
    "tickets/archive",
    "tickets/files",
    "index",
    ".git/fenji-typed",
    ".git/fenji-edits",
)
STATE_FILES = (
    *("fenji-sync.json", "fenji-numbers.json", "fenji-judged.json", "fenji-unsigned.json", "fenji-pending"),
    *("fenji-landing", "fenji-index.json", "fenji-index-seen.json", "fenji-aside.json", "fenji-clock.json"),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with tickets, an attachment, an archive, a policy of its own and a remote that judges nothing."""
    home = tmp_path_factory.mktemp("template")
    root = make_desk(home)
    (root / "policy.yaml").write_bytes(rules())
    for number, ticket in enumerate((FIRST, SECOND, PLANNED)):
        (root / f"tickets/open/{ticket.id}.yaml").write_bytes(dump(ticket))
        assert number < 3
    year = DONE.id.split("-")[1]
    archive = root / "tickets/archive/KSA" / year
    archive.mkdir(parents=True)
    (root / f"tickets/open/{SECOND.id}.yaml").unlink()
    (archive / f"{DONE.id}.yaml").write_bytes(dump(DONE))
    (root / "handbook.yaml").write_text("synonyms:\n- [rust, corrosion]\n")
    git(root, "config", "fenji.site", "KSA")
    git(root, "config", "fenji.user", "li.wei")
    git(root, "config", "user.email", "li.wei@fenji.example")
    git(root, "config", "user.name", "Li Wei")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "begin")
    photo = home / "photo.jpg"
    photo.write_bytes(b"light")
    assert fenji("--desk", root, "attach", "1", photo).code == 0
    git(home, "clone", "-q", "--bare", str(root), "remote.git")
    git(root, "remote", "add", "origin", "../remote.git")
    assert fenji("--desk", root, "sync").code == 0
    return root


def change_text(path: Path, _root: Path, _outside: Path, chance: random.Random) -> None:
    if path.is_file() and not path.is_symlink():
        path.write_bytes(mutate(path.read_bytes(), chance, TICKETS))


def link_file(path: Path, _root: Path, outside: Path, chance: random.Random) -> None:
    if path.parent.is_dir() and not path.is_dir():
        path.unlink(missing_ok=True)
        path.symlink_to(chance.choice((outside / "secret.yaml", outside / "none", outside, Path("/dev/zero"))))


def link_folder(_path: Path, root: Path, outside: Path, chance: random.Random) -> None:
    folder = root / chance.choice(FOLDERS)
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    folder.unlink(missing_ok=True)
    if folder.parent.is_dir():
        folder.symlink_to(outside)


def damage_state(_path: Path, root: Path, _outside: Path, chance: random.Random) -> None:
    state = root / ".git" / chance.choice(STATE_FILES)
    if not state.is_symlink():
        state.write_bytes(mutate(state.read_bytes() if state.is_file() else b'{"a": 1}', chance))


def add_stray(_path: Path, root: Path, _outside: Path, chance: random.Random) -> None:
    folder = root / "tickets/open"
    stray = folder / chance.choice(["KSA-2026-0009.yaml", ".x.swp", "x\ny.yaml", "a~", "\x1b[31m"])
    if folder.is_dir() and not folder.is_symlink() and not stray.exists():
        stray.write_bytes(mutate(chance.choice(TICKETS), chance))


def copy_ticket(path: Path, _root: Path, _outside: Path, chance: random.Random) -> None:
    if path.is_file() and not path.is_symlink() and not path.parent.is_symlink():
        shutil.copy(path, path.with_name(f"KSA-2026-00{chance.randint(10, 99)}.yaml"))


def make_folder_of_file(path: Path, _root: Path, _outside: Path, _chance: random.Random) -> None:
    if path.is_file() and not path.parent.is_symlink():
        path.unlink()
        path.mkdir()


DAMAGES = (
    change_text,
    change_text,
    change_text,
    link_file,
    link_folder,
    damage_state,
    add_stray,
    copy_ticket,
    make_folder_of_file,
)


def damage_desk(root: Path, outside: Path, chance: random.Random) -> None:
    """Change one to three things of a desk: files, names, links that lead out, what fenji keeps in the git folder."""
    plain = [path for path in sorted(root.rglob("*")) if path.is_file() and ".git" not in path.relative_to(root).parts]
    for _ in range(chance.randint(1, 3)):
        path = chance.choice(plain)
        if not any((root / parent).is_symlink() for parent in path.relative_to(root).parents):
            chance.choice(DAMAGES)(path, root, outside, chance)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("part", range(PARTS))
def test_a_mutated_desk_answers_every_command_and_leaves_the_rest_alone(
    template: Path, tmp_path: Path, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")  # `../out.bundle` is written beside it
    chance = random.Random(SEED * 1000 + part)
    outside = tmp_path / "outside"
    for number in range(DESKS // PARTS):
        home = tmp_path / f"world-{number}"
        shutil.copytree(template.parent, home, symlinks=True)
        outside.mkdir()
        for name in ("secret.yaml", "README.md", f"{FIRST.id}.yaml"):
            (outside / name).write_bytes(b"SECRET outside\n")
        root = home / template.name
        damage_desk(root, outside, chance)
        before = snapshot(outside)
        for command in chance.sample(COMMANDS, COMMANDS_PER_DESK):
            begun = time.process_time()
            done = fenji("--desk", root, *command)
            told = (SEED, part, number, command, done.out, done.err)
            assert "Traceback" not in done.err, told
            assert "Unexpected error" not in done.err, told
            assert "SECRET" not in done.out + done.err, told
            assert time.process_time() - begun < HANG_S, told
        assert snapshot(outside) == before, (SEED, part, number)
        shutil.rmtree(home)
        shutil.rmtree(outside)
