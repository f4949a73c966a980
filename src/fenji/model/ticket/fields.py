"""The one table of fields that parsing, writing, forms, filters and merging read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

KINDS = ("quality", "request", "project")
STATES = ("new", "responded", "working", "waiting", "solved", "confirmed", "archived", "withdrawn")
CLOSED_STATES = frozenset({"archived", "withdrawn"})
LINK_KINDS = ("duplicate", "caused_by", "related", "part_of")
RESOURCE_KINDS = ("people", "technology", "management", "material")
CHARGE_KINDS = ("hours", "material", "travel", "cost")  # what a resource line is charged as
SIGNED_FORM = "signed-form"  # the name of the attachment that is the signed service form, before its ending
CLOCKS = ("response", "solution")  # the promises of a ticket, which can be excused
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

# How a value is stored: word (one line of text), text (many lines), words (list of words), number (Decimal), count
# (int), flag (bool), day (YYYY-MM-DD as text), group (mapping of parts), items (list of mappings, paired by key),
# tree (nested, as the confirmation froze it).

# The part of the ticket page that shows a field. core: also if empty; details: listed by name if empty; result: once
# filled; feedback: the customer's word, at the end. Texts, lists and ticks have their own parts of the page.
Section = Literal["", "core", "details", "result", "feedback"]
# whole: a whole word of a list; name: part of a name is enough; code: a number without case, dashes and blanks.
Match = Literal["whole", "name", "code"]


class Field(Struct, frozen=True, dict=True):
    """One field: its key in the file, how its value is stored, its label for people, and how it behaves."""

    key: str
    type: str = "word"
    label: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    parts: tuple[Field, ...] = ()  # of a group or of each item
    key_parts: tuple[str, ...] = ("key",)  # items: the parts that make the key of an item
    read_only: bool = False  # set once or derived, never edited
    required: bool = False
    # Where it is shown and how it is found; parts of a group inherit its section and place unless they state their own.
    section: Section = ""  # of the ticket page
    form_place: int = 0  # in the form of a new ticket, and among the options of `new`; 0: in neither
    filter_key: str = ""  # the word before the colon in a filter of the board and the handbook; `""`: no filter
    match: Match = "name"  # how a filter compares it
    published: bool = False  # in the published handbook

    @property
    def has_terms(self) -> bool:
        """Whether its values are terms of the method or the policy, with a name in each language."""
        return bool(self.choices) or self.key in ("impact", "occurrence")

    @cached_property
    def part_by_key(self) -> Mapping[str, Field]:
        return {part.key: part for part in self.parts}

    @cached_property
    def part_ranks(self) -> Mapping[str, int]:
        """The position of each part in the written order."""
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
    Field("id", label="Number", read_only=True, required=True, filter_key="id", match="code", published=True),
    Field("uid", label="Identity", read_only=True, required=True),
    Field("formerly", label="Former number", read_only=True, published=True),
    Field(
        "kind",
        label="Kind",
        choices=KINDS,
        required=True,
        help="quality, request or project",
        section="core",
        form_place=4,
        filter_key="kind",
        match="whole",
        published=True,
    ),
    Field(
        "title",
        label="Title",
        required=True,
        help="one line that says what is wrong or wanted",
        section="core",
        form_place=1,
        published=True,
    ),
    Field("state", label="State", choices=STATES, read_only=True, required=True, filter_key="state", match="whole"),
    Field(
        "priority",
        label="Priority",
        help="from impact and occurrence; by hand it needs a reason",
        section="core",
        filter_key="priority",
        match="whole",
        published=True,
    ),
    Field(
        "impact",
        label="Impact",
        help="how hard it hits the project",
        section="core",
        form_place=2,
        filter_key="impact",
        match="whole",
        published=True,
    ),
    Field(
        "occurrence",
        label="Occurrence",
        help="whether it is a common problem",
        section="core",
        form_place=3,
        filter_key="occurrence",
        match="whole",
        published=True,
    ),
    Field("site", label="Site", read_only=True, required=True, filter_key="site", match="whole", published=True),
    Field(
        "requester",
        "group",
        "Requester",
        section="details",
        form_place=8,
        parts=(
            Field("name", label="Full name", filter_key="requester"),
            Field("unit", label="Unit", filter_key="customer"),
            Field("contact", label="Contact"),
        ),
    ),
    Field(
        "product",
        "group",
        "Product",
        section="details",
        form_place=9,
        parts=(
            Field("system", label="System", filter_key="system", published=True),
            Field("subsystem", label="Subsystem", filter_key="subsystem", published=True),
            Field("part", label="Part number", filter_key="part", match="code", published=True),
            Field("serial", label="Serial number", filter_key="serial", match="code"),
        ),
    ),
    Field(
        "owner",
        label="Owner",
        help="the one fixed contact for this ticket",
        section="core",
        form_place=6,
        filter_key="owner",
        match="whole",
    ),
    Field(
        "units",
        "words",
        "Units",
        help="everyone who has a share in it",
        section="details",
        form_place=7,
        filter_key="unit",
        match="whole",
        published=True,
    ),
    Field("tags", "words", "Tags", section="details", form_place=10, filter_key="tag", match="whole", published=True),
    Field(
        "links",
        "items",
        "Links",
        parts=(Field("to", label="Ticket", required=True), Field("as", label="Relation", choices=LINK_KINDS)),
        key_parts=("to", "as"),
    ),
    Field("description", "text", "Description", form_place=5, published=True),
    Field("cause", "text", "Cause", published=True),
    Field("decision", "text", "Decision", published=True),
    Field("solution", "text", "Solution", published=True),
    Field("lessons", "text", "Lessons", help="what the handbook should teach", published=True),
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
        section="result",
        parts=(
            Field("of", label="Fault of", help="a unit, customer, carrier or nobody: who pays depends on it"),
            Field("because", label="Fault because", help="a term from the contract, such as misuse or transport"),
        ),
    ),
    Field("failed", "day", "Failed on", help="the day on which it failed, if known", section="result"),
    Field(
        "result",
        "group",
        "Result",
        section="result",
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
        section="feedback",
        parts=(
            Field("rating", "count", "Rating", help="1 to 5"),
            Field("comment", "text", "Comment"),
            Field("opportunity", "text", "Opportunity"),
        ),
    ),
    Field(
        "origin",
        "tree",
        "Origin",
        parts=(
            Field("source", label="Source"),
            Field("key", label="Number there"),
            Field("at", label="Brought in"),
            Field("by", label="Imported by"),
            Field("precision", label="Precision"),
            Field("judge", label="Judged by"),
            Field("verdict", "tree", "Verdict there"),
            Field("rest", "tree", "Other columns"),
        ),
        read_only=True,
        help="where an imported ticket comes from",
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

# The keys of an event after n, at, by and do, in the order they are written.
EVENT_KEYS = ("logged", "mail", "from", "clock", "reason", "set", "rewrote", "field", "value", "of", "note")
