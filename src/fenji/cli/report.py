"""The `report` command: the figures of a period, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.failures import name_bad_files
from fenji.cli.figure_lines import format_figures
from fenji.cli.params import TEXT, TextParam, format_of_file, parse_instant
from fenji.cli.progress import CountingLine
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.errors import InvalidUsage
from fenji.given_files import expand_user
from fenji.model.appraisal.figure_text import source_parts, title_parts
from fenji.model.appraisal.kinds import KIND_BY_NAME
from fenji.text import bars

if TYPE_CHECKING:
    from fenji.desk.figures import FigureDesk
    from fenji.desk.report import Report, ReportRequest

_FORMATS = ("text", "json", "csv", "md", "html", "xlsx")
_BINARY_FORMATS = ("xlsx",)  # formats that no terminal can show


@command(
    "PERIOD is 2026-11, 2026-Q4, 2026, 2026-10..2026-11, week, month or last-month (the default): whole days, both "
    "ends included, in the desk's zone. KEY is person, unit, site, kind, priority, impact, occurrence, system, "
    "subsystem, part, customer, requester or month; separate several with commas."
)
@click.argument("period", required=False, default="", type=TextParam("period"))
@click.option(
    "--by", metavar="KEY", default="", type=TextParam("key"), help=("Group rows by KEY; default: only a total.")
)
@click.option("--kind", type=click.Choice(tuple(KIND_BY_NAME)), default=None, help="Report kind; appraisal by default.")
@click.option("-M", "M", is_flag=True, help="One column per month.")
@click.option("-Q", "Q", is_flag=True, help="One column per quarter.")
@click.option("-Y", "Y", is_flag=True, help="One column per year.")
@click.option(
    "--where", metavar="QUERY", default="", type=TextParam("query"), help="Only tickets that match, as in list."
)
@click.option(
    "--clock", metavar="CLOCK", default="", type=TextParam("report clock"), help="Only response, solution or item."
)
@click.option("--from", "first", metavar="DATE", default="", type=TEXT, help="The first date of a period.")
@click.option("--to", "last", metavar="DATE", default="", type=TEXT, help="Its last date, included.")
@click.option(
    "--sort", metavar="COLUMN", default="", type=TextParam("column"), help="Highest first; -COLUMN for lowest first."
)
@click.option("--zone", metavar="ZONE", default="", type=TEXT, help="A zone other than the desk's.")
@click.option("--as-of", metavar="TIME", default="", type=TEXT, help="Only events up to then.")
@click.option(
    "--against",
    metavar="WHAT",
    default="",
    type=TEXT,
    help="What changed since: issue (the last one), a date (the last issue up to it), another period, or a commit.",
)
@click.option(
    "--issue", is_flag=True, help=("Issue the period: every verdict in it goes into a file that never changes.")
)
@click.option("--tickets", is_flag=True, help="List the tickets behind the report, each with its verdict.")
@click.option("--format", "output_format", type=click.Choice(_FORMATS), help="Format; by default from FILE's ending.")
@click.option("-o", "output", metavar="FILE", type=click.Path(path_type=Path), help="To a file instead.")
def report(
    session: Session, period: str, *, output: Path | None, output_format: str | None, issue: bool, **asked: Any
) -> CommandOutput:
    """Count the results of a period."""
    from fenji.desk.figures import FigureDesk
    from fenji.desk.report import ReportRequest

    output_format = output_format or format_of_file(output, _FORMATS, default="text")
    if output_format in _BINARY_FORMATS and output is None:
        raise InvalidUsage("A workbook needs a file.", hint="Name one: -o figures.xlsx")
    if output is None and output_format not in ("text", "json"):
        session.refuse_json_with(output_format)
    figures = FigureDesk(session.desk)
    said = {"columns": _choose_columns(asked), **{name: value for name, value in asked.items() if value is not None}}
    said["as_of"] = parse_instant(said["as_of"], figures.find_zone(said["zone"])) if said["as_of"] else None
    request = ReportRequest(period=period, **said)
    _refuse_two_periods(request)
    remarks = (_issue(session, figures, request),) if issue else ()
    with CountingLine(session, lambda done, total: _describe_progress(done, total, session)) as line:
        found = figures.report(request, progress=line.show)
    if output is None and output_format in ("text", "json"):
        session.json = session.json or output_format == "json"
        shown = CommandOutput(_render_report(found, session), found.mapping, remarks)
    else:
        written = _write(_render_file(figures, found, output_format, session), output, session)
        shown = replace(written, remarks=remarks)
    return name_bad_files(shown, figures.bad_files, session)


def _describe_progress(done: int, total: int, session: Session) -> str:
    return session.say("{done} of {total} tickets counted …", done=done, total=total)


def _choose_columns(asked: dict[str, Any]) -> str:
    """Remove the column flags from the options; return the letter of the one that is set."""
    letters = [letter for letter in "MQY" if asked.pop(letter)]
    if len(letters) > 1:
        raise InvalidUsage("Columns are months, quarters or years.", hint="Give one of -M, -Q or -Y.")
    return "".join(letters)


def _refuse_two_periods(request: ReportRequest) -> None:
    if request.period and (request.first or request.last):
        raise InvalidUsage("The period is given twice.", hint="Give PERIOD, or --from and --to.")


def _issue(session: Session, figures: FigureDesk, request: ReportRequest) -> str:
    """Issue a period and name its file; an issue has every verdict, so options that narrow it are refused."""
    from fenji.desk.issued_figures import issue_figures, path_of

    narrowing = ("where", "clock", "zone", "kind", "columns", "against", "as_of")
    named = next((name for name in narrowing if getattr(request, name)), "")
    if named:
        hint = "Leave out {option}; --by and --format say how the report is shown."
        option = f"--{named.replace('_', '-')}"
        raise InvalidUsage("An issue covers every verdict of its period.", hint=hint, option=option)
    return session.say(
        "Issued: {path}", path=path_of(issue_figures(session.desk, figures.read_verdicts, figures.find_period(request)))
    )


def _render_file(figures: FigureDesk, found: Report, output_format: str, session: Session) -> bytes:
    from fenji.desk.report_files import render_report

    if output_format == "text":
        lines = (line if isinstance(line, str) else line.text for line in _render_report(found, session))
        return ("\n".join(lines) + "\n").encode()
    return render_report(figures, found, output_format, language=session.language)


def _write(data: bytes, output: Path | None, session: Session) -> CommandOutput:
    """Write a report to a file, else to stdout without a byte order mark."""
    if output is None:
        streams.write(data.decode("utf-8-sig"))
        return CommandOutput((), None)
    from fenji.desk.report_files import write_report

    write_report(session.desk, expand_user(output).absolute(), data)
    return CommandOutput([session.say("Written: {path}", path=str(output))], lambda: {"path": str(output)})


# --- text ---------------------------------------------------------------------------------------------------------


def _render_report(found: Report, session: Session) -> Iterator[str | OutputLine]:
    figures = found.figures
    yield OutputLine(" · ".join(title_parts(figures, session.join(found.sites), session.say)), "head")
    yield " · ".join(source_parts(figures, found.commit, session.say, at_hub=found.at_hub))
    if not figures.tickets:
        yield session.say("No tickets match these words." if figures.where else "There are no tickets yet.")
        return
    yield from format_figures(figures, session, streams.terminal_width(), _bar_signs())


def _bar_signs() -> bars.BarSigns:
    """Return the signs for bars: in a terminal with Unicode those that are one cell wide everywhere, else ASCII."""
    from tui.drawing.signs import UNICODE_SIGNS, choose_signs

    return bars.NEUTRAL if streams.is_interactive() and choose_signs() is UNICODE_SIGNS else bars.ASCII
