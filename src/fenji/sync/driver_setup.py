"""Install the merge driver in this clone, so that tickets merge by meaning even when somebody pulls by hand.

Cloning does not copy a merge driver. So its command is written to the clone's own configuration, and its paths to the
clone's own `info/attributes`, in addition to the `.gitattributes` of a new desk; nothing is committed.
"""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji import files
from fenji.errors import Sentence
from fenji.git.config import read_values
from fenji.git.run import run_git
from fenji.storage import layout
from fenji.sync import keep
from fenji.sync.trees import OWNED_FILES, OWNED_FOLDERS, SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fenji.git import Repo

_DRIVER_KEY = "merge.fenji.driver"
_FILES = (SYNONYMS, *OWNED_FILES)
_SAMPLES = (f"{layout.OPEN_FOLDER}/X-2000-0001.yaml", *_FILES, *(f"{folder}a.yaml" for folder in OWNED_FOLDERS))
_PATTERNS = ("tickets/**/*.yaml", *_FILES, *(f"{folder}**" for folder in OWNED_FOLDERS))
# Files that git must not convert, whatever is set up for the machine, the user or a larger repository.
_EXACT_SAMPLES = (*_SAMPLES, "tickets/files/X-2000-0001/a.txt")
_EXACT_ATTRIBUTES = "-text -filter -ident !working-tree-encoding"  # git rejects `-working-tree-encoding`
_EXACT_PATTERNS = ("tickets/**", *_PATTERNS[1:], "issued/**")


def driver_command() -> str:
    """Return the driver's command line: this Python, importing nothing from the current folder, where peers write."""
    return f"{shlex.quote(sys.executable)} -P -m fenji merge-driver %O %A %B %P"


def install_driver(repo: Repo) -> None:
    """Set up the missing parts of the merge driver, and have git ignore kept drafts (`policy.local*.yaml`)."""
    configured = _read_settings(repo)
    for key, value in _missing_settings(configured):
        repo.git.run("config", "--local", key, value)
    attributes = _read_attributes(repo)
    if not attributes.merge:
        _add_attribute(repo, _PATTERNS, "merge=fenji")
    if not attributes.keep_bytes:
        _add_attribute(repo, _EXACT_PATTERNS, _EXACT_ATTRIBUTES)
        _restore_line_ends(repo)
    keep.ensure_lines(repo, "exclude", [f"/{repo.prefix}{pattern}" for pattern in keep.LOCAL_DRAFTS])


def keeps_bytes(repo: Repo) -> bool:
    """Return whether git leaves the bytes of the desk's files unconverted, whatever else is configured."""
    return _read_attributes(repo).keep_bytes


def _add_attribute(repo: Repo, patterns: Iterable[str], attribute: str) -> None:
    lines = (f"{_quote_pattern(f'/{repo.prefix}{pattern}')} {attribute}" for pattern in patterns)
    keep.ensure_lines(repo, "attributes", lines)


def _restore_line_ends(repo: Repo) -> None:
    """Rewrite files that differ from the committed version only in the line endings that git gave them."""
    if repo.head() is None:
        return
    for path, committed in repo.read_many(_FILES).items():
        target = repo.root / path
        data = target.read_bytes() if committed is not None and target.is_file() and not target.is_symlink() else b""
        if committed and data != committed and data.replace(b"\r\n", b"\n") == committed:
            files.write(repo.root, path, committed)


def _missing_settings(configured: dict[str, str]) -> Iterator[tuple[str, str]]:
    if configured.get(_DRIVER_KEY) != driver_command():
        yield _DRIVER_KEY, driver_command()
        yield "merge.fenji.name", "tickets, by meaning"
        yield "merge.fenji.recursive", "binary"  # virtual common ancestors need no merge by meaning
    if not configured.keys() & {"pull.rebase", "pull.ff"}:
        yield "pull.rebase", "false"  # else git refuses to pull diverged histories until this is set


def _read_settings(repo: Repo) -> dict[str, str]:
    return read_values(repo.top, r"merge\.fenji\..*|pull\.(rebase|ff)")


class _Attributes(Struct, frozen=True):
    """Whether the desk's files have the attributes that they need, wherever these are configured."""

    merge: bool
    keep_bytes: bool


def _read_attributes(repo: Repo) -> _Attributes:
    paths = (f"{repo.prefix}{path}" for path in _EXACT_SAMPLES)
    names = ("merge", "text", "filter", "ident", "working-tree-encoding")
    answer = run_git(repo.top, "check-attr", "-z", *names, "--", *paths).stdout.split(b"\0")
    values = zip(*[iter(answer[2::3])] * len(names), strict=False)  # the third of three fields, grouped by path
    merges, texts, *conversions = zip(*values, strict=True)
    is_exact = set(texts) == {b"unset"} and set().union(*conversions) <= {b"unset", b"unspecified"}
    return _Attributes(set(merges[: len(_SAMPLES)]) == {b"fenji"}, is_exact)


def _quote_pattern(pattern: str) -> str:
    """Return a pattern for an attributes file, quoted if it contains blanks, quotes or backslashes."""
    if not any(character in pattern for character in ' "\\'):
        return pattern
    escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def driver_problem(repo: Repo) -> Sentence | None:
    """Return the reason why git would not merge tickets by meaning when somebody pulls by hand, or None."""
    if _read_settings(repo).get(_DRIVER_KEY) != driver_command():
        return Sentence("git does not know yet how to merge tickets; `fenji sync` tells it")
    if not _read_attributes(repo).merge:
        return Sentence("git does not merge tickets by meaning; `fenji sync` tells it which files they are")
    return None
