"""The command that publishes the problem handbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from fenji.cli.base import command
from fenji.cli.failures import describe_bad_files
from fenji.cli.params import TextParam
from fenji.cli.session import CommandOutput, Session
from fenji.errors import Damaged, InvalidUsage
from fenji.i18n import LANGUAGES

if TYPE_CHECKING:
    from fenji.desk.publish import PublishResult
    from fenji.model.values import JsonValue


class _PublishOptions(TypedDict):
    """The options of the command."""

    html_folder: Path | None
    md_folder: Path | None
    language: str | None
    requester: bool
    files: bool


_INDEX_FILES = {"html": "index.html", "md": "README.md"}
_MAX_NAMED = 5  # omitted attachments that are named


@command(
    "The archived tickets as pages to read on a phone, search without a server, and print. QUERY narrows them as in "
    "list. What a folder held of an earlier handbook is replaced; nothing else is touched.",
    wordy=True,
)
@click.argument("query", nargs=-1, type=TextParam("query"))
@click.option("--html", "html_folder", metavar="DIR", type=click.Path(path_type=Path), help="As HTML, into DIR.")
@click.option("--md", "md_folder", metavar="DIR", type=click.Path(path_type=Path), help="As Markdown, into DIR.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=None, help=("Language of the labels; yours by default.")
)
@click.option("--requester", is_flag=True, help="Name the requester of each problem too.")
@click.option("--files", is_flag=True, help="Copy the attached files too.")
def handbook(session: Session, query: Sequence[str], **options: Unpack[_PublishOptions]) -> CommandOutput:
    """Publish the problem handbook."""
    from fenji.desk.publish import publish
    from fenji.publish import PublishOptions

    requested = {"html": options["html_folder"], "md": options["md_folder"]}
    folders = {kind: folder for kind, folder in requested.items() if folder}
    if not folders:
        raise InvalidUsage("Say where to put the handbook: --html DIR or --md DIR.")
    published = publish(
        session.desk,
        folders,
        filter_text=" ".join(query),
        language=options["language"] or session.language,
        choices=PublishOptions(requester=options["requester"], files=options["files"]),
    )
    return CommandOutput(
        _render_lines(published, folders, session),
        lambda: _published_document(published, folders),
        remarks=tuple(_describe_omissions(published, session)),
        exit_code=Damaged.exit_code if published.bad else 0,
    )


def _render_lines(published: PublishResult, folders: Mapping[str, Path], session: Session) -> Iterator[str]:
    edition = published.edition
    yield session.say(
        "{count} problems published; {withdrawn} withdrawn tickets left out.",
        count=len(edition.entries),
        withdrawn=edition.withdrawn,
    )
    for kind, counts in published.folders.items():
        yield session.say(
            "{path}: {files} files, {written} of them new or changed, {removed} removed.",
            path=str(folders[kind] / _INDEX_FILES[kind]),
            files=counts.files,
            written=counts.written,
            removed=counts.removed,
        )


def _describe_omissions(published: PublishResult, session: Session) -> Iterator[str]:
    yield from describe_bad_files(published.bad, session)
    if published.left_out:
        names = tuple(f"{attachment.number} {attachment.name}" for attachment in published.left_out[:_MAX_NAMED])
        count = len(published.left_out)
        yield session.say(
            "{count} attachment is missing or changed, and left out: {names}",
            plural="{count} attachments are missing or changed, and left out: {names}",
            count=count,
            names=names,
        )


def _published_document(published: PublishResult, folders: Mapping[str, Path]) -> dict[str, JsonValue]:
    as_of = published.edition.as_of
    books: list[dict[str, JsonValue]] = [
        {
            "format": kind,
            "path": str(folders[kind]),
            "files": counts.files,
            "written": counts.written,
            "removed": counts.removed,
            "bytes": counts.byte_count,
        }
        for kind, counts in published.folders.items()
    ]
    return {
        "problems": len(published.edition.entries),
        "withdrawn": published.edition.withdrawn,
        "as_of": as_of.isoformat() if as_of else None,
        "unreadable": [bad_file.path for bad_file in published.bad],
        "left_out": [f"{attachment.number}/{attachment.name}" for attachment in published.left_out],
        "books": books,
    }
