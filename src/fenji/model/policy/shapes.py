"""The shape that a reader expects at each place of a document: noted while it reads, made into a JSON Schema. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct, field

from fenji.errors import Fault
from fenji.model.values import JsonValue

KeyPath = tuple[str | int, ...]
Schema = dict[str, JsonValue]
SCALAR: Schema = {"type": ["string", "number", "boolean", "null"]}
# words: a line or a list of lines; names: keys that are freely chosen. Ordered from least to most specific.
ShapeType = Literal["any", "line", "choice", "list", "words", "names", "keys"]
_RANKS: Sequence[ShapeType] = ("any", "line", "choice", "list", "words", "names", "keys")


class Shape(Struct, frozen=True):
    """The shape of the value at a place: `known` are the words or the keys that are allowed."""

    type: ShapeType
    known: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


class NotedFaults(list[Fault]):
    """A list of faults that also notes the shape expected at each place."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: dict[KeyPath, Shape] = {}


def note_shape(faults: list[Fault], path: KeyPath, shape: Shape) -> None:
    """Note the shape expected at a place, if `faults` takes such notes."""
    if isinstance(faults, NotedFaults):
        former = faults.shapes.get(path, Shape("any"))
        if _RANKS.index(shape.type) >= _RANKS.index(former.type):
            faults.shapes[path] = shape


class _Node(Struct):
    """A place in every document of a kind: the shapes expected there, and the places below it."""

    shapes: list[Shape] = field(default_factory=list)
    children: dict[str, _Node] = field(default_factory=dict)  # by key; "" for any other key

    def descend(self, path: KeyPath, shapes: Mapping[KeyPath, Shape]) -> _Node:
        node = self
        for place, part in enumerate(path):
            above = shapes.get(path[:place])
            key = str(part) if above and above.type == "keys" and part in above.known else ""
            node = node.children.setdefault(key, _Node())
        return node


def make_schema(notes: Iterable[Mapping[KeyPath, Shape]]) -> Schema:
    """Return the schema of documents from the shapes noted while some of them were read.

    Words and keys that one of them allowed and another did not are names that documents define themselves.
    """
    root = _Node()
    for shapes in notes:
        for path, shape in shapes.items():
            root.descend(path, shapes).shapes.append(shape)
    return _render(root)


def _render(node: _Node) -> Schema:
    """Return the schema of a place; an `anyOf` if different types were expected there."""
    below = {key: _render(child) for key, child in node.children.items()}
    types = [name for name in _RANKS if name != "any" and any(shape.type == name for shape in node.shapes)]
    if {"choice", "line"} <= {*types}:  # a word of a list under some names, any word under others
        types.remove("choice")
    found = [_render_shape([shape for shape in node.shapes if shape.type == name], below) for name in types]
    return found[0] if len(found) == 1 else {"anyOf": found} if found else {}


def _render_shape(alike: Sequence[Shape], below: Mapping[str, Schema]) -> Schema:
    shape = alike[0]
    known = [word for word in shape.known if all(word in other.known for other in alike)]
    is_closed = all(set(other.known) == set(known) for other in alike)
    if shape.type == "keys":
        required = [key for key in shape.required if all(key in other.required for other in alike)]
        return {
            "type": ["object", "null"],
            "properties": {key: below.get(key, {}) for key in known},
            **({"required": required} if required else {}),
            "additionalProperties": False if is_closed else below.get("", {}),
        }
    if shape.type == "names":
        return {"type": ["object", "null"], "additionalProperties": below.get("", {})}
    if shape.type == "list":
        return {"type": ["array", "null"], "items": below.get("", {})}
    if shape.type == "words":
        return {"anyOf": [dict(SCALAR), {"type": "array", "items": dict(SCALAR)}]}
    if shape.type == "choice" and is_closed:
        values: list[JsonValue] = [*known, *_plain_values(known), "", None]
        return {"enum": values}
    return dict(SCALAR)


def _plain_values(words: Sequence[str]) -> list[JsonValue]:
    """Return the numbers and booleans among words, as a YAML reader that knows such types reads them."""
    flags: dict[str, JsonValue] = {"true": True, "false": False}
    return [int(word) if word.isdecimal() else flags[word] for word in words if word.isdecimal() or word in flags]
