"""Write a report to a file: the formats, the additional figures in each, and the default paths."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fenji import files
from fenji.desk.output_files import check_target
from fenji.errors import FenjiError
from fenji.model.appraisal.kinds import APPRAISAL, KINDS

if TYPE_CHECKING:
    from fenji.desk.desk import Desk
    from fenji.desk.figures import FigureDesk
    from fenji.desk.report import Report, ReportRequest
    from fenji.model.appraisal.behind import CountedTicket
    from fenji.model.appraisal.tables import Figures
    from fenji.publish.figure_edition import FigureEdition

EXPORT_FORMATS = ("html", "xlsx", "csv", "md", "json")
_FOLDER = "index/reports"
_SHEETS = ("unit", "person", "site", "kind", "priority", "system", "customer")  # additional groupings of a workbook
_TREND_MONTHS = 13  # months of the trend on a page; includes the same month a year ago
Progress = Callable[[int, int], None]  # figures whose tickets are listed, figures in all


def default_path(report: Report, file_format: str) -> str:
    """Return the default path of a report, relative to the desk's folder."""
    figures = report.figures
    words = [figures.kind, figures.period.query.replace("..", "-to-"), *figures.by]
    return f"{_FOLDER}/{'-'.join(words)}.{file_format}"


def write_report(desk: Desk, target: Path, data: bytes) -> None:
    """Write a rendered report. Raises Refused for a path among the tickets or git's own files."""
    check_target(desk, target, (target.suffix.lower(),))
    if target.is_relative_to(desk.root):
        files.write(desk.root, str(target.relative_to(desk.root)), data)
    else:
        files.write(target.parent.resolve(), target.name, data)


def render_report(
    figures: FigureDesk,
    report: Report,
    file_format: str,
    *,
    language: str = "en",
    progress: Progress | None = None,
) -> bytes:
    """Render a report for a file, in one of EXPORT_FORMATS."""
    if file_format == "json":
        return (json.dumps(report.mapping(), ensure_ascii=False, indent=2) + "\n").encode()
    if file_format in ("csv", "md"):
        from fenji.publish import figure_table

        edition = _make_edition(report, [report.figures], language)
        tables, head = report.figures.tables, (edition.title, edition.source)
        if file_format == "md":
            return figure_table.render_markdown(tables, head=head, say=edition.say).encode()
        return figure_table.render_csv(tables, head=head, to_file=True).encode()
    if file_format == "xlsx":
        from fenji.publish.figure_workbook import render_workbook

        sheets = [report.figures, *_other_groupings(figures, report.request)]
        return render_workbook(_make_edition(report, sheets, language, _list_behind(figures, sheets, progress)))
    from fenji.publish.figure_page import render_page

    parts = [report.figures, *_other_kinds(figures, report.request)]
    edition = _make_edition(report, parts, language, _list_behind(figures, parts, progress))
    before = _beside(report.request, period=report.figures.period.shifted(-1).query, first="", last="")
    return render_page(replace(edition, earlier=figures.report(before).figures))


def _other_groupings(figures: FigureDesk, request: ReportRequest) -> Iterator[Figures]:
    """Yield the figures of an appraisal with other groupings; nothing for other kinds, which have their own tables."""
    for key in _SHEETS if request.kind in ("", APPRAISAL) else ():
        if key != request.by:
            yield figures.report(_beside(request, by=key)).figures


def _beside(request: ReportRequest, **changes: str) -> ReportRequest:
    """Return the request for additional figures, without the order, comparison and tickets of the main ones."""
    return replace(request, sort="", against="", tickets=False, **changes)


def _other_kinds(figures: FigureDesk, request: ReportRequest) -> Iterator[Figures]:
    """Yield the figures of the other kinds for the same period, which complete the page of an appraisal."""
    for kind in KINDS if request.kind in ("", APPRAISAL) else ():
        if kind.name != APPRAISAL:
            try:
                asked = figures.fit_kind(replace(request, by=""), kind.name, trend_months=_TREND_MONTHS)
                yield figures.report(asked).figures
            except FenjiError:  # a kind that needs what this desk lacks, such as contracts
                continue


def _make_edition(
    report: Report, parts: Sequence[Figures], language: str, behind: Mapping[str, Sequence[CountedTicket]] | None = None
) -> FigureEdition:
    from fenji.publish.figure_edition import FigureEdition

    return FigureEdition(parts, report.sites, report.commit, report.at_hub, language, behind or {})


def _list_behind(
    figures: FigureDesk, parts: Sequence[Figures], progress: Progress | None
) -> dict[str, Sequence[CountedTicket]]:
    """Return the tickets behind every figure that has a query, by query."""
    rows = [row for part in parts for table in part.tables for row in table.all_rows]
    queries = dict.fromkeys(cell.query for row in rows for cell in row.cells.values() if cell.query)
    found: dict[str, Sequence[CountedTicket]] = {}
    for done, query in enumerate(queries):
        if progress:
            progress(done, len(queries))
        found[query] = figures.tickets_behind(query)
    return found
