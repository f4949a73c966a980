"""Reading many tickets with a memory gives what reading each of them as a whole gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from fenji.errors import Damaged
from fenji.storage.blob_parser import TicketParser
from fenji.storage.yaml_codec import dump, read_ticket
from minutes import EXAMPLES_FACTOR
from samples import after_event, reported_ticket

if TYPE_CHECKING:
    import pytest

    from fenji.model.ticket import Ticket

FIRST = after_event(
    reported_ticket(description="one\n\ntwo", tags=["a"], product={"part": "XJ"}), "respond", note="more\nlines"
)
SECOND = after_event(
    after_event(FIRST, "edit", fields={"plan.m1": {"key": "m1", "what": "x"}}), "wait", reason="customer"
)
FILES = (dump(FIRST), dump(SECOND))
# What is put between the lines, or into them.
STRANGE = (
    'note: "an open end',
    '  note: "an open end',
    'end": x',
    "'",
    "- n: 3",
    "- ",
    "-",
    "log:",
    "log: []",
    "title: again",
    "zzz: {a: [1, 2]}",
    "zzz: |+",
    "",
    "  ",
    "# words",
    "  # words",
    "---",
    "...",
    "%YAML 1.1",
    "? a",
    ": b",
    "&a",
    "*a",
    "{",
    "}",
    "\t",
    "\r",
    "a\rb: c",
    "\u2028",
    "\x85",
    "Upper: x",
    '"title": x',
)


def read_or_error(reader: TicketParser | None, data: bytes) -> Ticket | str:
    try:
        return reader.parse_ticket(data, "x") if reader else read_ticket(data, "x")
    except Damaged as damaged:
        return str(damaged.problems)


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    lines = draw(st.sampled_from(FILES)).decode().split("\n")
    for _ in range(draw(st.integers(0, 4))):
        position = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("insert", "append", "remove", "move", "twice"))):
            case "insert":
                lines.insert(position, draw(st.sampled_from(STRANGE)))
            case "append":
                lines[position] += draw(st.sampled_from(STRANGE))
            case "remove":
                lines = [*lines[:position], *lines[position + 1 :]] or [""]
            case "move":
                lines.insert(draw(st.integers(0, len(lines))), lines.pop(position))
            case _:
                lines.insert(position, lines[position])
    return "\n".join(lines).encode()


@settings(max_examples=100 * EXAMPLES_FACTOR)
@given(st.lists(damaged_files(), min_size=1, max_size=4))
def test_with_and_without_memory(files: list[bytes]) -> None:
    reader = TicketParser()
    for data in (*FILES, *files):
        assert read_or_error(reader, data) == read_or_error(None, data)


def test_what_was_read_before_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from fenji.storage import yaml_codec

    reader, read_whole = TicketParser(), yaml_codec.load
    assert reader.parse_ticket(FILES[0], "x") == FIRST
    seen: list[bytes] = []

    def load(data: bytes, path: str) -> object:
        seen.append(data)
        return read_whole(data, path)

    monkeypatch.setattr(yaml_codec, "load", load)
    assert reader.parse_ticket(FILES[1], "x") == SECOND
    assert len(b"".join(seen)) < len(FILES[1]) / 2
    assert reader.parse_ticket(FILES[0], "x") == FIRST
    assert len(seen) == 1
