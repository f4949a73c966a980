"""The command that brings in tickets of spreadsheets, trackers and exports."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji import files
from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.cells import one_line
from fenji.cli.params import TEXT
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.errors import Damaged
from fenji.i18n import count_tickets
from fenji.text.cells import pad, truncate

if TYPE_CHECKING:
    from fenji.desk.import_plan import ImportPlan, PlannedRow
    from fenji.desk.imports import Importer, ImportResult

_SHOWN_REMARKS = 40  # rows with remarks that are shown once it is written; a dry run shows all
_WIDTHS = (6, 16, 34, 30)  # cells of row, number, title and events


@command(
    "Reads xlsx, xls, ods, csv, tsv, json, jsonl, and sqlite of an export. A mapping says how columns become tickets: "
    "imports/NAME.yaml of the desk, a file, or one that ships. What fenji export wrote needs none. Refused rows go to "
    "NAME.rejected.csv beside the file."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "mapping", metavar="NAME", type=TEXT, default="", help="The mapping: a name or a file.")
@click.option("--site", metavar="SITE", type=TEXT, default="", help="The site of the tickets; else this one.")
@click.option("--dry-run", is_flag=True, help="Show what would become of each row, and write nothing.")
def import_file(session: Session, file: Path, mapping: str, site: str, *, dry_run: bool) -> CommandOutput:
    """Import tickets."""
    from fenji.desk.imports import Importer, ImportResult, load_mapping, summarize
    from fenji.imports.exported import read_exported

    desk = session.desk
    file = files.expand_user(file)
    asked = not mapping and streams.is_interactive() and not session.json and read_exported(file) is None
    if asked:
        mapping = _ask_mapping(session, file)
    loaded = load_mapping(desk, mapping) if mapping else None
    importer = Importer(desk, file, loaded, site=site)
    progress = _make_progress(session)
    if asked and not dry_run:
        dry_run = not _agree(importer, session)
    result = ImportResult(importer.plan(progress)) if dry_run else importer.write(progress)
    return CommandOutput(
        _describe(importer, result, session, dry_run=dry_run),
        lambda: {
            **summarize(result.plan),
            "dry_run": dry_run,
            "commit": result.commit or None,
            "rejected": str(result.rejected) if result.rejected else None,
        },
        exit_code=Damaged.exit_code if result.plan.count("refused") else 0,
    )


def _agree(importer: Importer, session: Session) -> bool:
    """Show what would become of each row, and ask whether to write it."""
    from fenji.desk.imports import ImportResult

    for line in _describe(importer, ImportResult(importer.plan()), session, dry_run=True):
        streams.write(f"{line.text if isinstance(line, OutputLine) else line}\n")
    return not input(session.say("Enter imports them; anything else leaves them, and the mapping stays:") + " ").strip()


def _ask_mapping(session: Session, file: Path) -> str:
    """Ask what the columns of a file are, write the answers as a mapping of the desk, and return its name."""
    from fenji.cli.import_dialogue import ImportDialogue
    from fenji.desk.imports import save_mapping

    try:
        draft = ImportDialogue(session, file, input, print, session.desk.policy.version().levels).run()
    except EOFError:
        raise click.Abort from None
    path = save_mapping(session.desk, draft.name, draft.render())
    streams.write(session.say("The answers are in {path}", path=path) + "\n")
    return draft.name


def _describe(
    importer: Importer, result: ImportResult, session: Session, *, dry_run: bool
) -> Iterator[str | OutputLine]:
    plan = result.plan
    for column, form in importer.date_columns.items():
        if form.example:
            text = "{column}: {example} is read as {meaning} ({form})"
            yield session.say(text, column=column, example=form.example, meaning=form.meaning, form=form.form)
    if importer.unplaced:
        names = ", ".join(importer.unplaced[:12]) + (" …" if len(importer.unplaced) > 12 else "")
        yield session.say("Kept in the ticket, without a place of their own: {names}", names=names)
    rows = plan.rows if dry_run else [row for row in plan.rows if row.remarks]
    if rows:
        heads = ("row", "number", "title", "events")
        yield OutputLine(_line([session.say(head) for head in heads], session.say("what is wrong")), "head")
    for row in rows if dry_run else rows[:_SHOWN_REMARKS]:
        yield _row_line(row, session)
    if len(rows) > _SHOWN_REMARKS and not dry_run:
        yield session.say("… and {count} rows more", count=len(rows) - _SHOWN_REMARKS)
    yield from _summary(plan, result, session, dry_run=dry_run)


def _row_line(row: PlannedRow, session: Session) -> str:
    said = "; ".join(session.say(remark) for remark in row.remarks)
    return _line([str(row.row), row.id or row.key, row.title, " ".join(row.events) or session.say(row.outcome)], said)


def _line(cells: list[str], last: str) -> str:
    parts = (pad(truncate(one_line(cell), width), width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return f"{' '.join(parts)} {last}".rstrip()


def _summary(plan: ImportPlan, result: ImportResult, session: Session, *, dry_run: bool) -> Iterator[str]:
    counts = {word: plan.count(word) for word in ("new", "changed", "unchanged", "refused")}
    yield session.say("{new} new, {changed} changed, {unchanged} unchanged, {refused} rows refused", **counts)
    if plan.gone:
        ids = ", ".join(plan.gone[:12]) + (" …" if len(plan.gone) > 12 else "")
        tickets = count_tickets(len(plan.gone))
        yield session.say("{tickets} have no row any more and stay as they are: {ids}", tickets=tickets, ids=ids)
    if result.rejected:
        yield session.say("The refused rows are in {path}", path=str(result.rejected))
    if dry_run:
        yield session.say("Nothing was written.")
    elif not result.commit:
        yield session.say("There was nothing to write.")


def _make_progress(session: Session) -> Callable[[int, int], None] | None:
    """Return a function that shows on a terminal, at most once a second, how far the import is; else None."""
    if session.json or not sys.stderr.isatty():
        return None
    shown_at = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal shown_at
        if time.monotonic() - shown_at >= 1:
            shown_at = time.monotonic()
            text = session.say("{done} of {total} …", done=done, total=total)
            sys.stderr.write(f"\r\x1b[K{text}\r")
            sys.stderr.flush()

    return show
