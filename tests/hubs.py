"""A hub with a small desk in it, and clones that push to it with plain git whatever a test makes up."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

import warm_python
from commandline import SOURCE
from fenji import hub
from fenji.desk import acts
from fenji.desk.acts import Act
from fenji.git.remotes import HUB_TIME, REFUSAL_MARK
from fenji.model import policy, workflow
from fenji.model.ticket import Event, Ticket, Value, is_short
from fenji.storage import yaml_codec
from samples import uid_of

if TYPE_CHECKING:
    from fenji.model.policy import Policy

NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = NOW.year
PEOPLE = {
    "li.wei": ("Li Wei", "engineer"),
    "wang.fang": ("Wang Fang", "engineer"),
    "zhao.min": ("Zhao Min", "lead"),
    "huang.lei": ("Huang Lei", "manager"),
    "sun.yu": ("Sun Yu", "admin"),
}
_HEAD = """format: 1
since: 2020-01-01
language: en
sites: {KSA: {name: KSA, lead: zhao.min}, HQ: {name: HQ}}
units: {HQ-TECH: {name: HQ}}
people:
"""
_TAIL = """impact: [major, minor]
occurrence: [rare, common]
matrix: {major: {rare: P1, common: P2}, minor: {rare: P3, common: P4}}
priorities:
  P1: {response: 1h, solution: 24h}
  P2: {response: 4h, solution: 3d}
  P3: {response: 8h, solution: 7d}
  P4: {response: 24h, solution: 14d}
waiting: {customer: [solution], parts: []}
backdate: 24h
excuses: [force majeure]
requires: {quality: {solve: [cause, solution]}}
may: {confirm: [lead], archive: [lead, manager], excuse: [lead, manager], policy: [admin]}
"""


def rules(*, keys: Mapping[str, str] | None = None, signed: str = "", **roles: str) -> bytes:
    """Return policy.yaml; `keys` are public keys by person, `roles` other roles (`li_wei="lead"`)."""
    people = ""
    for key, (name, usual) in PEOPLE.items():
        own = f', key: "{keys[key]}"' if keys and key in keys else ""
        role = roles.get(key.replace(".", "_"), usual)
        people += f"  {key}: {{name: {name}, email: {key}@fenji.example, roles: [{role}]{own}}}\n"
    return f"{_HEAD}{people}{_TAIL}require_signed: [{signed}]\n".encode()


def load_policy(data: bytes) -> Policy:
    parsed, faults = policy.parse_policy(yaml_codec.load(data, "policy.yaml"))
    assert parsed, faults
    return parsed


POLICY = load_policy(rules())


# --- tickets ------------------------------------------------------------------------------------------------------


def ticket_number(running: int, suffix: str = "") -> str:
    return f"KSA-{YEAR}-{running:04}{suffix}"


def ticket_path(ticket: Ticket) -> str:
    closed = ticket.state in ("archived", "withdrawn")
    return f"tickets/archive/KSA/{YEAR}/{ticket.id}.yaml" if closed else f"tickets/open/{ticket.id}.yaml"


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def reported_ticket(running: int, hours: float = 6, *, by: str = "li.wei", uid: int = 0, **fields: Value) -> Ticket:
    """Return a ticket reported some hours ago, as a desk reports it."""
    values = {"id": ticket_number(running), "uid": uid_of(uid or running), "site": "KSA", "title": "rust", **fields}
    return acts.report(values, Act("report", by, hours_ago(hours)), POLICY)


def after_step(
    ticket: Ticket,
    do: str,
    hours: float,
    *,
    by: str = "li.wei",
    fields: Mapping[str, Value] | None = None,
    note: str = "",
    reason: str = "",
    clock: str = "",
) -> Ticket:
    """Return the ticket after a step as a desk does it. Raises Refused for a refused step."""
    act = Act(do, by, hours_ago(hours), fields=fields or {}, note=note, reason=reason, clock=clock)
    return acts.perform(ticket, act, POLICY)


SOLVED = {"cause": "salt air", "solution": "new spares"}


def after_forced_event(
    ticket: Ticket, do: str, hours: float, *, by: str = "li.wei", n: int = 0, **more: Value
) -> Ticket:
    """Return the ticket after an event that nobody checked; `fields` are set and stated."""
    fields = more.pop("fields", {})
    assert isinstance(fields, Mapping)
    stated = {field_path: value for field_path, value in fields.items() if is_short(field_path)}
    rewrote = [field_path for field_path in fields if not is_short(field_path)]
    body = {**more, **({"set": stated} if stated else {}), **({"rewrote": rewrote} if rewrote else {})}
    after = ticket.with_fields(fields).with_events([Event(n or ticket.next_n, hours_ago(hours), by, do, body)])
    return after.with_fields({"state": workflow.current_state(after).state})


FIRST = after_step(reported_ticket(1), "respond", 5)
SECOND = after_step(after_step(reported_ticket(2), "respond", 5), "solve", 4, fields=SOLVED)


# --- clones and pushes --------------------------------------------------------------------------------------------


def git(folder: Path, *args: str, check: bool = True, env: Mapping[str, str] | None = None) -> str:
    result = subprocess.run(
        ["git", *args], cwd=folder, check=False, capture_output=True, env={**os.environ, **(env or {})}
    )
    assert not check or result.returncode == 0, result.stderr.decode()
    return result.stdout.decode().strip()


def list_refs(folder: Path) -> dict[str, str]:
    """Return the refs of a repository, each with its commit."""
    lines = git(folder, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split() for line in lines)


class PushResult(Struct, frozen=True):
    """The result of a push: whether it was accepted, and what the hub said, line by line."""

    accepted: bool
    lines: tuple[str, ...]


class Clone(Struct, frozen=True):
    """A working tree of somebody, and the hub it pushes to."""

    folder: Path
    hub: Path
    home: Path

    def write(self, files: Mapping[str, bytes | Ticket | None]) -> None:
        for name, data in files.items():
            target = self.folder / name
            if data is None:
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(yaml_codec.dump(data) if isinstance(data, Ticket) else data)

    def commit(
        self, *tickets: Ticket, by: str = "li.wei", files: Mapping[str, bytes | None] | None = None, more: str = ""
    ) -> None:
        """Commit these tickets, each at its path, and other files, as a person does with git itself."""
        self.write({ticket_path(ticket): ticket for ticket in tickets} | dict(files or {}))
        git(self.folder, "add", "-A", "-f", ".")
        self.record(by=by, more=more)

    def record(self, *args: str, by: str = "li.wei", more: str = "") -> None:
        name = PEOPLE.get(by, (by, ""))[0]
        who = ("-c", f"user.name={name}", "-c", f"user.email={by}@fenji.example")
        git(self.folder, *who, "commit", "-q", "--allow-empty", "-m", "step", *args, *more.split())

    def push(self, what: str = "HEAD:refs/heads/main") -> PushResult:
        command = ["git", "push", "-q", *(["--force"] if what.startswith("+") else []), str(self.hub), what]
        env = {**os.environ, "PYTHONPATH": str(SOURCE)}
        result = subprocess.run(command, cwd=self.folder, check=False, capture_output=True, env=env)
        lines = (line.removeprefix("remote: ").rstrip() for line in result.stderr.decode().splitlines())
        said = (line for line in lines if line and not line.startswith((HUB_TIME, REFUSAL_MARK, "To fix this:")))
        return PushResult(result.returncode == 0, tuple(said))

    def clone_hub(self, name: str = "other") -> Clone:
        """Return another clone of the hub as it is now."""
        git(self.home, "clone", "-q", str(self.hub), name)
        return Clone(self.home / name, self.hub, self.home)

    def read(self, name: str) -> Ticket:
        return yaml_codec.read_ticket((self.folder / name).read_bytes(), name)


def create_hub(home: Path, policy_text: bytes, *tickets: Ticket, files: Mapping[str, bytes] | None = None) -> Clone:
    """Create a hub in `home` with these rules and tickets; return the clone that it was founded from."""
    home.mkdir(parents=True, exist_ok=True)
    clone = Clone(home / "desk", hub.create(home / "hub.git"), home)
    warm_python.warm_up(clone.hub)
    clone.folder.mkdir()
    git(clone.folder, "init", "-q", "-b", "main")
    first_files = {"policy.yaml": policy_text, ".gitattributes": b"/tickets/** -text\n", "tickets/open/.gitkeep": b""}
    clone.commit(*tickets, by="sun.yu", files={**first_files, **(files or {})})
    assert clone.push() == PushResult(accepted=True, lines=())
    return clone


def copy_clone(clone: Clone, home: Path) -> Clone:
    """Return a copy of a hub and its clone, for a single test."""
    shutil.copytree(clone.home, home, dirs_exist_ok=True, symlinks=True)
    return Clone(home / "desk", home / "hub.git", home)
