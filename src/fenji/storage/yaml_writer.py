"""Write a ticket as canonical YAML: equal content always gives equal text (format.md 2). Knows text, not bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from fenji.model import ticket as tickets

if TYPE_CHECKING:
    from fenji.model.ticket import Event, Field, Ticket
    from fenji.model.values import Value

# Texts that some YAML reader would not take for text: numbers, dates, truth values, merge and default keys.
_LOOKS_LIKE_OTHER_TYPE = re.compile(
    r"""[-+]?[0-9_]+|[-+]?0x[0-9a-f_]+|[-+]?0o[0-7_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
    |[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?0b[01_]+|[-+]?\.(inf|nan)
    |\d{4}-\d\d?-\d\d?([Tt ].*)?|yes|no|on|off|true|false|null|~|=|<<""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]([^\t\n]*[^\s:])?")
_NEEDS_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# The order of keys in `set`, in the frozen result, and in its parts.
_KEY_ORDER = {
    key: rank
    for rank, key in enumerate([*tickets.FIELD_BY_PATH, "due", "done", "met", "excused", "at", "by", "reason"])
}
_RESULT_ORDER = {"response": 0, "solution": 1, "confirmed": 2}
_NOT_ESCAPED_BY_JSON = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def render(ticket: Ticket) -> str:
    """Return the text of a ticket."""
    lines: list[str] = []
    for field in tickets.FIELDS:
        if field.key in ticket.data:
            _add_entry(lines, field.key, ticket.data[field.key], "", field)
    if ticket.log:
        lines.append("log:")
        for event in ticket.log:
            _add_event(lines, event)
    for key in sorted(ticket.extra):
        _add_entry(lines, key, ticket.extra[key], "", None)
    return "\n".join(lines) + "\n"


def _add_event(lines: list[str], event: Event) -> None:
    lines += (f"- n: {event.n}", f"  at: {event.at.isoformat()}")
    _add_entry(lines, "by", event.by, "  ", None)
    _add_entry(lines, "do", event.do, "  ", None)
    for key, value in event.sorted_body():
        _add_entry(lines, key, value, "  ", tickets.find_field(key))


def _add_entry(lines: list[str], key: str, value: Value, indent: str, field: Field | None) -> None:
    """Add the lines of one key with its value."""
    head = indent + _render_key(key)
    if isinstance(value, str):
        if len(value) <= _MAX_CACHED_LENGTH and (field is None or field.type == "word") and "\n" not in value:
            lines.append(f"{head} {_cached_quote_if_needed(value)}")
        elif _needs_block_style(value, key, field):
            is_event_text = key in ("note", "value") and len(indent) <= 2
            clipped = value.endswith("\n") or _is_long_text(key, field) or is_event_text
            _add_block(lines, f"{head} |", value, indent, clipped=clipped)
        else:
            text = value if field is not None and field.type == "day" else render_scalar(value)
            lines.append(f"{head} {text}".rstrip(" "))
    elif isinstance(value, (list, tuple)):
        lines.append(head if value else f"{head} []")
        for item in value:
            _add_item(lines, item, indent, field)
    elif isinstance(value, (dict, Mapping)):
        lines.append(head if value else f"{head} {{}}")
        for part, part_value in _sort_entries(value, field):
            _add_entry(lines, part, part_value, indent + "  ", _find_part(field, part))
    else:
        lines.append(f"{head} {render_scalar(value, plain=field is not None and field.type == 'day')}".rstrip(" "))


def _find_part(field: Field | None, key: str) -> Field | None:
    return field.part_by_key.get(key) if field else tickets.find_field(key)


def _add_item(lines: list[str], item: Value, indent: str, field: Field | None) -> None:
    if isinstance(item, str):
        lines.append(f"{indent}- {render_scalar(item)}".rstrip(" "))
    elif isinstance(item, Mapping) and item:
        _add_list_item(lines, _sort_entries(item, field), indent, field)
    elif isinstance(item, list | tuple | Mapping):
        lines.append(f"{indent}- {_quote(item)}")  # nested lists of unknown fields, in flow style
    else:
        lines.append(f"{indent}- {render_scalar(item)}".rstrip(" "))


def _add_list_item(lines: list[str], pairs: Iterable[tuple[str, Value]], indent: str, field: Field | None) -> None:
    first = len(lines)
    for key, value in pairs:
        _add_entry(lines, key, value, indent + "  ", _find_part(field, key))
    lines[first] = f"{indent}- {lines[first][len(indent) + 2 :]}"


def _sort_entries(value: Mapping[str, Value], field: Field | None) -> Iterable[tuple[str, Value]]:
    """Sort known keys in the order of the format, then unknown ones by name."""
    ranks: Mapping[str, int] = _KEY_ORDER
    if field:
        ranks = _RESULT_ORDER if field.key == "sla" else field.part_ranks
    order = [ranks.get(key, -1) for key in value]
    if -1 not in order and order == sorted(order):
        return value.items()
    return sorted(value.items(), key=lambda pair: (ranks.get(pair[0], len(ranks)), pair[0]))


def _needs_block_style(text: str, key: str, field: Field | None) -> bool:
    is_long = _is_long_text(key, field)
    if not is_long and ("\n" not in text or text.endswith("\n\n")):
        return False
    return bool(text.strip("\n")) and not _NEEDS_ESCAPE.search(text)


def _is_long_text(key: str, field: Field | None) -> bool:
    return field is not None and field.type == "text" and key in tickets.TEXT_KEYS


def _add_block(lines: list[str], head: str, text: str, indent: str, *, clipped: bool) -> None:
    trimmed = text.rstrip("\n")
    first = next(line for line in trimmed.split("\n") if line)
    indicator = "2" if first[0] in " \t" or trimmed[0] in "\n" else ""
    lines.append(f"{head}{indicator}{'' if clipped else '-'}")
    lines += [f"{indent}  {line}" if line else "" for line in trimmed.split("\n")]


def render_scalar(value: Value, *, plain: bool = False) -> str:
    """Render a value on one line, in quotes if some YAML reader might not take it for text."""
    if isinstance(value, str) and not plain:
        return _cached_quote_if_needed(value) if len(value) <= _MAX_CACHED_LENGTH else _quote_if_needed(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return str(value)
    return str(value) if plain else _quote_if_needed(str(value))


def _quote_if_needed(text: str) -> str:
    if (
        _PLAIN.fullmatch(text)
        and ": " not in text
        and " #" not in text
        and not _LOOKS_LIKE_OTHER_TYPE.fullmatch(text)
        and not _NEEDS_ESCAPE.search(text)
    ):
        return text
    return _quote(text)


_MAX_CACHED_LENGTH = 48  # characters; short texts such as keys, names and states recur
_cached_quote_if_needed = lru_cache(maxsize=4096)(_quote_if_needed)


@lru_cache(maxsize=1024)
def _render_key(key: str) -> str:
    return f"{render_scalar(key)}:"


def _quote(value: Value) -> str:
    quoted = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return _NOT_ESCAPED_BY_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
