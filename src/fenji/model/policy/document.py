"""A loaded document, read node by node; faults are collected with their key paths."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.errors import Fault, Sentence, name_some
from fenji.model.policy.shapes import KeyPath, Shape, ShapeType, note_shape

if TYPE_CHECKING:
    from fenji.model.values import Value

Faults = list[Fault]
_MAX_SHOWN = 60  # characters shown of an invalid value
_MAX_SUGGESTIONS = 8  # names offered if none is close


class DocumentNode(Struct, frozen=True):
    """A value of a document and its key path; the value is None if it is absent."""

    value: Value
    faults: Faults
    path: KeyPath = ()

    def below(self, key: str | int, value: Value) -> DocumentNode:
        """Return the node of a value under a key of this one."""
        return DocumentNode(value, self.faults, (*self.path, key))

    def with_value(self, value: Value) -> DocumentNode:
        """Return a node with another value at the same path, such as a key that is read as a value."""
        return DocumentNode(value, self.faults, self.path)

    def add_fault(self, message: str | Sentence, /, **values: object) -> None:
        """Add a fault at this path."""
        self.faults.append(Fault(self.path, Sentence(message, values) if isinstance(message, str) else message))

    def note(self, shape: ShapeType, known: Iterable[str] = (), required: Iterable[str] = ()) -> None:
        """Note the shape that is expected here, for the schema of such documents."""
        note_shape(self.faults, self.path, Shape(shape, tuple(known), tuple(required)))

    def names(self) -> NodeByKey:
        """Read a mapping whose keys are freely chosen names; empty if absent."""
        self.note("names")
        if not isinstance(self.value, Mapping | None):
            self.add_fault("must be a mapping of keys, not {value}", value=abbreviate(self.value))
        entries = NodeByKey(self)
        for key in entries:
            if not key.strip():
                self.add_fault("holds an empty name")
        return entries

    def keys(self, known: Collection[str], *, required: Iterable[str] = ()) -> NodeByKey:
        """Read a mapping with fixed keys; any other key is a fault that suggests the nearest known one."""
        self.note("keys", known, required)
        entries = self.names()
        for key, node in entries.items():
            if key.strip() and key not in known:
                node.faults.append(Fault(node.path, _unknown_key(key, known)))
        for key in required:
            if entries[key].value is None:
                entries[key].add_fault("is missing")
        return entries

    def items(self) -> list[DocumentNode]:
        """Read a list; empty if absent."""
        self.note("list")
        if not isinstance(self.value, list | tuple | None):
            self.add_fault("must be a list, such as [{value}]", value=abbreviate(self.value))
            return []
        return [self.below(index, item) for index, item in enumerate(self.value or ())]

    def line(self) -> str:
        """Read one line of text; `""` if absent or blank."""
        self.note("line")
        if self.value is None or (isinstance(self.value, str) and not self.value.strip()):
            return ""
        if isinstance(self.value, str) and not set(self.value) & {"\n", "\r"}:
            return self.value
        self.add_fault("must be one line of text, not {value}", value=abbreviate(self.value))
        return ""

    def words(self) -> dict[str, DocumentNode]:
        """Read a list of distinct words, each with its place; empty if absent."""
        words: dict[str, DocumentNode] = {}
        for node in self.items():
            fault_count = len(self.faults)
            word = node.line()
            if not word and len(self.faults) == fault_count:
                node.add_fault("is empty")
            elif word in words:
                node.add_fault("{value} stands twice", value=word)
            elif word:
                words[word] = node
        return words

    def choice(self, known: Collection[str]) -> str:
        """Read one word of a fixed list; `""` if absent."""
        self.note("choice", known)
        text = self.line()
        if text and text not in known:
            self.add_fault("{value} is not one of {known}", value=text, known=tuple(known))
        return text

    def choices(self, known: Collection[str]) -> tuple[str, ...]:
        """Read a list of words of a fixed list; empty if absent."""
        words = self.words()
        for node in words.values():
            node.choice(known)
        return tuple(words)

    def name_of(self, known: Collection[str], template: str) -> str:
        """Read one name that must be known; `""` if absent. `template` has `{value}`, and `{known}` for suggestions."""
        name = self.line()
        if name and name not in known:
            self.add_fault(template, value=name, known=suggest_names(name, known))
        return name


class NodeByKey(dict[str, DocumentNode]):
    """The nodes of a mapping by key; a missing key gives a node without a value."""

    def __init__(self, node: DocumentNode) -> None:
        self._node = node
        entries = node.value.items() if isinstance(node.value, Mapping) else ()
        super().__init__({str(key): node.below(str(key), item) for key, item in entries})

    def __missing__(self, key: str) -> DocumentNode:
        return self._node.below(key, None)


def _unknown_key(key: str, known: Collection[str]) -> Sentence:
    suggestions = closest_names(key, known)
    if suggestions:
        return Sentence("the key {key} is unknown; did you mean {nearest}?", {"key": key, "nearest": suggestions[0]})
    return Sentence("the key {key} is unknown; known here: {known}", {"key": key, "known": tuple(known)})


def closest_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that `name` may be a misspelling of, best first; letter case does not count."""
    import difflib

    folded = {known_name.casefold(): known_name for known_name in known}
    return [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.65)]


def suggest_names(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the names to offer for an unknown one: those close to it, else the first known ones; `—` if none is."""
    close = closest_names(name, known)
    return tuple(close) if close else name_some(known, _MAX_SUGGESTIONS) or ("—",)


def abbreviate(value: Value) -> str:
    """Shorten an invalid value to one short line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split("\n"))
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
