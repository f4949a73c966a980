"""The board's preview of the selected ticket. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.model.board import CONFLICT_ALERT
from tui import cells
from tui.alerts import describe_mark, summarize_held
from tui.refusals import field_label

if TYPE_CHECKING:
    from fenji.model.board import Row
    from tui.context import Context
    from tui.theme import StyledLine


def render_preview(
    row: Row, context: Context, size: tuple[int, int], *, similar_ids: Sequence[str] = (), delivery: str = ""
) -> list[StyledLine]:
    """Return alerts and a summary of the ticket, then its last note, description and solution as far as they fit.

    `similar_ids` are the numbers of similar tickets; `delivery` says how far the ticket got on its way to the hub.
    """
    width, height = size
    lines: list[StyledLine] = [
        [(f" {part}", "strong")] for alert in _describe_alerts(row, context) for part in cells.wrap(alert, width - 2)
    ]
    lines += [
        [(f" {cells.truncate(summary_row, width - 2, context.theme.signs.ellipsis)}", "strong")]
        for summary_row in _summary_rows(row, context, width, delivery)
    ]
    for label, text, role in _preview_texts(row, context):
        lines += _label_lines(label, text, role, width - 2)
    # What is seen before arrives later than the rest, so it goes on the last line: nothing that is being read moves.
    seen_before = context.say("seen before: {ids}", ids=", ".join(similar_ids)) if similar_ids and height > 1 else ""
    lines = _cut(lines, height - bool(seen_before), width - 2, context.theme.signs.ellipsis)
    return [*lines, *[[]] * (height - 1 - len(lines)), [(f" {seen_before}", "strong")]] if seen_before else lines


def _label_lines(label: str, text: str, role: str, width: int) -> Iterator[StyledLine]:
    """Yield a text in rows, its label in front of the first."""
    rows = [row for paragraph in cells.sanitize_lines(f"{label} {text}") for row in cells.wrap(paragraph, width)]
    labelled = rows[0].startswith(label)  # a pane may be narrower than the label
    yield [(f" {label}", "dim"), (rows[0].removeprefix(label), role)] if labelled else [(f" {rows[0]}", role)]
    yield from ([(f" {row}", role)] for row in rows[1:])


def _cut(lines: list[StyledLine], height: int, width: int, ellipsis: str) -> list[StyledLine]:
    """Return as many lines as fit; the last ends in the sign of more where some were left out."""
    if len(lines) <= height or not height:
        return lines[:height]
    *spans, (text, role) = lines[height - 1]
    available = width + 1 - sum(cells.width(span) for span, _ in spans) - cells.width(ellipsis) - 1
    return [*lines[: height - 1], [*spans, (f"{cells.truncate(text, available, '')} ", role), (ellipsis, "dim")]]


def _summary_rows(row: Row, context: Context, width: int, delivery: str) -> list[str]:
    ticket, say = row.ticket, context.say
    report = next((event for event in ticket.log if event.do == "report"), None)
    parts = [ticket.id]
    if report:
        requester = ticket.word("requester.name") or context.desk.policy.display_name(report.by)
        parts.append(
            say(
                "reported {time} by {person}",
                time=context.formatter.format_moment(report.at, row.reading.at),
                person=requester,
            )
        )
    parts.append(say("owner {owner}", owner=ticket.owner) if ticket.owner else say("no owner"))
    promise = row.promise
    if promise and promise.due:
        parts.append(
            say(
                "{clock} due {time}",
                clock=context.formatter.word(row.next_clock),
                time=context.formatter.format_moment(promise.due, row.reading.at),
            )
        )
    if row.hand_edited:
        parts.append(say("edited by hand"))
    if delivery:
        parts.append(delivery)
    return _join_rows([cells.sanitize_line(part) for part in parts], f" {context.theme.signs.dot} ", width - 2)


def _describe_alerts(row: Row, context: Context) -> list[str]:
    """Describe what needs attention besides the clocks: superseded texts, acts held back, steps lacking a signature."""
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
    alerts = []
    for fields, template in (
        (own_fields, "your text on {fields} was superseded: {key} shows both"),
        (other_fields, "two wrote {fields}: {key} shows both"),
        (typed_fields, "{fields} was typed in the file and put back: {key} shows it"),
    ):
        if fields:
            alerts.append(f"{CONFLICT_ALERT[0]} {say(template, fields=', '.join(dict.fromkeys(fields)), key=key)}")
    marked = [describe_mark(mark, context.formatter) for mark in row.marks]
    held = [summarize_held(row.held, context)] if row.held else []
    return [*marked, *held, *alerts]


def _join_rows(parts: Sequence[str], separator: str, max_width: int) -> list[str]:
    """Join the parts, in as many rows as they need."""
    rows = [parts[0]]
    for part in parts[1:]:
        extended = rows[-1] + separator + part
        if cells.width(extended) <= max_width:
            rows[-1] = extended
        else:
            rows.append(part)
    return rows


def _preview_texts(row: Row, context: Context) -> list[tuple[str, str, str]]:
    """Return the last note, description and solution: label, text, role of the text."""
    ticket = row.ticket
    last_note = next((event for event in reversed(ticket.log) if event.note and event.do != "report"), None)
    texts = []
    if last_note:
        when = context.formatter.format_moment(last_note.at, row.reading.at)
        texts.append((f"{when} {last_note.by}:", cells.sanitize_line(last_note.note), "dim"))
    labels = ((f"{field_label(key, context.formatter)}:", ticket.word(key)) for key in ("description", "solution"))
    return texts + [(label, text, "") for label, text in labels if text]
