"""Convert text and values for a screen or for JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fenji.model.ticket.fields import Value

# C0 but tab and newline, DEL, C1, line and paragraph separators, bidi controls, zero-width and tag characters, BOM.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def sanitize(text: str) -> str:
    """Make text safe for a terminal: control, escape and bidi characters become marks such as `<1B>`."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda match: f"<{ord(match[0]):02X}>", text)


def to_json_value(value: Value) -> Value:
    """Convert a value for JSON: instants as ISO text, decimals as numbers."""
    if isinstance(value, Mapping):
        return {key: to_json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json_value(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
