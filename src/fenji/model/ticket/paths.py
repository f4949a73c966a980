"""The paths of fields: `title`, `product.part`. In code the type checker checks them; outside names are parsed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, cast

from msgspec.structs import replace

from fenji.errors import InvalidUsage
from fenji.model.ticket.fields import FIELD_BY_KEY, FIELDS, Field

# The names that code writes out, so that the type checker finds a misspelt one. A test compares them with FIELDS.
GroupKey: TypeAlias = Literal["requester", "product", "zeroing", "fault", "result", "feedback"]
ItemsKey: TypeAlias = Literal["links", "resources", "plan", "files"]
FieldPath: TypeAlias = (
    Literal["id", "uid", "formerly", "kind", "title", "state", "priority", "impact", "occurrence", "site"]
    | Literal[
        "requester.name", "requester.unit", "requester.contact", "owner", "units", "tags", "failed", "origin", "sla"
    ]
    | Literal["product.system", "product.subsystem", "product.part", "product.serial", "fault.of", "fault.because"]
    | Literal["description", "cause", "decision", "solution", "lessons"]
    | Literal["result.state", "result.observe_until", "result.downtime_hours"]
    | Literal["feedback.rating", "feedback.comment", "feedback.opportunity"]
    | Literal["zeroing.located", "zeroing.mechanism", "zeroing.reproduced", "zeroing.effective", "zeroing.extended"]
    | Literal["zeroing.course", "zeroing.responsibility", "zeroing.carried_out", "zeroing.dealt_with", "zeroing.rules"]
    | ItemsKey
)
TEXT_KEYS = tuple(cast("FieldPath", field.key) for field in FIELDS if field.type == "text")


def _iter_paths() -> Iterator[tuple[FieldPath, Field]]:
    for field in FIELDS:
        if field.type == "group":
            for part in field.parts:
                placed = replace(
                    part, section=part.section or field.section, form_place=part.form_place or field.form_place
                )
                yield cast("FieldPath", f"{field.key}.{part.key}"), placed
        else:
            yield cast("FieldPath", field.key), field


# Every field that an event can name; a part of a group follows a dot: `product.part`.
FIELD_BY_PATH: Mapping[FieldPath, Field] = MappingProxyType(dict(_iter_paths()))

_FIELD_BY_NAME: Mapping[str, Field] = {str(path): field for path, field in FIELD_BY_PATH.items()}
_SHORT_PATHS = frozenset(path for path, field in FIELD_BY_PATH.items() if field.type not in ("text", "items", "tree"))

# The fields of the form of a new ticket, in its order.
FORM_PATHS: tuple[FieldPath, ...] = tuple(
    sorted(
        (path for path, field in FIELD_BY_PATH.items() if field.form_place),
        key=lambda path: FIELD_BY_PATH[path].form_place,
    )
)
PATH_BY_FILTER_KEY: Mapping[str, FieldPath] = MappingProxyType(
    {field.filter_key: path for path, field in FIELD_BY_PATH.items() if field.filter_key}
)


def find_field(name: str) -> Field | None:
    """Return the field with this path; None if there is none."""
    return _FIELD_BY_NAME.get(name)


def parse_field_path(name: str) -> FieldPath:
    """Return a name from a file, a form or a filter as a path. Raises InvalidUsage if there is no such field."""
    if name not in FIELD_BY_PATH:
        known = tuple(FIELD_BY_PATH)
        raise InvalidUsage("There is no field {field}.", hint="Fields are: {known}.", field=name, known=known)
    return cast("FieldPath", name)


def parse_items_key(name: str) -> ItemsKey:
    """Return a name as the key of a list of items. Raises KeyError if there is no such list."""
    if FIELD_BY_KEY[name].type != "items":
        raise KeyError(name)
    return cast("ItemsKey", name)


def is_short(name: str) -> bool:
    """Whether an event states the new value of this field in `set` (else it only names it in `rewrote`)."""
    return name in _SHORT_PATHS
