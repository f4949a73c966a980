"""Parameter types and parsers for what people type: text, instants, and texts from files or stdin."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click

from fenji.cli import streams
from fenji.errors import InvalidUsage, NotFound, os_reason
from fenji.given_files import expand_user, read_given
from fenji.model.ticket import counts_as_year

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class TextParam(click.types.StringParamType):
    """Text from the command line, as UTF-8 whatever the locale; `complete_from` is the kind of words to offer."""

    name = "text"
    # Set while a shell asks for completions; takes the context, `complete_from`, and the text typed.
    offer_completions: ClassVar[Callable[[click.Context, str, str], list[CompletionItem]] | None] = None

    def __init__(self, complete_from: str = "") -> None:
        self.complete_from = complete_from

    def convert(self, value: object, _: click.Parameter | None, __: click.Context | None) -> str:
        return decode_arg(str(value))

    def shell_complete(self, ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        offer = type(self).offer_completions
        return offer(ctx, self.complete_from, incomplete) if offer else []


TEXT = TextParam()
TICKET = TextParam("ticket")
PERSON = TextParam("person")


def decode_arg(arg: str) -> str:
    """Return an argument as text; bytes that Python could not decode in the locale are decoded as UTF-8.

    Raises InvalidUsage if the bytes are not UTF-8.
    """
    try:
        arg.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return os.fsencode(arg).decode("utf-8")
        except UnicodeError:
            raise InvalidUsage("{word} is not UTF-8 text.", word=ascii(arg)) from None
    return arg


_FORMAT_BY_ENDING = {"txt": "text", "htm": "html"}


def format_of_file(target: Path | None, formats: Sequence[str], *, default: str) -> str:
    """Return the format named by a file's ending; `default` for no file, and for a name without an ending.

    Raises InvalidUsage for any other ending, because a file is never written in another format than its name says;
    with `""` as `default`, also without an ending.
    """
    ending = target.suffix.lower().removeprefix(".") if target else ""
    file_format = _FORMAT_BY_ENDING.get(ending, ending) or default
    if file_format in formats:
        return file_format
    if not ending:
        raise InvalidUsage("{name} is missing.", hint="One of: {known}.", name="--format", known=tuple(formats))
    hint = "Use one of these endings, or name one with --format: {formats}"
    raise InvalidUsage("This cannot be written as {ending}.", hint=hint, ending=f".{ending}", formats=tuple(formats))


_TIME_HINT = "Write it as 2026-03-01T08:00, or with an offset as 2026-03-01T08:00:00+03:00."


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """Parse ISO text as an instant, to the second; without an offset it is a wall-clock time in `zone`.

    Raises InvalidUsage for other text, a date without a time, a year outside the range that counts, and a
    wall-clock time that the zone skips.
    """
    try:
        parsed = datetime.fromisoformat(text.strip()).replace(microsecond=0)
    except ValueError:
        raise InvalidUsage("{text} is not a time.", hint=_TIME_HINT, text=text) from None
    if ":" not in text:
        raise InvalidUsage("{text} has no time of day.", hint=_TIME_HINT, text=text)
    if not counts_as_year(parsed.year):
        raise InvalidUsage("The time {time} is outside the supported years.", hint=_TIME_HINT, time=text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=zone)
        if parsed.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != parsed.replace(tzinfo=None):
            raise InvalidUsage("Clocks in {zone} skip {text}.", hint=_TIME_HINT, zone=zone, text=text)
    return parsed.replace(tzinfo=timezone(parsed.utcoffset() or timedelta(0)))


def read_text_arg(typed: str) -> str:
    """Return a long text as typed, from stdin (`-`), or from a file (`@FILE`; `@@` is a literal `@`)."""
    if typed == "-":
        return _decode(streams.read_stdin(), "stdin")
    if typed.startswith("@@"):
        return typed[1:]
    if typed.startswith("@"):
        return _decode(_read_file(typed[1:]), typed[1:])
    return typed


def _read_file(name: str) -> bytes:
    try:
        return read_given(expand_user(name))
    except OSError as error:
        hint = "@ names a file; write @@ for text that begins with @."
        raise NotFound("{path} cannot be read: {reason}.", hint=hint, path=name, reason=os_reason(error)) from error


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n")
    except UnicodeDecodeError:
        raise InvalidUsage("{path} is not UTF-8 text.", path=name) from None
