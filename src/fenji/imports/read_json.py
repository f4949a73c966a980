"""Read JSON and JSON Lines: a list of records, or a tracker's response that has one; records become flat rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING

from fenji.errors import Refused, Sentence
from fenji.imports import limits
from fenji.imports.cells import Cell, SourceRow, SourceTable
from fenji.imports.read_csv import decode_text

if TYPE_CHECKING:
    from fenji.model.values import JsonValue

ALL_MEMBERS = "*"
_HALF = "\\ud"
MAX_DEPTH = 12  # levels of a record; a deeper value becomes one text
_LIST_KEYS = ("issues", "tickets", "records", "result", "results", "items", "data", "values")  # used by trackers
_RECORD_KEYS = frozenset(("title", "subject", "summary", "short_description", "fields"))  # a record has one of them
_NAME_KEYS = ("displayName", "name", "login", "value", "title", "filename", "key")  # the keys for an object's name


def read_json(data: bytes, name: str, *, encoding: str = "", records: str = "") -> SourceTable:
    """Return the records of a JSON file as a table whose columns are dotted paths (`fields.status.name`).

    `records` is the path of the list, if it cannot be found without. Raises Refused for a file that has no records.
    """
    text, _ = decode_text(data, name, encoding)
    document, broken = _load(text, name)
    found = _find_records(document, records)
    if not found:
        paths = tuple(_list_paths(document)) or "-"
        raise Refused(
            "{path} holds no list of records, or several.",
            hint="Say where it is in the mapping, under reads: `records: answer.rows`. Found: {paths}.",
            path=name,
            paths=paths,
        )
    flat = [dict(_flatten(record, "", 0)) for record in found]
    columns = tuple(dict.fromkeys(key for row in flat for key in row))
    limits.check_extent(name, len(flat), len(columns), len(flat) * len(columns))
    numbers = (number for number in count(1) if number not in broken)
    rows = [
        SourceRow(number, tuple(row.get(column) for column in columns), record)
        for number, row, record in zip(numbers, flat, found, strict=False)
    ]
    rows += [SourceRow(number, (), fault=fault) for number, fault in broken.items()]
    return SourceTable("", columns, rows)


def find_record_paths(data: bytes, name: str) -> list[str]:
    """Return the paths of all lists of records in a JSON file; only `""` if it is clear which one is read."""
    document, _ = _load(decode_text(data, name)[0], name)
    paths = _list_paths(document)
    return paths if not _find_records(document, "") else [""]


def _load(text: str, name: str) -> tuple[JsonValue, Mapping[int, Sentence]]:
    """Return the document, and for JSON Lines the faults of lines that are not objects, by number."""
    try:
        document = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        records, broken = _load_lines(text)
        if not records:
            raise Refused("{path} cannot be read as JSON: {reason}", path=name, reason=error) from error
        document = records
    else:
        broken = {}
    return _without_halves(document) if _HALF in text.lower() else document, broken


def _load_lines(text: str) -> tuple[list[JsonValue], Mapping[int, Sentence]]:
    """Return the objects of JSON Lines, and the faults of other lines by number; nothing if the first is no object."""
    records: list[JsonValue] = []
    broken = {}
    for number, line in enumerate(filter(str.strip, text.split("\n")), 1):
        try:
            record = json.loads(line, parse_float=str)
        except (ValueError, RecursionError) as error:
            record = error
        if isinstance(record, Mapping):
            records.append(record)
        elif not records:
            return [], {}
        else:
            broken[number] = Sentence("is not JSON: {reason}", {"reason": record})
    return records, broken


def _without_halves(value: JsonValue) -> JsonValue:
    r"""Return a document whose texts have no lone surrogates (`\ud800`), which no file can have."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {str(_without_halves(key)): _without_halves(item) for key, item in value.items()}
    return [_without_halves(item) for item in value] if isinstance(value, list) else value


def _find_records(document: JsonValue, path: str) -> list[Mapping[str, JsonValue]]:
    if path:
        document = _at_path(document, path)
    elif isinstance(document, Mapping):
        document = _find_list(document)
    if isinstance(document, Mapping):
        document = [document]
    if not isinstance(document, list):
        return []
    records = [record for record in document if isinstance(record, Mapping)]
    if len(records) == 1 and isinstance(records[0].get("issue"), Mapping):  # one line of a response about one issue
        return [records[0]["issue"]]
    return [record["issue"] if set(record) == {"issue"} else record for record in records]


def _find_list(document: Mapping[str, JsonValue]) -> JsonValue:
    """Return the records of a response: the list under a tracker's name for it, else the only list, else one record."""
    inner = next((document[key] for key in _LIST_KEYS if isinstance(document.get(key), list)), None)
    if inner is not None:
        return inner
    single = next(iter(document.values())) if len(document) == 1 else document
    if isinstance(single, list) or (isinstance(single, Mapping) and not _RECORD_KEYS.isdisjoint(single)):
        return single
    paths = _list_paths(document)
    return _at_path(document, paths[0]) if len(paths) == 1 else None if paths else single


def _at_path(document: JsonValue, path: str) -> JsonValue:
    """Return the value at a path; `*` at its end means the members of an object, each with its name under `*`."""
    for key in path.split("."):
        if key == ALL_MEMBERS and isinstance(document, Mapping):
            return [{ALL_MEMBERS: name, **item} for name, item in document.items() if isinstance(item, Mapping)]
        document = document.get(key) if isinstance(document, Mapping) else None
    return document


def _list_paths(document: JsonValue, path: str = "", depth: int = 0) -> list[str]:
    """Return the paths of the lists of records in an object; lists within records do not count."""
    if not isinstance(document, Mapping) or depth == MAX_DEPTH:
        return []
    paths = [
        found
        for key, item in document.items()
        for name in [f"{path}{key}"]
        for found in ([name] if _is_list(item) else _list_paths(item, f"{name}.", depth + 1))
    ]
    members = [set(item) for item in document.values() if isinstance(item, Mapping)]
    alike = len(members) == len(document) > 1 and set.intersection(*members)
    return [f"{path}{ALL_MEMBERS}"] if alike and not paths else paths


def _is_list(value: JsonValue) -> bool:
    return isinstance(value, list) and any(isinstance(item, Mapping) for item in value)


def _flatten(value: JsonValue, path: str, depth: int) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, Mapping) and depth < MAX_DEPTH:
        for key, item in value.items():
            yield from _flatten(item, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list | tuple):
        if value:
            yield path, _join(value)
        if any(isinstance(item, Mapping) and len(item) > 1 for item in value):
            yield f"{path}[]", json.dumps(value, ensure_ascii=False, default=str)
    elif value is None or value == "":
        return
    elif isinstance(value, str | int):
        yield path, value
    else:
        yield path, json.dumps(value, ensure_ascii=False, default=str)


def _join(items: Sequence[JsonValue]) -> str:
    names = [_name_of(item) for item in items]
    if all(name is not None for name in names):
        return ", ".join(name for name in names if name is not None)
    return json.dumps(items, ensure_ascii=False, default=str)


def _name_of(item: JsonValue) -> str | None:
    """Return a list's item as a word: a simple value, or the name of a small object; else None."""
    if isinstance(item, str | int):
        return str(item)
    if isinstance(item, Mapping) and len(item) <= 8:
        return next((str(item[key]) for key in _NAME_KEYS if isinstance(item.get(key), str | int)), None)
    return None
