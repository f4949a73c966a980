"""Helpers that check the shape of a loaded document: mappings with known keys, words, lists of words.

Each helper adds what is wrong to the faults, with its key path, and returns what could be read, so that one pass finds
every problem. Knows nothing of what a policy means.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from fenji.errors import Fault, Sentence
from fenji.model.policy.shapes import Shape, note_shape

if TYPE_CHECKING:
    from fenji.model.values import Value

KeyPath = tuple[str | int, ...]
Faults = list[Fault]
_MAX_SHOWN = 60  # characters shown of an invalid value
_MAX_SUGGESTIONS = 8  # names offered if none is close


def read_mapping(value: Value, path: KeyPath, faults: Faults) -> dict[str, Value]:
    """Read a mapping whose keys are freely chosen names; empty if absent."""
    note_shape(faults, path, Shape("names"))
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        faults.append(Fault(path, Sentence("must be a mapping of keys, not {value}", {"value": abbreviate(value)})))
        return {}
    mapping = {str(key): item for key, item in value.items()}
    faults += [Fault(path, Sentence("holds an empty name")) for key in mapping if not key.strip()]
    return mapping


def read_known_keys(
    value: Value, path: KeyPath, known: Collection[str], faults: Faults, *, required: Iterable[str] = ()
) -> dict[str, Value]:
    """Read a mapping with fixed keys; any other key is a fault that suggests the nearest known one."""
    note_shape(faults, path, Shape("keys", tuple(known), tuple(required)))
    mapping = read_mapping(value, path, faults)
    for key in mapping:
        if key.strip() and key not in known:
            faults.append(Fault((*path, key), _unknown_key(key, known)))
    faults += [Fault((*path, key), Sentence("is missing")) for key in required if mapping.get(key) is None]
    return mapping


def _unknown_key(key: str, known: Collection[str]) -> Sentence:
    suggestions = closest_names(key, known)
    if suggestions:
        return Sentence("the key {key} is unknown; {nearest} is meant?", {"key": key, "nearest": suggestions[0]})
    return Sentence("the key {key} is unknown; known here: {known}", {"key": key, "known": tuple(known)})


def read_list(value: Value, path: KeyPath, faults: Faults) -> list[Value]:
    """Read a list; empty if absent."""
    note_shape(faults, path, Shape("list"))
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        faults.append(Fault(path, Sentence("must be a list, as [{value}]", {"value": abbreviate(value)})))
        return []
    return list(value)


def read_line(value: Value, path: KeyPath, faults: Faults) -> str:
    """Read one line of text; `""` if absent or blank."""
    note_shape(faults, path, Shape("line"))
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    if isinstance(value, str) and not set(value) & {"\n", "\r"}:
        return value
    faults.append(Fault(path, Sentence("must be one line of text, not {value}", {"value": abbreviate(value)})))
    return ""


def read_names(value: Value, path: KeyPath, faults: Faults) -> tuple[str, ...]:
    """Read a list of distinct words; empty if absent."""
    names: list[str] = []
    for index, item in enumerate(read_list(value, path, faults)):
        fault_count = len(faults)
        name = read_line(item, (*path, index), faults)
        if not name and len(faults) == fault_count:
            faults.append(Fault((*path, index), Sentence("is empty")))
        elif name in names:
            faults.append(Fault((*path, index), Sentence("{value} stands twice", {"value": name})))
        elif name:
            names.append(name)
    return tuple(names)


def index_by_name(value: Value) -> dict[str, int]:
    """Return the index of each word in a list, for the path of a fault."""
    return {str(item): index for index, item in enumerate(value)} if isinstance(value, list | tuple) else {}


def parse_choice(value: Value, path: KeyPath, known: Collection[str], faults: Faults) -> str:
    """Parse one word of a fixed list; `""` if absent."""
    note_shape(faults, path, Shape("choice", tuple(known)))
    text = read_line(value, path, faults)
    if text and text not in known:
        values = {"value": text, "known": tuple(known)}
        faults.append(Fault(path, Sentence("{value} is not one of {known}", values)))
    return text


def parse_choices(value: Value, path: KeyPath, known: Collection[str], faults: Faults) -> tuple[str, ...]:
    """Parse a list of words of a fixed list; empty if absent."""
    choices = read_names(value, path, faults)
    positions = index_by_name(value)
    for choice in choices:
        parse_choice(choice, (*path, positions[choice]), known, faults)
    return choices


def closest_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that `name` may be a misspelling of, best first; letter case does not count."""
    import difflib

    folded = {known_name.casefold(): known_name for known_name in known}
    return [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.65)]


def suggest_names(name: str, known: Collection[str]) -> str:
    """Return the names to offer for an unknown one: those close to it, else the first known ones."""
    suggestions = closest_names(name, known) or list(known)[:_MAX_SUGGESTIONS]
    return (
        ", ".join(suggestions) + (", …" if len(suggestions) == _MAX_SUGGESTIONS < len(known) else "")
        if suggestions
        else "—"
    )


def abbreviate(value: Value) -> str:
    """Shorten an invalid value to one short line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split("\n"))
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
