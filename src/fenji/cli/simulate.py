"""The `policy try` command: applies another policy to the past and shows which verdicts would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.cells import TableColumn, format_table
from fenji.cli.clock_lines import format_instant
from fenji.cli.failures import name_bad_files
from fenji.cli.params import TEXT, parse_instant
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.desk.simulate import simulate_policy
from fenji.errors import InvalidUsage, name_some
from fenji.model.simulation import VERDICTS, Simulation, TicketGroup, VerdictChange, VerdictTally

_DEFAULT_LIMIT = 20
_MAX_NAMED = 5  # tickets named at most, of those with a priority unknown to the other policy


@command(
    "The tickets reported since DATE, open and archived, as they are now, and as they would be under the rules in "
    "FILE, each of its versions in its time. Nothing is changed."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", required=True, metavar="DATE", type=TEXT, help="From this date on, such as 2026-01-01.")
@click.option(
    "--ids",
    metavar="N",
    type=click.IntRange(min=0),
    default=_DEFAULT_LIMIT,
    help="Maximum verdicts to list; 20 by default.",
)
@click.option("--newest", is_flag=True, help="As if its newest version had always been in force.")
def policy_try(session: Session, file: Path, since: str, ids: int, *, newest: bool) -> CommandOutput:
    """Show what another policy would have made of the past."""
    tried = simulate_policy(session.desk, file, _parse_since(since, session.zone), newest_only=newest)
    output = CommandOutput(
        _render_lines(tried.comparison, file.name, ids, session, newest=newest),
        lambda: {"path": str(file), **tried.comparison.mapping()},
    )
    return name_bad_files(output, tried.bad, session)


def _parse_since(text: str, zone: tzinfo) -> date:
    if ":" in text:
        return parse_instant(text, zone)
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidUsage("Not a date: {text}.", hint="Write it as 2026-03-01.", text=text) from None


# --- the figures --------------------------------------------------------------------------------------------------


def _render_lines(
    trial: Simulation, name: str, limit: int, session: Session, *, newest: bool
) -> Iterator[str | OutputLine]:
    since = format_instant(trial.since, session)
    if not trial.tickets:
        yield session.say("No ticket has been reported since {since}.", since=since)
        return
    heading = session.say(
        "{count} ticket reported since {since}",
        plural="{count} tickets reported since {since}",
        count=trial.tickets,
        since=since,
    )
    yield OutputLine(heading, "head")
    if newest:
        yield session.say("now: the policy in force; then: the newest version of {path} throughout", path=name)
    else:
        yield session.say("now: the policy in force; then: {path}, each version at its time", path=name)
    if trial.regraded:
        yield session.say("{count} of them would have another priority.", count=trial.regraded)
    if trial.unplaced:
        yield _describe_unplaced(trial.unplaced, session)
    for title, clock in (("Response", "response"), ("Solution", "solution")):
        yield ""
        yield OutputLine(session.say(title), "head")
        yield from _render_tallies(trial.groups, clock, session)
    if any(_is_marked(tally) for group in trial.groups for tally in _iter_tallies(group)):
        yield ""
        yield session.say("* fewer than ten decided")
    yield ""
    yield from _render_changes(trial.changes, limit, session)


def _describe_unplaced(ids: Sequence[str], session: Session) -> str:
    names = name_some(ids, _MAX_NAMED)
    return session.say(
        "{count} have a priority it does not know; they count as its lowest: {ids}", count=len(ids), ids=names
    )


def _render_tallies(groups: Sequence[TicketGroup], clock: str, session: Session) -> Iterator[str]:
    """Yield a table with two rows for each group: now and then."""
    headings = ("Tickets", "Met", "Missed", "Excused", "Undecided", "No promise", "Attainment")
    drop_priorities = {"No promise": 3, "Tickets": 2, "Excused": 1}
    columns, rows = [TableColumn(""), TableColumn("")], []
    for heading in headings:
        priority = drop_priorities.get(heading, 0)
        columns.append(TableColumn(session.say(heading), align_right=True, drop_priority=priority))
    for group in groups:
        sides = group.clocks[clock]
        rows.append([_group_label(group, session), session.say("now"), *_format_figures(sides.current, session)])
        rows.append(["", session.say("then"), *_format_figures(sides.proposed, session)])
    screen_width = streams.terminal_width()
    yield from (f"  {line}" for line in format_table(columns, rows, screen_width and screen_width - 2))


def _group_label(group: TicketGroup, session: Session) -> str:
    if group.by == "all":
        return session.say("All")
    return session.say(group.value) if group.by == "kind" and group.value else group.value or "-"


def _format_figures(tally: VerdictTally, session: Session) -> list[str]:
    counts = [tally.tickets, *(getattr(tally, name) for name in VERDICTS)]
    return [*map(str, counts), _format_attainment(tally, session)]


def _format_attainment(tally: VerdictTally, session: Session) -> str:
    if not tally.decided:
        return session.say("no data")
    tenths = tally.met * 1000 // tally.decided  # rounded down, so that 100 % means all
    return f"{tenths // 10}.{tenths % 10} %{' *' if _is_marked(tally) else '  '}"


def _is_marked(tally: VerdictTally) -> bool:
    return tally.small and tally.decided > 0


def _iter_tallies(group: TicketGroup) -> Iterator[VerdictTally]:
    for sides in group.clocks.values():
        yield from (sides.current, sides.proposed)


# --- the verdicts that would change -------------------------------------------------------------------------------


def _render_transitions(changes: Sequence[VerdictChange], session: Session) -> Iterator[str]:
    """Yield a table that counts the changes from one verdict to another."""
    transitions = Counter((change.clock, change.current.verdict, change.proposed.verdict) for change in changes)
    columns = [TableColumn(session.say(heading)) for heading in ("Clock", "From", "To")]
    rows = [[*(session.say(word) for word in transition), str(count)] for transition, count in transitions.items()]
    yield from (f"  {line}" for line in format_table([*columns, TableColumn("", align_right=True)], rows, 0))


def _render_changes(changes: Sequence[VerdictChange], limit: int, session: Session) -> Iterator[str | OutputLine]:
    if not changes:
        yield session.say("No verdict would change.")
        return
    yield OutputLine(
        session.say("{count} verdict would change", plural="{count} verdicts would change", count=len(changes)), "head"
    )
    yield from _render_transitions(changes, session)
    if limit:
        yield ""
        yield from _render_change_list(changes[:limit], session)
    if len(changes) > limit:
        left = len(changes) - limit
        yield session.say("{count} more; all of them: --ids {all}, or --json", count=left, all=len(changes))


def _render_change_list(changes: Sequence[VerdictChange], session: Session) -> Iterator[str]:
    columns = [
        TableColumn(session.say("Number")),
        TableColumn(session.say("Clock"), drop_priority=1),
        TableColumn(session.say("From")),
        TableColumn(session.say("To")),
        TableColumn(session.say("Due now"), drop_priority=3),
        TableColumn(session.say("Due then"), drop_priority=2),
        TableColumn(session.say("Title"), elastic=True),
    ]
    rows = (
        (
            change.id,
            *(session.say(word) for word in (change.clock, change.current.verdict, change.proposed.verdict)),
            *(_format_due(side.due, session.zone) for side in (change.current, change.proposed)),
            change.title,
        )
        for change in changes
    )
    screen_width = streams.terminal_width()
    yield from (f"  {line}" for line in format_table(columns, rows, screen_width and screen_width - 2))


def _format_due(due: datetime | None, zone: tzinfo) -> str:
    """Format a due time to the minute in the site's zone; the heading above shows the offset."""
    return f"{due.astimezone(zone):%Y-%m-%d %H:%M}" if due else "-"
