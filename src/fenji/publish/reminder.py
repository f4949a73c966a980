"""A reminder as a line of text, as JSON, and as a mail that no program should answer."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from fenji.i18n import say
from fenji.model.board import CLOCK_SIGNS, format_left
from fenji.model.correspondence import reference_of, reminder_id_of
from fenji.model.ticket import PLAN_PREFIX

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from fenji.model.reminders import Reminder
    from fenji.model.values import JsonValue

_LETTERS_OF_KEY = 16  # letters of a key in a Message-ID: enough to differ, and short enough for one line
_LENGTH_OF_TITLE = 80  # characters of a title in a subject


_LEFT = "{sign} {id} {priority} {clock} due {due}, {length} left (elapsed): {title}"
_LATE = "{sign} {id} {priority} {clock} due {due}, {length} late (elapsed): {title}"


def describe(reminder: Reminder, language: str, zone: tzinfo) -> str:
    """Return a reminder's line: `! KSA-2026-0042 P2 solution due 2026-03-10 10:00 +03:00, 2:00 late (elapsed): …`."""
    ticket, due = reminder.row.ticket, reminder.due.astimezone(zone)
    left = _elapsed_left(reminder.row.reading.at, reminder)
    return say(
        _LATE if left < 0 else _LEFT,
        language,
        sign=CLOCK_SIGNS.get(reminder.state, " "),
        id=ticket.id,
        priority=ticket.priority_text,
        clock=name_clock(reminder, language),
        due=f"{due:%Y-%m-%d %H:%M} {due.isoformat()[-6:]}",
        length=format_left(abs(left)),
        title=ticket.title,
    )


def name_clock(reminder: Reminder, language: str) -> str:
    """Return the name of the reminder's clock; an item of a plan is followed by what it is."""
    if not reminder.clock.startswith(PLAN_PREFIX):
        return say(reminder.clock, language)
    return f"{reminder.clock} ({reminder.what})" if reminder.what else reminder.clock


def _elapsed_left(at: datetime, reminder: Reminder) -> int:
    return int((reminder.due - at).total_seconds())


def document(reminder: Reminder) -> dict[str, JsonValue]:
    """Return a reminder for JSON; `left_s` is elapsed time, negative once late."""
    ticket = reminder.row.ticket
    return {
        "key": reminder.key,
        "person": reminder.person,
        "step": reminder.step.text,
        "ticket": ticket.id,
        "uid": ticket.uid,
        "title": ticket.title,
        "clock": reminder.clock,
        "due": reminder.due.isoformat(),
        "left_s": _elapsed_left(reminder.row.reading.at, reminder),
        "owner": ticket.owner or None,
    }


def mail(reminder: Reminder, address: str, language: str, zone: tzinfo, at: datetime) -> bytes:
    """Return a reminder as a mail (RFC 5322). A reply to it finds its ticket; no program should answer it (RFC 3834).

    The mail names no sender: the program that sends it adds one.
    """
    ticket, message = reminder.row.ticket, EmailMessage(policy=SMTP)
    line = describe(reminder, language, zone)
    title = ticket.title if len(ticket.title) <= _LENGTH_OF_TITLE else f"{ticket.title[:_LENGTH_OF_TITLE]}…"
    message["To"] = address
    message["Subject"] = say(
        "[{id}] {clock}, {step}: {title}",
        language,
        id=ticket.id,
        clock=name_clock(reminder, language),
        step=reminder.step.sentence,
        title=title,
    )
    message["Date"] = at
    message["Message-ID"] = reminder_id_of(ticket, reminder.key[:_LETTERS_OF_KEY])
    message["References"] = reference_of(ticket)
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "bulk"
    message.set_content(f"{line}\n\n{ticket.word('description')}\n", charset="utf-8")
    return message.as_bytes()
