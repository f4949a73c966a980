"""Tickets and their events as values, and the one table of fields that parsing, writing, merging and forms read.

Pure: no files, no policy, no current time. Values keep what was written: text is never changed here, and control
characters are only made visible by `visible` on the way to a screen.
"""

from fenji.ticket.display import plain, visible
from fenji.ticket.fields import (
    BY_KEY,
    CLOSED,
    EVENT_KEYS,
    FIELDS,
    KINDS,
    LEAVES,
    LINK_KINDS,
    RESOURCE_KINDS,
    STATES,
    TEXTS,
    ZEROING,
    Field,
    Value,
    short,
)
from fenji.ticket.outside import from_mapping, value_of
from fenji.ticket.reading import (
    ID_PATTERN,
    SITE_PATTERN,
    UID_PATTERN,
    event,
    field_value,
    instant,
    parse_value,
    read,
)
from fenji.ticket.values import Event, Ticket, item_key

__all__ = [
    "BY_KEY",
    "CLOSED",
    "EVENT_KEYS",
    "FIELDS",
    "ID_PATTERN",
    "KINDS",
    "LEAVES",
    "LINK_KINDS",
    "RESOURCE_KINDS",
    "SITE_PATTERN",
    "STATES",
    "TEXTS",
    "UID_PATTERN",
    "ZEROING",
    "Event",
    "Field",
    "Ticket",
    "Value",
    "event",
    "field_value",
    "from_mapping",
    "instant",
    "item_key",
    "parse_value",
    "plain",
    "read",
    "short",
    "value_of",
    "visible",
]
