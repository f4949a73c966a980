"""Commands for the steps of the workflow: classify, respond, assign, note, wait … withdraw, excuse, attach, link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fenji.cli import clock_lines
from fenji.cli.base import command
from fenji.cli.fields import check_given_values, parse_fields
from fenji.cli.params import PERSON, TEXT, TICKET, TextParam, read_text_arg
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.cli.ticket_lookup import find_ticket_file, find_ticket_files, warn_of_branch
from fenji.cli.tickets import IDS_ARGUMENT, SET_OPTION, tickets_document
from fenji.desk.outcome import record_step
from fenji.errors import InvalidUsage
from fenji.model.ticket import FIELD_BY_KEY, ID_PATTERN, LINK_KINDS, SIGNED_FORM, Value

if TYPE_CHECKING:
    from fenji.desk.act_details import ActInput
    from fenji.model.board import Row

_SEVERAL_IDS_HELP = "Several IDs: all of them or none, in one commit."


def _reason_option(help_text: str, complete_from: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--reason", metavar="TEXT", type=TextParam(complete_from), default="", help=help_text)


def run_step(session: Session, ids: Sequence[str], do: str, options: ActInput | None = None) -> CommandOutput:
    """Do one step on all the named tickets, in one commit, and show their new states."""
    desk = session.desk
    merged: ActInput = {**session.event_options, **(options or {})}
    ids_by_path = find_ticket_files(session, ids, acting=True)
    act = desk.make_act(do, **merged)
    outcome = record_step(desk, list(ids_by_path.values()), act)
    remarks = [session.say(outcome.remark)] if outcome.remark else []
    return step_output(session, outcome.rows, remarks=remarks)


def step_output(session: Session, rows: Sequence[Row], *, remarks: Sequence[str] = ()) -> CommandOutput:
    """Return the output of a step: the tickets after it, with remarks."""
    remarks = (*remarks, *warn_of_branch(session))
    return CommandOutput(_render_states(rows, session), lambda: tickets_document(rows), remarks=remarks)


def _render_states(rows: Sequence[Row], session: Session) -> Iterator[str | OutputLine]:
    for row in rows:
        ticket = row.ticket
        yield OutputLine(
            f"{row.id}  {session.say(ticket.state)}  {ticket.priority_text}  {ticket.owner or '-'}", "head"
        )
        yield from (f"  {line}" for line in clock_lines.render_clocks(row, session))


def parse_assigned(session: Session, ids: Sequence[str], assigned: Sequence[str]) -> dict[str, Value]:
    """Parse the values of `--set`; parts of an item are merged into the item of the single ticket.

    Raises InvalidUsage for parts of an item on several tickets.
    """
    names = (argument.partition("=")[0].strip() for argument in assigned)
    items = [name for name in names if "." in name and name.partition(".")[0] in _ITEM_FIELDS]
    if items and len(ids) > 1:
        raise InvalidUsage("{field} is set on one ticket at a time.", field=items[0])
    ticket = session.desk.row(ids[0]).ticket if items else None
    return parse_fields(assigned, ticket=ticket, check=lambda values: check_given_values(session, values, ids[0]))


_ITEM_FIELDS = frozenset(key for key, field in FIELD_BY_KEY.items() if field.type == "items")


@command(
    "The priority follows from impact and occurrence; set by hand it needs a reason. " + _SEVERAL_IDS_HELP, records=True
)
@IDS_ARGUMENT
@click.option("--kind", metavar="KIND", type=TextParam("kind"), help="quality, request or project.")
@click.option("--impact", metavar="WORD", type=TextParam("impact"), help="How hard it hits the project.")
@click.option("--occurrence", metavar="WORD", type=TextParam("occurrence"), help="Whether it is a common problem.")
@click.option("--priority", metavar="P", type=TextParam("priority"), help="By hand.")
@_reason_option("Why the priority is set by hand.")
def classify(session: Session, ids: Sequence[str], *, reason: str, **grades: str | None) -> CommandOutput:
    """Classify kind and urgency."""
    typed = {field_path: text for field_path, text in grades.items() if text is not None}
    if not typed:
        raise InvalidUsage(
            "Nothing is judged.", hint="Give --kind, --impact and --occurrence, or --priority with --reason."
        )
    fields = parse_fields((), typed, check=lambda values: check_given_values(session, values, ids[0]))
    return run_step(session, ids, "classify", {"fields": fields, "reason": reason})


@command("Stops the response clock. " + _SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
def respond(session: Session, ids: Sequence[str]) -> CommandOutput:
    """Record that the requester has been answered."""
    return run_step(session, ids, "respond")


@command(_SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
@click.argument("person", type=PERSON)
@click.option("--unit", metavar="UNIT", multiple=True, type=TextParam("unit"), help="The units involved.")
def assign(session: Session, ids: Sequence[str], person: str, unit: Sequence[str]) -> CommandOutput:
    """Name the one fixed contact."""
    fields: dict[str, Value] = {"owner": person} | ({"units": list(unit)} if unit else {})
    return run_step(session, ids, "assign", {"fields": fields})


@command("TEXT is a word or a page; - takes it from stdin. " + _SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
@click.argument("text", type=TEXT)
@click.option(
    "--from", "sender", metavar="WHO", type=TextParam("sender"), default="", help="requester: in their words."
)
def note(session: Session, ids: Sequence[str], text: str, sender: str) -> CommandOutput:
    """Add a note to the log."""
    if session.note:
        raise InvalidUsage("The note is given twice.", hint="Give it as TEXT or with --note.")
    if sender not in ("", "requester"):
        raise InvalidUsage("--from must be requester or left out.")
    return run_step(session, ids, "note", {"note": read_text_arg(text) if text == "-" else text, "sender": sender})


@command("The policy says which clocks REASON holds. " + _SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
@click.argument("reason", type=TextParam("waiting"))
def wait(session: Session, ids: Sequence[str], reason: str) -> CommandOutput:
    """Wait for somebody or something."""
    return run_step(session, ids, "wait", {"reason": reason})


@command(_SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
def resume(session: Session, ids: Sequence[str]) -> CommandOutput:
    """Resume after a wait."""
    return run_step(session, ids, "resume")


@command("Stops the solution clock. --set texts: - is stdin, @FILE a file. " + _SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
@SET_OPTION
def solve(session: Session, ids: Sequence[str], assigned: Sequence[str]) -> CommandOutput:
    """Record that the solution is complete."""
    return run_step(session, ids, "solve", {"fields": parse_assigned(session, ids, assigned)})


@command("Freezes the computed results into the ticket. " + _SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
@_reason_option("What to say about the result.")
def confirm(session: Session, ids: Sequence[str], reason: str) -> CommandOutput:
    """Confirm the result of both promises, as the site lead."""
    return run_step(session, ids, "confirm", {"reason": reason})


@command(
    "CLOCK is response, solution, or plan.KEY for an item of the plan. The miss stays visible, but out of the rate.",
    records=True,
)
@click.argument("number", metavar="ID", type=TICKET)
@click.argument("clock", type=TextParam("clock"))
@_reason_option("One of the policy's excuses.", "excuse")
def excuse(session: Session, number: str, clock: str, reason: str) -> CommandOutput:
    """Excuse a missed promise; --reason and --note are needed."""
    return run_step(session, [number], "excuse", {"clock": clock, "reason": reason})


@command("It becomes a page of the handbook. " + _SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
def archive(session: Session, ids: Sequence[str]) -> CommandOutput:
    """Archive confirmed tickets."""
    return run_step(session, ids, "archive")


@command("From confirmed by a lead or manager, with a reason. " + _SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
@_reason_option("Why it reopens.")
def reopen(session: Session, ids: Sequence[str], reason: str) -> CommandOutput:
    """Reopen solved tickets; the same clock runs on."""
    return run_step(session, ids, "reopen", {"reason": reason})


@command(_SEVERAL_IDS_HELP, records=True)
@IDS_ARGUMENT
@_reason_option("Why nothing will be done.")
def withdraw(session: Session, ids: Sequence[str], reason: str) -> CommandOutput:
    """Withdraw a ticket; it is kept, and counted separately."""
    return run_step(session, ids, "withdraw", {"reason": reason})


@command("OTHER is the number of the other ticket.", records=True)
@click.argument("number", metavar="ID", type=TICKET)
@click.argument("other", type=TICKET)
@click.option("--as", "relation", metavar="HOW", type=TextParam("link"), default="related", help=", ".join(LINK_KINDS))
def link(session: Session, number: str, other: str, relation: str) -> CommandOutput:
    """Link a ticket to another."""
    target = other if ID_PATTERN.fullmatch(other) else find_ticket_file(session, other, acting=True).stem
    return run_step(
        session, [number], "link", {"fields": parse_fields((), {f"links.{target}/{relation}.as": relation})}
    )


@command("They are copied next to the ticket, and listed in it with size and SHA-256.", records=True)
@click.argument("number", metavar="ID", type=TICKET)
@click.argument("paths", metavar="FILE", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as", "role", type=click.Choice([SIGNED_FORM]), default=None, help="The service form, signed.")
def attach(session: Session, number: str, paths: Sequence[Path], role: str | None) -> CommandOutput:
    """Attach files: photos, logs, reports."""
    find_ticket_file(session, number, acting=True)
    row = session.desk.attach(number, paths, name=role or "", **session.event_options)
    return step_output(session, [row])
