"""The command that makes service forms to print."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from fenji.cli.base import command
from fenji.cli.failures import name_bad_files
from fenji.cli.params import TICKET, format_of_file
from fenji.cli.session import CommandOutput, Session
from fenji.errors import InvalidUsage
from fenji.i18n import LANGUAGES

if TYPE_CHECKING:
    from fenji.model.values import JsonValue

_FORMATS = ("html", "docx", "pdf")


class _FormCommandOptions(TypedDict):
    """The options of the command."""

    file_format: str | None
    audience: str | None
    blank: bool
    language: str | None
    target: Path | None


@command(
    "One A4 page per ticket, in the order of the published form; several numbers, or a query as in list, make one "
    "file. Without -o it is written to the desk's index/forms, and the path is printed.",
    wordy=True,
)
@click.argument("words", metavar="ID|QUERY", nargs=-1, type=TICKET)
@click.option(
    "--format", "file_format", type=click.Choice(_FORMATS), default=None, help="Default: by the file's name, or html."
)
@click.option(
    "--for",
    "audience",
    type=click.Choice(["customer"]),
    default=None,
    help="For the customer: without costs and decision.",
)
@click.option("--blank", is_flag=True, help="An empty form, to fill in by hand.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=None, help=("Language of the labels; yours by default.")
)
@click.option("-o", "--output", "target", metavar="FILE", type=click.Path(path_type=Path), help="Output file.")
def form(session: Session, words: Sequence[str], **options: Unpack[_FormCommandOptions]) -> CommandOutput:
    """Make the service form of a ticket."""
    from fenji.desk.form import FormRequest, make_forms, write_forms_file

    if words and options["blank"]:
        raise InvalidUsage("An empty form takes no tickets.", hint="Leave out --blank or the tickets.")
    if not words and not options["blank"]:
        raise InvalidUsage("Name tickets by number or query, or ask for an empty form with --blank.")
    target = options["target"]
    request = FormRequest(
        words,
        options["file_format"] or format_of_file(target, _FORMATS, default="html"),
        for_customer=options["audience"] == "customer",
        blank=options["blank"],
        language=options["language"] or session.language,
    )
    forms = make_forms(session.desk, request)
    path = write_forms_file(session.desk, forms, target)
    count = max(len(forms.numbers), 1)
    line = session.say("{path}: {count} form", plural="{path}: {count} forms", path=str(path), count=count)
    document: dict[str, JsonValue] = {
        "path": str(path),
        "format": forms.format,
        "tickets": list(forms.numbers),
        "bytes": len(forms.data),
    }
    return name_bad_files(CommandOutput([line], lambda: document), forms.bad, session)
