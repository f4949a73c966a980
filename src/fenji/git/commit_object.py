"""Parse commit and tree objects as git reads them, and recognise those that git would not have written.

An object with a repeated or misplaced line may be read differently here, by git, or by another version of git. The
judge refuses such objects before it looks at their contents.
"""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime, timedelta, timezone

from msgspec import Struct

from fenji.errors import Sentence
from fenji.text.encoding import decodes

_ID = rb"(?:[0-9a-f]{64}|[0-9a-f]{40})"
# A name and an address without the characters that git strips; a zone with hours that exist.
_WORD = rb"[^\0-\x20<>]"
_NAME = _WORD + rb"(?:[^\0\n<>]*" + _WORD + rb")?"
_IDENT = rb"(?:(?:" + _NAME + rb")? )?<[^\0\n<>]*> (?:0|[1-9][0-9]{0,11}) [+-](?:0[0-9]|1[0-4])[0-5][0-9]"
_FOLDED = rb"[^\0\n]*\n(?: [^\0\n]*\n)*"  # a value over several lines
_CANONICAL_COMMIT = re.compile(
    rb"tree " + _ID + rb"\n(?:parent " + _ID + rb"\n)*author " + _IDENT + rb"\ncommitter " + _IDENT + rb"\n"
    rb"(?:encoding [A-Za-z0-9._:-]+\n)?(?:mergetag " + _FOLDED + rb")*"
    rb"(?:gpgsig " + _FOLDED + rb")?(?:gpgsig-sha256 " + _FOLDED + rb")?\n[^\0]*",
    re.DOTALL,
)
_PERSON = re.compile(rb"([^<\n]*?) ?<([^>\n]*)> (-?\d+) ([+-])(\d\d)(\d\d)")
_ENCODING = re.compile(rb"^encoding ([A-Za-z0-9._:-]+)$", re.MULTILINE)
# Encodings that contain ASCII, so that addresses are decoded alike in all of them, whatever becomes of names.
_ENCODINGS = frozenset({"ascii", "utf-8", "gbk", "gb2312", "gb18030", "big5", "iso8859-1", "iso8859-15", "cp1252"})
_TREE_MODES = rb"(?:100644|100755|40000|120000|160000)"


class CommitPerson(Struct, frozen=True):
    """The author or committer of a commit, with the time."""

    name: str
    email: str
    at: datetime


class CommitObject(Struct, frozen=True):
    """A commit as git stores it; `signed` means that it has a signature, not that the signature is valid."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: CommitPerson
    committer: CommitPerson
    signed: bool
    message: str


def parse_commit(sha: str, data: bytes) -> CommitObject:
    """Parse a commit as git does: the tree is first, then the parents; the first of several equal headers counts."""
    header, _, message = data.partition(b"\n\n")
    lines = [line.partition(b" ") for line in header.split(b"\n") if not line.startswith(b" ")]
    tree = lines.pop(0)[2].decode("ascii", "replace") if lines and lines[0][0] == b"tree" else ""
    parents = []
    while lines and lines[0][0] == b"parent":
        parents.append(lines.pop(0)[2].decode("ascii", "replace"))
    headers: dict[bytes, bytes] = {}
    for key, _, value in lines:
        headers.setdefault(key, value)
    encoding = _find_encoding(headers.get(b"encoding", b"utf-8")) or "utf-8"
    author, committer = (_parse_person(headers.get(role, b""), encoding) for role in (b"author", b"committer"))
    signed = b"gpgsig" in headers or b"gpgsig-sha256" in headers
    return CommitObject(sha, tree, tuple(parents), author, committer, signed, message.decode(encoding, "replace"))


def _parse_person(text: bytes, encoding: str) -> CommitPerson:
    match = _PERSON.match(text)
    if match is None:
        return CommitPerson("", "", datetime.fromtimestamp(0, UTC))
    name, email, seconds, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    return CommitPerson(
        name.decode(encoding, "replace"), email.decode(encoding, "replace"), _to_datetime(int(seconds), offset)
    )


def _to_datetime(seconds: int, offset: timedelta) -> datetime:
    """Return the time, or the first or last that `datetime` can express: an absurd date must be judged, not crash."""
    try:
        return datetime.fromtimestamp(seconds, timezone(offset))
    except (OverflowError, ValueError, OSError):
        edge = datetime.min if seconds < 0 else datetime.max
        return edge.replace(microsecond=0, tzinfo=UTC)


def _find_encoding(label: bytes) -> str | None:
    """Return Python's name of a commit's encoding; None for one in which ASCII addresses might be read differently."""
    try:
        name = codecs.lookup(label.decode("ascii")).name
    except (LookupError, ValueError):
        return None
    return name if name in _ENCODINGS else None


# --- objects that git would not write ---------------------------------------------------------------------------------


def find_commit_fault(data: bytes) -> Sentence | None:
    """Return why git would not have written a commit object, or None."""
    if not _CANONICAL_COMMIT.fullmatch(data):
        return Sentence("is not a commit git would write; make it again with git or fenji")
    header = data.partition(b"\n\n")[0]
    match = _ENCODING.search(header)
    encoding = _find_encoding(match[1]) if match else "utf-8"
    if match and (encoding is None or not decodes(data, encoding)):
        hint = "is in {encoding}; have git write UTF-8 (git config --unset i18n.commitEncoding) and commit again"
        return Sentence(hint, {"encoding": match[1].decode("ascii")})
    return None


def find_tree_fault(data: bytes, id_bytes: int) -> Sentence | None:
    """Return why git would not have written a tree object, or None; `id_bytes` is the length of its object ids."""
    entry = re.compile(rb"(" + _TREE_MODES + rb") ([^/\0]+)\0.{%d}" % id_bytes, re.DOTALL)
    keys: list[bytes] = []
    names: set[bytes] = set()
    end = 0
    for match in entry.finditer(data):
        if match.start() != end:
            break
        end = match.end()
        names.add(match[2])
        keys.append(match[2] + b"/" if match[1] == b"40000" else match[2])
    if end != len(data) or len(names) != len(keys) or keys != sorted(keys):
        return Sentence("is not a folder git would write; make its commit again with git or fenji")
    return None
