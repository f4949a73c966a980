"""The pages about the rules: all of them as tables, the calendars with their holidays, a change with its check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
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

_COLUMN_GAP, _MIN_COLUMN = "  ", 6  # between two columns; cells of the narrowest with Chinese in it
_DIFF_ROLES = {"+": "good", "-": "late", "@": "dim"}


def render_waiting(context: Context, width: int) -> list[StyledLine]:
    """Return a notice that a change of the rules waits, and for what; no lines if none waits."""
    in_force, say = context.desk.policy_in_force, context.say
    if not in_force.has_draft:
        text = say(in_force.notice) if in_force.notice else ""
    elif in_force.is_own:
        text = say("A change in policy.yaml is waiting: below are the rules in force until the next act adopts it.")
    else:
        key = context.keymap.key_label("sync")
        text = say(
            "A change in policy.yaml is waiting: below are the rules in force until the hub accepts it. {key} sends "
            "it.",
            key=key,
        )
    return [*([(row, "risk")] for row in cells.wrap(text, width - 2)), []] if text else []


def _format_since(since: JsonValue, context: Context) -> str:
    """Return when a version begins, as people write it: a date unchanged, an instant in the zone of the desk."""
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
        ("later", "From {since} on, another version replaces it."),
        ("earlier", "An earlier version began on {since}."),
    ):
        dates = description[name]
        assert isinstance(dates, list)
        lines += [[(say(template, since=_format_since(since, context)), "dim")] for since in dates]
    text = say(
        "At risk once less than {share} of the time is left. Entries more than {backdate} late are made by a lead.",
        share=description["at_risk"],
        backdate=description["backdate"],
    )
    lines += [[(row, "")] for row in cells.wrap(text, width - 2)]
    for section in list_policy_sections(description, say):
        lines += [
            [],
            meter.section_line(section.title, width - 1, context.theme),
            *_render_section(section, context, width - 1),
        ]
    return lines


def _render_section(section: PolicySection, context: Context, width: int) -> Iterator[StyledLine]:
    """Yield the rows of a section as a table, or if that is too wide, with its columns one below the other."""
    rows = [[cells.sanitize_line(text) for text in row] for row in (section.headings, *section.rows)]
    widths = _fit_columns(rows, width - len(_COLUMN_GAP) * (len(section.headings) - 1))
    yield from _render_table(rows, widths) if widths else _render_records(rows, context, width)


def _fit_columns(rows: list[list[str]], room: int) -> list[int]:
    """Return the widths of the columns: the widest shrink, down to their longest word; none if that is too wide."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(cells.width, column)) for column in columns]
    least = [max(map(_longest_word, column)) for column in columns]
    while sum(widths) > room:
        spare = [size if size > word else 0 for size, word in zip(widths, least, strict=True)]
        if not any(spare):
            return []
        widths[spare.index(max(spare))] -= 1
    return widths


def _longest_word(text: str) -> int:
    """Return the cells that a text needs so that no word is broken; Chinese may be broken after any character."""
    return max((cells.width(word) if word.isascii() else _MIN_COLUMN for word in text.split()), default=1)


def _render_table(rows: list[list[str]], widths: list[int]) -> Iterator[StyledLine]:
    for number, row in enumerate(rows):
        wrapped = [cells.wrap(text, cell) for text, cell in zip(row, widths, strict=True)]
        for parts in zip_longest(*wrapped, fillvalue=""):
            texts = (cells.fit(text, cell, "") for text, cell in zip(parts, widths, strict=True))
            yield [(_COLUMN_GAP.join(texts).rstrip(), "" if number else "dim")]


def _render_records(rows: list[list[str]], context: Context, width: int) -> Iterator[StyledLine]:
    headings, *records = rows
    for first, *others in records:
        yield from ([(row, "strong")] for row in cells.wrap(first, width))
        for heading, text in zip(headings[1:], others, strict=True):
            told = context.say("{label}: {text}", label=heading, text=text) if text else ""
            yield from ([(f"  {row}", "")] for row in cells.wrap(told, width - 2) if row)


def find_warnings(context: Context) -> list[str]:
    """Return the warnings about dates written in the calendars; imports the package `holidays`."""
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
        for day in calendar["holidays"]:
            lead, rows = f"  {day}  ", cells.wrap(names.get(day, ""), width - len(f"  {day}  ") - 1)
            lines += [[(lead if not n else " " * len(lead), "dim"), (row, "")] for n, row in enumerate(rows)]
        if not calendar["holidays"]:
            lines.append([(f"  {say('no upcoming holidays are listed')}", "dim")])
    return lines


# --- a change -----------------------------------------------------------------------------------------------------


def render_amendment(
    amendment: Amendment | None, failure: FenjiError | None, context: Context, width: int
) -> list[StyledLine]:
    """Return what a change does or why it is refused, and its diff; or why it cannot be read."""
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
        sentence = "No change here needs a new version; they can go in the one in force."
        if amendment.moved:
            sentence = "New version from {since} on; the old values are under `earlier`: {keys}."
        elif amendment.since:
            sentence = "New version from {since} on."
        text = say(sentence, since=_format_since(amendment.since, context), keys=tuple(amendment.moved))
        lines += [[(row, "good")] for row in cells.wrap(text, width - 2)]
    lines.append([])
    for line in list(amendment.diff())[2:]:  # without the file names and the unchanged lines
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
    if not problem.line:
        return context.say(problem.message)
    return context.say("line {line}: {message}", line=problem.line, message=problem.message)
