"""What git in this clone has to know: that tickets merge by meaning, also where somebody pulls by hand.

A merge driver does not travel with a clone. So its command stands in the clone's own configuration, and the paths it is
for in the clone's own `info/attributes`, beside the `.gitattributes` that a desk is begun with; nothing is committed.
"""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from fenji.errors import Sentence
from fenji.repo.command import ask
from fenji.store import layout
from fenji.sync import beside
from fenji.sync.sides import POLICY, SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fenji.repo import Repo

_DRIVER = "merge.fenji.driver"
_SAMPLES = (f"{layout.OPEN}/X-2000-0001.yaml", POLICY, SYNONYMS)
_PATTERNS = ("tickets/**/*.yaml", POLICY, SYNONYMS)


def command() -> str:
    """The driver's command line: this Python, and nothing from the folder it is run in, which peers write to."""
    return f"{shlex.quote(sys.executable)} -P -m fenji merge-driver %O %A %B %P"


def wire(repo: Repo) -> None:
    """Tell git what it does not know yet; asks it only one question where it knows everything."""
    known = _known(repo)
    for key, value in _wanted(known):
        repo.git.run("config", "--local", key, value)
    if not _assigned(repo):
        prefix = repo.prefix
        for pattern in _PATTERNS:
            line = f"/{prefix}{pattern}"
            beside.hold(repo, "attributes", f"{_quoted(line)} merge=fenji")
    beside.hold(repo, "exclude", f"/{repo.prefix}{beside.LOCAL_POLICY}*.yaml")


def _wanted(known: dict[str, str]) -> Iterator[tuple[str, str]]:
    if known.get(_DRIVER) != command():
        yield _DRIVER, command()
        yield "merge.fenji.name", "tickets, by meaning"
        yield "merge.fenji.recursive", "binary"  # versions that both come from are of no use to it
    if not known.keys() & {"pull.rebase", "pull.ff"}:
        yield "pull.rebase", "false"  # else a pull of what went apart asks how


def _known(repo: Repo) -> dict[str, str]:
    answer = ask(repo.top, "config", "-z", "--get-regexp", r"^(merge\.fenji\..*|pull\.(rebase|ff))$")
    pairs = (entry.partition("\n") for entry in answer.stdout.decode("utf-8", "surrogateescape").split("\0"))
    return {key.lower(): value for key, _, value in pairs if key}


def _assigned(repo: Repo) -> bool:
    paths = (f"{repo.prefix}{path}" for path in _SAMPLES)
    answer = ask(repo.top, "check-attr", "-z", "merge", "--", *paths)
    return answer.stdout.split(b"\0")[2::3] == [b"fenji"] * len(_SAMPLES)


def _quoted(pattern: str) -> str:
    """A pattern as an attributes file takes it; one with blanks or quotes stands in quotes."""
    if not any(one in pattern for one in ' "\\'):
        return pattern
    escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def driver_problem(repo: Repo) -> Sentence | None:
    """What a pull by hand would miss; None where git joins tickets by meaning."""
    if _known(repo).get(_DRIVER) != command():
        return Sentence("git does not know yet how tickets merge; `fenji sync` tells it")
    if not _assigned(repo):
        return Sentence("git does not merge tickets by meaning; `fenji sync` tells it which files they are")
    return None
