"""Set dates in the text of a policy.yaml; comments, order and layout of everything else stay as they were typed.

Each change is verified by parsing the new text: it must equal the old document except for the one value that was set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import yaml

from fenji.errors import Refused
from fenji.storage import yaml_codec, yaml_writer
from fenji.storage.yaml_places import YamlPlaces, find_entry, is_block

if TYPE_CHECKING:
    from fenji.model.values import Value

Normalize = Callable[[str], object]  # turns a key into a value for comparing and ordering keys
_Entry = tuple[Any, Any]  # the nodes of a key and its value
_BY_HAND = ("add", "drop")
_STEP = "  "
Place = tuple[str | int, ...]
_TOP: Place = ("calendars",)
_OFFSET = re.compile(r"[+-][0-9:]+")


def set_holidays(  # noqa: PLR0913  each is one thing to write, or where
    data: bytes,
    path: str,
    calendar: str,
    country: Mapping[str, str],
    dates: Mapping[str, str],
    *,
    place: Place = _TOP,
) -> bytes:
    """Return the policy with `dates` (date → name) and their country as the holidays of a calendar.

    `country` has the key `country` and, for a part of a country, `subdiv`. A plain list of holidays moves to `add`.
    `place` is the key path of the calendars. Raises Damaged for a file that cannot be read, Refused if its layout does
    not allow the change without losing a comment.
    """
    editor = _CalendarEditor(data, path, calendar, place)
    before = editor.value("holidays")
    rest = before if isinstance(before, Mapping) else {"add": before} if before else {}
    wanted = {**country, "dates": dict(dates), **{key: rest[key] for key in _BY_HAND if key in rest}}
    entry = editor.find("holidays")
    if entry and is_block(entry[1]) and isinstance(entry[1], yaml.MappingNode):
        editor.set_block_parts(entry[1], country)
        editor.set_dated("dates", dates, str, inside="holidays")
    else:
        editor.replace_holidays(country, dates)
    return editor.finish("holidays", wanted)


def set_offsets(data: bytes, path: str, calendar: str, offsets: Mapping[str, str], normalize: Normalize) -> bytes:
    """Return the policy with UTC offsets, by instant, for the zone of a calendar. Raises as `set_holidays` does."""
    editor = _CalendarEditor(data, path, calendar)
    editor.set_dated("offsets", offsets, normalize)
    return editor.finish("offsets", dict(offsets))


def set_correction_instants(data: bytes, path: str, keys: Collection[str], at: datetime) -> bytes:
    """Return the policy with `at` as the `on` of the corrections with these keys. Raises Damaged."""
    places = YamlPlaces.read(data, path)
    corrections = find_entry(places.root, "corrections")
    text = places.text
    for item in reversed(corrections[1].value if corrections else ()):
        key, on = find_entry(item, "key"), find_entry(item, "on")
        if key and on and key[1].value in keys:
            text = text[: on[1].start_mark.index] + at.isoformat() + text[on[1].end_mark.index :]
    return data if text == places.text else places.with_text(text, path).data


class _CalendarEditor:
    """Edits one calendar in the text of a policy."""

    def __init__(self, data: bytes, path: str, calendar: str, place: Place = _TOP) -> None:
        self.path, self.name, self.place = path, calendar, place
        self.document = yaml_codec.load(data, path)
        self._take(YamlPlaces.read(data, path))

    def _compose(self, text: str) -> None:
        self._take(self.doc.with_text(text, self.path))

    def _take(self, places: YamlPlaces) -> None:
        self.doc = places
        found = find_entry(_descend(places.root, self.place), self.name)
        if found is None:
            raise Refused(
                "No calendar is called {name}.", hint="Add it under calendars in policy.yaml.", name=self.name
            )
        self.calendar = found[1]

    def value(self, key: str) -> Value:
        """Return the loaded value of a key of the calendar."""
        return _calendar_of(self.document, self.place, self.name).get(key)

    def find(self, key: str, *, inside: str = "") -> _Entry | None:
        outer = find_entry(self.calendar, inside) if inside else None
        return find_entry(outer[1] if outer else self.calendar, key)

    # --- whole values

    def replace_holidays(self, country: Mapping[str, str], dates: Mapping[str, str]) -> None:
        """Replace the value of `holidays`, keeping `add` and `drop` as they were typed."""
        entry = self.find("holidays")
        parts = dict(self._typed_parts(*entry)) if entry else {}
        if not is_block(self.calendar):
            words = {**{key: json.dumps(word) for key, word in country.items()}, "dates": _flow(dates), **parts}
            self._set_flow("holidays", "{" + ", ".join(f"{key}: {word}" for key, word in words.items()) + "}")
            return
        indent = " " * self._child_column(self.calendar) + _STEP
        lines = [f"{indent}{key}: {yaml_writer.render_scalar(word)}" for key, word in country.items()]
        lines += [f"{indent}dates:", *_entry_lines(dates, indent + _STEP)]
        for key, typed in parts.items():
            head, *more = typed.split("\n")
            lines += [f"{indent}{key}:{'' if not head or head.startswith(('#', ' ')) else ' '}{head}".rstrip()]
            lines += [_STEP + line.rstrip("\r") if line.strip() else "" for line in more]
        self._set_block("holidays", lines)

    def _typed_parts(self, key: Any, node: Any) -> Iterator[tuple[str, str]]:
        """Yield the keys `add` and `drop` with their values as typed; a plain list of holidays counts as `add`."""
        if isinstance(node, yaml.SequenceNode) and node.value:
            yield "add", self._typed(key, node)
        elif isinstance(node, yaml.MappingNode):
            self._require_no_remark(node, [value for _, value in node.value])
            yield from ((part.value, self._typed(part, value)) for part, value in node.value if part.value in _BY_HAND)

    def _typed(self, key: Any, node: Any) -> str:
        if not is_block(node):
            return self.doc.text[node.start_mark.index : self.doc.end_of(node)]
        return "\n" + self.doc.text[self.doc.next_line(self.doc.end_of(key)) : self.doc.line_end(self.doc.end_of(node))]

    def _set_flow(self, key: str, words: str) -> None:
        """Set a value of a calendar that is written in braces."""
        entry = self.find(key)
        if entry:
            self._require_no_remark(entry[1], [])
            self._compose(
                self.doc.text[: entry[1].start_mark.index] + words + self.doc.text[self.doc.end_of(entry[1]) :]
            )
        else:
            last = self.doc.end_of(self.calendar.value[-1][1])
            self._compose(f"{self.doc.text[:last]}, {key}: {words}{self.doc.text[last:]}")

    def _set_block(self, key: str, lines: list[str], *, inside: str = "") -> None:
        """Set a value in a block-style calendar, or in the mapping under its key `inside`."""
        entry = self.find(key, inside=inside)
        outer = self.find(inside) if inside else None
        parent = outer[1] if outer else self.calendar
        body = "".join(f"{line}{self.doc.newline}" for line in lines)
        if entry is None:
            column = self._child_column(parent)
            at = self.doc.next_line(self.doc.end_of(parent))
            self._compose(f"{self.doc.text[:at]}{' ' * column}{key}:{self.doc.newline}{body}{self.doc.text[at:]}")
            return
        begin, end = self.doc.end_of(entry[0]), self.doc.end_of(entry[1])
        colon = self.doc.text.index(":", begin) + 1
        rest = self.doc.text[end : self.doc.line_end(end)]  # a comment after the value moves behind the key
        if is_block(entry[1]):
            rest = self.doc.text[colon : self.doc.line_end(colon)]
        after = self.doc.next_line(end)
        self._compose(f"{self.doc.text[:colon]}{rest}{self.doc.newline}{body}{self.doc.text[after:]}")

    # --- parts of a value

    def set_block_parts(self, node: Any, words: Mapping[str, str]) -> None:
        """Add the words that a block-style mapping lacks, as its first lines."""
        indent = " " * self._child_column(node)
        first = self.doc.line_start(node.value[0][0].start_mark.index)
        known = {key.value for key, _ in node.value}
        lines = [
            f"{indent}{key}: {yaml_writer.render_scalar(word)}{self.doc.newline}"
            for key, word in words.items()
            if key not in known
        ]
        self._compose(self.doc.text[:first] + "".join(lines) + self.doc.text[first:])

    def set_dated(self, key: str, wanted: Mapping[str, str], normalize: Normalize, *, inside: str = "") -> None:
        """Set a mapping of dates or instants, entry by entry if it is in block style."""
        entry = self.find(key, inside=inside)
        if entry and is_block(entry[1]):
            self._compose(self._edit_entries(entry[1], wanted, normalize))
        elif not is_block(self.calendar):
            self._set_flow(key, _flow(wanted))
        else:
            if entry:
                self._require_no_remark(entry[1], [])
            outer = self.find(inside) if inside else None
            column = self._child_column(outer[1] if outer else self.calendar)
            self._set_block(key, _entry_lines(wanted, " " * column + _STEP), inside=inside)

    def _edit_entries(self, node: Any, wanted: Mapping[str, str], normalize: Normalize) -> str:
        indent = " " * self._child_column(node)
        present = [(normalize(key.value), key, value) for key, value in node.value]
        lines = {normalize(key): line for key, line in zip(wanted, _entry_lines(wanted, indent), strict=True)}
        values = {normalize(key): value for key, value in wanted.items()}
        edits: list[tuple[int, int, str]] = []
        for known, key, value in present:
            start, end = self.doc.line_start(key.start_mark.index), self.doc.next_line(self.doc.end_of(value))
            if known not in lines:
                edits.append((start, end, ""))
            elif value.value != values[known]:
                edits.append((value.start_mark.index, self.doc.end_of(value), _word(values[known])))
        first = self.doc.line_start(present[0][1].start_mark.index)
        known_keys = {known for known, _, _ in present}
        for new, line in lines.items():
            if new not in known_keys:
                before = [value for known, _, value in present if _is_less(known, new)]
                at = max(self.doc.next_line(self.doc.end_of(value)) for value in before) if before else first
                edits.append((at, at, line + self.doc.newline))
        text = self.doc.text
        for start, end, words in sorted(edits, key=lambda edit: edit[:2])[::-1]:
            text = text[:start] + words + text[end:]
        return text

    # --- places in the text

    def _child_column(self, node: Any) -> int:
        return int(node.value[0][0].start_mark.column)

    def _require_no_remark(self, node: Any, kept: list[Any]) -> None:
        """Raise Refused if a node in braces has a comment outside the values that are `kept` as they were typed."""
        text, start = self.doc.text[node.start_mark.index : self.doc.end_of(node)], node.start_mark.index
        for value in kept:
            first, last = value.start_mark.index - start, self.doc.end_of(value) - start
            text = text[:first] + "_" * (last - first) + text[last:]
        if not is_block(node) and any("#" in line for line in text.split("\n")):
            raise Refused(
                "{path} has a remark in the braces of calendar {name}, which would be lost.",
                hint="Put what is in those braces on lines of its own, and try again.",
                path=self.path,
                name=self.name,
            )

    def finish(self, key: str, wanted: Value) -> bytes:
        """Return the new bytes after checking that they parse to the wanted document. Raises Refused."""
        data = self.doc.data
        reread = yaml_codec.load(data, self.path)
        calendar = _calendar_of(self.document, self.place, self.name)
        assert isinstance(calendar, dict)
        calendar[key] = wanted
        if reread != self.document:
            raise Refused(
                "{path} is laid out so that calendar {name} cannot be changed in place.",
                hint="Put its {key} on lines of their own, each with one key, and try again.",
                path=self.path,
                name=self.name,
                key=key,
            )
        return data


def _is_less(left: Any, right: Any) -> bool:
    return bool(left < right)


def _descend(node: Any, place: Place) -> Any:
    for key in place:
        if isinstance(key, int):
            node = node.value[key]
        else:
            entry = find_entry(node, key)
            node = entry[1] if entry else None
    return node


def _calendar_of(document: Any, place: Place, name: str) -> dict[str, Value]:
    calendars = document
    for key in place:
        calendars = calendars[key]
    calendar: dict[str, Value] = calendars[name]
    return calendar


def _entry_lines(entries: Mapping[str, str], indent: str) -> list[str]:
    return [f"{indent}{key}: {_word(value)}" for key, value in entries.items()]


def _flow(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {_word(value, flow=True)}" for key, value in entries.items()) + "}"


def _word(value: str, *, flow: bool = False) -> str:
    """Render an offset as it is; quote a name in braces (`flow`), or if a YAML reader might not take it for text."""
    if _OFFSET.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False) if flow else yaml_writer.render_scalar(value)
