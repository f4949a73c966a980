"""Tickets and their events as values, and the one table of fields that parsing, writing, merging and forms read.

Pure: no files, no policy, no current time. Values keep what was written: text is never changed here, and control
characters are only made visible by `sanitize` on the way to a screen.
"""

from fenji.model.ticket.attributes import FileItem, LinkItem, PlanItem, ResourceItem
from fenji.model.ticket.display import sanitize, to_json_value
from fenji.model.ticket.fields import (
    CHARGE_KINDS,
    CLOCKS,
    CLOSED_STATES,
    EVENT_KEYS,
    FIELD_BY_KEY,
    FIELDS,
    KINDS,
    LINK_KINDS,
    RESOURCE_KINDS,
    RESULTS,
    SIGNED_FORM,
    STATES,
    ZEROING_KEYS,
    Field,
    Section,
)
from fenji.model.ticket.item_parts import find_item_part, state_item_parts, stated_fields
from fenji.model.ticket.parse import (
    FIRST_YEAR,
    ID_PATTERN,
    LAST_YEAR,
    SITE_PATTERN,
    UID_PATTERN,
    counts_as_year,
    parse_event,
    parse_field,
    parse_input,
    parse_instant,
    parse_ticket,
)
from fenji.model.ticket.paths import (
    FIELD_BY_PATH,
    FORM_PATHS,
    PATH_BY_FILTER_KEY,
    TEXT_KEYS,
    FieldPath,
    GroupKey,
    ItemsKey,
    find_field,
    is_short,
    parse_field_path,
    parse_items_key,
)
from fenji.model.ticket.ticket import Event, Ticket, item_key
from fenji.model.ticket.uid import make_item_key
from fenji.model.ticket.unchecked import convert_value, from_mapping
from fenji.model.values import LooseValue, Value

__all__ = [
    "CHARGE_KINDS",
    "CLOCKS",
    "CLOSED_STATES",
    "EVENT_KEYS",
    "FIELDS",
    "FIELD_BY_KEY",
    "FIELD_BY_PATH",
    "FIRST_YEAR",
    "FORM_PATHS",
    "ID_PATTERN",
    "KINDS",
    "LAST_YEAR",
    "LINK_KINDS",
    "PATH_BY_FILTER_KEY",
    "RESOURCE_KINDS",
    "RESULTS",
    "SIGNED_FORM",
    "SITE_PATTERN",
    "STATES",
    "TEXT_KEYS",
    "UID_PATTERN",
    "ZEROING_KEYS",
    "Event",
    "Field",
    "FieldPath",
    "FileItem",
    "GroupKey",
    "ItemsKey",
    "LinkItem",
    "LooseValue",
    "PlanItem",
    "ResourceItem",
    "Section",
    "Ticket",
    "Value",
    "convert_value",
    "counts_as_year",
    "find_field",
    "find_item_part",
    "from_mapping",
    "is_short",
    "item_key",
    "make_item_key",
    "parse_event",
    "parse_field",
    "parse_field_path",
    "parse_input",
    "parse_instant",
    "parse_items_key",
    "parse_ticket",
    "sanitize",
    "state_item_parts",
    "stated_fields",
    "to_json_value",
]
