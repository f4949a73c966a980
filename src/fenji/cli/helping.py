"""The help page of a command, in the person's language and to the width of the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from fenji.cli import streams
from fenji.cli.cells import padded, width, wrapped
from fenji.cli.session import Session

_WIDEST = 100  # cells of a help page where the terminal has more
_LEFT = 30  # cells of the left column, at most


def usage_line(context: click.Context) -> str:
    """`fenji assign [OPTIONS] ID... PERSON`."""
    words = [_argument(one) for one in context.command.params if isinstance(one, click.Argument)]
    inner = ["COMMAND"] if isinstance(context.command, click.Group) else []
    return " ".join([context.command_path, "[OPTIONS]", *words, *inner])


def _argument(argument: click.Argument) -> str:
    name = (argument.metavar or str(argument.name).upper()) + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def help_page(context: click.Context) -> str:
    """Usage, what it does, its options, and a group's commands."""
    session = context.ensure_object(Session)
    cells = min(streams.screen_cells() or 80, _WIDEST)
    return "\n".join(_page(context, session, cells))


def _page(context: click.Context, session: Session, cells: int) -> Iterator[str]:
    command = context.command
    yield session.say("Usage: {usage}", usage=usage_line(context))
    for text in (command.short_help, command.help):
        if text:
            yield ""
            yield from wrapped(session.say(text), cells)
    options = [(_option(one), one) for one in command.get_params(context) if isinstance(one, click.Option)]
    yield ""
    yield session.say("Options:")
    yield from _columns(((name, session.say(_option_help(one))) for name, one in options), cells)
    if isinstance(command, click.Group):
        yield ""
        yield session.say("Commands:")
        yield from _columns(_commands(command, context, session), cells)


def _commands(group: click.Group, context: click.Context, session: Session) -> Iterator[tuple[str, str]]:
    table = getattr(group, "table", {})
    for name in group.list_commands(context):
        yield name, session.say(table[name][1])


def _option(option: click.Option) -> str:
    metavar = "" if option.is_flag else f" {option.metavar or str(option.name).upper()}"
    return ", ".join(option.opts) + metavar + ("..." if option.multiple else "")


def _option_help(option: click.Option) -> str:
    return "Show this page." if "--help" in option.opts else option.help or ""


def _columns(pairs: Iterable[tuple[str, str]], cells: int) -> Iterator[str]:
    """Two columns; a left part that is too long stands on a line of its own."""
    held = list(pairs)
    left = min(max((width(name) for name, _ in held), default=0), _LEFT) + 4
    for name, text in held:
        lines = list(wrapped(text, max(cells - left, 20)))
        first = padded(f"  {name}", left)
        if width(name) + 4 > left:
            yield first
            first = " " * left
        yield (first + lines[0]).rstrip()
        yield from (" " * left + line for line in lines[1:])
