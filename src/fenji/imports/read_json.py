"""Read JSON and JSON lines: a list of records, or an answer of a tracker that holds one; records become flat rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from fenji.errors import Refused
from fenji.imports.cells import Cell, SourceRow, SourceTable
from fenji.imports.read_csv import decode_text

MAX_DEPTH = 12  # of a record; what lies deeper is one text
_LIST_KEYS = ("issues", "tickets", "records", "result", "results", "items", "data", "values")  # trackers' own names
_NAME_KEYS = ("displayName", "name", "login", "value", "title", "filename", "key")  # what an object is called


def read_json(data: bytes, name: str, *, records: str = "") -> SourceTable:
    """Return the records of a JSON file as a table whose columns are dotted paths (`fields.status.name`).

    `records` is the path of the list, where it has a name of its own. Raises Refused for what holds no records.
    """
    text, _ = decode_text(data, name)
    found = _find_records(_load(text, name), records)
    if not found:
        raise Refused(
            "{path} holds no list of records.",
            hint="Name where it is in the mapping, under reads: `records: answer.rows`.",
            path=name,
        )
    flat = [dict(_flatten(record, "", 0)) for record in found]
    columns = tuple(dict.fromkeys(key for row in flat for key in row))
    rows = [
        SourceRow(number, tuple(row.get(column) for column in columns), record)
        for number, (row, record) in enumerate(zip(flat, found, strict=True), 1)
    ]
    return SourceTable("", columns, rows)


def _load(text: str, name: str) -> object:
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            return [json.loads(line, parse_float=str) for line in lines]
        except (ValueError, RecursionError):
            raise Refused("{path} cannot be read as JSON: {reason}", path=name, reason=error) from error


def _find_records(document: object, path: str) -> list[Mapping[str, object]]:
    if path:
        for key in path.split("."):
            document = document.get(key) if isinstance(document, Mapping) else None
    elif isinstance(document, Mapping):
        inner = next((document[key] for key in _LIST_KEYS if isinstance(document.get(key), list)), None)
        single = next(iter(document.values())) if len(document) == 1 else document
        document = inner if inner is not None else single
    if isinstance(document, Mapping):
        document = [document]
    if not isinstance(document, list):
        return []
    records = [record for record in document if isinstance(record, Mapping)]
    if len(records) == 1 and isinstance(records[0].get("issue"), Mapping):  # one line of an answer about one issue
        return [records[0]["issue"]]
    return [record["issue"] if set(record) == {"issue"} else record for record in records]


def _flatten(value: object, path: str, depth: int) -> Iterator[tuple[str, Cell]]:
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


def _join(items: Sequence[object]) -> str:
    names = [_name_of(item) for item in items]
    if all(name is not None for name in names):
        return ", ".join(name for name in names if name is not None)
    return json.dumps(items, ensure_ascii=False, default=str)


def _name_of(item: object) -> str | None:
    """Return a list's item as a word, where it is one or little more than one; else None."""
    if isinstance(item, str | int):
        return str(item)
    if isinstance(item, Mapping) and len(item) <= 8:
        return next((str(item[key]) for key in _NAME_KEYS if isinstance(item.get(key), str | int)), None)
    return None
