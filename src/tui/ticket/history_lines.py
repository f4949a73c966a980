"""The history of a ticket and of the desk as lines: who did what when, and below unfolded lines the changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import TYPE_CHECKING

from tui.drawing import cells
from tui.ticket.change_lines import render_changes, tell_recorder
from tui.ticket.event_text import ACT_LABELS, act_kind, act_label, act_role, describe_event, format_change, name_changed
from tui.ticket.page_lines import Page, PageLine, wrap_on_page

if TYPE_CHECKING:
    from fenji.desk.history import DeskEntry, HistoryEntry
    from fenji.model.ticket import Event, Value
    from tui.drawing.theme import StyledLine
    from tui.formatting import Formatter

_TIME_CELLS, _MAX_WHO, _MAX_ACT = 11, 10, 9
_SHA_CHARS = 8
_INDENT = _TIME_CELLS + 1
_TICKET_CELLS = 14


def render_ticket_history(
    page: Page, entries: Sequence[HistoryEntry], unfolded: Set[str], now: datetime
) -> list[PageLine]:
    """Return a line for each change of a ticket, newest first; below unfolded ones come the changed fields."""
    lines: list[PageLine] = []
    for entry in entries:
        key = _key_of(entry)
        lines.append(_render_entry(page, entry, now, key))
        if key in unfolded:
            lines += [PageLine(line, event=key) for line in unfold_entry(page, entry)]
    return lines


def _key_of(entry: HistoryEntry | DeskEntry) -> str:
    return f"{entry.commit}{' came in' if entry.is_arrival else ''}"


def _render_entry(page: Page, entry: HistoryEntry, now: datetime, key: str) -> PageLine:
    kind = _kind_of(entry.events, is_arrival=entry.is_arrival)
    if entry.is_arrival or len(entry.events) > 1:
        acts = page.context.formatter.join(
            dict.fromkeys(act_label(act_kind(event), page.context.formatter) for event in entry.events)
        )
        fields = page.context.formatter.join(
            dict.fromkeys(name_changed(change.path, page.context.formatter) for change in entry.changes)
        )
        text = "  ".join(part for part in (acts, fields) if part)
    elif entry.events:
        text = describe_event(entry.events[-1], page.context.formatter)
    else:
        text = page.context.formatter.join(
            dict.fromkeys(name_changed(change.path, page.context.formatter) for change in entry.changes)
        )
    columns = _columns(page, page.context.formatter.format_stamp(entry.at, now), entry.who, kind)
    room = page.text_width - _used_cells() - _SHA_CHARS - 1
    spans: StyledLine = [*columns, (cells.fit(text, room, page.context.theme.signs.ellipsis), "")]
    return PageLine([*spans, (f" {entry.commit[:_SHA_CHARS]}", "dim")], event=key, strip=1)


def _kind_of(events: Sequence[Event], *, is_arrival: bool) -> str:
    if is_arrival:
        return "arrival"
    return act_kind(events[-1]) if events else "hand"


def _columns(page: Page, stamp: str, who: str, kind: str) -> StyledLine:
    ellipsis = page.context.theme.signs.ellipsis
    return [
        (f"{cells.fit(stamp, _TIME_CELLS, ellipsis)} ", "dim"),
        (f"{cells.fit(cells.sanitize_line(who), _MAX_WHO, ellipsis)} ", ""),
        (f"{cells.fit(act_label(kind, page.context.formatter), _MAX_ACT, ellipsis)} ", act_role(kind)),
    ]


def _used_cells() -> int:
    return _TIME_CELLS + _MAX_WHO + _MAX_ACT + 3


def unfold_entry(page: Page, entry: HistoryEntry) -> list[StyledLine]:
    """Return the details of an entry: its notes, and each changed field before and after."""
    formatter = page.context.formatter
    lines = tell_recorder(page, entry.recorder, indent=_INDENT)
    for event in entry.events:
        if entry.is_arrival or event.note:
            said = formatter.say_note(event.note) or describe_event(event, formatter)
            when = f"{formatter.format_stamp(event.at, entry.at)} {cells.sanitize_line(event.by)}"
            act = f"{when} {act_label(act_kind(event), formatter)}"
            prefix = formatter.say("{label}: {text}", label=act, text="") if entry.is_arrival else ""
            lines += wrap_on_page(page, f"{prefix}{said}".rstrip(), "info" if entry.is_arrival else "", indent=_INDENT)
    changes = [
        (
            name_changed(change.path, formatter),
            _show_value(change.path, change.before, formatter),
            _show_value(change.path, change.after, formatter),
        )
        for change in entry.changes
    ]
    lines += render_changes(page, changes, indent=_INDENT, least=_MAX_WHO)
    return lines or wrap_on_page(page, page.say("It changed no field."), "dim", indent=_INDENT)


def _show_value(path: str, value: Value, formatter: Formatter) -> str:
    return "" if value in (None, "", []) else format_change(path, value, formatter)


# --- the desk ---------------------------------------------------------------------------------------------------------


def render_desk_history(
    page: Page,
    entries: Sequence[DeskEntry],
    details: Mapping[str, Mapping[str, HistoryEntry]],
    titles: Mapping[str, str],
    now: datetime,
) -> list[PageLine]:
    """Return a line for each change of the desk; below unfolded ones (in `details`) come their tickets and fields."""
    lines: list[PageLine] = []
    for entry in entries:
        key = _key_of(entry)
        lines.append(_render_desk_entry(page, entry, titles, now, key))
        lines += _unfold_desk_entry(page, entry, details[key]) if key in details else []
    return lines


def desk_entry_key(entry: DeskEntry) -> str:
    """Return the key by which an entry is unfolded."""
    return _key_of(entry)


def _render_desk_entry(page: Page, entry: DeskEntry, titles: Mapping[str, str], now: datetime, key: str) -> PageLine:
    if entry.is_arrival:
        who, kind = page.say("sync"), "arrival"
        text = page.say("{count} file", plural="{count} files", count=len(entry.names))
        text = page.say("{label}: {text}", label=text, text=tuple(entry.names[:6]))
    else:
        known = [act for act in entry.acts if act in ACT_LABELS]
        who, kind = entry.who, known[-1] if known else "edit"
        text = page.context.formatter.join(entry.names[:4]) + (
            f" +{len(entry.names) - 4}" if len(entry.names) > 4 else ""
        )
        if len(entry.names) == 1:
            text = f"{cells.fit(text, _TICKET_CELLS)} {titles.get(entry.names[0], '')}".rstrip()
    spans = _columns(page, page.context.formatter.format_stamp(entry.at, now), who, kind)
    text = page.cut(cells.sanitize_line(text), page.text_width - _used_cells())
    return PageLine([*spans, (text, "")], event=key, strip=1)


def _unfold_desk_entry(page: Page, entry: DeskEntry, details: Mapping[str, HistoryEntry]) -> Iterator[PageLine]:
    if not details:  # no ticket was changed: show the names of all files
        yield from map(PageLine, wrap_on_page(page, page.context.formatter.join(entry.names), indent=_INDENT))
    for number, changed in details.items():
        yield PageLine([(" " * _INDENT, ""), (number, "info")], linked_id=number)
        yield from (PageLine(line, linked_id=number) for line in unfold_entry(page, changed))
