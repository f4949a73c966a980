"""The details of the item or project that the bar is on: due, slip, people, and problems of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tui.drawing import cells
from tui.drawing.head_line import render_head_line
from tui.plan.plan_axis import due_of
from tui.plan.plan_lines import render_dates, render_items, short_number
from tui.plan.plan_view import NEWEST, PlanEntry, Project, item_urgency, items_this_week, slip_days
from tui.ticket.ticket_head import short_key

if TYPE_CHECKING:
    from fenji.model.plan import PlannedItem
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan
    from tui.plan.plan_lines import DrawnPlan

_LABELS = ("due", "slip", "people", "plan")


def render_details(
    entry: PlanEntry, projects: Sequence[Project], drawn: DrawnPlan, place: str, height: int
) -> list[StyledLine]:
    """Return the head of the entry that the bar is on, and as many lines of its details as fit."""
    context, width = drawn.context, drawn.layout.width
    if entry.project is None:
        return []
    head = render_head_line(_name(entry, context), [(f" {place} ", "dim")], width, context.theme)
    rows = (
        _describe_item(entry.project, entry.item, projects, drawn)
        if entry.item
        else _describe_project(entry.project, context)
    )
    label_cells = max(6, *(cells.width(context.say(label)) for label in _LABELS)) + 1
    labels = ["" if n and rows[n - 1][0] == label else label for n, (label, _) in enumerate(rows)]
    lines = [
        line
        for label, (_, spans) in zip(labels, rows, strict=True)
        for line in _wrap(label, spans, label_cells, context, width)
    ]
    below = [head, *lines[: max(height - 1, 0)]]
    if entry.item is None and height - len(below) > 2:  # free lines show the items of the project
        heads = render_dates(drawn.axis, drawn.layout, context, has_items=True)  # headings for items, not for projects
        below += [heads, *render_items(entry.project, drawn, height - len(below) - 1)]
    return below


def _name(entry: PlanEntry, context: Context) -> StyledLine:
    assert entry.project
    if entry.item is None:
        ticket = entry.project.row.ticket
        owner = f" {context.theme.signs.dot} {ticket.owner}" if ticket.owner else ""
        return [(" ", ""), *short_number(ticket.id), (f" {cells.sanitize_line(ticket.title)}{owner}", "")]
    item = entry.item
    unit = context.desk.policy.unit_of(item.owner, entry.project.row.reading.at)
    parts = [cells.sanitize_line(part) for part in (item.what, item.owner, unit) if part]
    return [(f" {short_key(item.key)} ", "strong"), (f" {context.theme.signs.dot} ".join(parts), "")]


LabelledSpans = tuple[str, "list[StyledSpan]"]


def _describe_item(
    project: Project, item: PlannedItem, projects: Sequence[Project], drawn: DrawnPlan
) -> list[LabelledSpans]:
    context = drawn.context
    rows = [
        ("due", _describe_due(project, item, context)),
        ("slip", [*_describe_slip(item, drawn), *_describe_end(project, context, ahead=True)]),
    ]
    if item.owner and not item.done:
        rows.append(("people", _describe_people(item, projects, drawn)))
    return [*rows, *_describe_moves(item, context), *_describe_plan(project, context)]


def _describe_project(project: Project, context: Context) -> list[LabelledSpans]:
    """Return what is done and what is next, when it ends, and its baselines."""
    say, plan = context.say, project.plan
    open_items = [item for item in plan.items if not item.done]
    parts = [say("{done} of {count} done", done=project.done_count, count=len(plan.items))]
    spans: list[StyledSpan] = [(parts[0], "")]
    late = [short_key(item.key) for item in open_items if item.late_days]
    if late:
        spans += [("   ", ""), (say("late: {items}", items=tuple(late)), "late")]
    if open_items:
        following = next((item for item in open_items if not item.late_days), open_items[0])
        spans.append((f"   {say('next {item}', item=f'{short_key(following.key)} {following.what}')}", ""))
    rows: list[LabelledSpans] = [("plan", spans), ("slip", _describe_end(project, context, ahead=False))]
    return [*rows, *_describe_plan(project, context)]


def _describe_due(project: Project, item: PlannedItem, context: Context) -> list[StyledSpan]:
    say, urgency, due = context.say, item_urgency(item), due_of(item)
    spans: list[StyledSpan] = [(f"{due:%m-%d}" if due else context.theme.signs.dash, "")]
    if item.done:
        text = say("done {day}", day=f"{item.done:%m-%d}")
        late = _say_late(item.late_days, context) if item.late_days else ""
        spans += [(f"   {text}", "good"), (f"   {late}" if late else "", "late")]
    elif item.late_days:
        spans += [("   ", ""), (_say_late(item.late_days, context), "late strong")]
    elif urgency == "held":
        spans.append((f"   {say('held')}", "dim"))
    elif due:
        days = (due - project.plan.today).days
        spans.append((f"   {say('in {days}d', days=days) if days else say('today')}", "risk" if urgency else ""))
    if item.clock and item.clock.excuse:
        spans.append((f"   {say('excused: {reason}', reason=item.clock.excuse.reason)}", ""))
    before, after = project.predecessors(item.key), project.followers(item.key)
    links = [say("after {items}", items=tuple(map(short_key, before)))] if before else []
    if after:
        sentence = "{items} waits for it" if len(after) == 1 else "{items} wait for it"
        links.append(say(sentence, items=tuple(map(short_key, after))))
    spans.append((f"   {f' {context.theme.signs.dot} '.join(links)}" if links else "", ""))
    return spans


def _say_late(days: int, context: Context) -> str:
    """Return the lateness in words with its unit: elsewhere lateness is in working days or working time."""
    return context.say("{count} calendar day late", plural="{count} calendar days late", count=days)


def _describe_slip(item: PlannedItem, drawn: DrawnPlan) -> list[StyledSpan]:
    say, slip = drawn.context.say, slip_days(item, drawn.baseline)
    if slip is None:
        return [(say("added after the first plan") if item.is_added else say("first plan: no due date"), "")]
    name = say("newest plan") if drawn.baseline == NEWEST else say("first plan")
    return [(say("{days}d against the {plan}", days=f"{slip:+}" if slip else "0", plan=name), "")]


def _describe_end(project: Project, context: Context, *, ahead: bool) -> list[StyledSpan]:
    """Return when the project ends, and how much later that is than first promised."""
    say, late = context.say, project.late_days
    text = say("project ends {day}", day=f"{project.plan.ends:%m-%d}")
    verdict = _say_late(late, context) if late > 0 else say("in time") if project.planned_end else ""
    dot = f" {context.theme.signs.dot} "
    spans: list[StyledSpan] = [(f"{dot}{text}" if ahead else text, "")]
    return [*spans, (f"{dot}{verdict}" if verdict else "", "late" if late > 0 else "")]


def _describe_people(item: PlannedItem, projects: Sequence[Project], drawn: DrawnPlan) -> list[StyledSpan]:
    """Return when the item's owner has three items or more at once, this one included, else the items of this week."""
    say = drawn.context.say
    stretches = (drawn.busy or {}).get(item.owner, ())
    busy = next((busy for busy in stretches if busy.first <= item.ends and item.begins <= busy.last), None)
    if busy and not item.done:
        values = {"count": busy.count, "first": f"{busy.first:%m-%d}", "last": f"{busy.last:%m-%d}"}
        text = say("{person} has {count} at once from {first} to {last}", person=item.owner, **values)
        return [(text, "risk")]
    week = items_this_week(item.owner, projects, drawn.today)
    names = [
        short_key(other.key) if project.number == item.ticket_id else f"{project.number} {short_key(other.key)}"
        for project, other in week
    ]
    values = {"person": item.owner, "items": tuple(names)}
    if len(names) > 1:
        return [(say("{person} has {count} items this week: {items}", count=len(names), **values), "risk")]
    return [(say("{person} has only {items} this week", **values) if names else item.owner, "")]


def _describe_moves(item: PlannedItem, context: Context) -> Iterator[LabelledSpans]:
    for move in reversed(item.clock.moves if item.clock else ()):
        values = {"person": move.by, "before": f"{move.former:%m-%d}", "due": f"{move.due:%m-%d}"}
        yield "due", [(context.say("{person} moved it from {before} to {due}", **values), "dim")]


def _describe_plan(project: Project, context: Context) -> Iterator[LabelledSpans]:
    for problem in project.plan.problems:
        yield "plan", [(context.say(problem), "risk")]
    for baseline in reversed(project.plan.baselines[1:]):
        values = {"day": f"{baseline.at:%m-%d}", "person": baseline.by, "note": cells.sanitize_line(baseline.note)}
        yield "plan", [(context.say("promised again {day} by {person}: {note}", **values), "dim")]


def _wrap(
    label: str, spans: Sequence[StyledSpan], label_cells: int, context: Context, width: int
) -> Iterator[StyledLine]:
    """Yield a row with its label; parts that do not fit go on the next line, and a part longer than a line is cut."""
    room = width - label_cells - 2
    title = context.say(label) if label else ""
    line: StyledLine = [(f" {cells.fit(title, label_cells)}", "dim")]
    used = 0
    for text, role in spans:
        is_new = bool(used) and used + cells.width(text) > room
        if is_new:
            yield line
            line, used = [(" " * (label_cells + 1), "")], 0
        cut = cells.truncate(
            text.lstrip(f" {context.theme.signs.dot}") if is_new else text, room - used, context.theme.signs.ellipsis
        )
        line.append((cut, role))
        used += cells.width(cut)
    yield line
