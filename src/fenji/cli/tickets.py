"""Commands that show tickets and take in new ones: list, show, clock, new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from fenji.cli import documents, pages
from fenji.cli.failing import problem_line
from fenji.cli.fields import pairs, values
from fenji.cli.grammar import command
from fenji.cli.numbers import strangers, ticket_file
from fenji.cli.session import Answer, Line, Session
from fenji.cli.values import PERSON, TEXT, TICKET, Words
from fenji.errors import Damaged, FenjiError, Misused

if TYPE_CHECKING:
    from fenji.board import Board, Row

IDS = click.argument("ids", metavar="ID", nargs=-1, required=True, type=TICKET)
SET = click.option("--set", "assigned", metavar="FIELD=VALUE", multiple=True, type=Words("field"), help="Set a field.")
_COMMITS = 200  # looked at for signatures on the way; a long history is looked at behind the screens
_NAMED = 5  # bad files that a list names; the rest is for `check`


@command(
    "Words of QUERY narrow the list: p:1..2 state:waiting owner:me left:<4h site:KSA kind:quality -tag:later, "
    "and plain words that stand in the ticket. A breached promise is marked !, one at risk ~, a held one =.",
    wordy=True,
)
@click.argument("query", nargs=-1, type=Words("query"))
@click.option("--archived", is_flag=True, help="Also the tickets of the archive.")
def list_tickets(session: Session, query: Sequence[str], *, archived: bool) -> Answer:
    """The open tickets, the promise that runs out next on top."""
    remarks = tuple(_signatures(session))
    board = session.desk.board(" ".join(query), archived=archived)
    return Answer(
        pages.board_lines(board, session),
        lambda: [documents.ticket(row) for row in board.rows],
        remarks=(*remarks, *_bad_files(board, session)),
        exit_code=Damaged.exit_code if board.bad else 0,
    )


def _signatures(session: Session) -> Iterator[str]:
    """Look at what is new for unsigned steps; a long history that nobody looked at yet is left to others."""
    try:
        left = session.desk.watch.look(session.desk.policy, most=_COMMITS)
    except FenjiError as error:
        yield session.say(error.sentence)
        return
    if left:
        words = "{count} commits were not looked at for signatures yet. All of them: fenji check --signatures"
        yield session.say(words, count=left)


def _bad_files(board: Board, session: Session) -> Iterator[str]:
    if board.bad:
        yield session.say("{count} files cannot be read. All of it: fenji check", count=len(board.bad))
    for one in board.bad[:_NAMED]:
        yield problem_line(one.problems[0], session) if one.problems else one.path


@command("Any part of a number that only one ticket ends in will do, as 42.")
@IDS
def show(session: Session, ids: Sequence[str]) -> Answer:
    """One ticket or several, whole."""
    for one in ids:
        ticket_file(session, one)
    remarks = tuple(_signatures(session))
    rows = [session.desk.row(one) for one in ids]
    return Answer(_pages(rows, session), lambda: document(rows), remarks=remarks)


def _pages(rows: Sequence[Row], session: Session) -> Iterator[str | Line]:
    for row in rows:
        if row is not rows[0]:
            yield ""
        yield from pages.ticket_lines(row, session)


def document(rows: Sequence[Row]) -> object:
    """One ticket as an object, several as a list."""
    found = [documents.ticket(row) for row in rows]
    return found[0] if len(found) == 1 else found


@command("With --at as they stood at that instant; with --explain how they came about.", timed=True)
@click.argument("number", metavar="ID", type=TICKET)
@click.option("--explain", is_flag=True, help="Tell how the verdicts came about, stretch by stretch.")
def clock(session: Session, number: str, *, explain: bool) -> Answer:
    """Both clocks of a ticket."""
    ticket_file(session, number)
    row = session.desk.row(number, at=session.at)
    if not explain:
        return Answer(_clock(row, session), row.reading.mapping)
    story = session.desk.story(number, at=session.at)
    told = [session.say(one) for one in story.sentences()]
    return Answer([*_clock(row, session), "", *told], lambda: {**row.reading.mapping(), "story": story.mapping()})


def _clock(row: Row, session: Session) -> Iterator[str | Line]:
    yield Line(f"{row.id}  {pages.shown_instant(row.reading.at, session)}", "head")
    yield from pages.clock_lines(row, session)


@command(
    "The number and both promised times are printed. --description and --set texts: - is stdin, @FILE a file.",
    records=True,
)
@click.option("--title", required=True, metavar="TEXT", type=TEXT, help="One line: what is wrong or wanted.")
@click.option("--kind", metavar="KIND", type=Words("kind"), help="quality, request or project; else quality.")
@click.option("--description", metavar="TEXT", type=TEXT, help="What happened, at length.")
@click.option("--requester-name", metavar="TEXT", type=TEXT, help="Who asked.")
@click.option("--requester-unit", metavar="TEXT", type=TEXT, help="Their unit.")
@click.option("--requester-contact", metavar="TEXT", type=TEXT, help="How to reach them.")
@click.option("--system", metavar="TEXT", type=TEXT, help="The system it is about.")
@click.option("--subsystem", metavar="TEXT", type=TEXT, help="The subsystem.")
@click.option("--part", metavar="TEXT", type=TEXT, help="The part number.")
@click.option("--serial", metavar="TEXT", type=TEXT, help="The serial number.")
@click.option("--impact", metavar="WORD", type=Words("impact"), help="How hard it hits the project.")
@click.option("--occurrence", metavar="WORD", type=Words("occurrence"), help="Whether it is a common problem.")
@click.option("--priority", metavar="P", type=Words("priority"), help="By hand, with --reason; else by the matrix.")
@click.option("--reason", metavar="TEXT", type=TEXT, default="", help="Why the priority is set by hand.")
@click.option("--owner", metavar="PERSON", type=PERSON, help="The one fixed contact.")
@click.option("--unit", metavar="UNIT", multiple=True, type=Words("unit"), help="A unit with a share in it.")
@click.option("--tag", metavar="TAG", multiple=True, type=TEXT, help="A tag.")
@SET
def new(session: Session, *, reason: str, assigned: Sequence[str], **typed: str | Sequence[str] | None) -> Answer:
    """Report a ticket at this site."""
    given = {_LEAVES.get(name, name): _joined(value) for name, value in typed.items() if value}
    more = pairs(assigned)
    twice = next((leaf for leaf in more if leaf in given), "")
    if twice:
        raise Misused("{field} is given twice.", field=twice)
    row = session.desk.new(values({**given, **more}), reason=reason, **session.said)
    remarks = tuple(strangers(session, session.by, row.ticket.owner))
    return Answer(_reported(row, session), lambda: documents.ticket(row), remarks=remarks)


_LEAVES = {
    "requester_name": "requester.name",
    "requester_unit": "requester.unit",
    "requester_contact": "requester.contact",
    "system": "product.system",
    "subsystem": "product.subsystem",
    "part": "product.part",
    "serial": "product.serial",
    "unit": "units",
    "tag": "tags",
}


def _joined(value: str | Sequence[str] | None) -> str:
    return value if isinstance(value, str) else ",".join(value or ())


def _reported(row: Row, session: Session) -> Iterator[str]:
    yield session.say("{id} is reported, {priority}.", id=row.id, priority=row.ticket.priority)
    yield from pages.clock_lines(row, session)
