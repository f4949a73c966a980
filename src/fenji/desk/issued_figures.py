"""Issue the figures of a period, and find the baseline of a comparison."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias

from fenji.desk import issue as issuing
from fenji.desk import open as opening
from fenji.desk.figure_changes import Baseline
from fenji.errors import FenjiError, InvalidUsage, NotFound, Refused
from fenji.git import arrivals
from fenji.model.appraisal.issued import IssuedFigures
from fenji.model.periods import Period, parse_period
from fenji.model.ticket.uid import make_uid
from fenji.storage import issued_figures, layout
from fenji.storage.issued_figures import path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fenji.desk.desk import Desk
    from fenji.desk.reads import DeskReads
    from fenji.model.appraisal.issued import KnownVerdict
    from fenji.storage.issued_figures import IssuedFiles

__all__ = ["path_of"]
LAST_ISSUE = "issue"
ReadVerdicts: TypeAlias = "Callable[[Period], tuple[int, list[KnownVerdict]]]"  # period → ticket count, verdicts
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")


# --- baselines --------------------------------------------------------------------------------------------------------


def find_baseline(desk: DeskReads, text: str, period: Period, issued: IssuedFiles) -> Baseline | Period:
    """Return what `--against` means: the last issue, the last up to a date, another period, or a commit.

    Raises NotFound for an issue or commit that does not exist, InvalidUsage for anything else.
    """
    if text == LAST_ISSUE:
        return issue_baseline(_last_issue(issued, period))
    if _DATE.fullmatch(text):
        return issue_baseline(_last_issue(issued, period, until=_parse_date(text)))
    try:
        return parse_period(text, today=desk.now().astimezone(period.zone).date(), zone=period.zone)
    except InvalidUsage:
        if not _COMMIT.fullmatch(text):
            hint = "Write issue, a date, another period, or a commit by seven digits or more."
            raise InvalidUsage("Nothing called {value} to compare with.", hint=hint, value=text) from None
    found = arrivals.find_commit(desk.repo, text.lower())
    if found is None:
        raise NotFound("There is no commit {commit} in this clone.", hint="Fetch it, or name another.", commit=text)
    return Baseline(*found)


def issue_baseline(issue: IssuedFigures) -> Baseline:
    """Return the baseline that an issue is."""
    return Baseline(issue.commit, issue.at, issue)


def _parse_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidUsage("Not a date: {value}.", hint="Write it as 2026-11-30.", value=text) from None


def _last_issue(issued: IssuedFiles, period: Period, until: date | None = None) -> IssuedFigures:
    known = [issue for issue in issued.issues if until is None or issue.at.astimezone(period.zone).date() <= until]
    if known:
        return known[-1]
    if issued.issues:
        first = issued.issues[0].at.astimezone(period.zone).date()
        raise NotFound("{period} was first issued on {date}.", period=period.query, date=first)
    hint = "fenji report {period} --issue issues it."
    raise NotFound("{period} is not issued yet.", hint=hint, period=period.query)


# --- issuing ----------------------------------------------------------------------------------------------------------


def list_issues(desk: DeskReads, period: Period) -> tuple[IssuedFigures, ...]:
    """Return the issues of a period, in the order of issue."""
    return issued_figures.read_issued(desk.root, period).issues


def path_pattern(period: Period) -> str:
    """Return the path of a future issue of a period, with a star for the part that is not known yet."""
    return f"{issued_figures.FOLDER}/{period.query}-*.json"


def require_issuable(desk: Desk, period: Period) -> str:
    """Return the person who issues. Raises Refused if the period is not over or the person may not issue."""
    person, now = issuing.require_issuer(desk), desk.now()
    if now < period.end:
        hint = "Issue it from {time} on."
        end = period.end.astimezone(period.zone)
        state = "{period} still runs." if now >= period.start else "{period} has not begun."
        raise Refused(state, hint=hint, period=period.query, time=f"{end:%Y-%m-%d %H:%M}")
    return person


def may_issue(desk: Desk, period: Period) -> bool:
    """Whether the period is over, and the person may issue it."""
    try:
        require_issuable(desk, period)
    except FenjiError:
        return False
    return True


def issue_figures(desk: Desk, read_verdicts: ReadVerdicts, period: Period) -> IssuedFigures:
    """Exchange with the hub, then issue the verdicts behind the figures of a period, and send them.

    Raises Refused if the period is not over, the person may not issue, or a ticket has uncommitted changes, and the
    error of the exchange if that fails.
    """
    person = require_issuable(desk, period)
    now = opening.fix_offset(desk.now())
    has_hub = issuing.sync_with_hub(desk)
    desk.flush()
    _refuse_uncommitted(desk)
    issue = _make_issue(desk, read_verdicts(period), period, person, now)
    path = path_of(issue)
    issuing.write_issued(desk, path, issued_figures.render_issued(issue), by=person, at=now)
    if has_hub:
        issuing.send_issued(desk, path)
    return issue


def _make_issue(
    desk: Desk, counted: tuple[int, list[KnownVerdict]], period: Period, person: str, now: datetime
) -> IssuedFigures:
    tickets, verdicts = counted
    return IssuedFigures(
        name=f"{period.query}-{make_uid(now)}.json",
        period=period.query,
        first=period.first,
        last=period.last,
        zone=str(period.zone),
        commit=desk.repo.head() or "",
        at=now,
        by=person,
        since=desk.policy.since.isoformat(),
        tickets=tickets,
        verdicts=verdicts,
    )


def _refuse_uncommitted(desk: Desk) -> None:
    """Raise Refused if a ticket has uncommitted changes: nobody could check the figures against a commit later."""
    paths = [path for path in desk.repo.dirty_paths() if path.startswith(layout.TICKET_FOLDERS)]
    if paths:
        hint = "The next act on it commits it; then issue."
        raise Refused("{path} was changed by hand and is not committed yet.", hint=hint, path=paths[0])
