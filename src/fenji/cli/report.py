"""The command that counts: figures of a period, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.figure_lines import format_figures
from fenji.cli.params import TextParam, parse_instant
from fenji.cli.progress import CountingLine
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.errors import InvalidUsage
from fenji.i18n import count_tickets
from fenji.model.appraisal.grouping import KEY_LABELS
from fenji.model.appraisal.kinds import KIND_BY_NAME, find_kind

if TYPE_CHECKING:
    from fenji.desk.figures import FigureDesk, Report, ReportRequest

_FORMATS = ("text", "json", "csv", "md")


class _ReportOptions(TypedDict):
    """The options of the command."""

    kind: str | None
    by: str
    where: str
    clock: str
    first: str
    last: str
    sort: str
    zone: str
    as_of: str
    columns: str | None
    against: str
    issue: bool
    tickets: bool
    output_format: str
    output: Path | None


@command(
    "PERIOD is 2026-11, 2026-Q4, 2026, 2026-10..2026-11, week, month or last-month (if none is named): whole dates, "
    "both ends in, in the zone of the desk. KEY is person, unit, site, kind, priority, impact, occurrence, system, "
    "subsystem, part, customer, requester or month; several are separated by commas."
)
@click.argument("period", required=False, default="", type=TextParam("period"))
@click.option("--by", metavar="KEY", default="", type=TextParam("key"), help="What rows go by; else the total alone.")
@click.option("--kind", type=click.Choice(tuple(KIND_BY_NAME)), default=None, help="What is counted; else appraisal.")
@click.option("-M", "columns", flag_value="M", help="A column for each month.")
@click.option("-Q", "columns", flag_value="Q", help="A column for each quarter.")
@click.option("-Y", "columns", flag_value="Y", help="A column for each year.")
@click.option(
    "--where", metavar="QUERY", default="", type=TextParam("query"), help="Only tickets that fit, as in list."
)
@click.option("--clock", metavar="CLOCK", default="", type=TextParam("clock"), help="Only response, solution or item.")
@click.option("--from", "first", metavar="DATE", default="", type=TextParam("date"), help="The first date of a period.")
@click.option("--to", "last", metavar="DATE", default="", type=TextParam("date"), help="Its last date, which is in it.")
@click.option(
    "--sort", metavar="COLUMN", default="", type=TextParam("column"), help="The highest first; -COLUMN the lowest."
)
@click.option("--zone", metavar="ZONE", default="", type=TextParam("zone"), help="Another zone than the desk's.")
@click.option("--as-of", metavar="TIME", default="", type=TextParam("time"), help="Events up to then only.")
@click.option(
    "--against",
    metavar="WHAT",
    default="",
    type=TextParam("text"),
    help="What changed since: issue (the last one), a date (the last issue up to it), another period, or a commit.",
)
@click.option("--issue", is_flag=True, help="Issue the period: every verdict of it becomes a file that never changes.")
@click.option("--tickets", is_flag=True, help="List the tickets behind the report, each with its verdict.")
@click.option("--format", "output_format", type=click.Choice(_FORMATS), default="text", help="How to write it.")
@click.option("-o", "output", metavar="FILE", type=click.Path(path_type=Path), help="Into a file instead.")
def report(session: Session, period: str, **options: Unpack[_ReportOptions]) -> CommandOutput:
    """Count the results of a period."""
    from fenji.desk.figures import FigureDesk, ReportRequest

    output, output_format = options["output"], options["output_format"]
    request = ReportRequest(
        period=period,
        first=options["first"],
        last=options["last"],
        kind=options["kind"] or "",
        by=options["by"],
        clock=options["clock"],
        where=options["where"],
        sort=options["sort"],
        zone=options["zone"],
        columns=options["columns"] or "",
        as_of=parse_instant(options["as_of"], session.zone) if options["as_of"] else None,
        against=options["against"],
        tickets=options["tickets"],
    )
    _refuse_two_periods(request)
    figures = FigureDesk(session.desk)
    remarks = (_issue(session, figures, request),) if options["issue"] else ()
    with CountingLine(session, lambda done, total: _describe_progress(done, total, session)) as line:
        found = figures.report(request, progress=line.show)
    if output or output_format in ("csv", "md"):
        return replace(_write(found, output_format, output, session), remarks=remarks)
    if output_format == "json":
        session.json = True
    return CommandOutput(_render_report(found, session), found.mapping, remarks)


def _describe_progress(done: int, total: int, session: Session) -> str:
    return session.say("{done} of {total} tickets counted …", done=done, total=total)


def _refuse_two_periods(request: ReportRequest) -> None:
    if request.period and (request.first or request.last):
        raise InvalidUsage("A period is named twice.", hint="Give PERIOD, or --from and --to.")


def _issue(session: Session, figures: FigureDesk, request: ReportRequest) -> str:
    """Issue a period and say where that stands; an issue holds every verdict, so nothing may narrow it."""
    from fenji.desk.issued_figures import issue_figures
    from fenji.storage.issued_figures import path_of

    narrowing = ("where", "clock", "zone", "kind", "columns", "against", "as_of")
    named = next((name for name in narrowing if getattr(request, name)), "")
    if named:
        hint = "Leave out {option}; --by and --format say how the report is shown."
        option = f"--{named.replace('_', '-')}"
        raise InvalidUsage("An issue holds every verdict of its period.", hint=hint, option=option)
    return session.say("Issued: {path}", path=path_of(issue_figures(session.desk, figures, request)))


def _write(found: Report, output_format: str, output: Path | None, session: Session) -> CommandOutput:
    """Write the figures as a table of values, into a file or to stdout."""
    import json

    from fenji import files
    from fenji.publish import figure_table

    if output_format == "json":
        text = json.dumps(found.mapping(), ensure_ascii=False, indent=2) + "\n"
    elif output_format == "text":
        lines = (line if isinstance(line, str) else line.text for line in _render_report(found, session))
        text = "\n".join(lines) + "\n"
    else:
        tables = found.figures.tables
        text = (
            figure_table.render_csv(tables, to_file=output is not None)
            if output_format == "csv"
            else figure_table.render_markdown(tables)
        )
    if output is None:
        streams.write(text)
        return CommandOutput((), dict)
    target = files.expand_user(output).absolute()
    files.write(target.parent, target.name, text.encode())
    return CommandOutput([session.say("Written: {path}", path=str(output))], lambda: {"path": str(output)})


# --- text ---------------------------------------------------------------------------------------------------------


def _render_report(found: Report, session: Session) -> Iterator[str | OutputLine]:
    yield OutputLine(_title(found, session), "head")
    yield _read_line(found, session)
    if not found.figures.tickets:
        yield session.say("There are no tickets yet.")
        return
    head = find_kind(found.figures.kind).title
    yield from format_figures(found.figures.tables, head, session, streams.terminal_width())


def _title(found: Report, session: Session) -> str:
    figures, say = found.figures, session.say
    parts = [f"{say(find_kind(figures.kind).title)} {figures.period.query}"]
    if figures.by:
        parts.append(say("by {keys}", keys=", ".join(say(KEY_LABELS[key]) for key in figures.by)))
    return " · ".join([*parts, ", ".join(found.sites), str(figures.period.zone)])


def _read_line(found: Report, session: Session) -> str:
    figures, say = found.figures, session.say
    parts = [
        say(
            "read at {commit} {time}, {tickets}",
            commit=found.commit[:7] or "-",
            time=figures.at.astimezone(figures.period.zone).strftime("%Y-%m-%d %H:%M"),
            tickets=count_tickets(figures.tickets),
        )
    ]
    if not found.at_hub:
        parts.append(say("not yet at the hub"))
    if figures.issued:
        parts.append(say(figures.issued.sentence))
    if figures.so_far:
        parts.append(say("so far"))
    return " · ".join(parts)
