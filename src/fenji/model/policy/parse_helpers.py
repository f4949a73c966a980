"""Questions about the shape of a loaded document: mappings with known keys, words, lists of words.

Each question collects what is wrong as faults with their key path and gives back what could be read, so that one pass
finds every problem. Knows nothing of what a policy means.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from fenji.errors import Fault, Sentence

KeyPath = tuple[str | int, ...]
Faults = list[Fault]
_MAX_SHOWN = 60  # characters of an offending value
_MAX_SUGGESTIONS = 8  # names offered where there is nothing near


def read_mapping(value: object, path: KeyPath, faults: Faults) -> dict[str, object]:
    """A mapping whose keys are names that the writer chose; empty where absent."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        faults.append(Fault(path, Sentence("must be a mapping of keys, not {value}", {"value": abbreviate(value)})))
        return {}
    mapping = {str(key): item for key, item in value.items()}
    faults += [Fault(path, Sentence("holds an empty name")) for key in mapping if not key.strip()]
    return mapping


def read_known_keys(
    value: object, path: KeyPath, known: Collection[str], faults: Faults, *, required: Iterable[str] = ()
) -> dict[str, object]:
    """A mapping with fixed keys; others are faults that name the nearest known one."""
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
    return Sentence("the key {key} is unknown; known here: {known}", {"key": key, "known": ", ".join(known)})


def read_list(value: object, path: KeyPath, faults: Faults) -> list[object]:
    """A list; empty where absent."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        faults.append(Fault(path, Sentence("must be a list, as [{value}]", {"value": abbreviate(value)})))
        return []
    return list(value)


def read_line(value: object, path: KeyPath, faults: Faults) -> str:
    """One line of text; `""` where absent or blank."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    if isinstance(value, str) and not set(value) & {"\n", "\r"}:
        return value
    faults.append(Fault(path, Sentence("must be one line of text, not {value}", {"value": abbreviate(value)})))
    return ""


def read_names(value: object, path: KeyPath, faults: Faults) -> tuple[str, ...]:
    """A list of different words; empty where absent."""
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


def index_by_name(value: object) -> dict[str, int]:
    """Where each word stands in a list, for the path of a fault."""
    return {str(item): index for index, item in enumerate(value)} if isinstance(value, list | tuple) else {}


def closest_names(name: str, known: Iterable[str]) -> list[str]:
    """Known names that `name` may be a slip of, best first; letter case does not count."""
    import difflib

    folded = {known_name.casefold(): known_name for known_name in known}
    return [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.65)]


def suggest_names(name: str, known: Collection[str]) -> str:
    """The names to offer in place of an unknown one: those near it, else the first of all."""
    suggestions = closest_names(name, known) or list(known)[:_MAX_SUGGESTIONS]
    return (
        ", ".join(suggestions) + (", …" if len(suggestions) == _MAX_SUGGESTIONS < len(known) else "")
        if suggestions
        else "—"
    )


def abbreviate(value: object) -> str:
    """An offending value on one short line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split("\n"))
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
