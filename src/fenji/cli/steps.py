"""Commands for the steps of a ticket's way: classify, respond, assign, note, wait … withdraw, excuse, attach, link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fenji.cli import pages
from fenji.cli.fields import pairs, values
from fenji.cli.grammar import command
from fenji.cli.numbers import strangers, ticket_file
from fenji.cli.session import Answer, Line, Session
from fenji.cli.tickets import IDS, SET, document
from fenji.cli.values import PERSON, TEXT, TICKET, Words, text_value
from fenji.errors import Misused
from fenji.ticket import BY_KEY, ID_PATTERN, LINK_KINDS, Ticket, Value

if TYPE_CHECKING:
    from fenji.board import Row
    from fenji.desk.door import SaidAndSet

_MANY = "Several IDs: all of them or none, in one commit."


def _reason(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--reason", metavar="TEXT", type=TEXT, default="", help=text)


def step(session: Session, ids: Sequence[str], do: str, said: SaidAndSet | None = None) -> Answer:
    """Do one step on every ticket named, in one commit, and show what became of them."""
    desk = session.desk
    merged: SaidAndSet = {**session.said, **(said or {})}
    places = {ticket_file(session, one): one for one in ids}
    act = desk.make(do, **merged)
    rows = desk.act_all(list(places.values()), act)
    return done(session, rows, owner=str(act.fields.get("owner") or ""))


def done(session: Session, rows: Sequence[Row], *, owner: str = "") -> Answer:
    """The tickets as they stand after a step, with a remark where `owner` or the person it is by is a stranger."""
    remarks = tuple(strangers(session, session.by, owner))
    return Answer(_standing(rows, session), lambda: document(rows), remarks=remarks)


def _standing(rows: Sequence[Row], session: Session) -> Iterator[str | Line]:
    for row in rows:
        ticket = row.ticket
        yield Line(f"{row.id}  {session.say(ticket.state)}  {ticket.priority}  {ticket.owner or '-'}", "head")
        yield from (f"  {line}" for line in pages.clock_lines(row, session))


def assigned_values(session: Session, ids: Sequence[str], assigned: Sequence[str]) -> dict[str, Value]:
    """The values of `--set` words; parts of an item join what the one ticket holds of it."""
    typed = pairs(assigned)
    items = [leaf for leaf in typed if "." in leaf and leaf.partition(".")[0] in _ITEMS]
    if items and len(ids) > 1:
        raise Misused("{field} is set on one ticket at a time.", field=items[0])
    return values(typed, session.desk.row(ids[0]).ticket if items else Ticket({}))


_ITEMS = frozenset(key for key, one in BY_KEY.items() if one.held == "items")


@command("The priority follows from impact and occurrence; set by hand it needs a reason. " + _MANY, records=True)
@IDS
@click.option("--kind", metavar="KIND", type=Words("kind"), help="quality, request or project.")
@click.option("--impact", metavar="WORD", type=Words("impact"), help="How hard it hits the project.")
@click.option("--occurrence", metavar="WORD", type=Words("occurrence"), help="Whether it is a common problem.")
@click.option("--priority", metavar="P", type=Words("priority"), help="By hand.")
@_reason("Why the priority is set by hand.")
def classify(session: Session, ids: Sequence[str], *, reason: str, **judged: str | None) -> Answer:
    """Judge kind and urgency."""
    typed = {leaf: text for leaf, text in judged.items() if text is not None}
    if not typed:
        raise Misused("Nothing is judged.", hint="Give --kind, --impact and --occurrence, or --priority with --reason.")
    return step(session, ids, "classify", {"fields": values(typed), "reason": reason})


@command("Stops the response clock. " + _MANY, records=True)
@IDS
def respond(session: Session, ids: Sequence[str]) -> Answer:
    """The requester has been answered."""
    return step(session, ids, "respond")


@command(_MANY, records=True)
@IDS
@click.argument("person", type=PERSON)
@click.option("--unit", metavar="UNIT", multiple=True, type=Words("unit"), help="The units that have a share in it.")
def assign(session: Session, ids: Sequence[str], person: str, unit: Sequence[str]) -> Answer:
    """Name the one fixed contact."""
    fields: dict[str, Value] = {"owner": person} | ({"units": list(unit)} if unit else {})
    return step(session, ids, "assign", {"fields": fields})


@command("TEXT is a word or a page; - takes it from stdin. " + _MANY, records=True)
@IDS
@click.argument("text", type=TEXT)
@click.option("--from", "sender", metavar="WHO", type=Words("sender"), default="", help="requester: it is their word.")
def note(session: Session, ids: Sequence[str], text: str, sender: str) -> Answer:
    """Write a note into the log."""
    if session.note:
        raise Misused("The note is given twice.", hint="Give it as TEXT or with --note.")
    if sender not in ("", "requester"):
        raise Misused("--from says requester, or is left out.")
    return step(session, ids, "note", {"note": text_value(text) if text == "-" else text, "sender": sender})


@command("The policy says which clocks REASON holds. " + _MANY, records=True)
@IDS
@click.argument("reason", type=Words("waiting"))
def wait(session: Session, ids: Sequence[str], reason: str) -> Answer:
    """Wait for somebody or something."""
    return step(session, ids, "wait", {"reason": reason})


@command(_MANY, records=True)
@IDS
def resume(session: Session, ids: Sequence[str]) -> Answer:
    """Go on after a wait."""
    return step(session, ids, "resume")


@command("Stops the solution clock. --set texts: - is stdin, @FILE a file. " + _MANY, records=True)
@IDS
@SET
def solve(session: Session, ids: Sequence[str], assigned: Sequence[str]) -> Answer:
    """The solution is complete."""
    return step(session, ids, "solve", {"fields": assigned_values(session, ids, assigned)})


@command("Freezes the computed results into the ticket. " + _MANY, records=True)
@IDS
@_reason("What is to be said about the result.")
def confirm(session: Session, ids: Sequence[str], reason: str) -> Answer:
    """The site lead confirms the result of both promises."""
    return step(session, ids, "confirm", {"reason": reason})


@command("CLOCK is response or solution. The miss stays visible, and out of the rate.", records=True)
@click.argument("number", metavar="ID", type=TICKET)
@click.argument("clock", type=Words("clock"))
@_reason("One of the policy's excuses.")
def excuse(session: Session, number: str, clock: str, reason: str) -> Answer:
    """Excuse a missed promise; --reason and --note are needed."""
    return step(session, [number], "excuse", {"clock": clock, "reason": reason})


@command("It becomes a page of the handbook. " + _MANY, records=True)
@IDS
def archive(session: Session, ids: Sequence[str]) -> Answer:
    """Archive what has been confirmed."""
    return step(session, ids, "archive")


@command("From confirmed by a lead or manager, with a reason. " + _MANY, records=True)
@IDS
@_reason("Why it goes on.")
def reopen(session: Session, ids: Sequence[str], reason: str) -> Answer:
    """Go on with what was solved; the same clock runs on."""
    return step(session, ids, "reopen", {"reason": reason})


@command(_MANY, records=True)
@IDS
@_reason("Why nothing is to be done.")
def withdraw(session: Session, ids: Sequence[str], reason: str) -> Answer:
    """Take a ticket back; it is kept, and counted apart."""
    return step(session, ids, "withdraw", {"reason": reason})


@command("OTHER is the number of the other ticket.", records=True)
@click.argument("number", metavar="ID", type=TICKET)
@click.argument("other", type=TICKET)
@click.option("--as", "relation", metavar="HOW", type=Words("link"), default="related", help=", ".join(LINK_KINDS))
def link(session: Session, number: str, other: str, relation: str) -> Answer:
    """Link a ticket to another."""
    target = other if ID_PATTERN.fullmatch(other) else ticket_file(session, other).stem
    return step(session, [number], "link", {"fields": values({f"links.{target}/{relation}.as": relation})})


@command("They are copied beside the ticket, and named in it with size and SHA-256.", records=True)
@click.argument("number", metavar="ID", type=TICKET)
@click.argument("paths", metavar="FILE", nargs=-1, required=True, type=click.Path(path_type=Path))
def attach(session: Session, number: str, paths: Sequence[Path]) -> Answer:
    """Attach files: photos, logs, reports."""
    ticket_file(session, number)
    row = session.desk.attach(number, paths, **session.said)
    return done(session, [row])
