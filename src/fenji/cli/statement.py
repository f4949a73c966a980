"""The command that makes and issues statements of what a customer pays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.cells import TableColumn, format_table
from fenji.cli.failures import name_bad_files
from fenji.cli.params import TextParam, format_of_file
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.errors import InvalidUsage
from fenji.i18n import LANGUAGES, say

if TYPE_CHECKING:
    from fenji.publish.statement import Statement

_FORMATS = ("html", "docx", "xlsx", "json")


class _StatementOptions(TypedDict):
    """The options of the command."""

    contract: str
    file_format: str | None
    language: str | None
    target: Path | None
    issue: bool


@command(
    "Each resource line is settled by contracts.yaml, with the reason; what is unknown is shown separately and never "
    "on a statement. PERIOD: 2026-11, 2026-Q4, 2026 or 2026-10..2026-11; last month by default. Without --issue: a "
    "draft. The number of an issued statement instead of PERIOD prints it again.",
)
@click.argument("period", metavar="[PERIOD]", required=False, default="last-month", type=TextParam("period"))
@click.option(
    "--contract",
    default="",
    metavar="KEY",
    type=TextParam("contract"),
    help="The contract, as named in contracts.yaml.",
)
@click.option(
    "--format", "file_format", type=click.Choice(_FORMATS), default=None, help="Format; by default from its name."
)
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=None, help=("Language of the labels; yours by default.")
)
@click.option("-o", "--output", "target", metavar="FILE", type=click.Path(path_type=Path), help="Output file.")
@click.option("--issue", is_flag=True, help="Issue it: it takes the next number and never changes.")
def statement(session: Session, period: str, **options: Unpack[_StatementOptions]) -> CommandOutput:
    """Make the statement of a contract."""
    from fenji.desk import statement as statements

    number = period if period.startswith(statements.NUMBER_PREFIX) else ""
    if number and (options["issue"] or options["contract"]):
        raise InvalidUsage("{number} is already issued.", hint="To print it, give only its number.", number=number)
    if not (options["contract"] or number):
        known = tuple(statements.load_contracts(session.desk).keys) or "-"
        raise InvalidUsage("Name a contract: --contract KEY.", hint="Known are: {known}.", known=known)
    file_format = options["file_format"] or format_of_file(options["target"], _FORMATS, default="html")
    language = options["language"] or session.language
    if number:
        made, by = statements.load_statement(session.desk, number, language=language)
    else:
        make = statements.issue_statement if options["issue"] else statements.make_statement
        made = make(session.desk, options["contract"], period, language=language)
        by = session.desk.person if options["issue"] else ""
    document = made.mapping(by=by)
    lines: list[str | OutputLine] = list(_render(made, draft=not by))
    if options["issue"]:
        lines.append(session.say("Issued: {path}", path=f"{statements.ISSUED_FOLDER}/{made.number}.json"))
        lines.append(session.say("To print it: {command}", command=f"fenji statement {made.number} --format html"))
    if options["target"] or options["file_format"]:
        path = statements.write_statement(session.desk, made, by=by, file_format=file_format, target=options["target"])
        document["path"] = str(path)
        lines.append(session.say("Written to {path}.", path=str(path)))
    return name_bad_files(CommandOutput(lines, lambda: document), made.bad_files, session)


def _render(made: Statement, *, draft: bool) -> Iterator[str | OutputLine]:
    """Yield the text of a statement in its own language."""
    from fenji.publish.statement import describe_line, title_of

    language = made.language
    yield OutputLine(title_of(made, draft=draft), "head")
    yield from _render_table(
        [
            (
                line.ticket,
                line.on.isoformat(),
                describe_line(line, language),
                f"{line.charged:f} {line.currency}",
                say(line.outcome, language),
                line.why,
            )
            for line in made.lines
        ]
    )
    for currency, total in sorted(made.totals.items()):
        yield say("To pay: {total} {currency}", language, total=f"{total:f}", currency=currency)
    if not made.lines:
        yield say("Nothing new since the last statement.", language)
    if draft and made.unknown:
        yield ""
        yield OutputLine(say("Not on the statement: these cannot be settled yet", language), "risk")
        yield from _render_table(
            [
                (line.number, line.on.isoformat() if line.on else "-", line.key, line.what, say(line.why, language))
                for line in made.unknown
            ]
        )


def _render_table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    if rows:
        columns = [TableColumn("", elastic=index == len(rows[0]) - 1) for index in range(len(rows[0]))]
        lines = format_table(columns, rows, streams.terminal_width())
        next(lines)
        yield from lines
