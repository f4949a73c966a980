"""The columns of the board: which of them fit, how wide they are, and what they show. Pure.

Designed for 80 cells. From 120 cells on, numbers are whole and clocks are words; below 80 there is no clock or state.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct, field

from fenji.model.ticket import PLAN_PREFIX
from tui.drawing import cells
from tui.ticket.ticket_head import short_key

if TYPE_CHECKING:
    from fenji.model.board import Row
    from tui.board.board_groups import Arrangement
    from tui.drawing.theme import StyledLine, Theme
    from tui.formatting import Formatter

METER_CELLS = 4
_PRIORITY, _LEFT = 3, 7  # cells
GUTTER_WIDTH = 2  # the bar or mark, and the sign
MIN_TITLE_WIDTH, MIN_TITLE_SHARE = 20, 0.38  # the share applies from `ROOMY_WIDTH` on
METER_WIDTH, STATE_WIDTH, ROOMY_WIDTH = 64, 80, 120  # list widths in cells at which columns are added
_FULL_TITLE_WIDTH = 60  # cells; any room beyond goes to the columns that grow

_STATES = ("new", "answered", "working", "waiting", "solved", "confirmed", "archived", "withdrawn")
_KINDS = ("quality", "request", "project")


def _name_system(row: Row) -> str:
    """Return a ticket's system and subsystem, joined by a full-width slash if either name is Chinese."""
    names = [name for key in ("product.system", "product.subsystem") if (name := row.ticket.word(key))]
    return ("／" if any(cells.width(name) > len(name) for name in names) else " / ").join(names)


class BoardColumn(Struct, frozen=True):
    """A column: its header, and the text it shows for a row unless it is drawn in a special way.

    `from_width` is the list width from which on the column is shown; 0 means always, and users cannot choose it. The
    column with the greatest `drop_order` is dropped first, one with 0 never. A column is wide enough for `min_width`,
    its header and each of `sample_words`, and grows up to `grows_to` where there is room.
    """

    key: str
    header: str
    min_width: int
    drop_order: int = 0
    align_right: bool = False
    from_width: int = 0
    grows_to: int = 0
    sample_words: tuple[str, ...] = ()
    text_of: Callable[[Row, Formatter], str] = field(default=lambda *_: "")


COLUMNS: tuple[BoardColumn, ...] = (
    BoardColumn("priority", "P", _PRIORITY),
    BoardColumn("left", "Left", _LEFT, align_right=True),
    BoardColumn("meter", "used", METER_CELLS, 3, from_width=METER_WIDTH),
    BoardColumn("clock", "Clock", 2, 4, from_width=STATE_WIDTH, sample_words=("ans", "sol")),
    BoardColumn("number", "Number", 8, 1),
    BoardColumn("title", "Title", 0, text_of=lambda row, _: row.ticket.title),
    BoardColumn(
        "system",
        "System",
        14,
        7,
        from_width=ROOMY_WIDTH,
        grows_to=28,
        text_of=lambda row, _: _name_system(row),
    ),
    BoardColumn(
        "kind",
        "Kind",
        4,
        8,
        from_width=ROOMY_WIDTH,
        sample_words=_KINDS,
        text_of=lambda row, formatter: formatter.word(row.ticket.kind),
    ),
    BoardColumn(
        "units", "Units", 20, 9, from_width=ROOMY_WIDTH, text_of=lambda row, formatter: formatter.join(row.ticket.units)
    ),
    BoardColumn(
        "requester",
        "Requester",
        14,
        10,
        from_width=ROOMY_WIDTH,
        text_of=lambda row, _: row.ticket.word("requester.name"),
    ),
    BoardColumn(
        "state",
        "State",
        5,
        5,
        from_width=STATE_WIDTH,
        sample_words=_STATES,
        text_of=lambda row, formatter: formatter.state(row.ticket.state),
    ),
    BoardColumn("owner", "Owner", 9, 6, from_width=METER_WIDTH, grows_to=16, text_of=lambda row, _: row.ticket.owner),
)
# The columns that users may choose; the others are always shown where there is room.
CHOOSABLE = tuple(column.key for column in COLUMNS if column.from_width)
_NUMBER_WIDTHS = ((ROOMY_WIDTH, 13), (STATE_WIDTH, 8), (0, 4))


class ColumnLayout(Struct, frozen=True):
    """The columns that fit a list `width` cells wide, each with its own width, and the formatter for their texts."""

    width: int
    columns: tuple[tuple[BoardColumn, int], ...]
    formatter: Formatter


@lru_cache(maxsize=64)
def layout_columns(width: int, formatter: Formatter, chosen: frozenset[str] | None = None) -> ColumnLayout:
    """Choose the columns for a list `width` cells wide: those `chosen` by the user, else all that fit."""
    wanted = [column for column in COLUMNS if _is_wanted(column, width, chosen)]
    widths = {column.key: _column_width(column, width, formatter) for column in wanted}
    share = MIN_TITLE_SHARE if width >= ROOMY_WIDTH and chosen is None else 0
    least_title = max(MIN_TITLE_WIDTH, int(width * share))

    def free_cells() -> int:
        return width - GUTTER_WIDTH - 1 - sum(widths[column.key] + 1 for column in wanted if column.key != "title")

    while free_cells() < least_title and any(column.from_width for column in wanted):
        wanted.remove(max(wanted, key=lambda column: column.drop_order))
    widths["title"] = max(free_cells(), 1)
    for column in wanted:
        if column.grows_to and widths["title"] > _FULL_TITLE_WIDTH:
            extra = min(widths["title"] - _FULL_TITLE_WIDTH, max(column.grows_to - widths[column.key], 0))
            widths[column.key] += extra
            widths["title"] -= extra
    return ColumnLayout(width, tuple((column, widths[column.key]) for column in wanted), formatter)


def _is_wanted(column: BoardColumn, width: int, chosen: frozenset[str] | None) -> bool:
    if column.from_width and chosen is not None and width >= METER_WIDTH:
        return column.key in chosen
    return width >= column.from_width


def _column_width(column: BoardColumn, list_width: int, formatter: Formatter) -> int:
    if column.key == "number":
        return next(cells_taken for least, cells_taken in _NUMBER_WIDTHS if list_width >= least)
    if column.key == "clock" and list_width >= ROOMY_WIDTH:
        return 4
    header = "" if column.key == "clock" else formatter.say(column.header)
    samples = [header, *(formatter.word(word) for word in column.sample_words)]
    return max(column.min_width, *(cells.width(text) for text in samples))


def render_header(layout: ColumnLayout, theme: Theme, arrangement: Arrangement | None = None) -> StyledLine:
    """Return the line of column headers; the header of the sort column carries the sort sign."""
    sorted_key = arrangement.sort_key if arrangement else ""
    sign = theme.signs.below if arrangement and arrangement.is_descending else theme.signs.above
    headers = []
    for column, width in layout.columns:
        text = _header_text(column, width, layout.formatter)
        text = f"{cells.truncate(text, width - 1, '')}{sign}" if column.key == sorted_key else text
        fit = cells.fit_right if column.align_right else cells.fit
        headers.append(fit(text, width, ""))
    return [(" " * GUTTER_WIDTH + " ".join(headers), "dim")]


def _header_text(column: BoardColumn, width: int, formatter: Formatter) -> str:
    text = formatter.say(column.header)
    if column.key == "priority":
        return f" {text}"
    if column.key == "clock" and cells.width(text) > width:
        return formatter.say("due")
    return formatter.say("No.") if column.key == "number" and cells.width(text) > width else text


def fit_left(left: str, priority: str) -> str:
    """Return the time left, cut so that a blank separates it from the priority: `13d` of `13d 23h` after `P4?`."""
    return left.partition(" ")[0] if cells.width(priority) >= _PRIORITY and cells.width(left) >= _LEFT else left


def clock_label(name: str, width: int, formatter: Formatter) -> str:
    """Return a clock's label in at most `width` cells: its word or short form, or the key of a plan's item."""
    if name.startswith(PLAN_PREFIX):
        return cells.truncate(short_key(name.removeprefix(PLAN_PREFIX)), width, "")
    word, short = {"response": ("answer", "ans"), "solution": ("solve", "sol")}.get(name, ("", ""))
    text = formatter.word(word)
    return text if cells.width(text) <= width else formatter.word(short)


def is_of_site(ticket_id: str, site: str) -> bool:
    """Whether a ticket's number was given at a site, however the site's code is written."""
    return ticket_id.partition("-")[0].casefold() == site.casefold()


def number_parts(ticket_id: str, width: int, *, site: str, year: int) -> tuple[str, str]:
    """Return a ticket's number in at most `width` cells as (prefix, end); the prefix has its site or year, if any.

    The end is never cut: a number that does not fit loses the century of its year, its year, then its site.
    """
    own_site, own_year, end = ticket_id.split("-", 2)
    short_year = "" if own_year == str(year) else f"{own_year[2:]}-"
    candidates = [f"{own_site}-{own_year}-"] if width >= 13 else []
    candidates += [short_year] if is_of_site(ticket_id, site) else [f"{own_site}-{short_year}", f"{own_site}-"]
    prefix = next((text for text in candidates if cells.width(text + end) <= width), "")
    return prefix, end
