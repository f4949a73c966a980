"""The board's preview of the selected ticket: a head, both clocks, its text, what was seen before, latest events. Pure.

It fills the room that the list leaves: with a few lines in short form, or with sections.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.board import CONFLICT_ALERT
from tui.alerts import describe_mark, summarize_held
from tui.drawing import cells
from tui.drawing.meter import section_line
from tui.drawing.spans import cut_line, pad_line
from tui.refusals import field_label
from tui.ticket.clock_lines import render_clocks_in_one_line, render_preview_clocks
from tui.ticket.event_text import act_kind, act_label, act_role, describe_event
from tui.ticket.similar_tickets import ALIKE_PERCENT

if TYPE_CHECKING:
    from fenji.desk.search_results import SimilarTicket
    from fenji.model.board import Row
    from fenji.model.ticket import Event
    from tui.context import Context
    from tui.drawing.theme import StyledLine, Theme

MIN_SECTIONS_HEIGHT = 7  # lines below the head that sections need
TWO_COLUMNS_WIDTH = 100  # minimum width in cells for similar tickets beside the text
_NAME_CELLS, _ACT_CELLS = 9, 9
_MAX_EVENTS = 3  # events that a long text leaves room for, and rows kept for similar tickets
_TEXT_SHARE = 63  # per cent of the width, where there are two columns


class Preview(Struct, frozen=True):
    """The data of a preview: the ticket's row, its place in the list, similar tickets, and its delivery to the hub."""

    row: Row
    context: Context
    position: tuple[int, int] = (0, 0)
    similar: Sequence[SimilarTicket] = ()
    delivery: str = ""

    @property
    def theme(self) -> Theme:
        return self.context.theme


def render_preview(preview: Preview, width: int, height: int) -> list[StyledLine]:
    """Return the head of the preview and as many lines below it as there is room for."""
    body_height = height - 1
    lines = _render_alerts(preview, width)[: max(body_height - 1, 0)]
    body_height -= len(lines)
    if body_height < MIN_SECTIONS_HEIGHT:
        lines += _render_short(preview, width, body_height)
    else:
        lines += _render_sections(preview, width, body_height)
    return [render_preview_head(preview, width), *lines][:height]


def render_preview_head(preview: Preview, width: int) -> StyledLine:
    """Return the head line: number, who reported it and when, and at the right end its place in the list."""
    row, context = preview.row, preview.context
    dot = f" {context.theme.signs.dot} "
    place = f" {preview.position[0]}/{preview.position[1]} " if preview.position[0] else " "
    who, *parts = _describe_report(row, context)
    parts += [context.say("edited by hand")] if row.hand_edited else []
    parts += [preview.delivery] if preview.delivery else []
    rest = "".join(f"{dot}{part}" for part in parts)
    room = width - sum(map(cells.width, (row.id, place, rest))) - 3
    text = f"{cells.truncate(who, max(room, 0), context.theme.signs.ellipsis)}{rest}"
    text = cells.fit(text, max(width - cells.width(row.id) - cells.width(place) - 3, 0), "")
    return [(f" {row.id}", "head strong"), (f"  {text}{place}", "head"), ("\n", "head")]


def _describe_report(row: Row, context: Context) -> list[str]:
    """Return the requester's unit and name, and when the ticket was reported."""
    ticket, say = row.ticket, context.say
    report = next((event for event in ticket.log if event.do == "report"), None)
    unit, name = ticket.word("requester.unit"), ticket.word("requester.name")
    name = name or (context.desk.policy.display_name(report.by) if report else "")
    who = cells.sanitize_line(say("{unit}, {name}", unit=unit, name=name) if unit and unit != name else name)
    time = context.formatter.format_moment(report.at, row.reading.at) if report else ""
    return [who, say("reported {time}", time=time)] if time else [who]


# --- in short -----------------------------------------------------------------------------------------------------


def _render_short(preview: Preview, width: int, height: int) -> list[StyledLine]:
    """Return both clocks in one line, the text, and the most similar ticket in the last line."""
    # Similar tickets arrive later than the rest, so they go on the last line: nothing that is being read moves.
    seen = _seen_lines(preview, width, 1, with_label=True) if height > 1 else []
    clocks = [render_clocks_in_one_line(preview.context, preview.row, width)]
    text_height = height - len(clocks) - len(seen)
    text = _render_text(preview, width, text_height) if text_height > 0 else []
    return [*clocks, *text, *[[]] * (text_height - len(text)), *seen][:height]


# --- in sections --------------------------------------------------------------------------------------------------


def _render_sections(preview: Preview, width: int, height: int) -> list[StyledLine]:
    """Return the clocks, the text, similar tickets (beside the text where there is room), and the latest events.

    A short text leaves its rows to the events.
    """
    lines = render_preview_clocks(preview.context, preview.row, width)
    log = preview.row.ticket.log
    events = list(reversed(log)) if len(log) > 1 else []  # the head shows the report
    beside = width >= TWO_COLUMNS_WIDTH and bool(preview.similar)
    seen = [] if beside else _seen_section(preview, width)
    free = height - len(lines) - len(seen)
    text_width = width * _TEXT_SHARE // 100 if beside else width
    # Similar tickets arrive later than the rest: their rows beside the text are kept free.
    wanted = max(len(_wrap_text(preview, text_width)), _MAX_EVENTS if width >= TWO_COLUMNS_WIDTH else 1)
    text_rows = min(wanted, max(free - 2 - min(len(events), _MAX_EVENTS), 1))
    event_rows = min(len(events), max(free - text_rows - 2, 0))
    lines += _render_text_section(preview, width, text_rows + 1, beside=beside)
    lines += seen
    if event_rows:
        lines.append(section_line(f" {preview.context.say('Latest events')}", width, preview.theme))
        lines += [render_event(preview, event, width) for event in events[:event_rows]]
    return lines


def _seen_section(preview: Preview, width: int) -> list[StyledLine]:
    if not preview.similar:
        return []
    head = section_line(f" {preview.context.say('seen before')}", width, preview.theme, count=len(preview.similar))
    return [head, *_seen_lines(preview, width, len(preview.similar))]


def _render_text_section(preview: Preview, width: int, height: int, *, beside: bool) -> list[StyledLine]:
    """Return the text under its label, at most `height` lines; with `beside`, similar tickets to its right."""
    label, _ = _main_text(preview)
    if not beside:
        head = section_line(f" {label}", width, preview.theme)
        text = _render_text(preview, width, height - 1)
        return [head, *text, *[[]] * (height - 1 - len(text))]
    left_width = width * _TEXT_SHARE // 100
    right_width = width - left_width - 2
    theme = preview.theme
    left = [section_line(f" {label}", left_width, theme), *_render_text(preview, left_width, height - 1)]
    seen_head = section_line(f" {preview.context.say('seen before')}", right_width, theme, count=len(preview.similar))
    right = [seen_head, *_seen_lines(preview, right_width, height - 1)]
    return [
        [*pad_line(left[n] if n < len(left) else [], left_width + 2), *(right[n] if n < len(right) else [])]
        for n in range(height)
    ]


def _main_text(preview: Preview) -> tuple[str, str]:
    """Return the label and text of the description, else of the solution, the cause or the last note."""
    ticket, formatter = preview.row.ticket, preview.context.formatter
    for key in ("description", "solution", "cause"):
        if text := ticket.word(key):
            return field_label(key, formatter), text
    note = next((event for event in reversed(ticket.log) if event.note), None)
    return (act_label("note", formatter), note.note) if note else (field_label("description", formatter), "")


def _render_text(preview: Preview, width: int, height: int) -> list[StyledLine]:
    """Return as many rows of the text as fit; `▾ 3` at the right end says how many are left out."""
    rows = _wrap_text(preview, width)
    if len(rows) <= height:
        return [[(f" {row}", "")] for row in rows]
    rest = f"{preview.theme.signs.below} {len(rows) - height} "
    last = cells.fit(rows[height - 1], max(width - 2 - cells.width(rest), 1), preview.theme.signs.ellipsis)
    return [*([(f" {row}", "")] for row in rows[: height - 1]), [(f" {last} ", ""), (rest, "dim")]] if height else []


def _wrap_text(preview: Preview, width: int) -> list[str]:
    _, text = _main_text(preview)
    return [row for paragraph in cells.sanitize_lines(text) for row in cells.wrap(paragraph, max(width - 2, 8)) if row]


def _seen_lines(preview: Preview, width: int, count: int, *, with_label: bool = False) -> list[StyledLine]:
    """Return the most similar tickets, a line each: number, similarity in per cent, and solution."""
    lines = []
    id_width = max((cells.width(ticket.id) for ticket in preview.similar[:count]), default=0)
    for ticket in preview.similar[:count]:
        solution = ticket.page.texts.get("solution") or ticket.title
        percent_role = "good" if ticket.percent >= ALIKE_PERCENT else "dim"
        label = f" {preview.context.say('seen before')}" if with_label else ""
        number = ticket.id if with_label else cells.fit(ticket.id, id_width)
        spans: StyledLine = [(label, "info"), (f" {number}", "info"), (f" {ticket.percent:2} % ", percent_role)]
        spans.append((cells.sanitize_line(solution), ""))
        lines.append(cut_line([span for span in spans if span[0]], width - 1, preview.theme))
    return lines


def render_event(preview: Preview, event: Event, width: int) -> StyledLine:
    """Return an event in one line: when, who, what kind of act, and its note."""
    formatter, theme = preview.context.formatter, preview.theme
    when, kind = event.at.astimezone(formatter.zone), act_kind(event)
    spans: StyledLine = [
        (f" {when:%m-%d %H:%M}  ", "dim"),
        (f"{cells.fit(cells.sanitize_line(event.by), _NAME_CELLS, theme.signs.ellipsis)}  ", ""),
        (f"{cells.fit(act_label(kind, formatter), _ACT_CELLS, theme.signs.ellipsis)} ", act_role(kind, event)),
        (describe_event(event, formatter), ""),
    ]
    return cut_line(spans, width - 1, theme)


# --- alerts -------------------------------------------------------------------------------------------------------


def _render_alerts(preview: Preview, width: int) -> list[StyledLine]:
    return [
        [(f" {part}", "risk")]
        for alert in _describe_alerts(preview.row, preview.context)
        for part in cells.wrap(alert, width - 2)
    ]


def _describe_alerts(row: Row, context: Context) -> list[str]:
    """Describe what needs attention besides the clocks: superseded texts, acts held back, steps lacking a signature."""
    marked = [describe_mark(mark, context.formatter) for mark in row.marks]
    held = [summarize_held(row.held, context)] if row.held else []
    return [*marked, *held, *_describe_conflicts(row, context)]


def _describe_conflicts(row: Row, context: Context) -> Iterator[str]:
    say, key = context.say, context.keymap.key_label("both")
    own_fields, typed_fields = (
        [field_label(value.field, context.formatter) for value in values if value.typed is typed]
        for values, typed in ((row.own_superseded, False), (row.superseded, True))
    )
    other_fields = [
        name
        for value in row.superseded
        if (name := field_label(value.field, context.formatter)) not in own_fields and not value.typed
    ]
    for fields, template in (
        (own_fields, "your text on {fields} was superseded: {key} shows both"),
        (other_fields, "two texts in {fields}: {key} shows both"),
        (typed_fields, "{fields} was typed in the file and put back: {key} shows it"),
    ):
        if fields:
            yield f"{CONFLICT_ALERT[0]} {say(template, fields=tuple(dict.fromkeys(fields)), key=key)}"
