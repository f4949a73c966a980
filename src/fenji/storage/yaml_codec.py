"""Read YAML strictly, with line and column, and write tickets (`yaml_writer`). Knows bytes, not files.

The reader works on the parser's events, so that aliases, tags, duplicate keys and deep nesting are refused before
anything is built; every scalar stays text until a schema says otherwise (format.md 2). A text in the form that is
written here goes a quicker way, with the same result (`plain_yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from fenji.errors import Damaged, Fault, Problem, Refused, Sentence
from fenji.files import MAX_BYTES
from fenji.model import ticket as tickets
from fenji.storage import plain_yaml, yaml_slips, yaml_writer
from fenji.storage.plain_yaml import MAX_KEY_LENGTH, NULL_WORDS

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket, Value

MAX_DEPTH = 16
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALAR, _MAPPING, _SEQUENCE, _ALIAS = (
    yaml.ScalarEvent,
    yaml.MappingStartEvent,
    yaml.SequenceStartEvent,
    yaml.AliasEvent,
)
_END_EVENTS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
# What libyaml refuses or takes for a line break, though a text may hold it: replaced by private-use letters meanwhile.
_UNPARSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_PRIVATE_USE_START = 0x100000
_LONG_ESCAPE = re.compile(r"\\U([0-9a-fA-F]{8})")


class _InvalidYaml(Exception):
    def __init__(self, mark: Any, template: str | Sentence, **values: object) -> None:
        super().__init__(template)
        self.mark = mark
        self.sentence = template if isinstance(template, Sentence) else Sentence(template, values)


def load(data: bytes, path: str) -> Value:
    """Load the one document in `data` as mappings, lists, text and None. Raises Damaged at the first fault."""
    return _load(data, path, None)


def load_strictly(data: bytes, path: str) -> Value:
    """Do what `load` does, without the quick way for texts in plain form."""
    return _load(data, path, {})


def locate_faults(data: bytes, path: str, faults: Sequence[Fault]) -> tuple[Problem, ...]:
    """Turn faults of a loaded document into problems with line and column of the nearest key that exists in `data`."""
    positions: dict[tuple[str | int, ...], tuple[int, int]] = {}
    _load(data, path, positions)
    located = []
    for fault in faults:
        nearest = fault.path
        while nearest and nearest not in positions:
            nearest = nearest[:-1]
        line, column = positions.get(nearest, (1, 1))
        located.append(Problem(path, line, column, ".".join(map(str, fault.path)), fault.message))
    return tuple(sorted(located, key=lambda problem: (problem.line, problem.column)))


def read_ticket(data: bytes, path: str) -> Ticket:
    """Parse the ticket in `data`. Raises Damaged with every problem found."""
    ticket, faults = tickets.parse_ticket(load(data, path))
    if faults:
        problems = tuple(yaml_slips.name_slip(problem, data) for problem in locate_faults(data, path, faults))
        raise Damaged("{path} cannot be read as a ticket.", path=path, problems=problems)
    return ticket


def _load(data: bytes, path: str, positions: dict[tuple[str | int, ...], tuple[int, int]] | None) -> Value:
    text, restore = decode(data, path)
    if positions is None and restore is None and (document := plain_yaml.load(text)) is not None:
        return document
    try:
        return _DocumentBuilder(text, positions, restore).build_document()
    except _InvalidYaml as refusal:
        problem = Problem(path, refusal.mark.line + 1, refusal.mark.column + 1, "", refusal.sentence)
    except yaml.YAMLError as error:
        problem = _explain_error(error, text, path)
    raise Damaged("{path} cannot be read.", path=path, problems=(problem,))


def _explain_error(error: yaml.YAMLError, text: str, path: str) -> Problem:
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "nesting depth" in str(getattr(error, "problem", "")):  # libyaml's bound, which it may meet before ours
        return Problem(path, line, column, "", Sentence("nested deeper than {most}", {"most": MAX_DEPTH}))
    return yaml_slips.explain(text, Problem(path, line, column, "", Sentence("")), context.line + 1 if context else 0)


def decode(data: bytes, path: str) -> tuple[str, Callable[[str], str] | None]:
    """Return the text that the parser takes, letter for letter, and what puts back the letters it does not take."""
    if len(data) > MAX_BYTES:
        message = Sentence("the file has {size} bytes; at most {most} are read", {"size": len(data), "most": MAX_BYTES})
        raise Damaged("{path} cannot be read.", path=path, problems=(Problem(path, 1, 1, "", message),))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = Problem(path, line, column, "", Sentence("not UTF-8 text"))
        raise Damaged("{path} cannot be read.", path=path, problems=(problem,)) from None
    text = text.removeprefix("\ufeff")
    if not _UNPARSABLE.search(text):
        return text, None
    base = next(start for start in range(_PRIVATE_USE_START, 0x10FFFD, 0x200) if not _uses_range(text, start))
    to_private = {ord(char): chr(base + index) for index, char in enumerate(sorted(set(_UNPARSABLE.findall(text))))}
    from_private = {ord(private): chr(code) for code, private in to_private.items()}
    return text.translate(to_private), lambda value: value.translate(from_private)


def _uses_range(text: str, start: int) -> bool:
    escaped = (int(code, 16) for code in _LONG_ESCAPE.findall(text))
    return any(start <= code < start + 0x200 for code in (*map(ord, text), *escaped))


class _DocumentBuilder:
    """Builds a document in one pass over the parser's events."""

    def __init__(
        self,
        text: str,
        positions: dict[tuple[str | int, ...], tuple[int, int]] | None,
        restore: Callable[[str], str] | None,
    ) -> None:
        self.parser = _Loader(text)
        self.next_event: Callable[[], Any] = self.parser.get_event
        self.positions = positions
        self.restore = restore

    def build_document(self) -> Value:
        try:
            beginning = self.next_event()
            start = self.next_event()
            if isinstance(start, yaml.StreamEndEvent):
                raise _InvalidYaml(beginning.start_mark, "the file is empty")
            value = self.build_node(self.next_event(), (), 0)
            self.next_event()  # document end
            after = self.next_event()
            if not isinstance(after, yaml.StreamEndEvent):
                raise _InvalidYaml(after.start_mark, "one document is expected, a second one begins here")
            return value
        finally:
            self.parser.dispose()

    def build_node(self, event: Any, path: tuple[str | int, ...], depth: int) -> Value:
        kind = type(event)
        if kind is _ALIAS:
            raise _InvalidYaml(event.start_mark, "aliases (*) are not allowed")
        if event.anchor is not None:
            raise _InvalidYaml(event.start_mark, "anchors (&) are not allowed")
        if event.tag is not None:
            raise _InvalidYaml(event.start_mark, "tags (!) are not allowed")
        if self.positions is not None:
            self.positions.setdefault(path, (event.start_mark.line + 1, event.start_mark.column + 1))
        if kind is _SCALAR:
            value: str = event.value
            if not event.style and value in NULL_WORDS:
                return None
            if not event.style and event.start_mark.line != event.end_mark.line:
                self._check_wide_sign(event)
            return self.restore(value) if self.restore else value
        if depth == MAX_DEPTH:
            raise _InvalidYaml(event.start_mark, "nested deeper than {most}", most=MAX_DEPTH)
        return self.build_mapping(path, depth) if kind is _MAPPING else self.build_sequence(path, depth)

    def _check_wide_sign(self, event: Any) -> None:
        """Refuse a text of several lines behind a sign in full width, which makes none of them a line of its own."""
        if fault := yaml_slips.explain_wide_sign(event.value.partition(" ")[0]):
            raise _InvalidYaml(event.start_mark, fault)

    def build_mapping(self, path: tuple[str | int, ...], depth: int) -> dict[str, Value]:
        entries: dict[str, Value] = {}
        while True:
            event = self.next_event()
            mark = event.start_mark
            if type(event) in _END_EVENTS:
                return entries
            if type(event) is not _SCALAR or event.tag is not None or event.anchor is not None:
                raise _InvalidYaml(mark, "a key must be plain text")
            key: str = self.restore(event.value) if self.restore else event.value
            if len(key) > MAX_KEY_LENGTH:
                raise _InvalidYaml(mark, "a key has at most {most} characters", most=MAX_KEY_LENGTH)
            if key == "<<" and not event.style:
                raise _InvalidYaml(mark, "merge keys (<<) are not allowed")
            if key in entries:
                raise _InvalidYaml(mark, "the key {name} stands twice", name=key)
            if self.positions is not None:
                self.positions[(*path, key)] = (mark.line + 1, mark.column + 1)
            value = self.build_node(self.next_event(), (*path, key) if self.positions is not None else path, depth + 1)
            if not event.style and not key.isascii() and (fault := yaml_slips.explain_key(key, is_empty=value is None)):
                raise _InvalidYaml(mark, fault)
            entries[key] = value

    def build_sequence(self, path: tuple[str | int, ...], depth: int) -> list[Value]:
        items: list[Value] = []
        while type(event := self.next_event()) not in _END_EVENTS:
            items.append(self.build_node(event, (*path, len(items)) if self.positions is not None else path, depth + 1))
        return items


def dump(ticket: Ticket, *, parse: Callable[[bytes, str], Ticket] | None = None) -> bytes:
    """Render the canonical bytes of a ticket; equal content always gives equal bytes (format.md 2).

    The bytes are read back to verify them, by `parse` if given, else by `read_ticket`. Raises Refused for text that is
    not valid Unicode, or for more than MAX_BYTES.
    """
    try:
        data = yaml_writer.render(ticket).encode("utf-8")
    except UnicodeEncodeError:
        raise Refused(
            "A text of {id} holds bytes that are no UTF-8 text.", hint="Type it anew.", id=ticket.id
        ) from None
    if len(data) > MAX_BYTES:
        hint = "Attach long texts and logs as files."
        raise Refused(
            "{id} would have {size} bytes; at most {most}.", hint=hint, id=ticket.id, size=len(data), most=MAX_BYTES
        )
    reread = (parse or read_ticket)(data, ticket.id)
    if (reread.data, reread.log, reread.extra) != (ticket.data, ticket.log, ticket.extra):
        raise AssertionError(f"{ticket.id} does not read back as written")
    return data
