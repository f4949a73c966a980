"""The command that counts: figures of a period, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.cells import TableColumn, format_table, one_line
from fenji.cli.params import TextParam, parse_instant
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.errors import InvalidUsage
from fenji.i18n import count_tickets
from fenji.model.board import format_left
from fenji.model.sla.signs import SIGN_LABELS

if TYPE_CHECKING:
    from fenji.desk.figures import Report, ReportRequest
    from fenji.model.appraisal.figures import ClockFigures, FigureRow
    from fenji.model.appraisal.intervals import Quantile

_FORMATS = ("text", "json", "csv", "md")
_BAR_CELLS = 10


class _ReportOptions(TypedDict):
    """The options of the command."""

    by: str
    where: str
    clock: str
    first: str
    last: str
    zone: str
    as_of: str
    output_format: str
    output: Path | None


@command(
    "PERIOD is 2026-11, 2026-Q4, 2026, 2026-10..2026-11, week, month or last-month (if none is named): whole dates, "
    "both ends in, in the zone of the desk. KEY is person, unit, site, kind, priority, impact, occurrence, system, "
    "subsystem, part, customer, requester or month; several are separated by commas."
)
@click.argument("period", required=False, default="", type=TextParam("period"))
@click.option("--by", metavar="KEY", default="", type=TextParam("key"), help="What rows go by; else the total alone.")
@click.option(
    "--where", metavar="QUERY", default="", type=TextParam("query"), help="Only tickets that fit, as in list."
)
@click.option("--clock", metavar="CLOCK", default="", type=TextParam("clock"), help="Only response, solution or item.")
@click.option("--from", "first", metavar="DATE", default="", type=TextParam("date"), help="The first date of a period.")
@click.option("--to", "last", metavar="DATE", default="", type=TextParam("date"), help="Its last date, which is in it.")
@click.option("--zone", metavar="ZONE", default="", type=TextParam("zone"), help="Another zone than the desk's.")
@click.option("--as-of", metavar="TIME", default="", type=TextParam("time"), help="Events up to then only.")
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
        by=options["by"],
        clock=options["clock"],
        where=options["where"],
        zone=options["zone"],
        as_of=parse_instant(options["as_of"], session.zone) if options["as_of"] else None,
    )
    _refuse_two_periods(request)
    found = FigureDesk(session.desk).report(request)
    if output or output_format in ("csv", "md"):
        return _write(found, output_format, output, session)
    if output_format == "json":
        session.json = True
    return CommandOutput(_render_report(found, session), found.mapping)


def _refuse_two_periods(request: ReportRequest) -> None:
    if request.period and (request.first or request.last):
        raise InvalidUsage("A period is named twice.", hint="Give PERIOD, or --from and --to.")


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
        table: list[list[figure_table.Cell]] = [
            [*figure_table.headings(found.appraisal)],
            *figure_table.rows(found.appraisal),
        ]
        text = (
            figure_table.render_csv(table, to_file=output is not None)
            if output_format == "csv"
            else figure_table.render_markdown(table)
        )
    if output is None:
        streams.write(text)
        return CommandOutput((), dict)
    target = files.expand_user(output).absolute()
    files.write(target.parent, target.name, text.encode())
    return CommandOutput([session.say("Written: {path}", path=str(output))], lambda: {"path": str(output)})


# --- text ---------------------------------------------------------------------------------------------------------


def _render_report(found: Report, session: Session) -> Iterator[str | OutputLine]:
    figures, say = found.appraisal, session.say
    yield OutputLine(_title(found, session), "head")
    yield _read_line(found, session)
    if not figures.tickets:
        yield say("There are no tickets yet.")
        return
    first = ", ".join(say(key) for key in figures.by)
    columns = [
        TableColumn(first or say("All"), elastic=True),
        TableColumn(say("Response"), align_right=True),
        TableColumn("", align_right=True),
        TableColumn(say("Solution"), align_right=True),
        TableColumn("", align_right=True),
        TableColumn("0%--50%-100", drop_priority=2),
        TableColumn(say("exp."), align_right=True, drop_priority=1),
        TableColumn(say("median"), align_right=True, drop_priority=3),
        TableColumn("p90", align_right=True, drop_priority=4),
        TableColumn(say("still open"), align_right=True),
    ]
    rows = [_cells(row, session) for row in figures.rows]
    table = [*rows, _cells(figures.total, session, name=say("total"))]
    yield from format_table(columns, table, streams.terminal_width())
    yield from _notes(found, session)


def _title(found: Report, session: Session) -> str:
    figures, say = found.appraisal, session.say
    parts = [say("Service figures {period}", period=figures.period.query)]
    if figures.by:
        parts.append(say("by {keys}", keys=", ".join(say(key) for key in figures.by)))
    return " · ".join([*parts, ", ".join(found.sites), str(figures.period.zone)])


def _read_line(found: Report, session: Session) -> str:
    figures, say = found.appraisal, session.say
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
    if figures.at < figures.period.end:
        parts.append(say("so far"))
    return " · ".join(parts)


def _cells(row: FigureRow, session: Session, *, name: str = "") -> list[str]:
    response, solution = row.clock("response"), row.clock("solution")
    names = [one_line(session.say(value)) if value else session.say("not said") for value in row.key.values()]
    flag = "! " if solution.flagged or response.flagged else ""
    return [
        flag + (name or " · ".join(names)),
        *_rate_cells(response),
        *_rate_cells(solution),
        _bar(solution),
        "-" if solution.expected is None else f"{solution.expected * 100:.0f}%",
        _length(solution.median),
        _length(solution.p90),
        str(row.backlog.open),
    ]


def _rate_cells(clock: ClockFigures) -> tuple[str, str]:
    """Return the rate, in brackets under ten decided, and met/decided; what is cut is never rounded up to all."""
    if clock.rate is None:
        return "-", "0/0"
    rate = f"{clock.met * 100 // clock.decided}%"
    return (f"({rate})" if clock.small else rate), f"{clock.met}/{clock.decided}"


def _bar(clock: ClockFigures) -> str:
    """Draw the rate as `o` within its interval, over ten cells; nothing under ten decided."""
    if clock.interval is None or clock.rate is None:
        return ""
    low, high = (min(int(end * _BAR_CELLS), _BAR_CELLS) for end in clock.interval)
    place = min(int(clock.rate * _BAR_CELLS), _BAR_CELLS)
    return "".join("o" if cell == place else "-" if low <= cell <= high else "." for cell in range(_BAR_CELLS + 1))


def _length(length: Quantile | None) -> str:
    return "-" if length is None else f"{'>=' if length.at_least else ''}{format_left(length.seconds)}"


def _notes(found: Report, session: Session) -> Iterator[str]:
    """Yield what stands beside the rates: what is not confirmed, the signs, hours and fees."""
    total, say = found.appraisal.total, session.say
    if total.backlog.unconfirmed:
        yield say("solved and not confirmed: {count}", count=total.backlog.unconfirmed)
    if total.solved_earlier:
        yield say("confirmed now, solved in an earlier period: {count}", count=total.solved_earlier)
    excused = {name: total.clock(name).excused for name in ("response", "solution")}
    if any(excused.values()):
        yield say("excused: {response} responses, {solution} solutions", **excused)
    if total.signs:
        yield " · ".join(f"{say(SIGN_LABELS[sign])} {count}" for sign, count in sorted(total.signs.items()))
    if total.hours:
        fees = ", ".join(f"{currency} {amount}" for currency, amount in sorted(total.fees.items())) or "-"
        yield say("hours {hours}, billable fees {fees}", hours=total.hours, fees=fees)
    if any(row.clock(name).flagged for row in found.appraisal.rows for name in ("response", "solution")):
        yield say("! less than the rest of the desk reached on the like, beyond chance")
