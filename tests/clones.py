"""Clones of one desk around a bare hub, for tests of the exchange: real repositories, acts as a desk writes them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fenji import git as repositories
from fenji.storage import Store, StoredTicket
from fenji.storage.yaml_codec import read_ticket
from fenji.sync import Recorder, SyncResult, sync
from samples import START, after_event, reported_ticket, uid_of
from templates import copy_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from fenji.model.ticket import Ticket, Value

HERE = Path(__file__).parent
SOURCE = HERE.parent / "src"
POLICY = (HERE.parent / "policy.yaml").read_bytes()


def note_starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which the command of each process started from now on is added."""
    started: list[str] = []
    begin = subprocess.Popen.__init__

    def note(process: Any, command: Any, *words: Any, **more: Any) -> None:
        started.append(" ".join(map(str, command)))
        begin(process, command, *words, **more)

    monkeypatch.setattr(subprocess.Popen, "__init__", note)
    return started


def git(folder: Path, *args: str, check: bool = True) -> str:
    done = subprocess.run(["git", *args], cwd=folder, check=False, capture_output=True)
    if check and done.returncode:
        raise AssertionError(f"git {args}: {done.stdout.decode()} {done.stderr.decode()}")
    return done.stdout.decode("utf-8", "surrogateescape")


class Clone:
    """One clone and the person at it; every act is written and, unless told otherwise, committed."""

    def __init__(self, root: Path, person: str = "li.wei") -> None:
        self.root, self.person = root, person
        self.store = Store(root, repositories.find_repo(root))
        self.minute = 0

    @property
    def recorder(self) -> Recorder:
        return Recorder(self.person, START + timedelta(days=1), lambda key: (key, f"{key}@example.com"))

    def sync(self) -> SyncResult:
        return sync(self.store, self.recorder)

    def commit(self) -> None:
        self.store.commit_pending(self.recorder.author)

    def new(
        self, number: str = "KSA-2026-0042", uid: str = "", *, commit: bool = True, **fields: Value
    ) -> StoredTicket:
        ticket = reported_ticket(number, uid or uid_of(int(number.split("-")[2])), **fields)
        stored = self.store.write(ticket, None)
        if commit:
            self.commit()
        return stored

    def act(
        self,
        number: str,
        do: str,
        *,
        commit: bool = True,
        minute: int | None = None,
        fields: Mapping[str, Value] | None = None,
        sender: str = "",
        **more: Value,
    ) -> StoredTicket:
        stored = self.stored(number)
        after = after_event(stored.ticket, do, by=self.person, minute=minute, fields=fields, sender=sender, **more)
        written = self.store.write(after, stored)
        if commit:
            self.commit()
        return written

    def attach(self, number: str, name: str, data: bytes, *, commit: bool = True) -> str:
        """Attach a file to a ticket; return the name that it has there."""
        source = self.root.parent / "attached" / name
        source.parent.mkdir(exist_ok=True)
        source.write_bytes(data)
        item = self.store.attach(self.ticket(number).id, source)
        self.act(number, "attach", fields={f"files.{item['name']}": item}, commit=commit)
        return str(item["name"])

    def archive(self, number: str) -> StoredTicket:
        for do in ("respond", "solve", "confirm", "archive"):
            self.act(number, do)
        return self.stored(number)

    def stored(self, number: str) -> StoredTicket:
        return self.store.reader.load(self.store.reader.find_path(number))

    def ticket(self, number: str) -> Ticket:
        return self.stored(number).ticket

    def path(self, number: str) -> Path:
        return self.root / self.store.reader.find_path(number)

    def files(self) -> dict[str, bytes]:
        """Return every file of the desk in the working tree."""
        paths = [self.root / "policy.yaml", *sorted((self.root / "tickets").rglob("*"))]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in paths if path.is_file()}

    def tree(self) -> str:
        return git(self.root, "rev-parse", "HEAD^{tree}").strip()

    def is_clean(self) -> bool:
        return git(self.root, "status", "--porcelain") == ""

    def write_file(self, path: str, text: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target


class Sites:
    """A bare hub, and clones of it by name; the first begins the desk."""

    def __init__(self, folder: Path, *names: str, format: str = "sha1", policy: bytes = POLICY) -> None:  # noqa: A002 - git's own word
        self.folder, self.hub = folder, folder / "hub.git"
        copy_template((names, format, policy), lambda made: self._create(made, names, format, policy), folder)
        self.clones = {name: Clone(folder / name, name) for name in names}

    def _create(self, folder: Path, names: tuple[str, ...], object_format: str, policy: bytes) -> None:
        hub, first = folder / "hub.git", folder / names[0]
        git(folder, "init", "-q", "--bare", "-b", "main", f"--object-format={object_format}", str(hub))
        git(folder, "init", "-q", "-b", "main", f"--object-format={object_format}", str(first))
        repo = repositories.init_repo(first)
        self._configure(first, names[0])
        (first / "policy.yaml").write_bytes(policy)
        files = {name: (first / name).read_bytes() for name in (".gitignore", ".gitattributes", "policy.yaml")}
        repo.commit(files, message="KSA: begin", author=("Zhao Min", "zhao@example.com"), at=START)
        git(first, "remote", "add", "origin", str(hub))
        git(first, "push", "-q", "-u", "origin", "main")
        for name in names[1:]:
            git(folder, "clone", "-q", str(hub), str(folder / name))
            self._configure(folder / name, name)

    def clone(self, name: str) -> Clone:
        root = self.folder / name
        git(self.folder, "clone", "-q", str(self.hub), str(root))
        self._configure(root, name)
        self.clones[name] = Clone(root, name)
        return self.clones[name]

    def _configure(self, root: Path, name: str) -> None:
        for key, value in (
            ("user.name", name),
            ("user.email", f"{name}@example.com"),
            ("fenji.site", "KSA"),
            ("gc.auto", "0"),
            ("maintenance.auto", "false"),
        ):
            git(root, "config", key, value)

    def __getitem__(self, name: str) -> Clone:
        return self.clones[name]

    def sync_all(self, rounds: int = 3) -> None:
        """Sync every clone in turn, several times over."""
        for _ in range(rounds):
            for clone in self.clones.values():
                clone.sync()

    def assert_equal(self) -> None:
        """Assert that every clone and the hub have the same bytes, and that every ticket can be read."""
        trees = {name: clone.tree() for name, clone in self.clones.items()}
        trees["hub"] = git(self.hub, "rev-parse", "main^{tree}").strip()
        assert len(set(trees.values())) == 1, trees
        for clone in self.clones.values():
            assert clone.is_clean(), git(clone.root, "status", "--porcelain")
            for path, data in clone.files().items():
                if path.endswith(".yaml") and path.startswith(("tickets/open/", "tickets/archive/")):
                    read_ticket(data, path)
        git(self.hub, "fsck", "--strict")


def sync_process(root: Path, person: str = "li.wei") -> subprocess.Popen[bytes]:
    """Start a sync of the clone in a process of its own, which leads a process group."""
    code = "import sys, pathlib, clones; clones.Clone(pathlib.Path(sys.argv[1]), sys.argv[2]).sync()"
    path = os.pathsep.join((str(SOURCE), str(HERE)))
    env = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-c", code, str(root), person]
    return subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)


def minutes_after_start(minute: int) -> datetime:
    return START + timedelta(minutes=minute)
