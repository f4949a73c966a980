"""How a command line is put together: the options that every command takes, commands loaded on demand.

Knows no ticket, and no command by name.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from fenji.cli.helping import help_page
from fenji.cli.printing import emit, warn
from fenji.cli.session import Answer, Session
from fenji.cli.values import PERSON, TEXT
from fenji.errors import Misused

_NAMES = {"help_option_names": ["-h", "--help"]}


class Shared(click.Option):
    """An option that is kept in the session, whether it stands before or after the command's words."""

    def __init__(self, *declarations: str, **more: Any) -> None:
        super().__init__(list(declarations), expose_value=False, callback=_kept, **more)


def _kept(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value:
        setattr(context.ensure_object(Session), str(parameter.name), value)


def common_options() -> list[click.Parameter]:
    """The options of every command."""
    folder = click.Path(path_type=Path)
    return [
        Shared("--json", is_flag=True, help="Print one JSON document."),
        Shared("--desk", "folder", metavar="DIR", type=folder, help="The desk: a folder in it; else the current one."),
    ]


def recording_options() -> list[click.Parameter]:
    """The options of every command that records an event."""
    return [
        Shared("--at", "at_text", metavar="TIME", type=TEXT, help="When it happened, as 2026-03-01T08:00; else now."),
        Shared("--by", metavar="PERSON", type=PERSON, help="Who did it; else you."),
        Shared("--note", metavar="TEXT", type=TEXT, help="A note that goes with it into the log."),
    ]


class DeskCommand(click.Command):
    """One command: its function gets the session and its own words, and gives back an `Answer`.

    `records` says that it records an event; `timed` that it looks at an instant of the past; `wordy` that it takes
    free words, which may begin with a dash.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        records: bool = False,
        timed: bool = False,
        wordy: bool = False,
        **more: Any,
    ) -> None:
        settings = {"allow_extra_args": True, **_NAMES}
        if wordy:
            settings |= {"ignore_unknown_options": True, "help_option_names": ["--help"]}
        super().__init__(name, context_settings=settings, **more)
        self.wordy = wordy
        taken = recording_options()
        self.params += common_options() + (taken if records else taken[:1] if timed else [])

    def get_help(self, ctx: click.Context) -> str:
        return help_page(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if self.wordy:
            self._refuse_unknown(ctx, args)
        words = list(args)
        try:
            rest = super().parse_args(ctx, args)
        except click.MissingParameter as error:
            error.param = self._missing(ctx, error, words)
            raise
        if rest and not ctx.resilient_parsing:
            raise Misused("{words}: {command} takes no more words.", words=" ".join(rest), command=ctx.command_path)
        return rest

    def _missing(self, ctx: click.Context, error: click.MissingParameter, words: list[str]) -> click.Parameter | None:
        """Of `ID... TEXT` with one word, which click takes for TEXT, the person misses TEXT."""
        if error.param is None or error.param.nargs != -1:
            return error.param
        last = [one for one in self.params if isinstance(one, click.Argument)][-1]
        taken = self.make_parser(ctx).parse_args(words)[0].get(str(last.name))
        return last if isinstance(taken, str) else error.param

    def _refuse_unknown(self, ctx: click.Context, args: Sequence[str]) -> None:
        """A misspelt option is no free word; only what stands behind `--` is."""
        known = [name for one in self.get_params(ctx) for name in one.opts if name.startswith("--")]
        before = args[: args.index("--")] if "--" in args else args
        for word in before:
            if word.startswith("--") and word.partition("=")[0] not in known and not ctx.resilient_parsing:
                raise click.NoSuchOption(word.partition("=")[0], possibilities=known, ctx=ctx)

    def invoke(self, ctx: click.Context) -> int:
        session = ctx.ensure_object(Session)
        names = {one.name for one in self.params}
        for one in recording_options():
            if one.name not in names and getattr(session, str(one.name)):
                raise Misused("{command} takes no {option}.", command=ctx.command_path, option=one.opts[0])
        if self.callback is None:
            return 0
        try:
            answer: Answer = ctx.invoke(self.callback, session, **ctx.params)
            emit(answer, session)
            warn(session)
        finally:
            session.close()
        return answer.exit_code


def command(
    text: str = "", *, records: bool = False, timed: bool = False, wordy: bool = False
) -> Callable[[Callable[..., Answer]], DeskCommand]:
    """Make a command of a function; the group that holds it gives it its name and its summary."""
    return click.command(cls=DeskCommand, help=text, records=records, timed=timed, wordy=wordy)


class DeskGroup(click.Group):
    """Commands by name, each loaded from its module (`module:function`, in this package) when it is asked for."""

    def __init__(self, name: str | None = None, *, table: Mapping[str, tuple[str, str]], **more: Any) -> None:
        super().__init__(name, context_settings=_NAMES, no_args_is_help=False, **more)
        self.table = table
        self.params += common_options() + recording_options()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in self.table:
            return None
        place, summary = self.table[cmd_name]
        module, _, function = place.partition(":")
        found: click.Command = getattr(importlib.import_module(f"fenji.cli.{module}"), function)
        found.name, found.short_help = cmd_name, summary
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        found = self.get_command(ctx, args[0])
        if found is None and not ctx.resilient_parsing:
            near = difflib.get_close_matches(args[0], self.table, n=1)
            hint = "Is {near} meant?" if near else "See: {command} --help"
            raise Misused(
                "There is no command {name}.", hint=hint, name=args[0], command=ctx.command_path, near="".join(near)
            )
        return args[0] if found else None, found, args[1:]

    def get_help(self, ctx: click.Context) -> str:
        return help_page(ctx)
