"""The command that exports tickets with their clocks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from fenji.cli import documents, streams
from fenji.cli.base import command
from fenji.cli.failures import name_bad_files
from fenji.cli.params import TextParam, format_of_file
from fenji.cli.progress import CountingLine
from fenji.cli.session import CommandOutput, Session
from fenji.given_files import expand_user
from fenji.i18n import count_tickets

_FORMATS = ("xlsx", "csv", "jsonl", "sqlite", "ics")


@command(
    "QUERY narrows it as in list; without one, all tickets, archived ones too. xlsx and sqlite need -o. Each format "
    "but ics also holds the whole file of each ticket, so that nothing is lost on the way.",
    wordy=True,
)
@click.argument("query", nargs=-1, type=TextParam("query"))
@click.option("--format", "export_format", type=click.Choice(_FORMATS), help="Format; by default from FILE's ending.")
@click.option("-o", "output", metavar="FILE", type=click.Path(path_type=Path), help="To a file instead.")
def export(session: Session, query: Sequence[str], export_format: str | None, output: Path | None) -> CommandOutput:
    """Export tickets with their clocks."""
    from fenji.desk.export import Exporter

    export_format = export_format or format_of_file(output, _FORMATS, default="")
    if output is None:
        session.refuse_json_with(export_format)
    with CountingLine(session, lambda count: _describe_progress(count, session)) as line:
        exporter = Exporter(session.desk, " ".join(query), progress=None if _is_shown(output) else line.show)
        if output is None:
            for piece in exporter.pieces(export_format, documents.ticket_document, to_file=False):
                streams.write(piece.decode())
        else:
            exporter.write(export_format, expand_user(output).absolute(), document=documents.ticket_document)
    written = session.say("{tickets} written to {path}", tickets=count_tickets(exporter.count), path=str(output))
    shown = CommandOutput([written], (lambda: {"path": str(output), "tickets": exporter.count}) if output else None)
    return name_bad_files(shown, exporter.bad_files, session)


def _is_shown(output: Path | None) -> bool:
    """Whether the export itself goes to the terminal, where a progress line would be in its way."""
    return output is None and sys.stdout.isatty()


def _describe_progress(count: int, session: Session) -> str:
    return session.say("{tickets} written …", tickets=count_tickets(count))
