"""A ticket's page, put together from its sections: one column, or the fields beside the texts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fenji.model.annotations import list_hints
from fenji.model.board import CONFLICT_ALERT, MAIL_ALERT
from fenji.model.conflicts import current_value
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, TEXT_KEYS, parse_field_path
from tui import alerts
from tui.drawing import cells
from tui.ticket import diff, timeline
from tui.ticket.page_lines import BLANK_LINE, FIELDS, PageLine, SectionHead, TicketPage, wrap_on_page
from tui.ticket.ticket_fields import (
    FEEDBACK_FIELDS,
    render_empty,
    render_fields,
    render_folded,
    render_groups,
    render_unfolded,
)
from tui.ticket.ticket_lists import (
    render_files,
    render_likes,
    render_links,
    render_plan,
    render_resources,
    render_sla_result,
    render_zeroing,
)
from tui.ticket.ticket_needs import render_needs

if TYPE_CHECKING:
    from datetime import datetime

    from fenji.model.sla import Explanation
    from fenji.model.ticket import FieldPath
    from tui.drawing.theme import StyledLine
    from tui.ticket.ticket_needs import TicketNeeds
    from tui.writing.text_edit import TextEdit

_CLOSING_STATES = ("solved", "confirmed", "archived")  # in which the customer's feedback is asked for


def render_main(page: TicketPage, explanation: Explanation, edit: TextEdit | None = None) -> list[PageLine]:
    """Return the main column: alerts, timeline, texts and lists; on a narrow page also fields, links, files, ticks."""
    beside = () if page.is_wide else (_render_rest(page), render_links(page), render_files(page), render_zeroing(page))
    sections = (
        render_alerts(page),
        timeline.render_timeline(page, explanation.at),
        *(_render_text(page, key, edit) for key in TEXT_KEYS),
        render_resources(page),
        render_plan(page),
        render_likes(page),
        *beside,
        _render_feedback(page, edit),
        () if page.is_wide else render_sla_result(page),
        render_other_conflicts(page),
        timeline.render_explanation(page, explanation),
    )
    return _join(sections, blank=page.is_wide)


def render_side(page: TicketPage, needs: TicketNeeds) -> list[PageLine]:
    """Return the side column: needs, short fields, files, links, zeroing, verdicts, and names of empty fields."""
    sections = (
        render_needs(page, needs),
        render_groups(page),
        render_files(page),
        render_links(page),
        render_zeroing(page),
        render_sla_result(page),
        () if FIELDS in page.unfolded else render_empty(page),
    )
    return _join(sections, blank=True)


def _join(sections: Sequence[Sequence[PageLine]], *, blank: bool) -> list[PageLine]:
    """Return the sections one after the other, with blank lines between them only if `blank`."""
    lines: list[PageLine] = []
    for section in sections:
        shown = list(section)
        while shown and shown[0] == BLANK_LINE:
            del shown[0]
        if shown:
            lines += [BLANK_LINE] if lines and blank else []
            lines += shown
    return lines if blank else [line for line in lines if line != BLANK_LINE]


def _render_rest(page: TicketPage) -> list[PageLine]:
    return render_unfolded(page) if FIELDS in page.unfolded else render_folded(page)


def render_alerts(page: TicketPage) -> list[PageLine]:
    """Return the alerts and what to do: marked steps, held acts, mail to a finished ticket, edits by hand."""
    formatter, now = page.context.formatter, page.context.desk.now()
    notice = page.context.desk.policy_notice
    messages = [(page.context.say(notice), "risk")] if notice else []
    messages += [(alerts.describe_mark(mark, formatter), "late") for mark in page.marks]
    messages += [(page.say(hint), "") for hint in list_hints(page.marks)]
    messages += [(alerts.describe_held(act, formatter, now), "late") for act in page.held_acts]
    key = page.context.keymap.key_label
    messages += [(page.say("{key} does it again under your name.", key=key("take_up")), "")] if page.held_acts else []
    if page.row.customer_wrote:
        sign, word = MAIL_ALERT
        text = page.say("{key} reopens it, {note} notes an answer.", key=key("reopen"), note=key("note"))
        text = formatter.join_sentences([formatter.close_sentence(page.say(word)), text])
        messages.append((f"{sign} {text}", "risk"))
    if page.row.hand_edited:
        messages.append((page.say("edited by hand"), "risk"))
    return [PageLine(line, is_passive=True) for text, role in messages for line in wrap_on_page(page, text, role)]


# --- texts ------------------------------------------------------------------------------------------------------------


def _render_text(page: TicketPage, key: FieldPath, edit: TextEdit | None) -> list[PageLine]:
    """Return a long text below its name and last writer; nothing if it is empty and not being edited."""
    if edit is not None and edit.field_path == key:
        conflict = render_conflict(page, key) if key in page.conflicts else []
        return [*edit.render(page, page.label(key)), *(line for line in conflict if line.field_path != key)]
    value = page.ticket.word(key)
    if not value and key not in page.conflicts:
        return []
    if key in page.conflicts:
        return [_head_text(page, key), *render_conflict(page, key)]
    return [_head_text(page, key), *(PageLine(line, key) for line in wrap_on_page(page, value))]


def _head_text(page: TicketPage, key: FieldPath) -> PageLine:
    writer = next((event for event in reversed(page.ticket.log) if event.touches(key)), None)
    right = f"{writer.by} {page.context.formatter.format_stamp(writer.at, _now(page))}" if writer else ""
    return SectionHead(page.label(key), key=key, right=right, field_path=key).render(page)


def _now(page: TicketPage) -> datetime:
    return page.row.reading.at


def _render_feedback(page: TicketPage, edit: TextEdit | None) -> list[PageLine]:
    """Return the customer's feedback, if there is any, or once the ticket is solved, or if fields are unfolded."""
    edited = edit is not None and edit.field_path in FEEDBACK_FIELDS
    if not page.ticket.get("feedback") and page.ticket.state not in _CLOSING_STATES and not edited:
        return [] if FIELDS not in page.unfolded else _feedback_lines(page, edit)
    return _feedback_lines(page, edit)


def _feedback_lines(page: TicketPage, edit: TextEdit | None) -> list[PageLine]:
    lines = [SectionHead(page.label("feedback"), key="feedback").render(page)]
    for path in FEEDBACK_FIELDS:
        if edit is not None and edit.field_path == path:
            lines += edit.render(page, page.label(path))
        elif FIELD_BY_PATH[path].type == "text" and page.ticket.word(path):
            lines.append(PageLine([(page.label(path), "dim")], path, mark=page.mark(path)))
            lines += [PageLine(line, path) for line in wrap_on_page(page, page.ticket.word(path), indent=2)]
        else:
            lines += render_fields(page, (path,), with_empty=True)
    return lines


def render_conflict(page: TicketPage, key: str) -> list[PageLine]:
    """Return the current value and one that lost to it: side by side if there is room, else stacked."""
    conflict, winner = page.conflicts[key], diff.format_value(current_value(page.ticket, key))
    loser, width = diff.format_value(conflict.value), page.width - 1
    field_path = parse_field_path(key) if key in FIELD_BY_PATH else None
    item = key if field_path is None and key.partition(".")[0] in FIELD_BY_KEY else ""
    if width >= diff.SIDE_BY_SIDE_WIDTH and page.edited_path != key:
        diff_lines = [
            diff.render_labels(conflict.winner_label, conflict.loser_label, width),
            *diff.render_side_by_side(winner, loser, width),
        ]
        lines = [PageLine(line, field_path, item, conflict_field=key) for line in diff_lines]
    else:
        winner_lines, loser_lines = diff.render_stacked(winner, loser, width)
        empty: StyledLine = [(f"   {page.context.theme.signs.dash}", "dim")]
        shown = winner_lines or [empty]
        lines = [PageLine(line, field_path, item, conflict_field="" if field_path else key) for line in shown]
        label = cells.truncate(conflict.loser_label, width - 3, page.context.theme.signs.ellipsis)
        loser_lines.insert(0, [(f"{CONFLICT_ALERT[0]} {label}", "risk")])
        lines += [PageLine(line, conflict_field=key) for line in loser_lines]
    for text, role in ((conflict.why, "risk"), (conflict.hint, "dim")):
        rows = cells.wrap(text, max(width - 4, 8)) if text else ()
        lines += [PageLine([(f"  {row}", role)], conflict_field=key) for row in rows]
    return lines


def render_other_conflicts(page: TicketPage) -> list[PageLine]:
    """Return superseded values outside the long texts: short fields, items, parts, keys unknown to this version."""
    lines: list[PageLine] = []
    for key in page.conflicts:
        if key not in TEXT_KEYS:
            name = page.label(key)
            name = f"{name} {key.partition('.')[2]}" if key not in FIELD_BY_PATH and "." in key else name
            typed = page.conflicts[key].typed
            title = page.say("Typed and put back: {field}" if typed else "Two texts: {field}", field=name)
            lines += [BLANK_LINE, SectionHead(title, key=f"conflict {key}").render(page), *render_conflict(page, key)]
    return lines
