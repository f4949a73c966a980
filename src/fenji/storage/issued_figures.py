"""Issued figures as files below `issued/figures/`: each is written once and never changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import Problem, Sentence, os_reason
from fenji.model.appraisal.issued import IssuedFigures, parse_issued
from fenji.storage import layout

if TYPE_CHECKING:
    from fenji.model.periods import Period

FOLDER = "issued/figures"
MAX_BYTES = 64 * 2**20
_NAME = re.compile(r"(?P<period>[0-9A-Za-z._-]+)-(?P<ulid>[0-9A-HJKMNP-TV-Z]{26})\.json")


class IssuedFiles(Struct, frozen=True):
    """The figures issued for a period, in the order of issue, and the files that cannot be read."""

    issues: tuple[IssuedFigures, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def last(self) -> IssuedFigures | None:
        """The last issue; None if there is none."""
        return self.issues[-1] if self.issues else None


def render_issued(issue: IssuedFigures) -> bytes:
    """Return the bytes of an issue: one verdict per line, so that people can read it and git can pack it."""
    document = issue.mapping()
    verdicts = document.pop("verdicts")
    assert isinstance(verdicts, list)
    head = json.dumps(document, ensure_ascii=False, indent=1).removesuffix("\n}")
    lines = ",".join(f"\n  {json.dumps(verdict, ensure_ascii=False)}" for verdict in verdicts)
    return f'{head},\n "verdicts": [{lines}\n ]\n}}\n'.encode()


def read_issued(root: Path, period: Period) -> IssuedFiles:
    """Read the figures issued for a period, in the order of issue; files of other periods are not opened."""
    issues, problems = [], []
    for name in _names(root, period.query):
        issue = _read(root, name)
        if isinstance(issue, Problem):
            problems.append(issue)
        elif issue.is_of(period):
            issues.append(issue)
    return IssuedFiles(tuple(sorted(issues, key=lambda issue: (issue.at, issue.name))), tuple(problems))


def path_of(issue: IssuedFigures) -> str:
    """Return the path of an issue, relative to the desk."""
    return f"{FOLDER}/{issue.name}"


def find_problems(root: Path) -> list[Problem]:
    """Return a problem for each issued file that cannot be read."""
    found = (_read(root, name) for name in _names(root))
    return [problem for problem in found if isinstance(problem, Problem)]


def _names(root: Path, period: str = "") -> Iterator[str]:
    for name in layout.list_names(root / FOLDER):
        match = _NAME.fullmatch(name)
        if match and period in ("", match["period"]):
            yield name


def parse(data: bytes, path: str) -> IssuedFigures | Problem:
    """Parse the bytes of an issue; return a Problem if they are invalid or the file is not named by its period."""
    name = path.rpartition("/")[2]
    match = _NAME.fullmatch(name)
    try:
        issue = parse_issued(json.loads(data), name)
    except (ValueError, RecursionError):
        return Problem(path, 0, 0, "", Sentence("cannot be read as issued figures"))
    if match and match["period"] == issue.period:
        return issue
    return Problem(path, 0, 0, "", Sentence("is not named after its period and a ULID"))


def _read(root: Path, name: str) -> IssuedFigures | Problem:
    path = f"{FOLDER}/{name}"
    try:
        return parse(files.read_below(root, path, MAX_BYTES)[0], path)
    except OSError as error:
        reason = os_reason(error)
        return Problem(path, 0, 0, "", Sentence("cannot be read: {reason}", {"reason": reason}))
