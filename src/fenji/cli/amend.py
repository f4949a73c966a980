"""The `policy amend` command: turns edits in policy.yaml into a new version, or converts the file to format 2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import documents
from fenji.cli.base import command
from fenji.cli.failures import format_problem
from fenji.cli.params import TEXT
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.desk.open import POLICY_FILE
from fenji.errors import Refused

if TYPE_CHECKING:
    from fenji.desk import amend
    from fenji.model.values import JsonValue


@command(
    "Edit policy.yaml as you want it, then run this to make a version of it: what was in force moves under "
    "`earlier`, `since` becomes now. FILE is used instead of policy.yaml, and written there."
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--since", metavar="WHEN", default="", type=TEXT, help="When it takes effect, now or later, such as 2026-07-01."
)
@click.option(
    "--format", "number", type=click.Choice(["2"]), help="Upgrade a file of format 1 to format 2; no verdict changes."
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def policy_amend(
    session: Session, file: Path | None, since: str, number: str | None, *, dry_run: bool
) -> CommandOutput:
    """Turn the edits in policy.yaml into a new version of the policy."""
    from fenji.desk import amend

    amendment = amend.plan_amendment(session.desk, file, since=since, number=int(number or 0))
    is_written = amendment.changes and not amendment.problems and not dry_run
    if is_written:
        amend.write_amendment(session.desk, amendment)
    document: dict[str, JsonValue] = {
        "path": POLICY_FILE,
        "written": is_written,
        "since": amendment.since or None,
        "moved": list(amendment.moved),
        "diff": list(amendment.diff()),
        "problems": [documents.problem_document(problem) for problem in amendment.problems],
    }
    problems = (format_problem(problem, session) for problem in amendment.problems)
    refused = session.say("{path} is refused.", path=POLICY_FILE)
    return CommandOutput(
        _render(amendment, session, is_written=is_written),
        lambda: document,
        remarks=(refused, *problems) if amendment.problems else (),
        exit_code=Refused.exit_code if amendment.problems else 0,
    )


def _render(amendment: amend.Amendment, session: Session, *, is_written: bool) -> Iterator[str | OutputLine]:
    if amendment.problems:
        return
    if amendment.dated_from_now:
        yield session.say("The date given had passed: set to now.")
    elif not amendment.since:
        yield session.say("No change here needs a new version; they can go in the one in force.")
    elif amendment.moved:
        values = {"since": amendment.since, "keys": tuple(amendment.moved)}
        yield session.say("New version from {since} on; the old values are under `earlier`: {keys}.", **values)
    else:
        yield session.say("New version from {since} on.", since=amendment.since)
    if not is_written:
        yield from amendment.diff()
        if amendment.changes:
            yield session.say("Nothing was written.")
    else:
        yield session.say("Written to policy.yaml as a draft; check it with: fenji policy check")
