"""What a mail becomes in a ticket: title, description, note. In the desk's language, alike at every site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fenji.i18n import say
from fenji.imports.mail_message import MAX_SUBJECT, Mail
from fenji.imports.mail_words import clean_line
from fenji.model.correspondence import AUTOMATIC, REQUESTER, UNKNOWN_SENDER

if TYPE_CHECKING:
    from fenji.model.policy import Policy

MOST_TEXT, LEAST_TEXT = 20_000, 500  # characters of a mail in a ticket; the rest stands in its file
_MOST_QUOTED = 4_000
_FULL_TICKET = 900_000  # bytes of its file; 1 MiB is the most that is read
_PREFIXES = re.compile(
    r"^(?:(?:re|fwd?|aw|sv|回复|回覆|答复|答覆|转发|轉寄|轉發)(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)


def room_in(size: int) -> int:
    """Return how many characters of a mail a ticket takes whose file has so many bytes."""
    return max(LEAST_TEXT, min(MOST_TEXT, (_FULL_TICKET - size) // 8))


def title(mail: Mail, policy: Policy) -> str:
    """Return the subject without `Re:`; of a mail without one the first line."""
    first_line = next((line for line in mail.text.split("\n") if line.strip()), "")
    name = mail.name or mail.address or "?"
    words = _PREFIXES.sub("", mail.subject).strip() or first_line or say("Mail of {name}", policy.language, name=name)
    return clean_line(words, MAX_SUBJECT) or "?"


def note_text(mail: Mail, sender: str, policy: Policy, *, room: int, file_name: str) -> str:
    """Return a mail as a note: who wrote, about what, and what."""
    templates = {
        REQUESTER: "{name} <{address}> wrote by mail: {subject}",
        UNKNOWN_SENDER: "Mail from unknown sender {name} <{address}>: {subject}",
        AUTOMATIC: "Automatic mail from {name} <{address}>: {subject}",
    }
    values = {"name": mail.name or "?", "address": mail.address or "?", "subject": mail.subject[:MAX_SUBJECT] or "-"}
    template = templates.get(sender, "{name} of this desk wrote by mail: {subject}")
    head = say(template, policy.language, **values)
    return f"{head}\n\n{body_text(mail, policy, room=room, file_name=file_name)}".rstrip("\n")


def body_text(mail: Mail, policy: Policy, *, room: int, file_name: str) -> str:
    """Return what somebody wrote, below it what he quoted, and the names of what he sent along."""
    language = policy.language
    texts = [_fit(mail.text, room, file_name, language)]
    if mail.quoted:
        texts.append(_fit(mail.quoted, min(room, _MOST_QUOTED), file_name, language))
    names = [part.name for part in mail.parts]
    if names:
        texts.append(say("Sent along: {names}", language, names=clean_line(", ".join(names), 1_000)))
    return "\n\n".join(text for text in texts if text.strip())


def _fit(text: str, room: int, file_name: str, language: str) -> str:
    if len(text) <= room:
        return text
    return f"{text[:room].rstrip()}\n{say('… the rest stands in {name}', language, name=file_name)}"
