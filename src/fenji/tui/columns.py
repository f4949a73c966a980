"""The columns of the board: which of them fit, how wide they are, and what stands in them. Pure.

80 cells are the design; in 40 the number loses its site and year, in 200 everything has room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from fenji.tui import cells

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.tui.look import Line, Look, Span
    from fenji.tui.voice import Voice

TITLE_CELLS = 22  # the title gets at least so much, or a quarter, before a further column comes in


@dataclass(frozen=True)
class Column:
    """One column: its head, what it shows of a row, its cells, and the order in which it gives way (0: last)."""

    key: str
    head: str
    text: Callable[[Row, Voice], str]
    cells: int
    rank: int
    right: bool = False
    words: tuple[str, ...] = ()  # the words that stand in it: it is made wide enough for them in any language


def _number(row: Row, _: Voice) -> str:
    return row.id


def _tail(row: Row, _: Voice) -> str:
    return row.id.split("-", 2)[2]


_CLOCKS = ("response", "solution")
_STATES = ("new", "responded", "working", "waiting", "solved", "confirmed", "archived", "withdrawn")

COLUMNS: tuple[Column, ...] = (
    Column("priority", "P", lambda row, _: row.ticket.priority, 2, 0),
    Column("left", "Left", lambda row, _: row.left_text, 7, 1),
    Column("clock", "Clock", lambda row, voice: voice.word(row.next_clock), 5, 4, words=_CLOCKS),
    Column("number", "Number", _number, 13, 2),
    Column(
        "kind", "Kind", lambda row, voice: voice.word(row.ticket.kind), 4, 6, words=("quality", "request", "project")
    ),
    Column("title", "Title", lambda row, _: row.ticket.title, 0, 0),
    Column("state", "State", lambda row, voice: voice.word(row.ticket.state), 5, 3, words=_STATES),
    Column("owner", "Owner", lambda row, _: row.ticket.owner, 9, 5),
    Column("system", "System", lambda row, _: row.ticket.word("product.system"), 14, 8),
    Column("units", "Units", lambda row, _: ", ".join(row.ticket.units), 20, 9),
    Column("requester", "Requester", lambda row, _: row.ticket.word("requester.name"), 14, 10),
)
_TAIL = Column("number", "No.", _tail, 4, 2)
_GUTTER = 3  # mark, sign and a blank


@dataclass(frozen=True)
class Layout:
    """The columns that fit, each with its cells, and the voice in which they speak."""

    columns: tuple[tuple[Column, int], ...]
    voice: Voice


@lru_cache(maxsize=64)
def layout(width: int, voice: Voice) -> Layout:
    """The columns for a list `width` cells wide."""
    known = [_TAIL if one.key == "number" and width < 64 else one for one in COLUMNS]
    sizes = {one.key: _cells(one, voice) for one in known}
    chosen = [one for one in known if one.key == "title"]
    room = width - _GUTTER
    least = min(max(TITLE_CELLS, width // 4), max(room // 2, 8))
    for one in sorted((one for one in known if one.key != "title"), key=lambda one: one.rank):
        taken = sum(sizes[other.key] + 1 for other in chosen if other.key != "title")
        if taken + sizes[one.key] + 1 + least > room:
            break
        chosen.append(one)
    sizes["title"] = room - sum(sizes[one.key] + 1 for one in chosen if one.key != "title")
    return Layout(tuple((one, sizes[one.key]) for one in known if one in chosen), voice)


def _cells(one: Column, voice: Voice) -> int:
    shown = [voice.say(one.head), *(voice.word(word) for word in one.words)]
    return max(one.cells, *(cells.width(text) for text in shown))


def heads(shape: Layout, look: Look) -> Line:
    """The line of column heads."""
    texts = [cells.fit(shape.voice.say(one.head), size, look.signs.cut) for one, size in shape.columns]
    return [(" " * _GUTTER + " ".join(texts), "heads"), ("\n", "heads")]


_ROLES = {"!": "late", "~": "risk", "=": "held"}


def row_line(row: Row, shape: Layout, look: Look, *, mark: str = " ", gone: bool = False) -> list[Span]:
    """One row; `mark` stands before its sign, and what asks for a look before its title."""
    role = "faint" if gone else _ROLES.get(row.sign, "")
    sign = " " if gone else row.sign
    line: list[Span] = [(mark, "mark"), (f"{sign} ", role)]
    for one, size in shape.columns:
        text = cells.line(one.text(row, shape.voice)) or (look.signs.dash if one.key == "owner" else "")
        marks = marked(row, shape.voice, size) if one.key == "title" else ""
        if marks:
            line.append((marks, "faint" if gone else "notice"))
        coloured = gone or one.key in ("priority", "left", "clock")
        fitted = cells.fit(text, size - cells.width(marks), look.signs.cut)
        line.append((f"{fitted} ", role if coloured else ""))
    return line


def marked(row: Row, voice: Voice, room: int) -> str:
    """What asks for a look, each with its sign: `#unsigned `; the signs alone where half the room would not do."""
    words = "".join(f"{sign}{voice.say(word)} " for sign, word in row.marks)
    return words if cells.width(words) <= room // 2 else "".join(f"{sign} " for sign, _ in row.marks)
