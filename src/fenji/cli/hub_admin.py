"""Commands for looking after a hub: hub status, hub revoke."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji.cli import documents
from fenji.cli.base import command
from fenji.cli.cells import one_line
from fenji.cli.doctor import finding_document, render_findings
from fenji.cli.failures import format_problem
from fenji.cli.params import PERSON, TEXT
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.desk.open import POLICY_FILE
from fenji.errors import Refused
from fenji.text.cells import pad, width

if TYPE_CHECKING:
    from fenji.desk.hub_status import HubStatus
    from fenji.model.values import JsonValue


@command("In a desk, it is that desk's hub, if that is on this machine. `!` marks what needs doing: exit code 1.")
@click.argument("place", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def hub_status(session: Session, place: Path | None) -> CommandOutput:
    """Show the state of a hub, and what needs doing there."""
    from fenji.desk.hub_status import look_at_hub

    status = look_at_hub(place or session.folder)
    return CommandOutput(
        _render_status(status, session),
        lambda: {
            "hub": str(status.path),
            "branch": status.branch,
            "commit": status.commit,
            "at": status.made_at.isoformat() if status.made_at else None,
            "tickets": {"open": status.open_count, "archived": status.archived_count},
            "people": [{"person": person, "last": at.isoformat()} for person, at in status.last_acts.items()],
            "findings": [finding_document(finding) for finding in status.findings],
        },
        exit_code=Refused.exit_code if status.needs_doing else 0,
    )


def _render_status(status: HubStatus, session: Session) -> Iterator[str | OutputLine]:
    head = session.say("{path}, branch {branch}", path=status.path, branch=status.branch)
    yield OutputLine(head, "head")
    if status.made_at:
        counts = {"open": status.open_count, "archived": status.archived_count, "at": _local(status.made_at)}
        yield session.say("{open} open, {archived} archived; the latest commit is from {at}.", **counts)
    yield from render_findings(status.findings, session)
    if status.last_acts:
        yield OutputLine(session.say("The latest act of each:"), "head")
    names = max((width(person) for person in status.last_acts), default=0)
    for person, at in status.last_acts.items():
        yield one_line(f"  {pad(person, names)}  {_local(at)}")


def _local(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


@command(
    "At a desk, by whoever may change the rules. What the key signed and is not yet at the hub is refused from then "
    "on; what is there stays. It ends no role and no access to the machine."
)
@click.argument("person", type=PERSON)
@click.option("--new", "new_key", metavar="KEY", default="", type=TEXT, help="Their new public key, or the file of it.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def hub_revoke(session: Session, person: str, new_key: str, *, dry_run: bool) -> CommandOutput:
    """Revoke or replace a person's signing key, for example after a machine was lost."""
    from fenji.desk.amend import write_amendment
    from fenji.desk.revocation import plan_revocation, read_public_key

    revocation = plan_revocation(session.desk, person, read_public_key(new_key) if new_key else "")
    is_written = not revocation.problems and not dry_run
    if is_written:
        write_amendment(session.desk, revocation)
    diff, require_signed = list(revocation.diff()), session.desk.policy.require_signed
    remarks = [session.say("{path} is refused.", path=POLICY_FILE)] if revocation.problems else []
    remarks += [format_problem(problem, session) for problem in revocation.problems]
    lines = diff
    if is_written:
        lines = [session.say("Written to policy.yaml as a draft; it takes effect once the hub has it: fenji sync")]
        if not require_signed:
            lines.append(
                session.say("No work need be signed here (`require_signed`): their name alone still opens the hub.")
            )
        lines.append(session.say("Their access to the hub's machine is ended there: ~/.ssh/authorized_keys"))
    elif not revocation.problems:
        lines = [*diff, session.say("Nothing was written.")]
    document: dict[str, JsonValue] = {
        "path": POLICY_FILE,
        "person": person,
        "written": is_written,
        "diff": diff,
        "problems": [documents.problem_document(problem) for problem in revocation.problems],
    }
    return CommandOutput(
        [] if revocation.problems else lines,
        lambda: document,
        remarks=tuple(remarks),
        exit_code=Refused.exit_code if revocation.problems else 0,
    )
