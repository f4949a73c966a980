"""The `held` command: lists acts that the hub refuses, and takes them up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from fenji.cli import documents
from fenji.cli.base import command
from fenji.cli.cells import one_line
from fenji.cli.params import TICKET
from fenji.cli.session import CommandOutput, Session
from fenji.errors import InvalidUsage, Refused
from fenji.model.annotations import HELD_HINT

if TYPE_CHECKING:
    from fenji.desk.held import HeldAct, TakenUp


@command("Without arguments: what is held here, and why. `take ID…` does it again under your name.", records=True)
@click.argument("words", metavar="[take ID…]", nargs=-1, type=TICKET)
def held(session: Session, words: Sequence[str]) -> CommandOutput:
    """List acts that the hub refuses, or take them up under your own name."""
    from fenji.desk import held as holding

    if words and (words[0] != "take" or len(words) == 1):
        raise InvalidUsage("{words}: use `fenji held` or `fenji held take ID`.", words=" ".join(words))
    if not words:
        acts = holding.list_held(session.desk)
        document = {"held": [documents.held_document(act) for act in acts]}
        return CommandOutput(_render_held(acts, session), lambda: document)
    taken = [holding.take_up(session.desk, number) for number in words[1:]]
    refusals = [
        f"{describe_held(act, session)}: {session.say(refusal.sentence)}"
        for ticket in taken
        for act, refusal in ticket.refused
    ]
    return CommandOutput(
        [line for ticket in taken for line in _render_taken(ticket, session)],
        lambda: {"tickets": [documents.ticket_document(ticket.row) for ticket in taken if ticket.row]},
        remarks=(session.say("Still held:"), *(f"  {line}" for line in refusals)) if refusals else (),
        exit_code=Refused.exit_code if refusals else 0,
    )


def _render_held(acts: Sequence[HeldAct], session: Session) -> Iterator[str]:
    yield from (describe_held(act, session) for act in acts)
    if acts:
        yield session.say(HELD_HINT, id="ID")
    else:
        yield session.say("Nothing is held here.")


def describe_held(act: HeldAct, session: Session) -> str:
    """Return one line for a held act: ticket, act, person, instant, title, reason."""
    at = act.at.isoformat(timespec="minutes")
    return one_line(f"{act.id}  {act.do}  {act.by}  {at}  {act.title}: {session.say(act.reason)}")


def _render_taken(taken: TakenUp, session: Session) -> Iterator[str]:
    number = taken.row.ticket.id if taken.row else ""
    for act in taken.acts:
        yield session.say("{id}: {do} by {by} was done again.", id=number, do=act.do, by=act.by)
