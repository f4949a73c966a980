"""The lines of a ticket's page, and what every part of the page needs to make them. Pure.

Each line knows what it shows, so that a key can edit that field or item, open that ticket, or unfold what is folded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tui.drawing import cells
from tui.drawing.meter import section_line
from tui.refusals import field_label

if TYPE_CHECKING:
    from fenji.desk.history import HistoryEntry
    from fenji.desk.search_results import SimilarTicket
    from fenji.errors import Sentence
    from fenji.model.annotations import HeldAct, Mark
    from fenji.model.board import Row
    from fenji.model.ticket import FieldPath, Ticket
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.ticket.diff import ConflictDisplay

TIMELINE, FIELDS = "timeline", "fields"  # what can be unfolded, besides single events
MARGIN = 2  # cells kept free beside a text: one at its left for the bar, one at its right


class PageLine(Struct, frozen=True):
    """A line of a page: the field it shows, the list item (`item`), or the ticket it links to (`linked_id`).

    `conflict_field` is the field whose competing values it shows, `clock` the clock whose story it tells, `unfolds`
    what Enter unfolds, `event` the digest of its event, `section` the section that begins here. `mark` is drawn in the
    first cell while the bar is not there, and the spans follow it; a section's spans include the first cell.
    """

    spans: StyledLine
    field_path: FieldPath | None = None
    item: str = ""
    linked_id: str = ""
    conflict_field: str = ""
    clock: str = ""
    unfolds: str = ""
    event: str = ""
    section: str = ""
    mark: str = " "
    is_passive: bool = False  # only read, never selected
    strip: int = 0  # leading spans that keep their colours under the bar, also where it is drawn in reverse

    @property
    def is_passed_over(self) -> bool:
        """Whether the bar skips this line: a blank or passive line, or the head of a section."""
        return self.is_passive or not self.spans or bool(self.section)


BLANK_LINE = PageLine([])


class Page(Struct, frozen=True):
    """The data that all pages share: the context (language, signs, desk) and the width in cells."""

    context: Context
    width: int

    @property
    def text_width(self) -> int:
        """The number of cells that a text may fill."""
        return max(self.width - MARGIN, 8)

    def say(self, text: str | Sentence, /, **values: object) -> str:
        return self.context.formatter.say(text, **values)

    def label(self, field_path: str) -> str:
        """Return the label of a field."""
        return field_label(field_path, self.context.formatter)

    def cut(self, text: str, width: int) -> str:
        """Return a text cut to `width` cells, ending in an ellipsis if something is left out."""
        return cells.truncate(text, max(width, 0), self.context.theme.signs.ellipsis)

    def mark(self, field_path: str | None) -> str:  # noqa: ARG002 - a page of a ticket knows what changed
        """Return the sign in front of a field that somebody else changed meanwhile."""
        return " "


class TicketPage(Page, frozen=True):
    """The data of a ticket's page; `changed_paths` are the fields that somebody else changed meanwhile.

    `conflicts` are superseded values by field; `edited_path` is the field being edited. `unfolded` names the unfolded
    parts, `commits` has what git knows of each event, by its digest, `likes` are the similar tickets, and `delivery`
    says how far the ticket got on its way to the hub.
    """

    row: Row
    changed_paths: frozenset[str] = frozenset()
    conflicts: Mapping[str, ConflictDisplay] = field(default_factory=dict)
    edited_path: FieldPath | None = None
    unfolded: frozenset[str] = frozenset()
    commits: Mapping[str, HistoryEntry] = field(default_factory=dict)
    likes: tuple[SimilarTicket, ...] = ()
    max_events: int = 7  # shown while the timeline is folded
    is_wide: bool = False  # the fields have a column beside the texts
    delivery: str = ""
    has_keys: bool = True  # whether the page's keys work: beside the board only the board's do

    @property
    def ticket(self) -> Ticket:
        return self.row.ticket

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks on steps that a hub would not have accepted."""
        return self.row.marks

    @property
    def held_acts(self) -> tuple[HeldAct, ...]:
        """The acts that the hub refuses."""
        return self.row.held

    def hint(self, text: str) -> str:
        """Return a key hint for the right end of a section's line; empty where the page's keys do not work."""
        return text if self.has_keys else ""

    def mark(self, field_path: str | None) -> str:
        return "*" if field_path and field_path in self.changed_paths else " "


class SectionHead(Struct, frozen=True):
    """The line that heads a section: its name and count, and a text at its right end."""

    name: str
    key: str
    count: int = 0
    right: str = ""
    field_path: FieldPath | None = None
    item: str = ""

    def render(self, page: Page) -> PageLine:
        """Return the line over the whole width of the page."""
        spans = section_line(
            f"{page.mark(self.field_path or self.key)}{self.name}",
            page.width,
            page.context.theme,
            count=self.count or None,
            right=f"{self.right} " if self.right else "",
        )
        return PageLine(spans, self.field_path, self.item, section=self.key)


def wrap_on_page(page: Page, text: str, role: str = "", *, indent: int = 0) -> list[StyledLine]:
    """Return a text wrapped into rows; each paragraph begins a new row."""
    width = max(page.text_width - indent, 8)
    rows = [row for paragraph in cells.sanitize_lines(text) for row in cells.wrap(paragraph, width)]
    return [[(f"{' ' * indent}{row}", role)] for row in rows]
