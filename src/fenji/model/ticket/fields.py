"""The one table of fields that parsing, writing, forms, filters and merging read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias, cast

from fenji.errors import InvalidUsage

KINDS = ("quality", "request", "project")
STATES = ("new", "responded", "working", "waiting", "solved", "confirmed", "archived", "withdrawn")
CLOSED_STATES = frozenset({"archived", "withdrawn"})
LINK_KINDS = ("duplicate", "caused_by", "related", "part_of")
RESOURCE_KINDS = ("people", "technology", "management", "material")
CHARGE_KINDS = ("hours", "material", "travel", "cost")  # what a resource line is charged as
SIGNED_FORM = "signed-form"  # the name of the attachment that is the signed service form, before its ending
RESULTS = ("restored", "workaround", "observing")
ZEROING_KEYS = (
    "located",
    "mechanism",
    "reproduced",
    "effective",
    "extended",
    "course",
    "responsibility",
    "carried_out",
    "dealt_with",
    "rules",
)

# How a value is held: word (one line of text), text (many lines), words (list of words), number (Decimal), count
# (int), flag (bool), day (YYYY-MM-DD as text), group (mapping of parts), items (list of mappings, paired by key),
# tree (nested, as the confirmation froze it).
Value: TypeAlias = "str | int | Decimal | datetime | Sequence[Value] | Mapping[str, Value] | None"
# What an outside loader of YAML or JSON may make of a value.
LooseValue: TypeAlias = "str | int | float | Decimal | date | Sequence[LooseValue] | Mapping[str, LooseValue] | None"

# The names that code writes out, so that the type checker finds a misspelt one. A test holds them against FIELDS.
GroupKey: TypeAlias = Literal["requester", "product", "zeroing", "fault", "result", "feedback"]
ItemsKey: TypeAlias = Literal["links", "resources", "plan", "files"]
FieldPath: TypeAlias = (
    Literal["id", "uid", "formerly", "kind", "title", "state", "priority", "impact", "occurrence", "site", "sla"]
    | Literal["requester.name", "requester.unit", "requester.contact", "owner", "units", "tags", "failed"]
    | Literal["product.system", "product.subsystem", "product.part", "product.serial", "fault.of", "fault.because"]
    | Literal["description", "cause", "decision", "solution", "lessons"]
    | Literal["result.state", "result.observe_until", "result.downtime_hours"]
    | Literal["feedback.rating", "feedback.comment", "feedback.opportunity"]
    | Literal["zeroing.located", "zeroing.mechanism", "zeroing.reproduced", "zeroing.effective", "zeroing.extended"]
    | Literal["zeroing.course", "zeroing.responsibility", "zeroing.carried_out", "zeroing.dealt_with", "zeroing.rules"]
    | ItemsKey
)


@dataclass(frozen=True)
class Field:
    """One field: its key in the file, how its value is held, what people call it, and how it behaves."""

    key: str
    type: str = "word"
    label: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    parts: tuple[Field, ...] = ()  # of a group or of each item
    key_parts: tuple[str, ...] = ("key",)  # items: the parts that make the key of an item
    read_only: bool = False  # set once or derived: nobody edits it
    required: bool = False

    @cached_property
    def part_by_key(self) -> Mapping[str, Field]:
        return {part.key: part for part in self.parts}

    @cached_property
    def part_ranks(self) -> Mapping[str, int]:
        """The place of each part in the order in which they are written."""
        return {part.key: rank for rank, part in enumerate(self.parts)}


def _zeroing() -> tuple[Field, ...]:
    labels = {
        "located": "Located accurately",
        "mechanism": "Mechanism understood",
        "reproduced": "Problem reproduced",
        "effective": "Measure effective",
        "extended": "Lessons carried to like products",
        "course": "Course of events clear",
        "responsibility": "Responsibility clear",
        "carried_out": "Measures carried out",
        "dealt_with": "Dealt with seriously",
        "rules": "Rules improved",
    }
    return tuple(Field(key, "flag", labels[key]) for key in ZEROING_KEYS)


FIELDS: tuple[Field, ...] = (
    Field("id", label="Number", read_only=True, required=True),
    Field("uid", label="Identity", read_only=True, required=True),
    Field("formerly", label="Former number", read_only=True),
    Field("kind", label="Kind", choices=KINDS, required=True, help="quality, request or project"),
    Field("title", label="Title", required=True, help="one line that says what is wrong or wanted"),
    Field("state", label="State", choices=STATES, read_only=True, required=True),
    Field("priority", label="Priority", help="from impact and occurrence; by hand it needs a reason"),
    Field("impact", label="Impact", help="how hard it hits the project"),
    Field("occurrence", label="Occurrence", help="whether it is a common problem"),
    Field("site", label="Site", read_only=True, required=True),
    Field(
        "requester",
        "group",
        "Requester",
        parts=(Field("name", label="Name"), Field("unit", label="Unit"), Field("contact", label="Contact")),
    ),
    Field(
        "product",
        "group",
        "Product",
        parts=(
            Field("system", label="System"),
            Field("subsystem", label="Subsystem"),
            Field("part", label="Part number"),
            Field("serial", label="Serial number"),
        ),
    ),
    Field("owner", label="Owner", help="the one fixed contact for this ticket"),
    Field("units", "words", "Units", help="everyone who has a share in it"),
    Field("tags", "words", "Tags"),
    Field(
        "links",
        "items",
        "Links",
        parts=(Field("to", label="Ticket", required=True), Field("as", label="Relation", choices=LINK_KINDS)),
        key_parts=("to", "as"),
    ),
    Field("description", "text", "Description"),
    Field("cause", "text", "Cause"),
    Field("decision", "text", "Decision"),
    Field("solution", "text", "Solution"),
    Field("lessons", "text", "Lessons", help="what the handbook should teach"),
    Field(
        "resources",
        "items",
        "Resources",
        parts=(
            Field("key", required=True),
            Field("kind", label="Kind", choices=RESOURCE_KINDS),
            Field("what", label="What"),
            Field("quantity", "number", "Quantity"),
            Field("hours", "number", "Hours"),
            Field("cost", "number", "Cost"),
            Field("currency", label="Currency"),
            Field("billable", "flag", "Billable"),
            Field("on", "day", "Spent on"),
            Field("who", label="Spent by"),
            Field("unit", label="Unit"),
            Field("role", label="Role"),
            Field("as", label="Charged as", choices=CHARGE_KINDS),
            Field("km", "number", "Kilometres"),
            Field("days", "number", "Days away"),
            Field(
                "settle", "group", "Settled by hand", parts=(Field("as", label="Settled as"), Field("why", label="Why"))
            ),
        ),
    ),
    Field(
        "plan",
        "items",
        "Plan",
        parts=(
            Field("key", required=True),
            Field("what", label="What"),
            Field("owner", label="Owner"),
            Field("start", "day", "Start"),
            Field("due", "day", "Due"),
            Field("done", "day", "Done"),
            Field("after", "words", "After"),
        ),
    ),
    Field("zeroing", "group", "Zeroing", parts=_zeroing()),
    Field(
        "fault",
        "group",
        "Fault",
        parts=(
            Field("of", label="Fault of", help="a unit, customer, carrier or nobody: who pays hangs on it"),
            Field("because", label="Fault because", help="a word of the contract, as misuse or transport"),
        ),
    ),
    Field("failed", "day", "Failed on", help="the day on which it failed, where that is known"),
    Field(
        "result",
        "group",
        "Result",
        parts=(
            Field("state", label="Result", choices=RESULTS, help="restored, workaround or observing"),
            Field("observe_until", "day", "Observe until"),
            Field("downtime_hours", "number", "Hours of downtime"),
        ),
    ),
    Field(
        "feedback",
        "group",
        "Feedback",
        parts=(
            Field("rating", "count", "Rating", help="1 to 5"),
            Field("comment", "text", "Comment"),
            Field("opportunity", "text", "Opportunity"),
        ),
    ),
    Field(
        "files",
        "items",
        "Files",
        parts=(
            Field("name", label="Name", required=True),
            Field("size", "count", "Size"),
            Field("sha256", label="SHA-256"),
        ),
        key_parts=("name",),
        read_only=True,
    ),
    Field("sla", "tree", "SLA result", read_only=True),
)
FIELD_BY_KEY: Mapping[str, Field] = MappingProxyType({field.key: field for field in FIELDS})
TEXT_KEYS = tuple(cast("FieldPath", field.key) for field in FIELDS if field.type == "text")


def _iter_paths() -> Iterator[tuple[FieldPath, Field]]:
    for field in FIELDS:
        if field.type == "group":
            for part in field.parts:
                yield cast("FieldPath", f"{field.key}.{part.key}"), part
        else:
            yield cast("FieldPath", field.key), field


# Every field that an event can name, groups opened by a dot: `product.part`.
FIELD_BY_PATH: Mapping[FieldPath, Field] = MappingProxyType(dict(_iter_paths()))


def find_field(name: str) -> Field | None:
    """Return the field with this path; None if there is none."""
    return FIELD_BY_PATH.get(cast("FieldPath", name))


def parse_field_path(name: str) -> FieldPath:
    """Return the path that was named in a file, a form or a filter. Raises InvalidUsage if there is no such field."""
    if name not in FIELD_BY_PATH:
        known = ", ".join(FIELD_BY_PATH)
        raise InvalidUsage("There is no field {field}.", hint="Fields are: {known}.", field=name, known=known)
    return cast("FieldPath", name)


def parse_items_key(name: str) -> ItemsKey:
    """Return the key of a list of items that was named. Raises KeyError if there is no such list."""
    if FIELD_BY_KEY[name].type != "items":
        raise KeyError(name)
    return cast("ItemsKey", name)


def is_short(name: str) -> bool:
    """Whether an event states the new value of this field in `set` (else it only names it in `rewrote`)."""
    field = find_field(name)
    return field is not None and field.type not in ("text", "items", "tree")


# The keys of an event after n, at, by and do, in the order they are written.
EVENT_KEYS = ("logged", "from", "clock", "reason", "set", "rewrote", "field", "value", "of", "note")
