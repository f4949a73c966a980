"""Commands that write dates into policy.yaml: policy holidays, policy zones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from fenji import files
from fenji.cli.base import command
from fenji.cli.params import TEXT, TextParam
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.desk.open import POLICY_FILE
from fenji.errors import NotFound, os_reason

if TYPE_CHECKING:
    from fenji.desk.policy_dates import CalendarDates, PolicyDates
    from fenji.model.values import JsonValue

_DRY_RUN = click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
_CALENDAR = click.option(
    "--calendar", metavar="NAME", default="", type=TextParam("calendar"), help="Only this calendar."
)
Plan = Callable[["PolicyDates"], "list[CalendarDates]"]
Write = Callable[["PolicyDates", "list[CalendarDates]"], bytes]


@command("COUNTRY such as SA, or a region such as DE-BY; YEARS such as 2026-2028. What has begun is left as it is.")
@click.argument("country", type=TEXT)
@click.argument("years", type=TEXT)
@_CALENDAR
@_DRY_RUN
def policy_holidays(session: Session, country: str, years: str, calendar: str, *, dry_run: bool) -> CommandOutput:
    """Write the holidays of a country as dates, into the calendars that name it or the one given."""
    from fenji.desk.policy_dates import parse_country, parse_years

    place, span = parse_country(country), parse_years(years)
    return _write_dates(
        session,
        lambda dates: dates.plan_holidays(place, span, calendar),
        lambda dates, plans: dates.write_holidays(plans, place),
        dry_run=dry_run,
    )


@command("YEARS such as 2026-2028. A zone with no offset change in them needs none. What has begun is left as it is.")
@click.argument("years", type=TEXT)
@_CALENDAR
@_DRY_RUN
def policy_zones(session: Session, years: str, calendar: str, *, dry_run: bool) -> CommandOutput:
    """Write the clock changes of every calendar's time zone, such as to summer time."""
    from fenji.desk.policy_dates import parse_years

    span = parse_years(years)
    return _write_dates(
        session,
        lambda dates: dates.plan_zones(span, calendar),
        lambda dates, plans: dates.write_zones(plans),
        dry_run=dry_run,
    )


def _write_dates(session: Session, plan: Plan, write: Write, *, dry_run: bool) -> CommandOutput:
    from fenji.desk import amend
    from fenji.desk.policy_dates import PolicyDates

    desk = session.desk
    with desk.store.lock:
        try:
            data = files.read(desk.root / POLICY_FILE)[0]
        except OSError as error:
            raise NotFound("{path} cannot be read: {reason}.", path=POLICY_FILE, reason=os_reason(error)) from error
        dates = PolicyDates(data, desk.now())
        plans = plan(dates)
        changed = amend.date_what_has_run(desk, data, write(dates, plans))
        if changed != data and not dry_run:
            files.write(desk.root, POLICY_FILE, changed)
    document: dict[str, JsonValue] = {
        "path": POLICY_FILE,
        "written": changed != data and not dry_run,
        "calendars": [planned.mapping() for planned in plans],
    }
    return CommandOutput(_describe_plans(plans, session, dry_run=dry_run), lambda: document)


def _describe_plans(plans: Sequence[CalendarDates], session: Session, *, dry_run: bool) -> Iterator[str | OutputLine]:
    changing = [plan for plan in plans if plan.changes]
    for plan in changing:
        yield OutputLine(session.say("Calendar {name}", name=plan.calendar), "head")
        rows = [("-", key, word) for key, word in plan.removed.items()]
        rows += [("+", key, word) for key, word in plan.added.items()]
        yield from (f"  {sign} {key} {word}".rstrip() for sign, key, word in sorted(rows, key=lambda row: row[1]))
    if not changing:
        yield session.say("Nothing to write: policy.yaml already matches the installed packages.")
    elif dry_run:
        yield session.say("Nothing was written.")
    else:
        yield session.say("Written to policy.yaml as a draft; check it with: fenji policy check")
