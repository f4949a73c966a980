"""Read a mail (RFC 5322) from its bytes, whatever they are. Pure; never raises.

A mail that is too large, too deep or too broken to be split into parts is read as headers and text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import collapse_rfc2231_value, parseaddr, parsedate_to_datetime
from hashlib import sha256

from msgspec import Struct

from fenji.imports.mail_words import clean_line, clean_text, decode_bytes, decode_words, html_to_text, split_quoted
from fenji.model.correspondence import Reference, find_references
from fenji.model.ticket import counts_as_year

MAX_MAIL_BYTES = 25 << 20
MAX_DEPTH, MAX_PARTS, MAX_HEADER_BYTES = 20, 200, 64 << 10
MAX_SUBJECT, MAX_NAME = 200, 100  # characters
_MAX_REFERENCES, _MAX_RECEIVED = 50, 50
_MAX_CONTENT_HEADER = 8 << 10  # bytes: the library takes quadratic time for it
_MAX_TEXT = 400_000  # characters that are read; the original has the rest
_MAX_SENDER = 2_000  # characters of the header that names the sender
_MAX_ADDRESS = 254  # characters (RFC 5321)
_SMALL_PICTURE = 20 << 10  # bytes: a smaller picture within the text is a logo
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "text/html": ".html",
    "text/plain": ".txt",
    "message/rfc822": ".eml",
}
_AUTOMATIC_HEADERS = ("x-autoreply", "x-autorespond", "x-failed-recipients", "list-id", "list-post", "list-unsubscribe")
_AUTOMATIC_SENDERS = re.compile(r"(mailer-daemon|postmaster)@", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_BOUNDARY = re.compile(rb"boundary\s*=\s*\"?([^\s\";]{1,200})", re.IGNORECASE)
_CONTENT_HEADERS = re.compile(rb"^content-[a-z-]+[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class MailPart(Struct, frozen=True):
    """A file attached to a mail: its name, from the sender or else made from its type, and its bytes."""

    name: str
    data: bytes


class Mail(Struct, frozen=True):
    """A parsed mail.

    `key` identifies it, and is equal for the same mail at every site. `instants` are those that it states, the most
    trustworthy first: when our own server received it, when the servers before did, its date. `date` is the date as its
    sender wrote it. `keys` are those of the mails that it answers, the nearest first. `original` is the whole mail, or
    its headers and text if it is larger than MAX_MAIL_BYTES.
    """

    key: str
    message_id: str
    address: str
    name: str
    subject: str
    date: str
    instants: tuple[datetime, ...]
    references: tuple[Reference, ...]
    keys: tuple[str, ...]
    is_automatic: bool
    text: str
    quoted: str
    parts: tuple[MailPart, ...]
    original: bytes

    @property
    def answers_reminder(self) -> bool:
        """Whether this is a reply to a reminder."""
        return any(reference.is_reminder for reference in self.references)


def read_mail(data: bytes) -> Mail:
    """Read a mail."""
    headers, message = _parse(data)
    message_id = clean_line(_first(headers, "message-id"), 500)
    name, address = _sender(headers)
    text, parts = _read_body(message, data)
    own, quoted = split_quoted(clean_text(text))
    answered = _answered(headers)
    return Mail(
        key=key_of(message_id) if message_id else sha256(b"bytes\0" + data).hexdigest()[:32],
        message_id=message_id,
        address=address,
        name=name,
        subject=clean_line(_first(headers, "subject"), 2_000),
        date=clean_line(_first(headers, "date"), MAX_SUBJECT),
        instants=tuple(_instants(headers)),
        references=tuple(find_references(" ".join(answered))),
        keys=tuple(key_of(found) for found in answered if found != message_id),
        is_automatic=_is_automatic(headers, message_id, address),
        text=own,
        quoted=quoted,
        parts=tuple(parts),
        original=data if len(data) <= MAX_MAIL_BYTES else _head_and_text(data, text),
    )


def key_of(message_id: str) -> str:
    """Return the key of a mail with this Message-ID: 32 hexadecimal digits of its SHA-256."""
    return sha256(b"mail\0" + message_id.encode("utf-8", "replace")).hexdigest()[:32]


# --- headers --------------------------------------------------------------------------------------------------------

_Headers = list[tuple[str, str]]


def _parse(data: bytes) -> tuple[_Headers, Message]:
    """Return the headers, and the message with its parts, or without parts if there are too many of them."""
    data = data[: MAX_MAIL_BYTES + 1]
    end = _HEAD_END.search(data)
    head, body = (data[: end.start()], data[end.end() :]) if end else (data, b"")
    if len(head) > MAX_HEADER_BYTES:
        head = head[:MAX_HEADER_BYTES].rpartition(b"\n")[0]
    message = _parse_message(head + b"\n\n" + (body if _is_simple(data) else b""))
    if not _is_simple(data):
        message = Message()
        message.set_payload(body.decode("latin-1"))
        message.set_type("text/plain")
        return _list_headers(_parse_message(head + b"\n\n")), message
    return _list_headers(message), message


def _parse_message(data: bytes) -> Message:
    try:
        return message_from_bytes(data)
    except Exception:
        message = Message()
        message.set_payload(data.decode("latin-1"))
        return message


def _is_simple(data: bytes) -> bool:
    """Return whether a message can be split in reasonable time: its parser checks each line at every depth."""
    if any(len(match[0]) > _MAX_CONTENT_HEADER for match in _CONTENT_HEADERS.finditer(data)):
        return False
    boundaries = set(_BOUNDARY.findall(data))
    nested = data.lower().count(b"message/rfc822")
    if len(boundaries) + nested > 2 * MAX_DEPTH:
        return False
    return sum(data.count(b"--" + boundary) for boundary in boundaries) <= 4 * MAX_PARTS


def _list_headers(message: Message) -> _Headers:
    return [(name.lower(), decode_words(str(value))) for name, value in message.raw_items()]


def _first(headers: _Headers, name: str) -> str:
    return next((value for key, value in headers if key == name), "").strip()


def _sender(headers: _Headers) -> tuple[str, str]:
    """Return name and address of the sender, from `From:`, else `Sender:`, else `Return-Path:`."""
    for key in ("from", "sender", "return-path"):
        try:
            name, address = parseaddr(_first(headers, key)[:_MAX_SENDER])
        except Exception:
            continue
        address = clean_line(address, _MAX_ADDRESS).lower()
        if "@" in address:
            return clean_line(name, MAX_NAME) or address.partition("@")[0], address
    return clean_line(_first(headers, "from"), MAX_NAME), ""


def _instants(headers: _Headers) -> Iterator[datetime]:
    """Yield the instants of `Received:` from the topmost, which our own server wrote, and then that of `Date:`."""
    stated = [value.rpartition(";")[2] for key, value in headers if key == "received"]
    for text in (*stated[:_MAX_RECEIVED], _first(headers, "date")):
        instant = _parse_instant(text)
        if instant:
            yield instant


def _parse_instant(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text).replace(microsecond=0)
        offset = instant.utcoffset()
        instant = (
            instant if offset is not None and abs(offset.total_seconds()) < 57_600 else instant.replace(tzinfo=UTC)
        )
        years = instant.year, instant.astimezone(UTC).year
    except Exception:
        return None
    return instant if all(map(counts_as_year, years)) else None


def _answered(headers: _Headers) -> list[str]:
    """Return the Message-IDs that a mail answers, the nearest first."""
    text = " ".join(value for name in ("in-reply-to", "references") for key, value in headers if key == name)
    direct = _MESSAGE_ID.findall(_first(headers, "in-reply-to"))
    return list(dict.fromkeys((*direct, *reversed(_MESSAGE_ID.findall(text)))))[:_MAX_REFERENCES]


def _is_automatic(headers: _Headers, message_id: str, address: str) -> bool:
    """Return whether a program sent a mail (RFC 3834, and the conventions before it)."""
    auto = _first(headers, "auto-submitted").partition(";")[0].strip().lower()
    return_path = next((value.strip() for key, value in headers if key == "return-path"), None)
    return any(
        (
            auto not in ("", "no"),
            _first(headers, "precedence").lower() in ("bulk", "list", "junk", "auto_reply"),
            return_path == "<>",
            any(key in _AUTOMATIC_HEADERS for key, _ in headers),
            _first(headers, "content-type").lower().startswith("multipart/report"),
            bool(_AUTOMATIC_SENDERS.match(address)),
            bool(list(find_references(message_id))),  # a mail that fenji itself made
        )
    )


# --- the body -------------------------------------------------------------------------------------------------------


def _read_body(message: Message, data: bytes) -> tuple[str, list[MailPart]]:
    try:
        pieces = list(_walk(message))
        texts, parts = _choose_texts(pieces), [part for piece in pieces if (part := _as_file(piece))]
    except Exception:
        return decode_bytes(data[:_MAX_TEXT]), []
    return "\n\n".join(texts)[:_MAX_TEXT], parts[:MAX_PARTS]


class _Piece(Struct, frozen=True):
    """A part that has no parts; `group` is the number of the nearest multipart/alternative around it, 0 for none."""

    message: Message
    group: int

    @property
    def type(self) -> str:
        return self.message.get_content_type()

    @property
    def disposition(self) -> str:
        return str(self.message.get("content-disposition") or "").partition(";")[0].strip().lower()

    @property
    def is_text(self) -> bool:
        return self.type in ("text/plain", "text/html") and self.disposition != "attachment"


def _walk(message: Message) -> Iterator[_Piece]:
    """Yield the parts of a message in order, at most MAX_PARTS of them; nothing below MAX_DEPTH."""
    waiting: list[tuple[Message, int, int]] = [(message, 0, 0)]
    count = 0
    while waiting and count < MAX_PARTS:
        part, depth, group = waiting.pop()
        count += 1
        children = part.get_payload()
        if part.get_content_maintype() != "multipart" or not isinstance(children, list):
            yield _Piece(part, group)
        elif depth < MAX_DEPTH:
            inner = count if part.get_content_subtype() == "alternative" else group
            waiting += [(child, depth + 1, inner) for child in reversed(children) if isinstance(child, Message)]


def _choose_texts(pieces: list[_Piece]) -> list[str]:
    """Return the texts in order; among alternatives the plain one, unless it is empty."""
    chosen: dict[int, tuple[str, str]] = {}
    for place, piece in enumerate(piece for piece in pieces if piece.is_text):
        text = _text_of(piece)
        group = piece.group or -1 - place
        known_type, known = chosen.get(group, ("", ""))
        if text.strip() and (not known.strip() or (piece.type == "text/plain") > (known_type == "text/plain")):
            chosen[group] = piece.type, text
    return [text for _, text in chosen.values()]


def _text_of(piece: _Piece) -> str:
    charset = piece.message.get_param("charset") or ""
    data = piece.message.get_payload(decode=True)
    text = decode_bytes(data if isinstance(data, bytes) else b"", str(collapse_rfc2231_value(charset)))
    return html_to_text(text) if piece.type == "text/html" else text


def _as_file(piece: _Piece) -> MailPart | None:
    """Return a part as a file; None for the text of the mail, and for small pictures within it."""
    if piece.is_text and not _file_name(piece):
        return None
    if piece.type == "message/rfc822":
        children = piece.message.get_payload()
        inner = children[0] if isinstance(children, list) and children else piece.message
        return MailPart(_file_name(piece) or "mail.eml", inner.as_bytes() if isinstance(inner, Message) else b"")
    data = piece.message.get_payload(decode=True)
    if not isinstance(data, bytes) or not data:
        return None
    if piece.disposition != "attachment" and piece.message.get("content-id") and len(data) < _SMALL_PICTURE:
        return None
    return MailPart(_file_name(piece) or f"part{_ENDINGS.get(piece.type, '.bin')}", data)


def _file_name(piece: _Piece) -> str:
    try:
        name = piece.message.get_filename() or ""
    except Exception:
        name = ""
    base = re.split(r"[/\\]", decode_words(name))[-1]
    return clean_line(base, MAX_SUBJECT)


def _head_and_text(data: bytes, text: str) -> bytes:
    """Return the headers and the text of a mail that is too large, without its attachments."""
    end = _HEAD_END.search(data[:MAX_MAIL_BYTES])
    head = data[: end.start() if end else MAX_HEADER_BYTES][:MAX_HEADER_BYTES]
    kept = [line for line in re.split(rb"\r?\n(?![ \t])", head) if not line.lower().startswith(b"content-")]
    kept += [b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: 8bit"]
    return b"\r\n".join(kept) + b"\r\n\r\n" + text.encode("utf-8", "replace")
