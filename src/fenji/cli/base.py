"""The building blocks of the command line: options that every command takes, and commands loaded on demand.

Knows nothing about tickets.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click

from fenji.cli.help import render_help
from fenji.cli.output import print_output, warn_of_absent_tickets, warn_of_clock, warn_of_index, warn_of_refused_files
from fenji.cli.params import PERSON, TEXT
from fenji.cli.session import CommandOutput, Session
from fenji.errors import InvalidUsage, NotFound

_HELP_SETTINGS = {"help_option_names": ["-h", "--help"]}
READING_COMMANDS = frozenset(
    {
        "list",
        "show",
        "files",
        "clock",
        "search",
        "suggest",
        "check",
        "doctor",
        "schema",
        "policy",
        "completion",
        "try",
        "index",
    }
)  # commands that change nothing kept in git


class SessionOption(click.Option):
    """An option that is stored in the session, whether it is given before or after the command's name."""

    def __init__(self, *declarations: str, **attrs: Any) -> None:
        super().__init__(list(declarations), expose_value=False, callback=_store_in_session, **attrs)


def _store_in_session(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value:
        setattr(context.ensure_object(Session), str(parameter.name), value)


def common_options() -> list[click.Parameter]:
    """Return the options of every command."""
    folder = click.Path(path_type=Path)
    return [
        SessionOption("--json", is_flag=True, help="Print one JSON document."),
        SessionOption(
            "--desk", "folder", metavar="DIR", type=folder, help="Any folder of the desk, if not the current one."
        ),
    ]


def event_options() -> list[click.Parameter]:
    """Return the options of every command that records an event."""
    return [
        SessionOption(
            "--at", "at_text", metavar="TIME", type=TEXT, help="When it happened, if not now, such as 2026-03-01T08:00."
        ),
        SessionOption("--by", metavar="PERSON", type=PERSON, help="Who did it, if not you."),
        SessionOption("--note", metavar="TEXT", type=TEXT, help="A note to log with it."),
        SessionOption("--unknown-person", is_flag=True, help="Accept a person or unit not in policy.yaml."),
    ]


def past_option() -> click.Parameter:
    """Return the `--at` option of a command that can show a past instant."""
    text = "Instant to show, such as 2026-03-01T08:00; now by default."
    return SessionOption("--at", "at_text", metavar="TIME", type=TEXT, help=text)


def _spell_help_out(args: Sequence[str]) -> list[str]:
    """Replace a separate `-h` before `--` with `--help`; a free word such as `-hot` is not split into options."""
    end = args.index("--") if "--" in args else len(args)
    return ["--help" if arg == "-h" else arg for arg in args[:end]] + list(args[end:])


class DeskCommand(click.Command):
    """One command: its function takes the session and its own parameters, and returns a CommandOutput.

    `records`: it records an event. `timed`: it can show a past instant. `wordy`: it takes free words, which may begin
    with a dash. `meant`: the command to suggest if words are given to this one, which takes none.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        records: bool = False,
        timed: bool = False,
        wordy: bool = False,
        meant: str = "",
        **attrs: Any,
    ) -> None:
        settings = {"allow_extra_args": True, **_HELP_SETTINGS}
        if wordy:
            settings |= {"ignore_unknown_options": True, "help_option_names": ["--help"]}
        super().__init__(name, context_settings=settings, **attrs)
        self.wordy, self.records, self.meant = wordy, records, meant
        event_params = event_options()
        self.params += common_options() + (event_params if records else [past_option()] if timed else [])

    def get_help(self, ctx: click.Context) -> str:
        return render_help(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if self.wordy:
            args = _spell_help_out(args)
            self._reject_unknown_options(ctx, args)
        original_args = list(args)
        try:
            remaining = super().parse_args(ctx, args)
        except click.MissingParameter as error:
            error.param = self._find_missing(ctx, error, original_args)
            raise
        if remaining and not ctx.resilient_parsing:
            words = " ".join(remaining)
            hint = "To see it: fenji {meant} {words}" if self.meant else ""
            values = {"command": ctx.command_path, "meant": self.meant}
            raise InvalidUsage("{words}: too many arguments for {command}.", hint=hint, words=words, **values)
        return remaining

    def _find_missing(
        self, ctx: click.Context, error: click.MissingParameter, original_args: list[str]
    ) -> click.Parameter | None:
        """Return the parameter that is really missing: given `ID... TEXT` and one word, click reports ID, not TEXT."""
        if error.param is None or error.param.nargs != -1:
            return error.param
        last_argument = [parameter for parameter in self.params if isinstance(parameter, click.Argument)][-1]
        value = self.make_parser(ctx).parse_args(original_args)[0].get(str(last_argument.name))
        return last_argument if isinstance(value, str) else error.param

    def _reject_unknown_options(self, ctx: click.Context, args: Sequence[str]) -> None:
        """Reject an unknown option; a word with two leading dashes counts as a free word only after `--`."""
        known_options = [name for parameter in self.get_params(ctx) for name in parameter.opts if name.startswith("--")]
        before_dashes = args[: args.index("--")] if "--" in args else args
        for arg in before_dashes:
            if arg.startswith("--") and arg.partition("=")[0] not in known_options and not ctx.resilient_parsing:
                raise click.NoSuchOption(arg.partition("=")[0], possibilities=known_options, ctx=ctx)

    def invoke(self, ctx: click.Context) -> int:
        session = ctx.ensure_object(Session)
        own_names = {parameter.name for parameter in self.params}
        for option in event_options():
            if option.name not in own_names and getattr(session, str(option.name)):
                raise InvalidUsage("{command} takes no {option}.", command=ctx.command_path, option=option.opts[0])
        if self.callback is None:
            return 0
        try:
            with _insistence(session):
                output: CommandOutput = ctx.invoke(self.callback, session, **ctx.params)
            print_output(output, session)
            warn_of_refused_files(session)
            warn_of_index(session)
            warn_of_absent_tickets(session)
            if self.records:
                warn_of_clock(session)
        except NotFound:
            warn_of_absent_tickets(session)
            raise
        finally:
            session.close()
        return output.exit_code


def _insistence(session: Session) -> AbstractContextManager[None]:
    if not session.unknown_person:
        return nullcontext()
    from fenji.desk import people

    return people.insist()


def command(
    text: str = "", *, records: bool = False, timed: bool = False, wordy: bool = False, meant: str = ""
) -> Callable[[Callable[..., CommandOutput]], DeskCommand]:
    """Turn a function into a command; its name and summary come from the group's table."""
    return click.command(cls=DeskCommand, help=text, records=records, timed=timed, wordy=wordy, meant=meant)


class DeskGroup(click.Group):
    """A group of commands, each imported from its module (`module:function` in this package) when needed.

    `records`: some of its commands record an event.
    """

    def __init__(
        self, name: str | None = None, *, table: Mapping[str, tuple[str, str]], records: bool = False, **attrs: Any
    ) -> None:
        super().__init__(name, context_settings=_HELP_SETTINGS, no_args_is_help=False, **attrs)
        self.table = table
        self.params += common_options() + (event_options() if records else [])

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in self.table:
            return None
        target, summary = self.table[cmd_name]
        module, _, function = target.partition(":")
        subcommand: click.Command = getattr(importlib.import_module(f"fenji.cli.{module}"), function)
        subcommand.name, subcommand.short_help = cmd_name, summary
        return subcommand

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        subcommand = self.get_command(ctx, args[0])
        if subcommand is None and not ctx.resilient_parsing:
            near = nearest_command(args[0], self.table)
            hint = "Is {near} meant?" if near else "See: {command} --help"
            raise InvalidUsage(
                "There is no command {name}.", hint=hint, name=args[0], command=ctx.command_path, near=near
            )
        return args[0] if subcommand else None, subcommand, args[1:]

    def get_help(self, ctx: click.Context) -> str:
        return render_help(ctx)


def nearest_command(typed: str, names: Iterable[str]) -> str:
    """Return the command that was probably meant, or `""` if none is close enough to suggest."""
    known = list(names)
    word = typed.lower()
    slips = [name for name in known if is_one_slip(word, name)]
    safe_slips = [name for name in slips if name in READING_COMMANDS]
    if slips:
        return (safe_slips or slips)[0]
    import difflib

    readers = [name for name in known if name in READING_COMMANDS]
    return next(iter(difflib.get_close_matches(word, readers, n=1)), "")


def is_one_slip(typed: str, name: str) -> bool:
    """Whether `typed` is `name` with at most one letter missing, added or wrong, or two neighbours swapped."""
    if abs(len(typed) - len(name)) > 1:
        return False
    start = next((at for at, (left, right) in enumerate(zip(typed, name, strict=False)) if left != right), None)
    if start is None:
        return True
    rest, wanted = typed[start:], name[start:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == wanted or rest == wanted[1:] or rest[1:] == wanted[1:] or swapped == wanted
