"""Make a new version of a policy.yaml in its text: changed rules move to `earlier`, and `since` gets a new date.

Comments, order and layout stay as they were typed, also in what moves. The result is parsed again, and must equal the
wanted document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from fenji.errors import Damaged, Refused
from fenji.storage import yaml_codec
from fenji.storage.yaml_places import YamlPlaces, find_entry

Document = dict[str, Any]
_ABSENT: Mapping[str, object] = {"kinds": {}, "waiting": {}, "at_risk": "25%"}  # the values of absent keys
_BY_NAME = ("calendars", "sites")  # keys whose entries move one by one
_WHOLE = ("priorities", "matrix", "kinds", "waiting", "at_risk")
_SITE_DEFAULTS: Mapping[str, object] = {"calendar": "always", "lead": ""}
_PLAIN = re.compile(r"[\w%+][\w.%+-]*")
_STEP = "  "


def find_former(current: Document, edited: Document) -> Document:
    """Return the former values of what `edited` changes, as an entry for `earlier`; empty if nothing changes."""
    former: Document = {}
    for key in _WHOLE:
        before, after = (document.get(key) or _ABSENT.get(key) for document in (current, edited))
        if before != after:
            former[key] = before
    sites = _changed_sites(current.get("sites") or {}, edited.get("sites") or {})
    before, after = (document.get("calendars") or {} for document in (current, edited))
    calendars = {name: calendar for name, calendar in before.items() if after.get(name) != calendar}
    former |= {key: value for key, value in (("calendars", calendars), ("sites", sites)) if value}
    return {"since": current["since"], **former} if former else {}


def _changed_sites(current: Document, edited: Document) -> Document:
    changed = {}
    for code in current.keys() & edited.keys():
        before, after = ({**_SITE_DEFAULTS, **_present(sites[code])} for sites in (current, edited))
        parts = {key: before[key] for key in _SITE_DEFAULTS if before[key] != after[key]}
        if parts:
            changed[code] = parts
    return {code: changed[code] for code in current if code in changed}


def _present(mapping: Mapping[str, object] | None) -> Document:
    return {key: value for key, value in (mapping or {}).items() if value is not None}


def find_moved_keys(current: bytes, edited: bytes, path: str) -> tuple[str, ...]:
    """Return the keys of the version in force that the edited policy changes. Raises Damaged."""
    former = find_former(_load(current, path), _load(edited, path))
    return tuple(key for key in former if key != "since")


def make_version(current: bytes, edited: bytes, path: str, since: str) -> bytes:
    """Return the edited policy as a version that begins at `since`, with the former values of `current` in `earlier`.

    Nothing is moved if `edited` already has the former version in `earlier`. Raises Damaged for a text that cannot be
    read, Refused for one whose layout does not allow changes in place.
    """
    before, wanted = _load(current, path), _load(edited, path)
    former = find_former(before, wanted)
    kept = wanted.get("earlier") or []
    text = _PolicyText(edited, path)
    if former and all(version.get("since") != former["since"] for version in kept):
        lines = _render_version(former, _PolicyText(current, path))
        falling = text.add_version(lines, former)
        wanted["earlier"] = [former, *kept] if falling else [*kept, former]
    text.set_word("since", since)
    wanted["since"] = since
    return text.finish(wanted)


def set_format(data: bytes, path: str, number: int) -> bytes:
    """Return the policy with another `format`. Raises as `make_version` does."""
    text, wanted = _PolicyText(data, path), _load(data, path)
    text.set_word("format", str(number))
    return text.finish({**wanted, "format": str(number)})


def _load(data: bytes, path: str) -> Document:
    document = yaml_codec.load(data, path)
    return document if isinstance(document, dict) else {}


class _PolicyText:
    """The text of a policy and the positions of its keys."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        self.doc = YamlPlaces.read(data, path)

    def _change(self, text: str) -> None:
        try:
            self.doc = self.doc.with_text(text, self.path)
        except (Damaged, yaml.YAMLError):
            raise self._layout_error() from None

    def _layout_error(self) -> Refused:
        return Refused(
            "{path} is laid out so that it cannot be changed in place.",
            hint="Put `since`, `format` and `earlier` on lines of their own, and try again.",
            path=self.path,
        )

    def find(self, *keys: str) -> tuple[Any, Any] | None:
        """Return the nodes of a key and its value, given the path of keys to it; None if there is none."""
        entry, node = None, self.doc.root
        for key in keys:
            entry = find_entry(node, key)
            if entry is None:
                return None
            node = entry[1]
        return entry

    def lines_of(self, *keys: str) -> list[str] | None:
        """Return the lines of a key and its value, flush left; None if they have no lines of their own."""
        entry, parent = self.find(*keys), self.find(*keys[:-1]) if len(keys) > 1 else None
        if entry is None or (parent and parent[1].flow_style):
            return None
        start = self.doc.line_start(entry[0].start_mark.index)
        column = entry[0].start_mark.column
        lines = self.doc.text[start : self.doc.line_end(self.doc.end_of(entry[1]))].splitlines()
        if any(line[:column].strip() for line in lines):
            return None
        return [line[column:].rstrip() for line in lines]

    def set_word(self, key: str, word: str) -> None:
        """Set the one-word value of a top-level key."""
        entry = self.find(key)
        if entry:
            start, end = entry[1].start_mark.index, entry[1].end_mark.index
            self._change(self.doc.text[:start] + word + self.doc.text[end:])

    def add_version(self, lines: list[str], former: Document) -> bool:
        """Add a former version to `earlier`, in the order of the others; return whether it comes first."""
        entry = self.find("earlier")
        if entry is None:
            self._change(f"{self.doc.text}earlier:{self.doc.newline}{self._item(lines, 2)}")
            return False
        key, node = entry
        if not node.value:
            colon = self.doc.text.index(":", key.end_mark.index) + 1
            rest = self.doc.text[max(colon, node.end_mark.index) : self.doc.line_end(colon)].rstrip()
            after = self.doc.next_line(colon)
            head = f"{self.doc.text[:colon]}{rest}{self.doc.newline}"
            self._change(f"{head}{self._item(lines, key.start_mark.column + 2)}{self.doc.text[after:]}")
            return False
        falling = len(node.value) > 1 and _since_of(node.value[0]) > _since_of(node.value[-1])
        if node.flow_style:
            item = _render_flow(former)
            at = node.value[0].start_mark.index if falling else node.value[-1].end_mark.index
            self._change(f"{self.doc.text[:at]}{f'{item}, ' if falling else f', {item}'}{self.doc.text[at:]}")
            return falling
        first = node.value[0].start_mark.index
        column = self.doc.text.rindex("-", 0, first) - self.doc.line_start(self.doc.text.rindex("-", 0, first))
        at = self.doc.next_line(self.doc.end_of(node))
        if falling:
            at = self.doc.line_start(self.doc.text.rindex("-", 0, first))
        self._change(self.doc.text[:at] + self._item(lines, column) + self.doc.text[at:])
        return falling

    def _item(self, lines: list[str], column: int) -> str:
        indent = " " * column
        item = [f"{indent}- {lines[0]}", *(f"{indent}  {line}" if line else "" for line in lines[1:])]
        return "".join(f"{line}{self.doc.newline}" for line in item)

    def finish(self, wanted: Document) -> bytes:
        """Return the bytes after checking that they parse to the wanted document. Raises Refused."""
        data = self.doc.data
        if yaml_codec.load(data, self.path) != wanted:
            raise self._layout_error()
        return data


def _since_of(node: Any) -> str:
    entry = find_entry(node, "since")
    return str(entry[1].value) if entry else ""


def _render_version(former: Document, text: _PolicyText) -> list[str]:
    """Return the lines of a former version, as they were typed if they can be cut out."""
    lines = [f"since: {former['since']}"]
    for key, value in former.items():
        if key == "since":
            continue
        if key not in _BY_NAME:
            lines += text.lines_of(key) or [f"{key}: {_render_flow(value)}"]
            continue
        lines.append(f"{key}:")
        for name, item in value.items():
            typed = text.lines_of(key, name) if key == "calendars" else None
            lines += [_STEP + line if line else "" for line in typed or [f"{_word(name)}: {_render_flow(item)}"]]
    return lines


def _render_flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(key)}: {_render_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_render_flow, value)) + "]"
    return "null" if value is None else _word(str(value))


def _word(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text != "null" else json.dumps(text, ensure_ascii=False)
