"""Add to a report what changed since it was issued, or since another baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from fenji.desk.figure_changes import Baseline, FigureChanges
from fenji.desk.issued_figures import find_baseline, issue_baseline
from fenji.errors import Sentence
from fenji.model.appraisal.against_period import build_against_table
from fenji.model.appraisal.changed_table import build_changed_table
from fenji.model.appraisal.issued import IssueCount
from fenji.model.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fenji.desk.reads import DeskReads
    from fenji.desk.report import Report
    from fenji.model.appraisal.changes import FigureChange
    from fenji.model.appraisal.facts import Facts
    from fenji.model.appraisal.figures import Appraisal
    from fenji.model.appraisal.tables import Figures, FigureTable
    from fenji.storage.issued_figures import IssuedFiles


class Asked(Struct, frozen=True):
    """The facts that a report counted (`facts`), those of all tickets (`whole`), and the options of the command."""

    facts: Facts
    whole: Facts
    clock: str
    against: str
    count: Callable[[Period], Appraisal]

    @property
    def narrowed(self) -> bool:
        """Whether the facts are only those of some tickets."""
        return self.facts is not self.whole


def compare_report(desk: DeskReads, report: Report, issued: IssuedFiles, asked: Asked) -> Report:
    """Return the report with its changes: since what `asked.against` names, else since the last issue."""
    period = report.figures.period
    changes = FigureChanges(desk, asked.facts, period, clock=asked.clock, narrowed=asked.narrowed)
    last = issue_baseline(issued.last) if issued.last else None
    baseline = find_baseline(desk, asked.against, period, issued) if asked.against else last
    if isinstance(baseline, Period):
        report = _with_period(report, asked.count(baseline))
        baseline = last
    if baseline is None:
        return report
    changed = changes.changes(baseline)
    everything = changes
    if asked.clock or asked.narrowed:
        everything = FigureChanges(desk, asked.whole, period)
    whole = len(everything.differences(baseline)) if everything is not changes else len(changed)
    shown = bool(asked.against) and report.against is None
    report = _with_changed(report, baseline, changed, shown=shown, elsewhere=whole - len(changed))
    if last is None:
        return report
    return _with_count(report, issued, whole if baseline == last else len(everything.differences(last)))


def count_issues(desk: DeskReads, report: Report, issued: IssuedFiles, whole: Facts) -> Report:
    """Return the report with how often its period was issued; `whole` are the present facts of all tickets."""
    if issued.last is None:
        return report
    changes = FigureChanges(desk, whole, report.figures.period)
    return _with_count(report, issued, len(changes.differences(issue_baseline(issued.last))))


def _with_count(report: Report, issued: IssuedFiles, changes: int) -> Report:
    assert issued.last
    count = IssueCount(len(issued.issues), issued.last.at, issued.last.name, changes)
    return replace(report, figures=replace(report.figures, issued=count))


def _with_period(report: Report, other: Appraisal) -> Report:
    figures = report.figures
    assert figures.appraisal
    table = build_against_table(figures.appraisal, other)
    return replace(report, figures=_with_second(figures, table), against=other)


def _with_second(figures: Figures, table: FigureTable) -> Figures:
    """Return the figures with the table of the comparison directly below the first table."""
    first, *others = figures.tables
    return replace(figures, tables=[first, table, *others])


def _with_changed(
    report: Report, baseline: Baseline, changed: Sequence[FigureChange], *, shown: bool, elsewhere: int
) -> Report:
    figures = report.figures
    appraisal = figures.appraisal and replace(figures.appraisal, changed=[change.mapping() for change in changed])
    figures = replace(figures, appraisal=appraisal)
    if not shown:
        return replace(report, figures=figures)
    title = _title(baseline, figures.period)
    table = build_changed_table(changed, title, figures.period.zone, elsewhere=elsewhere)
    return replace(report, figures=_with_second(figures, table), against=baseline)


def _title(baseline: Baseline, period: Period) -> Sentence:
    time = f"{baseline.at.astimezone(period.zone):%Y-%m-%d %H:%M}"
    if baseline.issue:
        return Sentence("Changed since it was issued on {time}", {"time": time})
    return Sentence("Changed since {commit} of {time}", {"commit": baseline.commit[:7], "time": time})
