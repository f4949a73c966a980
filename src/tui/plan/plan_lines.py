"""The lines of the plan: head, dates, two lines for each item, and the legend. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tui.board.columns import number_parts
from tui.drawing import cells
from tui.drawing.bar import render_bar
from tui.drawing.head_line import render_head_line
from tui.plan import plan_axis
from tui.plan.plan_view import (
    NEWEST,
    PlanEntry,
    Project,
    item_urgency,
    planned_days,
    project_urgency,
    slip_days,
)
from tui.ticket.ticket_head import short_key, split_number

if TYPE_CHECKING:
    from fenji.model.plan import BusyStretch, PlannedItem
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan, Theme
    from tui.plan.plan_axis import DayAxis

_RIGHT_CELLS = 7  # cells of slack and slip
_NUMBER_CELLS = 12  # cells that a number before a name may take
_MIN_NAME, _MAX_NAME = 22, 60
_NARROW_WIDTH, _INDENT = 64, 3
_ROLE_BY_URGENCY = {"late": "late", "risk": "risk", "held": "dim", "met": "good", "": "accent"}


class PlanLayout(Struct, frozen=True):
    """The widths in cells of a line: the name with its sign, the axis (below the name if stacked), the slack."""

    width: int
    name: int
    key: int  # of the item
    is_stacked: bool = False

    @property
    def axis_start(self) -> int:
        return _INDENT if self.is_stacked else self.name

    @property
    def axis(self) -> int:
        return self.width - self.axis_start - _RIGHT_CELLS - 1


def layout_plan(width: int, entries: Sequence[PlanEntry]) -> PlanLayout:
    """Return a layout in which names take up to 3/8 of the width and the axis the rest; on a narrow screen, stacked."""
    items = (item for entry in entries if entry.project for item in entry.project.plan.items)
    key = min(max((cells.width(short_key(item.key)) for item in items), default=2), 8)
    if width < _NARROW_WIDTH:
        return PlanLayout(width, width - _RIGHT_CELLS - 1, key, is_stacked=True)
    texts = [entry.item.what if entry.item else entry.project.plan.title for entry in entries if entry.project]
    longest = max(map(cells.width, texts), default=0) + key + 10
    name = min(width * 3 // 8, max(longest, 30), _MAX_NAME)
    return PlanLayout(width, max(name, _MIN_NAME), key)


def short_number(number: str) -> StyledLine:
    """Return a ticket's number with the prefix that it shares with others dim."""
    prefix, rest = split_number(number)
    return [(prefix, "dim"), (rest, "strong")]


# --- head ---------------------------------------------------------------------------------------------------------


def render_head(project: Project | None, shown: Sequence[Project], context: Context, width: int) -> StyledLine:
    """Return the number, priority and title of a project with its dates, or how many projects there are."""
    say, dot = context.say, context.theme.signs.dot
    if project is None:
        late = sum(item.late_days > 0 and not item.done for other in shown for item in other.plan.items)
        items = sum(len(other.plan.items) for other in shown)
        words = [
            say("{count} project", plural="{count} projects", count=len(shown)),
            say("{count} item", plural="{count} items", count=items),
        ]
        left: StyledLine = [(f" {say('Plan')}", "strong"), (f"  {f' {dot} '.join(words)}", "")]
        left += [(f" {dot} ", ""), (say("{count} late", count=late), "late")] if late else []
        return render_head_line(left, [], width, context.theme)
    plan = project.plan
    first = min((item.begins for item in plan.items), default=plan.today)
    dates = f"{first:%m-%d} - {plan.ends:%m-%d}"
    if project.planned_end:
        span = say("{first} to {last}", first=f"{first:%m-%d}", last=f"{project.planned_end:%m-%d}")
        dates = f"{span} {dot} {say('expected {day}', day=f'{plan.ends:%m-%d}')}"
    role = "late" if project.late_days > 0 else ""
    number = short_number(project.number) if width >= 64 else short_number(project.number)[1:]
    title = cells.sanitize_line(plan.title)
    left = [(" ", ""), *number, (f" {project.row.ticket.priority_text} ", ""), (title, "strong")]
    right: StyledLine = [(f"  {dates if width >= 64 else f'{plan.ends:%m-%d}'} ", role)]
    return render_head_line(left, right, width, context.theme)


def render_dates(axis: DayAxis, layout: PlanLayout, context: Context, *, has_items: bool) -> StyledLine:
    """Return the column headings, with the dates of the axis.

    The last column has the slack of an item and below it its slip, or only the days that a project is late.
    """
    name = context.say("Item and owner") if layout.name > 24 else context.say("Item")
    name = "" if layout.is_stacked else name
    ends = context.say("slack" if layout.is_stacked else "slack, slip") if has_items else context.say("days late")
    left = f" {cells.fit(name, layout.axis_start - 1, context.theme.signs.ellipsis)}{axis.labels()}"
    room = layout.width - 1 - cells.width(ends) - 1
    left = cells.fit(cells.truncate(left, room, ""), room, "")
    return [(f"{left} {ends}", "rule"), ("\n", "rule")]


# --- entries ------------------------------------------------------------------------------------------------------


class DrawnPlan(Struct, frozen=True):
    """The settings that all entries are drawn with."""

    axis: DayAxis
    layout: PlanLayout
    context: Context
    today: date
    baseline: str = ""
    is_grouped: bool = False
    busy: Mapping[str, Sequence[BusyStretch]] | None = None

    @property
    def theme(self) -> Theme:
        return self.context.theme


def render_entry(entry: PlanEntry, drawn: DrawnPlan, *, is_selected: bool) -> list[StyledLine]:
    """Return the lines of an entry."""
    if entry.item and entry.project:
        return _render_item(entry.project, entry.item, drawn, is_selected=is_selected)
    if entry.project:
        return _render_project(entry.project, drawn, is_selected=is_selected)
    return [_render_heading(entry, drawn)]


def _render_heading(entry: PlanEntry, drawn: DrawnPlan) -> StyledLine:
    note = ""
    for busy in (drawn.busy or {}).get(entry.heading, ())[:1]:
        values = {"count": busy.count, "first": f"{busy.first:%m-%d}", "last": f"{busy.last:%m-%d}"}
        note = drawn.context.say("{count} at once, {first} to {last}", **values)
    title = f" {cells.sanitize_line(entry.heading)} {entry.count}"
    room = max(drawn.layout.width - cells.width(title) - cells.width(note) - 1, 1)
    end: StyledLine = [(note, "rule risk"), (" ", "rule")] if note else []
    return [(title, "section"), (" " * room, "rule"), *end, ("\n", "rule")]


def render_items(project: Project, drawn: DrawnPlan, height: int) -> list[StyledLine]:
    """Return a project's items in at most `height` lines: two each, else two for each open item only, else one each."""
    drawn = replace(drawn, is_grouped=False)
    both = [(item, _render_item(project, item, drawn, is_selected=False)) for item in project.plan.items]
    open_count = sum(not item.done for item, _ in both)
    fit_all, fit_open = 2 * len(both) <= height, len(both) + open_count <= height
    lines = [line for item, pair in both for line in pair[: 2 if fit_all or (fit_open and not item.done) else 1]]
    if len(lines) <= height:
        return lines
    hidden = len(lines) - height + 1
    return [*lines[: height - 1], [(f" {drawn.theme.signs.below} {hidden}", "dim")]] if height > 0 else []


def _render_item(project: Project, item: PlannedItem, drawn: DrawnPlan, *, is_selected: bool) -> list[StyledLine]:
    layout, axis, urgency = drawn.layout, drawn.axis, item_urgency(item)
    role = _ROLE_BY_URGENCY[urgency]
    name = f"{cells.fit(short_key(item.key), layout.key)} {cells.sanitize_line(item.what)}"
    if layout.is_stacked and drawn.is_grouped:
        name = f"{_shown_number(project.number, drawn)} {name}"
    sign = _sign(urgency, drawn.theme)
    sign_role = "dim" if item.done and urgency == "late" else role
    spans = _name_spans((sign, sign_role), name, item, drawn)
    named = _put_bar(spans, drawn.theme) if is_selected else spans
    late = "late" if urgency == "late" and not item.done else ""
    slack: StyledSpan = (_right(f"{item.slack}d" if item.slack is not None else ""), late)
    planned = planned_days(item, drawn.baseline)
    slip = slip_days(item, drawn.baseline)
    slip_text = "" if not slip else f"{slip:+}d"
    if item.is_added and slip is None:
        slip_text = drawn.context.say("added")
    moved: StyledSpan = (_right(slip_text), late or "dim")
    if layout.is_stacked:
        marks = plan_axis.mark_item(item, axis, drawn.today, planned)
        return [[*named, slack], [(" " * _INDENT, ""), *_draw(marks, role, drawn.theme), moved]]
    marks = plan_axis.mark_item(item, axis, drawn.today)
    first: StyledLine = [*named, *_draw(marks, role, drawn.theme), slack]
    owner = item.owner or drawn.theme.signs.dash
    if drawn.is_grouped:
        owner = f"{_shown_number(project.number, drawn)} {project.plan.title}"
    below = cells.fit(" " * (layout.key + 4) + cells.sanitize_line(owner), layout.name - 1, drawn.theme.signs.ellipsis)
    return [
        first,
        [(f"{below} ", "dim"), *_draw(plan_axis.mark_below(axis, drawn.today, planned), "dim", drawn.theme), moved],
    ]


def _render_project(project: Project, drawn: DrawnPlan, *, is_selected: bool) -> list[StyledLine]:
    urgency = project_urgency(project)
    role = _ROLE_BY_URGENCY[urgency]
    number = _shown_number(project.number, drawn)
    name = f"{number} {cells.sanitize_line(project.plan.title)}"
    marks = plan_axis.mark_project(project.plan.items, drawn.axis, drawn.today, project.planned_end)
    late = f"{project.late_days:+}d" if project.late_days else "0d"
    spans = _name_spans((_sign(urgency, drawn.theme), role), name, None, drawn)
    named = _put_bar(spans, drawn.theme) if is_selected else spans
    ends: StyledSpan = (_right(late), "late" if project.late_days > 0 else "")
    if drawn.layout.is_stacked:
        return [[*named, ends], [(" " * _INDENT, ""), *_draw(marks, role, drawn.theme)]]
    return [[*named, *_draw(marks, role, drawn.theme), ends]]


def _shown_number(number: str, drawn: DrawnPlan) -> str:
    """Return `0171` for a number of this site and year, `25-0171` or `DZA-0019` for another, if there is room."""
    room = _NUMBER_CELLS if drawn.layout.name >= 24 else 0
    return "".join(number_parts(number, room, site=drawn.context.desk.site, year=drawn.today.year))


def _name_spans(sign: StyledSpan, name: str, item: PlannedItem | None, drawn: DrawnPlan) -> list[StyledSpan]:
    """Return the cells before the axis: a blank for the bar, sign, key with title, and the mark of critical items."""
    room = drawn.layout.name
    gap = 3 if room > 24 and not drawn.layout.is_stacked else 1  # cells between the mark of critical items and the axis
    text = cells.fit(name, room - gap - 5, drawn.theme.signs.ellipsis)
    is_critical = bool(item and item.is_critical)
    title_role = "" if item and item.done else "strong"
    end = (drawn.theme.signs.mark if is_critical else " ") + " " * gap
    spans: list[StyledSpan] = [(" ", ""), sign] if sign[0].strip() else [(" ", ""), (" ", "")]
    return [*spans, (f" {text} ", title_role), (end, "risk strong" if is_critical else title_role)]


def _put_bar(spans: list[StyledSpan], theme: Theme) -> list[StyledSpan]:
    """Return the cells before the axis with the bar on them, which ends one cell before the axis."""
    *inner, (end, role) = spans[1:]
    return [*render_bar([*inner, (end[:-1], role)], theme, words=slice(1, None), to_edge=False), (" ", "")]


def _sign(urgency: str, theme: Theme) -> str:
    signs = theme.signs
    return {"late": signs.late, "risk": signs.risk, "held": signs.held, "met": signs.met}.get(urgency, " ")


def _right(text: str) -> str:
    return cells.fit_right(text, _RIGHT_CELLS)


def _draw(marks: Iterable[str], role: str, theme: Theme) -> list[StyledSpan]:
    """Return marks as runs of signs; the marks for ahead and done have the role of the item."""
    signs = theme.signs
    drawn = {
        plan_axis.TRACK: (signs.track, "faint"),
        plan_axis.DONE: (signs.done, role),
        plan_axis.AHEAD: (signs.full, role),
        plan_axis.DUE: (signs.expected, "strong"),
        plan_axis.TODAY: (signs.edge, "accent"),
        plan_axis.PLANNED: (signs.full, "dim"),
        plan_axis.BLANK: (" ", ""),
    }
    runs = [(mark, len(list(run))) for mark, run in groupby(marks)]
    return [(drawn[mark][0] * count, drawn[mark][1]) for mark, count in runs]


def render_legend(drawn: DrawnPlan, *, hidden: int) -> StyledLine:
    """Return the legend of the signs, the word for today under its line, and how many entries are further down."""
    say, signs, layout = drawn.context.say, drawn.theme.signs, drawn.layout
    words = [(signs.done, "done"), (signs.full, "ahead"), (signs.expected, "due"), (signs.mark, "critical")]
    legend = " " + "  ".join(f"{sign} {say(word)}" for sign, word in words)
    if drawn.baseline:
        legend += f"  {signs.full} {say('newest plan' if drawn.baseline == NEWEST else 'first plan')}"
    today, more = say("today"), f"{signs.below} {hidden}" if hidden else ""
    cell = layout.axis_start + drawn.axis.start_cell(drawn.today) - cells.width(today) // 2
    legend = cells.truncate(legend, layout.width - cells.width(more) - 2, signs.ellipsis)
    used = cells.width(legend)
    line: StyledLine = [(legend, "dim")]
    if used < cell and cell + cells.width(today) < layout.width - cells.width(more) - 1 and cell >= layout.axis_start:
        line += [(" " * (cell - used), ""), (today, "accent")]
        used = cell + cells.width(today)
    return [*line, (" " * (layout.width - used - cells.width(more) - 1), ""), (more, "dim")]
