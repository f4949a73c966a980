"""The lines of the search screen: two for each hit, and the texts of the selected hit; and its question. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui import commands
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.head_line import render_head_line
from tui.drawing.meter import pill, section_line
from tui.drawing.spans import cut_line
from tui.refusals import field_label
from tui.ticket.similar_tickets import ALIKE_PERCENT
from tui.ticket.ticket_head import priority_role, split_number
from tui.writing.prompt import Question

if TYPE_CHECKING:
    from fenji.desk.search_results import MatchSpan, SearchHit, SimilarTicket
    from fenji.model.board import Row
    from tui.commands import Command
    from tui.context import Context
    from tui.drawing.theme import StyledLine
    from tui.writing.dialogs import Dialog

LINES_PER_HIT = 2
NARROW_WIDTH = 64  # cells; narrower lines show neither position nor priority
_TEXTS = ("cause", "solution", "decision", "lessons", "description")
_NUMBER_CELLS = 13
MIN_HEIGHT_WITH_ALIKE = 9  # lines of the area below the hits
_FILTER = re.compile(r"(?<!\S)[a-z]+:(?:\"[^\"]*\"|\S)+")


def render_hit(context: Context, hit: SearchHit, index: int, width: int, *, selected: bool) -> list[StyledLine]:
    """Return a line with number, priority, title and state, and one with the matching passage; the bar covers both."""
    formatter, ellipsis = context.formatter, context.theme.signs.ellipsis
    head: StyledLine = []
    if width >= NARROW_WIDTH:
        head.append((f"{index + 1:2} ", "dim"))
    head.append((f"{cells.fit(cells.sanitize_line(hit.id), _NUMBER_CELLS, ellipsis)} ", "info"))
    if width >= NARROW_WIDTH:
        priority = hit.page.priority
        head.append((f"{cells.fit(priority, 2)} ", priority_role(priority, context.desk.policy, filled=False)))
    indent = sum(cells.width(text) for text, _ in head)
    state = formatter.state(hit.page.state)
    room = max(width - 1 - indent - cells.width(state) - 2, 4)
    title = highlight(hit.title, hit.title_spans, room, ellipsis, role="strong")
    filler = " " * max(room - sum(cells.width(text) for text, _ in title), 0)
    first: StyledLine = [*head, *title, (f"{filler} {state}", "dim")]
    margin = indent if width >= NARROW_WIDTH else 2
    has_label = hit.place not in ("", "title")
    label = formatter.say("{label}: {text}", label=formatter.word(hit.place), text="") if has_label else ""
    passage = highlight(hit.excerpt, hit.spans, width - 2 - margin - cells.width(label), ellipsis)
    second: StyledLine = [(" " * margin, ""), (label, "dim"), *passage]
    strips = ((first, len(head)), (second, 1))
    if selected:
        return [render_bar(line, context.theme, words=slice(strip, None)) for line, strip in strips]
    return [[(" ", ""), *line] for line, _ in strips]


def render_solution(context: Context, hit: SearchHit, size: tuple[int, int], *, position: str) -> list[StyledLine]:
    """Return a filled line that names the hit, then as much of its texts as fits, cause and solution first."""
    width, height = size
    site, tail = split_number(cells.sanitize_line(hit.id))
    left: StyledLine = [(f" {site}", "dim"), (tail, "strong"), (f"  {cells.sanitize_line(hit.title)}", "")]
    lines: list[StyledLine] = [render_head_line(left, [(f" {position} ", "dim")], width, context.theme), []]
    texts = [(field_label(key, context.formatter), hit.page.texts[key]) for key in _TEXTS if hit.page.texts.get(key)]
    label_width = min(max((cells.width(label) for label, _ in texts), default=0), 12)
    for label, text in texts:
        room = max(width - label_width - 4, 8)
        rows = [row for paragraph in cells.sanitize_lines(text) for row in cells.wrap(paragraph, room)]
        for n, row in enumerate(rows):
            shown = cells.fit(label if not n else "", label_width, context.theme.signs.ellipsis)
            lines.append([(f" {shown}  ", "dim"), (row, "")])
    if len(lines) > height:
        *spans, (text, role) = lines[height - 1]
        room = width - 3 - sum(cells.width(span) for span, _ in spans)
        cut = f"{cells.truncate(text, max(room - 2, 0), '')} {context.theme.signs.ellipsis}"
        lines[height - 1] = [*spans, (cut, role)]
    return lines[:height]


def render_alike(context: Context, tickets: Sequence[SimilarTicket], width: int) -> list[StyledLine]:
    """Return a heading and a line with number and similarity of each ticket like a hit; `[]` if there are none."""
    if not tickets:
        return []
    spans: StyledLine = []
    for ticket in tickets:
        likely = "good" if ticket.percent >= ALIKE_PERCENT else "dim"
        spans += [(f" {ticket.id}", "info"), (f" {ticket.percent} %  ", likely)]
    return [section_line(f" {context.say('alike')}", width, context.theme), cut_line(spans, width - 1, context.theme)]


def describe_count(context: Context, total: int, corrections: Mapping[str, str], max_width: int) -> str:
    """Return the number of hits and how words were corrected."""
    count_text = context.say("{count} found", count=total)
    if not corrections:
        return count_text
    arrow = context.theme.signs.arrow
    read = context.formatter.join(f"{typed} {arrow} {meant}" for typed, meant in corrections.items())
    text = f"{count_text}  {context.say('read as')} {cells.sanitize_line(read)}"
    return cells.truncate(text, max_width, context.theme.signs.ellipsis)


def copy_dialog(context: Context, hit: SearchHit, origin: Row) -> Dialog:
    """Ask whether the solution of a hit goes into a ticket."""
    template = "Copy {source}'s solution into {id}? Y copies, Esc goes back."
    yield Question(
        context.say(template, source=hit.id, id=origin.id),
        hint=cells.sanitize_line(origin.ticket.title),
        confirm_key="Y",
    )
    command: Command = commands.copy_solution(hit.id, origin)
    return command


def is_too_short(query: str) -> bool:
    """Return whether a query is a single letter, which matches too much, or nothing."""
    return len(query) < 2 and query.isascii() and not query.isdecimal()


def head_pills(context: Context, query: str, width: int) -> StyledLine:
    """Return the last filter of a query as a pill, where there is room."""
    filters = list_filters(query) if width >= NARROW_WIDTH else []
    return [pill(f"{word} {context.theme.signs.off}", "lit") for word in filters[-1:]]


def copy_fields(hit: SearchHit) -> dict[str, str]:
    """Return the values that a new ticket like this hit starts with, by field."""
    filter_keys = {"kind": "kind", **{f"product.{key}": key for key in ("system", "subsystem", "part")}}
    return {path: next(iter(hit.page.values.get(key, ())), "") for path, key in filter_keys.items()}


def list_filters(query: str) -> list[str]:
    """Return the filters in a query, such as `site:KSA`."""
    return _FILTER.findall(query)


def remove_filter(query: str, word: str) -> str:
    """Return the query without the last occurrence of a filter."""
    last = [match.span() for match in _FILTER.finditer(query) if match[0] == word][-1:]
    for start, end in last:
        query = f"{query[:start]} {query[end:]}"
    return " ".join(query.split())


def highlight(text: str, spans: Sequence[MatchSpan], max_width: int, ellipsis: str, *, role: str = "") -> StyledLine:
    """Return a text in at most `max_width` cells with its `spans` (in characters) highlighted and the first in view."""
    position = _first_shown(text, spans, max_width)
    line: StyledLine = [(f"{ellipsis} ", "dim")] if position else []
    for start, end in (*spans, (len(text), len(text))):
        line += [(cells.sanitize_line(text[position:start]), role), (cells.sanitize_line(text[start:end]), "hit")]
        position = end
    return truncate_line([span for span in line if span[0]], max_width, ellipsis)


def _first_shown(text: str, spans: Sequence[MatchSpan], max_width: int) -> int:
    """Return the index of the first character to show, so that the first hit is within `max_width` cells."""
    first = next((start for start, end in spans if cells.width(text[:end]) + 2 > max_width), None)
    if first is None or first != spans[0][0]:
        return 0
    position, room = first, max_width // 4
    for grapheme, cells_taken in reversed(cells.graphemes(text[:first])):
        room -= cells_taken
        if room < 0:
            break
        position -= len(grapheme)
    return position


def truncate_line(line: StyledLine, max_width: int, ellipsis: str) -> StyledLine:
    """Cut a line to `max_width` cells."""
    fitting: StyledLine = []
    for text, role in line:
        size = cells.width(text)
        if size > max_width:
            return [*fitting, (cells.truncate(text, max_width, ellipsis), role)]
        fitting.append((text, role))
        max_width -= size
    return fitting
