"""Parse, write, edit and merge handbook.yaml. Bytes in, bytes out.

synonyms:
- [備件, 備品, spare part]     # one group a line: each word finds the others
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from fenji.errors import Damaged
from fenji.model.synonyms import (
    SYNONYMS_KEY,
    GroupsByWords,
    SynonymGroup,
    find_faults,
    merge_groups,
    same_words,
    synonym_key,
    unique_words,
)
from fenji.storage import yaml_codec

FILE_NAME = "handbook.yaml"

_HEADER = """\
# 同義詞：一行一組，搜索其中一個詞，也會找到其餘的詞；繁簡、大小寫不必分別寫。
# Words for one thing: a group a line; each word finds the others. Script and letter case do not matter.
"""
_PLAIN_SCALAR = re.compile(r"[^\W_](?:[\w ()/.+-]*[\w)+])?")
_RESOLVED_SCALAR = re.compile(r"[-+0-9._]+([eE][-+]?\d+)?|0[xo]\w+|y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE)
_GROUP_LINE = re.compile(rb"\s*- \[.*\]\s*(#.*)?")


@cache
def starter_text() -> str:
    """Return the handbook.yaml of a new desk: the file that is installed with the program."""
    return (files("fenji.i18n") / FILE_NAME).read_text(encoding="utf-8")


@cache
def starter_groups() -> tuple[SynonymGroup, ...]:
    """Return the groups of a new desk, which also apply to a desk without handbook.yaml."""
    return parse(starter_text().encode())


def parse(data: bytes) -> tuple[SynonymGroup, ...]:
    """Parse the groups in the bytes of a file. Raises Damaged with every problem, each with line and column."""
    document = yaml_codec.load(data, FILE_NAME)
    faults = list(find_faults(document))
    if faults:
        raise Damaged("{path} is refused.", path=FILE_NAME, problems=yaml_codec.locate_faults(data, FILE_NAME, faults))
    groups = document[SYNONYMS_KEY] or [] if isinstance(document, dict) else []
    return tuple(map(unique_words, groups))


def dump(groups: Iterable[SynonymGroup]) -> bytes:
    """Render a file with these groups; equal groups always give equal bytes."""
    lines = "".join(f"{_format_group(group)}\n" for group in groups)
    return f"{_HEADER}{SYNONYMS_KEY}:{'' if lines else ' []'}\n{lines}".encode()


def _format_group(group: Sequence[str]) -> str:
    return f"- [{', '.join(map(_format_word, group))}]"


def _format_word(word: str) -> str:
    is_plain = _PLAIN_SCALAR.fullmatch(word) and not _RESOLVED_SCALAR.fullmatch(word)
    return word if is_plain else json.dumps(word, ensure_ascii=False)


def add_group(data: bytes, group: SynonymGroup) -> bytes:
    """Append a group to the file and leave everything else in it as it is. Raises Damaged."""
    groups = (*parse(data), group)
    body = data if data.endswith(b"\n") else data + b"\n"
    return _verify_or_rewrite(body + _find_indent(data) + f"{_format_group(group)}\n".encode(), groups)


def remove_group(data: bytes, group: SynonymGroup) -> bytes:
    """Remove a group from the file and leave everything else in it as it is. Raises Damaged."""
    groups = tuple(existing for existing in parse(data) if not same_words(existing, group))
    lines = [line for line in data.splitlines(keepends=True) if not _contains_group(line, group)]
    return _verify_or_rewrite(b"".join(lines), groups)


def _find_indent(data: bytes) -> bytes:
    line = next((candidate for candidate in reversed(data.splitlines()) if _GROUP_LINE.fullmatch(candidate)), b"")
    return line[: len(line) - len(line.lstrip())]


def _contains_group(line: bytes, group: SynonymGroup) -> bool:
    if not _GROUP_LINE.fullmatch(line.rstrip(b"\r\n")):
        return False
    try:
        return any(same_words(parsed, group) for parsed in parse(f"{SYNONYMS_KEY}:\n".encode() + line))
    except Damaged:
        return False


def _verify_or_rewrite(data: bytes, groups: tuple[SynonymGroup, ...]) -> bytes:
    """Return `data`, which was edited as text, if it parses to exactly these groups; else render the groups."""
    try:
        return data if parse(data) == groups else dump(groups)
    except Damaged:
        return dump(groups)


def merge_versions(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    """Merge two versions of the file, dropping groups that either removed from `base`; None if both removed the file.

    If only one side changed the file, returns its version unchanged. A readable version wins over an unreadable one.
    """
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    if ours is None or theirs is None:
        return ours if theirs is None else theirs
    our_groups, their_groups = _parse_or_none(ours), _parse_or_none(theirs)
    if our_groups is None or their_groups is None:
        return max(ours, theirs) if our_groups is their_groups else (theirs if our_groups is None else ours)
    return dump(merge_groups((base is not None and _parse_or_none(base)) or {}, our_groups, their_groups))


def _parse_or_none(data: bytes) -> GroupsByWords | None:
    try:
        return {frozenset(map(synonym_key, group)): group for group in parse(data)}
    except Damaged:
        return None
