"""The `edit` command: fields by --set, or the whole ticket in the person's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.params import TEXT
from fenji.cli.steps import parse_assigned, run_step, step_output
from fenji.cli.ticket_lookup import find_ticket_file
from fenji.cli.tickets import IDS_ARGUMENT, SET_OPTION
from fenji.errors import InvalidUsage, Refused, Unavailable, os_reason

if TYPE_CHECKING:
    from fenji.cli.session import CommandOutput, Session

_COPY_KEPT_HINT = "Your copy is kept: {copy}. The same command opens it again."
_STDERR_FD = 2  # an editor without a terminal writes here: stdout is for the command's output


@command(
    "--set product.part=XJ-4411; a text may be @FILE or - for stdin; an empty value empties the field. "
    "Items: --set plan.m1.due=2026-03-20, and --set plan.m1= takes it out. Without --set your $VISUAL or $EDITOR opens "
    "a copy, and what you changed in it is taken.",
    records=True,
)
@IDS_ARGUMENT
@SET_OPTION
@click.option("--take-back", metavar="FIELD", type=TEXT, help="Give it the value that lost to what stands there now.")
@click.option("--keep", metavar="FIELD", type=TEXT, help="Seen: what stands there stays, what lost is shown no more.")
def edit(
    session: Session, ids: Sequence[str], *, assigned: Sequence[str], take_back: str | None, keep: str | None
) -> CommandOutput:
    """Change fields of a ticket."""
    if take_back or keep:
        return _resolve_conflict(session, ids, take_back, keep, assigned)
    if assigned:
        return run_step(session, ids, "edit", {"fields": parse_assigned(session, ids, assigned)})
    if len(ids) > 1:
        raise InvalidUsage("An editor takes one ticket at a time.", hint="Several at once: --set FIELD=VALUE")
    find_ticket_file(session, ids[0], acting=True)
    editor = _find_editor()
    copy = session.desk.write_edit_copy(ids[0])
    _run_editor(editor, copy)
    return step_output(session, [session.desk.apply_edit_copy(ids[0], copy, **session.event_options)])


def _resolve_conflict(
    session: Session, ids: Sequence[str], take_back: str | None, keep: str | None, assigned: Sequence[str]
) -> CommandOutput:
    """Restore a superseded value, or dismiss it for good."""
    from fenji.desk import lost_values

    if len(ids) > 1 or assigned or (take_back and keep):
        raise InvalidUsage(
            "--take-back and --keep decide on one field of one ticket.", hint="Give nothing else with it."
        )
    find_ticket_file(session, ids[0], acting=True)
    if take_back:
        return step_output(
            session, [lost_values.restore_value(session.desk, ids[0], take_back, **session.event_options)]
        )
    return step_output(session, [lost_values.dismiss(session.desk, ids[0], keep or "")])


def _find_editor() -> list[str]:
    """Return the command line of $VISUAL or $EDITOR, split into words. Raises Refused if neither is set."""
    command_line = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        args = shlex.split(command_line)
    except ValueError:
        args = []
    if not args:
        raise Refused("No editor is named.", hint="Set EDITOR, or change fields with --set FIELD=VALUE.")
    return args


def _run_editor(editor: Sequence[str], copy: Path) -> None:
    """Run the editor on the copy; without a terminal it gets an empty stdin, so that it cannot wait for keys."""
    has_terminal = streams.is_interactive()
    try:
        completed = subprocess.run(
            [*editor, str(copy)],
            check=False,
            stdin=None if has_terminal else subprocess.DEVNULL,
            stdout=None if has_terminal else _STDERR_FD,
        )
    except OSError as error:
        raise Unavailable(
            "{editor} cannot be started: {reason}.",
            hint="Set EDITOR to an editor that is here, or change fields with --set FIELD=VALUE.",
            editor=editor[0],
            reason=os_reason(error),
        ) from error
    if completed.returncode:
        raise Refused(
            "The editor ended with code {code}; nothing was taken.",
            hint=_COPY_KEPT_HINT,
            code=completed.returncode,
            copy=copy,
        )
