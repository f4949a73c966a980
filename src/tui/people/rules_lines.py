"""The pages about the rules: all of them as tables, the calendars with their holidays, a change with its check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from fenji.errors import Damaged, FenjiError
from fenji.model.policy.describe import describe_policy
from fenji.model.policy.sections import list_policy_sections, translate_weekdays
from fenji.model.worktime.hours import to_date
from tui.drawing import cells, meter

if TYPE_CHECKING:
    from fenji.desk.amend import Amendment
    from fenji.errors import Problem
    from fenji.model.policy.sections import PolicySection
    from fenji.model.values import JsonValue
    from tui.context import Context
    from tui.drawing.theme import StyledLine

_MIN_LAST = 12  # cells of the last column, which is wrapped
_DIFF_ROLES = {"+": "good", "-": "late", "@": "dim"}


def has_waiting_change(context: Context) -> bool:
    """Whether policy.yaml can be read and is not what is in force."""
    return bool(context.desk.policy_notice and not context.desk.policy_problems)


def render_waiting(context: Context, width: int) -> list[StyledLine]:
    """Return in words that a change of the rules waits, and for what; nothing where none does."""
    in_force, say = context.desk.policy_in_force, context.say
    if in_force.problems or in_force.policy.newer_format:
        text = say(in_force.notice) if in_force.notice else ""
    elif in_force.draft is None:
        text = ""
    elif in_force.is_own:
        text = say("A change in policy.yaml waits: below stand the rules in force until the next act takes it.")
    else:
        key = context.keymap.key_label("sync")
        text = say(
            "A change in policy.yaml waits: below stand the rules in force until the hub takes it. {key} sends it.",
            key=key,
        )
    return [*([(row, "risk")] for row in cells.wrap(text, width - 2)), []] if text else []


def _format_since(since: JsonValue, context: Context) -> str:
    """Return when a version begins as a person writes it: a date as it stands, an instant in the zone of the desk."""
    text = str(since)
    if "T" not in text:
        return text
    return f"{datetime.fromisoformat(text).astimezone(context.formatter.zone):%Y-%m-%d %H:%M}"


def render_rules(description: Mapping[str, JsonValue], context: Context, width: int) -> list[StyledLine]:
    """Return when the version in force began and which others there are, then a table for each section."""
    say = context.say
    lines: list[StyledLine] = [
        [(say("Policy since {since}", since=_format_since(description["since"], context)), "strong")]
    ]
    for name, template in (
        ("later", "From {since} on another version takes its place."),
        ("earlier", "A former version held from {since} on."),
    ):
        dates = description[name]
        assert isinstance(dates, list)
        lines += [[(say(template, since=_format_since(since, context)), "dim")] for since in dates]
    text = say(
        "At risk once less than {share} of the time is left. What is entered more than {backdate} late, a lead enters.",
        share=description["at_risk"],
        backdate=description["backdate"],
    )
    lines += [[(row, "")] for row in cells.wrap(text, width - 2)]
    ellipsis = context.theme.signs.ellipsis
    for section in list_policy_sections(description, say):
        lines += [
            [],
            meter.section_line(section.title, width - 1, context.theme),
            *_render_table(section, width - 1, ellipsis),
        ]
    return lines


def _render_table(section: PolicySection, width: int, ellipsis: str) -> Iterator[StyledLine]:
    """Yield the rows of a table; the last column takes what is left and is wrapped, others are cut to a third."""
    rows = [section.headings, *section.rows]
    count = len(section.headings)
    widths = [max(cells.width(cells.sanitize_line(row[n])) for row in rows) for n in range(count)]
    most = width if sum(widths) + 2 * (count - 1) <= width else max(width // 3, 6)
    shown = [min(cell, most) for cell in widths[:-1]]
    last = max(width - sum(shown) - 2 * len(shown), _MIN_LAST)
    for number, row in enumerate(rows):
        texts = [cells.sanitize_line(text) for text in row]
        first = "".join(f"{cells.fit(text, cell, ellipsis)}  " for text, cell in zip(texts, shown, strict=False))
        for part, text in enumerate(cells.wrap(texts[-1], last)):
            indent = first if not part else " " * cells.width(first)
            yield [(f"{indent}{text}", "" if number else "dim")]


def find_warnings(context: Context) -> list[str]:
    """Return what is to be seen to in the written dates of the calendars; imports the package `holidays`."""
    from fenji.desk.date_warnings import find_date_warnings

    calendars = context.desk.policy.versions[-1].calendars
    warnings = find_date_warnings(calendars, context.desk.now())
    return [f"{context.say(warning.message)} {context.say(warning.hint)}" for warning in warnings]


def render_holidays(warnings: list[str] | None, context: Context, width: int) -> list[StyledLine]:
    """Return the warnings, then the zone, the week and the next holidays of each calendar with their names."""
    say, policy, now = context.say, context.desk.policy, context.desk.now()
    version = policy.version(now)
    described = describe_policy(policy, now)["calendars"]
    assert isinstance(described, list)
    lines: list[StyledLine] = []
    for warning in warnings or ():
        lines += [[(row, "risk")] for row in cells.wrap(warning, width - 2)]
    for calendar in described:
        lines += [[]] if lines else []
        hours = version.calendars[calendar["name"]].hours
        written = hours.written.dates if hours and hours.written else ()
        names = {to_date(day).isoformat(): name for day, name in written}
        sites = [
            f"{code} {cells.sanitize_line(site.name)}".rstrip()
            for code, site in version.sites.items()
            if site.calendar == calendar["name"]
        ]
        right = "  ".join((*([calendar["name"]] if sites else []), f"{calendar['zone']} "))
        title = context.formatter.join(sites) or calendar["name"]
        lines.append(meter.section_line(title, width - 1, context.theme, right=right))
        lines += [[(f"  {translate_weekdays(span, say)}", "")] for span in calendar["week"]]
        lines += [[(f"  {day}  ", "dim"), (names.get(day, ""), "")] for day in calendar["holidays"]]
        if not calendar["holidays"]:
            lines.append([(f"  {say('no coming holidays are written down')}", "dim")])
    return lines


# --- a change -----------------------------------------------------------------------------------------------------


def render_amendment(
    amendment: Amendment | None, failure: FenjiError | None, context: Context, width: int
) -> list[StyledLine]:
    """Return what the change does, what it is refused for, and the difference; or why it cannot be read."""
    if failure:
        return [*_render_failure(failure, context, width)]
    if amendment is None:
        return [[(context.say("Nothing was changed."), "")]]
    say = context.say
    lines: list[StyledLine] = []
    for problem in amendment.problems:
        lines += [[(row, "late")] for row in cells.wrap(_describe(problem, context), width - 2)]
    if amendment.problems:
        lines.insert(0, [(say("{path} is refused.", path="policy.yaml"), "late strong")])
    elif not amendment.changes:
        lines.append([(say("Nothing was changed."), "")])
    else:
        sentence = "Nothing of this needs a new version: it may change in place."
        if amendment.moved:
            sentence = "From {since} on: a new version; under `earlier` stands what was: {keys}."
        elif amendment.since:
            sentence = "From {since} on: a new version."
        text = say(sentence, since=_format_since(amendment.since, context), keys=tuple(amendment.moved))
        lines += [[(row, "good")] for row in cells.wrap(text, width - 2)]
    lines.append([])
    for line in list(amendment.diff())[2:]:  # without the names of the files, and without what stays
        if role := _DIFF_ROLES.get(line[:1]):
            lines += [[(row, role)] for row in cells.wrap(cells.sanitize_line(line), width - 2)]
    return lines


def _render_failure(failure: FenjiError, context: Context, width: int) -> Iterator[StyledLine]:
    for row in cells.wrap(context.formatter.format_error(failure), width - 2):
        yield [(row, "late strong")]
    for problem in failure.problems if isinstance(failure, Damaged) else ():
        for row in cells.wrap(_describe(problem, context), width - 2):
            yield [(row, "late")]


def _describe(problem: Problem, context: Context) -> str:
    place = f"{problem.line}:{problem.column} " if problem.line else ""
    return f"{place}{context.say(problem.message)}"
