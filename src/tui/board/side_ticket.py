"""The selected ticket beside a wide list: clocks, needs, timeline, texts, product, people's load. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fenji.model.load import LATE, NOBODY, measure_loads
from fenji.model.ticket import TEXT_KEYS
from tui.board.preview import render_preview_head
from tui.drawing import cells
from tui.drawing.meter import section_line, split_meter
from tui.drawing.spans import cut_line
from tui.ticket.clock_lines import render_preview_clocks
from tui.ticket.page_lines import PageLine, SectionHead, TicketPage, wrap_on_page
from tui.ticket.ticket_fields import render_groups
from tui.ticket.ticket_head import priority_role
from tui.ticket.ticket_lists import render_likes, render_plan, render_resources
from tui.ticket.ticket_needs import read_needs, render_needs
from tui.ticket.ticket_page import render_alerts
from tui.ticket.timeline import render_timeline

if TYPE_CHECKING:
    from fenji.model.board import Row
    from tui.board.preview import Preview
    from tui.drawing.theme import StyledLine

_MAX_EVENTS = 9
_LOAD_METER, _NAME_CELLS, _MAX_PEOPLE = 16, 10, 6


def render_side_ticket(preview: Preview, rows: Iterable[Row], width: int, height: int) -> list[StyledLine]:
    """Return the ticket in at most `height` lines; `rows` are all open tickets, from which people's load is counted."""
    page = TicketPage(
        preview.context,
        width,
        preview.row,
        likes=tuple(preview.similar),
        max_events=_MAX_EVENTS,
        is_wide=True,
        has_keys=False,
    )
    sections = [
        [*_render_title(preview, width), *_lines_of(render_alerts(page))],
        render_preview_clocks(preview.context, preview.row, width),
        _lines_of(render_needs(page, read_needs(preview.context, preview.row))),
        _lines_of(render_timeline(page, preview.row.reading.at)),
        *(_render_text(page, key) for key in TEXT_KEYS if preview.row.ticket.word(key)),
        _lines_of(render_likes(page)),
        _lines_of(render_plan(page)),
        _lines_of(render_resources(page)),
        _lines_of(_leave_out(render_groups(page), "grading")),
        render_load(preview, rows, width),
    ]
    body: list[StyledLine] = []
    for section in sections:
        if section:
            body += [[], *section] if body else section
    return _cut([render_preview_head(preview, width), *body], height, preview)


def _cut(lines: list[StyledLine], height: int, preview: Preview) -> list[StyledLine]:
    """Return the lines that fit; the last one says how many do not."""
    if len(lines) <= height:
        return lines
    theme = preview.context.theme
    return [*lines[: height - 1], [(f" {theme.signs.below} {len(lines) - height + 1}", "dim")]]


def _lines_of(page_lines: Sequence[PageLine]) -> list[StyledLine]:
    return [line.spans if line.section else [(line.mark, ""), *line.spans] for line in page_lines]


def _leave_out(page_lines: Sequence[PageLine], section: str) -> list[PageLine]:
    """Return the lines without those of one section, which is already summed up below the title."""
    current, kept = "", []
    for line in page_lines:
        current = line.section or current
        if current != section:
            kept.append(line)
    while kept and not kept[-1].spans:
        kept.pop()
    return kept


def _render_title(preview: Preview, width: int) -> list[StyledLine]:
    """Return the title, and below it priority, kind, state, owner and grades."""
    ticket, say, word = preview.row.ticket, preview.context.say, preview.context.formatter.word
    titles = cells.wrap(cells.sanitize_line(ticket.title), max(width - 2, 8))
    parts = [
        word(ticket.kind),
        preview.context.formatter.state(ticket.state),
        say("owner {owner}", owner=ticket.owner) if ticket.owner else say("no owner"),
        *(word(ticket.word(path)) for path in ("impact", "occurrence")),
    ]
    dot, priority = f" {preview.context.theme.signs.dot} ", ticket.priority_text
    role = priority_role(priority, preview.row.policy, filled=False)
    facts = dot.join(cells.sanitize_line(part) for part in parts if part)
    return [
        *([(f" {row}", "strong")] for row in titles),
        cut_line([(f" {priority}", role), (f"{dot if priority else ' '}{facts}", "dim")], width - 1, preview.theme),
    ]


def _render_text(page: TicketPage, key: str) -> list[StyledLine]:
    head = SectionHead(page.label(key), key=key).render(page)
    text = [PageLine(line) for line in wrap_on_page(page, page.ticket.word(key))]  # type: ignore[arg-type]
    return _lines_of([head, *text])


def render_load(preview: Preview, rows: Iterable[Row], width: int) -> list[StyledLine]:
    """Return how many open tickets each person has in hand, the busiest first, and how many of them are late."""
    measured = measure_loads(rows, preview.context.desk.policy, preview.row.reading.at)
    loads = [load for load in measured if load.person != NOBODY and load.total][:_MAX_PEOPLE]
    if not loads:
        return []
    theme, most = preview.theme, loads[0].total
    title = f" {preview.context.say('in hand, late')}"
    lines = [section_line(title, width, theme)]
    for load in loads:
        filled, track = split_meter(load.total / (most + 1), _LOAD_METER, theme.signs)
        name = cells.fit(cells.sanitize_line(load.person), _NAME_CELLS, theme.signs.ellipsis)
        is_own, late = load.person == preview.row.ticket.owner, load.count(LATE)
        line: StyledLine = [(f" {name} ", "strong" if is_own else ""), (filled, "accent"), (track, "faint")]
        lines.append([*line, (f"{load.total:4}", ""), *([(f"  {late}", "late")] if late else [])])
    return lines
