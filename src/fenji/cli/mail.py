"""The command that reads a mail from a mail server's pipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from fenji import files
from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.params import TextParam
from fenji.cli.session import CommandOutput, Session
from fenji.errors import Sentence, Unavailable
from fenji.model.ticket import sanitize

if TYPE_CHECKING:
    from fenji.desk.mail import Delivery, ParkedMail
    from fenji.model.values import JsonValue

TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: a mail server keeps the mail and tries again
_REASONS = {
    "automatic": Sentence("a program sent it"),
    "reminder": Sentence("it answers a reminder"),
    "many": Sentence("its sender sent five others within an hour"),
}
_OUTCOMES = {
    "opened": Sentence("{id} is opened."),
    "noted": Sentence("Added to {id} as a note."),
    "known": Sentence("{id} already has this mail."),
}


@command(
    "The message is read from standard input, as from a mail server's pipe. It becomes a note on the ticket it "
    "answers, or else a new ticket. Exit 75: the desk is busy, try again. Nothing is ever sent."
)
@click.option("--site", metavar="SITE", default="", type=TextParam("site"), help="For a site other than this clone's.")
@click.option(
    "--open", "always", is_flag=True, help=("Open a ticket even for mail that opens none, such as a program's.")
)
@click.option("--parked", is_flag=True, help="List the mails that opened no ticket; read no message.")
def mail(session: Session, *, site: str, always: bool, parked: bool) -> CommandOutput:
    """Turn a mail into a ticket or a note."""
    try:
        if parked:
            return _list_parked(session)
        delivery = _deliver(session, site, always=always)
    except Unavailable as error:
        error.exit_code = TRY_AGAIN
        raise
    return CommandOutput(_describe(delivery, session), lambda: _document(delivery))


def _deliver(session: Session, site: str, *, always: bool) -> Delivery:
    from fenji.desk import mail as mails

    data = streams.read_stdin()
    try:
        delivery = mails.deliver(session.desk, data, site=site, always=always)
        session.desk.flush()
    except OSError as error:
        raise files.write_failure(error, session.desk.root) from error
    return delivery


def _describe(delivery: Delivery, session: Session) -> Iterator[str]:
    if delivery.ticket:
        yield session.say(_OUTCOMES[delivery.outcome], id=delivery.ticket.id)
        return
    template = "It opens no ticket because {reason}. It is kept: {path}"
    yield session.say(template, reason=session.say(_REASONS[delivery.reason]), path=str(delivery.path))


def _document(delivery: Delivery) -> dict[str, JsonValue]:
    ticket = delivery.ticket
    return {
        "did": delivery.outcome,
        "id": ticket.id if ticket else None,
        "uid": ticket.uid if ticket else None,
        "as": delivery.sender or None,
        "reason": delivery.reason or None,
        "path": str(delivery.path) if delivery.path else None,
    }


def _list_parked(session: Session) -> CommandOutput:
    from fenji.desk import mail as mails

    found = mails.list_parked(session.desk)
    return CommandOutput(_parked_lines(found, session), lambda: [_parked_document(parked) for parked in found])


def _parked_lines(found: list[ParkedMail], session: Session) -> Iterator[str]:
    for parked in found:
        reason = session.say(_REASONS[parked.reason]) if parked.reason in _REASONS else parked.reason
        yield sanitize(f"{parked.path}: {parked.mail.address or '?'}: {parked.mail.subject or '-'} ({reason})")


def _parked_document(parked: ParkedMail) -> dict[str, JsonValue]:
    mail_read = parked.mail
    return {
        "path": str(parked.path),
        "reason": parked.reason,
        "from": mail_read.address or None,
        "subject": mail_read.subject or None,
    }
