"""The `edit` command: sets fields with --set, or opens the whole ticket in the user's editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from fenji.cli import streams
from fenji.cli.base import command
from fenji.cli.params import TEXT
from fenji.cli.steps import parse_assigned, run_step, step_output
from fenji.cli.ticket_lookup import find_ticket_file
from fenji.cli.tickets import IDS_ARGUMENT, SET_OPTION
from fenji.errors import FenjiError, InvalidUsage, Sentence

if TYPE_CHECKING:
    from fenji.cli.session import CommandOutput, Session


@command(
    "--set product.part=XJ-4411; a text may be @FILE or - for stdin; an empty value empties the field. Items: --set "
    "plan.m1.due=2026-03-20, and --set plan.m1= removes it. Without --set your editor ($VISUAL, $EDITOR or git's "
    "core.editor) opens a copy, and your changes to it are applied.",
    records=True,
)
@IDS_ARGUMENT
@SET_OPTION
@click.option("--take-back", metavar="FIELD", type=TEXT, help="Restore the value that lost to the present one.")
@click.option(
    "--keep", metavar="FIELD", type=TEXT, help=("Seen: the present value stays, the lost one is no longer shown.")
)
def edit(
    session: Session, ids: Sequence[str], *, assigned: Sequence[str], take_back: str | None, keep: str | None
) -> CommandOutput:
    """Change fields of a ticket."""
    if take_back or keep:
        return _resolve_conflict(session, ids, take_back, keep, assigned)
    if assigned:
        return run_step(session, ids, "edit", {"fields": parse_assigned(session, ids, assigned)})
    if len(ids) > 1:
        raise InvalidUsage("The editor opens one ticket at a time.", hint="Several at once: --set FIELD=VALUE")
    return _edit_copy(session, ids[0])


def _edit_copy(session: Session, ticket_id: str) -> CommandOutput:
    """Open a copy of a ticket in the user's editor, and apply the changes made in it."""
    from fenji.desk.editor import find_editor, run_editor

    find_ticket_file(session, ticket_id, acting=True)
    has_terminal = streams.is_interactive()
    find_editor(session.desk.root, has_terminal=has_terminal)  # raises before a copy is written
    copy = session.desk.write_edit_copy(ticket_id)
    try:
        run_editor(copy, session.desk.root, has_terminal=has_terminal)
    except FenjiError as error:
        error.add_hint(Sentence("Your copy is kept: {copy}. The same command opens it again.", {"copy": str(copy)}))
        raise
    return step_output(session, [session.desk.apply_edit_copy(ticket_id, copy, **session.event_options)])


def _resolve_conflict(
    session: Session, ids: Sequence[str], take_back: str | None, keep: str | None, assigned: Sequence[str]
) -> CommandOutput:
    """Restore a superseded value, or dismiss it for good."""
    from fenji.desk import lost_values

    if len(ids) > 1 or assigned or (take_back and keep):
        hint = "Leave out the other options."
        raise InvalidUsage("--take-back and --keep apply to one field of one ticket.", hint=hint)
    find_ticket_file(session, ids[0], acting=True)
    if take_back:
        row = lost_values.restore_value(session.desk, ids[0], take_back, **session.event_options)
    else:
        row = lost_values.dismiss(session.desk, ids[0], keep or "")
    return step_output(session, [row])
