"""A ticket rendered as lines: every field with its label, empty ones together in one line. Pure.

Each line knows what it shows, so that a key can edit that field or item, or open that ticket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenji.model.annotations import list_hints
from fenji.model.board import CONFLICT_ALERT
from fenji.model.conflicts import current_value
from fenji.model.sla import name_differences
from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, TEXT_KEYS, FieldPath, Section, item_key, parse_field_path
from tui import alerts, cells, diff
from tui.item_text import describe_plan_item, describe_resource
from tui.refusals import field_label

if TYPE_CHECKING:
    from fenji.errors import Sentence
    from fenji.model.annotations import HeldAct, Mark
    from fenji.model.ticket import Ticket
    from tui.context import Context
    from tui.diff import ConflictDisplay
    from tui.theme import StyledLine, StyledSpan


def _paths_of(section: Section) -> tuple[FieldPath, ...]:
    """Return the fields of a section in the order of the table, the title on top, details in the order of the form."""
    paths = [path for path, field in FIELD_BY_PATH.items() if field.section == section]
    if section == "details":
        return tuple(sorted(paths, key=lambda path: FIELD_BY_PATH[path].form_place))
    return tuple(sorted(paths, key=lambda path: path != "title"))


_CORE_FIELDS = _paths_of("core")  # shown even when empty, so that missing values are noticed
_OPTIONAL_FIELDS = _paths_of("details")
_RESULT_FIELDS = _paths_of("result")  # shown once they are filled: what comes out at the end
_FEEDBACK_FIELDS = _paths_of("feedback")
LABEL_WIDTH = 15


@dataclass(frozen=True)
class PageLine:
    """A line of a page: the field it shows, the list item (`item`), or the ticket it links to (`linked_id`).

    `conflict_field` is the field whose competing values it shows, `clock` the clock of whose story it is.
    """

    spans: StyledLine
    field_path: FieldPath | None = None
    item: str = ""
    linked_id: str = ""
    conflict_field: str = ""
    clock: str = ""


BLANK_LINE = PageLine([])


@dataclass(frozen=True)
class TicketPage:
    """What a page shows, and its width; `changed_leaves` are those that somebody else changed meanwhile.

    `conflicts` are superseded values by field; `edited_leaf` is the field being edited; `marks` are steps that
    no hub would have taken so; `held_acts` are those that the hub refuses.
    """

    ticket: Ticket
    context: Context
    width: int
    changed_paths: frozenset[str] = frozenset()
    conflicts: Mapping[str, ConflictDisplay] = field(default_factory=dict)
    edited_path: FieldPath | None = None
    marks: tuple[Mark, ...] = ()
    held_acts: tuple[HeldAct, ...] = ()

    def say(self, text: str | Sentence, /, **values: object) -> str:
        return self.context.formatter.say(text, **values)


def render_page(page: TicketPage) -> list[PageLine]:
    """Return the lines for all fields, texts and lists of a ticket."""
    lines = [
        *_render_alerts(page),
        *(line for field_path in _CORE_FIELDS for line in _render_field(page, field_path)),
    ]
    filled_fields = (field_path for field_path in (*_OPTIONAL_FIELDS, *_RESULT_FIELDS) if page.ticket.get(field_path))
    lines += [line for field_path in filled_fields for line in _render_field(page, field_path)]
    lines += _render_unfilled(page)
    for key in TEXT_KEYS:
        lines += render_text(page, key)
    lines += [
        *_render_resources(page),
        *_render_plan(page),
        *_render_links(page),
        *_render_files(page),
        *_render_zeroing(page),
        *_render_feedback(page),
    ]
    return [*lines, *_render_other_conflicts(page), *_render_sla_result(page)]


def render_heading(page: TicketPage, title: str, field_path: FieldPath | None = None, *, item: str = "") -> PageLine:
    """Return the heading of a section, marked if somebody else changed it."""
    return PageLine([*_change_marker(page, field_path), (title, "strong")], field_path, item)


def _change_marker(page: TicketPage, field_path: str | None) -> StyledLine:
    return [("*" if field_path and field_path in page.changed_paths else " ", "strong")]


def _render_field(page: TicketPage, field_path: FieldPath) -> Iterator[PageLine]:
    dash = page.context.theme.signs.dash
    name = cells.fit(field_label(field_path, page.context.formatter), LABEL_WIDTH, page.context.theme.signs.ellipsis)
    rows = cells.wrap(_format_value(page, field_path) or dash, max(page.width - LABEL_WIDTH - 4, 8))
    for n, row in enumerate(rows):
        span: StyledSpan = (row, "" if row != dash else "dim")
        yield PageLine(
            [
                *_change_marker(page, field_path if not n else None),
                (name if not n else " " * LABEL_WIDTH, "dim"),
                (" ", ""),
                span,
            ],
            field_path,
        )


def _format_value(page: TicketPage, field_path: FieldPath) -> str:
    """Return a value for display: terms translated, people with their names."""
    value = page.ticket.get(field_path)
    if value in (None, "", []):
        return ""
    formatter, policy = page.context.formatter, page.context.desk.policy
    if field_path in ("kind", "impact", "occurrence", "result.state"):
        return formatter.word(str(value))
    if field_path == "owner":
        return _format_person(str(value), policy.display_name(str(value)))
    if isinstance(value, list | tuple):
        return cells.sanitize_line(
            ", ".join(
                _format_person(str(item), policy.display_name(str(item))) if field_path == "units" else str(item)
                for item in value
            )
        )
    return cells.sanitize_line(str(value))


def _format_person(key: str, name: str) -> str:
    return cells.sanitize_line(key if name == key or not name else f"{key} {name}")


def _render_alerts(page: TicketPage) -> list[PageLine]:
    """Return which steps are marked and which acts are held back, why, and what to do."""
    formatter, now = page.context.formatter, page.context.desk.now()
    notice = page.context.desk.policy_notice
    messages = [(page.context.say(notice), "risk")] if notice else []
    messages += [(alerts.describe_mark(mark, formatter), "late") for mark in page.marks]
    messages += [(page.say(hint), "") for hint in list_hints(page.marks)]
    messages += [(alerts.describe_held(act, formatter, now), "late") for act in page.held_acts]
    key = page.context.keymap.key_label("take_up")
    messages += [(page.say("{key} does it anew under your name.", key=key), "")] if page.held_acts else []
    return [
        PageLine([(f" {row}", role)]) for text, role in messages for row in cells.wrap(text, max(page.width - 3, 8))
    ]


def _render_unfilled(page: TicketPage) -> list[PageLine]:
    empty_labels = [
        field_label(field_path, page.context.formatter)
        for field_path in _OPTIONAL_FIELDS
        if not page.ticket.get(field_path)
    ]
    empty_labels += [
        field_label(key, page.context.formatter) for key in ("resources", "plan", "links") if not page.ticket.items(key)
    ]
    if not empty_labels:
        return []
    text = page.say("Not filled: {fields}", fields=", ".join(empty_labels))
    return [PageLine([(f" {row}", "dim")]) for row in cells.wrap(text, max(page.width - 4, 8))]


def render_text(page: TicketPage, key: FieldPath) -> list[PageLine]:
    """Return a long text under its label."""
    value, name = page.ticket.word(key), field_label(key, page.context.formatter)
    if key in page.conflicts:
        return [BLANK_LINE, render_heading(page, name, key), *_render_conflict(page, key)]
    if not value:
        spans: StyledLine = [(cells.fit(name, LABEL_WIDTH), "strong"), (f" {page.context.theme.signs.dash}", "dim")]
        return [BLANK_LINE, PageLine([*_change_marker(page, key), *spans], key)]
    lines = [BLANK_LINE, render_heading(page, name, key)]
    for paragraph in cells.sanitize_lines(value):
        lines += [PageLine([(f"   {row}", "")], key) for row in cells.wrap(paragraph, max(page.width - 5, 8))]
    return lines


def _render_conflict(page: TicketPage, key: str) -> list[PageLine]:
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
        lines = [
            PageLine(line, field_path, item, conflict_field="" if field_path else key)
            for line in winner_lines or [empty]
        ]
        label = cells.truncate(conflict.loser_label, width - 3, page.context.theme.signs.ellipsis)
        loser_lines.insert(0, [(f" {CONFLICT_ALERT[0]} {label}", "strong")])
        lines += [PageLine(line, conflict_field=key) for line in loser_lines]
    for text, role in ((conflict.why, "strong"), (conflict.hint, "dim")):
        rows = cells.wrap(text, max(width - 4, 8)) if text else ()
        lines += [PageLine([(f"   {row}", role)], conflict_field=key) for row in rows]
    return lines


def _render_other_conflicts(page: TicketPage) -> list[PageLine]:
    """Return superseded values outside the long texts: short fields, items, parts, keys unknown to this version."""
    lines: list[PageLine] = []
    for key in page.conflicts:
        if key not in TEXT_KEYS:
            name = field_label(key, page.context.formatter)
            name = f"{name} {key.partition('.')[2]}" if key not in FIELD_BY_PATH and "." in key else name
            typed = page.conflicts[key].typed
            title = page.say("Typed and put back: {field}" if typed else "Two wrote it: {field}", field=name)
            lines += [BLANK_LINE, PageLine([(f" {title}", "strong")], conflict_field=key), *_render_conflict(page, key)]
    return lines


# --- lists --------------------------------------------------------------------------------------------------------


def _render_section(page: TicketPage, key: str, rows: Sequence[tuple[str, str]]) -> list[PageLine]:
    """Return a list under its label; `rows` are (key of the item, text)."""
    if not rows:
        return []
    wrapped = [
        (name, row) for name, text in rows for row in cells.wrap(cells.sanitize_line(text), max(page.width - 5, 8))
    ]
    items = [PageLine([(f"   {row}", "")], item=f"{key}.{name}") for name, row in wrapped]
    return [BLANK_LINE, render_heading(page, field_label(key, page.context.formatter), item=key), *items]


def _render_resources(page: TicketPage) -> list[PageLine]:
    rows = [(item.key, describe_resource(item, page.context.formatter)) for item in page.ticket.resources]
    return _render_section(page, "resources", rows)


def _render_plan(page: TicketPage) -> list[PageLine]:
    rows = [(item.key, describe_plan_item(item, page.context.formatter)) for item in page.ticket.plan]
    return _render_section(page, "plan", rows)


def _render_links(page: TicketPage) -> list[PageLine]:
    word, links = page.context.formatter.word, page.ticket.links
    rows = [(item_key("links", link.data), f"{word(link.relation or 'related')}  {link.to}") for link in links]
    lines = _render_section(page, "links", rows)
    return [
        PageLine(line.spans, line.field_path, line.item, line.item.removeprefix("links.").partition("/")[0])
        if line.item.startswith("links.")
        else line
        for line in lines
    ]


def _render_files(page: TicketPage) -> list[PageLine]:
    rows = [(attachment.name, f"{attachment.name}  {attachment.size or '?'} B") for attachment in page.ticket.files]
    return _render_section(page, "files", rows)


def _render_zeroing(page: TicketPage) -> list[PageLine]:
    zeroing = page.ticket.get("zeroing")
    is_needed = any("zeroing" in key for key in _required_fields(page))
    if not isinstance(zeroing, Mapping) and not is_needed:
        return []
    checks = zeroing if isinstance(zeroing, Mapping) else {}
    lines = [BLANK_LINE, render_heading(page, field_label("zeroing", page.context.formatter))]
    for part in FIELD_BY_KEY["zeroing"].parts:
        box = "[x]" if checks.get(part.key) is True else "[ ]"
        field_path = parse_field_path(f"zeroing.{part.key}")
        lines.append(PageLine([*_change_marker(page, field_path), (f"  {box} {page.say(part.label)}", "")], field_path))
    return lines


def _required_fields(page: TicketPage) -> Sequence[str]:
    policy, ticket = page.context.desk.policy, page.ticket
    return [key for step in ("solve", "archive") for key in policy.required_fields(ticket.kind, step, ticket.priority)]


def _render_feedback(page: TicketPage) -> list[PageLine]:
    if not page.ticket.get("feedback") and page.ticket.state not in ("solved", "confirmed", "archived"):
        return []
    field_lines = [line for field_path in _FEEDBACK_FIELDS for line in _render_field(page, field_path)]
    return [BLANK_LINE, render_heading(page, field_label("feedback", page.context.formatter)), *field_lines]


def _render_sla_result(page: TicketPage) -> list[PageLine]:
    """Return the verdicts as the site lead confirmed them."""
    sla = page.ticket.sla
    if not sla:
        return []
    lines = [BLANK_LINE, render_heading(page, field_label("sla", page.context.formatter))]
    for clock in ("response", "solution"):
        result = sla.get(clock)
        if isinstance(result, Mapping):
            verdict = page.context.formatter.word(
                "met" if result.get("met") else "excused" if result.get("excused") else "missed"
            )
            lines.append(PageLine([(f"   {page.context.formatter.word(clock)}: {verdict}", "")]))
    confirmed = sla.get("confirmed")
    if isinstance(confirmed, Mapping):
        text = page.say("confirmed by {person}", person=confirmed.get("by"))
        reason = cells.sanitize_line(str(confirmed.get("reason") or ""))
        lines.append(PageLine([(f"   {text}  {reason}".rstrip(), "")]))
    lines += [
        PageLine([(f"   {row}", "risk")])
        for difference in name_differences(page.ticket, page.context.desk.policy)
        for row in cells.wrap(page.context.formatter.say(difference), max(page.width - 5, 8))
    ]
    return lines
