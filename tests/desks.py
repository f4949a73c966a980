"""Desks for tests of `Desk`: a world of its own, a clock that the test moves, and people at the desk."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import worlds
from fenji.desk import Desk
from templates import copy_template
from worlds import SHIPPED_NOW

if TYPE_CHECKING:
    from fenji.model.ticket import Value

ENGINEER, LEAD, MANAGER, OTHER = "li.wei", "zhao.min", "huang.lei", "wang.fang"
TEXTS: dict[str, Value] = {
    "cause": "封口不嚴，運輸中漏氣。",
    "decision": "免費更換。",
    "solution": "新備件已到，舊件退回。",
}
RUST: dict[str, Value] = {"title": "備件生鏽", "impact": "minor", "occurrence": "common", "product.system": "液壓"}


class Clock:
    """The present instant, which the test sets."""

    def __init__(self, now: datetime = SHIPPED_NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, minutes: float) -> datetime:
        self.now += timedelta(minutes=minutes)
        return self.now


def make_desk(folder: Path, world: str = "empty") -> Path:
    """Make the desk of a world that has only one, told up to SHIPPED_NOW."""
    copy_template(("desk", world), lambda made: worlds.make(world, made / "desk", now=SHIPPED_NOW), folder)
    return folder / "desk"


def open_desk(root: Path, person: str = ENGINEER, *, clock: Clock | None = None, later: bool = False) -> Desk:
    """Open the desk for a person."""
    return Desk.open(root, person=person, now=clock or Clock(), later=later)


def git(root: Path, *args: str) -> str:
    """Return git's output in a desk."""
    done = subprocess.run(["git", "-C", str(root), *args], check=True, capture_output=True)
    return done.stdout.decode()


def subjects(root: Path) -> list[str]:
    """Return who committed what, latest first."""
    return git(root, "log", "--format=%an: %s").splitlines()


def is_clean(root: Path) -> bool:
    """Whether everything of the desk is committed."""
    return git(root, "status", "--porcelain") == ""


def replace_in_file(path: Path, before: str, after: str) -> None:
    """Change a file by hand."""
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
