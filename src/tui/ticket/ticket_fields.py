"""The short fields of a ticket: folded into a few lines or one per line, the empty ones named together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fenji.model.ticket import FIELD_BY_KEY, FIELD_BY_PATH, TEXT_KEYS, FieldPath, ItemsKey, Section
from tui.drawing import cells
from tui.ticket.page_lines import BLANK_LINE, FIELDS, PageLine, SectionHead, TicketPage, wrap_on_page

if TYPE_CHECKING:
    from tui.drawing.theme import StyledLine

MAX_LABEL = 15  # cells
_LABEL_GAP = 2
_LISTS: tuple[ItemsKey, ...] = ("resources", "plan", "links")  # named among the empty fields
_FOLDED_GROUPS = ("product", "requester")  # their parts are shown together when folded


def paths_of(section: Section) -> tuple[FieldPath, ...]:
    """Return the fields of a section in the order of the table, the title on top, details in the order of the form."""
    paths = [path for path, field in FIELD_BY_PATH.items() if field.section == section]
    if section == "details":
        return tuple(sorted(paths, key=lambda path: FIELD_BY_PATH[path].form_place))
    return tuple(sorted(paths, key=lambda path: path != "title"))


CORE_FIELDS, DETAIL_FIELDS, RESULT_FIELDS = paths_of("core"), paths_of("details"), paths_of("result")
FEEDBACK_FIELDS = paths_of("feedback")
_SHOWN_IN_HEAD = ("title", "kind", "owner", "priority")  # when the fields are folded


def format_field(page: TicketPage, field_path: FieldPath) -> str:
    """Return a value for display: terms translated, people with their names; `""` where there is none."""
    value = page.ticket.get(field_path)
    if value in (None, "", []):
        return ""
    formatter, policy = page.context.formatter, page.context.desk.policy
    if field_path in ("kind", "impact", "occurrence", "result.state"):
        return formatter.word(str(value))
    if field_path == "priority":
        return page.ticket.priority_text
    if field_path == "owner":
        return _format_person(str(value), policy.display_name(str(value)))
    if isinstance(value, list | tuple):
        names = [
            _format_person(str(item), policy.display_name(str(item))) if field_path == "units" else str(item)
            for item in value
        ]
        return cells.sanitize_line(formatter.join(names))
    return cells.sanitize_line(str(value))


def _format_person(key: str, name: str) -> str:
    return cells.sanitize_line(key if name == key or not name else f"{key} {name}")


# --- folded -----------------------------------------------------------------------------------------------------------


def render_folded(page: TicketPage) -> list[PageLine]:
    """Return all short fields in as few lines as possible, each value after its label, and the empty ones by name."""
    groups = [*_fold_groups(page), *_fold_single(page)]
    filled = sum(bool(page.ticket.get(path)) for path in (*CORE_FIELDS, *DETAIL_FIELDS, *RESULT_FIELDS))
    right = page.hint(page.say("{key} unfold", key=page.context.keymap.key_label("fields")))
    lines = [SectionHead(page.say("fields"), key=FIELDS, count=filled, right=right).render(page)]
    lines += [
        PageLine(line, unfolds=FIELDS) for line in _flow(groups, page.text_width, page.context.theme.signs.ellipsis)
    ]
    return [*lines, *render_empty(page)]


def _fold_groups(page: TicketPage) -> Iterator[tuple[str, str]]:
    dot = f" {page.context.theme.signs.dot} "
    for key in _FOLDED_GROUPS:
        values = [format_field(page, path) for path in DETAIL_FIELDS if path.startswith(f"{key}.")]
        if any(values):
            yield page.say(FIELD_BY_KEY[key].label), dot.join(value for value in values if value)


def _fold_single(page: TicketPage) -> Iterator[tuple[str, str]]:
    for path in (*CORE_FIELDS, *DETAIL_FIELDS, *RESULT_FIELDS):
        value = format_field(page, path) if path.partition(".")[0] not in _FOLDED_GROUPS else ""
        if value and path not in _SHOWN_IN_HEAD:
            yield page.label(path), value


def _flow(groups: Sequence[tuple[str, str]], width: int, ellipsis: str) -> list[StyledLine]:
    """Return labels and values side by side, two blanks between them, in lines of that width."""
    lines: list[StyledLine] = []
    used = width
    for label, value in groups:
        label_text = f"{cells.truncate(label, MAX_LABEL, ellipsis)} "
        size = cells.width(label_text) + cells.width(value)
        gap = 2 if lines and used + 2 + size <= width else 0
        if not gap:
            lines.append([])
            used = 0
        shown = cells.truncate(value, width - used - gap - cells.width(label_text), ellipsis)
        lines[-1] += [(" " * gap, "")] if gap else []
        lines[-1] += [(label_text, "dim"), (shown, "")]
        used += gap + cells.width(label_text) + cells.width(shown)
    return lines


def render_empty(page: TicketPage) -> list[PageLine]:
    """Return the names of empty fields, texts and lists, drawn dim."""
    names = [page.label(key) for key in TEXT_KEYS if not page.ticket.word(key) and key not in page.conflicts]
    names += [page.label(path) for path in (*CORE_FIELDS, *DETAIL_FIELDS) if not page.ticket.get(path)]
    names += [page.label(key) for key in _LISTS if not page.ticket.items(key)]
    if not names:
        return []
    return [
        PageLine(row, unfolds=FIELDS)
        for row in wrap_on_page(page, page.say("empty: {fields}", fields=tuple(names)), "dim")
    ]


# --- one a line -------------------------------------------------------------------------------------------------------


def render_fields(
    page: TicketPage, paths: Sequence[FieldPath], *, with_empty: bool, label_width: int = 0
) -> list[PageLine]:
    """Return fields one per line, their labels in a column; without the empty ones unless `with_empty`."""
    shown = [path for path in paths if with_empty or page.ticket.get(path) not in (None, "", [])]
    width = label_width or min(max((cells.width(page.label(path)) for path in shown), default=0), MAX_LABEL)
    return [line for path in shown for line in _render_field(page, path, width)]


def _render_field(page: TicketPage, field_path: FieldPath, label_width: int) -> Iterator[PageLine]:
    signs = page.context.theme.signs
    label = page.say(FIELD_BY_PATH[field_path].label) if page.is_wide else page.label(field_path)
    name = cells.fit(label, label_width, signs.ellipsis)
    value = format_field(page, field_path)
    rows = cells.wrap(value or signs.dash, max(page.text_width - label_width - _LABEL_GAP, 8))
    for n, row in enumerate(rows):
        shown_label = name if not n else " " * label_width
        mark = page.mark(field_path if not n else None)
        spans: StyledLine = [(f"{shown_label}{' ' * _LABEL_GAP}", "dim"), (row, "" if value else "dim")]
        yield PageLine(spans, field_path, mark=mark)


def render_unfolded(page: TicketPage) -> list[PageLine]:
    """Return every short field on a line of its own, the empty ones too."""
    right = page.say("{key} fold", key=page.context.keymap.key_label("fields"))
    lines = [SectionHead(page.say("fields"), key=FIELDS, right=right).render(page)]
    paths = (*CORE_FIELDS, *DETAIL_FIELDS, *RESULT_FIELDS, *_empty_texts(page))
    return [*lines, *render_fields(page, paths, with_empty=True)]


def _empty_texts(page: TicketPage) -> tuple[FieldPath, ...]:
    """Return the long texts that nobody has written yet; each has a line of its own among the fields."""
    return tuple(
        key for key in TEXT_KEYS if not page.ticket.word(key) and key not in (page.edited_path, *page.conflicts)
    )


def render_groups(page: TicketPage) -> list[PageLine]:
    """Return the short fields in sections, for the column beside the texts."""
    with_empty = FIELDS in page.unfolded
    product, requester = (
        tuple(path for path in DETAIL_FIELDS if path.startswith(f"{key}.")) for key in ("product", "requester")
    )
    others = tuple(path for path in (*CORE_FIELDS, *DETAIL_FIELDS) if path not in (*product, *requester))
    sections = (
        ("product", page.say("Product"), product),
        ("requester", page.say("Requester"), requester),
        ("grading", page.say("Grading"), others),
        ("result", page.say("Result"), RESULT_FIELDS),
        ("texts", page.say("Texts"), _empty_texts(page)),
    )
    lines: list[PageLine] = []
    shown = [path for _, _, paths in sections for path in paths if with_empty or page.ticket.get(path)]
    label_width = min(max((cells.width(page.label(path)) for path in shown), default=0), MAX_LABEL)
    for key, name, paths in sections:
        fields = render_fields(page, paths, with_empty=with_empty, label_width=label_width)
        if fields:
            lines += [BLANK_LINE] if lines else []
            lines += [SectionHead(name, key=key).render(page), *fields]
    return lines
