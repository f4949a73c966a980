"""Take in a mail: as a note on the ticket that it belongs to, else as a new ticket.

Mails are taken in one at a time, so that a mail delivered twice at once is taken in once. A mail that belongs to no
ticket and may not open one is kept in the git folder of the clone. Nothing is ever sent.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from fenji import files
from fenji.desk import open as opening
from fenji.desk import people
from fenji.errors import Refused
from fenji.i18n import join_words, say
from fenji.imports.mail_message import MAX_SUBJECT, Mail, read_mail
from fenji.imports.mail_words import clean_line
from fenji.model import correspondence
from fenji.model.correspondence import AUTOMATIC, MAIL, REQUESTER, UNKNOWN_SENDER
from fenji.model.ticket.uid import derive_uid
from fenji.model.workflow.checks import MAX_CLOCK_SKEW
from fenji.storage import StoredTicket, layout, mail_lookup
from fenji.storage.attachments import MAX_FILE_BYTES, safe_name
from fenji.storage.lock import FileLock

if TYPE_CHECKING:
    from fenji.desk.desk import Desk
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket, Value

LOCK_FILE, PARKED_FOLDER = "fenji-mail.lock", "fenji-mail"
MAX_NAME_BYTES = 100
Outcome = Literal["opened", "noted", "known", "parked"]
_NUMBER = re.compile(
    r"(?<![A-Z0-9-])[A-Z][A-Z0-9]{0,15}-[0-9]{4}-[0-9]{4,7}(?:-[0-9A-Z]{2})?(?![A-Z0-9-])", re.IGNORECASE
)
_DIGITS_OF_NAME = 12  # digits of a mail's key in the name of its file
MOST_TEXT, LEAST_TEXT = 20_000, 500  # characters of a mail in a ticket; the rest is only in the attached mail
_MOST_QUOTED = 4_000  # characters
_FULL_TICKET = 900_000  # bytes of a ticket's file; at most 1 MiB is read
_PREFIXES = re.compile(
    r"^(?:(?:re|fwd?|aw|sv|回复|回覆|答复|答覆|转发|轉寄|轉發)(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)


class Delivery(Struct, frozen=True):
    """The outcome of a mail: its ticket and kind of sender; for a parked mail, the path and the reason."""

    outcome: Outcome
    ticket: Ticket | None = None
    sender: str = ""
    reason: str = ""
    path: Path | None = None


class ParkedMail(Struct, frozen=True):
    """A mail that was parked: its path, and the reason."""

    path: Path
    reason: str
    mail: Mail


def deliver(desk: Desk, data: bytes, *, site: str = "", always: bool = False) -> Delivery:
    """Take in a mail; with `always` a mail that would be parked opens a ticket too.

    Raises Refused for empty input or a mail that the policy does not allow, Unavailable if the desk is busy.
    """
    if not data.strip():
        raise Refused("There is no mail on standard input.", hint="Usage: fenji mail < message")
    desk.reload_changed_policy()
    opening.check_site(desk.policy, site or desk.site)
    mail = read_mail(data)
    with FileLock(desk.repo.git_dir / LOCK_FILE), people.insist():
        return _Postman(desk, mail, site).deliver(always=always)


def list_parked(desk: Desk) -> list[ParkedMail]:
    """Return the mails that were parked in this clone."""
    folder = desk.repo.git_dir / PARKED_FOLDER
    paths = [folder / name for name in layout.list_names(folder) if name.endswith(".eml")]
    return [ParkedMail(path, path.name.partition("-")[0], read_mail(path.read_bytes())) for path in paths]


class _Postman(Struct):
    """Takes in one mail."""

    desk: Desk
    mail: Mail
    site: str

    def deliver(self, *, always: bool) -> Delivery:
        delivery = self._take_in(always=always)
        for path in (self.desk.repo.git_dir / PARKED_FOLDER).glob(f"*-{self.mail.key}.eml"):
            if path != delivery.path:  # parked earlier, maybe for another reason
                path.unlink(missing_ok=True)
        return delivery

    def _take_in(self, *, always: bool) -> Delivery:
        known, stored = self._find_ticket()
        if known:
            self._attach(known.ticket)
            return Delivery("known", known.ticket)
        if stored:
            return self._note(stored)
        reason = "" if always else self._why_not_open()
        if reason:
            return self._park(reason)
        return self._open()

    # --- which ticket ---------------------------------------------------------------------------------------------

    def _find_ticket(self) -> tuple[StoredTicket | None, StoredTicket | None]:
        """Return the ticket that already has this mail, or else the one that the mail belongs to."""
        numbers = self._numbers_in_subject()
        keys, uid_ends = {self.mail.key, *self.mail.keys}, {reference.uid_end for reference in self.mail.references}
        places = mail_lookup.find_places(self.desk.root, keys=keys, uid_ends=uid_ends, numbers=set(numbers))
        if self.mail.key in places.by_key:
            return self.desk.store.reader.load(places.by_key[self.mail.key]), None
        by_reference = (places.by_uid_end.get(reference.uid_end) for reference in self.mail.references)
        by_mail = (places.by_key.get(key) for key in self.mail.keys)
        by_number = (self._path_of(number) or places.by_former.get(number) for number in numbers)
        path = next((path for paths in (by_reference, by_mail, by_number) for path in paths if path), None)
        return None, self.desk.store.reader.load(path) if path else None

    def _numbers_in_subject(self) -> list[str]:
        found = _NUMBER.findall(unicodedata.normalize("NFKC", self.mail.subject))
        return list(dict.fromkeys(number.upper() for number in found))

    def _path_of(self, number: str) -> str | None:
        return next((path for path in layout.ticket_paths(number) if (self.desk.root / path).is_file()), None)

    # --- outcomes -------------------------------------------------------------------------------------------------

    def _why_not_open(self) -> str:
        if self.mail.answers_reminder:
            return "reminder"
        if self.mail.is_automatic:
            return "automatic"
        tickets = (stored.ticket for stored in self.desk.store.reader.scan_open().tickets)
        count = correspondence.count_recent(tickets, self.mail.address, self._instant())
        return "many" if count >= correspondence.MOST_IN_AN_HOUR else ""

    def _note(self, stored: StoredTicket) -> Delivery:
        ticket, policy = stored.ticket, self.desk.policy
        sender = correspondence.sender_of(ticket, self.mail.address, policy, automatic=self.mail.is_automatic)
        room = room_in(len(files.read_below(self.desk.root, stored.path)[0]))
        row = self.desk.act(
            ticket.id,
            "note",
            by=MAIL,
            at=max(self._instant(), ticket.reported_at or self._instant()),
            sender=REQUESTER if sender == REQUESTER else "",
            note=note_text(self.mail, sender, policy, room=room, file_name=self._file_name),
            mail=self._entry(sender),
        )
        self._attach(row.ticket)
        return Delivery("noted", row.ticket, sender)

    def _open(self) -> Delivery:
        mail, policy = self.mail, self.desk.policy
        person = correspondence.find_person(mail.address, policy)
        sender = correspondence.AUTOMATIC if mail.is_automatic else person or REQUESTER
        fields = {
            "title": title(mail, policy),
            "description": body_text(mail, policy, room=MOST_TEXT, file_name=self._file_name),
            "requester.name": mail.name,
            "requester.contact": mail.address,
        }
        row = self.desk.new(
            {path: value for path, value in fields.items() if value},
            uid=derive_uid(MAIL, mail.key),
            site=self.site,
            by=MAIL,
            at=self._instant(),
            mail=self._entry(sender),
        )
        self._attach(row.ticket)
        return Delivery("opened", row.ticket, sender)

    def _park(self, reason: str) -> Delivery:
        path = f"{PARKED_FOLDER}/{reason}-{self.mail.key}.eml"
        files.keep(self.desk.repo.git_dir, path, self.mail.original)
        return Delivery("parked", None, "", reason, self.desk.repo.git_dir / path)

    # --- log entries ----------------------------------------------------------------------------------------------

    def _instant(self) -> datetime:
        """Return when the mail came: the most trustworthy instant that it states and that is not in the future.

        It is now if there is none, or if our own server's clock is only a little ahead of this machine's.
        """
        now = opening.fix_offset(self.desk.now())
        stated = self.mail.instants
        if stated and now < stated[0] <= now + MAX_CLOCK_SKEW:
            return now
        return opening.fix_offset(next((instant for instant in stated if instant <= now), now))

    def _entry(self, sender: str) -> Mapping[str, Value]:
        mail = self.mail
        entry = {"key": mail.key, "id": mail.message_id, "from": mail.address, "as": sender, "date": mail.date}
        return {key: value for key, value in entry.items() if value}

    # --- files ----------------------------------------------------------------------------------------------------

    @property
    def _file_name(self) -> str:
        return f"mail-{self.mail.key[:_DIGITS_OF_NAME]}.eml"

    def _attach(self, ticket: Ticket) -> None:
        """Attach the original mail and its attachments, unless an earlier run did."""
        if any(item.name == self._file_name for item in ticket.files):
            return
        with tempfile.TemporaryDirectory(prefix="fenji-mail-") as folder:
            paths = list(self._write_files(Path(folder)))
            at = max(self._instant(), ticket.reported_at or self._instant())
            self.desk.attach(ticket.id, paths, by=MAIL, at=at, mail={"key": self.mail.key})

    def _write_files(self, folder: Path) -> Iterator[Path]:
        named = [(self._file_name, self.mail.original)]
        named += [(part.name, part.data) for part in self.mail.parts if len(part.data) <= MAX_FILE_BYTES]
        for place, (name, data) in enumerate(named):
            path = folder / str(place) / short_name(name)
            path.parent.mkdir()
            path.write_bytes(data)
            yield path


def short_name(name: str) -> str:
    """Return the name of a mail's attachment, made safe for every system and at most MAX_NAME_BYTES long."""
    safe = safe_name(name)
    stem, dot, ending = safe.rpartition(".")
    if not dot:
        stem, ending = safe, ""
    room = MAX_NAME_BYTES - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + ending


def room_in(size: int) -> int:
    """Return how many characters of a mail fit into a ticket whose file has `size` bytes."""
    return max(LEAST_TEXT, min(MOST_TEXT, (_FULL_TICKET - size) // 8))


def title(mail: Mail, policy: Policy) -> str:
    """Return the subject without `Re:` and the like, or the first line of a mail without a subject."""
    first_line = next((line for line in mail.text.split("\n") if line.strip()), "")
    name = mail.name or mail.address or "?"
    words = _PREFIXES.sub("", mail.subject).strip() or first_line or say("Mail of {name}", policy.language, name=name)
    return clean_line(words, MAX_SUBJECT) or "?"


def note_text(mail: Mail, sender: str, policy: Policy, *, room: int, file_name: str) -> str:
    """Return a mail as a note: the sender, the subject and the text."""
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
    """Return the text of a mail, followed by the quoted text and the names of its attachments."""
    language = policy.language
    texts = [_fit(mail.text, room, file_name, language)]
    if mail.quoted:
        texts.append(_fit(mail.quoted, min(room, _MOST_QUOTED), file_name, language))
    names = [part.name for part in mail.parts]
    if names:
        texts.append(say("Sent along: {names}", language, names=clean_line(join_words(names, language), 1_000)))
    return "\n\n".join(text for text in texts if text.strip())


def _fit(text: str, room: int, file_name: str, language: str) -> str:
    if len(text) <= room:
        return text
    return f"{text[:room].rstrip()}\n{say('… the rest is in {name}', language, name=file_name)}"
