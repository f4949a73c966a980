"""The command edit: fields by --set, or the whole ticket in the person's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.cli.grammar import command
from fenji.cli.numbers import ticket_file
from fenji.cli.steps import assigned_values, done, step
from fenji.cli.tickets import IDS, SET
from fenji.cli.values import TEXT
from fenji.errors import Damaged, Misused, Refused, Sentence, Unavailable

if TYPE_CHECKING:
    from fenji.cli.session import Answer, Session

_KEPT = "Your copy is kept: {copy}. The same command opens it again."
_STDERR = 2  # the descriptor: stdout is for the answer


@command(
    "--set product.part=XJ-4411; a text may be @FILE or - for stdin; an empty value empties the field. "
    "Items: --set plan.m1.due=2026-03-20, and --set plan.m1= takes it out. Without --set your $VISUAL or $EDITOR opens "
    "a copy, and what you changed in it is taken.",
    records=True,
)
@IDS
@SET
@click.option("--take-back", metavar="FIELD", type=TEXT, help="Give it the value that lost to what stands there now.")
@click.option("--keep", metavar="FIELD", type=TEXT, help="Seen: what stands there stays, what lost is shown no more.")
def edit(
    session: Session, ids: Sequence[str], *, assigned: Sequence[str], take_back: str | None, keep: str | None
) -> Answer:
    """Change fields of a ticket."""
    if take_back or keep:
        return _decided(session, ids, take_back, keep, assigned)
    if assigned:
        return step(session, ids, "edit", {"fields": assigned_values(session, ids, assigned)})
    if len(ids) > 1:
        raise Misused("An editor takes one ticket at a time.", hint="Several at once: --set FIELD=VALUE")
    ticket_file(session, ids[0])
    editor = _editor()
    copy = session.desk.edit_copy(ids[0])
    _run(editor, copy)
    try:
        row = session.desk.edit_take(ids[0], copy, **session.said)
    except (Damaged, Refused) as fault:
        fault.hint = Sentence(_KEPT, {"copy": copy})
        raise
    return done(session, [row])


def _decided(
    session: Session, ids: Sequence[str], take_back: str | None, keep: str | None, assigned: Sequence[str]
) -> Answer:
    """What becomes of a value that lost to another one of the same field."""
    from fenji.desk import aside

    if len(ids) > 1 or assigned or (take_back and keep):
        raise Misused("--take-back and --keep decide on one field of one ticket.", hint="Give nothing else with it.")
    ticket_file(session, ids[0])
    if take_back:
        return done(session, [aside.take_back(session.desk, ids[0], take_back, **session.said)])
    return done(session, [aside.put_aside(session.desk, ids[0], keep or "")])


def _editor() -> list[str]:
    """The words of $VISUAL or $EDITOR. Raises Refused where neither is set."""
    words = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        found = shlex.split(words)
    except ValueError:
        found = []
    if not found:
        raise Refused("No editor is named.", hint="Set EDITOR, or change fields with --set FIELD=VALUE.")
    return found


def _run(editor: Sequence[str], copy: Path) -> None:
    """Run the editor on the copy; without a terminal it gets an empty stdin, so that it cannot wait for keys."""
    terminal = streams.interactive()
    try:
        ended = subprocess.run(
            [*editor, str(copy)],
            check=False,
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=None if terminal else _STDERR,
        )
    except OSError as error:
        raise Unavailable(
            "{editor} cannot be started: {reason}.",
            hint="Set EDITOR to an editor that is here, or change fields with --set FIELD=VALUE.",
            editor=editor[0],
            reason=error.strerror,
        ) from error
    if ended.returncode:
        raise Refused(
            "The editor ended with code {code}; nothing was taken.",
            hint=_KEPT,
            code=ended.returncode,
            copy=copy,
        )
