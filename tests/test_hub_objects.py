"""Objects that git would not have written: what a hub takes reads alike for the judge, for git and in a clone."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import hubs
from fenji.git.commit_object import find_commit_fault, find_tree_fault
from fenji.git.history import History
from hubs import FIRST, SECOND, Clone, after_step, git, rules, ticket_path

ROUNDS = 20


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return hubs.create_hub(tmp_path_factory.mktemp("founded"), rules(), FIRST, SECOND)


@pytest.fixture
def clone(founded: Clone, tmp_path: Path) -> Clone:
    return hubs.copy_clone(founded, tmp_path)


def write_object(clone: Clone, kind: str, data: bytes) -> str:
    command = ["git", "hash-object", "-t", kind, "-w", "--literally", "--stdin"]
    return (
        subprocess.run(command, cwd=clone.folder, input=data, capture_output=True, check=True).stdout.decode().strip()
    )


def read_object(folder: Path, kind: str, name: str) -> bytes:
    return subprocess.run(["git", "cat-file", kind, name], cwd=folder, capture_output=True, check=True).stdout


def empty_tree(clone: Clone) -> bytes:
    return git(clone.folder, "hash-object", "-t", "tree", "-w", os.devnull).encode()


def good_commit(clone: Clone) -> bytes:
    """A commit that the hub would take: a note on the first ticket."""
    clone.commit(after_step(clone.read(ticket_path(FIRST)), "note", 1, note="seen"))
    return read_object(clone.folder, "commit", "HEAD")


def insert_line(data: bytes, position: int, line: bytes) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join([*lines[:position], line, *lines[position:]])


OTHER_ID = b"author zhao.min <zhao.min@fenji.example> 1700000000 +0000"
FORGERIES: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "a second tree, late": lambda data, other, _: insert_line(data, 4, b"tree " + other),
    "a second tree, first": lambda data, other, _: insert_line(data, 0, b"tree " + other),
    "a late parent": lambda data, _, parent: insert_line(data, 4, b"parent " + parent),
    "a second author": lambda data, _, __: insert_line(data, 3, OTHER_ID),
    "a second committer": lambda data, _, __: insert_line(data, 4, OTHER_ID.replace(b"author", b"committer")),
    "an author after the committer": lambda data, _, __: insert_line(data, 4, OTHER_ID),
    "a header of no git": lambda data, _, __: insert_line(data, 4, b"note of somebody"),
    "a NUL in the message": lambda data, _, __: data + b"x\0y\n",
    "a NUL in the header": lambda data, _, __: data.replace(b"author ", b"author \0", 1),
    "an encoding that moves letters": lambda data, _, __: insert_line(data, 4, b"encoding UTF-7"),
    "bytes that the encoding has not": lambda data, _, __: insert_line(data, 4, b"encoding GBK") + b"\xff\xff\n",
    "a zone of another world": lambda data, _, __: data.replace(b"+0000\n", b"+9900\n", 1),
}


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("fsck", ["true", "false"])
def test_a_commit_that_git_would_not_write(clone: Clone, name: str, fsck: str) -> None:
    git(clone.hub, "config", "receive.fsckObjects", fsck)
    before = git(clone.hub, "rev-parse", "main")
    forged = FORGERIES[name](good_commit(clone), empty_tree(clone), before.encode())
    pushed = clone.push(f"{write_object(clone, 'commit', forged)}:refs/heads/main")
    assert not pushed.accepted
    assert git(clone.hub, "rev-parse", "main") == before
    assert not any("Traceback" in line for line in pushed.lines)


@pytest.mark.parametrize("encoding", ["", "UTF-8", "GBK", "ISO-8859-1"])
def test_commits_of_other_encodings_come_in_where_an_address_reads_alike(clone: Clone, encoding: str) -> None:
    data = good_commit(clone)
    data = insert_line(data, 4, f"encoding {encoding}".encode()) if encoding else data
    assert clone.push(f"{write_object(clone, 'commit', data)}:refs/heads/main").accepted


def test_folders_that_git_would_not_write(clone: Clone) -> None:
    git(clone.hub, "config", "receive.fsckObjects", "false")
    data = read_object(clone.folder, "tree", "HEAD^{tree}")
    blob = bytes.fromhex(git(clone.folder, "hash-object", "-w", "--", ".gitattributes"))
    entry = b"100644 .gitattributes\0" + blob
    assert data.startswith(entry)
    rest = data[len(entry) :]
    forged = {
        "twice": entry + entry + rest,
        "unsorted": rest + entry,
        "a mode of its own": b"100666 .gitattributes\0" + blob + rest,
        "zeros before the mode": b"0100644 .gitattributes\0" + blob + rest,
        "a path as a name": b"100644 a/b\0" + blob + data,
        "file and folder of one name": data + b"100644 tickets\0" + blob,
        "cut short": data[:-1],
    }
    for name, tree in forged.items():
        assert find_tree_fault(tree, len(blob)), name
        if name != "cut short":
            commit = good_commit(clone).replace(git(clone.folder, "rev-parse", "HEAD^{tree}").encode(),
                                                write_object(clone, "tree", tree).encode())  # fmt: skip
            assert not clone.push(f"{write_object(clone, 'commit', commit)}:refs/heads/main").accepted, name
    assert find_tree_fault(data, len(blob)) is None


def mutate(data: bytes, chance: random.Random, pieces: list[bytes]) -> bytes:
    """Change a commit at some places: bytes, lines moved, doubled, removed, or put in from elsewhere."""
    for _ in range(chance.randint(1, 3)):
        lines = data.split(b"\n")
        position = chance.randrange(len(lines))
        change = chance.randrange(6)
        if change == 0:
            lines.insert(position, chance.choice(pieces))
        elif change == 1:
            lines.insert(position, lines[chance.randrange(len(lines))])
        elif change == 2:
            del lines[position]
        elif change == 3:
            lines.insert(position, lines.pop(chance.randrange(len(lines))))
        elif change == 4:
            at = chance.randrange(len(data))
            lines = (data[:at] + bytes([chance.choice(b"\0 \n<>\r\t\x1bx9\xe9")]) + data[at + 1 :]).split(b"\n")
        else:
            lines[position] += chance.choice([b" ", b"\r", b" x", b"\x0b"])
        data = b"\n".join(lines)
    return data


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, 4))])
def test_what_is_taken_reads_alike_for_everybody(clone: Clone, tmp_path: Path, seed: int) -> None:
    git(clone.hub, "config", "receive.fsckObjects", "false")
    chance, taken = random.Random(seed), 0
    for _ in range(ROUNDS):
        before = git(clone.hub, "rev-parse", "main")
        git(clone.folder, "reset", "-q", "--hard", before)
        data = good_commit(clone)
        pieces = [b"tree " + empty_tree(clone), b"parent " + before.encode(), OTHER_ID, b"gpgsig x", b" x", b"",
                  b"encoding UTF-16", b"mergetag object"]  # fmt: skip
        sha = write_object(clone, "commit", mutate(data, chance, pieces))
        pushed = clone.push(f"{sha}:refs/heads/main")
        assert not any("Traceback" in line for line in pushed.lines), pushed.lines
        assert (git(clone.hub, "rev-parse", "main") == sha) == pushed.accepted
        if pushed.accepted:
            assert_reads_alike(clone, sha, tmp_path)
            taken += 1
    assert 0 < taken < ROUNDS


def assert_reads_alike(clone: Clone, sha: str, folder: Path) -> None:
    """The judge, git's own commands and a fresh clone tell the same of a commit."""
    judged = History(clone.hub).read_commits([sha])[sha]
    shown = git(clone.hub, "log", "-1", "--format=%T%n%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct", sha).split("\n")
    people = (judged.author, judged.committer)
    told = [part for who in people for part in (who.name, who.email, str(int(who.at.timestamp())))]
    assert shown == [judged.tree, " ".join(judged.parents), *told]
    fresh = folder / f"clone-{sha}"
    git(folder, "clone", "-q", str(clone.hub), fresh.name)
    assert git(fresh, "write-tree") == judged.tree
    assert git(fresh, "status", "--porcelain") == ""
    names = set(git(clone.hub, "ls-tree", "-r", "--name-only", "-z", sha).split("\0"))
    assert {ticket_path(FIRST), ticket_path(SECOND), "policy.yaml"} <= names


def test_signed_and_merged_commits_are_as_git_writes_them() -> None:
    head = b"tree " + b"a" * 40 + b"\nparent " + b"b" * 40 + b"\nauthor L <l@x> 1 +0300\ncommitter L <l@x> 1 +0545\n"
    signature = b"gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n"
    tag = b"mergetag object " + b"c" * 40 + b"\n type commit\n tag v1\n \n message\n"
    for more in (b"", signature, tag, tag + signature, b"encoding GB18030\n" + tag + tag + signature):
        assert find_commit_fault(head + more + b"\nmessage\n\nmore\n") is None
    assert find_commit_fault(head + signature + signature + b"\nm\n")
    assert find_commit_fault(head + b"m\n")
