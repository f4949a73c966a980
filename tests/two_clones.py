"""Two clones of one site and a hub that checks, for what two people do at once: by commands, by hand, and with git."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import warm_python
from commandline import CommandResult, child_environment, fenji
from fenji.storage.yaml_codec import read_ticket
from templates import copy_repositories, copy_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fenji.model.ticket import Ticket

ROLES = "roles: [engineer, lead, manager, admin]}"
OMAR = f"\n  omar: {{name: Omar, unit: HQ-TECH, email: omar@example.org, {ROLES}"


def git(folder: Path, *args: str, check: bool = True) -> str:
    env = child_environment({"GIT_EDITOR": "true"})
    result = subprocess.run(["git", *args], cwd=folder, check=False, capture_output=True, env=env)
    assert not check or result.returncode == 0, f"git {args}: {result.stdout!r} {result.stderr!r}"
    return result.stdout.decode("utf-8", "surrogateescape")


class TwoClones:
    """The clones `a` (of li.wei) and `b` (of omar) in a folder, both of the site KSA, and their hub."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.a, self.b, self.hub = folder / "a", folder / "b", folder / "hub.git"

    @classmethod
    def create(cls, folder: Path) -> TwoClones:
        """Create both clones and the hub; may be called by a fixture of any scope."""
        copy_template("two clones", cls._create, folder)
        return cls(folder)

    @classmethod
    def _create(cls, folder: Path) -> TwoClones:
        pair = cls(folder)
        git(folder, "config", "--global", "user.email", "li.wei@example.org")
        begun = fenji("init", pair.a, "--site", "KSA", "--person", "li.wei", "--language", "en")
        assert begun.code == 0, begun.err
        policy = pair.a / "policy.yaml"
        policy.write_text(policy.read_text().replace(ROLES, ROLES + OMAR, 1))
        name_person(pair.a, "li.wei")
        git(pair.a, "commit", "-qam", "people")
        assert fenji("hub", "init", pair.hub, "--from", pair.a).code == 0
        warm_python.warm_up(pair.hub)
        copy = fenji("init", pair.b, "--site", "KSA", "--from", pair.hub, "--person", "omar")
        assert copy.code == 0, copy.err
        name_person(pair.b, "omar")
        return pair

    def copy(self, folder: Path) -> TwoClones:
        """Return a copy of the clones and the hub, for a single test."""
        copy_repositories(self.folder, folder)
        return TwoClones(folder)

    def run(self, clone: Path, *args: object) -> CommandResult:
        """Run a command of fenji in a clone; it has to succeed."""
        result = fenji(*args, "--desk", clone)
        assert result.code == 0, f"{args}: {result.err}"
        return result

    def sync(self, clone: Path) -> CommandResult:
        return self.run(clone, "sync")

    def refuse_next_push(self, *, after: str = "exit 1") -> None:
        """Have the hub run `after` at the next push, before its own hook; by default the push is refused."""
        hooks, mark = self.hub / "hooks", self.folder / "pushed-once"
        (hooks / "pre-receive").rename(hooks / "judge")
        script = f"#!/bin/sh\nif [ ! -f '{mark}' ]; then : > '{mark}'; {after}; fi\nexec '{hooks}/judge'\n"
        (hooks / "pre-receive").write_text(script)
        (hooks / "pre-receive").chmod(0o755)

    def assert_equal(self) -> None:
        """Assert that both clones sync to the same files as the hub's, and that all of them are in order."""
        for clone in (self.a, self.b, self.a):
            self.sync(clone)
        if self._tree(self.a) != self._tree(self.b):  # what `a` has merged last has not reached `b` yet
            self.sync(self.b)
        assert self._tree(self.a) == self._tree(self.b) == self._tree(self.hub)
        for clone in (self.a, self.b):
            assert git(clone, "status", "--porcelain") == ""
        checked = fenji("check", "--desk", self.b)
        assert checked.code == 0, checked.out

    def _tree(self, repo: Path) -> str:
        return git(repo, "rev-parse", "main^{tree}")


def name_person(clone: Path, person: str) -> None:
    for key, value in (("user.name", person), ("user.email", f"{person}@example.org"), ("gc.auto", "0")):
        git(clone, "config", key, value)
    git(clone, "config", "maintenance.auto", "false")


def ticket_paths(clone: Path) -> list[Path]:
    return sorted(path for name in ("open", "archive") for path in (clone / "tickets" / name).rglob("*.yaml"))


def read_tickets(clone: Path) -> Iterator[Ticket]:
    """Yield every ticket of a clone, open and archived."""
    for path in ticket_paths(clone):
        yield read_ticket(path.read_bytes(), path.name)


def ticket_at(clone: Path, number: str = "0001") -> Path:
    """Return the file of the only ticket whose number ends in `number`."""
    (path,) = (path for path in ticket_paths(clone) if path.stem.endswith(number))
    return path


def edit_text(path: Path, old: str, new: str) -> None:
    """Replace one piece of a file, as a person does in an editor."""
    text = path.read_text()
    assert text.count(old) >= 1, text
    path.write_text(text.replace(old, new, 1))
