"""The command that publishes the problem handbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from fenji.cli.failing import problem_line
from fenji.cli.grammar import command
from fenji.cli.session import Answer, Session
from fenji.cli.values import Words
from fenji.errors import Damaged, Misused
from fenji.words import LANGUAGES

if TYPE_CHECKING:
    from fenji.desk.publishing import Published


class _Asked(TypedDict):
    """The options of the command."""

    html_folder: Path | None
    md_folder: Path | None
    language: str | None
    requester: bool
    files: bool


_FIRST = {"html": "index.html", "md": "README.md"}
_NAMED = 5  # bad files, and attachments that were left out


@command(
    "The archived tickets as pages for people, to be read on a phone, searched without a server, and printed. QUERY "
    "narrows them as in list. What a folder held of an earlier handbook is replaced; nothing else is touched.",
    wordy=True,
)
@click.argument("query", nargs=-1, type=Words("query"))
@click.option("--html", "html_folder", metavar="DIR", type=click.Path(path_type=Path), help="As HTML, into DIR.")
@click.option("--md", "md_folder", metavar="DIR", type=click.Path(path_type=Path), help="As Markdown, into DIR.")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="The language of the labels; else yours.")
@click.option("--requester", is_flag=True, help="Name the requester of each problem too.")
@click.option("--files", is_flag=True, help="Copy the attached files too.")
def handbook(session: Session, query: Sequence[str], **asked: Unpack[_Asked]) -> Answer:
    """Publish the problem handbook."""
    from fenji.desk.publishing import publish
    from fenji.export import Choices

    named = {"html": asked["html_folder"], "md": asked["md_folder"]}
    folders = {kind: folder for kind, folder in named.items() if folder}
    if not folders:
        raise Misused("Say where to put the handbook: --html DIR or --md DIR.")
    found = publish(
        session.desk,
        folders,
        words=" ".join(query),
        language=asked["language"] or session.language,
        choices=Choices(requester=asked["requester"], files=asked["files"]),
    )
    return Answer(
        _lines(found, folders, session),
        lambda: _document(found, folders),
        remarks=tuple(_remarks(found, session)),
        exit_code=Damaged.exit_code if found.bad else 0,
    )


def _lines(found: Published, folders: Mapping[str, Path], session: Session) -> Iterator[str]:
    edition = found.edition
    yield session.say(
        "{count} problems are published; {withdrawn} withdrawn tickets are left out.",
        count=len(edition.entries),
        withdrawn=edition.withdrawn,
    )
    for kind, done in found.folders.items():
        path = str(folders[kind] / _FIRST[kind])
        yield session.say(
            "{path}: {files} files, {written} of them new or changed, {removed} removed.",
            path=path,
            files=done.files,
            written=done.written,
            removed=done.removed,
        )


def _remarks(found: Published, session: Session) -> Iterator[str]:
    if found.bad:
        yield session.say("{count} files cannot be read. All of it: fenji check", count=len(found.bad))
    for one in found.bad[:_NAMED]:
        yield problem_line(one.problems[0], session) if one.problems else one.path
    if found.left_out:
        names = ", ".join(f"{one.number} {one.name}" for one in found.left_out[:_NAMED])
        count = len(found.left_out)
        yield session.say("{count} attachments are missing or changed, and left out: {names}", count=count, names=names)


def _document(found: Published, folders: Mapping[str, Path]) -> dict[str, object]:
    as_of = found.edition.as_of
    books = [
        {
            "format": kind,
            "path": str(folders[kind]),
            "files": done.files,
            "written": done.written,
            "removed": done.removed,
            "bytes": done.octets,
        }
        for kind, done in found.folders.items()
    ]
    return {
        "problems": len(found.edition.entries),
        "withdrawn": found.edition.withdrawn,
        "as_of": as_of.isoformat() if as_of else None,
        "unreadable": [one.path for one in found.bad],
        "left_out": [f"{one.number}/{one.name}" for one in found.left_out],
        "books": books,
    }
