"""The command that tries another policy on the past: both sides in one table, and the verdicts that would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.cli.cells import Column, table
from fenji.cli.failing import problem_line
from fenji.cli.grammar import command
from fenji.cli.pages import shown_instant
from fenji.cli.session import Answer, Line, Session
from fenji.cli.values import TEXT, instant
from fenji.desk.trying import try_policy
from fenji.errors import Damaged, Misused
from fenji.trial import VERDICTS

if TYPE_CHECKING:
    from fenji.store import Bad
    from fenji.trial import Change, Group, Tally, Trial

_LISTED = 20
_NAMED = 5  # bad files, and tickets with a priority that the tried policy does not have


@command(
    "The tickets reported since DATE, open and archived, as they stand now, and as they would stand had the rules of "
    "FILE been in force all the time. Nothing is changed."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", required=True, metavar="DATE", type=TEXT, help="From this date on, as 2026-01-01.")
@click.option(
    "--ids", metavar="N", type=click.IntRange(min=0), default=_LISTED, help="List at most so many verdicts; else 20."
)
def policy_try(session: Session, file: Path, since: str, ids: int) -> Answer:
    """What another policy would have made of the past."""
    found = try_policy(session.desk, file, _since(since, session.zone))
    return Answer(
        _lines(found.trial, file.name, ids, session),
        lambda: {"path": str(file), **found.trial.mapping()},
        remarks=tuple(_unread(found.bad, session)),
        exit_code=Damaged.exit_code if found.bad else 0,
    )


def _since(text: str, zone: tzinfo) -> date:
    if ":" in text:
        return instant(text, zone)
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Misused("{text} is no date.", hint="Write it as 2026-03-01.", text=text) from None


def _unread(bad: Sequence[Bad], session: Session) -> Iterator[str]:
    if bad:
        yield session.say("{count} files cannot be read. All of it: fenji check", count=len(bad))
    for one in bad[:_NAMED]:
        yield problem_line(one.problems[0], session) if one.problems else one.path


# --- the figures --------------------------------------------------------------------------------------------------


def _lines(trial: Trial, name: str, most: int, session: Session) -> Iterator[str | Line]:
    since = shown_instant(trial.since, session)
    if not trial.tickets:
        yield session.say("No ticket has been reported since {since}.", since=since)
        return
    heading = session.say("{count} tickets reported since {since}", count=trial.tickets, since=since)
    yield Line(heading, "head")
    yield session.say("now: the policy in force; then: {path}, as if in force all the time", path=name)
    if trial.regraded:
        yield session.say("{count} of them would have another priority.", count=trial.regraded)
    if trial.unplaced:
        yield _unplaced(trial.unplaced, session)
    for title, clock in (("Response", "response"), ("Solution", "solution")):
        yield ""
        yield Line(session.say(title), "head")
        yield from _tallies(trial.groups, clock, session)
    if any(_marked(tally) for one in trial.groups for tally in _all_tallies(one)):
        yield ""
        yield session.say("* fewer than ten are decided")
    yield ""
    yield from _changed(trial.changes, most, session)


def _unplaced(ids: Sequence[str], session: Session) -> str:
    named = ", ".join(ids[:_NAMED]) + (" .." if len(ids) > _NAMED else "")
    return session.say(
        "{count} have a priority that it does not know; they count at its mildest: {ids}", count=len(ids), ids=named
    )


def _tallies(groups: Sequence[Group], clock: str, session: Session) -> Iterator[str]:
    """Two rows for each group, one below the other: now and then."""
    headings = ("Tickets", "Met", "Missed", "Excused", "Undecided", "No promise", "Attainment")
    spare = {"No promise": 3, "Tickets": 2, "Excused": 1}
    columns = [Column(""), Column("")]
    columns += [Column(session.say(one), right=True, spare=spare.get(one, 0)) for one in headings]
    rows = []
    for one in groups:
        sides = one.clocks[clock]
        rows.append([_label(one, session), session.say("now"), *_figures(sides.now, session)])
        rows.append(["", session.say("then"), *_figures(sides.then, session)])
    cells = streams.screen_cells()
    yield from (f"  {line}" for line in table(columns, rows, cells and cells - 2))


def _label(group: Group, session: Session) -> str:
    if group.by == "all":
        return session.say("All")
    return session.say(group.value) if group.by == "kind" and group.value else group.value or "-"


def _figures(tally: Tally, session: Session) -> list[str]:
    counts = [tally.tickets, *(getattr(tally, name) for name in VERDICTS)]
    return [*map(str, counts), _attainment(tally, session)]


def _attainment(tally: Tally, session: Session) -> str:
    if not tally.decided:
        return session.say("no data")
    tenths = tally.met * 1000 // tally.decided  # cut, so that 100 % means all
    return f"{tenths // 10}.{tenths % 10} %{' *' if _marked(tally) else '  '}"


def _marked(tally: Tally) -> bool:
    return tally.small and tally.decided > 0


def _all_tallies(group: Group) -> Iterator[Tally]:
    for sides in group.clocks.values():
        yield from (sides.now, sides.then)


# --- the verdicts that would change -------------------------------------------------------------------------------


def _changed(changes: Sequence[Change], most: int, session: Session) -> Iterator[str | Line]:
    if not changes:
        yield session.say("No verdict would change.")
        return
    yield Line(session.say("{count} verdicts would change", count=len(changes)), "head")
    turns = Counter((one.clock, one.now.verdict, one.then.verdict) for one in changes)
    columns = [Column(session.say(one)) for one in ("Clock", "From", "To")]
    rows = [[*(session.say(word) for word in turn), str(count)] for turn, count in turns.items()]
    yield from (f"  {line}" for line in table([*columns, Column("", right=True)], rows, 0))
    if most:
        yield ""
        yield from _listed(changes[:most], session)
    if len(changes) > most:
        left = len(changes) - most
        yield session.say("{count} more; all of them: --ids {all}, or --json", count=left, all=len(changes))


def _listed(changes: Sequence[Change], session: Session) -> Iterator[str]:
    columns = [
        Column(session.say("Number")),
        Column(session.say("Clock"), spare=1),
        Column(session.say("From")),
        Column(session.say("To")),
        Column(session.say("Due now"), spare=3),
        Column(session.say("Due then"), spare=2),
        Column(session.say("Title"), elastic=True),
    ]
    rows = (
        (
            one.id,
            *(session.say(word) for word in (one.clock, one.now.verdict, one.then.verdict)),
            *(_due(side.due, session.zone) for side in (one.now, one.then)),
            one.title,
        )
        for one in changes
    )
    cells = streams.screen_cells()
    yield from (f"  {line}" for line in table(columns, rows, cells and cells - 2))


def _due(due: datetime | None, zone: tzinfo) -> str:
    """To the minute, in the zone of the desk's site: the offset stands with `since` above."""
    return f"{due.astimezone(zone):%Y-%m-%d %H:%M}" if due else "-"
