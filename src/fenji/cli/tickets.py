"""Commands that show tickets and report new ones: list, show, clock, new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from fenji.cli import clock_lines, documents, ticket_pages
from fenji.cli.base import command
from fenji.cli.failures import name_bad_files
from fenji.cli.fields import PATH_BY_OPTION, check_given_values, field_options, parse_fields
from fenji.cli.params import TICKET, TextParam
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.cli.ticket_lookup import find_ticket_file, find_ticket_files, warn_of_branch
from fenji.errors import FenjiError, InvalidUsage

if TYPE_CHECKING:
    from fenji.model.board import Row
    from fenji.model.values import JsonValue

IDS_ARGUMENT = click.argument("ids", metavar="ID", nargs=-1, required=True, type=TICKET)
SET_OPTION = click.option(
    "--set", "assigned", metavar="FIELD=VALUE", multiple=True, type=TextParam("field"), help="Set a field."
)
_MAX_COMMITS = 200  # commits checked by one command; the interface checks a longer history in the background


@command(
    "Words in QUERY narrow the list: p:1..2 state:waiting owner:me left:<4h site:KSA kind:quality -tag:later, and "
    "plain words found in the ticket. A breached promise is marked !, one at risk ~, a held one =.",
    wordy=True,
)
@click.argument("query", nargs=-1, type=TextParam("query"))
@click.option("--archived", is_flag=True, help="Include archived tickets.")
def list_tickets(session: Session, query: Sequence[str], *, archived: bool) -> CommandOutput:
    """List the open tickets, the promise that runs out next on top."""
    remarks = tuple(_check_signatures(session))
    board = session.desk.board(" ".join(query), archived=archived)
    output = CommandOutput(
        ticket_pages.render_board(board, session, filtered=bool(query)),
        lambda: [documents.ticket_document(row) for row in board.rows],
        remarks,
    )
    return name_bad_files(output, board.bad_files, session)


def _check_signatures(session: Session) -> Iterator[str]:
    """Check new commits for steps to be marked, and warn if too many are left to check here."""
    try:
        unchecked = session.desk.history_watch.scan(session.desk.policy, limit=_MAX_COMMITS)
    except FenjiError as error:
        yield session.say(error.sentence)
        return
    if unchecked:
        template = "{count} commits are not yet checked for steps to mark. All of them: fenji check"
        yield session.say(template, count=unchecked)


@command(
    "Any ending of a number that only one ticket has will do, such as 42. With --history: who changed what and when, "
    "from what to what, and what each sync brought; without a number, the latest changes of the whole desk.",
    wordy=True,
)
@click.argument("ids", metavar="[ID…]", nargs=-1, type=TICKET)
@click.option("--history", "with_history", is_flag=True, help="Show changes, as recorded in git.")
def show(session: Session, ids: Sequence[str], *, with_history: bool) -> CommandOutput:
    """Show one ticket or several in full."""
    if with_history:
        return _show_history(session, ids)
    if not ids:
        raise InvalidUsage("Name tickets by number, or use --history for the history of the desk.")
    find_ticket_files(session, ids)
    remarks = tuple(_check_signatures(session))
    rows = [session.desk.row(ticket_id) for ticket_id in ids]
    return CommandOutput(_render_pages(rows, session), lambda: tickets_document(rows), remarks=remarks)


def _show_history(session: Session, ids: Sequence[str]) -> CommandOutput:
    from fenji.cli import history_pages
    from fenji.desk import history

    session.desk.flush()
    if not ids:
        latest = history.list_desk_history(session.desk)
        lines = history_pages.render_desk_history(latest, session)
        return CommandOutput(lines, lambda: history_pages.desk_history_document(latest))
    if len(ids) > 1:
        raise InvalidUsage("The history is shown for one ticket at a time.")
    find_ticket_file(session, ids[0])
    entries = history.read_ticket_history(session.desk, ids[0])
    lines = history_pages.render_ticket_history(session.desk.row(ids[0]).id, entries, session)
    return CommandOutput(lines, lambda: history_pages.ticket_history_document(entries))


def _render_pages(rows: Sequence[Row], session: Session) -> Iterator[str | OutputLine]:
    for row in rows:
        if row is not rows[0]:
            yield ""
        yield from ticket_pages.render_ticket(row, session)


def tickets_document(rows: Sequence[Row]) -> JsonValue:
    """Return one ticket as an object, several as a list."""
    items = [documents.ticket_document(row) for row in rows]
    return items[0] if len(items) == 1 else items


@command("With --at, as they were at that instant; with --explain, how they came about.", timed=True)
@click.argument("number", metavar="ID", type=TICKET)
@click.option("--explain", is_flag=True, help="Explain how the verdicts came about, stretch by stretch.")
def clock(session: Session, number: str, *, explain: bool) -> CommandOutput:
    """Show the clocks of a ticket, and of its plan's items."""
    find_ticket_file(session, number)
    row = session.desk.row(number, at=session.at)
    if not explain:
        return CommandOutput(_render_clock_page(row, session), row.reading.mapping)
    explanation = session.desk.explain_clocks(number, at=session.at)
    sentences = [session.say(sentence) for sentence in explanation.sentences()]
    return CommandOutput(
        [*_render_clock_page(row, session), "", *sentences],
        lambda: {**row.reading.mapping(), "story": explanation.mapping()},
    )


def _render_clock_page(row: Row, session: Session) -> Iterator[str | OutputLine]:
    yield OutputLine(f"{row.id}  {clock_lines.format_instant(row.reading.at, session)}", "head")
    yield from clock_lines.render_clocks(row, session)
    yield from clock_lines.render_differences(row.ticket, session)


@command(
    "Prints the number and both promised times. For --description and --set texts, - is stdin and @FILE a file.",
    records=True,
)
@field_options
@SET_OPTION
def new(
    session: Session, *, reason: str, assigned: Sequence[str], **options: str | Sequence[str] | None
) -> CommandOutput:
    """Report a ticket at this site."""
    assignments: dict[str, str] = {
        PATH_BY_OPTION[name]: _join_values(value) for name, value in options.items() if value
    }
    fields = parse_fields(assigned, assignments, check=partial(check_given_values, session))
    row = session.desk.new(fields, reason=reason, **session.event_options)
    remarks = tuple(warn_of_branch(session))
    return CommandOutput(_render_report(row, session), lambda: documents.ticket_document(row), remarks=remarks)


def _join_values(value: str | Sequence[str] | None) -> str:
    return value if isinstance(value, str) else ",".join(value or ())


def _render_report(row: Row, session: Session) -> Iterator[str]:
    yield session.say("{id} is reported, {priority}.", id=row.id, priority=row.ticket.priority_text)
    yield from clock_lines.render_clocks(row, session)
