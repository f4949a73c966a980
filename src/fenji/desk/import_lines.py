"""Describe an import line by line, for the shell and the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fenji.errors import name_some
from fenji.i18n import count_tickets
from fenji.model.ticket import sanitize
from fenji.text.cells import pad, truncate

if TYPE_CHECKING:
    from fenji.desk.import_plan import ImportPlan, PlannedRow
    from fenji.desk.imports import Importer, ImportResult

Say = Callable[..., str]
_SHOWN_REMARKS = 40  # rows with remarks shown after an import; a dry run shows all rows
_WIDTHS = (6, 16, 30, 24)  # cells of row, number, title and events


def describe_import(importer: Importer, result: ImportResult, say: Say, *, dry_run: bool) -> Iterator[tuple[str, str]]:
    """Yield the lines that describe an import, or what it would do, each with its style."""
    plan = result.plan
    yield from (_plain(say(note)) for note in importer.notes)
    for column, form in importer.date_columns.items():
        if form.example:
            text = "{column}: {example} is read as {meaning} ({form})"
            yield _plain(say(text, column=column, example=form.example, meaning=form.meaning, form=form.form))
    if importer.unplaced:
        names = name_some(importer.unplaced, 12)
        yield _plain(say("Kept in the ticket, with no field of their own: {names}", names=names))
    rows = plan.rows if dry_run else [row for row in plan.rows if row.remarks]
    if rows:
        heads = ("row", "number", "title", "events")
        yield _line([say(head) for head in heads]), "head"
    for row in rows if dry_run else rows[:_SHOWN_REMARKS]:
        yield _plain(_row_line(row, say))
        yield from (_plain(f"{'':{_WIDTHS[0]}} {sanitize(say(remark))}") for remark in row.remarks)
    if len(rows) > _SHOWN_REMARKS and not dry_run:
        yield _plain(say("… and {count} row more", plural="… and {count} rows more", count=len(rows) - _SHOWN_REMARKS))
    yield from map(_plain, _summary(plan, result, say, dry_run=dry_run))


def _plain(line: str) -> tuple[str, str]:
    return line, ""


def _row_line(row: PlannedRow, say: Say) -> str:
    events = " ".join(map(say, row.events))
    return _line([str(row.row), row.id or row.key, row.title, events or say(row.outcome)])


def _line(cells: list[str]) -> str:
    parts = (
        pad(truncate(" ".join(sanitize(cell).split()), width), width)
        for cell, width in zip(cells, _WIDTHS, strict=True)
    )
    return " ".join(parts).rstrip()


def _summary(plan: ImportPlan, result: ImportResult, say: Say, *, dry_run: bool) -> Iterator[str]:
    counts = {word: plan.count(word) for word in ("new", "changed", "unchanged", "refused")}
    yield say("{new} new, {changed} changed, {unchanged} unchanged, {refused} refused", **counts)
    if plan.gone:
        ids = name_some(plan.gone, 12)
        tickets = count_tickets(len(plan.gone))
        yield say("{tickets} no longer in the file, left as they are: {ids}", tickets=tickets, ids=ids)
    if result.rejected:
        yield say("The refused rows are in {path}", path=str(result.rejected))
    if dry_run:
        yield say("No ticket was written.")
    elif not result.commit:
        yield say("There was nothing to write.")
