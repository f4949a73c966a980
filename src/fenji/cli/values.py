"""What people type, turned into values: words, instants, and texts from files or stdin."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.errors import Misused, NotFound

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Words(click.types.StringParamType):
    """Text from the command line, as UTF-8 whatever the locale; `known` names what it is completed from."""

    name = "text"

    def __init__(self, known: str = "") -> None:
        self.known = known

    def convert(self, value: object, _: click.Parameter | None, __: click.Context | None) -> str:
        return utf8(str(value))

    def shell_complete(self, ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from fenji.cli.completion import offered

        return offered(ctx, self.known, incomplete)


TEXT = Words()
TICKET = Words("ticket")
PERSON = Words("person")


def utf8(word: str) -> str:
    """A word of the command line, decoded where another locale left its bytes as they were.

    Raises Misused where the bytes are not UTF-8.
    """
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return os.fsencode(word).decode("utf-8")
        except UnicodeError:
            raise Misused("{word} is not UTF-8 text.", word=ascii(word)) from None
    return word


_INSTANT_HINT = "Write it as 2026-03-01T08:00, or with its offset as 2026-03-01T08:00:00+03:00."


def instant(text: str, zone: tzinfo) -> datetime:
    """The instant that ISO text names, to the second; without offset it is a wall clock in `zone`.

    Raises Misused for other text, a date without a time, and a wall clock that the zone skips.
    """
    try:
        found = datetime.fromisoformat(text.strip()).replace(microsecond=0)
    except ValueError:
        raise Misused("{text} is no instant.", hint=_INSTANT_HINT, text=text) from None
    if ":" not in text:
        raise Misused("{text} names no time of day.", hint=_INSTANT_HINT, text=text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
        if found.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found.replace(tzinfo=None):
            raise Misused("The clocks of {zone} skip {text}.", hint=_INSTANT_HINT, zone=zone, text=text)
    return found.replace(tzinfo=timezone(found.utcoffset() or timedelta(0)))


def text_value(typed: str) -> str:
    """A long text as typed, from stdin (`-`), or from a file (`@FILE`; `@@` stands for a leading `@`)."""
    if typed == "-":
        return _decoded(streams.read_stdin(), "stdin")
    if typed.startswith("@@"):
        return typed[1:]
    if typed.startswith("@"):
        return _decoded(_file_bytes(typed[1:]), typed[1:])
    return typed


def _file_bytes(name: str) -> bytes:
    try:
        return Path(name).expanduser().read_bytes()
    except OSError as error:
        hint = "@ names a file; write @@ for a text that begins with @."
        raise NotFound("{path} cannot be read: {reason}.", hint=hint, path=name, reason=error.strerror) from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n")
    except UnicodeDecodeError:
        raise Misused("{path} is not UTF-8 text.", path=name) from None
