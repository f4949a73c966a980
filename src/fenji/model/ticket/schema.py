"""The JSON Schema of a ticket file, made from the table of fields. Pure."""

from __future__ import annotations

from collections.abc import Callable

from fenji.model.ticket.fields import FIELDS, Field
from fenji.model.ticket.parse import DECIMAL, ID_PATTERN, UID_PATTERN
from fenji.model.values import JsonValue

Schema = dict[str, JsonValue]
_TEXT: Schema = {"type": ["string", "number", "boolean", "null"]}
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}([Zz]|[+-][0-9:]+)$"


def ticket_schema() -> Schema:
    """Return the schema of a ticket; it allows other keys, since fenji keeps them."""
    fields = {field.key: _describe(field) for field in FIELDS}
    for key, pattern in (("id", ID_PATTERN), ("uid", UID_PATTERN)):
        fields[key]["pattern"] = f"^(?:{pattern.pattern})$"
    required = [field.key for field in FIELDS if field.required and field.key != "state"]
    return {"type": "object", "properties": {**fields, "log": _LOG}, "required": [*required, "log"]}


def _describe(field: Field) -> Schema:
    """Return the schema of a field, with what an editor shows beside it."""
    named = {"title": field.label, "description": field.help}
    return {**_BUILDERS[field.type](field), **{key: text for key, text in named.items() if text}}


def _build_word(field: Field) -> Schema:
    return {"enum": [*field.choices, "", None]} if field.choices else dict(_TEXT)


def _build_text(_: Field) -> Schema:
    return dict(_TEXT)


def _build_words(_: Field) -> Schema:
    return {"type": ["array", "null"], "items": {"type": ["string", "number", "boolean"]}}


def _build_number(_: Field) -> Schema:
    return {"type": ["number", "string", "null"], "pattern": f"^(?:{DECIMAL.pattern})$"}


def _build_count(_: Field) -> Schema:
    return {"type": ["integer", "string", "null"], "pattern": r"^-?[0-9]{1,15}$"}


def _build_flag(_: Field) -> Schema:
    return {"enum": [True, False, "true", "false", None]}


def _build_day(_: Field) -> Schema:
    return {"type": ["string", "null"], "pattern": _DATE}


def _build_group(field: Field) -> Schema:
    return {"type": ["object", "null"], "properties": {part.key: _describe(part) for part in field.parts}}


def _build_items(field: Field) -> Schema:
    required = [part.key for part in field.parts if part.required]
    item: Schema = {"type": "object", "properties": {part.key: _describe(part) for part in field.parts}}
    return {"type": ["array", "null"], "items": {**item, "required": required}}


def _build_tree(field: Field) -> Schema:
    return {"properties": {part.key: {"title": part.label} for part in field.parts if part.label}}


_BUILDERS: dict[str, Callable[[Field], Schema]] = {
    "word": _build_word,
    "text": _build_text,
    "words": _build_words,
    "number": _build_number,
    "count": _build_count,
    "flag": _build_flag,
    "day": _build_day,
    "group": _build_group,
    "items": _build_items,
    "tree": _build_tree,
}
_EVENT_INSTANT: Schema = {"type": "string", "pattern": _INSTANT}
_LOG: Schema = {
    "type": "array",
    "title": "Log",
    "description": "what happened, each event with number, instant, writer and deed",
    "items": {
        "type": "object",
        "properties": {
            "n": {"type": ["integer", "string"], "minimum": 1, "pattern": r"^0*[1-9][0-9]{0,11}$"},
            "at": _EVENT_INSTANT,
            "by": {"type": ["string", "number", "boolean"]},
            "do": {"type": ["string", "number", "boolean"]},
            "set": {"type": "object"},
            "rewrote": {"type": "array"},
        },
        "required": ["n", "at", "by", "do"],
    },
}
