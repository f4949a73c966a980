"""The one table of fields that parsing, writing, forms, filters and merging read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

KINDS = ("quality", "request", "project")
STATES = ("new", "responded", "working", "waiting", "solved", "confirmed", "archived", "withdrawn")
CLOSED = frozenset({"archived", "withdrawn"})
LINK_KINDS = ("duplicate", "caused_by", "related", "part_of")
RESOURCE_KINDS = ("people", "technology", "management", "material")
ZEROING = (
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
Value = object


@dataclass(frozen=True)
class Field:
    """One field: its key in the file, how its value is held, what people call it, and how it behaves."""

    key: str
    held: str = "word"
    label: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    parts: tuple[Field, ...] = ()  # of a group or of each item
    paired_by: tuple[str, ...] = ("key",)  # items: the parts that make the key of an item
    fixed: bool = False  # set once or derived: nobody edits it
    required: bool = False


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
    return tuple(Field(key, "flag", labels[key]) for key in ZEROING)


FIELDS: tuple[Field, ...] = (
    Field("id", label="Number", fixed=True, required=True),
    Field("uid", label="Identity", fixed=True, required=True),
    Field("formerly", label="Former number", fixed=True),
    Field("kind", label="Kind", choices=KINDS, required=True, help="quality, request or project"),
    Field("title", label="Title", required=True, help="one line that says what is wrong or wanted"),
    Field("state", label="State", choices=STATES, fixed=True, required=True),
    Field("priority", label="Priority", help="from impact and occurrence; by hand it needs a reason"),
    Field("impact", label="Impact", help="how hard it hits the project"),
    Field("occurrence", label="Occurrence", help="whether it is a common problem"),
    Field("site", label="Site", fixed=True, required=True),
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
        paired_by=("to", "as"),
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
        paired_by=("name",),
        fixed=True,
    ),
    Field("sla", "tree", "SLA result", fixed=True),
)
BY_KEY: Mapping[str, Field] = MappingProxyType({one.key: one for one in FIELDS})
TEXTS = tuple(one.key for one in FIELDS if one.held == "text")


def _leaves() -> Iterator[tuple[str, Field]]:
    for one in FIELDS:
        if one.held == "group":
            for part in one.parts:
                yield f"{one.key}.{part.key}", part
        else:
            yield one.key, one


# Every field that an event can name, groups opened by a dot: `product.part`.
LEAVES: Mapping[str, Field] = MappingProxyType(dict(_leaves()))


def short(leaf: str) -> bool:
    """Whether an event states the new value of this leaf in `set` (else it only names it in `rewrote`)."""
    return LEAVES[leaf].held not in ("text", "items", "tree") if leaf in LEAVES else False


# The keys of an event after n, at, by and do, in the order they are written.
EVENT_KEYS = ("logged", "from", "clock", "reason", "set", "rewrote", "field", "value", "of", "note")
