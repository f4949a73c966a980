"""The command that reminds people of promises that run out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.failures import name_bad_files
from fenji.cli.params import PERSON, TEXT, TextParam, parse_instant
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.errors import Refused, Sentence
from fenji.model.ticket import sanitize
from fenji.publish import reminder as reminder_text

if TYPE_CHECKING:
    from fenji.desk.remind import Sending
    from fenji.model.reminders import Reminder

_FORMATS = ("text", "json", "mail")


class _RemindOptions(TypedDict):
    """The options of the command."""

    person: str
    within: str
    site: str
    output_format: str
    each: str
    dry_run: bool
    again: str


@command(
    "By the rules in remind.yaml, or by default: the owner when a quarter of the time is left, the site's lead at "
    "the breach, managers 24 hours later. With --each, every message goes to CMD once, as for cron: --format mail "
    "--each 'sendmail -t'."
)
@click.option("--to", "person", metavar="PERSON", default="", type=PERSON, help="Only this person's reminders.")
@click.option("--within", metavar="LENGTH", default="", type=TEXT, help="Also what runs out in this time, such as 4h.")
@click.option("--site", metavar="SITE", default="", type=TextParam("site"), help="For a site other than this clone's.")
@click.option("--format", "output_format", type=click.Choice(_FORMATS), default="text", help="Output format.")
@click.option("--each", "each", metavar="CMD", default="", type=TEXT, help="Pass each message to this command, once.")
@click.option("--dry-run", is_flag=True, help="With --each: show what would be passed, and send nothing.")
@click.option("--again", metavar="TIME", default="", type=TEXT, help="Send again what was sent since then.")
def remind(session: Session, **options: Unpack[_RemindOptions]) -> CommandOutput:
    """Remind people of promises that run out."""
    return name_bad_files(_remind(session, options), session.desk.open_bad_files, session)


def _remind(session: Session, options: _RemindOptions) -> CommandOutput:
    from fenji.desk import remind as reminders

    output_format, each, again = options["output_format"], options["each"], options["again"]
    request = reminders.ReminderRequest(options["person"], options["within"], options["site"])
    since = parse_instant(again, session.zone) if again else None
    found = reminders.list_reminders(session.desk, request)
    remarks: tuple[str, ...] = ()
    if output_format == "mail":
        remarks = tuple(_without_address(found, session))
        found = [reminder for reminder in found if _address(reminder, session)]
    if each:
        if not options["dry_run"]:
            done = reminders.send(session.desk, found, each, _renderer(output_format, session), again=since)
            return _report_sending(done, session, remarks)
        found = reminders.not_sent(session.desk, found, again=since)
    if output_format == "mail":
        session.refuse_json_with(output_format)
        render = _renderer(output_format, session)
        streams.write("\n".join(render(reminder).decode().replace("\r\n", "\n") for reminder in found))
        return CommandOutput((), None, remarks=remarks)
    session.json = session.json or output_format == "json"
    return CommandOutput(
        _lines(found, session), lambda: [reminder_text.document(reminder) for reminder in found], remarks=remarks
    )


def _renderer(output_format: str, session: Session) -> Callable[[Reminder], bytes]:
    """Return a function that renders a reminder as the bytes of its message."""
    language, zone = session.desk.language, session.zone
    if output_format == "mail":
        at = session.desk.now()
        return lambda reminder: reminder_text.mail(reminder, _address(reminder, session), language, zone, at)
    if output_format == "json":
        return lambda reminder: json.dumps(reminder_text.document(reminder), ensure_ascii=False).encode() + b"\n"
    return lambda reminder: f"{reminder.person}: {reminder_text.describe(reminder, language, zone)}\n".encode()


def _address(reminder: Reminder, session: Session) -> str:
    person = session.desk.policy.people.get(reminder.person)
    return person.email if person else ""


def _without_address(found: list[Reminder], session: Session) -> Iterator[str]:
    for person in sorted({reminder.person for reminder in found if not _address(reminder, session)}):
        yield session.say("{person} has no email in policy.yaml, and is sent nothing.", person=person)


def _lines(found: list[Reminder], session: Session) -> Iterator[str | OutputLine]:
    if not found:
        yield session.say("There are no reminders to send.")
    for person, group in groupby(sorted(found, key=lambda reminder: reminder.person), lambda reminder: reminder.person):
        yield OutputLine(person, "head")
        for reminder in group:
            yield f"  {sanitize(reminder_text.describe(reminder, session.language, session.zone))}"


def _describe_failure(reminder: Reminder, code: int, session: Session) -> str:
    return session.say(
        "{id}, {clock}, to {person}: the command exited with {code}; it is retried next time.",
        id=reminder.row.id,
        clock=reminder_text.name_clock(reminder, session.language),
        person=reminder.person,
        code=code,
    )


def _report_sending(done: Sending, session: Session, remarks: tuple[str, ...]) -> CommandOutput:
    failed = [_describe_failure(reminder, code, session) for reminder, code in done.failed]
    count = Sentence("{count} reminder sent", {"count": done.sent}, plural="{count} reminders sent")
    return CommandOutput(
        [session.say(count)] if done.sent else (),
        lambda: {"sent": done.sent, "failed": [reminder.key for reminder, _ in done.failed]},
        remarks=(*remarks, *failed),
        exit_code=Refused.exit_code if failed else 0,
    )
