"""The help page of a command, in the user's language and wrapped to the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from fenji.cli import streams
from fenji.cli.session import Session
from fenji.i18n import join_sentences
from fenji.text.cells import pad, width, wrap_lines

_MAX_WIDTH = 100  # cells of a help page, even in a wider terminal
_MAX_LEFT = 30  # cells of the left column, at most


def format_usage(context: click.Context) -> str:
    """Return the usage line: `fenji assign [OPTIONS] ID... PERSON`."""
    arguments = [
        _format_argument(parameter) for parameter in context.command.params if isinstance(parameter, click.Argument)
    ]
    subcommand = ["COMMAND"] if isinstance(context.command, click.Group) else []
    return " ".join([context.command_path, "[OPTIONS]", *arguments, *subcommand])


def _format_argument(argument: click.Argument) -> str:
    if (argument.metavar or "").startswith("["):
        return str(argument.metavar)
    name = (argument.metavar or str(argument.name).upper()) + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def render_help(context: click.Context) -> str:
    """Return the help page: usage, summary, options, and the commands of a group."""
    session = context.ensure_object(Session)
    page_width = min(streams.terminal_width() or 80, _MAX_WIDTH)
    return "\n".join(_help_lines(context, session, page_width))


def _help_lines(context: click.Context, session: Session, page_width: int) -> Iterator[str]:
    command = context.command
    yield session.say("Usage: {usage}", usage=format_usage(context))
    for text in (command.short_help, command.help):
        if text:
            yield ""
            yield from wrap_lines(session.say(text), page_width)
    options = [option for option in command.get_params(context) if isinstance(option, click.Option)]
    yield ""
    yield session.say("Options:")
    yield from _two_columns(((_format_option(option), _describe(option, session)) for option in options), page_width)
    if isinstance(command, click.Group):
        yield ""
        yield session.say("Commands:")
        yield from _two_columns(_list_commands(command, context, session), page_width)


def _list_commands(group: click.Group, context: click.Context, session: Session) -> Iterator[tuple[str, str]]:
    table = getattr(group, "table", {})
    for name in group.list_commands(context):
        yield name, session.say(table[name][1])


def _format_option(option: click.Option) -> str:
    if _is_help(option):
        return "-h, --help"
    metavar = "" if option.is_flag else f" {option.metavar or str(option.name).upper().rpartition('_')[2]}"
    return ", ".join(option.opts) + metavar + ("..." if option.multiple else "")


def _describe(option: click.Option, session: Session) -> str:
    """Return an option's help text, followed by its choices if it takes only certain words."""
    text = session.say(_option_help(option))
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    return join_sentences([text, *([" | ".join(map(str, choices))] if choices else [])], session.language)


def _option_help(option: click.Option) -> str:
    return "Show this page." if _is_help(option) else option.help or ""


def _is_help(option: click.Option) -> bool:
    return "--help" in option.opts


def _two_columns(rows: Iterable[tuple[str, str]], page_width: int) -> Iterator[str]:
    """Yield rows in two columns; a left cell that is too long gets a line of its own."""
    entries = list(rows)
    left = min(max((width(name) for name, _ in entries), default=0), _MAX_LEFT) + 4
    for name, text in entries:
        lines = list(wrap_lines(text, max(page_width - left, 20)))
        first = pad(f"  {name}", left)
        if width(name) + 4 > left:
            yield first
            first = " " * left
        yield (first + lines[0]).rstrip()
        yield from (" " * left + line for line in lines[1:])
