"""The lines of people and rules: who has how much in hand, the tickets of one, the rules in force. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.model.board import CLOCK_SIGNS
from fenji.model.load import GRADES, LATE, NOBODY, OPEN, SOON, WAITING, HeldItem
from fenji.model.policy.parts import ALWAYS
from fenji.model.policy.sections import translate_weekdays
from tui.board.columns import clock_label, is_of_site, number_parts
from tui.drawing import cells, meter
from tui.drawing.head_line import align_ends, render_head_line
from tui.plan.plan_lines import short_number
from tui.ticket.ticket_head import priority_role, short_key

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.load import Belongings, PersonLoad
    from fenji.model.values import JsonValue
    from tui.context import Context
    from tui.drawing.theme import StyledLine, StyledSpan, Theme

GRADE_ROLES = {LATE: "late", SOON: "risk", OPEN: "accent", WAITING: "dim"}
# Waiting tickets have a letter: the sign for held would say that their clock is stopped, but it may run.
_GRADE_SIGNS = {LATE: CLOCK_SIGNS["breached"], SOON: CLOCK_SIGNS["at_risk"], WAITING: "w"}
_GRADE_WORDS = {LATE: "late", SOON: "due in 24h", OPEN: "in hand", WAITING: "waiting"}
_FULL_LOAD = 10  # tickets that fill a bar, unless somebody has more
_SMALL = 10  # decided clocks below which a rate is in brackets (figures 1)
_METER = 4
_NUMBER_CELLS = 8


class PersonFigures(Struct, frozen=True):
    """The hours and the decided clocks of one person in the period that is shown."""

    hours: int = 0
    met: int = 0
    decided: int = 0


class PeopleLayout(Struct, frozen=True):
    """The widths of the columns in cells; 0 for a column that does not fit."""

    width: int
    name: int
    unit: int
    bar: int
    has_figures: bool


def layout_people(width: int) -> PeopleLayout:
    """Return a layout without hours and rates below 72 cells, without units below 64; room widens names, then bars."""
    if width < 64:
        return PeopleLayout(width, 12, 0, max(width - 12 - 3 - 9 - 11, 4), has_figures=False)
    name = 11 if width < 100 else 20 if width < 150 else 28
    unit = 11 if width < 100 else 14 if width < 150 else 20
    figures = width >= 72
    bar = width - 3 - name - unit - 9 - 15 - (15 if figures else 0) - 2
    return PeopleLayout(width, name, unit, min(bar, 64), has_figures=figures)


# --- head and table -----------------------------------------------------------------------------------------------


def render_head(loads: Sequence[PersonLoad], context: Context, time: str, width: int) -> StyledLine:
    """Return the site, how many people there are, and how many tickets are open and without owner."""
    say, dot = context.say, context.theme.signs.dot
    total = sum(load.total for load in loads)
    unowned = sum(load.total for load in loads if load.person == NOBODY)
    people = sum(load.person != NOBODY for load in loads)
    words = [
        context.desk.site,
        say("{count} person", plural="{count} people", count=people),
        say("{count} open", count=total),
    ]
    left: StyledLine = [(f" {say('People and rules')}", "strong"), (f"  {f' {dot} '.join(filter(None, words))}", "")]
    if unowned:
        left += [(f" {dot} ", ""), (say("{count} without owner", count=unowned), "risk")]
    return render_head_line(left, [(f" {time} ", "")], width, context.theme)


def render_heads(layout: PeopleLayout, context: Context) -> StyledLine:
    """Return the column headings."""
    say, ellipsis = context.say, context.theme.signs.ellipsis
    text = "   " + cells.fit(say("Person"), layout.name, ellipsis)
    text += cells.fit(say("Unit"), layout.unit, ellipsis) if layout.unit else ""
    text += (
        cells.fit_right(say("in hand"), 8, ellipsis) + " " + cells.fit(say("load, by urgency"), layout.bar, ellipsis)
    )
    columns = ["late", "24h", *(["wait"] if layout.unit else [])]
    text += "".join(cells.fit_right(say(word), 5, ellipsis) for word in columns)
    if layout.has_figures:
        text += cells.fit_right(say("hours"), 7, ellipsis) + cells.fit_right(say("met"), 8, ellipsis)
    return [(cells.fit(text, layout.width, ""), "rule")]


def render_person(
    load: PersonLoad, figures: PersonFigures | None, full: int, layout: PeopleLayout, context: Context
) -> list[StyledSpan]:
    """Return a row of the table; `full` is how many tickets fill the bar."""
    say, theme, policy = context.say, context.theme, context.desk.policy
    is_nobody = load.person == NOBODY
    unit = say("duty queue") if is_nobody else policy.unit_of(load.person, context.desk.now())
    name = say("no owner") if is_nobody else load.person
    name_role = "risk strong" if is_nobody else ""
    if layout.name > 18 and load.person in policy.people:
        name = f"{name} {policy.people[load.person].name}"
    spans: list[StyledSpan] = [
        (
            f"  {cells.fit(cells.sanitize_line(name), layout.name - 1, theme.signs.ellipsis)} ",
            name_role,
        ),
        (cells.fit(unit, layout.unit, theme.signs.ellipsis), "dim"),
        (f"{load.total:>8} ", name_role if load.total else ""),
        *render_load(load, full, layout.bar, theme),
    ]
    grades = (LATE, SOON, *((WAITING,) if layout.unit else ()))
    spans += [_count_cell(load.count(grade), "" if grade == WAITING else GRADE_ROLES[grade], theme) for grade in grades]
    if layout.has_figures and figures and not is_nobody:
        rate, role = _format_rate(figures, theme)
        spans += [(f"{figures.hours:>7}", ""), (cells.fit_right(rate, 8), role)]
    return [span for span in spans if span[0]]


def _count_cell(count: int, role: str, theme: Theme) -> StyledSpan:
    strong = f"{role} strong".strip() if role else ""
    return (f"{count:>5}", strong) if count else (cells.fit_right(theme.signs.dot, 5), "faint")


def _format_rate(figures: PersonFigures, theme: Theme) -> tuple[str, str]:
    if not figures.decided:
        return theme.signs.dash, "dim"
    rate = f"{figures.met * 100 // figures.decided}%"
    return (f"({rate})", "dim") if figures.decided < _SMALL else (rate, "")


def full_load(loads: Sequence[PersonLoad]) -> int:
    """Return how many tickets fill a bar."""
    return max([_FULL_LOAD, *(load.total for load in loads)])


def render_load(load: PersonLoad, full: int, width: int, theme: Theme) -> list[StyledSpan]:
    """Return a bar of tickets: late, due in a day, open, waiting; each grade that occurs has at least one cell."""
    edges, total = [0], 0
    for grade in GRADES:
        total += load.count(grade)
        least = edges[-1] + bool(load.count(grade))
        edges.append(min(max(round(total * width / full), least), width))
    spans = [
        (_grade_sign(grade, theme) * (end - start), GRADE_ROLES[grade])
        for grade, (start, end) in zip(GRADES, pairwise(edges), strict=True)
    ]
    return [span for span in (*spans, (theme.signs.track * (width - edges[-1]), "faint")) if span[0]]


def _grade_sign(grade: str, theme: Theme) -> str:
    """Return the sign that fills a bar: the same for all grades, but the grade's own sign without colours."""
    return _GRADE_SIGNS.get(grade, theme.signs.full) if theme.palette.name == "mono" else theme.signs.full


def render_legend(context: Context, period: str, hidden: int, width: int) -> StyledLine:
    """Return the legend of the bars' colours, the period of hours and rates, and how many rows are further down."""
    theme = context.theme
    left: StyledLine = [(" ", "")]
    for grade in GRADES:
        left += [(f"  {_grade_sign(grade, theme)} {context.say(_GRADE_WORDS[grade])}", GRADE_ROLES[grade])]
    more = f" {theme.signs.below} {hidden}  " if hidden else ""
    right: StyledLine = [(f"{more}{period if width >= 72 else ''} ", "dim")]
    return align_ends(left, right, width, theme)


# --- one person ---------------------------------------------------------------------------------------------------


def render_person_head(load: PersonLoad, context: Context, width: int) -> StyledLine:
    """Return the head line of a person: name, unit, roles, and how much is in hand."""
    say, policy, now, dot = context.say, context.desk.policy, context.desk.now(), context.theme.signs.dot
    counts = [say("{count} open", count=load.total)]
    counts += [say("{count} item", plural="{count} items", count=len(load.items))] if load.items else []
    right: StyledLine = [(f" {f' {dot} '.join(counts)} ", "dim")]
    if load.person == NOBODY:
        left: StyledLine = [(f" {say('no owner')}", "strong")]
        return render_head_line(left, right, width, context.theme)
    person = policy.people.get(load.person)
    unit = policy.unit_of(load.person, now)
    words = [context.name_unit(unit)]
    words += [say(role) for role in ("engineer", "lead", "manager", "admin") if role in policy.roles(load.person, now)]
    since = (
        next((f"{since:%Y-%m}" for since, key in reversed(person.units) if since and key == unit), "") if person else ""
    )
    words += [say("since {day}", day=since)] if since else []
    left = [(f" {load.person}{f' {person.name}' if person else ''}", "strong")]
    left += [(f"  {f' {dot} '.join(cells.sanitize_line(word) for word in words if word)}", "")]
    ending = person.until.get("") if person else None
    left += [(f" {dot} {say('until {day}', day=f'{ending:%Y-%m-%d}')}", "risk")] if ending else []
    return render_head_line(left, right, width, context.theme)


def render_ticket(row: Row, context: Context, width: int) -> list[StyledSpan]:
    """Return a ticket: sign, priority, time left, share of the promise used, clock, number, title, state."""
    signs, formatter, ticket = context.theme.signs, context.formatter, row.ticket
    role = {"!": "late", "~": "risk", "=": "dim"}.get(row.sign, "")
    is_met = row.promise is None and row.reading.solution.met is True
    sign, sign_role = (signs.met, "good") if is_met else (row.sign, role)
    left = formatter.word("met") if is_met else row.left_text
    state = formatter.state(ticket.state) if width >= 64 else ""
    site, year = context.desk.site, row.reading.at.astimezone(formatter.zone).year
    number = "".join(number_parts(row.id, _NUMBER_CELLS, site=site, year=year))
    spans: list[StyledSpan] = [
        (sign, sign_role),
        (" ", ""),
        (cells.fit(ticket.priority_text, 3), priority_role(ticket.priority_text, context.desk.policy, filled=False)),
        (f"{cells.fit_right(left, 8)} ", sign_role),
        *_render_meter(row, is_met=is_met, context=context, width=width),
        (f"{cells.fit_right(number, _NUMBER_CELLS)} ", "" if is_of_site(row.id, site) else "info"),
    ]
    used = 1 + sum(cells.width(text) for text, _ in spans)
    room = max(width - used - cells.width(state) - 3, 4)
    title_role = "strong" if row.sign == "!" else ""
    return [
        *spans,
        (f"{cells.fit(cells.sanitize_line(ticket.title), room, signs.ellipsis)}  ", title_role),
        (state, "dim"),
    ]


def _render_meter(row: Row, *, is_met: bool, context: Context, width: int) -> list[StyledSpan]:
    if width < 64:
        return []
    promise = row.promise or row.reading.solution
    target, left = promise.target_s, promise.left_s
    used = 1.0 if row.sign == "!" else 1 - (left or 0) / target if target and left is not None else 0.0
    full, track = meter.split_meter(used, _METER, context.theme.signs)
    clock = clock_label(row.next_clock, 4, context.formatter)
    return [(full + track, meter.meter_role(row.sign, is_met=is_met)), (f" {cells.fit(clock, 4, '')} ", "dim")]


def render_item(item: HeldItem, context: Context, width: int) -> list[StyledSpan]:
    """Return an item of a plan that the person has: sign, key, due date, description, and number of its project."""
    clock = item.row.reading.items.get(item.key)
    sign = {"breached": "!", "at_risk": "~", "held": "="}.get(clock.state if clock else "", " ")
    role = {"!": "late", "~": "risk", "=": "dim"}.get(sign, "")
    part = next(part for part in item.row.ticket.plan if part.key == item.key)
    due = f"{clock.due:%m-%d}" if clock and clock.due else part.due[5:]
    spans: list[StyledSpan] = [
        (f"{sign} ", role),
        (f"{cells.fit(short_key(item.key), 3)} ", "strong"),
        (f"{due:>7} ", role),
    ]
    number = item.row.id
    room = max(width - 1 - sum(cells.width(text) for text, _ in spans) - cells.width(number) - 3, 4)
    what = cells.fit(cells.sanitize_line(part.what), room, context.theme.signs.ellipsis)
    return [*spans, (f"{what}  ", ""), *short_number(number)]


# --- rules and leaving --------------------------------------------------------------------------------------------


def render_rules_in_force(
    description: Mapping[str, JsonValue], week: str, context: Context, width: int
) -> list[StyledLine]:
    """Return the promises in force with the date they apply from; `week` are the working hours of the site."""
    say, key = context.say, context.keymap.key_label("rules")
    title = say("rules in force since {day}", day=str(description["since"])[:10])
    later = description["later"]
    if isinstance(later, list) and later:
        title = f"{title} {context.theme.signs.dot} {say('others from {day}', day=str(later[0])[:10])}"
    if context.desk.policy_in_force.has_draft:
        title = f"{title} ~ {say('a change waits')}"
    lines = [meter.section_line(f" {title}", width, context.theme, right=f"{key} {say('all rules')} ")]
    levels = description["levels"]
    assert isinstance(levels, list)
    for number, level in enumerate(levels):
        hours = (
            say("around the clock")
            if level["calendar"] == ALWAYS
            else f"{say('working hours')} {translate_weekdays(week, say)}"
        )
        name, role = (f" {level['level']} ", "p1") if not number else (f" {level['level']} ", _level_role(number))
        response, solution = (say(level[clock]) for clock in ("response", "solution"))
        text = f"  {say('answer')} {response:>6}   {say('solve')} {solution:>6}   "
        lines.append([("  ", ""), (name, role), (text, ""), (cells.truncate(hours, width - 40, "~"), "dim")])
    return lines


def _level_role(number: int) -> str:
    return {1: "late strong", 2: ""}.get(number, "dim")


def render_leaving(belongings: Belongings, name: str, context: Context, width: int) -> list[StyledLine]:
    """Return what a person who leaves still has, each with the key that passes it on to somebody else."""
    say, key = context.say, context.keymap.key_label
    lines = [meter.section_line(f" {say('if {person} leaves', person=name)}", width, context.theme)]
    counts = [
        say("{count} ticket", plural="{count} tickets", count=len(belongings.rows)) if belongings.rows else "",
        say("{count} item", plural="{count} items", count=len(belongings.items)) if belongings.items else "",
    ]
    held = context.formatter.join(filter(None, counts))
    rows = [(held, "hand_over", say("hands all of it over in one act"))] if held else []
    if belongings.sites:
        rows.append(
            (say("leads {sites}", sites=tuple(belongings.sites)), "amend", say("names another lead in the rules"))
        )
    if belongings.routes:
        text = say("gets tickets by route {places}", places=tuple(map(str, belongings.routes)))
        rows.append((text, "amend", say("names another owner in the rules")))
    rows.append((say("the last day here"), "amend", say("writes that day into the rules")))
    if not held:
        lines.append([(f"   {say('has nothing left in hand')}", "good")])
    for what, action, does in rows:
        lines.append(
            [(f"   {what}   ", "risk" if action == "hand_over" else ""), (key(action), "key"), (f" {does}", "dim")]
        )
    return lines
