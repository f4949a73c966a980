"""The figures of a desk: the facts of its tickets under the policy in force, appraised for a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from threading import Lock
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji.desk.figure_facts import DeskFacts
from fenji.desk.report import Report, ReportRequest
from fenji.errors import FenjiError, InvalidUsage
from fenji.git import branches, refs
from fenji.model.appraisal.appraise import FigureQuestion, appraise
from fenji.model.appraisal.figures import AGE_BANDS, CLOCKS
from fenji.model.appraisal.grouping import KEY_LABELS, parse_keys
from fenji.model.appraisal.kinds import APPRAISAL, TREND, Kind, KindInputs, count_figures, find_kind
from fenji.model.appraisal.sorting import sort_figures
from fenji.model.periods import Period, parse_period, span_period
from fenji.model.worktime.open_dates import OpenDates
from fenji.model.worktime.zone import find_zone
from fenji.storage.issued_figures import read_issued

if TYPE_CHECKING:
    from fenji.desk.reads import DeskReads
    from fenji.model.appraisal.behind import CountedTicket
    from fenji.model.appraisal.facts import Facts
    from fenji.model.appraisal.figures import Appraisal
    from fenji.model.appraisal.issued import KnownVerdict
    from fenji.model.appraisal.kinds import SettledLines
    from fenji.model.board import BadFile
    from fenji.model.contracts import Contracts
    from fenji.model.filters import RowFilter
    from fenji.model.policy import Policy
    from fenji.storage.figure_reader import Progress

LAST_MONTH = "last-month"
_OLDEST_BAND = AGE_BANDS[-1][0]


def _find_kind(request: ReportRequest) -> Kind:
    """Return the requested kind. Only the trend has columns of months, quarters or years."""
    kind = find_kind(request.kind or (TREND if request.columns else APPRAISAL))
    if request.columns and kind.name != TREND:
        hint = "Use --kind trend or --by month."
        raise InvalidUsage("The kind {kind} has no column per month.", hint=hint, kind=kind.name)
    return kind


class FigureDesk:
    """Makes the reports of a desk."""

    def __init__(self, desk: DeskReads) -> None:
        self._desk = desk
        self.facts = DeskFacts(desk)
        self._lock = Lock()  # counting adds words to the facts
        self._dates: tuple[Policy, dict[str, OpenDates]] = desk.policy, {}  # open dates by site, for that policy

    @property
    def bad_files(self) -> tuple[BadFile, ...]:
        """The files that cannot be read and so are in no figure: open ones, then the archived ones."""
        return *self._desk.open_bad_files, *self.facts.bad_archived

    def report(self, request: ReportRequest, *, progress: Progress | None = None) -> Report:
        """Return the requested figures. Raises InvalidUsage for an unknown kind, period, key or clock."""
        kind = _find_kind(request)
        question = self._question(request, kind)
        with self._lock:
            return self._count(request, kind, question, progress)

    def _count(self, request: ReportRequest, kind: Kind, question: FigureQuestion, progress: Progress | None) -> Report:
        whole = self.facts.read(as_of=request.as_of, progress=progress)
        question = replace(question, now=self.facts.read_at.astimezone(UTC))
        facts = self._narrow(whole, request.where) if request.where else whole
        inputs = KindInputs(facts, question, self._count_age, whole, lambda: self._settle(whole), self._find_contracts)
        found = sort_figures(count_figures(kind, inputs), request.sort)
        commit = self._desk.repo.head() or ""
        report = Report(found, commit, self._is_at_hub(commit), tuple(self._desk.policy.sites), request)
        if request.tickets:
            report = self._with_tickets(report, facts, question)
        return self._with_changes(report, whole, facts, question)

    def _with_tickets(self, report: Report, facts: Facts, question: FigureQuestion) -> Report:
        """Return the report with the tickets behind it, each with its counted verdict."""
        from fenji.model.appraisal.behind import build_tickets_table, list_decided

        figures, period = report.figures, question.period
        if figures.appraisal is None:
            hint = "Leave out --kind; a query lists others: fenji list."
            raise InvalidUsage("Only the tickets behind verdicts are listed.", hint=hint)
        end = min(period.end, question.as_of + timedelta(seconds=1)) if question.as_of else period.end
        tickets = list_decided(facts, period.start, end, clock=question.clock, now=question.now)
        table = build_tickets_table(tickets, period.zone)
        return replace(report, tickets=tickets, figures=replace(figures, tables=[*figures.tables, table]))

    def _with_changes(self, report: Report, whole: Facts, facts: Facts, question: FigureQuestion) -> Report:
        """Return the report with its changes since it was issued, or since the requested baseline."""
        figures, request = report.figures, report.request
        if request.against and (figures.appraisal is None or request.as_of):
            hint = "Leave out --as-of and --kind."
            raise InvalidUsage("Only current verdicts can be compared with earlier ones.", hint=hint)
        issued = read_issued(self._desk.root, figures.period)
        if not (issued.last or request.against):
            return report
        from fenji.desk import compared

        if figures.appraisal is None or request.as_of:
            return compared.count_issues(self._desk, report, issued, self.facts.read() if request.as_of else whole)

        def count(period: Period) -> Appraisal:
            return appraise(facts, replace(question, period=period), count_age=self._count_age)

        asked = compared.Asked(facts, whole, request.clock, request.against, count)
        return compared.compare_report(self._desk, report, issued, asked)

    def find_period(self, request: ReportRequest) -> Period:
        """Return the requested period. Raises InvalidUsage for an invalid one."""
        return self._period(request, self.find_zone(request.zone), self._desk.now())

    def _settle(self, facts: Facts) -> SettledLines:
        from fenji.desk.settled import settle_facts

        return settle_facts(self._desk, facts)

    def _find_contracts(self) -> Contracts | None:
        from fenji.desk.settled import find_contracts

        return find_contracts(self._desk)

    def tickets_behind(self, query: str) -> list[CountedTicket]:
        """Return the tickets behind a figure, by its query. Raises InvalidUsage for terms that facts cannot answer."""
        from fenji.model.appraisal.behind import list_counted

        with self._lock:
            facts = self.facts.read()
            return list_counted(facts, self._parse_filter(query), now=self.facts.read_at)

    def read_verdicts(self, period: Period) -> tuple[int, list[KnownVerdict]]:
        """Return the number of tickets, and all verdicts of a period in the order of an issue."""
        from fenji.model.appraisal.issued import known_verdicts, sort_verdicts

        with self._lock:
            facts = self.facts.read()
            verdicts = known_verdicts(facts, period.start, period.end)
        return len(facts.tickets), sort_verdicts(verdicts.values())

    def check_query(self, query: str) -> None:
        """Raise InvalidUsage for a query that cannot narrow a report."""
        from fenji.model.appraisal.narrow import check_filter

        check_filter(self._parse_filter(query))

    def _parse_filter(self, query: str) -> RowFilter:
        from fenji.model.filters import parse_filter
        from fenji.text import fold

        return parse_filter(query, me=self._desk.person, fold=fold, today=self._desk.today())

    def fit_kind(self, request: ReportRequest, kind: str, *, trend_months: int) -> ReportRequest:
        """Return the request for another kind of report, with only the grouping keys that this kind supports.

        The period of a trend is extended to at least `trend_months` months.
        """
        if kind == APPRAISAL:
            return replace(request, kind=kind)
        period = self.find_period(request)
        if kind == TREND and 0 < period.months < trend_months:
            period = period.before(months=trend_months)
        by = ",".join(key for key in parse_keys(request.by, tuple(KEY_LABELS)) if key in find_kind(kind).keys)
        whole = replace(request, clock="", sort="", against="", tickets=False, first="", last="")
        return replace(whole, kind=kind, by=by, period=period.query)

    def _question(self, request: ReportRequest, kind: Kind) -> FigureQuestion:
        zone = self.find_zone(request.zone)
        now = self._desk.now()
        if request.clock and request.clock not in CLOCKS:
            known = tuple(CLOCKS)
            raise InvalidUsage("There is no clock {clock}.", hint="It knows {known}.", clock=request.clock, known=known)
        return FigureQuestion(
            self._period(request, zone, now),
            now.astimezone(UTC),
            parse_keys(request.by, kind.keys) or kind.by,
            request.clock,
            request.as_of,
            request.where,
            request.columns,
        )

    def _period(self, request: ReportRequest, zone: tzinfo, now: datetime) -> Period:
        today = now.astimezone(zone).date()
        if request.first or request.last:
            return span_period(request.first or "1900-01-01", request.last or today.isoformat(), zone=zone)
        return parse_period(request.period or LAST_MONTH, today=today, zone=zone)

    def find_zone(self, name: str) -> tzinfo:
        """Return the zone of periods: the named one, else the desk's, never this machine's. Raises InvalidUsage."""
        zone = find_zone(name) if name else self._desk.period_zone
        if zone is None:
            raise InvalidUsage("There is no time zone {zone}.", hint="Write it as Asia/Shanghai.", zone=name)
        return zone

    def _count_age(self, site: str, reported: datetime, at: datetime) -> int:
        try:
            return self._open_dates(site).count(reported, at, limit=_OLDEST_BAND)
        except FenjiError:
            return (at - reported).days

    def _open_dates(self, site: str) -> OpenDates:
        policy, known = self._dates
        if policy is not self._desk.policy:
            policy, known = self._dates = self._desk.policy, {}
        if site not in known:
            known[site] = OpenDates(policy.calendar_of(site))
        return known[site]

    def _narrow(self, facts: Facts, where: str) -> Facts:
        from fenji.model.appraisal.narrow import narrow
        from fenji.text import fold

        return narrow(facts, where, me=self._desk.person, fold=fold, today=self._desk.today())

    def _is_at_hub(self, commit: str) -> bool:
        """Whether the commit that was read is on the hub's branch, as this clone last saw it."""
        remote = branches.find_remote(self._desk.repo)
        tracking = refs.resolve(self._desk.repo, remote.tracking) if remote else None
        return bool(commit and tracking and refs.count_ahead_behind(self._desk.repo, commit, tracking)[0] == 0)
