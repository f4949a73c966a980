"""Read YAML strictly, with line and column, and write tickets (`yaml_writer`). Knows bytes, not files.

The reader works on the parser's events, so that aliases, tags, duplicate keys and deep nesting are refused before
anything is built; every scalar stays text until a schema says otherwise (format.md 2). A text in the form that fenji
writes takes a faster path, with the same result (`plain_yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fenji.errors import Damaged, Fault, Problem, Refused, Sentence
from fenji.files import MAX_BYTES
from fenji.model import ticket as tickets
from fenji.storage import plain_yaml, yaml_writer

if TYPE_CHECKING:
    from fenji.model.ticket import Ticket, Value
    from fenji.storage.strict_yaml import Positions

# Characters that libyaml refuses or takes for line breaks; replaced by private-use characters during parsing.
_UNPARSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_PRIVATE_USE_START = 0x100000
_LONG_ESCAPE = re.compile(r"\\U([0-9a-fA-F]{8})")


def load(data: bytes, path: str) -> Value:
    """Load the one document in `data` as mappings, lists, text and None. Raises Damaged at the first fault."""
    return _load(data, path, None)


def load_strictly(data: bytes, path: str) -> Value:
    """Load the document in `data` as `load` does, but without the faster path for texts in plain form."""
    return _load(data, path, {})


def locate_faults(data: bytes, path: str, faults: Sequence[Fault]) -> tuple[Problem, ...]:
    """Turn faults of a loaded document into problems with line and column of the nearest key that exists in `data`."""
    positions: Positions = {}
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
        from fenji.storage import yaml_slips

        problems = tuple(yaml_slips.name_slip(problem, data) for problem in locate_faults(data, path, faults))
        raise Damaged("{path} cannot be read as a ticket.", path=path, problems=problems)
    return ticket


def _load(data: bytes, path: str, positions: Positions | None) -> Value:
    text, restore = decode(data, path)
    if positions is None and restore is None and (document := plain_yaml.load(text)) is not None:
        return document
    from fenji.storage import strict_yaml  # slow to import, because of the YAML library

    return strict_yaml.build_document(text, path, positions, restore)


def decode(data: bytes, path: str) -> tuple[str, Callable[[str], str] | None]:
    """Return the text with unparsable characters replaced one for one, and a function to restore them, if any."""
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


def dump(ticket: Ticket, *, parse: Callable[[bytes, str], Ticket] | None = None) -> bytes:
    """Render the canonical bytes of a ticket; equal content always gives equal bytes (format.md 2).

    The bytes are read back to verify them, by `parse` if given, else by `read_ticket`. Raises Refused for text that is
    not valid Unicode, or for more than MAX_BYTES.
    """
    try:
        data = yaml_writer.render(ticket).encode("utf-8")
    except UnicodeEncodeError:
        raise Refused("A text of {id} has bytes that are not UTF-8.", hint="Type it again.", id=ticket.id) from None
    if len(data) > MAX_BYTES:
        hint = "Attach long texts and logs as files."
        raise Refused(
            "{id} would have {size} bytes; at most {most}.", hint=hint, id=ticket.id, size=len(data), most=MAX_BYTES
        )
    reread = (parse or read_ticket)(data, ticket.id)
    if (reread.data, reread.log, reread.extra) != (ticket.data, ticket.log, ticket.extra):
        raise AssertionError(f"{ticket.id} does not read back as written")
    return data
