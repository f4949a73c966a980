"""Strict reading of YAML with line and column, and canonical writing. Knows bytes, not files.

Reading builds over the parser's events, so that aliases, tags, duplicate keys and depth are refused before anything
is built; every scalar stays text until a schema says otherwise (format.md 2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from fenji import ticket as tickets
from fenji.errors import Damaged, Fault, Problem, Refused, Sentence

if TYPE_CHECKING:
    from fenji.ticket import Field, Ticket

LARGEST = 1 << 20  # bytes of a file
DEEPEST = 16
LONGEST_KEY = 128  # characters; escaped they stay below the 1024 that YAML allows
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EMPTY = frozenset({"", "~", "null"})
_SCALAR, _MAPPING, _SEQUENCE, _ALIAS = (
    yaml.ScalarEvent,
    yaml.MappingStartEvent,
    yaml.SequenceStartEvent,
    yaml.AliasEvent,
)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
# What libyaml refuses or takes for a line break, though a text may hold it: carried past the parser as private letters.
_CARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_PRIVATE = 0x100000
_ESCAPED = re.compile(r"\\U([0-9a-fA-F]{8})")


class _Refusal(Exception):
    def __init__(self, mark: Any, template: str, key: str = "", **values: object) -> None:
        super().__init__(template)
        self.mark, self.key, self.sentence = mark, key, Sentence(template, values)


def load(data: bytes, path: str) -> object:
    """The one document in `data`: mappings, lists, text and None. Raises Damaged with the place of the first fault."""
    return _load(data, path, None)


def problems(data: bytes, path: str, faults: Sequence[Fault]) -> tuple[Problem, ...]:
    """Faults of a loaded document as problems with line and column of the nearest key that stands in `data`."""
    places: dict[tuple[str | int, ...], tuple[int, int]] = {}
    _load(data, path, places)
    found = []
    for fault in faults:
        near = fault.path
        while near and near not in places:
            near = near[:-1]
        line, column = places.get(near, (1, 1))
        found.append(Problem(path, line, column, ".".join(map(str, fault.path)), fault.message))
    return tuple(sorted(found, key=lambda one: (one.line, one.column)))


def read_ticket(data: bytes, path: str) -> Ticket:
    """The ticket in `data`. Raises Damaged with every problem found."""
    found, faults = tickets.read(load(data, path))
    if faults:
        raise Damaged("{path} cannot be read as a ticket.", path=path, problems=problems(data, path, faults))
    return found


def _load(data: bytes, path: str, places: dict[tuple[str | int, ...], tuple[int, int]] | None) -> object:
    text, restore = _text(data, path)
    try:
        return _Builder(text, places, restore).document()
    except _Refusal as refusal:
        problem = Problem(path, refusal.mark.line + 1, refusal.mark.column + 1, refusal.key, refusal.sentence)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        sentence = Sentence("not readable as YAML: {reason}", {"reason": reason})
        if "nesting depth" in reason:  # libyaml's own bound, which its look-ahead may meet before ours
            sentence = Sentence("nested deeper than {most}", {"most": DEEPEST})
        problem = Problem(path, line, column, "", sentence)
    raise Damaged("{path} cannot be read.", path=path, problems=(problem,))


def _text(data: bytes, path: str) -> tuple[str, Callable[[str], str] | None]:
    if len(data) > LARGEST:
        message = Sentence("the file has {size} bytes; at most {most} are read", {"size": len(data), "most": LARGEST})
        raise Damaged("{path} cannot be read.", path=path, problems=(Problem(path, 1, 1, "", message),))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = Problem(path, line, column, "", Sentence("not UTF-8 text"))
        raise Damaged("{path} cannot be read.", path=path, problems=(problem,)) from None
    text = text.removeprefix("\ufeff")
    if not _CARRIED.search(text):
        return text, None
    base = next(start for start in range(_PRIVATE, 0x10FFFD, 0x200) if not _holds(text, start))
    carried = {ord(one): chr(base + index) for index, one in enumerate(sorted(set(_CARRIED.findall(text))))}
    back = {ord(private): chr(code) for code, private in carried.items()}
    return text.translate(carried), lambda value: value.translate(back)


def _holds(text: str, start: int) -> bool:
    escaped = (int(code, 16) for code in _ESCAPED.findall(text))
    return any(start <= code < start + 0x200 for code in (*map(ord, text), *escaped))


class _Builder:
    """One pass over the parser's events."""

    def __init__(
        self,
        text: str,
        places: dict[tuple[str | int, ...], tuple[int, int]] | None,
        restore: Callable[[str], str] | None,
    ) -> None:
        self.parser = _Loader(text)
        self.next: Callable[[], Any] = self.parser.get_event
        self.places = places
        self.restore = restore

    def document(self) -> object:
        try:
            self.next()  # stream start
            start = self.next()
            if isinstance(start, yaml.StreamEndEvent):
                raise _Refusal(start.start_mark, "the file is empty")
            value = self.node(self.next(), (), 0)
            self.next()  # document end
            after = self.next()
            if not isinstance(after, yaml.StreamEndEvent):
                raise _Refusal(after.start_mark, "one document is expected, a second one begins here")
            return value
        finally:
            self.parser.dispose()

    def node(self, event: Any, path: tuple[str | int, ...], depth: int) -> object:
        kind = type(event)
        if kind is _ALIAS:
            raise _Refusal(event.start_mark, "aliases (*) are not allowed")
        if event.anchor is not None:
            raise _Refusal(event.start_mark, "anchors (&) are not allowed")
        if event.tag is not None:
            raise _Refusal(event.start_mark, "tags (!) are not allowed")
        if self.places is not None:
            self.places.setdefault(path, (event.start_mark.line + 1, event.start_mark.column + 1))
        if kind is _SCALAR:
            value: str = event.value
            if not event.style and value in _EMPTY:
                return None
            return self.restore(value) if self.restore else value
        if depth == DEEPEST:
            raise _Refusal(event.start_mark, "nested deeper than {most}", most=DEEPEST)
        return self.mapping(path, depth) if kind is _MAPPING else self.sequence(path, depth)

    def mapping(self, path: tuple[str | int, ...], depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        while True:
            event = self.next()
            mark = event.start_mark
            if type(event) in _ENDS:
                return found
            if type(event) is not _SCALAR or event.tag is not None or event.anchor is not None:
                raise _Refusal(mark, "a key must be plain text")
            key: str = self.restore(event.value) if self.restore else event.value
            if len(key) > LONGEST_KEY:
                raise _Refusal(mark, "a key has at most {most} characters", most=LONGEST_KEY)
            if key in found:
                raise _Refusal(mark, "the key {name} stands twice", name=key)
            if self.places is not None:
                self.places[(*path, key)] = (mark.line + 1, mark.column + 1)
            found[key] = self.node(self.next(), (*path, key) if self.places is not None else path, depth + 1)

    def sequence(self, path: tuple[str | int, ...], depth: int) -> list[object]:
        found: list[object] = []
        while type(event := self.next()) not in _ENDS:
            found.append(self.node(event, (*path, len(found)) if self.places is not None else path, depth + 1))
        return found


# --- writing ----------------------------------------------------------------------------------------------------

# What some YAML reader would take for something else than text: numbers, dates, truth values, merge and default keys.
_RESOLVED = re.compile(
    r"""[-+]?[0-9_]+|[-+]?0x[0-9a-f_]+|[-+]?0o[0-7_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
    |[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?0b[01_]+|[-+]?\.(inf|nan)
    |\d{4}-\d\d?-\d\d?([Tt ].*)?|yes|no|on|off|true|false|null|~|=|<<""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]([^\t\n]*[^\s:])?")
_NEEDS_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# The order of keys in `set`, in the frozen result, and in its parts.
_KNOWN = {
    key: rank for rank, key in enumerate([*tickets.LEAVES, "due", "done", "met", "excused", "at", "by", "reason"])
}
_RESULT = {"response": 0, "solution": 1, "confirmed": 2}
_AFTER_JSON = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def dump(ticket: Ticket, *, read: Callable[[bytes, str], Ticket] | None = None) -> bytes:
    """The canonical bytes of a ticket; the same content always gives the same bytes (format.md 2).

    They are read back, by `read` where something quicker than `read_ticket` is at hand. Raises Refused for text that no
    file can hold: half a character, or more than a file may have.
    """
    try:
        data = ("\n".join(_ticket_lines(ticket)) + "\n").encode("utf-8")
    except UnicodeEncodeError:
        raise Refused(
            "A text of {id} holds bytes that are no UTF-8 text.", hint="Type it anew.", id=ticket.id
        ) from None
    if len(data) > LARGEST:
        hint = "Attach long texts and logs as files."
        raise Refused(
            "{id} would have {size} bytes; at most {most}.", hint=hint, id=ticket.id, size=len(data), most=LARGEST
        )
    again = (read or read_ticket)(data, ticket.id)
    if (again.data, again.log, again.extra) != (ticket.data, ticket.log, ticket.extra):
        raise AssertionError(f"{ticket.id} does not read back as written")
    return data


def _ticket_lines(ticket: Ticket) -> Iterator[str]:
    for one in tickets.FIELDS:
        if one.key in ticket.data:
            yield from _entry(one.key, ticket.data[one.key], "", one)
    if ticket.log:
        yield "log:"
        for event in ticket.log:
            yield from _dashed(event.mapping().items(), "", None)
    for key in sorted(ticket.extra):
        yield from _entry(key, ticket.extra[key], "", None)


def _entry(key: str, value: object, indent: str, one: Field | None) -> Iterator[str]:
    head = f"{indent}{_scalar(key)}:"
    if isinstance(value, str) and _block_style(value, key, one):
        yield from _block(head, value, indent, key, one)
    elif isinstance(value, list | tuple):
        yield head if value else f"{head} []"
        for item in value:
            yield from _item(item, indent, one)
    elif not isinstance(value, str) and isinstance(value, Mapping):
        yield head if value else f"{head} {{}}"
        for part, held in _in_order(value, one):
            yield from _entry(part, held, indent + "  ", _part(one, part))
    else:
        yield f"{head} {_scalar(value, plain=one is not None and one.held == 'day')}".rstrip(" ")


def _part(one: Field | None, key: str) -> Field | None:
    return next((part for part in one.parts if part.key == key), None) if one else tickets.LEAVES.get(key)


def _item(item: object, indent: str, one: Field | None) -> Iterator[str]:
    if isinstance(item, Mapping) and item:
        yield from _dashed(_in_order(item, one), indent, one)
    elif isinstance(item, list | tuple | Mapping):
        yield f"{indent}- {_quoted(item)}"  # strangers' nested lists, flow style
    else:
        yield f"{indent}- {_scalar(item)}".rstrip(" ")


def _dashed(pairs: Iterable[tuple[str, object]], indent: str, one: Field | None) -> Iterator[str]:
    lines = (line for key, held in pairs for line in _entry(key, held, indent + "  ", _part(one, key)))
    yield f"{indent}- {next(lines)[len(indent) + 2 :]}"
    yield from lines


def _in_order(value: Mapping[str, object], one: Field | None) -> list[tuple[str, object]]:
    """Known keys in the order of the format, unknown ones after them by name."""
    known = _KNOWN
    if one:
        known = _RESULT if one.held == "tree" else {part.key: rank for rank, part in enumerate(one.parts)}
    return sorted(value.items(), key=lambda pair: (known.get(pair[0], len(known)), pair[0]))


def _block_style(text: str, key: str, one: Field | None) -> bool:
    if _NEEDS_ESCAPE.search(text) or not text.strip("\n"):
        return False
    return _long(key, one) or ("\n" in text and not text.endswith("\n\n"))


def _long(key: str, one: Field | None) -> bool:
    return one is not None and one.held == "text" and key in tickets.TEXTS


def _block(head: str, text: str, indent: str, key: str, one: Field | None) -> Iterator[str]:
    trimmed = text.rstrip("\n")
    clipped = text.endswith("\n") or _long(key, one) or key in ("note", "value")
    first = next(line for line in trimmed.split("\n") if line)
    hint = "2" if first[0] in " \t" or trimmed[0] in "\n" else ""
    yield f"{head} |{hint}{'' if clipped else '-'}"
    for line in trimmed.split("\n"):
        yield f"{indent}  {line}" if line else ""


def _scalar(value: object, *, plain: bool = False) -> str:
    if isinstance(value, str) and not plain:
        return _word(value) if len(value) <= _SHORT else _written(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return str(value)
    return str(value) if plain else _written(str(value))


def _written(text: str) -> str:
    if (
        _PLAIN.fullmatch(text)
        and ": " not in text
        and " #" not in text
        and not _RESOLVED.fullmatch(text)
        and not _NEEDS_ESCAPE.search(text)
    ):
        return text
    return _quoted(text)


_SHORT = 48  # characters: keys, names and states come again and again
_word = lru_cache(maxsize=4096)(_written)


def _quoted(value: object) -> str:
    quoted = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return _AFTER_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
