"""Read YAML in the plain form that fenji writes, many times faster than a full YAML parser could.

The result is the same as that of the strict reader in `yaml_codec`. Any other text is not read here, even if it is
valid YAML: comments, flow style, single quotes, other indentation, folded lines. Knows nothing of tickets.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.model.ticket import Value

MAX_DEPTH = 8  # levels of nesting; the strict reader allows more
MAX_KEY_LENGTH = 128  # characters; even escaped they stay below the 1024 that YAML allows
NULL_WORDS = frozenset({"", "~", "null"})
# A line: its indent, the dash of an item, then a key with its value, or something else.
_LINE = re.compile(r"^( *)(- )?(?:([^\W\d][\w.\-]*):(?: (.+))?|(.*))$", re.MULTILINE)
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`](?:[^\t\n]*[^\s:])?")
_QUOTED = re.compile(r'"(?:[^"\\\t]|\\(?:["\\/bfnrt]|u(?:00[0-9a-f]{2}|202[89]|feff|fff[ef])))*"')
_BLOCK_STARTS = {"|": (False, True), "|-": (False, False), "|2": (True, True), "|2-": (True, False)}
# Characters that YAML refuses or takes for line breaks; a text that has one is not read here.
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_LONGEST_CACHED = 48  # characters; short texts such as names and states recur
_PADS = tuple("  " * level for level in range(MAX_DEPTH + 2))
Row = tuple[str, str, str, str, str]  # indent, dash, key, value, anything else
_END: Row = ("", "", "", "", "")


class _UnusualError(Exception):
    """Raised where a text leaves the plain form."""


def load(text: str) -> dict[str, Value] | None:
    """Return the mapping in a text, made of mappings, lists, text and None; None if it is not in the plain form."""
    if not text.endswith("\n") or _UNREADABLE.search(text):
        return None
    rows: list[Row] = _LINE.findall(text)
    rows[-1] = _END  # the empty row after the last line break
    indent, dash, key, _, _ = rows[0]
    if indent or dash or not key:
        return None
    try:
        entries, at = _PlainReader(rows, text).read_mapping(0, 0)
    except _UnusualError:
        return None
    return entries if at == len(rows) - 1 else None


class _PlainReader:
    """Reads the lines of one text; each method takes the line where a value begins, and also returns the line after."""

    def __init__(self, rows: list[Row], text: str) -> None:
        self.rows, self.text = rows, text
        self.lines: list[str] = []

    def read_mapping(self, at: int, level: int) -> tuple[dict[str, Value], int]:
        """Read the mapping at a line, which may be the first line of a list item; a level is two spaces of indent."""
        if level > MAX_DEPTH:
            raise _UnusualError
        rows, pad = self.rows, _PADS[level]
        entries: dict[str, Value] = {}
        _, _, key, value, _ = rows[at]
        while key:
            if key in entries or len(key) > MAX_KEY_LENGTH:
                raise _UnusualError
            if not value:
                entries[key], at = self.read_below(at + 1, level)
            elif value in _BLOCK_STARTS:
                entries[key], at = self.read_block(at + 1, level, value)
            else:
                entries[key] = _cached_scalar(value) if len(value) <= _LONGEST_CACHED else _read_scalar(value)
                at += 1
            indent, dash, key, value, _ = rows[at]
            if dash or indent != pad:
                break
        return entries, at

    def read_below(self, at: int, level: int) -> tuple[Value, int]:
        """Read the list or mapping that begins below a key of a mapping at this level; None if nothing does."""
        indent, dash, key, _, _ = self.rows[at]
        if dash and indent == _PADS[level]:
            return self.read_sequence(at, level)
        if key and not dash and indent == _PADS[level + 1]:
            return self.read_mapping(at, level + 1)
        return None, at

    def read_sequence(self, at: int, level: int) -> tuple[list[Value], int]:
        rows, pad = self.rows, _PADS[level]
        items: list[Value] = []
        item: Value
        indent, dash, key, _, value = rows[at]
        while dash and indent == pad:
            if key:
                item, at = self.read_mapping(at, level + 1)
            else:
                item, at = _read_scalar(value), at + 1
            items.append(item)
            indent, dash, key, _, value = rows[at]
        return items, at

    def read_block(self, at: int, level: int, start: str) -> tuple[str, int]:
        """Read the literal text below the line of a key: lines that are indented, or empty between such lines."""
        self.lines = self.lines or self.text.split("\n")
        lines, pad, begin = self.lines, _PADS[level + 1], at
        is_indented, ends_with_break = _BLOCK_STARTS[start]
        width = len(pad)
        content = []
        while (line := lines[at]).startswith(pad) or (not line and at < len(lines) - 1):
            content.append(line[width:])
            at += 1
        first = content[0] if content else ""
        if not content or not content[-1] or (not is_indented and (not first or first[0] in " \t")):
            raise _UnusualError
        if is_indented and not any(map(str.strip, lines[begin:at])):
            raise _UnusualError
        return "\n".join(content) + ("\n" if ends_with_break else ""), at


def _read_scalar(text: str) -> str | None:
    if _PLAIN.fullmatch(text) and ": " not in text and " #" not in text:
        return None if text in NULL_WORDS else text
    if _QUOTED.fullmatch(text):
        value: str = json.loads(text)
        return value
    raise _UnusualError


_cached_scalar = lru_cache(maxsize=8192)(_read_scalar)
