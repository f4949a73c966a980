"""Tickets and their events as values, and the one table of fields that parsing, writing, merging and forms read.

Pure: no files, no policy, no current time. Values keep what was written: text is never changed here, and control
characters are only made visible by `sanitize` on the way to a screen.
"""

from fenji.model.ticket.display import sanitize, to_json_value
from fenji.model.ticket.fields import (
    CHARGE_KINDS,
    CLOSED_STATES,
    EVENT_KEYS,
    FIELD_BY_KEY,
    FIELD_BY_PATH,
    FIELDS,
    KINDS,
    LINK_KINDS,
    RESOURCE_KINDS,
    RESULTS,
    SIGNED_FORM,
    STATES,
    TEXT_KEYS,
    ZEROING_KEYS,
    Field,
    Value,
    is_short,
)
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
from fenji.model.ticket.ticket import Event, Ticket, item_key
from fenji.model.ticket.uid import make_item_key
from fenji.model.ticket.unchecked import convert_value, from_mapping

__all__ = [
    "CHARGE_KINDS",
    "CLOSED_STATES",
    "EVENT_KEYS",
    "FIELDS",
    "FIELD_BY_KEY",
    "FIELD_BY_PATH",
    "FIRST_YEAR",
    "ID_PATTERN",
    "KINDS",
    "LAST_YEAR",
    "LINK_KINDS",
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
    "Ticket",
    "Value",
    "convert_value",
    "counts_as_year",
    "from_mapping",
    "is_short",
    "item_key",
    "make_item_key",
    "parse_event",
    "parse_field",
    "parse_input",
    "parse_instant",
    "parse_ticket",
    "sanitize",
    "to_json_value",
]
