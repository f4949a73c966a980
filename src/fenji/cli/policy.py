"""Commands that look at the policy: policy show, policy check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fenji import files
from fenji.cli import documents
from fenji.cli.base import command
from fenji.cli.failures import format_problem
from fenji.cli.policy_page import render_policy
from fenji.cli.session import CommandOutput, OutputLine, Session
from fenji.desk.date_warnings import find_date_warnings
from fenji.desk.open import POLICY_FILE, find_desk, parse_policy
from fenji.errors import Damaged, NotFound, Refused
from fenji.model.policy import describe_policy, find_past_changes
from fenji.storage import layout, yaml_codec

if TYPE_CHECKING:
    from fenji.desk.date_warnings import DateWarning
    from fenji.errors import Problem
    from fenji.model.policy import Policy


@command("The version in force; with --json the same as one document.")
def policy_show(session: Session) -> CommandOutput:
    """Show the policy in force as tables."""
    description = describe_policy(session.desk.policy, session.desk.now().date())
    return CommandOutput(render_policy(description, session), lambda: description)


@command("FILE is a draft; else policy.yaml itself. Exit code 3 where it cannot be used, 1 where it moves the past.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def policy_check(session: Session, file: Path | None) -> CommandOutput:
    """Check a policy file, and whether it would change figures of the past."""
    path = file or find_desk(session.folder) / POLICY_FILE
    exit_code, problems, warnings = _check_policy(session, path, draft=file is not None)
    accepted_text = session.say("{path} is sound.", path=path.name)
    refused_text = session.say("{path} is refused.", path=path.name)
    return CommandOutput(
        [] if problems else [accepted_text, *_render_warnings(warnings, session)],
        lambda: {
            "path": str(path),
            "problems": [documents.problem_document(problem) for problem in problems],
            "warnings": [
                {
                    "calendar": warning.calendar,
                    "message": session.say(warning.message),
                    "hint": session.say(warning.hint),
                }
                for warning in warnings
            ],
        },
        remarks=(refused_text, *(format_problem(problem, session) for problem in problems)) if problems else (),
        exit_code=exit_code,
    )


def _render_warnings(warnings: Iterable[DateWarning], session: Session) -> Iterator[str | OutputLine]:
    for warning in warnings:
        yield OutputLine(f"{session.say(warning.message)} {session.say(warning.hint)}", "risk")


def _check_policy(
    session: Session, path: Path, *, draft: bool
) -> tuple[int, tuple[Problem, ...], tuple[DateWarning, ...]]:
    """Return the exit code, all problems of the policy in `path`, and what its written dates need.

    Raises NotFound if it cannot be read.

    The desk's own file is never a link, which could lead to anything outside; a draft is what the person names.
    """
    try:
        data = path.read_bytes() if draft else files.read(path)[0]
    except OSError as error:
        raise NotFound("{path} cannot be read: {reason}.", path=path, reason=error.strerror) from error
    try:
        policy = parse_policy(data, path.name)
    except Damaged as damaged:
        return Damaged.exit_code, damaged.problems, ()
    previous = session.desk.policy if draft else _committed_policy(session)
    now = session.desk.now()
    faults = (
        find_past_changes(previous, policy, now, has_tickets=layout.has_tickets(session.desk.root)) if previous else []
    )
    warnings = tuple(find_date_warnings(policy.versions[-1].calendars, now))
    return (Refused.exit_code if faults else 0), yaml_codec.locate_faults(data, path.name, faults), warnings


def _committed_policy(session: Session) -> Policy | None:
    """Return the policy of the last commit; None if there is none or it cannot be used."""
    data = session.desk.repo.read(POLICY_FILE)
    try:
        return parse_policy(data) if data else None
    except Damaged:
        return None
