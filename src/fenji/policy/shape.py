"""Questions about the shape of a loaded document: mappings with known keys, words, lists of words.

Each question collects what is wrong as faults with their key path and gives back what could be read, so that one pass
finds every problem. Knows nothing of what a policy means.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from fenji.errors import Fault, Sentence

Path = tuple[str | int, ...]
Faults = list[Fault]
_SHOWN = 60  # characters of an offending value
_CHOICES = 8  # names offered where there is nothing near


def entries(value: object, path: Path, faults: Faults) -> dict[str, object]:
    """A mapping whose keys are names that the writer chose; empty where absent."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        faults.append(Fault(path, Sentence("must be a mapping of keys, not {value}", {"value": shown(value)})))
        return {}
    found = {str(key): held for key, held in value.items()}
    faults += [Fault(path, Sentence("holds an empty name")) for key in found if not key.strip()]
    return found


def keyed(
    value: object, path: Path, known: Collection[str], faults: Faults, *, needed: Iterable[str] = ()
) -> dict[str, object]:
    """A mapping with fixed keys; others are faults that name the nearest known one."""
    found = entries(value, path, faults)
    for key in found:
        if key.strip() and key not in known:
            faults.append(Fault((*path, key), _unknown_key(key, known)))
    faults += [Fault((*path, key), Sentence("is missing")) for key in needed if found.get(key) is None]
    return found


def _unknown_key(key: str, known: Collection[str]) -> Sentence:
    near = nearest(key, known)
    if near:
        return Sentence("the key {key} is unknown; {nearest} is meant?", {"key": key, "nearest": near[0]})
    return Sentence("the key {key} is unknown; known here: {known}", {"key": key, "known": ", ".join(known)})


def listed(value: object, path: Path, faults: Faults) -> list[object]:
    """A list; empty where absent."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        faults.append(Fault(path, Sentence("must be a list, as [{value}]", {"value": shown(value)})))
        return []
    return list(value)


def word(value: object, path: Path, faults: Faults) -> str:
    """One line of text; `""` where absent or blank."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    if isinstance(value, str) and not set(value) & {"\n", "\r"}:
        return value
    faults.append(Fault(path, Sentence("must be one line of text, not {value}", {"value": shown(value)})))
    return ""


def words(value: object, path: Path, faults: Faults) -> tuple[str, ...]:
    """A list of different words; empty where absent."""
    found: list[str] = []
    for index, one in enumerate(listed(value, path, faults)):
        before = len(faults)
        name = word(one, (*path, index), faults)
        if not name and len(faults) == before:
            faults.append(Fault((*path, index), Sentence("is empty")))
        elif name in found:
            faults.append(Fault((*path, index), Sentence("{value} stands twice", {"value": name})))
        elif name:
            found.append(name)
    return tuple(found)


def positions(value: object) -> dict[str, int]:
    """Where each word stands in a list, for the path of a fault."""
    return {str(one): index for index, one in enumerate(value)} if isinstance(value, list | tuple) else {}


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Known names that `name` may be a slip of, best first; letter case does not count."""
    import difflib

    folded = {one.casefold(): one for one in known}
    return [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.65)]


def offered(name: str, known: Collection[str]) -> str:
    """The names to offer in place of an unknown one: those near it, else the first of all."""
    near = nearest(name, known) or list(known)[:_CHOICES]
    return ", ".join(near) + (", …" if len(near) == _CHOICES < len(known) else "") if near else "—"


def shown(value: object) -> str:
    """An offending value on one short line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split("\n"))
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
